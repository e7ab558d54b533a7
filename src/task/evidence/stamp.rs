//! One timestamp over a whole tree.

use super::verify::{Opened, judged};
use crate::check::Times;
use crate::der::certificate::Certificate;
use crate::digest::{Digest, DigestAlgorithm};
use crate::judge::{Support, Supported};
use crate::policy::Role;
use crate::rule::Verdict;
use crate::seal::record::StampedTree;
use crate::seal::tree::HashTree;
use crate::seal::{SealError, StampRequest};
use crate::task::sign::growth::{first_of, supported};
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

/// Puts into the token what it rests on: its records are judged offline, decades later. `first` are the
/// hashes of the first member of the tree.
pub(super) fn complete(
    tree: &mut StampedTree,
    first: &[Digest],
    desk: &mut Desk<'_>,
) -> Result<(), SignError> {
    let record = tree.record(0, first)?.to_der();
    let opened = Opened::parse(record).map_err(SealError::from)?;
    let named = |hash: &Digest| ("-".to_owned(), Some(vec![hash.clone()]));
    let record = opened.over(first.iter().map(named).collect());
    let judged = judged(&record, desk.judge, desk.now, desk.evidence, desk.source);
    let tsa = judged.tsa.ok_or(SealError::OtherStamp)?;
    let support = support_of(&tsa, desk).map_err(SignError::NoSupport)?;
    Ok(tree.complete(&support).map_err(SealError::from)?)
}

/// What the judgement on that authority rests on.
pub(super) fn support_of(tsa: &Certificate, desk: &mut Desk<'_>) -> Result<Support, Box<Verdict>> {
    let one = Supported { certificate: tsa, role: Role::Tsa, times: Times::unproven(desk.now) };
    supported(&[one], desk)
}
