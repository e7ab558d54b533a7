//! Keys with secrets that can be recognised, and where these stand.
#![expect(dead_code, reason = "each of two tests uses its part")]

pub(crate) const P256: &[u8] = include_bytes!("../../keys/p256.der");
pub(crate) const ED25519: &[u8] = include_bytes!("../../keys/ed25519.der");
pub(crate) const RSA_2048: &[u8] = include_bytes!("../../keys/rsa2048.der");
pub(crate) const ML_DSA_65: &[u8] = include_bytes!("../../keys/ml-dsa-65.der");

pub(crate) const SCALAR: Secret = Secret::of(P256, 36);
pub(crate) const SEED: Secret = Secret::of(ED25519, 16);
/// A part of the first prime.
pub(crate) const PRIME: Secret = Secret::of(RSA_2048, 600);
pub(crate) const ML_DSA_SEED: Secret = Secret::of(ML_DSA_65, 22);
pub(crate) const PIN: Secret = Secret::of(b"a PIN to be found if it is left!", 0);
pub(crate) const ALL: [Secret; 5] = [SCALAR, SEED, PRIME, ML_DSA_SEED, PIN];

/// Thirty-two octets, and the same backwards, as the words of a number are on most machines.
#[derive(Clone, Copy)]
pub(crate) struct Secret {
    pub(crate) octets: [u8; 32],
    pub(crate) backwards: [u8; 32],
}

impl Secret {
    const fn of(file: &[u8], at: usize) -> Self {
        let (mut octets, mut backwards) = ([0; 32], [0; 32]);
        let mut index = 0;
        while index < 32 {
            octets[index] = file[at + index];
            backwards[31 - index] = file[at + index];
            index += 1;
        }
        Self { octets, backwards }
    }
}
