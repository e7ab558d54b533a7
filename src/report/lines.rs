//! What is said in a line: after signing, and of a file that is not passed.

use super::catalogue::{Catalogue, Language};
use crate::rule::{Finding, Outcome, Phrase, SubIndication, Verdict};
use crate::task::verify::FileReport;
use crate::time::Instant;

/// One line on a signature that was published.
pub fn signed(path: &str, out: &str, report: &FileReport, catalogue: &Catalogue) -> String {
    // What was made last stands last.
    let signature = report.signatures.last();
    let level = signature.map_or("-", |s| s.level());
    let time = signature.map_or_else(String::new, |s| catalogue.time(s.judged.best_signature_time));
    let said = Phrase::new("signed.done")
        .with("path", path)
        .with("out", out)
        .with("level", level)
        .with("time", time);
    format!("{}\n", catalogue.say(&said))
}

/// One line on an evidence record that was published.
pub fn recorded(path: &str, out: &str, since: Instant, catalogue: &Catalogue) -> String {
    let said = Phrase::new("signed.recorded").with("path", path).with("out", out);
    format!("{}\n", catalogue.say(&said.with("since", since)))
}

/// One line on a signature file that has an evidence record inside now.
pub fn embedded(path: &str, since: Instant, catalogue: &Catalogue) -> String {
    let said = Phrase::new("signed.embedded").with("path", path).with("since", since);
    format!("{}\n", catalogue.say(&said))
}

/// One line on a file whose evidence record was there already.
pub fn recorded_before(path: &str, out: &str, language: Language) -> String {
    let said = Phrase::new("signed.recorded-before").with("path", path).with("out", out);
    format!("{}\n", Catalogue::load(language).say(&said))
}

/// One line on an evidence record that was renewed.
pub fn renewed(path: &str, until: Instant, catalogue: &Catalogue) -> String {
    let said = Phrase::new("signed.renewed").with("path", path).with("time", until);
    format!("{}\n", catalogue.say(&said))
}

/// One line on a file whose signature was there already.
pub fn signed_before(path: &str, out: &str, language: Language) -> String {
    let said = Phrase::new("signed.before").with("path", path).with("out", out);
    format!("{}\n", Catalogue::load(language).say(&said))
}

/// One line on a timestamp that was published.
pub fn stamped(
    (path, out): (&str, &str),
    time: Instant,
    tsa: &str,
    catalogue: &Catalogue,
) -> String {
    let time = catalogue.time(time);
    let said = Phrase::new("signed.stamped")
        .with("path", path)
        .with("out", out)
        .with("time", time)
        .with("tsa", tsa);
    format!("{}\n", catalogue.say(&said))
}

/// One line on a file whose timestamp was there already.
pub fn stamped_before(path: &str, out: &str, catalogue: &Catalogue) -> String {
    let said = Phrase::new("signed.stamped-before").with("path", path).with("out", out);
    format!("{}\n", catalogue.say(&said))
}

/// Why a file is not passed, and what to do next: one line each, for standard error, so that a
/// script that throws the report away still hears of it.
pub fn against(report: &FileReport, catalogue: &Catalogue) -> Option<(String, String)> {
    let sub = report.sub_indication()?;
    let reason = catalogue.word("sub", sub.name());
    let error = format!("{}: {} ({})", report.path, reason, sub.name());
    let verdicts = report.verdicts();
    let leading = |f: &&Finding| f.sub_indication() == Some(sub);
    let finding = verdicts.flat_map(leaves).find(leading)?;
    let hint = match sub {
        SubIndication::NoSignatureFound => catalogue.label("hint-no-signature").to_owned(),
        SubIndication::FormatFailure if report.trouble.is_some() => {
            catalogue.label("hint-broken-file").to_owned()
        }
        _ => catalogue.hint(finding.rule.check),
    };
    Some((error, hint))
}

/// What could not be answered of a signature that was published all the same: a line each.
pub fn open_questions(report: &FileReport, catalogue: &Catalogue) -> String {
    let verdicts = report.signatures.iter().map(|s| &s.judged.verdict);
    let open = |f: &&Finding| matches!(f.outcome, Outcome::Unanswered { .. });
    let lines = distinct(verdicts.flat_map(leaves).filter(open), catalogue);
    let warn = |line| catalogue.say(&Phrase::new("signed.open").with("question", line)) + "\n";
    lines.into_iter().map(warn).collect()
}

/// Why a verdict is not passed, in one line: what is wrong, and if nothing is, what is open.
pub fn reasons(verdict: &Verdict, catalogue: &Catalogue) -> String {
    let all = leaves(verdict);
    let against = |f: &&&Finding| f.sub_indication().is_some();
    let wrong = |f: &&&Finding| matches!(f.outcome, Outcome::Violated(_));
    let mut lines = distinct(all.iter().filter(against).filter(wrong).copied(), catalogue);
    if lines.is_empty() {
        lines = distinct(all.iter().filter(against).copied(), catalogue);
    }
    if lines.is_empty() {
        // What only warns is the reason where more was asked for.
        lines = distinct(all.iter().filter(wrong).copied(), catalogue);
    }
    lines.join("; ")
}

/// The findings that speak for themselves: not those that only hand on what another verdict says.
fn leaves(verdict: &Verdict) -> Vec<&Finding> {
    const HANDED_ON: [&str; 5] = [
        "signer-trusted",
        "tsa-trusted",
        "timestamps-trusted",
        "archive-timestamps-trusted",
        "trees-reach-tokens",
    ];
    let all = verdict.all_findings().into_iter();
    all.filter(|f| !HANDED_ON.contains(&f.rule.check)).collect()
}

/// What the findings say, each thing once, with the first clause that it was said under.
fn distinct<'a>(findings: impl Iterator<Item = &'a Finding>, catalogue: &Catalogue) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let mut lines = Vec::new();
    for finding in findings {
        let seen = match &finding.outcome {
            Outcome::Met(seen) | Outcome::Violated(seen) | Outcome::NotApplicable(seen) => seen,
            Outcome::Unanswered { why, .. } => why,
            Outcome::NotInForce => continue,
        };
        let seen = catalogue.say(seen);
        if !said.contains(&seen) {
            lines.push(format!("{seen} ({} {})", finding.rule.document, finding.rule.clause));
            said.push(seen);
        }
    }
    lines
}
