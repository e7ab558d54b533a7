//! More rows of docs/threat-model.md: certificates, revocation, timestamps, evidence. Each attack
//! stands beside an untampered twin that passes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/attack.rs"]
mod attack;

use attack::{Later, Mesh, RECORD, crl, extension};
use inkan::check::Times;
use inkan::der::certificate::Certificate;
use inkan::der::ocsp::{self, CertId};
use inkan::der::{Bytes, Reader, Tag, write};
use inkan::digest::DigestAlgorithm;
use inkan::edge::clock::now;
use inkan::edge::web::Web;
use inkan::evidence::want::Offline;
use inkan::evidence::{EvidenceSet, EvidenceSource, Fetch, Want, Wanted};
use inkan::judge::{Judge, settle};
use inkan::key::SigningKey as _;
use inkan::lab::{Declaration, Lab, LabServer};
use inkan::oid::{self, Oid};
use inkan::policy::{Policy, Role, Trust};
use inkan::rule::{Indication, Outcome, SubIndication};
use inkan::seal::{B, Prepared, Sealed, StampRequest};
use inkan::source::Source;
use inkan::task::verify::{FileReport, Held, Subject, verify};
use inkan::time::Instant;
use std::sync::LazyLock;

/// A CA that may issue for names below this one only, and a physician below it.
fn constrained(name: &str, country: &str) -> String {
    let country = write::sequence([write::oid(oid::COUNTRY), write::printable(country)]);
    let below = write::sequence([write::set([country])]);
    let subtree = write::sequence([write::explicit(4, &below)]);
    let permitted = write::implicit(0, &write::sequence([subtree]));
    let value: String =
        write::sequence([permitted]).iter().map(|octet| format!("{octet:02x}")).collect();
    format!(
        r#"
[[entity]]
name = "{name}-ca"
note = "a CA with a constraint on names"
like = "ec-ca"
subject = ["C=JP", "O=Inkan Test Laboratory", "CN=Inkan Lab {name} CA TEST"]
key = "p256"
[entity.extensions]
other = {{ oid = "2.5.29.30", value = "{value}", critical = true }}

[[entity]]
name = "below-{name}"
note = "a physician of that CA"
like = "ec-physician"
issuer = "{name}-ca"
key = "same-as:ec-physician"
without = ["authority-access"]
[entity.extensions]
distribution-point = {{ crl = "{name}-ca" }}

[[crl]]
name = "{name}-ca"
issuer = "{name}-ca"
number = 1
age = "1h"
lifetime = "24h"
"#
    )
}

static LAB: LazyLock<LabServer> = LazyLock::new(|| {
    let port = LabServer::bind().unwrap();
    let text = Declaration::standard().unwrap().text().to_owned()
        + &constrained("at-home", "JP")
        + &constrained("abroad", "XX");
    let lab = Lab::build(Declaration::parse(&text).unwrap(), port.base_url(), now()).unwrap();
    port.serve(lab, now).unwrap()
});

fn certificate(name: &str) -> Certificate {
    LAB.lab().member(name).unwrap().certificate().clone()
}

fn trust() -> Trust {
    let mut trust = Trust::default();
    for (member, roles) in LAB.lab().anchors() {
        trust.add(member.certificate().clone(), roles);
    }
    trust
}

fn sealed(name: &str) -> Sealed<B> {
    let lab = LAB.lab();
    let member = lab.member(name).unwrap();
    let key = member.key(lab).unwrap();
    let chain = lab.chain(member).into_iter().map(|m| m.certificate().clone()).collect();
    let digest = key.scheme().digest().digest(RECORD);
    Prepared::new(member.certificate().clone(), chain, digest, now()).seal(key).unwrap()
}

/// A judgement with everything that may differ from the ordinary one.
struct Case<'a> {
    cms: Vec<u8>,
    trust: Trust,
    at: Instant,
    evidence: EvidenceSet,
    source: &'a mut dyn EvidenceSource,
}

impl Case<'_> {
    fn judged(mut self) -> FileReport {
        let policy = Policy::standard(self.trust).unwrap();
        let (file, record) = (Bytes::from(self.cms), Bytes::from_static(RECORD));
        let content: Option<(&str, &dyn Source)> = Some(("record", &record));
        let subject = Subject { name: "record.p7s", file: &file, content, held: Held::Signature };
        verify(&subject, &Judge::new(policy.clone()), self.at, &mut self.evidence, self.source)
            .unwrap()
    }
}

fn judged(cms: Vec<u8>, evidence: EvidenceSet, source: &mut dyn EvidenceSource) -> FileReport {
    Case { cms, trust: trust(), at: now(), evidence, source }.judged()
}

