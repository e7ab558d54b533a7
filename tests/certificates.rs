//! `inkan cert`: what it tells of certificates, in text and JSON, for specimens of the lab.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[cfg(test)]
#[path = "support/issue.rs"]
mod issue;
#[cfg(test)]
#[path = "report/schema.rs"]
mod schema;

use inkan::der::certificate::Certificate;
use inkan::der::{Bytes, pem, write};
use inkan::evidence::EvidenceSet;
use inkan::evidence::want::Offline;
use inkan::lab::{Declaration, Lab};
use inkan::oid;
use inkan::policy::{PathSettings, Trust};
use inkan::report::certificate::{Form, PathShown, Telling};
use inkan::report::human::{Colour, Detail, Style};
use inkan::report::inspect::{self, Personal};
use inkan::report::{Catalogue, Language};
use inkan::rule::{Indication, Level, Outcome, SubIndication};
use inkan::task::bundle;
use inkan::task::certify::{Bench, Call, CertificateReport, Issuers, Revocation, Tally};
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
fn what_an_identity_card_says_of_its_holder_is_told_on_request_only() {
    let said = |kind, text: &str| {
        let value = write::explicit(0, &write::utf8(text));
        write::implicit(0, &write::sequence([write::oid(kind), value]))
    };
    let names = [
        said(oid::JPKI_NAME, "山田花子"),
        said(oid::JPKI_ADDRESS, "東京都千代田区"),
        said(oid::JPKI_BIRTH_DATE, "319900101"),
    ];
    let names = issue::extension(oid::SUBJECT_ALT_NAME, false, &write::sequence(names));
    let card = inspect(issue::issue("CA", "202611200000000000000000A", vec![names]).der().clone());
    let catalogue = Catalogue::load(Language::Ja);
    let told = |personal| {
        let text = inspect::render(&card, catalogue, PLAIN, personal);
        let json = json(&card, personal).to_string();
        let sarif = inspect::sarif::render(&card, catalogue).unwrap();
        ["山田花子", "東京都千代田区", "319900101"]
            .map(|secret| [&text, &json, &sarif].map(|report| report.contains(secret)))
    };
    assert_eq!(told(Personal::Hidden), [[false; 3]; 3]);
    assert_eq!(told(Personal::Shown), [[true, true, false]; 3]);
}

#[test]
fn a_bundle_is_opened_noise_in_it_passed_over_and_damage_told() {
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
    assert_eq!(value["files"][0]["unreadable"].as_array().unwrap().len(), 1);
    // One that ends in the middle hides neither itself nor the one after it.
    let whole = specimen("ec-ca");
    let (front, _) = text[0].split_at(text[0].len() / 2);
    let cut = [front, "\n", &text[4]].concat();
    let value = json(&inspect(cut.into_bytes()), Personal::Hidden);
    let found = &value["files"][0]["certificates"];
    assert_eq!(found[0]["sha256"], whole.fingerprint().to_string());
    assert_eq!(value["files"][0]["unreadable"].as_array().unwrap().len(), 1);
    let der = whole.der();
    let short = bundle::open(&der.slice(..der.len() - 1)).unwrap_err();
    assert!(matches!(short, bundle::NoCertificate::Malformed(_)), "{short}");
}

// ---------------------------------------------------------------- judged

fn bench(revocation: Revocation) -> Bench {
    let mut trust = Trust::default();
    for (member, roles) in LAB.anchors() {
        trust.add(member.certificate().clone(), roles);
    }
    Bench::new(trust, PathSettings::default(), revocation).unwrap()
}

/// Judges a specimen with every certificate of the lab in hand, and nothing to fetch from.
fn check(bench: &Bench, name: &str, asked: Option<&str>, at: &str) -> CertificateReport {
    let mut evidence = EvidenceSet::default();
    LAB.members().iter().for_each(|m| evidence.add_certificate(m.certificate().clone()));
    let asked = asked.map(|name| bench.kinds().named(name).unwrap());
    let at = at.parse().unwrap();
    bench.judge(name, &specimen(name), asked, at, &mut evidence, &mut Offline)
}

