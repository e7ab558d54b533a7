//! A judgement saved with its evidence is judged again, with no network, to the same findings.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "replay/alone.rs"]
mod alone;
#[path = "support/bench.rs"]
mod bench;
#[path = "report/schema.rs"]
mod schema;

use bench::{Bench, at};
use serde_json::Value;

fn schema() -> Value {
    let text = include_str!("../docs/schema/inkan.evidence-1.schema.json");
    serde_json::from_str(text).unwrap()
}

/// The time of both judgements.
fn now() -> String {
    inkan::edge::clock::now().to_string()
}

/// What a report says, but whether the network was allowed.
fn said(mut report: Value) -> Value {
    report["offline"] = Value::Null;
    report
}

fn stamped(bench: &Bench) {
    bench.write("record.txt", b"a record");
    let tsa = bench.lab().tsa_url("tsa-ec");
    let signed = bench.sign("record.txt", "ec-physician", &["--tsa", &tsa]);
    assert_eq!(signed.status, 0, "{}", signed.stderr);
}

const VERIFY: [&str; 3] = ["record.txt.p7s", "--trust", "lab/trust"];

#[test]
fn what_was_fetched_is_in_the_bundle() {
    let bench = Bench::new();
    stamped(&bench);
    let at_time = now();
    let time = ["--at", at_time.as_str()];
    let (status, online) =
        bench.verdict(&[&VERIFY[..], &time, &["--save-evidence", "evidence.json"]].concat());
    assert_eq!((status, at(&online, "/indication")), (0, "passed"));
    let offline =
        |more: &[&str]| bench.verdict(&[&VERIFY[..], &time, &["--offline"], more].concat());
    assert_eq!(offline(&[]).0, 3, "without the bundle there is no revocation data");
    let (status, replayed) = offline(&["--evidence", "evidence.json"]);
    assert_eq!((status, said(replayed)), (0, said(online)));
    let bundle: Value = serde_json::from_slice(&bench.read("evidence.json")).unwrap();
    assert_eq!(at(&bundle, "/schema"), "inkan.evidence/1");
    assert_eq!(at(&bundle, "/at"), at_time);
    assert_eq!(bundle["unavailable"], Value::Array(Vec::new()));
    assert_eq!(schema::faults(&schema(), &bundle), Vec::<String>::new());
}

#[test]
fn what_could_not_be_had_is_in_the_bundle_too() {
    let bench = Bench::new();
    stamped(&bench);
    let Bench { folder, server } = bench;
    // Whoever listens there from now on is no responder.
    let url = server.lab().base_url().to_owned();
    drop(server);
    let deaf = Bench { folder, server: Bench::new().server };
    let time = now();
    let common = [&VERIFY[..], &["--at", time.as_str()]].concat();
    let (status, online) =
        deaf.verdict(&[&common[..], &["--save-evidence", "evidence.json"]].concat());
    assert_eq!(status, 3);
    assert!(online.to_string().contains(&url), "the report names what was not reached");
    let replay = ["--offline", "--evidence", "evidence.json"];
    let (status, replayed) = deaf.verdict(&[&common[..], &replay].concat());
    assert_eq!((status, said(replayed)), (3, said(online)));
    let bundle: Value = serde_json::from_slice(&deaf.read("evidence.json")).unwrap();
    assert_ne!(bundle["unavailable"], Value::Array(Vec::new()));
    assert_eq!(schema::faults(&schema(), &bundle), Vec::<String>::new());
}

#[test]
fn certificates_are_replayed_as_signatures_are() {
    let bench = Bench::new();
    let time = now();
    let words = ["cert", "check", "lab/ec-physician.crt", "lab/ec-nurse.crt", "lab/ec-ca.crt"];
    let common =
        [&words[..], &["--trust", "lab/trust", "--format", "json", "--at", time.as_str()]].concat();
    let run = |more: &[&str]| {
        let ran = bench.inkan(&[&common[..], more].concat());
        (ran.status, said(serde_json::from_str(&ran.stdout).unwrap()))
    };
    let online = run(&["--save-evidence", "evidence.json"]);
    assert_eq!(online, run(&["--offline", "--evidence", "evidence.json"]));
    assert_ne!(online, run(&["--offline"]));
}

#[test]
fn a_bundle_brings_no_trust_and_a_damaged_one_is_refused() {
    let bench = Bench::new();
    stamped(&bench);
    let save = ["--save-evidence", "evidence.json"];
    assert_eq!(bench.verdict(&[&VERIFY[..], &save].concat()).0, 0);
    let (status, verdict) = bench.verdict(&[
        "record.txt.p7s",
        "--trust",
        "lab/hpki-root.crt",
        "--offline",
        "--evidence",
        "evidence.json",
    ]);
    assert_eq!((status, at(&verdict, "/indication")), (3, "indeterminate"));
    let text = String::from_utf8(bench.read("evidence.json")).unwrap();
    for damaged in
        [text.replace("inkan.evidence/1", "inkan.evidence/9"), text.replace("\"MII", "\"MIJ")]
    {
        bench.write("damaged.json", damaged.as_bytes());
        let ran =
            bench.inkan(&[&["verify"], &VERIFY[..], &["--evidence", "damaged.json"]].concat());
        assert_eq!(ran.status, 2, "{}", ran.stdout);
        assert!(ran.stderr.contains("error: damaged.json: ") && ran.stderr.contains("hint: "));
    }
}

#[test]
fn what_one_file_brings_speaks_for_no_other_in_whatever_order() {
    let bench = Bench::new();
    let tsa = bench.lab().tsa_url("tsa-ec");
    for (file, level) in [("full.txt", "LTA"), ("bare.txt", "T")] {
        bench.write(file, b"a record");
        let signed = bench.sign(file, "ec-physician", &["--tsa", &tsa, "--level", level]);
        assert_eq!(signed.status, 0, "{}", signed.stderr);
    }
    let judged = |words: &[&str]| {
        let (_, report) = bench.verdict(&[words, &["--trust", "lab/trust", "--offline"]].concat());
        let files = report["files"].as_array().unwrap().iter();
        files.map(|file| at(file, "/indication").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(judged(&["bare.txt.p7s"]), ["indeterminate"]);
    assert_eq!(judged(&["full.txt.p7s", "bare.txt.p7s"]), ["passed", "indeterminate"]);
    assert_eq!(judged(&["bare.txt.p7s", "full.txt.p7s"]), ["indeterminate", "passed"]);
    let given = ["bare.txt.p7s", "--evidence", "full.txt.p7s"];
    assert_eq!(judged(&given), ["passed"], "the twin: who wants it to count, gives it");
}
