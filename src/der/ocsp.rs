//! OCSP requests and responses (RFC 6960).

use super::algorithm::{AlgorithmIdentifier, SliceRefOf};
use super::certificate::Certificate;
use super::crl::Reason;
use super::extension::Extension;
use super::name::Name;
use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use super::{Bytes, write};
use crate::digest::DigestAlgorithm;
use crate::oid::{self, Oid};
use crate::time::Instant;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Which certificate a status is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertId {
    /// The hash function of the two hashes; nothing if inkan does not know it.
    pub algorithm: Option<DigestAlgorithm>,
    /// Hash of the issuer's name.
    pub name_hash: Bytes,
    /// Hash of the issuer's key.
    pub key_hash: Bytes,
    /// Content octets of the serial number.
    pub serial: Bytes,
}

impl CertId {
    /// The identifier of a certificate under its issuer.
    pub fn new(
        algorithm: DigestAlgorithm,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Self {
        let hash = |bytes: &[u8]| Bytes::copy_from_slice(algorithm.digest(bytes).value());
        Self {
            algorithm: Some(algorithm),
            name_hash: hash(certificate.issuer().der()),
            key_hash: hash(issuer.public_key().bits()),
            serial: Bytes::copy_from_slice(certificate.serial()),
        }
    }

    fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut reader = tlv.named("CertID");
        let algorithm = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?.digest();
        let name_hash = tlv.share(reader.expect(Tag::OCTET_STRING)?.content);
        let key_hash = tlv.share(reader.expect(Tag::OCTET_STRING)?.content);
        let serial = tlv.share(reader.expect(Tag::INTEGER)?.integer()?);
        reader.finish()?;
        Ok(Self { algorithm, name_hash, key_hash, serial })
    }

    fn to_der(&self) -> Vec<u8> {
        let algorithm = self.algorithm.unwrap_or(DigestAlgorithm::Sha1);
        write::sequence([
            AlgorithmIdentifier::with_null(algorithm.oid()).to_der(),
            write::octet_string(&self.name_hash),
            write::octet_string(&self.key_hash),
            write::element(Tag::INTEGER, &self.serial),
        ])
    }
}

/// The identifiers of one certificate. Each is made once, for a response may name a hundred thousand
/// certificates, and nobody knows yet who made it.
#[derive(Debug)]
pub struct Identity<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    known: RefCell<BTreeMap<DigestAlgorithm, CertId>>,
}

impl<'a> Identity<'a> {
    /// The identity of a certificate under its issuer.
    pub fn new(certificate: &'a Certificate, issuer: &'a Certificate) -> Self {
        Self { certificate, issuer, known: RefCell::default() }
    }

    /// Whether that is one of its identifiers.
    pub fn is(&self, id: &CertId) -> bool {
        let Some(algorithm) = id.algorithm else { return false };
        let make = || CertId::new(algorithm, self.certificate, self.issuer);
        id.serial.as_ref() == self.certificate.serial()
            && self.known.borrow_mut().entry(algorithm).or_insert_with(make) == id
    }
}

/// A request for the status of one certificate, without a nonce: the same question is the same want.
/// Whoever sends it adds one ([`with_nonce`]).
pub fn request(id: &CertId) -> Vec<u8> {
    let request = write::sequence([id.to_der()]);
    write::sequence([write::sequence([write::sequence([request])])])
}

/// The same request with a nonce (RFC 9654 §2.1): an answer that repeats it was made for this question.
pub fn with_nonce(request: &[u8], nonce: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut outer = Reader::only(request, Tag::SEQUENCE, "OCSPRequest")?.reader();
    let questions = outer.expect(Tag::SEQUENCE)?.named("TBSRequest").expect(Tag::SEQUENCE)?;
    let value = write::octet_string(&write::octet_string(nonce));
    let extension = write::sequence([write::oid(oid::OCSP_NONCE), value]);
    let extensions = write::explicit(2, &write::sequence([extension]));
    Ok(write::sequence([write::sequence([questions.raw, &extensions])]))
}

/// What a responder answered.
#[derive(Clone, Debug)]
pub enum OcspResponse {
    /// It would not answer: the response status of RFC 6960 §4.2.1.
    Refused(u64),
    /// A basic response.
    Basic(Box<BasicResponse>),
}

