//! Cryptographic Message Syntax, signed-data (RFC 5652 §5), without its content.
//!
//! The content may be gigabytes, so it never enters memory: [`outline`] finds where it stands and
//! gives back the rest, the *shell*, in definite form.

pub mod grow;
pub mod outline;
pub mod values;
pub mod without;

use super::algorithm::AlgorithmIdentifier;
use super::name::Name;
use super::prints::Prints;
use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use super::{Bytes, ber, write};
use crate::oid::{self, Oid};
use std::borrow::Cow;

/// Signers in one file; a consultation has a handful.
const MAX_SIGNERS: usize = 256;

/// Elements of one set. Thirty years of an archive need some hundred certificates; what holds more
/// is made to be slow, for each is compared with others.
const MAX_ELEMENTS: usize = 1024;

/// ```asn1
/// SignedData ::= SEQUENCE { version CMSVersion, digestAlgorithms SET OF, encapContentInfo EncapsulatedContentInfo,
///     certificates [0] IMPLICIT CertificateSet OPTIONAL, crls [1] IMPLICIT RevocationInfoChoices OPTIONAL,
///     signerInfos SET OF SignerInfo }
/// ```
#[derive(Clone, Debug)]
pub struct SignedData {
    /// The syntax version.
    pub version: u64,
    /// The digest algorithms that the file announces.
    pub digest_algorithms: Vec<AlgorithmIdentifier>,
    /// What kind of content is signed.
    pub content_type: Oid,
    /// The content, where it stands inside and was small enough to be kept.
    pub content: Option<Bytes>,
    /// The elements of the certificate bag: certificates, and other choices under context tags.
    pub certificates: Vec<Bytes>,
    /// The elements of the revocation bag: CRLs, and other formats under context tags.
    pub revocation: Vec<Bytes>,
    /// The signers.
    pub signers: Vec<SignerInfo>,
    /// The fingerprints of its parts, as far as anybody asked.
    pub prints: Prints,
}

impl SignedData {
    /// Reads a `ContentInfo` holding signed-data, BER or DER.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::read(&Bytes::copy_from_slice(bytes))
    }

    /// The same; what is kept of DER shares its memory.
    pub fn read(bytes: &Bytes) -> Result<Self, Malformed> {
        match ber::normalise(bytes, "ContentInfo")? {
            Cow::Borrowed(_) => Self::read_definite(bytes),
            Cow::Owned(definite) => Self::read_definite(&definite.into()),
        }
    }

    /// Reads one that stands in something that was read: that is in definite form throughout, unless it was
    /// put together in memory.
    pub fn read_inner(bytes: &Bytes) -> Result<Self, Malformed> {
        Self::read_definite(bytes).or_else(|_| Self::read(bytes))
    }

    /// Reads one that is in definite form for certain: no other can be read so.
    pub fn read_definite(bytes: &Bytes) -> Result<Self, Malformed> {
        let mut info = Reader::over(bytes, "ContentInfo").alone(Tag::SEQUENCE)?.reader();
        if info.expect(Tag::OID)?.oid()? != oid::SIGNED_DATA {
            return Err(info.error(Problem::Unknown));
        }
        let data = info.expect(Tag::context(0))?.explicit(Tag::SEQUENCE)?;
        info.finish()?;
        Self::from_sequence(&data, Prints::of_parts(bytes))
    }

    fn from_sequence(tlv: &Tlv<'_>, prints: Prints) -> Result<Self, Malformed> {
        let mut reader = tlv.named("SignedData");
        let version = reader.expect(Tag::INTEGER)?.u64()?;
        let digest_algorithms =
            sequences(reader.expect(Tag::SET)?.reader(), AlgorithmIdentifier::parse)?;
        let mut encapsulated = reader.expect(Tag::SEQUENCE)?.named("EncapsulatedContentInfo");
        let content_type = encapsulated.expect(Tag::OID)?.oid()?;
        let content = match encapsulated.optional(Tag::context(0))? {
            Some(tlv) => Some(tlv.share(tlv.explicit(Tag::OCTET_STRING)?.content)),
            None => None,
        };
        encapsulated.finish()?;
        let bag = |tlv: Option<Tlv<'_>>| match tlv {
            Some(tlv) => elements(tlv.reader()),
            None => Ok(Vec::new()),
        };
        let certificates = bag(reader.optional(Tag::context(0))?)?;
        let revocation = bag(reader.optional(Tag::context(1))?)?;
        let signers = sequences(reader.expect(Tag::SET)?.reader(), SignerInfo::parse)?;
        reader.finish()?;
        if signers.len() > MAX_SIGNERS {
            return Err(tlv.error(Problem::TooLarge));
        }
        Ok(Self {
            version,
            digest_algorithms,
            content_type,
            content,
            certificates,
            revocation,
            signers,
            prints,
        })
    }
}

