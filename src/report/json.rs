//! `inkan.verify/1`: the report that programs read. Its shape is a promise
//! (`docs/schema/inkan.verify-1.schema.json`): fields may be added, never changed.

use super::ReportError;
use super::catalogue::Catalogue;
use super::claims::Claims;
use super::role::Role;
use crate::evidence::{Fetch, Want};
use crate::rule::finding::Kind;
use crate::rule::{Finding, Indication, Outcome, SubIndication, Verdict};
use crate::task::verify::{FileReport, SignatureReport, VerifyReport};
use serde::{Serialize, Serializer};
use serde_json::ser::{Formatter as _, PrettyFormatter};
use serde_json::value::{RawValue, to_raw_value};
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

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

/// Findings that were said before.
#[derive(Debug)]
struct Findings(Vec<Spoken>);

impl Serialize for Findings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|spoken| spoken.as_ref()))
    }
}

/// A file.
#[derive(Debug, Serialize)]
struct File {
    path: String,
    indication: &'static str,
    sub_indication: Option<&'static str>,
    signatures: Vec<Signature>,
    /// Why there is no signature to judge.
    findings: Findings,
}

/// A signature.
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
    countersigns: Option<String>,
    claims: Claims,
    changes_since: Vec<Change>,
    findings: Findings,
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
    let mut text = begin(report)?.into_bytes();
    let mut speaker = Speaker::new(catalogue);
    for (index, file) in report.files.iter().enumerate() {
        tell(file, &mut speaker, index == 0, &mut text)?;
    }
    text.extend_from_slice(end(report.indication())?.as_bytes());
    String::from_utf8(text).map_err(|error| ReportError::Io(io::Error::other(error)))
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

/// A file in the list of all, two levels deep in the report. Each finding stands on a line of its own.
pub(super) fn tell(
    report: &FileReport,
    speaker: &mut Speaker<'_>,
    is_first: bool,
    out: &mut impl Write,
) -> Result<(), ReportError> {
    let mut pretty = PrettyFormatter::new();
    pretty.begin_object(&mut io::sink())?;
    pretty.begin_array(&mut io::sink())?;
    pretty.begin_array_value(out, is_first)?;
    let mut serializer = serde_json::Serializer::with_formatter(out, pretty);
    Ok(speaker.file(report)?.serialize(&mut serializer)?)
}

/// The rest of the report: what all files come to.
pub(super) fn end(worst: Indication) -> Result<String, ReportError> {
    let tail = serde_json::to_string_pretty(&Tail { indication: worst.name() })?;
    Ok(format!("\n  ],{}\n", tail.strip_prefix('{').unwrap_or(&tail)))
}

/// Paths whose findings are kept as they were said: a batch has some signers and some authorities.
const MAX_SPOKEN: usize = 1 << 10;

/// Says findings. What a path came to is the same for every file of its signer, and is said once.
#[derive(Debug)]
pub(super) struct Speaker<'a> {
    c: &'a Catalogue,
    spoken: HashMap<usize, (Verdict, Vec<Spoken>)>,
}

/// A finding, written out.
type Spoken = Arc<RawValue>;

impl<'a> Speaker<'a> {
    pub(super) fn new(c: &'a Catalogue) -> Self {
        Self { c, spoken: HashMap::new() }
    }

    fn file(&mut self, file: &FileReport) -> Result<File, ReportError> {
        let all = file.signatures.iter().map(|report| {
            let findings = self.said(&report.judged.verdict)?;
            Ok(signature(report, self.c, findings))
        });
        Ok(File {
            path: file.path.clone(),
            indication: file.indication().name(),
            sub_indication: file.sub_indication().map(SubIndication::name),
            signatures: all.collect::<Result<_, ReportError>>()?,
            findings: match &file.trouble {
                Some(verdict) => self.said(verdict)?,
                None => Findings(Vec::new()),
            },
        })
    }

    /// All findings of a verdict and of what it rests on, in one list; `about` tells them apart.
    fn said(&mut self, verdict: &Verdict) -> Result<Findings, ReportError> {
        let mut all = Vec::new();
        self.say(verdict, &mut all)?;
        Ok(Findings(all))
    }

    fn say(&mut self, verdict: &Verdict, all: &mut Vec<Spoken>) -> Result<(), ReportError> {
        let kept = verdict.about().kind == Kind::Path;
        // A verdict that is kept stays where it is, so that no other can be found in its place.
        if let Some((_, known)) = self.spoken.get(&verdict.place()).filter(|_| kept) {
            all.extend(known.iter().cloned());
            return Ok(());
        }
        let begin = all.len();
        for finding in verdict.findings() {
            all.push(Arc::from(to_raw_value(&finding_said(finding, self.c))?));
        }
        for inner in verdict.because() {
            self.say(inner, all)?;
        }
        if kept {
            if self.spoken.len() >= MAX_SPOKEN {
                self.spoken.clear();
            }
            let said = all.get(begin..).unwrap_or_default().to_vec();
            self.spoken.insert(verdict.place(), (verdict.clone(), said));
        }
        Ok(())
    }
}

fn signature(report: &SignatureReport, c: &Catalogue, findings: Findings) -> Signature {
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
        countersigns: claims.countersigns.clone(),
        claims: Claims::of(&claims.claims, c),
        changes_since: Vec::new(),
        findings,
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
