//! The verdicts on files, told while they are judged. What is told is not kept, but for a page, which is
//! made of all of them at once: an archive has a million files, and a report on one takes kilobytes.

use super::catalogue::Catalogue;
use super::human::{Page, Style};
use super::json::Speaker;
use super::{ReportError, html, json, view};
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

/// Tells of files one after another.
#[derive(Debug)]
pub struct Telling<'a, W> {
    form: Form,
    /// What is true of all files; those of a page gather in it.
    whole: VerifyReport,
    catalogue: &'a Catalogue,
    speaker: Speaker<'a>,
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
        let speaker = Speaker::new(catalogue);
        Ok(Self { form, whole, catalogue, speaker, out, told: 0, worst: None })
    }

    /// Tells of one file.
    pub fn tell(&mut self, report: FileReport) -> Result<(), ReportError> {
        let is_first = self.told == 0;
        self.told = self.told.saturating_add(1);
        self.worst = self.worst.max(Some(report.indication()));
        match self.form {
            Form::Text(style) => {
                let mut page = Page::new(self.catalogue, style);
                if !is_first {
                    page.gap();
                }
                page.file(
                    &view::file(&report, &self.whole, style.detail, self.catalogue),
                    &self.whole,
                );
                self.out.write_all(page.text.as_bytes())?;
            }
            Form::Json => json::tell(&report, &mut self.speaker, is_first, &mut self.out)?,
            Form::Html => self.whole.files.push(report),
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
