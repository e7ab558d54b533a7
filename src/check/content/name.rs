//! Checks on serial number and names of a certificate.

use super::{Answer, attribute_names, named};
use crate::der::certificate::Certificate;
use crate::der::name::{Name, NameAttribute};
use crate::der::tlv::Tag;
use crate::digest::hex;
use crate::oid;
use crate::policy::content::{Attribute, Valued};
use crate::policy::trust::{KnownRoot, Recognition, recognise};
use crate::rule::Phrase;

/// RFC 5280 §4.1.2.2: positive, and at most 20 octets.
pub(super) fn serial_number(certificate: &Certificate, at_most: usize) -> Answer {
    let serial = certificate.serial();
    let positive =
        serial.first().is_some_and(|first| *first < 0x80) && serial.iter().any(|octet| *octet != 0);
    let expected = Phrase::new("expect.serial").with("octets", at_most);
    let seen = Phrase::new("seen.serial").with("serial", hex(serial));
    Answer::of(positive && serial.len() <= at_most, expected, seen)
}

pub(super) fn has(name: &Name, attributes: &[Attribute]) -> Answer {
    let expected = Phrase::new("expect.attributes").with("attributes", attribute_names(attributes));
    let lacks = |attribute: &&Attribute| {
        name.value(attribute.0).is_none_or(|value| value.trim().is_empty())
    };
    let lacking: Vec<Attribute> = attributes.iter().filter(lacks).copied().collect();
    let seen = Phrase::new("seen.name").with("name", name);
    if lacking.is_empty() {
        return Answer::met(expected, seen);
    }
    let lacking = attribute_names(&lacking);
    Answer::violated(
        expected,
        Phrase::new("seen.name-lacks").with("name", name).with("attributes", lacking),
    )
}

pub(super) fn is(name: &Name, attributes: &[Valued]) -> Answer {
    let shown: Vec<String> = attributes.iter().map(Valued::to_string).collect();
    let expected = Phrase::new("expect.attributes").with("attributes", shown.join(", "));
    let holds = attributes.iter().all(|attribute| attribute.is_in(name));
    Answer::of(holds, expected, Phrase::new("seen.name").with("name", name))
}

pub(super) fn types(
    certificate: &Certificate,
    printable: &[Attribute],
    utf8: &[Attribute],
) -> Answer {
    let expected = Phrase::new("expect.string-types")
        .with("printable", attribute_names(printable))
        .with("utf8", attribute_names(utf8));
    let is_wrong = |attribute: &&NameAttribute| {
        let listed = |list: &[Attribute]| list.iter().any(|a| a.0 == attribute.oid);
        let fits_neither = ![Tag::UTF8_STRING, Tag::PRINTABLE_STRING].contains(&attribute.tag);
        listed(printable) && attribute.tag != Tag::PRINTABLE_STRING || listed(utf8) && fits_neither
    };
    let wrong = certificate.subject().attributes().iter().filter(is_wrong);
    let shown: Vec<String> =
        wrong.map(|a| format!("{} ({})", named(a.oid), string_type(a.tag))).collect();
    if shown.is_empty() {
        return Answer::met(expected, Phrase::new("seen.string-types"));
    }
    Answer::violated(expected, Phrase::new("seen.wrong-types").with("attributes", shown.join(", ")))
}

const fn string_type(tag: Tag) -> &'static str {
    match tag {
        Tag::UTF8_STRING => "UTF8String",
        Tag::PRINTABLE_STRING => "PrintableString",
        Tag::TELETEX_STRING => "TeletexString",
        Tag::BMP_STRING => "BMPString",
        Tag::UNIVERSAL_STRING => "UniversalString",
        Tag::IA5_STRING => "IA5String",
        _ => "?",
    }
}

pub(super) fn issuer_common_name(certificate: &Certificate, begins: &str, part: &str) -> Answer {
    let expected =
        Phrase::new("expect.issuer-common-name").with("begins", begins).with("part", part);
    match certificate.issuer().value(oid::COMMON_NAME) {
        Some(name) => Answer::of(
            name.starts_with(begins) && name.contains(part),
            expected,
            Phrase::new("seen.issuer-common-name").with("name", name),
        ),
        None => Answer::violated(expected, Phrase::new("seen.no-common-name")),
    }
}

/// A name proves nothing: whoever bears that of a known root must have its fingerprint.
pub(super) fn genuine(certificate: &Certificate, roots: &[KnownRoot]) -> Answer {
    let expected = Phrase::new("expect.genuine");
    let fingerprint = certificate.fingerprint();
    match recognise(certificate, roots) {
        Recognition::Known(root) => {
            Answer::met(expected, Phrase::new("seen.genuine").with("root", root.name))
        }
        Recognition::Impostor(root) => Answer::violated(
            expected,
            Phrase::new("seen.impostor").with("root", root.name).with("fingerprint", fingerprint),
        ),
        Recognition::Unlisted => {
            Answer::not_applicable(expected, Phrase::new("seen.unlisted-root"))
        }
    }
}
