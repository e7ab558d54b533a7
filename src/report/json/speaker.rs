//! Says findings, each once however many files it is about.
//!
//! In a batch nearly everything is said again for each file: what a path came to is the same for every
//! file of its signer, and of the findings on a signature most differ in nothing but its name. What was
//! written out is kept and written again.

use super::finding_said;
use crate::report::ReportError;
use crate::report::catalogue::Catalogue;
use crate::rule::finding::Kind;
use crate::rule::{Finding, Verdict};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// Things kept as they were said, some hundred octets each: a batch has some signers and authorities, and
/// a profile some dozens of requirements.
const MAX_KEPT: usize = 1 << 12;

/// Writes findings as a list of JSON objects, one to a line.
#[derive(Debug)]
pub(in crate::report) struct Speaker<'a> {
    pub(super) c: &'a Catalogue,
    /// What paths came to, by where the verdict stands in memory. It is kept with it, so that no other
    /// verdict can take its place.
    paths: HashMap<usize, (Verdict, Vec<Arc<str>>)>,
    lines: HashMap<u64, Vec<(Finding, Line)>>,
    heard: HashSet<u64>,
}

/// A finding written out, but for the name of what it is about.
#[derive(Debug)]
struct Line {
    before: Box<str>,
    after: Box<str>,
}

impl<'a> Speaker<'a> {
    pub(in crate::report) fn new(c: &'a Catalogue) -> Self {
        Self { c, paths: HashMap::new(), lines: HashMap::new(), heard: HashSet::new() }
    }

    /// Appends all findings of a verdict and of what it rests on; `about` tells them apart.
    pub(super) fn say(&mut self, verdict: &Verdict, list: &mut List) -> Result<(), ReportError> {
        for finding in verdict.findings() {
            list.begin();
            self.finding(finding, &mut list.text)?;
        }
        for inner in verdict.because() {
            if inner.about().kind == Kind::Path {
                self.path(inner, list)?;
            } else {
                self.say(inner, list)?;
            }
        }
        Ok(())
    }

    fn path(&mut self, verdict: &Verdict, list: &mut List) -> Result<(), ReportError> {
        if !self.paths.contains_key(&verdict.place()) {
            let mut all = Vec::new();
            for finding in verdict.all_findings() {
                let mut text = String::new();
                self.finding(finding, &mut text)?;
                all.push(Arc::from(text));
            }
            if self.paths.len() >= MAX_KEPT {
                self.paths.clear();
            }
            self.paths.insert(verdict.place(), (verdict.clone(), all));
        }
        for said in self.paths.get(&verdict.place()).into_iter().flat_map(|(_, all)| all) {
            list.begin();
            list.text.push_str(said);
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding, text: &mut String) -> Result<(), ReportError> {
        let name = serde_json::to_string(&*finding.about.name)?;
        let hash = hash(finding);
        let alike = self.lines.get(&hash).into_iter().flatten();
        if let Some((_, line)) = alike.into_iter().find(|(known, _)| is_alike(known, finding)) {
            text.extend([&*line.before, &name, &*line.after]);
            return Ok(());
        }
        let said = serde_json::to_string(&finding_said(finding, self.c))?;
        text.push_str(&said);
        // What was heard twice will be heard again; a hash of a content will not.
        if !self.heard.insert(hash)
            && let Some(line) = Line::of(&said, &name)
        {
            if self.lines.len() >= MAX_KEPT {
                self.lines.clear();
            }
            self.lines.entry(hash).or_default().push((finding.clone(), line));
        }
        if self.heard.len() >= MAX_KEPT {
            self.heard.clear();
        }
        Ok(())
    }
}

impl Line {
    /// The text on both sides of the name. Within a string a quotation mark stands escaped, so that no
    /// text can pass for the field.
    fn of(said: &str, name: &str) -> Option<Self> {
        let about = said.find("\"about\":{\"kind\":\"")?;
        let field = ",\"name\":";
        let at = about + said.get(about..)?.find(field)? + field.len();
        let after = said.get(at..)?.strip_prefix(name)?;
        Some(Self { before: said.get(..at)?.into(), after: after.into() })
    }
}

fn hash(finding: &Finding) -> u64 {
    let mut hasher = DefaultHasher::new();
    Arc::as_ptr(&finding.rule).addr().hash(&mut hasher);
    (finding.about.kind, &finding.expected, &finding.outcome).hash(&mut hasher);
    finding.consequence.hash(&mut hasher);
    hasher.finish()
}

/// Whether two findings say the same of two things of one kind.
fn is_alike(one: &Finding, other: &Finding) -> bool {
    Arc::ptr_eq(&one.rule, &other.rule)
        && one.about.kind == other.about.kind
        && one.expected == other.expected
        && one.outcome == other.outcome
        && one.consequence == other.consequence
}

/// A JSON array whose elements stand on lines of their own.
#[derive(Debug)]
pub(super) struct List {
    text: String,
    depth: usize,
    is_empty: bool,
}

impl List {
    /// Begins one after what there is; its elements stand so deep.
    pub(super) fn after(mut text: String, depth: usize) -> Self {
        text.push('[');
        Self { text, depth, is_empty: true }
    }

    /// Begins an element.
    pub(super) fn begin(&mut self) {
        self.text.push_str(if self.is_empty { "\n" } else { ",\n" });
        self.text.extend(std::iter::repeat_n("  ", self.depth));
        self.is_empty = false;
    }

    /// Goes on with the text.
    pub(super) const fn text(&mut self) -> &mut String {
        &mut self.text
    }

    /// Ends it.
    pub(super) fn end(mut self) -> String {
        if !self.is_empty {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n("  ", self.depth.saturating_sub(1)));
        }
        self.text.push(']');
        self.text
    }
}
