//! Certificates and revocation lists of any shape, signed with a throw-away key.
#![allow(dead_code, reason = "each test program uses its own part")]

use inkan::der::certificate::Certificate;
use inkan::der::crl::Crl;
use inkan::der::{Tag, write};
use inkan::key::SigningKey;
use inkan::key::software::{KeyAlgorithm, SoftwareKey};
use inkan::oid::{self, Oid};
use inkan::time::Instant;
use std::sync::LazyLock;

/// The instant at which everything here is in force.
pub(crate) const NOW: &str = "2026-06-01T00:00:00Z";

/// The key of everybody who does not need one of their own.
pub(crate) static KEY: LazyLock<SoftwareKey> = LazyLock::new(new_key);

pub(crate) fn new_key() -> SoftwareKey {
    SoftwareKey::generate(KeyAlgorithm::P256).unwrap()
}

pub(crate) fn now() -> Instant {
    NOW.parse().unwrap()
}

/// `CN=name`.
pub(crate) fn name(name: &str) -> Vec<u8> {
    write::sequence([rdn(name)])
}

pub(crate) fn rdn(name: &str) -> Vec<u8> {
    write::set([write::sequence([write::oid(oid::COMMON_NAME), write::utf8(name)])])
}

pub(crate) fn extension(oid: Oid, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { write::boolean(true) } else { Vec::new() };
    write::sequence([write::oid(oid), critical, write::octet_string(value)])
}

/// basicConstraints of a CA.
pub(crate) fn ca() -> Vec<u8> {
    extension(oid::BASIC_CONSTRAINTS, true, &write::sequence([write::boolean(true)]))
}

pub(crate) fn key_id(oid: Oid, id: &[u8]) -> Vec<u8> {
    let id = write::octet_string(id);
    let value = match oid {
        oid::AUTHORITY_KEY_IDENTIFIER => write::sequence([write::implicit(0, &id)]),
        _ => id,
    };
    extension(oid, false, &value)
}

/// A certificate about to be issued.
pub(crate) struct Draft<'a> {
    pub(crate) serial: u64,
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    pub(crate) public_key: &'a [u8],
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(issuer: &'a [u8], subject: &'a [u8], extensions: Vec<Vec<u8>>) -> Self {
        Self { serial: 1, issuer, subject, public_key: KEY.public_key().der(), extensions }
    }

    pub(crate) fn der(&self, key: &SoftwareKey) -> Vec<u8> {
        let validity = ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"];
        let tbs = write::sequence([
            write::explicit(0, &write::integer(2)).as_slice(),
            &write::integer(self.serial),
            &key.scheme().identifier().to_der(),
            self.issuer,
            &write::sequence(validity.map(|at| write::time(at.parse().unwrap()))),
            self.subject,
            self.public_key,
            &write::explicit(3, &write::sequence(&self.extensions)),
        ]);
        signed(&tbs, key)
    }

    pub(crate) fn issue(&self, key: &SoftwareKey) -> Certificate {
        Certificate::parse(self.der(key)).unwrap()
    }
}

/// A certificate signed with the key of everybody.
pub(crate) fn issue(issuer: &str, subject: &str, extensions: Vec<Vec<u8>>) -> Certificate {
    Draft::new(&name(issuer), &name(subject), extensions).issue(&KEY)
}

pub(crate) fn signed(tbs: &[u8], key: &SoftwareKey) -> Vec<u8> {
    let signature = write::bit_string(&key.sign(tbs).unwrap());
    write::sequence([tbs, &key.scheme().identifier().to_der(), &signature])
}

/// A revocation list about to be issued; entries and extensions are DER.
pub(crate) struct ListDraft<'a> {
    pub(crate) issuer: &'a [u8],
    pub(crate) made: &'a str,
    pub(crate) next: &'a str,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl<'a> ListDraft<'a> {
    /// A list of a month that NOW is in.
    pub(crate) fn new(issuer: &'a [u8], entries: Vec<Vec<u8>>, extensions: Vec<Vec<u8>>) -> Self {
        let (made, next) = ("2026-05-15T00:00:00Z", "2026-06-15T00:00:00Z");
        Self { issuer, made, next, entries, extensions }
    }

    pub(crate) fn der(&self, key: &SoftwareKey) -> Vec<u8> {
        let entries = match self.entries.is_empty() {
            true => Vec::new(),
            false => write::sequence(&self.entries),
        };
        let tbs = write::sequence([
            write::integer(1).as_slice(),
            &key.scheme().identifier().to_der(),
            self.issuer,
            &write::time(self.made.parse().unwrap()),
            &write::time(self.next.parse().unwrap()),
            &entries,
            &write::explicit(0, &write::sequence(&self.extensions)),
        ]);
        signed(&tbs, key)
    }

    pub(crate) fn issue(&self, key: &SoftwareKey) -> Crl {
        Crl::parse(self.der(key)).unwrap()
    }
}

/// An entry with these extensions.
pub(crate) fn entry(serial: u64, at: &str, extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions {
        [] => Vec::new(),
        some => write::sequence(some),
    };
    write::sequence([write::integer(serial), write::time(at.parse().unwrap()), extensions])
}

pub(crate) fn reason(code: u8) -> Vec<u8> {
    extension(oid::CRL_REASON, false, &write::enumerated(code))
}

/// `directoryName [4]`.
pub(crate) fn directory(name: &[u8]) -> Vec<u8> {
    write::element(Tag::context(4), name)
}
