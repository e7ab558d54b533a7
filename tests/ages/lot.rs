//! Thirty years of signatures that are kept by evidence records: two of 2026 under one record of 2027, which
//! is inside each of them, and is renewed in its place.

use crate::authority::at;
use crate::life::{RECORD, SIGNED, Told, assert_passed, judged, told};
use crate::years::{Generation, PEOPLE, World};
use inkan::der::cms::SignedData;
use inkan::der::ers::EvidenceRecord;
use inkan::der::{Bytes, write};
use inkan::digest::DigestAlgorithm::{Sha256, Sha512};
use inkan::evidence::{EvidenceSet, EvidenceSource, Fetch, Unavailable, Want};
use inkan::oid;
use inkan::rule::Indication;
use inkan::rule::SubIndication::{HashFailure, OutOfBoundsNoPoe};
use inkan::seal::record::NotRenewable;
use inkan::seal::{Claims, Level};
use inkan::source::{Draft, Source};
use inkan::task::evidence::{
    Cabinet, RenewError, Renewal, Renewed, Shelf, StampOrder, Way, complete, create, embed, renew,
};
use inkan::task::renew::{Kind, Outlook, Surveyed, survey};
use inkan::task::sign::{Desk, Order, Outside, Placement, Signer, Tsas, sign_all};
use inkan::task::verify::{Held, Subject};
use inkan::time::Instant;
use std::io;

const RECORDED: &str = "2027-04-01T09:00:00Z";
const DOCUMENTS: [&[u8]; 2] = [RECORD, b"the chart of another"];
const LEVELS: [Level; 2] = [Level::T, Level::Lt];

/// When it is renewed, by the TSA of which generation, so that it lasts until when, in which way, and when the
/// TSA before has just ended.
const RENEWALS: [(&str, usize, &str, Way, &str); 3] = [
    ("2035-04-01T09:00:00Z", 1, "2045-01-01", Way::Token, "2037-01-01T00:00:00Z"),
    ("2044-04-01T09:00:00Z", 2, "2054-01-01", Way::Tree(Sha512), "2046-01-01T00:00:00Z"),
    ("2053-04-01T09:00:00Z", 3, "2063-01-01", Way::Token, "2055-01-01T00:00:00Z"),
];

const AT_LAST: &str = "2056-04-01T09:00:00Z";

/// Signature files, each in a world of its own for what it publishes, all with one clock.
#[derive(Clone)]
pub(crate) struct Lot {
    pub(crate) rooms: Vec<World>,
}

/// A world that counts how often a TSA is asked.
struct Counting(World, usize);

impl EvidenceSource for Counting {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        self.1 += usize::from(matches!(want.fetch, Some(Fetch::Post { .. })));
        self.0.obtain(want)
    }
}

/// Signed on that day.
pub(crate) fn sign(world: &World, level: Level, placement: Placement) {
    let people = &*PEOPLE;
    let tsas = [people.generations[0].url()];
    let tsas = Tsas { content: &[], signature: &tsas, archive: &tsas };
    let order = Order { placement, level, claims: &Claims::default(), tsas };
    let chain = [people.ca.holder.certificate.clone()];
    let signer = &people.signers[0];
    let signer = Signer { key: &*signer.key, certificate: &signer.certificate, chain: &chain };
    let known = (&people.judge(), &EvidenceSet::default());
    sign_all(1, &signer, order, known, world, &mut |_, report| drop(report.unwrap()));
}

impl Lot {
    /// Signed in 2026, put under one record in 2027.
    fn begins() -> Self {
        let first = World::new(DOCUMENTS[0]);
        first.set(SIGNED);
        let lot = Self { rooms: vec![first.clone(), first.beside(DOCUMENTS[1])] };
        for (room, level) in lot.rooms.iter().zip(LEVELS) {
            sign(room, level, Placement::Attached);
        }
        lot.rooms[0].set(RECORDED);
        let tsas = [PEOPLE.generations[0].url()];
        let order = StampOrder { algorithm: Sha256, tsas: &tsas };
        let (asked, done) = lot.at_desk(RECORDED, |desk| {
            let mut done = 0;
            let mut tell = |_, one: Result<_, _>| done += usize::from(one.unwrap() == at(RECORDED));
            embed(2, order, &lot, desk, &mut tell).unwrap();
            done
        });
        assert_eq!((asked, done), (1, 2), "one timestamp for the lot");
        lot
    }

