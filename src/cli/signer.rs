//! Who signs: a key in a file or on a token, and the certificate that belongs to it.

use super::Failure;
use super::failure::key_hint;
use super::options::shown;
use crate::crypto::SignatureScheme;
use crate::der::certificate::Certificate;
use crate::edge::files::read_bounded;
use crate::edge::prompt::{self, PinSource};
use crate::edge::trust_store::{StoreError, certificates_in};
use crate::hsm::uri::Uri;
use crate::hsm::{HsmError, LastTry, Library, Opening, Token, TokenKey};
use crate::key::software::SoftwareKey;
use crate::key::{KeyError, Password, SigningKey, container, pair};
use crate::seal::SealError;
use std::path::{Path, PathBuf};

/// Private keys are small.
const MAX_KEY: u64 = 1 << 20;

/// Where a key lives.
#[derive(Clone, Debug)]
pub(crate) enum KeyName {
    /// In a file.
    File(PathBuf),
    /// On a token.
    Token(Uri),
}

impl KeyName {
    /// Reads a URI. It is not repeated if it is bad, and not read by the argument parser, which would
    /// repeat it: somebody may have written the PIN into it.
    pub(crate) fn read(uri: &str) -> Result<Self, Failure> {
        match uri.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(PathBuf::from(path))),
            Some(("pkcs11", _)) => Ok(Self::Token(uri.parse().map_err(HsmError::from)?)),
            _ => Err(Failure::new(
                "--key names no key",
                "write --key file:PATH, or --key pkcs11:token=LABEL;object=LABEL",
            )),
        }
    }
}

/// How the token of a key is found and spoken to.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OnToken {
    /// The PKCS#11 library of the card or HSM; otherwise that of INKAN_PKCS11_MODULE, or those
    /// installed where the token profiles have them.
    #[arg(long, value_name = "PATH")]
    pub(crate) module: Option<PathBuf>,

    /// Speak to the token as this profile says (`inkan token list` shows them); otherwise as the
    /// profile that recognises it.
    #[arg(long, value_name = "NAME")]
    pub(crate) token_profile: Option<String>,

    /// How the key signs: rsa-pkcs1-sha256, rsa-pss-sha256, ecdsa-sha256, … (sha384, sha512, ed25519);
    /// otherwise as is usual for such a key.
    #[arg(long, value_name = "SCHEME")]
    pub(crate) scheme: Option<String>,

    /// Use the PIN though only one try is left; a wrong one locks the token.
    #[arg(long)]
    pub(crate) last_try: bool,
}

/// A key ready to sign.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The key.
    pub(crate) key: Box<dyn SigningKey>,
    /// Its certificate.
    pub(crate) certificate: Certificate,
    /// Certificates that may be those of its CAs.
    pub(crate) chain: Vec<Certificate>,
}

/// Opens the key and finds its certificate among those given, and those that lie beside it.
pub(crate) fn open(
    key: &KeyName,
    certificates: &[PathBuf],
    pin: Option<&PinSource>,
    on_token: &OnToken,
) -> Result<Opened, Failure> {
    let mut given = Vec::new();
    for file in certificates {
        given.extend(certificates_in(file)?);
    }
    match key {
        KeyName::File(path) => in_file(path, given, pin, on_token),
        KeyName::Token(uri) => on_the_token(uri, &given, pin, on_token),
    }
}

fn in_file(
    path: &Path,
    mut given: Vec<Certificate>,
    pin: Option<&PinSource>,
    on_token: &OnToken,
) -> Result<Opened, Failure> {
    if given.is_empty() {
        given = certificates_in(path).map_err(|error| match error {
            StoreError::NoCertificate(_) => Failure::new(
                format!("there is no certificate for the key {}", shown(path)),
                "name it with --cert FILE",
            ),
            error => error.into(),
        })?;
    }
    let key = open_file(path, pin)?;
    let mine = given.iter().position(|c| pair::same_key(c.public_key(), key.public_key()));
    let Some(mine) = mine else {
        let certificate = given.first().map_or_else(String::new, |c| c.subject().to_string());
        let error = SealError::OtherKey { certificate };
        return Err(Failure::new(
            error.to_string(),
            "name the certificate of this key with --cert",
        ));
    };
    let key = match &on_token.scheme {
        Some(name) => signing_as(key, name)?,
        None => key,
    };
    let certificate = given.remove(mine);
    Ok(Opened { key: Box::new(key), certificate, chain: given })
}

fn signing_as(key: SoftwareKey, name: &str) -> Result<SoftwareKey, Failure> {
    match SignatureScheme::named(name, key.public_key()) {
        Some(scheme) => Ok(key.with_scheme(scheme)?),
        None => Err(Failure::new(
            format!("'{name}' is no scheme for a key of {}", key.public_key().kind()),
            "leave --scheme out to sign as is usual for such a key",
        )),
    }
}

/// Opens a private key, asking for its password if it is encrypted and none was given.
pub(crate) fn open_file(path: &Path, pin: Option<&PinSource>) -> Result<SoftwareKey, Failure> {
    let bytes = zeroize::Zeroizing::new(read_bounded(path, MAX_KEY)?);
    let named =
        |error: &KeyError| Failure::new(format!("{}: {error}", shown(path)), key_hint(error));
    let encrypted = container::inspect(&bytes).is_some_and(|file| file.encrypted);
    let password: Option<Password> = match (encrypted, pin) {
        (true, Some(source)) => Some(source.read()?),
        (true, None) => Some(prompt::ask(&format!("Password for {}: ", shown(path)))?),
        (false, _) => None,
    };
    SoftwareKey::open(&bytes, password.as_ref()).map_err(|error| named(&error))
}

fn on_the_token(
    uri: &Uri,
    given: &[Certificate],
    pin: Option<&PinSource>,
    on_token: &OnToken,
) -> Result<Opened, Failure> {
    let libraries =
        Library::find(on_token.module.as_deref(), on_token.token_profile.as_deref(), uri)?;
    let token = Library::token(&libraries, uri)?;
    let last_try = if on_token.last_try { LastTry::Allowed } else { LastTry::Kept };
    let opening = Opening { uri, given, scheme: on_token.scheme.as_deref(), last_try };
    let (key, identity) = TokenKey::open(token, &opening, |token| pin_for(token, pin))?;
    let (certificate, chain) = (identity.certificate, identity.others);
    Ok(Opened { key: Box::new(key), certificate, chain })
}

/// The PIN, with a word of warning where wrong ones were typed before.
pub(crate) fn pin_for(token: &Token, source: Option<&PinSource>) -> Result<Password, Failure> {
    let name = super::failure::one_line(&token.called());
    let flags = token.info.flags;
    if flags.user_pin_final_try() {
        super::failure::warn(&format!("only one try is left for the PIN of {name}"));
    } else if flags.user_pin_count_low() {
        super::failure::warn(&format!(
            "a wrong PIN was typed before: few tries are left for {name}"
        ));
    }
    Ok(match source {
        Some(source) => source.read()?,
        None => prompt::ask(&format!("PIN for {name}: "))?,
    })
}
