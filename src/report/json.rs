//! `inkan.verify/1`: the report that programs read. Its shape is a promise
//! (`docs/schema/inkan.verify-1.schema.json`): fields may be added, never changed.

use super::ReportError;
use super::catalogue::Catalogue;
use super::claims::Claims;
use super::role::Role;
use crate::evidence::{Fetch, Want};
use crate::rule::{Finding, Outcome, SubIndication, Verdict};
use crate::task::verify::{FileReport, SignatureReport, VerifyReport};
use serde::Serialize;

/// The name of this shape.
pub const SCHEMA: &str = "inkan.verify/1";

/// A whole report.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    at: String,
    policy: String,
    offline: bool,
    anchors: usize,
    indication: &'static str,
    files: Vec<File>,
}

/// A file.
#[derive(Debug, Serialize)]
pub struct File {
    path: String,
    indication: &'static str,
    sub_indication: Option<&'static str>,
    signatures: Vec<Signature>,
    /// Why there is no signature to judge.
    findings: Vec<Said>,
}

/// A signature.
#[derive(Debug, Serialize)]
pub struct Signature {
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
    findings: Vec<Said>,
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

/// Renders a report; its sentences are in the language of the catalogue.
pub fn verify(report: &VerifyReport, catalogue: &Catalogue) -> Report {
    Report {
        schema: SCHEMA,
        at: report.at.to_string(),
        policy: report.policy.clone(),
        offline: report.offline,
        anchors: report.anchors,
        indication: report.indication().name(),
        files: report.files.iter().map(|f| file(f, catalogue)).collect(),
    }
}

impl Report {
    /// The JSON text, indented.
    pub fn to_text(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(self)?)
    }
}

fn file(file: &FileReport, c: &Catalogue) -> File {
    File {
        path: file.path.clone(),
        indication: file.indication().name(),
        sub_indication: file.sub_indication().map(SubIndication::name),
        signatures: file.signatures.iter().map(|s| signature(s, c)).collect(),
        findings: file.trouble.iter().flat_map(|verdict| said(verdict, c)).collect(),
    }
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
        countersigns: claims.countersigns.clone(),
        claims: Claims::of(&claims.claims, c),
        changes_since: Vec::new(),
        findings: said(&judged.verdict, c),
    }
}

fn stamps(report: &SignatureReport) -> Vec<Stamp> {
    let all = report.judged.timestamps.iter();
    let stamp = |(kind, time, indication): &(
        crate::ades::TimestampKind,
        Option<crate::time::Instant>,
        crate::rule::Indication,
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
