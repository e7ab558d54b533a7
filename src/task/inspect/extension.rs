//! What an extension says, one fact after another.

use crate::der::extension::constraints::{
    InhibitAnyPolicy, NameConstraints, PolicyConstraints, PolicyMappings,
};
use crate::der::extension::{
    AltNames, AuthorityInfoAccess, AuthorityKeyId, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, DistributionPoint, ExtKeyUsage, Extension, ExtensionValue as _,
    KeyUsage, SubjectKeyId,
};
use crate::der::hcrole;
use crate::der::name::{GeneralName, Name};
use crate::der::qualifier::practice_statements;
use crate::der::tlv::{Malformed, Reader};
use crate::digest::hex;
use crate::oid::{self, Oid};

/// One thing that an extension says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// What kind of thing.
    pub kind: FactKind,
    /// The thing itself.
    pub value: String,
}

macro_rules! fact_kinds {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// Kinds of things that extensions say.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum FactKind {
            $(#[doc = $doc] $variant,)*
        }

        impl FactKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word in reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

fact_kinds! {
    Ca = "ca", "Whether the subject may issue certificates.";
    PathLength = "path-length", "How many CAs may stand below it.";
    Usage = "usage", "What the key may be used for.";
    Purpose = "purpose", "What the certificate is meant for.";
    Policy = "policy", "A certificate policy.";
    PracticeStatement = "practice-statement", "Where the certification practice statement is.";
    Mapping = "mapping", "A policy of the issuer, and the policy of the subject that is as good.";
    ExplicitAfter = "explicit-after", "After how many certificates a policy is required.";
    MappingUntil = "mapping-until", "For how many certificates policies may be mapped.";
    AnyPolicyUntil = "any-policy-until", "For how many certificates any policy will do.";
    Permitted = "permitted", "Names below it may lie here.";
    Excluded = "excluded", "Names below it must not lie here.";
    CrlAt = "crl-at", "Where the revocation list is.";
    CrlIssuer = "crl-issuer", "Who issues the revocation list.";
    OcspAt = "ocsp-at", "Where the OCSP responder is.";
    IssuerAt = "issuer-at", "Where the issuer's certificate is.";
    AccessAt = "access-at", "Where something else is.";
    KeyId = "key-id", "A key identifier.";
    IssuerName = "issuer-name", "Who issued the issuer's certificate.";
    IssuerSerial = "issuer-serial", "The serial number of the issuer's certificate.";
    Mail = "mail", "A mail address.";
    Host = "host", "A host name.";
    Directory = "directory", "A distinguished name.";
    Address = "address", "An address on the web.";
    Ip = "ip", "An IP address.";
    Identifier = "identifier", "A registered identifier.";
    OtherName = "other-name", "A name of a type of its own.";
    Role = "role", "A healthcare role.";
    PersonName = "person-name", "The name of the holder of a national identity card.";
    PersonNameSubstituted = "person-name-substituted", "Which characters of the name stand for others.";
    PersonGender = "person-gender", "The gender of the holder.";
    PersonBirth = "person-birth", "The date of birth of the holder.";
    PersonAddress = "person-address", "The address of the holder.";
    PersonAddressSubstituted = "person-address-substituted", "Which characters of the address stand for others.";
    Raw = "raw", "Bytes that inkan does not decode, in hexadecimal.";
}

impl FactKind {
    /// Whether it is shown only to those who ask for it: what the national identity card says of its
    /// holder.
    pub const fn is_personal(self) -> bool {
        matches!(
            self,
            Self::PersonName
                | Self::PersonNameSubstituted
                | Self::PersonGender
                | Self::PersonBirth
                | Self::PersonAddress
                | Self::PersonAddressSubstituted
        )
    }
}

/// Everything that an extension of a certificate by that issuer says.
pub fn facts(extension: &Extension, issuer: &Name) -> Result<Vec<Fact>, Malformed> {
    let value = &extension.value;
    Ok(match extension.oid {
        oid::BASIC_CONSTRAINTS => basic_constraints(BasicConstraints::parse(value)?),
        oid::KEY_USAGE => {
            let names = KeyUsage::parse(value)?.names();
            names.into_iter().map(|name| fact(FactKind::Usage, name)).collect()
        }
        oid::EXT_KEY_USAGE => {
            let purposes = ExtKeyUsage::parse(value)?.0;
            purposes.into_iter().map(|oid| fact(FactKind::Purpose, named(oid))).collect()
        }
        oid::CERTIFICATE_POLICIES => policies(&CertificatePolicies::parse(value)?)?,
        oid::CRL_DISTRIBUTION_POINTS | oid::FRESHEST_CRL => {
            let points = CrlDistributionPoints::parse(value)?.0;
            let facts: Result<Vec<_>, _> =
                points.iter().map(|point| distribution_point(point, issuer)).collect();
            facts?.concat()
        }
        oid::AUTHORITY_INFO_ACCESS | oid::SUBJECT_INFO_ACCESS => {
            AuthorityInfoAccess::parse(value)?.0.iter().map(access).collect()
        }
        oid::SUBJECT_KEY_IDENTIFIER => {
            vec![fact(FactKind::KeyId, hex(&SubjectKeyId::parse(value)?.0))]
        }
        oid::AUTHORITY_KEY_IDENTIFIER => authority_key(&AuthorityKeyId::parse(value)?),
        oid::SUBJECT_ALT_NAME | oid::ISSUER_ALT_NAME => {
            AltNames::parse(value)?.0.iter().map(general_name).collect()
        }
        oid::POLICY_MAPPINGS => mappings(&PolicyMappings::parse(value)?),
        oid::POLICY_CONSTRAINTS => policy_constraints(PolicyConstraints::parse(value)?),
        oid::INHIBIT_ANY_POLICY => {
            vec![fact(FactKind::AnyPolicyUntil, InhibitAnyPolicy::parse(value)?.0)]
        }
        oid::NAME_CONSTRAINTS => name_constraints(&NameConstraints::parse(value)?),
        oid::SUBJECT_DIRECTORY_ATTRIBUTES => roles(value)?,
        _ => vec![fact(FactKind::Raw, hex(value))],
    })
}

fn fact(kind: FactKind, value: impl std::fmt::Display) -> Fact {
    Fact { kind, value: value.to_string() }
}

fn named(oid: Oid) -> String {
    oid::name(&oid).map_or_else(|| oid.to_string(), |name| format!("{name} ({oid})"))
}

fn basic_constraints(constraints: BasicConstraints) -> Vec<Fact> {
    let ca = fact(FactKind::Ca, constraints.ca);
    let length = constraints.path_length.map(|length| fact(FactKind::PathLength, length));
    [ca].into_iter().chain(length).collect()
}

fn policies(policies: &CertificatePolicies) -> Result<Vec<Fact>, Malformed> {
    let mut facts = Vec::new();
    for (oid, rest) in &policies.0 {
        facts.push(fact(FactKind::Policy, oid));
        let statements = practice_statements(rest)?;
        facts.extend(statements.iter().map(|url| fact(FactKind::PracticeStatement, url)));
    }
    Ok(facts)
}

fn mappings(mappings: &PolicyMappings) -> Vec<Fact> {
    let mapped = mappings.0.iter();
    mapped.map(|(from, to)| fact(FactKind::Mapping, format!("{from} → {to}"))).collect()
}

fn policy_constraints(constraints: PolicyConstraints) -> Vec<Fact> {
    let explicit = constraints.require_explicit.map(|n| fact(FactKind::ExplicitAfter, n));
    let mapping = constraints.inhibit_mapping.map(|n| fact(FactKind::MappingUntil, n));
    explicit.into_iter().chain(mapping).collect()
}

fn name_constraints(constraints: &NameConstraints) -> Vec<Fact> {
    let shown = |kind, name| fact(kind, general_name(name).value);
    let permitted = constraints.permitted.iter().map(|name| shown(FactKind::Permitted, name));
    let excluded = constraints.excluded.iter().map(|name| shown(FactKind::Excluded, name));
    permitted.chain(excluded).collect()
}

fn distribution_point(point: &DistributionPoint, issuer: &Name) -> Result<Vec<Fact>, Malformed> {
    let names = point.name.names(list_issuer(point).unwrap_or(issuer))?;
    let at = names.iter().map(|name| fact(FactKind::CrlAt, general_name(name).value));
    let by = point.crl_issuer.iter();
    let by = by.map(|name| fact(FactKind::CrlIssuer, general_name(name).value));
    Ok(at.chain(by).collect())
}

/// Whoever issues the list, if not the certificate's issuer: a relative name is relative to that.
fn list_issuer(point: &DistributionPoint) -> Option<&Name> {
    point.crl_issuer.iter().find_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        GeneralName::Other(..)
        | GeneralName::Email(_)
        | GeneralName::Dns(_)
        | GeneralName::Uri(_)
        | GeneralName::Ip(_)
        | GeneralName::RegisteredId(_)
        | GeneralName::Unused(..) => None,
    })
}

