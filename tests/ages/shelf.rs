//! Thirty years of an archive: two documents under one timestamp of 2026, the timestamp renewed in 2035, the
//! hash tree in 2044 for the end of SHA-256, the timestamp again in 2053.

use crate::authority::at;
use crate::life::{Told, assert_told};
use crate::years::{Generation, PEOPLE, World};
use inkan::der::Bytes;
use inkan::digest::DigestAlgorithm::{Sha256, Sha512};
use inkan::evidence::{EvidenceSet, EvidenceSource};
use inkan::rule::SubIndication::{
    CryptoConstraintsFailureNoPoe, HashFailure, OutOfBoundsNoPoe, OutOfBoundsNotRevoked,
};
use inkan::rule::{Indication, SubIndication};
use inkan::seal::record::NotRenewable;
use inkan::source::{Draft, Source};
use inkan::task::evidence::{RenewError, Renewal, Renewed, Shelf, StampOrder, create, renew};
use inkan::task::sign::{Desk, Outside, Workshop};
use inkan::task::verify::{FileReport, Held, Subject, verify};
use inkan::time::Instant;
use std::io;

const STAMPED: &str = "2026-04-01T09:00:00Z";
const DOCUMENTS: [&[u8]; 2] = [b"the chart of one patient", b"the chart of another"];

/// When it is renewed, by the TSA of which generation, how, and when the TSA before has just ended.
const RENEWALS: [(&str, usize, Renewal, &str); 3] = [
    ("2035-04-01T09:00:00Z", 1, Renewal::Tokens, "2037-01-01T00:00:00Z"),
    ("2044-04-01T09:00:00Z", 2, Renewal::Trees(Sha512), "2046-01-01T00:00:00Z"),
    ("2053-04-01T09:00:00Z", 3, Renewal::Tokens, "2055-01-01T00:00:00Z"),
];

const AT_LAST: &str = "2056-04-01T09:00:00Z";

/// Documents and their records, each in a world of its own for what it publishes, all with one clock.
#[derive(Clone)]
struct Archive {
    rooms: [World; 2],
}

impl Archive {
    fn begins() -> Self {
        let first = World::new(DOCUMENTS[0]);
        let archive = Self { rooms: [first.clone(), first.beside(DOCUMENTS[1])] };
        archive.rooms[0].set(STAMPED);
        let (judge, mut evidence) = (PEOPLE.judge(), EvidenceSet::default());
        let tsas = [PEOPLE.generations[0].url()];
        let order = StampOrder { algorithm: Sha256, tsas: &tsas };
        let mut made = 0;
        let mut tell = |_, done: Result<_, _>| {
            assert!(done.is_ok(), "{done:?}");
            made += 1;
        };
        create(2, order, (&judge, &mut evidence), &archive, &mut tell).unwrap();
        assert_eq!(made, 2);
        archive
    }

    /// What became of each record.
    fn renewed(
        &self,
        day: &str,
        by: &Generation,
        how: Renewal,
    ) -> Vec<Result<Renewed, RenewError>> {
        self.rooms[0].set(day);
        let (judge, mut evidence) = (PEOPLE.judge(), EvidenceSet::default());
        let (now, mut source) = (at(day), self.rooms[0].clone());
        let mut desk = Desk { judge: &judge, now, evidence: &mut evidence, source: &mut source };
        let mut all = Vec::new();
        let mut tell = |_, done| all.push(done);
        renew(2, how, &[by.url()], self, &mut desk, &mut tell).unwrap();
        all
    }

    fn renew(&self, (day, by, how): (&str, usize, Renewal)) {
        let all = self.renewed(day, &PEOPLE.generations[by], how);
        assert!(all.iter().all(Result::is_ok), "{all:?}");
    }

    /// Judged over that document, with what can be had on that day.
    fn judged_over(&self, number: usize, document: &[u8], day: &str) -> FileReport {
        let (record, document) =
            (Bytes::from(self.rooms[number].published()), Bytes::copy_from_slice(document));
        let content: Option<(&str, &dyn Source)> = Some(("document", &document));
        let subject =
            Subject { name: "document.er", file: &record, content, held: Held::Signature };
        let mut world = self.rooms[number].clone();
        world.set(day);
        verify(&subject, &PEOPLE.judge(), at(day), &mut EvidenceSet::default(), &mut world).unwrap()
    }

    fn judged(&self, day: &str) -> [FileReport; 2] {
        [0, 1].map(|number| self.judged_over(number, DOCUMENTS[number], day))
    }