/// Elements that must all be SEQUENCEs.
fn sequences<T>(
    mut reader: Reader<'_>,
    each: impl Fn(&Tlv<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut found = Vec::new();
    while !reader.is_empty() {
        if found.len() == MAX_ELEMENTS {
            return Err(reader.error(Problem::TooLarge));
        }
        found.push(each(&reader.expect(Tag::SEQUENCE)?)?);
    }
    Ok(found)
}

/// Elements of any kind, as they stand.
fn elements(mut reader: Reader<'_>) -> Result<Vec<Bytes>, Malformed> {
    let mut found = Vec::new();
    while !reader.is_empty() {
        if found.len() == MAX_ELEMENTS {
            return Err(reader.error(Problem::TooLarge));
        }
        let element = reader.take()?;
        found.push(element.share(element.raw));
    }
    Ok(found)
}

/// ```asn1
/// SignerInfo ::= SEQUENCE { version CMSVersion, sid SignerIdentifier, digestAlgorithm, signedAttrs [0] IMPLICIT OPTIONAL,
///     signatureAlgorithm, signature OCTET STRING, unsignedAttrs [1] IMPLICIT OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct SignerInfo {
    /// The syntax version: 1 with issuer and serial number, 3 with a key identifier.
    pub version: u64,
    /// Whose signature it claims to be.
    pub signer: SignerIdentifier,
    /// The hash function over content and attributes.
    pub digest_algorithm: AlgorithmIdentifier,
    /// What is signed beside the content.
    pub signed_attributes: Option<Attributes>,
    /// How it is signed.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The signature.
    pub signature: Bytes,
    /// What was added later.
    pub unsigned_attributes: Option<Attributes>,
    /// The exact bytes of everything before that.
    pub fields: Bytes,
}

impl SignerInfo {
    /// Reads the SEQUENCE.
    pub fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut reader = tlv.named("SignerInfo");
        let version = reader.expect(Tag::INTEGER)?.u64()?;
        let signer = SignerIdentifier::parse(&reader.take()?)?;
        let digest_algorithm = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let signed = reader.optional(Tag::context(0))?;
        let signature_algorithm = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let signature = tlv.share(reader.expect(Tag::OCTET_STRING)?.content);
        let rest = reader.rest().len();
        let fields = tlv.content.len().checked_sub(rest).and_then(|end| tlv.content.get(..end));
        let unsigned = reader.optional(Tag::context(1))?;
        reader.finish()?;
        Ok(Self {
            version,
            signer,
            digest_algorithm,
            signed_attributes: signed.as_ref().map(Attributes::parse).transpose()?,
            signature_algorithm,
            signature,
            unsigned_attributes: unsigned.as_ref().map(Attributes::parse).transpose()?,
            fields: tlv.share(fields.unwrap_or_default()),
        })
    }
}

/// `SignerIdentifier ::= CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignerIdentifier {
    /// The issuer's name and the content octets of the serial number.
    IssuerSerial(Name, Bytes),
    /// The subject key identifier.
    KeyId(Bytes),
}

impl SignerIdentifier {
    fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        match tlv.tag {
            Tag::SEQUENCE => {
                let mut reader = tlv.named("IssuerAndSerialNumber");
                let issuer = Name::parse(&reader.expect(Tag::SEQUENCE)?)?;
                let serial = tlv.share(reader.expect(Tag::INTEGER)?.integer()?);
                reader.finish()?;
                Ok(Self::IssuerSerial(issuer, serial))
            }
            Tag(0x80) => Ok(Self::KeyId(tlv.share(tlv.content))),
            Tag(other) => Err(tlv.error(Problem::UnexpectedTag(other))),
        }
    }
}

/// A set of attributes in the order received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attributes {
    content: Bytes,
    list: Vec<Attribute>,
}

/// `Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF ANY }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute {
    /// Which attribute.
    pub oid: Oid,
    /// Its values, each one element with its tag.
    pub values: Vec<Bytes>,
    /// The exact bytes of the whole attribute.
    pub raw: Bytes,
}

impl Attribute {
    /// Its type and its set of values, without what is around the two (RFC 5126 §6.3.5).
    pub fn type_and_values(&self) -> &[u8] {
        Reader::only(&self.raw, Tag::SEQUENCE, "Attribute").map_or(&[], |tlv| tlv.content)
    }
}

impl Attributes {
    pub(super) fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let list = sequences(tlv.named("Attributes"), |tlv| {
            let mut reader = tlv.named("Attribute");
            let oid = reader.expect(Tag::OID)?.oid()?;
            let values = reader.expect(Tag::SET)?;
            reader.finish()?;
            let values = elements(values.reader())?;
            Ok(Attribute { oid, values, raw: tlv.share(tlv.raw) })
        })?;
        Ok(Self { content: tlv.share(tlv.content), list })
    }

    /// The attributes in order.
    pub fn list(&self) -> &[Attribute] {
        &self.list
    }

    /// All attributes of one kind.
    pub fn of_kind(&self, oid: Oid) -> impl Iterator<Item = &Attribute> {
        self.list.iter().filter(move |attribute| attribute.oid == oid)
    }

    /// The bytes that are signed: the attributes as received, under the tag SET OF (RFC 5652 §5.4).
    pub fn signed_bytes(&self) -> Vec<u8> {
        write::element(Tag::SET, &self.content)
    }

    /// Whether they stand in the order that DER demands of a SET OF.
    pub fn is_sorted(&self) -> bool {
        self.list.is_sorted_by(|a, b| a.raw <= b.raw)
    }
}
