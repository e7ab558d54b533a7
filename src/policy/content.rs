//! The checks on what a certificate says of itself, whatever its path, and their parameters.

use super::requirement::{Check, checks};
use crate::der::extension::KeyUsage;
use crate::der::name::Name;
use crate::oid::{self, Oid};
use serde::Deserialize;
use std::fmt;

checks! {
    /// What can be asked of a certificate alone.
    ContentCheck {
        /// The serial number is positive and not too long.
        SerialNumber = "serial-number" {
            /// The most octets it may have.
            at_most_octets: usize
        },
        /// The key holds as long as the certificate is valid.
        StrongUntilEnd = "strong-until-end" {},
        /// certificatePolicies names one of these.
        PolicyIs = "policy-is" {
            /// Any of these will do.
            any_of: Vec<Dotted>,
            /// Whether the extension must be critical.
            critical: bool
        },
        /// None of its policies is for trials only.
        Production = "production" {
            /// The policies of trials.
            test: Vec<Dotted>
        },
        /// keyUsage is exactly this.
        KeyUsageIs = "key-usage-is" {
            /// All of these and no other.
            exactly: Usages,
            /// Whether the extension must be critical.
            critical: bool
        },
        /// keyUsage, where it is there, allows all of these.
        KeyUsageAllows = "key-usage-allows" {
            /// All of these; others may stand beside them.
            all_of: Usages,
            /// Whether the extension must be there.
            required: bool
        },
        /// There is no extKeyUsage.
        PurposesAbsent = "purposes-absent" {},
        /// extKeyUsage is exactly this.
        PurposesAre = "purposes-are" {
            /// All of these and no other.
            exactly: Vec<Dotted>,
            /// Whether the extension must be critical.
            critical: bool
        },
        /// extKeyUsage names these purposes; others may stand beside them.
        PurposesInclude = "purposes-include" {
            /// All of these.
            all_of: Vec<Dotted>,
            /// But none of these.
            none_of: Vec<Dotted>
        },
        /// There is an hcRole.
        RolePresent = "role-present" {},
        /// Each hcRole is one of the table, in its spelling.
        RoleKnown = "role-known" {},
        /// There is not more than one hcRole.
        RoleSingle = "role-single" {},
        /// Who manages an institution names it.
        ManagerSubject = "manager-subject" {
            /// The organisational unit of managers.
            unit: String
        },
        /// The subject has these attributes, none of them empty.
        SubjectHas = "subject-has" {
            /// Their types.
            attributes: Vec<Attribute>
        },
        /// The attributes of the subject are written in these string types.
        SubjectTypes = "subject-types" {
            /// Those that must be PrintableString.
            printable: Vec<Attribute>,
            /// Those that must be UTF8String, or PrintableString where that suffices.
            utf8: Vec<Attribute>
        },
        /// The issuer has these attributes.
        IssuerHas = "issuer-has" {
            /// Their types.
            attributes: Vec<Attribute>
        },
        /// These attributes of the subject have these values.
        SubjectIs = "subject-is" {
            /// Written as in `O=Japanese Government`.
            attributes: Vec<Valued>
        },
        /// These attributes of the issuer have these values.
        IssuerIs = "issuer-is" {
            /// Written as in `O=Japanese Government`.
            attributes: Vec<Valued>
        },
        /// The subject is not empty, or a critical subjectAltName stands for it.
        Named = "named" {},
        /// subjectAltName names hosts, by name or address, each well formed.
        HostNames = "host-names" {},
        /// The issuer's common name is made as this PKI makes them.
        IssuerCommonName = "issuer-common-name" {
            /// It begins so.
            begins: String,
            /// It contains this.
            contains: String
        },
        /// The key is of an accepted kind and size.
        KeyIs = "key-is" {
            /// The least bits of an RSA modulus.
            rsa_bits: usize,
            /// The least bits of the order of a curve; absent, no curve is accepted.
            ec_bits: Option<usize>
        },
        /// The issuer signed it with an accepted algorithm.
        SignedWith = "signed-with" {
            /// Accepted ways of signing.
            families: Vec<Family>,
            /// Accepted hash functions.
            hashes: Vec<String>
        },
        /// It is not valid for too long.
        ValidityAtMost = "validity-at-most" {
            /// Years of the calendar.
            years: i64,
            /// And days.
            days: i64
        },
        /// It says where its revocation list is.
        CrlPoint = "crl-point" {},
        /// It says where its status can be learnt: by list or by OCSP.
        StatusPointer = "status-pointer" {},
        /// It does not say that it is a CA's.
        NotACa = "not-a-ca" {},
        /// It says that it is a CA's.
        Authority = "authority" {
            /// Whether the extension must be critical.
            critical: bool
        },
        /// subjectAltName has a name of this kind.
        AltName = "alt-name" {
            /// The kind.
            kind: NameKind,
            /// Whether the extension must be there.
            required: bool
        },
        /// An extension, if there, is not critical.
        NotCritical = "not-critical" {
            /// Which.
            extension: Dotted
        },
        /// An extension, if there, is critical.
        Critical = "critical" {
            /// Which.
            extension: Dotted
        },
        /// These extensions are there.
        HasExtensions = "has-extensions" {
            /// Which.
            extensions: Vec<Dotted>,
            /// Whether they must be critical.
            critical: bool
        },
        /// It points at its issuer's key.
        AuthorityKey = "authority-key" {},
        /// It does not bear the name of a publicly known root that it is not.
        Genuine = "genuine" {},
    }
}

