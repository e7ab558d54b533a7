//! The judgement on good and bad specimens of the lab, over real OCSP, CRL and AIA.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use inkan::ades::cades::{self, Content};
use inkan::ades::{Stamped, Token};
use inkan::der::Bytes;
use inkan::der::cms::SignedData;
use inkan::digest::{Digest, DigestAlgorithm};
use inkan::edge::clock::now;
use inkan::edge::web::Web;
use inkan::evidence::want::Offline;
use inkan::evidence::{EvidenceSet, EvidenceSource, Fetch, Want, Wanted};
use inkan::judge::{Judge, JudgedSignature, JudgedTimestamp, settle};
use inkan::key::SigningKey as _;
use inkan::lab::{Declaration, Lab, LabServer};
use inkan::policy::{Policy, Role, Trust};
use inkan::rule::{Indication, SubIndication};
use inkan::seal::{B, Prepared, Sealed, StampRequest};
use inkan::time::Instant;
use std::sync::LazyLock;

const RECORD: &[u8] = b"a record of this patient";

static LAB: LazyLock<LabServer> = LazyLock::new(|| {
    let port = LabServer::bind().unwrap();
    let lab = Lab::build(Declaration::standard().unwrap(), port.base_url(), now()).unwrap();
    port.serve(lab, now).unwrap()
});

fn policy() -> Policy {
    let mut trust = Trust::default();
    for (member, roles) in LAB.lab().anchors() {
        trust.add(member.certificate().clone(), roles);
    }
    Policy::standard(trust).unwrap()
}

/// Seals as anybody in the lab, without asking whether they may.
fn sealed(name: &str) -> Sealed<B> {
    let lab = LAB.lab();
    let member = lab.member(name).unwrap();
    let key = member.key(lab).unwrap();
    let chain = lab.chain(member).into_iter().map(|m| m.certificate().clone()).collect();
    let digest = key.scheme().digest().digest(RECORD);
    Prepared::new(member.certificate().clone(), chain, digest, now()).seal(key).unwrap()
}

fn judge_cms(cms: &[u8], at: Instant, source: &mut dyn EvidenceSource) -> JudgedSignature {
    let data = SignedData::parse(cms).unwrap();
    let digests: Vec<Digest> =
        cades::digests_needed(&data).iter().map(|a| a.digest(RECORD)).collect();
    let content = Content { name: "record".to_owned(), digests: Some(digests) };
    let signature_claims = cades::signatures(&data, &content).remove(0);
    let mut evidence = EvidenceSet::default();
    evidence.add_bags(&data);
    let judge = Judge::new(policy());
    settle(
        &mut evidence,
        source,
        |evidence| judge.signature(&signature_claims, evidence, at),
        |judged| &judged.verdict,
    )
}

fn outcome(judged: &JudgedSignature) -> (Indication, Option<SubIndication>) {
    (judged.verdict.indication(), judged.verdict.sub_indication())
}

#[test]
fn each_specimen_gets_the_indication_of_the_standard() {
    use SubIndication::*;
    for (name, expected) in [
        ("ec-physician", None),
        ("ec-organisation", None),
        ("hpki-physician", None),
        ("hpki-pharmacist", None),
        ("without-role", None),
        ("hpki-physician-revoked", Some(RevokedNoPoe)),
        ("revoked-key-compromise", Some(RevokedNoPoe)),
        ("revoked-superseded", Some(RevokedNoPoe)),
        ("below-revoked-ca", Some(RevokedCaNoPoe)),
        ("expired", Some(OutOfBoundsNoPoe)),
        ("not-yet-valid", Some(OutOfBoundsNoPoe)),
        ("encipherment-only", Some(ChainConstraintsFailure)),
        ("unknown-critical-extension", Some(ChainConstraintsFailure)),
        ("below-not-a-ca", Some(ChainConstraintsFailure)),
        ("below-deep-ca", Some(ChainConstraintsFailure)),
        ("below-impostor", Some(NoCertificateChainFound)),
        ("broken-name-chain", Some(NoCertificateChainFound)),
    ] {
        let judged = judge_cms(&sealed(name).detached(), now(), &mut Web::default());
        let indication = expected.map_or(Indication::Passed, SubIndication::indication);
        assert_eq!(outcome(&judged), (indication, expected), "{name}: {:#?}", judged.verdict);
    }
}

#[test]
fn every_requirement_has_exactly_one_finding_whatever_the_outcome() {
    let policy = policy();
    for name in ["ec-physician", "expired", "below-impostor"] {
        let judged = judge_cms(&sealed(name).detached(), now(), &mut Web::default());
        let rules: Vec<&str> = judged.verdict.findings().map(|f| f.rule.id.as_str()).collect();
        let wanted: Vec<&str> =
            policy.signature.requirements.iter().map(|r| r.rule.id.as_str()).collect();
        assert_eq!(rules, wanted, "{name}");
    }
}

