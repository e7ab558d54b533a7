//! Records that are renewed in time, too late, or wrongly (RFC 4998 §5).

use crate::archive::{Archive, YEAR};
use inkan::der::ers::EvidenceRecord;
use inkan::digest::DigestAlgorithm;
use inkan::policy::AlgorithmTable;
use inkan::rule::{Indication, SubIndication};
use inkan::seal::record::NotRenewable;
use inkan::task::evidence::{RenewError, Renewal};

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;
const SHA512: DigestAlgorithm = DigestAlgorithm::Sha512;

fn newest(record: &[u8]) -> Vec<u8> {
    EvidenceRecord::parse(record).unwrap().stamps().last().unwrap().time_stamp.to_vec()
}

#[test]
fn a_record_renewed_in_time_is_proven_since_its_first_timestamp() {
    let mut archive = Archive::of(&["first", "second", "third"]);
    archive.create(SHA256);
    let since = archive.judged(0).proven.unwrap().since();
    archive.clock = 4 * YEAR;
    archive.renew_all(Renewal::Tokens);
    assert_eq!(newest(&archive.record(0)), newest(&archive.record(2)), "one timestamp for all");
    archive.clock = 8 * YEAR;
    archive.renew_all(Renewal::Trees(SHA512));
    archive.clock = 9 * YEAR;
    for number in 0..3 {
        let judged = archive.judged(number);
        let proven = judged.proven.as_ref().map(|proven| proven.since());
        assert_eq!(proven, Some(since), "{:#?}", judged.verdict);
        assert_eq!(judged.timestamps.len(), 3);
        let other = archive.judged_over(number, b"altered");
        assert_eq!(other.verdict.sub_indication(), Some(SubIndication::HashFailure));
    }
}

#[test]
fn a_renewal_that_was_missed_cannot_be_made_up_for() {
    let mut archive = Archive::of(&["document"]);
    archive.create(SHA256);
    archive.clock = 11 * YEAR;
    let judged = archive.judged(0);
    assert_eq!(judged.verdict.indication(), Indication::Indeterminate);
    assert!(judged.proven.is_none());
    let before = archive.record(0);
    for renewal in [Renewal::Tokens, Renewal::Trees(SHA512)] {
        let refused = archive.renew(renewal).pop().unwrap().unwrap_err();
        let RenewError::Refused(NotRenewable::NotProven(verdict)) = refused else {
            panic!("{refused:?}")
        };
        assert_ne!(verdict.indication(), Indication::Passed);
    }
    assert_eq!(archive.record(0), before, "it stays as it was");
}

#[test]
fn one_that_does_not_hold_is_refused_and_does_not_hinder_the_others() {
    let archive = Archive::of(&["first", "second", "third"]);
    archive.create(SHA256);
    let other = archive.record(2);
    let other = EvidenceRecord::parse(&other).unwrap().chains[0].stamps[0].tree.clone();
    // The tree of another member: it leads to the same timestamp, and from other data.
    archive.spoil(1, |record| {
        let token = record.chains[0].stamps[0].time_stamp.clone();
        let mut lists = other;
        lists[0].pop();
        let stamp = inkan::der::ers::ArchiveTimeStamp::new(SHA256, lists, token);
        record.chains[0].stamps[0] = stamp;
    });
    let renewed = archive.renew(Renewal::Tokens);
    assert!(renewed[0].is_ok() && renewed[2].is_ok());
    assert!(matches!(renewed[1], Err(RenewError::Refused(_))), "{:?}", renewed[1]);
}

#[test]
fn without_its_document_only_the_timestamp_can_be_renewed() {
    let mut archive = Archive::of(&["document", "another"]);
    archive.create(SHA256);
    archive.documents[0] = b"altered".to_vec();
    let trees = archive.renew(Renewal::Trees(SHA512));
    assert!(matches!(trees[0], Err(RenewError::Refused(_))), "{:?}", trees[0]);
    assert!(trees[1].is_ok());
    archive.renew_all(Renewal::Tokens);
    assert_eq!(archive.judged_over(0, b"document").timestamps.len(), 2);
    assert!(archive.judged_over(0, b"document").proven.is_some());
    assert!(archive.judged(0).proven.is_none(), "a renewal makes no proof");
}

#[test]
fn a_weaker_hash_function_is_refused() {
    let archive = Archive::of(&["document"]);
    archive.create(SHA512);
    let refused = archive.renew(Renewal::Trees(SHA256)).pop().unwrap().unwrap_err();
    assert!(matches!(refused, RenewError::Weaker { .. }), "{refused:?}");
}

