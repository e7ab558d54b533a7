//! Tokens, told to people: which there are, what lies on them, whether they are as their profiles say.

mod json;

pub use json::json;

use super::catalogue::{Catalogue, Language, escaped};
use super::human::{Detail, Page, Style};
use crate::check::token::{TokenFinding, TokenOutcome};
use crate::digest::hex;
use crate::key::token::{
    Inside, LibraryFacts, MechanismFacts, ObjectFacts, ObjectKind, Seen, SlotFacts, TokenFacts,
};
use crate::policy::token::TokenProfile;
use crate::rule::Indication;
use crate::task::token::{Asked, Checked, TokenReport};

/// Renders a report.
pub fn text(report: &TokenReport, catalogue: &Catalogue, style: Style) -> String {
    let mut page = Page::new(catalogue, style);
    for profile in &report.profiles {
        page.profile(profile);
    }
    if let Some(checked) = &report.checked {
        page.checked(checked, report, style.detail);
        return page.text;
    }
    for (index, library) in report.libraries.iter().enumerate() {
        if index > 0 || !report.profiles.is_empty() {
            page.gap();
        }
        page.library(library, report.asked);
    }
    page.text
}

/// What to do about a finding. Keys that nobody looked at are looked at first.
fn hint(finding: &TokenFinding, c: &Catalogue) -> String {
    match finding.outcome.seen().key() {
        "seen.token-not-logged-in" => c.label("token-hint-login").to_owned(),
        _ => c.hint(finding.check),
    }
}

