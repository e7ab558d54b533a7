//! Records of several files, as `inkan renew` keeps them.

use crate::bench::{Bench, at};
use inkan::der::Bytes;
use inkan::der::ers::{ArchiveTimeStamp, EvidenceRecord};
use inkan::digest::{Digest, DigestAlgorithm};
use inkan::seal::tree::Leaves;
use serde_json::Value;

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;
/// Renewed, but no authority of the lab lasts until the day that was asked about.
const STILL_DUE: i32 = 3;
const GROUP: [&str; 3] = ["ward/chart.txt", "ward/picture.txt", "ward/order.txt"];

/// A token of the lab over that hash.
fn token(bench: &Bench, root: &Digest) -> Bytes {
    let hash: String = root.value().iter().map(|b| format!("{b:02x}")).collect();
    let query = ["ts", "-query", "-digest", &hash, "-sha256", "-cert", "-out", "root.tsq"];
    bench.openssl_ok(&query);
    let url = bench.lab().tsa_url("tsa-ec");
    let fetch = inkan::evidence::Fetch::Post {
        url,
        media_type: "application/timestamp-query",
        body: bench.read("root.tsq").into(),
    };
    let want = inkan::evidence::Want::from(inkan::evidence::Wanted::Timestamp, "a tree", fetch);
    let mut web = inkan::edge::web::Web::default();
    let answer = inkan::evidence::EvidenceSource::obtain(&mut web, &want).unwrap();
    let response = inkan::der::tsp::TimeStampResponse::parse(&answer).unwrap();
    response.token.unwrap()
}

/// A record of some files that were stamped as one, beside a stranger.
fn group(bench: &Bench, files: &[&str], record: &str) {
    let hash = |file: &&str| SHA256.digest(&bench.read(file));
    let group: Vec<Digest> = files.iter().map(hash).collect();
    let mut leaves = Leaves::new(SHA256);
    leaves.push(&group).unwrap();
    leaves.push(&[SHA256.digest(b"stranger")]).unwrap();
    let tree = leaves.tree().unwrap();
    let lists = tree.reduced(0, &group).unwrap();
    let stamp = ArchiveTimeStamp::new(SHA256, lists, token(bench, &tree.root().unwrap()));
    bench.write(record, &EvidenceRecord::new(SHA256, stamp).to_der());
}

fn ward() -> Bench {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("ward")).unwrap();
    GROUP.iter().for_each(|file| drop(bench.write(file, file.as_bytes())));
    bench
}

fn renew(bench: &Bench, words: &[&str]) -> (i32, Value) {
    let tsa = bench.lab().tsa_url("tsa-ec");
    let own = ["renew", "--trust", "lab/trust", "--format", "json", "--tsa", &tsa];
    let ran = bench.inkan(&[&own, words].concat());
    let json = serde_json::from_str(&ran.stdout);
    (ran.status, json.unwrap_or_else(|error| panic!("{error}: {}", ran.stderr)))
}

fn said(json: &Value, key: &str) -> String {
    at(json, &format!("/records/0/{key}")).to_owned()
}

/// Whether it proves each of them, offline and alone.
fn proves_each(bench: &Bench, record: &str, files: &[&str]) -> bool {
    let words = |file| [record, "--content", file, "--trust", "lab/trust", "--offline"];
    files.iter().all(|file| bench.verdict(&words(file)).0 == 0)
}

#[test]
fn the_record_of_a_group_is_renewed_for_all_that_are_named_and_for_no_other() {
    let bench = ward();
    group(&bench, &GROUP, "group.ers");
    let named: Vec<&str> = GROUP.iter().flat_map(|file| ["--content", file]).collect();
    let far = ["group.ers", "--before", "2060-01-01"];
    // One who leaves out a member would lose it.
    let before = bench.read("group.ers");
    let (status, json) = renew(&bench, &[&far[..], &named[..4]].concat());
    assert_eq!((status, said(&json, "done")), (3, "refused".to_owned()), "{json:#}");
    assert!(at(&json, "/records/0/because/rule").ends_with("object-group"), "{json:#}");
    assert!(bench.read("group.ers") == before);
    let (status, json) = renew(&bench, &[&far[..], &named].concat());
    assert_eq!(
        (status, said(&json, "way")),
        (STILL_DUE, "hash-tree-renewal".to_owned()),
        "{json:#}"
    );
    assert!(proves_each(&bench, "group.ers", &GROUP));
    let all = [&["group.ers", "--trust", "lab/trust"], &named[..]].concat();
    assert_eq!(bench.verdict(&all).0, 0);
    let ran = bench.inkan(&["renew", "ward", "group.ers", "--content", GROUP[0]]);
    assert_eq!((ran.status, ran.stderr.contains("--content is about one file")), (2, true));
}

