//! Takes up signatures that stand in a file. A step on one of them is allowed only after all of the file
//! was judged good: what is not provable today would look better tomorrow, under a new timestamp.

use super::prepare::{Prepared, SealError, attribute};
use super::record::{Embedding, StampedTree};
use super::{B, Held, Level, Lta, Rank, Sealed, T, Whole, hashed_with};
use crate::ades::TimestampKind;
use crate::ades::cades::{self, Content};
use crate::ades::evidence;
use crate::der::cms::{Attributes, SignedData, SignerInfo};
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::{EvidenceSet, Proofs};
use crate::judge::{Judge, JudgedSignature};
use crate::key::SigningKey;
use crate::oid::{self, Oid};
use crate::rule::Indication;
use crate::time::Instant;

/// A signed-data, without its content, of which every signature was judged and passed.
#[derive(Clone, Debug)]
pub struct Proven {
    data: SignedData,
    held: Vec<Held>,
    content: Vec<Digest>,
}

/// Why a file is not taken up.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unproven {
    /// It has no signature.
    #[error("there is no signature")]
    Nothing,
    /// The content is not there.
    #[error("the content of the signature is not there")]
    NoContent,
    /// It has an archive timestamp of an older form: to such a file nothing but archive timestamps may be
    /// added, and what these would rest on goes elsewhere (EN 319 122-1 §5.5.3). An evidence record
    /// renews it from outside.
    #[error("the file has an archive timestamp of an older form, to which nothing can be added")]
    OlderArchive,
    /// It has an evidence record inside, which is of all of the file but itself (RFC 4998 appendix A):
    /// whatever came later would break it, another record excepted.
    #[error(
        "the file has an evidence record inside, which would not hold with anything added to the file"
    )]
    Recorded,
    /// One of its signatures did not pass.
    #[error("a signature in it cannot be relied on ({})", .0.verdict.sub_indication().map_or("-", |sub| sub.name()))]
    NotPassed(Box<JudgedSignature>),
}

/// A signature at the level that it was found to have. Level LT is never found: whether all is inside
/// is for the step to that level to see.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each variant is the level it is named after")]
pub enum Standing {
    B(Sealed<B>),
    T(Sealed<T>),
    Lta(Sealed<Lta>),
}

