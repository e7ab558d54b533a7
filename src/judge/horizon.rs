//! Until when a verdict will hold: when a record must be renewed, and why.
//!
//! Nobody needs to know how certificates, algorithms and timestamps play together to answer this. The
//! judge is asked the same question as of later days, on which something ends that the verdict could rest
//! on; the first day on which it would not pass is the end, and what then stands against it is the reason.

use super::{Judge, JudgedSignature};
use crate::ades::Signature;
use crate::der::certificate::Certificate;
use crate::evidence::EvidenceSet;
use crate::rule::finding::Kind;
use crate::rule::{Finding, Indication, SubIndication, Verdict};
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
    /// Until when a signature that passes now will pass with the evidence in hand. Nothing if it does not
    /// pass now, or if nothing is known that would end it.
    pub fn horizon(
        &self,
        signature: &Signature,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> Option<Horizon> {
        match self.lasting(std::slice::from_ref(signature), evidence, at) {
            Lasting::Until(horizon) => Some(*horizon),
            Lasting::Unlimited | Lasting::NotPassed => None,
        }
    }

    /// The same for all signatures of a file, which are no better than the first of them to end, and why
    /// there is no end where there is none.
    pub fn lasting(&self, all: &[Signature], evidence: &EvidenceSet, at: Instant) -> Lasting {
        let judged_at = |at| self.signatures(all, evidence, at);
        let passed = |one: &JudgedSignature| one.verdict.indication() == Indication::Passed;
        if !judged_at(at).iter().all(passed) {
            return Lasting::NotPassed;
        }
        let ends = self.ends(all, evidence, at);
        let ended = |at| judged_at(at).iter().find_map(ending);
        let first = ends.partition_point(|end| ended(*end).is_none());
        let found = ends.get(first).and_then(|ends| {
            let because = ended(*ends)?;
            Some(Lasting::Until(Box::new(Horizon { ends: *ends, because })))
        });
        found.unwrap_or(Lasting::Unlimited)
    }

    /// The later instants at which a certificate or an algorithm will just have ended, or something begins to
    /// be demanded, in order.
    fn ends(&self, all: &[Signature], evidence: &EvidenceSet, at: Instant) -> Vec<Instant> {
        let stamps = all.iter().flat_map(|signature| &signature.timestamps);
        let tokens = stamps.filter_map(|stamp| stamp.token.as_ref().ok());
        let in_tokens: Vec<Certificate> = tokens.flat_map(|token| token.certificates()).collect();
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

/// The finding that ends a verdict, the one nearest to its cause; nothing if it passes or lacks only what
/// can still be fetched. With a timestamp falls all that it proved, so the newest that falls is the cause.
fn ending(judged: &JudgedSignature) -> Option<Finding> {
    let times = judged.timestamps.iter().map(|(_, time, _)| *time);
    let stamps = judged.verdict.because_of(Kind::Timestamp);
    let fallen = stamps.zip(times).filter_map(|(stamp, time)| Some((time, nearest(stamp)?)));
    let newest = fallen.max_by_key(|(time, _)| *time).map(|(_, finding)| finding);
    let all = nearest(&judged.verdict)?;
    Some(newest.unwrap_or(all).clone())
}

/// The finding that lasts and is nearest to the cause of a verdict.
fn nearest(verdict: &Verdict) -> Option<&Finding> {
    let lasting = |finding: &&Finding| finding.sub_indication().is_some_and(lasts);
    let all: Vec<&Finding> = verdict.all_findings().into_iter().filter(lasting).collect();
    let cause = |finding: &&&Finding| finding.about.kind == Kind::Certificate;
    all.iter().find(cause).or(all.last()).copied()
}

/// Whether time alone mends this: newer revocation data will be out, and can be fetched.
const fn lasts(sub: SubIndication) -> bool {
    !matches!(sub, SubIndication::TryLater)
}
