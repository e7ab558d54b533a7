//! Passwords and PINs: asked for on the terminal, or taken from where a script says.

use crate::key::{NoPassword, Password, PasswordSource};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Longer than any PIN or passphrase; a larger file is the wrong file.
const MAX_OCTETS: usize = 4096;

/// Why there is no password.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PromptError {
    /// Nobody can be asked.
    #[error("there is no terminal to ask for the password on")]
    NoTerminal,
    /// The user gave up.
    #[error("no password was typed")]
    Cancelled,
    /// The two did not agree.
    #[error("the two passwords typed are not the same")]
    NotTheSame,
    /// The argument names no source. It may be the PIN itself, so it is not repeated.
    #[error("the argument of --pin-source names no source of a PIN")]
    BadSource,
    /// The source could not be read.
    #[error("the PIN could not be read from {from}: {reason}")]
    Unreadable {
        /// The source as it was named.
        from: String,
        /// Why not.
        reason: String,
    },
}

impl PromptError {
    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoTerminal => "give the PIN with --pin-source file:PATH, fd:N or env:NAME",
            Self::Cancelled | Self::NotTheSame => "run the command again",
            Self::BadSource => "write file:PATH, fd:N or env:NAME",
            Self::Unreadable { .. } => "check that the source of --pin-source is there and filled",
        }
    }
}

/// Asks on the terminal, without showing what is typed.
pub fn ask(question: &str) -> Result<Password, PromptError> {
    ask_on("/dev/tty", question)
}

/// Asks twice for a password that is to be set, because a mistyped one locks a key for ever.
pub fn ask_new(question: &str, again: &str) -> Result<Password, PromptError> {
    let first = ask(question)?;
    let second = ask(again)?;
    if first.is_same_as(&second) { Ok(first) } else { Err(PromptError::NotTheSame) }
}

/// Asks on the terminal for something that may be seen, such as a name typed again.
pub fn ask_openly(question: &str) -> Result<String, PromptError> {
    let no_terminal = |_| PromptError::NoTerminal;
    let mut terminal =
        File::options().read(true).write(true).open("/dev/tty").map_err(no_terminal)?;
    terminal.write_all(question.as_bytes()).map_err(no_terminal)?;
    let mut line = String::new();
    let limit = u64::try_from(MAX_OCTETS).unwrap_or(u64::MAX);
    BufReader::new(terminal.take(limit)).read_line(&mut line).map_err(no_terminal)?;
    let typed = line.trim_end_matches(['\r', '\n']);
    if typed.is_empty() { Err(PromptError::Cancelled) } else { Ok(typed.to_owned()) }
}

fn ask_on(terminal: &str, question: &str) -> Result<Password, PromptError> {
    let config = rpassword::ConfigBuilder::new()
        .input_file_path(terminal)
        .output_file_path(terminal)
        .build();
    let typed = rpassword::prompt_password_with_config(question, config);
    match typed.map(Password::from) {
        Ok(password) if password.expose().is_empty() => Err(PromptError::Cancelled),
        Ok(password) => Ok(password),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof => PromptError::Cancelled,
            // Opening the terminal of a process that has none fails with ENXIO, which has no kind.
            _ => PromptError::NoTerminal,
        }),
    }
}

/// Where a script keeps a PIN. Never the PIN itself: a command line is seen by all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PinSource {
    /// `file:PATH`, the first and only line.
    File(PathBuf),
    /// `fd:N`, an open descriptor.
    Descriptor(u32),
    /// `env:NAME`; processes of the same user can see it.
    Environment(String),
}

impl FromStr for PinSource {
    type Err = PromptError;

    fn from_str(text: &str) -> Result<Self, PromptError> {
        let source = match text.split_once(':') {
            Some((_, "")) => None,
            Some(("file", path)) => Some(Self::File(path.into())),
            Some(("fd", number)) => number.parse().ok().map(Self::Descriptor),
            Some(("env", name)) => Some(Self::Environment(name.to_owned())),
            Some(_) | None => None,
        };
        source.ok_or(PromptError::BadSource)
    }
}

impl std::fmt::Display for PinSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Descriptor(number) => write!(f, "fd:{number}"),
            Self::Environment(name) => write!(f, "env:{name}"),
        }
    }
}

impl PinSource {
    /// Reads the PIN, less one newline at its end.
    pub fn read(&self) -> Result<Password, PromptError> {
        let secret = match self {
            Self::File(path) => File::open(path).and_then(read_secret),
            // The system re-opens a descriptor by its name, so that no unsafe code is needed.
            Self::Descriptor(number) => {
                File::open(format!("/dev/fd/{number}")).and_then(read_secret)
            }
            Self::Environment(name) => std::env::var_os(name)
                .map(|value| Zeroizing::new(value.into_encoded_bytes()))
                .ok_or_else(|| io::Error::other("the variable is not set")),
        };
        let mut secret = secret.map_err(|error| self.unreadable(&error.to_string()))?;
        strip_newline(&mut secret);
        if secret.is_empty() {
            Err(self.unreadable("it is empty"))
        } else {
            Ok(Password::new(secret))
        }
    }

    fn unreadable(&self, reason: &str) -> PromptError {
        PromptError::Unreadable { from: self.to_string(), reason: reason.to_owned() }
    }
}

