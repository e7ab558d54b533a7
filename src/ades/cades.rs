//! CMS signatures and tokens, lowered to the one model (ETSI EN 319 122-1, RFC 5652, RFC 3161).

pub mod archive;

use super::{Format, Reference, Signature, Stamped, Timestamp, TimestampKind, Token};
use crate::crypto::SignatureScheme;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::cms::{Attributes, SignedData, SignerInfo};
use crate::der::tlv::{Malformed, Problem, Reader, Tag};
use crate::der::tsp::TstInfo;
use crate::der::{Bytes, ess};
use crate::digest::{Digest, DigestAlgorithm};
use crate::oid::{self, Oid};

/// Tokens of one signature: thirty years of yearly renewals, and as many again. Each is judged with
/// a path of its own.
const MAX_TIMESTAMPS: usize = 64;

/// The content that a signature is over, by its hashes.
#[derive(Clone, Debug)]
pub struct Content {
    /// What it is called.
    pub name: String,
    /// Its hashes; nothing if the content is not there.
    pub digests: Option<Vec<Digest>>,
}

/// The hash functions that the content must be run through before its signatures can be judged.
pub fn digests_needed(data: &SignedData) -> Vec<DigestAlgorithm> {
    let mut needed: Vec<DigestAlgorithm> = Vec::new();
    for signer in &data.signers {
        needed.extend(signer.digest_algorithm.digest());
        for attribute in
            signer.signed_attributes.iter().flat_map(|a| a.of_kind(oid::CONTENT_TIME_STAMP))
        {
            let tokens = attribute.values.iter().filter_map(|value| token(value).ok());
            needed.extend(tokens.filter_map(|t| t.statement.imprint_algorithm.digest()));
        }
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// Every signature of a signed-data over that content.
pub fn signatures(data: &SignedData, content: &Content) -> Vec<Signature> {
    data.signers.iter().map(|signer| signature(data, signer, content, Format::Cades)).collect()
}

fn signature(
    data: &SignedData,
    signer: &SignerInfo,
    content: &Content,
    format: Format,
) -> Signature {
    let mut faults = Vec::new();
    let signed = signer.signed_attributes.as_ref();
    let digest_algorithm = signer.digest_algorithm.digest();
    let message_digest = single(signed, oid::MESSAGE_DIGEST, &mut faults).and_then(|value| {
        let tlv = Reader::only(value, Tag::OCTET_STRING, "message-digest");
        readable(
            tlv.map(|tlv| Bytes::copy_from_slice(tlv.content)),
            oid::MESSAGE_DIGEST,
            &mut faults,
        )
    });
    let content_type = single(signed, oid::CONTENT_TYPE, &mut faults).and_then(|value| {
        let oid = Reader::only(value, Tag::OID, "content-type").and_then(|tlv| tlv.oid());
        readable(oid, oid::CONTENT_TYPE, &mut faults)
    });
    let claimed_time = single(signed, oid::SIGNING_TIME, &mut faults).and_then(|value| {
        let time = Reader::new(value, "signing-time").take().and_then(|tlv| tlv.time());
        readable(time, oid::SIGNING_TIME, &mut faults)
    });
    let certificate_references = certificate_references(signed, &mut faults);
    let observed = content.digests.as_ref().and_then(|digests| {
        digests.iter().find(|d| Some(d.algorithm()) == digest_algorithm).cloned()
    });
    Signature {
        id: DigestAlgorithm::Sha256
            .digest(&signer.signature)
            .to_string()
            .chars()
            .take(32)
            .collect(),
        format,
        covers: vec![content.name.clone()],
        signed_bytes: signed.map(|attributes| attributes.signed_bytes().into()),
        attributes_sorted: signed.is_none_or(Attributes::is_sorted),
        attribute_faults: faults,
        unjudged_attributes: unjudged(signer),
        content_types: (content_type, data.content_type),
        digest_algorithm: signer.digest_algorithm.clone(),
        announced_digests: data.digest_algorithms.clone(),
        scheme: SignatureScheme::from_identifier(&signer.signature_algorithm, digest_algorithm),
        references: vec![Reference {
            name: content.name.clone(),
            algorithm: digest_algorithm,
            expected: message_digest,
            observed,
        }],
        value: signer.signature.clone(),
        signer: signer.signer.clone(),
        certificate_references,
        claimed_time,
        timestamps: timestamps(signer, content),
        has_validation_values: has_validation_values(signer),
    }
}

/// The one value of an attribute that must have one; anything else is a fault and no value.
fn single<'a>(
    attributes: Option<&'a Attributes>,
    kind: Oid,
    faults: &mut Vec<String>,
) -> Option<&'a Bytes> {
    let mut of_kind = attributes?.of_kind(kind);
    let first = of_kind.next()?;
    let only = of_kind.next().is_none();
    match first.values.as_slice() {
        [value] if only => Some(value),
        _ => {
            faults.push(oid::name(&kind).unwrap_or("attribute").to_owned());
            None
        }
    }
}

fn readable<T>(value: Result<T, Malformed>, kind: Oid, faults: &mut Vec<String>) -> Option<T> {
    if value.is_err() {
        faults.push(oid::name(&kind).unwrap_or("attribute").to_owned());
    }
    value.ok()
}

