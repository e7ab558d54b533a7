//! Many records are renewed together, and each is nobody else's business: nothing is lost, and nothing that
//! one brought goes into another.

use crate::archive::{Archive, Moved, YEAR};
use inkan::der::cms::SignedData;
use inkan::der::ers::EvidenceRecord;
use inkan::der::{Bytes, write};
use inkan::digest::DigestAlgorithm::{self, Sha256, Sha512};
use inkan::evidence::{EvidenceSet, EvidenceSource, Fetch, Unavailable, Want, Wanted};
use inkan::oid;
use inkan::source::{Draft, Source};
use inkan::task::evidence::{RenewError, Renewal, Renewed, Shelf, complete, renew};
use inkan::task::sign::{Desk, Outside, SignError};
use inkan::time::Instant;
use std::collections::BTreeMap;
use std::io;

type Told = BTreeMap<usize, Result<Renewed, RenewError>>;

/// What became of each record, renewed out of that shelf with that evidence in hand.
fn renewed(
    archive: &Archive,
    shelf: &dyn Shelf,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> (Result<(), SignError>, Told) {
    let tsas = [archive.lab().tsa_url("tsa-ec")];
    let judge = archive.judge();
    let mut desk = Desk { judge: &judge, now: archive.time(), evidence, source };
    let (mut told, count) = (BTreeMap::new(), archive.documents.len());
    let mut tell = |number: usize, done| drop(told.insert(number, done));
    let done = renew(count, Renewal::Tokens, &tsas, shelf, &mut desk, &mut tell);
    (done, told)
}

/// A shelf whose records somebody writes to while they are renewed.
struct Busy<'a>(&'a Archive);

#[derive(Debug)]
struct Written(Bytes);

impl Source for Written {
    fn len(&self) -> u64 {
        Source::len(&self.0)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }

    fn is_unchanged(&self) -> io::Result<bool> {
        Ok(false)
    }
}

impl Outside for Busy<'_> {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        self.0.nonce()
    }
}

impl Shelf for Busy<'_> {
    fn record(&self, number: usize) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(Written(self.0.record(number).into())))
    }

    fn objects(&self, number: usize) -> io::Result<Vec<(String, Box<dyn Source>)>> {
        self.0.objects(number)
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        Shelf::draft(self.0, number)
    }
}

#[test]
fn what_somebody_writes_to_a_record_while_it_is_renewed_or_completed_is_not_lost() {
    let archive = Archive::of(&["document"]);
    archive.create(Sha256);
    let before = archive.record(0);
    let busy = Busy(&archive);
    let (_, told) = renewed(&archive, &busy, &mut EvidenceSet::default(), &mut archive.later());
    assert!(matches!(told[&0], Err(RenewError::Changed)), "{told:?}");
    let completed = |shelf: &dyn Shelf| {
        let (judge, mut evidence, now) = (archive.judge(), EvidenceSet::default(), archive.time());
        let (evidence, mut source) = (&mut evidence, archive.later());
        complete(0, shelf, &mut Desk { judge: &judge, now, evidence, source: &mut source })
    };
    let refused = completed(&busy);
    assert!(matches!(refused, Err(RenewError::Changed)), "{refused:?}");
    assert!(archive.record(0) == before);
    completed(&archive).unwrap();
    let after = archive.record(0);
    assert!(after != before, "where nobody writes, it is");
    completed(&archive).unwrap();
    assert!(archive.record(0) == after, "and nothing is put into one that lacks nothing");
    archive.renew_all(Renewal::Tokens);
    assert!(archive.record(0) != after);
}

/// Puts that into the revocation data of the first token of a record.
fn put(archive: &Archive, number: usize, element: Vec<u8>) {
    archive.spoil(number, |record| {
        let stamp = &mut record.chains[0].stamps[0];
        let mut data = SignedData::parse(&stamp.time_stamp).unwrap();
        data.take_revocation(element.into());
        let [before, after] = data.around_content();
        let octets = write::octet_string(data.content.as_deref().unwrap());
        let content = write::sequence([write::oid(oid::TST_INFO), write::explicit(0, &octets)]);
        let inner = write::sequence([before, content, after]);
        let token = write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &inner)]);
        stamp.time_stamp = token.into();
    });
}

