//! A bundle is judged alone, with none of the files there any more.
#![allow(clippy::disallowed_methods, reason = "the files of a test go away")]

use crate::bench::{Bench, at};
use crate::{now, said, schema, stamped};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

const SAVE: [&str; 4] = ["--trust", "lab/trust", "--save-evidence", "kept.json"];
const REPLAY: [&str; 4] = ["--replay", "kept.json", "--trust", "lab/trust"];

const CONTENT: &[u8] = b"the patient takes two tablets a day";

/// What is said of the files, which are then gone.
fn saved(bench: &Bench, files: &[&str]) -> (i32, Value) {
    let time = now();
    let (status, report) = bench.verdict(&[files, &SAVE, &["--at", &time]].concat());
    let is_ours = |name: &str| name != "lab" && name != "kept.json";
    for name in crate::bench::names(bench.folder.path()).iter().filter(|name| is_ours(name)) {
        std::fs::remove_file(bench.path(name)).unwrap();
    }
    assert_eq!(schema::faults(&schema(), &bundle(bench)), Vec::<String>::new());
    (status, said(report))
}

fn bundle(bench: &Bench) -> Value {
    serde_json::from_slice(&bench.read("kept.json")).unwrap()
}

fn replayed(bench: &Bench) -> (i32, Value) {
    let (status, report) = bench.verdict(&REPLAY);
    assert_eq!(report["offline"], Value::Bool(true));
    (status, said(report))
}

/// What is said of a bundle in which something was changed.
fn changed(bench: &Bench, change: impl Fn(&mut Value)) -> (i32, Value) {
    let before = bench.read("kept.json");
    let mut bundle = bundle(bench);
    change(&mut bundle);
    bench.write("kept.json", bundle.to_string().as_bytes());
    let said = replayed(bench);
    bench.write("kept.json", &before);
    said
}

fn indications(report: &Value) -> Vec<&str> {
    let files = report["files"].as_array().unwrap();
    files.iter().map(|file| at(file, "/indication")).collect()
}

