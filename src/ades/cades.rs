//! CMS signatures and tokens, lowered to the one model (ETSI EN 319 122-1, RFC 5652, RFC 3161).

pub mod archive;
mod archive_v2;
mod attributes;
mod counter;
mod ground;
mod lower;
mod references;
mod stamps;

pub use archive_v2::whole_digests_needed;

use super::{Format, Signature, Token};
use crate::der::Bytes;
use crate::der::cms::{Attributes, SignedData, SignerInfo};
use crate::der::prints::Prints;
use crate::der::tlv::{Malformed, Problem, Reader, Tag};
use crate::der::tsp::TstInfo;
use crate::digest::{Digest, DigestAlgorithm, Hasher};
use crate::oid::{self, Oid};
use ground::Ground;
use lower::Lowering;

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
    let mut needed: Vec<DigestAlgorithm> = data.signers.iter().flat_map(needed_by).collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// Those that one signer needs: its own, and those of the tokens that the content goes into.
fn needed_by(signer: &SignerInfo) -> Vec<DigestAlgorithm> {
    let content = imprints(&signer.signed_attributes, oid::CONTENT_TIME_STAMP);
    let archive = imprints(&signer.unsigned_attributes, oid::ARCHIVE_TIME_STAMP_V3);
    signer.digest_algorithm.digest().into_iter().chain(content).chain(archive).collect()
}

/// The hash functions of the imprints of all tokens of one kind.
fn imprints(attributes: &Option<Attributes>, kind: Oid) -> impl Iterator<Item = DigestAlgorithm> {
    let values = attributes.iter().flat_map(move |a| a.of_kind(kind)).flat_map(|a| &a.values);
    values.filter_map(|value| imprint_algorithm(value).ok().flatten())
}

/// The hash function of a token's imprint.
fn imprint_algorithm(token: &[u8]) -> Result<Option<DigestAlgorithm>, Malformed> {
    Ok(statement(token)?.imprint_algorithm.digest())
}

/// What a token states. The rest of it is not looked at.
fn statement(token: &[u8]) -> Result<TstInfo, Malformed> {
    let mut info = Reader::only(token, Tag::SEQUENCE, "TimeStampToken")?.reader();
    info.expect(Tag::OID)?;
    let mut data = info.expect(Tag::context(0))?.explicit(Tag::SEQUENCE)?.reader();
    data.expect(Tag::INTEGER)?;
    data.expect(Tag::SET)?;
    let mut encapsulated = data.expect(Tag::SEQUENCE)?.reader();
    encapsulated.expect(Tag::OID)?;
    let statement = encapsulated.expect(Tag::context(0))?.explicit(Tag::OCTET_STRING)?;
    TstInfo::parse(statement.content)
}

/// Every signature of a signed-data over that content, each followed by those over its value.
pub fn signatures(data: &SignedData, content: &Content) -> Vec<Signature> {
    signatures_over(data, content, &[])
}

/// The same, where archive timestamps of the older form may be there: hashes under way, which have
/// taken in the content in each of its encodings ([`whole_digests_needed`]).
pub fn signatures_over(
    data: &SignedData,
    content: &Content,
    openings: &[Hasher],
) -> Vec<Signature> {
    let ground = &Ground::new(data, openings);
    let lower = |signer| {
        let format = Format::Cades;
        let lowering = Lowering { format, ground, signer, content, countersigns: None };
        counter::after(lowering.signature(), signer, ground)
    };
    data.signers.iter().flat_map(lower).collect()
}

/// Reads a time-stamp token.
pub fn token(der: &Bytes) -> Result<Token, Malformed> {
    let data = SignedData::read(der)?;
    token_of(der, &data, &data.prints)
}

/// The token that a signed-data is, of these exact bytes; `prints` may know parts of it.
fn token_of(der: &Bytes, data: &SignedData, prints: &Prints) -> Result<Token, Malformed> {
    let unknown = || Malformed::new("TimeStampToken", Problem::Unknown);
    if data.content_type != oid::TST_INFO {
        return Err(unknown());
    }
    let statement_der = data.content.clone().ok_or_else(unknown)?;
    let statement = TstInfo::parse(&statement_der)?;
    let signer = data.signers.first().ok_or_else(unknown)?;
    let digests = digests_needed(data).into_iter().map(|a| a.digest(&statement_der)).collect();
    let content = Content { name: "TSTInfo".to_owned(), digests: Some(digests) };
    let lowering = Lowering {
        format: Format::Timestamp,
        ground: &Ground::new(data, &[]),
        signer,
        content: &content,
        countersigns: None,
    };
    Ok(Token {
        der: der.clone(),
        fingerprint: prints.of(der),
        statement,
        signature: lowering.signature(),
        signers: data.signers.len(),
        bag: data.certificates.iter().map(|e| (prints.of(e), e.clone())).collect(),
        revocation: data.revocation.clone(),
    })
}
