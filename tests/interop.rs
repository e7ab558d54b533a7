//! inkan and other tools judge what the other signs: OpenSSL, pyHanko, EU DSS.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/bench.rs"]
mod bench;
#[path = "interop/divergence.rs"]
mod divergence;
#[path = "interop/made_here.rs"]
mod made_here;
#[path = "interop/made_there.rs"]
mod made_there;
#[path = "interop/openssl.rs"]
mod openssl;
#[path = "support/peer.rs"]
mod peer;
#[path = "interop/renewed.rs"]
mod renewed;
#[path = "interop/several.rs"]
mod several;
#[path = "support/skip.rs"]
mod skip;
#[path = "interop/stamps.rs"]
mod stamps;
#[path = "interop/tampered.rs"]
mod tampered;

use bench::{Bench, at};

/// Signers of both kinds: RSA with lists, and P-256 with lists and OCSP.
const MEMBERS: [&str; 2] = ["hpki-physician", "ec-physician"];

/// How a signature stands to its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Detached,
    Attached,
}

/// The authority with a key of the member's kind.
fn tsa(bench: &Bench, member: &str) -> String {
    bench.lab().tsa_url(if member.starts_with("ec-") { "tsa-ec" } else { "tsa-rsa" })
}

/// `record.txt`, and `forged.txt` that differs in one bit.
fn records(bench: &Bench) {
    let record = "処方箋\n".repeat(1000).into_bytes();
    let mut forged = record.clone();
    forged[100] ^= 1;
    bench.write("record.txt", &record);
    bench.write("forged.txt", &forged);
}

/// How many findings of the first signature are violated, warnings included.
fn violated(json: &serde_json::Value) -> usize {
    let findings = json.pointer("/files/0/signatures/0/findings").and_then(|f| f.as_array());
    findings.unwrap().iter().filter(|f| at(f, "/outcome") == "violated").count()
}
