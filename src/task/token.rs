//! What is known of the tokens at hand: listed, looked into, and held against their profiles.

use crate::check::token::{Subject, TokenFinding, TokenOutcome, findings};
use crate::key::token::{LibraryFacts, TokenFacts};
use crate::policy::token::TokenProfile;
use crate::rule::{Indication, Level};
use crate::time::Instant;

/// What was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// Which tokens there are.
    List,
    /// What one of them holds.
    Info,
    /// Whether it is as its profile says.
    Check,
}

impl Asked {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Info => "info",
            Self::Check => "check",
        }
    }
}

/// What there is to say.
#[derive(Clone, Debug)]
pub struct TokenReport {
    /// What was asked.
    pub asked: Asked,
    /// When.
    pub at: Instant,
    /// Libraries with their slots and tokens; of one token, only its own.
    pub libraries: Vec<LibraryFacts>,
    /// Profiles, where those were asked for.
    pub profiles: Vec<TokenProfile>,
    /// The token held against its profile.
    pub checked: Option<Checked>,
}

/// A token held against its profile.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The profile.
    pub profile: TokenProfile,
    /// One finding for each row.
    pub findings: Vec<TokenFinding>,
}

impl Checked {
    /// Holds a token whose inside was looked at against a profile; nothing if it was not.
    pub fn of(profile: TokenProfile, token: &TokenFacts, now: Instant) -> Option<Self> {
        let inside = token.inside.as_ref()?;
        let findings = findings(&Subject { profile: &profile, token, inside, now });
        Some(Self { profile, findings })
    }

    /// Failed if something of weight is otherwise, indeterminate if something of weight is not known.
    pub fn indication(&self) -> Indication {
        let weighty = || self.findings.iter().filter(|finding| finding.level == Level::Fail);
        if weighty().any(|f| matches!(f.outcome, TokenOutcome::Violated(_))) {
            return Indication::Failed;
        }
        if weighty().any(|f| matches!(f.outcome, TokenOutcome::Unanswered(_))) {
            return Indication::Indeterminate;
        }
        Indication::Passed
    }
}
