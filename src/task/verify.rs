//! Verifies files: finds the signatures, takes the hashes, judges, gathers what was wanted.

pub mod carried;
mod opened;
pub mod replay;
mod whole;

use super::beside::{self, Companions};
use super::budget::Budgeted;
use super::evidence::{self, Inside, judged};
use crate::ades::cades::{self, Content};
use crate::ades::{Format, Signature, Stamped, TimestampKind, Token};
use crate::der::hcrole::{self, HcActor};
use crate::der::tlv::{Malformed, Problem};
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::{EvidenceSet, EvidenceSource, Proofs};
use crate::judge::{Judge, JudgedSignature, settle, signature};
use crate::oid;
use crate::rule::finding::Kind;
use crate::rule::{Finding, Indication, Outcome, SubIndication, Verdict};
use crate::source::{self, Source};
use crate::time::Instant;
use std::io;

pub use crate::evidence::bundle::Held;
use opened::MAX_RESPONSE;
pub(super) use opened::{MAX_PEM, Opened, Unsigned, open, read_all};

/// A file to verify.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The file with the signature.
    pub file: &'a dyn Source,
    /// The signed content where it is a file of its own: its name and itself.
    pub content: Option<(&'a str, &'a dyn Source)>,
    /// What the file is held to be.
    pub held: Held,
}

/// What became of all files of one call.
#[derive(Clone, Debug)]
pub struct VerifyReport {
    /// The time of validation.
    pub at: Instant,
    /// The policy in force.
    pub policy: String,
    /// Whether nothing was fetched because the user said so.
    pub offline: bool,
    /// How many trusted certificates were configured.
    pub anchors: usize,
    /// One report for each file.
    pub files: Vec<FileReport>,
}

impl VerifyReport {
    /// The worst of all files.
    pub fn indication(&self) -> Indication {
        self.files.iter().map(FileReport::indication).max().unwrap_or(Indication::Indeterminate)
    }
}

/// What became of a file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// What it is called.
    pub path: String,
    /// One report for each signature.
    pub signatures: Vec<SignatureReport>,
    /// Why there is no signature to judge: none is there, or the file is broken.
    pub trouble: Option<Verdict>,
}

/// What became of a signature, and what it claims.
#[derive(Clone, Debug)]
pub struct SignatureReport {
    /// Its claims.
    pub signature: Signature,
    /// The judgement.
    pub judged: JudgedSignature,
    /// The healthcare roles in the signer's certificate.
    pub roles: Vec<HcActor>,
    /// Where it stands.
    pub stands: Stands,
}

/// Where a signature, or an evidence record, stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stands {
    /// In the file itself.
    Within,
    /// In a file beside it.
    Beside,
    /// There, and it holds, and counts for nothing: those that hold are not over all of what was signed.
    BesideInPart,
}

impl Stands {
    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Beside => "beside",
            Self::BesideInPart => "beside-in-part",
        }
    }
}

impl FileReport {
    fn troubled(name: &str, verdict: Verdict) -> Self {
        Self { path: name.to_owned(), signatures: Vec::new(), trouble: Some(verdict) }
    }

    pub(super) fn broken(name: &str, error: &Malformed) -> Self {
        Self::troubled(name, signature::unreadable(Kind::File, &error.to_string()))
    }

    /// The verdicts that its own rests on. A record beside it has made a signature older, if it holds, and
    /// if it does not, it is as if it were not there: it is told of, and counts no more.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        let own = self.signatures.iter().filter(|one| one.stands == Stands::Within);
        self.trouble.iter().chain(own.map(|one| &one.judged.verdict))
    }

    /// The worst of its signatures; a file of which nothing was judged has not passed.
    pub fn indication(&self) -> Indication {
        self.verdicts().map(Verdict::indication).max().unwrap_or(Indication::Indeterminate)
    }

    /// The reason of the worst.
    pub fn sub_indication(&self) -> Option<SubIndication> {
        let worst = self.indication();
        self.verdicts().find(|v| v.indication() == worst).and_then(Verdict::sub_indication)
    }
}

impl SignatureReport {
    fn outcome_is_met(&self, checks: &[&str]) -> bool {
        let asked: Vec<&Finding> =
            self.judged.verdict.findings().filter(|f| checks.contains(&f.rule.check)).collect();
        !asked.is_empty() && asked.iter().all(|f| matches!(f.outcome, Outcome::Met(_)))
    }

