//! Checks on one certificate in its path (RFC 5280 §6.1).

mod extensions;

pub(super) use extensions::unknown_critical;

use super::link::{Around, Link, Place, without_issuer};
use super::names::{self, Refused};
use super::policies::{self, Valid};
use super::work::Work;
use super::{Answer, algorithm, status};
use crate::crypto::verify::NotVerified;
use crate::der::certificate::Certificate;
use crate::der::extension::KeyUsage;
use crate::der::tlv::Malformed;
use crate::evidence::{Want, Wanted};
use crate::oid::{self, Oid};
use crate::policy::Policy;
use crate::policy::content::Dotted;
use crate::policy::requirement::CertificateCheck as Check;
use crate::rule::{Outcome, Phrase, SubIndication};
use crate::time::Instant;
use extensions::{critical_extensions_known, extensions_readable};

/// Makes one check.
pub fn run(check: &Check, link: &Link<'_>, around: &Around<'_>) -> Answer {
    let certificate = link.certificate;
    match check {
        Check::IssuedByNext {} => issued_by_next(link, around.work),
        Check::NameChains {} => name_chains(link),
        Check::AlgorithmsAgree {} => Answer::of(
            certificate.algorithm() == certificate.inner_algorithm(),
            Phrase::new("expect.same-algorithm")
                .with("algorithm", name(certificate.inner_algorithm().oid)),
            Phrase::new("seen.algorithm").with("algorithm", name(certificate.algorithm().oid)),
        ),
        Check::Version { at_least } => Answer::of(
            certificate.version() >= *at_least,
            Phrase::new("expect.version").with("version", at_least),
            Phrase::new("seen.version").with("version", certificate.version()),
        ),
        Check::ValidAt {} => valid_at(link, around),
        Check::NotRevoked {} => status::not_revoked(link, around),
        Check::StatusCurrent {} => status::status_current(link, around),
        Check::CriticalExtensionsKnown {} => critical_extensions_known(certificate),
        Check::ExtensionsReadable {} => extensions_readable(certificate),
        Check::IsCa {} => is_ca(certificate),
        Check::PathLength {} => path_length(link),
        Check::NameConstraints {} => name_constraints(link),
        Check::Policies {} => path_policies(link, around.policy),
        Check::AlgorithmStrength {} => algorithm_strength(link, around),
        Check::KeyUsage { any_of, required } => key_usage(certificate, any_of, *required),
        Check::KeyUsageFits { keys, any_of, none_of } => {
            key_usage_fits(certificate, keys, any_of.0, none_of.0)
        }
        Check::ExtKeyUsage { purpose, alone, critical } => {
            ext_key_usage(certificate, purpose, *alone, *critical)
        }
    }
}

/// Whether the answer is the same at any time and with any evidence: the certificates of the path decide it.
pub const fn is_timeless(check: &Check) -> bool {
    match check {
        Check::ValidAt {}
        | Check::NotRevoked {}
        | Check::StatusCurrent {}
        | Check::AlgorithmStrength {} => false,
        Check::IssuedByNext {}
        | Check::NameChains {}
        | Check::AlgorithmsAgree {}
        | Check::Version { .. }
        | Check::CriticalExtensionsKnown {}
        | Check::ExtensionsReadable {}
        | Check::IsCa {}
        | Check::PathLength {}
        | Check::NameConstraints {}
        | Check::Policies {}
        | Check::KeyUsage { .. }
        | Check::KeyUsageFits { .. }
        | Check::ExtKeyUsage { .. } => true,
    }
}

fn name(oid: Oid) -> String {
    oid::name(&oid).map_or_else(|| oid.to_string(), str::to_owned)
}

fn name_chains(link: &Link<'_>) -> Answer {
    let named = link.certificate.issuer();
    let Some(issuer) = link.issuer() else {
        return without_issuer(link, Phrase::new("expect.issuer").with("name", named));
    };
    Answer::of(
        named == issuer.subject(),
        Phrase::new("expect.issuer").with("name", issuer.subject()),
        Phrase::new("seen.issuer").with("name", named),
    )
}

