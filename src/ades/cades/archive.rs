//! What an archive timestamp v3 is over: the index of hashes that stands in its token, and the imprint
//! that is computed with it (ETSI EN 319 122-1 §5.5.2 and §5.5.3).
//!
//! The index names by their hashes the certificates, revocation values and unsigned attributes that
//! were there when the timestamp was asked for. What comes later stands outside it and does no harm.

use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::cms::{Attribute, SignedData, SignerInfo};
use crate::der::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use crate::der::{Bytes, write};
use crate::digest::{Digest, DigestAlgorithm, Hasher};
use crate::oid::{self, Oid};
use std::collections::BTreeSet;

/// Entries of one list: a bag has no more elements (`der::cms`), and what could not have been in one
/// need not be looked for.
const MAX_ENTRIES: usize = 1024;

const STRUCTURE: &str = "ATSHashIndex";

/// The definitions of the index. They differ in what they hash of an unsigned attribute, and in whether
/// the hash function may be left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IndexVersion {
    /// ats-hash-index (TS 101 733 V2.2.1 §6.4.2).
    V1,
    /// ats-hash-index-v2 (the draft EN 319 122-1 V1.0.0 §5.5.2).
    V2,
    /// ats-hash-index-v3 (EN 319 122-1 V1.1.1 §5.5.2 and later).
    V3,
}

impl IndexVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 3] = [Self::V1, Self::V2, Self::V3];

    /// The attribute that holds it.
    pub const fn oid(self) -> Oid {
        match self {
            Self::V1 => oid::ATS_HASH_INDEX,
            Self::V2 => oid::ATS_HASH_INDEX_V2,
            Self::V3 => oid::ATS_HASH_INDEX_V3,
        }
    }

    /// The version that an attribute holds.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.oid() == oid)
    }

    /// What is hashed of an unsigned attribute, each in a hash of its own: the whole of it, or since
    /// version 3 its type with each of its values.
    fn pieces(self, attribute: &Attribute) -> Vec<(Option<Oid>, &Bytes)> {
        match self {
            Self::V1 | Self::V2 => vec![(None, &attribute.raw)],
            Self::V3 => attribute.values.iter().map(|v| (Some(attribute.oid), v)).collect(),
        }
    }
}

/// ```asn1
/// ATSHashIndexV3 ::= SEQUENCE { hashIndAlgorithm AlgorithmIdentifier, certificatesHashIndex SEQUENCE OF OCTET STRING,
///     crlsHashIndex SEQUENCE OF OCTET STRING, unsignedAttrValuesHashIndex SEQUENCE OF OCTET STRING }
/// ```
/// In version 1 the algorithm may be left out and is SHA-256 then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HashIndex {
    /// By which definition it was made.
    pub version: IndexVersion,
    /// The hash function of its entries.
    pub algorithm: AlgorithmIdentifier,
    /// One hash for each certificate of the bag.
    pub certificates: Vec<Bytes>,
    /// One hash for each CRL or other revocation value of the bag.
    pub revocation: Vec<Bytes>,
    /// One hash for each unsigned attribute, or since version 3 for each of their values.
    pub attributes: Vec<Bytes>,
    der: Bytes,
}

