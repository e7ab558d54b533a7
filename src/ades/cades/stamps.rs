//! The tokens of a signature: what each should have stamped, and what it proves to have been there.

use super::archive::HashIndex;
use super::archive_v2;
use super::attributes::{Reading, name};
use super::lower::Lowering;
use super::references::{over_complete, over_references, read as references};
use super::token_of;
use crate::ades::{Format, Indexed, NoIndex, Referred, Stamped, Timestamp, TimestampKind, Token};
use crate::der::Bytes;
use crate::der::certificate::Fingerprint;
use crate::der::cms::values::Carried;
use crate::der::cms::{Attributes, SignedData};
use crate::der::tlv::{Malformed, Problem};
use crate::digest::DigestAlgorithm;
use crate::oid::{self, Oid};
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Tokens of one signature: thirty years of yearly renewals, and as many again. Each is judged with
/// a path of its own.
const MAX_TIMESTAMPS: usize = 64;

/// The tokens, and what none of the archive timestamps among them covers.
pub(super) struct Stamps {
    pub(super) timestamps: Vec<Timestamp>,
    pub(super) uncovered: Option<Vec<String>>,
}

/// What a token is over, and what that proves.
#[derive(Clone)]
struct Over {
    stamped: Stamped,
    covers: Vec<Fingerprint>,
    refers_to: Vec<Referred>,
}

impl Default for Over {
    fn default() -> Self {
        Self { stamped: Stamped::Missing, covers: Vec::new(), refers_to: Vec::new() }
    }
}

/// Elements of the signature that a token is over beside the signature value.
#[derive(Default)]
pub(super) struct Reach<'a> {
    pub(super) certificates: Vec<&'a Bytes>,
    pub(super) revocation: Vec<&'a Bytes>,
    pub(super) attributes: Vec<(Oid, &'a Bytes)>,
}

/// The tokens among signed and unsigned attributes. Those inside a token are not looked at: a token is
/// kept by the signature that it stands in, never by itself.
pub(super) fn stamps(lowering: &Lowering<'_>) -> Stamps {
    if lowering.format == Format::Timestamp {
        return Stamps { timestamps: Vec::new(), uncovered: None };
    }
    let mut all = Gathering { lowering, found: Vec::new(), reached: None };
    let signer = lowering.signer;
    let hashed = lowering.content.digests.clone().map_or(Stamped::Missing, Stamped::Hashed);
    let content = |_: &Token| Over { stamped: hashed.clone(), ..Over::default() };
    all.take(&signer.signed_attributes, oid::CONTENT_TIME_STAMP, TimestampKind::Content, content);
    let unsigned = &signer.unsigned_attributes;
    let value = |_: &Token| {
        let covers = vec![lowering.ground.data.prints.of(&signer.signature)];
        Over { stamped: Stamped::Bytes(signer.signature.clone()), covers, ..Over::default() }
    };
    all.take(unsigned, oid::SIGNATURE_TIME_STAMP, TimestampKind::Signature, value);
    let complete = OnceCell::new();
    let complete = |_: &Token| complete.get_or_init(|| self::complete(lowering)).clone();
    all.take(unsigned, oid::CADES_C_TIME_STAMP, TimestampKind::Complete, complete);
    let only_references = OnceCell::new();
    let only_references = |_: &Token| {
        let made = only_references.get_or_init(|| Over {
            stamped: Stamped::Bytes(over_references(signer).into()),
            refers_to: of_references(lowering),
            ..Over::default()
        });
        made.clone()
    };
    all.take(unsigned, oid::REFERENCES_TIME_STAMP, TimestampKind::References, only_references);
    all.archive(oid::ARCHIVE_TIME_STAMP_V2);
    all.archive(oid::ARCHIVE_TIME_STAMP_V3);
    all.finish()
}

/// What a timestamp over the whole of CAdES-C is over, and what that proves.
fn complete(lowering: &Lowering<'_>) -> Over {
    let signer = lowering.signer;
    let mut covers = vec![lowering.ground.data.prints.of(&signer.signature)];
    for token in values(&signer.unsigned_attributes, oid::SIGNATURE_TIME_STAMP) {
        covers.extend(inside(lowering, oid::SIGNATURE_TIME_STAMP, token).iter());
    }
    let stamped = Stamped::Bytes(over_complete(signer).into());
    Over { stamped, covers, refers_to: of_references(lowering) }
}

