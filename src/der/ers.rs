//! Evidence records (RFC 4998): what proves that data existed, renewed before its algorithms end.
//!
//! Reading keeps the exact bytes of everything that a later archive timestamp covers: the content of each
//! `timeStamp`, and each chain.

use super::algorithm::AlgorithmIdentifier;
use super::cms::Attributes;
use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use super::{Bytes, write};
use crate::digest::{Digest, DigestAlgorithm};

/// Archive timestamps of one record: thirty years of yearly renewals, and as many again. Each is judged
/// with a path of its own.
pub const MAX_STAMPS: usize = 64;

/// Lists of one reduced hash tree: a binary tree of more leaves than there are records in the world.
const MAX_LISTS: usize = 64;

/// Hash functions that a record names, and attributes that stand in it.
const MAX_NAMED: usize = 64;

const STRUCTURE: &str = "EvidenceRecord";

/// ```asn1
/// EvidenceRecord ::= SEQUENCE {
///     version INTEGER { v1(1) }, digestAlgorithms SEQUENCE OF AlgorithmIdentifier,
///     cryptoInfos [0] CryptoInfos OPTIONAL, encryptionInfo [1] EncryptionInfo OPTIONAL,
///     archiveTimeStampSequence SEQUENCE OF ArchiveTimeStampChain }
/// ```
/// RFC 4998 §3.1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvidenceRecord {
    /// 1.
    pub version: u64,
    /// Every hash function that the record ever used.
    pub digest_algorithms: Vec<AlgorithmIdentifier>,
    /// Things that may help to verify the record, and that nothing protects.
    pub crypto_infos: Option<Attributes>,
    /// How the data was encrypted before it was stamped: the whole element, unread.
    pub encryption: Option<Bytes>,
    /// The chains, in order of time.
    pub chains: Vec<Chain>,
    /// The exact bytes of `cryptoInfos`, kept when the record is renewed.
    crypto_infos_der: Bytes,
}

/// `ArchiveTimeStampChain ::= SEQUENCE OF ArchiveTimeStamp`: all of one hash function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    /// Its archive timestamps, in order of time.
    pub stamps: Vec<ArchiveTimeStamp>,
}

/// ```asn1
/// ArchiveTimeStamp ::= SEQUENCE {
///     digestAlgorithm [0] AlgorithmIdentifier OPTIONAL, attributes [1] Attributes OPTIONAL,
///     reducedHashtree [2] SEQUENCE OF PartialHashtree OPTIONAL, timeStamp ContentInfo }
/// ```
/// RFC 4998 §4.1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArchiveTimeStamp {
    /// The hash function of the tree, where it is named.
    pub digest_algorithm: Option<AlgorithmIdentifier>,
    /// What was kept beside it.
    pub attributes: Option<Attributes>,
    /// The lists of hashes from the data to the stamped one; empty if the data itself was stamped.
    pub tree: Vec<Vec<Bytes>>,
    /// The token: the exact bytes of its `ContentInfo`.
    pub time_stamp: Bytes,
    /// The exact bytes of everything before the token.
    before: Bytes,
}

