//! A signature of 2026 that is proven by evidence records beside it, when it cannot be by itself any more.

use crate::authority::{Holder, at, key, listed_at, of_tsa};
use crate::cms::Stamp;
use crate::life::{RECORD, SIGNED};
use crate::lot::{Lot, ended, outlook, sign};
use crate::years::{PEOPLE, World};
use inkan::der::Bytes;
use inkan::der::ers::{ArchiveTimeStamp, EvidenceRecord};
use inkan::digest::DigestAlgorithm::Sha256;
use inkan::evidence::bundle::{self, Bundle, Judged, Occasion, Recorded};
use inkan::evidence::want::Offline;
use inkan::evidence::{EvidenceSet, EvidenceSource};
use inkan::key::software::KeyAlgorithm::P256;
use inkan::rule::SubIndication::{
    FormatFailure, HashFailure, NoCertificateChainFound as NoChain, OutOfBoundsNoPoe,
    SigCryptoFailure,
};
use inkan::rule::{Indication, SubIndication};
use inkan::seal::Level;
use inkan::source::Source;
use inkan::task::evidence::{StampOrder, complete, create};
use inkan::task::renew::{Beside, Outlook, Surveyed, survey_beside};
use inkan::task::sign::Placement;
use inkan::task::verify::replay::{record, replay, with_records};
use inkan::task::verify::{FileReport, Held, Stands, Subject, verify_beside};
use std::io::Write as _;

/// When the signature cannot be proven by itself any more, and its records still hold.
const LATE: &str = "2036-06-01T00:00:00Z";

/// When the TSA of the records has ended too.
const TOO_LATE: &str = "2037-06-01T00:00:00Z";

/// A signature of 2026 in a file of its own, with the record of that file, and the record of its content.
struct Beside2026 {
    signature: World,
    records: [World; 2],
}

/// Makes the record of what is in that room, with all that it rests on.
fn put(room: &World) {
    let tsas = [PEOPLE.generations[0].url()];
    let order = StampOrder { algorithm: Sha256, tsas: &tsas };
    let (judge, mut evidence) = (PEOPLE.judge(), EvidenceSet::default());
    let made = &mut |_, done: Result<_, _>| assert!(done.is_ok());
    create(1, order, (&judge, &mut evidence), room, made).unwrap();
    let lot = Lot { rooms: vec![room.clone()] };
    lot.at_desk(SIGNED, |desk| complete(0, &lot, desk)).1.unwrap();
}

impl Beside2026 {
    fn new() -> Self {
        let signature = World::new(RECORD);
        signature.set(SIGNED);
        sign(&signature, Level::Lt, Placement::Detached);
        let records = [signature.beside(&signature.published()), signature.beside(RECORD)];
        records.iter().for_each(put);
        Self { signature, records }
    }

    /// The signature file, and what stands beside it.
    fn files(&self) -> Files {
        Files {
            file: self.signature.published(),
            content: RECORD.to_vec(),
            records: self.records.iter().map(World::published).collect(),
        }
    }

    fn surveyed(&self, records: &[&World], day: &str) -> Surveyed {
        let mut world = self.signature.clone();
        world.set(day);
        self.surveyed_with(records, day, &mut world)
    }

    fn surveyed_with(
        &self,
        records: &[&World],
        day: &str,
        source: &mut dyn EvidenceSource,
    ) -> Surveyed {
        let file = Bytes::from(self.signature.published());
        let content = Bytes::from_static(RECORD);
        let content: Option<(&str, &dyn Source)> = Some(("a.txt", &content));
        let subject = Subject { name: "a.txt.p7s", file: &file, content, held: Held::Signature };
        let records: Vec<Bytes> = records.iter().map(|room| room.published().into()).collect();
        let records: Vec<(&str, &dyn Source)> =
            records.iter().map(|record| -> (&str, &dyn Source) { ("a.ers", record) }).collect();
        let as_of = (&PEOPLE.judge(), at(day));
        let mut evidence = EvidenceSet::default();
        survey_beside(&subject, &records, as_of, &mut evidence, source).unwrap()
    }

    /// A record of the signature file by that TSA, with that certificate above it and nothing more.
    fn stamped_by(&self, tsa: &Holder, above: &Holder) -> World {
        let hash = Sha256.digest(&self.signature.published());
        let stamp = Stamp::of(tsa, SIGNED, (Sha256.oid(), hash.value().to_vec()));
        let token = stamp.token().embedding(&[above], &[]).der();
        let stamp = ArchiveTimeStamp::new(Sha256, Vec::new(), token.into());
        let room = self.signature.beside(b"");
        let mut paper = room.paper();
        paper.write_all(&EvidenceRecord::new(Sha256, stamp).to_der()).unwrap();
        paper.publish().unwrap();
        room
    }
}

