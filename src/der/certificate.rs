//! X.509 certificates (RFC 5280 §4.1), read once and kept with their exact bytes.

use super::Bytes;
use super::algorithm::{AlgorithmIdentifier, PublicKey, SliceRefOf};
use super::extension::{
    AuthorityInfoAccess, AuthorityKeyId, BasicConstraints, CrlDistributionPoints, ExtKeyUsage,
    Extension, ExtensionValue, KeyUsage, SubjectKeyId,
};
use super::name::Name;
use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use crate::digest::{DigestAlgorithm, hex};
use crate::oid::{self, Oid};
use crate::time::Instant;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The SHA-256 of a certificate's bytes: its identity everywhere in inkan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Hash for Fingerprint {
    /// Its first octets are as good as all of them: it is a hash.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_ne_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl Fingerprint {
    /// The fingerprint of these bytes.
    pub fn of(der: &[u8]) -> Self {
        let digest = DigestAlgorithm::Sha256.digest(der);
        Self(digest.value().try_into().unwrap_or([0; 32]))
    }

    /// Reads 64 hexadecimal digits, in either case, with or without colons.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .bytes()
            .filter(|b| *b != b':')
            .map(|b| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok()))
            .collect::<Option<_>>()?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        if rest.is_empty() { bytes.try_into().ok().map(Self) } else { None }
    }

    /// The 32 octets.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A certificate. Cloning shares it.
#[derive(Clone)]
pub struct Certificate(Arc<Fields>);

struct Fields {
    der: Bytes,
    fingerprint: Fingerprint,
    tbs: Bytes,
    version: u64,
    serial: Bytes,
    inner_algorithm: AlgorithmIdentifier,
    issuer: Name,
    not_before: Instant,
    not_after: Instant,
    subject: Name,
    public_key: PublicKey,
    extensions: Vec<Extension>,
    algorithm: AlgorithmIdentifier,
    signature: Bytes,
}

impl Certificate {
    /// Reads one DER certificate with nothing after it.
    pub fn parse(der: impl Into<Bytes>) -> Result<Self, Malformed> {
        let der: Bytes = der.into();
        let mut outer = Reader::over(&der, "Certificate").alone(Tag::SEQUENCE)?.reader();
        let tbs = outer.expect(Tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::parse(&outer.expect(Tag::SEQUENCE)?)?;
        let signature = outer.expect(Tag::BIT_STRING)?.bit_octets()?;
        outer.finish()?;
        Self::from_parts(&der, &tbs, algorithm, signature)
    }

    fn from_parts(
        der: &Bytes,
        tbs: &Tlv<'_>,
        algorithm: AlgorithmIdentifier,
        signature: &[u8],
    ) -> Result<Self, Malformed> {
        let mut reader = tbs.named("TBSCertificate");
        let version = match reader.optional(Tag::context(0))? {
            Some(tlv) => tlv.explicit(Tag::INTEGER)?.u64()?.saturating_add(1),
            None => 1,
        };
        let serial = reader.expect(Tag::INTEGER)?.integer()?;
        let inner_algorithm = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let issuer = Name::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let mut validity = reader.expect(Tag::SEQUENCE)?.named("Validity");
        let not_before = validity.take()?.time()?;
        let not_after = validity.take()?.time()?;
        validity.finish()?;
        let subject = Name::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let public_key = PublicKey::parse(&reader.expect(Tag::SEQUENCE)?)?;
        reader.optional(Tag::context_primitive(1))?;
        reader.optional(Tag::context_primitive(2))?;
        let extensions = match reader.optional(Tag::context(3))? {
            Some(tlv) => Extension::parse_all(&tlv.explicit(Tag::SEQUENCE)?)?,
            None => Vec::new(),
        };
        reader.finish()?;
        Ok(Self(Arc::new(Fields {
            fingerprint: Fingerprint::of(der),
            tbs: der.slice_ref_of(tbs.raw, der),
            version,
            serial: der.slice_ref_of(serial, der),
            inner_algorithm,
            issuer,
            not_before,
            not_after,
            subject,
            public_key,
            extensions,
            algorithm,
            signature: der.slice_ref_of(signature, der),
            der: der.clone(),
        })))
    }

    /// The exact bytes.
    pub fn der(&self) -> &Bytes {
        &self.0.der
    }

    /// SHA-256 of the exact bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// The exact bytes that the issuer signed.
    pub fn tbs(&self) -> &Bytes {
        &self.0.tbs
    }

    /// 1, 2 or 3.
    pub fn version(&self) -> u64 {
        self.0.version
    }

    /// The content octets of the serial number; it may be negative or long in bad certificates.
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The algorithm named inside the signed part.
    pub fn inner_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.inner_algorithm
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The first instant of its validity.
    pub fn not_before(&self) -> Instant {
        self.0.not_before
    }

    /// The last instant of its validity.
    pub fn not_after(&self) -> Instant {
        self.0.not_after
    }

    /// Whom it names.
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The key that it binds to the name.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// All extensions in order.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// The algorithm of the issuer's signature.
    pub fn algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.algorithm
    }

    /// The issuer's signature.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.0.subject == self.0.issuer
    }

    /// The extension of that kind. A kind that occurs twice is malformed (RFC 5280 §4.2).
    pub fn extension(&self, oid: Oid) -> Result<Option<&Extension>, Malformed> {
        let mut of_kind = self.0.extensions.iter().filter(|e| e.oid == oid);
        let first = of_kind.next();
        match of_kind.next() {
            None => Ok(first),
            Some(_) => Err(Malformed::new("Extensions", Problem::Value)),
        }
    }

    /// The value of the extension of that kind.
    pub fn value<T: ExtensionValue>(&self, oid: Oid) -> Result<Option<T>, Malformed> {
        self.extension(oid)?.map(|extension| T::parse(&extension.value)).transpose()
    }

    /// basicConstraints.
    pub fn basic_constraints(&self) -> Result<Option<BasicConstraints>, Malformed> {
        self.value(oid::BASIC_CONSTRAINTS)
    }

    /// keyUsage.
    pub fn key_usage(&self) -> Result<Option<KeyUsage>, Malformed> {
        self.value(oid::KEY_USAGE)
    }

    /// extKeyUsage.
    pub fn ext_key_usage(&self) -> Result<Option<ExtKeyUsage>, Malformed> {
        self.value(oid::EXT_KEY_USAGE)
    }

    /// subjectKeyIdentifier, where it is there and readable.
    pub fn subject_key_id(&self) -> Option<Bytes> {
        self.value::<SubjectKeyId>(oid::SUBJECT_KEY_IDENTIFIER).ok().flatten().map(|id| id.0)
    }

    /// The key identifier in authorityKeyIdentifier, where it is there and readable.
    pub fn authority_key_id(&self) -> Option<Bytes> {
        self.value::<AuthorityKeyId>(oid::AUTHORITY_KEY_IDENTIFIER).ok().flatten()?.key_id
    }

    /// cRLDistributionPoints.
    pub fn crl_distribution_points(&self) -> Result<Option<CrlDistributionPoints>, Malformed> {
        self.value(oid::CRL_DISTRIBUTION_POINTS)
    }

    /// Where the authority says that more is to be had, under one access method.
    pub fn access_urls(&self, method: Oid) -> Vec<String> {
        let access = self.value::<AuthorityInfoAccess>(oid::AUTHORITY_INFO_ACCESS).ok().flatten();
        access.iter().flat_map(|access| access.urls(method)).map(str::to_owned).collect()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.fingerprint == other.0.fingerprint
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.subject(), self.fingerprint())
    }
}
