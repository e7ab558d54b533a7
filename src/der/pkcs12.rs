//! PKCS #12 stores (RFC 7292), as far as they can be read without a password.
//!
//! A store is a list of contents, each a list of bags. A content may be encrypted and the whole list
//! is under a MAC, so reading goes in steps: [`Pfx`], then [`contents`], then [`bags`], with a
//! password needed in between. What a bag holds of a private key is left where it is.

mod keys;

pub use keys::{KeyBag, keys};

use super::algorithm::AlgorithmIdentifier;
use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use super::{Bytes, ber};
use crate::oid::{self, Oid};

const ENVELOPED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.3");
const ENCRYPTED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.6");

// RFC 7292 appendix D.
const KEY_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERT_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.3");
const CRL_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.4");
const SAFE_CONTENTS_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.6");
const X509_CERTIFICATE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.22.1");
const X509_CRL: Oid = Oid::new_unwrap("1.2.840.113549.1.9.23.1");
const FRIENDLY_NAME: Oid = Oid::new_unwrap("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: Oid = Oid::new_unwrap("1.2.840.113549.1.9.21");

/// Programs write two or three contents: one encrypted, one in the clear.
const MAX_CONTENTS: usize = 32;

/// Bags of one content. The store of all roots that an operating system trusts has some two hundred.
const MAX_BAGS: usize = 4096;

/// Lists of bags inside lists of bags; no program is known that writes one.
const MAX_NESTING: usize = 8;

/// ```asn1
/// PFX ::= SEQUENCE { version INTEGER {v3(3)}, authSafe ContentInfo, macData MacData OPTIONAL }
/// ```
/// RFC 7292 §4.
#[derive(Clone, Debug)]
pub struct Pfx {
    /// What it holds.
    pub safe: Safe,
    /// What proves that it is whole; absent where the writer left it out.
    pub mac: Option<Mac>,
}

/// The list of contents, by the way in which its integrity is protected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Safe {
    /// By a password: the octets that the MAC is over.
    Data(Bytes),
    /// By the signature of a key.
    Signed,
}

/// ```asn1
/// MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }
/// DigestInfo ::= SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mac {
    /// A hash function, or PBMAC1 with parameters that stand in for salt and iterations.
    pub algorithm: AlgorithmIdentifier,
    /// The MAC.
    pub value: Bytes,
    /// The salt.
    pub salt: Bytes,
    /// How often the derivation is iterated.
    pub iterations: u64,
}

impl Pfx {
    /// Whether these bytes begin as a store does, in BER or DER.
    pub fn is_one(bytes: &[u8]) -> bool {
        let beginning = || {
            let definite = ber::normalise(bytes, "PFX")?;
            let mut pfx = Reader::only(&definite, Tag::SEQUENCE, "PFX")?.reader();
            let version = pfx.expect(Tag::INTEGER)?.u64()?;
            let kind = pfx.expect(Tag::SEQUENCE)?.reader().expect(Tag::OID)?.oid()?;
            Ok::<_, Malformed>((version, kind))
        };
        beginning().is_ok_and(|(version, kind)| {
            version == 3 && [oid::DATA, oid::SIGNED_DATA].contains(&kind)
        })
    }

    /// Reads a store in BER or DER.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let definite = ber::normalise(bytes, "PFX")?;
        let mut reader = Reader::only(&definite, Tag::SEQUENCE, "PFX")?.reader();
        if reader.expect(Tag::INTEGER)?.u64()? != 3 {
            return Err(reader.error(Problem::Unknown));
        }
        let mut info = reader.expect(Tag::SEQUENCE)?.named("authSafe");
        let safe = match info.expect(Tag::OID)?.oid()? {
            oid::DATA => Safe::Data(octets(&mut info)?),
            oid::SIGNED_DATA => Safe::Signed,
            _ => return Err(info.error(Problem::Unknown)),
        };
        let mac = reader.optional(Tag::SEQUENCE)?.map(|tlv| Mac::parse(&tlv)).transpose()?;
        reader.finish()?;
        Ok(Self { safe, mac })
    }
}

