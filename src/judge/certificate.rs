//! The verdict on a certificate: is there a path to a trusted one on which every check holds?

use super::memory::{Links, Question, Standing, is_settled};
use super::{Judge, finding};
use crate::check::certificate::{is_timeless, run};
use crate::check::link::{Around, Court, Link, Place};
use crate::check::path::{Path, Search};
use crate::check::work::Work;
use crate::check::{Answer, Times};
use crate::der::certificate::{Certificate, Fingerprint};
use crate::evidence::{EvidenceSet, Fetch, Want, Wanted};
use crate::oid;
use crate::policy::requirement::Applies;
use crate::policy::{Policy, Requirement, Role};
use crate::rule::finding::Kind;
use crate::rule::fixed::{CERTIFICATE_READABLE, ENDS_AT_ANCHOR};
use crate::rule::{Finding, Indication, Locator, Outcome, Phrase, Rule, Verdict};
use crate::time::Instant;
use std::cell::OnceCell;
use std::sync::{Arc, LazyLock};

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

impl Judge {
    /// Judges a certificate for a role.
    pub fn certificate(
        &self,
        certificate: &Certificate,
        role: Role,
        evidence: &EvidenceSet,
        times: Times<'_>,
    ) -> JudgedCertificate {
        let question = Question::of(certificate, role, evidence, times);
        self.verdicts.of(question, || self.on_certificate(certificate, role, evidence, times))
    }

    fn on_certificate(
        &self,
        certificate: &Certificate,
        role: Role,
        evidence: &EvidenceSet,
        times: Times<'_>,
    ) -> JudgedCertificate {
        let policy = &self.policy;
        let work = Work::with(&self.memory);
        let (moment, links) = (times.used, &self.links);
        let bench = Bench { role, times, moment, evidence, policy, work: &work, links };
        let mut search = Search::new(certificate, role, &policy.trust, evidence, &work);
        // The first path that passes; otherwise the one that comes closest.
        let mut best: Option<(Verdict, Path)> = None;
        for path in search.by_ref() {
            let verdict = bench.on_path(&path, Place::End, &[]);
            let passed = verdict.indication() == Indication::Passed;
            if best.as_ref().is_none_or(|(known, _)| verdict.indication() < known.indication()) {
                best = Some((verdict, path));
            }
            if passed {
                break;
            }
        }
        let Some((verdict, path)) = best else {
            let verdict = bench.without_path(certificate, &search);
            return JudgedCertificate { verdict, path: Vec::new(), accepted: None };
        };
        let accepted = (verdict.indication() == Indication::Passed).then(|| Accepted {
            certificate: certificate.clone(),
            policy: policy.name.clone(),
            at: times.at,
        });
        JudgedCertificate { verdict, path, accepted }
    }
}

fn about(certificate: &Certificate) -> Locator {
    Locator::new(Kind::Path, certificate.subject().text())
}

/// What every path of one judgement is judged with.
#[derive(Clone, Copy, Debug)]
struct Bench<'a> {
    role: Role,
    times: Times<'a>,
    moment: Instant,
    evidence: &'a EvidenceSet,
    policy: &'a Policy,
    work: &'a Work<'a>,
    links: &'a Links,
}

impl Court for Bench<'_> {
    fn path_holds(
        &self,
        signer: &Certificate,
        anchor: &Certificate,
        proven: Instant,
        pending: &[Fingerprint],
    ) -> Result<(), Option<Box<Want>>> {
        let bench =
            Self { times: Times { proven, used: proven, since: None, ..self.times }, ..*self };
        let trust = &self.policy.trust;
        let search = Search::new(signer, self.role, trust, self.evidence, self.work);
        let mut want = None;
        // RFC 5280 §6.3.3 f: "the same trust anchor as the target certificate".
        for path in search.filter(|path| path.last() == Some(anchor)) {
            let verdict = bench.on_path(&path, Place::Signer, pending);
            if verdict.indication() == Indication::Passed {
                return Ok(());
            }
            want = want.or_else(|| verdict.wants().first().map(|want| Box::new((*want).clone())));
        }
        Err(want)
    }
}

