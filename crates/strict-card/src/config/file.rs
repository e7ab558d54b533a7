//! The form of the configuration file.
//!
//! ```toml
//! log = "card.log"                        # paths are relative to this file
//! state = "tries.toml"                    # optional: wrong PINs count across processes
//! library-description = "HPKI 3.0"        # optional, and so is whatever has a value here
//! library-manufacturer = "strict-card"
//!
//! [[slot]]                                # as many as you like; without a token the slot is empty
//! description = "strict reader"
//! [slot.token]
//! label = "HPKI Application"              # "" is 32 blanks
//! serial = "0001"                         # its place among the slots
//! model = "ISO 7816-15:2016"
//! manufacturer = "strict-card"
//! pin = "1234"                            # must be there: 4 to 16 ASCII characters
//! tries = 3                               # wrong PINs that lock it for ever
//! tries-left = 3                          # to begin with, when `state` knows nothing
//! login = "per-signature"                 # or "once": an authentication card
//!
//! [[slot.token.key]]
//! file = "key.pem"                        # PKCS #8, PEM or DER, RSA of 2048 or 4096 bits
//! password = "…"                          # only if it is encrypted
//! label = "Private key of HPKI"
//! id = "17"                               # hexadecimal
//! always-authenticate = true              # as `login` says
//!
//! [[slot.token.certificate]]
//! file = "ee.pem"                         # PEM or DER
//! label = "HPKI END ENTITY CERTIFICATE"
//! id = "17"
//! names = "given"                         # "null": no issuer, serial number and subject
//!
//! [slot.token.fault]                      # nothing of this unless it is written
//! vanish-after = { signatures = 2, during = "C_Sign", until-file = "back" }
//! error-after = { signatures = 2, code = "CKR_DEVICE_ERROR", during = "C_Sign", times = 1 }
//! delay-ms = 200                          # before every signature
//! corrupt-signature = true
//! omit-private-attributes = ["CKA_MODULUS"]
//! ```
//!
//! `vanish-after`: once so many signatures were made since `C_Initialize`, the next call to the card
//! (the next one of the function `during`, if it is named) is answered with `CKR_DEVICE_REMOVED`, and
//! the card is gone until the file exists, or until the module is finalised and initialised again.
//! `error-after`: from then on the calls of the function `during` (`C_Sign`, unless it is named) fail
//! with `code` (a name or `0x…`), so many `times`, or always.

