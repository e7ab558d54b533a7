//! A finding as it is always written, but for its figures: what differs between two findings of one
//! requirement that came to the same is the name of the thing, and what fills the gaps of its sentences.

use super::{Said, finding_said};
use crate::report::catalogue::{Catalogue, Piece, escaped};
use crate::rule::finding::{Finding, Kind};
use crate::rule::{Outcome, Phrase, Rule, SubIndication};
use std::hash::Hasher;
use std::sync::Arc;

/// Stand in a finding for what differs; in no text, being no characters (Unicode §23.7).
const NAME: &str = "\u{fdd0}";
const EXPECTED: &str = "\u{fdd1}";
const OBSERVED: &str = "\u{fdd2}";

/// What findings have in common that are written with one template: each by where it stands in memory, which
/// for a text of the program never changes. Who keeps a shape keeps the rule as well.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Shape {
    rule: usize,
    kind: Kind,
    expected: Place,
    outcome: Place,
    observed: Option<Place>,
    consequence: Option<SubIndication>,
}

/// Where a text begins, and how long it is.
type Place = (usize, usize);

fn place(text: &'static str) -> Place {
    (text.as_ptr().addr(), text.len())
}

impl Shape {
    /// The shape of a finding; nothing if it tells of what is wanted, which is written out each time.
    pub(super) fn of(finding: &Finding) -> Option<Self> {
        let observed = match &finding.outcome {
            Outcome::Unanswered { .. } => return None,
            Outcome::NotInForce => None,
            Outcome::Met(_) | Outcome::Violated(_) | Outcome::NotApplicable(_) => {
                Some(place(observed(finding)?.key()))
            }
        };
        Some(Self {
            rule: Arc::as_ptr(&finding.rule).addr(),
            kind: finding.about.kind,
            expected: place(finding.expected.key()),
            outcome: place(finding.outcome.name()),
            observed,
            consequence: finding.consequence,
        })
    }
}

const fn observed(finding: &Finding) -> Option<&Phrase> {
    match &finding.outcome {
        Outcome::Met(seen) | Outcome::Violated(seen) | Outcome::NotApplicable(seen) => Some(seen),
        Outcome::NotInForce | Outcome::Unanswered { .. } => None,
    }
}

/// Hashes shapes: places in memory, which nobody outside chooses.
#[derive(Default, Debug)]
pub(super) struct ByPlace(u64);

impl Hasher for ByPlace {
    fn finish(&self) -> u64 {
        self.0.rotate_left(32)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        // Fibonacci hashing, turned so that all digits come to have a part in all.
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(u64::try_from(number).unwrap_or_default());
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.unsigned_abs().try_into().unwrap_or_default());
    }
}

/// The JSON of all findings of one shape.
#[derive(Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
    /// Held, so that no other rule comes to stand in its place.
    _rule: Arc<Rule>,
}

#[derive(Debug)]
enum Part {
    /// JSON as it stands.
    Fixed(String),
    /// The name of the thing.
    Name,
    /// What fills a gap in what is expected.
    Expected(Gap),
    /// What fills a gap in what was observed.
    Observed(Gap),
}

#[derive(Debug)]
struct Gap {
    name: String,
    kind: Option<String>,
    /// Whether what fills it stands there as it is.
    is_literal: bool,
    /// What stands there if nothing fills it.
    whole: String,
}

impl Template {
    /// The template of a finding's shape.
    pub(super) fn of(finding: &Finding, c: &Catalogue) -> Result<Self, serde_json::Error> {
        let mut said = finding_said(finding, c);
        NAME.clone_into(&mut said.about.name);
        EXPECTED.clone_into(&mut said.expected);
        if observed(finding).is_some() {
            OBSERVED.clone_into(&mut said.observed);
        }
        let mut template = Self { parts: Vec::new(), _rule: finding.rule.clone() };
        template.lay_out(&said, finding, c)?;
        Ok(template)
    }

    fn lay_out(
        &mut self,
        said: &Said,
        finding: &Finding,
        c: &Catalogue,
    ) -> Result<(), serde_json::Error> {
        let json = serde_json::to_string(said)?;
        let mut rest = json.as_str();
        while let Some(at) = rest.find([NAME, EXPECTED, OBSERVED].map(first)) {
            let (before, from) = rest.split_at(at);
            self.fixed(before);
            let mark = from.chars().next().unwrap_or_default();
            if mark == first(NAME) {
                self.parts.push(Part::Name);
            } else if mark == first(EXPECTED) {
                self.phrase(&finding.expected, c, Part::Expected)?;
            } else if let Some(seen) = observed(finding) {
                self.phrase(seen, c, Part::Observed)?;
            }
            rest = from.get(mark.len_utf8()..).unwrap_or_default();
        }
        self.fixed(rest);
        Ok(())
    }

    fn phrase(
        &mut self,
        phrase: &Phrase,
        c: &Catalogue,
        part: fn(Gap) -> Part,
    ) -> Result<(), serde_json::Error> {
        for piece in c.pieces(phrase) {
            match piece {
                Piece::Text(text) => self.fixed(&within_string(text)?),
                Piece::Gap { name, kind, whole } => self.parts.push(part(Gap {
                    name: name.to_owned(),
                    kind: kind.map(str::to_owned),
                    is_literal: Catalogue::is_literal_utc(kind),
                    whole: whole.to_owned(),
                })),
            }
        }
        Ok(())
    }

