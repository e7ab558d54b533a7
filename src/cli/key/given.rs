//! Which key is meant, and how its token is opened.

use crate::cli::Failure;
use crate::cli::options::PinArgument;
use crate::cli::signer::{KeyName, pin_for};
use crate::der::algorithm::PublicKey;
use crate::digest::DigestAlgorithm;
use crate::edge::prompt::PinSource;
use crate::hsm::uri::Uri;
use crate::hsm::{Held, HsmError, Keeper, LastTry, Library, Purpose, Token};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How tokens are found and opened.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TokenArgs {
    /// The PKCS#11 library of the card or HSM; otherwise that of INKAN_PKCS11_MODULE, or those
    /// installed where the token profiles have them.
    #[arg(long, value_name = "PATH")]
    module: Option<PathBuf>,

    /// Speak to the token as this profile says; otherwise as the profile that recognises it.
    #[arg(long, value_name = "NAME")]
    token_profile: Option<String>,

    /// Use the PIN though only one try is left; a wrong one locks the token.
    #[arg(long)]
    last_try: bool,

    /// Where the password or PIN comes from: file:PATH, fd:N or env:NAME; otherwise it is asked for.
    #[arg(long, value_name = "SOURCE")]
    pin_source: Option<PinArgument>,
}

impl TokenArgs {
    /// Where the password or PIN comes from, if that was said.
    pub(super) fn pin(&self) -> Result<Option<&PinSource>, Failure> {
        Ok(PinArgument::resolve(self.pin_source.as_ref())?)
    }

    /// The one token that is meant.
    pub(super) fn token(&self, uri: &Uri) -> Result<Token, Failure> {
        let libraries = Library::find(self.module.as_deref(), self.token_profile.as_deref(), uri)?;
        Ok(Library::token(&libraries, uri)?)
    }

    /// Opens the token.
    pub(super) fn open(&self, token: Token, purpose: Purpose) -> Result<Keeper, Failure> {
        let pin = self.pin()?;
        Keeper::open(token, purpose, self.last_try(), |token| pin_for(token, pin))
    }

    /// Opens the token of a key, and finds the key.
    pub(super) fn key(&self, uri: &Uri, purpose: Purpose) -> Result<(Keeper, Held), Failure> {
        let keeper = self.open(self.token(uri)?, purpose)?;
        let key = keeper.key(uri)?;
        Ok((keeper, key))
    }

    pub(super) const fn last_try(&self) -> LastTry {
        if self.last_try { LastTry::Allowed } else { LastTry::Kept }
    }
}

/// Reads what names a key. It is not repeated if it is bad: somebody may have written the PIN into it.
pub(super) fn named(text: &str) -> Result<KeyName, Failure> {
    match text.split_once(':') {
        Some(("file", path)) if !path.is_empty() => Ok(KeyName::File(PathBuf::from(path))),
        Some(("pkcs11", _)) => Ok(KeyName::Token(text.parse().map_err(HsmError::from)?)),
        _ => Err(Failure::new(
            "no key is named",
            "write file:PATH, or pkcs11:token=LABEL;object=LABEL",
        )),
    }
}

/// The URI of a key on a token, by which it is found again among all others.
pub(super) fn uri_of(token: &Token, key: &Held) -> Uri {
    let told = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Uri {
        token: told(&token.info.label),
        serial: told(&token.info.serial),
        object: key.label().map(str::to_owned),
        id: key.id().map(<[u8]>::to_vec),
        ..Uri::default()
    }
}

/// A token as records and reports name it.
pub(super) fn place_of(token: &Token) -> BTreeMap<String, String> {
    let info = &token.info;
    let rows = [
        ("token", info.label.trim().to_owned()),
        ("serial", info.serial.trim().to_owned()),
        ("manufacturer", info.manufacturer.trim().to_owned()),
        ("model", info.model.trim().to_owned()),
        ("hardware", info.hardware_version.to_string()),
        ("firmware", info.firmware_version.to_string()),
        ("profile", token.profile.id.clone()),
    ];
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A file as records name it.
pub(super) fn place_of_file(path: &Path) -> BTreeMap<String, String> {
    BTreeMap::from([("file".to_owned(), path.display().to_string())])
}

/// By what records and reports know a key: the SHA-256 of its SubjectPublicKeyInfo.
pub(super) fn hash_of(key: &PublicKey) -> String {
    DigestAlgorithm::Sha256.digest(key.der()).to_string()
}

/// What the token says of a key, by attribute.
pub(super) fn found(key: &Held) -> BTreeMap<String, String> {
    let said = |value: Option<bool>| value.map_or("not reported".to_owned(), |v| v.to_string());
    let mut rows: BTreeMap<String, String> =
        key.flags.iter().map(|flag| (flag.name.to_owned(), said(flag.value))).collect();
    if let Some(mechanism) = &key.made_by {
        rows.insert("CKA_KEY_GEN_MECHANISM".to_owned(), mechanism.clone());
    }
    rows
}