use super::object::{self, Names};
use super::{
    Config, ConfigError, FaultPlan, InjectedError, Library, LoginRule, Pin, RsaKey, Signatures,
    SlotConfig, TokenConfig, Vanish, material,
};
use crate::ffi::PROMISED;
use crate::rv;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConfigFile {
    log: PathBuf,
    state: Option<PathBuf>,
    library_description: Option<String>,
    library_manufacturer: Option<String>,
    #[serde(default)]
    slot: Vec<SlotFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SlotFile {
    description: Option<String>,
    token: Option<TokenFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TokenFile {
    label: Option<String>,
    serial: Option<String>,
    model: Option<String>,
    manufacturer: Option<String>,
    pin: String,
    tries: Option<u32>,
    tries_left: Option<u32>,
    login: Option<LoginRule>,
    #[serde(default)]
    key: Vec<KeyFile>,
    #[serde(default)]
    certificate: Vec<CertificateFile>,
    #[serde(default)]
    fault: FaultFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KeyFile {
    file: PathBuf,
    password: Option<String>,
    label: Option<String>,
    id: Option<String>,
    always_authenticate: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CertificateFile {
    file: PathBuf,
    label: Option<String>,
    id: Option<String>,
    #[serde(default)]
    names: Names,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FaultFile {
    vanish_after: Option<VanishFile>,
    error_after: Option<ErrorFile>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    corrupt_signature: bool,
    #[serde(default)]
    omit_private_attributes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct VanishFile {
    signatures: u32,
    during: Option<String>,
    until_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ErrorFile {
    signatures: u32,
    code: String,
    during: Option<String>,
    times: Option<u32>,
}

/// Reads the file and what it names.
pub(super) fn read(path: &Path) -> Result<Config, ConfigError> {
    let text = Zeroizing::new(material::read(path)?);
    let text = std::str::from_utf8(&text)
        .map_err(|_| ConfigError::Material(path.to_owned(), "a configuration in UTF-8"))?;
    let file: ConfigFile =
        toml::from_str(text).map_err(|e| ConfigError::Form(path.to_owned(), e))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let slots = (1..).zip(file.slot).map(|(place, slot)| slot.build(place, folder));
    Ok(Config {
        log: folder.join(file.log),
        state: file.state.map(|state| folder.join(state)),
        library: Library {
            description: file.library_description.unwrap_or_else(|| "HPKI 3.0".to_owned()),
            manufacturer: file.library_manufacturer.unwrap_or_else(|| "strict-card".to_owned()),
        },
        slots: slots.collect::<Result<_, _>>()?,
    })
}

impl SlotFile {
    fn build(self, place: u32, folder: &Path) -> Result<SlotConfig, ConfigError> {
        Ok(SlotConfig {
            description: self.description.unwrap_or_else(|| "strict reader".to_owned()),
            token: self.token.map(|token| token.build(place, folder)).transpose()?,
        })
    }
}

impl TokenFile {
    fn build(self, place: u32, folder: &Path) -> Result<TokenConfig, ConfigError> {
        let login = self.login.unwrap_or(LoginRule::PerSignature);
        let tries = self.tries.unwrap_or(3);
        let keys = self.key.into_iter().map(|key| key.build(login, folder));
        let certificates = self.certificate.into_iter().map(|c| c.build(folder));
        let omitted = &self.fault.omit_private_attributes;
        let omitted: Vec<_> = omitted
            .iter()
            .map(|name| object::attribute(name).ok_or_else(|| unknown(name, "a key's attribute")))
            .collect::<Result<_, _>>()?;
        let mut token = TokenConfig {
            label: self.label.unwrap_or_else(|| "HPKI Application".to_owned()),
            serial: self.serial.unwrap_or_else(|| format!("{place:04}")),
            model: self.model.unwrap_or_else(|| "ISO 7816-15:2016".to_owned()),
            manufacturer: self.manufacturer.unwrap_or_else(|| "strict-card".to_owned()),
            pin: Pin::new(self.pin).ok_or(ConfigError::Pin)?,
            tries,
            tries_left: self.tries_left.unwrap_or(tries),
            login,
            objects: keys.chain(certificates).collect::<Result<_, _>>()?,
            faults: self.fault.build(folder)?,
        };
        token.omit(&omitted);
        Ok(token)
    }
}

impl KeyFile {
    fn build(self, login: LoginRule, folder: &Path) -> Result<object::Object, ConfigError> {
        let path = folder.join(self.file);
        let password = self.password.map(Zeroizing::new);
        let key = RsaKey::read(&path, password.as_ref().map(|p| p.as_str()))?;
        let asks = self.always_authenticate.unwrap_or(login == LoginRule::PerSignature);
        let label = self.label.unwrap_or_else(|| "Private key of HPKI".to_owned());
        Ok(object::key(key, &label, &id(self.id)?, asks))
    }
}

impl CertificateFile {
    fn build(self, folder: &Path) -> Result<object::Object, ConfigError> {
        let path = folder.join(self.file);
        let label = self.label.unwrap_or_else(|| "HPKI END ENTITY CERTIFICATE".to_owned());
        let der = material::certificate(&path)?;
        object::certificate(&der, &label, &id(self.id)?, self.names)
            .ok_or(ConfigError::Material(path, "a certificate"))
    }
}

impl FaultFile {
    fn build(self, folder: &Path) -> Result<FaultPlan, ConfigError> {
        let vanish = self.vanish_after.map(|vanish| {
            Ok(Vanish {
                after: vanish.signatures,
                during: vanish.during.map(promised).transpose()?,
                until: vanish.until_file.map(|file| folder.join(file)),
            })
        });
        let error = self.error_after.map(|error| {
            Ok(InjectedError {
                after: error.signatures,
                during: promised(error.during.unwrap_or_else(|| "C_Sign".to_owned()))?,
                code: rv::by_name(&error.code)
                    .ok_or_else(|| unknown(&error.code, "a return value"))?,
                times: error.times,
            })
        });
        Ok(FaultPlan {
            vanish: vanish.transpose()?,
            error: error.transpose()?,
            delay: Duration::from_millis(self.delay_ms),
            signature: if self.corrupt_signature { Signatures::Corrupt } else { Signatures::Right },
        })
    }
}

/// The example of the guideline's annex B, unless something else is given.
fn id(hexadecimal: Option<String>) -> Result<Vec<u8>, ConfigError> {
    let text = hexadecimal.unwrap_or_else(|| "17".to_owned());
    object::from_hexadecimal(&text).ok_or_else(|| unknown(&text, "bytes in hexadecimal"))
}

fn promised(function: String) -> Result<String, ConfigError> {
    if PROMISED.contains(&function.as_str()) {
        return Ok(function);
    }
    Err(unknown(&function, "a promised function"))
}

fn unknown(name: &str, of: &'static str) -> ConfigError {
    ConfigError::UnknownName(name.to_owned(), of)
}
