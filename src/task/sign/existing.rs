//! Adds to a file that has signatures: another beside them, or one over one of them.

use super::growth::{grow, stamp_content, stamp_signature};
use super::stages::{Expected, judge_own, judged_as_published};
use super::{Desk, Order, Outside, Placement, SignError, Signer};
use crate::ades::{TimestampKind, cades};
use crate::der::Bytes;
use crate::digest::{Digest, DigestAlgorithm, Hasher};
use crate::evidence::Proofs;
use crate::evidence::want::Offline;
use crate::rule::Indication;
use crate::seal::{
    B, Countersignable, Countersigning, Level, Lta, Prepared, Proven, Sealed, Standing, T, Unproven,
};
use crate::source::{self, Draft, Source};
use crate::task::evidence::Inside;
use crate::task::verify::{FileReport, Opened, SignatureReport, Subject, content, open, verify};
use std::io;
use std::ops::Range;

/// What is added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Addition {
    /// A signature over the same content, beside the others.
    Beside,
    /// A counter-signature over one of them. It is signed or stamped; to a higher level the whole can be
    /// brought afterwards.
    Over(Which),
}

/// One of the signatures of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// The only one that there is.
    Only,
    /// The one of that number, the first being 1.
    Number(usize),
}

/// A file with signatures, all of which were judged and passed.
#[derive(Debug)]
pub struct TakenUp {
    /// The signatures.
    pub proven: Proven,
    /// Where the content stands inside; nothing if it is a file of its own.
    inside: Option<Vec<Range<u64>>>,
    /// What those places are in, where that is not the file itself.
    unwrapped: Option<Bytes>,
}

/// Opens a file with signatures and judges all of them, fetching what is wanted. The content is hashed
/// with these functions too, beside those that its signatures name.
pub fn take_up(
    subject: &Subject<'_>,
    algorithms: &[DigestAlgorithm],
    desk: &mut Desk<'_>,
) -> Result<TakenUp, SignError> {
    let Ok(opened) = open(subject.file)? else { return Err(Unproven::Nothing.into()) };
    // Fetches what the judgement wants; the judgement that counts is the one below.
    verify(subject, desk.judge, desk.now, desk.evidence, desk.source)?;
    let mut needed = cades::digests_needed(&opened.data);
    needed.extend(algorithms);
    needed.sort_unstable();
    needed.dedup();
    let content = content(subject, &opened, &needed)?;
    desk.evidence.add_bags(&opened.data);
    let as_of = (desk.judge, desk.now);
    let records = Inside::read(subject, &opened)?;
    let records = records.told(Proofs::default(), as_of, desk.evidence, desk.source);
    let Opened { data, outline, inner } = opened;
    let proven = Proven::within(data, &content, &records.proofs, as_of, desk.evidence)?;
    Ok(TakenUp { proven, inside: outline.content, unwrapped: inner })
}

impl TakenUp {
    /// Where its content stands.
    pub const fn placement(&self) -> Placement {
        match self.inside {
            Some(_) => Placement::Attached,
            None => Placement::Detached,
        }
    }

    /// Writes what became of the signatures, with the content where it was: copied out of `file`, which
    /// is the one that was taken up.
    pub fn write(
        &self,
        grown: &Proven,
        file: &dyn Source,
        draft: &mut dyn io::Write,
    ) -> io::Result<()> {
        let Some(ranges) = &self.inside else { return draft.write_all(&grown.detached()) };
        let length: u64 = ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum();
        let envelope = grown.attached(usize::try_from(length).map_err(io::Error::other)?);
        draft.write_all(&envelope.prefix)?;
        match &self.unwrapped {
            Some(bytes) => source::copy_ranges(bytes, ranges, draft)?,
            None => source::copy_ranges(file, ranges, draft)?,
        }
        draft.write_all(&envelope.suffix)
    }

    /// The hash of the file as it would be written with nothing added.
    pub fn digest(&self, file: &dyn Source, algorithm: DigestAlgorithm) -> io::Result<Digest> {
        let mut hashing = Hashing(Hasher::new(algorithm));
        self.write(&self.proven, file, &mut hashing)?;
        Ok(hashing.0.finish())
    }
}

