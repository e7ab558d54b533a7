//! Tokens of authorities around the world and the examples of RFC 4134, where they are at hand: each is
//! read, and its form, imprint and names are judged rightly.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test reads files, and fails by panicking"
)]

#[path = "support/skip.rs"]
mod skip;

use inkan::ades::Stamped;
use inkan::ades::cades;
use inkan::der::Bytes;
use inkan::evidence::EvidenceSet;
use inkan::evidence::want::Offline;
use inkan::judge::Judge;
use inkan::policy::{Policy, Trust};
use inkan::rule::{Indication, Outcome};
use inkan::source::Source;
use inkan::task::verify::{Held, Subject, verify};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !folder.is_dir() {
        skip::say(&format!("real_tokens: skipped: ../shared/data/{name} is not here"));
        return None;
    }
    Some(folder)
}

/// What is said against each token beside that its authority is not trusted here. Everything else was met.
const AGAINST: [(&str, &[&str]); 13] = [
    // No accuracy is stated; RFC 3161 leaves it open, the Japanese accreditation does not.
    ("117b9bfae5b8", &["accuracy"]),
    ("11fb6d32a6f6", &["accuracy"]),
    ("1a18a35cd49e", &["accuracy"]),
    ("afb684541daa", &["accuracy"]),
    ("c80677083991", &["accuracy"]),
    // The engine has no RSA-PSS with SHA-224, which OpenSSL has: not answered, never passed.
    ("491d539aa96a", &["accuracy", "token-signature"]),
    // SHA-1 for the imprint or the signature; accepted by OpenSSL, which asks for no strength.
    ("4f312f56a0a3", &["token-strength"]),
    ("6b2b8e45092f", &["token-strength"]),
    ("8fc94c615e60", &["token-strength"]),
    ("f33a7309aa65", &["accuracy", "token-strength"]),
    // Ten seconds.
    ("8cffc1447442", &["accuracy", "token-strength"]),
    // MD5, of which inkan computes nothing, with RSA-1024.
    (
        "832c0bc400cf",
        &[
            "token-algorithms-consistent",
            "statement-intact",
            "token-signature",
            "token-strength",
            "accuracy",
        ],
    ),
    // RSA-1024 of a test authority.
    ("c55defbab7de", &["token-strength", "accuracy"]),
];

/// An RSA key with the exponent 3, of a real authority.
const SMALL_EXPONENT: (&str, &[&str]) = ("f2d68cfbd179", &["token-strength"]);

#[test]
fn every_token_is_read_and_what_is_said_against_it_has_a_reason() {
    let Some(folder) = folder("timestamps") else { return };
    let judge = Judge::new(Policy::standard(Trust::default()).unwrap());
    let expected: BTreeMap<&str, &[&str]> = AGAINST.into_iter().chain([SMALL_EXPONENT]).collect();
    let (mut negative, mut named, mut fractions) = (0, 0, 0);
    let tokens = tokens(&folder);
    assert_eq!(tokens.len(), 24);
    for (name, bytes) in &tokens {
        let token = cades::token(&Bytes::copy_from_slice(bytes))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let statement = &token.statement;
        negative += usize::from(statement.nonce.as_ref().is_some_and(|n| n[0] >= 0x80));
        named += usize::from(statement.tsa.is_some());
        fractions += usize::from(statement.time.to_string().contains('.'));
        let other = Stamped::Bytes(Bytes::from_static(b"some other data"));
        let verdict =
            judge.timestamp(&token, &other, &EvidenceSet::default(), statement.time).verdict;
        let open = verdict
            .findings()
            .filter(|f| matches!(f.outcome, Outcome::Violated(_) | Outcome::Unanswered { .. }));
        let against: BTreeSet<&str> = open.map(|f| f.rule.check).collect();
        let beside = ["imprint", "tsa-trusted"];
        let wanted: BTreeSet<&str> = expected
            .get(name.as_str())
            .copied()
            .unwrap_or_default()
            .iter()
            .copied()
            .chain(beside)
            .collect();
        assert_eq!(against, wanted, "{name}");
    }
    assert_eq!((negative, named, fractions), (3, 14, 6));
}