fn values(attributes: &Option<Attributes>, kind: Oid) -> impl Iterator<Item = &Bytes> {
    attributes.iter().flat_map(move |a| a.of_kind(kind)).flat_map(|a| &a.values)
}

/// The fingerprints of what a value of an attribute carries.
fn inside(lowering: &Lowering<'_>, kind: Oid, value: &Bytes) -> Rc<[Fingerprint]> {
    let look = || Carried::by_attribute(kind, std::slice::from_ref(value));
    lowering.ground.inside(value, look)
}

fn of_references(lowering: &Lowering<'_>) -> Vec<Referred> {
    let mut unsigned = Reading::of(&lowering.signer.unsigned_attributes);
    lowering.ground.values().referred_to(&references(&mut unsigned))
}

struct Gathering<'a> {
    lowering: &'a Lowering<'a>,
    found: Vec<Timestamp>,
    /// The elements that some archive timestamp covers; nothing if there is none.
    reached: Option<BTreeSet<&'a [u8]>>,
}

impl<'a> Gathering<'a> {
    fn take(
        &mut self,
        attributes: &Option<Attributes>,
        kind: Oid,
        what: TimestampKind,
        over: impl Fn(&Token) -> Over,
    ) {
        for value in attributes.iter().flat_map(|a| a.of_kind(kind)).flat_map(|a| &a.values) {
            let Some(read) = self.read(value) else { break };
            let over = read.as_ref().map_or_else(|_| Over::default(), |(token, _)| over(token));
            let Over { stamped, covers, refers_to } = over;
            let token = read.map(|(token, _)| token);
            self.found.push(Timestamp { kind: what, token, stamped, covers, refers_to });
        }
    }

    /// The token, if there is room for it. The one above the limit is refused unread, and stands for all
    /// that follow.
    fn read(&self, value: &Bytes) -> Option<Result<(Box<Token>, SignedData), Malformed>> {
        match self.found.len() {
            0..MAX_TIMESTAMPS if self.lowering.ground.has_room() => {
                let data = SignedData::read_inner(value);
                let prints = &self.lowering.ground.data.prints;
                let token =
                    data.and_then(|data| Ok((Box::new(token_of(value, &data, prints)?), data)));
                Some(token)
            }
            0..=MAX_TIMESTAMPS => Some(Err(Malformed::new("TimeStampToken", Problem::TooLarge))),
            _ => None,
        }
    }

    fn archive(&mut self, kind: Oid) {
        let unsigned = self.lowering.signer.unsigned_attributes.iter();
        for value in unsigned.flat_map(|a| a.of_kind(kind)).flat_map(|a| &a.values) {
            let Some(read) = self.read(value) else { break };
            let (stamped, reach) = match &read {
                Ok((token, data)) if kind == oid::ARCHIVE_TIME_STAMP_V3 => {
                    self.indexed(token, data)
                }
                Ok((token, _)) => archive_v2::stamped(self.lowering, token, value),
                Err(_) => (Stamped::Missing, Reach::default()),
            };
            let covers = self.covered(&reach);
            let reached = self.reached.get_or_insert_default();
            let bags = reach.certificates.iter().chain(&reach.revocation).copied();
            reached.extend(bags.map(Bytes::as_ref));
            reached.extend(reach.attributes.iter().map(|(_, value)| *value).map(Bytes::as_ref));
            let (kind, token) = (TimestampKind::Archive, read.map(|(token, _)| token));
            self.found.push(Timestamp { kind, token, stamped, covers, refers_to: Vec::new() });
        }
    }