#[test]
fn a_signer_who_is_trusted_directly_is_still_asked_for_what_the_certificate_says_of_itself() {
    use SubIndication::*;
    for (name, expected) in [
        ("ec-physician", None),
        ("expired", Some(OutOfBoundsNoPoe)),
        ("encipherment-only", Some(ChainConstraintsFailure)),
        ("unknown-critical-extension", Some(ChainConstraintsFailure)),
        ("weak-key", Some(CryptoConstraintsFailureNoPoe)),
    ] {
        let certificate = LAB.lab().member(name).unwrap().certificate();
        let mut trust = Trust::default();
        trust.add(certificate.clone(), &[Role::Signer]);
        let policy = Policy::standard(trust).unwrap();
        let times = inkan::check::Times::unproven(now());
        let evidence = EvidenceSet::default();
        let judged =
            Judge::new(policy.clone()).certificate(certificate, Role::Signer, &evidence, times);
        assert_eq!(judged.verdict.sub_indication(), expected, "{name}: {:#?}", judged.verdict);
    }
}

#[test]
fn an_anchor_that_is_no_ca_vouches_for_nobody_but_itself() {
    // The untampered twin: the issuer that says it is a CA, trusted in the same way.
    let lab = LAB.lab();
    for (anchor, end, has_path) in
        [("ec-ca", "ec-physician", true), ("not-a-ca", "below-not-a-ca", false)]
    {
        let mut trust = Trust::default();
        trust.add(lab.member(anchor).unwrap().certificate().clone(), &[Role::Signer]);
        let policy = Policy::standard(trust).unwrap();
        let times = inkan::check::Times::unproven(now());
        let end = lab.member(end).unwrap().certificate();
        let evidence = EvidenceSet::default();
        let judged = Judge::new(policy.clone()).certificate(end, Role::Signer, &evidence, times);
        assert_eq!(!judged.path.is_empty(), has_path, "{anchor}: {:#?}", judged.verdict);
        assert_ne!(judged.verdict.indication(), Indication::Passed, "offline in any case");
    }
}

#[test]
fn offline_without_revocation_data_is_never_passed() {
    let judged = judge_cms(&sealed("ec-physician").detached(), now(), &mut Offline);
    assert_eq!(outcome(&judged), (Indication::Indeterminate, Some(SubIndication::TryLater)));
    let wants = judged.verdict.wants();
    assert!(wants.iter().any(|want| want.what == Wanted::Ocsp), "{wants:?}");
}

#[test]
fn the_same_evidence_gives_the_same_findings_with_no_network() {
    let cms = sealed("ec-physician").detached();
    let data = SignedData::parse(&cms).unwrap();
    let at = now();
    let digests = vec![DigestAlgorithm::Sha256.digest(RECORD)];
    let content = Content { name: "record".to_owned(), digests: Some(digests) };
    let claims = cades::signatures(&data, &content).remove(0);
    let mut evidence = EvidenceSet::default();
    evidence.add_bags(&data);
    let bench = Judge::new(policy());
    let judge = |evidence: &EvidenceSet| bench.signature(&claims, evidence, at);
    let online = settle(&mut evidence, &mut Web::default(), judge, |j| &j.verdict);
    let replayed = settle(&mut evidence, &mut Offline, judge, |j| &j.verdict);
    assert_eq!(online.verdict.indication(), Indication::Passed);
    assert_eq!(online.verdict, replayed.verdict);
}

#[test]
fn rsa_2048_stands_until_the_end_of_2030_and_not_beyond() {
    let judged = judge_cms(
        &sealed("hpki-physician").detached(),
        "2031-01-01".parse().unwrap(),
        &mut Web::default(),
    );
    let weak = judged.verdict.findings().find(|f| f.rule.check == "signature-strength").unwrap();
    assert_eq!(weak.sub_indication(), Some(SubIndication::CryptoConstraintsFailureNoPoe));
}

#[test]
fn a_decoy_in_front_of_the_signers_certificate_changes_nothing() {
    // docs/threat-model.md row 3: nothing is taken from its place in the bag.
    let lab = LAB.lab();
    let member = lab.member("ec-physician").unwrap();
    let key = member.key(lab).unwrap();
    let decoys = ["expired", "other-key", "hpki-physician-revoked", "ec-ca"];
    let chain = decoys.iter().map(|name| lab.member(name).unwrap().certificate().clone()).collect();
    let digest = key.scheme().digest().digest(RECORD);
    let sealed =
        Prepared::new(member.certificate().clone(), chain, digest, now()).seal(key).unwrap();
    let judged = judge_cms(&sealed.detached(), now(), &mut Web::default());
    assert_eq!(outcome(&judged), (Indication::Passed, None));
    assert_eq!(judged.signer.as_ref(), Some(member.certificate()));
}