impl Mac {
    fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut reader = tlv.named("MacData");
        let mut info = reader.expect(Tag::SEQUENCE)?.reader();
        let algorithm = AlgorithmIdentifier::parse(&info.expect(Tag::SEQUENCE)?)?;
        let value = Bytes::copy_from_slice(info.expect(Tag::OCTET_STRING)?.content);
        info.finish()?;
        let salt = Bytes::copy_from_slice(reader.expect(Tag::OCTET_STRING)?.content);
        let iterations = match reader.optional(Tag::INTEGER)? {
            Some(tlv) => tlv.u64()?,
            None => 1,
        };
        reader.finish()?;
        Ok(Self { algorithm, value, salt, iterations })
    }
}

/// One of the contents of a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Bags in the clear.
    Clear(Bytes),
    /// Bags encrypted under a password.
    Encrypted {
        /// How.
        algorithm: AlgorithmIdentifier,
        /// The encrypted bags.
        data: Bytes,
    },
    /// Bags encrypted to somebody's public key.
    Enveloped,
}

/// ```asn1
/// AuthenticatedSafe ::= SEQUENCE OF ContentInfo  -- data, encryptedData or envelopedData
/// ```
/// RFC 7292 §4.1.
pub fn contents(safe: &[u8]) -> Result<Vec<Content>, Malformed> {
    let definite = ber::normalise(safe, "AuthenticatedSafe")?;
    let mut reader = Reader::only(&definite, Tag::SEQUENCE, "AuthenticatedSafe")?.reader();
    let mut found = Vec::new();
    while !reader.is_empty() {
        if found.len() == MAX_CONTENTS {
            return Err(reader.error(Problem::TooLarge));
        }
        let mut info = reader.expect(Tag::SEQUENCE)?.reader();
        found.push(match info.expect(Tag::OID)?.oid()? {
            oid::DATA => Content::Clear(octets(&mut info)?),
            ENCRYPTED_DATA => encrypted(&info.expect(Tag::context(0))?.explicit(Tag::SEQUENCE)?)?,
            ENVELOPED_DATA => Content::Enveloped,
            _ => return Err(info.error(Problem::Unknown)),
        });
    }
    Ok(found)
}

/// ```asn1
/// EncryptedData ::= SEQUENCE { version INTEGER, encryptedContentInfo SEQUENCE {
///     contentType OBJECT IDENTIFIER, contentEncryptionAlgorithm AlgorithmIdentifier,
///     encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }, … }
/// ```
/// RFC 5652 §8.
fn encrypted(tlv: &Tlv<'_>) -> Result<Content, Malformed> {
    let mut reader = tlv.named("EncryptedData");
    reader.expect(Tag::INTEGER)?;
    let mut info = reader.expect(Tag::SEQUENCE)?.reader();
    if info.expect(Tag::OID)?.oid()? != oid::DATA {
        return Err(info.error(Problem::Unknown));
    }
    let algorithm = AlgorithmIdentifier::parse(&info.expect(Tag::SEQUENCE)?)?;
    let data = match info.peek() {
        // The pieces of a string under a tag of its own are not joined by the step to DER.
        Some(tag) if tag == Tag::context(0) => joined(&info.take()?)?,
        _ => Bytes::copy_from_slice(info.expect(Tag::context_primitive(0))?.content),
    };
    info.finish()?;
    Ok(Content::Encrypted { algorithm, data })
}

fn joined(pieces: &Tlv<'_>) -> Result<Bytes, Malformed> {
    let mut reader = pieces.reader();
    let mut all = Vec::with_capacity(pieces.content.len());
    while !reader.is_empty() {
        all.extend_from_slice(reader.expect(Tag::OCTET_STRING)?.content);
    }
    Ok(all.into())
}

/// `[0] EXPLICIT OCTET STRING`, the last of its SEQUENCE.
fn octets(reader: &mut Reader<'_>) -> Result<Bytes, Malformed> {
    let content = reader.expect(Tag::context(0))?.explicit(Tag::OCTET_STRING)?.content;
    reader.finish()?;
    Ok(Bytes::copy_from_slice(content))
}

/// One thing that is kept in a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bag {
    /// What it is.
    pub kept: Kept,
    /// What people call it, if that can be read.
    pub friendly_name: Option<String>,
    /// By which a key and its certificate are known to belong together.
    pub local_key_id: Option<Bytes>,
}

