//! Evidence records beside a signature file: what of it they are over, and what they prove.
//!
//! Such a record is a file of its own, with a verdict of its own. It can prove that a signature is older than
//! that proves itself, and nothing else: whoever can put a file into a folder must not be able to spoil a good
//! signature there, as a record inside the file would, which is a part of it.

use super::evidence::{Inside, Opened as OpenedRecord, carried, open, reported, told};
use super::verify::{Opened, SignatureReport, Stands, Subject};
use crate::ades::evidence::{Coverage, Record};
use crate::der::cms::SignedData;
use crate::der::tlv::{Malformed, Problem};
use crate::digest::DigestAlgorithm;
use crate::evidence::{EvidenceSet, Proofs};
use crate::judge::JudgedRecord;
use crate::source::{self, Source};
use crate::time::Instant;
use std::io;

/// What evidence records beside a signature file are over. Such a file stays as it is: whatever was put
/// into it would break them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Not this file.
    Nothing,
    /// The file, and not its content.
    File,
    /// The file and its content.
    Whole,
}

/// The records beside a signature file as it is now, read once, and judged as often as is asked.
#[derive(Debug)]
pub(super) struct Companions {
    over: Vec<Over>,
    content: Content,
}

/// Where the content is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Content {
    /// In the file, and proven with it.
    Inside,
    /// Elsewhere. The signature is of its hash, and that is as good as the hash function is: it must be proven
    /// too.
    Apart,
}

/// A part of what was signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    File,
    Content,
}

/// A record over one object, taken alone.
#[derive(Debug)]
struct Over {
    /// What the record itself is called.
    name: String,
    part: Part,
    object: String,
    record: Record,
    holds: Holds,
}

/// Whether the first timestamp of a record is of the object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holds {
    It,
    Another,
}

/// What the records beside a file came to.
#[derive(Debug)]
pub(super) struct JudgedBeside<'a> {
    /// One report for each record.
    pub(super) reports: Vec<SignatureReport>,
    /// Since when the file and its content are proven to be there.
    pub(super) since: Option<Instant>,
    /// The records by which they are.
    cover: Vec<&'a Over>,
}

impl Companions {
    /// None.
    pub(super) const NONE: Self = Self { over: Vec::new(), content: Content::Apart };

    /// Reads the records. By name one is the file's own, and another is that of its content; what they are over
    /// is another question.
    pub(super) fn read(
        subject: &Subject<'_>,
        opened: &Opened,
        records: &[(&str, &dyn Source)],
    ) -> io::Result<Self> {
        if records.is_empty() {
            return Ok(Self::NONE);
        }
        // A bundle has hashes and no places: the content that was inside has the name of the file there.
        let was_inside = subject
            .content
            .is_some_and(|(name, content)| name == subject.name && !content.is_at_hand());
        let is_inside = opened.outline.content.is_some() || was_inside;
        let content = if is_inside { Content::Inside } else { Content::Apart };
        let file = Object { part: Part::File, name: subject.name, source: subject.file };
        let apart = subject.content.filter(|_| !is_inside);
        let apart = apart.map(|(name, source)| Object { part: Part::Content, name, source });
        let parts: Vec<Object<'_>> = [Some(file), apart].into_iter().flatten().collect();
        let mut companions = Self { content, ..Self::NONE };
        for (place, record) in records.iter().enumerate() {
            let claimed = if place == 0 { Part::File } else { Part::Content };
            companions.over.extend(read(*record, claimed, &parts)?);
        }
        Ok(companions)
    }

    /// What the records are over.
    pub(super) fn extent(&self) -> Extent {
        match self.first(Part::File) {
            None => Extent::Nothing,
            Some(_) if self.cover().is_empty() => Extent::File,
            Some(_) => Extent::Whole,
        }
    }

