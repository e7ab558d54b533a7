//! Checks on the extensions of a certificate.

use super::{Answer, dotted, mark, missing, named, unreadable};
use crate::der::certificate::Certificate;
use crate::der::extension::{AltNames, Extension, ExtensionValue, KeyUsage};
use crate::der::name::GeneralName;
use crate::der::tlv::Malformed;
use crate::oid::{self, Oid};
use crate::policy::content::{Dotted, NameKind};
use crate::policy::recognise::policies;
use crate::rule::Phrase;

/// The extension with its value; or the answer, where there is none or it cannot be read.
fn read<T: ExtensionValue>(
    certificate: &Certificate,
    oid: Oid,
    expected: &Phrase,
) -> Result<(T, bool), Box<Answer>> {
    let found = certificate.extension(oid).map(Option::<&Extension>::cloned);
    match found.and_then(|e| e.map(|e| Ok((T::parse(&e.value)?, e.critical))).transpose()) {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(Box::new(Answer::violated(expected.clone(), missing(oid)))),
        Err(error) => Err(Box::new(unreadable(expected.clone(), &error))),
    }
}

pub(super) fn policy_is(certificate: &Certificate, any_of: &[Dotted], critical: bool) -> Answer {
    let expected = Phrase::new("expect.policy")
        .with("policies", dotted(any_of))
        .with("critical", mark(critical));
    let is_critical = match certificate.extension(oid::CERTIFICATE_POLICIES) {
        Ok(Some(extension)) => extension.critical,
        Ok(None) => return Answer::violated(expected, missing(oid::CERTIFICATE_POLICIES)),
        Err(error) => return unreadable(expected, &error),
    };
    let named_there = policies(certificate);
    let has = any_of.iter().any(|wanted| named_there.contains(&wanted.0));
    let shown: Vec<String> = named_there.into_iter().map(named).collect();
    let seen = Phrase::new("seen.policies-named")
        .with("policies", shown.join(", "))
        .with("critical", mark(is_critical));
    Answer::of(has && (is_critical || !critical), expected, seen)
}

pub(super) fn production(certificate: &Certificate, test: &[Dotted]) -> Answer {
    let expected = Phrase::new("expect.production");
    let trial = policies(certificate).into_iter().find(|p| test.iter().any(|t| t.0 == *p));
    match trial {
        Some(policy) => Answer::violated(
            expected,
            Phrase::new("seen.test-policy").with("policy", named(policy)),
        ),
        None => Answer::met(expected, Phrase::new("seen.no-test-policy")),
    }
}

