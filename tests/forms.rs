//! The forms in which signatures are kept: archive timestamps of both kinds, references and values. What
//! each proves is what it really covers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/forge.rs"]
mod forge;
#[path = "forms/replay.rs"]
mod replay;

use forge::{
    Pen, RECORD, SHA256, and, archived, attribute, certificate, data, inside, judged,
    judged_beside, seen, stamp, token_and, word, written,
};
use inkan::ades::Level;
use inkan::ades::cades::archive::{HashIndex, IndexVersion};
use inkan::ades::cades::{self, Content};
use inkan::der::certificate::Fingerprint;
use inkan::der::cms::{SignedData, SignerInfo};
use inkan::der::tlv::Problem;
use inkan::der::{Bytes, Tag, write};
use inkan::digest::DigestAlgorithm;
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSource as _, Fetch, Want, Wanted};
use inkan::oid;
use inkan::rule::{Indication, SubIndication};
use std::sync::LazyLock;

/// A signature of level T, with the lists of the lab in its bag.
fn stamped() -> SignedData {
    let signer = Pen::over("ec-physician", RECORD).sign();
    let token = stamp(&SHA256.digest(&signer.signature));
    let mut data = data(vec![and(signer, oid::SIGNATURE_TIME_STAMP, &token)]);
    data.take_revocation(list());
    data
}

/// A list of the lab; another is made each time one is asked for.
static LIST: LazyLock<Bytes> = LazyLock::new(|| {
    let url = forge::LAB.lab().crl_url("ec-ca");
    Web::default().obtain(&Want::from(Wanted::Crl, "", Fetch::Get(url))).unwrap()
});

fn list() -> Bytes {
    LIST.clone()
}

fn take(data: &mut SignedData, kind: oid::Oid, value: &[u8]) {
    data.signers[0].take_attribute(attribute(kind, &[value.to_vec()])).unwrap();
}

fn whole(data: &SignedData) -> Vec<u8> {
    written(data, Some(RECORD))
}

fn archived_once() -> SignedData {
    let mut data = stamped();
    let token = archived(&data, 0, |index| index);
    take(&mut data, oid::ARCHIVE_TIME_STAMP_V3, &token);
    data
}

fn covers(data: &SignedData, place: usize, der: &[u8]) -> bool {
    let report = judged(whole(data));
    report.signatures[0].signature.timestamps[place].covers.contains(&Fingerprint::of(der))
}

#[test]
fn an_archive_timestamp_covers_what_its_index_names_and_what_stands_inside() {
    let data = archived_once();
    let report = judged(whole(&data));
    assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
    let signature = &report.signatures[0];
    assert_eq!(signature.level(), "LTA");
    for check in ["archive-index", "archive-index-algorithm", "imprint", "archive-coverage"] {
        assert_eq!(word(signature, check), "met", "{check}");
    }
    let signer = &data.signers[0];
    let first = signer.unsigned_attributes.as_ref().unwrap();
    let first = first.of_kind(oid::SIGNATURE_TIME_STAMP).next().unwrap().values[0].clone();
    for der in [&signer.signature, &first, certificate("ec-ca").der(), &list()] {
        assert!(covers(&data, 1, der));
    }
    for inner in SignedData::parse(&first).unwrap().certificates {
        assert!(covers(&data, 1, &inner), "certificates inside tokens");
    }
    assert!(!covers(&data, 1, certificate("tsa-root").der()));
}

#[test]
fn what_is_added_later_is_told_and_harms_nothing() {
    let mut data = archived_once();
    data.take_certificate(certificate("hpki-physician").der().clone());
    let nurse = Pen::counter("ec-nurse", &data.signers[0].signature).sign();
    take(&mut data, oid::COUNTER_SIGNATURE, &nurse.to_der());
    let report = judged(whole(&data));
    assert_eq!(report.indication(), Indication::Passed);
    assert_eq!(seen(&report.signatures[0], "archive-coverage"), "seen.uncovered");
    let left = report.signatures[0].signature.uncovered.clone().unwrap();
    assert_eq!(left, ["certificates × 1", "counter-signature"]);
    let token = archived(&data, 0, |index| index);
    take(&mut data, oid::ARCHIVE_TIME_STAMP_V3, &token);
    let report = judged(whole(&data));
    assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
    assert_eq!(word(&report.signatures[0], "archive-coverage"), "met");
    assert!(report.signatures[0].judged.proofs.of(Fingerprint::of(&nurse.signature)).is_some());
}

