//! Why bytes are not what they should be.

/// Why bytes are not the structure they should be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{structure}: {problem}")]
pub struct Malformed {
    structure: &'static str,
    problem: Problem,
}

impl Malformed {
    /// A complaint about the structure of that name.
    pub const fn new(structure: &'static str, problem: Problem) -> Self {
        Self { structure, problem }
    }

    /// What is wrong.
    pub const fn problem(&self) -> Problem {
        self.problem
    }
}

/// What can be wrong with bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// The bytes end inside an element.
    #[error("it ends too early")]
    Truncated,
    /// Another element stands there.
    #[error("an unexpected element (tag 0x{0:02x})")]
    UnexpectedTag(u8),
    /// Bytes are left over.
    #[error("bytes follow its end")]
    Trailing,
    /// A length that DER does not allow.
    #[error("a length is not in DER form")]
    Length,
    /// A tag that DER does not allow or that inkan has no use for.
    #[error("a tag is not readable")]
    Tag,
    /// A primitive value that its type does not allow.
    #[error("a value is not readable")]
    Value,
    /// Nested deeper than any honest file.
    #[error("it is nested too deeply")]
    TooDeep,
    /// Larger than the budget allows.
    #[error("it is larger than the limit")]
    TooLarge,
    /// A kind or version that inkan does not know.
    #[error("a version or type that is not known")]
    Unknown,
}
