//! An archive in memory whose clock can be set: records are made, renewed and judged years apart.

use crate::bench::Bench;
use inkan::der::Bytes;
use inkan::der::ers::EvidenceRecord;
use inkan::digest::{Digest, DigestAlgorithm};
use inkan::edge::web::Web;
use inkan::edge::{clock, entropy};
use inkan::evidence::{EvidenceSet, EvidenceSource, Fetch, Unavailable, Want, Wanted};
use inkan::judge::{Judge, JudgedRecord, settle};
use inkan::lab::{Fault, Lab};
use inkan::policy::{AlgorithmTable, Policy, Role, Trust};
use inkan::seal::StampRequest;
use inkan::source::{Draft, Source};
use inkan::task::evidence::{
    CreateError, Created, Opened, RenewError, Renewal, Renewed, Shelf, StampOrder, create, renew,
};
use inkan::task::sign::{Desk, Outside, Workshop};
use inkan::time::Instant;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

pub(crate) const YEAR: i64 = 365 * 86_400;

pub(crate) struct Archive {
    pub(crate) bench: Bench,
    pub(crate) documents: Vec<Vec<u8>>,
    pub(crate) records: Arc<Mutex<Vec<Vec<u8>>>>,
    begun: Instant,
    /// Seconds since it began.
    pub(crate) clock: i64,
    /// By how much the clock of the TSA differs from that.
    pub(crate) tsa_clock: i64,
    /// End dates other than those of the policy.
    pub(crate) algorithms: Option<AlgorithmTable>,
}

impl Archive {
    pub(crate) fn of(documents: &[&str]) -> Self {
        Self {
            bench: Bench::new(),
            documents: documents.iter().map(|text| text.as_bytes().to_vec()).collect(),
            records: Arc::new(Mutex::new(vec![Vec::new(); documents.len()])),
            begun: clock::now(),
            clock: 0,
            tsa_clock: 0,
            algorithms: None,
        }
    }

    pub(crate) fn lab(&self) -> &Lab {
        self.bench.lab()
    }

    pub(crate) fn judge(&self) -> Judge {
        let mut trust = Trust::default();
        trust.add(self.lab().member("tsa-root").unwrap().certificate().clone(), &[Role::Tsa]);
        let mut policy = Policy::standard(trust).unwrap();
        if let Some(algorithms) = &self.algorithms {
            policy.algorithms = algorithms.clone();
        }
        Judge::new(policy)
    }

    pub(crate) fn time(&self) -> Instant {
        Outside::now(self)
    }

    /// A token over that hash.
    pub(crate) fn token(&self, hash: Digest) -> Vec<u8> {
        let request = StampRequest::of(hash, [7; 16]);
        let fetch = Fetch::Post {
            url: self.lab().tsa_url("tsa-ec"),
            media_type: "application/timestamp-query",
            body: request.to_der().into(),
        };
        let answer = self.later().obtain(&Want::from(Wanted::Timestamp, "a hash", fetch));
        request.token_of(&answer.unwrap()).unwrap().der.to_vec()
    }

    /// The lab as it answers at that time.
    pub(crate) fn later(&self) -> Moved {
        let base = self.lab().base_url().to_owned();
        Moved { base, world: self.clock, tsa: self.clock + self.tsa_clock }
    }

    /// One timestamp for all documents.
    pub(crate) fn create(&self, algorithm: DigestAlgorithm) {
        let tsas = [self.lab().tsa_url("tsa-ec")];
        let order = StampOrder { algorithm, tsas: &tsas };
        let mut evidence = EvidenceSet::default();
        let mut tell = |_, done: Result<Created, CreateError>| assert!(done.is_ok(), "{done:?}");
        let judge = self.judge();
        create(self.documents.len(), order, (&judge, &mut evidence), self, &mut tell).unwrap();
    }

    /// Renews all records; what became of each.
    pub(crate) fn renew(&self, renewal: Renewal) -> Vec<Result<Renewed, RenewError>> {
        let tsas = [self.lab().tsa_url("tsa-ec")];
        let judge = self.judge();
        let (mut evidence, mut source) = (EvidenceSet::default(), self.later());
        let mut desk = Desk {
            judge: &judge,
            now: Outside::now(self),
            evidence: &mut evidence,
            source: &mut source,
        };
        let mut all: Vec<Option<Result<Renewed, RenewError>>> = Vec::new();
        all.resize_with(self.documents.len(), || None);
        let mut tell = |number: usize, done| all[number] = Some(done);
        renew(self.documents.len(), renewal, &tsas, self, &mut desk, &mut tell).unwrap();
        all.into_iter().map(Option::unwrap).collect()
    }

