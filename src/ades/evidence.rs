//! Evidence records, lowered to one model whatever form they came in (RFC 4998, RFC 6283).

pub mod asn1;
pub mod tree;
pub mod xml;

use super::cades::Content;
use super::{Claims, Format, Level, Signature, Token};
use crate::crypto::algorithm::UnsupportedAlgorithm;
use crate::der::Bytes;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::certificate::Fingerprint;
use crate::der::cms::{Attribute, Attributes, SignedData, SignerIdentifier};
use crate::der::crl::Crl;
use crate::der::ocsp::{BasicResponse, OcspResponse};
use crate::der::tlv::{Malformed, Reader, Tag};
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::EvidenceSet;
use crate::oid;

/// What an evidence record says of itself, and the data that it should be of.
#[derive(Clone, Debug)]
pub struct Record {
    /// The first half of the SHA-256 of its bytes, in hexadecimal.
    pub id: String,
    /// Parts that cannot be read or do not fit together.
    pub faults: Vec<String>,
    /// Whether the data was encrypted before it was stamped.
    pub encryption: Encryption,
    /// What stands in it that inkan does not judge.
    pub unjudged: Vec<String>,
    /// The data objects that it should prove.
    pub objects: Vec<Content>,
    /// Its archive timestamps, oldest first.
    pub stamps: Vec<ArchiveTimestamp>,
    /// Evidence that came along, unread.
    pub brought: Vec<Bytes>,
}

/// In which form the data was stamped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encryption {
    /// As it is.
    None,
    /// Encrypted in a way that the record names.
    Recorded,
}

/// One archive timestamp: hashes that lead from what it covers to what was stamped.
#[derive(Clone, Debug)]
pub struct ArchiveTimestamp {
    /// The number of its chain, from 0.
    pub chain: usize,
    /// The hash function of its tree; its name if inkan does not know it.
    pub algorithm: Result<DigestAlgorithm, String>,
    /// The lists of its reduced hash tree; none if what it covers was stamped itself.
    pub tree: Vec<Vec<Bytes>>,
    /// What it must cover.
    pub covers: Covers,
    /// The token, if it can be read.
    pub token: Result<Box<Token>, Malformed>,
    /// What stands beside the token and is covered with it.
    pub beside: Vec<Fingerprint>,
}

/// What an archive timestamp must cover. A hash is missing where its function is not known.
#[derive(Clone, Debug)]
pub enum Covers {
    /// The data objects: the first of all.
    Objects,
    /// The token before it in its chain: a timestamp renewal.
    Token(Option<Digest>),
    /// The data objects again, and all older chains: a hash-tree renewal.
    Chains(Option<Digest>, Combination),
}

/// How a hash-tree renewal puts the hashes of an object and of the older chains together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Combination {
    /// One after the other, in that order, and hashed again (RFC 4998 §5.2 step 4). The figure beside that
    /// text sorts the two; those who write records follow the text.
    Hashed,
    /// Both stand in the first list (RFC 6283 §4.2.2).
    Listed,
}

/// Something that the first list of a tree must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leaf {
    /// What it is called.
    pub name: String,
    /// Its hash, if it can be had.
    pub hash: Option<Digest>,
}

/// Whether an archive timestamp covers what it must.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Coverage {
    /// All of it.
    Shown,
    /// Not decided: something is not at hand.
    Open(Leaf),
    /// Not this.
    Broken(Leaf),
}

impl Record {
    /// A file that should be a record and cannot be read as one, by its SHA-256.
    pub fn unread(digest: &Digest, error: &Malformed) -> Self {
        Self {
            id: asn1::id_of(digest),
            faults: vec![error.to_string()],
            encryption: Encryption::None,
            unjudged: Vec::new(),
            objects: Vec::new(),
            stamps: Vec::new(),
            brought: Vec::new(),
        }
    }

    /// The record as a signature that says nothing of itself, for want of any token that can be read.
    pub fn silent(&self, covers: Vec<String>) -> Signature {
        // No algorithm has this identifier.
        let none = || AlgorithmIdentifier::bare(oid::EVIDENCE_INTERNAL);
        Signature {
            id: self.id.clone(),
            format: Format::EvidenceRecord,
            level: Level::EvidenceRecord,
            countersigns: None,
            unreadable_counter_signatures: Vec::new(),
            covers,
            signed_bytes: None,
            attributes_sorted: true,
            attribute_faults: Vec::new(),
            unjudged_attributes: Vec::new(),
            uncovered: None,
            content_types: (None, oid::EVIDENCE_INTERNAL),
            digest_algorithm: none(),
            announced_digests: Vec::new(),
            signature_algorithm: none(),
            scheme: Err(UnsupportedAlgorithm("-".to_owned())),
            references: Vec::new(),
            value: Bytes::new(),
            signer: SignerIdentifier::KeyId(Bytes::new()),
            certificate_references: None,
            claimed_time: None,
            claims: Claims::default(),
            value_references: Vec::new(),
            timestamps: Vec::new(),
        }
    }

    /// What the archive timestamp must hold in its first list.
    pub fn leaves(&self, stamp: &ArchiveTimestamp) -> Vec<Leaf> {
        let objects = || {
            self.objects.iter().map(|object| {
                let wanted = |d: &&Digest| stamp.algorithm.as_ref() == Ok(&d.algorithm());
                let hash = object.digests.iter().flatten().find(wanted).cloned();
                Leaf { name: object.name.clone(), hash }
            })
        };
        match &stamp.covers {
            Covers::Objects => objects().collect(),
            Covers::Token(hash) => vec![Leaf { name: "timeStamp".to_owned(), hash: hash.clone() }],
            Covers::Chains(older, Combination::Hashed) => {
                let both = |leaf: Leaf| {
                    let hash = leaf.hash.zip(older.as_ref());
                    Leaf { hash: hash.map(|(own, older)| tree::joined(&own, older)), ..leaf }
                };
                objects().map(both).collect()
            }
            Covers::Chains(older, Combination::Listed) => {
                let chains = "ArchiveTimeStampSequence".to_owned();
                objects().chain([Leaf { name: chains, hash: older.clone() }]).collect()
            }
        }
    }

