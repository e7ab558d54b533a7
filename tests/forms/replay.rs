//! What a bundle keeps of each form, judged with neither file nor content there.

use crate::forge::{RECORD, SHA256, judge, stamp, word, written};
use crate::{archived_once, complete, encapsulated, over_all, stamped, take};
use inkan::der::cms::SignedData;
use inkan::der::{Bytes, write};
use inkan::digest::DigestAlgorithm;
use inkan::edge::clock::now;
use inkan::edge::web::Web;
use inkan::evidence::EvidenceSet;
use inkan::evidence::bundle::{Held, NotKept, Recorded};
use inkan::oid;
use inkan::rule::Indication;
use inkan::source::Source;
use inkan::task::verify::replay::{record, replay};
use inkan::task::verify::{FileReport, Subject, verify};

/// The signature in a file of its own or around its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Beside,
    Inside,
}

fn file(data: &SignedData, place: Place) -> Bytes {
    written(data, (place == Place::Inside).then_some(RECORD)).into()
}

fn kept(file: &Bytes, content: Option<(&str, &dyn Source)>) -> Recorded {
    let contents: Vec<_> = content.into_iter().collect();
    record(("record.p7m", file), &contents, Held::Signature).unwrap()
}

/// The verdict on the file, and that on what is kept of it.
fn both(data: &SignedData, place: Place) -> [FileReport; 2] {
    let (file, record) = (file(data, place), Bytes::from_static(RECORD));
    let beside: (&str, &dyn Source) = ("record", &record);
    let content = (place == Place::Beside).then_some(beside);
    let subject = Subject { name: "record.p7m", file: &file, content, held: Held::Signature };
    let (judge, at, mut evidence) = (judge(), now(), EvidenceSet::default());
    let first = verify(&subject, &judge, at, &mut evidence, &mut Web::default()).unwrap();
    let again = replay(&kept(&file, content), &judge, at, &mut evidence).unwrap();
    [first, again]
}

#[test]
fn every_form_whose_hashes_are_of_the_content_alone_is_replayed() {
    for data in [stamped(), archived_once(), complete(DigestAlgorithm::Sha256)] {
        for place in [Place::Beside, Place::Inside] {
            let [first, again] = both(&data, place);
            assert_eq!(first.indication(), Indication::Passed, "{first:#?}");
            assert_eq!(format!("{first:?}"), format!("{again:?}"), "{place:?}");
        }
    }
}

#[test]
fn an_older_archive_timestamp_is_unanswered_in_a_replay_and_never_met_or_violated() {
    for place in [Place::Beside, Place::Inside] {
        let mut data = stamped();
        let (inside, outside) = match place {
            Place::Beside => (None, RECORD),
            Place::Inside => (Some(RECORD), &b""[..]),
        };
        let message = over_all(&data, &encapsulated(inside), outside, true);
        take(&mut data, oid::ARCHIVE_TIME_STAMP_V2, &stamp(&SHA256.digest(&message)));
        let [first, again] = both(&data, place);
        assert_eq!(first.indication(), Indication::Passed, "{first:#?}");
        assert_eq!(word(&first.signatures[0], "imprint"), "met");
        assert_eq!(word(&again.signatures[0], "imprint"), "unanswered", "{place:?}");
        assert_ne!(again.indication(), Indication::Failed);
    }
}

#[test]
fn a_file_whose_record_is_over_the_content_inside_is_not_kept() {
    let mut data = stamped();
    take(&mut data, oid::EVIDENCE_INTERNAL, &write::null());
    let inside = kept(&file(&data, Place::Inside), None);
    assert_eq!(inside.signature, Err(NotKept::RecordOverContent));
    let beside = file(&data, Place::Beside);
    assert_eq!(kept(&beside, None).signature, Ok(beside), "the twin: as it stands");
}
