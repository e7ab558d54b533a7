//! Judges certificates: what each says under the profile of its kind, and its path to a trusted one.

mod issuers;

pub use issuers::Issuers;

use super::bundle::NoCertificate;
use crate::check::Times;
use crate::check::content::Tables;
use crate::der::certificate::Certificate;
use crate::evidence::{EvidenceSet, EvidenceSource};
use crate::judge::profile::{self, Chosen};
use crate::judge::{Judge, certificate, settle};
use crate::policy::known::{self, KnownPolicy, PolicyUse};
use crate::policy::load::Title;
use crate::policy::recognise::{Kinds, Recognised, policies};
use crate::policy::{
    CertificateCheck, ContentCheck, PathSettings, Policy, PolicyError, Profile, Recognise, Role,
    Trust,
};
use crate::rule::finding::Kind;
use crate::rule::{Finding, Indication, Locator, Outcome, Phrase, SubIndication, Verdict};
use crate::time::Instant;
use std::sync::Arc;

/// The profile that holds for every certificate, and of every path.
const BASE: &str = "certificate";
const BASE_PATH: &str = "rfc5280";

/// What certificates are judged with.
#[derive(Debug)]
pub struct Bench {
    judge: Judge,
    kinds: Kinds,
    tables: Tables,
    known: Vec<KnownPolicy>,
    base: Profile<ContentCheck>,
}

/// Whether it is asked if certificates are revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Revocation {
    /// It is; not knowing is not passing.
    Asked,
    /// The user said not to; the report says so.
    NotAsked,
}

/// What is asked of all certificates of one call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The time of validation.
    pub at: Instant,
    /// The profile that was asked for.
    pub asked: Option<String>,
    /// Whether nothing was fetched because the user said so.
    pub offline: bool,
    /// Whether revocation was asked about.
    pub revocation: Revocation,
    /// How many trusted certificates were configured.
    pub anchors: usize,
}

/// What became of all certificates of one call, in brief: the reports themselves are not kept, for
/// there may be a hundred thousand.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// One row for each certificate, in the order of the call.
    pub rows: Vec<Row>,
    /// Files of a directory without a certificate in them.
    pub passed_over: Vec<String>,
}

/// What became of one certificate, in brief.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The file that it stands in.
    pub path: String,
    /// The name of the profile that was applied.
    pub profile: Option<String>,
    /// The outcome.
    pub indication: Indication,
    /// The reason for it.
    pub sub_indication: Option<SubIndication>,
}

impl Tally {
    /// Takes a report into account.
    pub fn count(&mut self, report: &CertificateReport) {
        self.rows.push(Row {
            path: report.path.clone(),
            profile: report.profile.as_ref().map(|profile| profile.name.clone()),
            indication: report.indication(),
            sub_indication: report.sub_indication(),
        });
    }

    /// The worst of all.
    pub fn indication(&self) -> Indication {
        let all = self.rows.iter().map(|row| row.indication);
        all.max().unwrap_or(Indication::Indeterminate)
    }
}

/// The profile that was applied to a certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Title,
}

/// What became of a certificate.
#[derive(Clone, Debug)]
pub struct CertificateReport {
    /// The file that it stands in.
    pub path: String,
    /// The certificate; nothing if the file cannot be read as one.
    pub certificate: Option<Certificate>,
    /// The profile that was applied; nothing if none fits.
    pub profile: Option<Applied>,
    /// By what its kind was recognised.
    pub marks: Vec<Phrase>,
    /// Whether one of its policies is for trials only.
    pub is_test: bool,
    /// The findings on it; it rests on the verdict on its path.
    pub verdict: Verdict,
    /// Its path, itself first, the anchor last; empty if there is none.
    pub chain: Vec<Certificate>,
    at: Instant,
}

impl Bench {
    /// The profiles that come with inkan, these anchors, and what is demanded of the policies of paths.
    pub fn new(
        trust: Trust,
        settings: PathSettings,
        revocation: Revocation,
    ) -> Result<Self, PolicyError> {
        let mut policy = Policy::standard(trust)?;
        policy.path = settings;
        policy.signer = Profile::embedded(BASE_PATH)?;
        if revocation == Revocation::NotAsked {
            for path in [&mut policy.signer, &mut policy.tsa, &mut policy.tls] {
                path.requirements.retain(|r| r.check != CertificateCheck::NotRevoked {});
            }
        }
        Ok(Self {
            judge: Judge::new(policy),
            kinds: Kinds::embedded()?,
            tables: Tables::embedded()?,
            known: known::policies()?,
            base: Profile::embedded(BASE)?,
        })
    }

    /// The kinds of certificates that are known.
    pub const fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The profile of that name. What RFC 5280 demands of paths is demanded of all, so that under its
    /// name the rest is what is demanded of any certificate.
    pub fn profile(&self, name: &str) -> Option<&Profile<ContentCheck>> {
        let base = (name == BASE_PATH).then_some(&self.base);
        self.kinds.named(name).or(base)
    }

    /// The policy that paths are judged under.
    pub const fn policy(&self) -> &Policy {
        self.judge.policy()
    }

    /// How many trusted certificates there are.
    pub fn anchors(&self) -> usize {
        self.judge.policy().trust.anchors().len()
    }

