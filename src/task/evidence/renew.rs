//! Renews evidence records: many at once, with one timestamp over what was newest in each (RFC 4998 §5.2).
//!
//! A record is judged first, and refused unless it holds: a renewal keeps a proof alive and makes none.
//! It is judged again with its new archive timestamp before it takes the place of the old one. One inside a
//! signature file is renewed where it stands, for it is over all of the file but itself.

mod others;
mod room;

use super::stamp::{complete as complete_tree, stamped};
use crate::der::tlv::Malformed;
use crate::digest::DigestAlgorithm;
use crate::rule::Verdict;
use crate::seal::SealError;
use crate::seal::record::NotRenewable;
use crate::seal::tree::Leaves;
use crate::source::{Draft, Source};
use crate::task::sign::{Desk, Outside, SignError};
use crate::time::Instant;
use room::{Ready, Room};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What is renewed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Renewal {
    /// The newest timestamp, with the hash function of its chain. No document is read, unless the hash
    /// function was changed before.
    Tokens,
    /// The whole, from the documents up, with another hash function.
    Trees(DigestAlgorithm),
    /// Whichever of the two makes it last until then: the whole, with that hash function, where the one in
    /// use will have ended by then.
    Lasting(Instant, DigestAlgorithm),
}

/// How a record was renewed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Its newest timestamp is under a new one (RFC 4998 §5.2, timestamp renewal).
    Token,
    /// A new chain with that hash function is over the documents and all before it (hash-tree renewal).
    Tree(DigestAlgorithm),
}

/// A record that was renewed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Renewed {
    /// The time of its new timestamp.
    pub time: Instant,
    /// How it was renewed.
    pub way: Way,
}

/// Records, and what they are of.
pub trait Shelf: Outside {
    /// Opens the record of that number, or the signature file that it is inside.
    fn record(&self, number: usize) -> io::Result<Box<dyn Source>>;

    /// Opens its objects, each with its name; of a record inside a signature file, what the signature is of.
    fn objects(&self, number: usize) -> io::Result<Vec<(String, Box<dyn Source>)>>;

    /// How many more records there are, which are not renewed: their numbers follow those that are. What is
    /// proven by them is not lost by the renewal of others.
    fn standing(&self) -> usize {
        0
    }

    /// Begins the file that takes the place of that one.
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
    /// It was stamped for others too, and these are not at hand.
    #[error("it may prove {0} other file(s), which it would not any more")]
    OtherMembers(usize),
    /// With what is added its readers would not read it any more.
    #[error("renewed, it would be too large to be read")]
    TooLarge,
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

/// Renews `count` records and tells what became of each. There is one timestamp for all records of one hash
/// function; where that cannot be had, none of these is told of, and the others are renewed all the same. The
/// first such failure is what is returned.
pub fn renew(
    count: usize,
    renewal: Renewal,
    tsas: &[String],
    shelf: &dyn Shelf,
    desk: &mut Desk<'_>,
    tell: &mut dyn FnMut(usize, Result<Renewed, RenewError>),
) -> Result<(), SignError> {
    let mut batches: BTreeMap<DigestAlgorithm, Vec<Ready>> = BTreeMap::new();
    let mut room = Room::new(renewal, shelf);
    for number in 0..count {
        match desk.apart(|desk| room.prepare(number, desk)) {
            Ok((algorithm, ready)) => batches.entry(algorithm).or_default().push(ready),
            Err(error) => tell(number, Err(error)),
        }
    }
    for (number, others) in losing(&batches, count, &room, desk) {
        batches.values_mut().for_each(|batch| batch.retain(|ready| ready.number != number));
        tell(number, Err(RenewError::OtherMembers(others)));
    }
    let mut all = Ok(());
    for (algorithm, batch) in batches {
        all = all.and(renew_batch(algorithm, batch, &room, tsas, desk, tell));
    }
    all
}

fn renew_batch(
    algorithm: DigestAlgorithm,
    batch: Vec<Ready>,
    room: &Room<'_>,
    tsas: &[String],
    desk: &mut Desk<'_>,
    tell: &mut dyn FnMut(usize, Result<Renewed, RenewError>),
) -> Result<(), SignError> {
    let mut leaves = Leaves::new(algorithm);
    for ready in &batch {
        leaves.push(&ready.covered).map_err(|_| SealError::OtherStamp)?;
    }
    let (Some(tree), Some(first)) = (leaves.tree(), batch.first()) else { return Ok(()) };
    let mut tree = stamped(tree, tsas, room.shelf, desk)?;
    match desk.apart(|desk| complete_tree(&mut tree, &first.covered, desk)) {
        // The timestamp holds; what is wanting in it is told by whoever looks for it, and put in later.
        Ok(()) | Err(SignError::NoSupport(_)) => {}
        Err(error) => return Err(error),
    }
    desk.now = room.shelf.now();
    for (place, ready) in batch.into_iter().enumerate() {
        let number = ready.number;
        tell(number, desk.apart(|desk| room.finish(place, ready, &tree, desk)));
    }
    Ok(())
}

/// Of those that are ready, the ones whose new tree would lose somebody.
fn losing(
    batches: &BTreeMap<DigestAlgorithm, Vec<Ready>>,
    count: usize,
    room: &Room<'_>,
    desk: &mut Desk<'_>,
) -> BTreeMap<usize, usize> {
    let all = batches.values().flatten();
    let moved: BTreeSet<usize> =
        all.clone().filter(|ready| ready.listed.is_some()).map(|ready| ready.number).collect();
    let staying = || {
        let all = 0..count.saturating_add(room.shelf.standing());
        let staying = all.filter(|number| !moved.contains(number));
        staying.filter_map(|number| desk.apart(|desk| room.proven(number, desk))).collect()
    };
    others::losing(all, staying)
}

/// Puts what the newest timestamp of a record rests on into it, so that it is judged by what it carries.
/// Nothing covers that timestamp yet, and no new one is needed.
pub fn complete(number: usize, shelf: &dyn Shelf, desk: &mut Desk<'_>) -> Result<(), RenewError> {
    desk.apart(|desk| Room::new(Renewal::Tokens, shelf).complete(number, desk))
}
