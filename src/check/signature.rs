//! Checks on one signature (EN 319 102-1 §5.2 and §5.5, RFC 5652).

mod attributes;
mod claims;
mod stamps;

use super::{Answer, Times, algorithm};
use crate::ades::{Reference, Signature};
use crate::crypto::SignatureScheme;
use crate::crypto::verify::{NotVerified, verify};
use crate::der::certificate::Certificate;
use crate::der::cms::SignerIdentifier;
use crate::digest::hex;
use crate::evidence::{EvidenceSet, Want, Wanted};
use crate::oid::{self, Oid};
use crate::policy::AlgorithmTable;
use crate::policy::requirement::SignatureCheck as Check;
use crate::rule::finding::Outcome;
use crate::rule::{Indication, Phrase, SubIndication, Verdict};
use crate::time::Instant;

/// What the checks may look at beside the signature.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The times.
    pub times: Times<'a>,
    /// The signer's certificate, once found.
    pub signer: Option<&'a Certificate>,
    /// The verdict on the signer's path, once judged.
    pub path: Option<&'a Verdict>,
    /// The earliest time at which the content itself is proven to have existed: by what was over it, and
    /// not only over the signature.
    pub content: Instant,
    /// The verdicts on the timestamps, in their order.
    pub timestamps: &'a [Verdict],
    /// Until when algorithms may be relied on.
    pub algorithms: &'a AlgorithmTable,
    /// What is in hand.
    pub evidence: &'a EvidenceSet,
}

/// Makes one check.
pub fn run(check: &Check, signature: &Signature, around: &Around<'_>) -> Answer {
    match check {
        Check::WellFormed {} => {
            // What could not be read did not come so far.
            Answer::met(Phrase::new("expect.well-formed"), Phrase::new("seen.well-formed"))
        }
        Check::DigestAnnounced {} => attributes::digest_announced(signature),
        Check::SignedAttributes {} => attributes::signed_attributes(signature),
        Check::AttributesSorted {} => attributes::attributes_sorted(signature),
        Check::AttributesUnique {} => attributes::attributes_unique(signature),
        Check::ContentType {} => attributes::content_type(signature),
        Check::AlgorithmsConsistent {} => algorithms_consistent(signature),
        Check::PssParameters {} => attributes::pss_parameters(signature),
        Check::MessageDigestLength {} => attributes::message_digest_length(signature),
        Check::AlgorithmProtection {} => attributes::algorithm_protection(signature),
        Check::CounterSignatures {} => attributes::counter_signatures(signature),
        Check::SignaturePolicy {} => claims::signature_policy(signature),
        Check::ClaimedRoles {} => claims::claimed_roles(signature, around.signer),
        Check::ValueReferences {} => claims::value_references(signature, around.evidence),
        Check::SignerCertificate {} => signer_certificate(signature, around.signer),
        Check::CertificateReference {} => certificate_reference(signature, around.signer),
        Check::ContentIntact {} => content_intact(signature),
        Check::SignatureValue {} => signature_value(signature, around.signer),
        Check::SignerTrusted {} => trusted(around.path, &around.signer_name()),
        Check::SignatureStrength {} => strength(signature, around),
        Check::TimestampsTrusted {} => stamps::timestamps_trusted(signature, around),
        Check::TimestampsOrdered { tolerance } => stamps::timestamps_ordered(signature, *tolerance),
        Check::ArchiveCoverage {} => stamps::archive_coverage(signature),
        Check::SigningTimePlausible { tolerance } => {
            stamps::signing_time_plausible(signature, around, *tolerance)
        }
        Check::NothingUnjudged {} => nothing_unjudged(signature),
    }
}

impl Around<'_> {
    fn signer_name(&self) -> String {
        self.signer.map_or_else(String::new, |c| c.subject().to_string())
    }
}

fn name(oid: Oid) -> String {
    oid::name(&oid).map_or_else(|| oid.to_string(), str::to_owned)
}

