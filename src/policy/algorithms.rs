//! Until when hash functions and keys may be relied on.

use super::PolicyError;
use crate::der::algorithm::KeyKind;
use crate::digest::DigestAlgorithm;
use crate::oid::{self, Oid};
use crate::time::Instant;
use serde::Deserialize;

/// The table of end dates.
#[derive(Clone, Debug)]
pub struct AlgorithmTable {
    rows: Vec<Row>,
}

/// What the table says of one algorithm.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// `SHA-256`, `RSA`, `EC`, `Ed25519`, `ML-DSA-65`.
    pub algorithm: String,
    /// The smallest size in bits that the row is about; rows with larger sizes are more specific.
    #[serde(default)]
    pub min_bits: usize,
    /// The last day on which it may be relied on; absent, it may not be at all.
    pub until: Option<String>,
    /// The document and clause that say so.
    pub source: String,
    /// Whether that document was read itself.
    pub confirmed: bool,
    /// The midnight after the last day, which is the end.
    #[serde(skip)]
    end: Option<Instant>,
}

/// Whether an algorithm may be relied on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Strength {
    /// Until that instant.
    Until(Instant),
    /// It ended then.
    Ended(Instant),
    /// It is not acceptable at any time.
    Never,
    /// The table does not know it.
    Unknown,
}

impl Strength {
    /// Whether it may be relied on.
    pub const fn is_enough(&self) -> bool {
        matches!(self, Self::Until(_))
    }

    /// The weaker of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.is_enough(), other.is_enough()) {
            (false, _) => self,
            (true, false) => other,
            (true, true) => match (&self, &other) {
                (Self::Until(a), Self::Until(b)) if b < a => other,
                _ => self,
            },
        }
    }
}

impl AlgorithmTable {
    /// The table that comes with inkan.
    pub fn embedded() -> Result<Self, PolicyError> {
        Self::parse("algorithms", include_str!("data/algorithms.toml"))
    }

    /// A table from its text.
    pub fn parse(name: &str, text: &str) -> Result<Self, PolicyError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            algorithm: Vec<Row>,
        }
        let unusable = |reason: String| PolicyError::NotUsable { name: name.to_owned(), reason };
        let mut file: File = toml::from_str(text).map_err(|e| unusable(e.to_string()))?;
        for row in &mut file.algorithm {
            let last = row.until.as_ref().map(|until| until.parse::<Instant>()).transpose();
            row.end = last.map_err(|e| unusable(e.to_string()))?.map(after);
        }
        Ok(Self { rows: file.algorithm })
    }

    /// Whether a hash function may be relied on at that time.
    pub fn digest(&self, digest: DigestAlgorithm, at: Instant) -> Strength {
        self.strength(digest.name(), 0, at)
    }

    /// Whether a key may be relied on at that time.
    pub fn key(&self, key: KeyKind, at: Instant) -> Strength {
        let (algorithm, bits) = key_row(key);
        self.strength(algorithm, bits, at)
    }

    /// What the table says of a key, and where it was read.
    pub fn row_for_key(&self, key: KeyKind) -> Option<&Row> {
        let (algorithm, bits) = key_row(key);
        self.row(algorithm, bits)
    }

    /// What the table says of a hash function, and where it was read.
    pub fn row_for_digest(&self, digest: DigestAlgorithm) -> Option<&Row> {
        self.row(digest.name(), 0)
    }

    /// The instants at which any algorithm ends.
    pub fn ends(&self) -> impl Iterator<Item = Instant> {
        self.rows.iter().filter_map(|row| row.end)
    }

    fn row(&self, algorithm: &str, bits: usize) -> Option<&Row> {
        let fitting = self.rows.iter().filter(|r| r.algorithm == algorithm && r.min_bits <= bits);
        fitting.max_by_key(|row| row.min_bits)
    }

    fn strength(&self, algorithm: &str, bits: usize, at: Instant) -> Strength {
        let Some(row) = self.row(algorithm, bits) else {
            return Strength::Unknown;
        };
        let Some(end) = row.end else { return Strength::Never };
        if at < end { Strength::Until(end) } else { Strength::Ended(end) }
    }
}

/// The day named is the last good one: the end is the midnight after it.
const fn after(day: Instant) -> Instant {
    day.plus_seconds(86_400)
}

/// By which name and size the table knows a key.
fn key_row(key: KeyKind) -> (&'static str, usize) {
    match key {
        KeyKind::Rsa { bits, .. } => ("RSA", bits),
        KeyKind::Ec(curve) => ("EC", curve_bits(curve)),
        KeyKind::Ed25519 => ("Ed25519", 0),
        KeyKind::MlDsa(set) => (set.name(), 0),
        KeyKind::Other(oid) => (oid::name(&oid).unwrap_or_default(), 0),
    }
}

fn curve_bits(curve: Oid) -> usize {
    match curve {
        oid::P256 => 256,
        oid::P384 => 384,
        oid::P521 => 521,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_2048_ends_with_2030_and_sha_1_is_never_enough() {
        let table = AlgorithmTable::embedded().unwrap();
        let rsa = |bits| KeyKind::Rsa { bits, pss_only: false };
        let in_2030 = "2030-12-31T23:59:59Z".parse().unwrap();
        let in_2031 = "2031-01-01".parse().unwrap();
        assert!(table.key(rsa(2048), in_2030).is_enough());
        assert_eq!(table.key(rsa(2048), in_2031), Strength::Ended(in_2031));
        assert!(table.key(rsa(3072), in_2031).is_enough());
        assert_eq!(table.key(rsa(1024), in_2030), Strength::Never);
        assert_eq!(table.digest(DigestAlgorithm::Sha1, in_2030), Strength::Never);
        assert!(table.digest(DigestAlgorithm::Sha256, in_2031).is_enough());
        assert_eq!(table.key(KeyKind::Other(oid::ED448), in_2030), Strength::Unknown);
    }
}
