//! Evidence in hand. None of it is trusted for being here.

use super::bundle::Bundle;
use super::want::{Unavailable, Want};
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::cms::SignedData;
use crate::der::cms::values::Carried;
use crate::der::crl::Crl;
use crate::der::name::{Name, NameKey};
use crate::der::ocsp::{BasicResponse, OcspResponse};
use crate::der::{Bytes, pem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

/// Certificates, revocation lists, OCSP responses, and what was asked for in vain.
#[derive(Clone, Debug, Default)]
pub struct EvidenceSet {
    certificates: Vec<Certificate>,
    known: BTreeSet<Fingerprint>,
    /// Where the certificates of a subject stand, by the identifier of their key.
    subjects: BTreeMap<NameKey, BTreeMap<Option<Bytes>, Vec<usize>>>,
    crls: Vec<(Fingerprint, Crl)>,
    /// Where the lists of an issuer stand.
    issuers: BTreeMap<NameKey, Vec<usize>>,
    ocsp: Vec<BasicResponse>,
    asked: BTreeMap<Want, Result<(), Unavailable>>,
    edition: Edition,
}

/// What is in a set: two sets of one edition hold the same. It changes with everything that is taken in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Edition(u64);

impl Edition {
    /// One that no set has had.
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Bytes that are no evidence of any kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "this is no certificate, revocation list, OCSP response, PKCS #7 bundle or evidence bundle, or it is damaged"
)]
pub struct NotEvidence;

impl EvidenceSet {
    /// What is in it, and what was asked for in vain.
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// Takes a certificate in.
    pub fn add_certificate(&mut self, certificate: Certificate) {
        if self.known.insert(certificate.fingerprint()) {
            let named = self.subjects.entry(certificate.subject().key()).or_default();
            named.entry(certificate.subject_key_id()).or_default().push(self.certificates.len());
            self.certificates.push(certificate);
            self.edition = Edition::next();
        }
    }

    /// Takes a revocation list in.
    pub fn add_crl(&mut self, crl: Crl) {
        let fingerprint = Fingerprint::of(crl.der());
        if self.known.insert(fingerprint) {
            self.issuers.entry(crl.issuer().key()).or_default().push(self.crls.len());
            self.crls.push((fingerprint, crl));
            self.edition = Edition::next();
        }
    }

    /// Takes an OCSP response in, with the certificates it carries.
    pub fn add_ocsp(&mut self, response: BasicResponse) {
        if self.known.insert(Fingerprint::of(&response.der)) {
            self.ocsp.push(response);
            self.edition = Edition::next();
        }
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
        let unknown = |set: &Self, der: &Bytes| !set.known.contains(&Fingerprint::of(der));
        for der in carried.certificates {
            if unknown(self, &der)
                && let Ok(certificate) = Certificate::parse(der)
            {
                self.add_certificate(certificate);
            }
        }
        for der in carried.crls {
            if unknown(self, &der)
                && let Ok(crl) = Crl::parse(der)
            {
                self.add_crl(crl);
            }
        }
        for der in carried.ocsp {
            if unknown(self, &der)
                && let Ok(response) = BasicResponse::parse(der)
            {
                self.add_ocsp(response);
            }
        }
    }

    /// Whether that certificate is in hand.
    pub fn has_certificate(&self, certificate: &Certificate) -> bool {
        self.known.contains(&certificate.fingerprint())
    }

    /// All certificates in hand.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The certificates of a subject. Those whose key identifier is the one given come first, those
    /// that have none next; an identifier is a hint and excludes nobody.
    pub fn named(
        &self,
        subject: &Name,
        key_id: Option<Bytes>,
    ) -> impl Iterator<Item = &Certificate> {
        let by_key = self.subjects.get(&subject.key());
        let group = |id: &Option<Bytes>| by_key.and_then(|by_key| by_key.get(id));
        let fitting = key_id.as_ref().and_then(|id| group(&Some(id.clone())));
        let without = group(&None);
        let others = by_key.into_iter().flatten();
        let others = others.filter(move |(id, _)| id.is_some() && **id != key_id);
        let places = fitting.into_iter().chain(without).chain(others.map(|(_, places)| places));
        places.flatten().filter_map(|place| self.certificates.get(*place))
    }

    /// The revocation lists of an issuer, each with the SHA-256 of its bytes.
    pub fn crls_of(&self, issuer: &Name) -> impl Iterator<Item = (Fingerprint, &Crl)> {
        let places = self.issuers.get(&issuer.key()).into_iter().flatten();
        let lists = places.filter_map(|place| self.crls.get(*place));
        lists.map(|(fingerprint, crl)| (*fingerprint, crl))
    }

    /// All revocation lists in hand.
    pub fn crls(&self) -> impl Iterator<Item = &Crl> {
        self.crls.iter().map(|(_, crl)| crl)
    }

    /// All OCSP responses in hand.
    pub fn ocsp(&self) -> &[BasicResponse] {
        &self.ocsp
    }

    /// Whether that was asked for already; nothing is asked for twice.
    pub fn was_asked(&self, want: &Want) -> bool {
        self.asked.contains_key(want)
    }

    /// Why that could not be had, if it was asked for in vain.
    pub fn refusal(&self, want: &Want) -> Option<&Unavailable> {
        self.asked.get(want)?.as_ref().err()
    }

    /// All that was asked for in vain, and why.
    pub fn refusals(&self) -> impl Iterator<Item = (&Want, &Unavailable)> {
        self.asked.iter().filter_map(|(want, answer)| Some((want, answer.as_ref().err()?)))
    }

    /// Forgets that this was asked for: it may be asked for again.
    pub fn forget(&mut self, want: &Want) {
        if self.asked.remove(want).is_some() {
            self.edition = Edition::next();
        }
    }

    /// Remembers the answer to a want and takes in what it brought.
    pub fn answer(&mut self, want: Want, answer: Result<Bytes, Unavailable>) {
        let outcome = answer
            .and_then(|bytes| self.add(&bytes).map_err(|error| Unavailable(error.to_string())));
        self.asked.insert(want, outcome);
        self.edition = Edition::next();
    }
}
