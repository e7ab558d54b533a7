//! `tsa.toml`: the time-stamping authorities of a hospital, by name.

use crate::edge::files::{self, FileError};
use crate::edge::prompt::PinSource;
use crate::oid::Oid;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Larger than the list of all TSAs there are.
const MAX_FILE: u64 = 1 << 20;

/// A day: whoever writes more means something else.
const LONGEST_INTERVAL: u64 = 86_400;

/// A TSA of the hospital.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it is called on the command line.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The name that its server knows us by.
    pub user: Option<String>,
    /// Where the password for that is.
    pub password: Option<PinSource>,
    /// The key of our client certificate.
    pub client_key: Option<PathBuf>,
    /// Our client certificate, with those of its CAs.
    pub client_cert: Vec<PathBuf>,
    /// Where the password of that key is.
    pub client_pin: Option<PinSource>,
    /// The policy to ask for.
    pub policy: Option<Oid>,
    /// The time from one request to the next; otherwise what is known of the TSA.
    pub interval: Option<Duration>,
}

/// Why the list cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SettingsError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It says something wrong. What stands there is not repeated: it may be a password.
    #[error("{}{}: {reason}", .path.display(), .line.map_or_else(String::new, |line| format!(", line {line}")))]
    Bad {
        /// The list.
        path: PathBuf,
        /// Where, if that is known.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
}

impl SettingsError {
    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::File(error) => error.hint(),
            Self::Bad { .. } => {
                "each [[tsa]] has name and url, and may have user, password-source, client-key, client-cert, \
                 client-pin-source, policy and interval"
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    tsa: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    name: String,
    url: String,
    user: Option<String>,
    password_source: Option<String>,
    client_key: Option<PathBuf>,
    #[serde(default)]
    client_cert: OneOrMore,
    client_pin_source: Option<String>,
    policy: Option<String>,
    interval: Option<u64>,
}

/// A path, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(PathBuf),
    More(Vec<PathBuf>),
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

/// The TSAs in that file; none if it is not there.
pub fn read(path: &Path) -> Result<Vec<Entry>, SettingsError> {
    let bytes = match files::read_bounded(path, MAX_FILE) {
        Ok(bytes) => bytes,
        Err(FileError::NotFound(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let text = String::from_utf8_lossy(&bytes);
    parse(&text, path)
}

fn parse(text: &str, path: &Path) -> Result<Vec<Entry>, SettingsError> {
    let bad = |line, reason| SettingsError::Bad { path: path.to_owned(), line, reason };
    let file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count().saturating_add(1));
        bad(line, without_values(error.message()))
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut entries: Vec<Entry> = Vec::new();
    for written in file.tsa {
        let name = written.name.clone();
        let is_taken = entries.iter().any(|entry| entry.name == name);
        let entry = if is_taken { Err("this name is given twice") } else { entry(written, folder) };
        entries.push(entry.map_err(|reason| bad(None, format!("TSA '{name}': {reason}")))?);
    }
    Ok(entries)
}

/// A message of the parser up to the point where it quotes a value.
fn without_values(message: &str) -> String {
    match message.split_once(": ") {
        Some((before, _)) => before.to_owned(),
        None => message.to_owned(),
    }
}

fn entry(written: Written, folder: &Path) -> Result<Entry, &'static str> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if written.name.is_empty() || !written.name.chars().all(plain) {
        return Err("a name has only a to z, 0 to 9, '-', '_' and '.' in it");
    }
    check_url(&written.url)?;
    if written.user.is_some() != written.password_source.is_some() {
        return Err("user and password-source go together");
    }
    let client_cert = match written.client_cert {
        OneOrMore::One(path) => vec![path],
        OneOrMore::More(paths) => paths,
    };
    if written.client_key.is_none()
        && !(client_cert.is_empty() && written.client_pin_source.is_none())
    {
        return Err("client-cert and client-pin-source need a client-key");
    }
    let policy = written.policy.map(|dotted| Oid::new(&dotted)).transpose();
    let policy = policy.map_err(|_| "policy is no object identifier such as 1.2.392.200000.1")?;
    if written.interval.is_some_and(|seconds| seconds > LONGEST_INTERVAL) {
        return Err("interval is in seconds, and at most a day");
    }
    Ok(Entry {
        name: written.name,
        url: written.url,
        user: written.user,
        password: source(written.password_source.as_deref(), folder)?,
        client_key: written.client_key.map(|path| folder.join(path)),
        client_cert: client_cert.iter().map(|path| folder.join(path)).collect(),
        client_pin: source(written.client_pin_source.as_deref(), folder)?,
        policy,
        interval: written.interval.map(Duration::from_secs),
    })
}

/// Whether a TSA can be asked at this address.
pub fn check_url(url: &str) -> Result<(), &'static str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err("the address begins with https:// or http://");
    };
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err("the address begins with https:// or http://");
    }
    // RFC 3986 §3.2.1 deprecates it: whoever sees the address sees the password.
    if rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@')) {
        return Err("a user or password does not belong into an address, where others can see it");
    }
    Ok(())
}

