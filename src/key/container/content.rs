//! Takes a private key out of PEM and DER and tells its structure.
//!
//! Not by `der::pem`: that leaves copies of what it decodes, and these must be wiped.

use super::KeyFileKind;
use crate::der::algorithm::{AlgorithmIdentifier, KeyKind, MlDsa};
use crate::der::ber::Header;
use crate::der::{Malformed, Reader, Tag, write};
use crate::key::KeyError;
use crate::oid::{self, Oid};
use pkcs8::der::pem;
use zeroize::Zeroizing;

/// The first private key in a PEM or DER file.
pub(in crate::key) fn find(bytes: &[u8]) -> Result<Found, KeyError> {
    match Shape::of(bytes) {
        Shape::Key(kind) => return Ok(Found { kind, content: Zeroizing::new(bytes.to_vec()) }),
        Shape::Other(what) => return Err(KeyError::NotAKey(what.to_owned())),
        Shape::Unknown => {}
    }
    let sections = pem_sections(bytes);
    let Some(section) = sections.iter().find(|section| section.label.ends_with("PRIVATE KEY"))
    else {
        return Err(KeyError::NotAKey(match sections.first().map(|section| section.label) {
            Some(label) if label.ends_with("CERTIFICATE") => "it is a certificate".to_owned(),
            Some(label) => format!("it is a PEM file with a {label}"),
            None => "it is neither PEM nor DER".to_owned(),
        }));
    };
    if position(section.text, b"Proc-Type: 4,ENCRYPTED").is_some() {
        let content = Zeroizing::new(section.text.to_vec());
        return Ok(Found { kind: KeyFileKind::OldPem, content });
    }
    let (_, content) =
        pem::decode_vec(section.text).map_err(|error| KeyError::NotAKey(error.to_string()))?;
    let content = Zeroizing::new(content);
    let kind = match (section.label, Shape::of(&content)) {
        ("OPENSSH PRIVATE KEY", _) => KeyFileKind::OpenSsh,
        (_, Shape::Key(kind)) => kind,
        (_, Shape::Other(_) | Shape::Unknown) => {
            return Err(KeyError::NotAKey(format!(
                "what PEM calls {} is something else",
                section.label
            )));
        }
    };
    Ok(Found { kind, content })
}

/// A private key as it stands in a file, taken out of PEM.
pub(in crate::key) struct Found {
    pub(in crate::key) kind: KeyFileKind,
    content: Zeroizing<Vec<u8>>,
}

/// A private key in the clear: its algorithm, and what is under PKCS #8.
pub(in crate::key) struct PrivateKey<'a> {
    pub(in crate::key) algorithm: AlgorithmIdentifier,
    pub(in crate::key) octets: &'a [u8],
}

impl Found {
    /// What the file holds: DER, or the text of an old PEM section.
    pub(in crate::key) fn octets(&self) -> &[u8] {
        &self.content
    }

    /// The key of a file that is not encrypted.
    pub(in crate::key) fn private_key(&self) -> Result<PrivateKey<'_>, Malformed> {
        match self.kind {
            KeyFileKind::Sec1 => {
                let curve = EcPrivateKey::parse(&self.content)?.curve;
                let parameters = curve.map(|curve| write::oid(curve).into());
                let algorithm = AlgorithmIdentifier { oid: oid::EC_PUBLIC_KEY, parameters };
                Ok(PrivateKey { algorithm, octets: &self.content })
            }
            KeyFileKind::Pkcs1 => Ok(PrivateKey {
                algorithm: AlgorithmIdentifier::with_null(oid::RSA),
                octets: &self.content,
            }),
            KeyFileKind::Pkcs8
            | KeyFileKind::Pkcs8Encrypted
            | KeyFileKind::OldPem
            | KeyFileKind::OpenSsh => PrivateKey::parse(&self.content),
        }
    }

    /// ```asn1
    /// EncryptedPrivateKeyInfo ::= SEQUENCE {
    ///     encryptionAlgorithm AlgorithmIdentifier, encryptedData OCTET STRING }
    /// ```
    /// RFC 5958 §3.
    pub(in crate::key) fn encrypted(&self) -> Result<(AlgorithmIdentifier, &[u8]), Malformed> {
        let structure = "EncryptedPrivateKeyInfo";
        let mut reader = Reader::only(&self.content, Tag::SEQUENCE, structure)?.reader();
        let identifier = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let data = reader.expect(Tag::OCTET_STRING)?.content;
        reader.finish()?;
        Ok((identifier, data))
    }
}

