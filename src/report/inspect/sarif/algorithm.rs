//! How long the algorithms of a certificate hold, as findings under the document that says so.

use super::{about, rule, violated};
use crate::policy::algorithms::Strength;
use crate::rule::{Finding, Level, Phrase, Rule};
use crate::task::inspect::{Endurance, Sheet};
use crate::time::Instant;

/// What is weak, or will be before the certificate ends.
pub(super) fn findings(sheet: &Sheet, at: Instant) -> impl Iterator<Item = Finding> {
    let key = sheet.certificate.public_key().kind().to_string();
    let (scheme, hash) = &sheet.signed_with;
    let weak = [weakness(&key, &sheet.key, sheet, at), weakness(scheme, hash, sheet, at)];
    weak.into_iter().flatten().chain(ends_early(&key, sheet))
}

fn weakness(name: &str, endurance: &Endurance, sheet: &Sheet, at: Instant) -> Option<Finding> {
    let say = |text: &'static str| Phrase::new(text).with("algorithms", name);
    let (seen, level) = match &endurance.strength {
        Strength::Until(_) => return None,
        Strength::Ended(end) => (say("strength.ended").with("end", end), Level::Warn),
        Strength::Never => (say("strength.never"), Level::Warn),
        Strength::Unknown => (say("strength.unknown"), Level::Inform),
    };
    let expected = Phrase::new("expect.strong").with("at", at);
    let rule = by_table("algorithm-strength", endurance, level);
    Some(violated(rule, about(sheet), expected, seen))
}

/// Good today, and not until the end: there is time to plan.
fn ends_early(name: &str, sheet: &Sheet) -> Option<Finding> {
    let last = sheet.certificate.not_after();
    let Strength::Until(end) = &sheet.key.strength else { return None };
    let expected = Phrase::new("expect.strong-until-end").with("end", last);
    let seen = Phrase::new("strength.ends").with("algorithms", name).with("end", end);
    let rule = by_table("strong-until-end", &sheet.key, Level::Inform);
    (*end <= last).then(|| violated(rule, about(sheet), expected, seen))
}

/// Each row of the table of algorithms has a document of its own, so it is a rule of its own.
fn by_table(check: &'static str, endurance: &Endurance, level: Level) -> Rule {
    let Some(row) = &endurance.row else {
        let plain = rule(check, ("inkan", "algorithms"), level);
        return Rule { id: format!("{}.unknown", plain.id), ..plain };
    };
    let source = row.source.split_once(": ").unwrap_or((&row.source, &row.algorithm));
    let plain = rule(check, source, level);
    let algorithm = row.algorithm.to_lowercase();
    let id = match row.min_bits {
        0 => format!("{}.{algorithm}", plain.id),
        bits => format!("{}.{algorithm}-{bits}", plain.id),
    };
    Rule { id, confirmed: row.confirmed, ..plain }
}