fn access((method, location): &(Oid, GeneralName)) -> Fact {
    let place = general_name(location).value;
    match *method {
        oid::AD_OCSP => fact(FactKind::OcspAt, place),
        oid::AD_CA_ISSUERS => fact(FactKind::IssuerAt, place),
        other => fact(FactKind::AccessAt, format!("{}: {place}", named(other))),
    }
}

fn authority_key(id: &AuthorityKeyId) -> Vec<Fact> {
    let key = id.key_id.iter().map(|id| fact(FactKind::KeyId, hex(id)));
    let issuer = id.issuer.iter().map(|n| fact(FactKind::IssuerName, general_name(n).value));
    let serial = id.serial.iter().map(|serial| fact(FactKind::IssuerSerial, hex(serial)));
    key.chain(issuer).chain(serial).collect()
}

pub(in crate::task) fn general_name(name: &GeneralName) -> Fact {
    match name {
        GeneralName::Other(oid, value) => other_name(*oid, value),
        GeneralName::Email(mail) => fact(FactKind::Mail, mail),
        GeneralName::Dns(host) => fact(FactKind::Host, host),
        GeneralName::Directory(name) => fact(FactKind::Directory, name),
        GeneralName::Uri(uri) => fact(FactKind::Address, uri),
        GeneralName::Ip(octets) => fact(FactKind::Ip, ip(octets)),
        GeneralName::RegisteredId(oid) => fact(FactKind::Identifier, named(*oid)),
        GeneralName::Unused(_, bytes) => fact(FactKind::Raw, hex(bytes)),
    }
}

