//! The trust store: a directory of certificates, and `trust.toml` saying what each is trusted for.

use super::files::{self, Existing, FileError, Mode};
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::{Bytes, pem};
use crate::policy::{Period, Role, Trust};
use crate::time::{BadInstant, Instant};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The file with the roles.
const LIST: &str = "trust.toml";

/// Larger than any bundle of roots.
const MAX_FILE: u64 = 16 << 20;

/// Why a store or a certificate in it cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file holds no certificate.
    #[error("{}: there is no certificate in this file", .0.display())]
    NoCertificate(PathBuf),
    /// The list of roles cannot be read.
    #[error("{}: {reason}", .path.display())]
    BadList {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate is not the one that was added.
    #[error("{}: this is not the certificate that was added to the trust store", .0.display())]
    Changed(PathBuf),
    /// Nothing in the store begins with that.
    #[error("no certificate in the trust store has a SHA-256 that begins with '{0}'")]
    NotThere(String),
    /// Several do.
    #[error("several certificates in the trust store have a SHA-256 that begins with '{0}'")]
    Ambiguous(String),
}

impl StoreError {
    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::File(error) => error.hint(),
            Self::NoCertificate(_) => "name a certificate in PEM or DER form",
            Self::BadList { .. } => "mend trust.toml, or remove it and add the certificates again",
            Self::Changed(_) => "find out who changed it, then remove and add it again",
            Self::NotThere(_) | Self::Ambiguous(_) => {
                "`inkan trust list` shows what is in the store"
            }
        }
    }
}

/// What `trust.toml` says.
#[derive(Clone, Default, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default, rename = "anchor")]
    anchors: Vec<Entry>,
}

/// One trusted certificate.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its file, beside the list.
    pub file: String,
    /// SHA-256 of the certificate, so that nobody exchanges the file unseen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What it is trusted for.
    pub roles: Vec<Role>,
    /// The first day on which the TSAs below it were accredited, in Japan; or an RFC 3339 time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Entry {
    /// While the TSAs below it were accredited.
    pub fn accredited(&self) -> Result<Period, BadPeriod> {
        let from = self.from.as_deref().map(|text| instant(text, Edge::First)).transpose()?;
        let until = self.until.as_deref().map(|text| instant(text, Edge::Last)).transpose()?;
        let period = Period { from, until };
        if !period.is_open() && !self.roles.contains(&Role::Tsa) {
            return Err(BadPeriod::NotForTsa);
        }
        match (from, until) {
            (Some(from), Some(until)) if until < from => Err(BadPeriod::Backwards),
            (_, _) => Ok(period),
        }
    }
}

/// Why a period of accreditation makes no sense.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadPeriod {
    /// It stands with a certificate that is trusted for something else.
    #[error("only a certificate trusted for the role tsa has a period of accreditation")]
    NotForTsa,
    /// It ends before it begins.
    #[error("the period of accreditation ends before it begins")]
    Backwards,
    /// It is no time.
    #[error(transparent)]
    NoTime(#[from] BadInstant),
}

/// Which end of a period a day stands at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    First,
    Last,
}

/// The minister accredits by the day, and the day is Japan's.
fn instant(text: &str, edge: Edge) -> Result<Instant, BadInstant> {
    const DAY: i64 = 86_400;
    const JST: i64 = 9 * 3600;
    let at: Instant = text.parse()?;
    if text.contains(['T', 't', ' ']) {
        return Ok(at);
    }
    let midnight = at.plus_seconds(-JST);
    Ok(match edge {
        Edge::First => midnight,
        Edge::Last => {
            Instant::from_unix_nanos(midnight.unix().saturating_add(DAY - 1), 999_999_999)
        }
    })
}

/// A store in a directory.
#[derive(Clone, Debug)]
pub struct TrustStore {
    directory: PathBuf,
}

/// A store's entry with the certificate itself.
pub type Listed = (Entry, Certificate);

impl TrustStore {
    /// The store in that directory, which need not be there yet.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What is listed, with each certificate compared with its fingerprint.
    pub fn entries(&self) -> Result<Vec<Listed>, StoreError> {
        self.list()?.anchors.into_iter().map(|entry| self.read_entry(entry)).collect()
    }

    fn read_entry(&self, entry: Entry) -> Result<Listed, StoreError> {
        let path = self.directory.join(&entry.file);
        entry.accredited().map_err(|error| StoreError::BadList {
            path: self.directory.join(LIST),
            reason: format!("'{}': {error}", entry.file),
        })?;
        let certificate = certificates_in(&path)?.into_iter().next();
        let certificate = certificate.ok_or_else(|| StoreError::NoCertificate(path.clone()))?;
        let expected = entry.sha256.as_deref().map(Fingerprint::from_hex);
        match expected {
            Some(pinned) if pinned != Some(certificate.fingerprint()) => {
                Err(StoreError::Changed(path))
            }
            _ => Ok((entry, certificate)),
        }
    }

