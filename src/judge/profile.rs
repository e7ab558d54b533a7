//! The findings on what a certificate says of itself, under the profile of its kind.

use super::finding;
use crate::check::Answer;
use crate::check::content::{Tables, run};
use crate::der::certificate::Certificate;
use crate::policy::recognise::{Kinds, Recognised};
use crate::policy::{ContentCheck, Profile};
use crate::rule::finding::Kind;
use crate::rule::fixed::PROFILE_FITS;
use crate::rule::{Finding, Locator, Phrase, SubIndication};
use crate::time::Instant;
use std::sync::Arc;

/// The profile that applies to a certificate, and the finding that says why.
#[derive(Clone, Debug)]
pub struct Chosen<'a> {
    /// The profile; nothing if the one asked for was refused or several contend.
    pub profile: Option<&'a Profile<ContentCheck>>,
    /// Why.
    pub because: Finding,
}

/// Applies the profile that was asked for, unless the certificate is plainly of another kind; without
/// one, the profile of the kind that the certificate is recognised as.
pub fn choose<'a>(
    certificate: &Certificate,
    asked: Option<&'a Profile<ContentCheck>>,
    kinds: &'a Kinds,
    base: &'a Profile<ContentCheck>,
) -> Chosen<'a> {
    let recognised = kinds.recognise(certificate);
    let (profile, answer) = match (asked, recognised) {
        (Some(asked), recognised) => on_request(asked, certificate, &recognised),
        (None, Recognised::As(profile, _)) => (
            Some(profile),
            Answer::met(
                Phrase::new("expect.one-kind"),
                Phrase::new("seen.kind").with("profile", &profile.name),
            ),
        ),
        (None, Recognised::Contending(all)) => (None, contending(&all)),
        (None, Recognised::Unknown) => (
            Some(base),
            Answer::not_applicable(
                Phrase::new("expect.one-kind"),
                Phrase::new("seen.no-kind").with("profile", &base.name),
            ),
        ),
    };
    Chosen { profile, because: recognition(certificate, answer) }
}

fn on_request<'a>(
    asked: &'a Profile<ContentCheck>,
    certificate: &Certificate,
    recognised: &Recognised<'_>,
) -> (Option<&'a Profile<ContentCheck>>, Answer) {
    let expected = || Phrase::new("expect.kind").with("profile", &asked.name);
    // A profile without marks can be asked of anything, and one whose marks are there of that: a card
    // for logging in that is also for TLS yields to its own kind only until it is asked about TLS.
    let demands_marks = asked.recognise.as_ref().is_some_and(|r| r.marks(certificate).is_none());
    match recognised {
        Recognised::As(other, _) if demands_marks && other.name != asked.name => {
            let seen = Phrase::new("seen.kind").with("profile", &other.name);
            (
                None,
                Answer::violated(expected(), seen)
                    .leading_to(SubIndication::ChainConstraintsFailure),
            )
        }
        Recognised::Contending(all)
            if demands_marks && all.iter().all(|p| p.name != asked.name) =>
        {
            (None, contending(all))
        }
        Recognised::As(..) | Recognised::Contending(_) => {
            let seen = Phrase::new("seen.kind").with("profile", &asked.name);
            (Some(asked), Answer::met(expected(), seen))
        }
        Recognised::Unknown => {
            (Some(asked), Answer::not_applicable(expected(), Phrase::new("seen.kind-on-request")))
        }
    }
}

fn contending(all: &[&Profile<ContentCheck>]) -> Answer {
    let names: Vec<&str> = all.iter().map(|profile| profile.name.as_str()).collect();
    Answer::violated(
        Phrase::new("expect.one-kind"),
        Phrase::new("seen.kinds-contend").with("profiles", names.join(", ")),
    )
}

/// The rule that a certificate is judged as what it is. It is no profile's to relax.
fn recognition(certificate: &Certificate, answer: Answer) -> Finding {
    let rule = PROFILE_FITS.rule();
    Finding {
        rule: Arc::new(rule),
        about: Locator::new(Kind::Certificate, certificate.subject().text()),
        expected: answer.expected,
        outcome: answer.outcome,
        consequence: answer.consequence,
    }
}

/// One finding for each requirement of the profile.
pub fn judge(
    certificate: &Certificate,
    profile: &Profile<ContentCheck>,
    tables: &Tables,
    at: Instant,
) -> Vec<Finding> {
    let about = Locator::new(Kind::Certificate, certificate.subject().text());
    let requirements = profile.requirements.iter();
    requirements.map(|r| finding(r, &about, at, |check| run(check, certificate, tables))).collect()
}
