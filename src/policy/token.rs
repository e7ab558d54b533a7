//! What is known of each kind of token: `hsm-profiles/*.toml`, embedded.

mod quirk;

pub use quirk::Quirk;

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Every profile, by name.
const PROFILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/hsm-profiles.rs"));

/// The profile for tokens that no other is of.
pub const GENERIC: &str = "generic";

/// One kind of token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenProfile {
    /// The name of its file.
    #[serde(skip)]
    pub id: String,
    /// What people call it.
    pub name: Title,
    /// Where each row comes from.
    pub sources: BTreeMap<String, Source>,
    /// Its library.
    pub module: ModuleRow,
    /// How to log in.
    pub login: LoginRow,
    /// How it is recognised.
    #[serde(default)]
    pub token: Vec<Recogniser>,
    /// How it signs, by algorithm.
    #[serde(default)]
    pub sign: BTreeMap<String, SignRow>,
    /// What is peculiar to it.
    #[serde(default)]
    pub quirk: Vec<QuirkRow>,
    /// Validations that its maker declares.
    #[serde(default)]
    pub validation: Vec<Validation>,
    /// How its maker's attestation certificates are known.
    pub attestation: Option<AttestationRow>,
}

/// A name in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: String,
}

/// A text or measurement that rows cite.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its address.
    pub url: Option<String>,
    /// What of it was read.
    pub read: String,
}

/// The library.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleRow {
    /// The variable that names it.
    pub env: String,
    /// How it is initialised.
    pub initialize: Initialize,
    #[allow(missing_docs, reason = "as in every row: where it comes from")]
    pub source: String,
    #[allow(missing_docs, reason = "as in every row: whether that was read")]
    pub confirmed: bool,
    /// Where it is installed, in order.
    #[serde(default)]
    pub libraries: Vec<LibraryRow>,
}

/// The argument of `C_Initialize`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialize {
    /// None at all (JAHIS 24-002).
    NullArgs,
    /// Locking by the operating system.
    OsLocking,
}

impl Initialize {
    /// The word in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NullArgs => "null-args",
            Self::OsLocking => "os-locking",
        }
    }
}

/// One place of a library.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of the file, described in its README")]
pub struct LibraryRow {
    pub system: String,
    pub path: String,
    pub source: String,
    pub confirmed: bool,
}

/// How to log in.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are those of the file, described in its README")]
pub struct LoginRow {
    pub user: String,
    pub session: SessionKind,
    pub per_signature: PerSignature,
    pub pin: PinRow,
    pub source: String,
    pub confirmed: bool,
}

/// Which sessions a signer opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum SessionKind {
    ReadOnly,
    ReadWrite,
}

/// What each signature needs of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PerSignature {
    /// A login before and a logout after it.
    LogoutAndLogin,
    /// A context-specific login where the key says that it always authenticates.
    AsKeySays,
}

/// What a PIN looks like.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of the file, described in its README")]
pub struct PinRow {
    pub min: Option<usize>,
    pub max: Option<usize>,
    pub characters: Characters,
    pub form: String,
}

/// What a PIN is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum Characters {
    Ascii,
    #[serde(rename = "utf-8")]
    Utf8,
}

/// By what a token is known: every field that is there must fit.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are those of the file, described in its README")]
pub struct Recogniser {
    pub library_manufacturer: Option<Vec<String>>,
    pub library_description: Option<Vec<String>>,
    pub manufacturer: Option<Vec<String>>,
    pub model: Option<Vec<String>>,
    pub label: Option<Vec<String>>,
    pub serial: Option<Vec<String>>,
    pub source: String,
    pub confirmed: bool,
}

/// How one algorithm is done.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignRow {
    /// Its name in PKCS#11, `CKM_…`.
    pub mechanism: String,
    /// What `C_Sign` is given.
    pub input: Input,
    /// What it gives, for ECDSA.
    #[serde(default)]
    pub output: Output,
    #[allow(missing_docs, reason = "as in every row: where it comes from")]
    pub source: String,
    #[allow(missing_docs, reason = "as in every row: whether that was read")]
    pub confirmed: bool,
}

/// What is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// The message; the token hashes.
    Message,
    /// Its digest.
    Digest,
    /// Its digest in a DigestInfo (RFC 8017 §9.2).
    DigestInfo,
}

/// How an ECDSA signature is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// r and s, of equal length.
    #[default]
    Raw,
    /// As CMS has it.
    Der,
}

/// Something peculiar.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of the file, described in its README")]
pub struct QuirkRow {
    pub name: Quirk,
    pub source: String,
    pub confirmed: bool,
}

