//! Evidence records inside a CMS signature (RFC 4998 appendix A): what they prove of it.

use super::Opened;
use super::verify::{Objects, judged_within, told};
use crate::ades::cades::Content;
use crate::ades::evidence::{Record, inside as attributes};
use crate::der::certificate::Fingerprint;
use crate::der::cms::values::Carried;
use crate::der::cms::without::without;
use crate::der::cms::{Attribute, SignedData};
use crate::digest::DigestAlgorithm;
use crate::evidence::{EvidenceSet, EvidenceSource, Proofs};
use crate::judge::{Judge, JudgedRecord};
use crate::oid;
use crate::source::Source;
use crate::task::verify::{MAX_PEM, Opened as SignatureFile, SignatureReport, Subject};
use crate::task::verify::{content, read_all};
use crate::time::Instant;
use std::io;

/// Records in one file; there should be one, and one more each time something was added after it.
const MAX_RECORDS: usize = 16;

/// What the records inside a signature came to.
#[derive(Debug, Default)]
pub(in crate::task) struct Embedded {
    /// One report for each record that was judged.
    pub(in crate::task) reports: Vec<SignatureReport>,
    /// Since when the signature and all that came with it are proven to exist.
    pub(in crate::task) proofs: Proofs,
    /// How many records there are.
    there: usize,
}

impl Embedded {
    /// Takes the records that were judged out of a list of what is not.
    pub(in crate::task) fn forget_judged(&self, unjudged: &mut Vec<String>) {
        let kinds = [oid::EVIDENCE_INTERNAL, oid::EVIDENCE_EXTERNAL];
        let names: Vec<&str> = kinds.iter().filter_map(oid::name).collect();
        let of_record = |name: &String| names.contains(&name.as_str());
        // One that could not be read is still unjudged, and so all of them are named.
        if self.reports.len() == self.there {
            unjudged.retain(|name| !of_record(name));
        }
    }
}

/// The evidence records inside a signature file, each over what it is of: read once, and judged as often as
/// is asked.
#[derive(Debug, Default)]
pub(in crate::task) struct Inside {
    /// Oldest first.
    records: Vec<Inner>,
    /// The values of the signatures, and whatever else is in the file.
    carried: Vec<Fingerprint>,
    there: usize,
}

/// One of them.
#[derive(Debug)]
struct Inner {
    record: Record,
    covers: Vec<String>,
    /// What is in the records before it.
    earlier: Vec<Fingerprint>,
}

/// A record where it was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) attribute: Attribute,
    pub(super) opened: Opened,
    begun: Option<Instant>,
}

/// Whether there are any inside.
pub(in crate::task) fn has_records(data: &SignedData) -> bool {
    attributes(data).next().is_some()
}

/// What the records inside a file came to on some day.
#[derive(Debug)]
pub(in crate::task) struct JudgedInside {
    /// Oldest first.
    pub(in crate::task) records: Vec<JudgedRecord>,
    /// Since when the signature and all that came with it are proven to exist.
    pub(in crate::task) proofs: Proofs,
}

impl Inside {
    /// Reads the records, each over the file as it was before it was put in. Those that cannot be read
    /// stay among what is unjudged.
    pub(in crate::task) fn read(subject: &Subject<'_>, file: &SignatureFile) -> io::Result<Self> {
        if !has_records(&file.data) || subject.file.len() > MAX_PEM {
            return Ok(Self::default());
        }
        let whole = whole(subject.file, file)?;
        let content = |needed: &[DigestAlgorithm]| content(subject, file, needed);
        let found = found(&file.data);
        let mut inside = Self { there: attributes(&file.data).count(), ..Self::default() };
        for place in 0..found.len() {
            let (earlier, later) = found.split_at_checked(place).unwrap_or_default();
            let Some(one) = later.first() else { break };
            let Some(objects) = objects(one, later, &whole, &content)? else { continue };
            let covers = objects.iter().map(|(name, _)| name.clone()).collect();
            let stamps = earlier.iter().flat_map(|one| one.opened.over(Vec::new()).stamps);
            let earlier = stamps.flat_map(|stamp| stamp.holds()).collect();
            inside.records.push(Inner { record: one.opened.over(objects), covers, earlier });
        }
        inside.carried = carried(&file.data);
        Ok(inside)
    }

