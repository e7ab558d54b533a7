//! Checks on what a signer claims beside the time, and on references to what it was verified with.

use super::unsupported;
use crate::ades::Signature;
use crate::check::Answer;
use crate::der::cades::policy::SignaturePolicy;
use crate::der::cades::reference::{Found, Hashed, Referred};
use crate::der::cades::signer::{Backing, SignerAttributes};
use crate::der::certificate::Certificate;
use crate::der::hcrole;
use crate::evidence::{EvidenceSet, Want, Wanted};
use crate::oid;
use crate::rule::Phrase;

/// A signature that says to be made under a policy of its own holds only as far as that policy does
/// (EN 319 102-1 §5.2.4). inkan knows none, so it cannot say.
pub(super) fn signature_policy(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.signature-policy");
    match &signature.claims.policy {
        None => {
            let attribute = "signature-policy-identifier";
            let absent = Phrase::new("seen.no-attribute").with("attribute", attribute);
            Answer::not_applicable(expected, absent)
        }
        Some(SignaturePolicy::Implied) => Answer::met(expected, Phrase::new("seen.policy-implied")),
        Some(SignaturePolicy::Explicit { id, .. }) => Answer::unanswered(
            expected,
            Want::without_source(Wanted::SignaturePolicy, id),
            Phrase::new("seen.policy-not-available").with("policy", id),
        ),
    }
}

/// A role beside the certificate is what the signer says, unless the certificate says it too
/// (EN 319 122-1 §5.2.6.1).
pub(super) fn claimed_roles(signature: &Signature, signer: Option<&Certificate>) -> Answer {
    let expected = Phrase::new("expect.claimed-roles");
    let claims = &signature.claims.signer;
    let alone = unvouched(claims, signer);
    if !alone.is_empty() {
        let seen = Phrase::new("seen.claimed-roles").with("roles", alone.join(", "));
        return Answer::violated(expected, seen);
    }
    if claims.unverified > 0 {
        return Answer::unanswered(
            expected,
            Want::without_source(Wanted::AttributeCertificate, &signature.id),
            Phrase::new("seen.attribute-certificates").with("count", claims.unverified),
        );
    }
    if claims.roles.is_empty() {
        let attribute = "signer-attributes";
        let absent = Phrase::new("seen.no-attribute").with("attribute", attribute);
        return Answer::not_applicable(expected, absent);
    }
    Answer::met(expected, Phrase::new("seen.roles-in-certificate"))
}

/// What the signer alone says of itself.
fn unvouched(claims: &SignerAttributes, signer: Option<&Certificate>) -> Vec<String> {
    let certified = signer.and_then(|c| hcrole::roles(c).ok()).unwrap_or_default();
    let roles = claims
        .roles
        .iter()
        .filter(|(role, backing)| *backing == Backing::Claimed && !certified.contains(role));
    let roles = roles.map(|(role, _)| {
        let text = role.text.as_ref().or(role.code.as_ref());
        text.map_or_else(|| role.scheme.to_string(), Clone::clone)
    });
    let others = claims.attributes.iter().filter(|a| a.backing == Backing::Claimed);
    let others = others.map(|attribute| {
        let kind = attribute.kind;
        let name = oid::name(&kind).map_or_else(|| kind.to_string(), str::to_owned);
        if attribute.texts.is_empty() {
            name
        } else {
            format!("{name}={}", attribute.texts.join("/"))
        }
    });
    roles.chain(others).collect()
}

/// What was referred to must be what is there, or the signature was once verified with something else
/// (EN 319 122-1 §A.1).
pub(super) fn value_references(signature: &Signature, evidence: &EvidenceSet) -> Answer {
    let references = &signature.value_references;
    let expected = Phrase::new("expect.value-references").with("count", references.len());
    if references.is_empty() {
        let attribute = "complete-certificate-references";
        let absent = Phrase::new("seen.no-attribute").with("attribute", attribute);
        return Answer::not_applicable(expected, absent);
    }
    let mut hashed = Hashed::default();
    let certificates = evidence.certificates().map(|c| c.der());
    certificates.for_each(|der| hashed.add(Referred::Certificate, der, references));
    evidence.crls().for_each(|crl| hashed.add(Referred::Crl, crl.der(), references));
    evidence.ocsp().for_each(|(_, ocsp)| hashed.add(Referred::Ocsp, &ocsp.der, references));
    let found: Vec<Found> = references.iter().map(|reference| hashed.find(reference)).collect();
    let missing = found.iter().filter(|found| **found == Found::Nowhere).count();
    if missing > 0 {
        let seen = Phrase::new("seen.references-missing").with("count", missing);
        return Answer::violated(expected, seen);
    }
    if found.contains(&Found::Unknown) {
        return unsupported(expected, "complete-revocation-references");
    }
    Answer::met(expected, Phrase::new("seen.references-found"))
}
