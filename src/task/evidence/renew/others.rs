//! Who else was stamped with what a record is of, and would be lost by a new tree, which is over what is at
//! hand and nothing else.
//!
//! Beside a single object the first list has at most one sibling (RFC 4998 §4.2), which has a record of its
//! own. A group of two looks the same, and there is no other record. So nobody else is lost where another
//! record that holds has the same list under the same timestamp, and stays as it is or is renewed for those others.

use super::room::Ready;
use crate::ades::evidence::{Covers, Record};
use crate::der::Bytes;
use crate::der::certificate::Fingerprint;
use crate::judge::JudgedRecord;
use std::collections::{BTreeMap, BTreeSet};

/// A first list and its timestamp: the same in the records of all that were stamped in it.
type List = (Fingerprint, Fingerprint);

/// Those in the first list of a record.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    list: List,
    /// What is at hand, and will be in the new tree.
    at_hand: Vec<Bytes>,
    /// Whatever else may be proven.
    others: Vec<Bytes>,
}

impl Listed {
    pub(super) fn of(record: &Record) -> Option<Self> {
        let first = record.stamps.first()?;
        let list = list_of(record)?;
        let leaves = record.leaves(first);
        let is_at_hand = |hash: &Bytes| {
            leaves.iter().any(|l| l.hash.as_ref().is_some_and(|h| h.value() == hash.as_ref()))
        };
        let hashes = first.tree.first().cloned().unwrap_or_default();
        let (at_hand, others) = hashes.into_iter().partition(is_at_hand);
        // Who is not in every chain is not proven now, and cannot be lost.
        let is_alone = record.stamps.iter().any(|stamp| match stamp.covers {
            Covers::Chains(..) => record.strangers(stamp) == 0,
            Covers::Objects | Covers::Token(_) => false,
        });
        Some(Self { list, at_hand, others: if is_alone { Vec::new() } else { others } })
    }
}

/// Nothing if there is no tree, or its timestamp cannot be read.
fn list_of(record: &Record) -> Option<List> {
    let first = record.stamps.first()?;
    let mut hashes: Vec<&[u8]> = first.tree.first()?.iter().map(AsRef::as_ref).collect();
    hashes.sort_unstable();
    // The token itself grows when what it rests on is put into it.
    let token = first.token.as_ref().ok()?;
    Some((Fingerprint::of(&token.signature.value), Fingerprint::of(&hashes.concat())))
}

/// Whom a record proves.
#[derive(Clone, Debug)]
pub(super) struct Proven {
    list: List,
    all: Vec<Bytes>,
}

impl Proven {
    /// By one that stays as it is, and holds. As long as it was never moved, it proves all in its list, whatever
    /// became of them; afterwards only what was moved with it, and that is known of what is at hand.
    pub(super) fn by(record: &Record, judged: &JudgedRecord) -> Option<Self> {
        let Listed { list, at_hand, others } = Listed::of(record)?;
        let is_moved = record.stamps.iter().any(|stamp| stamp.chain > 0);
        let all = match (is_moved, &judged.proven) {
            (false, _) => [at_hand, others].concat(),
            (true, Some(_)) => at_hand,
            (true, None) => Vec::new(),
        };
        judged.holds_whatever_it_covers().then_some(Self { list, all })
    }
}

/// The records whose new tree would lose somebody, by number, each with how many. `staying` tells whom those
/// prove that get no new tree; it is asked only where that matters.
pub(super) fn losing<'a>(
    all: impl Iterator<Item = &'a Ready> + Clone,
    staying: impl FnOnce() -> Vec<Proven>,
) -> BTreeMap<usize, usize> {
    let listed = all.filter_map(|ready| Some((ready.number, ready.listed.as_ref()?)));
    let mut kept: BTreeSet<(List, Bytes)> = BTreeSet::new();
    for (_, one) in listed.clone() {
        kept.extend(one.at_hand.iter().map(|hash| (one.list, hash.clone())));
    }
    let lost = |(number, one): (usize, &Listed), kept: &BTreeSet<(List, Bytes)>| {
        let is_lost = |hash: &&Bytes| !kept.contains(&(one.list, (*hash).clone()));
        let lost = one.others.iter().filter(is_lost).count();
        (lost > 0).then_some((number, lost))
    };
    if listed.clone().all(|one| lost(one, &kept).is_none()) {
        return BTreeMap::new();
    }
    for Proven { list, all } in staying() {
        kept.extend(all.into_iter().map(|hash| (list, hash)));
    }
    listed.filter_map(|one| lost(one, &kept)).collect()
}