impl OcspResponse {
    /// Reads one DER response.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        match basic(der)? {
            Ok(basic) => {
                let basic = BasicResponse::parse(Bytes::copy_from_slice(basic))?;
                Ok(Self::Basic(Box::new(basic)))
            }
            Err(status) => Ok(Self::Refused(status)),
        }
    }
}

/// The basic response inside a response, unread; or the status of one that has none.
pub fn basic(der: &[u8]) -> Result<Result<&[u8], u64>, Malformed> {
    let mut reader = Reader::only(der, Tag::SEQUENCE, "OCSPResponse")?.reader();
    let status = reader.expect(Tag::ENUMERATED)?.u64()?;
    let Some(bytes) = reader.optional(Tag::context(0))? else { return Ok(Err(status)) };
    let mut bytes = bytes.explicit(Tag::SEQUENCE)?.named("ResponseBytes");
    if bytes.expect(Tag::OID)?.oid()? != oid::OCSP_BASIC {
        return Err(bytes.error(Problem::Unknown));
    }
    Ok(Ok(bytes.expect(Tag::OCTET_STRING)?.content))
}

/// ```asn1
/// BasicOCSPResponse ::= SEQUENCE { tbsResponseData ResponseData, signatureAlgorithm AlgorithmIdentifier,
///     signature BIT STRING, certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct BasicResponse {
    /// The exact bytes.
    pub der: Bytes,
    /// The exact bytes that were signed.
    pub tbs: Bytes,
    /// Who says so.
    pub responder: ResponderId,
    /// When the response was signed.
    pub produced_at: Instant,
    /// The statuses.
    pub responses: Vec<SingleResponse>,
    /// Extensions of the whole response.
    pub extensions: Vec<Extension>,
    /// The algorithm of the signature.
    pub algorithm: AlgorithmIdentifier,
    /// The signature.
    pub signature: Bytes,
    /// Certificates that came along.
    pub certificates: Vec<Certificate>,
}

/// `ResponderID ::= CHOICE { byName [1] Name, byKey [2] KeyHash }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ResponderId {
    /// By name.
    Name(Name),
    /// By the SHA-1 of the public key.
    Key(Bytes),
}

impl ResponderId {
    /// Whether this names the subject or key of that certificate.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name == certificate.subject(),
            Self::Key(hash) => {
                DigestAlgorithm::Sha1.digest(certificate.public_key().bits()).value()
                    == hash.as_ref()
            }
        }
    }
}

/// The status of one certificate.
#[derive(Clone, Debug)]
pub struct SingleResponse {
    /// Which certificate.
    pub id: CertId,
    /// Its status.
    pub status: CertStatus,
    /// The time at which the status was known to be right.
    pub this_update: Instant,
    /// When newer information will be out at the latest.
    pub next_update: Option<Instant>,
    /// Extensions of this status.
    pub extensions: Vec<Extension>,
}

impl SingleResponse {
    /// Since when the key is known or suspected to be in other hands (RFC 6960 §4.4.5, RFC 5280 §5.3.2).
    pub fn invalidity_date(&self) -> Result<Option<Instant>, Malformed> {
        self.time(oid::INVALIDITY_DATE, "invalidityDate")
    }

    /// The responder still knows the status of what expired since then (RFC 6960 §4.4.4).
    pub fn archive_cutoff(&self) -> Result<Option<Instant>, Malformed> {
        self.time(oid::OCSP_ARCHIVE_CUTOFF, "ArchiveCutoff")
    }

    fn time(&self, oid: Oid, structure: &'static str) -> Result<Option<Instant>, Malformed> {
        let extension = self.extensions.iter().find(|e| e.oid == oid);
        let time = |e: &Extension| Reader::only(&e.value, Tag::GENERALIZED_TIME, structure)?.time();
        extension.map(time).transpose()
    }
}

/// `CertStatus ::= CHOICE { good [0], revoked [1], unknown [2] }`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked at that time for that reason.
    Revoked(Instant, Reason),
    /// The responder does not know the certificate.
    Unknown,
}

impl BasicResponse {
    /// The nonce that the responder repeats (RFC 9654 §2.1); nothing if there is none, or what stands
    /// there is no nonce.
    pub fn nonce(&self) -> Option<&[u8]> {
        let extension = self.extensions.iter().find(|e| e.oid == oid::OCSP_NONCE)?;
        Reader::only(&extension.value, Tag::OCTET_STRING, "Nonce").ok().map(|tlv| tlv.content)
    }

