//! The key derivation of PKCS #12 itself (RFC 7292 appendix B), which nothing new should use.

use crate::digest::DigestAlgorithm;
use crate::key::Password;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::{Zeroize as _, Zeroizing};

/// What the derived octets are for: the ID of appendix B.3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Key,
    Iv,
    Mac,
}

/// Derives so many octets (appendix B.2). The salt and the password may be empty.
pub(super) fn derive(
    hash: DigestAlgorithm,
    purpose: Purpose,
    (password, salt): (&[u8], &[u8]),
    iterations: u64,
    octets: usize,
) -> Zeroizing<Vec<u8>> {
    let run = match hash {
        DigestAlgorithm::Sha1 => derive_with::<Sha1>,
        DigestAlgorithm::Sha224 => derive_with::<Sha224>,
        DigestAlgorithm::Sha256 => derive_with::<Sha256>,
        DigestAlgorithm::Sha384 => derive_with::<Sha384>,
        DigestAlgorithm::Sha512 => derive_with::<Sha512>,
    };
    let block = block_octets(hash);
    let diversifier = vec![purpose.id(); block];
    let mut input = filled(salt, block);
    input.extend_from_slice(&filled(password, block));
    run(&diversifier, input, iterations, octets)
}

/// What deriving so many octets costs.
pub(super) fn work(hash: DigestAlgorithm, iterations: u64, octets: usize) -> u64 {
    let rounds = u64::try_from(octets.div_ceil(hash.octets())).unwrap_or(u64::MAX);
    iterations.saturating_mul(rounds)
}

/// The password as a BMPString with its end mark (appendix B.1). What lies outside the first plane is
/// written as two units, as OpenSSL does; what is no UTF-8 is taken for Latin-1, as OpenSSL does too.
pub(super) fn bmp_string(password: &Password) -> Zeroizing<Vec<u8>> {
    let octets = password.expose();
    // Never more units than octets, so the buffer does not move and leave a copy behind.
    let mut wide = Zeroizing::new(Vec::with_capacity(2 * octets.len() + 2));
    match std::str::from_utf8(octets) {
        Ok(text) => text.encode_utf16().for_each(|unit| wide.extend(unit.to_be_bytes())),
        Err(_) => octets.iter().for_each(|octet| wide.extend([0, *octet])),
    }
    wide.extend([0, 0]);
    wide
}

impl Purpose {
    const fn id(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Iv => 2,
            Self::Mac => 3,
        }
    }
}

/// The block that the hash function works on: `v` of appendix B.2, in octets.
const fn block_octets(hash: DigestAlgorithm) -> usize {
    match hash {
        DigestAlgorithm::Sha1 | DigestAlgorithm::Sha224 | DigestAlgorithm::Sha256 => 64,
        DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512 => 128,
    }
}

/// The octets over and over until whole blocks are full.
fn filled(octets: &[u8], block: usize) -> Zeroizing<Vec<u8>> {
    let length = octets.len().div_ceil(block) * block;
    Zeroizing::new(octets.iter().copied().cycle().take(length).collect())
}

fn derive_with<D: Digest>(
    diversifier: &[u8],
    mut input: Zeroizing<Vec<u8>>,
    iterations: u64,
    octets: usize,
) -> Zeroizing<Vec<u8>> {
    let mut derived = Zeroizing::new(Vec::with_capacity(octets + <D as Digest>::output_size()));
    let mut round = Zeroizing::new(vec![0; <D as Digest>::output_size()]);
    while derived.len() < octets {
        hash_into(D::new_with_prefix(diversifier).chain_update(&input), &mut round);
        for _ in 1..iterations {
            hash_into(D::new_with_prefix(&round), &mut round);
        }
        derived.extend_from_slice(&round);
        let addend = filled(&round, diversifier.len());
        for block in input.chunks_exact_mut(diversifier.len()) {
            add_and_one(block, addend.get(..block.len()).unwrap_or_default());
        }
    }
    derived.truncate(octets);
    derived
}

fn hash_into<D: Digest>(hasher: D, out: &mut [u8]) {
    let mut value = hasher.finalize();
    out.copy_from_slice(&value);
    value.as_mut_slice().zeroize();
}

/// `block = block + addend + 1` as numbers with the highest octet first, without what runs over.
fn add_and_one(block: &mut [u8], addend: &[u8]) {
    let mut carry = true;
    for (octet, more) in block.iter_mut().zip(addend).rev() {
        let (sum, over) = octet.overflowing_add(*more);
        let (sum, over_again) = sum.overflowing_add(u8::from(carry));
        (*octet, carry) = (sum, over || over_again);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hex;
    use crate::key::openssl::run;

    fn bmp(text: &[u8]) -> Vec<u8> {
        bmp_string(&Password::new(Zeroizing::new(text.to_vec()))).to_vec()
    }

    /// `openssl kdf` has the derivation since 3.0, in its own spelling of the numbers.
    fn oracle(hash: DigestAlgorithm, id: u8, pass: &[u8], salt: &[u8], octets: usize) -> String {
        let options = [
            format!("digest:{}", hash.name().replace('-', "")),
            format!("hexpass:{}", hex(pass)),
            format!("hexsalt:{}", hex(salt)),
            "iter:3".to_owned(),
            format!("id:{id}"),
        ];
        let length = octets.to_string();
        let mut arguments = vec!["kdf", "-keylen", &length];
        arguments.extend(options.iter().flat_map(|option| ["-kdfopt", option]));
        arguments.push("PKCS12KDF");
        let output = run(&arguments, b"").expect("openssl derives");
        String::from_utf8_lossy(&output).trim().replace(':', "").to_lowercase()
    }

    #[test]
    fn every_hash_and_purpose_derives_what_openssl_derives() {
        let password = bmp("パスワード".as_bytes());
        for hash in DigestAlgorithm::ALL {
            for (purpose, id) in [(Purpose::Key, 1), (Purpose::Iv, 2), (Purpose::Mac, 3)] {
                for (salt, octets) in [(&[9; 8][..], 24), (&[7; 200], 8), (&[0xff; 64], 200)] {
                    let ours = derive(hash, purpose, (&password, salt), 3, octets);
                    assert_eq!(hex(&ours), oracle(hash, id, &password, salt, octets), "{hash}");
                }
            }
        }
    }

    #[test]
    fn a_password_becomes_wide_with_an_end_mark() {
        assert_eq!(bmp(b""), [0, 0]);
        assert_eq!(bmp(b"ab"), [0, b'a', 0, b'b', 0, 0]);
        assert_eq!(bmp("𠮷".as_bytes()), [0xd8, 0x42, 0xdf, 0xb7, 0, 0]);
        assert_eq!(bmp(&[b'a', 0xe9]), [0, b'a', 0, 0xe9, 0, 0]);
    }

    #[test]
    fn the_work_counts_every_round() {
        assert_eq!(work(DigestAlgorithm::Sha1, 10, 20), 10);
        assert_eq!(work(DigestAlgorithm::Sha1, 10, 24), 20);
        assert_eq!(work(DigestAlgorithm::Sha256, u64::MAX, 64), u64::MAX);
    }
}