impl<'a> PrivateKey<'a> {
    /// ```asn1
    /// OneAsymmetricKey ::= SEQUENCE {
    ///     version INTEGER, privateKeyAlgorithm AlgorithmIdentifier, privateKey OCTET STRING,
    ///     attributes [0] Attributes OPTIONAL, publicKey [1] BIT STRING OPTIONAL }
    /// ```
    /// RFC 5958 §2. The public key is computed, so the copy in the file is not read.
    pub(in crate::key) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(bytes, Tag::SEQUENCE, "PrivateKeyInfo")?.reader();
        reader.expect(Tag::INTEGER)?.u64()?;
        let algorithm = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let octets = reader.expect(Tag::OCTET_STRING)?.content;
        Ok(Self { algorithm, octets })
    }

    /// What kind of key it is.
    pub(in crate::key) fn kind(&self) -> Option<KeyKind> {
        match self.algorithm.oid {
            oid::RSA | oid::RSA_PSS => Some(KeyKind::Rsa {
                bits: self.rsa_bits().ok()?,
                pss_only: self.algorithm.oid == oid::RSA_PSS,
            }),
            oid::EC_PUBLIC_KEY => self.curve().map(KeyKind::Ec),
            oid::ED25519 => Some(KeyKind::Ed25519),
            other => Some(MlDsa::from_oid(other).map_or(KeyKind::Other(other), KeyKind::MlDsa)),
        }
    }

    /// The curve of an EC key; PKCS #8 has it outside, SEC 1 inside.
    pub(in crate::key) fn curve(&self) -> Option<Oid> {
        let parameters = self.algorithm.parameters.as_deref().unwrap_or_default();
        let outside = Reader::only(parameters, Tag::OID, "ECParameters").ok();
        outside.and_then(|tlv| tlv.oid().ok())
    }

    /// The length of an RSA modulus.
    pub(in crate::key) fn rsa_bits(&self) -> Result<usize, Malformed> {
        let mut reader = Reader::only(self.octets, Tag::SEQUENCE, "RSAPrivateKey")?.reader();
        reader.expect(Tag::INTEGER)?;
        let modulus = reader.expect(Tag::INTEGER)?.integer()?;
        let mut significant = modulus.iter().skip_while(|octet| **octet == 0);
        let first = significant.next().map_or(0, |first| 8 - first.leading_zeros());
        Ok(usize::try_from(first).unwrap_or(0) + 8 * significant.count())
    }
}

/// ```asn1
/// ECPrivateKey ::= SEQUENCE {
///     version INTEGER { ecPrivkeyVer1(1) }, privateKey OCTET STRING,
///     parameters [0] ECParameters OPTIONAL, publicKey [1] BIT STRING OPTIONAL }
/// ```
/// RFC 5915 §3.
pub(in crate::key) struct EcPrivateKey<'a> {
    pub(in crate::key) scalar: &'a [u8],
    pub(in crate::key) curve: Option<Oid>,
    pub(in crate::key) point: Option<&'a [u8]>,
}

impl<'a> EcPrivateKey<'a> {
    pub(in crate::key) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(bytes, Tag::SEQUENCE, "ECPrivateKey")?.reader();
        reader.expect(Tag::INTEGER)?;
        let scalar = reader.expect(Tag::OCTET_STRING)?.content;
        let curve = match reader.optional(Tag::context(0))? {
            Some(tlv) => Some(tlv.explicit(Tag::OID)?.oid()?),
            None => None,
        };
        let point = match reader.optional(Tag::context(1))? {
            Some(tlv) => Some(tlv.explicit(Tag::BIT_STRING)?.bit_octets()?),
            None => None,
        };
        reader.finish()?;
        Ok(Self { scalar, curve, point })
    }
}

/// What the outermost elements of DER look like.
enum Shape {
    Key(KeyFileKind),
    Other(&'static str),
    Unknown,
}

impl Shape {
    fn of(bytes: &[u8]) -> Self {
        if is_pfx(bytes) {
            return Self::Other("it is a PKCS #12 file: take the key out with `openssl pkcs12`");
        }
        let Ok(outer) = Reader::only(bytes, Tag::SEQUENCE, "private key") else {
            return Self::Unknown;
        };
        let mut inner = outer.reader();
        let mut next = || inner.take().ok().map(|tlv| (tlv.tag, tlv.content));
        match (next(), next().map(|(tag, _)| tag), next().map(|(tag, _)| tag)) {
            (Some((Tag::INTEGER, _)), Some(Tag::SEQUENCE), Some(Tag::OCTET_STRING)) => {
                Self::Key(KeyFileKind::Pkcs8)
            }
            (Some((Tag::INTEGER, [1])), Some(Tag::OCTET_STRING), _) => Self::Key(KeyFileKind::Sec1),
            (Some((Tag::INTEGER, [0])), Some(Tag::INTEGER), Some(Tag::INTEGER)) => {
                Self::Key(KeyFileKind::Pkcs1)
            }
            (Some((Tag::SEQUENCE, _)), Some(Tag::OCTET_STRING), None) => {
                Self::Key(KeyFileKind::Pkcs8Encrypted)
            }
            // A tbsCertificate of version 3 begins with [0]; requests and CRLs do not.
            (Some((Tag::SEQUENCE, [0xa0, ..])), Some(Tag::SEQUENCE), Some(Tag::BIT_STRING)) => {
                Self::Other("it is a certificate")
            }
            (Some((Tag::SEQUENCE, _)), Some(Tag::BIT_STRING), None) => {
                Self::Other("it is a public key")
            }
            _ => Self::Unknown,
        }
    }
}

/// PFX ::= SEQUENCE { version INTEGER {v3(3)}, … } (RFC 7292 §4), also in BER.
fn is_pfx(bytes: &[u8]) -> bool {
    Header::read(bytes, "PFX").is_ok_and(|header| {
        header.tag == Tag::SEQUENCE
            && bytes.get(header.octets..).is_some_and(|rest| rest.starts_with(&[0x02, 0x01, 0x03]))
    })
}

/// One PEM section, from BEGIN to END. What stands around it may be in any character set.
struct Section<'a> {
    label: &'a str,
    text: &'a [u8],
}

fn pem_sections(bytes: &[u8]) -> Vec<Section<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(|| take_section(&mut rest)).collect()
}

fn take_section<'a>(rest: &mut &'a [u8]) -> Option<Section<'a>> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let (_, from_begin) = rest.split_at_checked(position(rest, BEGIN)?)?;
    let label = from_begin.get(BEGIN.len()..)?;
    let label = std::str::from_utf8(label.get(..position(label, b"-----")?)?).ok()?;
    let end = format!("-----END {label}-----");
    let length = position(from_begin, end.as_bytes())? + end.len();
    let (text, after) = from_begin.split_at_checked(length)?;
    *rest = after;
    Some(Section { label, text })
}

fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