impl Bench<'_> {
    /// The verdict on a path: one on each certificate below the anchor, and their sum.
    fn on_path(&self, path: &[Certificate], end: Place, pending: &[Fingerprint]) -> Verdict {
        let mut because = self.on_links(path, end, pending);
        if let ([certificate], Place::End) = (path, end) {
            let place = Place::Trusted;
            let link = Link { certificate, below: &[], above: &[], place, role: self.role };
            because.push(self.on_link(&link, self.times.proven, pending).0);
        }
        let anchor = path.last().map_or_else(String::new, |c| c.subject().to_string());
        let anchored = Answer::met(
            Phrase::new("expect.anchor").with("role", self.role.name()),
            Phrase::new("seen.anchor").with("name", anchor),
        );
        let about = path.first().map_or_else(|| Locator::new(Kind::Path, ""), about);
        let mut findings = vec![path_finding(&about, anchored)];
        findings.extend(because.iter().filter_map(|verdict| on_whole(&about, verdict)));
        Verdict::new(about, findings, because)
    }

    /// The verdicts on the certificates below the anchor, from the end upwards. A CA is needed for as long
    /// as what it signed is not proven: the certificate below it, and the word on whether that one is
    /// revoked (EN 319 102-1 §5.6.2.2, walked from the other side).
    fn on_links(&self, path: &[Certificate], end: Place, pending: &[Fingerprint]) -> Vec<Verdict> {
        let mut needed = self.times.proven;
        let mut verdicts = Vec::new();
        for index in 0..path.len().saturating_sub(1) {
            let Some((below, [certificate, above @ ..])) = path.split_at_checked(index) else {
                break;
            };
            let place = if index == 0 { end } else { Place::Ca };
            let link = Link { certificate, below, above, place, role: self.role };
            let (verdict, said) = self.on_link(&link, needed, pending);
            verdicts.push(verdict);
            let issued = self.times.of(certificate.fingerprint());
            needed = said.map_or(issued, |said| said.max(issued));
        }
        verdicts
    }

    /// The verdict on one certificate, and since when the word on its revocation is proven, if there was
    /// need of one.
    fn on_link(
        &self,
        link: &Link<'_>,
        needed: Instant,
        pending: &[Fingerprint],
    ) -> (Verdict, Option<Instant>) {
        let about = Locator::new(Kind::Certificate, link.certificate.subject().text());
        let status = OnceCell::new();
        let around = Around {
            times: self.times,
            moment: self.moment,
            needed,
            status: &status,
            evidence: self.evidence,
            policy: self.policy,
            work: self.work,
            court: self,
            pending,
        };
        let requirements = self.policy.path_profile(self.role).requirements.iter();
        let asked: Vec<_> = requirements.filter(|r| applies(r.applies, link.place)).collect();
        let standing = Standing::of(link, self.times.at);
        let known = self.links.known(&standing);
        let before = |place: usize| known.as_ref().and_then(|known| known.get(place)?.clone());
        let ask = |r| finding(r, &about, self.times.at, |check| run(check, link, &around));
        let findings: Vec<Arc<Finding>> = asked
            .iter()
            .enumerate()
            .map(|(place, r)| before(place).unwrap_or_else(|| Arc::new(ask(r))))
            .collect();
        if known.is_none() {
            let settled = |(r, finding): (&&Requirement<_>, &Arc<Finding>)| {
                (is_timeless(&r.check) && is_settled(finding)).then(|| finding.clone())
            };
            self.links.keep(standing, asked.iter().zip(&findings).map(settled).collect());
        }
        let proven = status.get().and_then(|status| status.proven);
        (Verdict::new(about, findings, Vec::new()), proven)
    }

    /// No path: says which issuer is missing, fetchable where the certificate tells from where. What
    /// can be asked of the certificate alone is asked all the same.
    fn without_path(&self, certificate: &Certificate, search: &Search<'_>) -> Verdict {
        let about = about(certificate);
        let anchored = path_finding(&about, self.missing_anchor(certificate, search));
        let link = Link { certificate, below: &[], above: &[], place: Place::End, role: self.role };
        let (alone, _) = self.on_link(&link, self.times.proven, &[]);
        let mut findings = vec![anchored];
        let violated = |f: &&Finding| {
            matches!(f.outcome, Outcome::Violated(_)) && f.sub_indication().is_some()
        };
        let against = alone.findings().find(violated);
        findings.extend(against.map(|f| Finding { about: about.clone(), ..f.clone() }));
        Verdict::new(about, findings, vec![alone])
    }

    fn missing_anchor(&self, certificate: &Certificate, search: &Search<'_>) -> Answer {
        let expected = Phrase::new("expect.anchor").with("role", self.role.name());
        let orphans = search.orphans();
        if search.is_exhausted() || (search.has_no_end() && orphans.is_empty()) {
            return Answer::violated(expected, Phrase::new("seen.path-budget"));
        }
        let wants: Vec<Want> = orphans.iter().flat_map(issuer_wants).collect();
        let open = wants.iter().find(|want| !self.evidence.was_asked(want));
        let last = orphans.last().unwrap_or(certificate);
        let issuer = last.issuer();
        let why = if last.is_self_issued() { ROOT_NOT_TRUSTED } else { "seen.issuer-missing" };
        let why = Phrase::new(why).with("name", issuer).with("role", self.role.name());
        let anchor = || Want::without_source(Wanted::Anchor, issuer);
        Answer::unanswered(expected, open.cloned().unwrap_or_else(anchor), why)
    }
}

