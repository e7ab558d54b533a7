//! The verdict on a certificate: is there a path to a trusted one on which every check holds?

use super::finding;
use crate::check::certificate::{Around, Link, run};
use crate::check::path::{self, Found, Path};
use crate::check::{Answer, Times};
use crate::der::certificate::Certificate;
use crate::evidence::{EvidenceSet, Fetch, Want, Wanted};
use crate::oid;
use crate::policy::requirement::Applies;
use crate::policy::{CertificateCheck, Policy, Requirement, Role};
use crate::rule::finding::Kind;
use crate::rule::{
    Finding, Indication, Level, Locator, Outcome, Phrase, Rule, SubIndication, Verdict,
};
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
    // The first path that passes; otherwise the one that comes closest.
    let mut best: Option<(Verdict, Path)> = None;
    for path in &found.paths {
        let verdict = on_path(path, role, &around);
        let passed = verdict.indication() == Indication::Passed;
        if best.as_ref().is_none_or(|(known, _)| verdict.indication() < known.indication()) {
            best = Some((verdict, path.clone()));
        }
        if passed {
            break;
        }
    }
    let Some((verdict, path)) = best else {
        let verdict = without_path(certificate, role, &found, &around);
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
        let link =
            Link { certificate, issuer: Some(issuer), is_end_entity: index == 0, below, role };
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

/// No path: says which issuer is missing, fetchable where the certificate tells from where. What
/// can be asked of the certificate alone is asked all the same.
fn without_path(
    certificate: &Certificate,
    role: Role,
    found: &Found,
    around: &Around<'_>,
) -> Verdict {
    let about = about(certificate);
    let anchored = path_finding(&about, missing_anchor(certificate, role, found, around.evidence));
    let link = Link { certificate, issuer: None, is_end_entity: true, below: 0, role };
    let alone = on_link(&link, &around.policy.path_profile(role).requirements, around);
    let mut findings = vec![anchored];
    let violated =
        |f: &&Finding| matches!(f.outcome, Outcome::Violated(_)) && f.sub_indication().is_some();
    let against = alone.findings().iter().find(violated);
    findings.extend(against.map(|f| Finding { about: about.clone(), ..f.clone() }));
    Verdict::new(about, findings, vec![alone])
}

fn missing_anchor(
    certificate: &Certificate,
    role: Role,
    found: &Found,
    evidence: &EvidenceSet,
) -> Answer {
    let expected = Phrase::new("expect.anchor").with("role", role.name());
    if found.exhausted && found.orphans.is_empty() {
        return Answer::violated(expected, Phrase::new("seen.path-budget"));
    }
    let wants: Vec<Want> = found.orphans.iter().flat_map(issuer_wants).collect();
    let open = wants.iter().find(|want| !evidence.was_asked(want));
    let last = found.orphans.last().unwrap_or(certificate);
    let issuer = last.issuer();
    let why = if last.is_self_issued() { "seen.root-not-trusted" } else { "seen.issuer-missing" };
    let why = Phrase::new(why).with("name", issuer).with("role", role.name());
    let anchor = || Want::without_source(Wanted::Anchor, issuer);
    Answer::unanswered(expected, open.cloned().unwrap_or_else(anchor), why)
}

fn issuer_wants(orphan: &Certificate) -> Vec<Want> {
    let urls = orphan.access_urls(oid::AD_CA_ISSUERS).into_iter();
    urls.map(|url| Want::from(Wanted::Issuer, orphan.issuer(), Fetch::Get(url))).collect()
}
