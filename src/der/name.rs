//! Distinguished names and the other names that certificates use.

mod prepare;

use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use super::{Bytes, write};
use crate::digest::{DigestAlgorithm, Hasher};
use crate::oid::{self, Oid};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Attributes a name may have before it counts as an attack; real names have fewer than ten.
const MAX_ATTRIBUTES: usize = 256;

/// ```asn1
/// Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
/// ```
/// RFC 5280 §4.1.2.4.
#[derive(Clone)]
pub struct Name {
    der: Bytes,
    attributes: Vec<NameAttribute>,
    /// What names are compared by, made when first needed: looking for an issuer among thousands of
    /// certificates does not fold every name again and again.
    key: OnceLock<NameKey>,
    /// The name as people read it, likewise: every finding says what it is about.
    text: OnceLock<Arc<str>>,
}

/// One attribute of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameAttribute {
    /// Its type.
    pub oid: Oid,
    /// Its value as text; values of no string type are kept as `#` and hexadecimal (RFC 4514 §2.4).
    pub value: String,
    /// The string type that it is written in.
    pub tag: Tag,
    /// Whether it belongs to the same relative name as the attribute before it.
    pub joins_previous: bool,
}

impl Name {
    /// Reads the SEQUENCE.
    pub fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut attributes = Vec::new();
        let mut rdns = tlv.named("Name");
        while !rdns.is_empty() {
            let mut rdn = rdns.expect(Tag::SET)?.reader();
            let mut joins_previous = false;
            while !rdn.is_empty() {
                if attributes.len() == MAX_ATTRIBUTES {
                    return Err(rdn.error(Problem::TooLarge));
                }
                attributes.push(attribute(&rdn.expect(Tag::SEQUENCE)?, joins_previous)?);
                joins_previous = true;
            }
        }
        Ok(Self {
            der: tlv.share(tlv.raw),
            attributes,
            key: OnceLock::new(),
            text: OnceLock::new(),
        })
    }

    /// The exact bytes.
    pub const fn der(&self) -> &Bytes {
        &self.der
    }

    /// The attributes in the order of the encoding.
    pub fn attributes(&self) -> &[NameAttribute] {
        &self.attributes
    }

    /// The first value of an attribute.
    pub fn value(&self, oid: Oid) -> Option<&str> {
        self.attributes.iter().find(|a| a.oid == oid).map(|a| a.value.as_str())
    }

    /// Whether an attribute has this value, compared as RFC 5280 §7.1 compares names.
    pub fn has(&self, oid: Oid, value: &str) -> bool {
        self.attributes
            .iter()
            .any(|a| a.oid == oid && prepare::prepared(&a.value) == prepare::prepared(value))
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// Whether this name begins with all of that one: the subtree test of RFC 5280 §4.2.1.10.
    pub fn is_within(&self, base: &Self) -> bool {
        let (mine, theirs) = (canonical(&self.attributes), canonical(&base.attributes));
        mine.len() >= theirs.len() && mine.iter().zip(&theirs).all(|(a, b)| a == b)
    }

    /// The same for all names that are equal, and for no others.
    pub fn key(&self) -> NameKey {
        *self.key.get_or_init(|| NameKey(comparable(&self.attributes)))
    }

    /// The name as people read it: as encoded, first attribute first (`C=JP, O=MEDIS, …`), the way
    /// Japanese CAs print names; separators and control characters inside values are escaped, so that
    /// no value can pose as another attribute or steer a terminal.
    pub fn text(&self) -> Arc<str> {
        Arc::clone(self.text.get_or_init(|| readable(&self.attributes).into()))
    }

    /// This name with one more relative name, a SET, after it.
    pub fn followed_by(&self, rdn: &[u8]) -> Result<Self, Malformed> {
        let mut content = Reader::only(&self.der, Tag::SEQUENCE, "Name")?.content.to_vec();
        content.extend_from_slice(rdn);
        let der = write::element(Tag::SEQUENCE, &content);
        Self::parse(&Reader::only(&der, Tag::SEQUENCE, "Name")?)
    }
}

