//! The configuration of a card, read and checked once: whatever it names exists and fits.
//!
//! The form of the file is in `config/file.rs`; paths in it are relative to it.

mod der;
mod file;
mod material;
mod object;

pub(crate) use material::{Hash, RsaKey};
pub(crate) use object::{Content, Object};
#[cfg(test)]
pub(crate) use object::{Names, certificate as certificate_object, key as key_object};

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_RV};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The length of a PIN (JAHIS 24-002 §5).
pub(crate) const PIN_LENGTH: std::ops::RangeInclusive<usize> = 4..=16;

/// A module and what is in its slots.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) log: PathBuf,
    /// Where wrong PINs are counted across processes.
    pub(crate) state: Option<PathBuf>,
    pub(crate) library: Library,
    pub(crate) slots: Vec<SlotConfig>,
}

/// What the module says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    pub(crate) description: String,
    pub(crate) manufacturer: String,
}

/// A reader, with a card in it or not.
#[derive(Debug)]
pub(crate) struct SlotConfig {
    pub(crate) description: String,
    pub(crate) token: Option<TokenConfig>,
}

/// A card.
#[derive(Debug)]
pub(crate) struct TokenConfig {
    pub(crate) label: String,
    pub(crate) serial: String,
    pub(crate) model: String,
    pub(crate) manufacturer: String,
    pub(crate) pin: Pin,
    /// Tries when none was wrong.
    pub(crate) tries: u32,
    /// Tries when nothing was counted yet.
    pub(crate) tries_left: u32,
    pub(crate) login: LoginRule,
    pub(crate) objects: Vec<Object>,
    pub(crate) faults: FaultPlan,
}

/// For how many signatures one verified PIN is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LoginRule {
    /// For one: the signing card.
    PerSignature,
    /// For all until logout: the authentication card.
    Once,
}

/// What goes wrong with a card, and when.
#[derive(Clone, Default, Debug)]
pub(crate) struct FaultPlan {
    pub(crate) vanish: Option<Vanish>,
    pub(crate) error: Option<InjectedError>,
    pub(crate) delay: Duration,
    pub(crate) signature: Signatures,
}

/// The card leaves the reader.
#[derive(Clone, Debug)]
pub(crate) struct Vanish {
    pub(crate) after: u32,
    pub(crate) during: Option<String>,
    pub(crate) until: Option<PathBuf>,
}

/// The card answers with an error.
#[derive(Clone, Debug)]
pub(crate) struct InjectedError {
    pub(crate) after: u32,
    pub(crate) during: String,
    pub(crate) code: CK_RV,
    /// How often; absent: from then on always.
    pub(crate) times: Option<u32>,
}

/// What signatures come out.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Signatures {
    #[default]
    Right,
    Corrupt,
}

/// A PIN that is wiped and never shown.
#[derive(Clone)]
pub(crate) struct Pin(Zeroizing<String>);

impl Pin {
    /// A PIN that a card can have.
    pub(crate) fn new(pin: String) -> Option<Self> {
        let pin = Zeroizing::new(pin);
        (pin.is_ascii() && PIN_LENGTH.contains(&pin.len())).then_some(Self(pin))
    }

