//! What a verdict says: rules, findings, and the indication that follows from them.

pub mod citation;
pub mod finding;
pub mod fixed;
pub mod indication;
pub mod phrase;
pub mod verdict;

pub use citation::{Level, Rule};
pub use finding::{Finding, Locator, Outcome};
pub use fixed::FixedRule;
pub use indication::{Indication, SubIndication};
pub use phrase::Phrase;
pub use verdict::Verdict;