/// The references of both versions of the attribute. If both are there, both must hold.
fn certificate_references(
    signed: Option<&Attributes>,
    faults: &mut Vec<String>,
) -> Option<Vec<ess::CertificateReference>> {
    let v1 = single(signed, oid::SIGNING_CERTIFICATE, faults)
        .and_then(|value| readable(ess::parse_v1(value), oid::SIGNING_CERTIFICATE, faults));
    let v2 = single(signed, oid::SIGNING_CERTIFICATE_V2, faults)
        .and_then(|value| readable(ess::parse_v2(value), oid::SIGNING_CERTIFICATE_V2, faults));
    if v1.is_none() && v2.is_none() {
        return None;
    }
    // The first reference of each attribute is the signer's own (RFC 5035 §5); the others are of CAs.
    let first = |refs: Option<Vec<ess::CertificateReference>>| {
        refs.into_iter().flat_map(|r| r.into_iter().take(1))
    };
    Some(first(v1).chain(first(v2)).collect())
}

/// The tokens among signed and unsigned attributes.
fn timestamps(signer: &SignerInfo, content: &Content) -> Vec<Timestamp> {
    let mut found = Vec::new();
    let mut take = |attributes: &Option<Attributes>,
                    kind: Oid,
                    what: TimestampKind,
                    stamped: Stamped| {
        let covers = match what {
            TimestampKind::Signature => vec![Fingerprint::of(&signer.signature)],
            TimestampKind::Content | TimestampKind::Archive | TimestampKind::Document => Vec::new(),
        };
        for value in attributes.iter().flat_map(|a| a.of_kind(kind)).flat_map(|a| &a.values) {
            // The one above the limit is refused unread, and stands for all that follow.
            let token = match found.len() {
                0..MAX_TIMESTAMPS => token(value).map(Box::new),
                MAX_TIMESTAMPS => Err(Malformed::new("TimeStampToken", Problem::TooLarge)),
                _ => break,
            };
            let (stamped, covers) = (stamped.clone(), covers.clone());
            found.push(Timestamp { kind: what, token, stamped, covers });
        }
    };
    let hashed = content.digests.clone().map_or(Stamped::Missing, Stamped::Hashed);
    take(&signer.signed_attributes, oid::CONTENT_TIME_STAMP, TimestampKind::Content, hashed);
    let value = Stamped::Bytes(signer.signature.clone());
    let unsigned = &signer.unsigned_attributes;
    take(unsigned, oid::SIGNATURE_TIME_STAMP, TimestampKind::Signature, value);
    for kind in [oid::ARCHIVE_TIME_STAMP_V2, oid::ARCHIVE_TIME_STAMP_V3] {
        take(unsigned, kind, TimestampKind::Archive, Stamped::Missing);
    }
    found
}

fn has_validation_values(signer: &SignerInfo) -> bool {
    let has = |kind| signer.unsigned_attributes.iter().any(|a| a.of_kind(kind).next().is_some());
    has(oid::CERTIFICATE_VALUES) && has(oid::REVOCATION_VALUES)
}

/// Attributes that say something about the signature which inkan does not weigh: a signature policy
/// or a commitment that was signed no less than a counter-signature that was added.
fn unjudged(signer: &SignerInfo) -> Vec<String> {
    const SIGNED: [Oid; 7] = [
        // What the signer's mail program can decrypt: nothing about the signature (RFC 8551 §2.5.2).
        oid::SMIME_CAPABILITIES,
        oid::CONTENT_TYPE,
        oid::MESSAGE_DIGEST,
        oid::SIGNING_TIME,
        oid::SIGNING_CERTIFICATE,
        oid::SIGNING_CERTIFICATE_V2,
        oid::CONTENT_TIME_STAMP,
    ];
    const UNSIGNED: [Oid; 5] = [
        oid::SIGNATURE_TIME_STAMP,
        oid::ARCHIVE_TIME_STAMP_V2,
        oid::ARCHIVE_TIME_STAMP_V3,
        oid::CERTIFICATE_VALUES,
        oid::REVOCATION_VALUES,
    ];
    let others = |attributes: &'_ Option<Attributes>, judged: &[Oid]| -> Vec<Oid> {
        let list = attributes.iter().flat_map(|a| a.list()).map(|attribute| attribute.oid);
        list.filter(|oid| !judged.contains(oid)).collect()
    };
    let signed = others(&signer.signed_attributes, &SIGNED).into_iter();
    let all = signed.chain(others(&signer.unsigned_attributes, &UNSIGNED));
    all.map(|a| oid::name(&a).map_or_else(|| a.to_string(), str::to_owned)).collect()
}

/// Reads a time-stamp token.
pub fn token(der: &[u8]) -> Result<Token, Malformed> {
    let data = SignedData::parse(der)?;
    let unknown = || Malformed::new("TimeStampToken", Problem::Unknown);
    if data.content_type != oid::TST_INFO {
        return Err(unknown());
    }
    let statement_der = data.content.clone().ok_or_else(unknown)?;
    let statement = TstInfo::parse(&statement_der)?;
    let signer = data.signers.first().ok_or_else(unknown)?;
    let digests = digests_needed(&data).into_iter().map(|a| a.digest(&statement_der)).collect();
    let content = Content { name: "TSTInfo".to_owned(), digests: Some(digests) };
    Ok(Token {
        der: Bytes::copy_from_slice(der),
        statement,
        signature: signature(&data, signer, &content, Format::Timestamp),
        signers: data.signers.len(),
        certificates: certificates(&data),
        revocation: data.revocation,
    })
}

/// The certificates of a bag that can be read; attribute certificates and other choices, which old
/// Japanese tokens carry, are passed over.
fn certificates(data: &SignedData) -> Vec<Certificate> {
    data.certificates.iter().filter_map(|e| Certificate::parse(e.clone()).ok()).collect()
}
