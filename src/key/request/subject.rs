//! The name in a request, as it is typed: `C=JP,O=…,CN=…`, in the order of the encoding.

use crate::der::write;
use crate::oid::{self, Oid};
use std::str::FromStr;

/// A name of at least one attribute, one in each relative name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subject(Vec<(Kind, String)>);

/// Why a text is no name that a certificate may have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadSubject {
    /// Nothing in it.
    #[error("the subject is empty")]
    Empty,
    /// A part without `=`.
    #[error("'{0}' is no attribute of a name")]
    NoValue(String),
    /// A type that is not written here.
    #[error("'{0}' is no attribute that inkan writes into a name")]
    Unknown(String),
    /// A value that the type does not allow.
    #[error("the value of {name} must be {must}")]
    Value {
        /// The type.
        name: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// It is not in the shape of HPKI subjects.
    #[error("this is no subject of an HPKI certificate: {0}")]
    NotHpki(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Kind {
    name: &'static str,
    oid: Oid,
    /// Upper bound in characters (RFC 5280 appendix A.1).
    max: usize,
}

const KINDS: [Kind; 10] = [
    Kind { name: "C", oid: oid::COUNTRY, max: 2 },
    Kind { name: "ST", oid: oid::STATE, max: 128 },
    Kind { name: "L", oid: oid::LOCALITY, max: 128 },
    Kind { name: "O", oid: oid::ORGANIZATION, max: 64 },
    Kind { name: "OU", oid: oid::ORGANIZATIONAL_UNIT, max: 64 },
    Kind { name: "CN", oid: oid::COMMON_NAME, max: 64 },
    Kind { name: "SN", oid: oid::SURNAME, max: 40 },
    Kind { name: "givenName", oid: oid::GIVEN_NAME, max: 16 },
    Kind { name: "serialNumber", oid: oid::SERIAL_NUMBER, max: 64 },
    // ETSI EN 319 412-1 §5.1.4 sets none; X.520 has it unbounded.
    Kind { name: "organizationIdentifier", oid: oid::ORGANIZATION_IDENTIFIER, max: 256 },
];

impl Subject {
    /// The Name of RFC 5280 §4.1.2.4. Country and serial number are PrintableString by X.520;
    /// everything else is UTF8String.
    pub fn to_der(&self) -> Vec<u8> {
        write::sequence(self.0.iter().map(|(kind, value)| {
            let value =
                if is_printable(kind.oid) { write::printable(value) } else { write::utf8(value) };
            write::set([write::sequence([write::oid(kind.oid), value])])
        }))
    }

    /// Whether it has the shape that HPKI gives to subjects: C=JP, the institution and the unit where
    /// there is one, the name and the serial number, in this order and in Roman letters. A manager
    /// has both institution and `OU=Director` (HPKI certificate policy, table of the profile).
    pub fn is_hpki(&self, manager: bool) -> Result<(), BadSubject> {
        let order: Vec<&str> = self.0.iter().map(|(kind, _)| kind.name).collect();
        let value =
            |name: &str| self.0.iter().find(|(k, _)| k.name == name).map(|(_, v)| v.as_str());
        let expected: &[&[&str]] = &[
            &["C", "CN", "serialNumber"],
            &["C", "O", "CN", "serialNumber"],
            &["C", "O", "OU", "CN", "serialNumber"],
        ];
        if !expected.contains(&order.as_slice()) {
            return Err(BadSubject::NotHpki(
                "it is C=JP, O (where there is one), OU (of managers), CN, serialNumber, in this order",
            ));
        }
        if value("C") != Some("JP") {
            return Err(BadSubject::NotHpki("the country is C=JP"));
        }
        if !self.0.iter().all(|(_, value)| value.chars().all(|c| matches!(c, ' '..='~'))) {
            return Err(BadSubject::NotHpki("names are in Roman letters"));
        }
        match (manager, value("OU")) {
            (true, Some("Director")) | (false, None) => Ok(()),
            (true, _) => Err(BadSubject::NotHpki("a manager has O and OU=Director")),
            (false, Some(_)) => Err(BadSubject::NotHpki("only a manager has an OU, OU=Director")),
        }
    }
}

impl FromStr for Subject {
    type Err = BadSubject;

    /// A backslash takes the next character as it is (RFC 4514 §2.4).
    fn from_str(text: &str) -> Result<Self, BadSubject> {
        let mut attributes = Vec::new();
        for part in split(text) {
            let bad = || BadSubject::NoValue(part.trim().to_owned());
            let (name, value) = part.split_once('=').ok_or_else(bad)?;
            let name = name.trim();
            let known = KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name));
            let kind = *known.ok_or_else(|| BadSubject::Unknown(name.to_owned()))?;
            attributes.push((kind, checked(kind, unescaped(value.trim()))?));
        }
        if attributes.is_empty() { Err(BadSubject::Empty) } else { Ok(Self(attributes)) }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, (kind, value)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{}={}", kind.name, value.replace('\\', "\\\\").replace(',', "\\,"))?;
        }
        Ok(())
    }
}

