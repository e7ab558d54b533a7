//! Evidence records in ASN.1 (RFC 4998), lowered to the one model.

use super::super::cades::{self, Content};
use super::{ArchiveTimestamp, Combination, Covers, Encryption, Record};
use crate::der::Bytes;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::cms::Attributes;
use crate::der::ers::{ArchiveTimeStamp, Chain, EvidenceRecord, sequence_of};
use crate::digest::{Digest, DigestAlgorithm};
use crate::oid;

/// The one version that RFC 4998 §3.1 defines.
const VERSION: u64 = 1;

/// The hash functions that the data must be run through before the record can be judged.
pub fn digests_needed(record: &EvidenceRecord) -> Vec<DigestAlgorithm> {
    let firsts = record.chains.iter().filter_map(|chain| chain.stamps.first());
    let mut needed: Vec<_> = firsts.filter_map(|stamp| algorithm(stamp).ok()).collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// A record over those objects.
pub fn lower(der: &[u8], record: &EvidenceRecord, objects: Vec<Content>) -> Record {
    let mut stamps = Vec::new();
    for (number, chain) in record.chains.iter().enumerate() {
        let older = record.chains.get(..number).unwrap_or_default();
        stamps.extend(lower_chain(number, chain, older));
    }
    Record {
        id: id(der),
        faults: faults(record, &stamps),
        encryption: match record.encryption {
            None => Encryption::None,
            Some(_) => Encryption::Recorded,
        },
        unjudged: unjudged(record),
        objects,
        stamps,
        brought: brought(record),
    }
}

/// The name of a record: the first half of the SHA-256 of its bytes, in hexadecimal.
pub fn id(der: &[u8]) -> String {
    id_of(&DigestAlgorithm::Sha256.digest(der))
}

/// The same from that digest.
pub fn id_of(digest: &Digest) -> String {
    digest.to_string().chars().take(32).collect()
}

fn lower_chain(number: usize, chain: &Chain, older: &[Chain]) -> Vec<ArchiveTimestamp> {
    let mut before: Option<&ArchiveTimeStamp> = None;
    let mut stamps = Vec::new();
    for stamp in &chain.stamps {
        let algorithm = algorithm(stamp);
        let known = algorithm.as_ref().ok().copied();
        let covers = match (before, older) {
            (Some(before), _) => Covers::Token(known.map(|a| before.renewal_hash(a))),
            (None, []) => Covers::Objects,
            (None, older) => {
                let hash = known.map(|a| a.digest(&sequence_of(older)));
                Covers::Chains(hash, Combination::Hashed)
            }
        };
        let token = cades::token(&stamp.time_stamp).map(Box::new);
        let tree = stamp.tree.clone();
        let beside = Vec::new();
        stamps.push(ArchiveTimestamp { chain: number, algorithm, tree, covers, token, beside });
        before = Some(stamp);
    }
    stamps
}

/// The hash function of the tree: as named, otherwise that of the timestamp (RFC 4998 §4.1).
pub fn algorithm(stamp: &ArchiveTimeStamp) -> Result<DigestAlgorithm, String> {
    let named = match &stamp.digest_algorithm {
        Some(named) => named.clone(),
        None => {
            let token = cades::token(&stamp.time_stamp).map_err(|error| error.to_string())?;
            token.statement.imprint_algorithm
        }
    };
    named.digest().ok_or_else(|| name(&named))
}

fn name(algorithm: &AlgorithmIdentifier) -> String {
    oid::name(&algorithm.oid).map_or_else(|| algorithm.oid.to_string(), str::to_owned)
}

fn faults(record: &EvidenceRecord, stamps: &[ArchiveTimestamp]) -> Vec<String> {
    let mut faults = Vec::new();
    if record.version != VERSION {
        faults.push(format!("version {}", record.version));
    }
    let announced: Vec<_> = record.digest_algorithms.iter().map(|named| named.oid).collect();
    for (number, stamp) in (1..).zip(stamps) {
        if let Err(error) = &stamp.token {
            faults.push(format!("timeStamp {number} ({error})"));
        }
        let Ok(algorithm) = stamp.algorithm else { continue };
        // §3.1: "all hash algorithms used to hash the data object over the archival period".
        let unannounced = format!("digestAlgorithms ({algorithm})");
        if !announced.contains(&algorithm.oid()) && !faults.contains(&unannounced) {
            faults.push(unannounced);
        }
        if stamp.tree.iter().flatten().any(|hash| hash.len() != algorithm.octets()) {
            faults.push(format!("reducedHashtree {number}"));
        }
    }
    faults
}

fn unjudged(record: &EvidenceRecord) -> Vec<String> {
    let names = |what: &str, attributes: &Option<Attributes>| -> Vec<String> {
        let kinds = attributes.iter().flat_map(Attributes::list).map(|attribute| attribute.oid);
        let shown = |kind| oid::name(&kind).map_or_else(|| kind.to_string(), str::to_owned);
        kinds.map(|kind| format!("{what}: {}", shown(kind))).collect()
    };
    let own = names("cryptoInfos", &record.crypto_infos).into_iter();
    let all = own.chain(record.stamps().flat_map(|stamp| names("attributes", &stamp.attributes)));
    all.collect()
}

/// Certificates, lists and responses among the `cryptoInfos`: nothing protects them, so they help as any
/// file would that was found beside the record.
fn brought(record: &EvidenceRecord) -> Vec<Bytes> {
    let attributes = record.crypto_infos.iter().flat_map(Attributes::list);
    attributes.flat_map(|attribute| attribute.values.clone()).collect()
}
