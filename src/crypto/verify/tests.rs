//! What OpenSSL signs is accepted, and only as it is.

use super::*;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::write;
use crate::key::openssl::Keys;
use DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
use aws_lc_rs::encoding::AsDer as _;

const MESSAGE: &[u8] = b"prescription 2026-11-20";

/// The signature passes; with any of its parts changed it does not, and nothing panics.
fn accepted_and_only_as_it_is(scheme: SignatureScheme, key: &PublicKey, signature: &[u8]) {
    assert_eq!(verify(scheme, key, MESSAGE, signature), Ok(()), "{scheme} {}", key.kind());
    assert_eq!(
        verify(scheme, key, b"another message", signature),
        Err(NotVerified::Mismatch),
        "{scheme}"
    );
    for at in [0, signature.len() / 2, signature.len() - 1] {
        let mut flipped = signature.to_vec();
        flipped[at] ^= 0x01;
        assert_eq!(
            verify(scheme, key, MESSAGE, &flipped),
            Err(NotVerified::Mismatch),
            "{scheme} {at}"
        );
    }
    for cut in [&signature[1..], &signature[..signature.len() - 1], &[]] {
        assert_eq!(verify(scheme, key, MESSAGE, cut), Err(NotVerified::Mismatch), "{scheme}");
    }
}

fn pss(digest: DigestAlgorithm, salt_length: u64) -> SignatureScheme {
    SignatureScheme::RsaPss(PssParameters { digest, mask_digest: digest, salt_length })
}

#[test]
fn what_openssl_signs_with_rsa_pkcs1_is_accepted() {
    let keys = Keys::new();
    for bits in [1024, 2048, 3072] {
        let name = keys.rsa(bits);
        for digest in [Sha1, Sha256, Sha384, Sha512] {
            let signature = keys.sign(name.as_str(), digest, &[], MESSAGE);
            let scheme = SignatureScheme::RsaPkcs1(digest);
            let key = keys.public(&name);
            if bits == 1024 && digest == Sha384 {
                let verdict = verify(scheme, &key, MESSAGE, &signature);
                assert!(matches!(verdict, Err(NotVerified::Unsupported(_))), "{verdict:?}");
            } else {
                accepted_and_only_as_it_is(scheme, &key, &signature);
            }
        }
    }
}

#[test]
fn the_salt_length_of_pss_comes_from_the_parameters() {
    let keys = Keys::new();
    let name = keys.rsa(2048);
    let key = keys.public(&name);
    for (digest, salt) in [(Sha256, 32), (Sha256, 0), (Sha256, 20), (Sha384, 48), (Sha512, 64)] {
        let option = format!("rsa_pss_saltlen:{salt}");
        let options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", &option];
        let signature = keys.sign(&name, digest, &options, MESSAGE);
        accepted_and_only_as_it_is(pss(digest, salt), &key, &signature);
        let other = verify(pss(digest, salt + 1), &key, MESSAGE, &signature);
        assert_eq!(other, Err(NotVerified::Mismatch));
    }
}

#[test]
fn pss_that_the_engine_cannot_run_is_unsupported_and_not_wrong() {
    let keys = Keys::new();
    let key = keys.public(&keys.rsa(2048));
    let mixed = PssParameters { digest: Sha256, mask_digest: Sha1, salt_length: 32 };
    for scheme in [SignatureScheme::RsaPss(mixed), pss(Sha1, 20), pss(Sha256, 1 << 20)] {
        let verdict = verify(scheme, &key, MESSAGE, &[0; 256]);
        assert!(matches!(verdict, Err(NotVerified::Unsupported(_))), "{scheme} {verdict:?}");
    }
}

