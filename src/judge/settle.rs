//! Judges, fetches what was wanted, and judges again until nothing new is asked for.

use crate::evidence::{EvidenceSet, EvidenceSource, Want};
use crate::rule::Verdict;

/// Rounds of fetching: a path of twelve certificates, each with an issuer, an OCSP response and a
/// list to ask for, asked for one after the other.
const MAX_ROUNDS: usize = 40;

/// Calls `judge` until its verdict wants nothing that could still be fetched. Every want is asked
/// for once; what cannot be had stays a finding "not answered".
pub fn settle<T>(
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
    mut judge: impl FnMut(&EvidenceSet) -> T,
    verdict: impl Fn(&T) -> &Verdict,
) -> T {
    let mut judged = judge(evidence);
    for _ in 0..MAX_ROUNDS {
        let mut wants: Vec<Want> = verdict(&judged)
            .wants()
            .into_iter()
            .filter(|want| want.fetch.is_some() && !evidence.was_asked(want))
            .cloned()
            .collect();
        wants.sort();
        wants.dedup();
        if wants.is_empty() {
            break;
        }
        for want in wants {
            let answer = source.obtain(&want);
            evidence.answer(want, answer);
        }
        judged = judge(evidence);
    }
    judged
}
