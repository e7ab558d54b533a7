//! Signatures grow from level to level, in new files and in old ones, and OpenSSL verifies each step.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/bench.rs"]
mod bench;

use bench::{Bench, at};

#[test]
fn lt_by_command() {
    let bench = Bench::new();
    bench.write("record.txt", b"a record");
    let tsa = bench.lab().tsa_url("tsa-ec");
    for level in ["LT", "LTA"] {
        for member in ["hpki-physician", "ec-physician"] {
            let ran = bench.sign(
                "record.txt",
                member,
                &[
                    "--tsa",
                    &tsa,
                    "--level",
                    level,
                    "--force",
                    "--claimed-role",
                    "当直医",
                    "--location",
                    "東京",
                    "--mime-type",
                    "text/plain",
                    "--commitment",
                    "approval",
                    "--content-timestamp",
                ],
            );
            println!("{member} {level} {} {}", ran.stdout, ran.stderr);
            if ran.status == 0 {
                let ran = bench.openssl_ok(&[
                    "cms",
                    "-cmsout",
                    "-print",
                    "-inform",
                    "DER",
                    "-in",
                    "record.txt.p7s",
                    "-noout",
                ]);
                println!("{}", ran.stdout);
            }
        }
    }
    panic!();
}