    fn fixed(&mut self, json: &str) {
        match self.parts.last_mut() {
            Some(Part::Fixed(before)) => before.push_str(json),
            Some(_) | None => self.parts.push(Part::Fixed(json.to_owned())),
        }
    }

    /// Writes a finding of the shape, on a thing whose name stands so in JSON.
    pub(super) fn fill(
        &self,
        finding: &Finding,
        name: &str,
        c: &Catalogue,
        text: &mut String,
    ) -> Result<(), serde_json::Error> {
        for part in &self.parts {
            match part {
                Part::Fixed(json) => text.push_str(json),
                Part::Name => text.push_str(name),
                Part::Expected(gap) => gap.fill(&finding.expected, c, text)?,
                Part::Observed(gap) => {
                    if let Some(seen) = observed(finding) {
                        gap.fill(seen, c, text)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Gap {
    fn fill(
        &self,
        phrase: &Phrase,
        c: &Catalogue,
        text: &mut String,
    ) -> Result<(), serde_json::Error> {
        let value = phrase.arguments().iter().find(|(name, _)| *name == self.name);
        match value {
            Some((_, value)) if self.is_literal && is_plain(value) => text.push_str(value),
            Some((_, value)) => {
                let value = escaped(&c.rendered_utc(value, self.kind.as_deref()));
                text.push_str(&within_string(&value)?);
            }
            None => text.push_str(&within_string(&self.whole)?),
        }
        Ok(())
    }
}

fn first(mark: &str) -> char {
    mark.chars().next().unwrap_or_default()
}

/// A name as it stands between quotation marks; nothing if it stands there as it is.
pub(super) fn spelled(name: &str) -> Result<Option<String>, serde_json::Error> {
    if is_plain(name) { Ok(None) } else { within_string(name).map(Some) }
}

/// Whether the text stands in JSON, and before people, as it is.
fn is_plain(text: &str) -> bool {
    // Without a way out in the middle the compiler looks at many at once.
    let plain = |b: u8| matches!(b, b' '..=b'~') & (b != b'"') & (b != b'\\');
    text.bytes().fold(true, |all, b| all & plain(b))
}

/// The text as it stands between the quotation marks of JSON.
fn within_string(text: &str) -> Result<String, serde_json::Error> {
    let quoted = serde_json::to_string(text)?;
    Ok(quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Language;
    use crate::rule::Locator;
    use crate::rule::fixed::ENDS_AT_ANCHOR;

    /// Plain, escaped by JSON, hidden from people, and looked up in tables.
    const VALUES: [&str; 7] =
        ["CN=a", "\"\\", "\u{202e}\n\u{7}", "田中 花子", "2026-11-28T00:00:00Z", "critical", ""];

    fn phrase(key: &str, c: &Catalogue, value: &str, gaps: usize) -> Phrase {
        let key: &'static str = Box::leak(key.to_owned().into_boxed_str());
        let names: Vec<&'static str> = c
            .pieces(&Phrase::new(key))
            .filter_map(|piece| match piece {
                Piece::Gap { name, .. } => Some(&*Box::leak(name.to_owned().into_boxed_str())),
                Piece::Text(_) => None,
            })
            .collect();
        names.into_iter().take(gaps).fold(Phrase::new(key), |phrase, name| phrase.with(name, value))
    }

    #[test]
    fn a_finding_from_its_template_is_written_as_it_is_without_one() {
        let rule = Arc::new(ENDS_AT_ANCHOR.rule());
        for c in [Language::En, Language::Ja].map(Catalogue::load) {
            let keys = c.tables().get("phrase").unwrap().keys();
            for (key, outcome) in keys.flat_map(|key| (0..4).map(move |outcome| (key, outcome))) {
                let finding = |value: &str, gaps| {
                    let said = phrase(key, c, value, gaps);
                    let outcome = match outcome {
                        0 => Outcome::Met(said.clone()),
                        1 => Outcome::Violated(said.clone()),
                        2 => Outcome::NotApplicable(said.clone()),
                        _ => Outcome::NotInForce,
                    };
                    let about = Locator::new(Kind::Certificate, value);
                    Finding {
                        rule: rule.clone(),
                        about,
                        expected: said,
                        outcome,
                        consequence: None,
                    }
                };
                let template = Template::of(&finding("first", 9), c).unwrap();
                for (value, gaps) in VALUES.into_iter().flat_map(|value| [(value, 9), (value, 1)]) {
                    let finding = finding(value, gaps);
                    let name =
                        spelled(&finding.about.name).unwrap().unwrap_or_else(|| value.to_owned());
                    let mut text = String::new();
                    template.fill(&finding, &name, c, &mut text).unwrap();
                    assert_eq!(text, serde_json::to_string(&finding_said(&finding, c)).unwrap());
                }
            }
        }
    }
}
