//! A world with a clock that can be set: authorities that come and go within thirty years, and what each
//! of them answers at whatever time it is. No network.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::authority::{Holder, Validity, at, key, listed_at, of_ca, of_signer, of_tsa};
use super::cms::Stamp;
use inkan::der::{Bytes, Reader, Tag, write};
use inkan::digest::DigestAlgorithm::{self, Sha256, Sha512};
use inkan::evidence::{EvidenceSource, Fetch, Unavailable, Want};
use inkan::judge::Judge;
use inkan::key::software::KeyAlgorithm::{MlDsa65, MlDsa87, P256, P384, Rsa2048};
use inkan::key::software::SoftwareKey;
use inkan::oid::Oid;
use inkan::policy::{Policy, Role, Trust};
use inkan::source::{Draft, Source};
use inkan::task::sign::{Outside, Workshop};
use inkan::time::Instant;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

/// Somebody who keeps lists, until the end of their certificate.
pub(crate) struct Authority {
    pub(crate) holder: Holder,
    name: &'static str,
}

/// A time-stamping authority and the root above it.
pub(crate) struct Generation {
    pub(crate) tsa: Holder,
    root: Authority,
    /// What it is called: the year in which it begins.
    pub(crate) year: &'static str,
    /// The hash function that its clients send.
    pub(crate) digest: DigestAlgorithm,
}

impl Generation {
    fn new(
        year: &'static str,
        [root_key, tsa_key]: [Arc<SoftwareKey>; 2],
        [of_root, validity]: [Validity; 2],
        digest: DigestAlgorithm,
    ) -> Self {
        let root = Holder::root(&format!("TSA root of {year}"), root_key, of_root);
        let extensions = [of_tsa(), vec![listed_at(&format!("{WORLD}{year}.crl"))]].concat();
        let tsa = root.certifies(&format!("TSA of {year}"), &tsa_key, validity, extensions);
        Self { tsa, root: Authority { holder: root, name: year }, year, digest }
    }

    pub(crate) fn url(&self) -> String {
        format!("{WORLD}tsa/{}", self.year)
    }
}

/// Everybody who ever was.
pub(crate) struct People {
    pub(crate) root: Authority,
    pub(crate) ca: Authority,
    /// With P-256 and with RSA-2048.
    pub(crate) signers: [Holder; 2],
    /// P-256 over SHA-256, P-384 over SHA-512, ML-DSA-65, ML-DSA-87.
    pub(crate) generations: [Generation; 4],
    /// One whose certificate outlasts its algorithm: P-256 over SHA-256.
    pub(crate) outlasting: Generation,
}

const WORLD: &str = "http://world.example/";

pub(crate) static PEOPLE: LazyLock<People> = LazyLock::new(|| {
    let root = Holder::root("Root", key(P384), ["2020-01-01", "2045-01-01"]);
    let listed = |by: &str| listed_at(&format!("{WORLD}{by}.crl"));
    let of_ca = [of_ca(), vec![listed("root")]].concat();
    let ca = root.certifies("CA", &key(P256), ["2024-01-01", "2034-01-01"], of_ca);
    let signers = [("Physician", P256), ("Pharmacist", Rsa2048)].map(|(name, algorithm)| {
        let extensions = [of_signer(), vec![listed("ca")]].concat();
        ca.certifies(name, &key(algorithm), ["2025-01-01", "2028-01-01"], extensions)
    });
    let keys = [
        [key(P384), key(P256)],
        [key(P384), key(P384)],
        [key(MlDsa87), key(MlDsa65)],
        [key(MlDsa87), key(MlDsa87)],
    ];
    let years = [
        ("2026", [["2020-01-01", "2045-01-01"], ["2026-01-01", "2036-12-31T23:59:59Z"]], Sha256),
        ("2035", [["2034-01-01", "2060-01-01"], ["2035-01-01", "2045-12-31T23:59:59Z"]], Sha512),
        ("2044", [["2043-01-01", "2070-01-01"], ["2044-01-01", "2054-12-31T23:59:59Z"]], Sha512),
        ("2053", [["2052-01-01", "2080-01-01"], ["2053-01-01", "2063-12-31T23:59:59Z"]], Sha512),
    ];
    let long = [["2020-01-01", "2070-01-01"], ["2026-01-01", "2060-12-31T23:59:59Z"]];
    let outlasting = Generation::new("outlasting", [key(P384), key(P256)], long, Sha256);
    let mut keys = keys.into_iter();
    let generations = years.map(|(year, validity, digest)| {
        Generation::new(year, keys.next().unwrap(), validity, digest)
    });
    let [root, ca] = [(root, "root"), (ca, "ca")].map(|(holder, name)| Authority { holder, name });
    People { root, ca, signers, generations, outlasting }
});

impl People {
    /// Somebody who judges with trust in every root that ever was.
    pub(crate) fn judge(&self) -> Judge {
        let mut trust = Trust::default();
        trust.add(self.root.holder.certificate.clone(), &[Role::Signer]);
        for generation in self.all_generations() {
            trust.add(generation.root.holder.certificate.clone(), &[Role::Tsa]);
        }
        Judge::new(Policy::standard(trust).unwrap())
    }

    fn all_generations(&self) -> impl Iterator<Item = &Generation> {
        self.generations.iter().chain([&self.outlasting])
    }

