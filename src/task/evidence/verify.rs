//! Verifies an evidence record over the objects at hand.

use crate::ades::cades::Content;
use crate::ades::evidence::{ArchiveTimestamp, Coverage, Covers, Record, asn1, xml};
use crate::ades::{Format, Level, Signature};
use crate::der::ers::EvidenceRecord;
use crate::der::tlv::{Malformed, Problem};
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::{EvidenceSet, EvidenceSource, Proofs};
use crate::judge::{Judge, JudgedRecord, JudgedSignature, settle};
use crate::rule::finding::Kind;
use crate::rule::{Finding, Outcome, Verdict};
use crate::seal::record::{NotRenewable, Read, Renewable};
use crate::source::{self, Source};
use crate::task::budget::Budgeted;
use crate::task::verify::{FileReport, SignatureReport, Stands, Subject, read_all};
use crate::time::Instant;
use crate::xml::ers::XmlRecord;
use std::io;

/// A record is tokens of some kilobytes and hashes between them: sixty-four tokens, each with the
/// revocation data of its path, and a group of a hundred thousand members.
const MAX_RECORD: u64 = 16 << 20;

/// An evidence record out of a file.
#[derive(Clone, Debug)]
pub struct Opened {
    bytes: Vec<u8>,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Asn1(EvidenceRecord),
    Xml(Box<XmlRecord>),
}

/// Reads a file as an evidence record; nothing if it does not begin as one does.
pub fn open(file: &dyn Source) -> io::Result<Option<Result<Opened, Malformed>>> {
    const BEGINNING: usize = 64;
    let mut beginning = [0; BEGINNING];
    let read = file.read_at(0, &mut beginning)?;
    let beginning = beginning.get(..read).unwrap_or_default();
    let is_asn1 = EvidenceRecord::looks_like_one(beginning);
    // Any XML may be one, and large XML that is none is common.
    let is_xml = XmlRecord::looks_like_one(beginning) && file.len() <= MAX_RECORD;
    if !is_asn1 && !is_xml {
        return Ok(None);
    }
    if file.len() > MAX_RECORD {
        return Ok(Some(Err(Malformed::new("EvidenceRecord", Problem::TooLarge))));
    }
    let bytes = read_all(file)?;
    if is_asn1 {
        return Ok(Some(Opened::parse(bytes)));
    }
    let record = XmlRecord::parse(&bytes);
    Ok(record.map(|read| read.map(|record| Opened { bytes, form: Form::Xml(Box::new(record)) })))
}

