//! What goes wrong between here and a token, and what to do about it.

use super::uri::BadUri;
use crate::key::{KeyError, TokenTrouble};
use crate::policy::token::BadProfile;
use inkan_pkcs11::{Error, Meaning, Rv, TokenFlags};
use std::path::{Path, PathBuf};

/// Why a token could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HsmError {
    /// The URI cannot be used.
    #[error("the key's URI: {0}")]
    Uri(#[from] BadUri),
    /// A profile that comes with inkan is broken.
    #[error(transparent)]
    Profile(#[from] BadProfile),
    /// There is no profile of that name.
    #[error("there is no token profile named '{name}'")]
    NoSuchProfile {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// No library was named, and none is where any profile has one.
    #[error("no PKCS#11 library was found")]
    NoLibrary,
    /// The library does not work.
    #[error("{}", of_file(path, error))]
    Library {
        /// Its path.
        path: PathBuf,
        /// Why.
        error: Error,
    },
    /// No token fits.
    #[error("no token fits '{wanted}'; {}", listed(.seen))]
    NoToken {
        /// The URI.
        wanted: String,
        /// Tokens that there are.
        seen: Vec<String>,
    },
    /// More than one fits: the wrong one must not sign.
    #[error("{} tokens fit '{wanted}': {}", .seen.len(), .seen.join(", "))]
    SeveralTokens {
        /// The URI.
        wanted: String,
        /// Those that fit.
        seen: Vec<String>,
    },
    /// No private key fits.
    #[error("no private key on {token} fits '{wanted}'; {}", listed(.seen))]
    NoKey {
        /// The token.
        token: String,
        /// The URI.
        wanted: String,
        /// Keys that there are.
        seen: Vec<String>,
    },
    /// More than one fits.
    #[error("{} private keys on {token} fit '{wanted}': {}", .seen.len(), .seen.join(", "))]
    SeveralKeys {
        /// The token.
        token: String,
        /// The URI.
        wanted: String,
        /// Those that fit.
        seen: Vec<String>,
    },
    /// The key has no certificate, neither on the token nor among those given.
    #[error("there is no certificate for the key {key} on {token}{}", beside(.seen))]
    NoCertificate {
        /// The token.
        token: String,
        /// The key.
        key: String,
        /// Whose certificates lie on the token.
        seen: Vec<String>,
    },
    /// None of the certificates given is of the key.
    #[error("the certificate {certificate} is not of the key {key} on {token}")]
    OtherCertificate {
        /// The token.
        token: String,
        /// The key.
        key: String,
        /// Whose certificate was given.
        certificate: String,
    },
    /// What was typed cannot be a PIN of this token; it was not tried.
    #[error("this cannot be the PIN of {token}, and was not tried: it has {must}")]
    NotAPin {
        /// The token.
        token: String,
        /// What a PIN of it is like.
        must: String,
    },
    /// One more wrong PIN locks the token.
    #[error("only one try is left for the PIN of {token}, and it was not used")]
    LastTry {
        /// The token.
        token: String,
    },
    /// What was typed is not the PIN.
    #[error("the PIN of {token} is another: {error}")]
    WrongPin {
        /// The token.
        token: String,
        /// The function and what it returned.
        error: Error,
        /// What is left.
        left: TriesLeft,
    },
    /// Nobody can log in any more.
    #[error("the PIN of {token} is locked")]
    Locked {
        /// The token.
        token: String,
    },
    /// The profile does not say how.
    #[error("the profile '{profile}' does not say how {algorithm} is done on this token")]
    NotDescribed {
        /// The profile.
        profile: String,
        /// What was to be done.
        algorithm: String,
    },
    /// The signature is not one of the key in the certificate. It was thrown away.
    #[error("{token} made a signature that its certificate does not verify; it was thrown away")]
    WrongSignature {
        /// The token.
        token: String,
    },
    /// The token answered what PKCS#11 does not allow.
    #[error("{token}: {what}")]
    Nonsense {
        /// The token.
        token: String,
        /// What.
        what: String,
    },
    /// A call failed.
    #[error("{token}: {error}")]
    Call {
        /// The token.
        token: String,
        /// The function and what it returned.
        error: Error,
    },
}

/// What a token says of the tries for its PIN; some do not say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the words say it")]
pub enum TriesLeft {
    NotTold,
    Few,
    One,
    None,
}

impl TriesLeft {
    /// What the flags of a token say.
    pub fn told(flags: TokenFlags) -> Self {
        match flags {
            flags if flags.user_pin_locked() => Self::None,
            flags if flags.user_pin_final_try() => Self::One,
            flags if flags.user_pin_count_low() => Self::Few,
            _ => Self::NotTold,
        }
    }
}

/// Errors about the file name it themselves.
fn of_file(path: &Path, error: &Error) -> String {
    match error {
        Error::NoSuchFile { .. }
        | Error::Unreadable { .. }
        | Error::NotALibrary { .. }
        | Error::WrongArchitecture { .. }
        | Error::NotLoadable { .. }
        | Error::NotPkcs11 { .. } => error.to_string(),
        _ => format!("{}: {error}", path.display()),
    }
}

fn beside(seen: &[String]) -> String {
    match seen {
        [] => String::new(),
        some => format!("; those on it are for other keys: {}", some.join("; ")),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "there is none at all".to_owned(),
        some => format!("there are: {}", some.join(", ")),
    }
}

impl HsmError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Uri(_) => {
                "write pkcs11:token=LABEL;object=LABEL (RFC 7512); the PIN goes to --pin-source"
                    .into()
            }
            Self::Profile(_) => "tell the makers of inkan".into(),
            Self::NoSuchProfile { known, .. } => format!("the profiles are {known}"),
            Self::NoLibrary => {
                "name the library of your card or HSM with --module PATH, or install it".into()
            }
            Self::Library { error, .. } => of_library(error).into(),
            Self::NoToken { .. } => {
                "insert the card, or name the token as `inkan token list` shows it".into()
            }
            Self::SeveralTokens { .. } => "add serial=… to the URI, or take one of them out".into(),
            Self::NoKey { .. } => "name the key as `inkan token info` shows it".into(),
            Self::SeveralKeys { .. } => "add object=… or id=… to the URI".into(),
            Self::NoCertificate { .. } => "name its certificate with --cert FILE".into(),
            Self::OtherCertificate { .. } => {
                "name the certificate of this key with --cert, or the key of this certificate"
                    .into()
            }
            Self::NotAPin { .. } => "type the PIN again; no try was used up".into(),
            Self::LastTry { .. } => {
                "make sure of the PIN, and add --last-try; a wrong one locks the card for good"
                    .into()
            }
            Self::WrongPin { left, .. } => of_wrong_pin(*left).into(),
            Self::Locked { .. } => {
                "only the issuer of the card, or the security officer, can help".into()
            }
            Self::NotDescribed { .. } => {
                "sign with another --scheme, or choose another --token-profile".into()
            }
            Self::WrongSignature { .. } => {
                "do not use this token: it is faulty, or its certificate is for another key".into()
            }
            Self::Nonsense { .. } => "update the library of the token".into(),
            Self::Call { error, .. } => of_call(error).into(),
        }
    }

    /// Whether the other files of a batch would fare no better: to go on would use up tries, or fail in
    /// the same way for each.
    pub fn ends_batch(&self) -> bool {
        match self {
            Self::Nonsense { .. } => false,
            Self::Call { error, .. } => !matches!(
                error.meaning(),
                Meaning::Other | Meaning::Busy | Meaning::Exhausted | Meaning::AlreadyLoggedIn
            ),
            Self::Uri(_)
            | Self::Profile(_)
            | Self::NoSuchProfile { .. }
            | Self::NoLibrary
            | Self::Library { .. }
            | Self::NoToken { .. }
            | Self::SeveralTokens { .. }
            | Self::NoKey { .. }
            | Self::SeveralKeys { .. }
            | Self::NoCertificate { .. }
            | Self::OtherCertificate { .. }
            | Self::NotAPin { .. }
            | Self::LastTry { .. }
            | Self::WrongPin { .. }
            | Self::Locked { .. }
            | Self::NotDescribed { .. }
            | Self::WrongSignature { .. } => true,
        }
    }
}