#[test]
fn a_signature_is_kept_by_records_beside_it_that_are_over_all_of_it_and_hold() {
    let scene = Beside2026::new();
    let [of_file, of_content] = &scene.records;
    let (alone, _) = outlook(&scene.surveyed(&[], SIGNED));
    assert!(alone <= at("2034-01-01T00:00:01Z"), "its lists are no better than their CA: {alone}");
    let kept = scene.surveyed(&[of_file, of_content], SIGNED);
    assert_eq!(kept.beside, Beside::Whole);
    assert_eq!(outlook(&kept), (at("2037-01-01T00:00:00Z"), ended(0)));
    // When it cannot be proven by itself any more, it is by the records, and not when these end.
    let late = "2036-06-01T00:00:00Z";
    assert!(matches!(scene.surveyed(&[], late).outlook, Outlook::Unprovable));
    let kept = scene.surveyed(&[of_content, of_file], late);
    assert_eq!(kept.report.indication(), Indication::Passed);
    let ended = scene.surveyed(&[of_file, of_content], "2037-06-01T00:00:00Z");
    assert!(matches!(ended.outlook, Outlook::Unprovable));
    // A record of the file only says nothing of the content but what its hash in the signature does.
    let half = scene.surveyed(&[of_file], SIGNED);
    assert_eq!((half.beside, outlook(&half).0), (Beside::File, alone));
    let other = scene.surveyed(&[of_content], SIGNED);
    assert_eq!((other.beside, outlook(&other).0), (Beside::Nothing, alone));
    // Nor does one that is no record of this file as it is now.
    sign(&scene.signature, Level::Lt, Placement::Detached);
    let changed = scene.surveyed(&[of_file, of_content], SIGNED);
    assert_eq!((changed.beside, outlook(&changed).0), (Beside::Nothing, alone));
}

#[test]
fn a_record_beside_that_proves_nothing_does_not_keep_a_signature_from_being_renewed() {
    let scene = Beside2026::new();
    let [of_file, of_content] = &scene.records;
    let found = |surveyed: &Surveyed| (surveyed.beside, surveyed.disproven.len());
    let years = ["2020-01-01", "2045-01-01"];
    let stranger = Holder::root("Nobody", key(P256), years);
    let own = stranger.certifies("TSA of nobody", &key(P256), years, of_tsa());
    let self_made = scene.stamped_by(&own, &stranger);
    let alone = scene.surveyed(&[&self_made], SIGNED);
    assert_eq!(found(&alone), (Beside::Nothing, 1));
    assert_eq!(alone.report.indication(), Indication::Passed, "the signature is still provable");
    // It takes nothing from those that hold, wherever it stands among them.
    for records in [[&self_made, of_file, of_content], [of_file, of_content, &self_made]] {
        let kept = scene.surveyed(&records, SIGNED);
        assert_eq!(found(&kept), (Beside::Whole, 1));
        assert_eq!(outlook(&kept).0, at("2037-01-01T00:00:00Z"));
    }
    assert_eq!(found(&scene.surveyed(&[&self_made, of_content], SIGNED)), (Beside::Nothing, 1));
    // Nor to whoever verifies: it is told, and the others prove what they prove.
    let crowded = scene.files().with(|files| files.records.insert(0, self_made.published()));
    let report = crowded.judged(LATE);
    assert_eq!((report.indication(), sub(&report, 1)), (Indication::Passed, Some(NoChain)));
    let without = crowded.with(|files| drop(files.records.remove(1)));
    assert_ne!(without.judged(LATE).indication(), Indication::Passed, "the twin");
    // One by a TSA that has ended since, and the same before it ended.
    let root = PEOPLE.above()[2];
    let extensions = [of_tsa(), vec![listed_at("http://world.example/2026.crl")]].concat();
    let short = ["2026-01-01", "2026-12-31T23:59:59Z"];
    let ended =
        scene.stamped_by(&root.certifies("TSA of a year", &key(P256), short, extensions), root);
    let later = scene.surveyed(&[&ended], "2027-02-01T00:00:00Z");
    assert_eq!(found(&later), (Beside::Nothing, 1));
    assert_eq!(later.report.indication(), Indication::Passed);
    assert_eq!(found(&scene.surveyed(&[&ended], SIGNED)), (Beside::File, 0), "the twin");
    // One of which only is not known whether its TSA was revoked may hold, and would be broken.
    let open = scene.surveyed_with(&[&ended], SIGNED, &mut Offline);
    assert_eq!(found(&open), (Beside::File, 0));
    assert_eq!(open.report.indication(), Indication::Passed);
}