/// The relative names in the form in which RFC 5280 §7.1 compares them: each value prepared, whatever
/// string type it is written in, and the attributes of one relative name in a fixed order.
fn canonical(attributes: &[NameAttribute]) -> Vec<Vec<(Oid, String)>> {
    let mut rdns: Vec<Vec<(Oid, String)>> = Vec::new();
    for attribute in attributes {
        let prepared = (attribute.oid, prepare::prepared(&attribute.value));
        match rdns.last_mut() {
            Some(last) if attribute.joins_previous => last.push(prepared),
            _ => rdns.push(vec![prepared]),
        }
    }
    for rdn in &mut rdns {
        rdn.sort();
    }
    rdns
}

/// The canonical form, hashed; lengths keep its parts apart.
fn comparable(attributes: &[NameAttribute]) -> [u8; 32] {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    for rdn in canonical(attributes) {
        hasher.update(&rdn.len().to_be_bytes());
        for (oid, value) in rdn {
            for part in [oid.as_bytes(), value.as_bytes()] {
                hasher.update(&part.len().to_be_bytes());
                hasher.update(part);
            }
        }
    }
    hasher.finish().value().try_into().unwrap_or([0; 32])
}

/// A name to look things up by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NameKey([u8; 32]);

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der || self.key() == other.key()
    }
}

impl Eq for Name {}

fn attribute(tlv: &Tlv<'_>, joins_previous: bool) -> Result<NameAttribute, Malformed> {
    let mut reader = tlv.reader();
    let oid = reader.expect(Tag::OID)?.oid()?;
    let value = reader.take()?;
    reader.finish()?;
    let tag = value.tag;
    let value = value.text().unwrap_or_else(|_| format!("#{}", crate::digest::hex(value.raw)));
    Ok(NameAttribute { oid, value, tag, joins_previous })
}

fn readable(attributes: &[NameAttribute]) -> String {
    let mut text = String::new();
    for (index, attribute) in attributes.iter().enumerate() {
        if index > 0 {
            text.push_str(if attribute.joins_previous { "+" } else { ", " });
        }
        match oid::name(&attribute.oid) {
            Some(name) => text.push_str(name),
            None => text.push_str(&attribute.oid.to_string()),
        }
        text.push('=');
        for c in attribute.value.chars() {
            match c {
                ',' | '+' | '\\' | '"' => text.extend(['\\', c]),
                c if c.is_control() || is_invisible(c) => {
                    text.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
                }
                c => text.push(c),
            }
        }
    }
    text
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// Direction and zero-width marks and line separators: they make one name look like another.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// ```asn1
/// GeneralName ::= CHOICE { otherName [0], rfc822Name [1], dNSName [2], x400Address [3], directoryName [4],
///     ediPartyName [5], uniformResourceIdentifier [6], iPAddress [7], registeredID [8] }
/// ```
/// RFC 5280 §4.2.1.6.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GeneralName {
    /// A name of a type of its own: the type and the value element.
    Other(Oid, Bytes),
    /// A mail address.
    Email(String),
    /// A host name.
    Dns(String),
    /// A distinguished name.
    Directory(Name),
    /// An address on the web.
    Uri(String),
    /// An IP address, or address and mask in name constraints.
    Ip(Bytes),
    /// An object identifier.
    RegisteredId(Oid),
    /// X.400 and EDI names, by tag number and bytes: nobody uses them.
    Unused(u8, Bytes),
}

