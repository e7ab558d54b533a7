//! SARIF 2.1.0 (OASIS): findings in the form that code scanners and review tools read.
//!
//! Results are written as they come. Only the rules that they name are kept, and follow at the end:
//! the members of a JSON object have no order.

use super::ReportError;
use super::catalogue::{Catalogue, escaped};
use super::human::Detail;
use crate::der::certificate::Certificate;
use crate::oid;
use crate::rule::finding::Kind;
use crate::rule::{Finding, Level, Outcome, Rule};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;

const VERSION: &str = "2.1.0";
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The name under which the commands read standard input.
const STANDARD_INPUT: &str = "-";

/// One run: what has been written of it, and what must follow.
#[derive(Debug, Default)]
pub(super) struct Run {
    rules: Vec<Arc<Rule>>,
    /// Where a rule stands in that list.
    known: BTreeMap<String, usize>,
    written: usize,
    reads_standard_input: bool,
}

/// Where a finding was made.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The file.
    pub(super) path: &'a str,
    /// The certificate in it; nothing if the file cannot be read as one.
    pub(super) certificate: Option<&'a Certificate>,
}

/// What is said of the run as a whole.
#[derive(Default)]
pub(super) struct Closing {
    /// Sentences for the reader, with their levels.
    pub(super) notes: Vec<(&'static str, String)>,
    /// Facts for programs.
    pub(super) properties: Map<String, Value>,
}

impl Run {
    /// Writes what comes before the results.
    pub(super) fn begin(&self, c: &Catalogue, out: &mut dyn Write) -> Result<(), ReportError> {
        let language = c.language().tag();
        let head = json!({ "$schema": SCHEMA, "version": VERSION }).to_string();
        let open = head.strip_suffix('}').unwrap_or(&head);
        write!(out, "{open},\"runs\":[{{\"language\":\"{language}\",\"results\":[")?;
        Ok(())
    }

    /// Writes a finding. One that is met, or not asked for, is told in full reports only.
    pub(super) fn finding(
        &mut self,
        place: Place<'_>,
        finding: &Finding,
        (c, detail): (&Catalogue, Detail),
        out: &mut dyn Write,
    ) -> Result<(), ReportError> {
        let evaluation = Evaluation::of(finding);
        if detail == Detail::Summary && !evaluation.is_open() {
            return Ok(());
        }
        self.reads_standard_input |= place.path == STANDARD_INPUT;
        let result = json!({
            "ruleId": finding.rule.id,
            "ruleIndex": self.index(&finding.rule),
            "kind": evaluation.kind(),
            "level": evaluation.level(),
            "message": message(&sentences(finding, evaluation, c)),
            "locations": [location(place, finding)],
            "partialFingerprints": fingerprints(place, finding),
        });
        let separator = if self.written == 0 { "\n" } else { ",\n" };
        self.written = self.written.saturating_add(1);
        out.write_all(separator.as_bytes())?;
        Ok(out.write_all(&serde_json::to_vec(&result)?)?)
    }

    /// Writes what comes after the results.
    pub(super) fn end(
        &self,
        closing: Closing,
        c: &Catalogue,
        out: &mut dyn Write,
    ) -> Result<(), ReportError> {
        let rules: Vec<Value> = self.rules.iter().map(|rule| descriptor(rule, c)).collect();
        let notes: Vec<Value> = closing
            .notes
            .iter()
            .map(|(level, text)| json!({ "level": level, "message": message(text) }))
            .collect();
        let mut run = Map::new();
        let driver = json!({
            "name": env!("CARGO_PKG_NAME"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        });
        run.insert("tool".to_owned(), json!({ "driver": driver }));
        let invocation =
            json!({ "executionSuccessful": true, "toolExecutionNotifications": notes });
        run.insert("invocations".to_owned(), json!([invocation]));
        run.insert("properties".to_owned(), Value::Object(closing.properties));
        if self.reads_standard_input {
            let input = json!({
                "description": message(c.label("standard-input")),
                "roles": ["analysisTarget", "standardStream"],
            });
            run.insert("artifacts".to_owned(), json!([input]));
        }
        let run = Value::Object(run).to_string();
        writeln!(out, "\n],{}]}}", run.strip_prefix('{').unwrap_or(&run))?;
        Ok(out.flush()?)
    }

    fn index(&mut self, rule: &Arc<Rule>) -> usize {
        if let Some(index) = self.known.get(&rule.id) {
            return *index;
        }
        let index = self.rules.len();
        self.known.insert(rule.id.clone(), index);
        self.rules.push(Arc::clone(rule));
        index
    }
}

/// What became of a rule, in SARIF's words (§3.27.9, §3.27.10).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Evaluation {
    Fail(Level),
    Open,
    Pass,
    NotApplicable,
}

impl Evaluation {
    fn of(finding: &Finding) -> Self {
        match &finding.outcome {
            Outcome::Violated(_) => Self::Fail(finding.rule.level),
            Outcome::Unanswered { .. } => Self::Open,
            Outcome::Met(_) => Self::Pass,
            Outcome::NotApplicable(_) | Outcome::NotInForce => Self::NotApplicable,
        }
    }

    const fn is_open(self) -> bool {
        matches!(self, Self::Fail(_) | Self::Open)
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Fail(_) => "fail",
            Self::Open => "open",
            Self::Pass => "pass",
            Self::NotApplicable => "notApplicable",
        }
    }