/// Files as they are found, altered or not.
#[derive(Clone)]
struct Files {
    file: Vec<u8>,
    content: Vec<u8>,
    records: Vec<Vec<u8>>,
}

impl Files {
    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    /// Judged on that day by what is there, and again from a bundle, to the same findings.
    #[track_caller]
    fn judged(&self, day: &str) -> FileReport {
        let content = Bytes::from(self.content.clone());
        self.judged_over(Some(("a.txt", &content)), day)
    }

    #[track_caller]
    fn judged_over(&self, content: Option<(&str, &dyn Source)>, day: &str) -> FileReport {
        let file = Bytes::from(self.file.clone());
        let names = ["a.txt.p7s.ers", "a.txt.ers", "b.txt.ers"];
        let records: Vec<Bytes> = self.records.iter().cloned().map(Bytes::from).collect();
        let records: Vec<(&str, &dyn Source)> = names
            .into_iter()
            .zip(&records)
            .map(|(n, r)| -> (&str, &dyn Source) { (n, r) })
            .collect();
        let (held, as_of) = (Held::Signature, (&PEOPLE.judge(), at(day)));
        let subject = Subject { name: "a.txt.p7s", file: &file, content, held };
        let mut evidence = EvidenceSet::default();
        let report = verify_beside(&subject, &records, as_of, &mut evidence, &mut Offline).unwrap();
        let contents: Vec<(&str, &dyn Source)> = content.into_iter().collect();
        let kept = record(("a.txt.p7s", &file), &contents, held).unwrap();
        let kept = with_records(kept, (&file, content), &records).unwrap();
        match kept.signature {
            Ok(_) => assert_eq!(format!("{:?}", replayed(kept, day)), format!("{report:?}")),
            Err(why) => assert_eq!(sub(&report, 1), Some(FormatFailure), "{why}"),
        }
        report
    }
}

/// Judged from a bundle as it is written and read.
fn replayed(kept: Recorded, day: &str) -> FileReport {
    let judge = PEOPLE.judge();
    let evidence = EvidenceSet::default();
    let occasion = Occasion::new(at(day), "inkan-baseline", std::iter::empty());
    let judged = Judged { in_hand: &evidence, subjects: vec![kept] };
    let text = bundle::write(&evidence, &occasion, Some(&judged)).unwrap();
    let mut alone = Bundle::read(text.as_bytes()).unwrap().alone().unwrap();
    replay(&alone.subjects[0], &judge, at(day), &mut alone.evidence).unwrap()
}

fn sub(report: &FileReport, place: usize) -> Option<SubIndication> {
    report.signatures[place].judged.verdict.sub_indication()
}

#[test]
fn records_beside_a_signature_prove_it_to_whoever_verifies_it() {
    let files = Beside2026::new().files();
    let report = files.judged(LATE);
    assert_eq!(report.indication(), Indication::Passed, "{:#?}", crate::table::against(&report));
    let told: Vec<_> =
        report.signatures.iter().map(|s| (s.stands, s.signature.covers.join(" "))).collect();
    let beside = |name: &str| (Stands::Beside, name.to_owned());
    assert_eq!(told[1..], [beside("a.txt.p7s"), beside("a.txt")]);
    let since = |place: usize| report.signatures[place].judged.best_signature_time;
    assert!(since(0) <= since(1).max(since(2)));
    // What takes one of them away, or makes it another's, leaves the signature as it is by itself.
    let alone = files.with(|files| files.records.clear()).judged(LATE);
    assert_ne!(alone.indication(), Indication::Passed);
    let of_file_only = files.with(|files| files.records.truncate(1)).judged(LATE);
    let swapped = files.with(|files| files.records.reverse());
    assert_eq!(swapped.judged(LATE).indication(), Indication::Passed, "a name is no proof");
    let of_content_only = files.with(|files| drop(files.records.remove(0))).judged(LATE);
    for report in [&of_file_only, &of_content_only] {
        assert_eq!(report.sub_indication(), alone.sub_indication());
    }
    assert_eq!(sub(&of_file_only, 1), None, "the record holds, and the content may be another");
    let too_late = files.judged(TOO_LATE);
    assert_ne!(too_late.indication(), Indication::Passed);
    assert_eq!(sub(&too_late, 1), Some(OutOfBoundsNoPoe));
}