#[track_caller]
fn assert_outcome(report: &FileReport, expected: Option<SubIndication>) {
    assert_eq!(report.sub_indication(), expected, "{report:#?}");
    let indication = expected.map_or(Indication::Passed, SubIndication::indication);
    assert_eq!(report.indication(), indication);
}

/// What the lab answers at this address.
fn fetched(fetch: Fetch) -> Bytes {
    Web::default().obtain(&Want::from(Wanted::Revocation, "a test", fetch)).unwrap()
}

#[test]
fn row_3_the_signer_is_the_same_wherever_its_certificate_stands() {
    let cms = sealed("ec-physician").detached();
    let mut bag: Vec<Certificate> =
        ["expired", "without-role", "other-key", "ec-physician", "hpki-physician-revoked", "ec-ca"]
            .map(certificate)
            .to_vec();
    for _ in 0..bag.len() {
        bag.rotate_left(1);
        let mut evidence = EvidenceSet::default();
        bag.iter().for_each(|c| evidence.add_certificate(c.clone()));
        let report = judged(cms.clone(), evidence, &mut Web::default());
        assert_outcome(&report, None);
        assert_eq!(report.signatures[0].judged.signer, Some(certificate("ec-physician")));
    }
}

#[test]
fn row_4_another_certificate_over_the_same_key_cannot_take_the_place() {
    let (own, other) = (certificate("ec-physician"), certificate("without-role"));
    assert_eq!(own.public_key(), other.public_key());
    let cms = sealed("ec-physician").detached();
    let mut evidence = EvidenceSet::default();
    evidence.add_certificate(other.clone());
    assert_outcome(&judged(cms.clone(), evidence.clone(), &mut Web::default()), None);
    // The last place of the serial number is in the signed reference, the one before it names the signer.
    let serial = own.serial();
    let last = |within: &[u8]| within.windows(serial.len()).rposition(|w| w == serial).unwrap();
    let at = last(&cms[..last(&cms)]);
    let mut forged = cms;
    forged[at..at + serial.len()].copy_from_slice(other.serial());
    let report = judged(forged, evidence, &mut Web::default());
    assert_outcome(&report, Some(SubIndication::SigConstraintsFailure));
}

/// A signature of level T, stamped under full trust.
fn stamped(name: &str, tsa: &str) -> Vec<u8> {
    let sealed = sealed(name);
    let request = StampRequest::over(sealed.signature_value(), DigestAlgorithm::Sha256, [3; 16]);
    let body = Bytes::from(request.to_der());
    let url = LAB.lab().tsa_url(tsa);
    let answer = fetched(Fetch::Post { url, media_type: "application/timestamp-query", body });
    let token = request.token_of(&answer).unwrap();
    let judge = Judge::new(Policy::standard(trust()).unwrap());
    let judged = settle(
        &mut EvidenceSet::default(),
        &mut Web::default(),
        |evidence| judge.timestamp(&token, &request.stamped(), evidence, now()),
        |judged| &judged.verdict,
    );
    sealed.stamp(&judged.verified.unwrap()).unwrap().detached()
}

#[test]
fn row_9_a_timestamp_without_a_root_trusted_for_time_proves_no_time() {
    let cms = stamped("ec-physician", "tsa-ec");
    let at = now().plus_seconds(5);
    let judged = |trust: Trust| {
        let evidence = EvidenceSet::default();
        Case { cms: cms.clone(), trust, at, evidence, source: &mut Web::default() }.judged()
    };
    let report = judged(trust());
    assert_outcome(&report, None);
    assert!(report.signatures[0].judged.best_signature_time < at);
    let mut none = Trust::default();
    none.add(certificate("ec-root"), &[Role::Signer]);
    let mut for_signers = none.clone();
    for_signers.add(certificate("tsa-root"), &[Role::Signer]);
    for trust in [none, for_signers] {
        let report = judged(trust);
        assert_outcome(&report, Some(SubIndication::NoCertificateChainFound));
        assert_eq!(report.signatures[0].judged.best_signature_time, at);
    }
}

/// The answer of a responder about somebody issued by ec-ca.
fn ocsp_answer(url: &str, about: &str) -> Bytes {
    let id = CertId::new(DigestAlgorithm::Sha1, &certificate(about), &certificate("ec-ca"));
    let body = Bytes::from(ocsp::request(&id));
    fetched(Fetch::Post { url: url.to_owned(), media_type: "application/ocsp-request", body })
}

