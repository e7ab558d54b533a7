//! Since when things are proven to exist (EN 319 102-1 §5.6.2.3).
//!
//! A proof of existence is worth what the timestamp is worth that gave it, so it is the judge who adds
//! one, after the timestamp was found good. What nobody proved exists since the time of validation.

use crate::der::certificate::Fingerprint;
use crate::time::Instant;
use std::collections::BTreeMap;

/// The earliest proven instant of each thing, by the SHA-256 of its exact bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Proofs {
    earliest: BTreeMap<Fingerprint, Instant>,
}

impl Proofs {
    /// Nothing is proven of anything.
    pub const NONE: &'static Self = &Self { earliest: BTreeMap::new() };

    /// Whether nothing is proven of anything.
    pub fn is_empty(&self) -> bool {
        self.earliest.is_empty()
    }

    /// The thing was there at that time. An earlier proof stays.
    pub fn add(&mut self, thing: Fingerprint, at: Instant) {
        let earliest = self.earliest.entry(thing).or_insert(at);
        *earliest = at.min(*earliest);
    }

    /// The earliest time at which the thing is proven to have been there, if there is any proof.
    pub fn of(&self, thing: Fingerprint) -> Option<Instant> {
        self.earliest.get(&thing).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_proofs_the_earliest_counts() {
        let (early, late): (Instant, Instant) =
            ("2026-01-01".parse().unwrap(), "2027-01-01".parse().unwrap());
        let (thing, other) = (Fingerprint::of(b"thing"), Fingerprint::of(b"other"));
        let mut proofs = Proofs::default();
        proofs.add(thing, early);
        proofs.add(thing, late);
        assert_eq!(proofs.of(thing), Some(early));
        assert_eq!(proofs.of(other), None);
        assert_eq!(Proofs::NONE.of(thing), None);
    }
}
