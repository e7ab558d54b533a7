//! What a judgement rests on: the certificates, revocation lists and OCSP responses without which it
//! could not be repeated.

use super::{Judge, JudgedCertificate};
use crate::check::Times;
use crate::check::work::Work;
use crate::der::Bytes;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::crl::Crl;
use crate::der::name::{GeneralName, Name};
use crate::der::ocsp::{BasicResponse, Identity};
use crate::evidence::{EvidenceSet, Fetch, Want, Wanted};
use crate::oid;
use crate::policy::Role;
use crate::rule::{Finding, Outcome, Verdict};
use std::collections::BTreeSet;

/// Somebody whose certificate must be judged again decades later.
#[derive(Clone, Copy, Debug)]
pub struct Supported<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// What it is for.
    pub role: Role,
    /// The times at which it is judged.
    pub times: Times<'static>,
}

/// What the judgement on some certificates rests on. It can be had only if all of them passed.
#[derive(Clone, Debug, Default)]
pub struct Support {
    proven: Vec<(Role, Fingerprint)>,
    certificates: Vec<Bytes>,
    crls: Vec<Bytes>,
    ocsp: Vec<Bytes>,
    seen: BTreeSet<Fingerprint>,
}

impl Support {
    /// Whether that certificate passed in that role.
    pub fn proves(&self, role: Role, certificate: &Certificate) -> bool {
        self.proven.contains(&(role, certificate.fingerprint()))
    }

    /// The certificates of the paths, anchors included, and of whoever signed revocation data.
    pub fn certificates(&self) -> &[Bytes] {
        &self.certificates
    }

    /// The revocation lists that could speak of any of them.
    pub fn crls(&self) -> &[Bytes] {
        &self.crls
    }

    /// The basic OCSP responses that speak of any of them.
    pub fn ocsp(&self) -> &[Bytes] {
        &self.ocsp
    }

    /// What of it is not there already.
    pub(crate) fn beyond(mut self, there: &BTreeSet<Fingerprint>) -> Self {
        let is_new = |thing: &Bytes| !there.contains(&Fingerprint::of(thing));
        self.certificates.retain(is_new);
        self.crls.retain(is_new);
        self.ocsp.retain(is_new);
        self
    }

    fn take_certificate(&mut self, certificate: &Certificate) -> bool {
        let new = self.seen.insert(certificate.fingerprint());
        if new {
            self.certificates.push(certificate.der().clone());
        }
        new
    }
}

impl Judge {
    /// Judges each certificate and gathers what that rested on. The first that does not pass is told.
    pub fn support(
        &self,
        all: &[Supported<'_>],
        evidence: &EvidenceSet,
    ) -> Result<Support, Box<Verdict>> {
        let judge = |one: &Supported<'_>| {
            let judged = self.certificate(one.certificate, one.role, evidence, one.times);
            let rests = judged.accepted.is_some() && is_current(&judged.verdict);
            if rests { Ok(judged) } else { Err(Box::new(judged.verdict)) }
        };
        let judged = all.iter().map(judge).collect::<Result<Vec<JudgedCertificate>, _>>()?;
        let work = Work::with(&self.memory);
        let mut gathering = Gathering { evidence, work: &work, found: Support::default() };
        for (one, judged) in all.iter().zip(&judged) {
            gathering.found.proven.push((one.role, one.certificate.fingerprint()));
            gathering.path(&judged.path);
        }
        Ok(gathering.found)
    }
}

/// The lists that would outlast the OCSP responses in hand. A response is judged by the certificate of whoever
/// signed it, and that often ends within weeks, long before the one that it is about: what is to be read
/// offline until then had better have the list as well.
pub fn lists_that_last(path: &[Certificate], evidence: &EvidenceSet) -> Vec<Want> {
    let links = path.iter().zip(path.iter().skip(1));
    let short = links.filter(|(certificate, issuer)| {
        let identity = Identity::new(certificate, issuer);
        let about = |response: &&BasicResponse| {
            response.responses.iter().any(|single| identity.is(&single.id))
        };
        let mut answers = evidence.ocsp().map(|(_, response)| response).filter(about);
        let ends = |response: &BasicResponse| {
            let delegates = response.certificates.iter().filter(|c| response.responder.names(c));
            delegates.map(Certificate::not_after).min()
        };
        let is_short = |response| ends(response).is_some_and(|end| end < certificate.not_after());
        answers.any(is_short)
    });
    let lists = short.flat_map(|(certificate, _)| {
        let points = certificate.crl_distribution_points().ok().flatten();
        let points = points.into_iter().flat_map(|points| points.0);
        let urls: Vec<String> = points
            .flat_map(|point| point.name.http_urls().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        urls.into_iter().map(|url| Want::from(Wanted::Crl, certificate.subject(), Fetch::Get(url)))
    });
    lists.filter(|want| !evidence.was_asked(want)).collect()
}

/// Whether nobody's status is known from old data only, for want of newer: what may have been stolen since
/// must not look better under a new timestamp.
fn is_current(verdict: &Verdict) -> bool {
    let outdated = |f: &&Finding| {
        f.rule.check == "status-current" && matches!(f.outcome, Outcome::Violated(_))
    };
    !verdict.all_findings().iter().any(outdated)
}

/// Follows each question about revocation to whoever answers it, and asks the same of them.
struct Gathering<'a> {
    evidence: &'a EvidenceSet,
    work: &'a Work<'a>,
    found: Support,
}

