//! What extensions a certificate has, and whether path validation can do with them.

use super::{name, unreadable};
use crate::check::Answer;
use crate::der::certificate::Certificate;
use crate::der::extension::constraints::{
    InhibitAnyPolicy, NameConstraints, PolicyConstraints, PolicyMappings,
};
use crate::der::extension::{
    AltNames, AuthorityInfoAccess, AuthorityKeyId, CertificatePolicies, CrlDistributionPoints,
    ExtensionValue, SubjectKeyId,
};
use crate::der::tlv::Malformed;
use crate::oid::{self, Oid};
use crate::rule::Phrase;

/// Extensions that may be critical: path validation here processes them, or needs not (RFC 5280 §4.2).
/// Of those that the RFC defines, two are missing. What subjectDirectoryAttributes says beside hcRole
/// and what subjectInfoAccess offers is not processed, so a critical one is refused, as §4.2 demands.
const PROCESSED: [Oid; 15] = [
    oid::BASIC_CONSTRAINTS,
    oid::KEY_USAGE,
    oid::EXT_KEY_USAGE,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::NAME_CONSTRAINTS,
    oid::SUBJECT_ALT_NAME,
    // §4.2.1.7: no part of path validation.
    oid::ISSUER_ALT_NAME,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::FRESHEST_CRL,
    oid::AUTHORITY_INFO_ACCESS,
];

pub(super) fn critical_extensions_known(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.critical-known");
    let unknown: Vec<String> = unknown_critical(certificate).map(name).collect();
    if unknown.is_empty() {
        return Answer::met(expected, Phrase::new("seen.critical-known"));
    }
    Answer::violated(
        expected,
        Phrase::new("seen.critical-unknown").with("extensions", unknown.join(", ")),
    )
}

/// Critical extensions for which the certificate must be refused.
pub(in crate::check) fn unknown_critical(certificate: &Certificate) -> impl Iterator<Item = Oid> {
    let critical = certificate.extensions().iter().filter(|e| e.critical);
    critical.map(|e| e.oid).filter(|oid| !PROCESSED.contains(oid))
}

pub(super) fn extensions_readable(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.extensions-readable");
    let mut seen: Vec<Oid> = Vec::new();
    for extension in certificate.extensions() {
        if seen.contains(&extension.oid) {
            let twice = Phrase::new("seen.extension-twice").with("extension", name(extension.oid));
            return Answer::violated(expected, twice);
        }
        seen.push(extension.oid);
    }
    let readable = can_read(certificate);
    match readable {
        Ok(()) => Answer::met(expected, Phrase::new("seen.extensions").with("count", seen.len())),
        Err(error) => unreadable(expected, &error),
    }
}

fn can_read(certificate: &Certificate) -> Result<(), Malformed> {
    fn one<T: ExtensionValue>(certificate: &Certificate, oid: Oid) -> Result<(), Malformed> {
        certificate.value::<T>(oid).map(|_| ())
    }
    certificate.basic_constraints()?;
    certificate.key_usage()?;
    certificate.ext_key_usage()?;
    certificate.crl_distribution_points()?;
    one::<CrlDistributionPoints>(certificate, oid::FRESHEST_CRL)?;
    one::<CertificatePolicies>(certificate, oid::CERTIFICATE_POLICIES)?;
    one::<PolicyMappings>(certificate, oid::POLICY_MAPPINGS)?;
    one::<PolicyConstraints>(certificate, oid::POLICY_CONSTRAINTS)?;
    one::<AuthorityInfoAccess>(certificate, oid::AUTHORITY_INFO_ACCESS)?;
    one::<AltNames>(certificate, oid::SUBJECT_ALT_NAME)?;
    one::<AltNames>(certificate, oid::ISSUER_ALT_NAME)?;
    one::<AuthorityKeyId>(certificate, oid::AUTHORITY_KEY_IDENTIFIER)?;
    one::<SubjectKeyId>(certificate, oid::SUBJECT_KEY_IDENTIFIER)?;
    one::<InhibitAnyPolicy>(certificate, oid::INHIBIT_ANY_POLICY)?;
    one::<NameConstraints>(certificate, oid::NAME_CONSTRAINTS)
}
