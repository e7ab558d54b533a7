//! What happens to one content: hashed, sealed, and finished.

use super::growth::grow;
use super::{Desk, Order, Outside, Placement, SignError};
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::EvidenceSet;
use crate::evidence::want::Offline;
use crate::rule::Indication;
use crate::seal::cms::Envelope;
use crate::seal::{B, Level, Sealed};
use crate::source::{self, Draft, Source};
use crate::task::verify::{FileReport, Held, SignatureReport, Subject, verify};
use std::io;

/// The hash of a content.
pub(super) fn hashed(file: &dyn Source, algorithm: DigestAlgorithm) -> io::Result<Digest> {
    let digests = source::digest_all(file, &[algorithm])?;
    digests.into_iter().next().ok_or_else(|| io::Error::other("no digest"))
}

/// A content whose hash was taken already. It is not read again: what happens to it after it was
/// hashed is found by looking at the file, before the signature is published.
#[derive(Debug)]
struct Read<'a> {
    source: &'a dyn Source,
    digests: &'a [Digest],
}

impl Source for Read<'_> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read_at(offset, buffer)
    }

    fn known_digest(&self, algorithm: DigestAlgorithm) -> Option<Digest> {
        self.digests.iter().find(|digest| digest.algorithm() == algorithm).cloned()
    }
}

/// Brings what was sealed to the level that is ordered, writes it, judges it, and publishes it.
pub(super) fn finish(
    sealed: Sealed<B>,
    (name, file): (&str, &dyn Source),
    order: Order<'_>,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
    mut draft: Box<dyn Draft + Send>,
) -> Result<FileReport, SignError> {
    let digests = sealed.content_digests().to_vec();
    let length = usize::try_from(file.len()).map_err(io::Error::other)?;
    let grown = grow(sealed, order, outside, desk)?;
    let envelope = match order.placement {
        Placement::Detached => Envelope { prefix: grown.detached(), suffix: Vec::new() },
        Placement::Attached => grown.attached(length),
    };
    draft.write_all(&envelope.prefix)?;
    if order.placement == Placement::Attached {
        source::copy(file, draft.as_mut())?;
    }
    draft.write_all(&envelope.suffix)?;
    desk.now = outside.now();
    let read = Read { source: file, digests: &digests };
    let content: Option<(&str, &dyn Source)> = match order.placement {
        Placement::Detached => Some((name, &read)),
        Placement::Attached => None,
    };
    let expected = Expected { signatures: 1, newest: Some(0), level: order.level };
    let report = judge_own(name, content, &expected, desk, draft.as_mut())?;
    if !file.is_unchanged()? {
        return Err(SignError::Changed);
    }
    draft.publish()?;
    Ok(report)
}

/// What a draft must turn out to be.
pub(super) struct Expected {
    /// How many signatures it has.
    pub signatures: usize,
    /// Which of them was made just now, counted from 0, where one was.
    pub newest: Option<usize>,
    /// The level of that one.
    pub level: Level,
}

/// Reads the draft as anyone would read the file, and judges it. It may be published unless something
/// in it is wrong; what could not be answered is in the report. What has level LT or more must pass, by
/// what is inside and nothing else.
pub(super) fn judge_own(
    name: &str,
    content: Option<(&str, &dyn Source)>,
    expected: &Expected,
    desk: &mut Desk<'_>,
    draft: &mut dyn Draft,
) -> Result<FileReport, SignError> {
    let written = draft.reread()?;
    let subject = Subject { name, file: written.as_ref(), content, held: Held::Signature };
    // A TSA's clock may be a little ahead of ours; its own rule allows for that.
    let report = verify(&subject, desk.judge, desk.now, desk.evidence, desk.source)?;
    let count = own(&report).count();
    let acceptable = count == expected.signatures
        && report.signatures.iter().all(|s| {
            let verdict = &s.judged.verdict;
            let holds = verdict.indication() == Indication::Passed || verdict.is_only_unanswered();
            s.intact() && s.cryptographically_valid() && holds
        });
    if !acceptable {
        return Err(SignError::OwnOutput(Box::new(report)));
    }
    let Some(newest) = expected.newest.filter(|_| expected.level > Level::T) else {
        return Ok(report);
    };
    let alone = judged_as_published(&subject, expected.level, desk)?;
    let passed = |s: &SignatureReport| s.judged.verdict.indication() == Indication::Passed;
    if own(&alone).nth(newest).is_some_and(passed) {
        Ok(report)
    } else {
        Err(SignError::OwnOutput(Box::new(alone)))
    }
}

/// The signatures over the content, without those over other signatures.
fn own(report: &FileReport) -> impl Iterator<Item = &SignatureReport> {
    report.signatures.iter().filter(|s| s.signature.countersigns.is_none())
}

/// Judges a file; from level LT on by what is inside and nothing else, as it will have to stand in thirty
/// years.
pub(super) fn judged_as_published(
    subject: &Subject<'_>,
    level: Level,
    desk: &mut Desk<'_>,
) -> io::Result<FileReport> {
    match level {
        Level::B | Level::T => verify(subject, desk.judge, desk.now, desk.evidence, desk.source),
        Level::Lt | Level::Lta => {
            let mut nothing = EvidenceSet::default();
            verify(subject, desk.judge, desk.now, &mut nothing, &mut Offline)
        }
    }
}
