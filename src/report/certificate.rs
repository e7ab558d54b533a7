//! Certificates with their verdicts, for people.

pub mod json;
mod sarif;

use super::ReportError;
use super::catalogue::{Catalogue, Language, escaped};
use super::human::{Detail, Page, Style};
use super::sarif::Run;
use super::view::{self, Judgement, Told};
use crate::der::certificate::Certificate;
use crate::task::certify::{Applied, Call, CertificateReport, Revocation, Tally};
use std::io::Write;

/// Whether the path is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PathShown {
    /// As a tree.
    Tree,
    /// Not at all.
    No,
}

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// For people.
    Text(Style, PathShown),
    /// `inkan.cert/1`, for programs.
    Json,
    /// SARIF 2.1.0, for review tools.
    Sarif(Detail),
}

/// Tells of certificates while they are judged. What is told is not kept: a report on a hundred
/// thousand certificates takes gigabytes.
#[derive(Debug)]
pub struct Telling<'a, W> {
    form: Form,
    call: &'a Call,
    catalogue: &'a Catalogue,
    out: W,
    told: usize,
    /// What SARIF needs at the end.
    run: Run,
}

impl<'a, W: Write> Telling<'a, W> {
    /// Begins a report.
    pub fn begin(
        form: Form,
        call: &'a Call,
        catalogue: &'a Catalogue,
        mut out: W,
    ) -> Result<Self, ReportError> {
        let run = Run::default();
        match form {
            Form::Text(..) => {}
            Form::Json => out.write_all(json::begin(call)?.as_bytes())?,
            Form::Sarif(_) => run.begin(catalogue, &mut out)?,
        }
        Ok(Self { form, call, catalogue, out, told: 0, run })
    }

    /// Tells of one certificate.
    pub fn tell(&mut self, report: &CertificateReport) -> Result<(), ReportError> {
        let is_first = self.told == 0;
        self.told = self.told.saturating_add(1);
        match self.form {
            Form::Text(style, path) => {
                let mut page = Page::new(self.catalogue, style);
                if !is_first {
                    page.gap();
                }
                page.certificate(report, self.call, path);
                Ok(self.out.write_all(page.text.as_bytes())?)
            }
            Form::Json => json::certificate(report, self.catalogue, is_first, &mut self.out),
            Form::Sarif(detail) => {
                let told = (self.catalogue, detail);
                sarif::certificate(report, told, &mut self.run, &mut self.out)
            }
        }
    }

    /// Ends the report with what all came to.
    pub fn end(mut self, tally: &Tally) -> Result<W, ReportError> {
        let text = match self.form {
            Form::Text(style, _) => {
                let mut page = Page::new(self.catalogue, style);
                page.after_certificates(tally, self.call);
                page.text
            }
            Form::Json => json::end(tally)?,
            Form::Sarif(_) => {
                let closing = sarif::closing(self.call, tally, self.catalogue);
                self.run.end(closing, self.catalogue, &mut self.out)?;
                String::new()
            }
        };
        self.out.write_all(text.as_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// The name of a profile in the language of the catalogue.
fn profile_name(profile: &Applied, c: &Catalogue) -> String {
    let title = match c.language() {
        Language::En => &profile.title.en,
        Language::Ja => &profile.title.ja,
    };
    format!("{title} ({})", profile.name)
}

fn judgement(report: &CertificateReport, detail: Detail, c: &Catalogue) -> Judgement {
    let verdict = &report.verdict;
    let Told { attention, unasked, count, tree } = Told::of(verdict, detail, c);
    let word = view::word(report.indication(), report.sub_indication(), c);
    let meaning = c.word("certificate-meaning", word.key).to_owned();
    Judgement {
        word,
        meaning,
        signature: None,
        questions: Vec::new(),
        attention,
        unasked,
        count,
        tree,
    }
}

impl Page<'_> {
    fn certificate(&mut self, report: &CertificateReport, call: &Call, path: PathShown) {
        let judgement = judgement(report, self.style.detail, self.c);
        let verdict = self.verdict(&judgement.word);
        self.line(0, &format!("{verdict}: {}", escaped(&report.path)));
        self.line(1, &judgement.meaning);
        if report.is_test {
            let mark = self.paint(self.c.label("test-certificate"), "failed");
            self.line(1, &mark);
        }
        self.gap();
        if let Some(certificate) = &report.certificate {
            self.subject(certificate, report);
        }
        let at = self.c.time(call.at);
        self.said(1, "validated-at", &at);
        if call.offline {
            self.line(1, self.c.label("offline"));
        }
        if call.revocation == Revocation::NotAsked {
            self.line(1, self.c.label("revocation-not-asked"));
        }
        if path == PathShown::Tree {
            self.path(&report.chain);
        }
        self.said(1, "checks", &judgement.count);
        self.findings(&judgement);
    }

    fn subject(&mut self, certificate: &Certificate, report: &CertificateReport) {
        self.said(1, "subject", &certificate.subject().to_string());
        self.said(1, "issuer", &certificate.issuer().to_string());
        self.line(1, &format!("SHA-256: {}", certificate.fingerprint()));
        match &report.profile {
            Some(profile) => {
                let name = profile_name(profile, self.c);
                self.said(1, "profile", &name);
            }
            None => self.said(1, "profile", self.c.label("no-profile")),
        }
        if !report.marks.is_empty() {
            let marks: Vec<String> = report.marks.iter().map(|mark| self.c.say(mark)).collect();
            self.said(2, "recognised-by", &marks.join(", "));
        }
    }

    /// The anchor first, each certificate below its issuer.
    fn path(&mut self, chain: &[Certificate]) {
        if chain.is_empty() {
            self.said(1, "path", self.c.label("no-path"));
            return;
        }
        self.line(1, &format!("{}:", self.c.label("path")));
        for (depth, certificate) in chain.iter().rev().enumerate() {
            let branch =
                if depth == 0 { String::new() } else { "   ".repeat(depth - 1) + "└─ " };
            self.line(2, &format!("{branch}{}", certificate.subject()));
        }
    }

    fn after_certificates(&mut self, tally: &Tally, call: &Call) {
        if !tally.passed_over.is_empty() {
            let count = tally.passed_over.len().to_string();
            self.gap();
            self.line(0, &self.c.label_with("passed-over", &[("count", &count)]));
        }
        if call.anchors == 0 {
            self.gap();
            self.line(0, self.c.label("no-anchors-certificates"));
        }
        if tally.rows.len() > 1 {
            self.gap();
            self.table(tally);
        }
    }

    /// One line for each certificate, so that a directory can be taken in at a glance.
    fn table(&mut self, tally: &Tally) {
        let worst = view::word(tally.indication(), None, self.c);
        let count = tally.rows.len().to_string();
        let label = self.c.label_with("of-certificates", &[("count", &count)]);
        let verdict = self.paint(&worst.word, worst.key);
        self.line(0, &format!("{}: {verdict} ({label})", self.c.label("summary")));
        for row in &tally.rows {
            let word = view::word(row.indication, row.sub_indication, self.c);
            let verdict = self.verdict(&word);
            let profile = row.profile.as_deref().unwrap_or("-");
            self.line(1, &format!("{verdict}  {profile}  {}", escaped(&row.path)));
        }
    }
}
