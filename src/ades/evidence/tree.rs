//! Reduced hash trees: from a list of hashes to the one that was stamped (RFC 4998 §4.3).

use crate::der::Bytes;
use crate::digest::{Digest, DigestAlgorithm, Hasher};

/// The hash that the lists lead to; nothing if there is none, or if one hash alone is no value of that
/// function.
///
/// Each list is hashed in binary ascending order and its hash belongs to the next list. A first list of
/// one hash is not hashed: it is the hash of a single object, and a leaf of the tree as it is
/// (RFC 4998 §4.2 step 3 hashes only "more than one document"; RFC 6283 §3.1.1 says it in words).
pub fn root(algorithm: DigestAlgorithm, lists: &[Vec<Bytes>]) -> Option<Digest> {
    let (first, others) = lists.split_first()?;
    let mut reached = match first.as_slice() {
        [only] => Digest::claimed(algorithm, only)?,
        several => node(algorithm, several.iter().map(Bytes::as_ref)),
    };
    for list in others {
        let members = list.iter().map(Bytes::as_ref).chain([reached.value()]);
        reached = node(algorithm, members);
    }
    Some(reached)
}

/// The hash of some hashes in binary ascending order. A hash that is there twice counts twice, as those who
/// write records have it.
pub fn node<'a>(algorithm: DigestAlgorithm, members: impl Iterator<Item = &'a [u8]>) -> Digest {
    let mut members: Vec<&[u8]> = members.collect();
    members.sort_unstable();
    let mut hasher = Hasher::new(algorithm);
    members.into_iter().for_each(|member| hasher.update(member));
    hasher.finish()
}

/// The hash of two hashes in this order.
pub fn joined(first: &Digest, second: &Digest) -> Digest {
    let mut hasher = Hasher::new(first.algorithm());
    hasher.update(first.value());
    hasher.update(second.value());
    hasher.finish()
}
