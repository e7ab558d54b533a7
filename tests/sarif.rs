//! `--format sarif`: valid, and the same findings as the other forms tell.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/bench.rs"]
mod bench;
#[cfg(test)]
#[path = "report/schema.rs"]
mod schema;

use bench::{Bench, at};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

static LAB: LazyLock<Bench> = LazyLock::new(Bench::new);

/// Judged with trust and nothing fetched: all kinds of outcomes.
const CHECK: [&str; 5] = ["cert", "check", "--offline", "--trust", "lab/trust"];

fn run(words: &[&str]) -> (i32, Value) {
    let ran = LAB.inkan(&[words, &["--format", "sarif"]].concat());
    let log = serde_json::from_str(&ran.stdout);
    (ran.status, log.unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr)))
}

/// The log, after it was found valid.
fn sarif(words: &[&str]) -> Value {
    let (_, log) = run(words);
    assert_eq!(faults(&log), Vec::<String>::new(), "{words:?}");
    log
}

fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().unwrap()
}

/// The result of a check on a certificate.
fn result<'a>(log: &'a Value, check: &str) -> &'a Value {
    let ends = format!(".{check}");
    let of = |result: &&Value| {
        let rule = at(result, "/ruleId");
        rule.ends_with(&ends) || rule.contains(&format!("{ends}."))
    };
    results(log).iter().find(of).unwrap_or_else(|| panic!("no {check} in {log:#}"))
}

/// What the schema says, and what the standard demands beside it.
fn faults(log: &Value) -> Vec<String> {
    let schema = include_str!("../testdata/sarif.schema.json");
    let mut found = schema::faults(&serde_json::from_str(schema).unwrap(), log);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| at(rule, "/id")).collect();
    if ids.len() != rules.len() {
        found.push("a rule is told twice".to_owned());
    }
    let artifacts = run["artifacts"].as_array().map_or(0, Vec::len);
    for result in results(log) {
        found.extend(faults_of(result, rules, artifacts));
    }
    let texts = texts(log);
    assert!(!texts.is_empty());
    // §3.11.5 and §3.11.6.
    let bare = |text: &&String| {
        let rest = text.replace("{{", "").replace("}}", "");
        rest.is_empty() || rest.contains(['{', '}']) || rest.contains("](")
    };
    found.extend(texts.iter().filter(bare).map(|text| format!("not a message: {text}")));
    found
}

fn faults_of(result: &Value, rules: &[Value], artifacts: usize) -> Vec<String> {
    let mut found = Vec::new();
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    if rules.get(index).map(|rule| &rule["id"]) != Some(&result["ruleId"]) {
        found.push(format!("ruleIndex {index} is of another rule than {}", result["ruleId"]));
    }
    // §3.27.10: only what failed has a level.
    if (result["kind"] == "fail") == (result["level"] == "none") {
        found.push(format!("{} with level {}", result["kind"], result["level"]));
    }
    let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    let uri = at(place, "/uri");
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~/%:".contains(c);
    if !uri.chars().all(allowed) || (uri.contains(':') && !uri.starts_with("file:///")) {
        found.push(format!("no URI reference: {uri}"));
    }
    let index = place["index"].as_u64().and_then(|index| usize::try_from(index).ok());
    let described = index.is_some_and(|index| index < artifacts);
    if uri.is_empty() != described {
        found.push(format!("neither or both of uri and index: {place}"));
    }
    if !result["partialFingerprints"].as_object().unwrap().values().all(Value::is_string) {
        found.push("a fingerprint is no string".to_owned());
    }
    found
}

/// The text of every message.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("text").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(texts)).collect()
        }
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_certificate_of_the_lab_gives_a_valid_log_in_both_languages() {
    for command in ["check", "inspect"] {
        for language in ["en", "ja"] {
            let log = sarif(&["cert", command, "lab", "--lang", language]);
            assert_eq!(log["runs"][0]["language"], language);
            assert!(!results(&log).is_empty());
        }
    }
}

#[test]
fn the_results_are_the_findings_of_the_json_report() {
    let file = "lab/weak-key.crt";
    let log = sarif(&[&CHECK[..], &[file]].concat());
    let ran = LAB.inkan(&[&CHECK[..], &[file, "--format", "json"]].concat());
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let open = ["violated", "unanswered"];
    let findings = json["certificates"][0]["findings"].as_array().unwrap();
    let told: BTreeSet<&str> = findings
        .iter()
        .filter(|finding| open.contains(&at(finding, "/outcome")))
        .map(|finding| at(finding, "/rule"))
        .collect();
    assert_eq!(results(&log).iter().map(|r| at(r, "/ruleId")).collect::<BTreeSet<_>>(), told);
    let sha256 = at(&json, "/certificates/0/sha256");
    for result in results(&log) {
        assert_eq!(at(result, "/partialFingerprints/certificateSha256~1v1"), sha256);
        assert_eq!(at(result, "/locations/0/physicalLocation/artifactLocation/uri"), file);
        let name = at(result, "/locations/0/logicalLocations/0/fullyQualifiedName");
        assert_eq!(name, at(&json, "/certificates/0/subject"));
    }
    let properties = &log["runs"][0]["properties"];
    assert_eq!(
        (&properties["indication"], &properties["offline"]),
        (&"failed".into(), &true.into())
    );
}

