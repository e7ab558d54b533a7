//! Reads profiles. Whatever is odd about one is an error when it is read, never a check skipped.

use super::Role;
use super::recognise::Recognise;
use super::requirement::{Applies, Check, Requirement};
use crate::rule::{Level, Rule, SubIndication};
use crate::time::Instant;
use serde::Deserialize;
use std::sync::Arc;

/// The profiles that come with inkan: name and text.
pub const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// Profiles that extend one another may not do so for ever.
const MAX_EXTENDS: usize = 8;

/// A list of requirements under one name.
#[derive(Clone, Debug)]
pub struct Profile<C> {
    /// Its name.
    pub name: String,
    /// The document that it renders, with its edition.
    pub document: String,
    /// The requirements, those of extended profiles first.
    pub requirements: Vec<Requirement<C>>,
    /// What it is called.
    pub title: Title,
    /// What the paths of the certificates that it judges are for.
    pub path: Role,
    /// By what such a certificate is recognised; nothing if the profile is applied only on request.
    pub recognise: Option<Recognise>,
}

/// What people call a profile.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// In English.
    pub en: String,
    /// In Japanese.
    pub ja: String,
}

/// What a profile judges.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judges {
    /// Signatures.
    Signature,
    /// Time-stamp tokens.
    Timestamp,
    /// Evidence records.
    Record,
    /// Certificates in their paths.
    #[default]
    Path,
    /// Certificates by what they say.
    Certificate,
}

/// What a profile says of itself before it demands anything.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Header {
    /// The document that it renders, with its edition.
    pub document: String,
    /// Where the document can be had.
    pub url: Option<String>,
    /// The profile that it adds to.
    pub extends: Option<String>,
    /// What it judges.
    #[serde(default)]
    pub judges: Judges,
    /// What it is called.
    #[serde(default)]
    pub title: Title,
}

/// What an embedded profile says of itself.
pub fn header(name: &str) -> Result<Header, PolicyError> {
    let unusable = |reason: String| PolicyError::NotUsable { name: name.to_owned(), reason };
    toml::from_str(text_of(name)?).map_err(|error| unusable(error.to_string()))
}

/// The text of an embedded profile.
pub fn text_of(name: &str) -> Result<&'static str, PolicyError> {
    let found = EMBEDDED.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text).ok_or_else(|| PolicyError::NoSuchProfile(name.to_owned()))
}

/// Why a policy cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PolicyError {
    /// No profile of that name.
    #[error("there is no policy profile named '{0}'")]
    NoSuchProfile(String),
    /// The file is no profile of the kind wanted.
    #[error("policy file '{name}' is not usable: {reason}")]
    NotUsable {
        /// Which file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Profiles extend each other in a circle, or too deeply.
    #[error("policy profile '{0}' extends too many others")]
    TooDeep(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "C: Deserialize<'de>")]
struct File<C> {
    document: String,
    url: Option<String>,
    extends: Option<String>,
    #[serde(default, rename = "judges")]
    _judges: Judges,
    #[serde(default = "signer")]
    path: Role,
    #[serde(default)]
    title: Title,
    recognise: Option<Recognise>,
    #[serde(default = "Vec::new")]
    require: Vec<Entry<C>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "C: Deserialize<'de>")]
struct Entry<C> {
    clause: String,
    document: Option<String>,
    level: Level,
    #[serde(default)]
    applies: Applies,
    from: Option<String>,
    until: Option<String>,
    confirmed: bool,
    violated: SubIndication,
    #[serde(default = "try_later")]
    unanswered: SubIndication,
    check: C,
}

const fn signer() -> Role {
    Role::Signer
}

const fn try_later() -> SubIndication {
    SubIndication::TryLater
}

impl<C: Check> Profile<C> {
    /// A profile that comes with inkan.
    pub fn embedded(name: &str) -> Result<Self, PolicyError> {
        Self::parse(name, text_of(name)?)
    }

