//! Records that inkan makes: one timestamp for many files, each record verified alone.

use crate::bench::{Bench, at, names};
use serde_json::Value;

/// Creates records of these files, and says which TSA stamped them.
fn create(bench: &Bench, files: &[String], more: &[&str]) {
    let tsa = bench.lab().tsa_url("tsa-ec");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let words = [&["evidence", "create", "--tsa", &tsa, "--trust", "lab/trust"], more].concat();
    let ran = bench.inkan(&[words.as_slice(), &files].concat());
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
}

fn records(bench: &Bench, count: usize) -> Vec<String> {
    let name = |number: usize| format!("record-{number}.txt");
    (0..count).for_each(|n| drop(bench.write(&name(n), format!("patient {n}").as_bytes())));
    (0..count).map(name).collect()
}

fn verdict(bench: &Bench, record: &str, more: &[&str]) -> (i32, Value) {
    bench.verdict(&[&[record, "--trust", "lab/trust"], more].concat())
}

fn token_of(bench: &Bench, file: &str) -> Vec<u8> {
    let record = bench.read(&format!("{file}.ers"));
    let record = inkan::der::ers::EvidenceRecord::parse(&record).unwrap();
    record.chains[0].stamps[0].time_stamp.to_vec()
}

#[test]
fn records_of_one_call_share_a_timestamp_and_each_verifies_alone() {
    let bench = Bench::new();
    for count in [1, 2, 3, 5] {
        let files = records(&bench, count);
        create(&bench, &files, &["--force"]);
        for file in &files {
            let (status, json) = verdict(&bench, &format!("{file}.ers"), &[]);
            assert_eq!(status, 0, "{file} of {count}: {json:#}");
            let signature =
                |name: &str| at(&json, &format!("/files/0/signatures/0/{name}")).to_owned();
            assert_eq!(signature("format"), "evidence-record");
            assert_eq!(signature("level"), "evidence-record");
            assert_eq!(signature("covers/0"), *file);
            assert_eq!(signature("timestamps/0/kind"), "archive");
            assert_eq!(signature("timestamps/0/time"), signature("best_signature_time"));
            let [intact, valid] = ["intact", "cryptographically_valid"]
                .map(|name| json.pointer(&format!("/files/0/signatures/0/{name}")));
            assert_eq!((intact, valid), (Some(&Value::Bool(true)), Some(&Value::Bool(true))));
            assert_eq!(token_of(&bench, file), token_of(&bench, &files[0]));
        }
    }
}

#[test]
fn altered_data_and_the_record_of_a_neighbour_are_found() {
    let bench = Bench::new();
    let files = records(&bench, 3);
    create(&bench, &files, &[]);
    let failed = |record: &str, more: &[&str]| {
        let (status, json) = verdict(&bench, record, more);
        (status, at(&json, "/files/0/sub_indication").to_owned())
    };
    let hash_failure = (1, "HASH_FAILURE".to_owned());
    bench.write("other.txt", b"patient 9");
    assert_eq!(failed("record-0.txt.ers", &["--content", "other.txt"]), hash_failure);
    bench.write("record-1.txt", b"patient 2");
    assert_eq!(failed("record-1.txt.ers", &[]), hash_failure);
    std::fs::remove_file(bench.path("record-1.txt")).unwrap();
    let missing = (3, "SIGNED_DATA_NOT_FOUND".to_owned());
    assert_eq!(failed("record-1.txt.ers", &[]), missing);
    let broken = bench.read("record-2.txt.ers");
    bench.write("record-2.txt.ers", &broken[..broken.len() - 9]);
    assert_eq!(failed("record-2.txt.ers", &[]), (1, "FORMAT_FAILURE".to_owned()));
    let (status, _) = verdict(&bench, "record-0.txt.ers", &[]);
    assert_eq!(status, 0, "what became of its neighbours is nothing to this one");
}

#[test]
fn a_record_proves_its_own_file_and_at_most_the_sibling_beside_it() {
    let bench = Bench::new();
    let files = records(&bench, 8);
    create(&bench, &files, &[]);
    for record in &files {
        let proves = |file: &&String| {
            let (status, _) = verdict(&bench, &format!("{record}.ers"), &["--content", file]);
            assert!(status == 0 || status == 1);
            status == 0
        };
        let proven: Vec<&String> = files.iter().filter(proves).collect();
        // RFC 4998 §4.2 puts the hashes of two single objects under one node into one list, and what
        // stands in it is proven.
        assert!(proven.contains(&record) && proven.len() == 2, "{record}: {proven:?}");
    }
}

#[test]
fn each_directory_may_have_a_timestamp_of_its_own() {
    let bench = Bench::new();
    let mut files = Vec::new();
    for folder in ["monday", "tuesday"] {
        std::fs::create_dir(bench.path(folder)).unwrap();
        for name in ["a", "b"] {
            files.push(format!("{folder}/{name}"));
            bench.write(&format!("{folder}/{name}"), files.last().unwrap().as_bytes());
        }
    }
    create(&bench, &files, &["--per", "directory", "--digest", "sha512"]);
    let token = |file| token_of(&bench, file);
    assert_eq!(token("monday/a"), token("monday/b"));
    assert_ne!(token("monday/a"), token("tuesday/a"));
    assert_eq!(verdict(&bench, "tuesday/b.ers", &[]).0, 0);
}

