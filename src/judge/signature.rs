//! The verdict on a signature: basic validation (EN 319 102-1 §5.3), validation with time (§5.5) and with
//! archival data (§5.6), which are one: whatever is judged, is judged at the time that is proven for it.

use super::existence::with_named;
use super::{Judge, finding};
use crate::ades::{Signature, TimestampKind};
use crate::check::Times;
use crate::check::signature::{Around, candidates, run};
use crate::der::certificate::{Certificate, Fingerprint};
use crate::evidence::{EvidenceSet, Proofs};
use crate::policy::Role;
use crate::rule::finding::Kind;
use crate::rule::fixed::WELL_FORMED;
use crate::rule::{Finding, Indication, Locator, Outcome, Phrase, SubIndication, Verdict};
use crate::time::Instant;
use std::sync::Arc;

/// What became of a signature.
#[derive(Clone, Debug)]
pub struct JudgedSignature {
    /// The findings.
    pub verdict: Verdict,
    /// The earliest time at which the signature is proven to have existed; the time of validation
    /// where nothing proves an earlier one.
    pub best_signature_time: Instant,
    /// The signer's certificate, if found.
    pub signer: Option<Certificate>,
    /// The signer's path, itself first; empty if there is none.
    pub path: Vec<Certificate>,
    /// Its timestamps: kind, time, indication.
    pub timestamps: Vec<(TimestampKind, Option<Instant>, Indication)>,
    /// What its timestamps prove to have been there, counter-signatures over it among the rest.
    pub proofs: Proofs,
}

impl Judge {
    /// Judges a signature.
    pub fn signature(
        &self,
        signature: &Signature,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> JudgedSignature {
        self.signature_within(signature, Proofs::NONE, evidence, at)
    }

    /// Judges all signatures of a file, each after the one that it is over. What archive timestamps prove
    /// of a counter-signature stands in that one.
    pub fn signatures(
        &self,
        all: &[Signature],
        evidence: &EvidenceSet,
        at: Instant,
    ) -> Vec<JudgedSignature> {
        self.signatures_within(all, Proofs::NONE, evidence, at)
    }

    /// The same where something outside of them, an evidence record, proves that they are older.
    pub fn signatures_within(
        &self,
        all: &[Signature],
        outside: &Proofs,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> Vec<JudgedSignature> {
        let mut done: Vec<(&str, JudgedSignature)> = Vec::new();
        for signature in all {
            let over = signature.countersigns.as_deref();
            let over = done.iter().find(|(id, _)| Some(*id) == over);
            let outside = over.map_or(outside, |(_, over)| &over.proofs);
            let judged = self.signature_within(signature, outside, evidence, at);
            done.push((&signature.id, judged));
        }
        done.into_iter().map(|(_, judged)| judged).collect()
    }

    /// Judges a signature of which something outside of it, an evidence record, proves that it and what
    /// came with it are older.
    pub fn signature_within(
        &self,
        signature: &Signature,
        outside: &Proofs,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> JudgedSignature {
        let policy = &self.policy;
        let existence = self.existence(&signature.timestamps, outside, evidence, at);
        let times = existence.times(Fingerprint::of(&signature.value), at);
        let signer = choose(signature, evidence);
        let judged = signer.as_ref().map(|certificate| {
            let proven = (times.proven, at);
            let proofs =
                with_named(&existence.proofs, signature, certificate, proven, &policy.algorithms);
            let times = Times { proofs: &proofs, ..times };
            self.certificate(certificate, Role::Signer, evidence, times)
        });
        let (path_verdict, path) = match judged {
            Some(judged) => (Some(judged.verdict), judged.path),
            None => (None, Vec::new()),
        };
        let stamps = &existence.stamps;
        let timestamps: Vec<_> = stamps
            .iter()
            .map(|(kind, time, judged)| (*kind, *time, judged.verdict.indication()))
            .collect();
        let stamp_verdicts: Vec<Verdict> =
            stamps.iter().map(|(_, _, judged)| judged.verdict.clone()).collect();
        let around = Around {
            times,
            signer: signer.as_ref(),
            path: path_verdict.as_ref(),
            content: existence.content(
                outside.of(Fingerprint::of(&signature.value)),
                at,
                &policy.algorithms,
            ),
            timestamps: &stamp_verdicts,
            algorithms: &policy.algorithms,
            evidence,
        };
        let about = Locator::new(Kind::Signature, signature.id.as_str());
        let requirements = policy.signature.requirements.iter();
        let findings = requirements
            .map(|r| finding(r, &about, at, |check| run(check, signature, &around)))
            .collect();
        let because = path_verdict.into_iter().chain(stamp_verdicts).collect();
        let best_signature_time = times.proven;
        JudgedSignature {
            verdict: Verdict::new(about, findings, because),
            best_signature_time,
            signer,
            path,
            timestamps,
            proofs: existence.proofs,
        }
    }
}

/// The certificate that the signature names and refers to, whose key fits; position in a bag means
/// nothing (docs/threat-model.md row 3). Failing that, one that it names, so that the findings can say why.
fn choose(signature: &Signature, evidence: &EvidenceSet) -> Option<Certificate> {
    let references = signature.certificate_references.as_deref().unwrap_or_default();
    let named: Vec<&Certificate> = candidates(&signature.signer, evidence).collect();
    let referred = |c: &&&Certificate| references.iter().all(|r| r.refers_to(c) == Some(true));
    named.iter().find(referred).or(named.first()).map(|c| (*c).clone())
}

/// The verdict on something that cannot be read at all.
pub fn unreadable(kind: Kind, error: &str) -> Verdict {
    let seen = Outcome::Violated(Phrase::new("seen.malformed").with("error", error));
    format_verdict(kind, seen, SubIndication::FormatFailure)
}

/// The verdict on a file without a signature: never passed.
pub fn no_signature(name: &str) -> Verdict {
    let seen = Outcome::Violated(Phrase::new("seen.no-signature").with("name", name));
    format_verdict(Kind::File, seen, SubIndication::NoSignatureFound)
}

fn format_verdict(kind: Kind, outcome: Outcome, sub: SubIndication) -> Verdict {
    let about = Locator::new(kind, kind.name());
    let rule = WELL_FORMED.rule_leading_to(sub);
    let finding = Finding {
        rule: Arc::new(rule),
        about: about.clone(),
        expected: Phrase::new("expect.well-formed"),
        outcome,
        consequence: None,
    };
    Verdict::new(about, vec![finding], Vec::new())
}
