//! The same through the command, in little memory: each ends soon, with one clear finding.
#![allow(clippy::disallowed_methods, reason = "a test has its own files and measures real time")]

use super::issue::{Draft, KEY, ListDraft, NOW, ca, issue, name};
use super::overload::{entries, long_name, mapped_policies, mesh};
use inkan::der::{pem, write};
use inkan::evidence::EvidenceSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Address space in KiB. The program itself takes some 60 MiB, and the largest file here 100.
const MEMORY: u32 = 320 << 10;

/// Debug builds on a busy machine are slow; an explosion takes hours.
const SOON: Duration = Duration::from_secs(30);

/// A folder with a trusted root.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "root.der", issue("root", "root", vec![ca()]).der());
    folder
}

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

fn pem_of(evidence: &EvidenceSet) -> String {
    evidence.certificates().map(|c| pem::encode("CERTIFICATE", c.der())).collect()
}

/// Exit code and report of `inkan cert check WORDS`.
fn check(folder: &Path, words: &str) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_inkan");
    let line = format!(
        "ulimit -v {MEMORY} && exec '{program}' --lang en cert check {words} --trust root.der --offline --at {NOW}"
    );
    let begun = Instant::now();
    let output = Command::new("sh").args(["-c", &line]).current_dir(folder).output().unwrap();
    let took = begun.elapsed();
    assert!(took < SOON, "{words}: it took {took:?}");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.is_empty(), "{words}: {error}");
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// Exactly one required thing is violated, and the report says what.
fn refused_for(report: &str, what: &str) {
    assert_eq!(report.matches("[required]").count(), 1, "{report}");
    assert!(report.contains(what), "{what} is not in:\n{report}");
}

#[test]
fn the_largest_list_fits_into_little_more_than_its_size() {
    let folder = folder();
    let root = name("root");
    put(folder.path(), "end.der", Draft::new(&root, &name("end"), vec![]).der(&KEY));
    let list = ListDraft::new(&root, vec![entries(1_300_000)], vec![]).der(&KEY);
    assert!(list.len() > 100_000_000);
    put(folder.path(), "list.crl", list);
    let (code, report) = check(folder.path(), "end.der --evidence list.crl");
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn ten_thousand_cross_certificates_are_given_up_with_one_finding() {
    let folder = folder();
    put(folder.path(), "mesh.pem", pem_of(&mesh()));
    put(folder.path(), "end.der", issue("CA 0", "end", vec![]).der());
    let words = "end.der --evidence mesh.pem --no-revocation";
    let (code, report) = check(folder.path(), words);
    assert_eq!(code, Some(1), "{report}");
    assert!(report.contains("the search for a path was given up"), "{report}");
}

#[test]
fn policies_that_explode_are_worked_out() {
    let folder = folder();
    let (evidence, end) = mapped_policies();
    put(folder.path(), "root.der", issue("CA 0", "CA 0", vec![ca()]).der());
    put(folder.path(), "policies.pem", pem_of(&evidence));
    put(folder.path(), "end.der", end.der());
    let words = "end.der --evidence policies.pem --no-revocation --require-explicit-policy";
    let (code, report) = check(folder.path(), words);
    assert_eq!(code, Some(0), "{report}");
    let (code, report) = check(folder.path(), &format!("{words} --policy 1.2.3"));
    assert_eq!(code, Some(1), "{report}");
}

#[test]
fn what_cannot_be_read_is_one_finding() {
    let folder = folder();
    put(folder.path(), "name.der", long_name());
    let nest = (0..60_000).fold(Vec::new(), |inner, _| match inner.len() {
        0..200_000 => write::sequence([inner]),
        _ => inner,
    });
    put(folder.path(), "nest.der", nest);
    put(folder.path(), "endless.p7b", [0x30, 0x80].repeat(1_000_000));
    for (file, what) in [
        ("name.der", "it is larger than the limit"),
        ("nest.der", "there is no certificate in this file"),
        ("endless.p7b", "there is no certificate in this file"),
    ] {
        let (code, report) = check(folder.path(), file);
        assert_eq!(code, Some(1), "{report}");
        refused_for(&report, what);
        refused_for(&report, "certificate.4.1.certificate-readable");
    }
}
