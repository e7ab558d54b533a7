//! Hash trees that one timestamp covers, and the reduced tree of each member (RFC 4998 §4.2).
//!
//! The tree is binary, so that the proof of one of a million members is twenty hashes. Its levels are
//! arrays of hashes one after another; a million leaves take some sixty megabytes.

use crate::ades::evidence::tree::node;
use crate::der::Bytes;
use crate::digest::{Digest, DigestAlgorithm};

/// The hashes that a tree is to be built over.
#[derive(Clone, Debug)]
pub struct Leaves {
    algorithm: DigestAlgorithm,
    hashes: Vec<u8>,
}

/// A hash of another function than that of the tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a hash is of another function than the tree")]
pub struct OtherFunction;

impl Leaves {
    /// None yet.
    pub const fn new(algorithm: DigestAlgorithm) -> Self {
        Self { algorithm, hashes: Vec::new() }
    }

    /// Adds a member: the hash of its one object, or those of a group.
    pub fn push(&mut self, group: &[Digest]) -> Result<(), OtherFunction> {
        if group.is_empty() || group.iter().any(|hash| hash.algorithm() != self.algorithm) {
            return Err(OtherFunction);
        }
        self.hashes.extend_from_slice(leaf_of(self.algorithm, &distinct(group)).as_ref());
        Ok(())
    }

