//! Renews evidence records: many at once, with one timestamp over what was newest in each (RFC 4998 §5.2).
//!
//! A record is judged first, and refused unless it holds: a renewal keeps a proof alive and makes none.
//! It is judged again with its new archive timestamp before it takes the place of the old one.

use super::stamp::stamped;
use super::verify::{Opened, hashed, judged, open};
use crate::ades::evidence::Record;
use crate::check::Times;
use crate::der::certificate::Fingerprint;
use crate::der::tlv::{Malformed, Problem};
use crate::digest::{Digest, DigestAlgorithm};
use crate::judge::{Support, Supported};
use crate::policy::Role;
use crate::rule::Verdict;
use crate::seal::SealError;
use crate::seal::record::{NotRenewable, Read, Renewable, StampedTree};
use crate::seal::tree::Leaves;
use crate::source::{self, Draft, Source};
use crate::task::sign::{Desk, Outside, SignError};
use crate::time::Instant;
use std::collections::BTreeMap;
use std::io;

/// What is renewed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Renewal {
    /// The newest timestamp, with the hash function of its chain. No document is read, unless the hash
    /// function was changed before.
    Tokens,
    /// The whole, from the documents up, with another hash function.
    Trees(DigestAlgorithm),
}

/// Records, and what they are of.
pub trait Shelf: Outside {
    /// Opens the record of that number.
    fn record(&self, number: usize) -> io::Result<Box<dyn Source>>;

    /// Opens its objects, each with its name.
    fn objects(&self, number: usize) -> io::Result<Vec<(String, Box<dyn Source>)>>;

    /// Begins the file that takes the place of the record.
    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>>;
}

/// Why a record was not renewed. It stays as it was in all of these cases.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// The file is none, or damaged.
    #[error("this is no evidence record, or it is damaged ({0})")]
    NotARecord(Malformed),
    /// It does not hold.
    #[error(transparent)]
    Refused(#[from] NotRenewable),
    /// The authority of its newest timestamp does not pass by itself.
    #[error("the authority of its newest timestamp cannot be relied on")]
    NoSupport(Box<Verdict>),
    /// The new hash function is shorter than the one in use.
    #[error("{new} is weaker than {old}, which the record has now")]
    Weaker {
        /// In use.
        old: DigestAlgorithm,
        /// Asked for.
        new: DigestAlgorithm,
    },
    /// Somebody wrote to it, or to a document, in between.
    #[error("it was changed while it was renewed")]
    Changed,
    /// What was made would not hold. This is a fault of inkan.
    #[error("the renewed record does not hold, and was not written")]
    OwnOutput(Box<Verdict>),
    /// It has no timestamp that can be read.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Documents by name, with their hashes where they are at hand.
type Objects = Vec<(String, Option<Vec<Digest>>)>;

/// A record that was found to hold, and what its new archive timestamp will cover.
struct Ready {
    number: usize,
    objects: Objects,
    covered: Vec<Digest>,
}

/// Renews `count` records and tells what became of each: the time of its new timestamp, or why it has
/// none. There is one timestamp for all records of one hash function.
pub fn renew(
    count: usize,
    renewal: Renewal,
    tsas: &[String],
    shelf: &dyn Shelf,
    desk: &mut Desk<'_>,
    tell: &mut dyn FnMut(usize, Result<Instant, RenewError>),
) -> Result<(), SignError> {
    let mut batches: BTreeMap<DigestAlgorithm, Vec<Ready>> = BTreeMap::new();
    let mut room = Room { renewal, shelf, supports: BTreeMap::new() };
    for number in 0..count {
        match room.prepare(number, desk) {
            Ok((algorithm, ready)) => batches.entry(algorithm).or_default().push(ready),
            Err(error) => tell(number, Err(error)),
        }
    }
    for (algorithm, batch) in batches {
        let mut leaves = Leaves::new(algorithm);
        for ready in &batch {
            leaves.push(&ready.covered).map_err(|_| SealError::OtherStamp)?;
        }
        let Some(tree) = leaves.tree() else { continue };
        let tree = stamped(tree, tsas, shelf, desk)?;
        desk.now = shelf.now();
        for (place, ready) in batch.into_iter().enumerate() {
            let number = ready.number;
            tell(number, room.finish(place, ready, &tree, desk));
        }
    }
    Ok(())
}

/// What the renewals of one call share.
struct Room<'a> {
    renewal: Renewal,
    shelf: &'a dyn Shelf,
    /// What the newest tokens rest on, by their authority's certificate.
    supports: BTreeMap<Fingerprint, Support>,
}

