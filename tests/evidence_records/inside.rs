//! Records that inkan puts into signatures.

use crate::archive::{Archive, YEAR};
use crate::bench::{Bench, at};
use crate::embedded::{formats, judge, judged, signed};
use inkan::der::Bytes;
use inkan::digest::DigestAlgorithm;
use inkan::evidence::EvidenceSet;
use inkan::policy::AlgorithmTable;
use inkan::rule::{Indication, SubIndication};
use inkan::seal::Unproven;
use inkan::source::{Draft, Source};
use inkan::task::evidence::{Cabinet, Shelf, StampOrder, embed};
use inkan::task::sign::{Desk, SignError};
use inkan::time::Instant;
use std::io;

/// Has a file signed at that level, its content inside or beside it.
fn sign(bench: &Bench, name: &str, more: &[&str]) -> String {
    bench.write(name, format!("{name}: one tablet a day").as_bytes());
    let tsa = bench.lab().tsa_url("tsa-rsa");
    let ran = bench.sign(name, "ec-physician", &[&["--tsa", &tsa], more].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ["p7s", "p7m"]
        .map(|end| format!("{name}.{end}"))
        .into_iter()
        .find(|p| bench.path(p).exists())
        .unwrap()
}

fn embedding(bench: &Bench, files: &[&str], more: &[&str]) -> (i32, String, String) {
    let tsa = bench.lab().tsa_url("tsa-ec");
    let words = ["evidence", "embed", "--tsa", &tsa, "--trust", "lab/trust"];
    let ran = bench.inkan(&[&words, more, files].concat());
    (ran.status, ran.stdout, ran.stderr)
}

fn offline(bench: &Bench, file: &str) -> (i32, serde_json::Value) {
    bench.verdict(&[file, "--offline", "--trust", "lab/trust"])
}

#[test]
fn a_record_inside_is_judged_offline_with_the_signature_and_its_content() {
    let bench = Bench::new();
    let detached = sign(&bench, "beside.txt", &["--level", "LTA"]);
    let attached = sign(&bench, "within.txt", &["--level", "LTA", "--attached"]);
    let (status, said, told) = embedding(&bench, &[&detached, &attached], &["--digest", "sha512"]);
    assert_eq!((status, said.lines().count()), (0, 2), "{said}{told}");
    for (file, covers) in [(&detached, Some("beside.txt")), (&attached, None)] {
        let (status, json) = offline(&bench, file);
        assert_eq!(status, 0, "{json:#}");
        assert_eq!(at(&json, "/files/0/signatures/1/format"), "evidence-record");
        assert_eq!(at(&json, "/files/0/signatures/1/covers/0"), "SignedData");
        let content = json.pointer("/files/0/signatures/1/covers/1").and_then(|v| v.as_str());
        assert_eq!(content, covers);
    }
    let out = ["-binary", "-inform", "DER", "-in", &detached, "-content", "beside.txt"];
    let out = [&["cms", "-verify", "-CAfile", "lab/ec-root.crt", "-purpose", "any"], &out[..]];
    bench.openssl_ok(&out.concat());
    bench.write("beside.txt", b"two tablets a day");
    let mut bytes = bench.read(&attached);
    let place = bytes.windows(10).position(|w| w == b"one tablet").unwrap();
    bytes[place..place + 3].copy_from_slice(b"two");
    bench.write(&attached, &bytes);
    for file in [&detached, &attached] {
        let (status, json) = offline(&bench, file);
        assert_eq!(status, 1, "{json:#}");
        let sub = at(&json, "/files/0/signatures/1/sub_indication");
        assert_eq!(sub, "HASH_FAILURE", "the record tells it too");
    }
}

#[test]
fn what_is_not_provable_is_refused_and_does_not_hinder_the_others() {
    let bench = Bench::new();
    let [sound, altered] = ["a.txt", "b.txt"].map(|name| sign(&bench, name, &["--level", "T"]));
    bench.write("b.txt", b"altered");
    let before = bench.read(&altered);
    let (status, said, told) = embedding(&bench, &[&sound, &altered], &[]);
    assert_eq!(status, 2, "{said}{told}");
    assert!(said.contains("a.txt.p7s") && told.contains("b.txt.p7s"), "{said}{told}");
    assert_eq!(bench.read(&altered), before);
    assert_eq!(bench.verdict(&[&sound, "--trust", "lab/trust"]).0, 0);
    let other = sign(&bench, "c.txt", &["--level", "T"]);
    let before = bench.read(&other);
    let wrong =
        bench.lab().faulty(&["wrong-imprint".parse().unwrap()], &bench.lab().tsa_url("tsa-ec"));
    let ran = bench.inkan(&["evidence", "embed", &other, "--tsa", &wrong, "--trust", "lab/trust"]);
    assert_eq!((ran.status, bench.read(&other) == before), (2, true), "{}", ran.stderr);
}

#[test]
fn to_a_file_with_a_record_inside_nothing_but_another_record_is_added() {
    let bench = Bench::new();
    let file = sign(&bench, "a.txt", &["--level", "LTA"]);
    assert_eq!(embedding(&bench, &[&file], &[]).0, 0);
    let before = bench.read(&file);
    let more = ["--add-to", &file, "--level", "B", "--force"];
    let ran = bench.sign("a.txt", "ec-physician", &more);
    assert_eq!((ran.status, bench.read(&file) == before), (2, true), "{}", ran.stdout);
    assert!(ran.stderr.contains("`inkan renew`"), "{}", ran.stderr);
    let (status, said, told) = embedding(&bench, &[&file], &["--digest", "sha512"]);
    assert_eq!(status, 0, "{said}{told}");
    let (status, json) = offline(&bench, &file);
    assert_eq!(status, 0, "{json:#}");
    assert_eq!(at(&json, "/files/0/signatures/2/format"), "evidence-record");
}

/// Its records are signature files here, and its documents what they are over.
impl Cabinet for Archive {
    fn name(&self, number: usize) -> String {
        format!("document {number}.p7s")
    }

    fn file(&self, number: usize) -> io::Result<Box<dyn Source>> {
        Shelf::record(self, number)
    }

    fn content(&self, number: usize) -> io::Result<Option<(String, Box<dyn Source>)>> {
        let document = Bytes::from(self.documents[number].clone());
        Ok(Some(("record.txt".to_owned(), Box::new(document))))
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        Shelf::draft(self, number)
    }
}

fn embed_at(archive: &Archive, algorithm: DigestAlgorithm) -> Result<Instant, SignError> {
    let tsas = [archive.lab().tsa_url("tsa-ec")];
    let judge = judge(archive);
    let (mut evidence, mut source) = (EvidenceSet::default(), archive.later());
    let now = archive.time();
    let mut desk = Desk { judge: &judge, now, evidence: &mut evidence, source: &mut source };
    let mut told = None;
    let order = StampOrder { algorithm, tsas: &tsas };
    embed(1, order, archive, &mut desk, &mut |_, done| told = Some(done)).unwrap();
    told.unwrap()
}

#[test]
fn a_record_outlives_the_certificate_of_the_signer_and_another_renews_it() {
    let mut archive = Archive::of(&["one tablet a day"]);
    let plain = signed(&archive);
    archive.records.lock().unwrap()[0] = plain;
    let since = embed_at(&archive, DigestAlgorithm::Sha384).unwrap();
    let once = archive.record(0);
    archive.clock = 2 * YEAR;
    embed_at(&archive, DigestAlgorithm::Sha512).unwrap();
    let twice = archive.record(0);
    archive.clock = 6 * YEAR;
    embed_at(&archive, DigestAlgorithm::Sha512).unwrap();
    archive.clock = 11 * YEAR;
    let late = embed_at(&archive, DigestAlgorithm::Sha512).unwrap_err();
    assert!(matches!(late, SignError::NotTakenUp(_)), "{late}");
    archive.clock = 4 * YEAR;
    let end = inkan::edge::clock::now().plus_seconds(3 * YEAR);
    let text = include_str!("../../src/policy/data/algorithms.toml");
    let old = "algorithm = \"SHA-384\"\nuntil = \"2070-12-31\"";
    assert!(text.contains(old));
    let row = format!("algorithm = \"SHA-384\"\nuntil = \"{end}\"");
    archive.algorithms = Some(AlgorithmTable::parse("test", &text.replace(old, &row)).unwrap());
    let report = judged(&archive, &twice);
    assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
    assert_eq!(formats(&report), ["cades", "evidence-record", "evidence-record"]);
    assert_eq!(report.signatures[0].judged.best_signature_time, since);
    let sub = judged(&archive, &once).signatures[1].judged.verdict.sub_indication();
    assert_eq!(sub, Some(SubIndication::CryptoConstraintsFailureNoPoe), "alone it has ended");
    archive.records.lock().unwrap()[0].clone_from(&once);
    let missed = embed_at(&archive, DigestAlgorithm::Sha512).unwrap_err();
    assert!(matches!(missed, SignError::NotTakenUp(Unproven::NotPassed(_))), "{missed}");
    assert_eq!(archive.record(0), once, "and no later one mends it");
}
