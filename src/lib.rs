//! Sign, keep and prove medical records.
//!
//! The layers, lowest first; each imports only what stands above it in this list
//! (`docs/architecture.md` says why, `tests/architecture.rs` holds it):

pub mod digest;
pub mod oid;
pub mod source;
pub mod time;

pub mod der;
pub mod xml;

pub mod evidence;
pub mod policy;
pub mod rule;

pub mod ades;
pub mod crypto;
pub mod key;

pub mod check;

pub mod judge;
pub mod seal;

pub mod report;
pub mod task;

pub mod edge;
pub mod hsm;
pub mod lab;

pub mod cli;
