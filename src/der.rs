//! Decoded ASN.1 that keeps its exact bytes.
//!
//! Everything here is a value: parsed from bytes, judged elsewhere. A parser accepts what it can
//! represent faithfully and refuses the rest; whether a value is *right* is a rule's business, so
//! odd but readable input (a negative serial, an unsorted SET) is kept as received and reported.

pub mod algorithm;
pub mod ber;
pub mod tlv;
pub mod write;

pub use tlv::{Malformed, Reader, Tag, Tlv};

/// Bytes that share one allocation with the structure they were cut from.
pub use bytes::Bytes;