    /// What must be proven.
    const fn parts(&self) -> &'static [Part] {
        match self.content {
            Content::Inside => &[Part::File],
            Content::Apart => &[Part::File, Part::Content],
        }
    }

    /// Those of which nobody can say that they prove nothing, the ones that hold before the others; and the
    /// names of the rest. Whoever can put a file into a folder could else keep a signature there from being
    /// renewed, until it is lost.
    pub(super) fn standing(
        self,
        judge: &mut dyn FnMut(&Record) -> JudgedRecord,
    ) -> (Self, Vec<String>) {
        let (mut good, mut open, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for over in self.over {
            if over.holds == Holds::Another {
                open.push(over);
                continue;
            }
            let judged = judge(&over.record);
            if judged.is_disproven() {
                names.push(over.name);
            } else if judged.proven.is_some() {
                good.push(over);
            } else {
                open.push(over);
            }
        }
        names.dedup();
        good.extend(open);
        (Self { over: good, ..self }, names)
    }

    /// The first record that is over that part.
    fn first(&self, part: Part) -> Option<&Over> {
        self.over.iter().find(|over| over.is_of(part))
    }

    /// The records by which all of it is proven; none, where something of it is left out.
    fn cover(&self) -> Vec<&Over> {
        let all: Option<Vec<&Over>> = self.parts().iter().map(|part| self.first(*part)).collect();
        all.unwrap_or_default()
    }

    /// What becomes of each record by which all of it is proven.
    pub(super) fn each(&self, judge: &mut dyn FnMut(&Record) -> JudgedRecord) -> Vec<JudgedRecord> {
        self.cover().into_iter().map(|over| judge(&over.record)).collect()
    }

    /// What becomes of all records, those that prove nothing here among them: who put them there wanted
    /// something proven, and must hear of it. All is proven by those that hold, whatever else is there.
    pub(super) fn judged(
        &self,
        at: Instant,
        judge: &mut dyn FnMut(&Record) -> JudgedRecord,
    ) -> JudgedBeside<'_> {
        let all: Vec<(&Over, JudgedRecord)> =
            self.over.iter().map(|over| (over, judge(&over.record))).collect();
        let proves = |part: &Part| {
            all.iter().find(|(over, judged)| over.is_of(*part) && judged.proven.is_some())
        };
        let cover: Option<Vec<_>> = self.parts().iter().map(proves).collect();
        let (cover, proving): (Vec<&Over>, Vec<JudgedRecord>) =
            cover.unwrap_or_default().into_iter().cloned().unzip();
        let since = since(&proving);
        let report = |(over, covers, judged): (&Over, Vec<String>, JudgedRecord)| {
            // What holds may be over a part only, and whoever reads that it holds must read that too.
            let counts = since.is_some() || judged.proven.is_none();
            let stands = if counts { Stands::Beside } else { Stands::BesideInPart };
            SignatureReport { stands, ..over.report(covers, judged, at) }
        };
        JudgedBeside { reports: merged(all).into_iter().map(report).collect(), since, cover }
    }
}

impl JudgedBeside<'_> {
    /// Adds what came with the records by which all of it is proven to what is in hand.
    pub(super) fn bring(&self, evidence: &mut EvidenceSet) {
        self.cover.iter().for_each(|over| over.record.bring(evidence));
    }
}

/// A record of the file and of its content is one, and as good as the worse of the two.
fn merged(all: Vec<(&Over, JudgedRecord)>) -> Vec<(&Over, Vec<String>, JudgedRecord)> {
    let mut merged: Vec<(&Over, Vec<String>, JudgedRecord)> = Vec::new();
    for (over, judged) in all {
        match merged.iter_mut().find(|(other, ..)| other.is_of_one_file_with(over)) {
            Some((_, covers, worst)) => {
                covers.push(over.object.clone());
                if judged.verdict.indication() > worst.verdict.indication() {
                    *worst = judged;
                }
            }
            None => merged.push((over, vec![over.object.clone()], judged)),
        }
    }
    merged
}

/// What a record may be over.
#[derive(Clone, Copy, Debug)]
struct Object<'a> {
    part: Part,
    name: &'a str,
    source: &'a dyn Source,
}

