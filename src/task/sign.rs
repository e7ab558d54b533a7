//! Signs a file: refuses what must not sign, seals, stamps, judges its own output, publishes.

use super::verify::{FileReport, Held, Subject, verify};
use crate::check::Times;
use crate::der::Bytes;
use crate::der::certificate::Certificate;
use crate::digest::DigestAlgorithm;
use crate::evidence::want::without_credentials;
use crate::evidence::{EvidenceSet, EvidenceSource, Fetch, Unavailable, Want, Wanted};
use crate::judge::certificate::JudgedCertificate;
use crate::judge::{Judge, VerifiedTimestamp, settle};
use crate::key::SigningKey;
use crate::policy::Role;
use crate::rule::{Indication, Outcome, Verdict};
use crate::seal::cms::Envelope;
use crate::seal::{Prepared, SealError, Sealed, StampError, StampRequest, T};
use crate::source::{self, Draft, Source};
use crate::time::Instant;
use std::io;

/// Where the content goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placement {
    /// It stays in a file of its own.
    Detached,
    /// It is put inside the signature.
    Attached,
}

/// Who signs.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The key.
    pub key: &'a dyn SigningKey,
    /// Its certificate.
    pub certificate: &'a Certificate,
    /// Certificates of CAs to put beside it.
    pub chain: &'a [Certificate],
}

/// Where timestamps come from, and how their requests are made unique.
pub struct Stamping<'a> {
    /// The TSAs, in the order in which they are tried; none for level B.
    pub tsas: &'a [String],
    /// Makes a nonce that was never used.
    pub nonce: &'a mut dyn FnMut() -> io::Result<[u8; 16]>,
}

impl std::fmt::Debug for Stamping<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stamping").field("tsas", &self.tsas).finish_non_exhaustive()
    }
}

/// What surrounds a signing: judge, time, evidence and where more of it comes from.
pub struct Desk<'a> {
    /// Who judges, under the policy and with the trusted certificates.
    pub judge: &'a Judge,
    /// What the clock says.
    pub now: Instant,
    /// Evidence in hand; it grows.
    pub evidence: &'a mut EvidenceSet,
    /// Where more comes from, timestamps included.
    pub source: &'a mut dyn EvidenceSource,
}

impl std::fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Why nothing was signed. Nothing is written in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The certificate must not sign.
    #[error("this certificate must not sign")]
    CertificateRefused(Box<Verdict>),
    /// Key, certificate and content do not go together, or the key failed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No TSA gave a timestamp that can be relied on: one reason for each.
    #[error("no timestamp was had: {}", .0.iter().map(|(url, why)| format!("{url}: {why}")).collect::<Vec<_>>().join("; "))]
    NoTimestamp(Vec<(String, StampFailure)>),
    /// What was made would not verify. This is a fault of inkan.
    #[error("the signature made does not verify, and was not written")]
    OwnOutput(Box<FileReport>),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Why a TSA gave no timestamp.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StampFailure {
    /// It could not be reached or answered with an error.
    #[error("{0}")]
    Unavailable(Unavailable),
    /// Its answer is not taken.
    #[error("{0}")]
    Answer(StampError),
    /// Its token does not verify: the reason in the words of the standard.
    #[error("its token cannot be relied on ({})", .0.sub_indication().map_or("-", |sub| sub.name()))]
    Untrusted(Box<Verdict>),
}

/// Judges the signer's certificate before its key is touched. What is merely not answered (no
/// revocation data offline, no anchor configured) does not hinder signing; what is wrong does.
pub fn admit(signer: &Signer<'_>, desk: &mut Desk<'_>) -> Result<JudgedCertificate, SignError> {
    signer.chain.iter().for_each(|c| desk.evidence.add_certificate(c.clone()));
    let times = Times::unproven(desk.now);
    let judged = settle(
        desk.evidence,
        desk.source,
        |evidence| desk.judge.certificate(signer.certificate, Role::Signer, evidence, times),
        |judged| &judged.verdict,
    );
    let violated = |v: &Verdict| {
        v.all_findings()
            .iter()
            .any(|f| matches!(f.outcome, Outcome::Violated(_)) && f.sub_indication().is_some())
    };
    if violated(&judged.verdict) {
        return Err(SignError::CertificateRefused(Box::new(judged.verdict)));
    }
    Ok(judged)
}

/// Signs one content and publishes the signature through the draft.
pub fn sign(
    content: (&str, &dyn Source),
    placement: Placement,
    signer: &Signer<'_>,
    stamping: &mut Stamping<'_>,
    desk: &mut Desk<'_>,
    mut draft: Box<dyn Draft>,
) -> Result<FileReport, SignError> {
    let (name, file) = content;
    let algorithm = signer.key.scheme().digest();
    let digests = source::digest_all(file, &[algorithm])?;
    let digest = digests.into_iter().next().ok_or_else(|| io::Error::other("no digest"))?;
    let prepared =
        Prepared::new(signer.certificate.clone(), signer.chain.to_vec(), digest, desk.now);
    let sealed = prepared.seal(signer.key)?;
    let length = usize::try_from(file.len()).map_err(io::Error::other)?;
    let envelope = if stamping.tsas.is_empty() {
        written(&sealed, placement, length)
    } else {
        written(&stamp(sealed, stamping, desk)?, placement, length)
    };
    draft.write_all(&envelope.prefix)?;
    if placement == Placement::Attached {
        source::copy(file, draft.as_mut())?;
    }
    draft.write_all(&envelope.suffix)?;
    let report = judge_own(name, file, placement, desk, draft.as_mut())?;
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
    sealed: Sealed<crate::seal::B>,
    stamping: &mut Stamping<'_>,
    desk: &mut Desk<'_>,
) -> Result<Sealed<T>, SignError> {
    let mut failures = Vec::new();
    for url in stamping.tsas {
        let nonce = (stamping.nonce)()?;
        let request = StampRequest::over(sealed.signature_value(), DigestAlgorithm::Sha256, nonce);
        match ask(url, &request, desk) {
            Ok(verified) => return Ok(sealed.stamp(&verified)?),
            Err(failure) => failures.push((without_credentials(url), failure)),
        }
    }
    Err(SignError::NoTimestamp(failures))
}

fn ask(
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
