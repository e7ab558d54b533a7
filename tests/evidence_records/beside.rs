//! Records beside a signature file, as the command finds them: told, and never rewritten from under.

use crate::bench::{Bench, at};
use serde_json::{Value, json};

const FILE: &str = "chart.txt.p7s";
const RECORD: &str = "chart.txt.p7s.ers";

fn signed(bench: &Bench) {
    bench.write("chart.txt", b"the chart");
    let tsa = bench.lab().tsa_url("tsa-ec");
    let ran = bench.sign("chart.txt", "ec-physician", &["--tsa", &tsa, "--level", "LT"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

fn create(bench: &Bench, files: &[&str]) {
    let tsa = bench.lab().tsa_url("tsa-ec");
    let words = ["evidence", "create", "--force", "--tsa", &tsa, "--trust", "lab/trust"];
    let ran = bench.inkan(&[&words, files].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

fn verdict(bench: &Bench) -> (i32, Value) {
    bench.verdict(&[FILE, "--trust", "lab/trust"])
}

/// The indication of each thing that is told of the file.
fn told(json: &Value) -> Vec<(String, String)> {
    let all = json.pointer("/files/0/signatures").unwrap().as_array().unwrap();
    all.iter()
        .map(|one| (at(one, "/format").to_owned(), at(one, "/indication").to_owned()))
        .collect()
}

#[test]
fn the_records_beside_a_signature_are_told_of_in_every_form() {
    let bench = Bench::new();
    signed(&bench);
    let expected = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(format, said)| ((*format).to_owned(), (*said).to_owned())).collect()
    };
    let (status, json) = verdict(&bench);
    assert_eq!((status, told(&json)), (0, expected(&[("cades", "passed")])));
    create(&bench, &["chart.txt", FILE]);
    let (good, fails) = (("evidence-record", "passed"), ("evidence-record", "failed"));
    let (status, json) = verdict(&bench);
    assert_eq!((status, told(&json)), (0, expected(&[("cades", "passed"), good, good])));
    assert_eq!(at(&json, "/files/0/signatures/1/covers/0"), FILE);
    let mut sound = bench.read(RECORD);
    sound.truncate(sound.len() - 9);
    for spoilt in [sound.as_slice(), b"a letter"] {
        bench.write(RECORD, spoilt);
        let (status, json) = verdict(&bench);
        assert_eq!((status, told(&json)), (0, expected(&[("cades", "passed"), fails, good])));
        assert_eq!(at(&json, "/files/0/signatures/1/sub_indication"), "FORMAT_FAILURE");
        for form in ["text", "html"] {
            let ran = bench.inkan(&["verify", FILE, "--trust", "lab/trust", "--format", form]);
            assert_eq!(ran.status, 0, "{}", ran.stderr);
            let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(said.contains("stands beside the file and does not hold"), "{said}");
        }
    }
}

#[test]
fn one_record_over_a_signature_and_its_content_counts_whichever_of_the_two_it_is_called_after() {
    let bench = Bench::new();
    signed(&bench);
    // Stamped in one call, each is in the list of the other.
    create(&bench, &["chart.txt", FILE]);
    std::fs::remove_file(bench.path(RECORD)).unwrap();
    let (status, json) = verdict(&bench);
    assert_eq!((status, told(&json).len()), (0, 2));
    assert_eq!(json.pointer("/files/0/signatures/1/covers"), Some(&json!([FILE, "chart.txt"])));
    assert_eq!(at(&json, "/files/0/signatures/1/stands"), "beside");
    let words = ["renew", FILE, "--trust", "lab/trust", "--format", "json"];
    let renewal = || -> Value { serde_json::from_str(&bench.inkan(&words).stdout).unwrap() };
    assert_eq!(renewal()["records"].as_array().unwrap().len(), 2, "renewal looks at it too");
    // The record of the content alone is its own, and says nothing of the signature.
    create(&bench, &["chart.txt"]);
    let (status, json) = verdict(&bench);
    assert_eq!((status, told(&json).len()), (0, 1));
    assert_eq!(at(&json, "/files/0/signatures/0/stands"), "within");
    bench.write("chart.txt.ers", b"a letter");
    assert_eq!(told(&verdict(&bench).1).len(), 1);
}

#[test]
fn of_a_record_that_holds_and_does_not_count_it_is_said_why() {
    let bench = Bench::new();
    signed(&bench);
    let said = |words: &str| {
        ["text", "html"].map(|form| {
            ["en", "ja"].map(|language| {
                let given = ["verify", FILE, "--trust", "lab/trust", "--format", form];
                let ran = bench.inkan(&[&given[..], &["--lang", language]].concat());
                assert_eq!(ran.status, 0, "{}", ran.stderr);
                let text: String = ran.stdout.split_whitespace().collect();
                text.contains(words)
            })
        })
    };
    let stands = |place: usize| {
        let (_, json) = verdict(&bench);
        let found = json.pointer(&format!("/files/0/signatures/{place}/stands"));
        found.and_then(Value::as_str).map(str::to_owned)
    };
    let [english, japanese] =
        ["holds,andcountsfornothinghere", "有効ですが、この署名の判定には用いられません"];
    create(&bench, &[FILE]);
    assert_eq!(stands(1).as_deref(), Some("beside-in-part"));
    assert_eq!(said(english), [[true, false]; 2]);
    assert_eq!(said(japanese), [[false, true]; 2]);
    // The twin: with that of the content it counts.
    create(&bench, &["chart.txt"]);
    assert_eq!([stands(1), stands(2)], [Some("beside".to_owned()), Some("beside".to_owned())]);
    assert_eq!([said(english), said(japanese)], [[[false; 2]; 2]; 2]);
}

#[test]
fn a_bundle_keeps_the_records_beside_a_signature() {
    let bench = Bench::new();
    signed(&bench);
    create(&bench, &["chart.txt", FILE]);
    let time = inkan::edge::clock::now().to_string();
    let words = [FILE, "--trust", "lab/trust", "--at", &time, "--save-evidence", "kept.json"];
    let (status, report) = bench.verdict(&words);
    for gone in [FILE, RECORD, "chart.txt", "chart.txt.ers"] {
        std::fs::remove_file(bench.path(gone)).unwrap();
    }
    let replay = ["--replay", "kept.json", "--trust", "lab/trust"];
    let (again, mut replayed) = bench.verdict(&replay);
    replayed["offline"] = Value::Bool(false);
    assert_eq!((again, &replayed), (status, &report));
    assert_eq!(told(&replayed).len(), 3);
    let mut bundle: Value = serde_json::from_slice(&bench.read("kept.json")).unwrap();
    bundle["subjects"][0]["records_beside"].as_array_mut().unwrap().clear();
    bench.write("kept.json", bundle.to_string().as_bytes());
    assert_eq!(told(&bench.verdict(&replay).1).len(), 1, "the twin");
}

/// The words of each command that writes to the signature file.
fn rewriting(bench: &Bench) -> Vec<Vec<String>> {
    let tsa = ["--tsa", &bench.lab().tsa_url("tsa-ec"), "--trust", "lab/trust"].map(str::to_owned);
    let nurse = "--key file:lab/ec-nurse.key --cert lab/ec-nurse.crt --cert lab/ec-nurse.chain.pem";
    let signing = format!("sign chart.txt {nurse} --pin-source file:lab/password.txt");
    [
        format!("evidence embed {FILE}"),
        format!("{signing} --add-to {FILE}"),
        format!("{signing} --countersign {FILE}"),
        format!("{signing} --force"),
    ]
    .map(|words| words.split_whitespace().map(str::to_owned).chain(tsa.clone()).collect())
    .into()
}

#[test]
fn a_file_that_the_record_beside_it_is_over_is_not_rewritten() {
    let bench = Bench::new();
    signed(&bench);
    create(&bench, &[FILE]);
    let [file, record] = [FILE, RECORD].map(|name| bench.read(name));
    for words in rewriting(&bench) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = bench.inkan(&words);
        assert_eq!(ran.status, 2, "{words:?}: {}{}", ran.stdout, ran.stderr);
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert!(
            matches!(lines[..], [error, hint]
            if error.contains("proves this file as it is") && hint.starts_with("hint: ")),
            "{lines:?}"
        );
        assert!(bench.read(FILE) == file && bench.read(RECORD) == record, "{words:?}");
        if !words.contains(&"embed") {
            let ran = bench.inkan(&[&words[..], &["--out", "other.p7s"]].concat());
            assert_eq!(ran.status, 0, "{words:?}: {}", ran.stderr);
            std::fs::remove_file(bench.path("other.p7s")).unwrap();
        }
    }
    // A record that is of another file, or cannot be read, stands in nobody's way.
    bench.write("other.txt", b"another chart");
    create(&bench, &["other.txt"]);
    for stranger in [bench.read("other.txt.ers"), record[..record.len() - 9].to_vec()] {
        bench.write(RECORD, &stranger);
        for words in rewriting(&bench) {
            bench.write(FILE, &file);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let ran = bench.inkan(&words);
            assert_eq!(ran.status, 0, "{words:?}: {}", ran.stderr);
            assert!(bench.read(FILE) != file, "{words:?}");
        }
    }
    // Nor is a record inside it renewed from under the one beside it.
    bench.write(FILE, &file);
    std::fs::remove_file(bench.path(RECORD)).unwrap();
    let tsa = bench.lab().tsa_url("tsa-ec");
    let run = |command: &str| {
        bench.inkan(&["evidence", command, FILE, "--tsa", &tsa, "--trust", "lab/trust"]).status
    };
    assert_eq!(run("embed"), 0);
    create(&bench, &[FILE]);
    assert_eq!(run("renew"), 2);
    std::fs::remove_file(bench.path(RECORD)).unwrap();
    assert_eq!(run("renew"), 0, "the twin");
}
