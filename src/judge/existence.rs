//! What the timestamps of a signature prove, from the newest inwards (EN 319 102-1 §5.6.2.3, §5.6.3).
//!
//! A timestamp is itself a signature that grows old. The newest stands on its own, at the time of
//! validation; when it holds, everything that it covers is proven to have existed at its time, older
//! timestamps and their certificates among it, and these are judged at that time in their turn. What no
//! timestamp covers has no better proof than that it is here now.

use super::Judge;
use super::signature::unreadable;
use super::timestamp::{JudgedTimestamp, VerifiedTimestamp};
use crate::ades::{Signature, Timestamp, TimestampKind};
use crate::check::Times;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::evidence::{EvidenceSet, Proofs};
use crate::policy::AlgorithmTable;
use crate::rule::finding::Kind;
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// A timestamp that was judged: what it stamps, when, and the verdict.
pub(super) type Stamp = (TimestampKind, Option<Instant>, JudgedTimestamp);

/// What all timestamps of a signature came to.
#[derive(Clone, Debug)]
pub(super) struct Existence {
    /// Each timestamp, in the order of the signature.
    pub(super) stamps: Vec<Stamp>,
    /// Since when what they cover is proven to exist.
    pub(super) proofs: Proofs,
}

impl Judge {
    /// Judges the timestamps, each at the time at which those judged before it prove that it existed, or
    /// something outside of the signature does.
    pub(super) fn existence(
        &self,
        timestamps: &[Timestamp],
        outside: &Proofs,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> Existence {
        let mut proofs = outside.clone();
        let mut judged: Vec<Option<Stamp>> = vec![None; timestamps.len()];
        let covering = covering(timestamps);
        while let Some((place, stamp)) = newest_left(timestamps, &covering, &judged) {
            let verdict = self.stamped(stamp, &proofs, evidence, at);
            if let Some(verified) = &verdict.2.verified {
                self.prove(stamp, verified, &mut proofs, at);
            }
            if let Some(slot) = judged.get_mut(place) {
                *slot = Some(verdict);
            }
        }
        Existence { stamps: judged.into_iter().flatten().collect(), proofs }
    }

    /// What is covered was there. But it is known by its hash alone: until something newer covers the thing
    /// itself, or to this day, nobody must have been able to put another in its place.
    /// The same goes for the hash in a reference, where it is that which the token is over.
    fn prove(
        &self,
        stamp: &Timestamp,
        verified: &VerifiedTimestamp,
        proofs: &mut Proofs,
        at: Instant,
    ) {
        let hash = verified.imprint().algorithm();
        let covered = stamp.covers.iter().map(|thing| (*thing, hash));
        for (thing, by) in covered.chain(stamp.refers_to.iter().copied()) {
            let known = Times { proofs, ..Times::unproven(at) }.of(thing);
            let holds = |hash| self.policy.algorithms.digest(hash, known).is_enough();
            if holds(hash) && holds(by) {
                proofs.add(thing, verified.time());
            }
        }
    }

    fn stamped(
        &self,
        stamp: &Timestamp,
        proofs: &Proofs,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> Stamp {
        match &stamp.token {
            Ok(token) => {
                let existed = Times { proofs, ..Times::unproven(at) }.of(token.fingerprint);
                let times = Times { proofs, ..Times::proven(at, existed) };
                let judged = self.timestamp_within(token, &stamp.stamped, evidence, times);
                (stamp.kind, Some(token.statement.time), judged)
            }
            Err(error) => {
                let verdict = unreadable(Kind::Timestamp, &error.to_string());
                (stamp.kind, None, JudgedTimestamp { verdict, verified: None, tsa: None })
            }
        }
    }
}

impl Existence {
    /// The times of a thing that these timestamps may cover.
    pub(super) fn times(&self, thing: Fingerprint, at: Instant) -> Times<'_> {
        let times = Times { proofs: &self.proofs, ..Times::unproven(at) };
        let proven = times.of(thing);
        Times { proven, used: proven, since: self.content_stamped(), ..times }
    }

    /// The earliest time at which the content itself is proven: by timestamps over it, each for as long as
    /// its hash tells contents apart, or by whatever proves the signature from outside.
    pub(super) fn content(
        &self,
        outside: Option<Instant>,
        at: Instant,
        table: &AlgorithmTable,
    ) -> Instant {
        let over_content = |stamp: &&Stamp| match stamp.0 {
            TimestampKind::Content | TimestampKind::Archive => true,
            TimestampKind::Signature
            | TimestampKind::Document
            | TimestampKind::Complete
            | TimestampKind::References => false,
        };
        let stamps = self.stamps.iter().filter(over_content);
        let mut verified: Vec<_> = stamps.filter_map(|(.., j)| j.verified.as_ref()).collect();
        verified.sort_by_key(|verified| std::cmp::Reverse(verified.time()));
        let mut known = outside.map_or(at, |outside| outside.min(at));
        for stamp in verified {
            if table.digest(stamp.imprint().algorithm(), known).is_enough() {
                known = known.min(stamp.time());
            }
        }
        known
    }

    /// A content timestamp is signed, so the signature is not older than it (§5.3.4).
    fn content_stamped(&self) -> Option<Instant> {
        let of_content = self.stamps.iter().filter(|(kind, ..)| *kind == TimestampKind::Content);
        of_content.filter_map(|(.., judged)| Some(judged.verified.as_ref()?.time())).max()
    }
}

/// Of each timestamp, the places of those that cover it.
fn covering(timestamps: &[Timestamp]) -> Vec<BTreeSet<usize>> {
    let print = |stamp: &Timestamp| Some(stamp.token.as_ref().ok()?.fingerprint);
    let prints: Vec<Option<Fingerprint>> = timestamps.iter().map(print).collect();
    let mut over: BTreeMap<Fingerprint, BTreeSet<usize>> = BTreeMap::new();
    prints.iter().flatten().for_each(|print| drop(over.insert(*print, BTreeSet::new())));
    for (place, stamp) in timestamps.iter().enumerate() {
        for thing in &stamp.covers {
            if let Some(places) = over.get_mut(thing) {
                places.insert(place);
            }
        }
    }
    let places = |print: &Option<Fingerprint>| over.get(&(*print)?).cloned();
    prints.iter().map(|print| places(print).unwrap_or_default()).collect()
}

/// The newest of those not judged yet; but one that another covers waits for that one, whatever their clocks
/// say: two authorities may each be off by a second. What cannot be read proves nothing and comes first.
fn newest_left<'a>(
    timestamps: &'a [Timestamp],
    covering: &[BTreeSet<usize>],
    judged: &[Option<Stamp>],
) -> Option<(usize, &'a Timestamp)> {
    let is_left = |place: usize| judged.get(place).is_some_and(Option::is_none);
    let is_free = |place: usize| {
        let mut over = covering.get(place).into_iter().flatten();
        !over.any(|over| *over != place && is_left(*over))
    };
    let left = timestamps.iter().enumerate().rev().filter(|(place, _)| is_left(*place));
    let time = |stamp: &Timestamp| stamp.token.as_ref().ok().map(|token| token.statement.time);
    // No hash goes round, so one of them is free.
    left.max_by_key(|(place, stamp)| (is_free(*place), stamp.token.is_err(), time(stamp)))
}

/// Adds what a signature proves of its certificate: it was there when it was signed, being named in what
/// was signed by a hash that nobody can meet with another certificate to this day.
pub(super) fn with_named(
    proofs: &Proofs,
    signature: &Signature,
    certificate: &Certificate,
    (proven, at): (Instant, Instant),
    table: &AlgorithmTable,
) -> Proofs {
    let mut proofs = proofs.clone();
    let references = signature.certificate_references.as_deref().unwrap_or_default();
    let is_named = references.iter().any(|reference| {
        let holds = reference.algorithm.is_some_and(|hash| table.digest(hash, at).is_enough());
        holds && reference.refers_to(certificate) == Some(true)
    });
    if is_named && proven < at {
        proofs.add(certificate.fingerprint(), proven);
    }
    proofs
}