/// A record with one chain of two timestamps and one of another function.
fn renewed_twice() -> Archive {
    let mut archive = Archive::of(&["document", "another"]);
    archive.create(SHA256);
    archive.clock = YEAR;
    archive.renew_all(Renewal::Tokens);
    archive.clock = 2 * YEAR;
    archive.renew_all(Renewal::Trees(SHA512));
    archive
}

#[test]
fn whatever_is_done_to_a_renewed_record_is_found() {
    type Spoil = fn(&mut EvidenceRecord);
    let cases: [(&str, Spoil, SubIndication); 8] = [
        (
            "two timestamps change places",
            |r| r.chains[0].stamps.swap(0, 1),
            SubIndication::HashFailure,
        ),
        ("the chains change places", |r| r.chains.swap(0, 1), SubIndication::HashFailure),
        (
            "a renewal is taken out",
            |r| drop(r.chains[0].stamps.remove(1)),
            SubIndication::HashFailure,
        ),
        (
            "the first is taken out",
            |r| drop(r.chains[0].stamps.remove(0)),
            SubIndication::HashFailure,
        ),
        (
            "one is there twice",
            |r| {
                let twice = r.chains[0].stamps[1].clone();
                r.chains[0].stamps.push(twice);
            },
            SubIndication::HashFailure,
        ),
        (
            "a token is put in over a hash of another function",
            |r| {
                let other = r.chains[1].stamps[0].time_stamp.clone();
                r.chains[0].stamps[1].time_stamp = other;
            },
            SubIndication::FormatFailure,
        ),
        (
            "a token is there in place of another",
            |r| {
                let other = r.chains[0].stamps[0].time_stamp.clone();
                r.chains[0].stamps[1].time_stamp = other;
            },
            SubIndication::HashFailure,
        ),
        (
            "a hash function is not named",
            |r| drop(r.digest_algorithms.pop()),
            SubIndication::FormatFailure,
        ),
    ];
    let archive = renewed_twice();
    let sound = archive.record(0);
    assert!(archive.judged(0).proven.is_some());
    for (name, spoil, expected) in cases {
        archive.records.lock().unwrap()[0].clone_from(&sound);
        archive.spoil(0, spoil);
        let judged = archive.judged(0);
        assert_eq!(judged.verdict.sub_indication(), Some(expected), "{name}");
        let refused = archive.renew(Renewal::Tokens).swap_remove(0);
        assert!(matches!(refused, Err(RenewError::Refused(_))), "{name}: {refused:?}");
    }
}

#[test]
fn a_timestamp_earlier_than_the_one_it_renews_is_not_taken() {
    let mut archive = Archive::of(&["document"]);
    archive.clock = YEAR;
    archive.create(SHA256);
    let before = archive.record(0);
    archive.tsa_clock = -2 * YEAR;
    archive.clock = 2 * YEAR;
    let refused = archive.renew(Renewal::Tokens).pop().unwrap().unwrap_err();
    let RenewError::OwnOutput(verdict) = refused else { panic!("{refused:?}") };
    let order = Some(SubIndication::TimestampOrderFailure);
    assert!(verdict.findings().any(|finding| finding.sub_indication() == order));
    assert_eq!(archive.record(0), before);
}

#[test]
fn a_hash_function_must_hold_until_the_next_chain_begins() {
    let end = |years: i64| {
        let end = inkan::edge::clock::now().plus_seconds(years * YEAR);
        let row = format!("algorithm = \"SHA-384\"\nuntil = \"{end}\"");
        let text = include_str!("../../src/policy/data/algorithms.toml");
        let old = "algorithm = \"SHA-384\"\nuntil = \"2070-12-31\"";
        assert!(text.contains(old));
        AlgorithmTable::parse("test", &text.replace(old, &row)).unwrap()
    };
    let mut archive = Archive::of(&["document"]);
    archive.create(DigestAlgorithm::Sha384);
    let alone = archive.record(0);
    archive.clock = 2 * YEAR;
    archive.renew_all(Renewal::Trees(SHA512));
    archive.clock = 4 * YEAR;
    for (years, expected) in [(3, None), (1, Some(SubIndication::CryptoConstraintsFailureNoPoe))] {
        archive.algorithms = Some(end(years));
        assert_eq!(archive.judged(0).verdict.sub_indication(), expected, "{years}");
    }
    // Not moved at all, it has outlived its hash function.
    archive.records.lock().unwrap()[0] = alone;
    archive.algorithms = Some(end(3));
    let expected = Some(SubIndication::CryptoConstraintsFailureNoPoe);
    assert_eq!(archive.judged(0).verdict.sub_indication(), expected);
    archive.algorithms = Some(end(5));
    assert_eq!(archive.judged(0).verdict.sub_indication(), None);
}
