//! ML-DSA in certificates, revocation lists, signatures and time-stamp tokens (RFC 9881, RFC 9882): a
//! whole test PKI of it, and each part with one thing wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/issue.rs"]
mod issue;

use inkan::ades::cades::{self, Content};
use inkan::ades::{Stamped, Token};
use inkan::check::Times;
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::certificate::Certificate;
use inkan::der::cms::SignedData;
use inkan::der::write;
use inkan::digest::DigestAlgorithm;
use inkan::edge::clock::now;
use inkan::edge::web::Web;
use inkan::evidence::want::Offline;
use inkan::evidence::{EvidenceSet, EvidenceSource as _, Fetch, Want, Wanted};
use inkan::judge::{Judge, JudgedSignature, settle};
use inkan::key::SigningKey as _;
use inkan::key::software::{KeyAlgorithm, SoftwareKey};
use inkan::lab::{Declaration, Lab, LabServer, Member};
use inkan::oid;
use inkan::policy::{Policy, Role, Trust};
use inkan::report::human::{Colour, Detail, Style};
use inkan::report::inspect::{self, Personal};
use inkan::report::{Catalogue, Language};
use inkan::rule::{Indication, Outcome, SubIndication, Verdict};
use inkan::seal::{B, Prepared, Sealed, StampRequest, T};
use inkan::task::bundle;
use inkan::task::inspect::{Inspection, Knowledge};
use inkan::time::Instant;
use issue::{Draft, NOW, ca, name};
use std::sync::LazyLock;

const RECORD: &[u8] = b"a record that is to last";

static LAB: LazyLock<LabServer> = LazyLock::new(|| {
    let port = LabServer::bind().unwrap();
    let declaration = Declaration::parse(include_str!("../testdata/pki-ml-dsa.toml")).unwrap();
    let lab = Lab::build(declaration, port.base_url(), now()).unwrap();
    port.serve(lab, now).unwrap()
});

fn member(name: &str) -> &'static Member {
    LAB.lab().member(name).unwrap()
}

fn policy() -> Policy {
    let mut trust = Trust::default();
    for (member, roles) in LAB.lab().anchors() {
        trust.add(member.certificate().clone(), roles);
    }
    Policy::standard(trust).unwrap()
}

/// Seals as anybody in the lab, the content hashed with that function.
fn sealed(name: &str, digest: DigestAlgorithm) -> Sealed<B> {
    let (lab, member) = (LAB.lab(), member(name));
    let chain = lab.chain(member).into_iter().map(|m| m.certificate().clone()).collect();
    let prepared = Prepared::new(member.certificate().clone(), chain, digest.digest(RECORD), now());
    prepared.seal(member.key(lab).unwrap()).unwrap()
}

/// Asks the authority of the lab for a timestamp, and judges it.
fn stamped(sealed: Sealed<B>) -> Sealed<T> {
    let request = StampRequest::over(sealed.signature_value(), DigestAlgorithm::Sha512, [7; 16]);
    let url = LAB.lab().tsa_url("tsa-pq");
    let media_type = "application/timestamp-query";
    let fetch = Fetch::Post { url: url.clone(), media_type, body: request.to_der().into() };
    let answer = Web::default().obtain(&Want::from(Wanted::Timestamp, url, fetch)).unwrap();
    let token: Token = request.token_of(&answer).unwrap();
    let stamped: Stamped = request.stamped();
    let (judge, mut evidence) = (Judge::new(policy()), EvidenceSet::default());
    evidence.add_bags(&SignedData::parse(&token.der).unwrap());
    let judged = settle(
        &mut evidence,
        &mut Web::default(),
        |evidence| judge.timestamp(&token, &stamped, evidence, now()),
        |judged| &judged.verdict,
    );
    assert_eq!(judged.verdict.indication(), Indication::Passed, "{:#?}", judged.verdict);
    sealed.stamp(&judged.verified.unwrap()).unwrap()
}

