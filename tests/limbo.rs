//! x509-limbo: path-building cases of others. The cases stand beside the project where they were
//! handed out; elsewhere the test says so and is skipped.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the vectors are files")]

#[path = "support/skip.rs"]
mod skip;

use inkan::check::Times;
use inkan::der::Bytes;
use inkan::der::certificate::Certificate;
use inkan::der::pem;
use inkan::evidence::EvidenceSet;
use inkan::judge::Judge;
use inkan::policy::{CertificateCheck, Policy, Role, Trust};
use inkan::rule::Indication;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const FOLDER: &str = "../shared/data/x509-limbo";

#[derive(Deserialize)]
struct Suite {
    testcases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<String>,
    expected_result: String,
    max_chain_depth: Option<usize>,
    #[serde(default)]
    crls: Vec<String>,
}

#[derive(Deserialize)]
struct Exceptions {
    exception: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    suite: String,
    case: String,
    reason: String,
}

fn der(pem_text: &str) -> Bytes {
    pem::sections(pem_text.as_bytes()).remove(0).der
}

impl Case {
    /// Whether the certificate is accepted; what stands against it otherwise.
    fn judge(&self) -> Result<(), String> {
        let mut trust = Trust::default();
        for root in &self.trusted_certs {
            let root = Certificate::parse(der(root)).map_err(|error| error.to_string())?;
            trust.add(root, &[Role::Signer]);
        }
        let mut policy = Policy::standard(trust).unwrap();
        if self.crls.is_empty() {
            // The suite says nothing of revocation where it gives no list.
            let asks = |check: &CertificateCheck| matches!(check, CertificateCheck::NotRevoked {});
            policy.signer.requirements.retain(|requirement| !asks(&requirement.check));
        }
        let mut evidence = EvidenceSet::default();
        for file in self.untrusted_intermediates.iter().chain(&self.crls) {
            let _ = evidence.add(&der(file));
        }
        let peer = Certificate::parse(der(&self.peer_certificate)).map_err(|e| e.to_string())?;
        let at = self.validation_time.as_deref().unwrap_or("2026-11-20T00:00:00Z");
        let times = Times::unproven(at.parse().unwrap());
        let judged = Judge::new(policy.clone()).certificate(&peer, Role::Signer, &evidence, times);
        // The suite counts intermediate certificates that are not self-issued; the setting is the
        // user's, not the path's.
        let inner = judged.path.len().saturating_sub(2);
        let depth = judged.path.iter().skip(1).take(inner).filter(|c| !c.is_self_issued()).count();
        if self.max_chain_depth.is_some_and(|max| depth > max) {
            return Err("deeper than asked for".to_owned());
        }
        if judged.verdict.indication() == Indication::Passed {
            return Ok(());
        }
        let findings = judged.verdict.all_findings().into_iter();
        let against = findings.filter(|finding| finding.sub_indication().is_some());
        Err(against
            .map(|f| format!("{} {:?}", f.rule.id, f.outcome))
            .collect::<Vec<_>>()
            .join("; "))
    }
}

fn exceptions() -> BTreeMap<String, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vectors/exceptions.toml");
    let all: Exceptions = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mine = all.exception.into_iter().filter(|exception| exception.suite == "x509-limbo");
    mine.map(|exception| (exception.case, exception.reason)).collect()
}

#[test]
fn every_case_of_limbo_gives_the_published_result() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join("limbo.json");
    let Ok(text) = fs::read_to_string(&file) else {
        skip::say(&format!("limbo: skipped: {} is not there", file.display()));
        return;
    };
    let suite: Suite = serde_json::from_str(&text).unwrap();
    let mut exceptions = exceptions();
    let mut wrong = Vec::new();
    for case in &suite.testcases {
        let result = case.judge();
        let agrees = result.is_ok() == (case.expected_result == "SUCCESS");
        match (agrees, exceptions.remove(&case.id)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(reason)) => {
                wrong.push(format!("{}: no exception any more: {reason}", case.id))
            }
            (false, None) => {
                wrong.push(format!("{}: expected {}: {result:?}", case.id, case.expected_result));
            }
        }
    }
    let gone: Vec<_> = exceptions.keys().collect();
    assert!(gone.is_empty(), "exceptions for cases that are not there: {gone:?}");
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        suite.testcases.len(),
        wrong.join("\n")
    );
}
