//! What must be caught, and what must not: without these, silence would show nothing.

use crate::{Outcome, valgrind};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use std::hint::black_box;

const SECRET: [u8; 32] = *b"the secret of the control cases.";
const GUESS: [u8; 32] = *b"the secret or another of 32 bits";

/// Compares octet by octet and stops at the first that differs.
pub(super) fn early_exit() -> Outcome {
    let secret = marked();
    let mut same = 0;
    for (ours, theirs) in secret.iter().zip(black_box(GUESS)) {
        if *ours != theirs {
            break;
        }
        same = black_box(same + 1);
    }
    Ok(())
}

/// Looks up a table by a secret.
pub(super) fn table_lookup() -> Outcome {
    let secret = marked();
    let table: Vec<u8> = (0..=u8::MAX).rev().collect();
    let [first, ..] = &*secret;
    let found = table.get(usize::from(*first)).copied().unwrap_or_default();
    black_box(found);
    Ok(())
}

/// Compares as inkan does, and publishes the outcome only.
pub(super) fn clean() -> Outcome {
    let secret = marked();
    for guess in [SECRET, GUESS] {
        let same = verify_slices_are_equal(&*secret, black_box(&guess)).is_ok();
        black_box(same);
    }
    Ok(())
}

fn marked() -> Box<[u8; 32]> {
    let secret = Box::new(black_box(SECRET));
    valgrind::secret(&*secret);
    secret
}
