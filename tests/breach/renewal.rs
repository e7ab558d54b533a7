//! What the calendar says, and what may be renewed.

use crate::authority::{Holder, at, key, of_responder, of_signer};
use crate::cms::{Cms, Draft};
use crate::scene::{CAST, Scene, lists, stamped};
use crate::{against, passes};
use inkan::ades::cades::Content;
use inkan::der::cms::SignedData;
use inkan::der::cms::values::write_ocsp;
use inkan::der::{Bytes, write};
use inkan::digest::DigestAlgorithm::{Sha256, Sha384};
use inkan::evidence::EvidenceSet;
use inkan::evidence::want::Offline;
use inkan::judge::Judge;
use inkan::key::software::KeyAlgorithm::P256;
use inkan::oid;
use inkan::policy::requirement::SignatureCheck;
use inkan::policy::{Policy, Role, Trust};
use inkan::rule::SubIndication;
use inkan::seal::Proven;
use inkan::task::renew::{Outlook, survey};
use inkan::task::verify::{Held, Subject};

const THEN: [&str; 2] = ["2026-04-09T00:00:00Z", "2026-05-09T00:00:00Z"];

fn judge() -> Judge {
    let mut trust = Trust::default();
    trust.add(CAST.root.certificate.clone(), &[Role::Signer]);
    trust.add(CAST.tsa_root.certificate.clone(), &[Role::Tsa]);
    Judge::new(Policy::standard(trust).unwrap())
}

fn outlook(cms: &Cms, day: &str) -> Outlook {
    outlook_of(&judge(), cms, day)
}

fn outlook_of(judge: &Judge, cms: &Cms, day: &str) -> Outlook {
    let file = Bytes::from(cms.der());
    let subject = Subject { name: "r", file: &file, content: None, held: Held::Signature };
    let mut evidence = EvidenceSet::default();
    survey(&subject, judge, at(day), &mut evidence, &mut Offline).unwrap().outlook
}

/// Level LT, a responder that ends with the year having answered for the TSA.
fn answered_for() -> Cms {
    let validity = ["2026-01-01", "2026-12-31T23:59:59Z"];
    let delegate = CAST.tsa_root.certifies("Responder", &key(P256), validity, of_responder());
    let (tsa, root) = (&CAST.tsa.certificate, &CAST.tsa_root.certificate);
    let answer = delegate.answer(tsa, root, THEN[0], THEN[1]);
    let [of_root, of_ca] = [&CAST.root, &CAST.ca].map(|by| by.list(THEN[0], THEN[1]).der());
    let revocation = [of_root, of_ca, write_ocsp(&answer.der())];
    stamped().embedding(&[&CAST.root, &CAST.ca, &CAST.tsa_root], &revocation)
}

#[test]
fn the_calendar_knows_of_the_end_of_whoever_answered_for_the_tsa() {
    let cms = answered_for();
    let now = "2026-06-01T00:00:00Z";
    let end = "2027-01-01T00:00:00Z";
    let by_itself = |day| {
        let mut scene = Scene::of(cms.der()).at(day);
        scene.evidence.clear();
        scene.judged()
    };
    passes(&by_itself("2026-12-31T23:59:59Z"));
    let ended = by_itself(end);
    let told = Some(SubIndication::RevocationOutOfBoundsNoPoe);
    assert!(against(&ended).iter().any(|finding| finding.sub_indication() == told));
    match outlook(&cms, now) {
        Outlook::Until(horizon) => assert_eq!(horizon.ends, at(end), "{:?}", horizon.because),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_calendar_knows_of_what_will_be_demanded_one_day() {
    let cms = stamped().embedding(&[&CAST.root, &CAST.ca, &CAST.tsa_root], &lists(THEN));
    let (now, begin) = ("2026-06-01T00:00:00Z", at("2027-04-01"));
    let until = |judge: &Judge| match outlook_of(judge, &cms, now) {
        Outlook::Until(horizon) => horizon.ends,
        other => panic!("{other:?}"),
    };
    assert!(begin < until(&judge()));
    let mut policy = judge().policy().clone();
    let all = &mut policy.signature.requirements;
    let plausible = all.iter_mut().find(|r| r.rule.check == "signing-time-plausible").unwrap();
    plausible.check = SignatureCheck::SigningTimePlausible { tolerance: -86_400 };
    plausible.from = Some(begin);
    assert_eq!(until(&Judge::new(policy)), begin);
}

/// Level LTA with a counter-signature of somebody whose certificate ends with 2026.
fn countersigned(by: &Holder) -> Cms {
    let base = stamped();
    let digest = vec![write::octet_string(Sha256.digest(&base.value).value())];
    let counter = Draft::of(by, oid::DATA, &base.value).without(oid::CONTENT_TYPE);
    let counter = counter.replacing(oid::MESSAGE_DIGEST, digest).sign();
    let cms = base.adding(oid::COUNTER_SIGNATURE, counter.signer_info());
    let cms = cms.embedding(&[by, &CAST.root, &CAST.ca, &CAST.tsa_root], &lists(THEN));
    let cms = cms.archived(&CAST.other_tsa, "2026-04-10T09:00:00Z");
    Cms { announced: vec![Sha256.oid(), Sha384.oid()], ..cms }
}

#[test]
fn a_counter_signature_that_the_archive_timestamp_proves_can_be_renewed_after_its_signer() {
    let brief = ["2025-01-01", "2026-12-31T23:59:59Z"];
    let brief = CAST.ca.certifies("Brief Nurse", &key(P256), brief, of_signer());
    let cms = countersigned(&brief);
    let (day, long) = ("2027-06-01T00:00:00Z", at("2036-01-01T00:00:01Z"));
    let mut scene = Scene::of(cms.der()).at(day);
    scene.evidence.clear();
    passes(&scene.judged());
    for judged in ["2026-06-01T00:00:00Z", day] {
        match outlook(&cms, judged) {
            Outlook::Until(horizon) => assert_eq!(horizon.ends, long, "{:?}", horizon.because),
            other => panic!("{other:?}"),
        }
    }
    let data = SignedData::parse(&cms.der()).unwrap();
    let digests = [Sha256, Sha384].map(|a| a.digest(crate::scene::RECORD)).to_vec();
    let content = Content { name: "record".to_owned(), digests: Some(digests) };
    let mut evidence = EvidenceSet::default();
    evidence.add_bags(&data);
    Proven::new(data, &content, &judge(), &evidence, at(day)).unwrap();
}