impl EvidenceRecord {
    /// Whether the bytes begin as an evidence record does: `SEQUENCE { INTEGER 1, SEQUENCE { SEQUENCE …`.
    /// A file that does and cannot be read is a broken record and not some other file.
    pub fn looks_like_one(beginning: &[u8]) -> bool {
        let after_header = |bytes: &'_ [u8]| -> Option<usize> {
            let (first, rest) = (bytes.first()?, bytes.get(1)?);
            let long = if *rest > 0x80 { usize::from(rest & 0x7f) } else { 0 };
            (*first == Tag::SEQUENCE.0 && long <= 4).then_some(2 + long)
        };
        let inner = || {
            let inside = beginning.get(after_header(beginning)?..)?;
            let algorithms = inside.strip_prefix(&[Tag::INTEGER.0, 1, 1])?;
            let first = algorithms.get(after_header(algorithms)?)?;
            Some(*first == Tag::SEQUENCE.0)
        };
        inner().unwrap_or(false)
    }

    /// Reads one DER record.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(der, Tag::SEQUENCE, STRUCTURE)?.reader();
        let version = reader.expect(Tag::INTEGER)?.u64()?;
        let algorithms = reader.expect(Tag::SEQUENCE)?;
        let digest_algorithms = all(&algorithms, MAX_NAMED, AlgorithmIdentifier::parse)?;
        let crypto_infos = reader.optional(Tag::context(0))?;
        let encryption = reader.optional(Tag::context(1))?;
        let sequence = reader.expect(Tag::SEQUENCE)?.named("ArchiveTimeStampSequence");
        reader.finish()?;
        Ok(Self {
            version,
            digest_algorithms,
            crypto_infos: crypto_infos.as_ref().map(Attributes::parse).transpose()?,
            encryption: encryption.map(|tlv| Bytes::copy_from_slice(tlv.raw)),
            chains: chains(sequence)?,
            crypto_infos_der: Bytes::copy_from_slice(crypto_infos.map_or(&[], |tlv| tlv.raw)),
        })
    }

    /// A new record with one archive timestamp.
    pub fn new(algorithm: DigestAlgorithm, stamp: ArchiveTimeStamp) -> Self {
        Self {
            version: 1,
            digest_algorithms: vec![named(algorithm)],
            crypto_infos: None,
            encryption: None,
            chains: vec![Chain { stamps: vec![stamp] }],
            crypto_infos_der: Bytes::new(),
        }
    }

    /// Adds a hash function to those that the record used; once, in whatever form it is named.
    pub fn name_algorithm(&mut self, algorithm: DigestAlgorithm) {
        if !self.digest_algorithms.iter().any(|named| named.oid == algorithm.oid()) {
            self.digest_algorithms.push(named(algorithm));
        }
    }

    /// Writes the record in DER; what was read is written as it was read.
    pub fn to_der(&self) -> Vec<u8> {
        let algorithms = self.digest_algorithms.iter().map(AlgorithmIdentifier::to_der);
        write::sequence([
            write::integer(self.version).as_slice(),
            &write::sequence(algorithms),
            &self.crypto_infos_der,
            self.encryption.as_deref().unwrap_or_default(),
            &sequence_of(&self.chains),
        ])
    }

    /// All archive timestamps, oldest first.
    pub fn stamps(&self) -> impl DoubleEndedIterator<Item = &ArchiveTimeStamp> {
        self.chains.iter().flat_map(|chain| &chain.stamps)
    }
}

/// The identifier as requests for timestamps write it, so that all names of one function are the same
/// bytes: some readers compare them whole.
fn named(algorithm: DigestAlgorithm) -> AlgorithmIdentifier {
    AlgorithmIdentifier::with_null(algorithm.oid())
}

/// `ArchiveTimeStampSequence` of some chains, in DER: what a hash-tree renewal hashes of the older chains
/// (RFC 4998 §5.2 step 3: "they contain sequence and length tags").
pub fn sequence_of(chains: &[Chain]) -> Vec<u8> {
    write::sequence(chains.iter().map(Chain::to_der))
}

fn chains(mut reader: Reader<'_>) -> Result<Vec<Chain>, Malformed> {
    let mut left = MAX_STAMPS;
    let mut chains = Vec::new();
    while !reader.is_empty() {
        let stamps = all(&reader.expect(Tag::SEQUENCE)?, left, ArchiveTimeStamp::parse)?;
        left -= stamps.len().min(left);
        // A chain without timestamps would be passed over in silence.
        if stamps.is_empty() {
            return Err(reader.error(Problem::Truncated));
        }
        chains.push(Chain { stamps });
    }
    if chains.is_empty() { Err(reader.error(Problem::Truncated)) } else { Ok(chains) }
}

