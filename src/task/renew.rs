//! Keeps records provable: says of each until when it proves itself, and why no longer.
//!
//! A record is judged twice. Once with everything that can be had: what is not provable today is never
//! renewed, for it would look better tomorrow, under a new timestamp. And once by itself, offline: it is
//! by what it carries that it will be judged when its CAs are gone.

mod archive;

pub use archive::{Renewal, renew};

use super::verify::{FileReport, Subject, open, reports, verify};
use crate::ades::{Format, Signature};
use crate::evidence::want::Offline;
use crate::evidence::{EvidenceSet, EvidenceSource, Proofs};
use crate::judge::horizon::Lasting;
use crate::judge::{Horizon, Judge};
use crate::rule::finding::Outcome;
use crate::rule::{Finding, Indication};
use crate::time::Instant;
use std::io;

/// A record, judged.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// The judgement with everything that can be had.
    pub report: FileReport,
    /// What follows from it for the years to come.
    pub outlook: Outlook,
}

/// Until when a record proves itself.
#[derive(Clone, Debug)]
pub enum Outlook {
    /// It does not today, whatever is fetched for it.
    Unprovable,
    /// It is provable, but only with what is not inside; this is wanting.
    Incomplete(Box<Finding>),
    /// Until then.
    Until(Box<Horizon>),
    /// Nothing is known that would end it.
    Unlimited,
}

impl Outlook {
    /// Whether something must be done before that day.
    pub fn is_due(&self, before: Instant) -> bool {
        match self {
            Self::Unprovable | Self::Unlimited => false,
            Self::Incomplete(_) => true,
            Self::Until(horizon) => horizon.ends <= before,
        }
    }

    /// The first instant at which the record will not prove itself; nothing if that is unknown or never.
    pub const fn ends(&self) -> Option<Instant> {
        match self {
            Self::Until(horizon) => Some(horizon.ends),
            Self::Unprovable | Self::Incomplete(_) | Self::Unlimited => None,
        }
    }

    /// What ends it, or is wanting.
    pub const fn because(&self) -> Option<&Finding> {
        match self {
            Self::Incomplete(finding) => Some(finding),
            Self::Until(horizon) => Some(&horizon.because),
            Self::Unprovable | Self::Unlimited => None,
        }
    }
}

/// Judges a record, and until when it will prove itself.
pub fn survey(
    subject: &Subject<'_>,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<Surveyed> {
    let report = verify(subject, judge, at, evidence, source)?;
    let outlook = if report.indication() == Indication::Passed {
        by_itself(subject, judge, at)?
    } else {
        Outlook::Unprovable
    };
    Ok(Surveyed { report, outlook })
}

/// A file is no better than the first of its signatures to end.
fn by_itself(subject: &Subject<'_>, judge: &Judge, at: Instant) -> io::Result<Outlook> {
    let report = verify(subject, judge, at, &mut EvidenceSet::default(), &mut Offline)?;
    if report.indication() != Indication::Passed {
        return Ok(wanting(&report).map_or(Outlook::Unprovable, Outlook::Incomplete));
    }
    let mut inside = EvidenceSet::default();
    if let Ok(opened) = open(subject.file)? {
        inside.add_bags(&opened.data);
    }
    // Newer data is asked for in vain here too: an old list counts only where there is no other.
    // Records inside are renewed by others of their kind.
    let all = report.signatures.into_iter().map(|s| s.signature);
    let all: Vec<Signature> = all.filter(|s| s.format != Format::EvidenceRecord).collect();
    reports(all.clone(), Proofs::NONE, judge, at, &mut inside, &mut Offline);
    Ok(match judge.lasting(&all, &inside, at) {
        Lasting::Until(horizon) => Outlook::Until(horizon),
        Lasting::Unlimited => Outlook::Unlimited,
        Lasting::NotPassed => Outlook::Unprovable,
    })
}

/// The first finding against a file that is judged by itself, the one nearest to its cause.
fn wanting(report: &FileReport) -> Option<Box<Finding>> {
    let verdicts = report.signatures.iter().map(|s| &s.judged.verdict);
    let all = verdicts.flat_map(|verdict| verdict.all_findings());
    let against = all.filter(|finding| finding.sub_indication().is_some());
    let open = against.filter(|f| !matches!(f.outcome, Outcome::Met(_)));
    open.last().cloned().map(Box::new)
}
