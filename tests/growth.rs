//! Signatures grow from level to level, in new files and in old ones; OpenSSL and an independent reader
//! look at each step.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "growth/batch.rs"]
mod batch;
#[path = "support/bench.rs"]
mod bench;
#[path = "growth/command.rs"]
mod command;
#[path = "growth/existing.rs"]
mod existing;
#[path = "growth/independent.rs"]
mod independent;
#[path = "growth/lasting.rs"]
mod lasting;
#[path = "growth/steps.rs"]
mod steps;
#[path = "growth/table.rs"]
mod table;
