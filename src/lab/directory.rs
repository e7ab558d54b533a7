//! A lab as a directory of files, and back.

use super::answer::crl;
use super::declaration::{Declaration, Purpose};
use super::fault::Faults;
use super::making::in_parallel;
use super::value::KeyChoice;
use super::{KeyCell, Lab, LabError, Member, WARNING};
use crate::der::certificate::Certificate;
use crate::der::pem;
use crate::edge::trust_store::Entry;
use crate::key::{Kdf, KeyError, Password};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use zeroize::Zeroizing;

const INDEX: &str = "lab.toml";
const DECLARATION: &str = "pki.toml";

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    Everybody,
    OwnerOnly,
}

/// `lab.toml`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Index {
    warning: String,
    base_url: String,
    made_at: String,
    #[serde(default)]
    entity: Vec<Listed>,
    #[serde(default)]
    service: Vec<Service>,
}

/// An entity in `lab.toml`. Files are relative to the directory.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Listed {
    name: String,
    purpose: Purpose,
    note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    defect: Option<String>,
    subject: String,
    certificate: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_key_as: Option<String>,
}

/// A service in `lab.toml`.
#[derive(Serialize, Deserialize)]
struct Service {
    kind: String,
    name: String,
    url: String,
}

/// `trust/trust.toml`, as [`crate::edge::trust_store`] reads it.
#[derive(Serialize)]
struct Trust {
    anchor: Vec<Entry>,
}

/// Makes sure that the directory is there and empty.
pub(super) fn prepare(directory: &Path) -> Result<(), LabError> {
    fs::create_dir_all(directory).map_err(at(directory))?;
    match fs::read_dir(directory).map_err(at(directory))?.next() {
        None => Ok(()),
        Some(_) => Err(LabError::NotEmpty(directory.to_owned())),
    }
}

/// Writes everything, the index last.
pub(super) fn write(lab: &Lab, directory: &Path) -> Result<(), LabError> {
    let public =
        |name: &str, content: &[u8]| create(&directory.join(name), content, Readers::Everybody);
    write_keys(lab, directory)?;
    for member in &lab.members {
        let name = &member.entity.name;
        public(&format!("{name}.crt"), pem(&member.certificate).as_bytes())?;
        public(&format!("{name}.der"), member.certificate.der())?;
        let chain: String =
            lab.chain(member).iter().map(|issuer| pem(&issuer.certificate)).collect();
        public(&format!("{name}.chain.pem"), chain.as_bytes())?;
    }
    write_trust(lab, &directory.join("trust"))?;
    fs::create_dir_all(directory.join("crl")).map_err(at(directory))?;
    for service in &lab.declaration.crls {
        let list = crl(lab, service, lab.made_at, &Faults::default())?;
        public(&format!("crl/{}.crl", service.name), &list)?;
    }
    public("password.txt", format!("{}\n", lab.declaration.password).as_bytes())?;
    public(DECLARATION, lab.declaration.text().as_bytes())?;
    public(INDEX, format!("# {WARNING}\n\n{}", toml(&Index::of(lab))).as_bytes())
}

/// Reads what [`write()`] wrote. Keys stay closed until they are needed.
pub(super) fn open(directory: &Path) -> Result<Lab, LabError> {
    let no_lab = |why: String| LabError::NotALab { path: directory.to_owned(), why };
    let text = |name: &str| fs::read_to_string(directory.join(name));
    let index = text(INDEX).map_err(|e| no_lab(format!("{INDEX}: {e}")))?;
    let index: Index = toml::from_str(&index).map_err(|e| no_lab(e.to_string()))?;
    let made_at = index.made_at.parse().map_err(|e| no_lab(format!("{INDEX}: {e}")))?;
    let declaration = text(DECLARATION).map_err(at(&directory.join(DECLARATION)))?;
    let declaration = Declaration::parse(&declaration)?;
    let mut cells: BTreeMap<&str, Arc<KeyCell>> = BTreeMap::new();
    let mut members = Vec::new();
    for entity in &declaration.entities {
        let path = directory.join(format!("{}.der", entity.name));
        let der = fs::read(&path).map_err(at(&path))?;
        let certificate = Certificate::parse(der)
            .map_err(|source| LabError::Certificate { name: entity.name.clone(), source })?;
        let key = match &entity.key {
            KeyChoice::Public(_) => None,
            KeyChoice::SameAs(twin) => cells.get(twin.as_str()).cloned(),
            KeyChoice::New(_) => {
                let file = directory.join(format!("{}.key", entity.name));
                Some(Arc::new(KeyCell { opened: OnceLock::new(), file }))
            }
        };
        if let Some(key) = &key {
            cells.insert(&entity.name, Arc::clone(key));
        }
        members.push(Member { entity: entity.clone(), certificate, key });
    }
    Ok(Lab { base_url: index.base_url, made_at, members, declaration })
}