    /// A profile from its text; what it extends must come with inkan.
    pub fn parse(name: &str, text: &str) -> Result<Self, PolicyError> {
        Self::parse_at(name, text, 0)
    }

    fn parse_at(name: &str, text: &str, depth: usize) -> Result<Self, PolicyError> {
        if depth > MAX_EXTENDS {
            return Err(PolicyError::TooDeep(name.to_owned()));
        }
        let unusable = |reason: String| PolicyError::NotUsable { name: name.to_owned(), reason };
        let file: File<C> = toml::from_str(text).map_err(|error| unusable(error.to_string()))?;
        let mut requirements = match &file.extends {
            Some(base) => Self::extended(base, depth)?.requirements,
            None => Vec::new(),
        };
        for entry in file.require {
            let document = entry.document.clone().unwrap_or_else(|| file.document.clone());
            // The address is that of the profile's own document.
            let url = file.url.as_ref().filter(|_| entry.document.is_none());
            requirements.push(requirement(name, &document, url, entry).map_err(&unusable)?);
        }
        Ok(Self {
            name: name.to_owned(),
            document: file.document,
            requirements,
            title: file.title,
            path: file.path,
            recognise: file.recognise,
        })
    }

    fn extended(base: &str, depth: usize) -> Result<Self, PolicyError> {
        Self::parse_at(base, text_of(base)?, depth + 1)
    }
}

fn requirement<C: Check>(
    profile: &str,
    document: &str,
    url: Option<&String>,
    entry: Entry<C>,
) -> Result<Requirement<C>, String> {
    let date = |text: &Option<String>| {
        text.as_ref().map(|text| text.parse::<Instant>().map_err(|e| e.to_string())).transpose()
    };
    let check = entry.check.name();
    let rule = Rule {
        id: format!("{profile}.{}.{check}", entry.clause),
        check,
        document: document.to_owned(),
        clause: entry.clause.clone(),
        url: url.cloned(),
        level: entry.level,
        confirmed: entry.confirmed,
        violated: entry.violated,
        unanswered: entry.unanswered,
    };
    Ok(Requirement {
        rule: Arc::new(rule),
        check: entry.check,
        applies: entry.applies,
        from: date(&entry.from)?,
        until: date(&entry.until)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{CertificateCheck, Policy, Trust};
    use std::collections::BTreeSet;

    #[test]
    fn every_embedded_profile_is_used_and_its_rule_ids_are_unique() {
        let policy = Policy::standard(Trust::default()).unwrap();
        let mut ids = BTreeSet::new();
        for rule in policy.signature.requirements.iter().map(|r| &r.rule) {
            assert!(ids.insert(rule.id.clone()), "{}", rule.id);
        }
        for rule in policy.record.requirements.iter().map(|r| &r.rule) {
            assert!(ids.insert(rule.id.clone()), "{}", rule.id);
        }
        for rule in policy.tsa.requirements.iter().map(|r| &r.rule) {
            assert!(ids.insert(rule.id.clone()), "{}", rule.id);
        }
        assert!(policy.timestamp.requirements.len() > 5);
    }

    #[test]
    fn a_check_nobody_knows_and_a_field_nobody_knows_are_refused() {
        let entry = |check: &str| {
            format!(
                "document = \"d\"\n[[require]]\nclause = \"1\"\nlevel = \"fail\"\nconfirmed = true\nviolated = \"CUSTOM\"\n{check}\n"
            )
        };
        assert!(Profile::<CertificateCheck>::parse("x", &entry("check.is-ca = {}")).is_ok());
        for bad in [
            "check.is-cow = {}",
            "check.is-ca = { colour = 1 }",
            "check.key-usage = {}",
            "colour = 1",
        ] {
            assert!(Profile::<CertificateCheck>::parse("x", &entry(bad)).is_err(), "{bad}");
        }
    }
}
