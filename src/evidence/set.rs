//! Evidence in hand. None of it is trusted for being here.

use super::bundle::Bundle;
use super::edition::Edition;
use super::held::{Fit, Held};
use super::read::Read;
use super::want::{Unavailable, Want};
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::cms::SignedData;
use crate::der::cms::values::Carried;
use crate::der::crl::Crl;
use crate::der::name::Name;
use crate::der::ocsp::{BasicResponse, OcspResponse};
use crate::der::{Bytes, pem};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Certificates, revocation lists, OCSP responses, and what was asked for in vain.
///
/// A set may lie over another: what a file brings with it lies over what is in hand for all files, and goes
/// with the file, so that no file's verdict depends on what was judged before it.
#[derive(Clone, Debug, Default)]
pub struct EvidenceSet {
    below: Option<Arc<Self>>,
    held: Held,
    asked: BTreeMap<Want, Result<(), Unavailable>>,
    edition: Edition,
    /// What files brought: those of a batch bring the same.
    read: Read,
}

/// Bytes that are no evidence of any kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "this is no certificate, revocation list, OCSP response, PKCS #7 bundle or evidence bundle, or it is damaged"
)]
pub struct NotEvidence;

impl EvidenceSet {
    /// A set that lies over this one, which is empty until [`EvidenceSet::uncovered`] gives it back.
    pub fn covered(&mut self) -> Self {
        let read = std::mem::take(&mut self.read);
        let below = Some(Arc::new(std::mem::take(self)));
        Self { below, read, ..Self::default() }
    }

    /// The set that lay below, with whatever was asked for on the way. What was taken in above is gone.
    pub fn uncovered(self) -> Self {
        let below = self.below.map(Arc::unwrap_or_clone).unwrap_or_default();
        Self { read: self.read, ..below }
    }

    /// What is in it, and what was asked for in vain.
    pub fn edition(&self) -> Edition {
        match &self.below {
            Some(below) => below.edition().and(&self.edition.0),
            None => self.edition,
        }
    }

    /// Takes a certificate in.
    pub fn add_certificate(&mut self, certificate: Certificate) {
        let print = certificate.fingerprint();
        if !self.has(print) {
            self.edition = self.edition.with(print);
            self.held.add_certificate(certificate);
        }
    }

    /// Takes a revocation list in.
    pub fn add_crl(&mut self, crl: Crl) {
        let print = Fingerprint::of(crl.der());
        if !self.has(print) {
            self.edition = self.edition.with(print);
            self.held.add_crl(print, Arc::new(crl));
        }
    }

    /// Takes an OCSP response in, with the certificates it carries.
    pub fn add_ocsp(&mut self, response: BasicResponse) {
        let print = Fingerprint::of(&response.der);
        if !self.has(print) {
            self.edition = self.edition.with(print);
            self.held.add_ocsp(print, Arc::new(response));
        }
    }

    /// Whether the thing of that digest is in hand.
    pub fn has(&self, print: Fingerprint) -> bool {
        self.layers().any(|set| set.held.has(print))
    }

    /// This set and those below it, the lowest first: what is in hand for all comes before what a file
    /// brings.
    fn layers(&self) -> impl Iterator<Item = &Self> {
        let mut layers: Vec<&Self> =
            std::iter::successors(Some(self), |set| set.below.as_deref()).collect();
        layers.reverse();
        layers.into_iter()
    }

    /// Takes in whatever these bytes are: PEM or DER, one thing or a bundle.
    pub fn add(&mut self, bytes: &Bytes) -> Result<(), NotEvidence> {
        if Bundle::is_one(bytes) {
            Bundle::read(bytes)?.add_to(self);
            return Ok(());
        }
        let sections = pem::sections(bytes);
        if sections.is_empty() {
            return self.add_der(bytes);
        }
        let mut taken = Err(NotEvidence);
        for section in sections {
            if self.add_der(&section.der).is_ok() {
                taken = Ok(());
            }
        }
        taken
    }

    fn add_der(&mut self, der: &Bytes) -> Result<(), NotEvidence> {
        if let Ok(certificate) = Certificate::parse(der.clone()) {
            self.add_certificate(certificate);
        } else if let Ok(crl) = Crl::parse(der.clone()) {
            self.add_crl(crl);
        } else if let Ok(OcspResponse::Basic(response)) = OcspResponse::parse(der) {
            self.add_ocsp(*response);
        } else if let Ok(response) = BasicResponse::parse(der.clone()) {
            self.add_ocsp(response);
        } else if let Ok(bundle) = SignedData::parse(der) {
            self.add_bags(&bundle);
        } else {
            return Err(NotEvidence);
        }
        Ok(())
    }

