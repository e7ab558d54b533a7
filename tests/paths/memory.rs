//! What a judge remembers from one certificate to the next changes no answer.

use super::issue::{
    Draft, KEY, ListDraft, ca, entry, extension, issue, name, new_key, now, reason,
};
use super::policy;
use inkan::check::Times;
use inkan::check::status::entry::{Index, find};
use inkan::der::certificate::Certificate;
use inkan::der::crl::Crl;
use inkan::der::write;
use inkan::evidence::EvidenceSet;
use inkan::judge::Judge;
use inkan::oid;
use inkan::policy::{PathSettings, Role};
use inkan::rule::{Indication, Verdict};
use inkan::time::Instant;
use std::collections::BTreeSet;

const DAY: &str = "2026-02-01T00:00:00Z";

fn numbered(serial: u64) -> Certificate {
    Draft { serial, ..Draft::new(&name("root"), &name("end"), vec![]) }.issue(&KEY)
}

fn list(entries: Vec<Vec<u8>>) -> Crl {
    ListDraft::new(&name("root"), entries, vec![]).issue(&KEY)
}

#[test]
fn an_index_finds_what_reading_the_list_finds() {
    // Serial numbers that end alike, in front of and behind one another; one of them listed twice.
    let same_end = (1u64 << 63) | 7;
    let entries = vec![
        entry(7, DAY, &[reason(4)]),
        entry(same_end, DAY, &[reason(1)]),
        entry(300, DAY, &[]),
        entry(7, "2026-01-15T00:00:00Z", &[reason(1)]),
        entry(0x0107, DAY, &[]),
    ];
    let list = list(entries);
    let index = Index::of(&list).unwrap().expect("the list is not indirect");
    assert_eq!(index.entries(), 5);
    for serial in [1, 7, 0x0107, 300, 301, same_end] {
        let certificate = numbered(serial);
        assert_eq!(index.find(&list, &certificate), find(&list, &certificate), "{serial}");
    }
    let earliest = index.find(&list, &numbered(7)).unwrap().unwrap();
    assert_eq!(earliest.since, "2026-01-15T00:00:00Z".parse().unwrap());
}

#[test]
fn a_list_that_may_not_be_used_may_not_be_used_by_its_index() {
    let unknown = extension(oid::KEY_USAGE, true, &write::null());
    let other = extension(
        oid::CERTIFICATE_ISSUER,
        true,
        &write::sequence([super::issue::directory(&name("other"))]),
    );
    for spoiled in [unknown, other] {
        let list = list(vec![entry(9, DAY, &[]), entry(8, DAY, &[spoiled])]);
        assert_eq!(
            Index::of(&list).map(|_| ()).unwrap_err(),
            find(&list, &numbered(9)).unwrap_err()
        );
    }
    let scope = extension(
        oid::ISSUING_DISTRIBUTION_POINT,
        true,
        &write::sequence([write::implicit(4, &write::boolean(true))]),
    );
    let indirect = ListDraft::new(&name("root"), vec![entry(9, DAY, &[])], vec![scope]).issue(&KEY);
    assert!(Index::of(&indirect).unwrap().is_none());
}

/// Verdicts of one judge on all, in that order, and of a new judge for each.
fn with_and_without_memory(ends: &[Certificate], evidence: &EvidenceSet) -> Vec<[Verdict; 2]> {
    let root = issue("root", "root", vec![ca()]);
    let policy = policy(&root, PathSettings::default());
    let lasting = Judge::new(policy.clone());
    let verdict = |judge: &Judge, end: &Certificate| {
        judge.certificate(end, Role::Signer, evidence, Times::unproven(now())).verdict
    };
    ends.iter()
        .map(|end| [verdict(&lasting, end), verdict(&Judge::new(policy.clone()), end)])
        .collect()
}

#[test]
fn the_judge_of_a_batch_says_what_a_new_judge_says() {
    let forged =
        Draft { serial: 4, ..Draft::new(&name("root"), &name("end"), vec![]) }.issue(&new_key());
    let ends = [numbered(1), numbered(2), numbered(3), forged, numbered(2), numbered(1)];
    let mut evidence = EvidenceSet::default();
    evidence.add_crl(list(vec![entry(2, DAY, &[reason(1)])]));
    let verdicts = with_and_without_memory(&ends, &evidence);
    for [lasting, new] in &verdicts {
        assert_eq!(lasting, new);
    }
    let passed: Vec<bool> =
        verdicts.iter().map(|[v, _]| v.indication() == Indication::Passed).collect();
    assert_eq!(passed, [true, false, true, false, false, true]);
}

/// What no time and no evidence decides is asked of a link once; everything else each time.
#[test]
fn a_link_that_was_judged_before_is_judged_anew_at_other_times_and_with_other_evidence() {
    let root = issue("root", "root", vec![ca()]);
    let policy = policy(&root, PathSettings::default());
    let lasting = Judge::new(policy.clone());
    let listed = |entries| {
        let mut evidence = EvidenceSet::default();
        evidence.add_crl(list(entries));
        evidence
    };
    let all = [EvidenceSet::default(), listed(vec![]), listed(vec![entry(1, DAY, &[reason(1)])])];
    let days = ["2026-01-20", "2026-06-01", "2031-06-01", "2100-01-01"];
    let days: Vec<Instant> = days.iter().map(|day| day.parse().unwrap()).collect();
    let mut indications = BTreeSet::new();
    for (evidence, at) in all.iter().flat_map(|evidence| days.iter().map(move |at| (evidence, *at)))
    {
        for proven in days.iter().copied().filter(|proven| *proven <= at) {
            for end in [numbered(1), numbered(2)] {
                let times = Times::proven(at, proven);
                let verdict =
                    |judge: &Judge| judge.certificate(&end, Role::Signer, evidence, times).verdict;
                let new = verdict(&Judge::new(policy.clone()));
                assert_eq!(verdict(&lasting), new, "{at}, {proven}");
                indications.insert(format!("{:?}", new.sub_indication()));
            }
        }
    }
    assert!(indications.len() > 3, "{indications:?}");
}
