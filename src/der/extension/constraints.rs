//! The extensions by which a CA binds the paths below it (RFC 5280 §4.2.1.5, §4.2.1.10, §4.2.1.11
//! and §4.2.1.14).

use super::{ExtensionValue, elements};
use crate::der::name::GeneralName;
use crate::der::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use crate::oid::Oid;

/// ```asn1
/// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }
/// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] INTEGER DEFAULT 0, maximum [1] INTEGER OPTIONAL }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameConstraints {
    /// Names of these forms must lie in one of these.
    pub permitted: Vec<GeneralName>,
    /// No name may lie in one of these.
    pub excluded: Vec<GeneralName>,
}

impl ExtensionValue for NameConstraints {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "nameConstraints")?.reader();
        let mut subtrees = |number| match reader.optional(Tag::context(number))? {
            Some(tlv) => elements(tlv.reader(), Tag::SEQUENCE, subtree),
            None => Ok(Vec::new()),
        };
        let (permitted, excluded) = (subtrees(0)?, subtrees(1)?);
        reader.finish()?;
        Ok(Self { permitted, excluded })
    }
}

/// The base of a subtree. The profile of RFC 5280 uses neither minimum nor maximum; a subtree that
/// does says something that nobody here would understand.
fn subtree(tlv: &Tlv<'_>) -> Result<GeneralName, Malformed> {
    let mut reader = tlv.reader();
    let base = GeneralName::parse(&reader.take()?)?;
    if let Some(minimum) = reader.optional(Tag::context_primitive(0))?
        && minimum.u64()? != 0
    {
        return Err(minimum.error(Problem::Unknown));
    }
    reader.finish()?;
    Ok(base)
}

/// `PolicyMappings ::= SEQUENCE OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyMappings(pub Vec<(Oid, Oid)>);

impl ExtensionValue for PolicyMappings {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let tlv = Reader::only(value, Tag::SEQUENCE, "policyMappings")?;
        let mapping = |tlv: &Tlv<'_>| {
            let mut reader = tlv.reader();
            let pair = (reader.expect(Tag::OID)?.oid()?, reader.expect(Tag::OID)?.oid()?);
            reader.finish()?;
            Ok(pair)
        };
        elements(tlv.reader(), Tag::SEQUENCE, mapping).map(Self)
    }
}

/// `PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0] OPTIONAL, inhibitPolicyMapping [1] OPTIONAL }`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PolicyConstraints {
    /// After so many more certificates, a policy must be acceptable.
    pub require_explicit: Option<u64>,
    /// After so many more certificates, policies are not mapped any more.
    pub inhibit_mapping: Option<u64>,
}

impl ExtensionValue for PolicyConstraints {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "policyConstraints")?.reader();
        let mut skip = |number| {
            reader.optional(Tag::context_primitive(number))?.map(|tlv| tlv.u64()).transpose()
        };
        let (require_explicit, inhibit_mapping) = (skip(0)?, skip(1)?);
        reader.finish()?;
        Ok(Self { require_explicit, inhibit_mapping })
    }
}

/// `InhibitAnyPolicy ::= INTEGER`: after so many more certificates, anyPolicy matches nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InhibitAnyPolicy(pub u64);

impl ExtensionValue for InhibitAnyPolicy {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        Reader::only(value, Tag::INTEGER, "inhibitAnyPolicy")?.u64().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::write;
    use crate::oid;

    fn dns(host: &str) -> Vec<u8> {
        write::implicit(2, &write::ia5(host))
    }

    #[test]
    fn subtrees_are_read_and_one_with_a_depth_is_refused() {
        let plain = write::explicit(0, &write::sequence([dns("example.jp")]));
        let read = NameConstraints::parse(&write::sequence([&plain])).unwrap();
        assert_eq!(read.permitted, [GeneralName::Dns("example.jp".to_owned())]);
        assert!(read.excluded.is_empty());
        let minimum = |n| write::implicit(0, &write::integer(n));
        let of_depth = |n| write::explicit(1, &write::sequence([dns("example.jp"), minimum(n)]));
        assert!(NameConstraints::parse(&write::sequence([of_depth(0)])).is_ok());
        assert!(NameConstraints::parse(&write::sequence([of_depth(1)])).is_err());
    }

    #[test]
    fn constraints_on_policies_are_read() {
        let skip = |tag, n| write::implicit(tag, &write::integer(n));
        let both = PolicyConstraints::parse(&write::sequence([skip(0, 0), skip(1, 3)])).unwrap();
        assert_eq!((both.require_explicit, both.inhibit_mapping), (Some(0), Some(3)));
        assert_eq!(InhibitAnyPolicy::parse(&write::integer(2)).unwrap(), InhibitAnyPolicy(2));
        let pair = write::sequence([write::oid(oid::HPKI_SIGNING), write::oid(oid::ANY_POLICY)]);
        let mappings = PolicyMappings::parse(&write::sequence([pair])).unwrap();
        assert_eq!(mappings.0, [(oid::HPKI_SIGNING, oid::ANY_POLICY)]);
    }
}