    /// Work on that day, and how often a TSA was asked for it.
    pub(crate) fn at_desk<T>(
        &self,
        day: &str,
        work: impl FnOnce(&mut Desk<'_>) -> T,
    ) -> (usize, T) {
        self.rooms[0].set(day);
        let (judge, mut evidence) = (PEOPLE.judge(), EvidenceSet::default());
        let (now, mut source) = (at(day), Counting(self.rooms[0].clone(), 0));
        let mut desk = Desk { judge: &judge, now, evidence: &mut evidence, source: &mut source };
        let done = work(&mut desk);
        (source.1, done)
    }

    fn renewed(
        &self,
        day: &str,
        by: &Generation,
        until: &str,
    ) -> (usize, Vec<Result<Renewed, RenewError>>) {
        let how = Renewal::Lasting(at(until), Sha512);
        self.at_desk(day, |desk| {
            let mut all = Vec::new();
            let mut tell = |_, done| all.push(done);
            renew(self.rooms.len(), how, &[by.url()], self, desk, &mut tell).unwrap();
            all
        })
    }

    fn renew(&self, (day, by, until, way): (&str, usize, &str, Way)) {
        let (asked, all) = self.renewed(day, &PEOPLE.generations[by], until);
        assert_eq!(asked, 1, "one timestamp for the lot");
        assert_eq!(all.len(), 2);
        for one in all {
            assert_eq!(one.unwrap(), Renewed { time: at(day), way });
        }
    }

    fn surveyed(&self, number: usize, day: &str) -> Surveyed {
        let file = Bytes::from(self.rooms[number].published());
        let subject = Subject { name: "a.p7m", file: &file, content: None, held: Held::Signature };
        let mut world = self.rooms[number].clone();
        world.set(day);
        let mut evidence = EvidenceSet::default();
        survey(&subject, &PEOPLE.judge(), at(day), &mut evidence, &mut world).unwrap()
    }

    /// Each by itself, offline.
    #[track_caller]
    fn assert_proven(&self, day: &str) {
        for room in &self.rooms {
            let report = judged(&Bytes::from(room.published()), day);
            let against = crate::table::against(&report);
            assert_eq!(report.indication(), Indication::Passed, "{day}: {against:#?}");
        }
    }

    /// The tokens of the record inside.
    fn tokens(&self, number: usize) -> Vec<Vec<u8>> {
        let data = SignedData::parse(&self.rooms[number].published()).unwrap();
        let all: Vec<_> = inkan::ades::evidence::inside(&data).collect();
        assert_eq!(all.len(), 1, "it is renewed in its place");
        let record = EvidenceRecord::parse(&all[0].values[0]).unwrap();
        record.stamps().map(|stamp| stamp.time_stamp.to_vec()).collect()
    }
}

impl Outside for Lot {
    fn now(&self) -> Instant {
        Outside::now(&self.rooms[0])
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        self.rooms[0].nonce()
    }
}

impl Cabinet for Lot {
    fn name(&self, number: usize) -> String {
        format!("{number}.p7m")
    }

    fn file(&self, number: usize) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(Bytes::from(self.rooms[number].published())))
    }

    fn content(&self, _: usize) -> io::Result<Option<(String, Box<dyn Source>)>> {
        Ok(None)
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        Ok(self.rooms[number].paper())
    }
}

impl Shelf for Lot {
    fn record(&self, number: usize) -> io::Result<Box<dyn Source>> {
        self.file(number)
    }

    fn objects(&self, _: usize) -> io::Result<Vec<(String, Box<dyn Source>)>> {
        Ok(Vec::new())
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        Cabinet::draft(self, number)
    }
}

/// The TSA of that place has ended, and nothing proves its token to be older.
pub(crate) fn ended(tsa: usize) -> Told {
    ("valid-at", OutOfBoundsNoPoe, format!("CN=TSA of {}", PEOPLE.generations[tsa].year))
}

pub(crate) fn outlook(surveyed: &Surveyed) -> (Instant, Told) {
    let Outlook::Until(horizon) = &surveyed.outlook else { panic!("{:?}", surveyed.outlook) };
    (horizon.ends, told(&horizon.because))
}

#[test]
fn signatures_under_one_record_that_is_renewed_in_them_are_proven_in_2056() {
    let lot = Lot::begins();
    lot.assert_proven(RECORDED);
    for (day, by, until, way, end) in RENEWALS {
        for number in 0..2 {
            let surveyed = lot.surveyed(number, day);
            assert_eq!(surveyed.kind, Kind::Recorded);
            assert_eq!(outlook(&surveyed), (at(end), ended(by - 1)));
        }
        let before = lot.rooms[1].published();
        lot.renew((day, by, until, way));
        lot.assert_proven(day);
        lot.assert_proven(end);
        let report = judged(&Bytes::from(before), end);
        assert_eq!(report.sub_indication(), Some(OutOfBoundsNoPoe), "not without it");
    }
    lot.assert_proven(AT_LAST);
    assert_eq!(lot.tokens(0).len(), 4);
    assert_eq!(lot.tokens(0)[1..], lot.tokens(1)[1..], "each renewal has one timestamp for both");
    let first = judged(&Bytes::from(lot.rooms[0].published()), AT_LAST);
    assert_passed(&first);
}

