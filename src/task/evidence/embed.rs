//! Puts evidence records into signature files (RFC 4998 appendix A), under one timestamp for all files.
//!
//! A file is judged twice: before, for what is not provable today would look better tomorrow under a new
//! timestamp; and with the record inside, as its reader will judge it. What it is judged by goes inside
//! before the record: afterwards nothing can be added but another.

use super::stamp::{StampOrder, complete, stamped};
use crate::ades::Format;
use crate::digest::DigestAlgorithm;
use crate::evidence::EvidenceSet;
use crate::evidence::want::Offline;
use crate::judge::{JudgedSignature, Support};
use crate::rule::Indication;
use crate::seal::record::{Embedding, StampedTree};
use crate::seal::tree::Leaves;
use crate::seal::{Proven, Rank, SealError, Sealed, Standing, Unproven};
use crate::source::{Draft, Source};
use crate::task::sign::{Desk, Outside, Placement, SignError, TakenUp, support, take_up};
use crate::task::verify::{FileReport, Held, Subject, verify};
use crate::time::Instant;
use std::io;

/// Signature files, and the world that they are in.
pub trait Cabinet: Outside {
    /// What the file is called.
    fn name(&self, number: usize) -> String;

    /// The signature file.
    fn file(&self, number: usize) -> io::Result<Box<dyn Source>>;

    /// What it is over, with its name, where that is a file of its own.
    fn content(&self, number: usize) -> io::Result<Option<(String, Box<dyn Source>)>>;

    /// Where the file with the record inside is written: it replaces the file.
    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>>;
}

/// A file that is provable, and what its record is of.
struct Ready {
    number: usize,
    objects: Embedding,
    /// What each of its signatures rests on. What was fetched for several files is here once.
    supports: Vec<Support>,
}

/// Puts a record into each of `count` files, and tells what became of each: the time since which it is
/// proven, or why it stays as it is. One that is refused does not hinder the others.
pub fn embed(
    count: usize,
    order: StampOrder<'_>,
    cabinet: &dyn Cabinet,
    desk: &mut Desk<'_>,
    tell: &mut dyn FnMut(usize, Result<Instant, SignError>),
) -> Result<(), SignError> {
    let mut batch = Vec::new();
    let mut leaves = Leaves::new(order.algorithm);
    for number in 0..count {
        match desk.apart(|desk| prepare(number, order.algorithm, cabinet, desk)) {
            Ok(ready) => {
                leaves.push(&ready.objects.hashes()).map_err(|_| SealError::OtherStamp)?;
                batch.push(ready);
            }
            Err(error) => tell(number, Err(error)),
        }
    }
    let (Some(tree), Some(first)) = (leaves.tree(), batch.first()) else { return Ok(()) };
    let mut tree = stamped(tree, order.tsas, cabinet, desk)?;
    complete(&mut tree, &first.objects.hashes(), desk)?;
    for (place, ready) in batch.iter().enumerate() {
        desk.now = cabinet.now();
        let done = desk.apart(|desk| finish(place, ready, &tree, cabinet, desk));
        tell(ready.number, done.map(|()| tree.time()));
    }
    Ok(())
}

fn prepare(
    number: usize,
    algorithm: DigestAlgorithm,
    cabinet: &dyn Cabinet,
    desk: &mut Desk<'_>,
) -> Result<Ready, SignError> {
    let files = Files::open(number, cabinet)?;
    let subject = files.subject();
    let mut taken = take_up(&subject, &[algorithm], desk)?;
    let mut supports = Vec::new();
    if taken.proven.records() > 0 {
        all_hold(&subject, desk)?;
    } else {
        for place in 0..taken.proven.levels().count() {
            supports.push(complete_signature(&mut taken, place, None, desk)?);
        }
    }
    let objects = objects(&taken, subject.file, algorithm)?;
    files.unchanged()?;
    Ok(Ready { number, objects, supports })
}

/// Puts into the file what the signature of that place rests on, or what it was found to rest on before:
/// other data could be in hand by now.
fn complete_signature(
    taken: &mut TakenUp,
    place: usize,
    known: Option<&Support>,
    desk: &mut Desk<'_>,
) -> Result<Support, SignError> {
    let standing = taken.proven.clone().take(place).ok_or(Unproven::Nothing)?;
    let (proven, support) = match standing {
        Standing::B(sealed) => supported(sealed, known, desk)?,
        Standing::T(sealed) => supported(sealed, known, desk)?,
        Standing::Lta(sealed) => supported(sealed, known, desk)?,
    };
    taken.proven = proven;
    Ok(support)
}

