//! `inkan key delete`: asks, says what hangs on the key, and promises nothing that it cannot keep.

use super::beside;
use super::given::{TokenArgs, named, place_of, place_of_file};
use super::recorder::{Done, Recorder, Recording};
use crate::cli::failure::{one_line, warn};
use crate::cli::options::shown;
use crate::cli::signer::{KeyName, open_file};
use crate::cli::{Exit, Failure, print};
use crate::der::algorithm::PublicKey;
use crate::der::certificate::Certificate;
use crate::der::cms::{SignedData, SignerIdentifier, SignerInfo};
use crate::der::pem;
use crate::edge::files::{self, Existing, FileError, Mode};
use crate::edge::prompt::{self, PromptError};
use crate::hsm::Purpose;
use crate::hsm::uri::Uri;
use crate::key::pair::same_key;
use crate::key::record::Event;
use crate::key::{SigningKey as _, container};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A signature file that is larger holds its content; it is passed over, and that is said.
const MAX_SIGNATURE: u64 = 64 << 20;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The key: file:PATH, or pkcs11:token=LABEL;object=LABEL (RFC 7512).
    #[arg(value_name = "URI")]
    key: String,

    /// For scripts: the label of the key (of a file, its name), typed again. Without this it is asked for.
    #[arg(long, value_name = "LABEL")]
    yes: Option<String>,

    /// Count the signatures in these files or directories that were made with the key (may be repeated).
    #[arg(long, value_name = "PATH")]
    depends: Vec<PathBuf>,

    /// Leave its certificates where they are.
    #[arg(long)]
    keep_certificate: bool,

    #[command(flatten)]
    on_token: TokenArgs,

    #[command(flatten)]
    recording: Recording,
}

impl Args {
    const fn needs_public_half(&self) -> bool {
        self.recording.wanted() || !self.depends.is_empty()
    }
}

/// Deletes a key.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    match named(&args.key)? {
        KeyName::Token(uri) => on_token(args, &uri),
        KeyName::File(path) => in_file(args, &path),
    }
}

fn on_token(args: &Args, uri: &Uri) -> Result<Exit, Failure> {
    let (keeper, key) = args.on_token.key(uri, Purpose::Change)?;
    if args.needs_public_half() && key.public_key.is_none() {
        return Err(Failure::new(
            "the token does not tell the public half of the key, by which others know it",
            "leave --record and --depends out, and note the deletion with `inkan key record add`",
        ));
    }
    drop(admitted(args, key.public_key.as_ref())?);
    let certificates = keeper.certificates_of(&key)?;
    let name = match (key.label(), key.id()) {
        (Some(label), _) if !label.is_empty() => label.to_owned(),
        (_, id) => crate::digest::hex(id.unwrap_or_default()),
    };
    let signatures = depending(args, key.public_key.as_ref())?;
    tell_dependents(&key.called(), certificates.len(), signatures);
    agreed(args, &name)?;
    let mut recorder = admitted(args, key.public_key.as_ref())?;
    let removed = keeper.remove(&key, args.keep_certificate)?;
    if let (Some(recorder), Some(public_key)) = (&mut recorder, &key.public_key) {
        let rows = [
            ("public keys removed", removed.public_keys),
            ("certificates removed", removed.certificates),
            ("objects left", removed.left),
        ];
        let found = rows.into_iter().map(|(name, n)| (name.to_owned(), n.to_string())).collect();
        let done = done(args, place_of(keeper.token()), found);
        recorder.tell(public_key, done, "the key was deleted")?;
    }
    if removed.left > 0 {
        warn(&format!("{} objects of the key are left on the token", removed.left));
    }
    print(&format!(
        "the key {} on {} is deleted, with {} public-key objects and {} certificates\n\
         a backup of the token, if one was made, still has it\n",
        one_line(&key.called()),
        one_line(&keeper.token().called()),
        removed.public_keys,
        removed.certificates
    ))?;
    Ok(Exit::Passed)
}

fn in_file(args: &Args, path: &Path) -> Result<Exit, Failure> {
    if std::fs::symlink_metadata(path).is_ok_and(|seen| seen.is_symlink()) {
        return Err(Failure::new(
            format!("{}: this is a link; the key would stay where it is", shown(path)),
            "name the file that it leads to; nothing was deleted",
        ));
    }
    let bytes = zeroize::Zeroizing::new(files::read_bounded(path, super::MAX_KEY)?);
    if container::inspect(&bytes).is_none() {
        return Err(Failure::new(
            format!("{}: this is no private key", shown(path)),
            "name the file of a private key; nothing was deleted",
        ));
    }
    let certificates = beside::certificates(path)?;
    // A key whose password is lost can be deleted too; only who depends on it needs its public half.
    let public_key = match args.needs_public_half() {
        true => Some(open_file(path, args.on_token.pin()?)?.public_key().clone()),
        false => None,
    };
    drop(admitted(args, public_key.as_ref())?);
    let name =
        path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    tell_dependents(&shown(path), certificates.len(), depending(args, public_key.as_ref())?);
    agreed(args, &name)?;
    let mut recorder = admitted(args, public_key.as_ref())?;
    let kept = keep(args, path, &bytes, &certificates)?;
    std::fs::remove_file(path).map_err(|error| FileError::new(path, error))?;
    if let (Some(recorder), Some(public_key)) = (&mut recorder, &public_key) {
        let done = done(args, place_of_file(path), BTreeMap::new());
        recorder.tell(public_key, done, "the file was deleted")?;
    }
    print(&format!(
        "{} is deleted{kept}\nits content may still be on the disk, and copies and backups of it remain\n",
        shown(path)
    ))?;
    Ok(Exit::Passed)
}

