//! The command with keys on tokens: SoftHSM2 and Kryoptic as they are, and a card that keeps the contract
//! of HPKI cards to the letter and breaks when told to.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, says when it cannot run, and fails by panicking"
)]

#[path = "tokens/batches.rs"]
mod batches;
#[path = "support/bench.rs"]
mod bench;
#[path = "tokens/card.rs"]
mod card;
#[path = "tokens/desk.rs"]
mod desk;
#[path = "tokens/faults.rs"]
mod faults;
#[path = "tokens/identity.rs"]
mod identity;
#[path = "tokens/libraries.rs"]
mod libraries;
#[path = "tokens/made.rs"]
mod made;
#[path = "tokens/pins.rs"]
mod pins;
#[path = "report/schema.rs"]
mod schema;
#[path = "support/skip.rs"]
mod skip;
#[path = "tokens/store.rs"]
mod store;
#[path = "tokens/survey.rs"]
mod survey;
