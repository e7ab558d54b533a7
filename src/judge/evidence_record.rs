//! The verdict on an evidence record (RFC 4998 §5.3, EN 319 102-1 §5.6.2).
//!
//! The walk goes from the newest archive timestamp inwards: each is judged as of the time of the one that
//! covers it, and the newest as of the time of validation.

use super::certificate::ends_at_stranger;
use super::signature::unreadable;
use super::timestamp::JudgedTimestamp;
use super::{Judge, finding};
use crate::ades::evidence::{ArchiveTimestamp, Coverage, Record};
use crate::ades::{Stamped, TimestampKind};
use crate::check::Times;
use crate::check::record::{Around, lacks_only_content, run};
use crate::der::certificate::Certificate;
use crate::digest::Digest;
use crate::evidence::{EvidenceSet, Proofs};
use crate::rule::finding::Kind;
use crate::rule::{Indication, Locator, Verdict};
use crate::time::Instant;

/// Proof that data existed: the record over it was judged, and passed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProvenExistence {
    digests: Vec<Digest>,
    since: Instant,
}

impl ProvenExistence {
    /// The hashes of the data, one for each object.
    pub fn digests(&self) -> &[Digest] {
        &self.digests
    }

    /// The time at which all of it was there.
    pub const fn since(&self) -> Instant {
        self.since
    }
}

/// What became of a record.
#[derive(Clone, Debug)]
pub struct JudgedRecord {
    /// The findings.
    pub verdict: Verdict,
    /// The proof, if it passed.
    pub proven: Option<ProvenExistence>,
    /// The certificate of the newest timestamp's authority, if found.
    pub tsa: Option<Certificate>,
    /// Its archive timestamps, oldest first: kind, time, indication.
    pub timestamps: Vec<(TimestampKind, Option<Instant>, Indication)>,
}

impl JudgedRecord {
    /// Whether the record proves whatever it is of, though some of that was not at hand.
    pub fn holds_whatever_it_covers(&self) -> bool {
        lacks_only_content(&self.verdict)
    }

    /// Whether it does not hold, and nothing that could be fetched would change that. One of which something
    /// is not answered may hold, unless a root is above its authority that nobody trusts here.
    pub fn is_disproven(&self) -> bool {
        let mut all = self.verdict.all_findings().into_iter();
        self.proven.is_none() && (!self.verdict.is_only_unanswered() || all.any(ends_at_stranger))
    }
}

impl Judge {
    /// Judges an evidence record over its objects.
    pub fn evidence_record(
        &self,
        record: &Record,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> JudgedRecord {
        self.evidence_record_within(record, Proofs::NONE, evidence, at)
    }

    /// The same for a record of which something from outside proves since when it is there: it is judged
    /// as of then, for that renews it as a timestamp of its own would.
    pub fn evidence_record_within(
        &self,
        record: &Record,
        outside: &Proofs,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> JudgedRecord {
        let newest = record.stamps.last().and_then(|stamp| stamp.token.as_ref().ok());
        let known = newest.and_then(|token| outside.of(token.fingerprint));
        let proven = known.map_or(at, |known| known.min(at));
        let judged = self.walk(record, (outside, proven), evidence, at);
        let tsa = judged.last().and_then(|newest| newest.tsa.clone());
        let verdicts: Vec<Verdict> = judged.into_iter().map(|judged| judged.verdict).collect();
        let timestamps = record.stamps.iter().zip(&verdicts).map(|(stamp, verdict)| {
            let time = stamp.token.as_ref().ok().map(|token| token.statement.time);
            (TimestampKind::Archive, time, verdict.indication())
        });
        let timestamps = timestamps.collect();
        let algorithms = &self.policy.algorithms;
        let around = Around { at: proven, timestamps: &verdicts, algorithms };
        let about = Locator::new(Kind::Record, record.id.as_str());
        let requirements = self.policy.record.requirements.iter();
        let findings = requirements
            .map(|r| finding(r, &about, at, |check| run(check, record, &around)))
            .collect();
        let verdict = Verdict::new(about, findings, verdicts);
        let passed = verdict.indication() == Indication::Passed;
        let proven = passed.then(|| proof(record)).flatten();
        JudgedRecord { verdict, proven, tsa, timestamps }
    }

    /// The tokens, oldest first. A token is proven to have been there at the time of the one that covers
    /// it, if that one is good itself, and so is all that it brought along. Where the data is not at hand,
    /// what a chain covers stays open, and with it the whole record; its tokens are judged as if it did
    /// cover the older chains.
    fn walk(
        &self,
        record: &Record,
        (outside, mut proven): (&Proofs, Instant),
        evidence: &EvidenceSet,
        at: Instant,
    ) -> Vec<JudgedTimestamp> {
        let mut proofs = outside.clone();
        let mut judged = Vec::new();
        for (number, stamp) in record.stamps.iter().enumerate().rev() {
            let times = Times { proofs: &proofs, ..Times::proven(at, proven) };
            let one = self.archive_timestamp(record, stamp, evidence, times);
            let proves = match record.coverage(stamp) {
                Coverage::Shown | Coverage::Open(_) => one.verified.as_ref(),
                Coverage::Broken(_) => None,
            };
            if let Some(proof) = proves {
                proven = proof.time().min(proven);
                let covered = record.covered_by(number).iter();
                let things = covered.flat_map(ArchiveTimestamp::holds);
                things.for_each(|thing| proofs.add(thing, proven));
            }
            judged.push(one);
        }
        judged.reverse();
        judged
    }

    fn archive_timestamp(
        &self,
        record: &Record,
        stamp: &ArchiveTimestamp,
        evidence: &EvidenceSet,
        times: Times<'_>,
    ) -> JudgedTimestamp {
        match &stamp.token {
            Ok(token) => {
                let root = record.root(stamp);
                let stamped = root.map_or(Stamped::Missing, |root| Stamped::Hashed(vec![root]));
                self.timestamp_within(token, &stamped, evidence, times)
            }
            Err(error) => {
                let verdict = unreadable(Kind::Timestamp, &error.to_string());
                JudgedTimestamp { verdict, verified: None, tsa: None }
            }
        }
    }
}

fn proof(record: &Record) -> Option<ProvenExistence> {
    let first = record.stamps.first()?;
    let since = first.token.as_ref().ok()?.statement.time;
    let digests = record.leaves(first).into_iter().filter_map(|leaf| leaf.hash).collect();
    Some(ProvenExistence { digests, since })
}
