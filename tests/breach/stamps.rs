//! What a timestamp is taken to prove, and in which order.

use crate::authority::{Holder, at, key, of_ca, of_signer, of_tsa};
use crate::cms::{Attribute, Cms, Stamp};
use crate::scene::{CAST, Scene, draft_by, lists, signed};
use crate::{is_told, passes};
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::cms::values::write_ocsp;
use inkan::der::{Bytes, write};
use inkan::digest::DigestAlgorithm::{self, Sha256, Sha384};
use inkan::evidence::EvidenceSet;
use inkan::evidence::want::Offline;
use inkan::judge::Judge;
use inkan::key::software::KeyAlgorithm::{P256, P384, Rsa2048};
use inkan::oid;
use inkan::policy::{AlgorithmTable, Policy, Role, Trust};
use inkan::rule::{Outcome, SubIndication};
use inkan::task::verify::{FileReport, Held, Subject, verify};

const THEN: [&str; 2] = ["2026-04-09T00:00:00Z", "2026-05-09T00:00:00Z"];

/// Stamped by an authority whose clock is ahead and whose certificate ends with the year, and then for the
/// archive by another.
fn ahead(stamped: &str, judged: &'static str) -> FileReport {
    let validity = ["2026-01-01", "2026-12-31T23:59:59Z"];
    let tsa = CAST.tsa_root.certifies("Brief TSA", &key(P256), validity, of_tsa());
    let above = [&CAST.root, &CAST.ca, &CAST.tsa_root];
    let cms = signed().stamped(&tsa, stamped).embedding(&above, &lists(THEN));
    let cms = cms.archived(&CAST.other_tsa, "2026-04-10T09:00:00Z");
    let mut scene = Scene::of(cms.der()).at(judged);
    scene.evidence.clear();
    scene.judged()
}

#[test]
fn what_an_archive_timestamp_covers_is_proven_by_it_though_its_clock_is_a_second_behind() {
    let later = "2027-06-01T00:00:00Z";
    passes(&ahead("2026-04-10T08:59:59Z", later));
    passes(&ahead("2026-04-10T09:00:00Z", later));
    passes(&ahead("2026-04-10T09:00:01Z", later));
    let too_far = ahead("2026-04-10T09:00:03Z", "2026-04-11T00:00:00Z");
    is_told(&too_far, SubIndication::TimestampOrderFailure);
}

/// By whom SHA-256 is held to end together with RSA-2048.
fn judge_of_2030(trusted: &[(&Holder, Role)]) -> Judge {
    let mut trust = Trust::default();
    trusted.iter().for_each(|(holder, role)| trust.add(holder.certificate.clone(), &[*role]));
    let table = include_str!("../../src/policy/data/algorithms.toml");
    let row = "algorithm = \"SHA-256\"\nuntil = ";
    assert!(table.contains(&format!("{row}\"2050-12-31\"")));
    let table = table.replace(&format!("{row}\"2050"), &format!("{row}\"2030"));
    let algorithms = AlgorithmTable::parse("of 2030", &table).unwrap();
    Judge::new(Policy { algorithms, ..Policy::standard(trust).unwrap() })
}

