//! Certificates of the HPKI shape by the thousand: makes them, and compares the cost of a whole path
//! validation with the bare verifications of the signatures in it.
//!
//! ```sh
//! cargo bench --bench certificates                          # paths against bare signatures
//! cargo bench --bench certificates -- make DIRECTORY COUNT  # a directory for `inkan cert check`
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a bench has its own files, prints its figures, and fails by panicking"
)]

#[path = "../tests/support/issue.rs"]
mod issue;

use inkan::check::Times;
use inkan::check::algorithm::scheme_of;
use inkan::crypto::verify::verify;
use inkan::der::certificate::Certificate;
use inkan::digest::DigestAlgorithm;
use inkan::edge::clock;
use inkan::evidence::EvidenceSet;
use inkan::judge::Judge;
use inkan::key::SigningKey as _;
use inkan::key::software::{KeyAlgorithm, SoftwareKey};
use inkan::lab::{Declaration, Lab};
use inkan::oid;
use inkan::policy::{Policy, Role, Trust};
use inkan::rule::Indication;
use issue::{Draft, ListDraft, extension, key_id, now};
use std::path::Path;
use std::time::{Duration, Instant};

/// Each timed this often, in turns; the middle counts.
const TURNS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", folder, count] => make(Path::new(folder), count.parse().unwrap()),
        _ => {
            for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::P256] {
                paths(algorithm, 1000);
            }
        }
    }
}

/// A root, a CA and physicians below it: what they say is what those of the lab say.
struct Hierarchy {
    root: Certificate,
    ca: Certificate,
    ca_key: SoftwareKey,
    evidence: EvidenceSet,
    lists: Vec<(&'static str, Vec<u8>)>,
    lab: Lab,
}

impl Hierarchy {
    fn new(algorithm: KeyAlgorithm) -> Self {
        let base = "http://127.0.0.1:1".to_owned();
        let lab = Lab::build(Declaration::standard().unwrap(), base, clock::now()).unwrap();
        let [root_key, ca_key] = [0, 1].map(|_| SoftwareKey::generate(algorithm).unwrap());
        let like = |name: &str| lab.member(name).unwrap().certificate().clone();
        let (root_model, ca_model) = (like("hpki-root"), like("hpki-sign-ca"));
        let root_name = root_model.subject().der().clone();
        let root = reissued(&root_model, &root_name, 1, &root_key, &root_key);
        let ca = reissued(&ca_model, &root_name, 4, &ca_key, &root_key);
        let mut evidence = EvidenceSet::default();
        evidence.add_certificate(ca.clone());
        let mut lists = Vec::new();
        for (name, issuer, key) in [("root.crl", &root, &root_key), ("ca.crl", &ca, &ca_key)] {
            let list = ListDraft::new(issuer.subject().der(), Vec::new(), Vec::new());
            evidence.add_crl(list.issue(key));
            lists.push((name, list.der(key)));
        }
        Self { root, ca, ca_key, evidence, lists, lab }
    }

    fn physician(&self, serial: u64, key: &SoftwareKey) -> Certificate {
        let model = self.lab.member("hpki-physician-production").unwrap().certificate();
        reissued(model, self.ca.subject().der(), serial, key, &self.ca_key)
    }
}

/// A certificate that says what the model says, under another issuer, key and serial number.
fn reissued(
    model: &Certificate,
    issuer: &[u8],
    serial: u64,
    key: &SoftwareKey,
    issuer_key: &SoftwareKey,
) -> Certificate {
    let id = |key: &SoftwareKey| DigestAlgorithm::Sha1.digest(key.public_key().bits());
    let extensions = model.extensions().iter().map(|e| match e.oid {
        oid::AUTHORITY_KEY_IDENTIFIER => key_id(e.oid, id(issuer_key).value()),
        oid::SUBJECT_KEY_IDENTIFIER => key_id(e.oid, id(key).value()),
        _ => extension(e.oid, e.critical, &e.value),
    });
    let draft = Draft {
        serial,
        issuer,
        subject: model.subject().der(),
        public_key: key.public_key().der(),
        extensions: extensions.collect(),
    };
    draft.issue(issuer_key)
}

/// A directory of certificates, another with what is trusted, a third with the revocation lists.
fn make(folder: &Path, count: u64) {
    let hierarchy = Hierarchy::new(KeyAlgorithm::Rsa2048);
    let key = SoftwareKey::generate(KeyAlgorithm::Rsa2048).unwrap();
    for name in ["many", "roots", "evidence"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    let write = |name: &str, der: &[u8]| std::fs::write(folder.join(name), der).unwrap();
    write("roots/root.cer", hierarchy.root.der());
    write("evidence/ca.cer", hierarchy.ca.der());
    hierarchy.lists.iter().for_each(|(name, der)| write(&format!("evidence/{name}"), der));
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (hierarchy, key, write) = (&hierarchy, &key, &write);
            let serials = (1..=count).filter(move |serial| serial % 2 == half);
            scope.spawn(move || {
                serials.for_each(|serial| {
                    let certificate = hierarchy.physician(serial, key);
                    write(&format!("many/{serial:06}.cer"), certificate.der());
                });
            });
        }
    });
    println!("{count} certificates, valid at {}", now());
}

/// What `count` paths cost whose lists were read before: every requirement asked of the certificate
/// and of the CA above it, against the two signatures of each path alone.
fn paths(algorithm: KeyAlgorithm, count: u64) {
    let hierarchy = Hierarchy::new(algorithm);
    let key = SoftwareKey::generate(KeyAlgorithm::P256).unwrap();
    let ends: Vec<_> = (1..=count).map(|serial| hierarchy.physician(serial, &key)).collect();
    let mut trust = Trust::default();
    trust.add(hierarchy.root.clone(), &[Role::Signer]);
    let policy = Policy::standard(trust).unwrap();
    let (mut whole, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let judge = Judge::new(policy.clone());
        whole.push(timed(|| judge_all(&judge, &ends, &hierarchy.evidence)));
        bare.push(timed(|| verify_all(&ends, &hierarchy)));
    }
    let [whole, bare] = [whole, bare].map(|mut times| {
        times.sort();
        times[TURNS / 2].as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap())
    });
    println!("{algorithm}: path {whole:.1} µs, bare {bare:.1} µs, ratio {:.2}", whole / bare);
}

fn judge_all(judge: &Judge, ends: &[Certificate], evidence: &EvidenceSet) {
    for end in ends {
        let judged = judge.certificate(end, Role::Signer, evidence, Times::unproven(now()));
        assert_eq!(judged.verdict.indication(), Indication::Passed, "{:?}", judged.verdict);
    }
}

fn verify_all(ends: &[Certificate], hierarchy: &Hierarchy) {
    for end in ends {
        for (certificate, issuer) in [(end, &hierarchy.ca), (&hierarchy.ca, &hierarchy.root)] {
            let scheme = scheme_of(certificate.algorithm()).unwrap();
            let (tbs, signature) = (certificate.tbs(), certificate.signature());
            verify(scheme, issuer.public_key(), tbs, signature).unwrap();
        }
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}
