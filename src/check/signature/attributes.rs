//! Checks on the attributes that every signature has, and on the algorithms that they name.

use super::{name, unsupported};
use crate::ades::Signature;
use crate::check::Answer;
use crate::crypto::SignatureScheme;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::oid;
use crate::rule::Phrase;

/// The digest algorithm must be among those that stand in front, or it could not be hashed in one pass
/// (RFC 5652 §5.1). Those of counter-signatures need not: their content is at hand.
pub(super) fn digest_announced(signature: &Signature) -> Answer {
    let algorithm = name(signature.digest_algorithm.oid);
    let expected = Phrase::new("expect.digest-announced").with("algorithm", &algorithm);
    if signature.countersigns.is_some() {
        return Answer::not_applicable(expected, Phrase::new("seen.counter-signature"));
    }
    let all = signature.announced_digests.iter();
    let announced: Vec<String> = all.clone().map(|digest| name(digest.oid)).collect();
    let holds = all.clone().any(|digest| digest.oid == signature.digest_algorithm.oid);
    let seen = Phrase::new("seen.announced-digests").with("algorithms", announced.join(", "));
    Answer::of(holds, expected, seen)
}

/// Without signed attributes a signature could be turned into one over other content: the DER of
/// one signature's attributes is another's content (docs/threat-model.md row 1). AdES demands them.
pub(super) fn signed_attributes(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.signed-attributes");
    match signature.signed_bytes {
        Some(_) => Answer::met(expected, Phrase::new("seen.signed-attributes")),
        None => Answer::violated(expected, Phrase::new("seen.no-signed-attributes")),
    }
}

/// The signature is over the DER of the attributes (RFC 5652 §5.4), and DER sorts a set (X.690 §11.6).
/// Whoever hashes what it received and whoever sorts first would come to different verdicts.
pub(super) fn attributes_sorted(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.attributes-sorted");
    if signature.signed_bytes.is_none() {
        return Answer::not_applicable(expected, Phrase::new("seen.no-signed-attributes"));
    }
    let key = if signature.attributes_sorted {
        "seen.attributes-sorted"
    } else {
        "seen.attributes-unsorted"
    };
    Answer::of(signature.attributes_sorted, expected, Phrase::new(key))
}

pub(super) fn attributes_unique(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.attributes-unique");
    if signature.attribute_faults.is_empty() {
        return Answer::met(expected, Phrase::new("seen.attributes-unique"));
    }
    let faults = signature.attribute_faults.join(", ");
    Answer::violated(expected, Phrase::new("seen.attribute-faults").with("attributes", faults))
}

/// The type that is signed is that of the content; a counter-signature, whose content is no typed
/// content, must name none (RFC 5652 §11.1 and §11.4).
pub(super) fn content_type(signature: &Signature) -> Answer {
    let (declared, actual) = signature.content_types;
    let absent = Phrase::new("seen.no-attribute").with("attribute", "content-type");
    let named = |declared| Phrase::new("seen.type").with("type", name(declared));
    if signature.countersigns.is_some() {
        let expected = Phrase::new("expect.no-content-type");
        return match declared {
            None => Answer::met(expected, absent),
            Some(declared) => Answer::violated(expected, named(declared)),
        };
    }
    let expected = Phrase::new("expect.content-type").with("type", name(actual));
    match declared {
        Some(declared) => Answer::of(declared == actual, expected, named(declared)),
        None => Answer::violated(expected, absent),
    }
}

/// The hash inside RSASSA-PSS is the signer's digest algorithm (RFC 4056 §3), and the one of its mask
/// is the same: another is nowhere in use, and weaker than it looks.
pub(super) fn pss_parameters(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.pss-parameters");
    if signature.signature_algorithm.oid != oid::RSA_PSS {
        return Answer::not_applicable(expected, Phrase::new("seen.not-pss"));
    }
    let parameters = match &signature.scheme {
        Ok(SignatureScheme::RsaPss(parameters)) => *parameters,
        Ok(other) => return unsupported(expected, &other.to_string()),
        Err(error) => return unsupported(expected, &error.0),
    };
    let content = signature.digest_algorithm.digest();
    let holds = content == Some(parameters.digest) && parameters.mask_digest == parameters.digest;
    let seen = Phrase::new("seen.pss-parameters")
        .with("content", name(signature.digest_algorithm.oid))
        .with("digest", parameters.digest)
        .with("mask", parameters.mask_digest)
        .with("salt", parameters.salt_length);
    Answer::of(holds, expected, seen)
}

/// A digest of another length is of another function (docs/threat-model.md row 6), whether the content
/// is at hand or not.
pub(super) fn message_digest_length(signature: &Signature) -> Answer {
    let known = signature.references.iter().find_map(|reference| {
        Some((reference.algorithm?.octets(), reference.expected.as_ref()?.len()))
    });
    let Some((wanted, found)) = known else {
        // That it is missing, or of a function that inkan does not know, has a finding of its own.
        let expected = Phrase::new("expect.message-digest");
        return Answer::not_applicable(expected, Phrase::new("seen.no-message-digest"));
    };
    let expected = Phrase::new("expect.message-digest-length").with("octets", wanted);
    Answer::of(wanted == found, expected, Phrase::new("seen.octets").with("octets", found))
}

/// What stands unsigned in front of the signature stands signed in this attribute, and must be the
/// same (RFC 6211 §2), or an attacker put a weaker algorithm there.
pub(super) fn algorithm_protection(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.algorithm-protection");
    let Some(protected) = &signature.claims.algorithms else {
        let attribute = "cms-algorithm-protection";
        let absent = Phrase::new("seen.no-attribute").with("attribute", attribute);
        return Answer::not_applicable(expected, absent);
    };
    let holds = same(&protected.digest, &signature.digest_algorithm)
        && protected.signature.as_ref().is_some_and(|s| same(s, &signature.signature_algorithm));
    let named = protected.signature.as_ref().map_or_else(String::new, |s| name(s.oid));
    let seen = Phrase::new("seen.algorithm-protection")
        .with("digest", name(protected.digest.oid))
        .with("scheme", named);
    Answer::of(holds, expected, seen)
}

/// Whether two identifiers name the same; parameters that are NULL say no more than none (RFC 5754 §2).
fn same(a: &AlgorithmIdentifier, b: &AlgorithmIdentifier) -> bool {
    let parameters = |identifier: &AlgorithmIdentifier| {
        identifier.parameters.clone().filter(|parameters| parameters.as_ref() != [0x05, 0x00])
    };
    a.oid == b.oid && parameters(a) == parameters(b)
}

/// Each counter-signature that can be read is judged on its own; one that cannot would be passed over.
pub(super) fn counter_signatures(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.counter-signatures");
    match signature.unreadable_counter_signatures.as_slice() {
        [] => Answer::met(expected, Phrase::new("seen.counter-signatures")),
        [first, ..] => {
            let count = signature.unreadable_counter_signatures.len();
            let seen = Phrase::new("seen.unreadable-counter-signatures");
            Answer::violated(expected, seen.with("count", count).with("error", first))
        }
    }
}