/// The SEQUENCEs inside an element, not more than so many.
fn all<T>(
    tlv: &Tlv<'_>,
    most: usize,
    each: impl Fn(&Tlv<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut reader = tlv.reader();
    let mut found = Vec::new();
    while !reader.is_empty() {
        if found.len() == most {
            return Err(reader.error(Problem::TooLarge));
        }
        found.push(each(&reader.expect(Tag::SEQUENCE)?)?);
    }
    Ok(found)
}

impl Chain {
    /// The chain in DER.
    pub fn to_der(&self) -> Vec<u8> {
        write::sequence(self.stamps.iter().map(ArchiveTimeStamp::to_der))
    }
}

impl ArchiveTimeStamp {
    /// An archive timestamp over a tree of that hash function. Without lists, what was stamped is the hash
    /// of the data itself.
    pub fn new(algorithm: DigestAlgorithm, tree: Vec<Vec<Bytes>>, time_stamp: Bytes) -> Self {
        let named = named(algorithm);
        let lists = tree
            .iter()
            .map(|list| write::sequence(list.iter().map(|hash| write::octet_string(hash))));
        let lists = match tree.is_empty() {
            true => Vec::new(),
            false => write::implicit(2, &write::sequence(lists)),
        };
        let before = [write::implicit(0, &named.to_der()), lists].concat().into();
        Self { digest_algorithm: Some(named), attributes: None, tree, time_stamp, before }
    }

    fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut reader = tlv.named("ArchiveTimeStamp");
        let whole = reader.rest();
        let algorithm = reader.optional(Tag::context(0))?;
        let attributes = reader.optional(Tag::context(1))?;
        let tree = reader.optional(Tag::context(2))?;
        let before = whole.len() - reader.rest().len();
        let time_stamp = reader.expect(Tag::SEQUENCE)?;
        reader.finish()?;
        let list = |tlv: &Tlv<'_>| {
            let mut reader = tlv.reader();
            let mut hashes = Vec::new();
            while !reader.is_empty() {
                hashes.push(Bytes::copy_from_slice(reader.expect(Tag::OCTET_STRING)?.content));
            }
            // A list of nothing says nothing, and would be passed over.
            if hashes.is_empty() { Err(reader.error(Problem::Truncated)) } else { Ok(hashes) }
        };
        let lists = tree.as_ref().map(|tlv| all(tlv, MAX_LISTS, list)).transpose()?;
        Ok(Self {
            digest_algorithm: algorithm.as_ref().map(AlgorithmIdentifier::parse).transpose()?,
            attributes: attributes.as_ref().map(Attributes::parse).transpose()?,
            tree: lists.unwrap_or_default(),
            time_stamp: Bytes::copy_from_slice(time_stamp.raw),
            before: Bytes::copy_from_slice(whole.get(..before).unwrap_or_default()),
        })
    }

    /// The archive timestamp in DER.
    pub fn to_der(&self) -> Vec<u8> {
        write::sequence([&self.before, &self.time_stamp])
    }

    /// What a timestamp renewal hashes of it (RFC 4998 §5.2): the whole content of the field `timeStamp`.
    pub fn renewal_hash(&self, algorithm: DigestAlgorithm) -> Digest {
        algorithm.digest(&self.time_stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stamp(tree: &[&[&[u8]]], token: &[u8]) -> ArchiveTimeStamp {
        let hash = |bytes: &&[u8]| Bytes::copy_from_slice(bytes);
        let tree = tree.iter().map(|list| list.iter().map(hash).collect()).collect();
        ArchiveTimeStamp::new(DigestAlgorithm::Sha256, tree, write::sequence([token]).into())
    }

    fn record() -> EvidenceRecord {
        let first = stamp(&[&[b"a", b"b"], &[b"c"]], &write::integer(1));
        let mut record = EvidenceRecord::new(DigestAlgorithm::Sha256, first);
        record.chains[0].stamps.push(stamp(&[], &write::integer(2)));
        record.chains.push(Chain { stamps: vec![stamp(&[&[b"d"]], &write::integer(3))] });
        record.name_algorithm(DigestAlgorithm::Sha512);
        record.name_algorithm(DigestAlgorithm::Sha512);
        record
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record = record();
        let der = record.to_der();
        assert!(EvidenceRecord::looks_like_one(&der));
        let read = EvidenceRecord::parse(&der).unwrap();
        assert_eq!((&read, read.to_der()), (&record, der));
        assert_eq!(read.digest_algorithms.len(), 2);
        assert_eq!(read.stamps().count(), 3);
    }

    #[test]
    fn every_optional_field_is_kept_as_it_came() {
        let attribute =
            write::sequence([write::oid(crate::oid::DATA), write::set([write::null()])]);
        let encryption = write::element(Tag::context(1), &write::oid(crate::oid::DATA));
        let ats = write::sequence([
            write::element(Tag::context(1), &attribute),
            write::sequence([write::integer(1)]),
        ]);
        let der = write::sequence([
            write::integer(1),
            write::sequence::<Vec<u8>>([]),
            write::element(Tag::context(0), &attribute),
            encryption.clone(),
            write::sequence([write::sequence([ats])]),
        ]);
        let read = EvidenceRecord::parse(&der).unwrap();
        assert_eq!(read.encryption.as_deref(), Some(encryption.as_slice()));
        assert_eq!(read.crypto_infos.as_ref().map(|all| all.list().len()), Some(1));
        assert_eq!(read.chains[0].stamps[0].digest_algorithm, None);
        assert_eq!(read.to_der(), der);
    }

    #[test]
    fn what_holds_nothing_or_too_much_is_refused() {
        let refused = |chains: Vec<Chain>| {
            let record = EvidenceRecord { chains, ..record() };
            EvidenceRecord::parse(&record.to_der()).unwrap_err().problem()
        };
        assert_eq!(refused(vec![]), Problem::Truncated);
        assert_eq!(refused(vec![Chain { stamps: vec![] }]), Problem::Truncated);
        assert_eq!(refused(vec![Chain { stamps: vec![stamp(&[&[]], &[])] }]), Problem::Truncated);
        let many = |count: usize| Chain { stamps: vec![stamp(&[], &[]); count] };
        assert_eq!(refused(vec![many(60), many(5)]), Problem::TooLarge);
        let list = [b"x".as_slice()];
        let lists = vec![list.as_slice(); 65];
        assert_eq!(refused(vec![Chain { stamps: vec![stamp(&lists, &[])] }]), Problem::TooLarge);
        let fitting = EvidenceRecord { chains: vec![many(60), many(4)], ..record() };
        assert!(EvidenceRecord::parse(&fitting.to_der()).is_ok());
    }

    #[test]
    fn other_files_do_not_look_like_records() {
        let version =
            |n: u64| write::sequence([write::integer(n), write::sequence([write::null()])]);
        let key = write::sequence([write::integer(1), write::octet_string(b"key")]);
        for other in [&b""[..], b"<xml/>", &[0x30], &[0x30, 0x84], &version(0), &version(1), &key] {
            assert!(!EvidenceRecord::looks_like_one(other), "{other:02x?}");
        }
        assert!(EvidenceRecord::looks_like_one(record().to_der().get(..40).unwrap()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_the_reader_panic(place in 0usize..200, value: u8, cut in 0usize..200) {
            let mut der = record().to_der();
            if let Some(byte) = der.get_mut(place) {
                *byte = value;
            }
            der.truncate(der.len().saturating_sub(cut));
            let _ = EvidenceRecord::looks_like_one(&der);
            if let Ok(read) = EvidenceRecord::parse(&der) {
                prop_assert_eq!(read.to_der(), der);
            }
        }
    }
}
