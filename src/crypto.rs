//! The only place that runs a cryptographic primitive on a public key.

pub mod algorithm;
pub mod verify;

pub use algorithm::SignatureScheme;