/// Why a path ends at a root, and not at a trusted one.
const ROOT_NOT_TRUSTED: &str = "seen.root-not-trusted";

/// Whether that is what a finding says: nothing can be fetched that would make a root trusted.
pub(super) fn ends_at_stranger(finding: &Finding) -> bool {
    let Outcome::Unanswered { why, .. } = &finding.outcome else { return false };
    finding.rule.check == ENDS_AT_ANCHOR.check && why.key() == ROOT_NOT_TRUSTED
}

/// Whoever signs revocation lists owes nothing that is asked of signers or of CAs alone.
const fn applies(to: Applies, place: Place) -> bool {
    match to {
        Applies::All => true,
        Applies::EndEntity => matches!(place, Place::End | Place::Trusted),
        Applies::Ca => matches!(place, Place::Ca),
        Applies::Path => matches!(place, Place::End | Place::Signer | Place::Trusted),
    }
}

/// A path is no better than its certificates: the first that does not pass speaks for it.
fn on_whole(about: &Locator, link: &Verdict) -> Option<Finding> {
    let against =
        |f: &&Finding| f.sub_indication() == link.sub_indication() && f.sub_indication().is_some();
    let speaking = link.findings().find(against)?;
    Some(Finding { about: about.clone(), ..speaking.clone() })
}

/// The rule that every path ends at a trusted certificate. It is no profile's to relax.
fn path_finding(about: &Locator, answer: Answer) -> Finding {
    static RULE: LazyLock<Arc<Rule>> = LazyLock::new(|| Arc::new(ENDS_AT_ANCHOR.rule()));
    Finding {
        rule: RULE.clone(),
        about: about.clone(),
        expected: answer.expected,
        outcome: answer.outcome,
        consequence: answer.consequence,
    }
}

/// The verdict on a file that should be a certificate and cannot be read as one.
pub fn unreadable(file: &str, error: &str) -> Verdict {
    let rule = CERTIFICATE_READABLE.rule();
    let about = Locator::new(Kind::File, file);
    let finding = Finding {
        rule: Arc::new(rule),
        about: about.clone(),
        expected: Phrase::new("expect.certificate-readable"),
        outcome: Outcome::Violated(Phrase::new("seen.malformed").with("error", error)),
        consequence: None,
    };
    Verdict::new(about, vec![finding], Vec::new())
}

fn issuer_wants(orphan: &Certificate) -> Vec<Want> {
    let urls = orphan.access_urls(oid::AD_CA_ISSUERS).into_iter();
    urls.map(|url| Want::from(Wanted::Issuer, orphan.issuer(), Fetch::Get(url))).collect()
}