pub(super) fn key_usage_is(certificate: &Certificate, exactly: KeyUsage, critical: bool) -> Answer {
    let expected = Phrase::new("expect.key-usage-is")
        .with("usage", exactly.names().join(", "))
        .with("critical", mark(critical));
    let (usage, is_critical): (KeyUsage, bool) = match read(certificate, oid::KEY_USAGE, &expected)
    {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    let seen = Phrase::new("seen.key-usage-is")
        .with("usage", usage.names().join(", "))
        .with("critical", mark(is_critical));
    Answer::of(usage == exactly && (is_critical || !critical), expected, seen)
}

pub(super) fn key_usage_allows(
    certificate: &Certificate,
    all_of: KeyUsage,
    required: bool,
) -> Answer {
    let expected = Phrase::new("expect.key-usage-allows").with("usage", all_of.names().join(", "));
    match certificate.key_usage() {
        Ok(Some(usage)) => {
            let seen = Phrase::new("seen.key-usage").with("usage", usage.names().join(", "));
            Answer::of(usage.allows(all_of), expected, seen)
        }
        Ok(None) if required => Answer::violated(expected, missing(oid::KEY_USAGE)),
        Ok(None) => Answer::met(expected, Phrase::new("seen.key-usage-any")),
        Err(error) => unreadable(expected, &error),
    }
}

pub(super) fn absent(certificate: &Certificate, extension: Oid) -> Answer {
    let expected = Phrase::new("expect.absent").with("extension", named(extension));
    match certificate.extension(extension) {
        Ok(None) => Answer::met(expected, missing(extension)),
        Ok(Some(_)) => Answer::violated(
            expected,
            Phrase::new("seen.present").with("extension", named(extension)),
        ),
        Err(error) => unreadable(expected, &error),
    }
}

pub(super) fn purposes_are(
    certificate: &Certificate,
    exactly: &[Dotted],
    critical: bool,
) -> Answer {
    let expected = Phrase::new("expect.purposes-are")
        .with("purposes", dotted(exactly))
        .with("critical", mark(critical));
    let (usage, is_critical): (crate::der::extension::ExtKeyUsage, bool) =
        match read(certificate, oid::EXT_KEY_USAGE, &expected) {
            Ok(found) => found,
            Err(answer) => return *answer,
        };
    let same = usage.0.len() == exactly.len() && exactly.iter().all(|e| usage.0.contains(&e.0));
    let shown: Vec<String> = usage.0.into_iter().map(named).collect();
    let seen = Phrase::new("seen.purpose")
        .with("purposes", shown.join(", "))
        .with("critical", mark(is_critical));
    Answer::of(same && (is_critical || !critical), expected, seen)
}

pub(super) fn purposes_include(
    certificate: &Certificate,
    all_of: &[Dotted],
    none_of: &[Dotted],
) -> Answer {
    let expected = Phrase::new("expect.purposes-include")
        .with("purposes", all_named(all_of))
        .with("others", all_named(none_of));
    let usage = match certificate.ext_key_usage() {
        Ok(Some(usage)) => usage.0,
        Ok(None) => return Answer::violated(expected, missing(oid::EXT_KEY_USAGE)),
        Err(error) => return unreadable(expected, &error),
    };
    let is_there = |purpose: &Dotted| usage.contains(&purpose.0);
    let holds = all_of.iter().all(is_there) && !none_of.iter().any(is_there);
    let shown: Vec<String> = usage.iter().copied().map(named).collect();
    Answer::of(holds, expected, Phrase::new("seen.purposes").with("purposes", shown.join(", ")))
}

pub(super) fn crl_point(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.crl-point");
    let shown = match crl_places(certificate) {
        Ok(Some(shown)) => shown,
        Ok(None) => return Answer::violated(expected, missing(oid::CRL_DISTRIBUTION_POINTS)),
        Err(error) => return unreadable(expected, &error),
    };
    match shown.is_empty() {
        true => Answer::violated(expected, Phrase::new("seen.no-crl-place")),
        false => {
            Answer::met(expected, Phrase::new("seen.crl-point").with("places", shown.join(", ")))
        }
    }
}

pub(super) fn status_pointer(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.status-pointer");
    let lists = match crl_places(certificate) {
        Ok(lists) => lists.unwrap_or_default(),
        Err(error) => return unreadable(expected, &error),
    };
    let places = [lists, certificate.access_urls(oid::AD_OCSP)].concat();
    if places.is_empty() {
        return Answer::violated(expected, Phrase::new("seen.no-status-pointer"));
    }
    Answer::met(expected, Phrase::new("seen.status-pointer").with("places", places.join(", ")))
}

/// Where the certificate says that its lists are; nothing if it does not speak of lists.
fn crl_places(certificate: &Certificate) -> Result<Option<Vec<String>>, Malformed> {
    let Some(points) = certificate.crl_distribution_points()? else { return Ok(None) };
    let names =
        points.0.iter().map(|point| point.name.names(certificate.issuer()).unwrap_or_default());
    Ok(Some(names.flatten().filter_map(|name| place(&name)).collect()))
}

/// Where a list can be looked for: on the web or in a directory.
fn place(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Uri(uri) => Some(uri.clone()),
        GeneralName::Directory(name) => Some(name.to_string()),
        GeneralName::Other(..)
        | GeneralName::Email(_)
        | GeneralName::Dns(_)
        | GeneralName::Ip(_)
        | GeneralName::RegisteredId(_)
        | GeneralName::Unused(..) => None,
    }
}

pub(super) fn not_a_ca(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.not-a-ca");
    match certificate.basic_constraints() {
        Ok(None) => Answer::met(expected, missing(oid::BASIC_CONSTRAINTS)),
        Ok(Some(constraints)) if constraints.ca => {
            Answer::violated(expected, Phrase::new("seen.ca"))
        }
        Ok(Some(_)) => Answer::met(expected, Phrase::new("seen.not-ca")),
        Err(error) => unreadable(expected, &error),
    }
}