/// A list that clears ec-ca, and one more piece of evidence.
fn evidence_with(piece: &Bytes) -> EvidenceSet {
    let mut evidence = EvidenceSet::default();
    evidence.add(&fetched(Fetch::Get(LAB.lab().crl_url("ec-root")))).unwrap();
    evidence.add(piece).unwrap();
    evidence
}

#[test]
fn row_11_an_ocsp_answer_of_a_stranger_about_another_or_too_old_is_no_answer() {
    let lab = LAB.lab();
    let url = lab.ocsp_url("ec-ocsp");
    let cms = sealed("ec-physician").detached();
    let faulty = |fault: &str| lab.faulty(&[fault.parse().unwrap()], &url);
    for (what, answer, expected) in [
        ("the twin", ocsp_answer(&url, "ec-physician"), None),
        ("another key", ocsp_answer(&faulty("wrong-signer"), "ec-physician"), Some(())),
        (
            "a delegate without the purpose",
            ocsp_answer(&lab.ocsp_url("ocsp-without-purpose"), "ec-physician"),
            Some(()),
        ),
        ("another CA's", ocsp_answer(&lab.ocsp_url("tsa-ocsp"), "ec-physician"), Some(())),
        ("about another", ocsp_answer(&url, "ec-pharmacist"), Some(())),
        ("too old", ocsp_answer(&faulty("stale-ocsp"), "ec-physician"), Some(())),
    ] {
        let report = judged(cms.clone(), evidence_with(&answer), &mut Offline);
        let expected = expected.map(|()| SubIndication::TryLater);
        assert_eq!(report.sub_indication(), expected, "{what}: {report:#?}");
    }
}

#[test]
fn row_12_a_list_whose_scope_signer_or_time_does_not_fit_is_no_list() {
    let lab = LAB.lab();
    let key = |name: &str| lab.member(name).unwrap().key(lab).unwrap();
    let issuer = certificate("ec-ca");
    let hour = |hours: i64| now().plus_seconds(hours * 3600);
    let made = |extensions: &[Vec<u8>], signer: &str, from: i64, until: i64| {
        crl(&issuer, key(signer), hour(from), hour(until), extensions)
    };
    let scope =
        |part: Vec<u8>| extension(oid::ISSUING_DISTRIBUTION_POINT, &write::sequence([part]));
    let yes = |number| write::implicit(number, &write::boolean(true));
    let elsewhere = write::implicit(6, &write::ia5("http://elsewhere.invalid/other.crl"));
    let point = write::explicit(0, &write::implicit(0, &write::sequence([elsewhere])));
    let current = |part: Vec<u8>| made(&[part], "ec-ca", -1, 24);
    let delta = extension(oid::DELTA_CRL_INDICATOR, &write::integer(1));
    let unknown = extension(Oid::new_unwrap("1.2.3.4.5"), &write::null());
    let cms = sealed("ec-physician").detached();
    let outcome = |list: Vec<u8>| {
        judged(cms.clone(), evidence_with(&list.into()), &mut Offline).sub_indication()
    };
    assert_eq!(outcome(made(&[], "ec-ca", -1, 24)), None, "the twin");
    assert_eq!(outcome(current(scope(yes(1)))), None, "a list of end entities fits");
    assert_eq!(outcome(current(scope(yes(4)))), None, "an indirect list speaks for its issuer too");
    for (what, list) in [
        ("CA certificates only", current(scope(yes(2)))),
        ("some reasons only", current(scope(write::implicit(3, &write::named_bits(0b110))))),
        ("attribute certificates", current(scope(yes(5)))),
        ("another distribution point", current(scope(point))),
        ("a delta", current(delta)),
        ("an unknown critical extension", current(unknown)),
        ("signed by another", made(&[], "ec-pharmacist", -1, 24)),
        ("too old", made(&[], "ec-ca", -48, -24)),
    ] {
        assert_eq!(outcome(list), Some(SubIndication::TryLater), "{what}");
    }
    // HPKI has two lists under one root: that for the root itself says nothing of the CAs below.
    let cms = sealed("hpki-physician").detached();
    for (root_list, expected) in
        [("hpki-root-sarl", None), ("hpki-root-rarl", Some(SubIndication::TryLater))]
    {
        let mut evidence = EvidenceSet::default();
        for list in ["hpki-sign", root_list] {
            evidence.add(&fetched(Fetch::Get(lab.crl_url(list)))).unwrap();
        }
        let report = judged(cms.clone(), evidence, &mut Offline);
        assert_eq!(report.sub_indication(), expected, "{root_list}");
    }
}

