//! What is in hand, what is wanted, and the one trait through which more comes in.

pub mod bundle;
pub mod edition;
mod held;
pub mod proofs;
mod read;
pub mod set;
pub mod want;

pub use proofs::Proofs;
pub use set::EvidenceSet;
pub use want::{EvidenceSource, Fetch, Unavailable, Want, Wanted};
