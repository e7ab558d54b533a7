//! Certificates read out loud, for people.

pub mod json;
pub mod sarif;
mod store;

use super::catalogue::{Catalogue, Language, escaped};
use super::human::{Page, Style};
use super::role::Role;
use crate::digest::hex;
use crate::oid::{self, Oid};
use crate::policy::algorithms::Strength;
use crate::policy::known::{self, KnownPolicy};
use crate::policy::trust::Recognition;
use crate::task::inspect::{
    Decoded, Endurance, Fact, FactKind, InspectedFile, Inspection, Sheet, State,
};
use std::sync::OnceLock;

/// Whether the personal data in a certificate are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Personal {
    /// Kept back; that they are there is said.
    Hidden,
    /// Shown, because the user asked for it.
    Shown,
}

impl Personal {
    fn allows(self, kind: FactKind) -> bool {
        self == Self::Shown || !kind.is_personal()
    }
}

/// Renders a report.
pub fn render(
    inspection: &Inspection,
    catalogue: &Catalogue,
    style: Style,
    personal: Personal,
) -> String {
    let mut page = Page::new(catalogue, style);
    for (index, file) in inspection.files.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.inspected(file, personal);
    }
    if !inspection.passed_over.is_empty() {
        page.gap();
        let count = inspection.passed_over.len().to_string();
        page.line(0, &catalogue.label_with("passed-over", &[("count", &count)]));
    }
    page.text
}

/// The name of a policy in the language of the catalogue.
pub(super) fn policy_name<'a>(policy: &'a KnownPolicy, c: &Catalogue) -> &'a str {
    match c.language() {
        Language::En => &policy.en,
        Language::Ja => &policy.ja,
    }
}