    /// The anchors of the store.
    pub fn load(&self) -> Result<Trust, StoreError> {
        let mut trust = Trust::default();
        self.load_into(&mut trust)?;
        Ok(trust)
    }

    fn load_into(&self, trust: &mut Trust) -> Result<(), StoreError> {
        for (entry, certificate) in self.entries()? {
            // Entries were looked at when they were read.
            let accredited = entry.accredited().unwrap_or_default();
            trust.add_accredited(certificate, &entry.roles, accredited);
        }
        Ok(())
    }

    /// Adds a certificate for these roles, to those it has already, with the time of accreditation if one
    /// is given.
    pub fn add(
        &self,
        certificate: &Certificate,
        roles: &[Role],
        (from, until): (Option<String>, Option<String>),
    ) -> Result<(), StoreError> {
        let failed = |error| FileError::new(&self.directory, error);
        fs::create_dir_all(&self.directory).map_err(failed)?;
        let sha256 = certificate.fingerprint().to_string();
        let mut list = self.list()?;
        if let Some(known) = list.anchors.iter_mut().find(|e| e.sha256.as_ref() == Some(&sha256)) {
            known.roles.extend(roles);
            known.roles.sort_unstable();
            known.roles.dedup();
            known.from = from.or(known.from.take());
            known.until = until.or(known.until.take());
        } else {
            let short: String = sha256.chars().take(16).collect();
            let file = format!("{short}.pem");
            let text = pem::encode("CERTIFICATE", certificate.der());
            files::write(
                self.directory.join(&file),
                text.as_bytes(),
                Existing::Replace,
                Mode::Public,
            )?;
            let roles = roles.to_vec();
            list.anchors.push(Entry { file, sha256: Some(sha256), roles, from, until });
        }
        self.write_list(&list)
    }

    /// Removes the one certificate whose fingerprint begins so. What is removed is what the list
    /// says: a file that was exchanged can be got rid of too, and is not given back.
    pub fn remove(&self, prefix: &str) -> Result<(Entry, Option<Certificate>), StoreError> {
        let prefix = prefix.to_ascii_lowercase().replace(':', "");
        let mut list = self.list()?;
        let mut fitting = Vec::new();
        for entry in &list.anchors {
            let sha256 = match &entry.sha256 {
                Some(listed) => listed.to_ascii_lowercase().replace(':', ""),
                None => self.read_entry(entry.clone())?.1.fingerprint().to_string(),
            };
            if sha256.starts_with(&prefix) {
                fitting.push(entry.clone());
            }
        }
        let entry = match fitting.as_slice() {
            [] => return Err(StoreError::NotThere(prefix)),
            [found] if !prefix.is_empty() => found.clone(),
            [..] => return Err(StoreError::Ambiguous(prefix)),
        };
        let certificate = self.read_entry(entry.clone()).ok().map(|(_, certificate)| certificate);
        list.anchors.retain(|known| *known != entry);
        self.write_list(&list)?;
        let path = self.directory.join(&entry.file);
        match fs::remove_file(&path).map_err(|error| FileError::new(&path, error)) {
            Ok(()) | Err(FileError::NotFound(_)) => Ok((entry, certificate)),
            Err(error) => Err(error.into()),
        }
    }

    fn list(&self) -> Result<List, StoreError> {
        let path = self.directory.join(LIST);
        let bytes = match files::read_bounded(&path, MAX_FILE) {
            Ok(bytes) => bytes,
            Err(FileError::NotFound(_)) => return Ok(List::default()),
            Err(error) => return Err(error.into()),
        };
        let bad = |reason: String| StoreError::BadList { path: path.clone(), reason };
        let text = String::from_utf8(bytes).map_err(|error| bad(error.to_string()))?;
        let list: List = toml::from_str(&text).map_err(|error| bad(error.to_string()))?;
        let outside = |entry: &Entry| Path::new(&entry.file).components().count() != 1;
        match list.anchors.iter().find(|entry| outside(entry)) {
            Some(entry) => Err(bad(format!("'{}' is not a file beside the list", entry.file))),
            None => Ok(list),
        }
    }

    fn write_list(&self, list: &List) -> Result<(), StoreError> {
        let path = self.directory.join(LIST);
        let bad = |reason: String| StoreError::BadList { path: path.clone(), reason };
        let text = toml::to_string(list).map_err(|error| bad(error.to_string()))?;
        Ok(files::write(&path, text.as_bytes(), Existing::Replace, Mode::Public)?)
    }
}

