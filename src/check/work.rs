//! How much one judgement may still do.
//!
//! Building a path and judging it ask the same questions over and over; each is answered once. The
//! budgets bound what evidence that is made to overwhelm can cost. When one is used up, the answer
//! is no.

use super::algorithm::scheme_of;
use super::memory::{Looked, Memory};
use crate::crypto::verify::{NotVerified, verify};
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::crl::Crl;
use crate::der::ocsp::BasicResponse;
use std::cell::Cell;

/// Signatures verified in the search for paths, and as many again on revocation data. Go stops at
/// 100 for a path; a cross-certified mesh of attack takes thousands (docs/threat-model.md row 15).
pub const MAX_SIGNATURES: usize = 512;

/// Issuers considered while searching for paths. It bounds walks around a mesh of which every
/// signature is known by now; the whole of a government bridge is some dozens of certificates.
pub const MAX_STEPS: usize = 1 << 12;

/// Signers of revocation lists whose own paths are judged; a real hierarchy has one or two.
pub const MAX_SIGNERS: usize = 32;

/// What was spent, and what is known beside.
#[derive(Debug)]
pub struct Work<'a> {
    memory: &'a Memory,
    signatures: Cell<usize>,
    status_signatures: Cell<usize>,
    steps: Cell<usize>,
    signers: Cell<usize>,
}

impl<'a> Work<'a> {
    /// The whole budget of a judgement that uses what is remembered.
    pub fn with(memory: &'a Memory) -> Self {
        let full = Cell::default;
        Self {
            memory,
            signatures: full(),
            status_signatures: full(),
            steps: full(),
            signers: full(),
        }
    }

    /// Whether the issuer's key made the signature on the certificate; nothing if no more
    /// signatures may be verified.
    pub fn issued(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Option<Result<(), NotVerified>> {
        self.memory.signature(certificate.fingerprint(), issuer.public_key().der(), || {
            spend(&self.signatures, MAX_SIGNATURES).then(|| verify_issued(certificate, issuer))
        })
    }

    /// Whether that key made the signature on the list, of which this is the digest.
    pub fn signed(&self, print: Fingerprint, crl: &Crl, signer: &Certificate) -> bool {
        let result = self.memory.signature(print, signer.public_key().der(), || {
            spend(&self.status_signatures, MAX_SIGNATURES).then(|| verify_signed(crl, signer))
        });
        result == Some(Ok(()))
    }

    /// Whether that key made the signature on the OCSP response, of which this is the digest.
    pub fn answered(
        &self,
        print: Fingerprint,
        response: &BasicResponse,
        signer: &Certificate,
    ) -> bool {
        let result = self.memory.signature(print, signer.public_key().der(), || {
            spend(&self.status_signatures, MAX_SIGNATURES)
                .then(|| verify_answered(response, signer))
        });
        result == Some(Ok(()))
    }

    /// What the list, of which this is the digest, has on the certificate.
    pub fn entry(&self, print: Fingerprint, crl: &Crl, certificate: &Certificate) -> Looked {
        self.memory.entry(print, crl, certificate)
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

fn verify_signed(crl: &Crl, signer: &Certificate) -> Result<(), NotVerified> {
    if crl.algorithm() != crl.inner_algorithm() {
        return Err(NotVerified::Mismatch);
    }
    let scheme = scheme_of(crl.algorithm()).map_err(NotVerified::Unsupported)?;
    verify(scheme, signer.public_key(), crl.tbs(), crl.signature())
}

fn verify_answered(response: &BasicResponse, signer: &Certificate) -> Result<(), NotVerified> {
    let scheme = scheme_of(&response.algorithm).map_err(NotVerified::Unsupported)?;
    verify(scheme, signer.public_key(), &response.tbs, &response.signature)
}
