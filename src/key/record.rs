//! The record of what was done with keys: lines of JSON that only grow, each holding the hash of the
//! line before it, and for each key the state of its life.
//!
//! A line is an entry in the form of RFC 8785 (no blanks, members in order): one entry is one sequence
//! of octets, so that its SHA-256 means something. The chain shows that nothing in the middle was
//! changed, put in or left out. That nothing was cut off at the end it cannot show: whoever noted the
//! hash of a line down, or had it signed or time-stamped, can ([`Record::has_line`]).

mod entry;
mod life;

pub use entry::{Entry, Event, KeyNamed, Told};
pub use life::{NotAllowed, State, after};

use crate::digest::{DigestAlgorithm, hex};
use crate::time::Instant;
use std::collections::BTreeMap;

/// A record whose chain holds.
#[derive(Clone, Debug, Default)]
pub struct Record {
    entries: Vec<Entry>,
    hashes: Vec<String>,
    states: BTreeMap<String, Option<State>>,
}

/// The first line that is not as it must be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Broken {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a line.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Why {
    /// The last line has no end: it was being written when the power went.
    #[error("the line has no end; it was not written to its end")]
    Torn,
    /// It is no entry.
    #[error("this is no entry of a key record: {0}")]
    NotAnEntry(String),
    /// It is an entry, but not in the one form that it may have.
    #[error("the entry is not in its canonical form")]
    NotCanonical,
    /// Its number is not that of its line.
    #[error("the entry says that it is number {0}")]
    Number(u64),
    /// It does not hold the hash of the line before.
    #[error("the entry does not follow the line before it")]
    Chain,
    /// What it tells cannot happen to the key.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The state that it says is not the one that follows.
    #[error("the entry says another state of the key than the one that follows")]
    State,
}

impl Record {
    /// Reads a whole record.
    pub fn read(content: &[u8]) -> Result<Self, Broken> {
        let mut record = Self::default();
        for (at, line) in content.split_inclusive(|octet| *octet == b'\n').enumerate() {
            record.take(line).map_err(|why| Broken { line: at + 1, why })?;
        }
        Ok(record)
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The hash of the last line; nothing where there is none.
    pub fn head(&self) -> Option<&str> {
        self.hashes.last().map(String::as_str)
    }

    /// Whether there is a line of that hash: what was noted down once is still in the record.
    pub fn has_line(&self, hash: &str) -> bool {
        self.hashes.iter().any(|line| line.eq_ignore_ascii_case(hash))
    }

    /// The state of a key, by the SHA-256 of its public half: nothing where the record does not know the
    /// key, or knows it and not its state.
    pub fn state_of(&self, key: &str) -> Option<State> {
        self.states.get(key).copied().flatten()
    }

    /// Every key with its state.
    pub fn keys(&self) -> impl Iterator<Item = (&str, Option<State>)> {
        self.states.iter().map(|(key, state)| (key.as_str(), *state))
    }

    /// Whether that may happen to the key now, and its state afterwards.
    pub fn allows(&self, key: &str, event: Event) -> Result<Option<State>, NotAllowed> {
        after(self.states.get(key).copied(), event)
    }

    /// The next line, without its end, if what it tells may happen.
    pub fn next(&self, told: &Told, at: Instant) -> Result<String, NotAllowed> {
        let state = self.allows(&told.key.sha256, told.event)?;
        let number = u64::try_from(self.entries.len()).unwrap_or(u64::MAX).saturating_add(1);
        Ok(Entry::new(told, number, self.head(), state, at).line())
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Why> {
        let line = line.strip_suffix(b"\n").ok_or(Why::Torn)?;
        let entry: Entry =
            serde_json::from_slice(line).map_err(|error| Why::NotAnEntry(error.to_string()))?;
        if entry.line().as_bytes() != line {
            return Err(Why::NotCanonical);
        }
        if usize::try_from(entry.number()).ok() != Some(self.entries.len() + 1) {
            return Err(Why::Number(entry.number()));
        }
        if entry.previous() != self.head() {
            return Err(Why::Chain);
        }
        let key = entry.key().sha256.clone();
        if self.allows(&key, entry.event())? != entry.state() {
            return Err(Why::State);
        }
        self.states.insert(key, entry.state());
        self.hashes.push(hex(DigestAlgorithm::Sha256.digest(line).value()));
        self.entries.push(entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