    /// The records judged, with a report on each. Something outside of the file may prove more of it.
    pub(in crate::task) fn told(
        &self,
        outside: Proofs,
        (judge, at): (&Judge, Instant),
        evidence: &mut EvidenceSet,
        source: &mut dyn EvidenceSource,
    ) -> Embedded {
        let judged = self.judged(outside, &mut |record, proofs| {
            judged_within(record, proofs, (judge, at), evidence, source)
        });
        let report = |(inner, judged): (&Inner, JudgedRecord)| {
            told(&inner.record, inner.covers.clone(), judged, at)
        };
        let reports = self.records.iter().zip(judged.records).filter_map(report).collect();
        Embedded { reports, proofs: judged.proofs, there: self.there }
    }

    /// The records judged, the newest first: one that holds proves since when the older are there, and so
    /// renews them. Something outside of the file may prove more of it.
    pub(in crate::task) fn judged(
        &self,
        outside: Proofs,
        judge: &mut dyn FnMut(&Record, &Proofs) -> JudgedRecord,
    ) -> JudgedInside {
        let mut proofs = outside;
        let mut records = Vec::new();
        for inner in self.records.iter().rev() {
            let judged = judge(&inner.record, &proofs);
            if let Some(proven) = &judged.proven {
                let things = self.carried.iter().chain(&inner.earlier);
                things.for_each(|thing| proofs.add(*thing, proven.since()));
            }
            records.push(judged);
        }
        records.reverse();
        JudgedInside { records, proofs }
    }

    /// Whether there are none that can be read.
    pub(in crate::task) const fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The one that came last.
    pub(in crate::task) fn newest(&self) -> Option<&Record> {
        self.records.last().map(|inner| &inner.record)
    }

    /// What is in the tokens of the records.
    pub(in crate::task) fn holds(&self) -> Vec<Fingerprint> {
        let stamps = self.records.iter().flat_map(|inner| &inner.record.stamps);
        stamps.flat_map(|stamp| stamp.holds()).collect()
    }
}

/// The bytes that the records are over.
pub(super) fn whole(source: &dyn Source, file: &SignatureFile) -> io::Result<Vec<u8>> {
    match &file.inner {
        Some(bytes) => Ok(bytes.to_vec()),
        None => read_all(source),
    }
}

/// The records that can be read, oldest first: the order of the set says nothing of that of time.
pub(super) fn found(data: &SignedData) -> Vec<Found> {
    let mut found: Vec<Found> = attributes(data).take(MAX_RECORDS).filter_map(read).collect();
    found.sort_by_key(|one| one.begun);
    found
}

/// What a record is of: the file without it and without those that came after it, and the content, unless
/// that is inside. Nothing if nobody can tell how the file was written before.
fn objects(
    one: &Found,
    later: &[Found],
    whole: &[u8],
    content: &dyn Fn(&[DigestAlgorithm]) -> io::Result<Content>,
) -> io::Result<Option<Objects>> {
    let is_later = |raw: &[u8]| later.iter().any(|record| record.attribute.raw.as_ref() == raw);
    let Ok(before) = without(whole, &is_later) else { return Ok(None) };
    let needed = one.opened.digests_needed();
    let hashes = needed.iter().map(|algorithm| algorithm.digest(&before)).collect();
    let mut objects = vec![("SignedData".to_owned(), Some(hashes))];
    if one.attribute.oid == oid::EVIDENCE_EXTERNAL {
        let content = content(&needed)?;
        objects.push((content.name, content.digests));
    }
    Ok(Some(objects))
}

fn read(attribute: &Attribute) -> Option<Found> {
    let [value] = attribute.values.as_slice() else { return None };
    let opened = Opened::parse(value.to_vec()).ok()?;
    let begun = opened.sheet().stamps.first().and_then(|stamp| stamp.time);
    Some(Found { attribute: attribute.clone(), opened, begun })
}

/// Everything in a file: all of it was there when its hash was stamped.
pub(in crate::task) fn carried(data: &SignedData) -> Vec<Fingerprint> {
    let carried = Carried::by(data);
    let values = data.signers.iter().map(|signer| &signer.signature);
    carried.all().chain(values).map(|thing| Fingerprint::of(thing)).collect()
}
