//! Evidence records, written and renewed. A record comes out of a tree whose timestamp was verified, and
//! only a record that was judged to hold is renewed.

use super::SealError;
use super::tree::HashTree;
use crate::ades::evidence::{asn1, tree};
use crate::der::cms::SignedData;
use crate::der::cms::values::write_ocsp;
use crate::der::ers::{ArchiveTimeStamp, Chain, EvidenceRecord, sequence_of};
use crate::der::tlv::Malformed;
use crate::der::{Bytes, write};
use crate::digest::{Digest, DigestAlgorithm};
use crate::judge::{JudgedRecord, Support, VerifiedTimestamp};
use crate::oid::{self, Oid};
use crate::rule::Verdict;
use crate::time::Instant;

/// A hash tree under a verified timestamp.
#[derive(Clone, Debug)]
pub struct StampedTree {
    tree: HashTree,
    token: Bytes,
    time: Instant,
}

impl StampedTree {
    /// Puts the timestamp on the tree. One of anything but its root is refused.
    pub fn new(tree: HashTree, timestamp: &VerifiedTimestamp) -> Result<Self, SealError> {
        if tree.root().as_ref() != Some(timestamp.imprint()) {
            return Err(SealError::OtherStamp);
        }
        Ok(Self { tree, token: timestamp.token().clone(), time: timestamp.time() })
    }

    /// The token.
    pub const fn token(&self) -> &Bytes {
        &self.token
    }

    /// The time since which everything in the tree is proven.
    pub const fn time(&self) -> Instant {
        self.time
    }

    /// The hash that was stamped.
    pub fn root(&self) -> Option<Digest> {
        self.tree.root()
    }

    /// The record of the member of that number, which verifies without the others.
    pub fn record(&self, number: usize, group: &[Digest]) -> Result<EvidenceRecord, SealError> {
        let stamp = self.archive_timestamp(number, group)?;
        Ok(EvidenceRecord::new(self.tree.algorithm(), stamp))
    }

    /// Puts what the token rests on into it, so that records of the tree are judged by what they carry.
    pub fn complete(&mut self, support: &Support) -> Result<(), Malformed> {
        self.token = supported(&self.token, support)?;
        Ok(())
    }

    fn archive_timestamp(
        &self,
        number: usize,
        group: &[Digest],
    ) -> Result<ArchiveTimeStamp, SealError> {
        let lists = self.tree.reduced(number, group).ok_or(SealError::OtherStamp)?;
        Ok(ArchiveTimeStamp::new(self.tree.algorithm(), lists, self.token.clone()))
    }
}

/// What an evidence record inside a signature file is over (RFC 4998 appendix A): hashes of one function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Embedding {
    /// The file, which has its content inside.
    Internal(Digest),
    /// The file, and the content that stands elsewhere, as one group.
    External {
        /// Of the file.
        file: Digest,
        /// Of the content.
        content: Digest,
    },
}

impl Embedding {
    /// The hashes of the group.
    pub fn hashes(&self) -> Vec<Digest> {
        match self {
            Self::Internal(file) => vec![file.clone()],
            Self::External { file, content } => vec![file.clone(), content.clone()],
        }
    }

    /// The attribute that holds the record.
    pub const fn kind(&self) -> Oid {
        match self {
            Self::Internal(_) => oid::EVIDENCE_INTERNAL,
            Self::External { .. } => oid::EVIDENCE_EXTERNAL,
        }
    }
}

/// The token with its path and revocation data inside: its authority signed none of what is around its
/// statement.
fn supported(token: &[u8], support: &Support) -> Result<Bytes, Malformed> {
    let mut data = SignedData::parse(token)?;
    support.certificates().iter().for_each(|c| data.take_certificate(c.clone()));
    support.crls().iter().for_each(|crl| data.take_revocation(crl.clone()));
    let responses = support.ocsp().iter().map(|response| write_ocsp(response).into());
    responses.for_each(|response| data.take_revocation(response));
    Ok(signed_data(&data).into())
}