#[test]
fn an_index_that_names_what_is_gone_is_no_index() {
    type Robbery = fn(&mut SignedData);
    let robberies: [(&str, Robbery); 3] = [
        ("certificate", |data| data.certificates.truncate(1)),
        ("list", |data| data.revocation.clear()),
        ("attribute", |data| {
            let kept = data.signers[0].unsigned_attributes.clone().unwrap();
            let kept = kept.of_kind(oid::ARCHIVE_TIME_STAMP_V3).next().unwrap().values[0].clone();
            data.signers[0].unsigned_attributes = None;
            take(data, oid::ARCHIVE_TIME_STAMP_V3, &kept);
        }),
    ];
    for (what, rob) in robberies {
        let mut data = archived_once();
        rob(&mut data);
        let report = judged(whole(&data));
        let signature = &report.signatures[0];
        assert_eq!(seen(signature, "archive-index"), "seen.index-without-original", "{what}");
        assert_ne!(report.indication(), Indication::Passed, "{what}");
        let covers = &signature.signature.timestamps.last().unwrap().covers;
        assert_eq!(covers.len(), 1, "{what}: nothing but the signature is relied on");
    }
}

#[test]
fn an_index_of_another_hash_function_and_none_at_all_are_told() {
    let mut weaker = stamped();
    let signer = &weaker.signers[0];
    let index = HashIndex::of(&weaker, signer, DigestAlgorithm::Sha1);
    let imprint = index.imprint(oid::DATA, &SHA256.digest(RECORD), signer);
    let token = token_and(&stamp(&imprint), index.to_attribute());
    take(&mut weaker, oid::ARCHIVE_TIME_STAMP_V3, &token);
    let report = judged(whole(&weaker));
    assert_eq!(word(&report.signatures[0], "imprint"), "met");
    assert_eq!(word(&report.signatures[0], "archive-index-algorithm"), "violated");
    assert_ne!(report.indication(), Indication::Passed);

    let mut without = stamped();
    let token = stamp(&SHA256.digest(b"whatever"));
    take(&mut without, oid::ARCHIVE_TIME_STAMP_V3, &token);
    let report = judged(whole(&without));
    assert_eq!(seen(&report.signatures[0], "archive-index"), "seen.no-index");
    assert_ne!(report.indication(), Indication::Passed);
}

#[test]
fn indexes_of_all_versions_are_read_and_one_of_a_future_version_is_none() {
    for version in [IndexVersion::V1, IndexVersion::V2] {
        let mut data = stamped();
        let signer = &data.signers[0];
        let hash = |bytes: &[u8]| write::octet_string(SHA256.digest(bytes).value());
        let list = |all: &[Bytes]| write::sequence(all.iter().map(|element| hash(element)));
        let attributes = signer.unsigned_attributes.as_ref().unwrap().list();
        let algorithm = match version {
            IndexVersion::V1 => Vec::new(),
            IndexVersion::V2 | IndexVersion::V3 => forge::bare(SHA256),
        };
        let der = write::sequence([
            algorithm,
            list(&data.certificates),
            list(&data.revocation),
            write::sequence(attributes.iter().map(|attribute| hash(&attribute.raw))),
        ]);
        let index = HashIndex::parse(version, &der).unwrap();
        let imprint = index.imprint(oid::DATA, &SHA256.digest(RECORD), signer);
        let token = token_and(&stamp(&imprint), index.to_attribute());
        take(&mut data, oid::ARCHIVE_TIME_STAMP_V3, &token);
        let report = judged(whole(&data));
        assert_eq!(report.indication(), Indication::Passed, "{version:?} {report:#?}");
        assert_eq!(word(&report.signatures[0], "archive-coverage"), "met", "{version:?}");
        let unknown = attribute(oid::Oid::new_unwrap("0.4.0.19122.1.99"), &[der]);
        let mut other = stamped();
        take(&mut other, oid::ARCHIVE_TIME_STAMP_V3, &token_and(&stamp(&imprint), unknown));
        let report = judged(whole(&other));
        assert_eq!(seen(&report.signatures[0], "archive-index"), "seen.no-index");
    }
}

#[test]
fn an_archive_timestamp_of_other_content_fails_and_without_content_stays_open() {
    let data = archived_once();
    let other = judged(written(&data, Some(b"two tablets a day")));
    assert_eq!(other.sub_indication(), Some(SubIndication::HashFailure));
    let detached = written(&data, None);
    assert_eq!(judged_beside(detached.clone(), Some(RECORD)).indication(), Indication::Passed);
    let open = judged(detached);
    assert_eq!(open.indication(), Indication::Indeterminate);
    assert_eq!(open.sub_indication(), Some(SubIndication::SignedDataNotFound));
}

