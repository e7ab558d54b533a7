//! Records of documents that were stamped as one (RFC 4998 §4.2, §4.3).

use crate::archive::Archive;
use inkan::der::ers::EvidenceRecord;
use inkan::digest::{Digest, DigestAlgorithm};
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSet, EvidenceSource as _, Fetch, Want, Wanted};
use inkan::judge::JudgedRecord;
use inkan::rule::{Outcome, SubIndication};
use inkan::seal::StampRequest;
use inkan::seal::record::StampedTree;
use inkan::seal::tree::Leaves;
use inkan::task::evidence::Opened;
use inkan::time::Instant;

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;
const DOCUMENT: &str = "prescription";
const SIGNATURE: &str = "prescription.p7s";
const PICTURE: &str = "picture";

struct Group {
    archive: Archive,
    evidence: EvidenceSet,
    at: Instant,
    record: EvidenceRecord,
}

impl Group {
    /// The record of a document, its signature and a picture, beside which a stranger was stamped.
    fn new() -> Self {
        let archive = Archive::of(&[]);
        let mut leaves = Leaves::new(SHA256);
        let group = [DOCUMENT, SIGNATURE, PICTURE].map(hash);
        leaves.push(&group).unwrap();
        leaves.push(&[hash("stranger")]).unwrap();
        let tree = leaves.tree().unwrap();
        let request = StampRequest::of(tree.root().unwrap(), [7; 16]);
        let fetch = Fetch::Post {
            url: archive.lab().tsa_url("tsa-ec"),
            media_type: "application/timestamp-query",
            body: request.to_der().into(),
        };
        let answer = Web::default().obtain(&Want::from(Wanted::Timestamp, "a tree", fetch));
        let token = request.token_of(&answer.unwrap()).unwrap();
        let (mut evidence, judge) = (EvidenceSet::default(), archive.judge());
        let at = inkan::edge::clock::now();
        let judged = inkan::judge::settle(
            &mut evidence,
            &mut Web::default(),
            |evidence| judge.timestamp(&token, &request.stamped(), evidence, at),
            |judged| &judged.verdict,
        );
        let stamped = StampedTree::new(tree, &judged.verified.unwrap()).unwrap();
        let record = stamped.record(0, &group).unwrap();
        assert!(stamped.record(0, &group[..2]).is_err(), "a group is whole or not this one");
        Self { archive, evidence, at, record }
    }

    fn judged(&self, documents: &[&str]) -> JudgedRecord {
        let opened = Opened::parse(self.record.to_der()).unwrap();
        let object = |text: &&str| ((*text).to_owned(), Some(vec![hash(text)]));
        let record = opened.over(documents.iter().map(object).collect());
        self.archive.judge().evidence_record(&record, &self.evidence, self.at)
    }
}

fn hash(text: &str) -> Digest {
    SHA256.digest(text.as_bytes())
}

/// The sub-indication, and the check that leads to it.
fn against(judged: &JudgedRecord) -> Option<(SubIndication, &'static str)> {
    let first = judged.verdict.findings().find(|f| f.sub_indication().is_some())?;
    Some((first.sub_indication()?, first.rule.check))
}

#[test]
fn the_group_is_proven_as_a_whole_and_each_member_by_itself() {
    let group = Group::new();
    let whole = group.judged(&[PICTURE, DOCUMENT, SIGNATURE]);
    assert_eq!(against(&whole), None);
    assert_eq!(whole.proven.unwrap().digests().len(), 3);
    let single = group.judged(&[SIGNATURE]);
    assert_eq!(against(&single), None);
    let asked = single.verdict.findings().find(|f| f.rule.check == "object-group").unwrap();
    assert!(matches!(asked.outcome, Outcome::NotApplicable(_)));
}

#[test]
fn a_missing_member_and_a_stranger_are_told_apart() {
    let group = Group::new();
    let missing = Some((SubIndication::SignedDataNotFound, "object-group"));
    assert_eq!(against(&group.judged(&[DOCUMENT, SIGNATURE])), missing);
    let extra = Some((SubIndication::HashFailure, "objects-stamped"));
    let all = [DOCUMENT, SIGNATURE, PICTURE, "stranger"];
    assert_eq!(against(&group.judged(&all)), extra, "it was stamped, and is none of the group");
    assert_eq!(against(&group.judged(&[DOCUMENT, "altered", PICTURE])), extra);
}
