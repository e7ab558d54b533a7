//! Evidence records put together by hand (RFC 4998), so that each piece can be wrong.
#![allow(dead_code, reason = "each test program uses its own part")]

use super::authority::Holder;
use super::cms::{Cms, Stamp};
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::write;
use inkan::digest::DigestAlgorithm;

/// A reduced hash tree: the first list holds the hash of what is stamped.
pub(crate) type Tree = Vec<Vec<Vec<u8>>>;

pub(crate) fn hash(algorithm: DigestAlgorithm, bytes: &[u8]) -> Vec<u8> {
    algorithm.digest(bytes).value().to_vec()
}

/// One archive timestamp.
#[derive(Clone)]
pub(crate) struct ArchiveStamp {
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) tree: Tree,
    pub(crate) token: Cms,
}

impl ArchiveStamp {
    /// Over that hash, among others, two branches below the root.
    pub(crate) fn over(
        leaf: Vec<u8>,
        algorithm: DigestAlgorithm,
        tsa: &Holder,
        time: &str,
    ) -> Self {
        let other = |name: &str| hash(algorithm, name.as_bytes());
        let tree = vec![vec![leaf, other("a neighbour")], vec![other("a branch")]];
        let token = Stamp::of(tsa, time, (algorithm.oid(), root(&tree, algorithm))).token();
        Self { algorithm, tree, token }
    }

    /// `ArchiveTimeStamp ::= SEQUENCE { digestAlgorithm [0], reducedHashtree [2], timeStamp }`
    pub(crate) fn der(&self) -> Vec<u8> {
        let algorithm = AlgorithmIdentifier::bare(self.algorithm.oid()).to_der();
        let list = |hashes: &Vec<Vec<u8>>| {
            write::sequence(hashes.iter().map(|hash| write::octet_string(hash)))
        };
        let tree = write::sequence(self.tree.iter().map(list));
        let parts = [write::implicit(0, &algorithm), write::implicit(2, &tree), self.token.der()];
        write::sequence(parts)
    }
}

/// §4.3: each list, with what came of the one before, in ascending order, hashed.
fn root(tree: &Tree, algorithm: DigestAlgorithm) -> Vec<u8> {
    let mut above: Option<Vec<u8>> = None;
    for list in tree {
        let mut hashes: Vec<Vec<u8>> = list.iter().cloned().chain(above).collect();
        hashes.sort();
        above = Some(hash(algorithm, &hashes.concat()));
    }
    above.unwrap_or_default()
}

/// A record: chains of archive timestamps, each chain with a hash function of its own.
#[derive(Clone, Default)]
pub(crate) struct Record {
    pub(crate) chains: Vec<Vec<ArchiveStamp>>,
}

impl Record {
    pub(crate) fn of(
        document: &[u8],
        algorithm: DigestAlgorithm,
        tsa: &Holder,
        time: &str,
    ) -> Self {
        let leaf = hash(algorithm, document);
        Self { chains: vec![vec![ArchiveStamp::over(leaf, algorithm, tsa, time)]] }
    }

    pub(crate) fn newest(&mut self) -> &mut ArchiveStamp {
        self.chains.last_mut().and_then(|chain| chain.last_mut()).unwrap()
    }

    /// With revocation data in the newest token, for when nobody can be asked any more.
    pub(crate) fn supported(mut self, above: &[&Holder], lists: &[Vec<u8>]) -> Self {
        let newest = self.newest();
        newest.token = newest.token.clone().embedding(above, lists);
        self
    }

    /// §5.2, timestamp renewal: over the newest token.
    pub(crate) fn restamped(mut self, tsa: &Holder, time: &str) -> Self {
        let (algorithm, token) = (self.newest().algorithm, self.newest().token.der());
        let stamp = ArchiveStamp::over(hash(algorithm, &token), algorithm, tsa, time);
        self.chains.last_mut().unwrap().push(stamp);
        self
    }

    /// §5.2, hash-tree renewal: over the document and all that is there, with another hash function.
    pub(crate) fn rehashed(
        mut self,
        document: &[u8],
        algorithm: DigestAlgorithm,
        tsa: &Holder,
        time: &str,
    ) -> Self {
        let both = [hash(algorithm, document), hash(algorithm, &self.sequence())].concat();
        let stamp = ArchiveStamp::over(hash(algorithm, &both), algorithm, tsa, time);
        self.chains.push(vec![stamp]);
        self
    }

    /// `ArchiveTimeStampSequence ::= SEQUENCE OF SEQUENCE OF ArchiveTimeStamp`
    fn sequence(&self) -> Vec<u8> {
        let chain = |stamps: &Vec<ArchiveStamp>| write::sequence(stamps.iter().map(|s| s.der()));
        write::sequence(self.chains.iter().map(chain))
    }

    /// `EvidenceRecord ::= SEQUENCE { version 1, digestAlgorithms, archiveTimeStampSequence }`
    pub(crate) fn der(&self) -> Vec<u8> {
        let mut algorithms: Vec<DigestAlgorithm> =
            self.chains.iter().flatten().map(|stamp| stamp.algorithm).collect();
        algorithms.dedup();
        let algorithms = algorithms.into_iter();
        let algorithms =
            write::sequence(algorithms.map(|a| AlgorithmIdentifier::bare(a.oid()).to_der()));
        write::sequence([write::integer(1), algorithms, self.sequence()])
    }
}
