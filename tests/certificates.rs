//! `inkan cert`: what it tells of certificates, in text and JSON, for specimens of the lab.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[cfg(test)]
#[path = "report/schema.rs"]
mod schema;

use inkan::der::certificate::Certificate;
use inkan::der::{Bytes, pem};
use inkan::lab::{Declaration, Lab};
use inkan::report::human::{Colour, Detail, Style};
use inkan::report::inspect::{self, Personal};
use inkan::report::{Catalogue, Language};
use inkan::task::bundle;
use inkan::task::inspect::{FactKind, Inspection, Knowledge};
use std::collections::BTreeSet;
use std::sync::LazyLock;

const NOW: &str = "2026-11-20T09:00:00Z";
const PLAIN: Style = Style { colour: Colour::Plain, detail: Detail::Full };

static LAB: LazyLock<Lab> = LazyLock::new(|| {
    let declaration = Declaration::standard().unwrap();
    Lab::build(declaration, "http://127.0.0.1:9".to_owned(), NOW.parse().unwrap()).unwrap()
});

fn specimen(name: &str) -> Certificate {
    LAB.member(name).unwrap().certificate().clone()
}

fn inspect(bytes: impl Into<Bytes>) -> Inspection {
    let bundle = bundle::open(&bytes.into()).unwrap();
    let at = NOW.parse().unwrap();
    let file = Knowledge::embedded().unwrap().inspect("file", bundle, at);
    Inspection { at, files: vec![file], passed_over: Vec::new() }
}

fn json(inspection: &Inspection, personal: Personal) -> serde_json::Value {
    let catalogue = Catalogue::load(Language::Ja);
    serde_json::to_value(inspect::json::render(inspection, catalogue, personal)).unwrap_or_default()
}

fn inspect_schema() -> serde_json::Value {
    serde_json::from_str(include_str!("../docs/schema/inkan.cert-inspect-1.schema.json"))
        .unwrap_or_default()
}

#[test]
fn every_specimen_is_told_as_the_schema_says() {
    let schema = inspect_schema();
    for member in LAB.members() {
        let value = json(&inspect(member.certificate().der().clone()), Personal::Hidden);
        assert_eq!(schema::faults(&schema, &value), Vec::<String>::new(), "{}", member.name());
    }
    let kinds = schema["$defs"]["fact"]["properties"]["kind"]["enum"].as_array().unwrap().clone();
    let kinds: BTreeSet<&str> = kinds.iter().filter_map(|kind| kind.as_str()).collect();
    assert_eq!(kinds, FactKind::ALL.iter().map(|kind| kind.name()).collect());
}

#[test]
fn every_kind_of_fact_has_a_word_in_both_languages() {
    for language in Language::ALL {
        let words = &Catalogue::load(language).tables()["fact"];
        let words: BTreeSet<&str> = words.keys().map(String::as_str).collect();
        assert_eq!(words, FactKind::ALL.iter().map(|kind| kind.name()).collect());
    }
}

#[test]
fn a_physicians_test_card_is_told_in_japanese() {
    let inspection = inspect(specimen("hpki-physician").der().clone());
    let text = inspect::render(&inspection, Catalogue::load(Language::Ja), PLAIN, Personal::Hidden);
    for part in [
        "テスト用証明書: 原本には決して使用できません",
        "保健医療福祉分野の資格 (hcRole): 医師 / Medical Doctor",
        "公開鍵: RSA-2048: 2031-01-01 09:00:00 JST まで利用できます [CRYPTREC LS-0003-2022",
        "残り 1460 日",
        "証明書ポリシ: 1.2.392.100495.1.5.1.1.0.1 HPKI 署名用 (テスト)",
        "keyUsage (クリティカル指定あり)",
        "名称: C=JP, O=印鑑試験病院, CN=試験　太郎, serialNumber=T00001-lab",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn a_role_whose_spelling_nobody_confirmed_says_so() {
    let told = |name: &str| {
        let inspection = inspect(specimen(name).der().clone());
        let english = Catalogue::load(Language::En);
        inspect::render(&inspection, english, PLAIN, Personal::Hidden)
    };
    assert!(told("hpki-pharmacist").contains("hcRole): 薬剤師 / Pharmacist\n"));
    let unknown = told("unknown-role");
    assert!(unknown.contains("Wizard of Medicine (a spelling or coding"), "{unknown}");
}

#[test]
fn time_runs_out_and_is_counted() {
    let value = |name: &str| json(&inspect(specimen(name).der().clone()), Personal::Hidden);
    let first = |value: serde_json::Value| value["files"][0]["certificates"][0].clone();
    let expired = first(value("expired"));
    assert_eq!((&expired["state"], &expired["days"]), (&"expired".into(), &10.into()));
    let early = first(value("not-yet-valid"));
    assert_eq!((&early["state"], &early["days"]), (&"not-yet-valid".into(), &30.into()));
    let weak = first(value("weak-key"));
    assert_eq!(weak["key"]["strength"], "never");
}

#[test]
fn a_bundle_is_opened_and_noise_in_it_passed_over() {
    let text = [
        pem::encode("CERTIFICATE", specimen("ec-physician").der()),
        "noise\n".to_owned(),
        pem::encode("PRIVATE KEY", b"not looked at"),
        pem::encode("CERTIFICATE", b"not a certificate"),
        pem::encode("CERTIFICATE", specimen("ec-ca").der()),
    ];
    let value = json(&inspect(text.concat().into_bytes()), Personal::Hidden);
    assert_eq!(value["files"][0]["form"], "pem");
    assert_eq!(value["files"][0]["certificates"].as_array().unwrap().len(), 2);
}