/// What a bag holds. Of a private key nothing is taken out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// A private key, not encrypted by itself.
    Key,
    /// A private key, encrypted in this way.
    ShroudedKey(AlgorithmIdentifier),
    /// A certificate, as it stands.
    Certificate(Bytes),
    /// A revocation list, as it stands.
    Crl(Bytes),
    /// Something that inkan does not read, by its type.
    Other(Oid),
}

/// ```asn1
/// SafeContents ::= SEQUENCE OF SafeBag
/// SafeBag ::= SEQUENCE { bagId OBJECT IDENTIFIER, bagValue [0] EXPLICIT ANY DEFINED BY bagId,
///     bagAttributes SET OF PKCS12Attribute OPTIONAL }
/// ```
/// RFC 7292 §4.2. Bags inside bags come out in one list. The bytes are in definite form.
pub fn bags(safe_contents: &[u8]) -> Result<Vec<Bag>, Malformed> {
    let whole = Reader::only(safe_contents, Tag::SEQUENCE, "SafeContents")?;
    let mut open = vec![whole.reader()];
    let mut found = Vec::new();
    let mut seen = 0;
    while let Some(reader) = open.last_mut() {
        if reader.is_empty() {
            open.pop();
            continue;
        }
        seen += 1;
        if seen > MAX_BAGS {
            return Err(reader.error(Problem::TooLarge));
        }
        let mut bag = reader.expect(Tag::SEQUENCE)?.named("SafeBag");
        let kind = bag.expect(Tag::OID)?.oid()?;
        let value = bag.expect(Tag::context(0))?;
        let attributes = bag.optional(Tag::SET)?;
        bag.finish()?;
        if kind == SAFE_CONTENTS_BAG {
            if open.len() == MAX_NESTING {
                return Err(value.error(Problem::TooDeep));
            }
            open.push(value.explicit(Tag::SEQUENCE)?.reader());
            continue;
        }
        let named = |kind| attributes.and_then(|all| attribute(&all, kind));
        found.push(Bag {
            kept: kept(kind, &value)?,
            friendly_name: named(FRIENDLY_NAME).and_then(|tlv| tlv.text().ok()),
            local_key_id: named(LOCAL_KEY_ID)
                .filter(|tlv| tlv.tag == Tag::OCTET_STRING)
                .map(|tlv| Bytes::copy_from_slice(tlv.content)),
        });
    }
    Ok(found)
}

fn kept(kind: Oid, value: &Tlv<'_>) -> Result<Kept, Malformed> {
    Ok(match kind {
        KEY_BAG => Kept::Key,
        SHROUDED_KEY_BAG => {
            let mut key = value.explicit(Tag::SEQUENCE)?.reader();
            Kept::ShroudedKey(AlgorithmIdentifier::parse(&key.expect(Tag::SEQUENCE)?)?)
        }
        // CertBag and CRLBag ::= SEQUENCE { id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }.
        CERT_BAG | CRL_BAG => {
            let mut inner = value.explicit(Tag::SEQUENCE)?.reader();
            match inner.expect(Tag::OID)?.oid()? {
                X509_CERTIFICATE => Kept::Certificate(octets(&mut inner)?),
                X509_CRL => Kept::Crl(octets(&mut inner)?),
                other => Kept::Other(other),
            }
        }
        other => Kept::Other(other),
    })
}

