//! Counter-signatures: signatures over the value of another (RFC 5652 §11.4).

use super::ground::Ground;
use super::lower::Lowering;
use super::{Content, needed_by};
use crate::ades::{Format, Signature};
use crate::der::Bytes;
use crate::der::cms::SignerInfo;
use crate::der::tlv::{Malformed, Problem, Reader, Tag};
use crate::oid;

/// Counter-signatures of one signer, nested or not. Each is judged with a path of its own; a document
/// that goes round a hospital has a dozen.
const MAX_COUNTER_SIGNATURES: usize = 64;

/// The depth at which one may stand; who countersigns a countersignature of a countersignature is rare
/// enough, and a file with more would be too deep for any reader (`der::ber`).
const MAX_DEPTH: u8 = 3;

/// One that was found and not lowered yet: it stands among the unsigned attributes of the signature at
/// that place in the list.
struct Found {
    der: Bytes,
    parent: usize,
    depth: u8,
}

/// The signature, and after it those over its value, and those over theirs.
pub(super) fn after(
    signature: Signature,
    signer: &SignerInfo,
    ground: &Ground<'_>,
) -> Vec<Signature> {
    let mut all = vec![signature];
    let mut open = found(signer, 0, 1);
    let mut refused = None;
    while let Some(next) = open.pop() {
        if all.len() > MAX_COUNTER_SIGNATURES || next.depth > MAX_DEPTH {
            refused = Some(Malformed::new("Countersignature", Problem::TooLarge));
            continue;
        }
        let Some(parent) = all.get_mut(next.parent) else { continue };
        match read(&next.der) {
            Ok(inner) => {
                let over = (parent.id.clone(), parent.value.clone());
                open.extend(found(&inner, all.len(), next.depth + 1));
                all.push(lower(&inner, over, ground));
            }
            Err(error) => parent.unreadable_counter_signatures.push(error),
        }
    }
    // Those that were given up speak against the signature that they all hang from.
    if let (Some(first), Some(refused)) = (all.first_mut(), refused) {
        first.unreadable_counter_signatures.push(refused);
    }
    all
}

/// Those of one signer, the first of them last.
fn found(signer: &SignerInfo, parent: usize, depth: u8) -> Vec<Found> {
    let attributes = signer.unsigned_attributes.iter();
    let values = attributes.flat_map(|a| a.of_kind(oid::COUNTER_SIGNATURE)).flat_map(|a| &a.values);
    let mut all: Vec<Found> =
        values.map(|value| Found { der: value.clone(), parent, depth }).collect();
    all.reverse();
    all
}

fn read(der: &[u8]) -> Result<SignerInfo, Malformed> {
    SignerInfo::parse(&Reader::only(der, Tag::SEQUENCE, "Countersignature")?)
}

fn lower(signer: &SignerInfo, (parent, value): (String, Bytes), ground: &Ground<'_>) -> Signature {
    let digests = needed_by(signer).into_iter().map(|algorithm| algorithm.digest(&value)).collect();
    let content = Content { name: parent, digests: Some(digests) };
    let lowering = Lowering {
        format: Format::Cades,
        ground,
        signer,
        content: &content,
        countersigns: Some(&content.name),
    };
    lowering.signature()
}
