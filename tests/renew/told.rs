//! Of each file it is told what it is, what is wanting in it and what is still to be done, and nothing is
//! done again and again that does not mend it.

use super::records::{create, embed, inside, recorded, row, said};
use super::{BENCH, STILL_DUE, record, renew, renewed, verdict};
use crate::bench::at;
use inkan::der::cms::SignedData;
use inkan::der::write;
use inkan::oid;
use serde_json::Value;

/// A signature of that level with a record inside whose authority nobody can judge offline: made by software
/// that put nothing into the token.
fn lacking(folder: &str, level: &str) -> String {
    let file = record(folder, level);
    create(&[&file], &[]);
    let beside = format!("{file}.ers");
    let mut data = SignedData::parse(&BENCH.read(&file)).unwrap();
    let kind = write::oid(oid::EVIDENCE_INTERNAL);
    let attribute = write::sequence([kind, write::set([BENCH.read(&beside)])]);
    data.signers[0].take_attribute(attribute).unwrap();
    let [before, after] = data.around_content();
    let content = write::sequence([write::oid(oid::DATA)]);
    let inner = write::sequence([before, content, after]);
    let whole = write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &inner)]);
    BENCH.write(&file, &whole);
    std::fs::remove_file(BENCH.path(&beside)).unwrap();
    assert_eq!(BENCH.verdict(&[&file, "--trust", "lab/trust"]).0, 0, "it holds");
    assert_eq!(verdict(&file).0, 3, "and not by what it carries");
    file
}

#[test]
fn what_no_timestamp_mends_is_told_and_stamped_only_when_the_newest_ends() {
    let file = lacking("unmended", "T");
    let (ran, json) = renewed(&["unmended", "--within", "30"]);
    assert_eq!((ran.status, said(&json, &file)[2].as_str()), (3, "due"), "{json:#}");
    assert!(ran.stderr.contains("no new one would mend that"), "{}", ran.stderr);
    let once = BENCH.read(&file);
    let (_, json) = renewed(&["unmended", "--within", "30"]);
    assert_eq!(said(&json, &file)[2], "due");
    assert!(BENCH.read(&file) == once, "not again and again");
    assert_eq!(inside(&file)[0].stamps().count(), 1);
    let (ran, json) = renewed(&["unmended", "--before", "2045-01-01"]);
    assert_eq!(ran.status, STILL_DUE, "{} {json:#}", ran.stderr);
    assert_eq!(said(&json, &file)[2..], ["renewed", "timestamp-renewal"]);
    assert_eq!(inside(&file)[0].stamps().count(), 2);
}

#[test]
fn the_content_that_was_named_is_not_taken_for_that_of_the_record_beside() {
    let file = record("apart", "T");
    let beside = format!("{file}.ers");
    create(&[&file], &[]);
    std::fs::rename(BENCH.path("apart/chart.txt"), BENCH.path("elsewhere.txt")).unwrap();
    let words = ["--content", "elsewhere.txt", "--within", "30"];
    let (ran, json) = renewed(&[&[file.as_str()], &words[..]].concat());
    assert_eq!(at(row(&json, &beside), "/indication"), "passed", "{} {json:#}", ran.stderr);
    assert_eq!(said(&json, &beside)[2..], ["renewed", "completion"]);
    assert_eq!(at(row(&json, &file), "/indication"), "passed");
    // Named with the record itself, it is what that should be of.
    let (ran, json) = renewed(&[&[beside.as_str()], &words[..]].concat());
    assert_eq!((ran.status, said(&json, &beside)[2].as_str()), (1, "refused"), "{json:#}");
    assert_eq!(at(row(&json, &beside), "/sub_indication"), "HASH_FAILURE");
}

#[test]
fn a_content_that_was_named_and_is_not_there_is_an_error_and_not_passed_over() {
    let beside = recorded("mistyped", "a.pdf", &[]);
    std::fs::rename(BENCH.path("mistyped/a.pdf"), BENCH.path("mistyped/b.pdf")).unwrap();
    let ran = renew(&[&beside, "--content", "mistyped/c.pdf"]);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("mistyped/c.pdf"), "{}", ran.stderr);
    let ran = renew(&[&beside]);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stdout.contains("not verified with its data"), "{}", ran.stdout);
    let ran = renew(&[&beside, "--content", "mistyped/b.pdf"]);
    assert!(!ran.stdout.contains("not verified with its data"), "{}", ran.stdout);
}

