//! Decoded ASN.1 that keeps its exact bytes.
//!
//! Everything here is a value: parsed from bytes, judged elsewhere. A parser accepts what it can
//! represent faithfully and refuses the rest; whether a value is *right* is a rule's business, so
//! odd but readable input (a negative serial, an unsorted SET) is kept as received and reported.

pub mod algorithm;
pub mod ber;
pub mod cades;
pub mod certificate;
pub mod cms;
pub mod crl;
pub mod ers;
pub mod ess;
pub mod extension;
pub mod hcrole;
mod malformed;
pub mod name;
pub mod ocsp;
pub mod pem;
pub mod pkcs12;
pub mod prints;
pub mod qualifier;
mod times;
pub mod tlv;
pub mod tsp;
pub mod write;

pub use tlv::{Malformed, Reader, Tag, Tlv};

/// Bytes that share one allocation with the structure they were cut from.
pub use bytes::Bytes;