fn issued_by_next(link: &Link<'_>, work: &Work<'_>) -> Answer {
    let expected = Phrase::new("expect.signed-by").with("name", link.certificate.issuer());
    let Some(issuer) = link.issuer() else { return without_issuer(link, expected) };
    match work.issued(link.certificate, issuer) {
        None => Answer::violated(expected, Phrase::new("seen.path-budget")),
        Some(Ok(())) => Answer::met(expected, Phrase::new("seen.signature-verifies")),
        Some(Err(NotVerified::Unsupported(algorithm))) => Answer::unanswered(
            expected,
            Want::without_source(Wanted::Algorithm, &algorithm),
            Phrase::new("seen.unsupported").with("algorithm", &algorithm),
        ),
        Some(Err(NotVerified::Mismatch)) => {
            Answer::violated(expected, Phrase::new("seen.signature-differs"))
        }
        Some(Err(NotVerified::UnsuitableKey)) => {
            Answer::violated(expected, Phrase::new("seen.unsuitable-key"))
        }
    }
}

/// The thing whose path this is was made while the certificate was valid, if it is proven that early
/// (EN 319 102-1 §5.5.4 and §5.6.2.1). What only may be later leaves the question open; what must be
/// later, or earlier than the begin, settles it.
fn valid_at(link: &Link<'_>, around: &Around<'_>) -> Answer {
    let (certificate, times) = (link.certificate, around.times);
    let (from, to) = (certificate.not_before(), certificate.not_after());
    let expected = Phrase::new("expect.valid-at").with("at", times.proven);
    let seen = Phrase::new("seen.validity").with("from", from).with("to", to);
    // Certificates count whole seconds, and the last one belongs to them (RFC 5280 §4.1.2.5).
    let is_within = |at: Instant| from <= at && at.unix() <= to.unix();
    if is_within(times.proven) {
        return Answer::met(expected, seen);
    }
    let is_end = matches!(link.place, Place::End | Place::Trusted);
    let sub = if times.proven < from {
        (times.proven < times.at).then_some(SubIndication::NotYetValid)
    } else if is_end && times.since.is_some_and(|since| since.unix() > to.unix()) {
        Some(SubIndication::Expired)
    } else if is_end && is_known_good(link, around) {
        Some(SubIndication::OutOfBoundsNotRevoked)
    } else {
        None
    };
    let answer = Answer::violated(expected, seen);
    sub.map_or(answer.clone(), |sub| answer.leading_to(sub))
}

/// Data that was in force years ago says nothing of the time since.
fn is_known_good(link: &Link<'_>, around: &Around<'_>) -> bool {
    matches!(status::status_current(link, around).outcome, Outcome::Met(_))
}

/// The signature on the certificate must have held when the certificate is first proven, and its key for
/// as long as what the key signed is not proven. An anchor has no certificate above it that would ask this
/// of its key, so the one below does.
fn algorithm_strength(link: &Link<'_>, around: &Around<'_>) -> Answer {
    let certificate = link.certificate;
    let table = &around.policy.algorithms;
    let issued = around.times.of(certificate.fingerprint());
    let scheme = algorithm::scheme_of(certificate.algorithm()).ok();
    let own = algorithm::strength(certificate.public_key(), None, None, around.needed, table);
    let signer = match link.above {
        [anchor] => anchor.public_key(),
        _ => certificate.public_key(),
    };
    let signed = algorithm::strength(signer, scheme, None, issued, table);
    match own.outcome {
        Outcome::Violated(_) => own,
        _ => signed,
    }
}

fn unreadable(expected: Phrase, error: &Malformed) -> Answer {
    Answer::violated(expected, Phrase::new("seen.malformed").with("error", error))
}

