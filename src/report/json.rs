//! `inkan.verify/1`: the report that programs read. Its shape is a promise
//! (`docs/schema/inkan.verify-1.schema.json`): fields may be added, never changed.

mod speaker;
mod template;

pub(super) use speaker::Speaker;

use super::ReportError;
use super::catalogue::Catalogue;
use super::claims::Claims;
use super::role::Role;
use crate::evidence::{Fetch, Want};
use crate::rule::{Finding, Indication, Outcome, SubIndication, Verdict};
use crate::task::verify::{FileReport, SignatureReport, VerifyReport};
use serde::Serialize;
use serde_json::ser::{Formatter as _, PrettyFormatter};
use speaker::List;
use std::io;

/// Room made for a file at once, where files before it needed that.
const MAX_ROOM: usize = 1 << 20;

/// The name of this shape.
pub const SCHEMA: &str = "inkan.verify/1";

/// What comes before the files.
#[derive(Debug, Serialize)]
struct Head {
    schema: &'static str,
    at: String,
    policy: String,
    offline: bool,
    anchors: usize,
}

/// What comes after them.
#[derive(Debug, Serialize)]
struct Tail {
    indication: &'static str,
}

/// A file. Its signatures follow, and the findings that say why there is none to judge.
#[derive(Debug, Serialize)]
struct File {
    path: String,
    indication: &'static str,
    sub_indication: Option<&'static str>,
}

/// A signature. Its findings follow.
#[derive(Debug, Serialize)]
struct Signature {
    id: String,
    format: &'static str,
    level: &'static str,
    indication: &'static str,
    sub_indication: Option<&'static str>,
    intact: bool,
    cryptographically_valid: bool,
    claimed_signing_time: Option<String>,
    best_signature_time: String,
    signer: Option<Signer>,
    timestamps: Vec<Stamp>,
    covers: Vec<String>,
    /// In the file, or in one beside it, and whether that counts.
    stands: &'static str,
    countersigns: Option<String>,
    claims: Claims,
    changes_since: Vec<Change>,
}

/// Whose certificate it is.
#[derive(Debug, Serialize)]
pub struct Signer {
    subject: String,
    certificate_sha256: String,
    roles: Vec<Role>,
}

/// A timestamp.
#[derive(Debug, Serialize)]
pub struct Stamp {
    kind: &'static str,
    time: Option<String>,
    indication: &'static str,
}

/// A change made to a document after it was signed. Containers that cannot be changed have none.
#[derive(Debug, Serialize)]
pub struct Change {
    kind: &'static str,
    allowed: bool,
}

/// A finding, said in one language.
#[derive(Debug, Serialize)]
pub struct Said {
    rule: String,
    document: String,
    clause: String,
    confirmed: bool,
    level: &'static str,
    about: About,
    title: String,
    outcome: &'static str,
    sub_indication: Option<&'static str>,
    expected: String,
    observed: String,
    wanted: Option<Wanted>,
    hint: Option<String>,
}

/// What a finding is about.
#[derive(Debug, Serialize)]
pub struct About {
    kind: &'static str,
    name: String,
}

/// What is needed to answer a question that stayed open.
#[derive(Debug, Serialize)]
pub struct Wanted {
    kind: &'static str,
    about: String,
    url: Option<String>,
}

/// A report with all files; its sentences are in the language of the catalogue.
pub fn verify(report: &VerifyReport, catalogue: &Catalogue) -> Result<String, ReportError> {
    let mut text = begin(report)?;
    let mut speaker = Speaker::new(catalogue);
    for (index, report) in report.files.iter().enumerate() {
        let file = file(report, &mut speaker)?;
        text.push_str(if index == 0 { file.get(1..).unwrap_or_default() } else { &file });
    }
    Ok(text + &end(report.indication())?)
}

/// The beginning of a report, up to the first file.
pub(super) fn begin(report: &VerifyReport) -> Result<String, ReportError> {
    let head = Head {
        schema: SCHEMA,
        at: report.at.to_string(),
        policy: report.policy.clone(),
        offline: report.offline,
        anchors: report.anchors,
    };
    let head = serde_json::to_string_pretty(&head)?;
    let open = head.strip_suffix("\n}").unwrap_or(&head);
    Ok(format!("{open},\n  \"files\": ["))
}