/// The first value of an attribute. Attributes are names for people: one that cannot be read is none.
fn attribute<'a>(attributes: &Tlv<'a>, wanted: Oid) -> Option<Tlv<'a>> {
    let mut reader = attributes.reader();
    while !reader.is_empty() {
        let mut attribute = reader.expect(Tag::SEQUENCE).ok()?.reader();
        let kind = attribute.expect(Tag::OID).ok()?.oid().ok()?;
        if kind == wanted {
            return attribute.expect(Tag::SET).ok()?.reader().take().ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::write;

    fn bag(kind: Oid, value: &[u8]) -> Vec<u8> {
        write::sequence([write::oid(kind), write::explicit(0, value)])
    }

    fn certificate(content: &[u8]) -> Vec<u8> {
        let value = write::explicit(0, &write::octet_string(content));
        bag(CERT_BAG, &write::sequence([write::oid(X509_CERTIFICATE), value]))
    }

    fn nested(depth: usize) -> Vec<u8> {
        let innermost = write::sequence([certificate(b"x")]);
        (1..depth).fold(innermost, |inner, _| write::sequence([bag(SAFE_CONTENTS_BAG, &inner)]))
    }

    #[test]
    fn bags_inside_bags_come_out_in_order_and_no_deeper_than_the_limit() {
        let inner = write::sequence([certificate(b"2"), certificate(b"3")]);
        let all = [certificate(b"1"), bag(SAFE_CONTENTS_BAG, &inner), certificate(b"4")];
        let kept: Vec<Kept> =
            bags(&write::sequence(all)).unwrap().into_iter().map(|bag| bag.kept).collect();
        let expected = [b"1", b"2", b"3", b"4"].map(|c| Kept::Certificate(Bytes::from_static(c)));
        assert_eq!(kept, expected);
        assert_eq!(bags(&nested(MAX_NESTING)).unwrap().len(), 1);
        let error = bags(&nested(MAX_NESTING + 1)).unwrap_err();
        assert_eq!(error.problem(), Problem::TooDeep);
    }

    #[test]
    fn more_bags_or_contents_than_any_program_writes_are_refused() {
        let many = |count| bags(&write::sequence(vec![certificate(b"x"); count]));
        assert_eq!(many(MAX_BAGS).unwrap().len(), MAX_BAGS);
        assert_eq!(many(MAX_BAGS + 1).unwrap_err().problem(), Problem::TooLarge);
        // Empty lists count too, so that nothing is read for ever.
        let empty = vec![bag(SAFE_CONTENTS_BAG, &write::sequence::<[u8; 0]>([])); MAX_BAGS + 1];
        assert_eq!(bags(&write::sequence(empty)).unwrap_err().problem(), Problem::TooLarge);
        let content =
            write::sequence([write::oid(oid::DATA), write::explicit(0, &write::octet_string(b""))]);
        let many = |count| contents(&write::sequence(vec![content.clone(); count]));
        assert_eq!(many(MAX_CONTENTS).unwrap().len(), MAX_CONTENTS);
        assert_eq!(many(MAX_CONTENTS + 1).unwrap_err().problem(), Problem::TooLarge);
    }

    #[test]
    fn encrypted_bags_are_found_whole_and_in_pieces() {
        let algorithm = AlgorithmIdentifier::bare(oid::RSA);
        let content = |data: Vec<u8>| {
            let info = write::sequence([write::oid(oid::DATA), algorithm.to_der(), data]);
            let data = write::sequence([write::integer(0), info]);
            let info = write::sequence([write::oid(ENCRYPTED_DATA), write::explicit(0, &data)]);
            contents(&write::sequence([info])).unwrap().remove(0)
        };
        let whole = content(write::element(Tag::context_primitive(0), b"abc"));
        let pieces = [write::octet_string(b"a"), write::octet_string(b"bc")].concat();
        let pieces = content(write::element(Tag::context(0), &pieces));
        assert_eq!(whole, pieces);
        assert_eq!(whole, Content::Encrypted { algorithm, data: Bytes::from_static(b"abc") });
    }

    #[test]
    fn a_name_beyond_the_first_plane_is_read_and_a_broken_one_is_none() {
        let named = |units: &[u8]| {
            let name = write::set([write::element(Tag::BMP_STRING, units)]);
            let attributes = write::set([write::sequence([write::oid(FRIENDLY_NAME), name])]);
            let value = write::explicit(0, &write::null());
            let bag = write::sequence([write::oid(KEY_BAG), value, attributes]);
            bags(&write::sequence([bag])).unwrap().remove(0).friendly_name
        };
        assert_eq!(named(&[0xd8, 0x42, 0xdf, 0xb7, 0x91, 0xce]).as_deref(), Some("𠮷野"));
        assert_eq!(named(&[0xd8, 0x42, 0x00]), None);
    }

    #[test]
    fn what_begins_as_a_store_is_told_from_other_structures() {
        let data = write::sequence([write::oid(oid::DATA)]);
        assert!(Pfx::is_one(&write::sequence([write::integer(3), data.clone()])));
        assert!(!Pfx::is_one(&write::sequence([write::integer(1), data.clone()])));
        assert!(!Pfx::is_one(&data) && !Pfx::is_one(b"") && !Pfx::is_one(b"letter"));
        // It only begins so.
        assert!(Pfx::parse(&write::sequence([write::integer(3), data])).is_err());
    }
}