fn judged(cms: &[u8], at: Instant) -> JudgedSignature {
    let data = SignedData::parse(cms).unwrap();
    let digests = cades::digests_needed(&data).iter().map(|a| a.digest(RECORD)).collect();
    let content = Content { name: "record".to_owned(), digests: Some(digests) };
    let claims = cades::signatures(&data, &content).remove(0);
    let (judge, mut evidence) = (Judge::new(policy()), EvidenceSet::default());
    evidence.add_bags(&data);
    settle(
        &mut evidence,
        &mut Web::default(),
        |evidence| judge.signature(&claims, evidence, at),
        |judged| &judged.verdict,
    )
}

fn sub_indication(cms: &[u8]) -> Option<SubIndication> {
    let judged = judged(cms, now());
    let sub = judged.verdict.sub_indication();
    assert_eq!(sub.is_none(), judged.verdict.indication() == Indication::Passed);
    sub
}

#[test]
fn every_certificate_of_the_lab_is_judged_as_it_was_declared() {
    use SubIndication::{ChainConstraintsFailure, RevokedNoPoe};
    for (name, expected) in [
        ("pq-physician", None),
        ("without-key-usage", None),
        ("mixed-physician", None),
        ("pq-physician-revoked", Some(RevokedNoPoe)),
        ("enciphers", Some(ChainConstraintsFailure)),
    ] {
        let cms = sealed(name, DigestAlgorithm::Sha512).detached();
        assert_eq!(sub_indication(&cms), expected, "{name}");
    }
}

#[test]
fn a_signature_and_its_timestamp_pass_and_fail_with_one_bit_changed() {
    let cms = stamped(sealed("pq-physician", DigestAlgorithm::Sha512)).detached();
    assert_eq!(sub_indication(&cms), None);
    let value = sealed_value(&cms);
    let place = cms.windows(value.len()).position(|part| part == value).unwrap();
    for at in [0, value.len() / 2, value.len() - 1] {
        let mut flipped = cms.clone();
        flipped[place + at] ^= 1;
        assert_eq!(sub_indication(&flipped), Some(SubIndication::SigCryptoFailure), "{at}");
    }
}

/// The octets of the signature.
fn sealed_value(cms: &[u8]) -> Vec<u8> {
    SignedData::parse(cms).unwrap().signers[0].signature.to_vec()
}

#[test]
fn the_content_may_be_hashed_with_any_function_and_its_strength_counts() {
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
        assert_eq!(sub_indication(&sealed("mixed-physician", digest).detached()), None, "{digest}");
    }
    let cms = sealed("mixed-physician", DigestAlgorithm::Sha1).detached();
    assert_eq!(sub_indication(&cms), Some(SubIndication::CryptoConstraintsFailureNoPoe));
}

#[test]
fn ml_dsa_44_ends_before_ml_dsa_65() {
    let strong = |name: &str, at: &str| {
        let cms = sealed(name, DigestAlgorithm::Sha512).detached();
        let judged = judged(&cms, at.parse().unwrap());
        let mut findings = judged.verdict.findings();
        let strength = findings.find(|f| f.rule.check == "signature-strength").unwrap();
        strength.sub_indication().is_none()
    };
    assert!(strong("pq-physician", "2050-12-31") && !strong("pq-physician", "2051-01-01"));
    assert!(strong("mixed-physician", "2051-01-01") && !strong("mixed-physician", "2071-01-01"));
}

