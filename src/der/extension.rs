//! Certificate extensions as values (RFC 5280 §4.2.1).

pub mod constraints;

use super::name::{GeneralName, Name};
use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use super::{Bytes, write};
use crate::oid::Oid;

/// Extensions of one certificate or list; real ones have fewer than twenty.
const MAX_EXTENSIONS: usize = 256;

/// ```asn1
/// Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extension {
    /// Which extension.
    pub oid: Oid,
    /// Whether whoever does not process it must refuse.
    pub critical: bool,
    /// The DER inside the octet string.
    pub value: Bytes,
}

impl Extension {
    /// Reads one extension.
    pub fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut reader = tlv.named("Extension");
        let oid = reader.expect(Tag::OID)?.oid()?;
        let critical = reader.optional(Tag::BOOLEAN)?.map_or(Ok(false), |tlv| tlv.boolean())?;
        let value = tlv.share(reader.expect(Tag::OCTET_STRING)?.content);
        reader.finish()?;
        Ok(Self { oid, critical, value })
    }

    /// Reads `Extensions ::= SEQUENCE OF Extension`.
    pub fn parse_all(tlv: &Tlv<'_>) -> Result<Vec<Self>, Malformed> {
        let mut reader = tlv.reader();
        let mut extensions = Vec::new();
        while !reader.is_empty() {
            if extensions.len() == MAX_EXTENSIONS {
                return Err(reader.error(Problem::TooLarge));
            }
            extensions.push(Self::parse(&reader.expect(Tag::SEQUENCE)?)?);
        }
        Ok(extensions)
    }
}

/// An extension value that can be read from its DER.
pub trait ExtensionValue: Sized {
    /// Reads the element inside the octet string.
    fn parse(value: &[u8]) -> Result<Self, Malformed>;
}

/// Elements that must all have one tag.
fn elements<T>(
    mut reader: Reader<'_>,
    tag: Tag,
    each: impl Fn(&Tlv<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut all = Vec::new();
    while !reader.is_empty() {
        all.push(each(&reader.expect(tag)?)?);
    }
    Ok(all)
}

/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BasicConstraints {
    /// May the subject act as a CA?
    pub ca: bool,
    /// How many intermediate certificates may follow.
    pub path_length: Option<u64>,
}

impl ExtensionValue for BasicConstraints {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "basicConstraints")?.reader();
        let ca = reader.optional(Tag::BOOLEAN)?.map_or(Ok(false), |tlv| tlv.boolean())?;
        let path_length = reader.optional(Tag::INTEGER)?.map(|tlv| tlv.u64()).transpose()?;
        reader.finish()?;
        Ok(Self { ca, path_length })
    }
}

/// `KeyUsage ::= BIT STRING { digitalSignature (0), nonRepudiation (1), … }`
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct KeyUsage(pub u32);

#[allow(missing_docs, reason = "each constant is the named bit of RFC 5280 §4.2.1.3")]
impl KeyUsage {
    pub const DIGITAL_SIGNATURE: Self = Self(1);
    pub const NON_REPUDIATION: Self = Self(1 << 1);
    pub const KEY_ENCIPHERMENT: Self = Self(1 << 2);
    pub const DATA_ENCIPHERMENT: Self = Self(1 << 3);
    pub const KEY_AGREEMENT: Self = Self(1 << 4);
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    pub const CRL_SIGN: Self = Self(1 << 6);
    pub const ENCIPHER_ONLY: Self = Self(1 << 7);
    pub const DECIPHER_ONLY: Self = Self(1 << 8);

    const NAMES: [&'static str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];
}

impl KeyUsage {
    /// Whether all bits of the other are set here.
    pub const fn allows(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The usage of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).map(|bit| Self(1 << bit))
    }

    /// The names of the bits that are set.
    pub fn names(self) -> Vec<&'static str> {
        let set = Self::NAMES.iter().enumerate().filter(|(bit, _)| self.0 & (1 << bit) != 0);
        set.map(|(_, name)| *name).collect()
    }
}