impl Proven {
    /// Judges every signature of a signed-data over that content, with what is in hand. Whoever calls
    /// may have fetched the evidence; here nothing is.
    pub fn new(
        data: SignedData,
        content: &Content,
        judge: &Judge,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> Result<Self, Unproven> {
        Self::within(data, content, Proofs::NONE, (judge, at), evidence)
    }

    /// The same where evidence records inside prove that the signatures are older than they prove
    /// themselves. Nothing but another record can be added to such a file.
    pub fn within(
        data: SignedData,
        content: &Content,
        outside: &Proofs,
        (judge, at): (&Judge, Instant),
        evidence: &EvidenceSet,
    ) -> Result<Self, Unproven> {
        let Some(digests) = content.digests.clone() else { return Err(Unproven::NoContent) };
        if data.signers.iter().any(has_older_archive) {
            return Err(Unproven::OlderArchive);
        }
        let mut held = Vec::new();
        let all = cades::signatures(&data, content);
        let judged = judge.signatures_within(&all, outside, evidence, at);
        for (signature, judged) in all.iter().zip(judged) {
            let passed = judged.verdict.indication() == Indication::Passed;
            let Some(certificate) = judged.signer.clone().filter(|_| passed) else {
                return Err(Unproven::NotPassed(Box::new(judged)));
            };
            if signature.countersigns.is_some() {
                continue;
            }
            let level = level(&judged);
            let proven = (level > Level::B).then_some(judged.best_signature_time);
            held.push(Held { level, certificate, proven });
        }
        if held.is_empty() || held.len() != data.signers.len() {
            return Err(Unproven::Nothing);
        }
        Ok(Self { data, held, content: digests })
    }

    /// The levels of the signatures, in their order.
    pub fn levels(&self) -> impl Iterator<Item = Level> {
        self.held.iter().map(|held| held.level)
    }

    /// The whole signed-data without its content, as it will be written.
    pub const fn signed_data(&self) -> &SignedData {
        &self.data
    }

    /// The hash of the content under that function, if it was taken.
    pub fn content_digest(&self, algorithm: DigestAlgorithm) -> Result<&Digest, SealError> {
        hashed_with(algorithm, &self.content)
    }

    /// Refuses what must stay as it is.
    pub fn may_grow(&self) -> Result<(), Unproven> {
        if self.records() > 0 { Err(Unproven::Recorded) } else { Ok(()) }
    }

    /// How many evidence records are inside.
    pub fn records(&self) -> usize {
        evidence::inside(&self.data).count()
    }

    /// With an evidence record inside, over all that is there now. It stands with the first signature and
    /// is of the whole file; readers look for it in all of them.
    pub fn recorded(
        mut self,
        stamped: &StampedTree,
        number: usize,
        objects: &Embedding,
    ) -> Result<Self, SealError> {
        let record = stamped.record(number, &objects.hashes())?.to_der();
        let first = self.data.signers.first_mut().ok_or(SealError::OtherContent)?;
        first.take_attribute(attribute(objects.kind(), &record))?;
        Ok(self)
    }

    /// Takes up one of the signatures; nothing if there are fewer.
    pub fn take(mut self, place: usize) -> Option<Standing> {
        if place >= self.data.signers.len().min(self.held.len()) {
            return None;
        }
        let signer = self.data.signers.remove(place);
        let Held { level, certificate, proven } = self.held.remove(place);
        let (data, others, content) = (self.data, self.held, self.content);
        let whole = Whole { data, others, signer, place, certificate, content, proven };
        Some(match level {
            Level::B => Standing::B(Sealed::of(whole)),
            Level::T | Level::Lt => Standing::T(Sealed::of(whole)),
            Level::Lta => Standing::Lta(Sealed::of(whole)),
        })
    }

    /// Adds a signature beside the others, over the same content.
    pub fn join(self, prepared: Prepared, key: &dyn SigningKey) -> Result<Sealed<B>, SealError> {
        if !self.content.contains(prepared.digest()) || self.data.content_type != oid::DATA {
            return Err(SealError::OtherContent);
        }
        let Self { mut data, held: others, content } = self;
        let (signer, certificate) = prepared.into_parts().sign(key, &mut data)?;
        let place = data.signers.len();
        let proven = None;
        Ok(Sealed::of(Whole { data, others, signer, place, certificate, content, proven }))
    }
}

/// What grew goes back to the others, so that the next of them may grow.
impl<L: Rank> From<Sealed<L>> for Proven {
    fn from(sealed: Sealed<L>) -> Self {
        let data = sealed.whole.joined();
        let Whole { mut others, place, certificate, content, proven, .. } = sealed.whole;
        let held = Held { level: L::LEVEL, certificate, proven };
        others.insert(place.min(others.len()), held);
        Self { data, held: others, content }
    }
}

fn has_older_archive(signer: &SignerInfo) -> bool {
    const OLDER: [Oid; 3] =
        [oid::ARCHIVE_TIME_STAMP_V1, oid::ARCHIVE_TIME_STAMP_V2, oid::LONG_TERM_VALIDATION];
    let unsigned = signer.unsigned_attributes.iter().flat_map(Attributes::list);
    unsigned.map(|attribute| attribute.oid).any(|kind| OLDER.contains(&kind))
}

/// By the timestamps that passed.
fn level(judged: &JudgedSignature) -> Level {
    let passed = |wanted: TimestampKind| {
        let mut stamps = judged.timestamps.iter();
        stamps.any(|(kind, _, indication)| *kind == wanted && *indication == Indication::Passed)
    };
    match (passed(TimestampKind::Archive), passed(TimestampKind::Signature)) {
        (true, _) => Level::Lta,
        (false, true) => Level::T,
        (false, false) => Level::B,
    }
}