/// A source of a password; a file is looked for beside the list.
fn source(text: Option<&str>, folder: &Path) -> Result<Option<PinSource>, &'static str> {
    let Ok(source) = text.map(str::parse).transpose() else {
        return Err("a source is file:PATH, fd:N or env:NAME, never the password itself");
    };
    Ok(source.map(|source| match source {
        PinSource::File(path) => PinSource::File(folder.join(path)),
        PinSource::Descriptor(_) | PinSource::Environment(_) => source,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Entry>, SettingsError> {
        parse(text, Path::new("/etc/inkan/tsa.toml"))
    }

    const LEAST: &str = "[[tsa]]\nname = 'seiko'\nurl = 'https://tsa.example/a'\n";

    #[test]
    fn a_tsa_is_read_with_its_files_beside_the_list() {
        let more = "user = 'u'\npassword-source = 'file:secret'\nclient-key = '/keys/k'\nclient-cert = 'c.crt'\n\
                    policy = '1.2.3'\ninterval = 2";
        let entry = read_text(&format!("{LEAST}{more}")).unwrap().remove(0);
        assert_eq!(entry.password, Some(PinSource::File("/etc/inkan/secret".into())));
        assert_eq!(entry.client_key, Some("/keys/k".into()));
        assert_eq!(entry.client_cert, [PathBuf::from("/etc/inkan/c.crt")]);
        assert_eq!(entry.interval, Some(Duration::from_secs(2)));
        assert_eq!(read_text(LEAST).unwrap().remove(0).user, None);
        assert_eq!(read_text("").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_without_what_stands_there() {
        for (more, reason) in [
            ("password = 'himitsu'", "line 4: unknown field `password`, expected one of"),
            ("interval = 'himitsu'", "line 4: invalid type"),
            ("password-source = 'himitsu'", "user and password-source go together"),
            ("user = 'u'\npassword-source = 'himitsu'", "a source is file:PATH"),
            ("client-cert = 'himitsu'", "need a client-key"),
            ("policy = 'himitsu'", "policy is no object identifier"),
            ("interval = 100000", "at most a day"),
            ("himitsu", "line 4"),
            ("[[tsa]]\nname = 'seiko'\nurl = 'http://a'", "this name is given twice"),
        ] {
            let error = read_text(&format!("{LEAST}{more}")).unwrap_err();
            let said = format!("{error} {}", error.hint());
            assert!(said.contains(reason), "{more}: {said}");
            assert!(!said.contains("himitsu"), "{said}");
        }
        let with = |name: &str, url: &str| format!("[[tsa]]\nname = '{name}'\nurl = '{url}'");
        assert!(read_text(&with("a b", "https://a/")).is_err());
        for url in ["https://u:p@tsa.example/", "ldap://x", "tsa.example"] {
            let error = read_text(&with("a", url)).unwrap_err();
            assert!(error.to_string().contains("TSA 'a': "), "{error}");
        }
    }

    #[test]
    fn a_list_that_is_not_there_has_nobody_in_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("tsa.toml")).unwrap(), []);
        assert!(read(folder.path()).is_err());
    }
}
