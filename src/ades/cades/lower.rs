//! Lowers one signer of a signed-data to the one model.

use super::Content;
use super::attributes::{Reading, unjudged};
use super::ground::Ground;
use super::references;
use super::stamps::{Stamps, stamps};
use crate::ades::{Format, Level, Reference, Signature};
use crate::crypto::SignatureScheme;
use crate::der::Bytes;
use crate::der::cms::{Attributes, SignerInfo};
use crate::der::tlv::{Reader, Tag};
use crate::digest::DigestAlgorithm;
use crate::oid::{self, Oid};

/// A signer, and what it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lowering<'a> {
    pub(super) format: Format,
    pub(super) ground: &'a Ground<'a>,
    pub(super) signer: &'a SignerInfo,
    pub(super) content: &'a Content,
    /// The id of the signature that is the content, for a counter-signature.
    pub(super) countersigns: Option<&'a str>,
}

impl Lowering<'_> {
    /// The signature.
    pub(super) fn signature(&self) -> Signature {
        let Self { format, ground, signer, content, .. } = *self;
        let data = ground.data;
        let digest_algorithm = signer.digest_algorithm.digest();
        let mut signed = Reading::of(&signer.signed_attributes);
        let expected = signed.one(oid::MESSAGE_DIGEST, |value| {
            let tlv = Reader::only(value, Tag::OCTET_STRING, "message-digest")?;
            Ok(Bytes::copy_from_slice(tlv.content))
        });
        let content_type = signed
            .one(oid::CONTENT_TYPE, |value| Reader::only(value, Tag::OID, "content-type")?.oid());
        let claimed_time = signed
            .one(oid::SIGNING_TIME, |value| Reader::new(value, "signing-time").take()?.time());
        let certificate_references = signed.certificate_references();
        let claims = signed.claims();
        let mut unsigned = Reading::of(&signer.unsigned_attributes);
        let value_references = references::read(&mut unsigned);
        let observed = content.digests.as_ref().and_then(|digests| {
            digests.iter().find(|d| Some(d.algorithm()) == digest_algorithm).cloned()
        });
        let Stamps { timestamps, uncovered } = stamps(self);
        Signature {
            id: id(&signer.signature),
            format,
            level: self.level(),
            countersigns: self.countersigns.map(str::to_owned),
            unreadable_counter_signatures: Vec::new(),
            covers: vec![content.name.clone()],
            signed_bytes: signer.signed_attributes.as_ref().map(|a| a.signed_bytes().into()),
            attributes_sorted: signer.signed_attributes.as_ref().is_none_or(Attributes::is_sorted),
            attribute_faults: [signed.faults, unsigned.faults].concat(),
            unjudged_attributes: unjudged(signer),
            uncovered,
            content_types: (content_type, data.content_type),
            digest_algorithm: signer.digest_algorithm.clone(),
            announced_digests: data.digest_algorithms.clone(),
            scheme: SignatureScheme::from_identifier(&signer.signature_algorithm, digest_algorithm),
            signature_algorithm: signer.signature_algorithm.clone(),
            references: vec![Reference {
                name: content.name.clone(),
                algorithm: digest_algorithm,
                expected,
                observed,
            }],
            value: signer.signature.clone(),
            signer: signer.signer.clone(),
            certificate_references,
            claimed_time,
            claims,
            value_references,
            timestamps,
        }
    }

    /// The highest level of which everything is there.
    fn level(&self) -> Level {
        let has = |kind: Oid| self.unsigned(kind);
        let values = has(oid::CERTIFICATE_VALUES) && has(oid::REVOCATION_VALUES);
        let references = has(oid::COMPLETE_CERTIFICATE_REFS) && has(oid::COMPLETE_REVOCATION_REFS);
        let extended = has(oid::CADES_C_TIME_STAMP) || has(oid::REFERENCES_TIME_STAMP);
        let stamped = has(oid::SIGNATURE_TIME_STAMP);
        let revocation = !self.ground.data.revocation.is_empty();
        match self.format {
            Format::Timestamp => Level::Timestamp,
            Format::EvidenceRecord => Level::EvidenceRecord,
            Format::Cades if has(oid::ARCHIVE_TIME_STAMP_V3) => Level::Lta,
            Format::Cades if has(oid::ARCHIVE_TIME_STAMP_V2) => Level::A,
            Format::Cades if values && references => Level::Xl,
            Format::Cades if stamped && (values || revocation) => Level::Lt,
            Format::Cades if references && extended => Level::X,
            Format::Cades if references => Level::C,
            Format::Cades if stamped => Level::T,
            Format::Cades => Level::B,
        }
    }

    fn unsigned(&self, kind: Oid) -> bool {
        self.signer.unsigned_attributes.iter().any(|a| a.of_kind(kind).next().is_some())
    }
}

/// The first half of the SHA-256 of a signature value, in hexadecimal.
fn id(value: &[u8]) -> String {
    DigestAlgorithm::Sha256.digest(value).to_string().chars().take(32).collect()
}
