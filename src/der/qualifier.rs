//! Policy qualifiers: what a certificate says beside the identifier of a policy (RFC 5280 §4.2.1.4).

use super::tlv::{Malformed, Reader, Tag};
use crate::oid;

/// The addresses of certification practice statements among the qualifiers of one policy; `rest` is
/// what follows its identifier.
///
/// ```asn1
/// PolicyInformation   ::= SEQUENCE { policyIdentifier, policyQualifiers SEQUENCE OF PolicyQualifierInfo OPTIONAL }
/// PolicyQualifierInfo ::= SEQUENCE { policyQualifierId OBJECT IDENTIFIER, qualifier ANY }
/// ```
pub fn practice_statements(rest: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut found = Vec::new();
    if rest.is_empty() {
        return Ok(found);
    }
    let mut all = Reader::only(rest, Tag::SEQUENCE, "policyQualifiers")?.reader();
    while !all.is_empty() {
        let mut one = all.expect(Tag::SEQUENCE)?.reader();
        let kind = one.expect(Tag::OID)?.oid()?;
        let value = one.take()?;
        one.finish()?;
        if kind == oid::CPS_QUALIFIER {
            found.push(value.text()?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::write;

    #[test]
    fn an_address_is_found_and_other_qualifiers_are_passed_over() {
        let cps = write::sequence([write::oid(oid::CPS_QUALIFIER), write::ia5("http://cps")]);
        let notice = write::sequence([write::oid(oid::DATA), write::sequence::<Vec<u8>>([])]);
        let all = write::sequence([notice, cps]);
        assert_eq!(practice_statements(&all).unwrap(), ["http://cps"]);
        assert!(practice_statements(&[]).unwrap().is_empty());
        assert!(practice_statements(&[0x05, 0x00]).is_err());
    }
}
