//! A signature file as it is judged again and again: as of today, and as of days to come.

use super::record::{first_fallen, newest_stands};
use super::{Kind, Outlook, wanting};
use crate::ades::{Format, Signature};
use crate::der::cms::SignedData;
use crate::evidence::want::Offline;
use crate::evidence::{EvidenceSet, EvidenceSource, Proofs};
use crate::judge::horizon::Foreseen;
use crate::judge::{self, Judge, JudgedRecord};
use crate::rule::{Indication, Verdict};
use crate::task::beside::{Companions, Extent, proofs, since};
use crate::task::evidence::{Inside, judged, judged_within};
use crate::task::verify::{FileReport, Opened, SignatureReport, Subject, reports};
use crate::time::Instant;
use std::io;

/// The signatures of a file, and the records that prove them older than they prove themselves.
#[derive(Debug)]
pub(super) struct Lastingly {
    data: SignedData,
    all: Vec<Signature>,
    inside: Inside,
    /// Records beside it.
    beside: Companions,
}

/// What became of a file on some day.
#[derive(Debug)]
pub(super) struct Judgement {
    /// The records: what proves the rest older comes first, for it is that which must be renewed.
    records: Vec<JudgedRecord>,
    pub(super) signatures: Vec<SignatureReport>,
}

impl Lastingly {
    /// A file that was opened, and judged once.
    pub(super) fn read(
        subject: &Subject<'_>,
        opened: &Opened,
        report: &FileReport,
    ) -> io::Result<Self> {
        let all = report.signatures.iter().map(|one| &one.signature);
        let all = all.filter(|signature| signature.format != Format::EvidenceRecord);
        let inside = Inside::read(subject, opened)?;
        let (data, all) = (opened.data.clone(), all.cloned().collect());
        Ok(Self { data, all, inside, beside: Companions::NONE })
    }

    pub(super) fn kind(&self) -> Kind {
        if self.inside.is_empty() { Kind::Signature } else { Kind::Recorded }
    }

    /// The same with what these records prove; nothing where they are not over all of it.
    pub(super) fn under(self, beside: Companions) -> Option<Self> {
        match beside.extent() {
            Extent::Whole => Some(Self { beside, ..self }),
            Extent::Nothing | Extent::File => None,
        }
    }

    /// Judged with what is in hand and what can be fetched.
    pub(super) fn judged(
        &self,
        judge: &Judge,
        at: Instant,
        evidence: &mut EvidenceSet,
        source: &mut dyn EvidenceSource,
    ) -> Judgement {
        let mut records =
            self.beside.each(&mut |record| judged(record, judge, at, evidence, source));
        let outside = proofs(&self.data, &self.inside, since(&records));
        let inside = self.inside.judged(outside, &mut |record, proofs| {
            judged_within(record, proofs, (judge, at), evidence, source)
        });
        records.extend(inside.records.into_iter().rev());
        let all = self.all.clone();
        let signatures = reports(all, &inside.proofs, judge, at, evidence, source);
        Judgement { records, signatures }
    }

    /// Until when it is proven by what it carries, and by the records beside it. Newer data is asked for in
    /// vain on each of the days to come: an old list counts only where there is no other.
    pub(super) fn outlook(&self, judge: &Judge, at: Instant) -> Outlook {
        let mut evidence = EvidenceSet::default();
        evidence.add_bags(&self.data);
        let now = self.judged(judge, at, &mut evidence, &mut Offline);
        let verdicts: Vec<&Verdict> = now.signatures.iter().map(|s| &s.judged.verdict).collect();
        if verdicts.iter().any(|verdict| verdict.indication() != Indication::Passed) {
            return wanting(verdicts.into_iter()).map_or(Outlook::Unprovable, Outlook::Incomplete);
        }
        // The signatures may pass by themselves; the record is what was to keep them, and is what is mended.
        let records: Vec<&JudgedRecord> =
            now.records.iter().filter(|record| !record.holds_whatever_it_covers()).collect();
        if !records.is_empty() {
            let verdicts = records.into_iter().map(|record| &record.verdict);
            return wanting(verdicts).map_or(Outlook::Unprovable, Outlook::Incomplete);
        }
        let stamps = self.all.iter().flat_map(|signature| &signature.timestamps);
        let tokens = stamps.filter_map(|stamp| stamp.token.as_deref().ok());
        let ends = judge.ends(tokens, &evidence, at);
        let mut foreseen = |day| {
            let Judgement { records, signatures } =
                self.judged(judge, day, &mut evidence, &mut Offline);
            let signatures = signatures.into_iter().map(|one| Foreseen::from(one.judged));
            records.into_iter().map(Foreseen::from).chain(signatures).collect()
        };
        judge::horizon::lasting(&mut foreseen, &ends, at).into()
    }

    /// When the newest timestamp of the newest record inside ends, by whatever can be had, though other things
    /// be wanting.
    pub(super) fn newest_ends(
        &self,
        judge: &Judge,
        at: Instant,
        evidence: &mut EvidenceSet,
    ) -> Option<Instant> {
        evidence.add_bags(&self.data);
        let stamps = self.inside.newest().into_iter().flat_map(|record| &record.stamps);
        let tokens = stamps.filter_map(|stamp| stamp.token.as_deref().ok());
        let ends = judge.ends(tokens, evidence, at);
        let mut stands = |day| {
            let inside = self.inside.judged(Proofs::default(), &mut |record, proofs| {
                judged_within(record, proofs, (judge, day), evidence, &mut Offline)
            });
            inside.records.last().is_some_and(newest_stands)
        };
        first_fallen(&ends, &mut stands)
    }
}