/// Stamped with SHA-384 over references that are by that hash function, one of them to the list of a CA
/// whose key ends with 2030.
fn referring(by: DigestAlgorithm, judged: &str) -> FileReport {
    let ca = CAST.root.certifies("RSA CA", &key(Rsa2048), ["2024-01-01", "2034-01-01"], of_ca());
    let signer = ca.certifies("Physician", &key(P384), ["2025-01-01", "2033-01-01"], of_signer());
    let list = ca.list(THEN[0], THEN[1]).der();
    let hash = write::octet_string(by.digest(&list).value());
    let hash = write::sequence([AlgorithmIdentifier::bare(by.oid()).to_der(), hash]);
    let crls = write::sequence([write::sequence([write::sequence([hash])])]);
    let revocation = write::sequence([write::sequence([write::explicit(0, &crls)])]);
    let none: [&[u8]; 0] = [];
    let cms = draft_by(&signer).sign().stamped(&CAST.other_tsa, "2026-04-09T09:00:00Z");
    let cms = cms.adding(oid::COMPLETE_CERTIFICATE_REFS, write::sequence(none));
    let cms = cms.adding(oid::COMPLETE_REVOCATION_REFS, revocation);
    let inside = |(kind, values): &Attribute| [write::oid(*kind), write::set(values)].concat();
    let over = [vec![cms.value.clone()], cms.unsigned.iter().map(inside).collect()].concat();
    let token = Stamp::over(&CAST.other_tsa, "2026-04-10T09:00:00Z", &over.concat()).token();
    let others = [&CAST.root, &CAST.tsa_root].map(|by| by.list(THEN[0], THEN[1]).der());
    let cms = cms.adding(oid::CADES_C_TIME_STAMP, token.der());
    let cms = cms.embedding(&[&CAST.root, &ca, &CAST.tsa_root], &[&others[..], &[list]].concat());
    let file = Bytes::from(Cms { announced: vec![Sha384.oid()], ..cms }.der());
    let judge = judge_of_2030(&[(&CAST.root, Role::Signer), (&CAST.tsa_root, Role::Tsa)]);
    let subject = Subject { name: "record", file: &file, content: None, held: Held::Signature };
    verify(&subject, &judge, at(judged), &mut EvidenceSet::default(), &mut Offline).unwrap()
}

#[test]
fn a_reference_proves_its_value_only_as_long_as_its_own_hash_function_holds() {
    let (last, after) = ("2030-12-31T23:59:59Z", "2031-01-01T00:00:00Z");
    passes(&referring(Sha384, last));
    passes(&referring(Sha384, after));
    passes(&referring(Sha256, last));
    is_told(&referring(Sha256, after), SubIndication::CryptoConstraintsFailureNoPoe);
}

#[test]
fn an_answer_that_names_a_certificate_a_hundred_thousand_times_delays_nobody() {
    let (tsa, root) = (&CAST.tsa.certificate, &CAST.tsa_root.certificate);
    let answer = CAST.stranger.answer(tsa, root, THEN[0], THEN[1]).repeated(100_000).der();
    let mut cms = signed().embedding(&[&CAST.root, &CAST.ca, &CAST.tsa_root], &lists(THEN));
    for second in 10..40 {
        cms = cms.stamped(&CAST.tsa, &format!("2026-04-10T09:00:{second}Z"));
    }
    // Many times what it takes; it took ten seconds.
    let begun = std::time::Instant::now();
    passes(&Scene::of(cms.embedding(&[], &[write_ocsp(&answer)]).der()).judged());
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

/// So many tokens of the older form behind an attribute of eight megabytes; how many of them were hashed.
fn hashed_of(count: usize) -> usize {
    let cms = signed().embedding(&[&CAST.root, &CAST.ca, &CAST.tsa_root], &lists(THEN));
    let large = write::octet_string(&vec![7; 8 << 20]);
    let token =
        |second| Stamp::over(&CAST.tsa, &format!("2026-04-10T09:00:{second}Z"), b"x").token();
    let cms = (10..10 + count).fold(cms.adding(oid::MIME_TYPE, large), |cms, second| {
        cms.adding(oid::ARCHIVE_TIME_STAMP_V2, token(second).der())
    });
    let report = Scene::of(cms.der()).judged();
    let all = report.signatures[0].judged.verdict.all_findings();
    let imprints = all.into_iter().filter(|finding| finding.rule.check == "imprint");
    imprints.filter(|finding| matches!(finding.outcome, Outcome::Violated(_))).count()
}

#[test]
fn what_the_older_archive_timestamps_are_over_is_hashed_a_few_times_and_then_no_more() {
    assert_eq!(hashed_of(4), 4);
    assert_eq!(hashed_of(50), 7);
}