    fn authorities(&self) -> impl Iterator<Item = &Authority> {
        let roots = self.all_generations().map(|generation| &generation.root);
        [&self.root, &self.ca].into_iter().chain(roots)
    }

    /// Every list that can be had on that day.
    pub(crate) fn lists(&self, day: &str) -> Vec<Vec<u8>> {
        self.authorities().filter_map(|authority| authority.list(at(day))).collect()
    }

    /// Everybody above the signers and the TSAs.
    pub(crate) fn above(&self) -> Vec<&Holder> {
        self.authorities().map(|authority| &authority.holder).collect()
    }
}

impl Authority {
    /// The list of that day, in force for a month. Nobody is on it.
    fn list(&self, now: Instant) -> Option<Vec<u8>> {
        let certificate = &self.holder.certificate;
        let alive = certificate.not_before() <= now && now <= certificate.not_after();
        let day = |days: i64| now.plus_seconds(days * 86_400).to_string();
        alive.then(|| self.holder.list(&day(-1), &day(30)).der())
    }
}

/// The world at some time. A clone has the same clock.
#[derive(Clone, Debug)]
pub(crate) struct World {
    clock: Arc<Mutex<Instant>>,
    /// What was published last.
    published: Arc<Mutex<Vec<u8>>>,
    record: Bytes,
}

impl World {
    pub(crate) fn new(record: &[u8]) -> Self {
        let clock = Arc::new(Mutex::new(at("2026-04-01T09:00:00Z")));
        Self { clock, published: Arc::default(), record: Bytes::copy_from_slice(record) }
    }

    /// Another record, in the same world and with the same clock.
    pub(crate) fn beside(&self, record: &[u8]) -> Self {
        let clock = self.clock.clone();
        Self { clock, published: Arc::default(), record: Bytes::copy_from_slice(record) }
    }

    pub(crate) fn set(&self, clock: &str) {
        *self.clock.lock().unwrap() = at(clock);
    }

    pub(crate) fn published(&self) -> Vec<u8> {
        self.published.lock().unwrap().clone()
    }

    pub(crate) fn paper(&self) -> Box<dyn Draft + Send> {
        Box::new(Paper { written: Vec::new(), published: self.published.clone() })
    }

    fn now(&self) -> Instant {
        *self.clock.lock().unwrap()
    }

    /// A TSA answers as long as its certificate lasts.
    fn stamp(&self, generation: &Generation, request: &[u8]) -> Option<Vec<u8>> {
        let (now, tsa) = (self.now(), &generation.tsa);
        if now < tsa.certificate.not_before() || tsa.certificate.not_after() < now {
            return None;
        }
        let (imprint, nonce) = asked(request);
        let stamp = Stamp { nonce, ..Stamp::of(tsa, &now.to_string(), imprint) };
        let granted = write::sequence([write::integer(0)]);
        Some(write::sequence([granted, stamp.token().der()]))
    }

    fn answer(&self, fetch: &Fetch) -> Option<Vec<u8>> {
        let path = fetch.url().strip_prefix(WORLD)?;
        match (fetch, path.strip_prefix("tsa/")) {
            (Fetch::Post { body, .. }, Some(year)) => {
                let generation = PEOPLE.all_generations().find(|g| g.year == year)?;
                self.stamp(generation, body)
            }
            (Fetch::Get(_), None) => {
                let by = path.strip_suffix(".crl")?;
                PEOPLE.authorities().find(|authority| authority.name == by)?.list(self.now())
            }
            _ => None,
        }
    }
}

/// The imprint and the nonce of a time-stamp request.
fn asked(request: &[u8]) -> ((Oid, Vec<u8>), Vec<u8>) {
    let mut reader = Reader::only(request, Tag::SEQUENCE, "request").unwrap().reader();
    reader.take().unwrap();
    let mut imprint = reader.take().unwrap().named("imprint");
    let algorithm = imprint.take().unwrap().named("algorithm").take().unwrap().oid().unwrap();
    let hash = imprint.take().unwrap().content.to_vec();
    ((algorithm, hash), reader.take().unwrap().raw.to_vec())
}

impl EvidenceSource for World {
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable> {
        let answer = want.fetch.as_ref().and_then(|fetch| self.answer(fetch));
        answer.map(Bytes::from).ok_or_else(|| Unavailable("gone".to_owned()))
    }
}

impl Outside for World {
    fn now(&self) -> Instant {
        self.now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok((u128::from(number) | 1 << 120).to_be_bytes())
    }
}

impl Workshop for World {
    fn name(&self, _: usize) -> String {
        "record".to_owned()
    }

    fn content(&self, _: usize) -> io::Result<Box<dyn Source + Send>> {
        Ok(Box::new(self.record.clone()))
    }

    fn draft(&self, _: usize) -> io::Result<Box<dyn Draft + Send>> {
        Ok(self.paper())
    }

    fn source(&self) -> Box<dyn EvidenceSource> {
        Box::new(self.clone())
    }
}

/// A file in memory.
#[derive(Debug)]
struct Paper {
    written: Vec<u8>,
    published: Arc<Mutex<Vec<u8>>>,
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft for Paper {
    fn reread(&mut self) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(Bytes::from(self.written.clone())))
    }

    fn publish(self: Box<Self>) -> io::Result<()> {
        *self.published.lock().unwrap() = self.written;
        Ok(())
    }
}