#[test]
fn a_group_of_which_one_member_is_beside_the_record_is_not_lost_for_the_others() {
    let bench = ward();
    let record = "ward/chart.txt.ers";
    group(&bench, &GROUP, record);
    let before = bench.read(record);
    let tsa = bench.lab().tsa_url("tsa-ec");
    let far = ["renew", record, "--trust", "lab/trust", "--tsa", &tsa, "--before", "2060-01-01"];
    let ran = bench.inkan(&[&far[..], &["--format", "json"]].concat());
    assert_eq!((ran.status, ran.stderr.contains("2 other file(s)")), (2, true), "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        [said(&json, "path"), said(&json, "done")],
        [record, "due"],
        "it is told of all the same"
    );
    assert!(bench.read(record) == before || proves_each(&bench, record, &GROUP));
    let (status, json) = renew(&bench, &[record, "--before", "2045-01-01"]);
    assert_eq!(
        (status, said(&json, "way")),
        (STILL_DUE, "timestamp-renewal".to_owned()),
        "{json:#}"
    );
    assert!(proves_each(&bench, record, &GROUP));
}

#[test]
fn a_record_whose_data_is_not_at_hand_is_kept_and_not_called_passed() {
    let bench = ward();
    group(&bench, &GROUP, "group.ers");
    let (status, json) = renew(&bench, &["group.ers", "--before", "2045-01-01"]);
    assert_eq!((status, said(&json, "way")), (3, "timestamp-renewal".to_owned()), "{json:#}");
    assert_eq!(said(&json, "indication"), "indeterminate");
    assert_eq!(said(&json, "sub_indication"), "SIGNED_DATA_NOT_FOUND");
    assert!(at(&json, "/records/0/renew_by") > "2026", "{json:#}");
    assert!(proves_each(&bench, "group.ers", &GROUP), "and it proves what it did");
    // Moved to another hash function it cannot be without its data.
    let before = bench.read("group.ers");
    let tsa = bench.lab().tsa_url("tsa-ec");
    let far = ["renew", "group.ers", "--before", "2060-01-01", "--tsa", &tsa];
    let ran = bench.inkan(&[&far[..], &["--trust", "lab/trust"]].concat());
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("group"), "{}", ran.stderr);
    assert!(bench.read("group.ers") == before);
}