/// The record, if there is one and it lets the key be deleted. It is let go while somebody is asked:
/// others may have to write to it.
fn admitted(args: &Args, key: Option<&PublicKey>) -> Result<Option<Recorder>, Failure> {
    let recorder = args.recording.begin()?;
    if let (Some(recorder), Some(key)) = (&recorder, key) {
        recorder.may(key, Event::Deleted)?;
    }
    Ok(recorder)
}

/// Certificates inside a file that goes are written beside it first, if they are to stay.
fn keep(
    args: &Args,
    path: &Path,
    bytes: &[u8],
    certificates: &[Certificate],
) -> Result<String, Failure> {
    let is_pem = std::str::from_utf8(bytes).is_ok_and(|text| text.contains("-----BEGIN "));
    match (args.keep_certificate, is_pem) {
        (true, true) if !certificates.is_empty() => {
            let target = beside::of_der(path);
            let text: String =
                certificates.iter().map(|c| pem::encode("CERTIFICATE", c.der())).collect();
            files::write(&target, text.as_bytes(), Existing::Keep, Mode::Public)?;
            Ok(format!("; its certificates are in {}", shown(&target)))
        }
        (false, false) if !certificates.is_empty() => {
            let there = beside::of_der(path);
            std::fs::remove_file(&there).map_err(|error| FileError::new(&there, error))?;
            Ok(format!(", with {}", shown(&there)))
        }
        _ => Ok(String::new()),
    }
}

fn done(args: &Args, place: BTreeMap<String, String>, found: BTreeMap<String, String>) -> Done {
    let kept = ("certificates kept".to_owned(), args.keep_certificate.to_string());
    Done { event: Event::Deleted, place, asked: BTreeMap::from([kept]), found }
}

fn tell_dependents(key: &str, certificates: usize, signatures: Option<usize>) {
    if certificates > 0 {
        warn(&format!(
            "{certificates} certificates are of the key {key}: ask their CA to revoke them"
        ));
    }
    match signatures {
        Some(0) | None => {}
        Some(count) => warn(&format!(
            "{count} signatures were made with the key {key}; they stay as valid as they are"
        )),
    }
}

/// Nothing is deleted unless the name was typed a second time.
fn agreed(args: &Args, name: &str) -> Result<(), Failure> {
    let typed = match &args.yes {
        Some(typed) => typed.clone(),
        None => {
            let question = format!("Type '{}' to delete this key for ever: ", one_line(name));
            prompt::ask_openly(&question).map_err(|error| match error {
                PromptError::NoTerminal => Failure::new(
                    "nobody can be asked whether the key is to be deleted",
                    "in a script, write --yes LABEL; nothing was deleted",
                ),
                other => Failure::new(other.to_string(), "nothing was deleted"),
            })?
        }
    };
    if typed == name {
        return Ok(());
    }
    Err(Failure::new(
        format!("'{}' is not the name of this key", one_line(&typed)),
        "nothing was deleted; type the label of the key, or the name of its file",
    ))
}

/// How many signatures were made with the key; nothing if that was not asked for.
fn depending(args: &Args, key: Option<&PublicKey>) -> Result<Option<usize>, Failure> {
    let Some(key) = key.filter(|_| !args.depends.is_empty()) else { return Ok(None) };
    let mut count = 0;
    for path in &args.depends {
        let files = if path.is_dir() { files::list(path)? } else { vec![path.clone()] };
        for file in files {
            match files::read_bounded(&file, MAX_SIGNATURE) {
                Ok(bytes) => count += made_with(key, &bytes),
                Err(FileError::TooLarge { .. }) => {
                    warn(&format!("{}: too large to look for signatures in", shown(&file)));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(Some(count))
}

/// The signatures in a CMS file whose signer's certificate, by the file itself, carries that key.
fn made_with(key: &PublicKey, bytes: &[u8]) -> usize {
    let section = pem::sections(bytes).into_iter().next();
    let der = section.as_ref().map_or(bytes, |section| &section.der);
    let Ok(data) = SignedData::parse(der) else { return 0 };
    let certificates: Vec<Certificate> =
        data.certificates.iter().filter_map(|der| Certificate::parse(der.clone()).ok()).collect();
    let is_of = |signer: &&SignerInfo| {
        let names = |certificate: &&Certificate| match &signer.signer {
            SignerIdentifier::IssuerSerial(issuer, serial) => {
                certificate.issuer().key() == issuer.key()
                    && certificate.serial() == serial.as_ref()
            }
            SignerIdentifier::KeyId(id) => certificate.subject_key_id().as_ref() == Some(id),
        };
        certificates.iter().filter(names).any(|c| same_key(c.public_key(), key))
    };
    data.signers.iter().filter(is_of).count()
}
