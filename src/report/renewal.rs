//! What became of the records that are kept: a line for each, and the calendar of what is due when.

use super::catalogue::{Catalogue, escaped};
use super::json::{Said, finding_said};
use super::{ReportError, view};
use crate::rule::{Finding, Indication};
use crate::task::renew::{Outlook, Surveyed};
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
    /// It was renewed; what is told is what it is now.
    Renewed,
    /// It could not be renewed, or must not be.
    Refused,
}

impl Done {
    const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Due => "due",
            Self::Renewed => "renewed",
            Self::Refused => "refused",
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
    level: &'static str,
    indication: &'static str,
    sub_indication: Option<&'static str>,
    done: &'static str,
    renew_by: Option<String>,
    /// What ends it then, or stands against it now.
    because: Option<Said>,
    #[serde(skip)]
    ends: Option<Instant>,
    #[serde(skip)]
    reason: String,
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
        let Surveyed { report, outlook } = surveyed;
        let against = || {
            let verdicts = report.trouble.iter();
            let mut all = verdicts.chain(report.signatures.iter().map(|s| &s.judged.verdict));
            all.find_map(|verdict| verdict.findings().find(|f| f.sub_indication().is_some()))
        };
        let because = outlook.because().or_else(against);
        let row = Row {
            path: report.path.clone(),
            level: report.signatures.first().map_or("-", |signature| signature.level()),
            indication: report.indication().name(),
            sub_indication: report.sub_indication().map(|sub| sub.name()),
            done: done.name(),
            renew_by: outlook.ends().map(|ends| ends.to_string()),
            because: because.map(|finding| finding_said(finding, c)),
            ends: outlook.ends(),
            reason: because.map_or_else(String::new, |finding| reason(finding, c)),
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

impl Row {
    fn line(&self, outlook: &Outlook, indication: Indication, c: &Catalogue) -> String {
        let done = c.word("renewal", self.done);
        let path = escaped(&self.path);
        let when = self.ends.map_or_else(String::new, |ends| c.time(ends));
        let word = view::word(indication, None, c).word;
        let gaps = [
            ("done", done),
            ("path", &path),
            ("level", self.level),
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

/// What a finding says, in half a line.
fn reason(finding: &Finding, c: &Catalogue) -> String {
    let said = view::finding(finding, c);
    format!("{}: {}", said.about, said.observed)
}