impl Gathering<'_> {
    fn path(&mut self, path: &[Certificate]) {
        for (place, certificate) in path.iter().enumerate() {
            self.found.take_certificate(certificate);
            let above = path.get(place.saturating_add(1)..).unwrap_or_default();
            if let Some(issuer) = above.first() {
                self.responses(certificate, issuer, above);
                self.lists(certificate, above);
            }
        }
    }

    fn responses(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        above: &[Certificate],
    ) {
        let evidence = self.evidence;
        let identity = Identity::new(certificate, issuer);
        let about = |(_, response): &(Fingerprint, &BasicResponse)| {
            response.responses.iter().any(|single| identity.is(&single.id))
        };
        for (print, response) in evidence.ocsp().filter(about) {
            if !self.found.seen.insert(print) {
                continue;
            }
            self.found.ocsp.push(response.der.clone());
            let delegates = response.certificates.iter().filter(|c| response.responder.names(c));
            for delegate in delegates.filter(|c| c.issuer() == issuer.subject()) {
                let is_asked = !delegate.extensions().iter().any(|e| e.oid == oid::OCSP_NOCHECK);
                if self.found.take_certificate(delegate) && is_asked {
                    self.lists(delegate, above);
                }
            }
        }
    }

    /// The lists of the issuer and of those whom the certificate names, and what vouches for whoever
    /// signed them. One that nobody in hand signed is in that name only, and may be as large as somebody
    /// wants it to be. Each list is gone into once, so this ends.
    fn lists(&mut self, certificate: &Certificate, above: &[Certificate]) {
        let evidence = self.evidence;
        for issuer in issuers_of_lists(certificate) {
            for (print, crl) in evidence.crls_of(&issuer) {
                if self.found.seen.contains(&print) {
                    continue;
                }
                let Some(signers) = self.signers_of(print, crl, above) else { continue };
                self.found.seen.insert(print);
                self.found.crls.push(crl.der().clone());
                signers.into_iter().for_each(|signer| self.vouch_for(signer, above));
            }
        }
    }

    /// Those who signed the list and are not on the path already, where they are supported with it; nothing
    /// if nobody did.
    fn signers_of(
        &self,
        print: Fingerprint,
        crl: &Crl,
        above: &[Certificate],
    ) -> Option<Vec<Certificate>> {
        let signs = |c: &&Certificate| self.work.signed(print, crl, c);
        if above.iter().any(|c| c.subject() == crl.issuer() && signs(&c)) {
            return Some(Vec::new());
        }
        let named = self.evidence.named(crl.issuer(), crl.authority_key_id());
        let signers: Vec<Certificate> = named.filter(signs).cloned().collect();
        (!signers.is_empty()).then_some(signers)
    }

    fn vouch_for(&mut self, signer: Certificate, above: &[Certificate]) {
        let path = self.climb(signer, above);
        if path.first().is_some_and(|c| !self.found.seen.contains(&c.fingerprint())) {
            self.path(&path);
        }
    }

    /// The way up from a certificate, by the first issuer that signed it each time.
    fn climb(&self, from: Certificate, above: &[Certificate]) -> Vec<Certificate> {
        /// Longer than any path that is taken (`check::path`).
        const MAX_LENGTH: usize = 16;
        let mut path = vec![from];
        while path.len() < MAX_LENGTH {
            let Some(issuer) = path.last().and_then(|last| self.issuer(last, above)) else { break };
            path.push(issuer);
        }
        path
    }

    fn issuer(&self, of: &Certificate, above: &[Certificate]) -> Option<Certificate> {
        if of.is_self_issued() {
            return None;
        }
        let on_path = above.iter().filter(|c| c.subject() == of.issuer());
        let named = self.evidence.named(of.issuer(), of.authority_key_id());
        let issued = |c: &&Certificate| self.work.issued(of, c) == Some(Ok(()));
        on_path.chain(named).find(issued).cloned()
    }
}

fn issuers_of_lists(certificate: &Certificate) -> Vec<Name> {
    let points = certificate.crl_distribution_points().ok().flatten();
    let named = points.into_iter().flat_map(|points| points.0).flat_map(|point| point.crl_issuer);
    let named = named.filter_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    });
    let mut issuers = vec![certificate.issuer().clone()];
    for name in named {
        if !issuers.contains(&name) {
            issuers.push(name);
        }
    }
    issuers
}