    #[track_caller]
    fn assert_proven(&self, day: &str) {
        for report in self.judged(day) {
            let against = crate::table::against(&report);
            assert_eq!(report.indication(), Indication::Passed, "{against:#?}");
            assert_eq!(report.signatures[0].judged.best_signature_time, at(STAMPED));
        }
    }
}

impl Outside for Archive {
    fn now(&self) -> Instant {
        Outside::now(&self.rooms[0])
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        self.rooms[0].nonce()
    }
}

impl Workshop for Archive {
    fn name(&self, number: usize) -> String {
        format!("document {number}")
    }

    fn content(&self, number: usize) -> io::Result<Box<dyn Source + Send>> {
        self.rooms[number].content(0)
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft + Send>> {
        Ok(self.rooms[number].paper())
    }

    fn source(&self) -> Box<dyn EvidenceSource> {
        self.rooms[0].source()
    }
}

impl Shelf for Archive {
    fn record(&self, number: usize) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(Bytes::from(self.rooms[number].published())))
    }

    fn objects(&self, number: usize) -> io::Result<Vec<(String, Box<dyn Source>)>> {
        Ok(vec![(Workshop::name(self, number), self.content(number)?)])
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        Ok(self.rooms[number].paper())
    }
}

/// The TSA of that place has ended, and nothing proves its token to be older.
fn ended(tsa: usize, sub: SubIndication) -> Told {
    ("valid-at", sub, format!("CN=TSA of {}", PEOPLE.generations[tsa].year))
}

#[test]
fn an_archive_that_was_renewed_in_both_ways_is_proven_in_2056() {
    let archive = Archive::begins();
    archive.assert_proven(STAMPED);
    for (day, by, how, end) in RENEWALS {
        // Its root still keeps lists: nobody revoked it.
        let [report, _] = archive.judged(end);
        assert_told(&report, OutOfBoundsNotRevoked, &ended(by - 1, OutOfBoundsNotRevoked));
        archive.renew((day, by, how));
        archive.assert_proven(day);
        archive.assert_proven(end);
        let other = archive.judged_over(0, b"the chart, altered", day);
        assert_eq!(other.sub_indication(), Some(HashFailure));
    }
    archive.assert_proven(AT_LAST);
}

/// What stands against a record that was not renewed.
fn refusal(result: Result<Renewed, RenewError>) -> Vec<(&'static str, SubIndication)> {
    let RenewError::Refused(NotRenewable::NotProven(verdict)) = result.unwrap_err() else {
        panic!("it was refused for something else")
    };
    let all = verdict.all_findings().into_iter();
    all.filter_map(|f| Some((f.rule.check, f.sub_indication()?))).collect()
}

#[test]
fn whichever_renewal_of_an_archive_is_missed_it_is_not_proven_any_more() {
    for missed in 0..RENEWALS.len() {
        let archive = Archive::begins();
        for (place, (day, by, how, _)) in RENEWALS.into_iter().enumerate() {
            if place < missed {
                archive.renew((day, by, how));
            } else if place > missed {
                for refused in archive.renewed(day, &PEOPLE.generations[by], how) {
                    let against = refusal(refused);
                    let is_ended = against.contains(&("valid-at", OutOfBoundsNoPoe));
                    assert!(is_ended, "{day}: {against:?}");
                }
            }
        }
        for report in archive.judged(AT_LAST) {
            assert_told(&report, OutOfBoundsNoPoe, &ended(missed, OutOfBoundsNoPoe));
        }
    }
}

#[test]
fn a_tree_whose_hash_function_has_ended_is_not_saved_by_new_timestamps() {
    let archive = Archive::begins();
    for (day, by, ..) in RENEWALS.into_iter().take(2) {
        archive.renew((day, by, Renewal::Tokens));
    }
    archive.assert_proven("2050-12-31T23:59:59Z");
    let ended = ("hashes-outlast-chains", CryptoConstraintsFailureNoPoe);
    for report in archive.judged("2051-01-01T00:00:00Z") {
        assert_eq!(report.sub_indication(), Some(CryptoConstraintsFailureNoPoe));
        let mut all = crate::table::against(&report).into_iter();
        assert!(all.any(|f| (f.rule.check, f.sub_indication()) == (ended.0, Some(ended.1))));
    }
    let (day, by, how, _) = RENEWALS[2];
    for how in [how, Renewal::Trees(Sha512)] {
        for refused in archive.renewed(day, &PEOPLE.generations[by], how) {
            assert!(refusal(refused).contains(&ended));
        }
    }
}
