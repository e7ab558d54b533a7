//! The certificate of a key in a file: in the same PEM file, where `inkan sign` looks for it, or beside a
//! key in DER.

use crate::cli::Failure;
use crate::cli::options::shown;
use crate::der::certificate::Certificate;
use crate::der::pem;
use crate::edge::files::{self, Existing, FileError, Mode};
use crate::hsm::Stored;
use std::ops::Range;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Where certificates stand, and what stands there now: a private key perhaps, so it is wiped.
struct Place {
    path: PathBuf,
    text: Zeroizing<String>,
    mode: Mode,
}

/// Writes the certificate beside its key; `is_mine` tells which others are of the same key.
pub(super) fn put(
    key: &Path,
    certificate: &Certificate,
    is_mine: impl Fn(&Certificate) -> bool,
    replace: bool,
) -> Result<(PathBuf, Stored), Failure> {
    let place = Place::of(key)?;
    let mut others = sections(&place.text);
    let count = others.len();
    others.retain(|(_, other)| other != certificate);
    let is_there = others.len() < count;
    others.retain(|(_, other)| is_mine(other));
    if let Some((_, other)) = others.first().filter(|_| !replace) {
        return Err(Failure::new(
            format!("{} has another certificate already: {}", shown(&place.path), other.subject()),
            "add --replace to put the new one in its place",
        ));
    }
    if is_there && others.is_empty() {
        return Ok((place.path, Stored::AlreadyThere));
    }
    let mut new = without(&place.text, &others);
    if !is_there {
        if !new.is_empty() && !new.ends_with('\n') {
            new.push('\n');
        }
        new.push_str(&pem::encode("CERTIFICATE", certificate.der()));
    }
    files::write(&place.path, new.as_bytes(), Existing::Replace, place.mode)?;
    Ok((place.path, Stored::New { replaced: others.len() }))
}

/// The certificates that stand beside a key.
pub(super) fn certificates(key: &Path) -> Result<Vec<Certificate>, Failure> {
    let place = Place::of(key)?;
    Ok(sections(&place.text).into_iter().map(|(_, certificate)| certificate).collect())
}

/// Where the certificate of a key in DER stands.
pub(super) fn of_der(key: &Path) -> PathBuf {
    let mut name = key.as_os_str().to_owned();
    name.push(".cert.pem");
    PathBuf::from(name)
}

impl Place {
    fn of(key: &Path) -> Result<Self, Failure> {
        // The file itself, not a link to it, takes the certificate.
        let path = std::fs::canonicalize(key).map_err(|error| FileError::new(key, error))?;
        let bytes = Zeroizing::new(files::read_bounded(&path, super::MAX_KEY)?);
        let text = std::str::from_utf8(&bytes).ok().filter(|text| text.contains("-----BEGIN "));
        if let Some(text) = text {
            return Ok(Self { path, text: Zeroizing::new(text.to_owned()), mode: Mode::Private });
        }
        let path = of_der(&path);
        let there = match path.exists() {
            true => files::read_bounded(&path, super::MAX_KEY)?,
            false => Vec::new(),
        };
        let text = Zeroizing::new(String::from_utf8_lossy(&there).into_owned());
        Ok(Self { path, text, mode: Mode::Public })
    }
}

/// The certificates in a PEM text, each with its place. Nothing else in it is decoded: it may be a key.
fn sections(text: &str) -> Vec<(Range<usize>, Certificate)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(begin) = text.get(from..).and_then(|rest| rest.find(BEGIN)).map(|at| from + at) {
        let Some(length) = text.get(begin..).and_then(|rest| rest.find(END)) else { break };
        from = begin + length + END.len();
        let section = text.get(begin..from).unwrap_or_default();
        let der = pem::sections(section.as_bytes()).pop().map(|section| section.der);
        if let Some(certificate) = der.and_then(|der| Certificate::parse(der).ok()) {
            found.push((begin..from, certificate));
        }
    }
    found
}

/// The text without those sections; all else stays as it is.
fn without(text: &str, sections: &[(Range<usize>, Certificate)]) -> Zeroizing<String> {
    // Room for one certificate more, so that no copy of a key is left behind by growing.
    let mut kept = Zeroizing::new(String::with_capacity(text.len() + (64 << 10)));
    let mut from = 0;
    for (place, _) in sections {
        kept.push_str(text.get(from..place.start).unwrap_or_default());
        let rest = text.get(place.end..).unwrap_or_default();
        let end = ["\r\n", "\n"].iter().find(|end| rest.starts_with(**end));
        from = place.end + end.map_or(0, |end| end.len());
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept
}
