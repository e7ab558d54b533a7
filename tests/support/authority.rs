//! Authorities and the people whom they certify, at any time, with whatever is wrong with them: what a
//! world of thirty years is made of. No network and no clock.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use inkan::der::certificate::Certificate;
use inkan::der::ocsp::{CertId, request};
use inkan::der::{Reader, Tag, write};
use inkan::digest::DigestAlgorithm;
use inkan::key::SigningKey as _;
use inkan::key::software::{KeyAlgorithm, SoftwareKey};
use inkan::oid::{self, Oid};
use inkan::time::Instant;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// From when to when a certificate is valid.
pub(crate) type Validity = [&'static str; 2];

pub(crate) const DIGITAL_SIGNATURE: u32 = 1;
pub(crate) const NON_REPUDIATION: u32 = 1 << 1;
pub(crate) const KEY_ENCIPHERMENT: u32 = 1 << 2;
pub(crate) const KEY_CERT_SIGN: u32 = 1 << 5;
pub(crate) const CRL_SIGN: u32 = 1 << 6;

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(crate) fn key(algorithm: KeyAlgorithm) -> Arc<SoftwareKey> {
    Arc::new(SoftwareKey::generate(algorithm).unwrap())
}

/// `CN=name`.
pub(crate) fn name(name: &str) -> Vec<u8> {
    let common = write::sequence([write::oid(oid::COMMON_NAME), write::utf8(name)]);
    write::sequence([write::set([common])])
}

pub(crate) fn extension(oid: Oid, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { write::boolean(true) } else { Vec::new() };
    write::sequence([write::oid(oid), critical, write::octet_string(value)])
}

pub(crate) fn usage(bits: u32) -> Vec<u8> {
    extension(oid::KEY_USAGE, true, &write::named_bits(bits))
}

pub(crate) fn purposes(critical: bool, all: &[Oid]) -> Vec<u8> {
    let all = write::sequence(all.iter().map(|purpose| write::oid(*purpose)));
    extension(oid::EXT_KEY_USAGE, critical, &all)
}

/// basicConstraints and keyUsage of a CA.
pub(crate) fn of_ca() -> Vec<Vec<u8>> {
    vec![constraints(None), usage(KEY_CERT_SIGN | CRL_SIGN)]
}

/// basicConstraints of a CA, with the number of CAs that may stand below it.
pub(crate) fn constraints(below: Option<u64>) -> Vec<u8> {
    let limit = below.map_or_else(Vec::new, write::integer);
    extension(oid::BASIC_CONSTRAINTS, true, &write::sequence([write::boolean(true), limit]))
}

pub(crate) fn of_signer() -> Vec<Vec<u8>> {
    vec![usage(DIGITAL_SIGNATURE | NON_REPUDIATION)]
}

pub(crate) fn of_tsa() -> Vec<Vec<u8>> {
    vec![usage(DIGITAL_SIGNATURE), purposes(true, &[oid::KP_TIME_STAMPING])]
}

/// Of a delegate for OCSP, about whom nobody needs to ask.
pub(crate) fn of_responder() -> Vec<Vec<u8>> {
    let nocheck = extension(oid::OCSP_NOCHECK, false, &write::null());
    vec![usage(DIGITAL_SIGNATURE), purposes(false, &[oid::KP_OCSP_SIGNING]), nocheck]
}

/// `distributionPoint [0] { fullName [0] { uri } }`
pub(crate) fn point(url: &str) -> Vec<u8> {
    let url = write::implicit(6, &write::ia5(url));
    write::explicit(0, &write::element(Tag::context(0), &url))
}

/// Where the list is to be had that the certificate would be on.
pub(crate) fn listed_at(url: &str) -> Vec<u8> {
    let points = write::sequence([write::sequence([point(url)])]);
    extension(oid::CRL_DISTRIBUTION_POINTS, false, &points)
}

/// Somebody with a key and a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) key: Arc<SoftwareKey>,
    pub(crate) certificate: Certificate,
}

impl Holder {
    /// One that certified itself.
    pub(crate) fn root(subject: &str, key: Arc<SoftwareKey>, validity: Validity) -> Self {
        let subject = name(subject);
        let der =
            certificate(&subject, &key, [&subject, key.public_key().der()], validity, of_ca());
        Self { certificate: Certificate::parse(der).unwrap(), key }
    }

    /// One that this one certifies.
    pub(crate) fn certifies(
        &self,
        subject: &str,
        key: &Arc<SoftwareKey>,
        validity: Validity,
        extensions: Vec<Vec<u8>>,
    ) -> Self {
        let certificate = self.certifies_key(subject, key.public_key().der(), validity, extensions);
        Self { key: key.clone(), certificate }
    }

    /// The certificate of a key that is somewhere else.
    pub(crate) fn certifies_key(
        &self,
        subject: &str,
        public_key: &[u8],
        validity: Validity,
        extensions: Vec<Vec<u8>>,
    ) -> Certificate {
        let issuer = self.certificate.subject().der();
        let der =
            certificate(issuer, &self.key, [&name(subject), public_key], validity, extensions);
        Certificate::parse(der).unwrap()
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.certificate.der().to_vec()
    }

    /// A list in force between two instants, without entries yet.
    pub(crate) fn list(&self, made: &str, next: &str) -> List<'_> {
        let (made, next) = (at(made), at(next));
        List { by: self, made, next, number: 7, entries: Vec::new(), extensions: Vec::new() }
    }

    /// What this one answers, asked about a certificate.
    pub(crate) fn answer<'a>(
        &'a self,
        about: &Certificate,
        issuer: &Certificate,
        made: &str,
        next: &str,
    ) -> Answer<'a> {
        let good = write::implicit(0, &write::null());
        let id = cert_id(about, issuer);
        let (made, next) = (at(made), at(next));
        Answer { by: self, id, status: good, made, next, produced: made, times: 1 }
    }
}

