//! Evidence records inside a CMS signature (RFC 4998 appendix A): what they prove of it.

use super::Opened;
use super::verify::{judged_within, told};
use crate::ades::Format;
use crate::ades::cades::Content;
use crate::ades::evidence::inside as attributes;
use crate::der::certificate::Fingerprint;
use crate::der::cms::values::Carried;
use crate::der::cms::without::without;
use crate::der::cms::{Attribute, SignedData};
use crate::digest::DigestAlgorithm;
use crate::evidence::{EvidenceSet, EvidenceSource, Proofs};
use crate::judge::Judge;
use crate::oid;
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

/// A record where it was found.
struct Found {
    attribute: Attribute,
    opened: Opened,
    begun: Option<Instant>,
}

/// The evidence records inside a signature file, judged.
pub(in crate::task) fn inside(
    subject: &Subject<'_>,
    file: &SignatureFile,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<Embedded> {
    if !has_records(&file.data) || subject.file.len() > MAX_PEM {
        return Ok(Embedded::default());
    }
    let whole = match &file.inner {
        Some(bytes) => bytes.to_vec(),
        None => read_all(subject.file)?,
    };
    let content = |needed: &[DigestAlgorithm]| content(subject, file, needed);
    embedded(&whole, &file.data, &content, (judge, at), evidence, source)
}

/// Whether there are any inside.
pub(in crate::task) fn has_records(data: &SignedData) -> bool {
    attributes(data).next().is_some()
}

/// Judges the records inside a signature over the file as it was before each was put in, the newest first:
/// one that holds proves since when the older are there, and so renews them. Those that cannot
/// be read stay among what is unjudged.
fn embedded(
    file: &[u8],
    data: &SignedData,
    content: &dyn Fn(&[DigestAlgorithm]) -> io::Result<Content>,
    (judge, at): (&Judge, Instant),
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<Embedded> {
    let mut embedded = Embedded { there: attributes(data).count(), ..Embedded::default() };
    let mut found: Vec<Found> = attributes(data).take(MAX_RECORDS).filter_map(read).collect();
    // The order of the set says nothing of that of time.
    found.sort_by_key(|one| one.begun);
    for place in (0..found.len()).rev() {
        let (earlier, later) = found.split_at_checked(place).unwrap_or_default();
        let Some(one) = later.first() else { break };
        let is_later = |raw: &[u8]| later.iter().any(|record| record.attribute.raw.as_ref() == raw);
        let Ok(before) = without(file, &is_later) else { continue };
        let needed = one.opened.digests_needed();
        let hashes = needed.iter().map(|algorithm| algorithm.digest(&before)).collect();
        let mut objects = vec![("SignedData".to_owned(), Some(hashes))];
        if one.attribute.oid == oid::EVIDENCE_EXTERNAL {
            let content = content(&needed)?;
            objects.push((content.name, content.digests));
        }
        let names: Vec<String> = objects.iter().map(|(name, _)| name.clone()).collect();
        let record = one.opened.over(objects);
        let judged = judged_within(&record, &embedded.proofs, (judge, at), evidence, source);
        if let Some(proven) = &judged.proven {
            prove(data, proven.since(), &mut embedded.proofs);
            let stamps = earlier.iter().flat_map(|one| one.opened.over(Vec::new()).stamps);
            let things = stamps.flat_map(|stamp| stamp.holds());
            things.for_each(|thing| embedded.proofs.add(thing, proven.since()));
        }
        if let Some(report) = told(&record, names, judged, at) {
            embedded.reports.push(report);
        }
    }
    embedded.reports.reverse();
    debug_assert!(embedded.reports.iter().all(|r| r.signature.format == Format::EvidenceRecord));
    Ok(embedded)
}

fn read(attribute: &Attribute) -> Option<Found> {
    let [value] = attribute.values.as_slice() else { return None };
    let opened = Opened::parse(value.to_vec()).ok()?;
    let begun = opened.sheet().stamps.first().and_then(|stamp| stamp.time);
    Some(Found { attribute: attribute.clone(), opened, begun })
}

/// Everything in the file was there when its hash was stamped.
fn prove(data: &SignedData, since: Instant, proofs: &mut Proofs) {
    let carried = Carried::by(data);
    let values = data.signers.iter().map(|signer| &signer.signature);
    carried.all().chain(values).for_each(|thing| proofs.add(Fingerprint::of(thing), since));
}
