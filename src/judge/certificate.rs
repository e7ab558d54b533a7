//! The verdict on a certificate: is there a path to a trusted one on which every check holds?

use super::finding;
use crate::check::certificate::{Around, Link, run};
use crate::check::path::{self, Path};
use crate::check::{Answer, Times};
use crate::der::certificate::Certificate;
use crate::der::name::Name;
use crate::evidence::{EvidenceSet, Fetch, Want, Wanted};
use crate::oid;
use crate::policy::requirement::Applies;
use crate::policy::{CertificateCheck, Policy, Requirement, Role};
use crate::rule::finding::Kind;
use crate::rule::{Finding, Indication, Level, Locator, Phrase, Rule, SubIndication, Verdict};
use crate::time::Instant;
use std::sync::Arc;

/// Proof that a certificate was judged under a policy at a time, and passed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accepted {
    certificate: Certificate,
    policy: String,
    at: Instant,
}

impl Accepted {
    /// The certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Under which policy.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// At which time.
    pub const fn at(&self) -> Instant {
        self.at
    }
}

/// What became of a certificate.
#[derive(Clone, Debug)]
pub struct JudgedCertificate {
    /// The findings on its best path.
    pub verdict: Verdict,
    /// The best path, itself first, the anchor last; empty if there is none.
    pub path: Path,
    /// The proof, if it passed.
    pub accepted: Option<Accepted>,
}

/// Judges a certificate for a role.
pub fn judge(
    certificate: &Certificate,
    role: Role,
    evidence: &EvidenceSet,
    policy: &Policy,
    times: Times,
) -> JudgedCertificate {
    let found = path::find(certificate, role, &policy.trust, evidence);
    let around = Around { times, evidence, policy };
    let judged = found.paths.into_iter().map(|path| (on_path(&path, role, &around), path));
    // The first path that passes; otherwise the one that comes closest.
    let mut best: Option<(Verdict, Path)> = None;
    for (verdict, path) in judged {
        let better =
            best.as_ref().is_none_or(|(known, _)| verdict.indication() < known.indication());
        if better {
            best = Some((verdict, path));
        }
    }
    let Some((verdict, path)) = best else {
        let verdict = without_path(certificate, role, &found.orphans, found.exhausted, evidence);
        return JudgedCertificate { verdict, path: Vec::new(), accepted: None };
    };
    let passed = verdict.indication() == Indication::Passed;
    let accepted = passed.then(|| Accepted {
        certificate: certificate.clone(),
        policy: policy.name.clone(),
        at: times.at,
    });
    JudgedCertificate { verdict, path, accepted }
}

fn about(certificate: &Certificate) -> Locator {
    Locator::new(Kind::Path, certificate.subject())
}

/// The verdict on a path: one on each certificate below the anchor, and their sum.
fn on_path(path: &Path, role: Role, around: &Around<'_>) -> Verdict {
    let requirements = &around.policy.path_profile(role).requirements;
    let mut below = 0;
    let mut because = Vec::new();
    for (index, pair) in path.windows(2).enumerate() {
        let [certificate, issuer] = pair else { continue };
        let link = Link { certificate, issuer, is_end_entity: index == 0, below, role };
        because.push(on_link(&link, requirements, around));
        if index > 0 && !certificate.is_self_issued() {
            below += 1;
        }
    }
    let anchor = path.last().map_or_else(String::new, |c| c.subject().to_string());
    let anchored = Answer::met(
        Phrase::new("expect.anchor").with("role", role.name()),
        Phrase::new("seen.anchor").with("name", anchor),
    );
    let about = path.first().map_or_else(|| Locator::new(Kind::Path, ""), about);
    let mut findings = vec![path_finding(&about, anchored)];
    findings.extend(because.iter().filter_map(|verdict| on_whole(&about, verdict)));
    Verdict::new(about, findings, because)
}

fn on_link(
    link: &Link<'_>,
    requirements: &[Requirement<CertificateCheck>],
    around: &Around<'_>,
) -> Verdict {
    let about = Locator::new(Kind::Certificate, link.certificate.subject());
    let applicable = requirements.iter().filter(|r| match r.applies {
        Applies::All => true,
        Applies::EndEntity => link.is_end_entity,
        Applies::Ca => !link.is_end_entity,
    });
    let findings = applicable
        .map(|r| finding(r, &about, around.times.at, |check| run(check, link, around)))
        .collect();
    Verdict::new(about, findings, Vec::new())
}

/// A path is no better than its certificates: the first that does not pass speaks for it.
fn on_whole(about: &Locator, link: &Verdict) -> Option<Finding> {
    let against =
        |f: &&Finding| f.sub_indication() == link.sub_indication() && f.sub_indication().is_some();
    let speaking = link.findings().iter().find(against)?;
    Some(Finding { about: about.clone(), ..speaking.clone() })
}

/// The rule that every path ends at a trusted certificate. It is no profile's to relax.
fn path_finding(about: &Locator, answer: Answer) -> Finding {
    let rule = Rule {
        id: "path.6.1.1.d.ends-at-anchor".to_owned(),
        check: "ends-at-anchor",
        document: "RFC 5280".to_owned(),
        clause: "6.1.1.d".to_owned(),
        url: Some("https://www.rfc-editor.org/rfc/rfc5280".to_owned()),
        level: Level::Fail,
        confirmed: true,
        violated: SubIndication::NoCertificateChainFound,
        unanswered: SubIndication::NoCertificateChainFound,
    };
    Finding {
        rule: Arc::new(rule),
        about: about.clone(),
        expected: answer.expected,
        outcome: answer.outcome,
        consequence: answer.consequence,
    }
}

/// No path: says which issuer is missing, fetchable where the certificate tells from where.
fn without_path(
    certificate: &Certificate,
    role: Role,
    orphans: &[Certificate],
    exhausted: bool,
    evidence: &EvidenceSet,
) -> Verdict {
    let expected = Phrase::new("expect.anchor").with("role", role.name());
    let about = about(certificate);
    if exhausted && orphans.is_empty() {
        let answer = Answer::violated(expected, Phrase::new("seen.path-budget"));
        return Verdict::new(about.clone(), vec![path_finding(&about, answer)], Vec::new());
    }
    let wants: Vec<Want> = orphans.iter().flat_map(issuer_wants).collect();
    let open = wants.iter().find(|want| !evidence.was_asked(want));
    let last = orphans.last().unwrap_or(certificate);
    let anchor = || Want::without_source(Wanted::Anchor, missing(last));
    let why = if last.is_self_issued() { "seen.root-not-trusted" } else { "seen.issuer-missing" };
    let why = Phrase::new(why).with("name", missing(last)).with("role", role.name());
    let answer = Answer::unanswered(expected, open.cloned().unwrap_or_else(anchor), why);
    Verdict::new(about.clone(), vec![path_finding(&about, answer)], Vec::new())
}

fn missing(orphan: &Certificate) -> &Name {
    orphan.issuer()
}

fn issuer_wants(orphan: &Certificate) -> Vec<Want> {
    let urls = orphan.access_urls(oid::AD_CA_ISSUERS).into_iter();
    urls.map(|url| Want::from(Wanted::Issuer, missing(orphan), Fetch::Get(url))).collect()
}
