//! An archive of signatures and evidence records: each is told of, and all that is due shares a timestamp.

use super::{BENCH, STILL_DUE, record, renew, renewed, verdict};
use crate::bench::{Bench, at};
use inkan::der::cms::SignedData;
use inkan::der::ers::EvidenceRecord;
use serde_json::Value;

const LEVELS: [&str; 4] = ["B", "T", "LT", "LTA"];

/// A signature of that level under a name of its own, in a folder with others.
fn signature(folder: &str, level: &str) -> String {
    let own = format!("{folder}/{level}");
    record(&own, level)
}

/// A document with a record beside it.
pub(crate) fn recorded(folder: &str, name: &str, more: &[&str]) -> String {
    std::fs::create_dir_all(BENCH.path(folder)).unwrap();
    let file = format!("{folder}/{name}");
    BENCH.write(&file, file.as_bytes());
    create(&[&file], more);
    format!("{file}.ers")
}

pub(crate) fn create(files: &[&str], more: &[&str]) {
    let tsa = BENCH.lab().tsa_url("tsa-ec");
    let words = [&["evidence", "create", "--tsa", &tsa, "--trust", "lab/trust"], more, files];
    let ran = BENCH.inkan(&words.concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

pub(crate) fn embed(file: &str) {
    let tsa = BENCH.lab().tsa_url("tsa-ec");
    let ran = BENCH.inkan(&["evidence", "embed", file, "--tsa", &tsa, "--trust", "lab/trust"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

/// What the report says of that file.
pub(crate) fn row<'a>(json: &'a Value, path: &str) -> &'a Value {
    let rows = json.pointer("/records").unwrap().as_array().unwrap();
    rows.iter().find(|row| at(row, "/path") == path).unwrap_or_else(|| panic!("{path}: {json:#}"))
}

/// What is said of it in words: kind, what keeps it, what was done and how.
pub(crate) fn said(json: &Value, path: &str) -> [String; 4] {
    ["kind", "kept_by", "done", "way"].map(|key| at(row(json, path), &format!("/{key}")).to_owned())
}

/// The archive timestamps of a record beside its file, of each chain.
fn stamps(file: &str) -> Vec<Vec<Vec<u8>>> {
    let record = EvidenceRecord::parse(&BENCH.read(file)).unwrap();
    let tokens = |chain: &inkan::der::ers::Chain| {
        chain.stamps.iter().map(|stamp| stamp.time_stamp.to_vec()).collect()
    };
    record.chains.iter().map(tokens).collect()
}

/// The records inside a signature file.
pub(crate) fn inside(file: &str) -> Vec<EvidenceRecord> {
    let data = SignedData::parse(&BENCH.read(file)).unwrap();
    let attributes = inkan::ades::evidence::inside(&data);
    attributes.map(|attribute| EvidenceRecord::parse(&attribute.values[0]).unwrap()).collect()
}

#[test]
fn of_each_file_it_is_told_what_keeps_it_until_when_and_why() {
    let files = LEVELS.map(|level| signature("told-all", level));
    let beside = recorded("told-all", "plain.pdf", &[]);
    let with_record = record("told-all/inside", "T");
    embed(&with_record);
    let ran = renew(&["told-all", "--within", "30", "--format", "json"]);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let expected = [
        (&files[0], ["signature", "itself", "due", ""], ("not-revoked", None)),
        (&files[1], ["signature", "itself", "due", ""], ("not-revoked", None)),
        (&files[2], ["signature", "itself", "kept", ""], ("not-revoked", Some(()))),
        (&files[3], ["signature", "itself", "kept", ""], ("valid-at", Some(()))),
        (&beside, ["evidence-record", "itself", "due", ""], ("not-revoked", None)),
        (&with_record, ["signature", "record-inside", "kept", ""], ("valid-at", Some(()))),
    ];
    assert_eq!(json.pointer("/records").unwrap().as_array().unwrap().len(), expected.len());
    for (path, words, (check, until)) in expected {
        assert_eq!(said(&json, path), words, "{path}");
        let because = at(row(&json, path), "/because/rule");
        assert!(because.ends_with(check), "{path}: {because}");
        assert_eq!(row(&json, path).pointer("/renew_by").unwrap().is_string(), until.is_some());
    }
    let days = json.pointer("/calendar").unwrap().as_array().unwrap();
    let counted: u64 = days.iter().map(|day| day["records"].as_u64().unwrap()).sum();
    assert_eq!(counted, 3, "{json:#}");
}

#[test]
fn all_signatures_that_are_due_are_renewed_by_one_evidence_record() {
    let files = LEVELS.map(|level| signature("lot", level));
    let (ran, json) = renewed(&["lot", "--by", "evidence-record", "--before", "2100-01-01"]);
    assert_eq!(ran.status, STILL_DUE, "{} {json:#}", ran.stderr);
    let tokens: Vec<Vec<u8>> = files
        .iter()
        .map(|file| {
            let [record] = inside(file).try_into().unwrap();
            assert_eq!(record.stamps().count(), 1);
            record.stamps().next().unwrap().time_stamp.to_vec()
        })
        .collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "one timestamp for the lot");
    for file in &files {
        let words = ["signature", "record-inside", "renewed", "evidence-record"];
        assert_eq!(said(&json, file), words, "{file}");
        let (status, json) = verdict(file);
        assert_eq!(status, 0, "{file}: {json:#}");
        let content = file.strip_suffix(".p7s").unwrap();
        let cms = ["cms", "-verify", "-CAfile", "lab/ec-root.crt", "-purpose", "any", "-binary"];
        let of = ["-inform", "DER", "-in", file, "-content", content];
        BENCH.openssl_ok(&[&cms[..], &of].concat());
    }
    // The same call later: the records inside are what is renewed, again with one timestamp.
    let (ran, json) = renewed(&["lot", "--by", "evidence-record", "--before", "2045-01-01"]);
    assert_eq!(ran.status, STILL_DUE, "{} {json:#}", ran.stderr);
    for file in &files {
        let words = ["signature", "record-inside", "renewed", "timestamp-renewal"];
        assert_eq!(said(&json, file), words, "{file}");
        let [record] = inside(file).try_into().unwrap();
        assert_eq!(record.stamps().count(), 2, "the record was renewed in its place");
        assert_eq!(verdict(file).0, 0);
    }
}

#[test]
fn records_that_are_due_share_a_timestamp_and_a_hash_that_ends_is_left_in_time() {
    let old = ["a.pdf", "b.pdf"].map(|name| recorded("shelf", name, &[]));
    let new = recorded("shelf", "c.pdf", &["--digest", "sha512"]);
    // SHA-256 ends with 2050, SHA-512 with 2070.
    let (ran, json) = renewed(&["shelf", "--before", "2060-01-01"]);
    assert_eq!(ran.status, STILL_DUE, "{} {json:#}", ran.stderr);
    for file in &old {
        let words = ["evidence-record", "itself", "renewed", "hash-tree-renewal"];
        assert_eq!(said(&json, file), words, "{file}");
        assert_eq!(stamps(file).iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    }
    assert_eq!(said(&json, &new)[2..], ["renewed", "timestamp-renewal"]);
    assert_eq!(stamps(&new).iter().map(Vec::len).collect::<Vec<_>>(), [2]);
    assert_eq!(stamps(&old[0])[1], stamps(&old[1])[1], "one timestamp for both");
    for file in old.iter().chain([&new]) {
        let (status, json) = verdict(file);
        assert_eq!(status, 0, "{file}: {json:#}");
    }
    // As long as the hash function lasts, it is kept.
    let (_, json) = renewed(&["shelf", "--before", "2045-01-01"]);
    assert!(old.iter().all(|file| said(&json, file)[3] == "timestamp-renewal"), "{json:#}");
    assert_eq!(stamps(&old[0]).iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn what_a_record_lacks_is_put_into_it_without_a_new_timestamp() {
    let file = recorded("lacking", "a.pdf", &[]);
    assert_eq!(verdict(&file).0, 3, "offline nobody knows whether the authority was revoked");
    let (ran, json) = renewed(&["lacking", "--within", "30"]);
    assert_eq!(ran.status, 0, "{} {json:#}", ran.stderr);
    assert_eq!(said(&json, &file)[2..], ["renewed", "completion"]);
    assert_eq!(stamps(&file).concat().len(), 1);
    assert_eq!(verdict(&file).0, 0);
    let before = BENCH.read(&file);
    let (_, json) = renewed(&["lacking", "--within", "30"]);
    assert_eq!(said(&json, &file)[2..], ["kept", ""]);
    assert!(BENCH.read(&file) == before);
}

#[test]
fn what_is_broken_is_refused_as_it_is_and_its_neighbours_are_renewed() {
    let [signed, spoilt] = ["T", "LT"].map(|level| signature("mixed", level));
    let [sound, altered, torn] =
        ["a.pdf", "b.pdf", "c.pdf"].map(|name| recorded("mixed", name, &[]));
    let with_record = record("mixed/inside", "T");
    embed(&with_record);
    BENCH.write("mixed/LT/chart.txt", b"another chart");
    BENCH.write("mixed/inside/chart.txt", b"another chart");
    BENCH.write("mixed/b.pdf", b"another document");
    let mut bytes = BENCH.read(&torn);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    BENCH.write(&torn, &bytes);
    let broken = [&spoilt, &altered, &torn, &with_record];
    let before = broken.map(|file| BENCH.read(file));
    for by in ["evidence-record", "archive-timestamp"] {
        let (ran, json) = renewed(&["mixed", "--by", by, "--before", "2045-01-01"]);
        assert_eq!(ran.status, 1, "{} {json:#}", ran.stderr);
        for file in [&signed, &sound] {
            assert_eq!(said(&json, file)[2], "renewed", "{file}");
        }
        for (file, before) in broken.into_iter().zip(&before) {
            assert_eq!(said(&json, file)[2], "refused", "{file}");
            assert!(!row(&json, file)["because"].is_null(), "{file}");
            assert!(BENCH.read(file) == *before, "{file}");
        }
    }
}

#[test]
fn a_lot_that_was_cut_short_goes_on_with_what_is_left() {
    let files = LEVELS.map(|level| signature("cut", level));
    let record = recorded("cut", "a.pdf", &[]);
    let by = ["--by", "evidence-record", "--within", "30"];
    let (ran, _) = renewed(&[&[files[0].as_str()], &by[..]].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let done = BENCH.read(&files[0]);
    let (ran, json) = renewed(&[&["cut"], &by[..]].concat());
    assert_eq!(ran.status, 0, "{} {json:#}", ran.stderr);
    assert_eq!(said(&json, &files[0])[2], "kept");
    assert_eq!(said(&json, &files[1])[2..], ["renewed", "evidence-record"]);
    assert_eq!(said(&json, &record)[2..], ["renewed", "completion"]);
    assert!(BENCH.read(&files[0]) == done);
    let all = || files.iter().chain([&record]).map(|file| BENCH.read(file)).collect::<Vec<_>>();
    let before = all();
    let (ran, _) = renewed(&[&["cut"], &by[..]].concat());
    assert_eq!((ran.status, all() == before), (0, true), "now nothing is due");
}

#[test]
fn without_an_answer_from_the_tsa_the_lot_stays_as_it_is() {
    let file = signature("no-lot", "T");
    let record = recorded("no-lot", "a.pdf", &["--digest", "sha512"]);
    let before = [&file, &record].map(|file| BENCH.read(file));
    let url = BENCH.lab().faulty(&["reject".parse().unwrap()], &BENCH.lab().tsa_url("tsa-ec"));
    let by = ["--by", "evidence-record", "--before", "2045-01-01", "--tsa", &url];
    let ran = renew(&[&[file.as_str()], &by[..]].concat());
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("no record was written"), "{}", ran.stderr);
    assert!(BENCH.read(&file) == before[0]);
    let ran = renew(&[&[record.as_str()], &by[..]].concat());
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert_eq!(stamps(&record).concat().len(), 1, "what was wanting is in it, and no more");
}

#[test]
fn a_signature_under_a_record_beside_it_is_never_rewritten() {
    let file = record("under", "T");
    create(&["under/chart.txt", &file], &[]);
    let before = BENCH.read(&file);
    for by in ["archive-timestamp", "evidence-record"] {
        let (ran, json) = renewed(&["under", "--by", by, "--before", "2045-01-01"]);
        assert_eq!(ran.status, 3, "{} {json:#}", ran.stderr);
        assert_eq!(said(&json, &file), ["signature", "itself", "due", ""]);
        assert_eq!(said(&json, &format!("{file}.ers"))[2], "renewed");
        assert!(BENCH.read(&file) == before);
        assert_eq!(verdict(&format!("{file}.ers")).0, 0);
    }
    // One that is over another file stands in nobody's way.
    let alone = record("beside-other", "T");
    create(&["beside-other/chart.txt"], &[]);
    std::fs::rename(BENCH.path("beside-other/chart.txt.ers"), BENCH.path(&format!("{alone}.ers")))
        .unwrap();
    let (_, json) = renewed(&[&alone, "--within", "30"]);
    assert_eq!(said(&json, &alone)[1..3], ["itself", "renewed"]);
}

#[test]
fn a_record_by_an_authority_of_nobody_does_not_block_the_signature_beside_it() {
    let file = record("blocked", "T");
    let beside = format!("{file}.ers");
    let stranger = Bench::new();
    stranger.write("chart.txt.p7s", &BENCH.read(&file));
    let tsa = stranger.lab().tsa_url("tsa-ec");
    let words = ["evidence", "create", "chart.txt.p7s", "--tsa", &tsa, "--trust", "lab/trust"];
    let ran = stranger.inkan(&words);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    BENCH.write(&beside, &stranger.read("chart.txt.p7s.ers"));
    for (language, words) in [("en", "does not hold and proves nothing"), ("ja", "有効ではなく")]
    {
        let ran = renew(&[&file, "--within", "30", "--lang", language]);
        assert!(ran.stderr.contains(words) && ran.stderr.contains(&beside), "{}", ran.stderr);
    }
    // Where its authority is trusted, it is one that may hold, and the file stays as it is.
    let before = BENCH.read(&file);
    let trust = stranger.path("lab/trust");
    let also = ["--trust", trust.to_str().unwrap(), "--within", "30"];
    let (ran, json) = renewed(&[&[file.as_str()], &also[..]].concat());
    assert_eq!(said(&json, &file)[2], "due", "{} {json:#}", ran.stderr);
    assert!(BENCH.read(&file) == before);
    let (ran, json) = renewed(&[&file, "--within", "30"]);
    assert_eq!(said(&json, &file)[1..], ["itself", "renewed", "archive-timestamp"], "{json:#}");
    assert_eq!(said(&json, &beside)[2], "refused", "{} {json:#}", ran.stderr);
    assert_eq!(verdict(&file).0, 0);
}