/// Why a token has no index that could be gone by.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoIndex {
    /// There is none.
    #[error("the archive timestamp has no hash index")]
    Missing,
    /// There are several; the standard wants one.
    #[error("the archive timestamp has several hash indexes")]
    Several,
    /// It cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl HashIndex {
    /// The index of all that is there now, for a timestamp that is about to be asked for.
    pub fn of(data: &SignedData, signer: &SignerInfo, algorithm: DigestAlgorithm) -> Self {
        let version = IndexVersion::V3;
        let hash = |bytes: &[u8]| Bytes::copy_from_slice(algorithm.digest(bytes).value());
        let hashes = |bag: &[Bytes]| -> Vec<Bytes> { bag.iter().map(|e| hash(e)).collect() };
        let certificates = hashes(&data.certificates);
        let revocation = hashes(&data.revocation);
        let unsigned = signer.unsigned_attributes.iter().flat_map(|a| a.list());
        let pieces = unsigned.flat_map(|attribute| version.pieces(attribute));
        let piece = |(kind, bytes): (Option<Oid>, &Bytes)| {
            Bytes::copy_from_slice(piece_digest(algorithm, kind, bytes).value())
        };
        let attributes: Vec<Bytes> = pieces.map(piece).collect();
        let algorithm = AlgorithmIdentifier::bare(algorithm.oid());
        let list =
            |hashes: &[Bytes]| write::sequence(hashes.iter().map(|h| write::octet_string(h)));
        let lists = [list(&certificates), list(&revocation), list(&attributes)].concat();
        let der = write::sequence([algorithm.to_der(), lists]).into();
        Self { version, algorithm, certificates, revocation, attributes, der }
    }

    /// Reads the value of the attribute.
    pub fn parse(version: IndexVersion, value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, STRUCTURE)?.reader();
        let algorithm = match version {
            IndexVersion::V1 if !begins_with_algorithm(reader.clone()) => {
                AlgorithmIdentifier::bare(oid::SHA256)
            }
            IndexVersion::V1 | IndexVersion::V2 | IndexVersion::V3 => {
                AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?
            }
        };
        let certificates = hashes(&reader.expect(Tag::SEQUENCE)?)?;
        let revocation = hashes(&reader.expect(Tag::SEQUENCE)?)?;
        let attributes = hashes(&reader.expect(Tag::SEQUENCE)?)?;
        reader.finish()?;
        let der = Bytes::copy_from_slice(value);
        Ok(Self { version, algorithm, certificates, revocation, attributes, der })
    }

    /// The one index among the unsigned attributes of a token's signer.
    pub fn of_token(signer: &SignerInfo) -> Result<Self, NoIndex> {
        let unsigned = signer.unsigned_attributes.iter().flat_map(|a| a.list());
        let mut found = unsigned.filter_map(|a| Some((IndexVersion::from_oid(a.oid)?, a)));
        let (version, attribute) = found.next().ok_or(NoIndex::Missing)?;
        match (attribute.values.as_slice(), found.next()) {
            ([value], None) => Ok(Self::parse(version, value)?),
            ([], None) => Err(NoIndex::Missing),
            _ => Err(NoIndex::Several),
        }
    }

    /// The exact bytes.
    pub const fn der(&self) -> &Bytes {
        &self.der
    }

    /// The attribute that holds it, for the unsigned attributes of the token.
    pub fn to_attribute(&self) -> Vec<u8> {
        write::sequence([write::oid(self.version.oid()), write::set([&self.der])])
    }

    /// Compares each hash with what is there. Nothing, if the hash function is not known.
    pub fn coverage<'a>(
        &self,
        data: &'a SignedData,
        signer: &'a SignerInfo,
    ) -> Option<Coverage<'a>> {
        self.coverage_by(data, signer, &piece_digest)
    }

    /// The same, where somebody may know the digests already: of these bytes, and of a type before them.
    pub(super) fn coverage_by<'a>(
        &self,
        data: &'a SignedData,
        signer: &'a SignerInfo,
        digest: &PieceDigest<'_>,
    ) -> Option<Coverage<'a>> {
        let algorithm = self.algorithm.digest()?;
        let hash = |kind: Option<Oid>, bytes: &[u8]| digest(algorithm, kind, bytes);
        let mut certificates = Entries::of(&self.certificates);
        let mut revocation = Entries::of(&self.revocation);
        let mut attributes = Entries::of(&self.attributes);
        let mut values = Vec::new();
        for attribute in signer.unsigned_attributes.iter().flat_map(|a| a.list()) {
            let pieces = self.version.pieces(attribute).into_iter();
            let met: Vec<bool> =
                pieces.map(|(kind, bytes)| attributes.has(&hash(kind, bytes))).collect();
            let each = attribute.values.iter().enumerate();
            let covered = each.filter(|(place, _)| match self.version {
                IndexVersion::V1 | IndexVersion::V2 => met.contains(&true),
                IndexVersion::V3 => met.get(*place) == Some(&true),
            });
            values.extend(covered.map(|(_, value)| (attribute.oid, value)));
        }
        let bag = |bag: &'a [Bytes], entries: &mut Entries<'_>| -> Vec<&'a Bytes> {
            bag.iter().filter(|element| entries.has(&hash(None, element))).collect()
        };
        Some(Coverage {
            certificates: bag(&data.certificates, &mut certificates),
            revocation: bag(&data.revocation, &mut revocation),
            attributes: values,
            without_original: [certificates, revocation, attributes].map(|list| list.missing()),
        })
    }

    /// The imprint of the archive timestamp that this index belongs to: over the content type, the hash
    /// of the content, the signer's part from version to signature, and the index, each as it stands.
    /// The content must have been hashed with the function that the imprint is wanted in.
    pub fn imprint(&self, content_type: Oid, content: &Digest, signer: &SignerInfo) -> Digest {
        let mut hasher = Hasher::new(content.algorithm());
        hasher.update(&write::oid(content_type));
        hasher.update(content.value());
        hasher.update(&signer.fields);
        hasher.update(&self.der);
        hasher.finish()
    }
}

