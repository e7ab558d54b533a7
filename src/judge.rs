//! Composes checks into verdicts, clause by clause. No I/O, no clock, no randomness: the same
//! subject, evidence, policy and time give the same findings, today and in thirty years.

pub mod certificate;
pub mod evidence_record;
mod existence;
pub mod horizon;
mod memory;
pub mod profile;
pub mod settle;
pub mod signature;
pub mod support;
pub mod timestamp;

pub use certificate::{Accepted, JudgedCertificate};
pub use evidence_record::{JudgedRecord, ProvenExistence};
pub use horizon::Horizon;
pub use settle::settle;
pub use signature::JudgedSignature;
pub use support::{Support, Supported};
pub use timestamp::{JudgedTimestamp, VerifiedTimestamp};

use crate::check::Answer;
use crate::check::memory::Memory;
use crate::policy::{Policy, Requirement};
use crate::rule::{Finding, Locator, Outcome};
use crate::time::Instant;

/// Judges under one policy. What it worked out for one subject it knows for the next, so a batch has
/// one judge; what it knows never changes a verdict, only what the verdict costs.
#[derive(Debug)]
pub struct Judge {
    policy: Policy,
    memory: Memory,
    verdicts: memory::Verdicts,
    links: memory::Links,
}

impl Judge {
    /// A judge who remembers nothing yet.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            memory: Memory::default(),
            verdicts: memory::Verdicts::default(),
            links: memory::Links::default(),
        }
    }

    /// The policy.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }
}

/// Turns an answer into the finding of its requirement. Out of force, the question is not asked.
fn finding<C>(
    requirement: &Requirement<C>,
    about: &Locator,
    at: Instant,
    answer: impl FnOnce(&C) -> Answer,
) -> Finding {
    let mut answer = answer(&requirement.check);
    if !requirement.in_force(at) {
        answer.outcome = Outcome::NotInForce;
    }
    Finding {
        rule: requirement.rule.clone(),
        about: about.clone(),
        expected: answer.expected,
        outcome: answer.outcome,
        consequence: answer.consequence,
    }
}