#[test]
fn a_record_is_not_replaced_unasked_and_an_interrupted_call_goes_on() {
    let bench = Bench::new();
    let files = records(&bench, 4);
    create(&bench, &files[..2], &[]);
    let first = bench.read("record-0.txt.ers");
    let tsa = bench.lab().tsa_url("tsa-ec");
    let words = ["evidence", "create", "record-0.txt", "--tsa", &tsa, "--trust", "lab/trust"];
    let ran = bench.inkan(&words);
    assert_eq!((ran.status, ran.stderr.contains("exists already")), (2, true), "{}", ran.stderr);
    create(&bench, &files, &["--resume"]);
    assert_eq!(bench.read("record-0.txt.ers"), first, "it was there, and is of this file");
    assert_eq!(verdict(&bench, "record-3.txt.ers", &[]).0, 0);
    // Of other content it is no record of the file, and is kept all the same.
    bench.write("record-0.txt", b"changed");
    let ran = bench.inkan(&[words.as_slice(), &["--resume"]].concat());
    assert_eq!((ran.status, ran.stderr.contains("exists already")), (2, true), "{}", ran.stderr);
    assert!(names(&bench.path(".")).iter().all(|name| !name.contains(".part")));
}

#[test]
fn without_a_timestamp_to_rely_on_nothing_is_written() {
    let bench = Bench::new();
    records(&bench, 1);
    let tsa = bench.lab().tsa_url("tsa-ec");
    let refused = |tsa: &str, trust: &str| {
        let words = ["evidence", "create", "record-0.txt", "--tsa", tsa, "--trust", trust];
        let ran = bench.inkan(&words);
        assert!(!bench.path("record-0.txt.ers").exists());
        (ran.status, ran.stderr)
    };
    let (status, told) = refused(&tsa, "lab/ec-root.crt");
    assert_eq!((status, told.contains("trust the TSA's root")), (2, true), "{told}");
    let wrong = bench.lab().faulty(&["wrong-imprint".parse().unwrap()], &tsa);
    let (status, told) = refused(&wrong, "lab/trust");
    assert_eq!((status, told.contains("of other data")), (2, true), "{told}");
}

#[test]
fn a_record_is_shown_without_being_judged() {
    let bench = Bench::new();
    create(&bench, &records(&bench, 3), &[]);
    let ran = bench.inkan(&["evidence", "show", "record-1.txt.ers"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for said in ["Archive timestamp 1: ", "Hash function: SHA-256", "list(s)", "`inkan verify`"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let ran = bench.inkan(&["evidence", "show", "record-1.txt"]);
    assert_eq!((ran.status, ran.stderr.contains("no evidence record")), (2, true));
}

#[test]
fn records_are_renewed_in_their_place_from_the_command_line() {
    let bench = Bench::new();
    let files = records(&bench, 3);
    create(&bench, &files, &[]);
    let tsa = bench.lab().tsa_url("tsa-rsa");
    let names: Vec<String> = files.iter().map(|file| format!("{file}.ers")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let renew = |more: &[&str], status: i32| {
        let words = [&["evidence", "renew", "--tsa", &tsa, "--trust", "lab/trust"], more].concat();
        let ran = bench.inkan(&[words.as_slice(), &names].concat());
        assert_eq!(ran.status, status, "{}{}", ran.stdout, ran.stderr);
        ran
    };
    let stamps = |name: &str| {
        let record = inkan::der::ers::EvidenceRecord::parse(&bench.read(name)).unwrap();
        record.chains.iter().map(|chain| chain.stamps.len()).collect::<Vec<_>>()
    };
    let said = renew(&[], 0).stdout;
    assert_eq!(said.lines().filter(|line| line.starts_with("renewed: ")).count(), 3, "{said}");
    renew(&["--digest", "sha512"], 0);
    assert_eq!(stamps(names[1]), [2, 1]);
    let soon = inkan::edge::clock::now().plus_seconds(-3600).to_string();
    assert_eq!(renew(&["--stamped-before", &soon], 0).stdout, "", "all of them are newer");
    for name in &names {
        let (status, json) = verdict(&bench, name, &[]);
        assert_eq!(status, 0, "{json:#}");
    }
    // One whose document was altered is refused where it is read, and told apart from the others.
    bench.write("record-1.txt", b"altered");
    let ran = renew(&["--digest", "sha512"], 2);
    assert!(
        ran.stderr.contains("record-1.txt.ers: it does not prove what it should"),
        "{}",
        ran.stderr
    );
    assert_eq!((stamps(names[0]), stamps(names[1])), (vec![2, 1, 1], vec![2, 1]));
}