    pub(crate) fn renew_all(&self, renewal: Renewal) {
        let all = self.renew(renewal);
        assert!(all.iter().all(Result::is_ok), "{all:?}");
    }

    /// The verdict on a record over its document, with what can be fetched at that time.
    pub(crate) fn judged(&self, number: usize) -> JudgedRecord {
        self.judged_over(number, &self.documents[number])
    }

    pub(crate) fn judged_over(&self, number: usize, document: &[u8]) -> JudgedRecord {
        let opened = Opened::parse(self.record(number)).unwrap();
        let needed = opened.digests_needed();
        let digests = needed.into_iter().map(|algorithm| algorithm.digest(document)).collect();
        let record = opened.over(vec![("document".to_owned(), Some(digests))]);
        let (judge, mut evidence) = (self.judge(), EvidenceSet::default());
        record.bring(&mut evidence);
        settle(
            &mut evidence,
            &mut self.later(),
            |evidence| judge.evidence_record(&record, evidence, Outside::now(self)),
            |judged| &judged.verdict,
        )
    }

    pub(crate) fn record(&self, number: usize) -> Vec<u8> {
        self.records.lock().unwrap()[number].clone()
    }

    /// Changes a record behind everybody's back.
    pub(crate) fn spoil(&self, number: usize, spoil: impl FnOnce(&mut EvidenceRecord)) {
        let mut record = EvidenceRecord::parse(&self.record(number)).unwrap();
        spoil(&mut record);
        self.records.lock().unwrap()[number] = record.to_der();
    }
}

impl Outside for Archive {
    fn now(&self) -> Instant {
        // The lab's clock goes on while a test runs.
        self.begun.plus_seconds(self.clock).max(clock::now().plus_seconds(self.clock))
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        entropy::random().map_err(io::Error::other)
    }
}

impl Workshop for Archive {
    fn name(&self, number: usize) -> String {
        format!("document {number}")
    }

    fn content(&self, number: usize) -> io::Result<Box<dyn Source + Send>> {
        Ok(Box::new(Bytes::from(self.documents[number].clone())))
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft + Send>> {
        Ok(Box::new(Sheet { records: self.records.clone(), number, written: Vec::new() }))
    }

    fn source(&self) -> Box<dyn EvidenceSource> {
        Box::new(self.later())
    }
}

impl Shelf for Archive {
    fn record(&self, number: usize) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(Bytes::from(Archive::record(self, number))))
    }

    fn objects(&self, number: usize) -> io::Result<Vec<(String, Box<dyn Source>)>> {
        let document = Bytes::from(self.documents[number].clone());
        Ok(vec![(format!("document {number}"), Box::new(document))])
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        Ok(Box::new(Sheet { records: self.records.clone(), number, written: Vec::new() }))
    }
}

/// The lab as it answers some seconds from now, its TSA at another time.
pub(crate) struct Moved {
    base: String,
    world: i64,
    tsa: i64,
}

impl EvidenceSource for Moved {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        let seconds = if want.what == Wanted::Timestamp { self.tsa } else { self.world };
        let moved = |url: &str| match url.strip_prefix(&self.base) {
            Some(path) => format!("{}/fault/{}{path}", self.base, Fault::Clock(seconds)),
            None => url.to_owned(),
        };
        let fetch = want.fetch.as_ref().map(|fetch| match fetch {
            Fetch::Get(url) => Fetch::Get(moved(url)),
            Fetch::Post { url, media_type, body } => {
                Fetch::Post { url: moved(url), media_type, body: body.clone() }
            }
        });
        Web::default().obtain(&Want { fetch, ..want.clone() })
    }
}

/// A record under way.
#[derive(Debug)]
struct Sheet {
    records: Arc<Mutex<Vec<Vec<u8>>>>,
    number: usize,
    written: Vec<u8>,
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft for Sheet {
    fn reread(&mut self) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(Bytes::from(self.written.clone())))
    }

    fn publish(self: Box<Self>) -> io::Result<()> {
        self.records.lock().unwrap()[self.number] = self.written;
        Ok(())
    }
}