#[test]
fn parameters_beside_the_algorithm_are_refused() {
    let root = SoftwareKey::generate(KeyAlgorithm::MlDsa44).unwrap();
    let end = SoftwareKey::generate(KeyAlgorithm::MlDsa65).unwrap();
    let issuer = name("root");
    let root_certificate =
        Draft { public_key: root.public_key().der(), ..Draft::new(&issuer, &issuer, vec![ca()]) };
    let root_certificate = root_certificate.issue(&root);
    let subject = name("end");
    let sound =
        Draft { public_key: end.public_key().der(), ..Draft::new(&issuer, &subject, vec![]) };
    let issued = |certificate: &Certificate, root: &Certificate| {
        let mut trust = Trust::default();
        trust.add(root.clone(), &[Role::Signer]);
        let policy = Policy::standard(trust).unwrap();
        let times = Times::unproven(NOW.parse().unwrap());
        let evidence = EvidenceSet::default();
        let judged = Judge::new(policy).certificate(certificate, Role::Signer, &evidence, times);
        seen_of_issuer(&judged.verdict)
    };
    assert_eq!(issued(&sound.issue(&root), &root_certificate), "seen.signature-verifies");

    // The same certificate, its algorithm with NULL inside and outside, signed anew.
    let bare = root.scheme().identifier().to_der();
    let with_null = AlgorithmIdentifier::with_null(oid::ML_DSA_44).to_der();
    let tbs = signed_part(&sound.der(&root), &bare, &with_null);
    let signature = write::bit_string(&root.sign(&tbs).unwrap());
    let odd = Certificate::parse(write::sequence([tbs, with_null, signature])).unwrap();
    assert_eq!(issued(&odd, &root_certificate), "seen.unsupported");

    // The same root, its key with NULL: nothing that it signed can be verified.
    let algorithm = AlgorithmIdentifier::with_null(oid::ML_DSA_44).to_der();
    let key = write::sequence([algorithm, write::bit_string(root.public_key().bits())]);
    let odd_root = Draft { public_key: &key, ..Draft::new(&issuer, &issuer, vec![ca()]) };
    assert_eq!(issued(&sound.issue(&root), &odd_root.issue(&root)), "seen.no-issuer");
}

/// What was seen of the signature on the certificate at the end of the path.
fn seen_of_issuer(verdict: &Verdict) -> &'static str {
    let findings = verdict.all_findings();
    let finding = findings.iter().find(|f| f.rule.check == "issued-by-next").unwrap();
    match &finding.outcome {
        Outcome::Met(seen) | Outcome::Violated(seen) | Outcome::NotApplicable(seen) => seen.key(),
        Outcome::NotInForce => "",
        Outcome::Unanswered { why, .. } => why.key(),
    }
}

/// The signed part of a certificate, with another algorithm named in it.
fn signed_part(certificate: &[u8], named: &[u8], instead: &[u8]) -> Vec<u8> {
    use inkan::der::{Reader, Tag};
    let outer = Reader::only(certificate, Tag::SEQUENCE, "Certificate").unwrap();
    let tbs = outer.reader().expect(Tag::SEQUENCE).unwrap();
    let at = tbs.content.windows(named.len()).position(|part| part == named).unwrap();
    write::sequence([&tbs.content[..at], instead, &tbs.content[at + named.len()..]])
}

#[test]
fn a_certificate_is_told_with_its_algorithms_and_how_long_they_hold() {
    let knowledge = Knowledge::embedded().unwrap();
    let at = "2026-11-20".parse().unwrap();
    let told = |name: &str| {
        let der = member(name).certificate().der().clone();
        let files = vec![knowledge.inspect(name, bundle::open(&der).unwrap(), at)];
        let inspection = Inspection { at, files, passed_over: Vec::new() };
        let style = Style { colour: Colour::Plain, detail: Detail::Full };
        inspect::render(&inspection, Catalogue::load(Language::En), style, Personal::Hidden)
    };
    let physician = told("pq-physician");
    for part in [
        "ML-DSA-44: may be relied on until 2051-01-01",
        "[FIPS 204: category 2",
        "ML-DSA-65: may be relied on until 2071-01-01",
        "[FIPS 204: category 3",
    ] {
        assert!(physician.contains(part), "{part} is not in:\n{physician}");
    }
    let mixed = told("mixed-physician");
    assert!(mixed.contains("RSA PKCS #1 v1.5 with SHA-256: may be relied on"), "{mixed}");
}

#[test]
fn without_a_network_an_ml_dsa_path_is_found_and_its_revocation_stays_open() {
    let end = member("pq-physician").certificate();
    let mut evidence = EvidenceSet::default();
    LAB.lab().members().iter().for_each(|m| evidence.add_certificate(m.certificate().clone()));
    let (judge, times) = (Judge::new(policy()), Times::unproven(now()));
    let judged = settle(
        &mut evidence,
        &mut Offline,
        |evidence| judge.certificate(end, Role::Signer, evidence, times),
        |judged| &judged.verdict,
    );
    assert_eq!(judged.path.len(), 3);
    assert_eq!(judged.verdict.sub_indication(), Some(SubIndication::TryLater));
}