/// What gives the digest of bytes, with an attribute's type before them where one is given.
pub(super) type PieceDigest<'a> = dyn Fn(DigestAlgorithm, Option<Oid>, &[u8]) -> Digest + 'a;

pub(super) fn piece_digest(algorithm: DigestAlgorithm, kind: Option<Oid>, bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(&kind.map(write::oid).unwrap_or_default());
    hasher.update(bytes);
    hasher.finish()
}

/// An algorithm identifier begins with an object identifier; a list of hashes is empty or begins with
/// an octet string.
fn begins_with_algorithm(mut reader: Reader<'_>) -> bool {
    reader.expect(Tag::SEQUENCE).is_ok_and(|first| first.reader().peek() == Some(Tag::OID))
}

fn hashes(tlv: &Tlv<'_>) -> Result<Vec<Bytes>, Malformed> {
    let mut reader = tlv.named(STRUCTURE);
    let mut found = Vec::new();
    while !reader.is_empty() {
        if found.len() == MAX_ENTRIES {
            return Err(reader.error(Problem::TooLarge));
        }
        found.push(Bytes::copy_from_slice(reader.expect(Tag::OCTET_STRING)?.content));
    }
    Ok(found)
}

/// What an index was found to be about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Coverage<'a> {
    /// The covered elements of the certificate bag.
    pub certificates: Vec<&'a Bytes>,
    /// The covered elements of the revocation bag.
    pub revocation: Vec<&'a Bytes>,
    /// The covered values of unsigned attributes, each with the attribute's type.
    pub attributes: Vec<(Oid, &'a Bytes)>,
    /// How many hashes are of nothing that is there: among certificates, revocation values and
    /// attributes. One of them makes the index invalid (EN 319 122-1 §5.5.2).
    pub without_original: [usize; 3],
}

impl Coverage<'_> {
    /// Whether all that the index names is there.
    pub fn is_whole(&self) -> bool {
        self.without_original == [0; 3]
    }
}

/// One list of an index, and which of its hashes were met.
struct Entries<'a> {
    listed: BTreeSet<&'a [u8]>,
    met: BTreeSet<&'a [u8]>,
}

impl<'a> Entries<'a> {
    fn of(list: &'a [Bytes]) -> Self {
        Self { listed: list.iter().map(Bytes::as_ref).collect(), met: BTreeSet::new() }
    }

    fn has(&mut self, digest: &Digest) -> bool {
        let listed = self.listed.get(digest.value()).copied();
        self.met.extend(listed);
        listed.is_some()
    }

    fn missing(&self) -> usize {
        self.listed.len().saturating_sub(self.met.len())
    }
}

#[cfg(test)]
mod tests;
