//! Rows 7 and 8 of docs/threat-model.md: signature values that a lenient reader would accept, each
//! attack beside a twin that verifies.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/attack.rs"]
mod attack;

use attack::{MESSAGE, RawRsa, sum};
use inkan::crypto::SignatureScheme;
use inkan::crypto::verify::{NotVerified, verify};
use inkan::der::algorithm::{AlgorithmIdentifier, PublicKey};
use inkan::der::{Tag, write};
use inkan::digest::DigestAlgorithm;
use inkan::oid;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::pkcs8::EncodePublicKey as _;

#[test]
fn row_7_an_rsa_signature_is_compared_with_the_whole_encoded_message() {
    let hash = DigestAlgorithm::Sha256.digest(MESSAGE);
    let info = |algorithm: &[u8]| {
        write::sequence([algorithm, write::octet_string(hash.value()).as_slice()])
    };
    let bare = AlgorithmIdentifier::bare(oid::SHA256).to_der();
    let with_null = write::sequence([write::oid(oid::SHA256), write::null()]);
    let stuffed = write::sequence([write::oid(oid::SHA256), write::octet_string(&[0; 64])]);
    for exponent in [65537, 3] {
        let key = RawRsa::new(exponent);
        let right = key.padded(&info(&with_null));
        let judge = |encoded: &[u8]| {
            let scheme = SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256);
            verify(scheme, &key.public, MESSAGE, &key.apply(encoded))
        };
        assert_eq!(judge(&right), Ok(()), "e = {exponent}");
        let mut short = [&[0, 1], [0xff; 8].as_slice(), &[0], &info(&with_null)].concat();
        short.resize(right.len(), 0x5a);
        let mut other_type = right.clone();
        other_type[1] = 2;
        let mut dotted = right.clone();
        dotted[20] = 0xfe;
        for (what, forged) in [
            ("garbage behind the hash", short),
            ("no NULL", key.padded(&info(&bare))),
            ("garbage for parameters", key.padded(&info(&stuffed))),
            ("block type 2", other_type),
            ("padding that is not all ones", dotted),
        ] {
            assert_eq!(judge(&forged), Err(NotVerified::Mismatch), "{what}, e = {exponent}");
        }
    }
}

#[test]
fn row_8_an_ecdsa_value_out_of_range_or_in_another_encoding_is_refused() {
    const N: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&N[at..at + 2], 16).unwrap()).collect();
    let secret = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let spki = secret.verifying_key().to_public_key_der().unwrap().to_vec();
    let key = PublicKey::from_der(&spki).unwrap();
    // The engine computes the first; the second implementation computes the second.
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha224] {
        let hash = digest.digest(MESSAGE);
        let wide = [vec![0; 32 - hash.value().len()], hash.value().to_vec()].concat();
        let signature: p256::ecdsa::Signature = secret.sign_prehash(&wide).unwrap();
        let good = signature.to_der().as_bytes().to_vec();
        let judge = |value: &[u8]| verify(SignatureScheme::Ecdsa(digest), &key, MESSAGE, value);
        assert_eq!(judge(&good), Ok(()), "{digest}");
        let (r, s) = (signature.r().to_bytes().to_vec(), signature.s().to_bytes().to_vec());
        let pair = |r: &[u8], s: &[u8]| write::sequence([write::unsigned(r), write::unsigned(s)]);
        assert_eq!(pair(&r, &s), good);
        let padded = write::element(Tag::INTEGER, &[&[0, 0], r.as_slice()].concat());
        let negative = write::element(Tag::INTEGER, &[&[0x80], &r[1..]].concat());
        let s_der = write::unsigned(&s);
        for (what, bad) in [
            ("r = 0", pair(&[0], &s)),
            ("s = 0", pair(&r, &[0])),
            ("both 0", pair(&[0], &[0])),
            ("r = n", pair(&order, &s)),
            ("s = n", pair(&r, &order)),
            ("r + n", pair(&sum(&r, &order), &s)),
            ("s + n", pair(&r, &sum(&s, &order))),
            ("needless zeros", write::sequence([padded, s_der.clone()])),
            ("a negative r", write::sequence([negative, s_der])),
            ("a byte behind", [good.as_slice(), &[0]].concat()),
            ("a long length", [&[0x30, 0x81, good[1]], &good[2..]].concat()),
            ("no end", [&[0x30, 0x80], &good[2..], &[0, 0]].concat()),
            ("two numbers without DER", [r.as_slice(), s.as_slice()].concat()),
        ] {
            assert_eq!(judge(&bad), Err(NotVerified::Mismatch), "{what}, {digest}");
        }
    }
}