/// All certificates in a file, PEM or DER.
pub fn certificates_in(path: &Path) -> Result<Vec<Certificate>, StoreError> {
    let bytes = Bytes::from(files::read_bounded(path, MAX_FILE)?);
    let sections = pem::sections(&bytes);
    let certificates: Vec<Certificate> = if sections.is_empty() {
        Certificate::parse(bytes).into_iter().collect()
    } else {
        let wanted = sections.into_iter().filter(|s| s.label.ends_with("CERTIFICATE"));
        wanted.filter_map(|s| Certificate::parse(s.der).ok()).collect()
    };
    if certificates.is_empty() {
        Err(StoreError::NoCertificate(path.to_owned()))
    } else {
        Ok(certificates)
    }
}

/// What a path given by the user is trusted for: a file or bundle for every role; a directory as its
/// `trust.toml` says and no further, or for every role if it has none.
pub fn trust_path(path: &Path, trust: &mut Trust) -> Result<(), StoreError> {
    let is_directory = fs::metadata(path).is_ok_and(|seen| seen.is_dir());
    if !is_directory {
        for certificate in certificates_in(path)? {
            trust.add(certificate, &Role::ALL);
        }
        return Ok(());
    }
    let store = TrustStore::at(path);
    if path.join(LIST).exists() {
        store.load_into(trust)?;
    } else {
        for file in files::list(path)? {
            // A directory may hold other things too.
            for certificate in certificates_in(&file).unwrap_or_default() {
                trust.add(certificate, &Role::ALL);
            }
        }
    }
    if trust.is_empty() { Err(StoreError::NoCertificate(path.to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::clock::now;
    use crate::lab::{Declaration, Lab};

    /// Two certificates, one of them in the store of a new directory, the other beside its list.
    fn store() -> (tempfile::TempDir, Certificate, Certificate) {
        let folder = tempfile::tempdir().unwrap();
        let lab = Lab::build(Declaration::standard().unwrap(), String::new(), now()).unwrap();
        let certificate = |name| lab.member(name).unwrap().certificate().clone();
        let (listed, beside) = (certificate("ec-root"), certificate("impostor-root"));
        TrustStore::at(folder.path()).add(&listed, &[Role::Signer], (None, None)).unwrap();
        fs::write(folder.path().join("beside.der"), beside.der()).unwrap();
        (folder, listed, beside)
    }

    #[test]
    fn a_list_is_the_whole_of_what_its_directory_is_trusted_for() {
        let (folder, listed, beside) = store();
        let mut trust = Trust::default();
        trust_path(folder.path(), &mut trust).unwrap();
        assert!(trust.is_anchor(&listed, Role::Signer) && !trust.is_anchor(&listed, Role::Tsa));
        assert!(Role::ALL.iter().all(|role| !trust.is_anchor(&beside, *role)));

        fs::remove_file(folder.path().join(LIST)).unwrap();
        let mut without_list = Trust::default();
        trust_path(folder.path(), &mut without_list).unwrap();
        assert_eq!(without_list.anchors().len(), 2);
        assert!(Role::ALL.iter().all(|role| without_list.is_anchor(&beside, *role)));
    }

    #[test]
    fn a_certificate_that_was_exchanged_is_trusted_no_more() {
        let (folder, _, beside) = store();
        let (entry, _) = TrustStore::at(folder.path()).entries().unwrap().remove(0);
        let path = folder.path().join(entry.file);
        fs::write(&path, beside.der()).unwrap();
        assert_eq!(TrustStore::at(folder.path()).load().unwrap_err(), StoreError::Changed(path));
    }

    #[test]
    fn a_period_of_accreditation_counts_days_in_japan_and_is_for_tsas_only() {
        let entry = |from: Option<&str>, until: Option<&str>, roles: &[Role]| Entry {
            file: "x.pem".to_owned(),
            sha256: None,
            roles: roles.to_vec(),
            from: from.map(str::to_owned),
            until: until.map(str::to_owned),
        };
        let tsa = [Role::Tsa];
        let period = entry(Some("2023-02-16"), Some("2026-01-14"), &tsa).accredited().unwrap();
        assert_eq!(period.from, Some("2023-02-16T00:00:00+09:00".parse().unwrap()));
        assert!(period.contains("2026-01-14T23:59:59.9+09:00".parse().unwrap()));
        assert!(!period.contains("2026-01-15T00:00:00+09:00".parse().unwrap()));
        let exact = entry(None, Some("2026-01-14T12:00:00Z"), &tsa).accredited().unwrap();
        assert_eq!(exact.until, Some("2026-01-14T12:00:00Z".parse().unwrap()));
        let bad = |from, until, roles: &[Role]| entry(from, until, roles).accredited().unwrap_err();
        assert_eq!(bad(Some("2026-01-01"), Some("2025-01-01"), &tsa), BadPeriod::Backwards);
        assert_eq!(bad(Some("2026-01-01"), None, &[Role::Signer]), BadPeriod::NotForTsa);
        assert!(matches!(bad(Some("soon"), None, &tsa), BadPeriod::NoTime(_)));
    }
}