impl GeneralName {
    /// Reads one name.
    pub fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let text = || match std::str::from_utf8(tlv.content) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(tlv.error(Problem::Value)),
        };
        Ok(match tlv.tag {
            Tag(0xa0) => {
                let mut reader = tlv.reader();
                let oid = reader.expect(Tag::OID)?.oid()?;
                Self::Other(oid, Bytes::copy_from_slice(reader.expect(Tag::context(0))?.content))
            }
            Tag(0x81) => Self::Email(text()?),
            Tag(0x82) => Self::Dns(text()?),
            Tag(0xa4) => Self::Directory(Name::parse(&tlv.explicit(Tag::SEQUENCE)?)?),
            Tag(0x86) => Self::Uri(text()?),
            Tag(0x87) => Self::Ip(Bytes::copy_from_slice(tlv.content)),
            Tag(0x88) => Self::RegisteredId(tlv.oid()?),
            Tag(tag @ (0xa3 | 0xa5)) => Self::Unused(tag & 0x1f, Bytes::copy_from_slice(tlv.raw)),
            Tag(other) => return Err(tlv.error(Problem::UnexpectedTag(other))),
        })
    }

    /// Reads all names that a reader still holds.
    pub fn parse_all(mut reader: Reader<'_>) -> Result<Vec<Self>, Malformed> {
        let mut names = Vec::new();
        while !reader.is_empty() {
            names.push(Self::parse(&reader.take()?)?);
        }
        Ok(names)
    }

    /// The address, if it is one that can be fetched.
    pub fn http_url(&self) -> Option<&str> {
        match self {
            Self::Uri(uri) if is_http(uri) => Some(uri),
            _ => None,
        }
    }
}

fn is_http(uri: &str) -> bool {
    let scheme = uri.split(':').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::write;

    fn name(parts: &[(Oid, Vec<u8>)]) -> Name {
        let rdns = parts
            .iter()
            .map(|(oid, value)| write::set([write::sequence([&write::oid(*oid), value])]));
        let der = write::sequence(rdns);
        Name::parse(&Reader::only(&der, Tag::SEQUENCE, "x").unwrap()).unwrap()
    }

    #[test]
    fn names_compare_by_folded_value_whatever_the_string_type() {
        let a = name(&[
            (oid::COUNTRY, write::printable("JP")),
            (oid::COMMON_NAME, write::utf8("Hanako  YAMADA")),
        ]);
        let b = name(&[
            (oid::COUNTRY, write::utf8("jp")),
            (oid::COMMON_NAME, write::printable(" hanako Yamada ")),
        ]);
        let c = name(&[
            (oid::COMMON_NAME, write::utf8("Hanako YAMADA")),
            (oid::COUNTRY, write::printable("JP")),
        ]);
        assert_eq!(a, b);
        assert_ne!(a, c);
        assert_eq!(a.key(), b.key());
        assert_ne!(a.key(), c.key());
        assert!(a.is_within(&name(&[(oid::COUNTRY, write::utf8("JP"))])));
        assert!(!a.is_within(&c));
        assert!(a.has(oid::COMMON_NAME, "hanako yamada") && !a.has(oid::COMMON_NAME, "Hanako"));
        assert!(!a.has(oid::ORGANIZATION, "Hanako YAMADA"));
    }

    #[test]
    fn names_compare_as_they_read_and_not_as_they_are_written() {
        let bmp = |text: &str| {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            write::element(Tag::BMP_STRING, &units)
        };
        let with = |value: Vec<u8>| name(&[(oid::COMMON_NAME, value)]);
        let hanako = with(write::utf8("ヤマダ　ハナコ"));
        assert_eq!(hanako, with(bmp("ﾔﾏﾀﾞ ﾊﾅｺ")));
        assert_ne!(hanako, with(bmp("ﾔﾏﾀ ﾊﾅｺ")));
        assert_eq!(with(write::printable("HPKI-01 CA")), with(write::utf8("ＨＰＫＩ-01  ｃａ")));
        let latin = write::element(Tag::TELETEX_STRING, b"M\xfcller");
        assert_eq!(with(latin), with(write::utf8("mu\u{308}ller")));
        let gaiji = with(write::utf8("山\u{e000} Taro"));
        assert_eq!(gaiji, with(bmp("山\u{e000} Taro")));
        assert_ne!(gaiji, with(write::utf8("山\u{e000} TARO")));
    }

    #[test]
    fn a_value_cannot_pose_as_another_attribute_or_steer_the_terminal() {
        let n = name(&[(oid::COMMON_NAME, write::utf8("a, O=MHLW\u{1b}[2J\u{202e}"))]);
        assert_eq!(n.to_string(), "CN=a\\, O=MHLW\\u{1b}[2J\\u{202e}");
    }
}