#[test]
fn a_record_beside_that_fails_is_told_and_changes_nothing() {
    let scene = Beside2026::new();
    let files = scene.files();
    let flipped = |bytes: &mut Vec<u8>| {
        let place = bytes.len() - 9;
        bytes[place] ^= 1;
    };
    let torn = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 9);
    let garbage = |bytes: &mut Vec<u8>| *bytes = b"a letter".to_vec();
    let other = scene.signature.beside(b"the chart of another");
    put(&other);
    let spoilt = [
        (files.with(|files| flipped(&mut files.records[0])), SigCryptoFailure),
        (files.with(|files| torn(&mut files.records[0])), FormatFailure),
        (files.with(|files| garbage(&mut files.records[0])), FormatFailure),
        (files.with(|files| files.records[0] = other.published()), HashFailure),
    ];
    for (spoilt, expected) in spoilt {
        let sound = spoilt.judged(SIGNED);
        assert_eq!(sound.indication(), Indication::Passed, "the signature is good by itself");
        assert_eq!(sound.signatures.len(), 3);
        assert_eq!(sub(&sound, 1), Some(expected));
        assert_ne!(spoilt.judged(LATE).indication(), Indication::Passed);
    }
    // What was signed was altered after it was recorded: no record helps, and each says so.
    let content = files.with(|files| flipped(&mut files.content));
    let file = files.with(|files| flipped(&mut files.file));
    for day in [SIGNED, LATE] {
        let [content, file] = [&content, &file].map(|altered| altered.judged(day));
        assert_eq!(content.indication(), Indication::Failed, "{day}");
        assert_eq!((sub(&content, 1), sub(&content, 2)), (None, Some(HashFailure)));
        assert_ne!(file.indication(), Indication::Passed, "{day}");
        assert_eq!((sub(&file, 1), sub(&file, 2)), (Some(HashFailure), None));
    }
}

#[test]
fn what_a_record_brought_that_is_of_another_file_is_not_used_for_this_one() {
    let bare = World::new(RECORD);
    bare.set(SIGNED);
    sign(&bare, Level::T, Placement::Detached);
    let signature = bare.published();
    let recorded = |content: &[u8]| {
        let room = bare.beside(content);
        put(&room);
        room.published()
    };
    let files = |records| Files { file: signature.clone(), content: RECORD.to_vec(), records };
    let alone = files(Vec::new()).judged(SIGNED);
    let with_stray = files(vec![recorded(b"the chart of another")]).judged(SIGNED);
    assert_eq!(with_stray.signatures.len(), 2);
    assert_ne!(alone.indication(), Indication::Passed, "it lacks what is said of its authorities");
    let verdict = |report: &FileReport| report.signatures[0].judged.verdict.clone();
    assert_eq!(verdict(&alone), verdict(&with_stray));
    // The twin: records that prove it bring what they brought.
    let own = files(vec![recorded(&signature), recorded(RECORD)]).judged(SIGNED);
    assert_ne!(verdict(&own), verdict(&alone));
}

#[test]
fn a_record_over_a_signature_with_its_content_inside_or_as_text_is_over_all_of_it() {
    let scene = Beside2026::new();
    let attached = World::new(RECORD);
    attached.set(SIGNED);
    sign(&attached, Level::Lt, Placement::Attached);
    let file = attached.published();
    let of_file = attached.beside(&file);
    put(&of_file);
    let files = Files { file, content: Vec::new(), records: vec![of_file.published()] };
    assert_eq!(files.judged_over(None, LATE).indication(), Indication::Passed);
    let alone = files.with(|files| files.records.clear());
    assert_ne!(alone.judged_over(None, LATE).indication(), Indication::Passed);
    let of_other = files.with(|files| files.records = scene.files().records);
    assert_ne!(of_other.judged_over(None, LATE).indication(), Indication::Passed);
    let text = inkan::der::pem::encode("CMS", &scene.signature.published()).into_bytes();
    let of_text = scene.signature.beside(&text);
    put(&of_text);
    let records = vec![of_text.published(), scene.records[1].published()];
    let files = Files { file: text, content: RECORD.to_vec(), records };
    assert_eq!(files.judged(LATE).indication(), Indication::Passed);
    let of_der = files.with(|files| files.records = scene.files().records);
    assert_ne!(of_der.judged(LATE).indication(), Indication::Passed);
}
