//! What an archive timestamp of the older form is over: the whole of the signed-data in its order (TS 101 733
//! V2.2.1 §6.4.1 and annex K, RFC 5126 §6.4.1).
//!
//! Writers differed in three things, so each is tried: whether the content is hashed as it stands or
//! in DER, whether tag and length of the unsigned attributes are hashed (annex K, note 3 to table K.3,
//! asks for both to be tried), and whether attributes stand in their order of growth or sorted. A hash that
//! fits is over the very bytes whichever it was.

use super::imprints;
use super::lower::Lowering;
use super::stamps::{Reach, imprint};
use super::statement;
use crate::ades::{Stamped, Token};
use crate::der::Bytes;
use crate::der::cms::{Attribute, SignedData};
use crate::der::tlv::Tag;
use crate::der::write;
use crate::digest::{Digest, DigestAlgorithm, Hasher};
use crate::oid;
use crate::time::Instant;

/// The hash functions that the whole encapsulated content, and a detached content after it, must be
/// run through before such timestamps can be judged.
pub fn whole_digests_needed(data: &SignedData) -> Vec<DigestAlgorithm> {
    let signers = data.signers.iter();
    let mut needed: Vec<DigestAlgorithm> = signers
        .flat_map(|signer| imprints(&signer.unsigned_attributes, oid::ARCHIVE_TIME_STAMP_V2))
        .collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// What such a token should have stamped, and what of it is beside the signature value. Of all that it
/// may be over, the one that its imprint fits; if none does, the first.
pub(super) fn stamped<'a>(
    lowering: &Lowering<'a>,
    token: &Token,
    value: &Bytes,
) -> (Stamped, Reach<'a>) {
    let Some(algorithm) = imprint(token) else { return (Stamped::Missing, Reach::default()) };
    let choices = [before(lowering, value), not_later(lowering, token.statement.time)];
    let mut first: Option<(Digest, &Vec<&'a Attribute>)> = None;
    let openings = lowering.ground.with_bags().iter().filter(|h| h.algorithm() == algorithm);
    for opening in openings {
        if !lowering.ground.may_hash(lowering.signer.fields.len()) {
            return (Stamped::Missing, Reach::default());
        }
        let mut fixed = opening.clone();
        fixed.update(&lowering.signer.fields);
        for attributes in &choices {
            for framed in [true, false] {
                let length = length(attributes);
                if !lowering.ground.may_hash(length) {
                    return (Stamped::Missing, Reach::default());
                }
                let digest = with_attributes(&fixed, attributes, framed.then_some(length));
                let fits = digest.value() == token.statement.imprint.as_ref();
                if fits {
                    return (Stamped::Hashed(vec![digest]), reach(lowering, attributes));
                }
                first.get_or_insert((digest, attributes));
            }
        }
    }
    match first {
        Some((digest, attributes)) => (Stamped::Hashed(vec![digest]), reach(lowering, attributes)),
        None => (Stamped::Missing, Reach::default()),
    }
}

/// The attributes in front of it: those that were there, if later ones were put behind.
fn before<'a>(lowering: &Lowering<'a>, value: &Bytes) -> Vec<&'a Attribute> {
    let all = lowering.signer.unsigned_attributes.iter().flat_map(|a| a.list());
    all.take_while(|attribute| !attribute.values.contains(value)).collect()
}

/// The attributes but archive timestamps of this time and later: those that were there, if attributes
/// are sorted.
fn not_later<'a>(lowering: &Lowering<'a>, time: Instant) -> Vec<&'a Attribute> {
    let archive = [oid::ARCHIVE_TIME_STAMP_V2, oid::ARCHIVE_TIME_STAMP_V3];
    let all = lowering.signer.unsigned_attributes.iter().flat_map(|a| a.list());
    let earlier = |attribute: &Attribute| {
        let is_earlier = |value: &Bytes| statement(value).is_ok_and(|other| other.time < time);
        attribute.values.iter().all(is_earlier)
    };
    all.filter(|a| !archive.contains(&a.oid) || earlier(a)).collect()
}

fn length(attributes: &[&Attribute]) -> usize {
    attributes.iter().map(|attribute| attribute.raw.len()).sum()
}

/// The hash with the attributes, after a header of that length where one is given.
fn with_attributes(fixed: &Hasher, attributes: &[&Attribute], framed: Option<usize>) -> Digest {
    let mut hasher = fixed.clone();
    if let Some(length) = framed.filter(|length| *length > 0) {
        hasher.update(&write::header(Tag::context(1), length));
    }
    attributes.iter().for_each(|attribute| hasher.update(&attribute.raw));
    hasher.finish()
}

fn reach<'a>(lowering: &Lowering<'a>, attributes: &[&'a Attribute]) -> Reach<'a> {
    let values = attributes.iter().flat_map(|a| a.values.iter().map(|value| (a.oid, value)));
    Reach {
        certificates: lowering.ground.data.certificates.iter().collect(),
        revocation: lowering.ground.data.revocation.iter().collect(),
        attributes: values.collect(),
    }
}
