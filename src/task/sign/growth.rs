//! Brings a signature to its level: asks TSAs, and gathers what later proof rests on.

use super::{Desk, Order, Outside, SignError, StampFailure};
use crate::der::Bytes;
use crate::der::certificate::Certificate;
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::want::without_credentials;
use crate::evidence::{Fetch, Want, Wanted};
use crate::judge::support::lists_that_last;
use crate::judge::{JudgedTimestamp, Support, Supported, VerifiedTimestamp, settle};
use crate::policy::Role;
use crate::rule::Verdict;
use crate::seal::embed::Party;
use crate::seal::{B, Level, Lt, Lta, Proven, SealError, Sealed, StampRequest};

/// Raises a signature step by step to the level ordered.
pub(super) fn grow(
    sealed: Sealed<B>,
    order: Order<'_>,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<Proven, SignError> {
    if order.level == Level::B {
        return Ok(sealed.into());
    }
    let value = sealed.signature_value();
    let timestamp = stamp_signature(value, order.tsas.signature, outside, desk)?;
    let stamped = sealed.stamp(&timestamp)?;
    if order.level == Level::T {
        return Ok(stamped.into());
    }
    let support = support(&stamped, desk)?;
    let embedded = stamped.embed(&support)?;
    match order.level {
        Level::B | Level::T | Level::Lt => Ok(embedded.into()),
        Level::Lta => {
            // The content was hashed with that function already.
            let hashed = embedded.content_digests().first().map(Digest::algorithm);
            let algorithm = hashed.unwrap_or(DigestAlgorithm::Sha256);
            Ok(archive(embedded, algorithm, order.tsas.archive, outside, desk)?.into())
        }
    }
}

/// A timestamp over a content that is not signed yet; none without a TSA for it.
pub(super) fn stamp_content(
    digest: &Digest,
    tsas: &[String],
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<Option<VerifiedTimestamp>, SignError> {
    if tsas.is_empty() {
        return Ok(None);
    }
    let request = |nonce| Ok(StampRequest::of(digest.clone(), nonce));
    first_of(tsas, request, outside, desk).map(Some)
}

/// A timestamp over a signature value.
pub(in crate::task) fn stamp_signature(
    value: &Bytes,
    tsas: &[String],
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<VerifiedTimestamp, SignError> {
    let request = |nonce| Ok(StampRequest::over(value, DigestAlgorithm::Sha256, nonce));
    first_of(tsas, request, outside, desk)
}

/// Stamps all that is there, with a hash function that the content was hashed with, and takes in what the
/// TSA itself is judged by.
pub(in crate::task) fn archive(
    sealed: Sealed<Lt>,
    algorithm: DigestAlgorithm,
    tsas: &[String],
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<Sealed<Lta>, SignError> {
    let request = |nonce| sealed.archive_request(algorithm, nonce);
    let verified = first_of(tsas, request, outside, desk)?;
    let archived = sealed.archive(&verified)?;
    let support = support(&archived, desk)?;
    Ok(archived.supported(&support)?)
}

/// Judges everybody whose certificate the next archive timestamp, or a verifier without a network, will
/// need proven, and gathers what that rests on.
pub fn support<L>(sealed: &Sealed<L>, desk: &mut Desk<'_>) -> Result<Support, SignError> {
    desk.evidence.add_bags(&sealed.signed_data());
    let parties = sealed.parties().map_err(SealError::from)?;
    let with_certificate = |party: Party| -> Result<(Party, Certificate), SealError> {
        let found = party.find(desk.evidence).cloned();
        let certificate = found.ok_or_else(|| SealError::Unsupported(party.name()))?;
        Ok((party, certificate))
    };
    let known = parties.into_iter().map(with_certificate).collect::<Result<Vec<_>, _>>()?;
    let now = desk.now;
    let all: Vec<Supported<'_>> =
        known.iter().map(|(party, certificate)| party.judged_by(certificate, now)).collect();
    supported(&all, desk).map_err(SignError::NoSupport)
}

/// What the judgement on them rests on, fetched where it is not in hand. Of TSAs it is to last: it is by this
/// that their timestamps are read offline until the next renewal.
pub(in crate::task) fn supported(
    all: &[Supported<'_>],
    desk: &mut Desk<'_>,
) -> Result<Support, Box<Verdict>> {
    for one in all {
        let judged = settle(
            desk.evidence,
            desk.source,
            |evidence| desk.judge.certificate(one.certificate, one.role, evidence, one.times),
            |judged| &judged.verdict,
        );
        if one.role == Role::Tsa {
            for want in lists_that_last(&judged.path, desk.evidence) {
                let answer = desk.source.obtain(&want);
                desk.evidence.answer(want, answer);
            }
        }
    }
    desk.judge.support(all, desk.evidence)
}

/// Tries each TSA in turn. A token counts once it is judged; one that fails is not taken, and the
/// next TSA is asked instead.
pub(in crate::task) fn first_of(
    tsas: &[String],
    request: impl Fn([u8; 16]) -> Result<StampRequest, SealError>,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<VerifiedTimestamp, SignError> {
    let mut failures = Vec::new();
    for url in tsas {
        let request = request(outside.nonce()?)?;
        match ask(url, &request, outside, desk) {
            Ok(verified) => return Ok(verified),
            Err(failure) => failures.push((without_credentials(url), failure)),
        }
    }
    Err(SignError::NoTimestamp(failures))
}

fn ask(
    url: &str,
    request: &StampRequest,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<VerifiedTimestamp, StampFailure> {
    let (_, judged) = answered(url, request, outside, desk)?;
    judged.verified.ok_or_else(|| StampFailure::Untrusted(Box::new(judged.verdict)))
}

/// The answer of a TSA and what its token is worth, by the clock as it stands then: a TSA may have been
/// waited for, and a token must not be later than the time of validation.
pub(in crate::task) fn answered(
    url: &str,
    request: &StampRequest,
    outside: &dyn Outside,
    desk: &mut Desk<'_>,
) -> Result<(Bytes, JudgedTimestamp), StampFailure> {
    let fetch = Fetch::Post {
        url: url.to_owned(),
        media_type: "application/timestamp-query",
        body: Bytes::from(request.to_der()),
    };
    let want = Want::from(Wanted::Timestamp, url, fetch);
    let answer = desk.source.obtain(&want).map_err(StampFailure::Unavailable)?;
    desk.now = outside.now();
    let token = request.token_of(&answer).map_err(StampFailure::Answer)?;
    let stamped = request.stamped();
    let judged = settle(
        desk.evidence,
        desk.source,
        |evidence| desk.judge.timestamp(&token, &stamped, evidence, desk.now),
        |judged| &judged.verdict,
    );
    Ok((answer, judged))
}