#[test]
fn a_document_and_its_signature_that_were_stamped_together_are_renewed_together() {
    let bench = ward();
    let ran = bench.sign(GROUP[0], "ec-physician", &["--level", "B"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let both = [GROUP[0], "ward/chart.txt.p7s"];
    group(&bench, &both, "ward/chart.txt.ers");
    let record = "ward/chart.txt.ers";
    let (status, json) = renew(&bench, &[record, "--before", "2060-01-01"]);
    assert_eq!(
        (status, said(&json, "way")),
        (STILL_DUE, "hash-tree-renewal".to_owned()),
        "{json:#}"
    );
    assert!(proves_each(&bench, record, &both), "neither was lost");
    assert!(!proves_each(&bench, record, &[GROUP[1]]));
}

#[test]
fn a_record_that_left_its_signature_behind_or_is_of_more_files_is_judged_for_its_own_file() {
    let bench = ward();
    let ran = bench.sign(GROUP[0], "ec-physician", &["--level", "B"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let (record, signature) = ("ward/chart.txt.ers", "ward/chart.txt.p7s");
    let tsa = bench.lab().tsa_url("tsa-ec");
    let run = |words: &[&str]| {
        let all = ["--tsa", &tsa, "--trust", "lab/trust"];
        let ran = bench.inkan(&[&["evidence"], words, &all].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    };
    let expect = |day: &str, expected: (i32, &str, &str)| {
        let (status, json) = renew(&bench, &[record, "--before", day]);
        let all = (status, said(&json, "done"), said(&json, "indication"));
        assert_eq!((all.0, all.1.as_str(), all.2.as_str()), expected, "{json:#}");
    };
    // Both were stamped, and then it was moved for the document alone, as somebody asked for.
    run(&["create", GROUP[0], signature]);
    run(&["renew", record, "--digest", "sha512", "--content", GROUP[0]]);
    assert!(!proves_each(&bench, record, &[signature]));
    expect("2045-01-01", (STILL_DUE, "renewed", "passed"));
    assert!(proves_each(&bench, record, &GROUP[..1]));
    // A third was stamped with both.
    let three = [GROUP[0], signature, GROUP[1]];
    group(&bench, &three, record);
    expect("2045-01-01", (STILL_DUE, "renewed", "passed"));
    assert!(proves_each(&bench, record, &three), "nobody was lost");
    // The twin: the document is another.
    bench.write(GROUP[0], b"another chart");
    expect("2045-01-01", (1, "refused", "failed"));
}

#[test]
fn a_record_whose_older_timestamp_lacks_data_is_renewed_when_its_newest_ends_and_not_before() {
    // Two authorities under roots of their own: what one rests on says nothing of the other.
    let (bench, other) = (ward(), ward());
    group(&other, &GROUP[..1], "old.ers");
    let mut foreign = EvidenceRecord::parse(&other.read("old.ers")).unwrap();
    let covered = foreign.chains[0].stamps[0].renewal_hash(SHA256);
    let newer = ArchiveTimeStamp::new(SHA256, Vec::new(), token(&bench, &covered));
    foreign.chains[0].stamps.push(newer);
    let record = "ward/chart.txt.ers";
    bench.write(record, &foreign.to_der());
    let others = other.path("lab/trust");
    let trust = ["--trust", "lab/trust", "--trust", others.to_str().unwrap()];
    let holds = || bench.verdict(&[&[record], &trust[..]].concat()).0 == 0;
    assert!(holds());
    let before = bench.read(record);
    for _ in 0..2 {
        let (status, json) = renew(&bench, &[&[record, "--within", "30"], &trust[2..]].concat());
        assert_eq!((status, said(&json, "done")), (3, "due".to_owned()), "{json:#}");
        assert!(bench.read(record) == before, "no new timestamp would mend it");
    }
    let far = [record, "--before", "2045-01-01"];
    let (status, json) = renew(&bench, &[&far, &trust[2..]].concat());
    let expected = (STILL_DUE, "timestamp-renewal".to_owned());
    assert_eq!((status, said(&json, "way")), expected, "{json:#}");
    let after = EvidenceRecord::parse(&bench.read(record)).unwrap();
    assert_eq!(after.stamps().count(), 3);
    assert!(holds());
}

#[test]
fn a_group_of_two_of_which_one_is_at_hand_is_not_taken_for_a_file_and_its_sibling() {
    let bench = ward();
    let (record, copy) = ("ward/chart.txt.ers", "ward/again/chart.txt.ers");
    group(&bench, &GROUP[..2], record);
    let before = bench.read(record);
    // A copy of the record beside a copy of the file proves the other member no better.
    std::fs::create_dir(bench.path("ward/again")).unwrap();
    bench.write("ward/again/chart.txt", &bench.read(GROUP[0]));
    bench.write(copy, &before);
    let tsa = bench.lab().tsa_url("tsa-ec");
    let far = ["--trust", "lab/trust", "--tsa", &tsa, "--before", "2060-01-01"];
    for paths in [vec![record], vec!["ward"]] {
        let ran = bench.inkan(&[&["renew"], &paths[..], &far].concat());
        assert_eq!(
            (ran.status, ran.stderr.contains("1 other file(s)")),
            (2, true),
            "{}",
            ran.stderr
        );
        assert!(
            [record, copy]
                .iter()
                .all(|file| proves_each(&bench, file, &GROUP[..2]) || bench.read(file) == before)
        );
    }
    // Nor does the copy, once it was moved for the one alone, as somebody asked for.
    let moving = ["evidence", "renew", copy, "--digest", "sha512"];
    assert_eq!(bench.inkan(&[&moving[..], &far[..4]].concat()).status, 0);
    assert!(!proves_each(&bench, copy, &GROUP[1..2]));
    let ran = bench.inkan(&[&["renew", "ward"], &far[..]].concat());
    assert_eq!((ran.status, ran.stderr.contains("1 other file(s)")), (2, true), "{}", ran.stderr);
    assert!(proves_each(&bench, record, &GROUP[1..2]) || bench.read(record) == before);
    let both = ["--before", "2060-01-01", "--content", GROUP[0], "--content", GROUP[1]];
    let (status, json) = renew(&bench, &[&[record], &both[..]].concat());
    assert_eq!(
        (status, said(&json, "way")),
        (STILL_DUE, "hash-tree-renewal".to_owned()),
        "{json:#}"
    );
    assert!(proves_each(&bench, record, &GROUP[..2]));
}

#[test]
fn a_sibling_with_a_record_of_its_own_is_not_lost_whenever_that_is_renewed() {
    let bench = ward();
    let tsa = bench.lab().tsa_url("tsa-ec");
    let common = ["--trust", "lab/trust", "--tsa", &tsa];
    let (own, siblings) = ("ward/chart.txt.ers", "ward/picture.txt.ers");
    let create = ["evidence", "create", GROUP[0], GROUP[1]];
    assert_eq!(bench.inkan(&[&create[..], &common].concat()).status, 0);
    let far = [&["renew"], &common[..], &["--before", "2060-01-01"]].concat();
    let alone = bench.inkan(&[&far[..], &[own]].concat());
    assert_eq!((alone.status, alone.stderr.contains("1 other file(s)")), (2, true));
    // The sibling's record was moved before, or is of something that was altered: it stays, and proves the
    // sibling as it did.
    let sound = [own, siblings].map(|record| bench.read(record));
    for altered in [false, true] {
        bench.write(own, &sound[0]);
        bench.write(siblings, &sound[1]);
        let move_it = ["evidence", "renew", siblings, "--digest", "sha512"];
        if altered {
            bench.write(GROUP[1], b"another picture");
        } else {
            assert_eq!(bench.inkan(&[&move_it[..], &common].concat()).status, 0);
        }
        let ran = bench.inkan(&[&far[..], &["ward"]].concat());
        assert_eq!(ran.status, if altered { 1 } else { STILL_DUE }, "{}", ran.stderr);
        let record = EvidenceRecord::parse(&bench.read(own)).unwrap();
        assert_eq!(record.chains.len(), 2, "it was moved");
        assert!(proves_each(&bench, own, &GROUP[..1]));
        assert!(altered || proves_each(&bench, siblings, &GROUP[1..2]));
        assert!(!altered || bench.read(siblings) == sound[1]);
    }
}
