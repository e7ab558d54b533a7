//! Evidence where it is found again: certificates by subject, lists by issuer, all by their digest.

use crate::der::Bytes;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::crl::Crl;
use crate::der::name::NameKey;
use crate::der::ocsp::BasicResponse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How a certificate fits the key identifier that is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fit {
    /// It has the one looked for.
    SameKey,
    /// It has none.
    Unsaid,
    /// It has another.
    OtherKey,
}

/// Pieces of evidence, each there once.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    known: BTreeSet<Fingerprint>,
    certificates: Vec<Certificate>,
    /// Where the certificates of a subject stand, by the identifier of their key.
    subjects: BTreeMap<NameKey, BTreeMap<Option<Bytes>, Vec<usize>>>,
    crls: Vec<(Fingerprint, Arc<Crl>)>,
    /// Where the lists of an issuer stand.
    issuers: BTreeMap<NameKey, Vec<usize>>,
    ocsp: Vec<(Fingerprint, Arc<BasicResponse>)>,
}

impl Held {
    pub(super) fn has(&self, print: Fingerprint) -> bool {
        self.known.contains(&print)
    }

    pub(super) fn add_certificate(&mut self, certificate: Certificate) {
        self.known.insert(certificate.fingerprint());
        let named = self.subjects.entry(certificate.subject().key()).or_default();
        named.entry(certificate.subject_key_id()).or_default().push(self.certificates.len());
        self.certificates.push(certificate);
    }

    pub(super) fn add_crl(&mut self, print: Fingerprint, crl: Arc<Crl>) {
        self.known.insert(print);
        self.issuers.entry(crl.issuer().key()).or_default().push(self.crls.len());
        self.crls.push((print, crl));
    }

    pub(super) fn add_ocsp(&mut self, print: Fingerprint, response: Arc<BasicResponse>) {
        self.known.insert(print);
        self.ocsp.push((print, response));
    }

    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The certificates of a subject whose key identifier fits in that way.
    pub(super) fn named(
        &self,
        subject: &NameKey,
        key_id: Option<&Bytes>,
        fit: Fit,
    ) -> impl Iterator<Item = &Certificate> {
        let by_key = self.subjects.get(subject).into_iter().flatten();
        let fitting = by_key.filter(move |(id, _)| match (id, key_id) {
            (None, _) => fit == Fit::Unsaid,
            (Some(id), Some(wanted)) if id == wanted => fit == Fit::SameKey,
            (Some(_), _) => fit == Fit::OtherKey,
        });
        fitting.flat_map(|(_, places)| places).filter_map(|place| self.certificates.get(*place))
    }

    pub(super) fn crls_of(&self, issuer: &NameKey) -> impl Iterator<Item = (Fingerprint, &Crl)> {
        let places = self.issuers.get(issuer).into_iter().flatten();
        let lists = places.filter_map(|place| self.crls.get(*place));
        lists.map(|(print, crl)| (*print, &**crl))
    }

    pub(super) fn crls(&self) -> impl Iterator<Item = &Crl> {
        self.crls.iter().map(|(_, crl)| &**crl)
    }

    pub(super) fn ocsp(&self) -> impl Iterator<Item = (Fingerprint, &BasicResponse)> {
        self.ocsp.iter().map(|(print, response)| (*print, &**response))
    }
}
