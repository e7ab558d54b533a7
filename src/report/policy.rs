//! Profiles and rules, told to people.

use super::catalogue::{Catalogue, Language};
use super::human::{Colour, Detail, Page, Style};
use crate::policy::listing::{Demand, Listed};
use crate::policy::load::Judges;
use crate::rule::FixedRule;
use std::fmt::Write as _;

const PLAIN: Style = Style { colour: Colour::Plain, detail: Detail::Full };

/// One line for each profile.
pub fn list(profiles: &[Listed], c: &Catalogue) -> String {
    let width = profiles.iter().map(|profile| profile.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for profile in profiles {
        let is_on_request = profile.header.judges == Judges::Certificate
            && profile.header.extends.is_some()
            && !profile.is_recognised;
        let on_request = match is_on_request {
            true => format!(" ({})", c.label("on-request")),
            false => String::new(),
        };
        let title = title(profile, c);
        let _ = writeln!(text, "{:width$}  {title}{on_request}", profile.name);
    }
    text
}

fn title<'a>(profile: &'a Listed, c: &Catalogue) -> &'a str {
    match c.language() {
        Language::En => &profile.header.title.en,
        Language::Ja => &profile.header.title.ja,
    }
}

/// What a rule asks, who demands it, and what to do when it is not met.
pub fn explain(demand: &Demand, c: &Catalogue) -> String {
    let mut page = Page::new(c, PLAIN);
    page.line(0, &demand.id);
    page.line(1, &c.title(&demand.check));
    let mark = match demand.confirmed {
        true => String::new(),
        false => format!(" ({})", c.label("unconfirmed")),
    };
    page.said(1, "demanded-by", &format!("{}, {}{mark}", demand.document, demand.clause));
    if let Some(url) = &demand.url {
        page.line(2, url);
    }
    page.said(1, "weight", c.word("level", demand.level.name()));
    if !demand.parameters.is_empty() {
        page.said(1, "parameters", &demand.parameters);
    }
    page.said(1, "hint", &c.hint(&demand.check));
    page.text
}

/// What a rule asks that stands in no profile.
pub fn explain_fixed(rule: &FixedRule, c: &Catalogue) -> String {
    let mut page = Page::new(c, PLAIN);
    page.line(0, rule.id);
    page.line(1, &c.title(rule.check));
    page.said(1, "demanded-by", &format!("{}, {}", rule.document, rule.clause));
    if let Some(url) = rule.url {
        page.line(2, url);
    }
    page.line(1, c.label("no-profile-relaxes"));
    page.said(1, "hint", &c.hint(rule.check));
    page.text
}

/// All profiles with all their rules, as a document in Markdown.
pub fn document(profiles: &[Listed], c: &Catalogue) -> String {
    let mut text = String::new();
    for profile in profiles {
        let header = &profile.header;
        let _ =
            writeln!(text, "\n## {}\n\n{}. {}", profile.name, title(profile, c), header.document);
        if let Some(url) = &header.url {
            let _ = writeln!(text, "<{url}>");
        }
        if let Some(base) = &header.extends {
            let _ = writeln!(text, "\n{}", c.label_with("extends", &[("base", base)]));
        }
        if profile.demands.is_empty() {
            continue;
        }
        let (rule, question) = (c.label("rule"), c.label("question"));
        let (weight, source) = (c.label("weight"), c.label("demanded-by"));
        let _ =
            writeln!(text, "\n| {rule} | {question} | {weight} | {source} |\n|---|---|---|---|");
        for demand in &profile.demands {
            row(&mut text, demand, c);
        }
    }
    text
}

fn row(text: &mut String, demand: &Demand, c: &Catalogue) {
    let mark = if demand.confirmed { "" } else { " \\*" };
    let parameters = match demand.parameters.as_str() {
        "" => String::new(),
        given => format!("<br>`{given}`"),
    };
    let _ = writeln!(
        text,
        "| `{}` | {}{parameters} | {} | {}, {}{mark} |",
        demand.id,
        c.title(&demand.check),
        c.word("level", demand.level.name()),
        demand.document,
        demand.clause,
    );
}
