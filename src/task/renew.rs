//! Keeps records provable: says of each until when it proves itself, and why no longer.
//!
//! A record is judged twice. Once with everything that can be had: what is not provable today is never
//! renewed, for it would look better tomorrow, under a new timestamp. And once by itself, offline: it is
//! by what it carries that it will be judged when its CAs are gone.

mod archive;
mod lasting;
mod record;

pub use archive::{Renewal, renew};
pub use record::survey_record;

pub use super::beside::Extent as Beside;

use super::beside::Companions;
use super::budget::Budgeted;
use super::evidence;
use super::verify::{FileReport, Subject, open, verify};
use crate::evidence::{EvidenceSet, EvidenceSource};
use crate::judge::horizon::Lasting;
use crate::judge::{Horizon, Judge};
use crate::oid;
use crate::rule::finding::Outcome;
use crate::rule::{Finding, Indication, Verdict};
use crate::source::Source;
use crate::time::Instant;
use lasting::Lastingly;
use std::io;

/// A record, judged.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// The judgement with everything that can be had.
    pub report: FileReport,
    /// What follows from it for the years to come.
    pub outlook: Outlook,
    /// What it is.
    pub kind: Kind,
    /// What the records beside it are over, those left out that prove nothing whatever is fetched for them.
    pub beside: Beside,
    /// Those that were left out.
    pub disproven: Vec<String>,
    /// What proves it for as long as the outlook says.
    pub kept_by: KeptBy,
    /// When the newest timestamp of its record ends, where something else is wanting in it; nothing if it has
    /// no record of its own or nothing is known that would end that. No new timestamp mends what is wanting.
    pub newest_ends: Option<Instant>,
}

impl Surveyed {
    /// One that nothing but itself proves.
    fn alone(report: FileReport, outlook: Outlook, kind: Kind) -> Self {
        let (beside, disproven, kept_by) = (Beside::Nothing, Vec::new(), KeptBy::Itself);
        Self { report, outlook, kind, beside, disproven, kept_by, newest_ends: None }
    }
}

/// What proves a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeptBy {
    /// Itself.
    Itself,
    /// An evidence record inside.
    RecordInside,
    /// Evidence records beside it, which last longer than it would.
    RecordBeside,
}

/// What is kept provable, each in its own way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A signature file.
    Signature,
    /// One with an evidence record inside, which is what is renewed.
    Recorded,
    /// An evidence record in a file of its own.
    Record,
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

    /// The longer, the greater.
    const fn rank(&self) -> (u8, Option<Instant>) {
        match self {
            Self::Unprovable => (0, None),
            Self::Incomplete(_) => (1, None),
            Self::Until(horizon) => (2, Some(horizon.ends)),
            Self::Unlimited => (3, None),
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
    survey_beside(subject, &[], (judge, at), evidence, source)
}

/// The same for a signature file beside which evidence records stand: what they prove of it counts where
/// they are over all of it, its content included, for that makes it last.
pub fn survey_beside(
    subject: &Subject<'_>,
    records: &[(&str, &dyn Source)],
    (judge, at): (&Judge, Instant),
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<Surveyed> {
    let file = (subject.name, subject.file);
    if evidence::open(subject.file)?.is_some() {
        let objects: Vec<(&str, &dyn Source)> = subject.content.into_iter().collect();
        return survey_record(file, &objects, (judge, at), evidence, source);
    }
    let report = verify(subject, judge, at, evidence, source)?;
    let surveyed = Surveyed::alone(report, Outlook::Unprovable, Kind::Signature);
    let Ok(opened) = open(subject.file)? else { return Ok(surveyed) };
    // A time-stamp token is no signature on a record, and does not grow as one.
    if opened.data.content_type == oid::TST_INFO {
        return Ok(surveyed);
    }
    let report = &surveyed.report;
    let lasting = Lastingly::read(subject, &opened, report)?;
    let outlook = if report.indication() == Indication::Passed {
        lasting.outlook(judge, at)
    } else {
        Outlook::Unprovable
    };
    let kind = lasting.kind();
    let kept_by = match kind {
        Kind::Recorded => KeptBy::RecordInside,
        Kind::Signature | Kind::Record => KeptBy::Itself,
    };
    let mut surveyed = Surveyed { outlook, kind, kept_by, ..surveyed };
    if let (Outlook::Incomplete(_), Kind::Recorded) = (&surveyed.outlook, kind) {
        // A copy: nobody is to take it for asked in vain because it is not asked for here.
        surveyed.newest_ends = lasting.newest_ends(judge, at, &mut evidence.clone());
    }
    let companions = Companions::read(subject, &opened, records)?;
    let (companions, disproven) = standing(companions, (judge, at), evidence, source);
    let surveyed = Surveyed { beside: companions.extent(), disproven, ..surveyed };
    let Some(lasting) = lasting.under(companions) else { return Ok(surveyed) };
    let mut budgeted = Budgeted::new(source);
    let mut own = evidence.covered();
    own.add_bags(&opened.data);
    let signatures = lasting.judged(judge, at, &mut own, &mut budgeted).signatures;
    budgeted.close(&mut own);
    *evidence = own.uncovered();
    let report = FileReport { path: subject.name.to_owned(), signatures, trouble: None };
    if report.indication() != Indication::Passed {
        return Ok(surveyed);
    }
    let outlook = lasting.outlook(judge, at);
    let is_better = outlook.rank() > surveyed.outlook.rank();
    if !is_better {
        return Ok(surveyed);
    }
    let (kept_by, newest_ends) = (KeptBy::RecordBeside, None);
    Ok(Surveyed { report, outlook, kept_by, newest_ends, ..surveyed })
}

/// The records beside a file that may hold, and the names of those that do not.
fn standing(
    companions: Companions,
    (judge, at): (&Judge, Instant),
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> (Companions, Vec<String>) {
    let mut budgeted = Budgeted::new(source);
    let standing = companions.standing(&mut |record| {
        // What a record brought that does not hold says nothing of the file.
        let mut own = evidence.covered();
        let judged = evidence::judged(record, judge, at, &mut own, &mut budgeted);
        *evidence = own.uncovered();
        judged
    });
    budgeted.close(evidence);
    standing
}

/// The first finding against what is judged by itself, the one nearest to its cause.
fn wanting<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> Option<Box<Finding>> {
    let all = verdicts.flat_map(|verdict| verdict.all_findings());
    let against = all.filter(|finding| finding.sub_indication().is_some());
    let open = against.filter(|f| !matches!(f.outcome, Outcome::Met(_)));
    open.last().cloned().map(Box::new)
}

impl From<Lasting> for Outlook {
    fn from(lasting: Lasting) -> Self {
        match lasting {
            Lasting::Until(horizon) => Self::Until(horizon),
            Lasting::Unlimited => Self::Unlimited,
            Lasting::NotPassed => Self::Unprovable,
        }
    }
}
