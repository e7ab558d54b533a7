//! One named check, one outcome.
//!
//! A check answers one question about one thing from what it is given. It fetches nothing, knows
//! no policy beyond its own parameters, and cannot keep silent: what it lacks, it names.

pub mod algorithm;
pub mod certificate;
pub mod content;
pub mod link;
pub mod memory;
pub mod names;
pub mod path;
pub mod policies;
pub mod record;
pub mod signature;
pub mod status;
pub mod timestamp;
pub mod token;
pub mod work;

use crate::der::certificate::Fingerprint;
use crate::evidence::{Proofs, Want};
use crate::rule::{Outcome, Phrase, SubIndication};
use crate::time::Instant;

/// The times that matter for one thing that is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times<'a> {
    /// The time of validation: "now", or whatever the user asked for.
    pub at: Instant,
    /// The earliest time at which the thing judged is proven to have existed. Without any proof
    /// this is the time of validation itself.
    pub proven: Instant,
    /// The time at which the key was used: the proven one, and for a timestamp the one that it states.
    pub used: Instant,
    /// The time before which it cannot have existed, where something proves that: the thing that it was
    /// made over was stamped then.
    pub since: Option<Instant>,
    /// Since when everything else is proven to exist.
    pub proofs: &'a Proofs,
}

impl Times<'static> {
    /// Nothing is proven.
    pub const fn unproven(at: Instant) -> Self {
        Self::proven(at, at)
    }

    /// The thing is proven to have existed at that time, and nothing else is proven.
    pub const fn proven(at: Instant, proven: Instant) -> Self {
        Self { at, proven, used: proven, since: None, proofs: Proofs::NONE }
    }
}

impl Times<'_> {
    /// The earliest time at which something else is proven to have existed; the time of validation, if
    /// nothing proves an earlier one.
    pub fn of(&self, thing: Fingerprint) -> Instant {
        self.proofs.of(thing).map_or(self.at, |proven| proven.min(self.at))
    }
}

/// What a check answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// What was demanded, with the figures of this case.
    pub expected: Phrase,
    /// What became of it.
    pub outcome: Outcome,
    /// A sub-indication more exact than the requirement's.
    pub consequence: Option<SubIndication>,
}

impl Answer {
    /// As demanded.
    pub const fn met(expected: Phrase, observed: Phrase) -> Self {
        Self { expected, outcome: Outcome::Met(observed), consequence: None }
    }

    /// Against the demand.
    pub const fn violated(expected: Phrase, observed: Phrase) -> Self {
        Self { expected, outcome: Outcome::Violated(observed), consequence: None }
    }

    /// As demanded or not.
    pub const fn of(holds: bool, expected: Phrase, observed: Phrase) -> Self {
        if holds { Self::met(expected, observed) } else { Self::violated(expected, observed) }
    }

    /// The demand is not about this.
    pub const fn not_applicable(expected: Phrase, because: Phrase) -> Self {
        Self { expected, outcome: Outcome::NotApplicable(because), consequence: None }
    }

    /// Not decided for want of something.
    pub const fn unanswered(expected: Phrase, want: Want, why: Phrase) -> Self {
        Self { expected, outcome: Outcome::Unanswered { want, why }, consequence: None }
    }

    /// With a sub-indication of its own.
    #[must_use]
    pub const fn leading_to(mut self, sub: SubIndication) -> Self {
        self.consequence = Some(sub);
        self
    }
}
