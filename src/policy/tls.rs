//! What is offered in a TLS handshake.

use super::PolicyError;
use serde::Deserialize;

/// All that is offered, in order of preference.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsOffer {
    /// Cipher suites.
    #[serde(rename = "suite")]
    pub suites: Vec<Offered>,
    /// Groups of key exchange.
    #[serde(rename = "group")]
    pub groups: Vec<Offered>,
}

/// One thing that is offered.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offered {
    /// Its number in the registry of IANA.
    pub code: u16,
    /// Its name there.
    pub name: String,
    /// The document that recommends it.
    pub source: String,
    /// Whether that document was read itself.
    pub confirmed: bool,
}

impl TlsOffer {
    /// The list that comes with inkan.
    pub fn embedded() -> Result<Self, PolicyError> {
        toml::from_str(include_str!("data/tls.toml")).map_err(|error| PolicyError::NotUsable {
            name: "tls".to_owned(),
            reason: error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ephemeral_keys_and_authenticated_encryption_are_offered() {
        let offer = TlsOffer::embedded().unwrap();
        for suite in &offer.suites {
            let is_1_3 = suite.code >> 8 == 0x13;
            let sound = ["GCM", "CHACHA20_POLY1305"].iter().any(|mode| suite.name.contains(mode));
            assert!(sound && (is_1_3 || suite.name.starts_with("TLS_ECDHE_")), "{}", suite.name);
            assert!(!suite.source.is_empty());
        }
        let mut codes: Vec<u16> =
            offer.suites.iter().chain(&offer.groups).map(|offered| offered.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), offer.suites.len() + offer.groups.len());
    }
}
