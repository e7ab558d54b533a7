//! The reports: their texts are complete in both languages, their JSON keeps its promise, and what
//! matters is said first, in words.
#![expect(clippy::disallowed_methods, reason = "these tests read the repository and run OpenSSL")]

#[cfg(test)]
#[path = "report/pki.rs"]
mod pki;
#[cfg(test)]
#[path = "report/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "report/sources.rs"]
mod sources;
#[cfg(test)]
#[path = "report/texts.rs"]
mod texts;

use inkan::report::human::{Colour, Detail, Style};
use inkan::report::{Catalogue, Language, html, human, json};
use inkan::rule::SubIndication;
use inkan::task::verify::VerifyReport;
use pki::{Lab, with_tokens};
use std::collections::BTreeSet;
use std::path::Path;

const PLAIN: Style = Style { colour: Colour::Plain, detail: Detail::Summary };
const FULL: Style = Style { colour: Colour::Plain, detail: Detail::Full };

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn catalogues() -> [&'static Catalogue; 2] {
    Language::ALL.map(Catalogue::load)
}

// ---------------------------------------------------------------- for people

#[test]
fn the_verdict_is_the_first_line_in_words() {
    let lab = Lab::new();
    for (indication, report) in lab.reports() {
        for catalogue in catalogues() {
            let text = human::verify(&report, catalogue, PLAIN);
            let first = text.lines().next().unwrap();
            assert!(first.starts_with(catalogue.word("indication", indication)), "{text}");
            assert!(first.ends_with(&report.files[0].path), "{text}");
            assert!(text.contains("inkan-baseline"), "{text}");
        }
    }
}

