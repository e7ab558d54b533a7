//! Signs files: refuses what must not sign, seals, stamps, judges its own output, publishes.
//!
//! A batch goes through three stages at once: contents are hashed ahead, one thread has the key, and
//! what it made is stamped, judged and published behind it. A token is never kept waiting for a disk.

mod batch;
mod existing;
pub(super) mod growth;
mod stages;

pub use batch::{Unsigned, Workshop, sign_all};
pub use existing::{Addition, TakenUp, Which, add, is_done, take_up};
pub use growth::support;
pub(super) use growth::{answered, archive, stamp_signature};

use super::verify::FileReport;
use crate::check::Times;
use crate::der::certificate::Certificate;
use crate::evidence::{EvidenceSet, EvidenceSource, Unavailable};
use crate::judge::certificate::JudgedCertificate;
use crate::judge::{Judge, settle};
use crate::key::SigningKey;
use crate::policy::Role;
use crate::rule::{Outcome, Verdict};
use crate::seal::{Claims, Level, SealError, StampError, Unproven};
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

/// What is to be made of each content.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Where the content goes.
    pub placement: Placement,
    /// The level that each signature is brought to.
    pub level: Level,
    /// What the signer claims in each.
    pub claims: &'a Claims,
    /// The TSAs.
    pub tsas: Tsas<'a>,
}

/// Time-stamping authorities, each list in the order in which they are tried.
#[derive(Clone, Copy, Debug)]
pub struct Tsas<'a> {
    /// For a timestamp over the content before it is signed; without any there is none.
    pub content: &'a [String],
    /// For the signature, from level T on.
    pub signature: &'a [String],
    /// For the archive, at level LTA.
    pub archive: &'a [String],
}

impl Order<'_> {
    /// Whether any TSA will be asked for the content or for the signature.
    const fn asks_tsas(&self) -> bool {
        !matches!(self.level, Level::B)
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

/// What changes from one moment to the next.
pub trait Outside {
    /// What the clock says.
    fn now(&self) -> Instant;

    /// A nonce that was never used.
    fn nonce(&self) -> io::Result<[u8; 16]>;
}

impl Desk<'_> {
    /// Work on one file of many: what it brings is not kept for the others.
    pub fn apart<T>(&mut self, work: impl FnOnce(&mut Desk<'_>) -> T) -> T {
        let mut own = self.evidence.covered();
        let (judge, now) = (self.judge, self.now);
        let done = work(&mut Desk { judge, now, evidence: &mut own, source: &mut *self.source });
        *self.evidence = own.uncovered();
        done
    }
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
    /// Level LT wants everything inside that the judgement rests on, and a part of it does not hold.
    #[error("what later proof would rest on is not at hand")]
    NoSupport(Box<Verdict>),
    /// A file to which something was to be added is not good as it is.
    #[error("nothing is added to it: {0}")]
    NotTakenUp(#[from] Unproven),
    /// There is no such signature in it, or there are several.
    #[error("the file has {0} signatures, and it must be said which one is meant")]
    WhichSignature(usize),
    /// Somebody wrote to the content while it was being signed.
    #[error("the file was changed while it was being signed")]
    Changed,
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
