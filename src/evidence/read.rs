//! What files brought with them, as it was read: those of a batch bring the same certificates, lists and
//! answers, and each is read once. None is in hand for being here.

use crate::der::Bytes;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::crl::Crl;
use crate::der::ocsp::BasicResponse;
use crate::der::tlv::Malformed;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Things of each kind remembered, some kilobytes each.
const MAX_READ: usize = 1 << 10;

/// Octets of a list or an answer that is remembered: a larger one would be kept for nothing by most.
const MAX_OCTETS: usize = 64 << 10;

/// Remembers things by the digest of their exact bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    certificates: BTreeMap<Fingerprint, Certificate>,
    crls: BTreeMap<Fingerprint, Arc<Crl>>,
    ocsp: BTreeMap<Fingerprint, Arc<BasicResponse>>,
}

impl Read {
    /// The certificate of that digest; nothing if it is none.
    pub(super) fn certificate(&mut self, print: Fingerprint, der: &Bytes) -> Option<Certificate> {
        known(&mut self.certificates, print, der, Certificate::parse)
    }

    /// The revocation list of that digest; nothing if it is none.
    pub(super) fn crl(&mut self, print: Fingerprint, der: &Bytes) -> Option<Arc<Crl>> {
        known(&mut self.crls, print, der, |der| Crl::parse(der).map(Arc::new))
    }

    /// The OCSP response of that digest; nothing if it is none.
    pub(super) fn ocsp(&mut self, print: Fingerprint, der: &Bytes) -> Option<Arc<BasicResponse>> {
        known(&mut self.ocsp, print, der, |der| BasicResponse::parse(der).map(Arc::new))
    }
}

fn known<T: Clone>(
    all: &mut BTreeMap<Fingerprint, T>,
    print: Fingerprint,
    der: &Bytes,
    parse: impl FnOnce(Bytes) -> Result<T, Malformed>,
) -> Option<T> {
    if let Some(known) = all.get(&print) {
        return Some(known.clone());
    }
    // A copy: what is remembered must not hold the whole file that it came in.
    let read = parse(Bytes::copy_from_slice(der)).ok()?;
    if der.len() > MAX_OCTETS {
        return Some(read);
    }
    if all.len() >= MAX_READ {
        all.clear();
    }
    all.insert(print, read.clone());
    Some(read)
}