/// Written to, it keeps the hash of what was written.
struct Hashing(Hasher);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Adds to a file, judges what came of it, and publishes it.
pub fn add(
    addition: Addition,
    subject: &Subject<'_>,
    signer: &Signer<'_>,
    order: Order<'_>,
    outside: &dyn Outside,
    (desk, mut draft): (&mut Desk<'_>, Box<dyn Draft + Send>),
) -> Result<FileReport, SignError> {
    let algorithm = signer.key.scheme().digest();
    let taken = take_up(subject, &[algorithm], desk)?;
    taken.proven.may_grow()?;
    let order = Order { placement: taken.placement(), ..order };
    let before = taken.proven.clone();
    let grown = match addition {
        Addition::Beside => {
            let sealed = join(before, signer, order, outside, desk)?;
            grow(sealed, order, outside, desk)?
        }
        Addition::Over(which) => countersign(before, which, signer, order, outside, desk)?,
    };
    taken.write(&grown, subject.file, draft.as_mut())?;
    desk.now = outside.now();
    let count = grown.levels().count();
    let newest = match addition {
        Addition::Beside => Some(count.saturating_sub(1)),
        Addition::Over(_) => None,
    };
    let expected = Expected { signatures: count, newest, level: order.level };
    let report = judge_own(subject.name, subject.content, &expected, desk, draft.as_mut())?;
    let unchanged = |file: &dyn Source| file.is_unchanged();
    if !unchanged(subject.file)?
        || !subject.content.map_or(Ok(true), |(_, file)| unchanged(file))?
    {
        return Err(SignError::Changed);
    }
    draft.publish()?;
    Ok(report)
}

fn join(
    proven: Proven,
    signer: &Signer<'_>,
    order: Order<'_>,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<Sealed<B>, SignError> {
    let algorithm = signer.key.scheme().digest();
    let digest = proven.content_digest(algorithm)?.clone();
    let stamped = stamp_content(&digest, order.tsas.content, outside, desk)?;
    let (certificate, chain) = (signer.certificate.clone(), signer.chain.to_vec());
    let mut prepared =
        Prepared::new(certificate, chain, digest, outside.now()).claiming(order.claims)?;
    if let Some(timestamp) = stamped {
        prepared = prepared.stamped_before(&timestamp)?;
    }
    Ok(proven.join(prepared, signer.key)?)
}

fn countersign(
    proven: Proven,
    which: Which,
    signer: &Signer<'_>,
    order: Order<'_>,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<Proven, SignError> {
    let count = proven.levels().count();
    let place = match which {
        Which::Only if count == 1 => 0,
        Which::Only => return Err(SignError::WhichSignature(count)),
        Which::Number(number) => number.checked_sub(1).ok_or(SignError::WhichSignature(count))?,
    };
    let mut over = Over { signer, order, outside, desk };
    match proven.take(place).ok_or(SignError::WhichSignature(count))? {
        Standing::B(sealed) => Ok(over.sign::<B>(sealed)?.into()),
        Standing::T(sealed) => Ok(over.sign::<T>(sealed)?.into()),
        Standing::Lta(sealed) => Ok(over.sign::<Lta>(sealed)?.into()),
    }
}

/// What a counter-signature is made with.
struct Over<'a, 'b> {
    signer: &'a Signer<'a>,
    order: Order<'a>,
    outside: &'a dyn Outside,
    desk: &'a mut Desk<'b>,
}

impl Over<'_, '_> {
    fn sign<L: Countersignable>(&mut self, target: Sealed<L>) -> Result<Sealed<L>, SignError> {
        let Signer { key, certificate, chain } = *self.signer;
        let algorithm = key.scheme().digest();
        let (certificate, chain) = (certificate.clone(), chain.to_vec());
        let now = self.outside.now();
        let prepared = Countersigning::new(&target, certificate, chain, algorithm, now);
        let mut counter = prepared.sign(key)?;
        if self.order.level > Level::B {
            let (value, tsas) = (counter.signature_value(), self.order.tsas.signature);
            let timestamp = stamp_signature(value, tsas, self.outside, self.desk)?;
            counter = counter.stamp(&timestamp)?;
        }
        Ok(target.countersigned(counter)?)
    }
}

/// Whether the signature of an earlier run is there, whole, and what this order would make: of this
/// certificate, over this content, at this level. Anything else that has the name is left to the refusal
/// that it meets when it would be replaced.
pub fn is_done(
    subject: &Subject<'_>,
    signer: &Signer<'_>,
    level: Level,
    desk: &mut Desk<'_>,
) -> io::Result<bool> {
    // On evidence of its own: what was not asked for offline is not in vain for the files to come.
    let mut evidence = desk.evidence.clone();
    let mut offline = Desk { source: &mut Offline, evidence: &mut evidence, ..*desk };
    let report = judged_as_published(subject, level, &mut offline)?;
    let reached = |s: &SignatureReport| {
        let has = |kind| s.signature.timestamps.iter().any(|stamp| stamp.kind == kind);
        let passed = s.judged.verdict.indication() == Indication::Passed;
        match level {
            Level::B => true,
            Level::T => has(TimestampKind::Signature),
            Level::Lt => has(TimestampKind::Signature) && passed,
            Level::Lta => has(TimestampKind::Archive) && passed,
        }
    };
    Ok(report.signatures.iter().any(|s| {
        s.intact()
            && s.cryptographically_valid()
            && s.judged.signer.as_ref() == Some(signer.certificate)
            && reached(s)
    }))
}