    /// Whether the archive timestamp covers what it must (RFC 4998 §4.3 steps 1 and 2, §5.3).
    pub fn coverage(&self, stamp: &ArchiveTimestamp) -> Coverage {
        let leaves = self.leaves(stamp);
        let first = stamp.tree.first();
        let mut open = None;
        for leaf in &leaves {
            match (&leaf.hash, first) {
                (None, _) => open = open.or(Some(leaf.clone())),
                // Without a tree one thing was stamped itself; several cannot have been.
                (Some(_), None) if leaves.len() > 1 => return Coverage::Broken(leaf.clone()),
                (Some(_), None) => {}
                (Some(hash), Some(list)) if list.iter().any(|h| h.as_ref() == hash.value()) => {}
                (Some(_), Some(_)) => return Coverage::Broken(leaf.clone()),
            }
        }
        open.map_or(Coverage::Shown, Coverage::Open)
    }

    /// The hash that the token must be of; nothing where it cannot be told.
    pub fn root(&self, stamp: &ArchiveTimestamp) -> Option<Digest> {
        let algorithm = *stamp.algorithm.as_ref().ok()?;
        if !stamp.tree.is_empty() {
            return tree::root(algorithm, &stamp.tree);
        }
        match self.leaves(stamp).as_slice() {
            [only] => only.hash.clone(),
            _ => None,
        }
    }

    /// Members of the first list that are no object at hand. An archive timestamp of several objects at
    /// once holds theirs and no others (RFC 4998 §4.3).
    pub fn strangers(&self, stamp: &ArchiveTimestamp) -> usize {
        let leaves = self.leaves(stamp);
        let known = |hash: &Bytes| {
            leaves.iter().any(|l| l.hash.as_ref().is_some_and(|h| h.value() == hash.as_ref()))
        };
        stamp.tree.first().map_or(0, |list| list.iter().filter(|hash| !known(hash)).count())
    }

    /// The older archive timestamps whose tokens the one of that number covers.
    pub fn covered_by(&self, number: usize) -> &[ArchiveTimestamp] {
        let older = self.stamps.get(..number).unwrap_or_default();
        match self.stamps.get(number).map(|stamp| &stamp.covers) {
            Some(Covers::Token(_)) => older.last().map_or(&[], std::slice::from_ref),
            Some(Covers::Chains(..)) => older,
            Some(Covers::Objects) | None => &[],
        }
    }

    /// Adds the certificates and revocation data that came with the tokens to what is in hand.
    pub fn bring(&self, evidence: &mut EvidenceSet) {
        let tokens = self.stamps.iter().filter_map(|stamp| stamp.token.as_ref().ok());
        for token in tokens {
            token.certificates().for_each(|c| evidence.add_certificate(c));
            let lists = token.revocation.iter().filter_map(|list| Crl::parse(list.clone()).ok());
            lists.for_each(|list| evidence.add_crl(list));
            responses(token).into_iter().for_each(|response| evidence.add_ocsp(response));
        }
        // Whatever cannot be read helps nobody, and stands in the way of nothing.
        for bytes in &self.brought {
            let _ = evidence.add(bytes);
        }
    }
}

impl ArchiveTimestamp {
    /// What is proven to have existed when the token is: itself, and each thing that came along in it.
    pub fn holds(&self) -> Vec<Fingerprint> {
        let Ok(token) = &self.token else { return Vec::new() };
        let mut all = vec![token.fingerprint];
        all.extend(token.bag.iter().map(|(print, _)| *print));
        all.extend(token.revocation.iter().map(|element| Fingerprint::of(element)));
        all.extend(responses(token).iter().map(|response| Fingerprint::of(&response.der)));
        all.extend(&self.beside);
        all
    }
}

/// The attributes of a signature file that hold evidence records (RFC 4998 appendix A).
pub fn inside(data: &SignedData) -> impl Iterator<Item = &Attribute> {
    let unsigned = data.signers.iter().flat_map(|signer| &signer.unsigned_attributes);
    let all = unsigned.flat_map(Attributes::list);
    all.filter(|a| [oid::EVIDENCE_INTERNAL, oid::EVIDENCE_EXTERNAL].contains(&a.oid))
}

/// The OCSP responses in the revocation bag: `[1] { otherRevInfoFormat, otherRevInfo }` (RFC 5652 §10.2.1,
/// RFC 5940 §2.1). Some name the type of the response in place of that of the format.
fn responses(token: &Token) -> Vec<BasicResponse> {
    let read = |element: &Bytes| {
        let mut inside =
            Reader::only(element, Tag::context(1), "OtherRevocationInfoFormat").ok()?.reader();
        let format = inside.expect(Tag::OID).and_then(|tlv| tlv.oid()).ok()?;
        let info = Bytes::copy_from_slice(inside.take().ok()?.raw);
        match format {
            oid::RI_OCSP_RESPONSE => match OcspResponse::parse(&info).ok()? {
                OcspResponse::Basic(response) => Some(*response),
                OcspResponse::Refused(_) => None,
            },
            oid::OCSP_BASIC => BasicResponse::parse(info).ok(),
            _ => None,
        }
    };
    token.revocation.iter().filter_map(read).collect()
}
