//! One timestamp over a whole tree.

use crate::digest::DigestAlgorithm;
use crate::evidence::want::without_credentials;
use crate::seal::record::StampedTree;
use crate::seal::tree::HashTree;
use crate::seal::{SealError, StampRequest};
use crate::task::sign::stages::ask;
use crate::task::sign::{Desk, StampFailure};
use std::io;

/// What is to be stamped with, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct StampOrder<'a> {
    /// The hash function of new trees.
    pub algorithm: DigestAlgorithm,
    /// The TSAs, in the order in which they are tried.
    pub tsas: &'a [String],
}

/// Why a tree has no timestamp.
#[derive(Debug, thiserror::Error)]
pub enum NoTimestamp {
    /// No TSA gave one that can be relied on: one reason for each.
    #[error("no timestamp was had: {}", .0.iter().map(|(url, why)| format!("{url}: {why}")).collect::<Vec<_>>().join("; "))]
    Refused(Vec<(String, StampFailure)>),
    /// There is nothing to stamp.
    #[error("there is nothing to stamp")]
    Nothing,
    /// The token is of something else.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No nonce could be drawn.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Tries each TSA in turn. A token counts once it is judged; one that fails is not taken, and the next TSA
/// is asked instead.
pub(super) fn stamped(
    tree: HashTree,
    tsas: &[String],
    nonce: &dyn Fn() -> io::Result<[u8; 16]>,
    desk: &mut Desk<'_>,
) -> Result<StampedTree, NoTimestamp> {
    let root = tree.root().ok_or(NoTimestamp::Nothing)?;
    let mut failures = Vec::new();
    for url in tsas {
        let request = StampRequest::of(root.clone(), nonce()?);
        match ask(url, &request, desk) {
            Ok(verified) => return Ok(StampedTree::new(tree, &verified)?),
            Err(failure) => failures.push((without_credentials(url), failure)),
        }
    }
    Err(NoTimestamp::Refused(failures))
}