/// The parts between commas that no backslash stands before.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == ',' && !escaped {
            parts.push(String::new());
            continue;
        }
        escaped = c == '\\' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    if text.trim().is_empty() { Vec::new() } else { parts }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut escaped = false;
    for c in text.chars() {
        escaped = c == '\\' && !escaped;
        if !escaped {
            plain.push(c);
        }
    }
    plain
}

fn checked(kind: Kind, value: String) -> Result<String, BadSubject> {
    let refused = |must| Err(BadSubject::Value { name: kind.name, must });
    let length = value.chars().count();
    if kind.oid == oid::COUNTRY {
        // X.520: two letters of ISO 3166.
        let is_code = length == 2 && value.chars().all(|c| c.is_ascii_uppercase());
        return if is_code { Ok(value) } else { refused("two capital letters") };
    }
    if length == 0 || length > kind.max {
        return refused("neither empty nor longer than certificates allow");
    }
    if value.chars().any(char::is_control) {
        return refused("without control characters");
    }
    // X.680 §41.4, the alphabet of PrintableString.
    let plain = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    if is_printable(kind.oid) && !value.chars().all(plain) {
        return refused("of letters, digits and ' ( ) + , - . / : = ?");
    }
    Ok(value)
}

fn is_printable(kind: Oid) -> bool {
    matches!(kind, oid::COUNTRY | oid::SERIAL_NUMBER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::name::Name;
    use crate::der::{Reader, Tag};

    fn read(text: &str) -> Subject {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_keeps_its_order_its_commas_and_its_japanese() {
        let subject = read("C=JP, O=印鑑病院\\, 東京,cn=a\\\\b , serialnumber=0-1");
        let der = subject.to_der();
        let name = Name::parse(&Reader::only(&der, Tag::SEQUENCE, "Name").unwrap()).unwrap();
        let values: Vec<_> = name.attributes().iter().map(|a| (a.value.as_str(), a.tag)).collect();
        let (printable, utf8) = (Tag::PRINTABLE_STRING, Tag::UTF8_STRING);
        let expected =
            [("JP", printable), ("印鑑病院, 東京", utf8), ("a\\b", utf8), ("0-1", printable)];
        assert_eq!(values, expected);
        assert_eq!(subject.to_string().parse(), Ok(subject));
    }

    #[test]
    fn what_a_certificate_may_not_say_is_refused() {
        for text in [
            "",
            " ",
            "CN",
            "CN=",
            "C=jp",
            "C=JPN",
            "X=1",
            "CN=a\nb",
            "C=JP,,CN=a",
            "serialNumber=印",
            &format!("CN={}", "x".repeat(65)),
        ] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
        }
    }

    #[test]
    fn hpki_names_have_one_shape() {
        for good in [
            "C=JP,CN=YAMADA TARO,serialNumber=1",
            "C=JP,O=Inkan Hospital,CN=YAMADA TARO,serialNumber=1",
        ] {
            assert_eq!(read(good).is_hpki(false), Ok(()), "{good}");
            assert!(read(good).is_hpki(true).is_err(), "{good}");
        }
        let director = read("C=JP,O=Inkan Hospital,OU=Director,CN=YAMADA TARO,serialNumber=1");
        assert_eq!(director.is_hpki(true), Ok(()));
        assert!(director.is_hpki(false).is_err());
        for bad in [
            "CN=YAMADA TARO,serialNumber=1",
            "C=US,CN=YAMADA TARO,serialNumber=1",
            "C=JP,CN=YAMADA TARO",
            "C=JP,CN=山田太郎,serialNumber=1",
            "C=JP,serialNumber=1,CN=YAMADA TARO",
        ] {
            assert!(read(bad).is_hpki(false).is_err(), "{bad}");
        }
    }
}
