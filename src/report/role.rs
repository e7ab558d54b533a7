//! Healthcare roles by their names in both languages.

use super::catalogue::{Catalogue, Language, escaped};
use crate::der::hcrole::HcActor;
use crate::oid;
use crate::policy::roles::{self, RoleName};
use serde::Serialize;
use std::sync::OnceLock;

/// A role of a certificate. A spelling that the table does not know is shown as it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Role {
    /// In English: the text of the certificate.
    pub en: String,
    /// In Japanese, where it is known.
    pub ja: String,
    /// Whether the table of roles knows this spelling in this coding scheme.
    pub known: bool,
}

impl Role {
    /// The names of a role. The same words under another coding scheme mean nothing known.
    pub(super) fn of(actor: &HcActor) -> Self {
        let text = actor.text.as_ref().or(actor.code.as_ref());
        let shown = escaped(&text.map_or_else(|| actor.scheme.to_string(), Clone::clone));
        let in_scheme = actor.scheme == oid::HPKI_QUALIFICATIONS;
        let known = table().iter().find(|role| in_scheme && Some(&role.en) == actor.text.as_ref());
        match known {
            Some(role) => Self { en: role.en.clone(), ja: role.ja.clone(), known: true },
            None => Self { en: shown.clone(), ja: shown, known: false },
        }
    }

    /// The role in a language, with a note if it is not known.
    pub(super) fn shown(&self, catalogue: &Catalogue) -> String {
        let name = match catalogue.language() {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        };
        if self.known {
            return name.clone();
        }
        format!("{name} ({})", catalogue.label("role-unknown"))
    }
}

fn table() -> &'static [RoleName] {
    static TABLE: OnceLock<Vec<RoleName>> = OnceLock::new();
    TABLE.get_or_init(|| roles::table().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oid::Oid;

    fn actor(scheme: Oid, text: &str) -> HcActor {
        HcActor { scheme, code: None, text: Some(text.to_owned()) }
    }

    #[test]
    fn a_doctor_is_a_doctor_only_in_the_scheme_of_hpki() {
        let doctor = Role::of(&actor(oid::HPKI_QUALIFICATIONS, "Medical Doctor"));
        assert_eq!((doctor.ja.as_str(), doctor.known), ("医師", true));
        let other = Role::of(&actor(oid::HC_ROLE, "Medical Doctor"));
        assert!(!other.known);
        let shown = other.shown(Catalogue::load(Language::Ja));
        assert!(shown.starts_with("Medical Doctor (inkan"), "{shown}");
    }

    #[test]
    fn an_unknown_spelling_is_shown_without_what_could_steer_a_terminal() {
        let odd = Role::of(&actor(oid::HPKI_QUALIFICATIONS, "Medical\u{1b}[1m doctor"));
        assert_eq!(odd.en, "Medical\\u{1b}[1m doctor");
    }
}
