//! `inkan.cert/1`: certificates with their verdicts, for programs. Its shape is a promise
//! (`docs/schema/inkan.cert-1.schema.json`): fields may be added, never changed.

use crate::der::certificate::Certificate as X509;
use crate::digest::hex;
use crate::report::ReportError;
use crate::report::catalogue::Catalogue;
use crate::report::json::{Said, said};
use crate::rule::SubIndication;
use crate::task::certify::{Call, CertificateReport, Revocation, Tally};
use serde::Serialize;

/// The name of this shape.
pub const SCHEMA: &str = "inkan.cert/1";

/// What comes before the certificates.
#[derive(Debug, Serialize)]
struct Head {
    schema: &'static str,
    at: String,
    asked: Option<String>,
    offline: bool,
    revocation_asked: bool,
    anchors: usize,
}

/// What comes after them.
#[derive(Debug, Serialize)]
struct Tail<'a> {
    indication: &'static str,
    passed_over: &'a [String],
}

/// A certificate; names are null where the file cannot be read as one.
#[derive(Debug, Serialize)]
struct Certificate {
    path: String,
    subject: Option<String>,
    issuer: Option<String>,
    serial: Option<String>,
    sha256: Option<String>,
    profile: Option<String>,
    recognised_by: Vec<String>,
    test: bool,
    indication: &'static str,
    sub_indication: Option<&'static str>,
    chain: Vec<String>,
    findings: Vec<Said>,
}

/// The beginning of the report, up to the first certificate.
pub(super) fn begin(call: &Call) -> Result<String, ReportError> {
    let head = Head {
        schema: SCHEMA,
        at: call.at.to_string(),
        asked: call.asked.clone(),
        offline: call.offline,
        revocation_asked: call.revocation == Revocation::Asked,
        anchors: call.anchors,
    };
    let head = serde_json::to_string_pretty(&head)?;
    let open = head.strip_suffix("\n}").unwrap_or(&head);
    Ok(format!("{open},\n  \"certificates\": ["))
}

/// A certificate in the list of all.
pub(super) fn certificate(
    report: &CertificateReport,
    catalogue: &Catalogue,
    is_first: bool,
) -> Result<String, ReportError> {
    let text = serde_json::to_string_pretty(&said_of(report, catalogue))?;
    let comma = if is_first { "" } else { "," };
    Ok(format!("{comma}\n    {}", text.replace('\n', "\n    ")))
}

/// The rest of the report.
pub(super) fn end(tally: &Tally) -> Result<String, ReportError> {
    let indication = tally.indication().name();
    let tail = Tail { indication, passed_over: &tally.passed_over };
    let tail = serde_json::to_string_pretty(&tail)?;
    Ok(format!("\n  ],{}\n", tail.strip_prefix('{').unwrap_or(&tail)))
}

fn said_of(report: &CertificateReport, c: &Catalogue) -> Certificate {
    let read = report.certificate.as_ref();
    Certificate {
        path: report.path.clone(),
        subject: read.map(|certificate| certificate.subject().to_string()),
        issuer: read.map(|certificate| certificate.issuer().to_string()),
        serial: read.map(|certificate| hex(certificate.serial())),
        sha256: read.map(sha256),
        profile: report.profile.as_ref().map(|profile| profile.name.clone()),
        recognised_by: report.marks.iter().map(|mark| c.say_utc(mark)).collect(),
        test: report.is_test,
        indication: report.indication().name(),
        sub_indication: report.sub_indication().map(SubIndication::name),
        chain: report.chain.iter().map(sha256).collect(),
        findings: said(&report.verdict, c),
    }
}

fn sha256(certificate: &X509) -> String {
    certificate.fingerprint().to_string()
}