impl Room<'_> {
    fn prepare(
        &mut self,
        number: usize,
        desk: &mut Desk<'_>,
    ) -> Result<(DigestAlgorithm, Ready), RenewError> {
        let opened = self.open(number)?;
        let objects = self.objects(number, &opened)?;
        let (renewable, ..) = self.renewable(opened, objects.clone(), desk)?;
        let old = renewable.algorithm().ok_or(SealError::OtherStamp)?;
        let (algorithm, covered) = match self.renewal {
            Renewal::Tokens => (old, renewable.token_hash().into_iter().collect()),
            Renewal::Trees(new) if new < old => return Err(RenewError::Weaker { old, new }),
            Renewal::Trees(new) => (new, renewable.object_hashes(&with(new, &objects))),
        };
        if covered.is_empty() {
            return Err(SealError::OtherStamp.into());
        }
        Ok((algorithm, Ready { number, objects, covered }))
    }

    /// Reads the record again, for a million of them are not kept in memory, and writes it renewed.
    fn finish(
        &mut self,
        place: usize,
        ready: Ready,
        tree: &StampedTree,
        desk: &mut Desk<'_>,
    ) -> Result<Instant, RenewError> {
        let opened = self.open(ready.number)?;
        let (renewable, record) = self.renewable(opened, ready.objects.clone(), desk)?;
        let changed = |_| RenewError::Changed;
        let renewed = match self.renewal {
            Renewal::Tokens => renewable.with_token_renewed(tree, place).map_err(changed)?,
            Renewal::Trees(new) => renewable
                .with_tree_renewed(tree, place, &with(new, &ready.objects))
                .map_err(changed)?,
        };
        let der = renewed.to_der();
        let stamps = record.stamps.len();
        self.judge_own(&der, ready.objects, stamps, desk)?;
        let mut draft = self.shelf.draft(ready.number)?;
        draft.write_all(&der)?;
        draft.publish()?;
        Ok(tree.time())
    }

    fn open(&self, number: usize) -> Result<Opened, RenewError> {
        let file = self.shelf.record(number)?;
        let none = || Err(Malformed::new("EvidenceRecord", Problem::Unknown));
        open(file.as_ref())?.unwrap_or_else(none).map_err(RenewError::NotARecord)
    }

    /// The hashes of the documents, where they are needed: what a later chain covers cannot be told without
    /// them. A document that is not at hand keeps no timestamp from being renewed.
    fn objects(&self, number: usize, opened: &Opened) -> Result<Objects, RenewError> {
        let not_at_hand = || vec![("-".to_owned(), None)];
        let mut needed = opened.digests_needed();
        let objects = match self.renewal {
            Renewal::Tokens if opened.has_one_chain() => return Ok(not_at_hand()),
            Renewal::Tokens => match self.shelf.objects(number) {
                Ok(objects) => objects,
                Err(_) => return Ok(not_at_hand()),
            },
            Renewal::Trees(new) => {
                needed.push(new);
                self.shelf.objects(number)?
            }
        };
        needed.sort_unstable();
        needed.dedup();
        let all: Vec<(&str, &dyn Source)> =
            objects.iter().map(|(name, file)| (name.as_str(), file.as_ref())).collect();
        let hashes = hashed("-", &all, &|file| source::digest_all(file, &needed))?;
        for (_, file) in &objects {
            if !file.is_unchanged()? {
                return Err(RenewError::Changed);
            }
        }
        Ok(hashes)
    }

    /// The record, judged and found to hold, with all that its newest token rests on put into it: once
    /// the new timestamp covers it, nothing can be added.
    fn renewable(
        &mut self,
        opened: Opened,
        objects: Objects,
        desk: &mut Desk<'_>,
    ) -> Result<(Renewable, Record), RenewError> {
        let record = opened.over(objects);
        let judged = judged(&record, desk.judge, desk.now, desk.evidence, desk.source);
        let tsa = judged.tsa.clone();
        let read = match self.renewal {
            Renewal::Tokens => Read::Nothing,
            Renewal::Trees(_) => Read::Objects,
        };
        let mut renewable = opened.renewable(judged, read)?;
        let tsa = tsa.ok_or(SealError::OtherStamp)?;
        let support = match self.supports.get(&tsa.fingerprint()) {
            Some(known) => known,
            None => {
                let times = Times::unproven(desk.now);
                let one = Supported { certificate: &tsa, role: Role::Tsa, times };
                let support = desk.judge.support(&[one], desk.evidence);
                let support = support.map_err(RenewError::NoSupport)?;
                self.supports.entry(tsa.fingerprint()).or_insert(support)
            }
        };
        renewable.complete(support).map_err(RenewError::NotARecord)?;
        Ok((renewable, record))
    }

    /// Judges the renewed record as anybody would read it.
    fn judge_own(
        &self,
        der: &[u8],
        objects: Objects,
        stamps: usize,
        desk: &mut Desk<'_>,
    ) -> Result<(), RenewError> {
        let opened = Opened::parse(der.to_vec()).map_err(RenewError::NotARecord)?;
        let record = opened.over(objects);
        let judged = judged(&record, desk.judge, desk.now, desk.evidence, desk.source);
        let holds = match self.renewal {
            Renewal::Tokens => judged.holds_whatever_it_covers(),
            Renewal::Trees(_) => judged.proven.is_some(),
        };
        if holds && record.stamps.len() == stamps + 1 {
            return Ok(());
        }
        Err(RenewError::OwnOutput(Box::new(judged.verdict)))
    }
}

/// The hash of each object under that function.
fn with(algorithm: DigestAlgorithm, objects: &[(String, Option<Vec<Digest>>)]) -> Vec<Digest> {
    let all = objects.iter().flat_map(|(_, digests)| digests.iter().flatten());
    all.filter(|digest| digest.algorithm() == algorithm).cloned().collect()
}
