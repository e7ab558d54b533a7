//! One timestamp for many files, and a record for each that verifies alone (RFC 4998 §4.2).
//!
//! Contents are hashed on all processors, the tree is stamped once, and records are written on several
//! threads. Which content was hashed under which number is all that is held in memory.

use super::stamp::{StampOrder, stamped};
use crate::ades::evidence::tree;
use crate::der::ers::EvidenceRecord;
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::EvidenceSet;
use crate::judge::Judge;
use crate::seal::SealError;
use crate::seal::record::StampedTree;
use crate::seal::tree::Leaves;
use crate::source;
use crate::task::sign::{Desk, SignError, Workshop};
use crate::time::Instant;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Threads that write: each waits for the disk, which takes several at once.
const WRITERS: usize = 8;

/// A record that was published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Created {
    /// The time since which the content is proven.
    pub since: Instant,
    /// How many octets the record has beside its token, which all records of the call share.
    pub proof_octets: usize,
}

/// Why a content has no record. Nothing is written in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Somebody wrote to the content while it was read.
    #[error("the file was changed while it was read")]
    Changed,
    /// The record made would not verify. This is a fault of inkan.
    #[error("the record made does not verify, and was not written")]
    OwnOutput,
    /// Its place in the tree is another's. This is a fault of inkan.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Hashes `count` contents, has their tree stamped, publishes a record for each, and tells what became of
/// each. A content that cannot be read has no part in the tree and does not hinder the others.
pub fn create(
    count: usize,
    order: StampOrder<'_>,
    (judge, evidence): (&Judge, &mut EvidenceSet),
    shop: &dyn Workshop,
    tell: &mut dyn FnMut(usize, Result<Created, CreateError>),
) -> Result<(), SignError> {
    let mut numbers = Vec::new();
    let mut digests = Vec::new();
    let mut leaves = Leaves::new(order.algorithm);
    for (number, hashed) in hash_all(count, order.algorithm, shop) {
        match hashed {
            Ok(digest) if leaves.push(std::slice::from_ref(&digest)).is_ok() => {
                numbers.push(number);
                digests.push(digest);
            }
            Ok(_) => tell(number, Err(CreateError::OwnOutput)),
            Err(error) => tell(number, Err(error)),
        }
    }
    let Some(tree) = leaves.tree() else { return Ok(()) };
    let mut source = shop.source();
    let mut desk = Desk { judge, now: shop.now(), evidence, source: source.as_mut() };
    let stamped = stamped(tree, order.tsas, shop, &mut desk)?;
    write_all(&stamped, &numbers, &digests, shop, tell);
    Ok(())
}

/// The hash of each content, in their order.
fn hash_all(
    count: usize,
    algorithm: DigestAlgorithm,
    shop: &dyn Workshop,
) -> Vec<(usize, Result<Digest, CreateError>)> {
    let hash = |number: usize| -> Result<Digest, CreateError> {
        let content = shop.content(number)?;
        let digests = source::digest_all(content.as_ref(), &[algorithm])?;
        if !content.is_unchanged()? {
            return Err(CreateError::Changed);
        }
        digests.into_iter().next().ok_or_else(|| io::Error::other("no digest").into())
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut all = Vec::with_capacity(count);
    in_parallel(count, threads, &hash, &mut |number, hashed| all.push((number, hashed)));
    all.sort_unstable_by_key(|(number, _)| *number);
    all
}

fn write_all(
    stamped: &StampedTree,
    numbers: &[usize],
    digests: &[Digest],
    shop: &dyn Workshop,
    tell: &mut dyn FnMut(usize, Result<Created, CreateError>),
) {
    let write = |place: usize| -> Result<Created, CreateError> {
        let (Some(number), Some(digest)) = (numbers.get(place), digests.get(place)) else {
            return Err(CreateError::OwnOutput);
        };
        let record = stamped.record(place, std::slice::from_ref(digest))?.to_der();
        if !proves(&record, digest, stamped) {
            return Err(CreateError::OwnOutput);
        }
        let mut draft = shop.draft(*number)?;
        draft.write_all(&record)?;
        draft.publish()?;
        let proof_octets = record.len().saturating_sub(stamped.token().len());
        Ok(Created { since: stamped.time(), proof_octets })
    };
    in_parallel(numbers.len(), WRITERS, &write, &mut |place, written| {
        if let Some(number) = numbers.get(place) {
            tell(*number, written);
        }
    });
}

/// Whether the bytes, read as anyone would read them, lead from the content to what the verified timestamp
/// is of. The timestamp was judged once for all of them, and is here by its bytes.
fn proves(der: &[u8], digest: &Digest, stamped: &StampedTree) -> bool {
    let Ok(record) = EvidenceRecord::parse(der) else { return false };
    let mut stamps = record.stamps();
    let (Some(stamp), None) = (stamps.next(), stamps.next()) else { return false };
    let algorithm = digest.algorithm();
    let root = match stamp.tree.first() {
        None => Some(digest.clone()),
        Some(first) => {
            let is_there = first.iter().any(|hash| hash.as_ref() == digest.value());
            is_there.then(|| tree::root(algorithm, &stamp.tree)).flatten()
        }
    };
    let named = stamp.digest_algorithm.as_ref().and_then(|named| named.digest());
    named == Some(algorithm)
        && root.is_some()
        && root == stamped.root()
        && stamp.time_stamp == *stamped.token()
}

/// Does a job of each number on some threads, and hands over what came of it in the calling thread.
pub(super) fn in_parallel<T: Send>(
    count: usize,
    threads: usize,
    job: &(dyn Fn(usize) -> T + Sync),
    hand_over: &mut dyn FnMut(usize, T),
) {
    let next = AtomicUsize::new(0);
    let (done, results) = mpsc::sync_channel(threads.saturating_mul(4));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            let (next, done) = (&next, done.clone());
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || done.send((number, job(number))).is_err() {
                        return;
                    }
                }
            });
        }
        // The threads have their own; the channel ends with its last sender.
        drop(done);
        for (number, result) in results {
            hand_over(number, result);
        }
    });
}
