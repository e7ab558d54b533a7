//! The texts are complete: both languages, every check, phrase, label and word, and nothing unused.

use super::{catalogues, root, sources};
use inkan::key::pkcs12::Weakness;
use inkan::policy::token::Quirk;
use inkan::policy::{CertificateCheck, ContentCheck, RecordCheck, SignatureCheck, TimestampCheck};
use inkan::report::Catalogue;
use inkan::rule::{Phrase, SubIndication};
use std::collections::{BTreeMap, BTreeSet};

fn table<'a>(catalogue: &'a Catalogue, name: &str) -> &'a BTreeMap<String, String> {
    &catalogue.tables()[name]
}

#[test]
fn both_languages_have_the_same_keys_and_the_same_gaps() {
    let [en, ja] = catalogues().map(|catalogue| sources::shape(catalogue.tables()));
    let different: Vec<_> = en.iter().filter(|(key, gaps)| ja.get(*key) != Some(gaps)).collect();
    assert!(different.is_empty(), "not so in Japanese: {different:?}");
    let more: Vec<_> = ja.keys().filter(|key| !en.contains_key(*key)).collect();
    assert!(more.is_empty(), "only in Japanese: {more:?}");
}

#[test]
fn every_check_has_a_title_and_a_hint_and_no_text_is_for_a_check_that_is_gone() {
    let checks = [
        CertificateCheck::NAMES,
        ContentCheck::NAMES,
        SignatureCheck::NAMES,
        TimestampCheck::NAMES,
        RecordCheck::NAMES,
        inkan::check::token::NAMES,
    ];
    let checks = checks.concat().into_iter();
    let checks = checks.chain(["ends-at-anchor", "well-formed", "profile-fits"]);
    let checks = checks.chain(["certificate-readable", "store-whole", "store-kept"]);
    let wanted: BTreeSet<String> =
        checks.flat_map(|check| [format!("{check}.title"), format!("{check}.hint")]).collect();
    for catalogue in catalogues() {
        let texts: BTreeSet<String> = table(catalogue, "check").keys().cloned().collect();
        assert_eq!(texts, wanted);
        assert!(table(catalogue, "check").values().all(|text| text.chars().count() >= 8));
    }
}

#[test]
fn every_phrase_in_the_sources_has_a_text_and_every_text_a_use() {
    let used: BTreeSet<String> = sources::read(&root().join("src"), &["rs"])
        .iter()
        .flat_map(|text| sources::phrase_keys(text))
        .collect();
    assert!(used.len() > 80, "the sources were not found: {used:?}");
    let texts: BTreeSet<String> = table(catalogues()[0], "phrase").keys().cloned().collect();
    let missing: Vec<_> = used.difference(&texts).collect();
    let unused: Vec<_> = texts.difference(&used).collect();
    assert!(missing.is_empty() && unused.is_empty(), "missing {missing:?}, unused {unused:?}");
}

#[test]
fn a_text_says_every_argument_it_is_given_and_asks_for_no_other() {
    let texts = table(catalogues()[0], "phrase");
    let mut looked_at = 0;
    for source in sources::read(&root().join("src"), &["rs"]) {
        for place in sources::uses(&source) {
            let Some(text) = texts.get(&place.key) else { continue };
            let gaps = sources::gap_names(text);
            let key = &place.key;
            assert!(place.given.is_subset(&gaps), "{key} does not say all of {:?}", place.given);
            assert!(gaps.is_subset(&place.near), "{key} asks for {gaps:?}, has {:?}", place.near);
            looked_at += place.given.len();
        }
    }
    assert!(looked_at > 60, "call sites were not found: {looked_at}");
}

#[test]
fn every_kind_of_gap_is_time_or_a_table() {
    for catalogue in catalogues() {
        for gap in sources::shape(catalogue.tables()).into_values().flatten() {
            let Some((_, kind)) = gap.split_once(':') else { continue };
            assert!(kind == "time" || catalogue.tables().contains_key(kind), "{gap}");
        }
    }
}

#[test]
fn every_label_in_use_has_a_text_and_every_text_a_use() {
    let sources = sources::read(&root().join("src/report"), &["rs", "html"]);
    let calls =
        ["label(", "label_with(", "said(1, ", "said(2, ", "said(depth + 1, ", "said(depth, "];
    let mut used: BTreeSet<String> = sources
        .iter()
        .flat_map(|text| calls.iter().flat_map(|call| sources::literals(text, call)))
        .collect();
    used.extend(["signer", "claimed-signer", "stamper", "claimed-stamper"].map(str::to_owned));
    used.extend(["roles", "claimed-roles"].map(str::to_owned));
    let texts: BTreeSet<String> = table(catalogues()[0], "label").keys().cloned().collect();
    let missing: Vec<_> = used.difference(&texts).collect();
    let unused: Vec<_> = texts.difference(&used).collect();
    assert!(missing.is_empty() && unused.is_empty(), "missing {missing:?}, unused {unused:?}");
}

#[test]
fn every_word_that_a_verdict_can_use_is_there() {
    let [en, _] = catalogues();
    let subs: BTreeSet<&str> = SubIndication::ALL.iter().map(|sub| sub.name()).collect();
    let said: BTreeSet<&str> = table(en, "sub").keys().map(String::as_str).collect();
    assert_eq!(said, subs);
    let words = [
        ("indication", &["passed", "failed", "indeterminate"][..]),
        ("level", &["fail", "warn", "inform"]),
        ("outcome", &["met", "violated", "not-applicable", "not-in-force", "unanswered"]),
        ("role", &["signer", "tsa", "tls"]),
        ("stamp", &["signature", "content", "complete", "references", "archive", "document"]),
        ("baseline", &["B", "T", "C", "X", "XL", "LT", "A", "LTA", "timestamp", "evidence-record"]),
        ("format", &["cades", "timestamp", "evidence-record"]),
        ("weakness", &Weakness::ALL.map(Weakness::name)),
        ("quirk", &Quirk::ALL.map(Quirk::name)),
        ("pin-state", &["set", "not-set", "count-low", "final-try", "locked", "to-be-changed"]),
        ("told", &["true", "false", "not-reported", "malformed"]),
        ("token-object", &["certificate", "unreadable-certificate", "private-key", "public-key"]),
        ("initialize", &["null-args", "os-locking"]),
        ("session", &["read-only", "read-write"]),
        ("backing", &["claimed", "attribute-certificate"]),
        ("untold", &["-"]),
        ("stamp-form", &["token", "response", "request"]),
        ("stamp-flag", &["true", "false"]),
        ("kind", &["file", "signature", "timestamp", "record", "path", "certificate", "status"]),
    ];
    for (name, wanted) in words {
        let said: BTreeSet<&str> = table(en, name).keys().map(String::as_str).collect();
        assert_eq!(said, wanted.iter().copied().collect(), "{name}");
    }
}

#[test]
fn a_reason_is_said_as_a_sentence_with_its_name() {
    let seen = Phrase::new("seen.untrusted").with("reason", "NO_CERTIFICATE_CHAIN_FOUND");
    let [en, ja] = catalogues().map(|catalogue| catalogue.say(&seen));
    assert!(en.contains("(NO_CERTIFICATE_CHAIN_FOUND): No path leads"), "{en}");
    assert!(ja.contains("到達する経路がありません"), "{ja}");
}