    /// How many members there are.
    pub const fn len(&self) -> usize {
        self.hashes.len() / self.algorithm.octets()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The tree over them; nothing over nothing.
    pub fn tree(self) -> Option<HashTree> {
        let octets = self.algorithm.octets();
        let mut order: Vec<usize> = (0..self.len()).collect();
        let hash = |at: &usize| slice(&self.hashes, *at, octets);
        order.sort_unstable_by_key(|at| hash(at));
        let mut places = vec![0; order.len()];
        let mut leaves: Vec<u8> = Vec::with_capacity(self.hashes.len());
        for at in order {
            // Equal members share a leaf: a list never holds one hash twice.
            if !leaves.ends_with(hash(&at)) || leaves.is_empty() {
                leaves.extend_from_slice(hash(&at));
            }
            if let Some(place) = places.get_mut(at) {
                *place = leaves.len() / octets - 1;
            }
        }
        (!leaves.is_empty()).then(|| HashTree {
            algorithm: self.algorithm,
            levels: levels(self.algorithm, leaves),
            places,
        })
    }
}

/// All levels, the leaves first, the root last. A node without a sibling is carried up as it is.
fn levels(algorithm: DigestAlgorithm, leaves: Vec<u8>) -> Vec<Vec<u8>> {
    let octets = algorithm.octets();
    let mut levels = vec![leaves];
    while let Some(below) = levels.last().filter(|level| level.len() > octets) {
        let mut above = Vec::with_capacity(below.len() / 2 + octets);
        for pair in below.chunks(2 * octets) {
            match pair.split_at_checked(octets) {
                Some((first, second)) if !second.is_empty() => {
                    let hash = node(algorithm, [first, second].into_iter());
                    above.extend_from_slice(hash.value());
                }
                Some(_) | None => above.extend_from_slice(pair),
            }
        }
        levels.push(above);
    }
    levels
}

/// The hashes of a group in the order in which they are written, each once: copies of one file are one
/// object.
fn distinct(group: &[Digest]) -> Vec<&[u8]> {
    let mut hashes: Vec<&[u8]> = group.iter().map(Digest::value).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// The leaf of a group: the hash of a single object as it is (RFC 4998 §4.2 step 3).
fn leaf_of(algorithm: DigestAlgorithm, distinct: &[&[u8]]) -> Vec<u8> {
    match distinct {
        [only] => only.to_vec(),
        several => node(algorithm, several.iter().copied()).value().to_vec(),
    }
}

fn slice(hashes: &[u8], at: usize, octets: usize) -> &[u8] {
    hashes.get(at * octets..(at + 1) * octets).unwrap_or_default()
}

/// A hash tree, complete.
#[derive(Clone, Debug)]
pub struct HashTree {
    algorithm: DigestAlgorithm,
    levels: Vec<Vec<u8>>,
    /// At which leaf each member stands.
    places: Vec<usize>,
}

impl HashTree {
    /// The hash function of all its hashes.
    pub const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// What a timestamp over the whole tree stamps.
    pub fn root(&self) -> Option<Digest> {
        Digest::claimed(self.algorithm, self.levels.last()?)
    }

    /// The leaf of the member of that number.
    pub fn leaf(&self, number: usize) -> Option<&[u8]> {
        let place = *self.places.get(number)?;
        self.levels.first().map(|leaves| slice(leaves, place, self.algorithm.octets()))
    }

    /// The reduced tree of a member, given its hashes again; nothing if they are not those that it was
    /// pushed with. Each list stands in binary ascending order.
    pub fn reduced(&self, number: usize, group: &[Digest]) -> Option<Vec<Vec<Bytes>>> {
        let mut first = distinct(group);
        if leaf_of(self.algorithm, &first) != self.leaf(number)? {
            return None;
        }
        let mut siblings = self.siblings(*self.places.get(number)?).into_iter();
        // A single object stands in one list with its sibling; a group has the first list to itself, so
        // that it can be told from its neighbours (RFC 4998 §4.2, figures 2 and 3).
        if first.len() == 1 {
            first.extend(siblings.next());
        }
        let others = siblings.map(|sibling| vec![sibling]);
        // What was stamped alone needs no tree.
        let alone = first.len() == 1;
        let lists = [first].into_iter().chain(others).filter(|_| !alone);
        Some(lists.map(list).collect())
    }

    fn siblings(&self, place: usize) -> Vec<&[u8]> {
        let octets = self.algorithm.octets();
        let mut at = place;
        let mut siblings = Vec::with_capacity(self.levels.len());
        for level in &self.levels {
            let sibling = slice(level, at ^ 1, octets);
            if !sibling.is_empty() {
                siblings.push(sibling);
            }
            at /= 2;
        }
        siblings
    }
}

fn list(mut hashes: Vec<&[u8]>) -> Vec<Bytes> {
    hashes.sort_unstable();
    hashes.into_iter().map(Bytes::copy_from_slice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ades::evidence::tree::root;
    use proptest::prelude::*;

    const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;

    fn object(number: usize) -> Digest {
        SHA256.digest(&number.to_be_bytes())
    }

    fn tree_over(groups: &[Vec<Digest>]) -> HashTree {
        let mut leaves = Leaves::new(SHA256);
        groups.iter().for_each(|group| leaves.push(group).unwrap());
        leaves.tree().unwrap()
    }

    fn singles(count: usize) -> Vec<Vec<Digest>> {
        (0..count).map(|number| vec![object(number)]).collect()
    }

    fn reached(tree: &HashTree, number: usize, group: &[Digest]) -> Option<Digest> {
        let lists = tree.reduced(number, group).unwrap();
        if lists.is_empty() { Some(group[0].clone()) } else { root(SHA256, &lists) }
    }

    #[test]
    fn every_member_of_trees_of_any_size_reaches_the_root_and_no_other_hash_does() {
        for count in [1, 2, 3, 4, 5, 7, 8, 9, 1000] {
            let groups = singles(count);
            let tree = tree_over(&groups);
            for (number, group) in groups.iter().enumerate() {
                assert_eq!(reached(&tree, number, group), tree.root(), "{number} of {count}");
                assert_eq!(tree.reduced(number, &[object(count + 1)]), None);
            }
        }
    }

    #[test]
    fn the_example_of_the_standard_is_reduced_as_its_figures_show() {
        // RFC 4998 §4.2: h1, the group h2a h2b h2c, h3; with two children for a node.
        let group = vec![object(20), object(21), object(22)];
        let tree = tree_over(&[vec![object(1)], group.clone(), vec![object(3)]]);
        let lists = tree.reduced(1, &group).unwrap();
        let mut expected: Vec<&[u8]> = group.iter().map(Digest::value).collect();
        expected.sort_unstable();
        assert_eq!(lists[0], expected, "a group has the first list to itself, sorted");
        assert_eq!(root(SHA256, &lists), tree.root());
        let lists = tree.reduced(0, &[object(1)]).unwrap();
        assert_eq!(lists[0].len(), 2, "a single object has its sibling beside it");
    }

    #[test]
    fn a_group_alone_is_a_list_and_an_object_alone_is_none() {
        let group = vec![object(1), object(2)];
        let tree = tree_over(std::slice::from_ref(&group));
        assert_eq!(tree.reduced(0, &group).unwrap().len(), 1);
        assert_eq!(reached(&tree, 0, &group), tree.root());
        let tree = tree_over(&singles(1));
        assert_eq!(tree.reduced(0, &[object(0)]), Some(Vec::new()));
        assert_eq!(tree.root(), Some(object(0)));
        assert!(Leaves::new(SHA256).tree().is_none());
    }

    #[test]
    fn a_hash_of_another_function_does_not_get_in() {
        let mut leaves = Leaves::new(SHA256);
        let other = DigestAlgorithm::Sha512.digest(b"x");
        assert_eq!(leaves.push(&[object(0), other]), Err(OtherFunction));
        assert_eq!(leaves.push(&[]), Err(OtherFunction));
        assert!(leaves.is_empty());
    }

    #[test]
    fn the_proof_of_one_of_a_million_is_less_than_a_kilobyte() {
        let siblings = vec![vec![Bytes::copy_from_slice(object(0).value())]; 20];
        let stamp = crate::der::ers::ArchiveTimeStamp::new(SHA256, siblings, Bytes::new());
        assert!(stamp.to_der().len() + 34 < 1024);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn groups_and_equal_members_reach_the_root_too(
            groups in prop::collection::vec(prop::collection::vec(0usize..40, 1..5), 1..40)
        ) {
            let groups: Vec<Vec<Digest>> =
                groups.iter().map(|g| g.iter().map(|n| object(*n)).collect()).collect();
            let tree = tree_over(&groups);
            for (number, group) in groups.iter().enumerate() {
                prop_assert_eq!(reached(&tree, number, group), tree.root());
                let lists = tree.reduced(number, group).unwrap();
                let has = |hash: &Digest| lists.first().is_none_or(|l| l.iter().any(|h| h.as_ref() == hash.value()));
                prop_assert!(group.iter().all(has));
            }
        }

        #[test]
        fn any_change_to_a_proof_leads_elsewhere(
            count in 2usize..70, number in 0usize..70, list: prop::sample::Index, bit in 0usize..256
        ) {
            let number = number % count;
            let tree = tree_over(&singles(count));
            let mut lists = tree.reduced(number, &[object(number)]).unwrap();
            let list = list.index(lists.len());
            let mut hash = lists[list][0].to_vec();
            hash[bit / 8] ^= 1 << (bit % 8);
            lists[list][0] = hash.into();
            prop_assert_ne!(root(SHA256, &lists), tree.root());
        }
    }
}