impl Page<'_> {
    fn profile(&mut self, profile: &TokenProfile) {
        let name = match self.c.language() {
            Language::En => &profile.name.en,
            Language::Ja => &profile.name.ja,
        };
        let (confirmed, not) = profile.confidence();
        let gaps = [("confirmed", confirmed.to_string()), ("unconfirmed", not.to_string())];
        let gaps = gaps.each_ref().map(|(name, value)| (*name, value.as_str()));
        let rows = self.c.label_with("token-rows", &gaps);
        self.line(0, &format!("{:15} {name}: {rows}", profile.id));
    }

    fn library(&mut self, library: &LibraryFacts, asked: Asked) {
        self.line(0, &escaped(&library.path));
        if let Some(said) = &library.said {
            let text = format!("{} {} {}", said.manufacturer, said.description, said.version);
            self.line(1, &format!("{} (PKCS#11 {})", escaped(text.trim()), said.cryptoki));
        }
        if let Some((error, hint)) = &library.trouble {
            self.said(1, "token-trouble", &escaped(error));
            self.said(1, "hint", &escaped(hint));
        }
        if library.slots.is_empty() && library.trouble.is_none() {
            self.line(1, self.c.label("token-no-slots"));
        }
        for slot in &library.slots {
            self.slot(slot, asked);
        }
    }

    fn slot(&mut self, slot: &SlotFacts, asked: Asked) {
        let name = format!("{} {}", slot.number, escaped(&slot.description));
        self.said(1, "token-slot", name.trim());
        match &slot.token {
            None => self.line(2, self.c.label("token-none")),
            Some(token) => self.token(token, asked),
        }
    }

    fn token(&mut self, token: &TokenFacts, asked: Asked) {
        let blank = self.c.label("token-no-label").to_owned();
        let label = if token.label.is_empty() { blank } else { escaped(&token.label) };
        self.said(2, "token-label", &label);
        self.said(2, "serial", &escaped(&token.serial));
        let model = format!("{} ({})", token.model, token.manufacturer);
        self.said(2, "token-model", &escaped(&model));
        let mark = match token.recognised {
            true => String::new(),
            false => format!(" ({})", self.c.label("token-not-recognised")),
        };
        self.said(2, "token-profile", &format!("{}{mark}", token.profile));
        let meaning = if token.pin.name() == "set" { "met" } else { "violated" };
        let state = self.paint(self.c.word("pin-state", token.pin.name()), meaning);
        self.said(2, "token-pin", &state);
        if token.pad {
            self.line(3, self.c.label("token-pad"));
        }
        if !token.login_required {
            self.line(3, self.c.label("token-open"));
        }
        self.said(2, "token-uri", &token.uri);
        if asked == Asked::Info {
            self.details(token);
        }
        if let Some(inside) = &token.inside {
            self.inside(inside);
        }
    }

    fn details(&mut self, token: &TokenFacts) {
        let versions = format!("{}, {}", token.hardware_version, token.firmware_version);
        self.said(2, "token-versions", &versions);
        self.said(2, "token-flags", &token.flags.join(", "));
        let shown = |length: Option<u64>| length.map_or_else(|| "-".to_owned(), |l| l.to_string());
        let length = format!("{} – {}", shown(token.pin_min), shown(token.pin_max));
        self.said(2, "token-pin-length", &length);
    }

    fn inside(&mut self, inside: &Inside) {
        self.line(2, &format!("{}:", self.c.label("token-mechanisms")));
        for mechanism in &inside.mechanisms {
            let text = self.mechanism(mechanism);
            self.line(3, &text);
        }
        for object in &inside.objects {
            self.object(object);
        }
        if inside.login == Seen::Openly {
            self.line(2, self.c.label("token-not-logged-in"));
        }
    }

    fn mechanism(&self, mechanism: &MechanismFacts) -> String {
        let Some(does) = mechanism.does else {
            return format!("{}: {}", mechanism.name, self.c.label("token-untold"));
        };
        let all = [
            (does.sign, self.c.label("token-signs")),
            (does.verify, self.c.label("token-verifies")),
            (does.digest, self.c.label("token-hashes")),
            (does.generate_key_pair, self.c.label("token-makes-keys")),
        ];
        let words = all.into_iter().filter(|(does, _)| *does);
        let mut words: Vec<String> = words.map(|(_, word)| word.to_owned()).collect();
        if does.max > 0 {
            words.push(format!("{}–{}", does.min, does.max));
        }
        match words.is_empty() {
            true => mechanism.name.clone(),
            false => format!("{}: {}", mechanism.name, words.join(", ")),
        }
    }

    fn object(&mut self, object: &ObjectFacts) {
        let kind = self.c.word("token-object", object.kind.name());
        let label = object.label.as_deref().map_or_else(|| "-".to_owned(), escaped);
        let id = object.id.as_deref().map_or_else(String::new, |id| format!(" (id {})", hex(id)));
        self.line(2, &format!("{kind}: {label}{id}"));
        let depth = 3;
        if let ObjectKind::Certificate(certificate) = &object.kind {
            self.said(depth, "subject", &certificate.subject().to_string());
            let (from, to) = (certificate.not_before(), certificate.not_after());
            let range = [("from", &*self.c.time(from)), ("to", &*self.c.time(to))];
            let range = self.c.label_with("validity-range", &range);
            self.said(depth, "validity", &range);
            self.said(depth, "key", &certificate.public_key().kind().to_string());
        }
        if let Some((algorithm, bits)) = &object.algorithm {
            let bits = bits.map_or_else(String::new, |bits| format!(" {bits}"));
            self.said(depth, "key", &format!("{algorithm}{bits}"));
        }
        for (attribute, told) in &object.attributes {
            let told = self.c.word("told", told.name());
            self.pair(3, attribute, told);
        }
        self.said(depth, "token-uri", &object.uri);
    }

    fn checked(&mut self, checked: &Checked, report: &TokenReport, detail: Detail) {
        let tokens = report.libraries.iter().flat_map(|library| &library.slots);
        let token = tokens.filter_map(|slot| slot.token.as_ref()).next();
        let name = token.map_or("", |token| token.uri.as_str());
        let outcome = match checked.indication() {
            Indication::Passed => "met",
            Indication::Failed => "violated",
            Indication::Indeterminate => "unanswered",
        };
        let word = self.paint(self.c.word("outcome", outcome), outcome);
        self.line(0, &format!("{word}: {name}"));
        self.said(1, "token-profile", &checked.profile.id);
        for finding in &checked.findings {
            let open =
                !matches!(finding.outcome, TokenOutcome::Met(_) | TokenOutcome::NotApplicable(_));
            if open || detail == Detail::Full {
                self.gap();
                self.token_finding(finding, checked, open);
            }
        }
        let count = |kind: &str| {
            checked.findings.iter().filter(|f| f.outcome.name() == kind).count().to_string()
        };
        let counts = ["met", "violated", "unanswered", "not-applicable"]
            .map(|kind| format!("{} {}", self.c.word("outcome", kind), count(kind)));
        self.gap();
        self.line(1, &counts.join(", "));
    }

    fn token_finding(&mut self, finding: &TokenFinding, checked: &Checked, open: bool) {
        let outcome = finding.outcome.name();
        let word = self.paint(self.c.word("outcome", outcome), outcome);
        self.line(1, &format!("{word}: {}", self.c.title(finding.check)));
        if let Some(about) = &finding.about {
            self.line(2, &escaped(about));
        }
        let level = self.c.word("level", finding.level.name());
        let mark = match finding.source.confirmed {
            true => String::new(),
            false => format!(" ({})", self.c.label("unconfirmed")),
        };
        let id = finding.id(&checked.profile.id);
        self.said(2, "rule", &format!("{id} [{level}] {}{mark}", finding.source.document));
        if let Some(url) = &finding.source.url {
            self.line(3, url);
        }
        let (expected, observed) =
            (self.c.say(&finding.expected), self.c.say(finding.outcome.seen()));
        self.said(2, "expected", &expected);
        self.said(2, "observed", &observed);
        if open {
            self.said(2, "hint", &hint(finding, self.c));
        }
    }
}