#[test]
fn level_and_kind_follow_from_weight_and_outcome() {
    let weak = sarif(&[&CHECK[..], &["lab/weak-key.crt"]].concat());
    let strength = result(&weak, "algorithm-strength");
    assert_eq!((at(strength, "/kind"), at(strength, "/level")), ("fail", "error"));
    let card = sarif(&[&CHECK[..], &["lab/hpki-sign-ca.crt"]].concat());
    let ends = result(&card, "strong-until-end");
    assert_eq!((at(ends, "/kind"), at(ends, "/level")), ("fail", "warning"));
    let revoked = result(&card, "not-revoked");
    assert_eq!((at(revoked, "/kind"), at(revoked, "/level")), ("open", "none"));
    let kinds = |log: &Value| {
        results(log).iter().map(|r| at(r, "/kind").to_owned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(kinds(&card), ["fail", "open"].map(str::to_owned).into());
    let full = sarif(&[&CHECK[..], &["lab", "--full"]].concat());
    let all = ["fail", "notApplicable", "open", "pass"].map(str::to_owned);
    assert_eq!(kinds(&full), all.into());
}

#[test]
fn a_rule_says_what_it_asks_and_where_that_stands() {
    let log = sarif(&[&CHECK[..], &["lab/hpki-physician.crt", "--lang", "ja"]].concat());
    let production = result(&log, "production");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == production["ruleId"]).unwrap();
    assert_eq!(at(rule, "/shortDescription/text"), "テスト用ではなく、本番用の証明書か");
    assert!(at(rule, "/fullDescription/text").contains("保健医療福祉分野PKI認証局"), "{rule}");
    assert_eq!(at(rule, "/helpUri"), "https://www.mhlw.go.jp/content/10808000/001221669.pdf");
    let text = at(production, "/message/text");
    assert!(text.contains("求められること: ") && text.contains("対処: "), "{text}");
}

#[test]
fn inspect_tells_what_is_weak_expired_damaged_or_for_tests() {
    let level = |file: &str, check: &str| {
        let log = sarif(&["cert", "inspect", file]);
        at(result(&log, check), "/level").to_owned()
    };
    assert_eq!(level("lab/expired.crt", "valid-at"), "warning");
    assert_eq!(level("lab/weak-key.crt", "algorithm-strength"), "warning");
    assert_eq!(level("lab/hpki-sign-ca.crt", "strong-until-end"), "note");
    assert_eq!(level("lab/hpki-physician.crt", "production"), "note");
    let broken = "-----BEGIN CERTIFICATE-----\nMBgwBaADAgEJMAsGCSqGSIb3DQEBCwMCAHg=\n\
                  -----END CERTIFICATE-----\n";
    LAB.write("壊れた証明書.pem", broken.as_bytes());
    let words = ["cert", "inspect", "壊れた証明書.pem", "lab/ec-ca.crt"];
    let (status, log) = run(&words);
    assert_eq!((status, faults(&log)), (1, Vec::new()));
    let damaged = result(&log, "certificate-readable");
    assert_eq!(at(damaged, "/level"), "error");
    let uri = at(damaged, "/locations/0/physicalLocation/artifactLocation/uri");
    assert_eq!(uri, "%E5%A3%8A%E3%82%8C%E3%81%9F%E8%A8%BC%E6%98%8E%E6%9B%B8.pem");
    let sound = sarif(&["cert", "inspect", "lab/ec-ca.crt", "--at", "2026-12-01"]);
    assert!(results(&sound).iter().all(|r| r["level"] == "note"), "{sound:#}");
}

#[test]
fn inspect_tells_what_is_weak_about_a_store() {
    LAB.write("password.txt", b"himitsu");
    let words = ["pkcs12", "-export", "-nokeys", "-in", "lab/ec-ca.crt", "-out", "weak.p12"];
    let weak = ["-passout", "file:password.txt", "-nomac", "-certpbe", "PBE-SHA1-3DES"];
    LAB.openssl_ok(&[&words[..], &weak].concat());
    let log = sarif(&["cert", "inspect", "weak.p12", "--pin-source", "file:password.txt"]);
    let rules: BTreeSet<&str> = results(&log).iter().map(|r| at(r, "/ruleId")).collect();
    for rule in ["store-whole", "store-kept.old-cipher", "store-kept.few-iterations"] {
        assert!(rules.contains(format!("inkan.inspect.{rule}").as_str()), "{rules:?}");
    }
}

#[test]
fn standard_input_is_told_as_such() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inkan"));
    command.args(["cert", "inspect", "-", "--format", "sarif"]).current_dir(LAB.folder.path());
    command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&LAB.read("lab/expired.crt")).unwrap();
    let log: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(faults(&log), Vec::<String>::new());
    assert_eq!(at(&log, "/runs/0/artifacts/0/description/text"), "standard input");
}

#[test]
fn what_is_wrong_with_a_log_would_be_found() {
    let good = sarif(&["cert", "inspect", "lab/expired.crt"]);
    let broken = |pointer: &str, value: Value| {
        let mut log = good.clone();
        *log.pointer_mut(pointer).unwrap() = value;
        faults(&log).len()
    };
    assert_ne!(broken("/version", "2.2".into()), 0);
    assert_ne!(broken("/runs/0/results/0/ruleIndex", 99.into()), 0);
    assert_ne!(broken("/runs/0/results/0/level", "none".into()), 0);
    assert_ne!(broken("/runs/0/results/0/message/text", "CN={0}".into()), 0);
    let uri = "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri";
    assert_ne!(broken(uri, "a b".into()), 0);
}