impl ExtensionValue for KeyUsage {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        Reader::only(value, Tag::BIT_STRING, "keyUsage")?.named_bits().map(Self)
    }
}

/// `ExtKeyUsageSyntax ::= SEQUENCE OF KeyPurposeId`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExtKeyUsage(pub Vec<Oid>);

impl ExtensionValue for ExtKeyUsage {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let tlv = Reader::only(value, Tag::SEQUENCE, "extKeyUsage")?;
        let purposes = elements(tlv.reader(), Tag::OID, |purpose| purpose.oid())?;
        // SIZE (1..MAX): a list of no purposes is not the same as no list.
        if purposes.is_empty() { Err(tlv.error(Problem::Value)) } else { Ok(Self(purposes)) }
    }
}

/// `SubjectKeyIdentifier ::= OCTET STRING`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectKeyId(pub Bytes);

impl ExtensionValue for SubjectKeyId {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let tlv = Reader::only(value, Tag::OCTET_STRING, "subjectKeyIdentifier")?;
        Ok(Self(Bytes::copy_from_slice(tlv.content)))
    }
}

/// ```asn1
/// AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, authorityCertIssuer [1] GeneralNames OPTIONAL,
///     authorityCertSerialNumber [2] INTEGER OPTIONAL }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorityKeyId {
    /// The key identifier of the issuer.
    pub key_id: Option<Bytes>,
    /// Who issued the issuer's certificate.
    pub issuer: Vec<GeneralName>,
    /// The serial number of the issuer's certificate, as its octets.
    pub serial: Option<Bytes>,
}

impl ExtensionValue for AuthorityKeyId {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "authorityKeyIdentifier")?.reader();
        let octets = |tlv: Tlv<'_>| Bytes::copy_from_slice(tlv.content);
        let key_id = reader.optional(Tag::context_primitive(0))?.map(octets);
        let issuer = match reader.optional(Tag::context(1))? {
            Some(tlv) => GeneralName::parse_all(tlv.reader())?,
            None => Vec::new(),
        };
        let serial = reader.optional(Tag::context_primitive(2))?.map(octets);
        reader.finish()?;
        Ok(Self { key_id, issuer, serial })
    }
}

/// `GeneralNames ::= SEQUENCE OF GeneralName`: subjectAltName and issuerAltName.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AltNames(pub Vec<GeneralName>);

impl ExtensionValue for AltNames {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let tlv = Reader::only(value, Tag::SEQUENCE, "GeneralNames")?;
        GeneralName::parse_all(tlv.reader()).map(Self)
    }
}

/// ```asn1
/// DistributionPoint ::= SEQUENCE { distributionPoint [0] DistributionPointName OPTIONAL,
///     reasons [1] ReasonFlags OPTIONAL, cRLIssuer [2] GeneralNames OPTIONAL }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DistributionPoint {
    /// Where the list is.
    pub name: DistributionPointName,
    /// The revocation reasons that the list covers, if not all.
    pub reasons: Option<Reasons>,
    /// Who issues the list, if not the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

impl DistributionPoint {
    fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut reader = tlv.reader();
        let name = match reader.optional(Tag::context(0))? {
            Some(tlv) => DistributionPointName::parse(&tlv)?,
            None => DistributionPointName::None,
        };
        let reasons = reader.optional(Tag::context_primitive(1))?;
        let reasons = reasons.map(|tlv| Reasons::parse(&tlv)).transpose()?;
        let crl_issuer = match reader.optional(Tag::context(2))? {
            Some(tlv) => GeneralName::parse_all(tlv.reader())?,
            None => Vec::new(),
        };
        reader.finish()?;
        Ok(Self { name, reasons, crl_issuer })
    }
}

/// `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }`
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum DistributionPointName {
    /// The point has no name.
    #[default]
    None,
    /// Any of these.
    Full(Vec<GeneralName>),
    /// The name of the list's issuer followed by this relative name, a SET.
    Relative(Bytes),
}