    /// Whether everything covered was there and is what was signed.
    pub fn intact(&self) -> bool {
        if self.signature.format == Format::EvidenceRecord {
            return evidence::is_intact(&self.judged.verdict);
        }
        self.outcome_is_met(&["content-intact", "imprint", "statement-intact"])
    }

    /// Whether the signature value is made with the key of the certificate shown.
    pub fn cryptographically_valid(&self) -> bool {
        if self.signature.format == Format::EvidenceRecord {
            return evidence::is_cryptographically_valid(&self.judged.verdict);
        }
        self.outcome_is_met(&["signature-value", "token-signature"])
    }

    /// The level by the tokens and values that are there; it says nothing about their worth.
    pub fn level(&self) -> &'static str {
        self.signature.level.name()
    }
}

/// Verifies one file. Only a failure to read is an error; everything else is a report. What the file
/// brings with it speaks for this file alone; what is fetched for it stays in hand.
pub fn verify(
    subject: &Subject<'_>,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<FileReport> {
    verify_beside(subject, &[], (judge, at), evidence, source)
}

/// The same for a signature file beside which evidence records stand, by their names: the first is its own,
/// and another that of its content. What they prove counts where they are over all of what was signed, and
/// hold; what they came to is told in any case.
pub fn verify_beside(
    subject: &Subject<'_>,
    records: &[(&str, &dyn Source)],
    as_of: (&Judge, Instant),
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<FileReport> {
    let mut budgeted = Budgeted::new(source);
    let mut own = evidence.covered();
    let report = verify_within(subject, records, as_of, &mut own, &mut budgeted);
    budgeted.close(&mut own);
    *evidence = own.uncovered();
    report
}

fn verify_within(
    subject: &Subject<'_>,
    records: &[(&str, &dyn Source)],
    (judge, at): (&Judge, Instant),
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<FileReport> {
    if let Some(report) = evidence::verify_if_record(subject, judge, at, evidence, source)? {
        return Ok(report);
    }
    let opened = match open(subject.file)? {
        Ok(opened) => opened,
        Err(Unsigned::Nothing) if subject.held == Held::Document => {
            return Ok(FileReport::troubled(subject.name, signature::no_signature(subject.name)));
        }
        Err(Unsigned::Nothing) => {
            let error = Malformed::new("ContentInfo", Problem::Unknown);
            return Ok(FileReport::broken(subject.name, &error));
        }
        Err(Unsigned::Broken(error)) => return Ok(FileReport::broken(subject.name, &error)),
    };
    evidence.add_bags(&opened.data);
    let signatures = if opened.data.content_type == oid::TST_INFO {
        match standing_token(subject, &opened, judge, at, evidence, source)? {
            Ok(report) => vec![report],
            Err(error) => return Ok(FileReport::broken(subject.name, &error)),
        }
    } else {
        signed(subject, &opened, records, (judge, at), evidence, source)?
    };
    if signatures.is_empty() {
        return Ok(FileReport::troubled(subject.name, signature::no_signature(subject.name)));
    }
    Ok(FileReport { path: subject.name.to_owned(), signatures, trouble: None })
}

/// The signatures, and the records that prove them older: beside the file, then inside, then themselves.
fn signed(
    subject: &Subject<'_>,
    opened: &Opened,
    records: &[(&str, &dyn Source)],
    (judge, at): (&Judge, Instant),
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<Vec<SignatureReport>> {
    let inside = Inside::read(subject, opened)?;
    let companions = Companions::read(subject, opened, records)?;
    let beside = companions.judged(at, &mut |record| {
        // What a record brought that does not hold, or is of another file, says nothing of this one.
        let mut own = evidence.covered();
        let judged = judged(record, judge, at, &mut own, source);
        *evidence = own.uncovered();
        judged
    });
    beside.bring(evidence);
    let outside = beside::proofs(&opened.data, &inside, beside.since);
    let inside = inside.told(outside, (judge, at), evidence, source);
    let content = content(subject, opened, &cades::digests_needed(&opened.data))?;
    let openings = whole::openings(subject, opened)?;
    let mut all = cades::signatures_over(&opened.data, &content, &openings);
    all.iter_mut().for_each(|s| inside.forget_judged(&mut s.unjudged_attributes));
    let all = reports(all, &inside.proofs, judge, at, evidence, source);
    if all.is_empty() {
        return Ok(inside.reports);
    }
    Ok(all.into_iter().chain(inside.reports).chain(beside.reports).collect())
}

/// One report for each signature. What archive timestamps prove of the counter-signatures over a
/// signature stands in that signature, so it is judged before them; what evidence records inside the file
/// prove holds of all.
pub(super) fn reports(
    all: Vec<Signature>,
    inside: &Proofs,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> Vec<SignatureReport> {
    let mut done: Vec<SignatureReport> = Vec::new();
    for subject in all {
        let parent = subject.countersigns.as_ref();
        let parent = parent.and_then(|id| done.iter().find(|r| r.signature.id == *id));
        let proofs = parent.map_or_else(|| inside.clone(), |parent| parent.judged.proofs.clone());
        done.push(report(subject, &proofs, judge, at, evidence, source));
    }
    done
}

fn report(
    subject: Signature,
    outside: &Proofs,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> SignatureReport {
    let judged = settle(
        evidence,
        source,
        |evidence| judge.signature_within(&subject, outside, evidence, at),
        |judged| &judged.verdict,
    );
    let signer = judged.signer.as_ref();
    let roles = signer.and_then(|c| hcrole::roles(c).ok()).unwrap_or_default();
    SignatureReport { signature: subject, judged, roles, stands: Stands::Within }
}

/// Takes the hashes of the content: of the file given, or of what stands inside. Where both are
/// there they must be the same, or the file given is not what was signed.
pub(super) fn content(
    subject: &Subject<'_>,
    opened: &Opened,
    needed: &[DigestAlgorithm],
) -> io::Result<Content> {
    let inside = match &opened.outline.content {
        Some(ranges) => Some(match &opened.inner {
            Some(bytes) => source::digest(bytes, ranges, needed)?,
            None => source::digest(subject.file, ranges, needed)?,
        }),
        None => None,
    };
    let Some((name, file)) = subject.content else {
        return Ok(Content { name: subject.name.to_owned(), digests: inside });
    };
    let given = source::digest_all(file, needed)?;
    // An attached content that differs from the file given is judged as the file given: it fails.
    Ok(Content { name: name.to_owned(), digests: Some(merge(inside, given)) })
}

fn merge(inside: Option<Vec<Digest>>, given: Vec<Digest>) -> Vec<Digest> {
    match inside {
        Some(inside) if inside != given && !given.is_empty() => given,
        Some(inside) => inside,
        None => given,
    }
}

/// A time-stamp token that stands in a file of its own.
fn standing_token(
    subject: &Subject<'_>,
    opened: &Opened,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<Result<SignatureReport, Malformed>> {
    let whole = match &opened.inner {
        Some(bytes) => bytes.clone(),
        None if subject.file.len() <= MAX_RESPONSE => read_all(subject.file)?.into(),
        None => return Ok(Err(Malformed::new("TimeStampToken", Problem::TooLarge))),
    };
    let token = match cades::token(&whole) {
        Ok(token) => token,
        Err(error) => return Ok(Err(error)),
    };
    let stamped = stamped(subject, &token)?;
    let judged = settle(
        evidence,
        source,
        |evidence| judge.timestamp(&token, &stamped, evidence, at),
        |judged| &judged.verdict,
    );
    let mut claims = token.signature.clone();
    claims.covers = subject.content.iter().map(|(name, _)| (*name).to_owned()).collect();
    let indication = judged.verdict.indication();
    let judged = JudgedSignature {
        verdict: judged.verdict,
        best_signature_time: judged.verified.map_or(at, |verified| verified.time()),
        signer: judged.tsa,
        path: Vec::new(),
        timestamps: vec![(TimestampKind::Document, Some(token.statement.time), indication)],
        proofs: Proofs::default(),
    };
    let stands = Stands::Within;
    Ok(Ok(SignatureReport { signature: claims, judged, roles: Vec::new(), stands }))
}

fn stamped(subject: &Subject<'_>, token: &Token) -> io::Result<Stamped> {
    let algorithm: Option<DigestAlgorithm> = token.statement.imprint_algorithm.digest();
    match (subject.content, algorithm) {
        (Some((_, file)), Some(algorithm)) => {
            source::digest_all(file, &[algorithm]).map(Stamped::Hashed)
        }
        _ => Ok(Stamped::Missing),
    }
}
