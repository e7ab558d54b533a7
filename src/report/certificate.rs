//! Certificates with their verdicts, for people.

pub mod json;

use super::catalogue::{Catalogue, Language, escaped};
use super::human::{Page, Style};
use super::view::{self, Judgement};
use crate::der::certificate::Certificate;
use crate::rule::Outcome;
use crate::task::certify::{Applied, CertificateReport, CertifyReport, Revocation};

/// Whether the path is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PathShown {
    /// As a tree.
    Tree,
    /// Not at all.
    No,
}

/// Renders a report.
pub fn render(
    report: &CertifyReport,
    catalogue: &Catalogue,
    style: Style,
    path: PathShown,
) -> String {
    let mut page = Page::new(catalogue, style);
    for (index, certificate) in report.certificates.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.certificate(certificate, report, path);
    }
    page.after_certificates(report);
    page.text
}

/// The name of a profile in the language of the catalogue.
fn profile_name(profile: &Applied, c: &Catalogue) -> String {
    let title = match c.language() {
        Language::En => &profile.title.en,
        Language::Ja => &profile.title.ja,
    };
    format!("{title} ({})", profile.name)
}

fn judgement(report: &CertificateReport, c: &Catalogue) -> Judgement {
    let verdict = &report.verdict;
    let told = view::once(verdict).into_iter();
    let (open, closed): (Vec<_>, Vec<_>) = told.partition(|finding| view::is_open(finding));
    let unasked = closed.into_iter().filter(|f| !matches!(f.outcome, Outcome::Met(_)));
    let word = view::word(report.indication(), report.sub_indication(), c);
    let meaning = c.word("certificate-meaning", word.key).to_owned();
    Judgement {
        word,
        meaning,
        signature: None,
        questions: Vec::new(),
        attention: open.into_iter().map(|f| view::finding(f, c)).collect(),
        unasked: unasked.map(|f| view::finding(f, c)).collect(),
        count: view::count(verdict, c),
        tree: view::tree(verdict, c),
    }
}

impl Page<'_> {
    fn certificate(&mut self, report: &CertificateReport, whole: &CertifyReport, path: PathShown) {
        let judgement = judgement(report, self.c);
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
        let at = self.c.time(whole.at);
        self.said(1, "validated-at", &at);
        if whole.offline {
            self.line(1, self.c.label("offline"));
        }
        if whole.revocation == Revocation::NotAsked {
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

    fn after_certificates(&mut self, report: &CertifyReport) {
        if !report.passed_over.is_empty() {
            let count = report.passed_over.len().to_string();
            self.gap();
            self.line(0, &self.c.label_with("passed-over", &[("count", &count)]));
        }
        if report.anchors == 0 {
            self.gap();
            self.line(0, self.c.label("no-anchors-certificates"));
        }
        if report.certificates.len() > 1 {
            self.gap();
            self.table(report);
        }
    }

    /// One line for each certificate, so that a directory can be taken in at a glance.
    fn table(&mut self, report: &CertifyReport) {
        let worst = view::word(report.indication(), None, self.c);
        let count = report.certificates.len().to_string();
        let label = self.c.label_with("of-certificates", &[("count", &count)]);
        let verdict = self.paint(&worst.word, worst.key);
        self.line(0, &format!("{}: {verdict} ({label})", self.c.label("summary")));
        for certificate in &report.certificates {
            let word = view::word(certificate.indication(), certificate.sub_indication(), self.c);
            let verdict = self.verdict(&word);
            let profile = certificate.profile.as_ref();
            let profile = profile.map_or("-", |profile| profile.name.as_str());
            self.line(1, &format!("{verdict}  {profile}  {}", escaped(&certificate.path)));
        }
    }
}