impl Opened {
    /// Reads a record in ASN.1 from its bytes.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Malformed> {
        EvidenceRecord::parse(&bytes).map(|record| Self { bytes, form: Form::Asn1(record) })
    }

    /// The bytes that it was read from.
    pub(in crate::task) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The record, if the verdict says that it holds. Records in XML are verified here and not written.
    pub(super) fn renewable(
        self,
        judged: JudgedRecord,
        read: Read,
    ) -> Result<Renewable, NotRenewable> {
        match self.form {
            Form::Asn1(record) => Renewable::new(&self.bytes, record, judged, read),
            Form::Xml(_) => Err(NotRenewable::InXml),
        }
    }

    /// Whether its hash function was never changed.
    pub(super) fn has_one_chain(&self) -> bool {
        match &self.form {
            Form::Asn1(record) => record.chains.len() == 1,
            Form::Xml(record) => record.chains.len() == 1,
        }
    }

    /// The hash functions that the objects must be run through.
    pub fn digests_needed(&self) -> Vec<DigestAlgorithm> {
        match &self.form {
            Form::Asn1(record) => asn1::digests_needed(record),
            Form::Xml(record) => xml::digests_needed(record),
        }
    }

    /// The record over these objects, each with its name and hashes.
    pub fn over(&self, objects: Vec<(String, Option<Vec<Digest>>)>) -> Record {
        let content = |(name, digests)| Content { name, digests };
        let objects = objects.into_iter().map(content).collect();
        match &self.form {
            Form::Asn1(record) => asn1::lower(&self.bytes, record, objects),
            Form::Xml(record) => xml::lower(&self.bytes, record, objects),
        }
    }

    /// Whether these objects, and no others, were stamped as one: then they are proven as one, and renewed so.
    /// One that a younger chain is not over was left behind, and would break what still holds of the rest.
    pub fn is_of_just(&self, files: &[&dyn Source]) -> io::Result<bool> {
        let one = |file: &&dyn Source| Ok(("-".to_owned(), Some(self.hashed(*file)?)));
        let record = self.over(files.iter().map(one).collect::<io::Result<_>>()?);
        let begins = |stamp: &ArchiveTimestamp| !matches!(stamp.covers, Covers::Token(_));
        let mut firsts = record.stamps.iter().filter(|stamp| begins(stamp));
        let is_all = record.stamps.first().is_some_and(|first| record.strangers(first) == 0);
        Ok(is_all && firsts.all(|first| record.coverage(first) == Coverage::Shown))
    }

    /// The hashes of an object: of its canonical form, where that is what was stamped.
    pub(in crate::task) fn hashed(&self, file: &dyn Source) -> io::Result<Vec<Digest>> {
        let digests = source::digest_all(file, &self.digests_needed())?;
        let Form::Xml(record) = &self.form else { return Ok(digests) };
        let first = xml::first_hashes(record);
        let is_stamped =
            |all: &[Digest]| all.iter().any(|d| first.iter().any(|h| h.as_ref() == d.value()));
        if !file.is_at_hand() || file.len() > MAX_RECORD || is_stamped(&digests) {
            return Ok(digests);
        }
        let mut beginning = [0; 64];
        let read = file.read_at(0, &mut beginning)?;
        if !XmlRecord::looks_like_one(beginning.get(..read).unwrap_or_default()) {
            return Ok(digests);
        }
        let canonical = xml::canonical_digests(record, &read_all(file)?);
        Ok(canonical.filter(|digests| is_stamped(digests)).unwrap_or(digests))
    }
}

/// Verifies the file if it is an evidence record.
pub(in crate::task) fn verify_if_record(
    subject: &Subject<'_>,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<Option<FileReport>> {
    let Some(opened) = open(subject.file)? else { return Ok(None) };
    let objects: Vec<(&str, &dyn Source)> = subject.content.into_iter().collect();
    report(subject.name, opened, &objects, judge, at, evidence, source).map(Some)
}

