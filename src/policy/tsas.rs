//! Time-stamping authorities whose limits are known.

use super::PolicyError;
use serde::Deserialize;
use std::time::Duration;

/// A TSA, and how often it wants to be asked at most.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownTsa {
    /// By what name the user can mean it.
    pub name: String,
    /// What it is called in English.
    pub en: String,
    /// What it is called in Japanese.
    pub ja: String,
    /// Its hosts; those below them are meant too.
    pub hosts: Vec<String>,
    /// Seconds from one request to the next.
    pub interval: u64,
    /// Who says so.
    pub source: String,
    /// Whether that is the operator.
    pub confirmed: bool,
}

impl KnownTsa {
    /// The time from one request to the next.
    pub const fn interval(&self) -> Duration {
        Duration::from_secs(self.interval)
    }

    fn is_at(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.hosts.iter().any(|known| match host.strip_suffix(known.as_str()) {
            Some(below) => below.is_empty() || below.ends_with('.'),
            None => false,
        })
    }
}

/// All TSAs whose limits are known.
pub fn known() -> Result<Vec<KnownTsa>, PolicyError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        tsa: Vec<KnownTsa>,
    }
    let text = include_str!("data/tsas.toml");
    let file: File = toml::from_str(text).map_err(|error| PolicyError::NotUsable {
        name: "tsas".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(file.tsa)
}

/// The TSA of that name, or else the one at that host.
pub fn find<'a>(all: &'a [KnownTsa], name: Option<&str>, host: &str) -> Option<&'a KnownTsa> {
    let named = all.iter().find(|tsa| Some(tsa.name.as_str()) == name);
    named.or_else(|| all.iter().find(|tsa| tsa.is_at(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tsa_is_met_by_its_name_or_its_host_and_a_stranger_by_neither() {
        let all = known().unwrap();
        let interval = |name, host| find(&all, name, host).map(|tsa| tsa.interval);
        assert_eq!(interval(Some("gmo"), "tsa.hospital.example"), Some(15));
        assert_eq!(interval(None, "receipt1.Seiko-Cybertime.JP"), Some(1));
        assert_eq!(interval(Some("ours"), "timestamp.sectigo.com"), Some(15));
        for stranger in ["seiko-cybertime.jp.evil.example", "notglobalsign.com", "", "127.0.0.1"] {
            assert_eq!(interval(Some("ours"), stranger), None, "{stranger}");
        }
    }

    #[test]
    fn every_row_says_where_it_was_read_and_waits_no_longer_than_a_minute() {
        let all = known().unwrap();
        for (index, tsa) in all.iter().enumerate() {
            assert!(!tsa.source.is_empty() && !tsa.hosts.is_empty(), "{}", tsa.name);
            assert!((1..=60).contains(&tsa.interval), "{}", tsa.name);
            assert!(tsa.hosts.iter().all(|host| *host == host.to_ascii_lowercase()));
            assert!(all.iter().skip(index + 1).all(|other| other.name != tsa.name));
        }
    }
}
