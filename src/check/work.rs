//! What one judgement has found out already, and how much more it may do.
//!
//! Building a path and judging it ask the same questions over and over; each is answered once. The
//! budgets bound what evidence that is made to overwhelm can cost. When one is used up, the answer
//! is no.

use super::algorithm::scheme_of;
use super::status::entry::{self, Entry, Unusable};
use crate::crypto::verify::{NotVerified, verify};
use crate::der::Bytes;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::crl::Crl;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Signatures verified in the search for paths, and as many again on revocation lists. Go stops at
/// 100 for a path; a cross-certified mesh of attack takes thousands (docs/threat-model.md row 15).
pub const MAX_SIGNATURES: usize = 512;

/// Issuers considered while searching for paths. It bounds walks around a mesh of which every
/// signature is known by now; the whole of a government bridge is some dozens of certificates.
pub const MAX_STEPS: usize = 1 << 15;

/// Signers of revocation lists whose own paths are judged; a real hierarchy has one or two.
pub const MAX_SIGNERS: usize = 32;

/// What looking for a certificate on a list came to.
type Looked = Result<Option<Entry>, Unusable>;

/// What is known, and what was spent.
#[derive(Debug, Default)]
pub struct Work {
    // By the certificate and the key of its issuer: a CA has one key and may have many certificates.
    issued: RefCell<BTreeMap<(Fingerprint, Bytes), Result<(), NotVerified>>>,
    lists: RefCell<BTreeMap<(usize, Bytes), bool>>,
    entries: RefCell<BTreeMap<(usize, Fingerprint), Looked>>,
    signatures: Cell<usize>,
    list_signatures: Cell<usize>,
    steps: Cell<usize>,
    signers: Cell<usize>,
}

impl Work {
    /// Whether the issuer's key made the signature on the certificate; nothing if no more
    /// signatures may be verified.
    pub fn issued(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Option<Result<(), NotVerified>> {
        let pair = (certificate.fingerprint(), issuer.public_key().der().clone());
        if let Some(known) = self.issued.borrow().get(&pair) {
            return Some(known.clone());
        }
        spend(&self.signatures, MAX_SIGNATURES).then(|| {
            let result = verify_issued(certificate, issuer);
            self.issued.borrow_mut().insert(pair, result.clone());
            result
        })
    }

    /// Whether that key made the signature on the list, which has that place in the evidence.
    pub fn signed(&self, place: usize, crl: &Crl, signer: &Certificate) -> bool {
        let pair = (place, signer.public_key().der().clone());
        if let Some(known) = self.lists.borrow().get(&pair) {
            return *known;
        }
        let verified = spend(&self.list_signatures, MAX_SIGNATURES)
            && crl.algorithm() == crl.inner_algorithm()
            && scheme_of(crl.algorithm()).is_ok_and(|scheme| {
                verify(scheme, signer.public_key(), crl.tbs(), crl.signature()).is_ok()
            });
        self.lists.borrow_mut().insert(pair, verified);
        verified
    }

    /// What the list, which has that place in the evidence, has on the certificate.
    pub fn entry(&self, place: usize, crl: &Crl, certificate: &Certificate) -> Looked {
        let pair = (place, certificate.fingerprint());
        if let Some(known) = self.entries.borrow().get(&pair) {
            return known.clone();
        }
        let found = entry::find(crl, certificate);
        self.entries.borrow_mut().insert(pair, found.clone());
        found
    }

    /// Whether one more issuer may be considered.
    pub fn may_step(&self) -> bool {
        spend(&self.steps, MAX_STEPS)
    }

    /// Whether the path of one more signer may be judged.
    pub fn may_judge_signer(&self) -> bool {
        spend(&self.signers, MAX_SIGNERS)
    }
}

fn spend(spent: &Cell<usize>, budget: usize) -> bool {
    spent.set(spent.get().saturating_add(1));
    spent.get() <= budget
}

fn verify_issued(certificate: &Certificate, issuer: &Certificate) -> Result<(), NotVerified> {
    let scheme = scheme_of(certificate.algorithm()).map_err(NotVerified::Unsupported)?;
    verify(scheme, issuer.public_key(), certificate.tbs(), certificate.signature())
}