/// A signed-data with its content inside, in DER.
fn signed_data(data: &SignedData) -> Vec<u8> {
    let [before, after] = data.around_content();
    let octets = write::octet_string(data.content.as_deref().unwrap_or_default());
    let kind = write::oid(data.content_type);
    let content = write::sequence([kind, write::explicit(0, &octets)]);
    let inner = write::sequence([before, content, after]);
    write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &inner)])
}

/// A record that was judged, and proves whatever it is of.
#[derive(Clone, Debug)]
pub struct Renewable {
    record: EvidenceRecord,
}

/// Why a record is not renewed: a renewal would only hide it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotRenewable {
    /// It does not hold.
    #[error("it does not prove what it should")]
    NotProven(Box<Verdict>),
    /// It is in XML.
    #[error("records in XML are verified and not renewed")]
    InXml,
    /// The verdict is on another record.
    #[error("the verdict is on another record")]
    OtherRecord,
}

/// What a renewal reads of the data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Read {
    /// Nothing: the data need not be at hand.
    Nothing,
    /// All of it: the record must prove it.
    Objects,
}

impl Renewable {
    /// A record with the verdict on it.
    pub fn new(
        der: &[u8],
        record: EvidenceRecord,
        judged: JudgedRecord,
        read: Read,
    ) -> Result<Self, NotRenewable> {
        let same = *judged.verdict.about().name == *asn1::id(der) && record.to_der() == der;
        if !same {
            return Err(NotRenewable::OtherRecord);
        }
        let holds = match read {
            Read::Nothing => judged.holds_whatever_it_covers(),
            Read::Objects => judged.proven.is_some(),
        };
        if holds {
            Ok(Self { record })
        } else {
            Err(NotRenewable::NotProven(Box::new(judged.verdict)))
        }
    }

    /// Puts what the newest token rests on into it: the next timestamp covers all of it (RFC 4998 §4.2: "SHOULD be stored in the timestamp itself").
    pub fn complete(&mut self, support: &Support) -> Result<(), Malformed> {
        let Some(newest) = self.record.chains.last_mut().and_then(|c| c.stamps.last_mut()) else {
            return Ok(());
        };
        newest.time_stamp = supported(&newest.time_stamp, support)?;
        Ok(())
    }

    /// The record as it is by now.
    pub fn into_record(self) -> EvidenceRecord {
        self.record
    }

    /// The hash function of its last chain, which a timestamp renewal keeps (RFC 4998 §5.2).
    pub fn algorithm(&self) -> Option<DigestAlgorithm> {
        asn1::algorithm(self.newest()?).ok()
    }

    /// What a timestamp renewal covers: the newest token.
    pub fn token_hash(&self) -> Option<Digest> {
        Some(self.newest()?.renewal_hash(self.algorithm()?))
    }

    /// What a hash-tree renewal covers: each object, given by its hashes under the new function, with all
    /// chains so far (RFC 4998 §5.2 steps 3 and 4).
    pub fn object_hashes(&self, objects: &[Digest]) -> Vec<Digest> {
        let chains = sequence_of(&self.record.chains);
        let joined = |own: &Digest| tree::joined(own, &own.algorithm().digest(&chains));
        objects.iter().map(joined).collect()
    }

    /// The record with one more archive timestamp over its newest token.
    pub fn with_token_renewed(
        mut self,
        stamped: &StampedTree,
        number: usize,
    ) -> Result<EvidenceRecord, SealError> {
        let hash = self.token_hash().ok_or(SealError::OtherStamp)?;
        let stamp = stamped.archive_timestamp(number, &[hash])?;
        let last = self.record.chains.last_mut().ok_or(SealError::OtherStamp)?;
        last.stamps.push(stamp);
        Ok(self.record)
    }

    /// The record with one more chain, over the objects and all chains so far.
    pub fn with_tree_renewed(
        mut self,
        stamped: &StampedTree,
        number: usize,
        objects: &[Digest],
    ) -> Result<EvidenceRecord, SealError> {
        let stamp = stamped.archive_timestamp(number, &self.object_hashes(objects))?;
        self.record.name_algorithm(stamped.tree.algorithm());
        self.record.chains.push(Chain { stamps: vec![stamp] });
        Ok(self.record)
    }

    fn newest(&self) -> Option<&ArchiveTimeStamp> {
        self.record.stamps().next_back()
    }
}
