//! Traps of the command line and appetites of hostile files: each has done harm once.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/bench.rs"]
mod bench;

use bench::{Bench, at, names};
use inkan::ades::cades::{self, Content};
use inkan::ades::{Signature, TimestampKind};
use inkan::check::Times;
use inkan::check::signature::{Around, run};
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::cms::SignedData;
use inkan::der::name::Name;
use inkan::der::tlv::Problem;
use inkan::der::{Bytes, Reader, Tag, ber, pem, write};
use inkan::edge::clock::now;
use inkan::evidence::want::Offline;
use inkan::evidence::{EvidenceSet, EvidenceSource};
use inkan::judge::Judge;
use inkan::oid;
use inkan::policy::{Policy, SignatureCheck, Trust};
use inkan::rule::{Outcome, SubIndication};
use inkan::task::verify::{FileReport, Held, Subject, verify};

fn judged(file: Vec<u8>, source: &mut dyn EvidenceSource) -> FileReport {
    let file = Bytes::from(file);
    let policy = Policy::standard(Trust::default()).unwrap();
    let subject =
        Subject { name: "hostile.p7m", file: &file, content: None, held: Held::Signature };
    verify(&subject, &Judge::new(policy), now(), &mut EvidenceSet::default(), source).unwrap()
}

#[test]
fn a_forced_signature_never_replaces_the_record_the_key_or_the_certificate() {
    let bench = Bench::new();
    bench.write("record.txt", b"one tablet a day");
    for (out, what) in [
        ("record.txt", "the record"),
        ("lab/ec-physician.key", "the key"),
        ("lab/ec-physician.crt", "the certificate"),
    ] {
        let before = bench.read(out);
        let ran = bench.sign("record.txt", "ec-physician", &["--force", "--out", out]);
        assert_eq!(ran.status, 2, "{what}: {}", ran.stderr);
        assert!(ran.stderr.contains("hint: "), "{what}: {}", ran.stderr);
        assert_eq!(bench.read(out), before, "{what}");
    }
}

#[test]
fn two_records_of_one_name_do_not_share_a_signature_file() {
    let bench = Bench::new();
    for folder in ["monday", "tuesday", "out"] {
        std::fs::create_dir(bench.path(folder)).unwrap();
    }
    bench.write("monday/record.txt", b"one tablet");
    bench.write("tuesday/record.txt", b"two tablets");
    let more = ["tuesday/record.txt", "--force", "--out", "out"];
    let ran = bench.sign("monday/record.txt", "ec-physician", &more);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
    assert!(names(&bench.path("out")).is_empty());
}

#[test]
fn a_pin_typed_where_its_source_belongs_is_not_repeated() {
    let bench = Bench::new();
    let words = ["key", "generate", "--out", "new.key", "--pin-source", "hunter2secret"];
    let ran = bench.inkan(&words);
    assert_eq!(ran.status, 2);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: write file:PATH, fd:N or env:NAME"), "{}", ran.stderr);
    assert!(!bench.path("new.key").exists());
}

#[test]
fn a_second_signature_in_a_pem_file_is_not_passed_over() {
    let bench = Bench::new();
    bench.write("record.txt", b"one tablet a day");
    assert_eq!(bench.sign("record.txt", "ec-physician", &["--attached"]).status, 0);
    let one = pem::encode("CMS", &bench.read("record.txt.p7m"));
    bench.write("one.p7m", one.as_bytes());
    bench.write("two.p7m", [one.as_str(), &one].concat().as_bytes());
    assert_eq!(bench.verdict(&["one.p7m", "--trust", "lab/trust"]).0, 0);
    let (status, json) = bench.verdict(&["two.p7m", "--trust", "lab/trust"]);
    assert_eq!(status, 1, "{json:#}");
    assert_eq!(at(&json, "/files/0/sub_indication"), "FORMAT_FAILURE");
}

