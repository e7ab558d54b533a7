//! What became of the records that are kept: a line for each, and the calendar of what is due when.

use super::catalogue::{Catalogue, escaped};
use super::json::{Said, finding_said};
use super::{ReportError, view};
use crate::rule::{Finding, Indication, SubIndication};
use crate::task::evidence::Way as RecordWay;
use crate::task::renew::{KeptBy, Kind, Outlook, Surveyed};
use crate::time::Instant;
use serde::Serialize;
use std::collections::BTreeMap;

/// The name of the shape for programs; fields may be added, never changed.
pub const SCHEMA: &str = "inkan.renewal/1";

/// What was done about a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// It lasts until after the day that was asked about.
    Kept,
    /// It does not, and nothing was to be done but to tell.
    Due,
    /// It was renewed in this way; what is told is what it is now.
    Renewed(Way),
    /// It could not be renewed, or must not be.
    Refused,
}

impl Done {
    const fn way(self) -> Option<Way> {
        match self {
            Self::Renewed(way) => Some(way),
            Self::Kept | Self::Due | Self::Refused => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Due => "due",
            Self::Renewed(_) => "renewed",
            Self::Refused => "refused",
        }
    }
}

/// How a record was renewed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// An archive timestamp over all of the signature.
    ArchiveTimestamp,
    /// An evidence record, put into the signature file.
    EvidenceRecord,
    /// A timestamp over the newest one of the record.
    TimestampRenewal,
    /// Another hash function, from the documents up.
    HashTreeRenewal,
    /// What the newest timestamp of the record rests on was put into it.
    Completion,
    /// The record beside the file was renewed.
    RecordBeside,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::ArchiveTimestamp => "archive-timestamp",
            Self::EvidenceRecord => "evidence-record",
            Self::TimestampRenewal => "timestamp-renewal",
            Self::HashTreeRenewal => "hash-tree-renewal",
            Self::Completion => "completion",
            Self::RecordBeside => "record-beside",
        }
    }
}

impl From<RecordWay> for Way {
    fn from(way: RecordWay) -> Self {
        match way {
            RecordWay::Token => Self::TimestampRenewal,
            RecordWay::Tree(_) => Self::HashTreeRenewal,
        }
    }
}

/// The records of one call. Of each only a line is kept: an archive has many.
#[derive(Debug, Serialize)]
pub struct Calendar {
    schema: &'static str,
    at: String,
    /// The day before which nothing is to end.
    before: String,
    records: Vec<Row>,
    calendar: Vec<Day>,
}

/// A record.
#[derive(Debug, Serialize)]
struct Row {
    path: String,
    kind: &'static str,
    /// What proves it for as long as is said.
    kept_by: &'static str,
    level: &'static str,
    indication: &'static str,
    sub_indication: Option<&'static str>,
    done: &'static str,
    way: Option<&'static str>,
    renew_by: Option<String>,
    /// What ends it then, or stands against it now.
    because: Option<Said>,
    #[serde(skip)]
    ends: Option<Instant>,
    #[serde(skip)]
    reason: String,
    #[serde(skip)]
    what: String,
}

/// A day on which records end.
#[derive(Debug, Serialize)]
struct Day {
    renew_by: String,
    records: usize,
    because: String,
}

impl Calendar {
    /// A report of what is found at that time about what ends before that day.
    pub fn new(at: Instant, before: Instant) -> Self {
        let (at, before) = (at.to_string(), before.to_string());
        Self { schema: SCHEMA, at, before, records: Vec::new(), calendar: Vec::new() }
    }

    /// Adds a record, and gives the line that is told about it.
    pub fn add(&mut self, surveyed: &Surveyed, done: Done, c: &Catalogue) -> String {
        let Surveyed { report, outlook, .. } = surveyed;
        let against = || {
            let verdicts = report.trouble.iter();
            let mut all = verdicts.chain(report.signatures.iter().map(|s| &s.judged.verdict));
            all.find_map(|verdict| verdict.findings().find(|f| f.sub_indication().is_some()))
        };
        let because = outlook.because().or_else(against);
        let level = report.signatures.first().map_or("-", |signature| signature.level());
        let row = Row {
            path: report.path.clone(),
            kind: kind(surveyed.kind),
            kept_by: kept_by(surveyed.kept_by),
            level,
            indication: report.indication().name(),
            sub_indication: report.sub_indication().map(|sub| sub.name()),
            done: done.name(),
            way: done.way().map(Way::name),
            renew_by: outlook.ends().map(|ends| ends.to_string()),
            because: because.map(|finding| finding_said(finding, c)),
            ends: outlook.ends(),
            reason: because.map_or_else(String::new, |finding| reason(finding, c)),
            what: what(surveyed, level, c),
        };
        let line = row.line(outlook, report.indication(), c);
        self.records.push(row);
        line
    }

