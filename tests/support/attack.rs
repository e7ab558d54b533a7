//! Tools of an attacker: signatures without padding rules, lists and certificates of any content, a
//! source that lives in the future.
#![allow(dead_code, reason = "each test program uses its own part of them")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

use inkan::der::algorithm::PublicKey;
use inkan::der::certificate::Certificate;
use inkan::der::{Bytes, write};
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSource, Fetch, Unavailable, Want};
use inkan::key::SigningKey;
use inkan::key::software::{KeyAlgorithm, SoftwareKey};
use inkan::lab::{Fault, Lab};
use inkan::oid::{self, Oid};
use inkan::time::Instant;
use std::path::PathBuf;
use std::process::Command;

pub(crate) const RECORD: &[u8] = b"one tablet a day";
pub(crate) const MESSAGE: &[u8] = b"prescription 2026-11-20";

/// An RSA key of 2048 bits that signs whatever number it is given.
pub(crate) struct RawRsa {
    folder: tempfile::TempDir,
    pub(crate) public: PublicKey,
}

impl RawRsa {
    pub(crate) fn new(exponent: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let (key, public) = (file("key.pem"), file("public.der"));
        let option = format!("rsa_keygen_pubexp:{exponent}");
        let bits = "rsa_keygen_bits:2048";
        openssl(&[
            "genpkey",
            "-quiet",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            bits,
            "-pkeyopt",
            &option,
            "-out",
            &key,
        ]);
        openssl(&["pkey", "-in", &key, "-pubout", "-outform", "DER", "-out", &public]);
        let public = PublicKey::from_der(&std::fs::read(public).unwrap()).unwrap();
        Self { folder, public }
    }

    /// EMSA-PKCS1-v1_5 (RFC 8017 §9.2) around a `DigestInfo`.
    pub(crate) fn padded(&self, info: &[u8]) -> Vec<u8> {
        [&[0, 1], vec![0xff; 256 - 3 - info.len()].as_slice(), &[0], info].concat()
    }

    /// The private operation on these octets as they are.
    pub(crate) fn apply(&self, encoded: &[u8]) -> Vec<u8> {
        let file = |name: &str| -> PathBuf { self.folder.path().join(name) };
        std::fs::write(file("in"), encoded).unwrap();
        let path = |name: &str| file(name).display().to_string();
        openssl(&[
            "pkeyutl",
            "-decrypt",
            "-inkey",
            &path("key.pem"),
            "-pkeyopt",
            "rsa_padding_mode:none",
            "-in",
            &path("in"),
            "-out",
            &path("out"),
        ]);
        std::fs::read(file("out")).unwrap()
    }
}

fn openssl(words: &[&str]) {
    let output = Command::new("openssl").args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The sum of two numbers of the same length.
pub(crate) fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut octets: Vec<u8> = Vec::new();
    for (a, b) in a.iter().zip(b).rev() {
        let all = u16::from(*a) + u16::from(*b) + carry;
        octets.push(u8::try_from(all & 0xff).unwrap());
        carry = all >> 8;
    }
    octets.push(u8::try_from(carry).unwrap());
    octets.reverse();
    octets
}

/// A critical extension.
pub(crate) fn extension(kind: Oid, value: &[u8]) -> Vec<u8> {
    write::sequence([write::oid(kind), write::boolean(true), write::octet_string(value)])
}

fn signed(tbs: &[u8], key: &dyn SigningKey) -> Vec<u8> {
    let signature = write::bit_string(&key.sign(tbs).unwrap());
    write::sequence([tbs, &key.scheme().identifier().to_der(), &signature])
}

/// A revocation list without entries, in the name of an issuer and signed by anybody.
pub(crate) fn crl(
    issuer: &Certificate,
    key: &dyn SigningKey,
    made: Instant,
    next: Instant,
    more: &[Vec<u8>],
) -> Vec<u8> {
    let number = write::octet_string(&write::integer(7));
    let number = write::sequence([write::oid(oid::CRL_NUMBER), number]);
    let extensions = write::sequence([vec![number], more.to_vec()].concat());
    let tbs = write::sequence([
        write::integer(1).as_slice(),
        &key.scheme().identifier().to_der(),
        issuer.subject().der(),
        &write::time(made),
        &write::time(next),
        &write::explicit(0, &extensions),
    ]);
    signed(&tbs, key)
}

/// CAs each of which certified every other, and somebody certified by one of them.
pub(crate) struct Mesh {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) leaf: Certificate,
}

impl Mesh {
    pub(crate) fn new(size: u64, now: Instant) -> Self {
        let keys: Vec<SoftwareKey> =
            (0..=size).map(|_| SoftwareKey::generate(KeyAlgorithm::P256).unwrap()).collect();
        let issue = |subject: u64, issuer: u64| {
            let key = |number: u64| &keys[usize::try_from(number).unwrap()];
            certificate(subject, key(subject), issuer, key(issuer), now)
        };
        let pairs = (0..size).flat_map(|a| (0..size).map(move |b| (a, b)));
        let certificates =
            pairs.filter(|(a, b)| a != b).map(|(subject, by)| issue(subject, by)).collect();
        Self { certificates, leaf: issue(size, 0) }
    }
}

fn certificate(
    subject: u64,
    key: &SoftwareKey,
    issuer: u64,
    issuer_key: &SoftwareKey,
    now: Instant,
) -> Certificate {
    let name = |number: u64| {
        let value = write::utf8(&format!("Mesh {number}"));
        write::sequence([write::set([write::sequence([write::oid(oid::COMMON_NAME), value])])])
    };
    let constraints = write::sequence([write::boolean(true)]);
    let extensions = write::sequence([extension(oid::BASIC_CONSTRAINTS, &constraints)]);
    let tbs = write::sequence([
        write::explicit(0, &write::integer(2)),
        write::integer(1 + subject * 1000 + issuer),
        issuer_key.scheme().identifier().to_der(),
        name(issuer),
        write::sequence([
            write::time(now.plus_seconds(-3600)),
            write::time(now.plus_seconds(3600)),
        ]),
        name(subject),
        key.public_key().der().to_vec(),
        write::explicit(3, &extensions),
    ]);
    Certificate::parse(Bytes::from(signed(&tbs, issuer_key))).unwrap()
}

/// The lab as it will answer some time from now.
pub(crate) struct Later<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) seconds: i64,
}

impl EvidenceSource for Later<'_> {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        let moved = |url: &str| self.lab.faulty(&[Fault::Clock(self.seconds)], url);
        let fetch = want.fetch.as_ref().map(|fetch| match fetch {
            Fetch::Get(url) => Fetch::Get(moved(url)),
            Fetch::Post { url, media_type, body } => {
                Fetch::Post { url: moved(url), media_type, body: body.clone() }
            }
        });
        Web::default().obtain(&Want { fetch, ..want.clone() })
    }
}
