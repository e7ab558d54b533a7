//! Evidence records: what others wrote and what inkan writes, right and wrong (RFC 4998, RFC 6283).
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test reads files, and fails by panicking"
)]

#[path = "support/bench.rs"]
mod bench;

#[path = "support/skip.rs"]
mod skip;

#[path = "evidence_records/apart.rs"]
mod apart;

#[path = "evidence_records/archive.rs"]
mod archive;

#[path = "evidence_records/beside.rs"]
mod beside;

#[path = "evidence_records/embedded.rs"]
mod embedded;

#[path = "evidence_records/group.rs"]
mod group;

#[path = "evidence_records/inside.rs"]
mod inside;

#[path = "evidence_records/kept.rs"]
mod kept;

#[path = "evidence_records/made.rs"]
mod made;

#[path = "evidence_records/peer.rs"]
mod peer;

#[path = "evidence_records/real.rs"]
mod real;

#[path = "evidence_records/renewed.rs"]
mod renewed;

#[path = "evidence_records/xml.rs"]
mod xml;
