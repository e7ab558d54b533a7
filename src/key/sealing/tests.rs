//! Key files against OpenSSL and against bounds.

use super::derivation::*;
use super::*;

fn protection(derivation: &AlgorithmIdentifier) -> Protection {
    let iv = write::octet_string(&[7; 16]);
    let cipher = AlgorithmIdentifier { oid: AES_256_CBC, parameters: Some(iv.into()) };
    let parameters = write::sequence([derivation.to_der(), cipher.to_der()]);
    let scheme = AlgorithmIdentifier { oid: PBES2, parameters: Some(parameters.into()) };
    Protection::parse(&scheme).unwrap()
}

fn pbkdf2(iterations: u64) -> AlgorithmIdentifier {
    let salt = write::octet_string(&[1; 16]);
    let prf = AlgorithmIdentifier::with_null(HMAC_SHA256).to_der();
    let parameters = write::sequence([salt, write::integer(iterations), prf]);
    AlgorithmIdentifier { oid: PBKDF2, parameters: Some(parameters.into()) }
}

fn scrypt(n: u64, r: u64, p: u64) -> AlgorithmIdentifier {
    let numbers = [n, r, p].map(write::integer).concat();
    let parameters = write::sequence([write::octet_string(&[1; 16]), numbers]);
    AlgorithmIdentifier { oid: SCRYPT, parameters: Some(parameters.into()) }
}

#[test]
fn a_file_that_asks_for_absurd_work_is_refused_before_any_is_done() {
    let password = Password::from("x".to_owned());
    let hostile = [
        pbkdf2(0),
        pbkdf2(10_000_001),
        pbkdf2(u64::MAX >> 1),
        scrypt(0, 8, 1),
        scrypt(1, 8, 1),
        scrypt(3, 8, 1),
        scrypt(1 << 14, 0, 1),
        scrypt(1 << 14, 8, 0),
        scrypt(1 << 20, 8, 1),
        scrypt(1 << 62, 8, 1),
        scrypt(1 << 14, 8, 1 << 20),
        scrypt(2, 1, 1 << 32),
        scrypt(1 << 20, 1 << 60, 1 << 60),
    ];
    for derivation in hostile {
        let protection = protection(&derivation);
        let error = protection.open(&password, &[0; 32]).unwrap_err();
        assert!(matches!(error, KeyError::Unsupported(_)), "{} {error}", protection.kdf());
    }
}

#[test]
fn what_is_written_is_within_the_bounds_that_reading_sets() {
    assert!(bounded_iterations(u64::from(ITERATIONS)).is_ok());
    let (n, r, p) = SCRYPT_COST;
    assert!(bounded_scrypt(n, r, p).is_ok());
    assert!(128 * n * r < 32 << 20, "more than OpenSSL 3 opens");
}

#[test]
fn two_sealings_of_one_key_share_nothing() {
    let password = Password::from("x".to_owned());
    let [one, other] = [0, 1].map(|_| seal(b"key", &password, Kdf::Scrypt).unwrap());
    assert_ne!(one, other);
    assert_ne!(one[one.len() - 16..], other[other.len() - 16..]);
}
