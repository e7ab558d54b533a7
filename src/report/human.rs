//! The report for a terminal or a text file. The verdict comes first, in a word; colour only repeats it.

use super::catalogue::Catalogue;
pub use super::view::Detail;

use super::view::{self, FileView, FindingView, Judgement, SignatureView, VerdictView, Word};
use crate::rule::Indication;
use crate::task::verify::VerifyReport;

/// How the text looks and how much it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Colours.
    pub colour: Colour,
    /// Detail.
    pub detail: Detail,
}

/// Whether colours are used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// Text alone.
    Plain,
    /// Colours of ANSI terminals.
    Ansi,
}

/// Renders a report.
pub fn verify(report: &VerifyReport, catalogue: &Catalogue, style: Style) -> String {
    let mut page = Page::new(catalogue, style);
    for (index, file) in view::files(report, style.detail, catalogue).iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.file(file, report);
    }
    page.after_files(report.indication(), report.files.len(), report);
    page.text
}

/// Text that grows by lines.
pub(super) struct Page<'a> {
    pub(super) text: String,
    pub(super) style: Style,
    pub(super) c: &'a Catalogue,
}

impl<'a> Page<'a> {
    pub(super) const fn new(c: &'a Catalogue, style: Style) -> Self {
        Self { text: String::new(), style, c }
    }

    /// What is said once all files were told of.
    pub(super) fn after_files(&mut self, worst: Indication, count: usize, whole: &VerifyReport) {
        if whole.anchors == 0 {
            self.gap();
            self.line(0, self.c.label("no-anchors"));
        }
        if count > 1 {
            let worst = view::word(worst, None, self.c);
            let files = self.c.label_with("of-files", &[("count", &count.to_string())]);
            self.gap();
            let verdict = self.paint(&worst.word, worst.key);
            self.line(0, &format!("{}: {verdict} ({files})", self.c.label("summary")));
        }
    }

    pub(super) fn line(&mut self, depth: usize, text: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(text);
        self.text.push('\n');
    }

    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    pub(super) fn pair(&mut self, depth: usize, label: &str, text: &str) {
        self.line(depth, &format!("{label}: {text}"));
    }

    pub(super) fn said(&mut self, depth: usize, label: &str, text: &str) {
        let label = self.c.label(label);
        self.pair(depth, label, text);
    }

    /// The word, coloured by what it means, if colours are wanted at all.
    pub(super) fn paint(&self, word: &str, meaning: &str) -> String {
        let code = match (self.style.colour, meaning) {
            (Colour::Plain, _) => return word.to_owned(),
            (Colour::Ansi, "passed" | "met") => "1;32",
            (Colour::Ansi, "failed" | "violated") => "1;31",
            (Colour::Ansi, "indeterminate" | "unanswered") => "1;33",
            (Colour::Ansi, _) => "2",
        };
        format!("\u{1b}[{code}m{word}\u{1b}[0m")
    }

    pub(super) fn verdict(&self, word: &Word) -> String {
        let painted = self.paint(&word.word, word.key);
        word.code.map_or_else(|| painted.clone(), |code| format!("{painted} [{code}]"))
    }

    pub(super) fn file(&mut self, file: &FileView, report: &VerifyReport) {
        let verdict = self.verdict(&file.word);
        self.line(0, &format!("{verdict}: {}", file.path));
        let count = file.judgements.len();
        for (index, judgement) in (1..).zip(&file.judgements) {
            if count > 1 {
                let verdict = self.verdict(&judgement.word);
                let label = self.c.label("signature-id");
                self.gap();
                self.line(1, &format!("{label} {index}/{count}: {verdict}"));
            }
            self.judgement(judgement, report);
        }
    }

    fn judgement(&mut self, judgement: &Judgement, report: &VerifyReport) {
        self.line(1, &judgement.meaning);
        if let Some(reason) = &judgement.word.reason {
            self.line(1, reason);
        }
        self.gap();
        if let Some(signature) = &judgement.signature {
            self.signature(signature);
        }
        let at = self.c.time(report.at);
        self.said(1, "validated-at", &at);
        let policy = super::catalogue::escaped(&report.policy);
        self.said(1, "policy", &policy);
        if report.offline {
            self.line(1, self.c.label("offline"));
        }
        self.said(1, "checks", &judgement.count);
        self.findings(judgement);
    }

