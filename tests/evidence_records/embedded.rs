//! Evidence records inside a signature (RFC 4998 appendix A).

use crate::archive::{Archive, YEAR};
use inkan::der::cms::SignedData;
use inkan::der::ers::{ArchiveTimeStamp, EvidenceRecord};
use inkan::der::{Bytes, write};
use inkan::digest::DigestAlgorithm;
use inkan::evidence::EvidenceSet;
use inkan::judge::Judge;
use inkan::oid::{self, Oid};
use inkan::policy::Role;
use inkan::rule::{Indication, SubIndication};
use inkan::seal::tree::Leaves;
use inkan::source::Source;
use inkan::task::verify::replay::{record as record_of, replay};
use inkan::task::verify::{FileReport, Held, Subject, verify};

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;
const RECORD: &[u8] = b"one tablet a day";

/// A signature of level B, without anything that proves its time.
pub(crate) fn signed(archive: &Archive) -> Vec<u8> {
    archive.bench.write("record.txt", RECORD);
    let ran = archive.bench.sign("record.txt", "ec-physician", &["--level", "B", "--force"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    archive.bench.read("record.txt.p7s")
}

/// The signature with one more unsigned attribute.
fn with(signature: &[u8], kind: Oid, value: &[u8]) -> Vec<u8> {
    let mut data = SignedData::parse(signature).unwrap();
    let attribute = write::sequence([write::oid(kind), write::set([value])]);
    data.signers[0].take_attribute(attribute).unwrap();
    let [before, after] = data.around_content();
    let content = write::sequence([write::oid(oid::DATA)]);
    let inner = write::sequence([before, content, after]);
    write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &inner)])
}

/// A record over these, as one group.
fn record(archive: &Archive, objects: &[&[u8]]) -> Vec<u8> {
    let group: Vec<_> = objects.iter().map(|object| SHA256.digest(object)).collect();
    let mut leaves = Leaves::new(SHA256);
    leaves.push(&group).unwrap();
    let tree = leaves.tree().unwrap();
    let token = archive.token(tree.root().unwrap());
    let lists = tree.reduced(0, &group).unwrap();
    EvidenceRecord::new(SHA256, ArchiveTimeStamp::new(SHA256, lists, token.into())).to_der()
}

/// A judge who trusts the signer's root beside that of the TSA.
pub(crate) fn judge(archive: &Archive) -> Judge {
    let mut policy = archive.judge().policy().clone();
    let root = archive.lab().member("ec-root").unwrap().certificate().clone();
    policy.trust.add(root, &[Role::Signer]);
    Judge::new(policy)
}

pub(crate) fn judged(archive: &Archive, signature: &[u8]) -> FileReport {
    let (file, content) = (Bytes::copy_from_slice(signature), Bytes::from_static(RECORD));
    let content: Option<(&str, &dyn Source)> = Some(("record.txt", &content));
    let subject = Subject { name: "record.txt.p7s", file: &file, content, held: Held::Signature };
    let (mut evidence, mut source) = (EvidenceSet::default(), archive.later());
    let (judge, at) = (judge(archive), archive.time());
    let report = verify(&subject, &judge, at, &mut evidence, &mut source).unwrap();
    let content: Vec<_> = content.into_iter().collect();
    let kept = record_of(("record.txt.p7s", &file), &content, Held::Signature).unwrap();
    let again = replay(&kept, &judge, at, &mut evidence).unwrap();
    assert_eq!(format!("{again:?}"), format!("{report:?}"), "replayed, it is the same");
    report
}

pub(crate) fn formats(report: &FileReport) -> Vec<&'static str> {
    report.signatures.iter().map(|s| s.signature.format.name()).collect()
}

#[test]
fn a_record_inside_proves_the_signature_after_its_certificate_has_ended() {
    let mut archive = Archive::of(&[]);
    let plain = signed(&archive);
    let internal = with(&plain, oid::EVIDENCE_INTERNAL, &record(&archive, &[&plain]));
    let external = with(&plain, oid::EVIDENCE_EXTERNAL, &record(&archive, &[&plain, RECORD]));
    for with_record in [&internal, &external] {
        let report = judged(&archive, with_record);
        assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
        assert_eq!(formats(&report), ["cades", "evidence-record"]);
        let [signature, proof] = report.signatures.as_slice() else { panic!("two reports") };
        assert_eq!(signature.judged.best_signature_time, proof.judged.best_signature_time);
        assert!(signature.signature.unjudged_attributes.is_empty());
    }
    archive.clock = 6 * YEAR;
    assert_ne!(judged(&archive, &plain).indication(), Indication::Passed);
    for with_record in [internal, external] {
        let report = judged(&archive, &with_record);
        let subs: Vec<_> =
            report.signatures.iter().map(|s| s.judged.verdict.sub_indication()).collect();
        assert_eq!(subs[1], None, "the record holds");
        assert_ne!(subs[0], Some(SubIndication::OutOfBoundsNoPoe), "and the signature was in time");
    }
}

#[test]
fn a_second_record_covers_the_first_and_neither_covers_what_came_later() {
    let archive = Archive::of(&[]);
    let plain = signed(&archive);
    let once = with(&plain, oid::EVIDENCE_INTERNAL, &record(&archive, &[&plain]));
    let twice = with(&once, oid::EVIDENCE_INTERNAL, &record(&archive, &[&once]));
    let report = judged(&archive, &twice);
    assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
    assert_eq!(formats(&report).len(), 3);
    let later = with(&once, oid::CONTENT_HINTS, &write::null());
    let report = judged(&archive, &later);
    assert_eq!(
        report.signatures[1].judged.verdict.sub_indication(),
        Some(SubIndication::HashFailure)
    );
    let other = with(&plain, oid::EVIDENCE_INTERNAL, &record(&archive, &[RECORD]));
    assert_eq!(judged(&archive, &other).indication(), Indication::Failed);
    let garbage = with(&plain, oid::EVIDENCE_INTERNAL, &write::null());
    let report = judged(&archive, &garbage);
    assert_eq!(formats(&report), ["cades"]);
    assert_eq!(report.signatures[0].signature.unjudged_attributes, ["evidence-record-internal"]);
}
