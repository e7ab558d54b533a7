//! Counter-signatures are signatures of their own: each is judged, none saves another, none is dropped.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/bench.rs"]
mod bench;
#[path = "support/forge.rs"]
mod forge;

use bench::{Bench, at};
use forge::{Pen, RECORD, and, data, judged, seen, word, written};
use inkan::der::cms::{SignedData, SignerInfo};
use inkan::der::write;
use inkan::oid;
use inkan::rule::{Indication, SubIndication};
use inkan::task::verify::FileReport;

fn physician() -> SignerInfo {
    Pen::over("ec-physician", RECORD).sign()
}

fn countersigned(by: &SignerInfo) -> SignerInfo {
    and(physician(), oid::COUNTER_SIGNATURE, &by.to_der())
}

fn report(signers: Vec<SignerInfo>) -> FileReport {
    judged(written(&data(signers), Some(RECORD)))
}

fn indications(report: &FileReport) -> Vec<Indication> {
    report.signatures.iter().map(|s| s.judged.verdict.indication()).collect()
}

#[test]
fn each_is_a_signature_over_the_value_of_its_parent() {
    let signed = physician();
    let nurse = Pen::counter("ec-nurse", &signed.signature).sign();
    let above = Pen::counter("ec-pharmacist", &nurse.signature).sign();
    let nurse = and(nurse, oid::COUNTER_SIGNATURE, &above.to_der());
    let report = report(vec![and(signed, oid::COUNTER_SIGNATURE, &nurse.to_der())]);
    assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
    let ids: Vec<&str> = report.signatures.iter().map(|s| s.signature.id.as_str()).collect();
    let over: Vec<Option<&str>> =
        report.signatures.iter().map(|s| s.signature.countersigns.as_deref()).collect();
    assert_eq!(over, [None, Some(ids[0]), Some(ids[1])]);
    let names: Vec<String> = report
        .signatures
        .iter()
        .map(|s| s.judged.signer.as_ref().unwrap().subject().to_string())
        .collect();
    for (name, wanted) in names.iter().zip(["HANAKO", "SACHIKO", "JIRO"]) {
        assert!(name.contains(wanted), "{name}");
    }
}

#[test]
fn one_over_another_value_fails_and_leaves_its_parent_as_it_is() {
    let stranger = Pen::counter("ec-nurse", b"another signature").sign();
    let report = report(vec![countersigned(&stranger)]);
    assert_eq!(indications(&report), [Indication::Passed, Indication::Failed]);
    assert_eq!(report.sub_indication(), Some(SubIndication::HashFailure));
    assert_eq!(report.indication(), Indication::Failed);
}

#[test]
fn a_good_one_saves_no_bad_signature() {
    let bad = Pen::over("ec-physician", b"two tablets a day").sign();
    let nurse = Pen::counter("ec-nurse", &bad.signature).sign();
    let report = report(vec![and(bad, oid::COUNTER_SIGNATURE, &nurse.to_der())]);
    assert_eq!(indications(&report), [Indication::Failed, Indication::Passed]);
    assert_eq!(report.indication(), Indication::Failed);
}

#[test]
fn one_with_a_content_type_is_none() {
    let signed = physician();
    let pen = Pen::over("ec-nurse", &signed.signature);
    let report = report(vec![and(signed, oid::COUNTER_SIGNATURE, &pen.sign().to_der())]);
    assert_eq!(word(&report.signatures[1], "content-type"), "violated");
    assert_ne!(report.indication(), Indication::Passed);
}

#[test]
fn what_cannot_be_read_speaks_against_its_parent() {
    let report = report(vec![and(physician(), oid::COUNTER_SIGNATURE, &write::null())]);
    assert_eq!(indications(&report), [Indication::Failed]);
    assert_eq!(
        seen(&report.signatures[0], "counter-signatures"),
        "seen.unreadable-counter-signatures"
    );
}

