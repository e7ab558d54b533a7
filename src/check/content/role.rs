//! Checks on the healthcare role of a certificate (hcRole).

use super::{Answer, unreadable};
use crate::der::certificate::Certificate;
use crate::der::hcrole::{self, HcActor};
use crate::oid;
use crate::policy::roles::{RoleKind, RoleName};
use crate::rule::Phrase;

fn shown(actors: &[HcActor]) -> String {
    let text = |actor: &HcActor| {
        let words = actor.text.clone().or_else(|| actor.code.clone());
        words.unwrap_or_else(|| actor.scheme.to_string())
    };
    actors.iter().map(text).collect::<Vec<_>>().join(", ")
}

fn in_table<'a>(actor: &HcActor, table: &'a [RoleName]) -> Option<&'a RoleName> {
    // The same words under another coding scheme mean nothing known.
    let in_scheme = actor.scheme == oid::HPKI_QUALIFICATIONS;
    table.iter().find(|role| in_scheme && Some(&role.en) == actor.text.as_ref())
}

pub(super) fn present(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.role");
    match hcrole::roles(certificate) {
        Ok(actors) if actors.is_empty() => Answer::violated(expected, Phrase::new("seen.no-role")),
        Ok(actors) => {
            Answer::met(expected, Phrase::new("seen.roles").with("roles", shown(&actors)))
        }
        Err(error) => unreadable(expected, &error),
    }
}

pub(super) fn known(certificate: &Certificate, table: &[RoleName]) -> Answer {
    let expected = Phrase::new("expect.role-known");
    let actors = match hcrole::roles(certificate) {
        Ok(actors) if actors.is_empty() => {
            return Answer::not_applicable(expected, Phrase::new("seen.no-role"));
        }
        Ok(actors) => actors,
        Err(error) => return unreadable(expected, &error),
    };
    let strange = actors.iter().filter(|actor| in_table(actor, table).is_none()).cloned();
    let strange: Vec<HcActor> = strange.collect();
    if strange.is_empty() {
        return Answer::met(expected, Phrase::new("seen.roles").with("roles", shown(&actors)));
    }
    Answer::violated(expected, Phrase::new("seen.roles-unknown").with("roles", shown(&strange)))
}

pub(super) fn single(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.role-single");
    match hcrole::roles(certificate) {
        Ok(actors) if actors.is_empty() => {
            Answer::not_applicable(expected, Phrase::new("seen.no-role"))
        }
        Ok(actors) => Answer::of(
            actors.len() == 1,
            expected,
            Phrase::new("seen.roles").with("roles", shown(&actors)),
        ),
        Err(error) => unreadable(expected, &error),
    }
}

/// Who manages an institution has it in O, and says so in OU.
pub(super) fn manager_subject(certificate: &Certificate, unit: &str, table: &[RoleName]) -> Answer {
    let expected = Phrase::new("expect.manager-subject").with("unit", unit);
    let actors = match hcrole::roles(certificate) {
        Ok(actors) => actors,
        Err(error) => return unreadable(expected, &error),
    };
    let manages =
        |actor: &HcActor| in_table(actor, table).is_some_and(|role| role.kind == RoleKind::Manager);
    if !actors.iter().any(manages) {
        return Answer::not_applicable(expected, Phrase::new("seen.no-manager"));
    }
    let subject = certificate.subject();
    let is_named = subject.value(oid::ORGANIZATION).is_some_and(|name| !name.trim().is_empty());
    let units = subject.attributes().iter().filter(|a| a.oid == oid::ORGANIZATIONAL_UNIT);
    let says_so = units.into_iter().any(|attribute| attribute.value == unit);
    Answer::of(is_named && says_so, expected, Phrase::new("seen.name").with("name", subject))
}
