//! BouncyCastle checks what inkan writes and renews, and inkan judges what BouncyCastle does
//! (`testdata/peers/fetch` brings it).

use crate::bench::Bench;
use crate::skip;
use std::path::Path;
use std::process::Command;

const FILES: [&str; 5] = ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"];

/// Runs BouncyCastle in the folder of the bench; nothing, and a word about it, where it is not at hand.
fn bouncy_castle(bench: &Bench, words: &[&str]) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let jar = root.join("target/peers/dss/dss.jar");
    let program = root.join("tests/evidence_records/Records.java");
    if !jar.exists() || Command::new("java").arg("-version").output().is_err() {
        skip::say("evidence_records: skipped: no BouncyCastle (testdata/peers/fetch brings it)");
        return None;
    }
    let mut command = Command::new("java");
    command.arg("-cp").arg(jar).arg(program).args(words).current_dir(bench.path("."));
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
    Some(String::from_utf8(ran.stdout).unwrap())
}

fn ours(bench: &Bench, words: &[&str], files: &[&str]) {
    let tsa = bench.lab().tsa_url("tsa-ec");
    let fixed = ["--tsa", &tsa, "--trust", "lab/trust"];
    let ran = bench.inkan(&[&["evidence"], words, &fixed, files].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

fn passed(bench: &Bench, step: &str) {
    for file in FILES {
        let record = format!("{file}.ers");
        let (status, json) = bench.verdict(&[&record, "--trust", "lab/trust"]);
        assert_eq!(status, 0, "{step}: {file}: {json:#}");
    }
}

#[test]
fn bouncy_castle_takes_what_inkan_makes_and_renews() {
    let bench = Bench::new();
    FILES.iter().for_each(|file| drop(bench.write(file, file.as_bytes())));
    let records = FILES.map(|file| format!("{file}.ers"));
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let steps: [(&[&str], &[&str]); 4] = [
        (&["create"], &FILES),
        (&["renew"], &records),
        (&["renew", "--digest", "sha512"], &records),
        (&["renew"], &records),
    ];
    for (words, files) in steps {
        ours(&bench, words, files);
        let Some(said) = bouncy_castle(&bench, &[&["check", "-"], &FILES[..]].concat()) else {
            return;
        };
        assert_eq!(said.lines().collect::<Vec<_>>(), ["ok"; 5], "{words:?}");
    }
    bench.write(FILES[1], b"altered");
    let said = bouncy_castle(&bench, &["check", "-", FILES[1]]).unwrap();
    assert_ne!(said.trim(), "ok");
}

#[test]
fn inkan_takes_what_bouncy_castle_makes_and_renews_and_each_renews_the_others() {
    let bench = Bench::new();
    FILES.iter().for_each(|file| drop(bench.write(file, file.as_bytes())));
    let tsa = bench.lab().tsa_url("tsa-ec");
    let theirs = |what: &str| bouncy_castle(&bench, &[&[what, &tsa], &FILES[..]].concat());
    let records = FILES.map(|file| format!("{file}.ers"));
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    for step in ["make", "renew", "rehash", "renew"] {
        if theirs(step).is_none() {
            return;
        }
        passed(&bench, step);
    }
    ours(&bench, &["renew"], &records);
    passed(&bench, "inkan renews");
    theirs("renew");
    passed(&bench, "and BouncyCastle again");
    ours(&bench, &["renew", "--digest", "sha512"], &records);
    let said = theirs("check").unwrap();
    assert_eq!(said.lines().collect::<Vec<_>>(), ["ok"; 5]);
}
