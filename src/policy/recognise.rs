//! By what a certificate is recognised as one of a kind, and which kinds there are.

use super::content::{ContentCheck, Dotted};
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
    /// An attribute of the subject contains this.
    subject_contains: Option<String>,
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
    fn marks(&self, certificate: &Certificate) -> Option<Vec<Phrase>> {
        if is_authority(certificate) != self.ca {
            return None;
        }
        if self.self_issued.is_some_and(|wanted| wanted != certificate.is_self_issued()) {
            return None;
        }
        let mut marks = Vec::new();
        if !self.policies.is_empty() {
            let policy = shared(&self.policies, &policies(certificate))?;
            marks.push(Phrase::new("seen.policy").with("policy", policy));
        }
        if !self.purposes.is_empty() {
            let usage = certificate.ext_key_usage().ok().flatten()?;
            let purpose = shared(&self.purposes, &usage.0)?;
            let name = oid::name(&purpose).map_or_else(|| purpose.to_string(), str::to_owned);
            marks.push(Phrase::new("seen.meant-for").with("purpose", name));
        }
        if let Some(part) = &self.subject_contains {
            let attributes = certificate.subject().attributes();
            attributes.iter().find(|attribute| attribute.value.contains(part))?;
            marks.push(Phrase::new("seen.subject-contains").with("part", part));
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