    /// Only what failed may have another level than none (§3.27.10); how much an open question weighs
    /// is told by the default level of its rule.
    const fn level(self) -> &'static str {
        match self {
            Self::Fail(level) => level_name(level),
            Self::Open | Self::Pass | Self::NotApplicable => "none",
        }
    }
}

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Fail => "error",
        Level::Warn => "warning",
        Level::Inform => "note",
    }
}

/// The first sentence is what is shown where there is little room (§3.11.3): what was seen.
fn sentences(finding: &Finding, evaluation: Evaluation, c: &Catalogue) -> String {
    let rule = &finding.rule;
    let observed = match &finding.outcome {
        Outcome::Met(seen) | Outcome::Violated(seen) | Outcome::NotApplicable(seen) => c.say(seen),
        Outcome::Unanswered { why, .. } => c.say(why),
        Outcome::NotInForce => c.label("not-in-force").to_owned(),
    };
    let (expected, hint) = (c.say(&finding.expected), c.hint(rule.check));
    let gaps = [
        ("observed", observed.as_str()),
        ("source", &source(rule)),
        ("expected", &expected),
        ("hint", &hint),
    ];
    match evaluation.is_open() {
        true => c.label_with("sarif-open", &gaps),
        false => c.label_with("sarif-closed", &gaps),
    }
}

fn source(rule: &Rule) -> String {
    format!("{}, {}", rule.document, rule.clause)
}

/// A rule: what it asks, by which clause of which document, and where that is to be had.
fn descriptor(rule: &Rule, c: &Catalogue) -> Value {
    let mut full = source(rule);
    if !rule.confirmed {
        let _ = write!(full, " ({})", c.label("unconfirmed"));
    }
    let mut descriptor = json!({
        "id": rule.id,
        "name": rule.check,
        "shortDescription": message(&c.title(rule.check)),
        "fullDescription": message(&full),
        "help": message(&c.hint(rule.check)),
        "defaultConfiguration": { "level": level_name(rule.level) },
        "properties": {
            "document": rule.document,
            "clause": rule.clause,
            "confirmed": rule.confirmed,
        },
    });
    let url = rule.url.as_ref().filter(|url| url.starts_with("https://"));
    if let (Some(url), Some(members)) = (url, descriptor.as_object_mut()) {
        members.insert("helpUri".to_owned(), json!(url));
    }
    descriptor
}

/// A text. Braces would open a gap (§3.11.5), and a bracket before a parenthesis a link (§3.11.6): a
/// name in a certificate must do neither.
fn message(text: &str) -> Value {
    let text = text.replace('{', "{{").replace('}', "}}").replace("](", "] (");
    json!({ "text": text })
}

fn location(place: Place<'_>, finding: &Finding) -> Value {
    let artifact = match place.path {
        // It has no URI; the list of artifacts at the end says what it is.
        STANDARD_INPUT => json!({ "index": 0 }),
        path => json!({ "uri": uri(path) }),
    };
    let mut names: Vec<Value> = place.certificate.map(certificate).into_iter().collect();
    let about = &finding.about;
    let subject = place.certificate.map(|certificate| certificate.subject().text());
    if about.kind == Kind::Certificate && subject.as_ref() != Some(&about.name) {
        names.push(json!({ "fullyQualifiedName": *about.name, "kind": "certificate" }));
    }
    json!({ "physicalLocation": { "artifactLocation": artifact }, "logicalLocations": names })
}

fn certificate(certificate: &Certificate) -> Value {
    let subject = certificate.subject();
    let name = subject.value(oid::COMMON_NAME).map_or_else(|| subject.to_string(), escaped);
    json!({ "name": name, "fullyQualifiedName": subject.to_string(), "kind": "certificate" })
}

/// By which a result is known again in a later run, wherever the file has gone.
fn fingerprints(place: Place<'_>, finding: &Finding) -> Value {
    let mut prints = json!({
        "rule/v1": finding.rule.id,
        "about/v1": format!("{}: {}", finding.about.kind.name(), finding.about.name),
    });
    if let (Some(certificate), Some(members)) = (place.certificate, prints.as_object_mut()) {
        let sha256 = certificate.fingerprint().to_string();
        members.insert("certificateSha256/v1".to_owned(), json!(sha256));
    }
    prints
}

/// A path as a URI reference (RFC 3986): what is not unreserved is percent-encoded, so that a name
/// with a colon or a question mark stays a name.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    for part in parts {
        if path.starts_with('/') || !uri.is_empty() {
            uri.push('/');
        }
        for octet in part.bytes() {
            if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
                uri.push(char::from(octet));
            } else {
                let _ = write!(uri, "%{octet:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_reference_that_keeps_its_name() {
        for (path, expected) in [
            ("certs/a.cer", "certs/a.cer"),
            ("./certs//./a b.cer", "certs/a%20b.cer"),
            ("../証明書.cer", "../%E8%A8%BC%E6%98%8E%E6%9B%B8.cer"),
            ("c:a?b#c%.cer", "c%3Aa%3Fb%23c%25.cer"),
            ("/var/a.cer", "file:///var/a.cer"),
            ("//var/a.cer", "file:///var/a.cer"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }

    #[test]
    fn a_name_opens_neither_a_gap_nor_a_link() {
        let text = message("CN={0} [see](https://evil.example/)");
        assert_eq!(text["text"], "CN={{0}} [see] (https://evil.example/)");
    }
}
