//! Traps of the command line and appetites of hostile files: each has done harm once.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/bench.rs"]
mod bench;

use bench::{Bench, names};

#[test]
fn a_forced_signature_never_replaces_the_record_the_key_or_the_certificate() {
    let bench = Bench::new();
    bench.write("record.txt", b"one tablet a day");
    for (out, what) in [
        ("record.txt", "the record"),
        ("lab/ec-physician.key", "the key"),
        ("lab/ec-physician.crt", "the certificate"),
    ] {
        let before = bench.read(out);
        let ran = bench.sign("record.txt", "ec-physician", &["--force", "--out", out]);
        assert_eq!(ran.status, 2, "{what}: {}", ran.stderr);
        assert!(ran.stderr.contains("hint: "), "{what}: {}", ran.stderr);
        assert_eq!(bench.read(out), before, "{what}");
    }
}

#[test]
fn two_records_of_one_name_do_not_share_a_signature_file() {
    let bench = Bench::new();
    for folder in ["monday", "tuesday", "out"] {
        std::fs::create_dir(bench.path(folder)).unwrap();
    }
    bench.write("monday/record.txt", b"one tablet");
    bench.write("tuesday/record.txt", b"two tablets");
    let more = ["tuesday/record.txt", "--force", "--out", "out"];
    let ran = bench.sign("monday/record.txt", "ec-physician", &more);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
    assert!(names(&bench.path("out")).is_empty());
}

#[test]
fn a_pin_typed_where_its_source_belongs_is_not_repeated() {
    let bench = Bench::new();
    let words = ["key", "generate", "--out", "new.key", "--pin-source", "hunter2secret"];
    let ran = bench.inkan(&words);
    assert_eq!(ran.status, 2);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: write file:PATH, fd:N or env:NAME"), "{}", ran.stderr);
    assert!(!bench.path("new.key").exists());
}