#[test]
fn a_record_whose_authority_is_not_trusted_is_not_said_to_want_its_data() {
    let beside = recorded("strange", "a.pdf", &[]);
    let ran = BENCH.inkan(&["renew", &beside, "--trust", "lab/ec-root.crt"]);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("refused: strange/a.pdf.ers (evidence record), "),
        "{}",
        ran.stdout
    );
}

#[test]
fn whatever_hinders_a_renewal_each_file_has_its_row() {
    let signed = record("hindered/archive", "LTA");
    let lot = record("hindered/lot", "T");
    embed(&lot);
    let beside = recorded("hindered", "a.pdf", &[]);
    let url = BENCH.lab().faulty(&["reject".parse().unwrap()], &BENCH.lab().tsa_url("tsa-ec"));
    let words = ["hindered", "--before", "2045-01-01", "--format", "json", "--tsa", &url];
    for by in ["archive-timestamp", "evidence-record"] {
        let ran = renew(&[&words[..], &["--by", by]].concat());
        assert_eq!(ran.status, 2, "{}", ran.stdout);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        for file in [&signed, &lot, &beside] {
            assert_eq!(said(&json, file)[2..], ["due", ""], "{by} {file}");
        }
        let days = json.pointer("/calendar").unwrap().as_array().unwrap();
        assert_eq!(days.iter().map(|day| day["records"].as_u64().unwrap()).sum::<u64>(), 3);
    }
}

#[test]
fn a_time_stamp_token_is_no_signature_and_is_kept_by_a_record() {
    std::fs::create_dir_all(BENCH.path("token")).unwrap();
    BENCH.write("token/a.txt", b"a document");
    let tsa = BENCH.lab().tsa_url("tsa-ec");
    let words = ["timestamp", "create", "token/a.txt", "--out", "token/a.txt.tst"];
    let ran = BENCH.inkan(&[&words[..], &["--tsa", &tsa, "--trust", "lab/trust"]].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let before = BENCH.read("token/a.txt.tst");
    let (ran, json) = renewed(&["token/a.txt.tst", "--before", "2045-01-01"]);
    assert_eq!(ran.status, 2, "{json:#}");
    assert!(ran.stderr.contains("a time-stamp token, and no signature"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`inkan evidence create`"), "{}", ran.stderr);
    assert!(BENCH.read("token/a.txt.tst") == before);
    create(&["token/a.txt.tst"], &[]);
    let (ran, json) = renewed(&["token/a.txt.tst.ers", "--within", "30"]);
    assert_eq!(ran.status, 0, "{} {json:#}", ran.stderr);
}

#[test]
fn a_record_inside_a_file_in_ber_is_not_renewed_there_and_it_is_said_what_can_be_done() {
    let file = record("ber", "T");
    embed(&file);
    let der = BENCH.read(&file);
    // The same of indefinite length, for which nobody knows how long it was before the record came in.
    assert_eq!(der[..2], [0x30, 0x82]);
    let ber = [&[0x30, 0x80], &der[4..], &[0, 0]].concat();
    BENCH.write(&file, &ber);
    let (ran, json) = renewed(&["ber", "--before", "2045-01-01"]);
    assert_eq!((ran.status, said(&json, &file)[2].as_str()), (2, "refused"), "{json:#}");
    assert!(ran.stderr.contains("`inkan evidence create`"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("`inkan renew`"), "{}", ran.stderr);
    assert!(BENCH.read(&file) == ber);
    BENCH.write(&file, &der);
    let (_, json) = renewed(&["ber", "--before", "2045-01-01"]);
    assert_eq!(said(&json, &file)[2], "renewed");
}

#[test]
fn what_is_told_is_kept_by_whatever_lasts_that_long() {
    // The record beside it is over all of it, and adds nothing to what the signature lacks.
    let file = record("by-whom", "T");
    create(&["by-whom/chart.txt", &file], &[]);
    let ran = renew(&["by-whom", "--format", "json"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said(&json, &file)[..3], ["signature", "itself", "due"]);
    // And one that lacks nothing is kept by a record that lasts longer, once that is completed.
    let file = record("by-record", "LT");
    create(&["by-record/chart.txt", &file], &[]);
    renewed(&["by-record", "--within", "30"]);
    let (_, json) = renewed(&["by-record", "--within", "30"]);
    assert_eq!(said(&json, &file)[..3], ["signature", "record-beside", "kept"], "{json:#}");
}