/// The hash named by the signature algorithm must be the hash of the content (docs/threat-model.md row 6;
/// RFC 5652 §5.3 with RFC 5754).
pub(super) fn algorithms_consistent(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.algorithms-consistent");
    let scheme = match &signature.scheme {
        Ok(scheme) => *scheme,
        Err(error) => return unsupported(expected, &error.0),
    };
    let Some(digest) = signature.digest_algorithm.digest() else {
        return unsupported(expected, &name(signature.digest_algorithm.oid));
    };
    let seen = Phrase::new("seen.algorithms").with("digest", digest).with("scheme", scheme);
    Answer::of(scheme.goes_with(digest), expected, seen)
}

fn unsupported(expected: Phrase, algorithm: &str) -> Answer {
    Answer::unanswered(
        expected,
        Want::without_source(Wanted::Algorithm, algorithm),
        Phrase::new("seen.unsupported").with("algorithm", algorithm),
    )
}

/// The certificates that answer to a signer identifier. Where it stands in a bag means nothing.
pub fn candidates<'a>(
    identifier: &'a SignerIdentifier,
    evidence: &'a EvidenceSet,
) -> impl Iterator<Item = &'a Certificate> {
    evidence.certificates().filter(move |certificate| match identifier {
        SignerIdentifier::IssuerSerial(issuer, serial) => {
            certificate.issuer() == issuer && certificate.serial() == serial.as_ref()
        }
        SignerIdentifier::KeyId(id) => certificate.subject_key_id().as_ref() == Some(id),
    })
}

pub(super) fn signer_certificate(signature: &Signature, signer: Option<&Certificate>) -> Answer {
    let wanted = match &signature.signer {
        SignerIdentifier::IssuerSerial(issuer, serial) => format!("{issuer}, {}", hex(serial)),
        SignerIdentifier::KeyId(id) => hex(id),
    };
    let expected = Phrase::new("expect.signer-certificate").with("signer", &wanted);
    match signer {
        Some(certificate) => Answer::met(
            expected,
            Phrase::new("seen.certificate").with("name", certificate.subject()),
        ),
        None => Answer::unanswered(
            expected,
            Want::without_source(Wanted::SignerCertificate, wanted),
            Phrase::new("seen.no-signer-certificate"),
        ),
    }
}

/// EN 319 122-1 §5.2.2: the signed reference is mandatory and must be of this very certificate, or
/// another certificate over the same key could take its place (docs/threat-model.md row 4).
pub(super) fn certificate_reference(signature: &Signature, signer: Option<&Certificate>) -> Answer {
    let expected = Phrase::new("expect.certificate-reference");
    let Some(references) = &signature.certificate_references else {
        return Answer::violated(
            expected,
            Phrase::new("seen.no-attribute").with("attribute", "signing-certificate-v2"),
        );
    };
    let Some(signer) = signer else {
        return Answer::not_applicable(expected, Phrase::new("seen.no-signer-certificate"));
    };
    let all: Vec<Option<bool>> = references.iter().map(|r| r.refers_to(signer)).collect();
    if all.contains(&Some(false)) || all.is_empty() {
        return Answer::violated(expected, Phrase::new("seen.reference-differs"));
    }
    if all.contains(&None) {
        return unsupported(expected, "signing-certificate-v2");
    }
    Answer::met(
        expected,
        Phrase::new("seen.reference-fits").with("certificate", signer.fingerprint()),
    )
}

fn content_intact(signature: &Signature) -> Answer {
    let mut answers = signature.references.iter().map(reference_intact);
    let first = answers.next().unwrap_or_else(|| {
        Answer::violated(Phrase::new("expect.reference"), Phrase::new("seen.no-reference"))
    });
    let bad = |answer: &Answer| !matches!(answer.outcome, Outcome::Met(_));
    if bad(&first) { first } else { answers.find(bad).unwrap_or(first) }
}