/// What a record is over; where that is nothing of the file, the part that its name is of. One that cannot be
/// read is over nothing.
fn read(
    (name, file): (&str, &dyn Source),
    claimed: Part,
    parts: &[Object<'_>],
) -> io::Result<Vec<Over>> {
    let unknown = || Err(Malformed::new("EvidenceRecord", Problem::Unknown));
    let opened = match open(file)?.unwrap_or_else(unknown) {
        Ok(opened) => opened,
        Err(error) => {
            let digest = source::digest_all(file, &[DigestAlgorithm::Sha256])?;
            let of = parts.iter().find(|object| object.part == claimed);
            let broken = of
                .zip(digest.first())
                .map(|(object, digest)| Over::new(name, *object, Record::unread(digest, &error)));
            return Ok(broken.into_iter().collect());
        }
    };
    let all = parts.iter().map(|object| Over::of(name, &opened, *object));
    let mut all = all.collect::<io::Result<Vec<_>>>()?;
    let is_over_some = all.iter().any(|over| over.holds == Holds::It);
    all.retain(|over| if is_over_some { over.holds == Holds::It } else { over.part == claimed });
    Ok(all)
}

impl Over {
    fn of(name: &str, opened: &OpenedRecord, object: Object<'_>) -> io::Result<Self> {
        let digests = opened.hashed(object.source)?;
        let record = opened.over(vec![(object.name.to_owned(), Some(digests))]);
        let holds = if is_over(&record) { Holds::It } else { Holds::Another };
        Ok(Self { holds, ..Self::new(name, object, record) })
    }

    fn new(name: &str, object: Object<'_>, record: Record) -> Self {
        let (name, part) = (name.to_owned(), object.part);
        Self { name, part, object: object.name.to_owned(), record, holds: Holds::Another }
    }

    fn is_of(&self, part: Part) -> bool {
        self.part == part && self.holds == Holds::It
    }

    fn is_of_one_file_with(&self, other: &Self) -> bool {
        self.name == other.name && self.record.id == other.record.id
    }

    fn report(&self, covers: Vec<String>, judged: JudgedRecord, at: Instant) -> SignatureReport {
        match told(&self.record, covers.clone(), judged.clone(), at) {
            Some(report) => report,
            None => reported(self.record.silent(covers), judged, at),
        }
    }
}

/// Since when all of it is proven to be there: when the last of them was stamped. Nothing if one of them does
/// not hold.
pub(super) fn since(judged: &[JudgedRecord]) -> Option<Instant> {
    let times: Option<Vec<Instant>> =
        judged.iter().map(|one| one.proven.as_ref().map(|proven| proven.since())).collect();
    times?.into_iter().max()
}

/// Everything in the file was there then.
pub(super) fn proofs(data: &SignedData, inside: &Inside, since: Option<Instant>) -> Proofs {
    let mut proofs = Proofs::default();
    if let Some(since) = since {
        let things = carried(data).into_iter().chain(inside.holds());
        things.for_each(|thing| proofs.add(thing, since));
    }
    proofs
}

/// Whether one of the records is over the file as it is: it would not be, were anything put into the file.
pub fn is_covered(file: &dyn Source, records: &[(&str, &dyn Source)]) -> io::Result<bool> {
    for (name, record) in records {
        let Some(Ok(opened)) = open(*record)? else { continue };
        let object = Object { part: Part::File, name: "-", source: file };
        if Over::of(name, &opened, object)?.holds == Holds::It {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the first timestamp is of what is at hand. One without a tree is of a single hash.
fn is_over(record: &Record) -> bool {
    let Some(first) = record.stamps.first() else { return false };
    let Ok(token) = &first.token else { return false };
    let root = record.root(first);
    let reached = root.is_some_and(|root| root.value() == token.statement.imprint.as_ref());
    reached && record.coverage(first) == Coverage::Shown
}