impl From<HsmError> for KeyError {
    fn from(error: HsmError) -> Self {
        let (what, hint, ends_batch) = (error.to_string(), error.hint(), error.ends_batch());
        Self::Token(TokenTrouble { what, hint, ends_batch })
    }
}

const fn of_wrong_pin(left: TriesLeft) -> &'static str {
    match left {
        TriesLeft::NotTold => "one try is used up; inkan never tries by itself",
        TriesLeft::Few => "one try is used up and few are left; make sure of the PIN first",
        TriesLeft::One => {
            "only one try is left: make sure of the PIN with whoever issued the card; --last-try uses it"
        }
        TriesLeft::None => {
            "the PIN is locked now; only the issuer of the card, or the security officer, can help"
        }
    }
}

const fn of_library(error: &Error) -> &'static str {
    match error {
        Error::NoSuchFile { .. } => "name the library of your card or HSM with --module PATH",
        Error::WrongArchitecture { .. } => "install the library that is made for this processor",
        Error::NotALibrary { .. } | Error::NotPkcs11 { .. } => {
            "name the PKCS#11 library (often …p11….so or …pkcs11….so), not another file"
        }
        Error::NotLoadable { .. } => "install what it needs; the message names it",
        Error::Forked => "start inkan anew: the library was loaded by the parent process",
        _ => {
            "is the reader connected and its service running? If the library is peculiar, name its \
             profile with --token-profile"
        }
    }
}

fn of_call(error: &Error) -> &'static str {
    if error.code().and_then(Rv::name) == Some("CKR_TOKEN_NOT_RECOGNIZED") {
        return "insert the right card; a token that was never initialised holds no keys";
    }
    match error.meaning() {
        Meaning::Stale => {
            "put the card back, and run the same command again; a batch with --resume"
        }
        Meaning::NotLoggedIn => {
            "name the token's profile with --token-profile: it logs in otherwise"
        }
        Meaning::PinWrong => "one try is used up; inkan never tries by itself",
        Meaning::PinLocked => "only the issuer of the card, or the security officer, can help",
        Meaning::PinUnusable => "the PIN has expired or has a form that this token does not take",
        Meaning::PinNotSet => "set the PIN with the software of the token",
        Meaning::MechanismRefused | Meaning::DataRefused | Meaning::NotSupported => {
            "`inkan token check` says what this token can do; choose another --scheme or --token-profile"
        }
        Meaning::Cancelled => "somebody pressed cancel; run the same command with --resume",
        Meaning::Exhausted | Meaning::Busy => {
            "close other programs that use the token, and try again"
        }
        Meaning::ReadOnly => {
            "the token is write-protected, or only its security officer may do this"
        }
        Meaning::NoSuchSlot => "name the token by its label or serial number, not by its slot",
        Meaning::CannotLock => "name the token's profile with --token-profile",
        _ => "look the name up in the manual of the token",
    }
}
