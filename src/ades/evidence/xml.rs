//! Evidence records in XML (RFC 6283), lowered to the one model.

use super::super::cades::{self, Content};
use super::{ArchiveTimestamp, Combination, Covers, Encryption, Record, asn1};
use crate::der::Bytes;
use crate::der::certificate::Fingerprint;
use crate::der::tlv::{Malformed, Problem};
use crate::digest::{Digest, DigestAlgorithm};
use crate::xml::Document;
use crate::xml::c14n::{Method, canonical};
use crate::xml::ers::{XmlChain, XmlRecord, XmlStamp};

/// The one version that RFC 6283 §8 defines.
const VERSION: &str = "1.0";

/// The one form of tokens that is judged (§3.1.2).
const RFC_3161: &str = "RFC3161";

/// The hash functions that the data must be run through before the record can be judged.
pub fn digests_needed(record: &XmlRecord) -> Vec<DigestAlgorithm> {
    let mut needed: Vec<_> = record.chains.iter().filter_map(|c| algorithm(c).ok()).collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// The hashes of a data object that is XML itself: its canonical form is what was stamped (§4.1.2). Nothing
/// if it is no XML, or not of a kind that is read here.
pub fn canonical_digests(record: &XmlRecord, object: &[u8]) -> Option<Vec<Digest>> {
    let document = Document::parse(object).ok()?;
    let mut digests: Vec<Digest> = Vec::new();
    for chain in &record.chains {
        let (Ok(algorithm), Some(method)) = (algorithm(chain), Method::from_uri(&chain.method))
        else {
            continue;
        };
        if digests.iter().all(|known| known.algorithm() != algorithm) {
            let form = canonical(&document, document.root(), method, &[]).ok()?;
            digests.push(algorithm.digest(&form));
        }
    }
    Some(digests)
}

/// The hashes of the first list: what was stamped at first, as far as it stands in the record.
pub fn first_hashes(record: &XmlRecord) -> Vec<Bytes> {
    let Some(first) = record.chains.first().and_then(|c| c.stamps.first()) else {
        return Vec::new();
    };
    match first.tree.first() {
        Some(list) => list.clone(),
        None => token(first).into_iter().map(|token| token.statement.imprint.clone()).collect(),
    }
}

/// A record over those objects.
pub fn lower(bytes: &[u8], record: &XmlRecord, objects: Vec<Content>) -> Record {
    let mut faults = Vec::new();
    if record.version != VERSION {
        faults.push(format!("Version {}", record.version));
    }
    let mut stamps = Vec::new();
    for (number, chain) in record.chains.iter().enumerate() {
        stamps.extend(lower_chain(record, number, chain));
    }
    for (number, stamp) in (1..).zip(&stamps) {
        if let Err(error) = &stamp.token {
            faults.push(format!("TimeStamp {number} ({error})"));
        }
        let octets = stamp.algorithm.as_ref().ok().map(|algorithm| algorithm.octets());
        if octets.is_some_and(|n| stamp.tree.iter().flatten().any(|hash| hash.len() != n)) {
            faults.push(format!("HashTree {number}"));
        }
    }
    let beside = record.chains.iter().flat_map(|chain| &chain.stamps).flat_map(|s| &s.beside);
    Record {
        id: asn1::id(bytes),
        faults,
        encryption: if record.has_encryption { Encryption::Recorded } else { Encryption::None },
        unjudged: unjudged(record),
        objects,
        brought: beside.cloned().collect(),
        stamps,
    }
}

fn lower_chain(record: &XmlRecord, number: usize, chain: &XmlChain) -> Vec<ArchiveTimestamp> {
    let named = algorithm(chain);
    let known = named.as_ref().ok().copied();
    let method = Method::from_uri(&chain.method);
    let mut before: Option<&XmlStamp> = None;
    let mut stamps = Vec::new();
    for stamp in &chain.stamps {
        // Only a renewal has a canonical form to make.
        let form = match (before, number) {
            (None, 0) => None,
            (Some(before), _) => Some(method.map(|method| record.time_stamp(before, method))),
            (None, number) => Some(method.map(|method| record.sequence_before(number, method))),
        };
        let (algorithm, hash) = match form {
            None => (named.clone(), None),
            Some(Some(Ok(form))) => (named.clone(), known.map(|a| a.digest(&form))),
            // Without the canonical form nothing can be compared, whatever the hash function.
            Some(Some(Err(_)) | None) => (Err(chain.method.clone()), None),
        };
        let covers = match (before, number) {
            (Some(_), _) => Covers::Token(hash),
            (None, 0) => Covers::Objects,
            (None, _) => Covers::Chains(hash, Combination::Listed),
        };
        stamps.push(ArchiveTimestamp {
            chain: number,
            algorithm,
            tree: stamp.tree.clone(),
            covers,
            token: token(stamp),
            beside: stamp.beside.iter().map(|bytes| Fingerprint::of(bytes)).collect(),
        });
        before = Some(stamp);
    }
    stamps
}

fn token(stamp: &XmlStamp) -> Result<Box<super::Token>, Malformed> {
    if stamp.token_type != RFC_3161 {
        return Err(Malformed::new("TimeStampToken", Problem::Unknown));
    }
    cades::token(&stamp.token).map(Box::new)
}

/// The hash function of an identifier (RFC 9231 §2.1).
fn algorithm(chain: &XmlChain) -> Result<DigestAlgorithm, String> {
    match chain.digest.as_str() {
        "http://www.w3.org/2000/09/xmldsig#sha1" => Ok(DigestAlgorithm::Sha1),
        "http://www.w3.org/2001/04/xmldsig-more#sha224" => Ok(DigestAlgorithm::Sha224),
        "http://www.w3.org/2001/04/xmlenc#sha256" => Ok(DigestAlgorithm::Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Ok(DigestAlgorithm::Sha384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Ok(DigestAlgorithm::Sha512),
        other => Err(other.to_owned()),
    }
}

fn unjudged(record: &XmlRecord) -> Vec<String> {
    let stamps = record.chains.iter().flat_map(|chain| &chain.stamps);
    let attributes: usize = stamps.map(|stamp| stamp.attributes).sum();
    let named = [("SupportingInformation", record.supporting), ("Attributes", attributes)];
    let there = named.into_iter().filter(|(_, count)| *count > 0);
    there.map(|(name, count)| format!("{name} ({count})")).collect()
}