#[test]
fn every_form_is_judged_from_the_bundle_alone_to_the_same_findings() {
    let bench = Bench::new();
    let tsa = bench.lab().tsa_url("tsa-ec");
    let stamped = ["--tsa", tsa.as_str()];
    let signed = [
        ("b.txt", vec!["--level", "B"]),
        ("t.txt", [&stamped[..], &["--level", "T"]].concat()),
        ("lta.txt", [&stamped[..], &["--level", "LTA"]].concat()),
        ("inside.txt", [&stamped[..], &["--level", "LTA", "--attached"]].concat()),
    ];
    for (file, more) in &signed {
        bench.write(file, CONTENT);
        let ran = bench.sign(file, "ec-physician", more);
        assert_eq!(ran.status, 0, "{file}: {}", ran.stderr);
    }
    bench.write("token.txt", CONTENT);
    bench.write("group.txt", CONTENT);
    for words in [["timestamp", "create", "token.txt"], ["evidence", "create", "group.txt"]] {
        let ran = bench.inkan(&[&words[..], &stamped, &["--trust", "lab/trust"]].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    }
    let files = [
        "b.txt.p7s",
        "t.txt.p7s",
        "lta.txt.p7s",
        "inside.txt.p7m",
        "token.txt.tst",
        "group.txt.ers",
    ];
    let (status, report) = saved(&bench, &files);
    assert_eq!(indications(&report), ["passed"; 6]);
    assert_eq!((status, report), replayed(&bench));
    for subject in bundle(&bench)["subjects"].as_array().unwrap() {
        let signature = Base64::decode_vec(at(subject, "/signature")).unwrap();
        let tells = signature.windows(CONTENT.len()).any(|bytes| bytes == CONTENT);
        assert!(!tells && !signature.is_empty(), "the content stays outside");
    }
}

#[test]
fn what_failed_or_was_missing_is_replayed_too() {
    let bench = Bench::new();
    stamped(&bench);
    bench.write("letter.txt", b"no signature");
    bench.write("empty.p7s", b"no signature");
    let sign = |file: &str| bench.sign(file, "ec-physician", &[]).status;
    for file in ["changed.txt", "lost.txt"] {
        bench.write(file, b"as signed");
        assert_eq!(sign(file), 0);
    }
    bench.write("changed.txt", b"not as signed");
    std::fs::remove_file(bench.path("lost.txt")).unwrap();
    let files = ["record.txt.p7s", "letter.txt", "empty.p7s", "changed.txt.p7s", "lost.txt.p7s"];
    let (status, report) = saved(&bench, &files);
    let expected = ["passed", "indeterminate", "failed", "failed", "indeterminate"];
    assert_eq!(indications(&report), expected);
    assert_eq!((status, report), replayed(&bench));
}

#[test]
fn a_record_over_a_group_is_replayed() {
    let bench = Bench::new();
    let tsa = bench.lab().tsa_url("tsa-ec");
    bench.write("one.txt", b"one");
    bench.write("two.txt", b"two");
    let words = ["evidence", "create", "one.txt", "--tsa", &tsa, "--trust", "lab/trust"];
    assert_eq!(bench.inkan(&words).status, 0);
    let group = ["one.txt.ers", "--content", "one.txt", "--content", "two.txt"];
    let said = saved(&bench, &group);
    assert_eq!(said, replayed(&bench));
    let (_, other) = changed(&bench, |bundle| {
        bundle["subjects"][0]["contents"].as_array_mut().unwrap().pop();
    });
    assert_ne!(said.1, other, "the twin: without the other object it is another verdict");
}

#[test]
fn a_changed_hash_and_a_changed_signature_fail() {
    let bench = Bench::new();
    bench.write("record.txt", b"a record");
    assert_eq!(bench.sign("record.txt", "ec-physician", &[]).status, 0);
    let (status, report) = saved(&bench, &["record.txt.p7s"]);
    assert_eq!((status, indications(&report)), (0, vec!["passed"]));
    assert_eq!(changed(&bench, |_| {}), (0, report), "the twin");
    let (status, report) = changed(&bench, |bundle| {
        bundle["subjects"][0]["contents"][0]["digests"][0]["value"] = json!("00".repeat(32));
    });
    assert_eq!((status, at(&report, "/files/0/sub_indication")), (1, "HASH_FAILURE"));
    let (status, report) = changed(&bench, |bundle| {
        let signature = &mut bundle["subjects"][0]["signature"];
        let mut der = Base64::decode_vec(signature.as_str().unwrap()).unwrap();
        *der.last_mut().unwrap() ^= 1;
        *signature = json!(Base64::encode_string(&der));
    });
    assert_eq!((status, at(&report, "/files/0/sub_indication")), (1, "SIG_CRYPTO_FAILURE"));
}

#[test]
fn what_one_file_brought_speaks_for_no_other_in_a_replay_either() {
    let bench = Bench::new();
    let tsa = bench.lab().tsa_url("tsa-ec");
    for (file, level) in [("full.txt", "LTA"), ("bare.txt", "T")] {
        bench.write(file, b"a record");
        let ran = bench.sign(file, "ec-physician", &["--tsa", &tsa, "--level", level]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    }
    let (status, report) = saved(&bench, &["full.txt.p7s", "bare.txt.p7s", "--offline"]);
    assert_eq!(indications(&report), ["passed", "indeterminate"]);
    assert_eq!((status, report), replayed(&bench));
    let (_, report) = changed(&bench, |bundle| bundle["brought"] = json!([]));
    assert_eq!(indications(&report), ["passed", "passed"], "the twin: given to all, it counts");
}

#[test]
fn a_bundle_that_cannot_be_replayed_says_why() {
    let bench = Bench::new();
    stamped(&bench);
    bench.write("broken.p7s", &bench.read("record.txt.p7s")[..900]);
    let _ = saved(&bench, &["record.txt.p7s", "broken.p7s"]);
    let (status, report) = bench.verdict(&REPLAY);
    assert_eq!((status, indications(&report)), (2, vec!["passed"]), "one of two is judged");
    let kept = String::from_utf8(bench.read("kept.json")).unwrap();
    let mut old: Value = serde_json::from_str(&kept).unwrap();
    old.as_object_mut().unwrap().retain(|name, _| name != "subjects" && name != "brought");
    let mut unhashed: Value = serde_json::from_str(&kept).unwrap();
    unhashed["subjects"][0]["contents"][0]["digests"] = json!([]);
    let mut twice: Value = serde_json::from_str(&kept).unwrap();
    let digests = twice["subjects"][0]["contents"][0]["digests"].as_array_mut().unwrap();
    digests.extend(digests.clone());
    let refused = [
        (kept.clone(), "broken.p7s cannot be judged from the bundle: it could not be read"),
        (old.to_string(), "keeps evidence and no signatures"),
        (unhashed.to_string(), "the bundle has no such hash of the content"),
        (twice.to_string(), "is no evidence bundle, or it is damaged"),
        (kept.replace("SHA-256", "SHA-7"), "is no evidence bundle, or it is damaged"),
        (kept[..kept.len() / 2].to_owned(), "is no evidence bundle, or it is damaged"),
    ];
    for (text, why) in refused {
        bench.write("kept.json", text.as_bytes());
        let ran = bench.inkan(&[&["verify"], &REPLAY[..]].concat());
        assert_eq!(ran.status, 2, "{}", ran.stdout);
        assert!(ran.stderr.contains(why) && ran.stderr.contains("hint: "), "{}", ran.stderr);
    }
    let both = bench.inkan(&[&["verify", "record.txt.p7s"], &REPLAY[..]].concat());
    assert_eq!(both.status, 2);
}
