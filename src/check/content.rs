//! Checks on what a certificate says of itself, whatever its path.

mod extension;
mod host;
mod name;
mod role;
mod strength;

use super::Answer;
use crate::der::certificate::Certificate;
use crate::der::tlv::Malformed;
use crate::oid::{self, Oid};
use crate::policy::content::{Attribute, ContentCheck as Check, Dotted};
use crate::policy::roles::{self, RoleName};
use crate::policy::trust::{KnownRoot, known_roots};
use crate::policy::{AlgorithmTable, PolicyError};
use crate::rule::Phrase;
use extension::Criticality;

/// The tables that the checks look things up in.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Until when algorithms hold.
    pub algorithms: AlgorithmTable,
    /// Healthcare roles.
    pub roles: Vec<RoleName>,
    /// Publicly known roots.
    pub roots: Vec<KnownRoot>,
}

impl Tables {
    /// The tables that come with inkan.
    pub fn embedded() -> Result<Self, PolicyError> {
        Ok(Self {
            algorithms: AlgorithmTable::embedded()?,
            roles: roles::table()?,
            roots: known_roots()?,
        })
    }
}

/// Makes one check.
pub fn run(check: &Check, certificate: &Certificate, tables: &Tables) -> Answer {
    match check {
        Check::SerialNumber { at_most_octets } => name::serial_number(certificate, *at_most_octets),
        Check::StrongUntilEnd {} => strength::until_end(certificate, &tables.algorithms),
        Check::PolicyIs { any_of, critical } => {
            extension::policy_is(certificate, any_of, *critical)
        }
        Check::Production { test } => extension::production(certificate, test),
        Check::KeyUsageIs { exactly, critical } => {
            extension::key_usage_is(certificate, exactly.0, *critical)
        }
        Check::KeyUsageAllows { all_of, required } => {
            extension::key_usage_allows(certificate, all_of.0, *required)
        }
        Check::PurposesAbsent {} => extension::absent(certificate, oid::EXT_KEY_USAGE),
        Check::PurposesAre { exactly, critical } => {
            extension::purposes_are(certificate, exactly, *critical)
        }
        Check::PurposesInclude { all_of, none_of } => {
            extension::purposes_include(certificate, all_of, none_of)
        }
        Check::RolePresent {} => role::present(certificate),
        Check::RoleKnown {} => role::known(certificate, &tables.roles),
        Check::RoleSingle {} => role::single(certificate),
        Check::ManagerSubject { unit } => role::manager_subject(certificate, unit, &tables.roles),
        Check::SubjectHas { attributes } => name::has(certificate.subject(), attributes),
        Check::SubjectTypes { printable, utf8 } => name::types(certificate, printable, utf8),
        Check::IssuerHas { attributes } => name::has(certificate.issuer(), attributes),
        Check::SubjectIs { attributes } => name::is(certificate.subject(), attributes),
        Check::IssuerIs { attributes } => name::is(certificate.issuer(), attributes),
        Check::Named {} => host::named(certificate),
        Check::HostNames {} => host::names(certificate),
        Check::IssuerCommonName { begins, contains } => {
            name::issuer_common_name(certificate, begins, contains)
        }
        Check::KeyIs { rsa_bits, ec_bits } => strength::key_is(certificate, *rsa_bits, *ec_bits),
        Check::SignedWith { families, hashes } => {
            strength::signed_with(certificate, families, hashes)
        }
        Check::ValidityAtMost { years, days } => {
            strength::validity_at_most(certificate, *years, *days)
        }
        Check::CrlPoint {} => extension::crl_point(certificate),
        Check::StatusPointer {} => extension::status_pointer(certificate),
        Check::NotACa {} => extension::not_a_ca(certificate),
        Check::Authority { critical } => extension::authority(certificate, *critical),
        Check::AltName { kind, required } => extension::alt_name(certificate, *kind, *required),
        Check::NotCritical { extension } => {
            extension::criticality(certificate, extension.0, Criticality::No)
        }
        Check::Critical { extension } => {
            extension::criticality(certificate, extension.0, Criticality::Yes)
        }
        Check::HasExtensions { extensions, critical } => {
            extension::has(certificate, extensions, *critical)
        }
        Check::AuthorityKey {} => extension::authority_key(certificate),
        Check::Genuine {} => name::genuine(certificate, &tables.roots),
    }
}

fn named(oid: Oid) -> String {
    oid::name(&oid).map_or_else(|| oid.to_string(), str::to_owned)
}

fn dotted(oids: &[Dotted]) -> String {
    oids.iter().map(|oid| named(oid.0)).collect::<Vec<_>>().join(" / ")
}

fn attribute_names(attributes: &[Attribute]) -> String {
    attributes.iter().map(|attribute| named(attribute.0)).collect::<Vec<_>>().join(", ")
}

/// The key of the tables of words for criticality.
const fn mark(critical: bool) -> &'static str {
    if critical { "critical" } else { "-" }
}

fn missing(extension: Oid) -> Phrase {
    Phrase::new("seen.absent").with("extension", named(extension))
}

fn unreadable(expected: Phrase, error: &Malformed) -> Answer {
    Answer::violated(expected, Phrase::new("seen.malformed").with("error", error))
}
