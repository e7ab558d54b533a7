//! What was found of paths before.
//!
//! A judgement is a function of what it is given, so the same certificate at the same times with the same
//! evidence has the same verdict, under one policy: a batch of one signer asks once. Where each file has
//! times of its own, as timestamps have, most of what is asked of a certificate in its path is the same
//! still: all that no time and no evidence decides.

use super::certificate::JudgedCertificate;
use crate::check::Times;
use crate::check::link::{Link, Place};
use crate::der::certificate::{Certificate, Fingerprint};
use crate::evidence::EvidenceSet;
use crate::evidence::edition::Edition;
use crate::policy::Role;
use crate::rule::{Finding, Outcome};
use crate::time::Instant;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Verdicts remembered, some kilobytes each. A batch has some signers and some authorities; one that has
/// more begins anew.
const MAX_VERDICTS: usize = 1 << 10;

/// All that a verdict depends on, where nothing is proven of anything but the thing itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Question {
    certificate: Fingerprint,
    role: Role,
    evidence: Edition,
    at: Instant,
    proven: Instant,
    used: Instant,
    since: Option<Instant>,
}

impl Question {
    /// The question, if it may come again: what proofs of its own come with does not.
    pub(super) fn of(
        certificate: &Certificate,
        role: Role,
        evidence: &EvidenceSet,
        times: Times<'_>,
    ) -> Option<Self> {
        let Times { at, proven, used, since, proofs } = times;
        let (certificate, evidence) = (certificate.fingerprint(), evidence.edition());
        proofs.is_empty().then_some(Self { certificate, role, evidence, at, proven, used, since })
    }
}

/// Remembers for as long as the judge lives. It may be shared between threads.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    by_question: Mutex<HashMap<Question, JudgedCertificate>>,
}

impl Verdicts {
    /// The verdict reached before, or the one reached now.
    pub(super) fn of(
        &self,
        question: Option<Question>,
        judge: impl FnOnce() -> JudgedCertificate,
    ) -> JudgedCertificate {
        let Some(question) = question else { return judge() };
        if let Some(known) = locked(&self.by_question).get(&question) {
            return known.clone();
        }
        let judged = judge();
        let mut known = locked(&self.by_question);
        if known.len() >= MAX_VERDICTS {
            known.clear();
        }
        known.insert(question, judged.clone());
        judged
    }
}

/// Links remembered, some kilobytes each: as many as paths.
const MAX_LINKS: usize = MAX_VERDICTS;

/// A certificate in its path, and what it is asked there: that may depend on the day, for requirements come
/// into force.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Standing {
    /// The path, and how much of it is below the certificate.
    path: Vec<Fingerprint>,
    below: usize,
    place: Place,
    role: Role,
    at: Instant,
}

impl Standing {
    pub(super) fn of(link: &Link<'_>, at: Instant) -> Self {
        let path = link.below.iter().chain([link.certificate]).chain(link.above);
        let path = path.map(Certificate::fingerprint).collect();
        Self { path, below: link.below.len(), place: link.place, role: link.role, at }
    }
}

/// The findings on a link that are always the same; nothing in the place of one that must be asked for again.
pub(super) type Timeless = Arc<[Option<Arc<Finding>>]>;

/// Remembers what is timeless of links.
#[derive(Debug, Default)]
pub(super) struct Links {
    by_standing: Mutex<HashMap<Standing, Timeless>>,
}

impl Links {
    pub(super) fn known(&self, standing: &Standing) -> Option<Timeless> {
        locked(&self.by_standing).get(standing).cloned()
    }

    pub(super) fn keep(&self, standing: Standing, findings: Timeless) {
        let mut known = locked(&self.by_standing);
        if known.len() >= MAX_LINKS {
            known.clear();
        }
        known.insert(standing, findings);
    }
}

/// What stands against a certificate is asked for each time: a budget may have had a part in it.
pub(super) const fn is_settled(finding: &Finding) -> bool {
    match finding.outcome {
        Outcome::Met(_) | Outcome::NotApplicable(_) | Outcome::NotInForce => true,
        Outcome::Violated(_) | Outcome::Unanswered { .. } => false,
    }
}

/// What a thread that panicked had written down is whole: every write here is one insertion.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