    /// What an archive timestamp v3 is over (EN 319 122-1 §5.5.3), by the index in its token.
    fn indexed(&self, token: &Token, data: &SignedData) -> (Stamped, Reach<'a>) {
        let Lowering { ground, signer, content, countersigns, .. } = *self.lowering;
        let around = ground.data;
        // What the content of a counter-signature would be here, the standard does not say.
        let (Some(own), None) = (data.signers.first(), countersigns) else {
            return (Stamped::Missing, Reach::default());
        };
        let index = match HashIndex::of_token(own) {
            Ok(index) => index,
            Err(error) => return (unindexed(error), Reach::default()),
        };
        let wanted = token.statement.imprint_algorithm.digest();
        let digest = content.digests.as_ref().and_then(|digests| {
            let content = digests.iter().find(|d| Some(d.algorithm()) == wanted)?;
            Some(index.imprint(around.content_type, content, signer))
        });
        let digest_of = |algorithm, kind, bytes: &[u8]| ground.digest(algorithm, kind, bytes);
        let coverage = index.coverage_by(around, signer, &digest_of);
        let without_original = coverage.as_ref().map(|coverage| coverage.without_original);
        let reach = coverage.filter(|coverage| coverage.is_whole()).map(|coverage| Reach {
            certificates: coverage.certificates,
            revocation: coverage.revocation,
            attributes: coverage.attributes,
        });
        let (version, algorithm) = (index.version, index.algorithm);
        let index = Ok(Indexed { version, algorithm, without_original });
        (Stamped::Indexed { digest, index }, reach.unwrap_or_default())
    }

    /// The fingerprints of all that is covered, with what stands inside it; the signer's own part is.
    fn covered(&self, reach: &Reach<'_>) -> Vec<Fingerprint> {
        let signer = self.lowering.signer;
        let ground = self.lowering.ground;
        let mut covers = vec![ground.data.prints.of(&signer.signature)];
        for certificate in &reach.certificates {
            let only =
                || Carried { certificates: vec![(*certificate).clone()], ..Carried::default() };
            covers.extend(ground.inside(certificate, only).iter());
        }
        for element in &reach.revocation {
            covers.extend(ground.inside(element, || Carried::by_revocation(element)).iter());
        }
        for (kind, value) in &reach.attributes {
            covers.extend(inside(self.lowering, *kind, value).iter());
        }
        for token in values(&signer.signed_attributes, oid::CONTENT_TIME_STAMP) {
            covers.extend(inside(self.lowering, oid::CONTENT_TIME_STAMP, token).iter());
        }
        covers
    }

    fn finish(self) -> Stamps {
        let Self { lowering, found, reached } = self;
        let uncovered = reached.map(|reached| uncovered(lowering, &reached, &found));
        Stamps { timestamps: found, uncovered }
    }
}

const fn unindexed(error: NoIndex) -> Stamped {
    Stamped::Indexed { digest: None, index: Err(error) }
}

/// What no archive timestamp covers, but the newest of them itself.
fn uncovered(
    lowering: &Lowering<'_>,
    reached: &BTreeSet<&[u8]>,
    found: &[Timestamp],
) -> Vec<String> {
    let newest = newest_archive(found);
    let left = |der: &&Bytes| !reached.contains(der.as_ref());
    let counted = |elements: &[Bytes], what: &str| {
        let count = elements.iter().filter(left).count();
        (count > 0).then(|| format!("{what} × {count}"))
    };
    let unsigned = lowering.signer.unsigned_attributes.iter().flat_map(|a| a.list());
    let attributes = unsigned.flat_map(|a| a.values.iter().map(move |value| (a.oid, value)));
    let attributes = attributes
        .filter(|(_, value)| left(value) && newest.as_ref() != Some(value))
        .map(|(kind, _)| name(kind));
    let certificates = counted(&lowering.ground.data.certificates, "certificates");
    let revocation = counted(&lowering.ground.data.revocation, "crls");
    certificates.into_iter().chain(revocation).chain(attributes).collect()
}

fn newest_archive(found: &[Timestamp]) -> Option<Bytes> {
    let archive = found.iter().filter(|stamp| stamp.kind == TimestampKind::Archive);
    let tokens = archive.filter_map(|stamp| stamp.token.as_ref().ok());
    tokens.max_by_key(|token| token.statement.time).map(|token| token.der.clone())
}

/// The hash function of a token's imprint.
pub(super) fn imprint(token: &Token) -> Option<DigestAlgorithm> {
    token.statement.imprint_algorithm.digest()
}