#[test]
fn a_token_that_cannot_be_read_is_broken_and_not_unsigned() {
    let content = write::explicit(0, &write::octet_string(b"no TSTInfo"));
    let data = write::sequence([
        write::integer(3),
        write::set([AlgorithmIdentifier::bare(oid::SHA256).to_der()]),
        write::sequence([write::oid(oid::TST_INFO), content]),
        write::set::<&[u8]>([]),
    ]);
    let token = write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)]);
    let report = judged(token, &mut Offline);
    assert_eq!(report.sub_indication(), Some(SubIndication::FormatFailure), "{report:#?}");
}

#[test]
fn a_file_that_is_missing_does_not_swallow_the_verdicts_on_the_others() {
    let bench = Bench::new();
    bench.write("record.txt", b"one tablet a day");
    assert_eq!(bench.sign("record.txt", "ec-physician", &[]).status, 0);
    let words = ["verify", "missing.p7s", "record.txt.p7s", "--trust", "lab/trust", "--lang", "en"];
    let ran = bench.inkan(&words);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("missing.p7s"), "{}", ran.stderr);
    assert!(ran.stdout.contains("PASSED: record.txt.p7s"), "{}", ran.stdout);
}

#[test]
fn an_exchanged_certificate_can_be_removed_from_the_trust_store() {
    let bench = Bench::new();
    let add = ["trust", "add", "--role", "signer", "lab/ec-ca.crt"];
    assert_eq!(bench.inkan(&add).status, 0);
    let store = bench.path(".config/inkan/trust");
    let file = names(&store).into_iter().find(|name| name.ends_with(".pem")).unwrap();
    let other = bench.read("lab/ec-physician.crt");
    std::fs::write(store.join(&file), other).unwrap();
    assert_eq!(bench.inkan(&["trust", "list"]).status, 2);
    let removed = bench.inkan(&["trust", "remove", file.trim_end_matches(".pem")]);
    assert_eq!(removed.status, 0, "{}", removed.stderr);
    assert_eq!(bench.inkan(&["trust", "list"]).status, 0);
}

#[test]
fn the_password_in_the_address_of_a_tsa_is_not_told() {
    let bench = Bench::new();
    bench.write("record.txt", b"one tablet a day");
    let more = ["--tsa", "http://clerk:hunter2@127.0.0.1:9/tsa"];
    let ran = bench.sign("record.txt", "ec-physician", &more);
    assert_eq!(ran.status, 2);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    assert!(ran.stderr.contains("127.0.0.1:9"), "{}", ran.stderr);
}

#[test]
fn a_name_with_direction_marks_does_not_reverse_the_message() {
    let bench = Bench::new();
    let ran = bench.inkan(&["verify", "record\u{202e}s7p.txt"]);
    assert_eq!(ran.status, 2);
    assert!(!ran.stderr.contains('\u{202e}'), "{}", ran.stderr);
}

/// A signed-data without signers whose bag of certificates is `bag`.
fn with_bag(bag: &[u8]) -> Vec<u8> {
    let data = write::sequence([
        write::integer(1),
        write::set::<&[u8]>([]),
        write::sequence([write::oid(oid::DATA)]),
        write::element(Tag::context(0), bag),
        write::set::<&[u8]>([]),
    ]);
    write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)])
}

#[test]
fn a_bag_of_millions_of_nothings_is_refused_without_being_kept() {
    let few = judged(with_bag(&write::null().repeat(1000)), &mut Offline);
    assert_eq!(few.sub_indication(), Some(SubIndication::NoSignatureFound));
    let many = judged(with_bag(&write::null().repeat(4 << 20)), &mut Offline);
    assert_eq!(many.sub_indication(), Some(SubIndication::FormatFailure));
}

#[test]
fn a_piece_of_an_octet_string_is_an_octet_string() {
    let pieces = |tag: Tag| write::element(Tag(0x24), &write::element(tag, b"x"));
    assert!(ber::normalise(&pieces(Tag::OCTET_STRING), "test").is_ok());
    assert!(ber::normalise(&pieces(Tag::INTEGER), "test").is_err());
}

/// The claims of a signature of level T.
fn stamped(bench: &Bench) -> Signature {
    bench.write("record.txt", b"one tablet a day");
    let tsa = bench.lab().tsa_url("tsa-ec");
    let signed = bench.sign("record.txt", "ec-physician", &["--tsa", &tsa]);
    assert_eq!(signed.status, 0, "{}", signed.stderr);
    let data = SignedData::parse(&bench.read("record.txt.p7s")).unwrap();
    let content = Content { name: "record.txt".to_owned(), digests: None };
    cades::signatures(&data, &content).remove(0)
}

