//! What happens to one content: hashed, sealed, and finished.

use super::{Desk, Order, Placement, SignError, StampFailure};
use crate::der::Bytes;
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::want::without_credentials;
use crate::evidence::{Fetch, Want, Wanted};
use crate::judge::{VerifiedTimestamp, settle};
use crate::rule::Indication;
use crate::seal::cms::Envelope;
use crate::seal::{B, Sealed, StampRequest, T};
use crate::source::{self, Draft, Source};
use crate::task::verify::{FileReport, Held, Subject, verify};
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
    digest: &'a Digest,
}

impl Source for Read<'_> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read_at(offset, buffer)
    }

    fn known_digest(&self, algorithm: DigestAlgorithm) -> Option<Digest> {
        (self.digest.algorithm() == algorithm).then(|| self.digest.clone())
    }
}

/// Stamps what was sealed if that is ordered, writes it, judges it, and publishes it.
pub(super) fn finish(
    sealed: Sealed<B>,
    (name, file): (&str, &dyn Source),
    order: Order<'_>,
    nonce: &dyn Fn() -> io::Result<[u8; 16]>,
    desk: &mut Desk<'_>,
    mut draft: Box<dyn Draft + Send>,
) -> Result<FileReport, SignError> {
    let digest = sealed.content_digest().clone();
    let length = usize::try_from(file.len()).map_err(io::Error::other)?;
    let envelope = if order.tsas.is_empty() {
        written(&sealed, order.placement, length)
    } else {
        written(&stamp(sealed, order.tsas, nonce, desk)?, order.placement, length)
    };
    draft.write_all(&envelope.prefix)?;
    if order.placement == Placement::Attached {
        source::copy(file, draft.as_mut())?;
    }
    draft.write_all(&envelope.suffix)?;
    let report = judge_own(
        name,
        &Read { source: file, digest: &digest },
        order.placement,
        desk,
        draft.as_mut(),
    )?;
    if !file.is_unchanged()? {
        return Err(SignError::Changed);
    }
    draft.publish()?;
    Ok(report)
}

fn written<L>(sealed: &Sealed<L>, placement: Placement, length: usize) -> Envelope {
    match placement {
        Placement::Detached => Envelope { prefix: sealed.detached(), suffix: Vec::new() },
        Placement::Attached => sealed.attached(length),
    }
}

/// Tries each TSA in turn. A token counts once it is judged; one that fails is not taken, and the
/// next TSA is asked instead.
fn stamp(
    sealed: Sealed<B>,
    tsas: &[String],
    nonce: &dyn Fn() -> io::Result<[u8; 16]>,
    desk: &mut Desk<'_>,
) -> Result<Sealed<T>, SignError> {
    let mut failures = Vec::new();
    for url in tsas {
        let nonce = nonce()?;
        let request = StampRequest::over(sealed.signature_value(), DigestAlgorithm::Sha256, nonce);
        match ask(url, &request, desk) {
            Ok(verified) => return Ok(sealed.stamp(&verified)?),
            Err(failure) => failures.push((without_credentials(url), failure)),
        }
    }
    Err(SignError::NoTimestamp(failures))
}

pub(in crate::task) fn ask(
    url: &str,
    request: &StampRequest,
    desk: &mut Desk<'_>,
) -> Result<VerifiedTimestamp, StampFailure> {
    let fetch = Fetch::Post {
        url: url.to_owned(),
        media_type: "application/timestamp-query",
        body: Bytes::from(request.to_der()),
    };
    let want = Want::from(Wanted::Timestamp, url, fetch);
    let answer = desk.source.obtain(&want).map_err(StampFailure::Unavailable)?;
    let token = request.token_of(&answer).map_err(StampFailure::Answer)?;
    let stamped = request.stamped();
    let judged = settle(
        desk.evidence,
        desk.source,
        |evidence| desk.judge.timestamp(&token, &stamped, evidence, desk.now),
        |judged| &judged.verdict,
    );
    judged.verified.ok_or_else(|| StampFailure::Untrusted(Box::new(judged.verdict)))
}

/// Reads the draft as anyone would read the file, and judges it. It may be published unless
/// something in it is wrong; what could not be answered is in the report.
fn judge_own(
    name: &str,
    file: &dyn Source,
    placement: Placement,
    desk: &mut Desk<'_>,
    draft: &mut dyn Draft,
) -> Result<FileReport, SignError> {
    let written = draft.reread()?;
    let content = (placement == Placement::Detached).then_some((name, file));
    let subject = Subject { name, file: written.as_ref(), content, held: Held::Signature };
    // A TSA's clock may be a little ahead of ours; its own rule allows for that.
    let report = verify(&subject, desk.judge, desk.now, desk.evidence, desk.source)?;
    let sound = report.signatures.len() == 1
        && report.signatures.iter().all(|s| s.intact() && s.cryptographically_valid());
    let acceptable = sound
        && report.signatures.iter().all(|s| {
            s.judged.verdict.indication() == Indication::Passed
                || s.judged.verdict.is_only_unanswered()
        });
    if acceptable { Ok(report) } else { Err(SignError::OwnOutput(Box::new(report))) }
}