#[test]
fn a_key_bound_to_pss_verifies_within_its_parameters_only() {
    let keys = Keys::new();
    let bound = ["rsa_pss_keygen_md:sha256", "rsa_pss_keygen_mgf1_md:sha256"];
    let name = keys.rsa_pss(2048, &[bound[0], bound[1], "rsa_pss_keygen_saltlen:32"]);
    let key = keys.public(&name);
    let options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
    let signature = keys.sign(&name, Sha256, &options, MESSAGE);
    accepted_and_only_as_it_is(pss(Sha256, 32), &key, &signature);
    for scheme in [pss(Sha256, 20), pss(Sha512, 64), SignatureScheme::RsaPkcs1(Sha256)] {
        assert_eq!(
            verify(scheme, &key, MESSAGE, &signature),
            Err(NotVerified::UnsuitableKey),
            "{scheme}"
        );
    }
}

#[test]
fn what_openssl_signs_with_ecdsa_is_accepted_on_each_curve_with_each_hash() {
    let keys = Keys::new();
    for curve in ["P-256", "P-384", "P-521"] {
        let name = keys.ec(curve);
        let key = keys.public(&name);
        for digest in [Sha1, Sha224, Sha256, Sha384, Sha512] {
            let signature = keys.sign(&name, digest, &[], MESSAGE);
            accepted_and_only_as_it_is(SignatureScheme::Ecdsa(digest), &key, &signature);
        }
    }
}

#[test]
fn a_curve_that_inkan_does_not_compute_is_unsupported() {
    let keys = Keys::new();
    let name = keys.ec("brainpoolP256r1");
    let signature = keys.sign(&name, Sha256, &[], MESSAGE);
    let verdict = verify(SignatureScheme::Ecdsa(Sha256), &keys.public(&name), MESSAGE, &signature);
    assert!(matches!(verdict, Err(NotVerified::Unsupported(_))), "{verdict:?}");
}

#[test]
fn what_openssl_signs_with_ed25519_is_accepted() {
    let keys = Keys::new();
    let name = keys.ed25519();
    let signature = keys.sign_raw(&name, MESSAGE);
    accepted_and_only_as_it_is(SignatureScheme::Ed25519, &keys.public(&name), &signature);
}

/// A new key and its signature over MESSAGE; OpenSSL has ML-DSA from 3.5 on only.
fn ml_dsa(set: MlDsa) -> (PublicKey, Vec<u8>) {
    let algorithm = match set {
        MlDsa::MlDsa44 => &engine::ML_DSA_44_SIGNING,
        MlDsa::MlDsa65 => &engine::ML_DSA_65_SIGNING,
        MlDsa::MlDsa87 => &engine::ML_DSA_87_SIGNING,
    };
    let key = engine::PqdsaKeyPair::generate(algorithm).unwrap();
    let mut signature = vec![0; algorithm.signature_len()];
    key.sign(MESSAGE, &mut signature).unwrap();
    let public = engine::KeyPair::public_key(&key).as_der().unwrap();
    (PublicKey::from_der(public.as_ref()).unwrap(), signature)
}

fn spki(algorithm: &AlgorithmIdentifier, bits: &[u8]) -> PublicKey {
    let der = write::sequence([algorithm.to_der(), write::bit_string(bits)]);
    PublicKey::from_der(&der).unwrap()
}

#[test]
fn an_ml_dsa_signature_is_accepted_as_it_is_and_not_with_an_octet_more() {
    for set in MlDsa::ALL {
        let (key, signature) = ml_dsa(set);
        assert_eq!(spki(&AlgorithmIdentifier::bare(set.oid()), key.bits()), key, "{set}");
        let scheme = SignatureScheme::MlDsa(set);
        accepted_and_only_as_it_is(scheme, &key, &signature);
        let longer = [signature.as_slice(), &[0]].concat();
        assert_eq!(verify(scheme, &key, MESSAGE, &longer), Err(NotVerified::Mismatch));
        let digest = verify_digest(scheme, &key, &Sha512.digest(MESSAGE), &signature);
        assert!(matches!(digest, Err(NotVerified::Unsupported(_))), "{digest:?}");
    }
}

