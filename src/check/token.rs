//! Whether a token is as its profile says, and whether its keys are protected.
//!
//! One finding for each row of the profile and for each private key; what was not looked at, or what a
//! token does not say, is a finding too. A validation is declared by its maker: nothing proves it here.

mod keys;
mod outside;
mod sign;

use crate::key::token::{Inside, TokenFacts};
use crate::policy::token::TokenProfile;
use crate::rule::{Level, Phrase};
use crate::time::Instant;

/// Every check, by name: texts are keyed by it.
pub const NAMES: &[&str] = &[
    "token-recognised",
    "token-initialised",
    "token-login-required",
    "token-pin-state",
    "token-pin-length",
    "token-session",
    "token-mechanism",
    "token-quirk",
    "token-software-keys",
    "token-key-extractable",
    "token-key-sensitive",
    "token-key-history",
    "token-key-authenticates",
    "token-keys-separate",
    "token-validation",
];

/// A token whose inside was looked at, and what is known of its kind.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What it is spoken to by.
    pub profile: &'a TokenProfile,
    /// What it says of itself.
    pub token: &'a TokenFacts,
    /// What lies on it.
    pub inside: &'a Inside,
    /// The time by which validations end.
    pub now: Instant,
}

/// What became of one row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenFinding {
    /// The check; texts are keyed by it.
    pub check: &'static str,
    /// The row of the profile, or what else is looked at.
    pub row: String,
    /// Where the demand comes from.
    pub source: Cited,
    /// How much it weighs.
    pub level: Level,
    /// Which key or certificate it is about; nothing if the whole token.
    pub about: Option<String>,
    /// What was demanded.
    pub expected: Phrase,
    /// What became of it.
    pub outcome: TokenOutcome,
}

/// Where a demand comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cited {
    /// What was read of it, or its title.
    pub document: String,
    /// Where it can be had.
    pub url: Option<String>,
    /// Whether it was read itself, or the token measured.
    pub confirmed: bool,
}

/// What a check came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TokenOutcome {
    /// As demanded; this was seen.
    Met(Phrase),
    /// Otherwise; this was seen.
    Violated(Phrase),
    /// Not asked of this token; because.
    NotApplicable(Phrase),
    /// The token did not answer, or was not asked; because.
    Unanswered(Phrase),
}

impl TokenOutcome {
    /// As demanded or not.
    fn of(holds: bool, seen: Phrase) -> Self {
        if holds { Self::Met(seen) } else { Self::Violated(seen) }
    }

    /// The word in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Met(_) => "met",
            Self::Violated(_) => "violated",
            Self::NotApplicable(_) => "not-applicable",
            Self::Unanswered(_) => "unanswered",
        }
    }

    /// What was seen.
    pub const fn seen(&self) -> &Phrase {
        match self {
            Self::Met(seen)
            | Self::Violated(seen)
            | Self::NotApplicable(seen)
            | Self::Unanswered(seen) => seen,
        }
    }
}

impl TokenFinding {
    /// By which it is known in other runs.
    pub fn id(&self, profile: &str) -> String {
        format!("{profile}.{}.{}", self.row, self.check)
    }
}

/// Every finding about a token, in the order of the profile.
pub fn findings(subject: &Subject<'_>) -> Vec<TokenFinding> {
    let mut findings = outside::findings(subject);
    findings.extend(sign::findings(subject));
    findings.extend(outside::quirks(subject));
    findings.extend(keys::findings(subject));
    findings.extend(outside::validations(subject));
    findings
}

impl Subject<'_> {
    /// A finding about a row of the profile.
    fn row(
        &self,
        check: &'static str,
        row: impl Into<String>,
        (source, confirmed): (&str, bool),
        level: Level,
        expected: Phrase,
        outcome: TokenOutcome,
    ) -> TokenFinding {
        let cited = self.profile.sources.get(source);
        let document = cited.map_or_else(|| source.to_owned(), |cited| cited.read.clone());
        let url = cited.and_then(|cited| cited.url.clone());
        TokenFinding {
            check,
            row: row.into(),
            source: Cited { document, url, confirmed },
            level,
            about: None,
            expected,
            outcome,
        }
    }

    /// The whole row of the login, which several findings are about.
    fn login_source(&self) -> (&str, bool) {
        (&self.profile.login.source, self.profile.login.confirmed)
    }
}

/// PKCS#11 as HPKI cards have it.
fn pkcs11(clause: &str, page: Option<&str>) -> Cited {
    let url = page.map(|page| format!("https://www.cryptsoft.com/pkcs11doc/v220/{page}"));
    Cited { document: format!("PKCS#11 v2.20, {clause}"), url, confirmed: true }
}

/// What a row that cannot be relied on weighs less.
const fn weight(confirmed: bool) -> Level {
    if confirmed { Level::Fail } else { Level::Warn }
}

#[cfg(test)]
mod tests;
