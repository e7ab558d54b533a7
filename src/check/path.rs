//! Finds the ways from a certificate to the trusted ones.
//!
//! An issuer is the right one if its name fits and its key verifies the signature; a name alone
//! means nothing (JPKI has three keys under one name). Every path ends at an anchor or is no path.

use super::work::Work;
use crate::crypto::verify::NotVerified;
use crate::der::certificate::Certificate;
use crate::evidence::EvidenceSet;
use crate::policy::{Role, Trust};

/// Longest path; the HPKI has three certificates, the government bridge six.
pub const MAX_LENGTH: usize = 12;

/// Complete paths looked at for one certificate.
pub const MAX_PATHS: usize = 16;

/// A way from a certificate (first) to an anchor (last).
pub type Path = Vec<Certificate>;

/// A search for paths from one certificate to the anchors of a role, the shortest first.
///
/// It deepens step by step, so that in a mesh of cross-certificates a short way is found before
/// the budget is lost on long ones, and goes on only while nobody is content.
#[derive(Debug)]
pub struct Search<'a> {
    certificate: &'a Certificate,
    role: Role,
    trust: &'a Trust,
    evidence: &'a EvidenceSet,
    work: &'a Work,
    length: usize,
    found: Vec<Path>,
    given: usize,
    goes_on: bool,
    exhausted: bool,
    orphans: Vec<Certificate>,
}

impl<'a> Search<'a> {
    /// Begins a search.
    pub const fn new(
        certificate: &'a Certificate,
        role: Role,
        trust: &'a Trust,
        evidence: &'a EvidenceSet,
        work: &'a Work,
    ) -> Self {
        Self {
            certificate,
            role,
            trust,
            evidence,
            work,
            length: 0,
            found: Vec::new(),
            given: 0,
            goes_on: true,
            exhausted: false,
            orphans: Vec::new(),
        }
    }

    /// The paths of the next length, which may be none; nothing once there are no longer ones.
    pub fn longer(&mut self) -> Option<Vec<Path>> {
        if !self.goes_on || self.is_cut_short() {
            return None;
        }
        self.length += 1;
        self.goes_on = false;
        self.extend(&mut vec![self.certificate.clone()]);
        self.given += self.found.len();
        Some(std::mem::take(&mut self.found))
    }

    /// Whether there may be paths that were not found, for there is no end to them.
    pub const fn is_cut_short(&self) -> bool {
        self.exhausted || (self.goes_on && self.length >= MAX_LENGTH) || self.given >= MAX_PATHS
    }

    /// Whether the search ended because it may not cost more.
    pub const fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Certificates at which the search ended for want of an issuer.
    pub fn orphans(&self) -> &[Certificate] {
        &self.orphans
    }

    fn extend(&mut self, path: &mut Path) {
        let Some(last) = path.last().cloned() else { return };
        if self.trust.is_anchor(&last, self.role) {
            if path.len() == self.length {
                self.found.push(path.clone());
            }
            return;
        }
        if path.len() == self.length {
            self.goes_on = true;
            return;
        }
        if !self.work.may_step() {
            self.exhausted = true;
            return;
        }
        let mut issued = false;
        for issuer in self.issuers(&last) {
            if self.leads_round(path, issuer) || !self.signs(issuer, &last) {
                continue;
            }
            issued = true;
            path.push(issuer.clone());
            self.extend(path);
            path.pop();
            if self.exhausted || self.given + self.found.len() >= MAX_PATHS {
                return;
            }
        }
        if !issued && !self.exhausted && !self.orphans.contains(&last) {
            self.orphans.push(last);
        }
    }

    /// Certificates of the issuer's name, the anchors first, then those whose key identifier fits.
    fn issuers(&self, certificate: &Certificate) -> Vec<&'a Certificate> {
        let anchors = self.trust.for_role(self.role);
        let mut all: Vec<&Certificate> =
            anchors.filter(|anchor| anchor.subject() == certificate.issuer()).collect();
        let known = all.len();
        let others = self.evidence.named(certificate.issuer(), certificate.authority_key_id());
        for other in others {
            if !all.iter().take(known).any(|anchor| *anchor == other) {
                all.push(other);
            }
        }
        all
    }

    /// Whether the path has been there: at that certificate, or at another of the same name and key
    /// that is no anchor (RFC 4158 §2.4.2).
    fn leads_round(&self, path: &Path, issuer: &Certificate) -> bool {
        path.iter().any(|been| {
            been == issuer
                || (been.public_key() == issuer.public_key()
                    && been.subject() == issuer.subject()
                    && !self.trust.is_anchor(issuer, self.role))
        })
    }

    fn signs(&mut self, issuer: &Certificate, certificate: &Certificate) -> bool {
        match self.work.issued(certificate, issuer) {
            Some(Ok(())) => true,
            // What cannot be verified is kept, so that the finding names the algorithm.
            Some(Err(NotVerified::Unsupported(_))) => true,
            Some(Err(NotVerified::Mismatch | NotVerified::UnsuitableKey)) => false,
            None => {
                self.exhausted = true;
                false
            }
        }
    }
}