fn is_ca(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.ca");
    match certificate.basic_constraints() {
        Ok(Some(constraints)) if constraints.ca => Answer::met(expected, Phrase::new("seen.ca")),
        Ok(Some(_)) => Answer::violated(expected, Phrase::new("seen.not-ca")),
        Ok(None) => Answer::violated(expected, absent("basicConstraints")),
        Err(error) => unreadable(expected, &error),
    }
}

fn absent(extension: &str) -> Phrase {
    Phrase::new("seen.absent").with("extension", extension)
}

/// RFC 5280 §6.1.4 l: self-issued certificates do not count, nor does the one at the end. What the
/// anchor says of the whole path binds as well (RFC 5937 §3.2), and is asked of the CA below it.
fn path_length(link: &Link<'_>) -> Answer {
    let counted = link.below.iter().skip(1).filter(|c| !c.is_self_issued()).count();
    let below = u64::try_from(counted).unwrap_or(u64::MAX);
    let own = within(limit_of(link.certificate), below);
    let [anchor] = link.above else { return own };
    let itself = u64::from(!link.certificate.is_self_issued());
    let of_anchor = limit_of(anchor).map(|limit| within(Some(limit), below.saturating_add(itself)));
    match of_anchor {
        Some(answer) if matches!(answer.outcome, Outcome::Violated(_)) => answer,
        Some(_) | None => own,
    }
}

fn limit_of(certificate: &Certificate) -> Option<u64> {
    certificate.basic_constraints().ok().flatten().and_then(|c| c.path_length)
}

fn within(limit: Option<u64>, below: u64) -> Answer {
    let seen = Phrase::new("seen.path-length").with("below", below);
    match limit {
        Some(limit) => {
            Answer::of(below <= limit, Phrase::new("expect.path-length").with("limit", limit), seen)
        }
        None => Answer::met(Phrase::new("expect.path-length-any"), seen),
    }
}

/// What the anchor says of policies does not count: it is a name and a key (RFC 5280 §6.1.1 d).
fn below_anchor<'a>(link: &Link<'a>) -> &'a [Certificate] {
    link.above.split_last().map_or(&[], |(_, below)| below)
}

fn name_constraints(link: &Link<'_>) -> Answer {
    let expected = Phrase::new("expect.names-allowed");
    if link.above.is_empty() {
        return without_issuer(link, expected);
    }
    // The anchor's own constraints bind too: whoever trusts it trusts it for no more (RFC 5937 §3.2).
    let constraints = match names::constraints(link.above.iter()) {
        Ok(constraints) => constraints,
        Err(error) => return unreadable(expected, &error),
    };
    if constraints.is_empty() {
        return Answer::met(expected, Phrase::new("seen.names-unconstrained"));
    }
    // A CA may give itself a new key whatever binds it, but not an end of a path (§6.1.3 b).
    if link.place == Place::Ca && link.certificate.is_self_issued() {
        return Answer::not_applicable(expected, Phrase::new("seen.self-issued"));
    }
    match names::accept(link.certificate, &constraints) {
        Ok(()) => Answer::met(expected, Phrase::new("seen.names-allowed")),
        Err(Refused::Malformed(error)) => unreadable(expected, &error),
        Err(Refused::TooMany) => Answer::violated(expected, Phrase::new("seen.names-too-many")),
        Err(Refused::NotPermitted(name)) => {
            Answer::violated(expected, Phrase::new("seen.name-not-permitted").with("name", name))
        }
        Err(Refused::Excluded(name)) => {
            Answer::violated(expected, Phrase::new("seen.name-excluded").with("name", name))
        }
        Err(Refused::Unclear(name)) => {
            Answer::violated(expected, Phrase::new("seen.name-unclear").with("name", name))
        }
    }
}