pub(super) fn reference_intact(reference: &Reference) -> Answer {
    let Some(expected) = &reference.expected else {
        let missing = Phrase::new("seen.no-attribute").with("attribute", "message-digest");
        return Answer::violated(Phrase::new("expect.reference"), missing);
    };
    let phrase =
        Phrase::new("expect.hash").with("name", &reference.name).with("hash", hex(expected));
    match (&reference.observed, reference.algorithm) {
        (Some(observed), _) => Answer::of(
            observed.value() == expected.as_ref(),
            phrase,
            Phrase::new("seen.hash").with("hash", observed),
        ),
        (None, Some(_)) => Answer::unanswered(
            phrase,
            Want::without_source(Wanted::Content, &reference.name),
            Phrase::new("seen.no-content"),
        ),
        (None, None) => {
            unsupported(phrase, "digest").leading_to(SubIndication::CryptoConstraintsFailureNoPoe)
        }
    }
}

pub(super) fn signature_value(signature: &Signature, signer: Option<&Certificate>) -> Answer {
    let expected = Phrase::new("expect.signature-value");
    let (Some(signer), Some(message)) = (signer, &signature.signed_bytes) else {
        // Each of the two lacks has a finding of its own.
        return Answer::not_applicable(expected, Phrase::new("seen.nothing-to-verify"));
    };
    let scheme = match &signature.scheme {
        Ok(scheme) => *scheme,
        Err(error) => return unsupported(expected, &error.0),
    };
    match verify(scheme, signer.public_key(), message, &signature.value) {
        Ok(()) => Answer::met(expected, verified(scheme, signer)),
        Err(NotVerified::Unsupported(algorithm)) => unsupported(expected, &algorithm),
        Err(NotVerified::Mismatch) => {
            Answer::violated(expected, Phrase::new("seen.signature-differs"))
        }
        Err(NotVerified::UnsuitableKey) => {
            Answer::violated(expected, Phrase::new("seen.unsuitable-key"))
        }
    }
}

fn verified(scheme: SignatureScheme, signer: &Certificate) -> Phrase {
    Phrase::new("seen.verified").with("scheme", scheme).with("key", signer.public_key().kind())
}

/// Hands on what the verdict on the path came to.
pub(super) fn trusted(path: Option<&Verdict>, subject: &str) -> Answer {
    let expected = Phrase::new("expect.trusted").with("name", subject);
    let Some(path) = path else {
        return Answer::not_applicable(expected, Phrase::new("seen.no-signer-certificate"));
    };
    let Some(sub) = path.sub_indication().filter(|_| path.indication() != Indication::Passed)
    else {
        return Answer::met(expected, Phrase::new("seen.trusted"));
    };
    let seen = Phrase::new("seen.untrusted").with("reason", sub.name());
    let want = path.wants().first().map(|want| (*want).clone());
    let answer = match want.filter(|_| path.is_only_unanswered()) {
        Some(want) => Answer::unanswered(expected, want, seen),
        None => Answer::violated(expected, seen),
    };
    answer.leading_to(sub)
}

fn strength(signature: &Signature, around: &Around<'_>) -> Answer {
    let Some(signer) = around.signer else {
        let expected = Phrase::new("expect.strong").with("at", around.times.proven);
        return Answer::not_applicable(expected, Phrase::new("seen.no-signer-certificate"));
    };
    let scheme = signature.scheme.as_ref().ok().copied();
    let content = signature.digest_algorithm.digest();
    let key = signer.public_key();
    let signed = algorithm::strength(key, scheme, content, around.times.proven, around.algorithms);
    // EN 319 102-1 §5.5.4 excuses the signature value and what was signed with it. The content is bound by
    // its hash alone: once that has ended, another may stand in its place.
    let known = content.filter(|_| matches!(signed.outcome, Outcome::Met(_)));
    known.map_or(signed.clone(), |content| {
        let kept = algorithm::hash_strength(content, around.content, around.algorithms);
        if matches!(kept.outcome, Outcome::Met(_)) { signed } else { kept }
    })
}

fn nothing_unjudged(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.nothing-unjudged");
    if signature.unjudged_attributes.is_empty() {
        return Answer::met(expected, Phrase::new("seen.nothing-unjudged"));
    }
    let names = signature.unjudged_attributes.join(", ");
    Answer::violated(expected, Phrase::new("seen.unjudged").with("attributes", names))
}