    /// Judges one certificate; `asked` is the profile that the user named.
    pub fn judge(
        &self,
        path: &str,
        certificate: &Certificate,
        asked: Option<&Profile<ContentCheck>>,
        at: Instant,
        evidence: &mut EvidenceSet,
        source: &mut dyn EvidenceSource,
    ) -> CertificateReport {
        let Chosen { profile, because } =
            profile::choose(certificate, asked, &self.kinds, &self.base);
        let mut findings = vec![because];
        if let Some(profile) = profile {
            findings.extend(profile::judge(certificate, profile, &self.tables, at));
        }
        let role = profile.map_or(Role::Signer, |profile| profile.path);
        let judged = settle(
            evidence,
            source,
            |evidence| {
                let times = Times::unproven(at);
                self.judge.certificate(certificate, role, evidence, times)
            },
            |judged| &judged.verdict,
        );
        let marks = self.marks(certificate, profile);
        CertificateReport {
            path: path.to_owned(),
            certificate: Some(certificate.clone()),
            profile: profile.map(Applied::of),
            marks,
            is_test: self.is_test(certificate),
            verdict: whole(certificate, findings, &judged.verdict),
            chain: judged.path,
            at,
        }
    }

    /// By what the certificate is of the profile's kind; without a profile, of the kind that it is of.
    fn marks(
        &self,
        certificate: &Certificate,
        profile: Option<&Profile<ContentCheck>>,
    ) -> Vec<Phrase> {
        let of_profile = |recognise: &Recognise| recognise.marks(certificate);
        if let Some(marks) = profile.and_then(|p| p.recognise.as_ref()).and_then(of_profile) {
            return marks;
        }
        match self.kinds.recognise(certificate) {
            Recognised::As(_, marks) => marks,
            Recognised::Contending(_) | Recognised::Unknown => Vec::new(),
        }
    }

    fn is_test(&self, certificate: &Certificate) -> bool {
        let named = policies(certificate).into_iter().filter_map(|p| known::find(&self.known, p));
        named.into_iter().any(|policy| policy.purpose == PolicyUse::Test)
    }
}

impl Applied {
    fn of(profile: &Profile<ContentCheck>) -> Self {
        Self { name: profile.name.clone(), title: profile.title.clone() }
    }
}

impl CertificateReport {
    /// A file that should be a certificate and cannot be read as one.
    pub fn unreadable(path: &str, error: &NoCertificate, at: Instant) -> Self {
        Self {
            path: path.to_owned(),
            certificate: None,
            profile: None,
            marks: Vec::new(),
            is_test: false,
            verdict: certificate::unreadable(path, &error.to_string()),
            chain: Vec::new(),
            at,
        }
    }

    /// Whether it is what it should be. No timestamp can prove a better time than the one asked about,
    /// so what EN 319 102-1 leaves open for signatures (`…_NO_POE`, constraints) is decided here:
    /// against the demand is failed. Open are only unanswered questions, ambiguity, and what the rule
    /// itself leaves to the reader (`CUSTOM`: a test certificate is sound and still good for nothing).
    pub fn indication(&self) -> Indication {
        let all = self.verdict.all_findings();
        let worst = all.iter().filter_map(|finding| weight(finding)).max();
        match worst {
            Some(indication) => indication,
            None if all.is_empty() => Indication::Indeterminate,
            None => Indication::Passed,
        }
    }

    /// The first reason for the indication.
    pub fn sub_indication(&self) -> Option<SubIndication> {
        let worst = self.indication();
        let all = self.verdict.all_findings();
        let first = all.into_iter().find(|finding| weight(finding) == Some(worst))?;
        first.sub_indication().map(|sub| self.at_this_time(sub))
    }

    /// There is no signature that could be earlier.
    fn at_this_time(&self, sub: SubIndication) -> SubIndication {
        let is_early = self.certificate.as_ref().is_some_and(|c| self.at < c.not_before());
        match sub {
            SubIndication::OutOfBoundsNoPoe if is_early => SubIndication::NotYetValid,
            SubIndication::OutOfBoundsNoPoe => SubIndication::Expired,
            SubIndication::RevokedNoPoe | SubIndication::RevokedCaNoPoe => SubIndication::Revoked,
            SubIndication::CryptoConstraintsFailureNoPoe => SubIndication::CryptoConstraintsFailure,
            other => other,
        }
    }
}

/// The verdict on the path, resting on what the certificate says of itself as well: it is no better
/// than that, and the first finding against it speaks for it.
fn whole(certificate: &Certificate, findings: Vec<Finding>, path: &Verdict) -> Verdict {
    let about = Locator::new(Kind::Certificate, certificate.subject().text());
    let content = Verdict::new(about, findings, Vec::new());
    let mut all = path.kept_findings().to_vec();
    let against = |f: &&Finding| {
        f.sub_indication().is_some() && f.sub_indication() == content.sub_indication()
    };
    let speaking = content.findings().find(against);
    let spoken = speaking.map(|f| Finding { about: path.about().clone(), ..f.clone() });
    all.extend(spoken.map(Arc::new));
    let because = [content].into_iter().chain(path.because().iter().cloned()).collect();
    Verdict::new(path.about().clone(), all, because)
}

/// What a finding does to the indication; nothing if it leaves it alone.
fn weight(finding: &Finding) -> Option<Indication> {
    let sub = finding.sub_indication()?;
    let is_violated = matches!(finding.outcome, Outcome::Violated(_));
    Some(match sub {
        SubIndication::Custom | SubIndication::PolicyProcessingError => Indication::Indeterminate,
        _ if is_violated => Indication::Failed,
        _ => sub.indication(),
    })
}