pub(super) fn authority(certificate: &Certificate, critical: bool) -> Answer {
    let expected = Phrase::new("expect.authority").with("critical", mark(critical));
    let (constraints, is_critical): (crate::der::extension::BasicConstraints, bool) =
        match read(certificate, oid::BASIC_CONSTRAINTS, &expected) {
            Ok(found) => found,
            Err(answer) => return *answer,
        };
    if !constraints.ca {
        return Answer::violated(expected, Phrase::new("seen.not-ca"));
    }
    let seen = Phrase::new("seen.authority").with("critical", mark(is_critical));
    Answer::of(is_critical || !critical, expected, seen)
}

pub(super) fn alt_name(certificate: &Certificate, kind: NameKind, required: bool) -> Answer {
    let expected = Phrase::new("expect.alt-name").with("kind", kind.name());
    let names = match certificate.value::<AltNames>(oid::SUBJECT_ALT_NAME) {
        Ok(Some(names)) => names.0,
        Ok(None) if required => return Answer::violated(expected, missing(oid::SUBJECT_ALT_NAME)),
        Ok(None) => return Answer::not_applicable(expected, missing(oid::SUBJECT_ALT_NAME)),
        Err(error) => return unreadable(expected, &error),
    };
    let is_of = |name: &&GeneralName| match kind {
        NameKind::DirectoryName => matches!(name, GeneralName::Directory(_)),
        NameKind::OtherName => matches!(name, GeneralName::Other(..)),
        NameKind::DnsName => matches!(name, GeneralName::Dns(_)),
    };
    // The names themselves may be personal and are not repeated in findings.
    let count = names.iter().filter(is_of).count();
    let seen = Phrase::new("seen.alt-names").with("count", count).with("kind", kind.name());
    Answer::of(count > 0, expected, seen)
}

/// How an extension must be marked where it is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Criticality {
    /// Whoever does not process it must refuse the certificate.
    Yes,
    /// Whoever does not process it may pass it over.
    No,
}

pub(super) fn criticality(certificate: &Certificate, oid: Oid, wanted: Criticality) -> Answer {
    let expected = match wanted {
        Criticality::Yes => Phrase::new("expect.critical"),
        Criticality::No => Phrase::new("expect.not-critical"),
    };
    let expected = expected.with("extension", named(oid));
    match certificate.extension(oid) {
        // Few certificates have them all: what is not there is not marked wrongly, and no question left.
        Ok(None) => Answer::met(expected, missing(oid)),
        Ok(Some(found)) => {
            let seen = Phrase::new("seen.criticality")
                .with("extension", named(oid))
                .with("critical", mark(found.critical));
            Answer::of(found.critical == (wanted == Criticality::Yes), expected, seen)
        }
        Err(error) => unreadable(expected, &error),
    }
}

pub(super) fn has(certificate: &Certificate, extensions: &[Dotted], critical: bool) -> Answer {
    let expected = Phrase::new("expect.extensions")
        .with("extensions", all_named(extensions))
        .with("critical", mark(critical));
    for wanted in extensions {
        match certificate.extension(wanted.0) {
            Ok(Some(found)) if found.critical || !critical => {}
            Ok(Some(_)) => {
                let seen = Phrase::new("seen.criticality")
                    .with("extension", named(wanted.0))
                    .with("critical", mark(false));
                return Answer::violated(expected, seen);
            }
            Ok(None) => return Answer::violated(expected, missing(wanted.0)),
            Err(error) => return unreadable(expected, &error),
        }
    }
    Answer::met(expected, Phrase::new("seen.all-there"))
}

fn all_named(extensions: &[Dotted]) -> String {
    extensions.iter().map(|extension| named(extension.0)).collect::<Vec<_>>().join(", ")
}

pub(super) fn authority_key(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.authority-key");
    if certificate.is_self_issued() {
        // RFC 5280 §4.2.1.1: a self-signed certificate may leave it out.
        return Answer::not_applicable(expected, Phrase::new("seen.own-issuer"));
    }
    match certificate.authority_key_id() {
        Some(_) => Answer::met(expected, Phrase::new("seen.authority-key")),
        None => Answer::violated(expected, missing(oid::AUTHORITY_KEY_IDENTIFIER)),
    }
}
