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

/// A search for paths from one certificate to the anchors of a role: an iterator, the shortest path
/// first.
///
/// It deepens step by step, so that in a mesh of cross-certificates a short way is found before the
/// budget is lost on long ones. Each path costs a walk of its own, in which what is known by then
/// costs little; whoever is content with the first pays for no other.
#[derive(Debug)]
pub struct Search<'a> {
    certificate: &'a Certificate,
    role: Role,
    trust: &'a Trust,
    evidence: &'a EvidenceSet,
    work: &'a Work<'a>,
    /// The length of the paths that are looked for at present.
    length: usize,
    /// How many of that length are to be passed over, having been given already.
    given_before: usize,
    passed_over: usize,
    found: Option<Path>,
    given: usize,
    /// A path was left where it might go on.
    goes_on: bool,
    exhausted: bool,
    orphans: Vec<Certificate>,
}

impl Iterator for Search<'_> {
    type Item = Path;

    fn next(&mut self) -> Option<Path> {
        while self.given < MAX_PATHS && !self.exhausted {
            self.passed_over = 0;
            self.extend(&mut vec![self.certificate.clone()]);
            if let Some(path) = self.found.take() {
                self.given += 1;
                self.given_before += 1;
                return Some(path);
            }
            if !self.goes_on || self.length == MAX_LENGTH {
                return None;
            }
            self.length += 1;
            self.given_before = 0;
            self.goes_on = false;
        }
        None
    }
}

impl<'a> Search<'a> {
    /// Begins a search.
    pub const fn new(
        certificate: &'a Certificate,
        role: Role,
        trust: &'a Trust,
        evidence: &'a EvidenceSet,
        work: &'a Work<'a>,
    ) -> Self {
        Self {
            certificate,
            role,
            trust,
            evidence,
            work,
            length: 1,
            given_before: 0,
            passed_over: 0,
            found: None,
            given: 0,
            goes_on: false,
            exhausted: false,
            orphans: Vec::new(),
        }
    }

    /// Whether the search ended because it may not cost more.
    pub const fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Whether there may be longer paths than anybody looks for.
    pub const fn has_no_end(&self) -> bool {
        self.goes_on && self.length == MAX_LENGTH
    }

    /// Certificates at which the search ended for want of an issuer.
    pub fn orphans(&self) -> &[Certificate] {
        &self.orphans
    }

    fn extend(&mut self, path: &mut Path) {
        let Some(last) = path.last().cloned() else { return };
        if self.trust.is_anchor(&last, self.role) {
            self.arrive(path);
            return;
        }
        if path.len() == self.length {
            self.goes_on = true;
            return;
        }
        let mut issued = false;
        for issuer in self.issuers(&last) {
            // A path that ends with the next certificate ends with an anchor.
            let is_anchor = self.trust.is_anchor(issuer, self.role);
            if path.len() + 1 == self.length && !is_anchor {
                self.goes_on = true;
                issued = true;
                break;
            }
            if !self.work.may_step() {
                self.exhausted = true;
                return;
            }
            if leads_round(path, issuer, is_anchor) || !self.signs(issuer, &last) {
                continue;
            }
            issued = true;
            path.push(issuer.clone());
            self.extend(path);
            path.pop();
            if self.exhausted || self.found.is_some() {
                return;
            }
        }
        if !issued && !self.exhausted && !self.orphans.contains(&last) {
            self.orphans.push(last);
        }
    }

    fn arrive(&mut self, path: &Path) {
        if path.len() < self.length {
            return;
        }
        if self.passed_over == self.given_before {
            self.found = Some(path.clone());
        }
        self.passed_over += 1;
    }

    /// Certificates of the issuer's name, the anchors first, then those whose key identifier fits.
    fn issuers(&self, certificate: &Certificate) -> Vec<&'a Certificate> {
        let anchors = self.trust.for_role(self.role);
        let mut all: Vec<&Certificate> = anchors
            .filter(|anchor| anchor.subject() == certificate.issuer() && may_issue(anchor))
            .collect();
        let known = all.len();
        let others = self.evidence.named(certificate.issuer(), certificate.authority_key_id());
        for other in others {
            if !all.iter().take(known).any(|anchor| *anchor == other) {
                all.push(other);
            }
        }
        all
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

/// Whether the path has been there: at that certificate, or at another of the same name and key
/// that is no anchor (RFC 4158 §2.4.2).
fn leads_round(path: &Path, issuer: &Certificate, is_anchor: bool) -> bool {
    path.iter().any(|been| {
        been == issuer
            || (!is_anchor
                && been.public_key() == issuer.public_key()
                && been.subject() == issuer.subject())
    })
}

/// Whether an anchor may stand above others. One that says of itself that it is no CA was trusted
/// for its own signatures: whoever holds its key must not make signers of others.
fn may_issue(anchor: &Certificate) -> bool {
    anchor.version() < 3 || anchor.basic_constraints().is_ok_and(|c| c.is_some_and(|c| c.ca))
}
