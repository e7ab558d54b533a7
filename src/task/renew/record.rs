//! Until when an evidence record will prove what it is of.

use super::{Kind, Outlook, Surveyed, wanting};
use crate::ades::evidence::Record;
use crate::der::tlv::{Malformed, Problem};
use crate::evidence::want::Offline;
use crate::evidence::{EvidenceSet, EvidenceSource};
use crate::judge::horizon::{Foreseen, lasting};
use crate::judge::{Judge, JudgedRecord};
use crate::rule::Indication;
use crate::source::Source;
use crate::task::budget::Budgeted;
use crate::task::evidence::{hashed, judged, open, told};
use crate::task::verify::FileReport;
use crate::time::Instant;
use std::io;

/// Judges an evidence record in a file of its own, and until when it will hold. Its data is read once; where
/// that is not at hand, the record has not passed, and it can be told all the same when it will end.
pub fn survey_record(
    (name, file): (&str, &dyn Source),
    objects: &[(&str, &dyn Source)],
    (judge, at): (&Judge, Instant),
    evidence: &mut EvidenceSet,
    source: &mut dyn EvidenceSource,
) -> io::Result<Surveyed> {
    let surveyed = |report, outlook| Surveyed::alone(report, outlook, Kind::Record);
    let broken = |error: &Malformed| surveyed(FileReport::broken(name, error), Outlook::Unprovable);
    let opened = match open(file)? {
        Some(Ok(opened)) => opened,
        Some(Err(error)) => return Ok(broken(&error)),
        None => return Ok(broken(&Malformed::new("EvidenceRecord", Problem::Unknown))),
    };
    let record = opened.over(hashed(name, objects, &|file| opened.hashed(file))?);
    let mut budgeted = Budgeted::new(source);
    let mut own = evidence.covered();
    let judged = judged(&record, judge, at, &mut own, &mut budgeted);
    budgeted.close(&mut own);
    let holds = judged.holds_whatever_it_covers();
    let outlook = if holds { by_itself(&record, judge, at) } else { Outlook::Unprovable };
    let newest_ends = match &outlook {
        // A copy: nobody is to take it for asked in vain because it is not asked for here.
        Outlook::Incomplete(_) => newest_ends(&record, judge, at, &mut own.clone()),
        Outlook::Unprovable | Outlook::Until(_) | Outlook::Unlimited => None,
    };
    *evidence = own.uncovered();
    let names = objects.iter().map(|(name, _)| (*name).to_owned()).collect();
    let Some(report) = told(&record, names, judged, at) else {
        return Ok(broken(&Malformed::new("TimeStampToken", Problem::Unknown)));
    };
    let report = FileReport { path: name.to_owned(), signatures: vec![report], trouble: None };
    Ok(Surveyed { newest_ends, ..surveyed(report, outlook) })
}

/// By what its tokens carry.
fn by_itself(record: &Record, judge: &Judge, at: Instant) -> Outlook {
    let mut evidence = EvidenceSet::default();
    let alone = judged(record, judge, at, &mut evidence, &mut Offline);
    if !alone.holds_whatever_it_covers() {
        return wanting([&alone.verdict].into_iter())
            .map_or(Outlook::Unprovable, Outlook::Incomplete);
    }
    let tokens = record.stamps.iter().filter_map(|stamp| stamp.token.as_deref().ok());
    let ends = judge.ends(tokens, &evidence, at);
    let mut foreseen =
        |day| vec![Foreseen::from(judged(record, judge, day, &mut evidence, &mut Offline))];
    lasting(&mut foreseen, &ends, at).into()
}

/// When its newest timestamp ends, by whatever is in hand, though something older be wanting.
fn newest_ends(
    record: &Record,
    judge: &Judge,
    at: Instant,
    evidence: &mut EvidenceSet,
) -> Option<Instant> {
    let tokens = record.stamps.iter().filter_map(|stamp| stamp.token.as_deref().ok());
    let ends = judge.ends(tokens, evidence, at);
    let mut stands = |day| newest_stands(&judged(record, judge, day, evidence, &mut Offline));
    first_fallen(&ends, &mut stands)
}

/// The first of the days on which it does not stand any more.
pub(super) fn first_fallen(
    ends: &[Instant],
    stands: &mut dyn FnMut(Instant) -> bool,
) -> Option<Instant> {
    ends.get(ends.partition_point(|day| stands(*day))).copied()
}

/// Whether its newest timestamp passes.
pub(super) fn newest_stands(judged: &JudgedRecord) -> bool {
    let newest = judged.timestamps.last();
    newest.is_some_and(|(_, _, indication)| *indication == Indication::Passed)
}
