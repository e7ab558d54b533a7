//! Distinguished names as a declaration writes them, and their DER.

use crate::der::{Tag, write};
use crate::oid::{self, Oid};
use serde::Deserialize;

/// A name, one attribute in each relative name: `["C=JP", "O=…", "CN=…"]` in the order of the encoding.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(super) struct DistinguishedName(Vec<(Oid, String)>);

/// The attributes that HPKI names are made of.
const TYPES: [(&str, Oid); 7] = [
    ("C", oid::COUNTRY),
    ("O", oid::ORGANIZATION),
    ("OU", oid::ORGANIZATIONAL_UNIT),
    ("CN", oid::COMMON_NAME),
    ("L", oid::LOCALITY),
    ("serialNumber", oid::SERIAL_NUMBER),
    ("organizationIdentifier", oid::ORGANIZATION_IDENTIFIER),
];

impl DistinguishedName {
    /// The Name of RFC 5280 §4.1.2.4. Country and serial number are PrintableString by X.520;
    /// everything else is UTF8String.
    pub(super) fn to_der(&self) -> Vec<u8> {
        write::sequence(self.0.iter().map(|(oid, value)| {
            let value = match *oid {
                oid::COUNTRY | oid::SERIAL_NUMBER => write::printable(value),
                _ => write::utf8(value),
            };
            write::set([write::sequence([write::oid(*oid), value])])
        }))
    }
}

impl TryFrom<Vec<String>> for DistinguishedName {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        let attribute = |text: &String| {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| format!("'{text}' is no attribute of a name: write CN=…"))?;
            let (_, oid) = TYPES
                .iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| format!("'{name}' is no attribute that the lab writes"))?;
            Ok((*oid, value.to_owned()))
        };
        texts.iter().map(attribute).collect::<Result<_, String>>().map(Self)
    }
}

/// `directoryName [4] Name`; tagged explicitly because Name is a CHOICE (X.680 §31.2.7).
pub(super) fn directory_name(name: &[u8]) -> Vec<u8> {
    write::element(Tag::context(4), name)
}

/// `uniformResourceIdentifier [6] IA5String`.
pub(super) fn uri(text: &str) -> Vec<u8> {
    write::element(Tag::context_primitive(6), text.as_bytes())
}

/// `distributionPoint [0] { fullName [0] GeneralNames }`.
pub(super) fn full_name(names: &[Vec<u8>]) -> Vec<u8> {
    write::explicit(0, &write::element(Tag::context(0), &names.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::Reader;
    use crate::der::name::Name;

    #[test]
    fn a_name_keeps_its_order_and_its_japanese() {
        let texts = ["C=JP", "O=印鑑試験所", "CN=YAMADA TARO", "serialNumber=T1"];
        let name = DistinguishedName::try_from(texts.map(str::to_owned).to_vec()).unwrap();
        let der = name.to_der();
        let read = Name::parse(&Reader::only(&der, Tag::SEQUENCE, "Name").unwrap()).unwrap();
        let values: Vec<_> = read.attributes().iter().map(|a| a.value.as_str()).collect();
        assert_eq!(values, ["JP", "印鑑試験所", "YAMADA TARO", "T1"]);
    }

    #[test]
    fn what_is_no_attribute_is_refused() {
        for bad in ["JP", "X=1"] {
            assert!(DistinguishedName::try_from(vec![bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
