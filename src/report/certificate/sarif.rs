//! Certificates with their verdicts as SARIF.

use crate::report::ReportError;
use crate::report::catalogue::Catalogue;
use crate::report::human::Detail;
use crate::report::sarif::{Closing, Place, Run};
use crate::report::view;
use crate::task::certify::{Call, CertificateReport, Revocation, Tally};
use serde_json::{Map, Value, json};
use std::io::Write;

/// A certificate: one result for each finding.
pub(super) fn certificate(
    report: &CertificateReport,
    told: (&Catalogue, Detail),
    run: &mut Run,
    out: &mut dyn Write,
) -> Result<(), ReportError> {
    let place = Place { path: &report.path, certificate: report.certificate.as_ref() };
    for finding in view::once(&report.verdict) {
        run.finding(place, finding, told, out)?;
    }
    Ok(())
}

/// What is to be said of the whole.
pub(super) fn closing(call: &Call, tally: &Tally, c: &Catalogue) -> Closing {
    let mut notes = Vec::new();
    if call.offline {
        notes.push(("note", c.label("offline").to_owned()));
    }
    if call.revocation == Revocation::NotAsked {
        notes.push(("warning", c.label("revocation-not-asked").to_owned()));
    }
    if call.anchors == 0 {
        notes.push(("warning", c.label("no-anchors-certificates").to_owned()));
    }
    if !tally.passed_over.is_empty() {
        let count = tally.passed_over.len().to_string();
        notes.push(("note", c.label_with("passed-over", &[("count", &count)])));
    }
    Closing { notes, properties: properties(call, tally) }
}

fn properties(call: &Call, tally: &Tally) -> Map<String, Value> {
    let facts = [
        ("at", json!(call.at.to_string())),
        ("asked", json!(call.asked)),
        ("offline", json!(call.offline)),
        ("revocationAsked", json!(call.revocation == Revocation::Asked)),
        ("anchors", json!(call.anchors)),
        ("certificates", json!(tally.rows.len())),
        ("indication", json!(tally.indication().name())),
    ];
    facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect()
}
