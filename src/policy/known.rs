//! Certificate policies that are known by name.

use super::PolicyError;
use crate::oid::Oid;
use serde::Deserialize;

/// A certificate policy.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownPolicy {
    /// Its object identifier, dotted.
    pub oid: String,
    /// Its name in English.
    pub en: String,
    /// Its name in Japanese.
    pub ja: String,
    /// What its certificates are for.
    #[serde(rename = "use")]
    pub purpose: PolicyUse,
    /// Where the identifier was read.
    pub source: String,
    /// Whether it was seen in a certificate or in the certificate policy itself.
    pub confirmed: bool,
}

/// What the certificates of a policy are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyUse {
    /// Originals.
    Production,
    /// Trials; never originals.
    Test,
    /// Something else, or everything.
    Other,
}

impl PolicyUse {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Test => "test",
            Self::Other => "other",
        }
    }
}

/// All policies that are known by name.
pub fn policies() -> Result<Vec<KnownPolicy>, PolicyError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        policy: Vec<KnownPolicy>,
    }
    let text = include_str!("data/policies.toml");
    let file: File = toml::from_str(text).map_err(|error| PolicyError::NotUsable {
        name: "policies".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(file.policy)
}

/// The policy of that identifier among these.
pub fn find(policies: &[KnownPolicy], oid: Oid) -> Option<&KnownPolicy> {
    policies.iter().find(|policy| Oid::new(&policy.oid) == Ok(oid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oid;

    #[test]
    fn every_identifier_is_one_and_occurs_once() {
        let all = policies().unwrap();
        for policy in &all {
            let oid = Oid::new(&policy.oid).unwrap();
            assert_eq!(find(&all, oid), Some(policy), "{}", policy.oid);
            assert!(!policy.source.is_empty());
        }
    }

    #[test]
    fn the_two_signing_policies_of_hpki_are_told_apart() {
        let all = policies().unwrap();
        let purpose = |oid| find(&all, oid).unwrap().purpose;
        assert_eq!(purpose(oid::HPKI_SIGNING), PolicyUse::Production);
        assert_eq!(purpose(oid::HPKI_SIGNING_TEST), PolicyUse::Test);
    }
}