/// An object identifier, written dotted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Dotted(pub Oid);

impl TryFrom<String> for Dotted {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Oid::new(&text).map(Self).map_err(|_| format!("'{text}' is no object identifier"))
    }
}

/// A set of key usages, written by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Usages(pub KeyUsage);

impl TryFrom<Vec<String>> for Usages {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        let usage = |name: &String| {
            KeyUsage::from_name(name).ok_or_else(|| format!("'{name}' is no key usage"))
        };
        let bits = names.iter().map(usage).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(KeyUsage(bits.iter().fold(0, |all, one| all | one.0))))
    }
}

/// A type of attribute in a name, written as in `C=JP`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Attribute(pub Oid);

impl TryFrom<String> for Attribute {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        const KNOWN: [Oid; 8] = [
            oid::COUNTRY,
            oid::ORGANIZATION,
            oid::ORGANIZATIONAL_UNIT,
            oid::COMMON_NAME,
            oid::SERIAL_NUMBER,
            oid::LOCALITY,
            oid::STATE,
            oid::ORGANIZATION_IDENTIFIER,
        ];
        let found = KNOWN.into_iter().find(|known| oid::name(known) == Some(text.as_str()));
        found.map(Self).ok_or_else(|| format!("'{text}' is no attribute of names in profiles"))
    }
}

/// An attribute of a name with its value, written as in `O=Japanese Government`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Valued {
    /// Its type.
    pub attribute: Attribute,
    /// Its value.
    pub value: String,
}

impl Valued {
    /// Whether the name has it.
    pub fn is_in(&self, name: &Name) -> bool {
        name.has(self.attribute.0, &self.value)
    }
}

impl TryFrom<String> for Valued {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('=') {
            Some((attribute, value)) if !value.trim().is_empty() => {
                let attribute = Attribute::try_from(attribute.to_owned())?;
                Ok(Self { attribute, value: value.to_owned() })
            }
            _ => Err(format!("'{text}' is no attribute with a value")),
        }
    }
}

impl fmt::Display for Valued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = oid::name(&self.attribute.0).unwrap_or_default();
        write!(f, "{name}={}", self.value)
    }
}

/// Ways of signing, without their hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// RSASSA-PKCS1-v1_5.
    Rsa,
    /// RSASSA-PSS.
    RsaPss,
    /// ECDSA.
    Ecdsa,
    /// Ed25519.
    Ed25519,
    /// ML-DSA.
    MlDsa,
}

/// Kinds of names in subjectAltName.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NameKind {
    /// A distinguished name.
    DirectoryName,
    /// A name of a type of its own.
    OtherName,
    /// A host name.
    #[serde(rename = "dNSName")]
    DnsName,
}

impl NameKind {
    /// Its name in the standard.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DirectoryName => "directoryName",
            Self::OtherName => "otherName",
            Self::DnsName => "dNSName",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_with_a_value_is_read_and_written_alike() {
        let read = |text: &str| Valued::try_from(text.to_owned());
        let text = "O=Ministry of Health, Labour = Welfare";
        assert_eq!(read(text).unwrap().to_string(), text);
        for bad in ["", "O", "O=", "O= ", "=JP", "Shoe size=42"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
