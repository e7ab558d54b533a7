//! Something to be said, before it is said in a language.

use std::fmt::Display;

/// A text by its key in the catalogues `report/text/{en,ja}.toml`, and what fills its gaps.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Phrase {
    key: &'static str,
    arguments: Vec<(&'static str, String)>,
}

impl Phrase {
    /// The text of that key.
    pub const fn new(key: &'static str) -> Self {
        Self { key, arguments: Vec::new() }
    }

    /// Fills the gap `{name}`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }

    /// The key.
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// What fills the gaps.
    pub fn arguments(&self) -> &[(&'static str, String)] {
        &self.arguments
    }
}
