//! The verdicts on paths that were reached before.
//!
//! A judgement is a function of what it is given, so the same certificate at the same times with the same
//! evidence has the same verdict, under one policy. A batch of one signer asks once.

use super::certificate::JudgedCertificate;
use crate::check::Times;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::evidence::EvidenceSet;
use crate::evidence::edition::Edition;
use crate::policy::Role;
use crate::time::Instant;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

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
        let locked = || self.by_question.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = locked().get(&question) {
            return known.clone();
        }
        let judged = judge();
        let mut known = locked();
        if known.len() >= MAX_VERDICTS {
            known.clear();
        }
        known.insert(question, judged.clone());
        judged
    }
}
