//! What a hostile reader of the rules tried on long-term validation, each beside a twin that holds.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/authority.rs"]
mod authority;
#[path = "support/cms.rs"]
mod cms;
#[path = "breach/renewal.rs"]
mod renewal;
#[allow(dead_code, reason = "the table of bad cases uses the rest of it")]
#[path = "ages/scene.rs"]
mod scene;
#[path = "breach/stamps.rs"]
mod stamps;
#[path = "breach/status.rs"]
mod status;

use inkan::rule::{Finding, SubIndication};
use inkan::task::verify::FileReport;

/// What stands against a file, and against all that it rests on.
fn against(report: &FileReport) -> Vec<&Finding> {
    let verdicts = report.signatures.iter().map(|s| &s.judged.verdict);
    let all = report.trouble.iter().chain(verdicts).flat_map(|verdict| verdict.all_findings());
    all.filter(|finding| finding.sub_indication().is_some()).collect()
}

#[track_caller]
fn passes(report: &FileReport) {
    assert_eq!(report.sub_indication(), None, "{:#?}", against(report));
}

#[track_caller]
fn is_told(report: &FileReport, sub: SubIndication) {
    assert_eq!(report.sub_indication(), Some(sub), "{:#?}", against(report));
}