/// The report on these, as it is written.
fn told(certificates: &[CertificateReport], language: Language, form: Form) -> String {
    let call = Call {
        at: NOW.parse().unwrap(),
        asked: None,
        offline: true,
        revocation: Revocation::NotAsked,
        anchors: 3,
    };
    let mut telling = Telling::begin(form, &call, Catalogue::load(language), Vec::new()).unwrap();
    let mut tally = Tally::default();
    for report in certificates {
        telling.tell(report).unwrap();
        tally.count(report);
    }
    String::from_utf8(telling.end(&tally).unwrap()).unwrap()
}

#[test]
fn each_specimen_is_judged_as_what_it_is() {
    let bench = bench(Revocation::NotAsked);
    for (name, profile, sub) in [
        ("hpki-physician-production", "hpki-sign", None),
        ("hpki-sign-ca", "hpki-ca", None),
        ("hpki-root", "hpki-root", None),
        ("tsa-rsa", "tsa-accredited", None),
        ("ec-organisation", "certificate", None),
        ("hpki-physician", "hpki-sign", Some("CUSTOM")),
        ("expired", "hpki-sign", Some("EXPIRED")),
        ("not-yet-valid", "hpki-sign", Some("NOT_YET_VALID")),
        ("authentication-only", "hpki-sign", Some("CHAIN_CONSTRAINTS_FAILURE")),
        ("unknown-critical-extension", "hpki-sign", Some("CHAIN_CONSTRAINTS_FAILURE")),
        ("tsa-purpose-not-alone", "tsa-accredited", Some("CHAIN_CONSTRAINTS_FAILURE")),
        ("below-impostor", "hpki-sign", Some("NO_CERTIFICATE_CHAIN_FOUND")),
    ] {
        let judged = check(&bench, name, None, NOW);
        assert_eq!(judged.profile.as_ref().map(|p| p.name.as_str()), Some(profile), "{name}");
        let found = judged.sub_indication().map(|sub| sub.name());
        assert_eq!(found, sub, "{name}: {:#?}", judged.verdict);
        let expected = match sub {
            None => Indication::Passed,
            Some("CUSTOM" | "NO_CERTIFICATE_CHAIN_FOUND") => Indication::Indeterminate,
            Some(_) => Indication::Failed,
        };
        assert_eq!(judged.indication(), expected, "{name}");
    }
}

#[test]
fn a_wrong_profile_is_refused_and_not_applied() {
    let bench = bench(Revocation::NotAsked);
    let refused = check(&bench, "hpki-physician-production", Some("hpki-auth-person"), NOW);
    assert_eq!(refused.indication(), Indication::Failed);
    assert!(refused.profile.is_none());
    let rules: Vec<String> =
        refused.verdict.all_findings().iter().map(|f| f.rule.id.clone()).collect();
    assert!(rules.iter().any(|rule| rule == "inkan.recognition.profile-fits"));
    assert!(!rules.iter().any(|rule| rule.starts_with("hpki-")), "{rules:?}");
    let general = check(&bench, "hpki-physician-production", Some("certified-authority"), NOW);
    assert_eq!(general.indication(), Indication::Passed, "{:#?}", general.verdict);
    let unmarked = check(&bench, "ec-organisation", Some("hpki-sign"), NOW);
    assert!(unmarked.profile.is_some() && unmarked.indication() == Indication::Failed);
}

