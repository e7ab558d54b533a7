//! The public half of a key on a token, put together from whatever the token tells of it.

use super::object::value;
use crate::der::algorithm::{AlgorithmIdentifier, PublicKey};
use crate::der::{Reader, Tag, write};
use crate::oid::{self, Oid};
use inkan_pkcs11::attribute::{self as a};
use inkan_pkcs11::{Error, ObjectClass, ObjectHandle, Session, Template};

/// Public-key objects of one identifier that are looked at; there should be one.
const MAX_OBJECTS: usize = 16;

/// The public half of a private key: what the private-key object itself tells comes first, then what
/// public-key objects of the same identifier tell.
pub(super) fn half_of(
    session: &Session,
    private: ObjectHandle,
    id: Option<&[u8]>,
) -> Result<Option<PublicKey>, Error> {
    let mut objects = vec![private];
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        let template =
            Template::new().with(a::CLASS, ObjectClass::PublicKey).with(a::ID, id.to_vec());
        objects.extend(session.find_objects(&template)?.into_iter().take(MAX_OBJECTS));
    }
    for object in objects {
        if let Some(key) = told_by(session, object)? {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// The public key that an object tells, if it tells all of it.
pub(super) fn told_by(session: &Session, object: ObjectHandle) -> Result<Option<PublicKey>, Error> {
    if let Some(info) = value(session, object, a::PUBLIC_KEY_INFO)?
        && let Ok(key) = PublicKey::from_der(&info)
    {
        return Ok(Some(key));
    }
    let modulus = value(session, object, a::MODULUS)?.filter(|n| !n.is_empty());
    if let Some(modulus) = modulus {
        let exponent = value(session, object, a::PUBLIC_EXPONENT)?.filter(|e| !e.is_empty());
        return Ok(exponent.and_then(|exponent| rsa(&modulus, &exponent)));
    }
    let (curve, point) =
        (value(session, object, a::EC_PARAMS)?, value(session, object, a::EC_POINT)?);
    Ok(curve.zip(point).and_then(|(curve, point)| on_curve(&curve, &point)))
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 appendix A.1.1).
fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<PublicKey> {
    let numbers = write::sequence([write::unsigned(modulus), write::unsigned(exponent)]);
    info(&AlgorithmIdentifier::with_null(oid::RSA), &numbers)
}

/// A point on a curve: the octets of a point tell its curve's size, so that the OCTET STRING which the
/// standard puts around it, and which some tokens leave away, is never taken for a part of it.
fn on_curve(parameters: &[u8], point: &[u8]) -> Option<PublicKey> {
    let curve = Reader::only(parameters, Tag::OID, "ECParameters").ok().and_then(|c| c.oid().ok());
    // PKCS#11 v3.0 §2.3.10 allows the name of the curve in its place.
    let named = parameters.get(2..) == Some(b"edwards25519");
    if named || curve == Some(oid::ED25519) {
        let octets = bare(point, 32)?;
        return info(&AlgorithmIdentifier::bare(oid::ED25519), octets);
    }
    let curve = curve?;
    let octets = bare(point, 2 * coordinate(curve)? + 1)?;
    let algorithm =
        AlgorithmIdentifier { oid: oid::EC_PUBLIC_KEY, parameters: Some(write::oid(curve).into()) };
    info(&algorithm, octets)
}

fn bare(point: &[u8], length: usize) -> Option<&[u8]> {
    if point.len() == length {
        return Some(point);
    }
    let inner = Reader::only(point, Tag::OCTET_STRING, "EC_POINT").ok()?.content;
    (inner.len() == length).then_some(inner)
}

const fn coordinate(curve: Oid) -> Option<usize> {
    match curve {
        oid::P256 => Some(32),
        oid::P384 => Some(48),
        oid::P521 => Some(66),
        _ => None,
    }
}

fn info(algorithm: &AlgorithmIdentifier, bits: &[u8]) -> Option<PublicKey> {
    PublicKey::from_der(&write::sequence([algorithm.to_der(), write::bit_string(bits)])).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::openssl::Keys;

    #[test]
    fn what_tokens_tell_in_pieces_is_the_key_that_openssl_writes() {
        let keys = Keys::new();
        let key = keys.public(&keys.rsa(2048));
        let (modulus, exponent) = key.rsa_numbers().unwrap();
        assert_eq!(rsa(modulus, exponent).as_ref(), Some(&key));
        assert_eq!(rsa(&[&[0], modulus].concat(), exponent).as_ref(), Some(&key));
        for (name, curve) in [("P-256", oid::P256), ("P-384", oid::P384)] {
            let key = keys.public(&keys.ec(name));
            let wrapped = write::octet_string(key.bits());
            for point in [key.bits(), wrapped.as_slice()] {
                assert_eq!(on_curve(&write::oid(curve), point).as_ref(), Some(&key), "{name}");
            }
        }
        let key = keys.public(&keys.ed25519());
        for parameters in [write::oid(oid::ED25519), write::printable("edwards25519")] {
            let wrapped = write::octet_string(key.bits());
            assert_eq!(on_curve(&parameters, &wrapped).as_ref(), Some(&key));
            assert_eq!(on_curve(&parameters, key.bits()).as_ref(), Some(&key));
        }
    }

    #[test]
    fn a_point_of_another_length_and_an_unknown_curve_are_no_key() {
        assert_eq!(on_curve(&write::oid(oid::P256), &[4; 64]), None);
        assert_eq!(on_curve(&write::oid(oid::RSA), &[4; 65]), None);
        assert_eq!(on_curve(b"", &[4; 65]), None);
    }
}
