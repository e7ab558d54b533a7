//! Finds the ways from a certificate to the trusted ones.
//!
//! An issuer is the right one if its name fits and its key verifies the signature; a name alone
//! means nothing (JPKI has three keys under one name). Every path ends at an anchor or is no path.

use crate::check::algorithm::scheme_of;
use crate::crypto::verify::{NotVerified, verify};
use crate::der::certificate::Certificate;
use crate::evidence::EvidenceSet;
use crate::policy::{Role, Trust};

/// Longest path; the HPKI has three certificates, the government bridge six.
pub const MAX_LENGTH: usize = 12;

/// Signatures verified while searching for one path; x509-limbo's pathological sets and
/// cross-certified meshes stay below, an attack does not (threats.md row 15).
pub const MAX_SIGNATURE_CHECKS: usize = 512;

/// Complete paths looked at for one certificate.
pub const MAX_PATHS: usize = 16;

/// A way from a certificate (first) to an anchor (last).
pub type Path = Vec<Certificate>;

/// What the search came to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Complete paths, the shortest first.
    pub paths: Vec<Path>,
    /// Certificates at which the search ended for want of an issuer.
    pub orphans: Vec<Certificate>,
    /// The search was cut short by its budget.
    pub exhausted: bool,
}

/// Searches for paths from a certificate to the anchors of a role.
pub fn find(certificate: &Certificate, role: Role, trust: &Trust, evidence: &EvidenceSet) -> Found {
    let mut search = Search { role, trust, evidence, found: Found::default(), checks: 0 };
    search.extend(&mut vec![certificate.clone()]);
    search.found.paths.sort_by_key(Vec::len);
    search.found
}

struct Search<'a> {
    role: Role,
    trust: &'a Trust,
    evidence: &'a EvidenceSet,
    found: Found,
    checks: usize,
}

impl Search<'_> {
    fn extend(&mut self, path: &mut Path) {
        let Some(last) = path.last().cloned() else { return };
        if self.trust.is_anchor(&last, self.role) {
            self.found.paths.push(path.clone());
            return;
        }
        if path.len() >= MAX_LENGTH || self.found.paths.len() >= MAX_PATHS {
            self.found.exhausted = true;
            return;
        }
        let mut issued = false;
        for issuer in self.issuers(&last) {
            if path.contains(&issuer) || !self.signs(&issuer, &last) {
                continue;
            }
            issued = true;
            path.push(issuer);
            self.extend(path);
            path.pop();
        }
        if !issued && !self.found.orphans.contains(&last) {
            self.found.orphans.push(last);
        }
    }

    /// Certificates of the issuer's name, the anchors first, then those whose key identifier fits.
    fn issuers(&self, certificate: &Certificate) -> Vec<Certificate> {
        let named = |candidate: &&Certificate| candidate.subject() == certificate.issuer();
        let anchors = self.trust.for_role(self.role).filter(named);
        let wanted = certificate.authority_key_id();
        let mut others: Vec<&Certificate> =
            self.evidence.certificates().iter().filter(named).collect();
        others.sort_by_key(|candidate| match (&wanted, candidate.subject_key_id()) {
            (Some(wanted), Some(has)) if *wanted == has => 0,
            (Some(_), Some(_)) => 2,
            _ => 1,
        });
        let mut all: Vec<Certificate> = anchors.cloned().collect();
        for other in others {
            if !all.contains(other) {
                all.push(other.clone());
            }
        }
        all
    }

    fn signs(&mut self, issuer: &Certificate, certificate: &Certificate) -> bool {
        if self.checks >= MAX_SIGNATURE_CHECKS {
            self.found.exhausted = true;
            return false;
        }
        self.checks += 1;
        match verify_issued(certificate, issuer) {
            Ok(()) => true,
            // What cannot be verified is kept, so that the finding names the algorithm.
            Err(NotVerified::Unsupported(_)) => true,
            Err(NotVerified::Mismatch | NotVerified::UnsuitableKey) => false,
        }
    }
}

/// Verifies the issuer's signature on a certificate.
pub fn verify_issued(certificate: &Certificate, issuer: &Certificate) -> Result<(), NotVerified> {
    let scheme = scheme_of(certificate.algorithm()).map_err(NotVerified::Unsupported)?;
    verify(scheme, issuer.public_key(), certificate.tbs(), certificate.signature())
}
