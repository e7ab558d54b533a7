//! Why a command could not run: one error, one hint.

use crate::der::name::is_invisible;
use crate::edge::FileError;
use crate::edge::http::HttpError;
use crate::edge::prompt::PromptError;
use crate::edge::trust_store::StoreError;
use crate::hsm::{HsmError, KeeperError};
use crate::key::KeyError;
use crate::policy::PolicyError;

/// An error and what to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    error: String,
    hint: String,
}

impl Failure {
    /// A failure in these words.
    pub(crate) fn new(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { error: error.into(), hint: hint.into() }
    }

    /// The same failure, met after something was done already.
    pub(crate) fn after(self, done: &str) -> Self {
        Self { error: format!("{done}: {}", self.error), hint: self.hint }
    }

    /// Tells it on standard error, each part on one line whatever a file name contains.
    pub(crate) fn tell(&self) {
        eprintln!("error: {}", one_line(&self.error));
        eprintln!("hint: {}", one_line(&self.hint));
    }
}

/// Control characters would break the line or steer the terminal; direction marks would make a file
/// or an answer look like another.
pub(crate) fn one_line(text: &str) -> String {
    let steers = |c: char| c.is_control() || is_invisible(c);
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<PromptError> for Failure {
    fn from(error: PromptError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Self::new(error.to_string(), "name a policy that exists, or mend its file")
    }
}

impl From<HsmError> for Failure {
    fn from(error: HsmError) -> Self {
        let hint = error.hint();
        Self::new(error.to_string(), hint)
    }
}

impl From<KeeperError> for Failure {
    fn from(error: KeeperError) -> Self {
        let hint = error.hint();
        Self::new(error.to_string(), hint)
    }
}

/// Something to know that is no failure.
pub(crate) fn warn(text: &str) {
    eprintln!("warning: {}", one_line(text));
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let hint = key_hint(&error);
        Self::new(error.to_string(), hint)
    }
}

/// What to do next about a key.
pub(crate) fn key_hint(error: &KeyError) -> String {
    match error {
        KeyError::NotAKey(_) => "name the private key; certificates go to --cert",
        KeyError::WrongPassword => "try again; inkan never tries by itself",
        KeyError::PasswordNeeded => {
            "give the password with --pin-source file:PATH, fd:N or env:NAME"
        }
        KeyError::EmptyPassword => "choose a password of some length",
        KeyError::Unsupported(_) => "`inkan key generate` makes keys that sign here",
        KeyError::Token(trouble) => return trouble.hint.clone(),
        KeyError::Failed(_) => "nothing was signed; if it happens again, the key is damaged",
    }
    .to_owned()
}
