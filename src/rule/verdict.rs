//! A verdict is its findings.

use super::finding::{Kind, Locator, Outcome};
use super::{Finding, Indication, SubIndication};
use crate::evidence::Want;
use std::sync::Arc;

/// The findings about one thing, and the verdicts that they rest on.
///
/// The indication is worked out from the findings each time it is asked for; there is no field
/// that could say otherwise, and no verdict without findings passes.
///
/// A clone shares everything: the verdict on a CA is the same for every file of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict(Arc<Parts>);

#[derive(PartialEq, Eq, Debug)]
struct Parts {
    about: Locator,
    findings: Vec<Arc<Finding>>,
    because: Vec<Verdict>,
}

impl Verdict {
    /// A verdict with these findings. Several verdicts may have one in common.
    pub fn new(about: Locator, findings: Vec<impl Into<Arc<Finding>>>, because: Vec<Self>) -> Self {
        let findings = findings.into_iter().map(Into::into).collect();
        Self(Arc::new(Parts { about, findings, because }))
    }

    /// Where it stands in memory: the same for all clones, and another's once all of them are gone.
    pub fn place(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Whether somebody else has it too, and may show it again.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// What it is about.
    pub fn about(&self) -> &Locator {
        &self.0.about
    }

    /// One finding for each requirement, in the order of the profile.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.0.findings.iter().map(|finding| &**finding)
    }

    /// The same as they are kept: one that stands in several verdicts is there once.
    pub fn kept_findings(&self) -> &[Arc<Finding>] {
        &self.0.findings
    }

    /// The verdicts on what this one rests on: paths, certificates, timestamps.
    pub fn because(&self) -> &[Self] {
        &self.0.because
    }

    /// Those of its reasons that are about one kind of thing.
    pub fn because_of(&self, kind: Kind) -> impl Iterator<Item = &Self> {
        self.0.because.iter().filter(move |verdict| verdict.0.about.kind == kind)
    }

    /// Passed only if there are findings and none of them stands against it.
    pub fn indication(&self) -> Indication {
        match self.sub_indication() {
            Some(sub) => sub.indication(),
            None if self.0.findings.is_empty() => Indication::Indeterminate,
            None => Indication::Passed,
        }
    }

    /// The first reason why it is not passed; what is wrong for good comes before what is open.
    pub fn sub_indication(&self) -> Option<SubIndication> {
        let mut reasons = self.findings().filter_map(Finding::sub_indication);
        let first = reasons.next()?;
        let failed = |sub: &SubIndication| sub.indication() == Indication::Failed;
        if failed(&first) { Some(first) } else { Some(reasons.find(failed).unwrap_or(first)) }
    }

    /// Whether nothing stands against it but questions that were not answered.
    pub fn is_only_unanswered(&self) -> bool {
        let against = self.0.findings.iter().filter(|f| f.sub_indication().is_some());
        against.into_iter().all(|f| matches!(f.outcome, Outcome::Unanswered { .. }))
    }

    /// Everything wanted here and in what it rests on.
    pub fn wants(&self) -> Vec<&Want> {
        let own = self.0.findings.iter().filter_map(|finding| match &finding.outcome {
            Outcome::Unanswered { want, .. } => Some(want),
            _ => None,
        });
        own.chain(self.0.because.iter().flat_map(Self::wants)).collect()
    }

    /// All findings here and in what it rests on, the outer ones first.
    pub fn all_findings(&self) -> Vec<&Finding> {
        self.findings().chain(self.0.because.iter().flat_map(Self::all_findings)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Level, Phrase, Rule};
    use std::sync::Arc;

    fn finding(level: Level, outcome: Outcome, violated: SubIndication) -> Finding {
        let rule = Rule {
            id: "test.1.check".into(),
            check: "check",
            document: "Test".into(),
            clause: "1".into(),
            url: None,
            level,
            confirmed: true,
            violated,
            unanswered: SubIndication::TryLater,
        };
        let about = Locator::new(Kind::Signature, "s");
        Finding {
            rule: Arc::new(rule),
            about,
            expected: Phrase::new("x"),
            outcome,
            consequence: None,
        }
    }

    fn verdict(findings: Vec<Finding>) -> Verdict {
        Verdict::new(Locator::new(Kind::Signature, "s"), findings, Vec::new())
    }

    #[test]
    fn a_verdict_without_findings_never_passes() {
        assert_eq!(verdict(Vec::new()).indication(), Indication::Indeterminate);
    }

    #[test]
    fn what_failed_for_good_comes_before_what_is_open() {
        let seen = || Phrase::new("x");
        let open =
            finding(Level::Fail, Outcome::Violated(seen()), SubIndication::NoCertificateChainFound);
        let wrong = finding(Level::Fail, Outcome::Violated(seen()), SubIndication::HashFailure);
        let both = verdict(vec![open.clone(), wrong]);
        assert_eq!(both.sub_indication(), Some(SubIndication::HashFailure));
        assert_eq!(both.indication(), Indication::Failed);
        assert_eq!(verdict(vec![open]).indication(), Indication::Indeterminate);
    }

    #[test]
    fn a_warning_is_told_and_leaves_the_indication() {
        let warned =
            finding(Level::Warn, Outcome::Violated(Phrase::new("x")), SubIndication::HashFailure);
        assert_eq!(verdict(vec![warned]).indication(), Indication::Passed);
    }

    #[test]
    fn an_unanswered_question_is_never_passed() {
        let want = Want::without_source(crate::evidence::Wanted::Revocation, "c");
        let open = finding(
            Level::Fail,
            Outcome::Unanswered { want, why: Phrase::new("x") },
            SubIndication::HashFailure,
        );
        let v = verdict(vec![open]);
        assert_eq!(v.sub_indication(), Some(SubIndication::TryLater));
        assert!(v.is_only_unanswered());
        assert_eq!(v.wants().len(), 1);
    }
}
