//! Something to be said, before it is said in a language.

use std::fmt::Display;
use std::mem;

/// A text by its key in the catalogues `report/text/{en,ja}.toml`, and what fills its gaps.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Phrase {
    key: &'static str,
    arguments: Arguments,
}

/// A gap's name, and what fills it.
type Argument = (&'static str, String);

/// Most texts have one gap or none, and a verdict has hundreds of texts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Arguments {
    None,
    One(Argument),
    Several(Vec<Argument>),
}

impl Arguments {
    fn and(self, argument: Argument) -> Self {
        match self {
            Self::None => Self::One(argument),
            Self::One(first) => Self::Several(vec![first, argument]),
            Self::Several(mut all) => {
                all.push(argument);
                Self::Several(all)
            }
        }
    }
}

impl Phrase {
    /// The text of that key.
    pub const fn new(key: &'static str) -> Self {
        Self { key, arguments: Arguments::None }
    }

    /// Fills the gap `{name}`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        let before = mem::replace(&mut self.arguments, Arguments::None);
        self.arguments = before.and((name, value.to_string()));
        self
    }

    /// The key.
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// What fills the gaps.
    pub fn arguments(&self) -> &[(&'static str, String)] {
        match &self.arguments {
            Arguments::None => &[],
            Arguments::One(only) => std::slice::from_ref(only),
            Arguments::Several(all) => all,
        }
    }
}
