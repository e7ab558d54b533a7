//! `inkan.cert/1`: certificates with their verdicts, for programs. Its shape is a promise
//! (`docs/schema/inkan.cert-1.schema.json`): fields may be added, never changed.

use crate::der::certificate::Certificate as X509;
use crate::digest::hex;
use crate::report::ReportError;
use crate::report::catalogue::Catalogue;
use crate::report::json::{Said, said};
use crate::rule::SubIndication;
use crate::task::certify::{CertificateReport, CertifyReport, Revocation};
use serde::Serialize;

/// The name of this shape.
pub const SCHEMA: &str = "inkan.cert/1";

/// A whole report.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    at: String,
    asked: Option<String>,
    offline: bool,
    revocation_asked: bool,
    anchors: usize,
    indication: &'static str,
    certificates: Vec<Certificate>,
    passed_over: Vec<String>,
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

/// Renders a report; its sentences are in the language of the catalogue.
pub fn render(report: &CertifyReport, catalogue: &Catalogue) -> Report {
    Report {
        schema: SCHEMA,
        at: report.at.to_string(),
        asked: report.asked.clone(),
        offline: report.offline,
        revocation_asked: report.revocation == Revocation::Asked,
        anchors: report.anchors,
        indication: report.indication().name(),
        certificates: report.certificates.iter().map(|c| certificate(c, catalogue)).collect(),
        passed_over: report.passed_over.clone(),
    }
}

impl Report {
    /// The JSON text, indented.
    pub fn to_text(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

fn certificate(report: &CertificateReport, c: &Catalogue) -> Certificate {
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