#[test]
fn a_content_stamped_after_its_signature_contradicts_it() {
    let bench = Bench::new();
    let mut claims = stamped(&bench);
    let policy = Policy::standard(Trust::default()).unwrap();
    let answer = |claims: &Signature| {
        let around = Around {
            times: Times::unproven(now()),
            signer: None,
            path: None,
            content: now(),
            timestamps: &[],
            algorithms: &policy.algorithms,
            evidence: &EvidenceSet::default(),
        };
        run(&SignatureCheck::TimestampsOrdered { tolerance: 2 }, claims, &around)
    };
    for (seconds, is_ordered) in [(-60, true), (2, true), (4, false), (60, false)] {
        let mut content = claims.timestamps[0].clone();
        content.kind = TimestampKind::Content;
        let token = content.token.as_mut().unwrap();
        token.statement.time = token.statement.time.plus_seconds(seconds);
        claims.timestamps.truncate(1);
        claims.timestamps.push(content);
        let answer = answer(&claims);
        assert_eq!(matches!(answer.outcome, Outcome::Met(_)), is_ordered, "{answer:?}");
    }
}

/// A signer that nobody knows, with these attributes.
fn signer(signed: &[Vec<u8>], unsigned: &[Vec<u8>]) -> Vec<u8> {
    let attributes = |number, list: &[Vec<u8>]| write::implicit(number, &write::set(list));
    let info = write::sequence([
        write::integer(3),
        write::element(Tag::context_primitive(0), b"key"),
        AlgorithmIdentifier::bare(oid::SHA256).to_der(),
        attributes(0, signed),
        AlgorithmIdentifier::bare(oid::ECDSA_SHA256).to_der(),
        write::octet_string(b"signature"),
        attributes(1, unsigned),
    ]);
    let data = write::sequence([
        write::integer(3),
        write::set([AlgorithmIdentifier::bare(oid::SHA256).to_der()]),
        write::sequence([write::oid(oid::DATA)]),
        write::set([info]),
    ]);
    write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)])
}

fn claims(signed: &[Vec<u8>], unsigned: &[Vec<u8>]) -> Signature {
    let data = SignedData::parse(&signer(signed, unsigned)).unwrap();
    let content = Content { name: "record".to_owned(), digests: None };
    cades::signatures(&data, &content).remove(0)
}

fn attribute(kind: oid::Oid, values: &[Vec<u8>]) -> Vec<u8> {
    write::sequence([write::oid(kind), write::set(values)])
}

#[test]
fn a_signed_attribute_that_is_not_judged_is_told_like_an_unsigned_one() {
    let unknown = oid::Oid::new_unwrap("1.2.392.200181.9");
    let claims = claims(&[attribute(unknown, &[write::null()])], &[]);
    assert_eq!(claims.unjudged_attributes.len(), 1, "{claims:?}");
}

#[test]
fn of_a_thousand_timestamps_few_are_read_and_the_rest_is_refused() {
    let many = attribute(oid::SIGNATURE_TIME_STAMP, &vec![write::null(); 1000]);
    let claims = claims(&[], &[many]);
    assert_eq!(claims.timestamps.len(), 65);
    let last = claims.timestamps.last().unwrap().token.as_ref().unwrap_err();
    assert_eq!(last.problem(), Problem::TooLarge);
}

#[test]
fn names_are_the_same_whatever_their_case_spaces_and_string_types() {
    let name = |value: Vec<u8>| {
        let attribute = write::sequence([write::oid(oid::COMMON_NAME), value]);
        let der = write::sequence([write::set([attribute])]);
        Name::parse(&Reader::only(&der, Tag::SEQUENCE, "Name").unwrap()).unwrap()
    };
    assert_eq!(name(write::utf8("Test  CA")), name(write::printable("test ca")));
    assert_ne!(name(write::utf8("Test CA")), name(write::utf8("TestCA")));
}