    /// Takes in what a signed-data carries beside its signatures: in its bags, in attributes with values
    /// for later proof, and in the tokens that came with it. What cannot be read stays out.
    pub fn add_bags(&mut self, data: &SignedData) {
        let carried = Carried::by(data);
        for der in carried.certificates {
            let print = data.prints.of(&der);
            if !self.has(print)
                && let Some(certificate) = self.read.certificate(print, &der)
            {
                self.add_certificate(certificate);
            }
        }
        for der in carried.crls {
            let print = data.prints.of(&der);
            if !self.has(print)
                && let Some(crl) = self.read.crl(print, &der)
            {
                self.edition = self.edition.with(print);
                self.held.add_crl(print, crl);
            }
        }
        for der in carried.ocsp {
            let print = data.prints.of(&der);
            if !self.has(print)
                && let Some(response) = self.read.ocsp(print, &der)
            {
                self.edition = self.edition.with(print);
                self.held.add_ocsp(print, response);
            }
        }
    }

    /// All certificates in hand.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.layers().flat_map(|set| set.held.certificates())
    }

    /// The certificates of a subject. Those whose key identifier is the one given come first, those
    /// that have none next; an identifier is a hint and excludes nobody.
    pub fn named(
        &self,
        subject: &Name,
        key_id: Option<Bytes>,
    ) -> impl Iterator<Item = &Certificate> {
        let subject = subject.key();
        let of = |fit: Fit| {
            let layers = self.layers();
            layers
                .flat_map(|set| set.held.named(&subject, key_id.as_ref(), fit))
                .collect::<Vec<_>>()
        };
        let groups = [Fit::SameKey, Fit::Unsaid, Fit::OtherKey].map(of);
        groups.into_iter().flatten()
    }

    /// The revocation lists of an issuer, each with the SHA-256 of its bytes.
    pub fn crls_of(&self, issuer: &Name) -> impl Iterator<Item = (Fingerprint, &Crl)> {
        let issuer = issuer.key();
        let layers = self.layers();
        layers.flat_map(|set| set.held.crls_of(&issuer)).collect::<Vec<_>>().into_iter()
    }

    /// All revocation lists in hand.
    pub fn crls(&self) -> impl Iterator<Item = &Crl> {
        self.layers().flat_map(|set| set.held.crls())
    }

    /// All OCSP responses in hand, each with the SHA-256 of its bytes.
    pub fn ocsp(&self) -> impl Iterator<Item = (Fingerprint, &BasicResponse)> {
        self.layers().flat_map(|set| set.held.ocsp())
    }

    /// What became of a want, if it was asked for.
    fn asked(&self, want: &Want) -> Option<&Result<(), Unavailable>> {
        self.layers().find_map(|set| set.asked.get(want))
    }

    /// Whether that was asked for already; nothing is asked for twice.
    pub fn was_asked(&self, want: &Want) -> bool {
        self.asked(want).is_some()
    }

    /// Why that could not be had, if it was asked for in vain.
    pub fn refusal(&self, want: &Want) -> Option<&Unavailable> {
        self.asked(want)?.as_ref().err()
    }

    /// All that was asked for in vain, and why.
    pub fn refusals(&self) -> impl Iterator<Item = (&Want, &Unavailable)> {
        let all = self.layers().flat_map(|set| &set.asked);
        all.filter_map(|(want, answer)| Some((want, answer.as_ref().err()?)))
    }

    /// Forgets that this was asked for: it may be asked for again.
    pub fn forget(&mut self, want: &Want) {
        if let Some(below) = self.below.as_mut().and_then(Arc::get_mut) {
            below.forget(want);
        } else if self.asked.remove(want).is_some() {
            self.edition = self.edition.and(format!("forgotten {want:?}").as_bytes());
        }
    }

    /// Remembers the answer to a want and takes in what it brought: below, where it is in hand for all,
    /// having been fetched and not come with a file.
    pub fn answer(&mut self, want: Want, answer: Result<Bytes, Unavailable>) {
        if let Some(below) = self.below.as_mut().and_then(Arc::get_mut) {
            below.answer(want, answer);
            return;
        }
        let outcome = answer
            .and_then(|bytes| self.add(&bytes).map_err(|error| Unavailable(error.to_string())));
        self.edition = self.edition.and(format!("{want:?} {outcome:?}").as_bytes());
        self.asked.insert(want, outcome);
    }
}
