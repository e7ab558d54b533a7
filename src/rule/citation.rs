//! A rule: what is demanded, by which clause of which document, and with what weight.

use super::SubIndication;
use serde::Deserialize;

/// How much a violation weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Told, without consequence.
    Inform,
    /// Told as a warning; the indication stays.
    Warn,
    /// The indication falls.
    Fail,
}

impl Level {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inform => "inform",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One demand of one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// `<profile>.<clause>.<check>`: stable, and what reports and waivers refer to.
    pub id: String,
    /// The name of the check; texts are keyed by it.
    pub check: &'static str,
    /// The document with its edition.
    pub document: String,
    /// The clause in it.
    pub clause: String,
    /// Where the document can be had.
    pub url: Option<String>,
    /// How much a violation weighs.
    pub level: Level,
    /// Whether the clause was read in the document itself.
    pub confirmed: bool,
    /// The sub-indication that a violation leads to.
    pub violated: SubIndication,
    /// The sub-indication when the question could not be answered.
    pub unanswered: SubIndication,
}