fn path_policies(link: &Link<'_>, policy: &Policy) -> Answer {
    let expected = Phrase::new("expect.policies");
    if link.above.is_empty() {
        return without_issuer(link, expected);
    }
    let mut path: Vec<&Certificate> = below_anchor(link).iter().rev().collect();
    path.push(link.certificate);
    match policies::valid(path.into_iter(), &policy.path) {
        Ok(Valid::Any) => Answer::met(expected, Phrase::new("seen.policies-any")),
        Ok(Valid::For(policies)) => {
            let names: Vec<String> = policies.into_iter().map(name).collect();
            let seen = Phrase::new("seen.policies").with("policies", names.join(", "));
            Answer::met(expected, seen)
        }
        Ok(Valid::NotRequired) => Answer::met(expected, Phrase::new("seen.policies-not-required")),
        Ok(Valid::None) => Answer::violated(expected, Phrase::new("seen.policies-none")),
        Err(error) => {
            Answer::violated(expected, Phrase::new("seen.malformed").with("error", error))
        }
    }
}

fn key_usage(certificate: &Certificate, any_of: &[String], required: bool) -> Answer {
    let expected = Phrase::new("expect.key-usage").with("usage", any_of.join(" / "));
    match certificate.key_usage() {
        Ok(Some(usage)) => {
            let allowed =
                any_of.iter().filter_map(|n| KeyUsage::from_name(n)).any(|u| usage.allows(u));
            let seen = Phrase::new("seen.key-usage").with("usage", usage.names().join(", "));
            Answer::of(allowed, expected, seen)
        }
        Ok(None) if required => Answer::violated(expected, absent("keyUsage")),
        Ok(None) => Answer::met(expected, Phrase::new("seen.key-usage-any")),
        Err(error) => unreadable(expected, &error),
    }
}

fn key_usage_fits(
    certificate: &Certificate,
    keys: &[Dotted],
    any_of: KeyUsage,
    none_of: KeyUsage,
) -> Answer {
    let key = certificate.public_key();
    let expected = Phrase::new("expect.key-usage-fits")
        .with("usage", any_of.names().join(", "))
        .with("forbidden", none_of.names().join(", "));
    if !keys.iter().any(|known| known.0 == key.algorithm().oid) {
        return Answer::not_applicable(expected, Phrase::new("seen.key").with("key", key.kind()));
    }
    match certificate.key_usage() {
        Ok(Some(usage)) => {
            let fits = usage.0 & any_of.0 != 0 && usage.0 & none_of.0 == 0;
            let seen = Phrase::new("seen.key-usage").with("usage", usage.names().join(", "));
            Answer::of(fits, expected, seen)
        }
        Ok(None) => Answer::met(expected, Phrase::new("seen.key-usage-any")),
        Err(error) => unreadable(expected, &error),
    }
}

fn ext_key_usage(certificate: &Certificate, purpose: &str, alone: bool, critical: bool) -> Answer {
    let wanted = Oid::new(purpose).ok();
    let expected = Phrase::new(if alone { "expect.purpose-alone" } else { "expect.purpose" })
        .with("purpose", wanted.map_or_else(|| purpose.to_owned(), name))
        .with("critical", if critical { "critical" } else { "-" });
    let (extension, usage) =
        match (certificate.extension(oid::EXT_KEY_USAGE), certificate.ext_key_usage()) {
            (Ok(Some(extension)), Ok(Some(usage))) => (extension, usage),
            (Ok(_), Ok(_)) => return Answer::violated(expected, absent("extKeyUsage")),
            (Err(error), _) | (_, Err(error)) => return unreadable(expected, &error),
        };
    let has = wanted.is_some_and(|wanted| usage.0.contains(&wanted));
    let names: Vec<String> = usage.0.iter().map(|oid| name(*oid)).collect();
    let seen = Phrase::new("seen.purpose")
        .with("purposes", names.join(", "))
        .with("critical", if extension.critical { "critical" } else { "-" });
    let right = has && (!alone || usage.0.len() == 1) && (!critical || extension.critical);
    Answer::of(right, expected, seen)
}
