//! References by hash to what a signature was once verified with, and the timestamps over them
//! (EN 319 122-1 annex A.1, RFC 5126 §6.2 and §6.3).

use super::attributes::Reading;
use crate::der::Bytes;
use crate::der::cades::reference::{self, ValueReference};
use crate::der::cms::values::Carried;
use crate::der::cms::{Attribute, SignerInfo};
use crate::digest::DigestAlgorithm;
use crate::oid::{self, Oid};

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

/// What the references prove to have been there: each value in the file with a hash among them that
/// nobody can find a second preimage for.
pub(super) fn referred(references: &[ValueReference], carried: &Carried) -> Vec<Bytes> {
    let sound: Vec<&ValueReference> = references
        .iter()
        .filter(|r| {
            let algorithm = r.hash.as_ref().and_then(|hash| hash.algorithm);
            algorithm.is_some_and(|algorithm| algorithm != DigestAlgorithm::Sha1)
        })
        .collect();
    if sound.is_empty() {
        return Vec::new();
    }
    let values = carried.certificates.iter().chain(&carried.crls).chain(&carried.ocsp);
    values.filter(|der| sound.iter().any(|r| r.is_to(der) == Some(true))).cloned().collect()
}