    /// Counts what ends when, once all records were added.
    pub fn close(&mut self) {
        let mut days: BTreeMap<(Instant, &str), usize> = BTreeMap::new();
        for row in &self.records {
            if let Some(ends) = row.ends {
                *days.entry((ends, row.reason.as_str())).or_default() += 1;
            }
        }
        let day = |((ends, because), records): ((Instant, &str), usize)| Day {
            renew_by: ends.to_string(),
            records,
            because: because.to_owned(),
        };
        self.calendar = days.into_iter().map(day).collect();
    }

    /// The calendar for people.
    pub fn text(&self, c: &Catalogue) -> String {
        let mut text = format!("{}\n", c.label("calendar"));
        for day in &self.calendar {
            let when = day.renew_by.parse().map_or_else(|_| day.renew_by.clone(), |at| c.time(at));
            let count = day.records.to_string();
            let gaps = [("time", when.as_str()), ("count", &count), ("because", &day.because)];
            text.push_str(&format!("  {}\n", c.label_with("calendar-day", &gaps)));
        }
        if self.calendar.is_empty() {
            text.push_str(&format!("  {}\n", c.label("calendar-empty")));
        }
        text
    }

    /// The JSON text, indented.
    pub fn to_json(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// Of a record beside that file which hinders nobody, for it proves nothing.
pub fn disproven(path: &str, record: &str, c: &Catalogue) -> String {
    c.label_with("record-disproven", &[("path", path), ("record", record)])
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Record => "evidence-record",
        Kind::Signature | Kind::Recorded => "signature",
    }
}

const fn kept_by(kept_by: KeptBy) -> &'static str {
    match kept_by {
        KeptBy::Itself => "itself",
        KeptBy::RecordInside => "record-inside",
        KeptBy::RecordBeside => "record-beside",
    }
}

impl Row {
    fn line(&self, outlook: &Outlook, indication: Indication, c: &Catalogue) -> String {
        let done =
            self.way.map_or_else(|| c.word("renewal", self.done), |way| c.word("renewal-way", way));
        let path = escaped(&self.path);
        let when = self.ends.map_or_else(String::new, |ends| c.time(ends));
        let word = view::word(indication, None, c).word;
        let gaps = [
            ("done", done),
            ("path", &path),
            ("what", &self.what),
            ("time", &when),
            ("because", &self.reason),
            ("verdict", &word),
        ];
        let line = match outlook {
            Outlook::Until(_) => c.label_with("record-until", &gaps),
            Outlook::Unlimited => c.label_with("record-unlimited", &gaps),
            Outlook::Incomplete(_) => c.label_with("record-incomplete", &gaps),
            Outlook::Unprovable => c.label_with("record-unprovable", &gaps),
        };
        line + "\n"
    }
}

/// What it is and what keeps it, in some words.
fn what(surveyed: &Surveyed, level: &str, c: &Catalogue) -> String {
    let level = [("level", level)];
    let is_unread = surveyed.report.sub_indication() == Some(SubIndication::SignedDataNotFound);
    match (surveyed.kind, surveyed.kept_by) {
        (Kind::Record, _) if is_unread => c.label("kept-unread").to_owned(),
        (Kind::Record, _) => c.label("kept-record").to_owned(),
        (Kind::Signature | Kind::Recorded, KeptBy::RecordBeside) => {
            c.label_with("kept-beside", &level)
        }
        (Kind::Signature | Kind::Recorded, KeptBy::RecordInside) => {
            c.label_with("kept-inside", &level)
        }
        (Kind::Signature | Kind::Recorded, KeptBy::Itself) => c.label_with("kept-level", &level),
    }
}

/// What a finding says, in half a line.
fn reason(finding: &Finding, c: &Catalogue) -> String {
    let said = view::finding(finding, c);
    format!("{}: {}", said.about, said.observed)
}
