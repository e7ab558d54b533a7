//! Traps of the command line and appetites of hostile files: each has done harm once.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/bench.rs"]
mod bench;

use bench::{Bench, at, names};
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::{Bytes, pem, write};
use inkan::edge::clock::now;
use inkan::evidence::want::Offline;
use inkan::evidence::{EvidenceSet, EvidenceSource};
use inkan::oid;
use inkan::policy::{Policy, Trust};
use inkan::rule::SubIndication;
use inkan::task::verify::{FileReport, Held, Subject, verify};

fn judged(file: Vec<u8>, source: &mut dyn EvidenceSource) -> FileReport {
    let file = Bytes::from(file);
    let policy = Policy::standard(Trust::default()).unwrap();
    let subject =
        Subject { name: "hostile.p7m", file: &file, content: None, held: Held::Signature };
    verify(&subject, &policy, now(), &mut EvidenceSet::default(), source).unwrap()
}

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

#[test]
fn a_second_signature_in_a_pem_file_is_not_passed_over() {
    let bench = Bench::new();
    bench.write("record.txt", b"one tablet a day");
    assert_eq!(bench.sign("record.txt", "ec-physician", &["--attached"]).status, 0);
    let one = pem::encode("CMS", &bench.read("record.txt.p7m"));
    bench.write("one.p7m", one.as_bytes());
    bench.write("two.p7m", [one.as_str(), &one].concat().as_bytes());
    assert_eq!(bench.verdict(&["one.p7m", "--trust", "lab/trust"]).0, 0);
    let (status, json) = bench.verdict(&["two.p7m", "--trust", "lab/trust"]);
    assert_eq!(status, 1, "{json:#}");
    assert_eq!(at(&json, "/files/0/sub_indication"), "FORMAT_FAILURE");
}

#[test]
fn a_token_that_cannot_be_read_is_broken_and_not_unsigned() {
    let content = write::explicit(0, &write::octet_string(b"no TSTInfo"));
    let data = write::sequence([
        write::integer(3),
        write::set([AlgorithmIdentifier::bare(oid::SHA256).to_der()]),
        write::sequence([write::oid(oid::TST_INFO), content]),
        write::set::<&[u8]>([]),
    ]);
    let token = write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)]);
    let report = judged(token, &mut Offline);
    assert_eq!(report.sub_indication(), Some(SubIndication::FormatFailure), "{report:#?}");
}