/// Each key is sealed once; twins get copies of the file.
fn write_keys(lab: &Lab, directory: &Path) -> Result<(), LabError> {
    let new: Vec<&Member> = lab
        .members
        .iter()
        .filter(|m| !matches!(m.entity.key, KeyChoice::SameAs(_) | KeyChoice::Public(_)))
        .collect();
    let sealed = in_parallel(&new, |member| {
        let password = Password::from(lab.declaration.password.clone());
        member
            .key(lab)?
            .seal(&password, Kdf::PublicPassword)
            .map_err(|source: KeyError| LabError::Key { name: member.entity.name.clone(), source })
    });
    let mut files = BTreeMap::new();
    for (member, sealed) in new.into_iter().zip(sealed) {
        files.insert(member.name(), Arc::new(sealed?));
    }
    for member in &lab.members {
        if let KeyChoice::SameAs(twin) = &member.entity.key
            && let Some(sealed) = files.get(twin.as_str()).cloned()
        {
            files.insert(member.name(), sealed);
        }
    }
    for (name, sealed) in files {
        // Text before the first mark is a comment (RFC 7468 §2).
        let marked = Zeroizing::new(format!("{WARNING}\n{}", sealed.as_str()));
        create(&directory.join(format!("{name}.key")), marked.as_bytes(), Readers::OwnerOnly)?;
    }
    Ok(())
}

fn write_trust(lab: &Lab, directory: &Path) -> Result<(), LabError> {
    fs::create_dir_all(directory).map_err(at(directory))?;
    let mut trust = Trust { anchor: Vec::new() };
    for (member, roles) in lab.anchors() {
        let file = format!("{}.crt", member.name());
        create(&directory.join(&file), pem(&member.certificate).as_bytes(), Readers::Everybody)?;
        let sha256 = Some(member.certificate.fingerprint().to_string());
        let roles = roles.to_vec();
        trust.anchor.push(Entry { file, sha256, roles, from: None, until: None });
    }
    let text = format!("# {WARNING}\n\n{}", toml(&trust));
    create(&directory.join("trust.toml"), text.as_bytes(), Readers::Everybody)
}

impl Index {
    fn of(lab: &Lab) -> Self {
        let service = |kind: &str, name: &str, url: String| Service {
            kind: kind.to_owned(),
            name: name.to_owned(),
            url,
        };
        let declared = &lab.declaration;
        let tsas = declared.tsas.iter().map(|s| service("tsa", &s.entity, lab.tsa_url(&s.entity)));
        let responders =
            declared.responders.iter().map(|s| service("ocsp", &s.entity, lab.ocsp_url(&s.entity)));
        let crls = declared.crls.iter().map(|s| service("crl", &s.name, lab.crl_url(&s.name)));
        Self {
            warning: WARNING.to_owned(),
            base_url: lab.base_url.clone(),
            made_at: lab.made_at.to_string(),
            entity: lab.members.iter().map(Listed::of).collect(),
            service: tsas.chain(responders).chain(crls).collect(),
        }
    }
}

