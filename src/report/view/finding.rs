//! Findings as people are shown them, already in their language.

use super::{Detail, Word, word};
use crate::evidence::{Fetch, Want};
use crate::report::catalogue::{Catalogue, escaped};
use crate::rule::finding::Kind;
use crate::rule::{Finding, Locator, Outcome, Verdict};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// What is told of the findings of a verdict.
#[derive(Debug)]
pub(in crate::report) struct Told {
    /// What is not as it should be.
    pub(in crate::report) attention: Vec<FindingView>,
    /// What did not apply.
    pub(in crate::report) unasked: Vec<FindingView>,
    /// How many came to what.
    pub(in crate::report) count: String,
    /// All of them, where all are wanted.
    pub(in crate::report) tree: Option<VerdictView>,
}

impl Told {
    pub(in crate::report) fn of(verdict: &Verdict, detail: Detail, c: &Catalogue) -> Self {
        let told = once(verdict);
        let view = |shown: fn(&Finding) -> bool| {
            let shown = told.iter().filter(|f| shown(f));
            shown.map(|f| finding(f, c)).collect()
        };
        Self {
            attention: view(is_open),
            unasked: view(|f| !is_open(f) && !matches!(f.outcome, Outcome::Met(_))),
            count: count(&told, c),
            tree: (detail == Detail::Full).then(|| tree(verdict, c)),
        }
    }
}

/// A verdict and what it rests on.
#[derive(Debug, Serialize)]
pub(in crate::report) struct VerdictView {
    pub(in crate::report) about: String,
    pub(in crate::report) word: Word,
    pub(in crate::report) findings: Vec<FindingView>,
    pub(in crate::report) because: Vec<Self>,
}

/// A finding.
#[derive(Debug, Serialize)]
pub(in crate::report) struct FindingView {
    /// The outcome's name: for classes and colours, never shown.
    pub(in crate::report) key: &'static str,
    pub(in crate::report) outcome: String,
    /// The level's name and its word.
    pub(in crate::report) weight: &'static str,
    pub(in crate::report) level: String,
    pub(in crate::report) title: String,
    pub(in crate::report) rule: String,
    pub(in crate::report) source: String,
    pub(in crate::report) url: Option<String>,
    pub(in crate::report) confirmed: bool,
    pub(in crate::report) about: String,
    pub(in crate::report) expected: String,
    pub(in crate::report) observed: String,
    pub(in crate::report) wanted: Option<String>,
    /// Only where something is to be done.
    pub(in crate::report) hint: Option<String>,
}

pub(in crate::report) const fn is_open(finding: &Finding) -> bool {
    matches!(finding.outcome, Outcome::Violated(_) | Outcome::Unanswered { .. })
}

/// Every finding of a verdict tree, but each only once: a path repeats the finding of the
/// certificate that speaks for it, and two tokens may have the same path.
pub(in crate::report) fn once(verdict: &Verdict) -> Vec<&Finding> {
    let mut told: Vec<&Finding> = Vec::new();
    // Findings of one rule on one thing are few; those of a whole archive's tokens are many.
    let mut alike: HashMap<(usize, &str), Vec<&Finding>> = HashMap::new();
    let all = verdict.all_findings();
    for (index, finding) in all.iter().enumerate() {
        let is_inner = |f: &&Finding| {
            f.about.kind == Kind::Certificate
                && f.rule == finding.rule
                && f.outcome == finding.outcome
        };
        if finding.about.kind == Kind::Path && all.iter().skip(index + 1).any(is_inner) {
            continue;
        }
        let place = (Arc::as_ptr(&finding.rule).addr(), &*finding.about.name);
        let alike = alike.entry(place).or_default();
        if !alike.contains(finding) {
            alike.push(finding);
            told.push(finding);
        }
    }
    told
}

fn count(all: &[&Finding], c: &Catalogue) -> String {
    let of = |names: &[&str]| {
        all.iter().filter(|f| names.contains(&f.outcome.name())).count().to_string()
    };
    c.label_with(
        "checks-count",
        &[
            ("met", &of(&["met"])),
            ("violated", &of(&["violated"])),
            ("unanswered", &of(&["unanswered"])),
            ("other", &of(&["not-applicable", "not-in-force"])),
        ],
    )
}

fn tree(verdict: &Verdict, c: &Catalogue) -> VerdictView {
    VerdictView {
        about: about(verdict.about(), c),
        word: word(verdict.indication(), verdict.sub_indication(), c),
        findings: verdict.findings().map(|f| finding(f, c)).collect(),
        because: verdict.because().iter().map(|v| tree(v, c)).collect(),
    }
}

fn about(about: &Locator, c: &Catalogue) -> String {
    let kind = c.word("kind", about.kind.name());
    match about.kind {
        // A verdict on a file that holds nothing to name.
        _ if *about.name == *about.kind.name() => kind.to_owned(),
        Kind::Timestamp => format!("{kind} {}", readable_time(&about.name, c)),
        Kind::File
        | Kind::Signature
        | Kind::Record
        | Kind::Path
        | Kind::Certificate
        | Kind::Status => format!("{kind} {}", escaped(&about.name)),
    }
}

fn readable_time(text: &str, c: &Catalogue) -> String {
    text.parse().map_or_else(|_| escaped(text), |instant| c.time(instant))
}

pub(in crate::report) fn finding(finding: &Finding, c: &Catalogue) -> FindingView {
    let rule = &finding.rule;
    let key = finding.outcome.name();
    FindingView {
        key,
        outcome: c.word("outcome", key).to_owned(),
        weight: rule.level.name(),
        level: c.word("level", rule.level.name()).to_owned(),
        title: c.title(rule.check),
        rule: escaped(&rule.id),
        source: escaped(&format!("{}, {}", rule.document, rule.clause)),
        url: rule.url.clone().filter(|url| url.starts_with("https://")),
        confirmed: rule.confirmed,
        about: about(&finding.about, c),
        expected: c.say(&finding.expected),
        observed: match &finding.outcome {
            Outcome::Met(seen) | Outcome::Violated(seen) | Outcome::NotApplicable(seen) => {
                c.say(seen)
            }
            Outcome::NotInForce => c.label("not-in-force").to_owned(),
            Outcome::Unanswered { why, .. } => c.say(why),
        },
        wanted: match &finding.outcome {
            Outcome::Unanswered { want, .. } => Some(wanted(want, c)),
            Outcome::Met(_)
            | Outcome::Violated(_)
            | Outcome::NotApplicable(_)
            | Outcome::NotInForce => None,
        },
        hint: is_open(finding).then(|| c.hint(rule.check)),
    }
}

fn wanted(want: &Want, c: &Catalogue) -> String {
    let what = c.word("wanted", want.what.name());
    match &want.fetch {
        Some(Fetch::Get(url) | Fetch::Post { url, .. }) => {
            c.label_with("wanted-from", &[("what", what), ("about", &want.about), ("url", url)])
        }
        None => c.label_with("wanted-for", &[("what", what), ("about", &want.about)]),
    }
}
