//! `inkan renew`: what is due is told and renewed; what is not provable is refused and left as it is.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "each record lies in a folder of its own")]

#[path = "support/bench.rs"]
mod bench;
#[path = "renew/records.rs"]
mod records;
#[path = "report/schema.rs"]
mod schema;
#[path = "renew/told.rs"]
mod told;

use bench::{Bench, Ran, at};
use serde_json::Value;
use std::sync::LazyLock;

/// Renewed, but no authority of the lab lasts until the day that was asked about.
const STILL_DUE: i32 = 3;

static BENCH: LazyLock<Bench> = LazyLock::new(Bench::new);

/// A record of that level in a folder of its own, signed by a physician of the lab.
fn record(folder: &str, level: &str) -> String {
    std::fs::create_dir_all(BENCH.path(folder)).unwrap();
    let file = format!("{folder}/chart.txt");
    BENCH.write(&file, format!("the chart in {folder}").as_bytes());
    let tsa = BENCH.lab().tsa_url("tsa-ec");
    let mut more = vec!["--level", level];
    if level != "B" {
        more.extend(["--tsa", &tsa]);
    }
    let ran = BENCH.sign(&file, "ec-physician", &more);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    format!("{file}.p7s")
}

fn renew(words: &[&str]) -> Ran {
    let mut all = vec!["renew", "--trust", "lab/trust"];
    all.extend(words);
    BENCH.inkan(&all)
}

fn renewed(words: &[&str]) -> (Ran, Value) {
    let tsa = BENCH.lab().tsa_url("tsa-ec");
    let mut all = vec!["--format", "json", "--tsa", &tsa];
    all.extend(words);
    let ran = renew(&all);
    let json = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}", ran.stderr));
    let schema = include_str!("../docs/schema/inkan.renewal-1.schema.json");
    let faults = schema::faults(&serde_json::from_str(schema).unwrap(), &json);
    assert_eq!(faults, Vec::<String>::new());
    (ran, json)
}

fn verdict(file: &str) -> (i32, Value) {
    BENCH.verdict(&[file, "--trust", "lab/trust", "--offline"])
}

#[test]
fn what_is_not_due_is_kept_byte_for_byte() {
    let file = record("kept", "LTA");
    let before = BENCH.read(&file);
    let (ran, json) = renewed(&["kept", "--within", "1"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(at(&json, "/records/0/done"), "kept");
    assert!(at(&json, "/records/0/renew_by") > "2027", "{json:#}");
    assert_eq!(at(&json, "/calendar/0/renew_by"), at(&json, "/records/0/renew_by"));
    assert!(BENCH.read(&file) == before);
}

#[test]
fn what_is_due_gets_an_archive_timestamp_and_is_then_judged_by_itself() {
    for level in ["B", "T", "LT", "LTA"] {
        let folder = format!("due-{level}");
        let file = record(&folder, level);
        let (ran, json) = renewed(&[&folder, "--before", "2100-01-01"]);
        assert_eq!(ran.status, STILL_DUE, "{level}: {} {}", ran.stderr, ran.stdout);
        assert_eq!(at(&json, "/records/0/done"), "renewed", "{level}");
        assert_eq!(at(&json, "/records/0/level"), "LTA", "{level}");
        let (status, json) = verdict(&file);
        assert_eq!(status, 0, "{level}: {json:#}");
        let stamps = json.pointer("/files/0/signatures/0/timestamps").unwrap().as_array().unwrap();
        let archives = stamps.iter().filter(|stamp| at(stamp, "/kind") == "archive").count();
        assert_eq!(archives, if level == "LTA" { 2 } else { 1 }, "{level}");
    }
}

#[test]
fn without_a_tsa_what_is_due_is_told_and_nothing_is_touched() {
    let file = record("told", "LTA");
    let before = BENCH.read(&file);
    let ran = renew(&["told", "--before", "2100-01-01"]);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("due: told/chart.txt.p7s (level LTA), provable until"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("Calendar: what ends when\n"), "{}", ran.stdout);
    assert!(BENCH.read(&file) == before);
}

#[test]
fn a_record_that_was_tampered_with_is_never_renewed() {
    for (folder, spoil) in [("altered-content", true), ("altered-signature", false)] {
        let file = record(folder, "LTA");
        if spoil {
            BENCH.write(&format!("{folder}/chart.txt"), b"another chart");
        } else {
            let mut bytes = BENCH.read(&file);
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            BENCH.write(&file, &bytes);
        }
        let before = BENCH.read(&file);
        let (ran, json) = renewed(&[folder, "--before", "2100-01-01"]);
        assert!([1, 3].contains(&ran.status), "{folder}: {}", ran.status);
        assert_eq!(at(&json, "/records/0/done"), "refused", "{folder}");
        assert!(!json.pointer("/records/0/because").unwrap().is_null(), "{folder}: {json:#}");
        assert!(BENCH.read(&file) == before, "{folder}");
    }
}

#[test]
fn an_interrupted_call_is_made_again_and_renews_nothing_twice() {
    let file = record("again", "T");
    let day = "2026-12-31";
    let (first, _) = renewed(&["again", "--before", day]);
    assert_eq!(first.status, 0, "{}", first.stderr);
    let after = BENCH.read(&file);
    let (second, json) = renewed(&["again", "--before", day]);
    assert_eq!((second.status, at(&json, "/records/0/done")), (0, "kept"));
    assert!(BENCH.read(&file) == after);
}

#[test]
fn a_tsa_that_fails_leaves_the_old_file() {
    let file = record("no-tsa", "LTA");
    let before = BENCH.read(&file);
    let url = BENCH.lab().faulty(&["reject".parse().unwrap()], &BENCH.lab().tsa_url("tsa-ec"));
    let ran = renew(&["no-tsa", "--before", "2100-01-01", "--tsa", &url]);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(ran.stderr.starts_with("error: no-tsa/chart.txt.p7s: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("\nhint: "), "{}", ran.stderr);
    assert!(BENCH.read(&file) == before);
}
