//! hcRole: which healthcare qualification a certificate vouches for (ISO 17090, HPKI CP §7.1).

use super::certificate::Certificate;
use super::tlv::{Malformed, Reader, Tag, Tlv};
use crate::oid::{self, Oid};

/// ```asn1
/// HCActorData ::= SET OF HCActor
/// HCActor     ::= SEQUENCE { codedData [0] CodedData, regionalHCActorData [1] OPTIONAL }
/// CodedData   ::= SET { codingSchemeReference [0] OBJECT IDENTIFIER,
///                       codeDataValue [1] NumericString OPTIONAL,
///                       codeDataFreeText [2] DirectoryString OPTIONAL }
/// ```
/// CodedData is a SET: its members are found by tag, not by place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HcActor {
    /// The coding scheme that the role is written in.
    pub scheme: Oid,
    /// The code, which HPKI does not use.
    pub code: Option<String>,
    /// The role in words, such as `Medical Doctor`.
    pub text: Option<String>,
}

/// The roles in the subjectDirectoryAttributes of a certificate; none if it has no such extension.
pub fn roles(certificate: &Certificate) -> Result<Vec<HcActor>, Malformed> {
    match certificate.extension(oid::SUBJECT_DIRECTORY_ATTRIBUTES)? {
        Some(extension) => parse(&extension.value),
        None => Ok(Vec::new()),
    }
}

/// The roles in the value of a subjectDirectoryAttributes extension.
pub fn parse(value: &[u8]) -> Result<Vec<HcActor>, Malformed> {
    let mut attributes = Reader::only(value, Tag::SEQUENCE, "subjectDirectoryAttributes")?.reader();
    let mut actors = Vec::new();
    while !attributes.is_empty() {
        let mut attribute = attributes.expect(Tag::SEQUENCE)?.named("hcRole");
        let kind = attribute.expect(Tag::OID)?.oid()?;
        let mut values = attribute.expect(Tag::SET)?.reader();
        while kind == oid::HC_ROLE && !values.is_empty() {
            let mut data = values.expect(Tag::SET)?.reader();
            while !data.is_empty() {
                actors.push(actor(&data.expect(Tag::SEQUENCE)?)?);
            }
        }
    }
    Ok(actors)
}

fn actor(tlv: &Tlv<'_>) -> Result<HcActor, Malformed> {
    let mut members = tlv.reader().expect(Tag::context(0))?.explicit(Tag::SET)?.reader();
    let (mut scheme, mut code, mut text) = (None, None, None);
    while !members.is_empty() {
        let member = members.take()?;
        match member.tag {
            Tag(0xa0) => scheme = Some(member.explicit(Tag::OID)?.oid()?),
            Tag(0xa1) => code = Some(member.reader().take()?.text()?),
            Tag(0xa2) => text = Some(member.reader().take()?.text()?),
            Tag(other) => return Err(member.error(super::tlv::Problem::UnexpectedTag(other))),
        }
    }
    let scheme = scheme.ok_or_else(|| tlv.error(super::tlv::Problem::Truncated))?;
    Ok(HcActor { scheme, code, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::write;

    /// The value in a MEDIS end-entity certificate, as JAHIS and MHLW describe it.
    const MEDIS: &str = "303430320606288185420001312831263024A0223120A00C060A2A830886910F01060101A2100C0E4D65646963616C20446F63746F72";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.chars().map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    #[test]
    fn the_role_of_a_real_card_is_read() {
        let actors = parse(&bytes(MEDIS)).unwrap();
        assert_eq!(actors.len(), 1);
        assert_eq!(actors[0].scheme, oid::HPKI_QUALIFICATIONS);
        assert_eq!(actors[0].text.as_deref(), Some("Medical Doctor"));
        assert_eq!(actors[0].code, None);
    }

    #[test]
    fn members_are_found_by_tag_and_codes_are_read() {
        let coded = write::set([
            write::explicit(2, &write::utf8("Pharmacist")),
            write::explicit(1, &write::element(Tag::NUMERIC_STRING, b"123")),
            write::explicit(0, &write::oid(oid::HPKI_QUALIFICATIONS)),
        ]);
        let actor = write::sequence([write::explicit(0, &coded)]);
        let attribute =
            write::sequence([write::oid(oid::HC_ROLE), write::set([write::set([actor])])]);
        let actors = parse(&write::sequence([attribute])).unwrap();
        assert_eq!(actors[0].code.as_deref(), Some("123"));
        assert_eq!(actors[0].text.as_deref(), Some("Pharmacist"));
    }

    #[test]
    fn a_role_without_a_scheme_is_malformed() {
        let coded = write::set([write::explicit(2, &write::utf8("Pharmacist"))]);
        let actor = write::sequence([write::explicit(0, &coded)]);
        let attribute =
            write::sequence([write::oid(oid::HC_ROLE), write::set([write::set([actor])])]);
        assert!(parse(&write::sequence([attribute])).is_err());
    }
}
