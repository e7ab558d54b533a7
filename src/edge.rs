//! Everything that touches the world, except tokens: files, the network, the terminal, the clock.
//!
//! Nothing is decided here. What comes in is bytes with the reason why not, in plain words.
#![expect(clippy::disallowed_methods, reason = "this is the layer that touches the world")]

pub mod clock;
pub mod entropy;
pub mod files;
pub mod http;
pub mod prompt;
pub mod trust_store;
pub mod tsa;
pub mod user;
pub mod web;

pub use files::{AtomicFile, FileError, FileSource};
pub use http::{HttpClient, HttpError};
