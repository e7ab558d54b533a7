//! One line of a key record.

use super::State;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happened to a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// It was made.
    Generated,
    /// A certificate was asked for.
    Requested,
    /// A certificate was put beside it.
    Certified,
    /// What its token says of it was written down.
    Attested,
    /// It was deleted.
    Deleted,
    /// Somebody said that it is in this state now.
    Became(State),
    /// Somebody had something to say of it.
    Noted,
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Generated => "generated",
            Self::Requested => "what a certificate is requested for",
            Self::Certified => "given a certificate",
            Self::Attested => "attested",
            Self::Deleted => "deleted",
            Self::Became(state) => state.name(),
            Self::Noted => "noted",
        })
    }
}

/// Which key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyNamed {
    /// Its algorithm, as people write it.
    pub algorithm: String,
    /// SHA-256 of its SubjectPublicKeyInfo, in hexadecimal.
    pub sha256: String,
}

/// What whoever writes an entry tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// What happened.
    pub event: Event,
    /// To which key.
    pub key: KeyNamed,
    /// Where the key is: `token`, `serial`, `model`, `firmware`, …, or `file`.
    pub place: BTreeMap<String, String>,
    /// What was asked for.
    pub asked: BTreeMap<String, String>,
    /// What came of it.
    pub found: BTreeMap<String, String>,
    /// The user of the operating system.
    pub user: String,
    /// Who sat there.
    pub operator: Option<String>,
    /// Who looked on.
    pub witnesses: Vec<String>,
    /// Anything else.
    pub note: Option<String>,
}

/// An entry. The members stand in the order of their names, as RFC 8785 §3.2.3 has them; all that is
/// written is text and one whole number, so that nothing else of it comes into play.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    asked: BTreeMap<String, String>,
    event: Event,
    found: BTreeMap<String, String>,
    key: KeyNamed,
    note: Option<String>,
    number: u64,
    operator: Option<String>,
    place: BTreeMap<String, String>,
    previous: Option<String>,
    schema: Schema,
    state: Option<State>,
    time: String,
    user: String,
    witnesses: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Schema {
    #[serde(rename = "inkan.key-record/1")]
    One,
}

impl Entry {
    pub(super) fn new(
        told: &Told,
        number: u64,
        previous: Option<&str>,
        state: Option<State>,
        at: Instant,
    ) -> Self {
        let told = told.clone();
        Self {
            asked: told.asked,
            event: told.event,
            found: told.found,
            key: told.key,
            note: told.note,
            number,
            operator: told.operator,
            place: told.place,
            previous: previous.map(str::to_owned),
            schema: Schema::One,
            state,
            time: at.to_string(),
            user: told.user,
            witnesses: told.witnesses,
        }
    }

    /// The one form of the entry, without the end of its line.
    pub fn line(&self) -> String {
        // Text and numbers always become JSON; an empty line would be no entry to any reader.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Its number.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// What happened.
    pub const fn event(&self) -> Event {
        self.event
    }

    /// To which key.
    pub const fn key(&self) -> &KeyNamed {
        &self.key
    }

    /// The state of the key from then on.
    pub const fn state(&self) -> Option<State> {
        self.state
    }

    /// When, by the clock of that machine.
    pub fn time(&self) -> &str {
        &self.time
    }

    /// Where the key is.
    pub const fn place(&self) -> &BTreeMap<String, String> {
        &self.place
    }

    /// What came of it.
    pub const fn found(&self) -> &BTreeMap<String, String> {
        &self.found
    }

    pub(super) fn previous(&self) -> Option<&str> {
        self.previous.as_deref()
    }
}