#[test]
fn rsa_2048_is_warned_of_today_and_falls_with_2031() {
    let bench = bench(Revocation::NotAsked);
    let today = check(&bench, "hpki-sign-ca", None, NOW);
    assert_eq!(today.indication(), Indication::Passed);
    let all = today.verdict.all_findings();
    let warned = all.iter().find(|f| f.rule.check == "strong-until-end").unwrap();
    assert!(matches!(warned.outcome, Outcome::Violated(_)));
    assert_eq!(
        (warned.rule.document.as_str(), warned.rule.level),
        ("CRYPTREC LS-0003-2022", Level::Warn)
    );
    let later = check(&bench, "hpki-sign-ca", None, "2031-01-01");
    assert_eq!(later.sub_indication(), Some(SubIndication::CryptoConstraintsFailure));
    assert_eq!(later.indication(), Indication::Failed);
}

#[test]
fn what_is_not_known_of_revocation_is_not_passed_over() {
    let judged = check(&bench(Revocation::Asked), "hpki-physician-production", None, NOW);
    assert_eq!(judged.sub_indication(), Some(SubIndication::TryLater));
    assert_eq!(judged.indication(), Indication::Indeterminate);
    assert!(!judged.verdict.wants().is_empty());
    let unasked = check(&bench(Revocation::NotAsked), "hpki-physician-production", None, NOW);
    assert!(unasked.verdict.all_findings().iter().all(|f| f.rule.check != "not-revoked"));
}

#[test]
fn the_json_of_every_specimen_is_what_its_schema_says() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../docs/schema/inkan.cert-1.schema.json")).unwrap();
    let bench = bench(Revocation::Asked);
    let members = LAB.members().iter();
    let mut all: Vec<_> = members.map(|m| check(&bench, m.name(), None, NOW)).collect();
    let error = bundle::NoCertificate::Nothing;
    all.push(CertificateReport::unreadable("letter.txt", &error, NOW.parse().unwrap()));
    for language in Language::ALL {
        let text = told(&all, language, Form::Json);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        // Told piece by piece, it reads as if it had been made as one.
        let whole = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(text.lines().count(), whole.lines().count());
        assert_eq!(schema::faults(&schema, &value), Vec::<String>::new());
        let last = value["certificates"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["indication"], "failed");
        assert_eq!(last["sub_indication"], "FORMAT_FAILURE");
        assert_eq!(last["findings"][0]["rule"], "certificate.4.1.certificate-readable");
        assert_eq!(last["sha256"], serde_json::Value::Null);
    }
}

#[test]
fn one_look_at_the_end_tells_the_verdict_on_each() {
    let bench = bench(Revocation::NotAsked);
    let names = ["hpki-physician-production", "hpki-physician", "authentication-only"];
    let all: Vec<_> = names.iter().map(|name| check(&bench, name, None, NOW)).collect();
    let text = told(&all, Language::Ja, Form::Text(PLAIN, PathShown::Tree));
    for part in [
        "└─ C=JP, O=Inkan Test Laboratory, OU=Test HPKI CA",
        "証明書の種類: HPKI 署名用 (hpki-sign)",
        "判断の根拠: 証明書ポリシ 1.2.392.100495.1.5.1.1.3.1",
        "失効の確認は行っていません (--no-revocation)。",
        "\n判定: 無効 (証明書 3 件)\n  有効  hpki-sign  hpki-physician-production\n",
        "\n  判定不能 [CUSTOM]  hpki-sign  hpki-physician\n",
        "\n  無効 [CHAIN_CONSTRAINTS_FAILURE]  hpki-sign  authentication-only\n",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn of_many_certificates_those_are_kept_that_may_help_others() {
    let mut issuers = Issuers::default();
    let names = ["hpki-physician", "hpki-sign-ca", "hpki-root", "not-a-ca", "below-not-a-ca"];
    for (file, name) in names.iter().enumerate() {
        issuers.note(file, &specimen(name));
    }
    // The one that is no CA is kept since another names it: why that path fails is to be told.
    assert_eq!(issuers.files().into_iter().collect::<Vec<_>>(), [1, 2, 3]);
    assert!(issuers.helps(&specimen("not-a-ca")));
    assert!(!issuers.helps(&specimen("hpki-physician")));
}
