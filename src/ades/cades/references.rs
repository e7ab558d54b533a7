//! References by hash to what a signature was once verified with, and the timestamps over them
//! (EN 319 122-1 annex A.1, RFC 5126 §6.2 and §6.3).

use super::attributes::Reading;
use crate::ades;
use crate::der::Bytes;
use crate::der::cades::reference::{self, Found, Hashed, Referred, ValueReference};
use crate::der::certificate::Fingerprint;
use crate::der::cms::values::Carried;
use crate::der::cms::{Attribute, SignerInfo};
use crate::digest::DigestAlgorithm;
use crate::oid::{self, Oid};
use std::collections::BTreeSet;

/// All references among unsigned attributes.
pub(super) fn read(unsigned: &mut Reading<'_>) -> Vec<ValueReference> {
    let certificates = [oid::COMPLETE_CERTIFICATE_REFS, oid::ATTRIBUTE_CERTIFICATE_REFS];
    let revocation = [oid::COMPLETE_REVOCATION_REFS, oid::ATTRIBUTE_REVOCATION_REFS];
    let mut found = Vec::new();
    for kind in certificates {
        found.extend(unsigned.one(kind, reference::certificates).unwrap_or_default());
    }
    for kind in revocation {
        found.extend(unsigned.one(kind, reference::revocation).unwrap_or_default());
    }
    found
}

fn of_kinds<'a>(signer: &'a SignerInfo, kinds: &'a [Oid]) -> impl Iterator<Item = &'a Attribute> {
    let unsigned = signer.unsigned_attributes.as_ref();
    kinds.iter().flat_map(move |kind| unsigned.into_iter().flat_map(move |a| a.of_kind(*kind)))
}

/// What a timestamp over the references alone is over: type and values of the two attributes, without
/// what is around them (RFC 5126 §6.3.6).
pub(super) fn over_references(signer: &SignerInfo) -> Vec<u8> {
    const KINDS: &[Oid] = &[oid::COMPLETE_CERTIFICATE_REFS, oid::COMPLETE_REVOCATION_REFS];
    of_kinds(signer, KINDS).flat_map(|a| a.type_and_values()).copied().collect()
}

/// What a timestamp over the whole of CAdES-C is over: the signature value, its timestamps, and the
/// references (RFC 5126 §6.3.5).
pub(super) fn over_complete(signer: &SignerInfo) -> Vec<u8> {
    let stamps = of_kinds(signer, &[oid::SIGNATURE_TIME_STAMP]);
    let stamps: Vec<u8> = stamps.flat_map(|a| a.type_and_values()).copied().collect();
    [signer.signature.as_ref(), &stamps, &over_references(signer)].concat()
}

/// Everything in a file that references may be to.
#[derive(Debug)]
pub(super) struct Values(Carried);

impl Values {
    pub(super) const fn new(carried: Carried) -> Self {
        Self(carried)
    }

    fn all(&self) -> impl Iterator<Item = (Referred, &Bytes)> {
        let certificates = self.0.certificates.iter().map(|der| (Referred::Certificate, der));
        let crls = self.0.crls.iter().map(|der| (Referred::Crl, der));
        certificates.chain(crls).chain(self.0.ocsp.iter().map(|der| (Referred::Ocsp, der)))
    }

    /// What the references are to: each value in the file with a hash among them, and by which hash function.
    pub(super) fn referred_to(&self, references: &[ValueReference]) -> Vec<ades::Referred> {
        let mut hashed = Hashed::default();
        self.all().for_each(|(to, der)| hashed.add(to, der, references));
        let found: BTreeSet<(usize, DigestAlgorithm)> = references
            .iter()
            .filter_map(|reference| match hashed.find(reference) {
                Found::At(place) => Some((place, reference.hash.as_ref()?.algorithm?)),
                Found::Nowhere | Found::Unknown => None,
            })
            .collect();
        let prints: Vec<Fingerprint> = self.all().map(|(_, der)| Fingerprint::of(der)).collect();
        let print = |(place, by): (usize, DigestAlgorithm)| Some((*prints.get(place)?, by));
        found.into_iter().filter_map(print).collect()
    }
}