#[test]
fn what_is_wrong_is_told_with_rule_clause_figures_and_advice() {
    let lab = Lab::new();
    let report = lab.report("record.p7m", lab.tampered(), false, true);
    let text = human::verify(&report, catalogues()[0], PLAIN);
    for part in [
        "FAILED [HASH_FAILURE]: record.p7m",
        "violated: Is the document exactly what was signed?",
        "ades-baseline.5.2.7.4.content-intact [required] ETSI EN 319 102-1 V1.3.1, 5.2.7.4",
        "Expected: 'record.p7m' has the hash ",
        "Observed: hash ",
        "What to do: The document was changed after signing",
        "Signer: C=JP, O=Lab Hospital, CN=山田 花子",
        "Healthcare role: Medical Doctor",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let text = human::verify(&report, catalogues()[1], PLAIN);
    for part in [
        "無効 [HASH_FAILURE]",
        "医師",
        "2039-06-01 18:00:00 JST",
        "対処: 署名後に文書が変更されたか",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn the_name_in_an_untrusted_certificate_is_shown_as_a_claim() {
    let lab = Lab::new();
    let report = lab.report("record.p7m", lab.signed(), false, false);
    let text = human::verify(&report, catalogues()[0], PLAIN);
    assert!(text.contains("Signer (claimed, not verified): C=JP"), "{text}");
    assert!(text.contains("Healthcare role (claimed, not verified): Medical Doctor"), "{text}");
    assert!(text.contains("Needed: a root certificate that you trust"), "{text}");
    assert!(text.contains("name root certificates with --trust"), "{text}");
    let html = html::verify(&report, catalogues()[1], &[]).unwrap();
    assert!(html.contains("署名者 (申告のみ・未検証)"));
}

#[test]
fn the_full_report_has_every_finding_and_the_summary_repeats_none() {
    let lab = Lab::new();
    let report = lab.report("record.p7m", lab.signed(), false, false);
    let all = report.files[0].signatures[0].judged.verdict.all_findings();
    let full = human::verify(&report, catalogues()[0], FULL);
    for finding in &all {
        assert!(full.contains(&finding.rule.id), "{}", finding.rule.id);
    }
    let summary = human::verify(&report, catalogues()[0], PLAIN);
    let mut blocks: Vec<&str> = summary.split("Rule: ").skip(1).collect();
    let count = blocks.len();
    blocks.sort_unstable();
    blocks.dedup();
    assert_eq!(blocks.len(), count);
}

#[test]
fn a_clause_that_was_not_read_is_marked() {
    let lab = Lab::new();
    let report = lab.report("record.p7m", lab.signed(), false, true);
    let text = human::verify(&report, catalogues()[0], FULL);
    let line = text.lines().find(|line| line.contains("CRYPTREC")).unwrap();
    assert!(line.ends_with("(clause not confirmed against the document itself)"), "{line}");
    let line = text.lines().find(|line| line.contains("valid-at")).unwrap();
    assert!(!line.contains("not confirmed"), "{line}");
}

#[test]
fn colour_only_repeats_what_the_words_say() {
    let lab = Lab::new();
    let report = lab.report("record.p7m", lab.tampered(), false, true);
    for detail in [Detail::Summary, Detail::Full] {
        let plain =
            human::verify(&report, catalogues()[1], Style { colour: Colour::Plain, detail });
        let ansi = human::verify(&report, catalogues()[1], Style { colour: Colour::Ansi, detail });
        assert!(ansi.starts_with("\u{1b}[1;31m無効\u{1b}[0m"));
        let mut stripped = String::new();
        for (index, part) in ansi.split("\u{1b}[").enumerate() {
            stripped.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
        }
        assert_eq!(stripped, plain);
        assert!(!plain.contains('\u{1b}'));
    }
}

#[test]
fn several_files_end_with_the_worst_of_them() {
    let lab = Lab::new();
    let mut report = lab.report("good.p7m", lab.signed(), false, true);
    report.files.extend(lab.report("bad.p7m", lab.tampered(), false, true).files);
    let text = human::verify(&report, catalogues()[0], PLAIN);
    assert!(text.contains("PASSED: good.p7m") && text.contains("FAILED [HASH_FAILURE]: bad.p7m"));
    assert!(text.ends_with("Result: FAILED (2 files)\n"), "{text}");
    let html = html::verify(&report, catalogues()[0], &[]).unwrap();
    assert_eq!(html.matches("<section class=\"file\">").count(), 2);
}

/// A name that would clear the screen, break the page, or read backwards.
const EVIL: &str = "\u{1b}[2J<script>alert(1)</script>\"'&\u{202e}\n.p7m";

#[test]
fn a_file_name_steers_neither_terminal_nor_page() {
    let lab = Lab::new();
    for file in [lab.signed(), lab.record().to_vec()] {
        let report = lab.report(EVIL, file, false, true);
        for catalogue in catalogues() {
            let text = human::verify(&report, catalogue, FULL);
            assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
            assert!(text.lines().next().unwrap().ends_with("\\u{a}.p7m"), "{text}");
            let html = html::verify(&report, catalogue, &[]).unwrap();
            assert!(!html.contains("<script") && !html.contains('\u{202e}'));
            assert!(html.contains("&lt;script&gt;"));
        }
    }
}

// ---------------------------------------------------------------- for programs

fn value(report: &VerifyReport, language: Language) -> serde_json::Value {
    let written = json::verify(report, Catalogue::load(language));
    written.ok().and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}

fn verify_schema() -> serde_json::Value {
    serde_json::from_str(include_str!("../docs/schema/inkan.verify-1.schema.json"))
        .unwrap_or_default()
}

#[test]
fn the_json_is_what_its_schema_says_no_field_more_or_less() {
    let schema = verify_schema();
    for (indication, report) in Lab::new().reports() {
        for language in Language::ALL {
            let value = value(&report, language);
            assert_eq!(schema::faults(&schema, &value), Vec::<String>::new());
            assert_eq!(value["indication"], indication);
        }
    }
}

#[test]
fn the_schema_sees_a_missing_field_a_wrong_type_and_an_unknown_word() {
    let lab = Lab::new();
    let good = value(&lab.report("record.p7m", lab.signed(), false, true), Language::En);
    let schema = verify_schema();
    let spoil = |path: &str, with: serde_json::Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = with;
        schema::faults(&schema, &bad)
    };
    assert!(!spoil("/files/0/signatures/0/intact", "yes".into()).is_empty());
    assert!(!spoil("/files/0/signatures/0/indication", "fine".into()).is_empty());
    assert!(!spoil("/files/0/signatures/0/signer", serde_json::json!({})).is_empty());
    assert!(!spoil("/schema", "inkan.verify/2".into()).is_empty());
    let mut bad = good.clone();
    bad.as_object_mut().unwrap().remove("at");
    assert_eq!(schema::faults(&schema, &bad), ["$: \"at\" is missing"]);
}

#[test]
fn the_sub_indications_of_the_schema_are_those_of_the_code() {
    let schema = verify_schema();
    let listed = schema["$defs"]["sub_indication"]["enum"].as_array().unwrap().clone();
    let listed: BTreeSet<&str> = listed.iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(listed, SubIndication::ALL.iter().map(|sub| sub.name()).collect());
}

#[test]
fn the_json_of_a_passed_signature_tells_who_what_and_when() {
    let lab = Lab::new();
    let value = value(&lab.report("record.p7m", lab.signed(), false, true), Language::Ja);
    let signature = &value["files"][0]["signatures"][0];
    assert_eq!(value["at"], "2039-06-01T09:00:00Z");
    assert_eq!(signature["level"], "B");
    assert_eq!(signature["intact"], true);
    assert_eq!(signature["cryptographically_valid"], true);
    assert_eq!(signature["best_signature_time"], "2039-06-01T09:00:00Z");
    assert_eq!(signature["signer"]["roles"][0]["ja"], "医師");
    assert_eq!(signature["covers"][0], "record.p7m");
    let findings = signature["findings"].as_array().unwrap();
    let of = |kind: &str| findings.iter().filter(|f| f["about"]["kind"] == kind).count();
    assert!(of("signature") >= 14 && of("path") >= 1 && of("certificate") >= 10);
    let valid = findings.iter().find(|f| f["rule"] == "rfc5280.6.1.3.a.2.valid-at").unwrap();
    assert_eq!(valid["outcome"], "met");
    assert_eq!(valid["hint"], serde_json::Value::Null);
    // Programs read UTC, whatever the language.
    assert_eq!(valid["expected"], "2039-06-01T09:00:00Z に有効であること");
}

#[test]
fn a_file_without_a_signature_says_so_in_its_own_findings() {
    let lab = Lab::new();
    let value = value(&lab.report("record.txt", lab.record().to_vec(), false, true), Language::En);
    let file = &value["files"][0];
    assert_eq!(file["signatures"], serde_json::json!([]));
    assert_eq!(file["sub_indication"], "NO_SIGNATURE_FOUND");
    assert_eq!(file["findings"][0]["outcome"], "violated");
    assert!(file["findings"][0]["hint"].as_str().unwrap().contains("--content"));
}

// ---------------------------------------------------------------- for paper

#[test]
fn the_page_needs_nothing_but_itself() {
    let lab = Lab::new();
    let picture = html::Picture {
        caption: "page <1>".to_owned(),
        media_type: "image/png",
        bytes: b"not really".to_vec(),
    };
    for (indication, report) in lab.reports() {
        for catalogue in catalogues() {
            let html = html::verify(&report, catalogue, std::slice::from_ref(&picture)).unwrap();
            let tag = catalogue.language().tag();
            assert!(html.starts_with("<!DOCTYPE html>"));
            assert!(html.contains(&format!("<html lang=\"{tag}\">")));
            assert!(html.contains(&format!("class=\"verdict {indication}\"")));
            assert!(html.contains(catalogue.word("indication", indication)));
            for outside in ["<script", "<link", "@import", "url(", "src=\"http", " style=", " on"] {
                let found =
                    html.find(outside).map(|at| html[at..].chars().take(60).collect::<String>());
                let is_text =
                    outside == " on" && !html.contains(" onclick") && !html.contains(" onload");
                assert!(found.is_none() || is_text, "{found:?}");
            }
            assert!(html.contains("src=\"data:image/png;base64,bm90IHJlYWxseQ==\""));
            assert!(html.contains("page &lt;1&gt;"));
        }
    }
}

#[test]
fn the_style_is_allowed_by_its_hash_alone() {
    let lab = Lab::new();
    let report = lab.report("record.p7m", lab.signed(), false, true);
    let html = html::verify(&report, catalogues()[0], &[]).unwrap();
    let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let digest = inkan::digest::DigestAlgorithm::Sha256.digest(style.as_bytes());
    let hash = <base64ct::Base64 as base64ct::Encoding>::encode_string(digest.value());
    assert!(
        html.contains(&format!("default-src 'none'; style-src 'sha256-{hash}'; img-src data:"))
    );
}

#[test]
fn no_label_or_text_is_missing_on_the_page() {
    let lab = Lab::new();
    for (_, report) in lab.reports() {
        for catalogue in catalogues() {
            let html = html::verify(&report, catalogue, &[]).unwrap();
            let body = html.split_once("<body>").unwrap().1;
            for sign in ["{", ".title", ".hint", "seen.", "expect.", "undefined"] {
                assert!(!body.contains(sign), "{sign} in {body}");
            }
        }
    }
}

#[test]
fn the_timeline_has_a_mark_for_every_instant_and_a_legend_for_every_mark() {
    let lab = Lab::new();
    let report = with_tokens(lab.report("record.p7m", lab.signed(), false, true));
    let html = html::verify(&report, catalogues()[0], &[]).unwrap();
    assert_eq!(html.matches("<circle class=\"dot ").count(), 4);
    assert_eq!(html.matches("class=\"dot stamp\"").count(), 2);
    assert!(html.contains("archive timestamp (INDETERMINATE)"));
    assert!(html.contains("Signing time claimed by the signer (proves nothing)"));
    assert!(human::verify(&report, catalogues()[0], PLAIN).contains("proven to have existed at"));
}

/// Samples for the eye, in `target/tmp`. Each is a whole page in its language.
#[test]
fn samples() {
    let lab = Lab::new();
    let mut reports = lab.reports();
    reports.push(("passed", with_tokens(lab.report("record.p7m", lab.signed(), false, true))));
    for (index, (indication, report)) in reports.iter().enumerate() {
        for catalogue in catalogues() {
            let tag = catalogue.language().tag();
            let name = format!("report-{index}-{indication}-{tag}");
            let html = html::verify(report, catalogue, &[]).unwrap();
            assert!(
                html.contains(&format!("<html lang=\"{tag}\""))
                    && html.trim_end().ends_with("</html>")
            );
            std::fs::write(pki::samples().join(format!("{name}.html")), html).unwrap();
            let text = human::verify(report, catalogue, PLAIN);
            std::fs::write(pki::samples().join(format!("{name}.txt")), text).unwrap();
        }
    }
}