/// A file in the list of all, two levels deep in the report, after the comma that ends the one before it. Each
/// finding stands on a line of its own.
pub(super) fn file(report: &FileReport, speaker: &mut Speaker<'_>) -> Result<String, ReportError> {
    let file = File {
        path: report.path.clone(),
        indication: report.indication().name(),
        sub_indication: report.sub_indication().map(SubIndication::name),
    };
    let mut text = String::with_capacity(speaker.longest);
    text.push_str(",\n    ");
    open_object(&file, 2, "signatures", &mut text)?;
    let mut signatures = List::after(text, 4);
    for one in &report.signatures {
        signatures.begin();
        open_object(&signature(one, speaker.c), 4, "findings", signatures.text())?;
        let mut findings = List::after(std::mem::take(signatures.text()), 6);
        speaker.say(&one.judged.verdict, &mut findings)?;
        *signatures.text() = findings.end();
        signatures.text().push_str("\n        }");
    }
    let mut text = signatures.end();
    text.push_str(",\n      \"findings\": ");
    let mut findings = List::after(text, 4);
    if let Some(verdict) = &report.trouble {
        speaker.say(verdict, &mut findings)?;
    }
    let mut text = findings.end();
    text.push_str("\n    }");
    speaker.longest = speaker.longest.max(text.capacity()).min(MAX_ROOM);
    Ok(text)
}

/// Writes an object that stands so deep, up to one more field, which follows.
fn open_object(
    value: &impl Serialize,
    depth: usize,
    field: &str,
    text: &mut String,
) -> Result<(), ReportError> {
    let mut pretty = PrettyFormatter::new();
    for _ in 0..depth {
        pretty.begin_object(&mut io::sink())?;
    }
    let mut written = Vec::with_capacity(1 << 10);
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut written, pretty))?;
    let written = String::from_utf8(written).map_err(|e| ReportError::Io(io::Error::other(e)))?;
    let end = format!("\n{}}}", "  ".repeat(depth));
    let open = written.strip_suffix(&end).unwrap_or(&written);
    let indent = "  ".repeat(depth + 1);
    text.extend([open, ",\n", &indent, "\"", field, "\": "]);
    Ok(())
}

/// The rest of the report: what all files come to.
pub(super) fn end(worst: Indication) -> Result<String, ReportError> {
    let tail = serde_json::to_string_pretty(&Tail { indication: worst.name() })?;
    Ok(format!("\n  ],{}\n", tail.strip_prefix('{').unwrap_or(&tail)))
}

fn signature(report: &SignatureReport, c: &Catalogue) -> Signature {
    let claims = &report.signature;
    let judged = &report.judged;
    Signature {
        id: claims.id.clone(),
        format: claims.format.name(),
        level: report.level(),
        indication: judged.verdict.indication().name(),
        sub_indication: judged.verdict.sub_indication().map(SubIndication::name),
        intact: report.intact(),
        cryptographically_valid: report.cryptographically_valid(),
        claimed_signing_time: claims.claimed_time.map(|time| time.to_string()),
        best_signature_time: judged.best_signature_time.to_string(),
        signer: judged.signer.as_ref().map(|certificate| Signer {
            subject: certificate.subject().to_string(),
            certificate_sha256: certificate.fingerprint().to_string(),
            roles: report.roles.iter().map(Role::of).collect(),
        }),
        timestamps: stamps(report),
        covers: claims.covers.clone(),
        stands: report.stands.name(),
        countersigns: claims.countersigns.clone(),
        claims: Claims::of(&claims.claims, c),
        changes_since: Vec::new(),
    }
}

fn stamps(report: &SignatureReport) -> Vec<Stamp> {
    let all = report.judged.timestamps.iter();
    let stamp = |(kind, time, indication): &(
        crate::ades::TimestampKind,
        Option<crate::time::Instant>,
        Indication,
    )| Stamp {
        kind: kind.name(),
        time: time.map(|time| time.to_string()),
        indication: indication.name(),
    };
    all.map(stamp).collect()
}

/// All findings of a verdict and of what it rests on, in one list; `about` tells them apart.
pub(super) fn said(verdict: &Verdict, c: &Catalogue) -> Vec<Said> {
    verdict.all_findings().into_iter().map(|finding| finding_said(finding, c)).collect()
}

pub(super) fn finding_said(finding: &Finding, c: &Catalogue) -> Said {
    let rule = &finding.rule;
    let (observed, wanted, open) = match &finding.outcome {
        Outcome::Met(seen) | Outcome::NotApplicable(seen) => (c.say_utc(seen), None, false),
        Outcome::Violated(seen) => (c.say_utc(seen), None, true),
        Outcome::NotInForce => (c.label("not-in-force").to_owned(), None, false),
        Outcome::Unanswered { want, why } => (c.say_utc(why), Some(wanted(want)), true),
    };
    Said {
        rule: rule.id.clone(),
        document: rule.document.clone(),
        clause: rule.clause.clone(),
        confirmed: rule.confirmed,
        level: rule.level.name(),
        about: About { kind: finding.about.kind.name(), name: finding.about.name.to_string() },
        title: c.title(rule.check),
        outcome: finding.outcome.name(),
        sub_indication: finding.sub_indication().map(SubIndication::name),
        expected: c.say_utc(&finding.expected),
        observed,
        wanted,
        hint: open.then(|| c.hint(rule.check)),
    }
}

fn wanted(want: &Want) -> Wanted {
    let url = want.fetch.as_ref().map(Fetch::url).map(str::to_owned);
    Wanted { kind: want.what.name(), about: want.about.clone(), url }
}
