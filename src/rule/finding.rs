//! What became of one rule.

use super::{Level, Phrase, Rule, SubIndication};
use crate::evidence::Want;
use std::sync::Arc;

/// What a finding or verdict is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Locator {
    /// The kind of thing.
    pub kind: Kind,
    /// Which one: a certificate's subject, a signature's id.
    pub name: Arc<str>,
}

/// Kinds of things that are judged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A whole file.
    File,
    /// A signature.
    Signature,
    /// A time-stamp token.
    Timestamp,
    /// An evidence record.
    Record,
    /// A certificate path, named by the certificate it is for.
    Path,
    /// A certificate.
    Certificate,
    /// Revocation data.
    Status,
}

impl Kind {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Signature => "signature",
            Self::Timestamp => "timestamp",
            Self::Record => "record",
            Self::Path => "path",
            Self::Certificate => "certificate",
            Self::Status => "status",
        }
    }
}

impl Locator {
    /// The thing of that kind and name.
    pub fn new(kind: Kind, name: impl Into<Arc<str>>) -> Self {
        Self { kind, name: name.into() }
    }
}

/// What a check came to. There is no way to say nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// As demanded; this was seen.
    Met(Phrase),
    /// Against the demand; this was seen.
    Violated(Phrase),
    /// The rule is not about this; because.
    NotApplicable(Phrase),
    /// The rule was not in force at the time.
    NotInForce,
    /// Not decided.
    Unanswered {
        /// This is wanted first.
        want: Want,
        /// Why it is not in hand, or why what is in hand does not do.
        why: Phrase,
    },
}

impl Outcome {
    /// The word in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Met(_) => "met",
            Self::Violated(_) => "violated",
            Self::NotApplicable(_) => "not-applicable",
            Self::NotInForce => "not-in-force",
            Self::Unanswered { .. } => "unanswered",
        }
    }
}

/// One rule, applied to one thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: Arc<Rule>,
    /// What it was applied to.
    pub about: Locator,
    /// What it demands, with the figures of this case.
    pub expected: Phrase,
    /// What became of it.
    pub outcome: Outcome,
    /// A more exact sub-indication than the rule's own, where the check knows one.
    pub consequence: Option<SubIndication>,
}

impl Finding {
    /// The sub-indication that this finding leads to; nothing if it leaves the indication alone.
    pub fn sub_indication(&self) -> Option<SubIndication> {
        if self.rule.level != Level::Fail {
            return None;
        }
        match self.outcome {
            Outcome::Met(_) | Outcome::NotApplicable(_) | Outcome::NotInForce => None,
            Outcome::Violated(_) => Some(self.consequence.unwrap_or(self.rule.violated)),
            Outcome::Unanswered { .. } => Some(self.consequence.unwrap_or(self.rule.unanswered)),
        }
    }
}