#[test]
fn an_ml_dsa_key_of_another_set_or_form_is_unsuitable() {
    for set in MlDsa::ALL {
        let (key, signature) = ml_dsa(set);
        let judge = |key: &PublicKey| verify(SignatureScheme::MlDsa(set), key, MESSAGE, &signature);
        let bare = AlgorithmIdentifier::bare(set.oid());
        let bits = key.bits();
        for (what, odd) in [
            ("an octet less", spki(&bare, &bits[1..])),
            ("an octet more", spki(&bare, &[bits, &[0][..]].concat())),
            ("nothing", spki(&bare, &[])),
            ("a structure around it", spki(&bare, key.der())),
            ("parameters", spki(&AlgorithmIdentifier::with_null(set.oid()), bits)),
            ("Ed25519", spki(&AlgorithmIdentifier::bare(oid::ED25519), bits)),
        ] {
            assert_eq!(judge(&odd), Err(NotVerified::UnsuitableKey), "{set}: {what}");
        }
        for other in MlDsa::ALL.into_iter().filter(|other| *other != set) {
            assert_eq!(judge(&ml_dsa(other).0), Err(NotVerified::UnsuitableKey), "{set} {other}");
            let disguised = spki(&AlgorithmIdentifier::bare(other.oid()), bits);
            assert_eq!(judge(&disguised), Err(NotVerified::UnsuitableKey), "{set} as {other}");
        }
        assert_eq!(judge(&ml_dsa(set).0), Err(NotVerified::Mismatch), "{set}: another's");
    }
}

#[test]
fn an_ml_dsa_identifier_with_parameters_names_no_scheme() {
    for set in MlDsa::ALL {
        let scheme = |parameters: AlgorithmIdentifier| {
            SignatureScheme::from_identifier(&parameters, Some(Sha512)).map_err(|error| error.0)
        };
        let bare = AlgorithmIdentifier::bare(set.oid());
        assert_eq!(scheme(bare.clone()), Ok(SignatureScheme::MlDsa(set)));
        assert_eq!(SignatureScheme::MlDsa(set).identifier(), bare);
        let with_null = scheme(AlgorithmIdentifier::with_null(set.oid()));
        assert_eq!(with_null, Err(format!("{set} with parameters")));
    }
}

#[test]
fn a_digest_stands_for_its_message_unless_it_is_by_another_function() {
    let keys = Keys::new();
    let name = keys.ec("P-256");
    let (key, scheme) = (keys.public(&name), SignatureScheme::Ecdsa(Sha256));
    let signature = keys.sign(&name, Sha256, &[], MESSAGE);
    assert_eq!(verify_digest(scheme, &key, &Sha256.digest(MESSAGE), &signature), Ok(()));
    for (scheme, digest) in [(scheme, Sha384), (SignatureScheme::Ed25519, Sha512)] {
        let verdict = verify_digest(scheme, &key, &digest.digest(MESSAGE), &signature);
        assert!(matches!(verdict, Err(NotVerified::Unsupported(_))), "{verdict:?}");
    }
}

#[test]
fn a_key_of_another_kind_or_a_damaged_key_is_unsuitable() {
    let keys = Keys::new();
    let names = [keys.rsa(2048), keys.ec("P-256"), keys.ed25519()];
    let schemes = [
        SignatureScheme::RsaPkcs1(Sha256),
        SignatureScheme::Ecdsa(Sha256),
        SignatureScheme::Ed25519,
    ];
    for (row, name) in names.iter().enumerate() {
        for (column, scheme) in schemes.into_iter().enumerate() {
            let expected =
                if row == column { NotVerified::Mismatch } else { NotVerified::UnsuitableKey };
            let verdict = verify(scheme, &keys.public(name), MESSAGE, &[0; 64]);
            assert_eq!(verdict, Err(expected), "{name} {scheme}");
        }
    }
    let mut off_the_curve = keys.public(&names[1]).der().to_vec();
    *off_the_curve.last_mut().unwrap() ^= 1;
    let key = PublicKey::from_der(&off_the_curve).unwrap();
    for digest in [Sha224, Sha256] {
        let verdict = verify(SignatureScheme::Ecdsa(digest), &key, MESSAGE, &[0; 64]);
        assert_eq!(verdict, Err(NotVerified::UnsuitableKey));
    }
}