/// The password of stores: from a source, which is read once, or asked for on the terminal.
#[derive(Debug)]
pub struct StorePasswords {
    source: Option<PinSource>,
    question: Option<String>,
    held: Option<Password>,
}

impl StorePasswords {
    /// From that source, if one is given.
    pub const fn new(source: Option<PinSource>) -> Self {
        Self { source, question: None, held: None }
    }

    /// Without a source, this is asked for the next store, or nothing.
    pub fn asking(&mut self, question: Option<String>) -> &mut Self {
        self.question = question;
        self
    }

    fn obtain(&self) -> Result<Password, NoPassword> {
        let password = match (&self.source, &self.question) {
            (Some(source), _) => source.read(),
            (None, Some(question)) => ask(question),
            (None, None) => return Err(NoPassword::Unasked),
        };
        password.map_err(|error| NoPassword::Unavailable {
            error: error.to_string(),
            hint: error.hint(),
        })
    }
}

impl PasswordSource for StorePasswords {
    fn password(&mut self) -> Result<&Password, NoPassword> {
        let held = self.held.take().filter(|_| self.source.is_some());
        let password = match held {
            Some(password) => password,
            None => self.obtain()?,
        };
        Ok(self.held.insert(password))
    }
}

/// Reads into one buffer that is never moved, so that no unwiped copy stays behind.
fn read_secret(mut from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut secret = Zeroizing::new(vec![0; MAX_OCTETS + 1]);
    let mut filled = 0;
    loop {
        match from.read(secret.get_mut(filled..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if filled > MAX_OCTETS {
        return Err(io::Error::other(format!("it is longer than {MAX_OCTETS} bytes")));
    }
    secret.truncate(filled);
    Ok(secret)
}

fn strip_newline(secret: &mut Vec<u8>) {
    if secret.last() == Some(&b'\n') {
        secret.pop();
        if secret.last() == Some(&b'\r') {
            secret.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Seek as _;
    use std::os::fd::AsRawFd as _;

    fn holding(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn source(text: &str) -> PinSource {
        let source: PinSource = text.parse().unwrap();
        assert_eq!(source.to_string(), text);
        source
    }

    #[test]
    fn a_file_gives_its_line_less_one_newline() {
        for (content, pin) in [
            (&b"1234\n"[..], &b"1234"[..]),
            (b"1234\r\n", b"1234"),
            (b"1234", b"1234"),
            (b" 1234 \n\n", b" 1234 \n"),
        ] {
            let file = holding(content);
            let source = source(&format!("file:{}", file.path().display()));
            assert_eq!(source.read().unwrap().expose(), pin);
        }
    }

    #[test]
    fn a_descriptor_is_read_by_its_number() {
        let mut file = holding(b"0000\n");
        file.as_file_mut().rewind().unwrap();
        let number = file.as_file().as_raw_fd();
        assert_eq!(source(&format!("fd:{number}")).read().unwrap().expose(), b"0000");
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"4321\n").unwrap();
        drop(writer);
        let number = reader.as_raw_fd();
        assert_eq!(source(&format!("fd:{number}")).read().unwrap().expose(), b"4321");
    }

    #[test]
    fn a_variable_gives_its_value_and_a_missing_one_is_named() {
        let expected = std::env::var_os("PATH").unwrap().into_encoded_bytes();
        assert_eq!(source("env:PATH").read().unwrap().expose(), expected);
        let error = source("env:INKAN_NO_SUCH_PIN").read().unwrap_err();
        assert!(error.to_string().contains("env:INKAN_NO_SUCH_PIN"), "{error}");
    }

    #[test]
    fn an_empty_or_endless_source_gives_no_password() {
        let empty = holding(b"\n");
        let empty = source(&format!("file:{}", empty.path().display()));
        for source in [empty, source("file:/dev/zero"), source("fd:4000000"), source("file:/none")]
        {
            let error = source.read().unwrap_err();
            assert!(matches!(error, PromptError::Unreadable { .. }), "{error}");
        }
    }

    #[test]
    fn a_pin_given_in_place_of_its_source_is_not_repeated() {
        for text in [
            "1234",
            "",
            "pass:1234",
            "1234:",
            "12:34",
            "fd:1234x",
            "fd:x",
            "fd:-1",
            "env:",
            "file:",
        ] {
            let error = text.parse::<PinSource>().unwrap_err();
            assert_eq!(error, PromptError::BadSource);
            assert!(!error.to_string().contains("12"), "{error}");
            assert!(error.hint().contains("file:PATH"));
        }
    }

    #[test]
    fn the_password_of_stores_is_read_once_and_nobody_is_asked_without_a_question() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"4321\n").unwrap();
        drop(writer);
        let mut passwords =
            StorePasswords::new(Some(source(&format!("fd:{}", reader.as_raw_fd()))));
        for _ in 0..2 {
            assert_eq!(passwords.password().unwrap().expose(), b"4321");
        }
        let mut nobody = StorePasswords::new(None);
        assert_eq!(nobody.password().unwrap_err(), NoPassword::Unasked);
        let mut wrong = StorePasswords::new(Some(source("file:/none")));
        assert!(wrong.password().unwrap_err().hint().contains("--pin-source"));
    }

    #[test]
    fn without_a_terminal_the_other_ways_are_told() {
        let error = ask_on("/nonexistent/tty", "PIN: ").unwrap_err();
        assert_eq!(error, PromptError::NoTerminal);
        assert!(error.hint().contains("--pin-source"));
    }
}
