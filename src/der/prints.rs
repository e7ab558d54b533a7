//! Fingerprints of the parts of a file, each taken once.

use super::Bytes;
use super::certificate::Fingerprint;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Where a part begins, and how long it is.
type Place = (usize, usize);

/// What was found out about the parts of some bytes. They are kept, so nothing else can come to stand in their
/// place; of what stands elsewhere nothing is remembered.
#[derive(Clone, Debug, Default)]
pub struct Prints {
    whole: Bytes,
    known: Arc<Mutex<HashMap<Place, Fingerprint>>>,
}

impl Prints {
    /// Of parts of these bytes.
    pub fn of_parts(whole: &Bytes) -> Self {
        Self { whole: whole.clone(), known: Arc::default() }
    }

    /// The fingerprint of a part.
    pub fn of(&self, part: &[u8]) -> Fingerprint {
        let Some(place) = self.place(part) else { return Fingerprint::of(part) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(place).or_insert_with(|| Fingerprint::of(part))
    }

    fn place(&self, part: &[u8]) -> Option<Place> {
        let begin = part.as_ptr().addr().checked_sub(self.whole.as_ptr().addr())?;
        let end = begin.checked_add(part.len())?;
        (end <= self.whole.len()).then_some((begin, part.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_its_own_fingerprint_wherever_it_stands() {
        let whole = Bytes::from_static(b"one two one");
        let prints = Prints::of_parts(&whole);
        for _ in 0..2 {
            for range in [0..3, 4..7, 8..11, 0..11, 0..0, 3..3] {
                let part = whole.slice(range);
                assert_eq!(prints.of(&part), Fingerprint::of(&part));
            }
            for other in [&b"two"[..], b"", b"one two one and more"] {
                assert_eq!(prints.of(other), Fingerprint::of(other));
            }
        }
        assert_eq!(prints.known.lock().unwrap().len(), 6, "others are not remembered");
    }
}
