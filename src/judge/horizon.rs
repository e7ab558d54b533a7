//! Until when a verdict will hold: when a record must be renewed, and why.
//!
//! Nobody needs to know how certificates, algorithms and timestamps play together to answer this. The
//! judge is asked the same question as of later days, on which something ends that the verdict could rest
//! on; the first day on which it would not pass is the end, and what then stands against it is the reason.

use super::{Judge, JudgedRecord, JudgedSignature};
use crate::ades::Token;
use crate::der::certificate::Certificate;
use crate::evidence::{EvidenceSet, Wanted};
use crate::rule::finding::Kind;
use crate::rule::{Finding, Indication, Outcome, SubIndication, Verdict};
use crate::time::Instant;

/// The end of a verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Horizon {
    /// The first instant at which it would not hold.
    pub ends: Instant,
    /// What would stand against it.
    pub because: Finding,
}

/// How long a verdict lasts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lasting {
    /// Until then.
    Until(Box<Horizon>),
    /// Nothing is known that would end it.
    Unlimited,
    /// There is none to last: it does not pass now.
    NotPassed,
}

impl Judge {
    /// The later instants at which a certificate or an algorithm will just have ended, or something begins to
    /// be demanded, in order.
    pub fn ends<'a>(
        &self,
        tokens: impl Iterator<Item = &'a Token>,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> Vec<Instant> {
        let in_tokens: Vec<Certificate> = tokens.flat_map(Token::certificates).collect();
        // Who answered about others does not stand among the certificates, but speaks no longer than that.
        let in_answers = evidence.ocsp().flat_map(|(_, response)| &response.certificates);
        let certificates = evidence.certificates().chain(&in_tokens).chain(in_answers);
        // The last second belongs to the certificate (RFC 5280 §4.1.2.5).
        let certificates = certificates.map(|c: &Certificate| c.not_after().plus_seconds(1));
        let mut ends: Vec<Instant> = certificates
            .chain(self.policy.algorithms.ends())
            .chain(self.policy.begins())
            .filter(|end| at < *end)
            .collect();
        ends.sort_unstable();
        ends.dedup();
        ends
    }
}

/// Until when whatever can be judged as of any day will hold: for all that is in a file together, which is no
/// better than the first of it to end. `ends` are the days on which that may change. On a day to come newer
/// data may be had; that it is not must have been seen to by whoever judges, or it is taken to be.
pub fn lasting(
    judged_at: &mut dyn FnMut(Instant) -> Vec<Foreseen>,
    ends: &[Instant],
    at: Instant,
) -> Lasting {
    if !judged_at(at).iter().all(|one| one.holds) {
        return Lasting::NotPassed;
    }
    let mut ended = |at| judged_at(at).iter().find_map(ending);
    let first = ends.partition_point(|end| ended(*end).is_none());
    let found = ends.get(first).and_then(|ends| {
        let because = ended(*ends)?;
        Some(Lasting::Until(Box::new(Horizon { ends: *ends, because })))
    });
    found.unwrap_or(Lasting::Unlimited)
}

/// A verdict as of some day, as far as it matters how long it lasts.
#[derive(Clone, Debug)]
pub struct Foreseen {
    verdict: Verdict,
    /// The times of its timestamps, in the order of their verdicts.
    times: Vec<Option<Instant>>,
    holds: bool,
}

impl From<JudgedSignature> for Foreseen {
    fn from(judged: JudgedSignature) -> Self {
        let times = judged.timestamps.iter().map(|(_, time, _)| *time).collect();
        let holds = judged.verdict.indication() == Indication::Passed;
        Self { verdict: judged.verdict, times, holds }
    }
}

/// A record lasts as long as its timestamps and hash functions do, be its data at hand or not.
impl From<JudgedRecord> for Foreseen {
    fn from(judged: JudgedRecord) -> Self {
        let times = judged.timestamps.iter().map(|(_, time, _)| *time).collect();
        let holds = judged.holds_whatever_it_covers();
        Self { verdict: judged.verdict, times, holds }
    }
}

/// The finding that ends a verdict, the one nearest to its cause; nothing if it passes or lacks only what
/// can still be fetched. With a timestamp falls all that it proved, so the newest that falls is the cause.
fn ending(judged: &Foreseen) -> Option<Finding> {
    let stamps = judged.verdict.because_of(Kind::Timestamp);
    let fallen =
        stamps.zip(&judged.times).filter_map(|(stamp, time)| Some((time, nearest(stamp)?)));
    let newest = fallen.max_by_key(|(time, _)| **time).map(|(_, finding)| finding);
    let all = nearest(&judged.verdict)?;
    Some(newest.unwrap_or(all).clone())
}

/// The finding that lasts and is nearest to the cause of a verdict.
fn nearest(verdict: &Verdict) -> Option<&Finding> {
    let lasting =
        |finding: &&Finding| finding.sub_indication().is_some_and(lasts) && !wants_data(finding);
    let all: Vec<&Finding> = verdict.all_findings().into_iter().filter(lasting).collect();
    let cause = |finding: &&&Finding| finding.about.kind == Kind::Certificate;
    all.iter().find(cause).or(all.last()).copied()
}

/// Whether time alone mends this: newer revocation data will be out, and can be fetched.
const fn lasts(sub: SubIndication) -> bool {
    !matches!(sub, SubIndication::TryLater)
}

/// Whether all that is open is data that is not at hand: no day changes that.
const fn wants_data(finding: &Finding) -> bool {
    match &finding.outcome {
        Outcome::Unanswered { want, .. } => matches!(want.what, Wanted::Content),
        Outcome::Met(_)
        | Outcome::Violated(_)
        | Outcome::NotApplicable(_)
        | Outcome::NotInForce => false,
    }
}