    /// Reads one DER basic response.
    pub fn parse(der: Bytes) -> Result<Self, Malformed> {
        let mut outer = Reader::over(&der, "BasicOCSPResponse").alone(Tag::SEQUENCE)?.reader();
        let tbs = outer.expect(Tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::parse(&outer.expect(Tag::SEQUENCE)?)?;
        let signature = outer.expect(Tag::BIT_STRING)?.bit_octets()?;
        let certificates = match outer.optional(Tag::context(0))? {
            Some(tlv) => certificates(&tlv.explicit(Tag::SEQUENCE)?)?,
            None => Vec::new(),
        };
        outer.finish()?;

        let mut reader = tbs.named("ResponseData");
        reader.optional(Tag::context(0))?;
        let responder = responder(&reader.take()?)?;
        let produced_at = reader.expect(Tag::GENERALIZED_TIME)?.time()?;
        let mut singles = reader.expect(Tag::SEQUENCE)?.reader();
        let mut responses = Vec::new();
        while !singles.is_empty() {
            responses.push(single(&singles.expect(Tag::SEQUENCE)?)?);
        }
        let extensions = optional_extensions(&mut reader, 1)?;
        reader.finish()?;
        Ok(Self {
            tbs: der.slice_ref_of(tbs.raw, &der),
            signature: der.slice_ref_of(signature, &der),
            responder,
            produced_at,
            responses,
            extensions,
            algorithm,
            certificates,
            der,
        })
    }
}

fn certificates(tlv: &Tlv<'_>) -> Result<Vec<Certificate>, Malformed> {
    let mut reader = tlv.reader();
    let mut all = Vec::new();
    while !reader.is_empty() {
        let element = reader.take()?;
        all.push(Certificate::parse(element.share(element.raw))?);
    }
    Ok(all)
}

fn responder(tlv: &Tlv<'_>) -> Result<ResponderId, Malformed> {
    match tlv.tag {
        Tag(0xa1) => Name::parse(&tlv.explicit(Tag::SEQUENCE)?).map(ResponderId::Name),
        Tag(0xa2) => {
            let hash = tlv.explicit(Tag::OCTET_STRING)?;
            Ok(ResponderId::Key(Bytes::copy_from_slice(hash.content)))
        }
        Tag(other) => Err(tlv.error(Problem::UnexpectedTag(other))),
    }
}

fn single(tlv: &Tlv<'_>) -> Result<SingleResponse, Malformed> {
    let mut reader = tlv.named("SingleResponse");
    let id = CertId::parse(&reader.expect(Tag::SEQUENCE)?)?;
    let status = status(&reader.take()?)?;
    let this_update = reader.expect(Tag::GENERALIZED_TIME)?.time()?;
    let next_update = match reader.optional(Tag::context(0))? {
        Some(tlv) => Some(tlv.explicit(Tag::GENERALIZED_TIME)?.time()?),
        None => None,
    };
    let extensions = optional_extensions(&mut reader, 1)?;
    reader.finish()?;
    Ok(SingleResponse { id, status, this_update, next_update, extensions })
}

fn status(tlv: &Tlv<'_>) -> Result<CertStatus, Malformed> {
    match tlv.tag {
        Tag(0x80) => Ok(CertStatus::Good),
        Tag(0x82) => Ok(CertStatus::Unknown),
        Tag(0xa1) => {
            let mut reader = tlv.named("RevokedInfo");
            let at = reader.expect(Tag::GENERALIZED_TIME)?.time()?;
            let reason = match reader.optional(Tag::context(0))? {
                Some(tlv) => tlv.explicit(Tag::ENUMERATED)?.u64()?,
                None => 0,
            };
            reader.finish()?;
            Ok(CertStatus::Revoked(at, Reason(reason)))
        }
        Tag(other) => Err(tlv.error(Problem::UnexpectedTag(other))),
    }
}

fn optional_extensions(reader: &mut Reader<'_>, number: u8) -> Result<Vec<Extension>, Malformed> {
    match reader.optional(Tag::context(number))? {
        Some(tlv) => Extension::parse_all(&tlv.explicit(Tag::SEQUENCE)?),
        None => Ok(Vec::new()),
    }
}
