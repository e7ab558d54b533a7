//! Public keys as the engine holds them. Reading one, and what the engine works out for its arithmetic, costs
//! as much as a tenth of a verification, and a batch has few signers.

use crate::der::Bytes;
use aws_lc_rs::signature::{ParsedPublicKey, VerificationAlgorithm};
use std::cell::RefCell;
use std::ptr;

/// Keys remembered by each thread: signer, timestamp authorities and those who answered about them.
const MAX_KEYS: usize = 8;

/// A key that was read for an algorithm of the engine.
struct Known {
    algorithm: &'static dyn VerificationAlgorithm,
    encoded: Bytes,
    key: ParsedPublicKey,
}

thread_local! {
    /// The one used last comes first. What a key is read as depends on nothing but its bytes and the
    /// algorithm, so remembering changes no answer.
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

/// Whatever `verify` makes of the key; nothing if it is none that the algorithm can be used with.
pub(super) fn with<T>(
    algorithm: &'static dyn VerificationAlgorithm,
    encoded: &[u8],
    verify: impl FnOnce(&ParsedPublicKey) -> T,
) -> Option<T> {
    KNOWN.with_borrow_mut(|known| {
        let same = |one: &Known| ptr::addr_eq(one.algorithm, algorithm) && *one.encoded == *encoded;
        if let Some(place) = known.iter().position(same) {
            known.get_mut(..=place).unwrap_or_default().rotate_right(1);
        } else {
            let key = ParsedPublicKey::new(algorithm, encoded).ok()?;
            known.truncate(MAX_KEYS.saturating_sub(1));
            known.insert(0, Known { algorithm, encoded: Bytes::copy_from_slice(encoded), key });
        }
        known.first().map(|one| verify(&one.key))
    })
}