#[test]
fn whichever_renewal_of_the_record_is_missed_the_signatures_are_not_proven_any_more() {
    for missed in 0..RENEWALS.len() {
        let lot = Lot::begins();
        for (place, (day, by, until, way, _)) in RENEWALS.into_iter().enumerate() {
            if place < missed {
                lot.renew((day, by, until, way));
            } else if place > missed {
                let before = lot.rooms[0].published();
                let (asked, all) = lot.renewed(day, &PEOPLE.generations[by], until);
                assert_eq!(asked, 0, "nothing is stamped that does not hold");
                for refused in all {
                    let refused = refused.unwrap_err();
                    let is_refused =
                        matches!(refused, RenewError::Refused(NotRenewable::NotProven(_)));
                    assert!(is_refused, "{refused:?}");
                }
                assert_eq!(lot.rooms[0].published(), before);
                assert!(matches!(lot.surveyed(0, day).outlook, Outlook::Unprovable));
            }
        }
        let report = judged(&Bytes::from(lot.rooms[0].published()), AT_LAST);
        assert_ne!(report.indication(), Indication::Passed);
        let all: Vec<Told> = crate::table::against(&report).into_iter().map(told).collect();
        assert!(all.contains(&ended(missed)), "{all:#?}");
    }
}

#[test]
fn a_signature_that_was_altered_under_its_record_is_never_renewed() {
    let lot = Lot::begins();
    let sound = lot.rooms[0].published();
    let place = sound.windows(RECORD.len()).position(|bytes| bytes == RECORD).unwrap();
    let mut altered = sound;
    altered[place] ^= 1;
    let mut paper = lot.rooms[0].paper();
    paper.write_all(&altered).unwrap();
    paper.publish().unwrap();
    let (day, by, ..) = RENEWALS[0];
    // Whether documents are read or not: the whole file is judged before it is published.
    for until in ["2045-01-01", "2054-01-01"] {
        let (_, all) = lot.renewed(day, &PEOPLE.generations[by], until);
        let [altered_one, neighbour] = all.try_into().unwrap();
        let (refused, renewed) =
            if altered_one.is_err() { (altered_one, neighbour) } else { (neighbour, altered_one) };
        assert!(refused.is_err() && renewed.is_ok(), "{refused:?} {renewed:?}");
        assert_eq!(lot.rooms[0].published(), altered);
    }
    assert_eq!(judged(&Bytes::from(altered), day).sub_indication(), Some(HashFailure));
}

/// A signature that lasts by itself, with a record inside by software that puts nothing into its token.
fn lacking() -> Lot {
    let room = World::new(DOCUMENTS[0]);
    room.set(SIGNED);
    sign(&room, Level::Lt, Placement::Attached);
    let record = room.beside(&room.published());
    let tsas = [PEOPLE.outlasting.url()];
    let order = StampOrder { algorithm: Sha256, tsas: &tsas };
    let made = &mut |_, done: Result<_, _>| assert!(done.is_ok());
    create(1, order, (&PEOPLE.judge(), &mut EvidenceSet::default()), &record, made).unwrap();
    let mut data = SignedData::parse(&room.published()).unwrap();
    let kind = write::oid(oid::EVIDENCE_INTERNAL);
    let attribute = write::sequence([kind, write::set([record.published()])]);
    data.signers[0].take_attribute(attribute).unwrap();
    let [before, after] = data.around_content();
    let octets = write::octet_string(data.content.as_deref().unwrap());
    let content = write::sequence([write::oid(oid::DATA), write::explicit(0, &octets)]);
    let inner = write::sequence([before, content, after]);
    let whole = write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &inner)]);
    let mut paper = room.paper();
    paper.write_all(&whole).unwrap();
    paper.publish().unwrap();
    Lot { rooms: vec![room] }
}

#[test]
fn a_record_inside_that_lacks_data_is_incomplete_though_the_signature_lasts_and_is_completed() {
    let lot = lacking();
    let before = lot.surveyed(0, SIGNED);
    assert_eq!(before.kind, Kind::Recorded);
    assert_eq!(before.report.indication(), Indication::Passed);
    assert!(matches!(before.outlook, Outlook::Incomplete(_)), "{:?}", before.outlook);
    assert!(before.newest_ends > Some(at("2045-01-01")), "{:?}", before.newest_ends);
    lot.at_desk(SIGNED, |desk| complete(0, &lot, desk)).1.unwrap();
    let after = lot.surveyed(0, SIGNED);
    assert!(matches!(after.outlook, Outlook::Until(_)), "{:?}", after.outlook);
    assert_eq!(lot.tokens(0).len(), 1, "no timestamp was needed");
    // After the authority of the record has ended, it is no want of data.
    let late = lacking();
    assert!(matches!(late.surveyed(0, "2062-01-01T00:00:00Z").outlook, Outlook::Unprovable));
}