/// What an archive timestamp v2 is over, in one of the ways that writers had.
fn over_all(data: &SignedData, encapsulated: &[u8], outside: &[u8], framed: bool) -> Vec<u8> {
    let signer = &data.signers[0];
    let unsigned = signer.unsigned_attributes.as_ref().unwrap().list();
    let unsigned: Vec<u8> = unsigned.iter().flat_map(|a| a.raw.to_vec()).collect();
    let unsigned = if framed { write::element(Tag::context(1), &unsigned) } else { unsigned };
    let bag = |number, bag: &[Bytes]| write::element(Tag::context(number), &bag.concat());
    [
        encapsulated,
        outside,
        &bag(0, &data.certificates),
        &bag(1, &data.revocation),
        &signer.fields,
        &unsigned,
    ]
    .concat()
}

fn encapsulated(content: Option<&[u8]>) -> Vec<u8> {
    let content = content.map(|content| write::explicit(0, &write::octet_string(content)));
    write::sequence([write::oid(oid::DATA), content.unwrap_or_default()])
}

#[test]
fn the_older_archive_timestamp_is_over_the_whole_in_each_way_that_was_written() {
    for framed in [true, false] {
        for content in [Some(RECORD), None] {
            let mut data = stamped();
            let outside = if content.is_none() { RECORD } else { b"" };
            let message = over_all(&data, &encapsulated(content), outside, framed);
            take(&mut data, oid::ARCHIVE_TIME_STAMP_V2, &stamp(&SHA256.digest(&message)));
            let beside = content.is_none().then_some(RECORD);
            let report = judged_beside(written(&data, content), beside);
            assert_eq!(report.indication(), Indication::Passed, "{framed} {report:#?}");
            let signature = &report.signatures[0].signature;
            assert_eq!(signature.level, Level::A);
            assert_eq!(signature.uncovered.as_deref(), Some(&[][..]));
            let covered = &signature.timestamps[1].covers;
            assert!(covered.contains(&Fingerprint::of(&list())));
            // One certificate more in the bag, and it is another whole.
            data.take_certificate(certificate("hpki-physician").der().clone());
            let report = judged_beside(written(&data, content), beside);
            assert_eq!(word(&report.signatures[0], "imprint"), "violated");
            assert_ne!(report.indication(), Indication::Passed);
        }
    }
}

#[test]
fn a_content_in_pieces_may_have_been_hashed_as_it_stands_or_in_der() {
    let pieces = RECORD.chunks(5).flat_map(write::octet_string).collect::<Vec<u8>>();
    let in_pieces =
        [&[0x30, 0x80][..], &write::oid(oid::DATA), &[0xa0, 0x80, 0x24, 0x80], &pieces, &[0; 6]]
            .concat();
    for hashed in [in_pieces.clone(), encapsulated(Some(RECORD))] {
        let mut data = stamped();
        let message = over_all(&data, &hashed, b"", true);
        take(&mut data, oid::ARCHIVE_TIME_STAMP_V2, &stamp(&SHA256.digest(&message)));
        let [before, after] = data.around_content();
        let inner = write::sequence([before, in_pieces.clone(), after]);
        let cms = write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &inner)]);
        let report = judged(cms);
        assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
    }
}

#[test]
fn an_older_archive_timestamp_that_was_archived_again_stays_good() {
    let mut data = stamped();
    let message = over_all(&data, &encapsulated(Some(RECORD)), b"", true);
    let first = stamp(&SHA256.digest(&message));
    take(&mut data, oid::ARCHIVE_TIME_STAMP_V2, &first);
    let token = archived(&data, 0, |index| index);
    take(&mut data, oid::ARCHIVE_TIME_STAMP_V3, &token);
    let report = judged(whole(&data));
    assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
    assert!(report.signatures[0].signature.timestamps[2].covers.contains(&Fingerprint::of(&first)));
}

fn reference(der: &[u8], algorithm: DigestAlgorithm) -> Vec<u8> {
    let hash = write::octet_string(algorithm.digest(der).value());
    match algorithm {
        DigestAlgorithm::Sha1 => write::sequence([hash]),
        other => write::sequence([write::sequence([forge::bare(other), hash])]),
    }
}

/// References to the CA and to the list.
fn references(algorithm: DigestAlgorithm) -> [Vec<u8>; 2] {
    let certificates = write::sequence([reference(certificate("ec-ca").der(), algorithm)]);
    let lists = write::sequence([write::sequence([reference(&list(), algorithm)])]);
    [certificates, write::sequence([write::sequence([write::explicit(0, &lists)])])]
}

fn complete(algorithm: DigestAlgorithm) -> SignedData {
    let mut data = stamped();
    let [certificates, lists] = references(algorithm);
    take(&mut data, oid::COMPLETE_CERTIFICATE_REFS, &certificates);
    take(&mut data, oid::COMPLETE_REVOCATION_REFS, &lists);
    data
}

