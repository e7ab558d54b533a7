//! Says findings, each once however many files it is about.
//!
//! In a batch nearly everything is said again for each file: what a path came to is the same for every
//! file of its signer, and the findings on signatures differ in names, hashes and times. What is the same is
//! written out once.

use super::finding_said;
use super::template::{ByPlace, Shape, Template, spelled};
use crate::report::ReportError;
use crate::report::catalogue::Catalogue;
use crate::rule::finding::Kind;
use crate::rule::{Finding, Verdict};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

/// Paths kept as they were said, some twenty kilobytes each: a batch has some signers and authorities.
const MAX_PATHS: usize = 1 << 7;

/// Places of verdicts remembered, in case one is heard again.
const MAX_HEARD: usize = 1 << 12;

/// Templates kept: a profile has some dozens of requirements, each with some ways to come out.
const MAX_TEMPLATES: usize = 1 << 12;

/// Writes findings as a list of JSON objects, one to a line.
#[derive(Debug)]
pub(in crate::report) struct Speaker<'a> {
    pub(super) c: &'a Catalogue,
    /// What paths came to, by where the verdict stands in memory and how in the list. The verdict is kept, so
    /// that no other can take its place.
    paths: HashMap<(usize, usize, bool), (Verdict, String)>,
    /// Where verdicts stood that were said once: another may stand there since, which costs its text.
    heard: HashSet<usize>,
    templates: HashMap<Shape, Template, BuildHasherDefault<ByPlace>>,
    /// The last name that was said, and how it stands in JSON where not as it is: findings on one thing come
    /// one after another.
    name: (Arc<str>, Option<String>),
    /// How long the longest text on a file was.
    pub(super) longest: usize,
}

impl<'a> Speaker<'a> {
    pub(in crate::report) fn new(c: &'a Catalogue) -> Self {
        Self {
            c,
            paths: HashMap::new(),
            heard: HashSet::new(),
            templates: HashMap::default(),
            name: ("".into(), None),
            longest: 0,
        }
    }

    /// The texts it speaks in.
    pub(in crate::report) const fn catalogue(&self) -> &'a Catalogue {
        self.c
    }

    /// Appends all findings of a verdict and of what it rests on; `about` tells them apart.
    pub(super) fn say(&mut self, verdict: &Verdict, list: &mut List) -> Result<(), ReportError> {
        if verdict.about().kind == Kind::Path {
            return self.path(verdict, list);
        }
        self.each(verdict, list)
    }

    fn each(&mut self, verdict: &Verdict, list: &mut List) -> Result<(), ReportError> {
        for finding in verdict.findings() {
            list.begin();
            self.finding(finding, &mut list.text)?;
        }
        verdict.because().iter().try_for_each(|inner| self.say(inner, list))
    }

    /// What a path came to. Of one that was heard before, and that others have too, it is kept: a batch has
    /// few signers. With a timestamp it is another for each file.
    fn path(&mut self, verdict: &Verdict, list: &mut List) -> Result<(), ReportError> {
        let place = (verdict.place(), list.depth, list.is_empty);
        if let Some((_, said)) = self.paths.get(&place) {
            list.text.push_str(said);
            list.is_empty = false;
            return Ok(());
        }
        let begin = list.text.len();
        self.each(verdict, list)?;
        if self.heard.len() >= MAX_HEARD {
            self.heard.clear();
        }
        if !self.heard.insert(place.0) && verdict.is_shared() {
            if self.paths.len() >= MAX_PATHS {
                self.paths.clear();
            }
            let said = list.text.get(begin..).unwrap_or_default().to_owned();
            self.paths.insert(place, (verdict.clone(), said));
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding, text: &mut String) -> Result<(), ReportError> {
        let Some(shape) = Shape::of(finding) else {
            text.push_str(&serde_json::to_string(&finding_said(finding, self.c))?);
            return Ok(());
        };
        if self.templates.len() >= MAX_TEMPLATES {
            self.templates.clear();
        }
        let template = match self.templates.entry(shape) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(Template::of(finding, self.c)?),
        };
        if !Arc::ptr_eq(&self.name.0, &finding.about.name) {
            self.name = (finding.about.name.clone(), spelled(&finding.about.name)?);
        }
        let (name, spelled) = &self.name;
        Ok(template.fill(finding, spelled.as_deref().unwrap_or(name), self.c, text)?)
    }
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