#[test]
fn a_record_that_would_be_too_large_to_be_read_is_not_written() {
    /// What is read at most.
    const LIMIT: usize = 16 << 20;
    for (room, fits) in [(1 << 20, true), (200, false)] {
        let archive = Archive::of(&["document"]);
        archive.create(Sha256);
        let length = LIMIT - room - archive.record(0).len();
        let mut other =
            write::sequence([write::oid(oid::DATA), write::octet_string(&vec![0; length])]);
        // Revocation data in a form of its own (RFC 5652 §10.2.1).
        other[0] = 0xa1;
        put(&archive, 0, other);
        let before = archive.record(0);
        assert!(before.len() <= LIMIT);
        let done = archive.renew(Renewal::Tokens).pop().unwrap();
        if fits {
            assert!(done.is_ok(), "{done:?}");
            assert_eq!(EvidenceRecord::parse(&archive.record(0)).unwrap().stamps().count(), 2);
        } else {
            assert!(matches!(done, Err(RenewError::TooLarge)), "{done:?}");
            assert!(archive.record(0) == before);
        }
    }
}

/// The revocation list that the authority's certificate names.
fn list(archive: &Archive) -> Bytes {
    let tsa = archive.lab().member("tsa-ec").unwrap().certificate();
    let points = tsa.crl_distribution_points().unwrap().unwrap().0;
    let url = points[0].name.http_urls().next().unwrap().to_owned();
    let want = Want::from(Wanted::Crl, "a list", Fetch::Get(url));
    archive.later().obtain(&want).unwrap()
}

fn has(record: &[u8], list: &[u8]) -> usize {
    record.windows(list.len()).filter(|window| *window == list).count()
}

#[test]
fn what_one_record_brought_goes_into_no_other() {
    let mut archive = Archive::of(&["first", "second"]);
    archive.create(Sha256);
    let own = list(&archive);
    put(&archive, 0, own.to_vec());
    archive.clock = YEAR;
    archive.renew_all(Renewal::Tokens);
    let [first, second] = [0, 1].map(|number| archive.record(number));
    assert_eq!((has(&first, &own), has(&second, &own)), (1, 0));
    let [first, second] = [first, second].map(|record| {
        let record = EvidenceRecord::parse(&record).unwrap();
        SignedData::parse(&record.chains[0].stamps[0].time_stamp).unwrap().revocation.len()
    });
    assert!(second > 0 && first > second, "what it lacked went into each: {first}, {second}");
}

#[test]
fn a_list_in_the_name_of_an_issuer_who_did_not_sign_it_goes_into_no_record() {
    let mut archive = Archive::of(&["document"]);
    archive.create(Sha256);
    let signed = list(&archive);
    let mut forged = signed.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    archive.clock = YEAR;
    let mut evidence = EvidenceSet::default();
    for list in [&signed, &Bytes::from(forged.clone())] {
        evidence.add(list).unwrap();
    }
    let (done, told) = renewed(&archive, &archive, &mut evidence, &mut archive.later());
    assert!(done.is_ok() && told[&0].is_ok(), "{told:?}");
    let record = archive.record(0);
    assert_eq!((has(&record, &signed) > 0, has(&record, &forged)), (true, 0));
}

/// The lab as it is, but for the first timestamp that is asked for.
struct Once(Moved, bool);

impl EvidenceSource for Once {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        let is_first = want.what == Wanted::Timestamp && !std::mem::replace(&mut self.1, true);
        if is_first { Err(Unavailable("gone".to_owned())) } else { self.0.obtain(want) }
    }
}

#[test]
fn one_timestamp_that_cannot_be_had_does_not_hinder_the_records_of_another_hash_function() {
    let created = |algorithm: DigestAlgorithm, archive: &Archive| {
        archive.create(algorithm);
        archive.record(0)
    };
    for (fails, expected) in [(true, vec![1]), (false, vec![0, 1])] {
        let archive = Archive::of(&["first", "second"]);
        let first = created(Sha256, &archive);
        created(Sha512, &archive);
        archive.records.lock().unwrap()[0].clone_from(&first);
        let mut source = Once(archive.later(), !fails);
        let mut evidence = EvidenceSet::default();
        let (done, told) = renewed(&archive, &archive, &mut evidence, &mut source);
        assert_eq!(matches!(done, Err(SignError::NoTimestamp(_))), fails);
        assert_eq!(told.keys().copied().collect::<Vec<_>>(), expected);
        assert!(told.values().all(Result::is_ok), "{told:?}");
        assert_eq!(archive.record(0) == first, fails);
    }
}
