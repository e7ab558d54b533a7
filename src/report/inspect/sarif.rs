//! What is wrong with certificates that were read out loud, as SARIF. Nothing is judged but what every
//! reading judges: the time left, the strength of algorithms, impostors, and what cannot be read.

mod algorithm;
mod store;

use crate::policy::known::PolicyUse;
use crate::policy::trust::Recognition;
use crate::report::ReportError;
use crate::report::catalogue::Catalogue;
use crate::report::human::Detail;
use crate::report::sarif::{Closing, Place, Run};
use crate::rule::finding::Kind;
use crate::rule::{Finding, Level, Locator, Outcome, Phrase, Rule, SubIndication};
use crate::task::inspect::{InspectedFile, Inspection, Sheet, State};
use crate::time::Instant;
use serde_json::{Map, json};
use std::io::Write;
use std::sync::Arc;

/// Renders a report.
pub fn render(inspection: &Inspection, catalogue: &Catalogue) -> Result<String, ReportError> {
    let mut text = Vec::new();
    write(inspection, catalogue, &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Writes a report, one file after another.
fn write(
    inspection: &Inspection,
    catalogue: &Catalogue,
    out: &mut dyn Write,
) -> Result<(), ReportError> {
    let mut run = Run::default();
    run.begin(catalogue, out)?;
    for file in &inspection.files {
        for (place, finding) in findings(file, inspection.at) {
            run.finding(place, &finding, (catalogue, Detail::Summary), out)?;
        }
    }
    let mut closing = Closing { notes: Vec::new(), properties: Map::new() };
    closing.properties.insert("at".to_owned(), json!(inspection.at.to_string()));
    if !inspection.passed_over.is_empty() {
        let count = inspection.passed_over.len().to_string();
        closing.notes.push(("note", catalogue.label_with("passed-over", &[("count", &count)])));
    }
    run.end(closing, catalogue, out)
}

fn findings(file: &InspectedFile, at: Instant) -> Vec<(Place<'_>, Finding)> {
    let whole = Place { path: &file.path, certificate: None };
    let mut found = Vec::new();
    for sheet in &file.sheets {
        let place = Place { path: &file.path, certificate: Some(&sheet.certificate) };
        let of_sheet = time(sheet, at)
            .into_iter()
            .chain(algorithm::findings(sheet, at))
            .chain(impostor(sheet))
            .chain(for_tests(sheet))
            .chain(unreadable_extensions(sheet));
        found.extend(of_sheet.map(|finding| (place, finding)));
    }
    let kept = file.store.iter().flat_map(|sheet| store::findings(sheet, &file.path));
    found.extend(kept.map(|finding| (whole, finding)));
    found.extend(unreadable(file).map(|finding| (whole, finding)));
    found
}

fn time(sheet: &Sheet, at: Instant) -> Option<Finding> {
    let certificate = &sheet.certificate;
    let expected = Phrase::new("expect.valid-at").with("at", at);
    let (from, to) = (certificate.not_before(), certificate.not_after());
    let seen = Phrase::new("seen.validity").with("from", from).with("to", to);
    let rule = rule("valid-at", ("RFC 5280", "4.1.2.5"), Level::Warn);
    (sheet.state != State::Valid).then(|| violated(rule, about(sheet), expected, seen))
}

fn impostor(sheet: &Sheet) -> Option<Finding> {
    let Recognition::Impostor(root) = &sheet.known else { return None };
    let seen = Phrase::new("seen.impostor")
        .with("root", &root.name)
        .with("fingerprint", sheet.certificate.fingerprint());
    let rule = rule("genuine", ("inkan", "known roots"), Level::Fail);
    Some(violated(rule, about(sheet), Phrase::new("expect.genuine"), seen))
}

fn for_tests(sheet: &Sheet) -> impl Iterator<Item = Finding> {
    let tests = sheet.policies.iter().filter(|policy| policy.purpose == PolicyUse::Test);
    tests.map(|policy| {
        let seen = Phrase::new("seen.test-policy").with("policy", &policy.oid);
        let rule = rule("production", ("inkan", "known policies"), Level::Inform);
        violated(rule, about(sheet), Phrase::new("expect.production"), seen)
    })
}

fn unreadable_extensions(sheet: &Sheet) -> impl Iterator<Item = Finding> {
    sheet.extensions.iter().filter_map(|extension| extension.facts.as_ref().err()).map(|error| {
        let seen = Phrase::new("seen.malformed").with("error", error);
        let rule = rule("extensions-readable", ("RFC 5280", "4.2"), Level::Warn);
        violated(rule, about(sheet), Phrase::new("expect.extensions-readable"), seen)
    })
}

fn unreadable(file: &InspectedFile) -> impl Iterator<Item = Finding> {
    file.unreadable.iter().map(|error| {
        let seen = Phrase::new("seen.malformed").with("error", error);
        let rule = rule("certificate-readable", ("RFC 5280", "4.1"), Level::Fail);
        let about = Locator::new(Kind::File, file.path.as_str());
        violated(rule, about, Phrase::new("expect.certificate-readable"), seen)
    })
}

fn about(sheet: &Sheet) -> Locator {
    Locator::new(Kind::Certificate, sheet.certificate.subject().text())
}

/// A rule that no profile has: it holds of whatever is read. Reading gives no indication, so neither
/// does the rule.
fn rule(check: &'static str, (document, clause): (&str, &str), level: Level) -> Rule {
    Rule {
        id: format!("inkan.inspect.{check}"),
        check,
        document: document.to_owned(),
        clause: clause.to_owned(),
        url: None,
        level,
        confirmed: true,
        violated: SubIndication::Custom,
        unanswered: SubIndication::Custom,
    }
}

fn violated(rule: Rule, about: Locator, expected: Phrase, seen: Phrase) -> Finding {
    let outcome = Outcome::Violated(seen);
    Finding { rule: Arc::new(rule), about, expected, outcome, consequence: None }
}