fn supported<L: Rank>(
    sealed: Sealed<L>,
    known: Option<&Support>,
    desk: &mut Desk<'_>,
) -> Result<(Proven, Support), SignError> {
    let support = match known {
        Some(known) => known.clone(),
        None => support(&sealed, desk)?,
    };
    Ok((sealed.supported(&support)?.into(), support))
}

/// The records that are inside are renewed by the new one, which would hide that they have ended.
fn all_hold(subject: &Subject<'_>, desk: &mut Desk<'_>) -> Result<(), SignError> {
    let report = verify(subject, desk.judge, desk.now, desk.evidence, desk.source)?;
    let failed = |judged: &JudgedSignature| judged.verdict.indication() != Indication::Passed;
    match report.signatures.into_iter().map(|s| s.judged).find(failed) {
        Some(judged) => Err(Unproven::NotPassed(Box::new(judged)).into()),
        None => Ok(()),
    }
}

/// The file as it will be written, without the record, and its content unless that is inside.
fn objects(
    taken: &TakenUp,
    file: &dyn Source,
    algorithm: DigestAlgorithm,
) -> Result<Embedding, SignError> {
    let whole = taken.digest(file, algorithm)?;
    Ok(match taken.placement() {
        Placement::Attached => Embedding::Internal(whole),
        Placement::Detached => {
            let content = taken.proven.content_digest(algorithm)?.clone();
            Embedding::External { file: whole, content }
        }
    })
}

/// Takes the file up again, for many are not kept in memory, and replaces it by the one with the record.
fn finish(
    place: usize,
    ready: &Ready,
    tree: &StampedTree,
    cabinet: &dyn Cabinet,
    desk: &mut Desk<'_>,
) -> Result<(), SignError> {
    let files = Files::open(ready.number, cabinet)?;
    let subject = files.subject();
    let algorithm = tree.root().ok_or(SealError::OtherStamp)?.algorithm();
    let mut taken = take_up(&subject, &[algorithm], desk)?;
    for (place, known) in ready.supports.iter().enumerate() {
        complete_signature(&mut taken, place, Some(known), desk)?;
    }
    if objects(&taken, subject.file, algorithm)? != ready.objects {
        return Err(SignError::Changed);
    }
    let recorded = taken.proven.clone().recorded(tree, place, &ready.objects)?;
    let mut draft = cabinet.draft(ready.number)?;
    taken.write(&recorded, subject.file, draft.as_mut())?;
    let written = draft.reread()?;
    let written = Subject { file: written.as_ref(), ..subject };
    let mut report = verify(&written, desk.judge, desk.now, desk.evidence, desk.source)?;
    if report.indication() == Indication::Passed && !ready.supports.is_empty() {
        let (judge, now) = (desk.judge, desk.now);
        report = verify(&written, judge, now, &mut EvidenceSet::default(), &mut Offline)?;
    }
    // A record that its reader passes over, in a file too large for it, would be none.
    if report.indication() != Indication::Passed || records(&report) != recorded.records() {
        return Err(SignError::OwnOutput(Box::new(report)));
    }
    files.unchanged()?;
    Ok(draft.publish()?)
}

fn records(report: &FileReport) -> usize {
    let formats = report.signatures.iter().map(|s| s.signature.format);
    formats.filter(|format| *format == Format::EvidenceRecord).count()
}

/// A signature file with its content, open.
struct Files {
    name: String,
    file: Box<dyn Source>,
    content: Option<(String, Box<dyn Source>)>,
}

impl Files {
    fn open(number: usize, cabinet: &dyn Cabinet) -> io::Result<Self> {
        let (file, content) = (cabinet.file(number)?, cabinet.content(number)?);
        Ok(Self { name: cabinet.name(number), file, content })
    }

    fn subject(&self) -> Subject<'_> {
        let content = self.content.as_ref().map(|(name, file)| (name.as_str(), file.as_ref()));
        Subject { name: &self.name, file: self.file.as_ref(), content, held: Held::Signature }
    }

    fn unchanged(&self) -> Result<(), SignError> {
        let content = self.content.as_ref().map_or(Ok(true), |(_, file)| file.is_unchanged());
        if self.file.is_unchanged()? && content? { Ok(()) } else { Err(SignError::Changed) }
    }
}
