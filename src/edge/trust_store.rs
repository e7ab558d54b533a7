//! The trust store: a directory of certificates, and `trust.toml` saying what each is trusted for.

use super::files::{self, Existing, FileError, Mode};
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::{Bytes, pem};
use crate::policy::{Role, Trust};
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
        for (entry, certificate) in self.entries()? {
            trust.add(certificate, &entry.roles);
        }
        Ok(trust)
    }

    /// Adds a certificate for these roles, to those it has already.
    pub fn add(&self, certificate: &Certificate, roles: &[Role]) -> Result<(), StoreError> {
        let failed = |error| FileError::new(&self.directory, error);
        fs::create_dir_all(&self.directory).map_err(failed)?;
        let sha256 = certificate.fingerprint().to_string();
        let mut list = self.list()?;
        if let Some(known) = list.anchors.iter_mut().find(|e| e.sha256.as_ref() == Some(&sha256)) {
            known.roles.extend(roles);
            known.roles.sort_unstable();
            known.roles.dedup();
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
            list.anchors.push(Entry { file, sha256: Some(sha256), roles: roles.to_vec() });
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
        for (entry, certificate) in store.entries()? {
            trust.add(certificate, &entry.roles);
        }
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
        TrustStore::at(folder.path()).add(&listed, &[Role::Signer]).unwrap();
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
}