    /// Whether this is the PIN.
    pub(crate) fn is(&self, typed: &[u8]) -> bool {
        self.0.as_bytes() == typed
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("{0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    #[error("{0}: {1}")]
    Form(PathBuf, toml::de::Error),
    #[error("{0}: this is not {1}")]
    Material(PathBuf, &'static str),
    #[error("the RSA key of {0} has {1} bits; a card has 2048 or 4096")]
    KeySize(PathBuf, usize),
    #[error("a PIN has {min} to {max} ASCII characters", min = PIN_LENGTH.start(), max = PIN_LENGTH.end())]
    Pin,
    #[error("'{0}' does not fit into {1} bytes")]
    TooLong(String, usize),
    #[error("two tokens have the serial number '{0}'")]
    SerialTwice(String),
    #[error("'{0}' is not the name of {1}")]
    UnknownName(String, &'static str),
    #[error("a token cannot have {left} of {tries} tries left")]
    Tries { tries: u32, left: u32 },
}

impl Config {
    /// Reads the file and everything that it names.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let config = file::read(path)?;
        let mut serials = BTreeSet::new();
        for token in config.slots.iter().filter_map(|slot| slot.token.as_ref()) {
            token.check()?;
            if !serials.insert(token.serial.as_str()) {
                return Err(ConfigError::SerialTwice(token.serial.clone()));
            }
        }
        fits(&config.library.description, 32)?;
        fits(&config.library.manufacturer, 32)?;
        config.slots.iter().try_for_each(|slot| fits(&slot.description, 64))?;
        Ok(config)
    }
}

impl TokenConfig {
    /// The fields of `CK_TOKEN_INFO` have fixed lengths (PKCS#11 v2.20 §9.2).
    fn check(&self) -> Result<(), ConfigError> {
        fits(&self.label, 32)?;
        fits(&self.serial, 16)?;
        fits(&self.model, 16)?;
        fits(&self.manufacturer, 32)?;
        if self.tries == 0 || self.tries_left > self.tries {
            return Err(ConfigError::Tries { tries: self.tries, left: self.tries_left });
        }
        Ok(())
    }

    /// The private keys of the token.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &RsaKey> {
        self.objects.iter().filter_map(|object| match &object.content {
            Content::Key(key) => Some(key),
            Content::Certificate => None,
        })
    }

    /// Takes attributes from the answers about private keys.
    fn omit(&mut self, attributes: &[CK_ATTRIBUTE_TYPE]) {
        for object in &mut self.objects {
            if matches!(object.content, Content::Key(_)) {
                object.omit(attributes);
            }
        }
    }
}

fn fits(text: &str, bytes: usize) -> Result<(), ConfigError> {
    if text.len() > bytes {
        return Err(ConfigError::TooLong(text.to_owned(), bytes));
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a configuration is a file")]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path)
    }

    /// The error of a token with these lines.
    fn refused(token: &str) -> String {
        read(&format!("log = \"l\"\n[[slot]]\n[slot.token]\n{token}")).unwrap_err().to_string()
    }

    #[test]
    fn what_is_left_out_is_as_the_guideline_has_it() {
        let config = read("log = \"l\"\n[[slot]]\n[slot.token]\npin = \"1234\"").unwrap();
        assert_eq!(config.library.description, "HPKI 3.0");
        assert!(config.log.is_absolute() && config.state.is_none());
        let token = config.slots[0].token.as_ref().unwrap();
        assert_eq!((token.label.as_str(), token.serial.as_str()), ("HPKI Application", "0001"));
        assert_eq!(token.model, "ISO 7816-15:2016");
        assert_eq!((token.tries, token.tries_left, token.login), (3, 3, LoginRule::PerSignature));
        assert!(token.faults.vanish.is_none() && token.faults.error.is_none());
        assert_eq!(format!("{:?}", token.pin), "Pin(..)");
    }

    #[test]
    fn what_a_card_cannot_be_is_refused() {
        assert!(refused("pin = \"123\"").contains("4 to 16 ASCII"));
        assert!(refused("pin = \"１２３４\"").contains("4 to 16 ASCII"));
        assert!(refused("pin = \"1234\"\ntries = 2\ntries-left = 3").contains("3 of 2 tries"));
        assert!(refused("pin = \"1234\"\nserial = \"12345678901234567\"").contains("16 bytes"));
        assert!(refused("pin = \"1234\"\nlabels = \"x\"").contains("unknown field"));
        let twice = "pin = \"1234\"\nserial = \"1\"\n[[slot]]\n[slot.token]\nserial = \"1\"";
        assert!(refused(&format!("{twice}\npin = \"1234\"")).contains("two tokens"));
        assert!(refused("pin = \"1234\"\n[[slot.token.key]]\nfile = \"none\"").contains("none"));
    }

    #[test]
    fn a_fault_that_no_card_has_is_refused() {
        let fault = |line: &str| refused(&format!("pin = \"1234\"\n[slot.token.fault]\n{line}"));
        let vanish = "vanish-after = { signatures = 1, during = \"C_Verify\" }";
        assert!(fault(vanish).contains("a promised function"));
        let error = "error-after = { signatures = 1, code = \"CKR_WRONG\" }";
        assert!(fault(error).contains("a return value"));
        let omitted = "omit-private-attributes = [\"CKA_SENSITIVE\"]";
        assert!(fault(omitted).contains("a key's attribute"));
    }
}