#[test]
fn a_tower_is_climbed_so_far_and_told_and_so_is_a_crowd() {
    let mut values = vec![physician()];
    for _ in 0..4 {
        let below = values.last().unwrap().signature.clone();
        let mut pen = Pen::counter("ec-nurse", &below);
        // The reference to the certificate is nested deeper than any reader goes at the top of it.
        pen.attributes.truncate(1);
        values.push(pen.sign());
    }
    let mut tower = values.pop().unwrap();
    while let Some(below) = values.pop() {
        tower = and(below, oid::COUNTER_SIGNATURE, &tower.to_der());
    }
    let climbed = report(vec![tower]);
    assert_eq!(climbed.signatures.len(), 4);
    assert_eq!(word(&climbed.signatures[0], "counter-signatures"), "violated");
    let mut crowd = physician();
    for number in 0..70 {
        let nurse = Pen::counter("ec-nurse", &crowd.signature);
        let nurse = nurse.with(oid::CONTENT_IDENTIFIER, &write::octet_string(&[number])).sign();
        crowd = and(crowd, oid::COUNTER_SIGNATURE, &nurse.to_der());
    }
    let crowded = report(vec![crowd]);
    assert_eq!(crowded.signatures.len(), 65);
    assert_eq!(word(&crowded.signatures[0], "counter-signatures"), "violated");
}

#[test]
fn of_parallel_signers_the_worst_speaks_for_the_file_counter_signed_or_not() {
    let signed = physician();
    let nurse = Pen::counter("ec-nurse", &signed.signature).sign();
    let good = and(signed, oid::COUNTER_SIGNATURE, &nurse.to_der());
    let pharmacist = Pen::over("ec-pharmacist", RECORD).sign();
    let all = report(vec![good.clone(), pharmacist]);
    assert_eq!(indications(&all), [Indication::Passed; 3]);
    let stripped = {
        let whole = Pen::over("ec-pharmacist", RECORD).sign();
        let mut fields = inkan::der::Reader::new(&whole.fields, "SignerInfo");
        let mut parts = Vec::new();
        while let Ok(part) = fields.take() {
            if part.tag != inkan::der::Tag::context(0) {
                parts.push(part.raw.to_vec());
            }
        }
        SignerInfo::from_der(&write::sequence(parts)).unwrap()
    };
    let all = report(vec![good, stripped]);
    assert_eq!(indications(&all), [Indication::Passed, Indication::Passed, Indication::Failed],);
    assert_eq!(all.sub_indication(), Some(SubIndication::FormatFailure));
}

#[test]
fn one_over_a_signature_that_openssl_made_is_judged_like_any_other() {
    let bench = Bench::new();
    bench.write("record.txt", RECORD);
    let member = |name: &str| (format!("lab/{name}.crt"), format!("lab/{name}.key"));
    let (physician, key) = member("ec-physician");
    let (pharmacist, second_key) = member("ec-pharmacist");
    let mut words = vec!["cms", "-sign", "-cades", "-binary", "-nodetach", "-outform", "DER"];
    words.extend(["-in", "record.txt", "-out", "made.p7m", "-certfile", "lab/ec-ca.crt"]);
    words.extend(["-passin", "file:lab/password.txt"]);
    words.extend(["-signer", &physician, "-inkey", &key]);
    words.extend(["-signer", &pharmacist, "-inkey", &second_key]);
    bench.openssl_ok(&words);
    let verify = |file: &str| bench.verdict(&[file, "--trust", "lab/trust"]);
    let (status, json) = verify("made.p7m");
    assert_eq!((status, json["files"][0]["signatures"].as_array().unwrap().len()), (0, 2));
    for (value, expected) in [(None, 0), (Some(b"another value"), 1)] {
        let mut data = SignedData::parse(&bench.read("made.p7m")).unwrap();
        let over = value.map_or_else(|| data.signers[0].signature.to_vec(), |other| other.to_vec());
        let pen = Pen::counter_in(bench.lab(), "ec-nurse", &over);
        let nurse = pen.sign_set_in(bench.lab(), &write::set_of(pen.attributes.clone()));
        let signer = data.signers.remove(0);
        data.signers.insert(0, and(signer, oid::COUNTER_SIGNATURE, &nurse.to_der()));
        data.take_certificate(bench.lab().member("ec-nurse").unwrap().certificate().der().clone());
        bench.write("countersigned.p7m", &written(&data, Some(RECORD)));
        let (status, json) = verify("countersigned.p7m");
        assert_eq!(status, expected, "{json:#}");
        let signatures = json["files"][0]["signatures"].as_array().unwrap();
        assert_eq!(signatures.len(), 3);
        assert_eq!(signatures[1]["countersigns"], signatures[0]["id"]);
        assert_eq!(at(&signatures[0], "/indication"), "passed");
        let word = if expected == 0 { "passed" } else { "failed" };
        assert_eq!(at(&signatures[1], "/indication"), word);
    }
}
