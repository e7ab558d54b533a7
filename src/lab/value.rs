//! The small values of a declaration: offsets from now, kinds of keys, octets, identifiers.

use crate::der::algorithm::PublicKey;
use crate::key::software::{KeyAlgorithm, UnknownKeyAlgorithm};
use crate::oid::{self, Oid};
use crate::time::Instant;
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;

/// A moment or a span relative to another: `-30d`, `+5y`, `96h`, `0s`.
///
/// A year is 365 days, so that "five years" never exceeds a limit of five calendar years.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Offset(i64);

impl Offset {
    /// The moment that far from another.
    pub(super) const fn from(self, origin: Instant) -> Instant {
        origin.plus_seconds(self.0)
    }

    /// The same in seconds.
    pub(super) const fn seconds(self) -> i64 {
        self.0
    }
}

impl TryFrom<String> for Offset {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("'{text}' is no offset: write -30d, +5y, 96h or 10s");
        let unit = text.chars().next_back().ok_or_else(bad)?;
        let seconds = match unit {
            's' => 1,
            'h' => 3600,
            'd' => 86_400,
            'y' => 365 * 86_400,
            _ => return Err(bad()),
        };
        let count: i64 = text.trim_end_matches(unit).parse().map_err(|_| bad())?;
        count.checked_mul(seconds).map(Self).ok_or_else(bad)
    }
}

/// Which key an entity has.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum KeyChoice {
    /// A new key.
    New(KeyAlgorithm),
    /// The key of an entity declared before.
    SameAs(String),
    /// A public key whose private half nobody has.
    Public(PublicKey),
}

impl TryFrom<String> for KeyChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("same-as:") {
            return Ok(Self::SameAs(name.to_owned()));
        }
        if let Some(base64) = text.strip_prefix("public:") {
            let der = Base64::decode_vec(base64).map_err(|e| e.to_string())?;
            return PublicKey::from_der(&der).map(Self::Public).map_err(|e| e.to_string());
        }
        let unknown = |error| format!("{error}, same-as:NAME or public:BASE64");
        text.parse().map(Self::New).map_err(|error: UnknownKeyAlgorithm| unknown(error))
    }
}

/// Octets in hexadecimal.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Octets(pub Vec<u8>);

impl TryFrom<String> for Octets {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("'{text}' is not hexadecimal");
        if !text.len().is_multiple_of(2) || !text.is_ascii() {
            return Err(bad());
        }
        let octets = (0..text.len()).step_by(2).map(|at| {
            let pair = text.get(at..at + 2).ok_or_else(bad)?;
            u8::from_str_radix(pair, 16).map_err(|_| bad())
        });
        octets.collect::<Result<_, _>>().map(Self)
    }
}

/// An object identifier: dotted, or one of the purposes of RFC 5280 §4.2.1.12 by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct NamedOid(pub Oid);

impl TryFrom<String> for NamedOid {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        const PURPOSES: [Oid; 6] = [
            oid::KP_SERVER_AUTH,
            oid::KP_CLIENT_AUTH,
            oid::KP_CODE_SIGNING,
            oid::KP_EMAIL_PROTECTION,
            oid::KP_TIME_STAMPING,
            oid::KP_OCSP_SIGNING,
        ];
        let named = PURPOSES.into_iter().find(|oid| oid::name(oid) == Some(&text));
        named
            .or_else(|| Oid::new(&text).ok())
            .map(Self)
            .ok_or_else(|| format!("'{text}' is no object identifier and no known purpose"))
    }
}

/// A hash function by the name that configuration files use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct HashName(pub crate::digest::DigestAlgorithm);

impl TryFrom<String> for HashName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        crate::digest::DigestAlgorithm::ALL
            .into_iter()
            .find(|known| known.name().to_lowercase() == text)
            .map(Self)
            .ok_or_else(|| format!("'{text}' is no hash function: write sha-256"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_counts_from_another_moment() {
        let offset = |text: &str| Offset::try_from(text.to_owned()).map(Offset::seconds);
        assert_eq!(offset("-30d"), Ok(-30 * 86_400));
        assert_eq!(offset("+5y"), Ok(5 * 365 * 86_400));
        assert_eq!(offset("96h"), Ok(96 * 3600));
        for bad in ["", "5", "d", "5 d", "5m", "9223372036854775807y", "5日"] {
            assert!(offset(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn octets_are_read_as_they_stand() {
        assert_eq!(Octets::try_from("00ff".to_owned()).unwrap().0, [0, 0xff]);
        for bad in ["0", "zz", "印"] {
            assert!(Octets::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_purpose_has_a_name_and_any_oid_is_dotted() {
        let oid = |text: &str| NamedOid::try_from(text.to_owned()).map(|n| n.0);
        assert_eq!(oid("timeStamping"), Ok(oid::KP_TIME_STAMPING));
        assert_eq!(oid("1.3.6.1.5.5.7.3.8"), Ok(oid::KP_TIME_STAMPING));
        assert!(oid("stamping").is_err());
    }
}