fn of_kind(signer: &SignerInfo, kind: oid::Oid) -> Vec<u8> {
    let unsigned = signer.unsigned_attributes.as_ref().unwrap();
    unsigned.of_kind(kind).flat_map(inside).collect()
}

#[test]
fn timestamps_over_references_prove_what_these_refer_to_unless_by_sha_1() {
    for (algorithm, proves) in [(SHA256, true), (DigestAlgorithm::Sha1, false)] {
        let mut data = complete(algorithm);
        let signer = data.signers[0].clone();
        let refs = [
            of_kind(&signer, oid::COMPLETE_CERTIFICATE_REFS),
            of_kind(&signer, oid::COMPLETE_REVOCATION_REFS),
        ]
        .concat();
        let all = [signer.signature.as_ref(), &of_kind(&signer, oid::SIGNATURE_TIME_STAMP), &refs];
        take(&mut data, oid::CADES_C_TIME_STAMP, &stamp(&SHA256.digest(&all.concat())));
        take(&mut data, oid::REFERENCES_TIME_STAMP, &stamp(&SHA256.digest(&refs)));
        let report = judged(whole(&data));
        assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
        let signature = &report.signatures[0];
        assert_eq!(word(signature, "value-references"), "met");
        assert_eq!(word(signature, "nothing-unjudged"), "met");
        let [_, over_all, over_references] = signature.signature.timestamps.as_slice() else {
            panic!()
        };
        let value = Fingerprint::of(&signer.signature);
        assert!(over_all.covers.contains(&value) && !over_references.covers.contains(&value));
        for thing in [certificate("ec-ca").fingerprint(), Fingerprint::of(&list())] {
            for stamp in [over_all, over_references] {
                assert!(stamp.refers_to.contains(&(thing, algorithm)));
            }
            assert_eq!(signature.judged.proofs.of(thing).is_some(), proves);
        }
        take(&mut data, oid::SIGNATURE_TIME_STAMP, &stamp(&SHA256.digest(&signer.signature)));
        let changed = judged(whole(&data));
        assert_eq!(word(&changed.signatures[0], "imprint"), "violated", "one stamp more");
    }
}

#[test]
fn references_to_what_is_not_there_are_told_and_the_level_is_what_is_there() {
    let found = judged(whole(&complete(SHA256)));
    assert_eq!(word(&found.signatures[0], "value-references"), "met");
    let mut data = complete(SHA256);
    data.revocation.clear();
    let report = judged(whole(&data));
    assert_eq!(report.signatures[0].level(), "C");
    let values = write::sequence([certificate("ec-ca").der()]);
    take(&mut data, oid::CERTIFICATE_VALUES, &values);
    let revocation = write::sequence([write::explicit(0, &write::sequence([list()]))]);
    take(&mut data, oid::REVOCATION_VALUES, &revocation);
    let report = judged(whole(&data));
    assert_eq!(report.signatures[0].level(), "XL");
    assert_eq!(word(&report.signatures[0], "value-references"), "met");
    let strange = write::sequence([reference(b"a certificate that is gone", SHA256)]);
    let mut data = stamped();
    take(&mut data, oid::COMPLETE_CERTIFICATE_REFS, &strange);
    let report = judged(whole(&data));
    assert_eq!(seen(&report.signatures[0], "value-references"), "seen.references-missing");
    assert_eq!(report.indication(), Indication::Passed, "told, without consequence");
}

#[test]
fn the_level_is_lt_with_values_in_the_bags_and_t_without() {
    let mut data = stamped();
    assert_eq!(judged(whole(&data)).signatures[0].level(), "LT");
    data.revocation.clear();
    assert_eq!(judged(whole(&data)).signatures[0].level(), "T");
}

#[test]
fn the_tokens_of_a_file_are_counted_in_all_and_those_above_the_limit_refused_unread() {
    let stamps = attribute(oid::SIGNATURE_TIME_STAMP, &vec![write::null(); 60]);
    let signer = |number: u8| {
        let pen = Pen::over("ec-physician", RECORD);
        let mut signer = pen.with(oid::CONTENT_IDENTIFIER, &write::octet_string(&[number])).sign();
        signer.take_attribute(stamps.clone()).unwrap();
        signer
    };
    let data = data((0..10).map(signer).collect());
    let content = Content { name: "record".to_owned(), digests: None };
    let signatures = cades::signatures(&data, &content);
    let refused = signatures.iter().flat_map(|s| &s.timestamps).filter(|stamp| {
        stamp.token.as_ref().is_err_and(|error| error.problem() == Problem::TooLarge)
    });
    assert_eq!(refused.count(), 600 - 512);
}
