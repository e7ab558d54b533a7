//! One timestamp over a whole tree.

use crate::digest::DigestAlgorithm;
use crate::seal::record::StampedTree;
use crate::seal::tree::HashTree;
use crate::seal::{SealError, StampRequest};
use crate::task::sign::growth::first_of;
use crate::task::sign::{Desk, Outside, SignError};

/// What is to be stamped with, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct StampOrder<'a> {
    /// The hash function of new trees.
    pub algorithm: DigestAlgorithm,
    /// The TSAs, in the order in which they are tried.
    pub tsas: &'a [String],
}

/// Has the tree stamped by the first TSA that gives a timestamp which can be relied on.
pub(super) fn stamped(
    tree: HashTree,
    tsas: &[String],
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<StampedTree, SignError> {
    let root = tree.root().ok_or(SealError::OtherStamp)?;
    let request = |nonce| Ok(StampRequest::of(root.clone(), nonce));
    let verified = first_of(tsas, request, outside, desk)?;
    Ok(StampedTree::new(tree, &verified)?)
}