#[test]
fn a_token_with_one_bit_of_its_statement_flipped_is_not_intact() {
    let Some(folder) = folder("timestamps") else { return };
    let judge = Judge::new(Policy::standard(Trust::default()).unwrap());
    for (name, bytes) in tokens(&folder) {
        let token = cades::token(&Bytes::copy_from_slice(&bytes)).unwrap();
        let imprint = token.statement.imprint.clone();
        let place = bytes.windows(imprint.len()).position(|w| w == imprint.as_ref()).unwrap();
        let mut bytes = bytes;
        bytes[place] ^= 1;
        let token = cades::token(&Bytes::copy_from_slice(&bytes)).unwrap();
        let verdict = judge
            .timestamp(&token, &Stamped::Missing, &EvidenceSet::default(), token.statement.time)
            .verdict;
        let intact = verdict.findings().find(|f| f.rule.check == "statement-intact");
        assert!(!matches!(intact.unwrap().outcome, Outcome::Met(_)), "{name}");
    }
}

fn tokens(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "tst"));
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read(&path).unwrap())
    };
    files.map(read).collect()
}

fn named(folder: &Path, ending: &str) -> Vec<(String, Bytes)> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|found| found == ending));
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.map(|path| (name(&path), Bytes::from(std::fs::read(&path).unwrap()))).collect()
}

#[test]
fn the_examples_of_rfc_4134_are_read_and_none_passes_as_an_advanced_signature() {
    let Some(folder) = folder("rfc4134") else { return };
    let judge = Judge::new(Policy::standard(Trust::default()).unwrap());
    let mut evidence = EvidenceSet::default();
    named(&folder, "cer").iter().for_each(|(_, file)| evidence.add(file).unwrap());
    let content = Bytes::from(std::fs::read(folder.join("ExContent.bin")).unwrap());
    let judged = |file: &Bytes| {
        let content: &dyn Source = &content;
        let content = Some(("ExContent.bin", content));
        let subject = Subject { name: "example", file, content, held: Held::Signature };
        let at = "2004-06-01".parse().unwrap();
        verify(&subject, &judge, at, &mut evidence.clone(), &mut Offline).unwrap()
    };
    let mut read = BTreeMap::new();
    for (name, file) in named(&folder, "bin") {
        let report = judged(&file);
        assert_ne!(report.indication(), Indication::Passed, "{name}");
        read.insert(name, report);
    }
    // Signed-data by DSA, which inkan does not compute, or without signed attributes: they are signatures
    // of CMS and none of CAdES. 4.11 has certificates alone; the others are no signed-data.
    let signers = |name: &str| read[name].signatures.len();
    let counts = [
        ("4.1", 1),
        ("4.2", 1),
        ("4.3", 1),
        ("4.4", 2),
        ("4.5", 1),
        ("4.6", 2),
        ("4.7", 1),
        ("4.10", 1),
        ("4.11", 0),
        ("3.1", 0),
        ("5.1", 0),
        ("6.0", 0),
        ("7.1", 0),
    ];
    for (name, count) in counts {
        assert_eq!(signers(name), count, "{name}");
    }
    // The one with a counter-signature (by RSA, over the value of a signature by DSA).
    let [main, counter] = read["4.4"].signatures.as_slice() else { panic!() };
    assert_eq!(counter.signature.countersigns, Some(main.signature.id.clone()));
    assert!(main.intact() && counter.intact() && counter.cryptographically_valid());
    // Its content hints are not signed: anybody may have added them.
    assert!(main.signature.claims.content_hints.is_none());
    assert!(main.signature.unjudged_attributes.contains(&"content-hints".to_owned()));
    assert_eq!(main.signature.attribute_faults, [""; 0]);
}
