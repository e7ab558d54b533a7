//! The test records of the BSI (TR-ESOR-C.2 and the ERS test tool), where they are at hand.
//!
//! Their authorities are trusted here by the roots that came along, and the time of validation is a minute
//! after the newest timestamp.

use crate::skip;
use base64ct::{Base64, Encoding as _};
use inkan::ades::evidence::Record;
use inkan::der::Bytes;
use inkan::digest::{Digest, DigestAlgorithm};
use inkan::evidence::EvidenceSet;
use inkan::judge::{Judge, JudgedRecord};
use inkan::policy::{Policy, Role, Trust};
use inkan::rule::{Finding, Indication, SubIndication};
use inkan::task::evidence::open;
use std::path::{Path, PathBuf};

/// What is asked for beside what the records hold: nobody can ask the responders of 2017 any more, and
/// what they answered then was said before the next timestamp, so that it does not speak for its time.
const REVOCATION: [&str; 3] = ["not-revoked", "tsa-trusted", "archive-timestamps-trusted"];

/// Records whose expected verdict is not ours, each with the reason.
const DIVERGENCES: [(&str, SubIndication); 1] = [
    // Of the group's documents only the SHA-256 is published, and the renewal hashed them with SHA-384.
    ("ER_OK_SEQ.ers", SubIndication::SignedDataNotFound),
];

struct Sample {
    name: String,
    valid: bool,
    record: Record,
    evidence: EvidenceSet,
}

fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/evidence-records");
    let Ok(index) = std::fs::read_to_string(folder.join("bsi_index.tsv")) else {
        skip::say("evidence_records: skipped: ../shared/data/evidence-records is not here");
        return Vec::new();
    };
    let samples: Vec<Sample> = index.lines().skip(1).map(|row| sample(&folder, row)).collect();
    assert_eq!(samples.len(), 9);
    samples
}

fn sample(folder: &Path, row: &str) -> Sample {
    let cells: Vec<&str> = row.split('\t').collect();
    let file = Bytes::from(std::fs::read(folder.join(cells[0])).unwrap());
    let opened = open(&file).unwrap().unwrap().unwrap();
    let needed = opened.digests_needed();
    let data = cells[1].split(" (").next().unwrap();
    let objects =
        data.split(" + ").map(|name| (name.to_owned(), Some(digests(folder, name, &needed))));
    let record = opened.over(objects.collect());
    let mut evidence = EvidenceSet::default();
    record.bring(&mut evidence);
    let name = PathBuf::from(cells[0]).file_name().unwrap().to_string_lossy().into_owned();
    Sample { name, valid: cells[2] == "valid", record, evidence }
}

/// The hashes of a document: published, or of the file.
fn digests(folder: &Path, name: &str, needed: &[DigestAlgorithm]) -> Vec<Digest> {
    match name.strip_prefix("sha256:") {
        Some(hash) => {
            let value = Base64::decode_vec(hash).unwrap();
            vec![Digest::claimed(DigestAlgorithm::Sha256, &value).unwrap()]
        }
        None => {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            needed.iter().map(|algorithm| algorithm.digest(&bytes)).collect()
        }
    }
}

impl Sample {
    fn policy(&self) -> Policy {
        let mut trust = Trust::default();
        let roots = self.evidence.certificates().filter(|c| c.is_self_issued());
        roots.for_each(|root| trust.add(root.clone(), &[Role::Tsa]));
        Policy::standard(trust).unwrap()
    }

    fn judged(&self, policy: Policy) -> JudgedRecord {
        let newest = self.record.stamps.last().unwrap().token.as_ref().unwrap().statement.time;
        let at = newest.plus_seconds(60);
        Judge::new(policy).evidence_record(&self.record, &self.evidence, at)
    }
}

fn against(judged: &JudgedRecord) -> Vec<&Finding> {
    judged.verdict.all_findings().into_iter().filter(|f| f.sub_indication().is_some()).collect()
}

#[test]
fn every_record_is_judged_as_its_makers_say_but_for_revocation() {
    for sample in samples() {
        let mut policy = sample.policy();
        policy.tsa.requirements.retain(|requirement| requirement.rule.check != "not-revoked");
        let judged = sample.judged(policy);
        let divergence = DIVERGENCES.iter().find(|(name, _)| *name == sample.name);
        let expected = match (sample.valid, divergence) {
            (_, Some((_, sub))) => Some(*sub),
            (true, None) => None,
            (false, None) => Some(SubIndication::HashFailure),
        };
        assert_eq!(judged.verdict.sub_indication(), expected, "{}", sample.name);
        let first = sample.record.stamps[0].token.as_ref().unwrap().statement.time;
        let proven = judged.proven.as_ref().map(|proven| (proven.since(), proven.digests().len()));
        let wanted = expected.is_none().then_some((first, sample.record.objects.len()));
        assert_eq!(proven, wanted, "{}", sample.name);
    }
}

#[test]
fn with_it_they_are_indeterminate_for_want_of_revocation_data_alone() {
    for sample in samples().iter().filter(|sample| sample.valid) {
        let judged = sample.judged(sample.policy());
        assert_eq!(judged.verdict.indication(), Indication::Indeterminate, "{}", sample.name);
        assert!(judged.proven.is_none());
        for finding in against(&judged) {
            let content = finding.sub_indication() == Some(SubIndication::SignedDataNotFound);
            let check = finding.rule.check;
            assert!(content || REVOCATION.contains(&check), "{}: {check}", sample.name);
        }
    }
}

#[test]
fn without_their_data_they_prove_nothing() {
    for mut sample in samples() {
        sample.record.objects.iter_mut().for_each(|object| object.digests = None);
        let judged = sample.judged(sample.policy());
        assert_ne!(judged.verdict.indication(), Indication::Passed, "{}", sample.name);
        assert!(judged.proven.is_none());
    }
}