/// The types under which the national identity card describes its holder are told apart, so that they
/// can be kept back.
fn other_name(oid: Oid, value: &[u8]) -> Fact {
    let text = Reader::new(value, "otherName").take().and_then(|tlv| tlv.text());
    let shown = text.unwrap_or_else(|_| hex(value));
    match oid {
        oid::JPKI_NAME => fact(FactKind::PersonName, shown),
        oid::JPKI_NAME_SUBSTITUTED => fact(FactKind::PersonNameSubstituted, shown),
        oid::JPKI_GENDER => fact(FactKind::PersonGender, shown),
        oid::JPKI_BIRTH_DATE => fact(FactKind::PersonBirth, shown),
        oid::JPKI_ADDRESS => fact(FactKind::PersonAddress, shown),
        oid::JPKI_ADDRESS_SUBSTITUTED => fact(FactKind::PersonAddressSubstituted, shown),
        other => fact(FactKind::OtherName, format!("{}: {shown}", named(other))),
    }
}

fn ip(octets: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        core::net::Ipv4Addr::from(four).to_string()
    } else if let Ok(sixteen) = <[u8; 16]>::try_from(octets) {
        core::net::Ipv6Addr::from(sixteen).to_string()
    } else if let Some((address, mask)) = octets.split_at_checked(octets.len() / 2)
        && [8, 32].contains(&octets.len())
    {
        format!("{} / {}", ip(address), ip(mask))
    } else {
        hex(octets)
    }
}

/// The text of each role; the names in both languages are the report's to find.
fn roles(value: &[u8]) -> Result<Vec<Fact>, Malformed> {
    let actors = hcrole::parse(value)?;
    let shown = actors.into_iter().map(|actor| {
        let text = actor.text.or(actor.code);
        fact(FactKind::Role, text.unwrap_or_else(|| actor.scheme.to_string()))
    });
    let shown: Vec<Fact> = shown.collect();
    Ok(if shown.is_empty() { vec![fact(FactKind::Raw, hex(value))] } else { shown })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::{Bytes, Tag, write};

    fn nobody() -> Name {
        Name::parse(&Reader::new(&[0x30, 0], "Name").take().unwrap()).unwrap()
    }

    fn read(oid: Oid, value: Vec<u8>) -> Vec<Fact> {
        facts(&Extension { oid, critical: false, value: Bytes::from(value) }, &nobody()).unwrap()
    }

    fn other(oid: Oid, text: &str) -> Vec<u8> {
        let value = write::explicit(0, &write::utf8(text));
        write::implicit(0, &write::sequence([write::oid(oid), value]))
    }

    #[test]
    fn what_the_identity_card_says_of_its_holder_is_marked_personal() {
        let names = [
            other(oid::JPKI_NAME, "試験　太郎"),
            other(oid::JPKI_BIRTH_DATE, "42000101"),
            other(oid::HC_ROLE, "not personal"),
        ];
        let facts = read(oid::SUBJECT_ALT_NAME, write::sequence(names));
        assert_eq!(facts[0], fact(FactKind::PersonName, "試験　太郎"));
        let personal: Vec<bool> = facts.iter().map(|f| f.kind.is_personal()).collect();
        assert_eq!(personal, [true, true, false]);
    }

    #[test]
    fn addresses_are_written_as_people_write_them() {
        let names = [
            write::element(Tag::context_primitive(7), &[127, 0, 0, 1]),
            write::element(Tag::context_primitive(2), b"host.invalid"),
        ];
        let facts = read(oid::SUBJECT_ALT_NAME, write::sequence(names));
        assert_eq!(facts, [fact(FactKind::Ip, "127.0.0.1"), fact(FactKind::Host, "host.invalid")]);
    }

    #[test]
    fn what_is_not_known_is_shown_as_bytes_and_what_is_broken_is_an_error() {
        assert_eq!(read(oid::HC_ROLE, vec![5, 0]), [fact(FactKind::Raw, "0500")]);
        let broken = Extension { oid: oid::KEY_USAGE, critical: true, value: Bytes::new() };
        assert!(facts(&broken, &nobody()).is_err());
    }
}
