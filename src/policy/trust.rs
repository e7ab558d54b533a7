//! Trusted certificates and what each is trusted for.

use crate::der::certificate::{Certificate, Fingerprint};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What an anchor may vouch for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Certificates of people and organisations that sign.
    Signer,
    /// Certificates of time-stamping authorities.
    Tsa,
    /// Certificates of the two sides of a TLS connection. Whoever vouches for these vouches for no
    /// signer: a CA for web servers issues to anybody.
    Tls,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Signer, Self::Tsa, Self::Tls];

    /// The word in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signer => "signer",
            Self::Tsa => "tsa",
            Self::Tls => "tls",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let role = Self::ALL.into_iter().find(|role| role.name() == text);
        role.ok_or_else(|| format!("'{text}' is no role: signer, tsa or tls"))
    }
}

/// A time with a beginning and an end, both within it, as far as they are known.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Period {
    /// The first instant.
    pub from: Option<Instant>,
    /// The last instant.
    pub until: Option<Instant>,
}

impl Period {
    /// Neither begins nor ends.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// Whether nothing is said of it.
    pub const fn is_open(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }

    /// Whether that instant lies in it.
    pub fn contains(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at <= until)
    }
}

/// A trusted certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anchor {
    /// The certificate.
    pub certificate: Certificate,
    /// What it is trusted for.
    pub roles: Vec<Role>,
    /// While the TSAs below it were accredited. It says nothing about other roles.
    pub accredited: Period,
}

/// All trusted certificates. They come from the user's configuration alone.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    anchors: Vec<Anchor>,
}

impl Trust {
    /// Trusts one more certificate.
    pub fn add(&mut self, certificate: Certificate, roles: &[Role]) {
        self.add_accredited(certificate, roles, Period::ALWAYS);
    }

    /// Trusts one more certificate, whose TSAs were accredited for a time. Of two times that are said for
    /// the same certificate the later said one counts.
    pub fn add_accredited(&mut self, certificate: Certificate, roles: &[Role], accredited: Period) {
        let known = self.anchors.iter_mut().find(|a| a.certificate == certificate);
        match known {
            Some(anchor) => {
                anchor.roles.extend(roles);
                anchor.roles.sort_unstable();
                anchor.roles.dedup();
                if !accredited.is_open() {
                    anchor.accredited = accredited;
                }
            }
            None => self.anchors.push(Anchor { certificate, roles: roles.to_vec(), accredited }),
        }
    }

    /// While the TSAs below that anchor were accredited.
    pub fn accreditation(&self, certificate: &Certificate) -> Option<Period> {
        let anchor = self.anchors.iter().find(|anchor| anchor.certificate == *certificate);
        anchor.map(|anchor| anchor.accredited)
    }

    /// All anchors.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// Whether nothing is trusted.
    pub const fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// The certificates trusted for a role.
    pub fn for_role(&self, role: Role) -> impl Iterator<Item = &Certificate> {
        self.anchors.iter().filter(move |a| a.roles.contains(&role)).map(|a| &a.certificate)
    }

    /// Whether that very certificate is trusted for the role.
    pub fn is_anchor(&self, certificate: &Certificate, role: Role) -> bool {
        self.for_role(role).any(|anchor| anchor == certificate)
    }
}

/// A root whose fingerprint is publicly known.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownRoot {
    /// What it is called.
    pub name: String,
    /// SHA-256 of the certificate, in hexadecimal.
    pub sha256: String,
    /// The subject as inkan prints it.
    pub subject: String,
    /// What it is meant for.
    pub roles: Vec<Role>,
    /// Where the fingerprint was read.
    pub source: String,
    /// Whether it was computed from the certificate itself or read at its publisher.
    pub confirmed: bool,
}

/// What the public list says of a certificate that is about to be trusted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recognition {
    /// It is this known root.
    Known(KnownRoot),
    /// It bears a known root's name and is not it.
    Impostor(KnownRoot),
    /// The list says nothing.
    Unlisted,
}

/// The publicly known roots that come with inkan.
pub fn known_roots() -> Result<Vec<KnownRoot>, super::PolicyError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        root: Vec<KnownRoot>,
    }
    let text = include_str!("data/known-roots.toml");
    let file: File = toml::from_str(text).map_err(|error| super::PolicyError::NotUsable {
        name: "known-roots".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(file.root)
}

/// Compares a certificate with the publicly known roots. One name may have several keys over the
/// years (JPKI has three), so the name alone recognises nothing.
pub fn recognise(certificate: &Certificate, roots: &[KnownRoot]) -> Recognition {
    let fingerprint = certificate.fingerprint();
    let is = |root: &&KnownRoot| Fingerprint::from_hex(&root.sha256) == Some(fingerprint);
    if let Some(root) = roots.iter().find(is) {
        return Recognition::Known(root.clone());
    }
    let subject = certificate.subject().to_string();
    match roots.iter().find(|root| root.subject == subject) {
        Some(root) => Recognition::Impostor(root.clone()),
        None => Recognition::Unlisted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_both_its_ends_in_it_and_may_lack_either() {
        let [from, within, until] =
            ["2023-02-16", "2024-01-01", "2025-02-15"].map(|day| day.parse::<Instant>().unwrap());
        let period = Period { from: Some(from), until: Some(until) };
        assert!([from, within, until].iter().all(|at| period.contains(*at)));
        assert!(!period.contains(from.plus_seconds(-1)) && !period.contains(until.plus_seconds(1)));
        let open = Period { until: None, ..period };
        assert!(open.contains(until.plus_seconds(1)) && !open.contains(from.plus_seconds(-1)));
        assert!(Period::ALWAYS.contains(from.plus_seconds(-1)) && Period::ALWAYS.is_open());
    }

    #[test]
    fn every_known_root_has_a_whole_fingerprint_and_a_source() {
        let roots = known_roots().unwrap();
        assert!(roots.len() >= 4);
        for root in roots {
            assert!(Fingerprint::from_hex(&root.sha256).is_some(), "{}", root.name);
            assert!(!root.source.is_empty() && !root.roles.is_empty(), "{}", root.name);
        }
    }
}
