//! By what a certificate is recognised as one of a kind, and which kinds there are.

use super::content::{ContentCheck, Dotted, Valued};
use super::load::{EMBEDDED, PolicyError, Profile};
use crate::der::certificate::Certificate;
use crate::der::extension::{CertificatePolicies, KeyUsage};
use crate::oid::{self, Oid};
use crate::rule::Phrase;
use serde::Deserialize;

/// The marks of a kind of certificate. Each mark that is given must be there; of a list, one.
///
/// They are few on purpose: a certificate with a defect should still be recognised as what it is
/// meant to be, so that the defect is found.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recognise {
    /// Whether it is the certificate of a CA.
    ca: bool,
    /// Whether subject and issuer are the same.
    self_issued: Option<bool>,
    /// One of these policies.
    #[serde(default)]
    policies: Vec<Dotted>,
    /// One of these purposes in extKeyUsage.
    #[serde(default)]
    purposes: Vec<Dotted>,
    /// None of these purposes in extKeyUsage.
    #[serde(default)]
    without_purposes: Vec<Dotted>,
    /// An attribute of the subject contains this.
    subject_contains: Option<String>,
    /// The subject has these attributes with these values.
    #[serde(default)]
    subject: Vec<Valued>,
    /// The issuer has these attributes with these values.
    #[serde(default)]
    issuer: Vec<Valued>,
    /// Subject or issuer has these attributes with these values: a cross certificate.
    #[serde(default)]
    either: Vec<Valued>,
    /// What the certificate is for says little of what it is: where another kind has its marks too, it
    /// is of that kind.
    #[serde(default)]
    yields: bool,
}

/// The kinds that a certificate may be of.
#[derive(Clone, Debug)]
pub struct Kinds {
    profiles: Vec<Profile<ContentCheck>>,
}

/// What a certificate was recognised as.
#[derive(Clone, Debug)]
pub enum Recognised<'a> {
    /// Of one kind, because of these marks.
    As(&'a Profile<ContentCheck>, Vec<Phrase>),
    /// Of several; the certificate is ambiguous.
    Contending(Vec<&'a Profile<ContentCheck>>),
    /// Of none that is known.
    Unknown,
}

impl Kinds {
    /// The kinds that come with inkan.
    pub fn embedded() -> Result<Self, PolicyError> {
        let mut profiles = Vec::new();
        for (name, _) in EMBEDDED {
            if super::load::header(name)?.judges == super::load::Judges::Certificate {
                profiles.push(Profile::embedded(name)?);
            }
        }
        Ok(Self { profiles })
    }

    /// All of them.
    pub fn profiles(&self) -> &[Profile<ContentCheck>] {
        &self.profiles
    }

    /// The profile of that name.
    pub fn named(&self, name: &str) -> Option<&Profile<ContentCheck>> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// Recognises a certificate.
    pub fn recognise(&self, certificate: &Certificate) -> Recognised<'_> {
        let marked = self.profiles.iter().filter_map(|profile| {
            let marks = profile.recognise.as_ref()?.marks(certificate)?;
            Some((profile, marks))
        });
        let mut marked: Vec<_> = marked.collect();
        let yields = |profile: &Profile<_>| profile.recognise.as_ref().is_some_and(|r| r.yields);
        if marked.iter().any(|(profile, _)| !yields(profile)) {
            marked.retain(|(profile, _)| !yields(profile));
        }
        match (marked.pop(), marked.is_empty()) {
            (None, _) => Recognised::Unknown,
            (Some((profile, marks)), true) => Recognised::As(profile, marks),
            (Some(last), false) => {
                marked.push(last);
                Recognised::Contending(marked.into_iter().map(|(profile, _)| profile).collect())
            }
        }
    }
}

impl Recognise {
    /// The marks of this kind on a certificate; nothing if one is missing.
    pub fn marks(&self, certificate: &Certificate) -> Option<Vec<Phrase>> {
        if is_authority(certificate) != self.ca
            || self.self_issued.is_some_and(|wanted| wanted != certificate.is_self_issued())
        {
            return None;
        }
        let mut marks = Vec::new();
        if !self.policies.is_empty() {
            let policy = shared(&self.policies, &policies(certificate))?;
            marks.push(Phrase::new("seen.policy").with("policy", policy));
        }
        let usage = certificate.ext_key_usage().ok().flatten().map(|usage| usage.0);
        let usage = usage.unwrap_or_default();
        if shared(&self.without_purposes, &usage).is_some() {
            return None;
        }
        if !self.purposes.is_empty() {
            let purpose = shared(&self.purposes, &usage)?;
            let name = oid::name(&purpose).map_or_else(|| purpose.to_string(), str::to_owned);
            marks.push(Phrase::new("seen.meant-for").with("purpose", name));
        }
        marks.extend(self.marks_of_names(certificate)?);
        Some(marks)
    }

    fn marks_of_names(&self, certificate: &Certificate) -> Option<Vec<Phrase>> {
        let (subject, issuer) = (certificate.subject(), certificate.issuer());
        let mut marks = Vec::new();
        if let Some(part) = &self.subject_contains {
            subject.attributes().iter().find(|attribute| attribute.value.contains(part))?;
            marks.push(Phrase::new("seen.subject-contains").with("part", part));
        }
        let all_in = |wanted: &[Valued], name| wanted.iter().all(|attribute| attribute.is_in(name));
        for (wanted, key, holds) in [
            (&self.subject, "seen.subject-has", all_in(&self.subject, subject)),
            (&self.issuer, "seen.issuer-has", all_in(&self.issuer, issuer)),
            (
                &self.either,
                "seen.either-has",
                all_in(&self.either, subject) || all_in(&self.either, issuer),
            ),
        ] {
            if wanted.is_empty() {
                continue;
            }
            let shown: Vec<String> = wanted.iter().map(Valued::to_string).collect();
            let mark = Phrase::new(key).with("attributes", shown.join(", "));
            marks.push(holds.then_some(mark)?);
        }
        Some(marks)
    }
}

/// The policies that a certificate names.
pub fn policies(certificate: &Certificate) -> Vec<Oid> {
    let policies = certificate.value::<CertificatePolicies>(oid::CERTIFICATE_POLICIES);
    let policies = policies.ok().flatten().map(|policies| policies.0).unwrap_or_default();
    policies.into_iter().map(|(oid, _)| oid).collect()
}

fn shared(wanted: &[Dotted], seen: &[Oid]) -> Option<Oid> {
    wanted.iter().map(|dotted| dotted.0).find(|oid| seen.contains(oid))
}

/// Whether it is meant to be a CA's: a CA's certificate that lacks one of the two signs has a defect
/// and is still no end entity's.
fn is_authority(certificate: &Certificate) -> bool {
    let says_so = certificate.basic_constraints().is_ok_and(|c| c.is_some_and(|c| c.ca));
    let issues = certificate.key_usage().ok().flatten();
    says_so || issues.is_some_and(|usage| usage.allows(KeyUsage::KEY_CERT_SIGN))
}
