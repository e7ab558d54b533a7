//! No copy of a key or password stays in memory once it was dropped, in blocks that C freed neither.
//!
//! The stack is not searched: nothing wipes that on return, and it is soon written over.
#![cfg(target_os = "linux")]

#[path = "wiped/memory.rs"]
mod memory;
#[path = "wiped/secret.rs"]
mod secret;

use inkan::key::software::SoftwareKey;
use inkan::key::{Kdf, Password, SigningKey as _};
use secret::{ED25519, ML_DSA_65, ML_DSA_SEED, P256, PIN, PRIME, RSA_2048, SCALAR, SEED};
use std::hint::black_box;
use zeroize::{Zeroize as _, Zeroizing};

/// One test: the threads of others would leave their stacks behind.
#[test]
fn no_copy_of_a_key_or_password_is_left_in_memory() {
    let mut kept = Box::new(black_box(SEED.octets));
    assert!(!memory::places_of(&SEED.octets).is_empty(), "the search finds what is there");
    kept.zeroize();
    assert_eq!(memory::places_of(&SEED.octets), [""; 0], "and nothing else");
    for (der, secret, name) in [
        (P256, SCALAR, "P-256"),
        (ED25519, SEED, "Ed25519"),
        (RSA_2048, PRIME, "RSA"),
        (ML_DSA_65, ML_DSA_SEED, "ML-DSA"),
    ] {
        let key = SoftwareKey::open(der, None).unwrap();
        key.sign(b"message").unwrap();
        let sealed = key.seal(&password(), Kdf::PublicPassword).unwrap();
        drop(key);
        drop(SoftwareKey::open(sealed.as_bytes(), Some(&password())).unwrap());
        for octets in [secret.octets, secret.backwards, PIN.octets] {
            assert_eq!(memory::places_of(&octets), [""; 0], "{name}");
        }
    }
}

fn password() -> Password {
    Password::new(Zeroizing::new(black_box(&PIN.octets).to_vec()))
}