/// Asks a TSA of the lab, with or without faults, for a stamp over these bytes.
fn ask(url: &str, request: &StampRequest) -> Result<Bytes, String> {
    let body = Bytes::from(request.to_der());
    let fetch =
        Fetch::Post { url: url.to_owned(), media_type: "application/timestamp-query", body };
    Web::default().obtain(&Want::from(Wanted::Timestamp, url, fetch)).map_err(|e| e.to_string())
}

fn judge_token(token: &Token, stamped: &Stamped, at: Instant) -> JudgedTimestamp {
    let judge = Judge::new(policy());
    let mut evidence = EvidenceSet::default();
    settle(
        &mut evidence,
        &mut Web::default(),
        |evidence| judge.timestamp(token, stamped, evidence, at),
        |judged| &judged.verdict,
    )
}

#[test]
fn each_tsa_gets_the_indication_of_the_standard() {
    use SubIndication::*;
    for (name, expected) in [
        ("tsa-ec", None),
        ("tsa-rsa", None),
        ("tsa-without-purpose", Some(ChainConstraintsFailure)),
        ("tsa-purpose-not-critical", Some(ChainConstraintsFailure)),
        ("tsa-purpose-not-alone", Some(ChainConstraintsFailure)),
        ("tsa-revoked", Some(RevokedNoPoe)),
    ] {
        let request = StampRequest::over(RECORD, DigestAlgorithm::Sha256, [7; 16]);
        let answer = ask(&LAB.lab().tsa_url(name), &request).unwrap();
        let token = request.token_of(&answer).unwrap();
        let judged = judge_token(&token, &request.stamped(), now());
        assert_eq!(judged.verdict.sub_indication(), expected, "{name}: {:#?}", judged.verdict);
        assert_eq!(judged.verified.is_some(), expected.is_none(), "{name}");
        let other = Stamped::Bytes(Bytes::from_static(b"another record"));
        let judged = judge_token(&token, &other, now());
        assert_eq!(judged.verdict.indication(), Indication::Failed, "{name}");
        assert!(judged.verified.is_none(), "{name}");
    }
}

#[test]
fn an_answer_of_a_tsa_that_is_not_to_the_question_is_not_taken() {
    let url = LAB.lab().tsa_url("tsa-ec");
    for fault in [
        "wrong-nonce",
        "no-nonce",
        "wrong-imprint",
        "garbage",
        "reject",
        "truncate",
        "500",
        "close",
    ] {
        let request = StampRequest::over(RECORD, DigestAlgorithm::Sha256, [9; 16]);
        let answer = ask(&LAB.lab().faulty(&[fault.parse().unwrap()], &url), &request);
        let taken = answer.ok().and_then(|bytes| request.token_of(&bytes).ok());
        assert!(taken.is_none(), "{fault}");
    }
    for (fault, expected) in [
        ("wrong-signer", SubIndication::SigCryptoFailure),
        ("clock-ahead=7200", SubIndication::SigConstraintsFailure),
    ] {
        let request = StampRequest::over(RECORD, DigestAlgorithm::Sha256, [9; 16]);
        let answer = ask(&LAB.lab().faulty(&[fault.parse().unwrap()], &url), &request).unwrap();
        let judged = judge_token(&request.token_of(&answer).unwrap(), &request.stamped(), now());
        assert_eq!(
            judged.verdict.sub_indication(),
            Some(expected),
            "{fault}: {:#?}",
            judged.verdict
        );
    }
}

/// A signature of level T over the record.
fn stamped_by(name: &str, tsa: &str) -> Vec<u8> {
    let sealed = sealed(name);
    let request = StampRequest::over(sealed.signature_value(), DigestAlgorithm::Sha256, [3; 16]);
    let answer = ask(&LAB.lab().tsa_url(tsa), &request).unwrap();
    let judged = judge_token(&request.token_of(&answer).unwrap(), &request.stamped(), now());
    sealed.stamp(&judged.verified.unwrap()).unwrap().detached()
}

#[test]
fn a_timestamp_proves_the_time_and_a_timestamp_of_another_signature_is_refused() {
    let judged = judge_cms(
        &stamped_by("ec-physician", "tsa-rsa"),
        now().plus_seconds(5),
        &mut Web::default(),
    );
    assert_eq!(outcome(&judged), (Indication::Passed, None), "{:#?}", judged.verdict);
    assert!(judged.best_signature_time < now().plus_seconds(5));

    let one = sealed("ec-physician");
    let other = sealed("hpki-physician");
    let request = StampRequest::over(other.signature_value(), DigestAlgorithm::Sha256, [3; 16]);
    let answer = ask(&LAB.lab().tsa_url("tsa-ec"), &request).unwrap();
    let verified = judge_token(&request.token_of(&answer).unwrap(), &request.stamped(), now())
        .verified
        .unwrap();
    assert!(one.stamp(&verified).is_err(), "a proof of one signature is no proof of another");
}