/// Verifies a file that is held to be the evidence record of a group of objects.
pub fn verify_group(
    (name, file): (&str, &dyn Source),
    objects: &[(&str, &dyn Source)],
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<FileReport> {
    let unknown = || Err(Malformed::new("EvidenceRecord", Problem::Unknown));
    let opened = open(file)?.unwrap_or_else(unknown);
    let mut budgeted = Budgeted::new(source);
    let report = report(name, opened, objects, judge, at, evidence, &mut budgeted);
    budgeted.close(evidence);
    report
}

fn report(
    name: &str,
    opened: Result<Opened, Malformed>,
    objects: &[(&str, &dyn Source)],
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<FileReport> {
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => return Ok(FileReport::broken(name, &error)),
    };
    let record = opened.over(hashed(name, objects, &|file| opened.hashed(file))?);
    let judged = judged(&record, judge, at, evidence, source);
    let names = objects.iter().map(|(name, _)| (*name).to_owned()).collect();
    Ok(match told(&record, names, judged, at) {
        Some(report) => {
            FileReport { path: name.to_owned(), signatures: vec![report], trouble: None }
        }
        None => FileReport::broken(name, &Malformed::new("TimeStampToken", Problem::Unknown)),
    })
}

/// Judges a record, with what it brought along and what can be fetched.
pub(in crate::task) fn judged(
    record: &Record,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> JudgedRecord {
    judged_within(record, Proofs::NONE, (judge, at), evidence, source)
}

/// The same, with what is proven of it from outside.
pub(in crate::task) fn judged_within(
    record: &Record,
    outside: &Proofs,
    (judge, at): (&Judge, Instant),
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> JudgedRecord {
    record.bring(evidence);
    settle(
        evidence,
        source,
        |evidence| judge.evidence_record_within(record, outside, evidence, at),
        |judged| &judged.verdict,
    )
}

/// Documents by name, with their hashes where they are at hand.
pub(in crate::task) type Objects = Vec<(String, Option<Vec<Digest>>)>;

/// The hashes of each object; a record with none at hand is of something that is not here.
pub(in crate::task) fn hashed(
    name: &str,
    objects: &[(&str, &dyn Source)],
    hash: &dyn Fn(&dyn Source) -> io::Result<Vec<Digest>>,
) -> io::Result<Objects> {
    if objects.is_empty() {
        return Ok(vec![(name.to_owned(), None)]);
    }
    let one = |(name, file): &(&str, &dyn Source)| Ok(((*name).to_owned(), Some(hash(*file)?)));
    objects.iter().map(one).collect()
}

/// The record as reports have signatures: with the claims of its newest token that can be read.
pub(in crate::task) fn told(
    record: &Record,
    covers: Vec<String>,
    judged: JudgedRecord,
    at: Instant,
) -> Option<SignatureReport> {
    let mut tokens = record.stamps.iter().rev().map(|stamp| &stamp.token);
    let readable = tokens.find_map(|token| token.as_ref().ok())?;
    let signature = Signature {
        id: record.id.clone(),
        format: Format::EvidenceRecord,
        level: Level::EvidenceRecord,
        covers,
        ..readable.signature.clone()
    };
    Some(reported(signature, judged, at))
}

/// A record with the claims that are made in it.
pub(in crate::task) fn reported(
    signature: Signature,
    judged: JudgedRecord,
    at: Instant,
) -> SignatureReport {
    let judged = JudgedSignature {
        best_signature_time: judged.proven.as_ref().map_or(at, |proven| proven.since()),
        verdict: judged.verdict,
        signer: judged.tsa,
        path: Vec::new(),
        timestamps: judged.timestamps,
        proofs: Proofs::default(),
    };
    SignatureReport { signature, judged, roles: Vec::new(), stands: Stands::Within }
}

/// Whether the objects are those that were stamped, and every renewal covers what was before it.
pub(in crate::task) fn is_intact(verdict: &Verdict) -> bool {
    const ASKED: [&str; 2] = ["objects-stamped", "trees-reach-tokens"];
    const WHERE_RENEWED: [&str; 2] = ["tokens-renewed", "trees-renewed"];
    let all = |checks: &[&str], holds: fn(&Outcome) -> bool| {
        let asked = |f: &&Finding| checks.contains(&f.rule.check);
        let mut asked = verdict.findings().filter(asked).peekable();
        asked.peek().is_some() && asked.all(|f| holds(&f.outcome))
    };
    all(&ASKED, |outcome| matches!(outcome, Outcome::Met(_)))
        && all(&WHERE_RENEWED, |outcome| {
            matches!(outcome, Outcome::Met(_) | Outcome::NotApplicable(_))
        })
}

/// Whether every token was made with the key of the certificate found for it.
pub(in crate::task) fn is_cryptographically_valid(verdict: &Verdict) -> bool {
    let signed = |token: &Verdict| {
        let value = token.findings().find(|f| f.rule.check == "token-signature");
        value.is_some_and(|f| matches!(f.outcome, Outcome::Met(_)))
    };
    let mut tokens = verdict.because_of(Kind::Timestamp).peekable();
    tokens.peek().is_some() && tokens.all(signed)
}
