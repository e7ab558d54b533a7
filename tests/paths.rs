//! Paths and revocation beside PKITS: what is made to overwhelm ends soon with one clear finding, and
//! lists of every kind are understood as their issuers mean them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "paths/critical.rs"]
mod critical;
#[path = "support/issue.rs"]
mod issue;
#[path = "paths/limits.rs"]
mod limits;
#[path = "paths/memory.rs"]
mod memory;
#[path = "paths/ocsp.rs"]
mod ocsp;
#[path = "paths/overload.rs"]
mod overload;
#[path = "paths/revocation.rs"]
mod revocation;

use inkan::check::Times;
use inkan::der::certificate::Certificate;
use inkan::evidence::EvidenceSet;
use inkan::judge::certificate::JudgedCertificate;
use inkan::judge::{Judge, Supported};
use inkan::policy::{PathSettings, Policy, Role, Trust};
use inkan::rule::{Finding, Outcome};
use inkan::time::Instant;

fn policy(root: &Certificate, settings: PathSettings) -> Policy {
    let mut trust = Trust::default();
    trust.add(root.clone(), &[Role::Signer]);
    Policy { path: settings, ..Policy::standard(trust).unwrap() }
}

fn judged(
    certificate: &Certificate,
    root: &Certificate,
    evidence: &EvidenceSet,
    at: Instant,
) -> JudgedCertificate {
    let judge = Judge::new(policy(root, PathSettings::default()));
    let judged = judged_once(certificate, root, evidence, at);
    stands_on_its_support(&judge, certificate, (evidence, at), &judged);
    judged
}

fn judged_once(
    certificate: &Certificate,
    root: &Certificate,
    evidence: &EvidenceSet,
    at: Instant,
) -> JudgedCertificate {
    let policy = policy(root, PathSettings::default());
    Judge::new(policy).certificate(certificate, Role::Signer, evidence, Times::unproven(at))
}

/// Whatever passes, passes again by nothing but what it is said to rest on; what does not pass has no
/// such support.
fn stands_on_its_support(
    judge: &Judge,
    certificate: &Certificate,
    (evidence, at): (&EvidenceSet, Instant),
    judged: &JudgedCertificate,
) {
    let times = Times::unproven(at);
    let support = judge.support(&[Supported { certificate, role: Role::Signer, times }], evidence);
    assert_eq!(support.is_ok(), judged.accepted.is_some());
    let Ok(support) = support else { return };
    let mut alone = EvidenceSet::default();
    for element in support.certificates().iter().chain(support.crls()).chain(support.ocsp()) {
        alone.add(element).unwrap();
    }
    let again = judge.certificate(certificate, Role::Signer, &alone, times);
    assert!(again.accepted.is_some(), "{:#?}", again.verdict);
}

/// The keys of what was seen against the certificate.
fn seen(judged: &JudgedCertificate) -> Vec<(&'static str, &'static str)> {
    let against = judged.verdict.findings().filter(|f| f.sub_indication().is_some());
    against.map(|finding| (finding.rule.check, key(finding))).collect()
}

/// The key of what one finding saw.
fn key(finding: &Finding) -> &'static str {
    match &finding.outcome {
        Outcome::Met(seen) | Outcome::Violated(seen) | Outcome::NotApplicable(seen) => seen.key(),
        Outcome::NotInForce => "",
        Outcome::Unanswered { why, .. } => why.key(),
    }
}

/// What one check saw on the certificate itself.
fn of_check(judged: &JudgedCertificate, check: &str) -> &'static str {
    let on_certificate = &judged.verdict.because()[0];
    key(on_certificate.findings().find(|f| f.rule.check == check).unwrap())
}

#[test]
fn a_ca_that_is_trusted_for_tls_vouches_for_no_signer() {
    let root = issue::issue("root", "root", vec![issue::ca()]);
    let end = issue::issue("root", "end", vec![]);
    let mut trust = Trust::default();
    trust.add(root, &[Role::Tls]);
    let judge = Judge::new(Policy::standard(trust).unwrap());
    let has_path = |role| {
        let times = Times::unproven(issue::now());
        !judge.certificate(&end, role, &EvidenceSet::default(), times).path.is_empty()
    };
    assert!(has_path(Role::Tls));
    assert!(!has_path(Role::Signer) && !has_path(Role::Tsa));
}

#[test]
fn an_anchor_that_allows_no_ca_below_it_is_taken_at_its_word() {
    use inkan::der::write;
    use inkan::oid::BASIC_CONSTRAINTS;
    let limited = |limit: u64| {
        let value = write::sequence([write::boolean(true), write::integer(limit)]);
        issue::issue("root", "root", vec![issue::extension(BASIC_CONSTRAINTS, true, &value)])
    };
    let mut evidence = EvidenceSet::default();
    evidence.add_certificate(issue::issue("root", "CA", vec![issue::ca()]));
    let below_root = issue::issue("root", "end", vec![]);
    let below_ca = issue::issue("CA", "end", vec![]);
    let refused = |end, limit| {
        let judged = judged(end, &limited(limit), &evidence, issue::now());
        let found = judged.verdict.all_findings();
        let mut lengths = found.iter().filter(|finding| finding.rule.check == "path-length");
        lengths.any(|finding| matches!(finding.outcome, Outcome::Violated(_)))
    };
    assert!(!refused(&below_root, 0) && refused(&below_ca, 0) && !refused(&below_ca, 1));
}