#[test]
fn row_13_a_name_outside_what_its_ca_may_issue_for_is_refused() {
    let online =
        |name| judged(sealed(name).detached(), EvidenceSet::default(), &mut Web::default());
    assert_outcome(&online("below-at-home"), None);
    assert_outcome(&online("below-abroad"), Some(SubIndication::ChainConstraintsFailure));
}

#[test]
fn row_15_a_mesh_of_cross_certificates_is_given_up_in_time() {
    let mesh = Mesh::new(10, now());
    let mut evidence = EvidenceSet::default();
    mesh.certificates.iter().for_each(|c| evidence.add_certificate(c.clone()));
    let judge = |trust: Trust| {
        let policy = Policy::standard(trust).unwrap();
        let times = Times::unproven(now());
        Judge::new(policy.clone()).certificate(&mesh.leaf, Role::Signer, &evidence, times)
    };
    let begun = now();
    let lost = judge(trust());
    assert!(now() < begun.plus_seconds(20), "begun at {begun}");
    assert_eq!(lost.verdict.sub_indication(), Some(SubIndication::NoCertificateChainFound));
    assert!(lost.path.is_empty() && lost.accepted.is_none());
    // The twin: one of the same CAs is trusted, and is found among all the others.
    let mut known = Trust::default();
    known.add(mesh.certificates[0].clone(), &[Role::Signer]);
    assert_eq!(judge(known).path.last(), Some(&mesh.certificates[0]));
}

#[test]
fn row_16_nests_are_no_evidence_and_need_no_stack() {
    let run = std::thread::Builder::new().stack_size(256 << 10).spawn(|| {
        let mut evidence = EvidenceSet::default();
        assert!(evidence.add(certificate("ec-ca").der()).is_ok());
        for piece in [[0x30u8, 0x80], [0xa0, 0x80], [0x24, 0x80], [0x31, 0x80]] {
            let nest = piece.repeat(200_000);
            assert!(evidence.add(&Bytes::from(nest.clone())).is_err());
            let inside = write::sequence([nest]);
            assert!(evidence.add(&Bytes::from(inside.clone())).is_err());
            assert!(Reader::only(&inside, Tag::SEQUENCE, "nest").is_ok());
        }
        let mut deep = write::null();
        for _ in 0..5000 {
            deep = write::sequence([deep]);
        }
        assert!(evidence.add(&deep.into()).is_err());
    });
    run.unwrap().join().unwrap();
}

#[test]
fn row_21_an_old_algorithm_is_saved_by_a_proven_time_and_not_by_a_claimed_one() {
    // RSA-2048 ends with 2030; the lab's lists are as fresh then as they are today.
    let at: Instant = "2031-01-01".parse().unwrap();
    let strong = |cms: Vec<u8>| {
        let source = &mut Later { lab: LAB.lab(), seconds: at.unix() - now().unix() };
        let evidence = EvidenceSet::default();
        let report = Case { cms, trust: trust(), at, evidence, source }.judged();
        let findings = report.signatures[0].judged.verdict.findings().cloned().collect::<Vec<_>>();
        let asked = findings.into_iter().find(|f| f.rule.check == "signature-strength").unwrap();
        matches!(asked.outcome, Outcome::Met(_))
    };
    assert!(strong(stamped("hpki-physician", "tsa-ec")), "proven in time");
    assert!(!strong(sealed("hpki-physician").detached()), "claimed in time");
}

#[test]
fn row_21_a_certificate_signed_with_sha_1_is_not_relied_on() {
    let online =
        |name| judged(sealed(name).detached(), EvidenceSet::default(), &mut Web::default());
    assert_outcome(&online("ec-physician"), None);
    assert_outcome(&online("sha1-signed"), Some(SubIndication::CryptoConstraintsFailureNoPoe));
}

#[test]
fn row_24_a_digest_that_was_not_compared_is_not_passed() {
    let cms = sealed("ec-physician").detached();
    assert_outcome(&judged(cms.clone(), EvidenceSet::default(), &mut Web::default()), None);
    let policy = Policy::standard(trust()).unwrap();
    let (file, other) = (Bytes::from(cms), Bytes::from_static(b"ten tablets a day"));
    let other: (&str, &dyn Source) = ("record", &other);
    for (content, expected) in
        [(None, SubIndication::SignedDataNotFound), (Some(other), SubIndication::HashFailure)]
    {
        let subject = Subject { name: "x.p7s", file: &file, content, held: Held::Signature };
        let source = &mut Web::default();
        let report = verify(
            &subject,
            &Judge::new(policy.clone()),
            now(),
            &mut EvidenceSet::default(),
            source,
        )
        .unwrap();
        assert_outcome(&report, Some(expected));
    }
}
