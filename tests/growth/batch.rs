//! A batch at level LTA asks each question about revocation once.

use crate::table::{RECORD, Table};
use inkan::der::Bytes;
use inkan::edge::clock::now;
use inkan::edge::files::{AtomicFile, Existing, Mode};
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSource, Unavailable, Want, Wanted};
use inkan::rule::Indication;
use inkan::seal::{Claims, Level};
use inkan::source::{Draft, Source};
use inkan::task::sign::{
    Desk, Order, Outside, Placement, Signer, Tsas, Unsigned, Workshop, admit, sign_all,
};
use inkan::time::Instant;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

const FILES: usize = 12;

/// What was fetched.
type Fetched = Arc<Mutex<Vec<Want>>>;

struct Counting(Fetched, Web);

impl EvidenceSource for Counting {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        self.0.lock().unwrap().push(want.clone());
        self.1.obtain(want)
    }
}

struct Shop<'a> {
    folder: &'a Path,
    fetched: Fetched,
    nonces: AtomicU8,
}

impl Shop<'_> {
    fn out(&self, number: usize) -> PathBuf {
        self.folder.join(format!("{number}.p7s"))
    }
}

impl Outside for Shop<'_> {
    fn now(&self) -> Instant {
        now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        Ok([self.nonces.fetch_add(1, Ordering::Relaxed); 16])
    }
}

impl Workshop for Shop<'_> {
    fn name(&self, number: usize) -> String {
        number.to_string()
    }

    fn content(&self, _: usize) -> io::Result<Box<dyn Source + Send>> {
        Ok(Box::new(Bytes::from_static(RECORD)))
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft + Send>> {
        let file = AtomicFile::create(self.out(number), Existing::Keep, Mode::Public);
        Ok(Box::new(file.map_err(io::Error::other)?))
    }

    fn source(&self) -> Box<dyn EvidenceSource> {
        Box::new(Counting(self.fetched.clone(), Web::default()))
    }
}

#[test]
fn revocation_data_of_signer_and_tsas_is_fetched_once_for_a_batch() {
    let mut table = Table::new();
    let lab = table.bench.lab();
    let member = lab.member("ec-physician").unwrap();
    let chain: Vec<_> = lab.chain(member).iter().map(|m| m.certificate().clone()).collect();
    let tsas = [lab.tsa_url("tsa-ec")];
    let archive = [lab.tsa_url("tsa-rsa")];
    let shop = Shop {
        folder: table.bench.folder.path(),
        fetched: Fetched::default(),
        nonces: AtomicU8::new(1),
    };
    let key = member.key(lab).unwrap();
    let signer = Signer { key, certificate: member.certificate(), chain: &chain };
    let claims = Claims::default();
    let tsas = Tsas { content: &[], signature: &tsas, archive: &archive };
    let (placement, level) = (Placement::Detached, Level::Lta);
    let order = Order { placement, level, claims: &claims, tsas };
    let mut source = shop.source();
    let (judge, evidence) = (&table.judge, &mut table.evidence);
    let mut desk = Desk { judge, now: now(), evidence, source: source.as_mut() };
    admit(&signer, &mut desk).unwrap();
    let mut passed = 0;
    let mut tell = |_, done: Result<inkan::task::verify::FileReport, _>| {
        let report = done.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.indication(), Indication::Passed);
        passed += 1;
    };
    let known = (&table.judge, &table.evidence);
    assert_eq!(sign_all(FILES, &signer, order, known, &shop, &mut tell), Unsigned(0));
    assert_eq!(passed, FILES);

    let fetched = shop.fetched.lock().unwrap();
    let (stamps, mut others): (Vec<_>, Vec<_>) =
        fetched.iter().partition(|want| want.what == Wanted::Timestamp);
    assert_eq!(stamps.len(), 2 * FILES, "one for the signature and one for the archive");
    let asked = others.len();
    others.sort();
    others.dedup();
    assert!(asked > 0 && asked == others.len(), "a question was asked twice");
}