fn certificate(
    issuer: &[u8],
    issuer_key: &SoftwareKey,
    [subject, public_key]: [&[u8]; 2],
    validity: Validity,
    extensions: Vec<Vec<u8>>,
) -> Vec<u8> {
    static SERIAL: AtomicU64 = AtomicU64::new(1000);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let tbs = write::sequence([
        write::explicit(0, &write::integer(2)).as_slice(),
        &write::integer(serial),
        &issuer_key.scheme().identifier().to_der(),
        issuer,
        &write::sequence(validity.map(|end| write::time(at(end)))),
        subject,
        public_key,
        &write::explicit(3, &write::sequence(extensions)),
    ]);
    signed(&tbs, issuer_key)
}

fn signed(tbs: &[u8], key: &SoftwareKey) -> Vec<u8> {
    let signature = write::bit_string(&key.sign(tbs).unwrap());
    write::sequence([tbs, &key.scheme().identifier().to_der(), &signature])
}

/// A revocation list about to be issued.
#[derive(Clone, Debug)]
pub(crate) struct List<'a> {
    by: &'a Holder,
    made: Instant,
    next: Instant,
    number: u64,
    entries: Vec<Vec<u8>>,
    extensions: Vec<Vec<u8>>,
}

/// Why a certificate is on a list (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reason {
    KeyCompromise,
    Superseded,
    Hold,
    /// It is taken off a list again.
    Removed,
}

impl Reason {
    const fn code(self) -> u8 {
        match self {
            Self::KeyCompromise => 1,
            Self::Superseded => 4,
            Self::Hold => 6,
            Self::Removed => 8,
        }
    }
}

impl List<'_> {
    pub(crate) fn revoking(self, holder: &Holder, since: &str, reason: Reason) -> Self {
        self.revoking_with(holder, since, reason, None)
    }

    /// The same, the key being suspected since an earlier day (§5.3.2).
    pub(crate) fn revoking_with(
        mut self,
        holder: &Holder,
        since: &str,
        reason: Reason,
        suspected: Option<&str>,
    ) -> Self {
        let code = extension(oid::CRL_REASON, false, &write::enumerated(reason.code()));
        let suspected = suspected
            .map(|day| extension(oid::INVALIDITY_DATE, false, &write::generalized_time(at(day))));
        let extensions = [vec![code], suspected.into_iter().collect()].concat();
        let serial = write::element(Tag::INTEGER, holder.certificate.serial());
        let entry = [serial, write::time(at(since)), write::sequence(extensions)];
        self.entries.push(write::sequence(entry));
        self
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    /// With what has changed since the complete list of that number (§5.2.4).
    pub(crate) fn changing(self, number: u64) -> Self {
        let number = extension(oid::DELTA_CRL_INDICATOR, true, &write::integer(number));
        Self { number: self.number + 1, ..self }.with(number)
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let entries = match self.entries.as_slice() {
            [] => Vec::new(),
            some => write::sequence(some),
        };
        let number = write::octet_string(&write::integer(self.number));
        let number = write::sequence([write::oid(oid::CRL_NUMBER), number]);
        let extensions = write::sequence([vec![number], self.extensions.clone()].concat());
        let tbs = write::sequence([
            write::integer(1).as_slice(),
            &self.by.key.scheme().identifier().to_der(),
            self.by.certificate.subject().der(),
            &write::time(self.made),
            &write::time(self.next),
            &entries,
            &write::explicit(0, &extensions),
        ]);
        signed(&tbs, &self.by.key)
    }
}

/// An OCSP response about to be given.
#[derive(Clone, Debug)]
pub(crate) struct Answer<'a> {
    by: &'a Holder,
    id: Vec<u8>,
    status: Vec<u8>,
    made: Instant,
    next: Instant,
    produced: Instant,
    times: usize,
}

impl Answer<'_> {
    pub(crate) fn revoked(mut self, since: &str) -> Self {
        let since = write::sequence([write::generalized_time(at(since))]);
        self.status = write::implicit(1, &since);
        self
    }

    /// The same said so many times.
    pub(crate) fn repeated(self, times: usize) -> Self {
        Self { times, ..self }
    }

    pub(crate) fn unknown(mut self) -> Self {
        self.status = write::implicit(2, &write::null());
        self
    }

    /// The basic response, with the certificate of whoever gives it.
    pub(crate) fn der(&self) -> Vec<u8> {
        let time = write::generalized_time;
        let next = write::explicit(0, &time(self.next));
        let single = write::sequence([&self.id, &self.status, &time(self.made), &next]);
        let hash = DigestAlgorithm::Sha1.digest(self.by.key.public_key().bits());
        let responder = write::explicit(2, &write::octet_string(hash.value()));
        let tbs = write::sequence([
            responder,
            time(self.produced),
            write::sequence(vec![single; self.times]),
        ]);
        let signature = write::bit_string(&self.by.key.sign(&tbs).unwrap());
        let algorithm = self.by.key.scheme().identifier().to_der();
        let carried = write::explicit(0, &write::sequence([self.by.der()]));
        write::sequence([tbs, algorithm, signature, carried])
    }
}

/// The identifier as it stands in a request (RFC 6960 §4.1.1), four sequences deep.
fn cert_id(about: &Certificate, issuer: &Certificate) -> Vec<u8> {
    let asked = request(&CertId::new(DigestAlgorithm::Sha1, about, issuer));
    let mut id = asked.as_slice();
    for _ in 0..4 {
        id = Reader::new(id, "request").take().unwrap().content;
    }
    id.to_vec()
}