impl Page<'_> {
    fn inspected(&mut self, file: &InspectedFile, personal: Personal) {
        self.line(0, &escaped(&file.path));
        if let Some(store) = &file.store {
            self.store(store, file);
        }
        for (index, sheet) in file.sheets.iter().enumerate() {
            if index > 0 {
                self.gap();
            }
            self.sheet(sheet, file, personal);
        }
        for error in &file.unreadable {
            self.said(1, "unreadable", &escaped(&error.to_string()));
        }
    }

    fn sheet(&mut self, sheet: &Sheet, file: &InspectedFile, personal: Personal) {
        let certificate = &sheet.certificate;
        self.said(1, "subject", &certificate.subject().to_string());
        self.said(1, "issuer", &certificate.issuer().to_string());
        if let Some(label) = file.store.as_ref().and_then(|store| store.label(certificate)) {
            self.label_of(1, label);
        }
        if sheet.is_test() {
            let mark = self.paint(self.c.label("test-certificate"), "failed");
            self.line(1, &mark);
        }
        self.roles(sheet);
        self.known(&sheet.known);
        self.said(1, "serial", &hex(certificate.serial()));
        self.validity(sheet);
        let key = self.endurance(certificate.public_key().kind().to_string(), &sheet.key);
        self.said(1, "key", &key);
        let signed = self.endurance(sheet.signed_with.0.clone(), &sheet.signed_with.1);
        self.said(1, "signature-algorithm", &signed);
        self.line(1, &format!("SHA-256: {}", certificate.fingerprint()));
        self.line(1, &format!("SHA-1:   {}", sheet.sha1));
        self.said(1, "key-sha256", &sheet.key_sha256.to_string());
        if sheet.extensions.is_empty() {
            self.said(1, "extensions", self.c.label("no-extensions"));
            return;
        }
        self.line(1, &format!("{}:", self.c.label("extensions")));
        for extension in &sheet.extensions {
            self.extension(extension, personal);
        }
    }

    fn roles(&mut self, sheet: &Sheet) {
        if !sheet.roles.is_empty() {
            let both = |role: Role| match role.known {
                true => format!("{} / {}", role.ja, role.shown(Catalogue::load(Language::En))),
                false => role.shown(self.c),
            };
            let shown: Vec<String> = sheet.roles.iter().map(Role::of).map(both).collect();
            self.said(1, "certified-roles", &shown.join(", "));
        }
    }

    fn known(&mut self, known: &Recognition) {
        match known {
            Recognition::Known(root) => self.said(1, "known-root", &root.name),
            Recognition::Impostor(root) => {
                let text = self.c.label_with("impostor", &[("name", &root.name)]);
                let text = self.paint(&text, "failed");
                self.line(1, &text);
            }
            Recognition::Unlisted => {}
        }
    }

    fn validity(&mut self, sheet: &Sheet) {
        let (from, to) = (sheet.certificate.not_before(), sheet.certificate.not_after());
        let range = [("from", &*self.c.time(from)), ("to", &*self.c.time(to))];
        let range = self.c.label_with("validity-range", &range);
        self.said(1, "validity", &range);
        let days = sheet.days.to_string();
        let gaps = [("days", days.as_str())];
        let (text, meaning) = match sheet.state {
            State::Valid => (self.c.label_with("days-left", &gaps), "passed"),
            State::Expired => (self.c.label_with("days-ago", &gaps), "failed"),
            State::NotYetValid => (self.c.label_with("days-until", &gaps), "indeterminate"),
        };
        let text = self.paint(&text, meaning);
        self.line(2, &text);
    }

    fn endurance(&self, name: String, endurance: &Endurance) -> String {
        let said = match &endurance.strength {
            Strength::Until(end) => {
                self.c.label_with("holds-until", &[("end", &self.c.time(*end))])
            }
            Strength::Ended(end) => {
                let text = self.c.label_with("held-until", &[("end", &self.c.time(*end))]);
                self.paint(&text, "failed")
            }
            Strength::Never => self.paint(self.c.label("never-holds"), "failed"),
            Strength::Unknown => self.c.label("strength-unknown").to_owned(),
        };
        match &endurance.row {
            Some(row) if row.confirmed => format!("{name}: {said} [{}]", row.source),
            Some(row) => {
                format!("{name}: {said} [{}] ({})", row.source, self.c.label("unconfirmed"))
            }
            None => format!("{name}: {said}"),
        }
    }

    fn extension(&mut self, extension: &Decoded, personal: Personal) {
        let name =
            oid::name(&extension.oid).map_or_else(|| extension.oid.to_string(), str::to_owned);
        let mark = self.c.word("mark", if extension.critical { "critical" } else { "-" });
        self.line(2, &format!("{name} ({mark})"));
        match &extension.facts {
            Ok(facts) => {
                for fact in facts {
                    let shown = self.shown(fact, personal);
                    let kind = self.c.word("fact", fact.kind.name());
                    self.pair(3, kind, &shown);
                }
            }
            Err(error) => self.said(3, "unreadable", &escaped(&error.to_string())),
        }
    }

    fn shown(&self, fact: &Fact, personal: Personal) -> String {
        if !personal.allows(fact.kind) {
            return self.c.label("kept-back").to_owned();
        }
        let value = escaped(&fact.value);
        match fact.kind {
            FactKind::Ca => self.c.word("yes-no", &fact.value).to_owned(),
            FactKind::Policy => self.policy(&value),
            _ => value,
        }
    }

    fn policy(&self, dotted: &str) -> String {
        let known = Oid::new(dotted).ok().and_then(|oid| known::find(known_policies(), oid));
        match known {
            Some(policy) if policy.confirmed => format!("{dotted} {}", policy_name(policy, self.c)),
            Some(policy) => {
                let note = self.c.label("policy-unconfirmed");
                format!("{dotted} {} ({note})", policy_name(policy, self.c))
            }
            None => dotted.to_owned(),
        }
    }
}

fn known_policies() -> &'static [KnownPolicy] {
    static TABLE: OnceLock<Vec<KnownPolicy>> = OnceLock::new();
    TABLE.get_or_init(|| known::policies().unwrap_or_default())
}
