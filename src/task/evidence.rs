//! Evidence records: verified over one object or a group, created for many files with one timestamp,
//! renewed.

mod verify;

pub use verify::{Opened, open, verify_group};
pub(super) use verify::{is_cryptographically_valid, is_intact, verify_if_record};
