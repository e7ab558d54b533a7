//! What a signer says of itself: where, and in which role, it signs.

use crate::der::hcrole::{self, HcActor};
use crate::der::tlv::{Malformed, Reader, Tag, Tlv};
use crate::oid::{self, Oid};

/// Lines of an address (`PostalAddress ::= SEQUENCE SIZE(1..6)`).
const MAX_LINES: usize = 6;

/// ```asn1
/// SignerLocation ::= SEQUENCE { countryName [0] DirectoryString OPTIONAL, localityName [1] DirectoryString OPTIONAL,
///     postalAddress [2] SEQUENCE OF DirectoryString OPTIONAL }
/// ```
/// EN 319 122-1 §5.2.6; EXPLICIT tags.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SignerLocation {
    /// The country.
    pub country: Option<String>,
    /// The place.
    pub locality: Option<String>,
    /// The lines of the address.
    pub address: Vec<String>,
}

impl SignerLocation {
    /// Reads the value of the attribute.
    pub fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "SignerLocation")?.reader();
        let country = reader.optional(Tag::context(0))?.map(|tlv| text(&tlv)).transpose()?;
        let locality = reader.optional(Tag::context(1))?.map(|tlv| text(&tlv)).transpose()?;
        let mut address = Vec::new();
        if let Some(tlv) = reader.optional(Tag::context(2))? {
            let mut lines = tlv.explicit(Tag::SEQUENCE)?.reader();
            while !lines.is_empty() && address.len() < MAX_LINES {
                address.push(lines.take()?.text()?);
            }
            lines.finish()?;
        }
        reader.finish()?;
        Ok(Self { country, locality, address })
    }
}

fn text(tlv: &Tlv<'_>) -> Result<String, Malformed> {
    let mut inner = tlv.reader();
    let text = inner.take()?.text()?;
    inner.finish()?;
    Ok(text)
}

/// Who stands behind a role that is stated beside the certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Backing {
    /// The signer alone.
    Claimed,
    /// An attribute certificate, which inkan does not verify.
    AttributeCertificate,
}

/// An attribute of the signer that is stated beside its certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignerAttribute {
    /// Which attribute.
    pub kind: Oid,
    /// Its values, where they are text.
    pub texts: Vec<String>,
    /// Who stands behind it.
    pub backing: Backing,
}

/// Both versions of signer-attributes.
///
/// ```asn1
/// SignerAttribute   ::= SEQUENCE OF CHOICE { claimedAttributes [0] SEQUENCE OF Attribute,
///     certifiedAttributes [1] AttributeCertificate }
/// SignerAttributeV2 ::= SEQUENCE { claimedAttributes [0] SEQUENCE OF Attribute OPTIONAL,
///     certifiedAttributesV2 [1] SEQUENCE OF CHOICE { attributeCertificate [0] AttributeCertificate,
///         otherAttributeCertificate [1] OtherAttributeCertificate } OPTIONAL,
///     signedAssertions [2] SEQUENCE OF SignedAssertion OPTIONAL }
/// ```
/// EN 319 122-1 §5.2.6.1 and RFC 5126 §5.11.3; EXPLICIT tags.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SignerAttributes {
    /// Attributes other than healthcare roles.
    pub attributes: Vec<SignerAttribute>,
    /// Healthcare roles, and who stands behind each.
    pub roles: Vec<(HcActor, Backing)>,
    /// Attribute certificates, and assertions of others, that inkan cannot verify.
    pub unverified: usize,
}

impl SignerAttributes {
    /// Reads version 1.
    pub fn parse_v1(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "SignerAttribute")?.reader();
        let mut found = Self::default();
        while !reader.is_empty() {
            let choice = reader.take()?;
            match choice.tag {
                Tag(0xa0) => found.claimed(&choice)?,
                Tag(0xa1) => found.certificate(&choice.explicit(Tag::SEQUENCE)?),
                Tag(_) => found.unverified += 1,
            }
        }
        Ok(found)
    }

    /// Reads version 2.
    pub fn parse_v2(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "SignerAttributeV2")?.reader();
        let mut found = Self::default();
        if let Some(claimed) = reader.optional(Tag::context(0))? {
            found.claimed(&claimed)?;
        }
        if let Some(certified) = reader.optional(Tag::context(1))? {
            let mut certified = certified.explicit(Tag::SEQUENCE)?.reader();
            while !certified.is_empty() {
                let choice = certified.take()?;
                match choice.explicit(Tag::SEQUENCE) {
                    Ok(inner) if choice.tag == Tag::context(0) => found.certificate(&inner),
                    Ok(_) | Err(_) => found.unverified += 1,
                }
            }
        }
        if let Some(assertions) = reader.optional(Tag::context(2))? {
            let mut assertions = assertions.explicit(Tag::SEQUENCE)?.reader();
            while !assertions.is_empty() {
                assertions.take()?;
                found.unverified += 1;
            }
        }
        reader.finish()?;
        Ok(found)
    }

    /// Those of the other version beside these.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.attributes.extend(other.attributes);
        self.roles.extend(other.roles);
        self.unverified += other.unverified;
        self
    }

    fn claimed(&mut self, tlv: &Tlv<'_>) -> Result<(), Malformed> {
        self.take(&tlv.explicit(Tag::SEQUENCE)?, Backing::Claimed)
    }

    /// An attribute certificate (RFC 5755 §4.1): what it says is shown, nothing of it is verified.
    fn certificate(&mut self, tlv: &Tlv<'_>) {
        self.unverified += 1;
        if let Ok(attributes) = attributes_of(tlv) {
            // What cannot be read of something unverified adds nothing.
            let _ = self.take(&attributes, Backing::AttributeCertificate);
        }
    }

    fn take(&mut self, attributes: &Tlv<'_>, backing: Backing) -> Result<(), Malformed> {
        let actors = hcrole::parse(attributes.raw)?;
        self.roles.extend(actors.into_iter().map(|actor| (actor, backing)));
        let mut reader = attributes.reader();
        while !reader.is_empty() {
            let mut attribute = reader.expect(Tag::SEQUENCE)?.reader();
            let kind = attribute.expect(Tag::OID)?.oid()?;
            let values = attribute.expect(Tag::SET)?;
            if kind != oid::HC_ROLE {
                self.attributes.push(SignerAttribute { kind, texts: texts(&values), backing });
            }
        }
        Ok(())
    }
}

/// The texts among values; others, such as names of authorities, are passed over.
fn texts(values: &Tlv<'_>) -> Vec<String> {
    let mut values = values.reader();
    let mut texts = Vec::new();
    while let Ok(value) = values.take() {
        texts.extend(value.text());
    }
    texts
}

/// ```asn1
/// AttributeCertificateInfo ::= SEQUENCE { version, holder, issuer, signature, serialNumber,
///     attrCertValidityPeriod, attributes SEQUENCE OF Attribute, … }
/// ```
fn attributes_of<'a>(certificate: &Tlv<'a>) -> Result<Tlv<'a>, Malformed> {
    let mut info = certificate.named("AttributeCertificate").expect(Tag::SEQUENCE)?.reader();
    for _ in 0..6 {
        info.take()?;
    }
    info.expect(Tag::SEQUENCE)
}
