//! Until when a verdict will hold: when a record must be renewed, and why.
//!
//! Nobody needs to know how certificates, algorithms and timestamps play together to answer this. The
//! judge is asked the same question as of later days, on which something ends that the verdict could rest
//! on; the first day on which it would not pass is the end, and what then stands against it is the reason.

use super::Judge;
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

impl Judge {
    /// Until when a signature that passes now will pass with the evidence in hand. Nothing if it does not
    /// pass now, or if nothing is known that would end it.
    pub fn horizon(
        &self,
        signature: &Signature,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> Option<Horizon> {
        let judged_at = |at| self.signature(signature, evidence, at).verdict;
        if judged_at(at).indication() != Indication::Passed {
            return None;
        }
        let ends = self.ends(signature, evidence, at);
        let first = ends.partition_point(|end| ending(&judged_at(*end)).is_none());
        let ends = *ends.get(first)?;
        let because = ending(&judged_at(ends))?;
        Some(Horizon { ends, because })
    }

    /// The later instants at which a certificate or an algorithm will just have ended, in order.
    fn ends(&self, signature: &Signature, evidence: &EvidenceSet, at: Instant) -> Vec<Instant> {
        let tokens = signature.timestamps.iter().filter_map(|stamp| stamp.token.as_ref().ok());
        let in_tokens = tokens.flat_map(|token| &token.certificates);
        let certificates = evidence.certificates().iter().chain(in_tokens);
        // The last second belongs to the certificate (RFC 5280 §4.1.2.5).
        let certificates = certificates.map(|c: &Certificate| c.not_after().plus_seconds(1));
        let mut ends: Vec<Instant> =
            certificates.chain(self.policy.algorithms.ends()).filter(|end| at < *end).collect();
        ends.sort_unstable();
        ends.dedup();
        ends
    }
}

/// The finding that ends a verdict, the one nearest to its cause; nothing if it passes or lacks only what
/// can still be fetched.
fn ending(verdict: &Verdict) -> Option<Finding> {
    let lasting = |finding: &&Finding| finding.sub_indication().is_some_and(lasts);
    let all: Vec<&Finding> = verdict.all_findings().into_iter().filter(lasting).collect();
    let cause = |finding: &&&Finding| finding.about.kind == Kind::Certificate;
    let found = all.iter().find(cause).or(all.last());
    found.map(|finding| (*finding).clone())
}

/// Whether time alone mends this: newer revocation data will be out, and can be fetched.
const fn lasts(sub: SubIndication) -> bool {
    !matches!(sub, SubIndication::TryLater)
}
