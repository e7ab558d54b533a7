//! The healthcare roles of HPKI and their names in both languages.

use super::PolicyError;
use serde::Deserialize;

/// A role as a certificate writes it, and as people read it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleName {
    /// The text in the certificate.
    pub en: String,
    /// The name of the qualification in Japanese.
    pub ja: String,
    /// A national qualification, or the manager of an institution.
    pub kind: RoleKind,
    /// Whether this spelling was seen in a certificate or policy.
    pub confirmed: bool,
}

/// The two kinds of roles in the HPKI certificate policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleKind {
    /// A national qualification.
    Qualification,
    /// The manager of an institution.
    Manager,
}

/// All roles that are known by name.
pub fn table() -> Result<Vec<RoleName>, PolicyError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(rename = "source")]
        _source: String,
        role: Vec<RoleName>,
    }
    let text = include_str!("data/roles.toml");
    let file: File = toml::from_str(text).map_err(|error| PolicyError::NotUsable {
        name: "roles".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(file.role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_seven_qualifications_and_five_managers() {
        let roles = table().unwrap();
        let count = |kind| roles.iter().filter(|r| r.kind == kind).count();
        assert_eq!(count(RoleKind::Qualification), 27);
        assert_eq!(count(RoleKind::Manager), 5);
        assert!(roles.iter().any(|r| r.en == "Medical Doctor" && r.ja == "医師" && r.confirmed));
    }
}