impl Listed {
    fn of(member: &Member) -> Self {
        let name = member.name();
        let same_key_as = match &member.entity.key {
            KeyChoice::SameAs(twin) => Some(twin.clone()),
            KeyChoice::New(_) | KeyChoice::Public(_) => None,
        };
        Self {
            name: name.to_owned(),
            purpose: member.purpose(),
            note: member.note().to_owned(),
            defect: member.defect().map(str::to_owned),
            subject: member.certificate.subject().to_string(),
            certificate: format!("{name}.crt"),
            key: member.has_key().then(|| format!("{name}.key")),
            same_key_as,
        }
    }
}

fn toml(value: &impl Serialize) -> String {
    // These structures hold only strings and lists, which TOML can always say.
    toml::to_string(value).unwrap_or_default()
}

fn pem(certificate: &Certificate) -> String {
    pem::encode("CERTIFICATE", certificate.der())
}

/// Writes a file that is not there yet.
fn create(path: &Path, content: &[u8], readers: Readers) -> Result<(), LabError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::OwnerOnly {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).and_then(|mut file| file.write_all(content)).map_err(at(path))
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> LabError {
    let path: PathBuf = path.to_owned();
    move |source| LabError::File { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::super::trial::TRIAL;
    use super::*;
    use crate::edge::clock::now;
    use crate::edge::trust_store::TrustStore;
    use crate::key::{SigningKey as _, container};
    use crate::policy::Role;

    #[test]
    fn openssl_opens_the_key_files_with_the_password() {
        for name in ["hpki-physician", "ec-physician", "ec-nurse", "expired"] {
            let key =
                TRIAL.openssl_ok(&format!("pkey -in {name}.key -passin file:password.txt -pubout"));
            assert_eq!(
                key,
                TRIAL.openssl_ok(&format!("x509 -in {name}.crt -noout -pubkey")),
                "{name}"
            );
        }
        assert!(!TRIAL.path("weak-key.key").exists());
    }

    #[test]
    fn a_key_file_looks_like_no_real_one() {
        let file = fs::read(TRIAL.path("hpki-physician.key")).unwrap();
        assert!(file.starts_with(WARNING.as_bytes()));
        assert_eq!(container::inspect(&file).unwrap().iterations, Some(10_000));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_key_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            |name: &str| fs::metadata(TRIAL.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("ec-physician.key"), 0o600);
    }

    #[test]
    fn a_lab_is_opened_again_as_it_was() {
        let lab = Lab::open(&TRIAL.path("")).unwrap();
        let made = TRIAL.lab();
        assert_eq!((lab.base_url(), lab.made_at()), (made.base_url(), made.made_at()));
        for (one, other) in lab.members().iter().zip(made.members()) {
            assert_eq!(one.certificate(), other.certificate());
        }
        let physician = lab.member("revoked-superseded").unwrap();
        let key = physician.key(&lab).unwrap();
        assert_eq!(key.public_key(), physician.certificate().public_key());
    }

    #[test]
    fn the_index_and_the_trust_file_say_what_there_is() {
        let text = fs::read_to_string(TRIAL.path("lab.toml")).unwrap();
        assert!(text.starts_with("# NOT FOR PRODUCTION"));
        let index: Index = toml::from_str(&text).unwrap();
        assert_eq!(index.entity.len(), TRIAL.lab().members().len());
        let revoked = index.entity.iter().find(|e| e.name == "revoked-key-compromise").unwrap();
        assert!(revoked.defect.as_deref().unwrap().contains("keyCompromise"));
        assert_eq!(revoked.same_key_as.as_deref(), Some("ec-physician"));
        let trust = TrustStore::at(TRIAL.path("trust")).load().unwrap();
        let tsa_roots: Vec<_> = trust.for_role(Role::Tsa).collect();
        assert_eq!(tsa_roots, [TRIAL.member("tsa-root").certificate()]);
        assert_eq!(trust.for_role(Role::Signer).count(), 2);
    }

    #[test]
    fn a_directory_in_use_is_left_alone() {
        let error =
            Lab::make(Declaration::standard().unwrap(), &TRIAL.path(""), String::new(), now());
        assert!(matches!(error.unwrap_err(), LabError::NotEmpty(_)));
        let nowhere = tempfile::tempdir().unwrap();
        assert!(matches!(Lab::open(nowhere.path()).unwrap_err(), LabError::NotALab { .. }));
    }
}
