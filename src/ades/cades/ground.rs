//! What all signatures of a file look at, worked out once: a hundred archive timestamps over the same bags
//! cost no more hashing than one.

use super::archive::piece_digest;
use super::references::Values;
use crate::der::Bytes;
use crate::der::certificate::Fingerprint;
use crate::der::cms::SignedData;
use crate::der::cms::values::Carried;
use crate::der::tlv::Tag;
use crate::der::write;
use crate::digest::{Digest, DigestAlgorithm, Hasher};
use crate::oid::Oid;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Tokens of one file that are looked into: a handful of signers with sixty each, or hundreds of signers
/// with one. Each costs a judgement of its own, and a list of what it covers.
const MAX_TOKENS: u32 = 512;

/// Octets of attributes that are hashed for archive timestamps of the older form: thirty of them over two
/// megabytes, each tried in four ways.
const MAX_HASHED: usize = 256 << 20;

/// Where bytes lie: what is still there is the only thing at its place.
type Place = (usize, usize);

/// What was hashed: which bytes, by which function, and after which type of an attribute.
type Piece = (Place, DigestAlgorithm, Option<Oid>);

fn place(bytes: &[u8]) -> Place {
    (bytes.as_ptr().addr(), bytes.len())
}

/// One file.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    pub(super) data: &'a SignedData,
    /// Hashes under way that have taken in the content, for archive timestamps of the older form.
    openings: &'a [Hasher],
    digests: RefCell<BTreeMap<Piece, Digest>>,
    inside: RefCell<BTreeMap<Place, Rc<[Fingerprint]>>>,
    values: OnceCell<Values>,
    with_bags: OnceCell<Vec<Hasher>>,
    left: Cell<u32>,
    hashed: Cell<usize>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(data: &'a SignedData, openings: &'a [Hasher]) -> Self {
        Self {
            data,
            openings,
            digests: RefCell::default(),
            inside: RefCell::default(),
            values: OnceCell::new(),
            with_bags: OnceCell::new(),
            left: Cell::new(MAX_TOKENS),
            hashed: Cell::new(0),
        }
    }

    /// Whether one more token may be looked into.
    pub(super) fn has_room(&self) -> bool {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Whether so many octets more may be hashed.
    pub(super) fn may_hash(&self, octets: usize) -> bool {
        self.hashed.set(self.hashed.get().saturating_add(octets));
        self.hashed.get() <= MAX_HASHED
    }

    /// The digest of an element of the file, with an attribute's type before it where one is given.
    pub(super) fn digest(
        &self,
        algorithm: DigestAlgorithm,
        kind: Option<Oid>,
        bytes: &[u8],
    ) -> Digest {
        if (algorithm, kind) == (DigestAlgorithm::Sha256, None) {
            let print = self.data.prints.of(bytes);
            if let Some(digest) = Digest::claimed(algorithm, print.as_bytes()) {
                return digest;
            }
        }
        let key = (place(bytes), algorithm, kind);
        if let Some(known) = self.digests.borrow().get(&key) {
            return known.clone();
        }
        let digest = piece_digest(algorithm, kind, bytes);
        self.digests.borrow_mut().insert(key, digest.clone());
        digest
    }

    /// The fingerprints of what an element of the file carries, found by `look`.
    pub(super) fn inside(
        &self,
        element: &Bytes,
        look: impl FnOnce() -> Carried,
    ) -> Rc<[Fingerprint]> {
        if let Some(known) = self.inside.borrow().get(&place(element)) {
            return known.clone();
        }
        let carried = look();
        let prints: Rc<[Fingerprint]> = carried.all().map(|der| self.data.prints.of(der)).collect();
        self.inside.borrow_mut().insert(place(element), prints.clone());
        prints
    }

    /// Everything in the file that a reference may be to.
    pub(super) fn values(&self) -> &Values {
        self.values.get_or_init(|| Values::new(Carried::by(self.data)))
    }

    /// The hashes under way, after the certificates and the revocation data.
    pub(super) fn with_bags(&self) -> &[Hasher] {
        self.with_bags.get_or_init(|| {
            let with = |opening: &Hasher| {
                let mut hasher = opening.clone();
                add_bag(&mut hasher, 0, &self.data.certificates);
                add_bag(&mut hasher, 1, &self.data.revocation);
                hasher
            };
            self.openings.iter().map(with).collect()
        })
    }
}

fn add_bag(hasher: &mut Hasher, number: u8, bag: &[Bytes]) {
    if !bag.is_empty() {
        let length = bag.iter().map(Bytes::len).sum();
        hasher.update(&write::header(Tag::context(number), length));
        bag.iter().for_each(|element| hasher.update(element));
    }
}
