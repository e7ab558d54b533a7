//! Signatures grow from level to level, in new files and in old ones; OpenSSL and an independent reader
//! look at each step.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/bench.rs"]
mod bench;
#[path = "levels/command.rs"]
mod command;
#[path = "levels/existing.rs"]
mod existing;
#[path = "levels/independent.rs"]
mod independent;
#[path = "levels/steps.rs"]
mod steps;
#[path = "levels/table.rs"]
mod table;