/// A validation that the maker declares; nothing that a token says proves it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are those of the file, described in its README")]
pub struct Validation {
    pub standard: String,
    pub level: u8,
    pub module: String,
    pub number: Option<String>,
    #[serde(default)]
    pub firmware: Vec<String>,
    pub valid_until: Option<toml::value::Datetime>,
    pub source: String,
    pub confirmed: bool,
}

/// Certificates on the token in which its maker attests keys.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of the file, described in its README")]
pub struct AttestationRow {
    pub labels: Vec<String>,
    pub source: String,
    pub confirmed: bool,
}

impl AttestationRow {
    fn names(&self, label: &str) -> bool {
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(begin) => label.starts_with(begin),
            None => label == pattern,
        };
        self.labels.iter().any(fits)
    }
}

/// A profile that cannot be read. This is a fault of inkan.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the token profile '{name}' cannot be read: {why}")]
pub struct BadProfile {
    name: String,
    why: String,
}

impl TokenProfile {
    /// Reads one.
    pub fn parse(name: &str, text: &str) -> Result<Self, BadProfile> {
        let bad = |why: String| BadProfile { name: name.to_owned(), why };
        let read: Self = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        Ok(Self { id: name.to_owned(), ..read })
    }

    /// All that come with inkan.
    pub fn embedded() -> Result<Vec<Self>, BadProfile> {
        PROFILES.iter().map(|(name, text)| Self::parse(name, text)).collect()
    }

    /// Whether that is peculiar to it.
    pub fn has(&self, quirk: Quirk) -> bool {
        self.quirk.iter().any(|row| row.name == quirk)
    }

    /// How many rows are confirmed, and how many are not.
    pub fn confidence(&self) -> (usize, usize) {
        let module = [self.module.confirmed, self.login.confirmed].into_iter();
        let libraries = self.module.libraries.iter().map(|row| row.confirmed);
        let rest = self.token.iter().map(|row| row.confirmed);
        let rest = rest.chain(self.sign.values().map(|row| row.confirmed));
        let rest = rest.chain(self.quirk.iter().map(|row| row.confirmed));
        let rest = rest.chain(self.validation.iter().map(|row| row.confirmed));
        let (confirmed, not): (Vec<bool>, Vec<bool>) =
            module.chain(libraries).chain(rest).partition(|confirmed| *confirmed);
        (confirmed.len(), not.len())
    }

    /// Whether a certificate of that label is its maker's attestation of a key. It carries the public half
    /// of the key, and is not the certificate to sign with.
    pub fn attests(&self, label: Option<&str>) -> bool {
        self.attestation.as_ref().is_some_and(|row| row.names(label.unwrap_or_default()))
    }

    /// The sources that its rows name.
    pub fn cited(&self) -> BTreeSet<&str> {
        let module = [&self.module.source, &self.login.source].into_iter();
        let libraries = self.module.libraries.iter().map(|row| &row.source);
        let rest = self.token.iter().map(|row| &row.source);
        let rest = rest.chain(self.sign.values().map(|row| &row.source));
        let rest = rest.chain(self.quirk.iter().map(|row| &row.source));
        let rest = rest.chain(self.validation.iter().map(|row| &row.source));
        let rest = rest.chain(self.attestation.iter().map(|row| &row.source));
        module.chain(libraries).chain(rest).map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkan_pkcs11::MechanismType;

    #[test]
    fn every_profile_can_be_read_and_cites_what_it_lists() {
        let all = TokenProfile::embedded().unwrap();
        assert!(all.len() >= 12, "{}", all.len());
        for profile in all {
            for cited in profile.cited() {
                assert!(profile.sources.contains_key(cited), "{}: {cited}", profile.id);
            }
            for (algorithm, row) in &profile.sign {
                let known = MechanismType::from_name(&row.mechanism);
                assert!(known.is_some(), "{}: {algorithm}: {}", profile.id, row.mechanism);
            }
        }
    }

    #[test]
    fn an_attestation_of_the_maker_is_known_by_its_label_and_the_signer_s_certificate_is_not() {
        let all = TokenProfile::embedded().unwrap();
        let profile = |id: &str| all.iter().find(|profile| profile.id == id).unwrap();
        let yubikey = profile("yubikey-piv");
        assert!(yubikey.attests(Some("X.509 Certificate for PIV Attestation 9c")));
        assert!(!yubikey.attests(Some("X.509 Certificate for Digital Signature")));
        assert!(!yubikey.attests(None));
        assert!(!profile("softhsm2").attests(Some("X.509 Certificate for PIV Attestation 9c")));
    }

    #[test]
    fn a_word_that_nobody_knows_is_refused() {
        let text = "name = { en = 'x', ja = 'x' }\nsoures = {}";
        let error = TokenProfile::parse("x", text).unwrap_err().to_string();
        assert!(error.contains("soures"), "{error}");
    }
}
