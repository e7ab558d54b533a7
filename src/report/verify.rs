//! The verdicts on files, told while they are judged. What is told is not kept, but for a page, which is
//! made of all of them at once: an archive has a million files, and a report on one takes kilobytes.
//!
//! Whoever judged a file puts the report into words ([`Voice`]), and one hand puts them in their order
//! ([`Telling`]).

use super::catalogue::Catalogue;
use super::human::{Page, Style};
use super::json::Speaker;
use super::{ReportError, html, json, lines, view};
use crate::rule::Indication;
use crate::task::verify::{FileReport, VerifyReport};
use std::io::Write;

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// For people, on a terminal.
    Text(Style),
    /// `inkan.verify/1`, for programs.
    Json,
    /// A page, for people.
    Html,
}

/// A verdict on a file, in words.
#[derive(Debug)]
pub struct Said {
    /// What it came to.
    indication: Indication,
    /// Why it is not passed and what to do next: a line each, for standard error.
    pub against: Option<(String, String)>,
    told: Told,
}

#[derive(Debug)]
enum Told {
    /// After what stands between it and the one before it.
    Text(String),
    /// What gathers for a page.
    Page(Box<FileReport>),
}

/// How much stands between two files: a line feed or a comma.
const BETWEEN: usize = 1;

/// Puts reports on files into words, one after another. Each thread has its own, and is rid of a report
/// before the next is made.
#[derive(Debug)]
pub struct Voice<'a> {
    form: Form,
    /// What is true of all files.
    whole: &'a VerifyReport,
    speaker: Speaker<'a>,
}

impl<'a> Voice<'a> {
    /// One that has said nothing yet; `whole` is a report without files.
    pub fn new(form: Form, whole: &'a VerifyReport, catalogue: &'a Catalogue) -> Self {
        Self { form, whole, speaker: Speaker::new(catalogue) }
    }

    /// Says what became of a file.
    pub fn say(&mut self, report: FileReport) -> Result<Said, ReportError> {
        let catalogue = self.speaker.catalogue();
        let indication = report.indication();
        let against = lines::against(&report, catalogue);
        let told = match self.form {
            Form::Text(style) => {
                let mut page = Page::new(catalogue, style);
                page.gap();
                page.file(&view::file(&report, self.whole, style.detail, catalogue), self.whole);
                Told::Text(page.text)
            }
            Form::Json => Told::Text(json::file(&report, &mut self.speaker)?),
            Form::Html => Told::Page(Box::new(report)),
        };
        Ok(Said { indication, against, told })
    }
}

/// Tells of files one after another.
#[derive(Debug)]
pub struct Telling<'a, W> {
    form: Form,
    /// What is true of all files; those of a page gather in it.
    whole: VerifyReport,
    catalogue: &'a Catalogue,
    out: W,
    told: usize,
    worst: Option<Indication>,
}

impl<'a, W: Write> Telling<'a, W> {
    /// Begins a report; `whole` is one without files.
    pub fn begin(
        form: Form,
        whole: VerifyReport,
        catalogue: &'a Catalogue,
        mut out: W,
    ) -> Result<Self, ReportError> {
        if form == Form::Json {
            out.write_all(json::begin(&whole)?.as_bytes())?;
        }
        Ok(Self { form, whole, catalogue, out, told: 0, worst: None })
    }

    /// Tells of one file.
    pub fn tell(&mut self, said: Said) -> Result<(), ReportError> {
        let is_first = self.told == 0;
        self.told = self.told.saturating_add(1);
        self.worst = self.worst.max(Some(said.indication));
        match said.told {
            Told::Text(text) => {
                let own = if is_first { text.get(BETWEEN..).unwrap_or_default() } else { &text };
                self.out.write_all(own.as_bytes())?;
            }
            Told::Page(report) => self.whole.files.push(*report),
        }
        Ok(())
    }

    /// Ends the report, and says what the worst of the files is; nothing if there was none.
    pub fn end(mut self) -> Result<Option<Indication>, ReportError> {
        let worst = self.worst.unwrap_or(Indication::Indeterminate);
        let text = match self.form {
            Form::Text(style) => {
                let mut page = Page::new(self.catalogue, style);
                page.after_files(worst, self.told, &self.whole);
                page.text
            }
            Form::Json => json::end(worst)?,
            Form::Html => html::verify(&self.whole, self.catalogue, &[])?,
        };
        self.out.write_all(text.as_bytes())?;
        self.out.flush()?;
        Ok(self.worst)
    }
}