impl DistributionPointName {
    /// Reads the choice out of the tag around it.
    pub(super) fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut reader = tlv.reader();
        let name = reader.take()?;
        reader.finish()?;
        match name.tag {
            Tag(0xa0) => GeneralName::parse_all(name.reader()).map(Self::Full),
            Tag(0xa1) => Ok(Self::Relative(write::element(Tag::SET, name.content).into())),
            Tag(other) => Err(tlv.error(Problem::UnexpectedTag(other))),
        }
    }

    /// The names that this stands for in a list of that issuer.
    pub fn names(&self, crl_issuer: &Name) -> Result<Vec<GeneralName>, Malformed> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Full(names) => Ok(names.clone()),
            Self::Relative(rdn) => {
                let name = crl_issuer.followed_by(rdn)?;
                Ok(vec![GeneralName::Directory(name)])
            }
        }
    }

    /// The addresses that can be fetched.
    pub fn http_urls(&self) -> impl Iterator<Item = &str> {
        let names = match self {
            Self::Full(names) => names.as_slice(),
            Self::None | Self::Relative(_) => &[],
        };
        names.iter().filter_map(GeneralName::http_url)
    }
}

/// `ReasonFlags ::= BIT STRING { unused (0), keyCompromise (1), … aACompromise (8) }`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reasons(u32);

impl Reasons {
    /// Every reason there is.
    pub const ALL: Self = Self(0b1_1111_1110);
    /// No reason.
    pub const NONE: Self = Self(0);
    /// That the certificate is on hold.
    pub const HOLD: Self = Self(1 << 6);

    pub(super) fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        tlv.named_bits().map(|bits| Self(bits & Self::ALL.0))
    }

    /// The reasons in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The reasons in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// `CRLDistributionPoints ::= SEQUENCE OF DistributionPoint`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrlDistributionPoints(pub Vec<DistributionPoint>);

impl ExtensionValue for CrlDistributionPoints {
    /// freshestCRL has the same syntax (§4.2.1.15).
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let tlv = Reader::only(value, Tag::SEQUENCE, "cRLDistributionPoints")?;
        elements(tlv.reader(), Tag::SEQUENCE, DistributionPoint::parse).map(Self)
    }
}

/// `AuthorityInfoAccessSyntax ::= SEQUENCE OF SEQUENCE { accessMethod, accessLocation }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorityInfoAccess(pub Vec<(Oid, GeneralName)>);

impl AuthorityInfoAccess {
    /// The web addresses under one method.
    pub fn urls(&self, method: Oid) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(m, _)| *m == method).filter_map(|(_, name)| name.http_url())
    }
}

impl ExtensionValue for AuthorityInfoAccess {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let tlv = Reader::only(value, Tag::SEQUENCE, "authorityInfoAccess")?;
        let description = |tlv: &Tlv<'_>| {
            let mut reader = tlv.reader();
            let method = reader.expect(Tag::OID)?.oid()?;
            let location = GeneralName::parse(&reader.take()?)?;
            reader.finish()?;
            Ok((method, location))
        };
        elements(tlv.reader(), Tag::SEQUENCE, description).map(Self)
    }
}

/// `CertificatePolicies ::= SEQUENCE OF PolicyInformation`; qualifiers are kept as bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificatePolicies(pub Vec<(Oid, Bytes)>);

impl ExtensionValue for CertificatePolicies {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let tlv = Reader::only(value, Tag::SEQUENCE, "certificatePolicies")?;
        let information = |tlv: &Tlv<'_>| {
            let mut reader = tlv.reader();
            let policy = reader.expect(Tag::OID)?.oid()?;
            Ok((policy, Bytes::copy_from_slice(reader.rest())))
        };
        elements(tlv.reader(), Tag::SEQUENCE, information).map(Self)
    }
}
