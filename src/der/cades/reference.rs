//! References by hash to certificates and revocation data (EN 319 122-1 annex A.1, RFC 5126 §6.2).

use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use crate::der::{Bytes, write};
use crate::digest::DigestAlgorithm;
use crate::oid;
use std::collections::{BTreeMap, BTreeSet};

/// References of one attribute; an LTA file of thirty years has some hundred.
const MAX_REFERENCES: usize = 1024;

/// A hash that names its function.
///
/// ```asn1
/// OtherHash ::= CHOICE { sha1Hash OCTET STRING,
///     otherHash SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashValue OCTET STRING } }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtherHash {
    /// The hash function; nothing if inkan does not know it.
    pub algorithm: Option<DigestAlgorithm>,
    /// The hash.
    pub value: Bytes,
}

impl OtherHash {
    /// Reads either choice.
    pub fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let (algorithm, value) = match tlv.tag {
            Tag::OCTET_STRING => (Some(DigestAlgorithm::Sha1), tlv.content),
            Tag::SEQUENCE => {
                let mut reader = tlv.named("OtherHashAlgAndValue");
                let algorithm = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
                let value = reader.expect(Tag::OCTET_STRING)?.content;
                reader.finish()?;
                (algorithm.digest(), value)
            }
            Tag(other) => return Err(tlv.error(Problem::UnexpectedTag(other))),
        };
        Ok(Self { algorithm, value: Bytes::copy_from_slice(value) })
    }
}

/// What a reference is to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Referred {
    /// A certificate.
    Certificate,
    /// A revocation list.
    Crl,
    /// An OCSP response.
    Ocsp,
}

/// One reference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValueReference {
    /// To what.
    pub to: Referred,
    /// By which hash; nothing where an OCSP response is only named.
    pub hash: Option<OtherHash>,
}

/// Values that references may be to, by their hashes. Each value is hashed once for each hash function, or
/// a thousand references to a large list would take hours.
#[derive(Clone, Debug, Default)]
pub struct Hashed {
    known: BTreeMap<(DigestAlgorithm, Bytes), (Referred, usize)>,
    count: usize,
}

impl Hashed {
    /// Takes in a certificate, list or basic OCSP response, under the hash functions that the references
    /// use. Writers differ on whether an OCSP response is hashed with what is around it, so both count.
    pub fn add(&mut self, to: Referred, der: &[u8], references: &[ValueReference]) {
        let place = self.count;
        self.count += 1;
        let whole = (to == Referred::Ocsp).then(|| whole_response(der));
        for algorithm in algorithms(to, references) {
            for bytes in std::iter::once(der).chain(whole.as_deref()) {
                let hash = Bytes::copy_from_slice(algorithm.digest(bytes).value());
                self.known.insert((algorithm, hash), (to, place));
            }
        }
    }

    /// Which of the values it is to, counted in the order in which they were added.
    pub fn find(&self, reference: &ValueReference) -> Found {
        let hash = reference.hash.as_ref();
        let Some((algorithm, value)) = hash.and_then(|hash| Some((hash.algorithm?, &hash.value)))
        else {
            return Found::Unknown;
        };
        match self.known.get(&(algorithm, value.clone())) {
            Some((to, place)) if *to == reference.to => Found::At(*place),
            Some(_) | None => Found::Nowhere,
        }
    }
}

/// Where the value of a reference is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// It is this one.
    At(usize),
    /// It is none of those that are there.
    Nowhere,
    /// The reference has no hash, or one of a function that inkan does not know.
    Unknown,
}

/// The hash functions that references of one kind use.
fn algorithms(to: Referred, references: &[ValueReference]) -> BTreeSet<DigestAlgorithm> {
    let of_kind = references.iter().filter(|reference| reference.to == to);
    of_kind.filter_map(|reference| reference.hash.as_ref()?.algorithm).collect()
}

/// A basic response as the server sent it.
fn whole_response(basic: &[u8]) -> Vec<u8> {
    let bytes = write::sequence([write::oid(oid::OCSP_BASIC), write::octet_string(basic)]);
    write::sequence([write::enumerated(0), write::explicit(0, &bytes)])
}

/// `CompleteCertificateRefs ::= SEQUENCE OF OtherCertID`, `OtherCertID ::= SEQUENCE { otherCertHash OtherHash,
/// issuerSerial IssuerSerial OPTIONAL }`.
pub fn certificates(value: &[u8]) -> Result<Vec<ValueReference>, Malformed> {
    let list = Reader::only(value, Tag::SEQUENCE, "CompleteCertificateRefs")?;
    each(list.reader(), |tlv| {
        let hash = OtherHash::parse(&tlv.reader().take()?)?;
        Ok(ValueReference { to: Referred::Certificate, hash: Some(hash) })
    })
}

/// ```asn1
/// CompleteRevocationRefs ::= SEQUENCE OF SEQUENCE { crlids [0] SEQUENCE { crls SEQUENCE OF CrlValidatedID } OPTIONAL,
///     ocspids [1] SEQUENCE { ocspResponses SEQUENCE OF OcspResponsesID } OPTIONAL, otherRev [2] OPTIONAL }
/// CrlValidatedID  ::= SEQUENCE { crlHash OtherHash, crlIdentifier CrlIdentifier OPTIONAL }
/// OcspResponsesID ::= SEQUENCE { ocspIdentifier OcspIdentifier, ocspRepHash OtherHash OPTIONAL }
/// ```
pub fn revocation(value: &[u8]) -> Result<Vec<ValueReference>, Malformed> {
    let list = Reader::only(value, Tag::SEQUENCE, "CompleteRevocationRefs")?;
    let of_certificates = each(list.reader(), |tlv| {
        let mut reader = tlv.reader();
        let mut found = Vec::new();
        if let Some(lists) = reader.optional(Tag::context(0))? {
            let lists = lists.explicit(Tag::SEQUENCE)?.reader().expect(Tag::SEQUENCE)?;
            found.extend(each(lists.reader(), |tlv| {
                let hash = OtherHash::parse(&tlv.reader().take()?)?;
                Ok(ValueReference { to: Referred::Crl, hash: Some(hash) })
            })?);
        }
        if let Some(responses) = reader.optional(Tag::context(1))? {
            let responses = responses.explicit(Tag::SEQUENCE)?.reader().expect(Tag::SEQUENCE)?;
            found.extend(each(responses.reader(), ocsp)?);
        }
        Ok(found)
    })?;
    let count: usize = of_certificates.iter().map(Vec::len).sum();
    if count > MAX_REFERENCES {
        return Err(list.error(Problem::TooLarge));
    }
    Ok(of_certificates.into_iter().flatten().collect())
}

fn ocsp(tlv: &Tlv<'_>) -> Result<ValueReference, Malformed> {
    let mut reader = tlv.reader();
    reader.expect(Tag::SEQUENCE)?;
    let hash = if reader.is_empty() { None } else { Some(OtherHash::parse(&reader.take()?)?) };
    Ok(ValueReference { to: Referred::Ocsp, hash })
}

fn each<T>(
    mut reader: Reader<'_>,
    read: impl Fn(&Tlv<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut found = Vec::new();
    while !reader.is_empty() {
        if found.len() == MAX_REFERENCES {
            return Err(reader.error(Problem::TooLarge));
        }
        found.push(read(&reader.expect(Tag::SEQUENCE)?)?);
    }
    Ok(found)
}