    fn signature(&mut self, s: &SignatureView) {
        self.said(1, "signature-id", &format!("{} ({})", s.id, s.format));
        match &s.signer {
            Some(signer) => {
                self.pair(1, &s.signer_label, &signer.subject);
                self.said(2, "issuer", &signer.issuer);
                self.said(2, "validity", &signer.validity);
                self.said(2, "certificate", &signer.sha256);
            }
            None => self.pair(1, &s.signer_label, self.c.label("signer-unknown")),
        }
        if !s.roles.is_empty() {
            self.pair(1, &s.roles_label, &s.roles.join(", "));
        }
        if let Some(parent) = &s.countersigns {
            self.said(1, "countersigns", parent);
        }
        for (label, claim) in &s.claims {
            self.pair(1, label, claim);
        }
        self.said(1, "level", &s.level);
        self.said(1, "signed-at", &s.proven);
        self.line(2, &s.claimed);
        if s.covers.is_empty() {
            self.said(1, "covers", self.c.label("covers-nothing"));
        }
        for name in &s.covers {
            self.said(1, "covers", name);
        }
        if s.timestamps.is_empty() {
            self.said(1, "timestamps", self.c.label("no-timestamps"));
        }
        for stamp in &s.timestamps {
            let verdict = self.verdict(&stamp.word);
            self.said(1, "timestamps", &format!("{}, {}: {verdict}", stamp.kind, stamp.time));
        }
    }

    pub(super) fn findings(&mut self, judgement: &Judgement) {
        self.gap();
        if judgement.attention.is_empty() {
            self.said(1, "attention", self.c.label("attention-none"));
        } else {
            self.line(1, &format!("{}:", self.c.label("attention")));
            for (index, finding) in judgement.attention.iter().enumerate() {
                if index > 0 {
                    self.gap();
                }
                self.finding(2, finding, Some(&finding.about));
            }
        }
        match self.style.detail {
            Detail::Summary => self.unasked(judgement),
            Detail::Full => {
                self.gap();
                self.line(1, &format!("{}:", self.c.label("all-findings")));
                judgement.tree.iter().for_each(|tree| self.tree(2, tree));
            }
        }
    }

    fn unasked(&mut self, judgement: &Judgement) {
        if judgement.unasked.is_empty() {
            return;
        }
        self.gap();
        self.line(1, &format!("{}:", self.c.label("not-asked")));
        for finding in &judgement.unasked {
            self.line(2, &format!("{}: {}", finding.title, finding.observed));
            self.rule(3, finding);
        }
    }

    pub(super) fn tree(&mut self, depth: usize, verdict: &VerdictView) {
        let painted = self.verdict(&verdict.word);
        self.line(depth, &format!("{}: {painted}", verdict.about));
        for finding in &verdict.findings {
            self.finding(depth + 1, finding, None);
        }
        for inner in &verdict.because {
            self.tree(depth + 1, inner);
        }
    }

    /// A finding; what it is about only where it does not stand below it already.
    pub(super) fn finding(&mut self, depth: usize, f: &FindingView, about: Option<&str>) {
        let outcome = self.paint(&f.outcome, f.key);
        self.line(depth, &format!("{outcome}: {}", f.title));
        if let Some(about) = about {
            self.line(depth + 1, about);
        }
        self.rule(depth + 1, f);
        self.said(depth + 1, "expected", &f.expected);
        self.said(depth + 1, "observed", &f.observed);
        if let Some(wanted) = &f.wanted {
            self.said(depth + 1, "wanted", wanted);
        }
        if let Some(hint) = &f.hint {
            self.said(depth + 1, "hint", hint);
        }
    }

    fn rule(&mut self, depth: usize, f: &FindingView) {
        let mark = match f.confirmed {
            true => String::new(),
            false => format!(" ({})", self.c.label("unconfirmed")),
        };
        let text = format!("{} [{}] {}{mark}", f.rule, f.level, f.source);
        self.said(depth, "rule", &text);
    }
}
