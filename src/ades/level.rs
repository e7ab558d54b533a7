//! How far a signature has grown, by what is there. It says nothing of what that is worth.

/// The levels of the baseline profiles (EN 319 122-1 §6) and the extended forms before them
/// (EN 319 122-2, RFC 5126 §4.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Level {
    /// A signature alone.
    B,
    /// With a timestamp over its value.
    T,
    /// With references to all that it is verified with.
    C,
    /// With a timestamp over these.
    X,
    /// With what they refer to.
    Xl,
    /// With all that it is verified with.
    Lt,
    /// With an archive timestamp of the older form.
    A,
    /// With an archive timestamp.
    Lta,
    /// A time-stamp token.
    Timestamp,
    /// An evidence record.
    EvidenceRecord,
}

impl Level {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::B => "B",
            Self::T => "T",
            Self::C => "C",
            Self::X => "X",
            Self::Xl => "XL",
            Self::Lt => "LT",
            Self::A => "A",
            Self::Lta => "LTA",
            Self::Timestamp => "timestamp",
            Self::EvidenceRecord => "evidence-record",
        }
    }
}
