//! `inkan key generate|list`

use super::options::{PinArgument, shown};
use super::{Exit, Failure};
use crate::digest::DigestAlgorithm;
use crate::edge::files::{self, Existing, Mode};
use crate::edge::prompt::{self, PinSource};
use crate::key::Password;
use crate::key::container::{self, KeyFile};
use crate::key::software::{KeyAlgorithm, SoftwareKey};
use crate::key::{Kdf, SigningKey};
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Larger than any file with a private key in it.
const MAX_KEY: u64 = 1 << 20;

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a private key in an encrypted file that only its owner may read.
    Generate {
        /// p256, p384, rsa2048, rsa3072, rsa4096, ed25519, ml-dsa-44, ml-dsa-65 or ml-dsa-87.
        #[arg(long, value_name = "ALGORITHM", default_value = "p256")]
        algorithm: KeyAlgorithm,

        /// The file to make; one that is there is never replaced.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,

        /// How the password becomes an encryption key: pbkdf2 is read by everything, scrypt is dearer
        /// for an attacker with many processors.
        #[arg(long, value_enum, default_value = "pbkdf2")]
        kdf: KdfName,

        /// Where the password comes from: file:PATH, fd:N or env:NAME; otherwise it is asked for.
        #[arg(long, value_name = "SOURCE")]
        pin_source: Option<PinArgument>,
    },
    /// List private keys in files: how each is stored, and what is weak about that.
    List {
        /// Files or directories; file:PATH is understood too.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,

        /// How to report.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

/// Key-derivation functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum KdfName {
    Pbkdf2,
    Scrypt,
}

/// Forms of lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Makes or lists keys.
pub(crate) fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Generate { algorithm, out, kdf, pin_source } => {
            let pin = PinArgument::resolve(pin_source.as_ref())?;
            generate(*algorithm, out, *kdf, pin)
        }
        Command::List { paths, format } => list(paths, *format),
    }
}

fn generate(
    algorithm: KeyAlgorithm,
    out: &Path,
    kdf: KdfName,
    pin: Option<&PinSource>,
) -> Result<Exit, Failure> {
    let password: Password = match pin {
        Some(source) => source.read()?,
        None => prompt::ask_new("New password: ", "The same again: ")?,
    };
    let kdf = match kdf {
        KdfName::Pbkdf2 => Kdf::Pbkdf2,
        KdfName::Scrypt => Kdf::Scrypt,
    };
    let key = SoftwareKey::generate(algorithm)?;
    let sealed = key.seal(&password, kdf)?;
    files::write(out, sealed.as_bytes(), Existing::Keep, Mode::Private)?;
    let id = DigestAlgorithm::Sha256.digest(key.public_key().der());
    super::print(&format!(
        "{}: {} key, encrypted, readable by its owner only\npublic key (SHA-256): {id}\n",
        shown(out),
        key.public_key().kind()
    ))?;
    Ok(Exit::Passed)
}

/// One key file and what is weak about its storage.
struct Listed {
    path: PathBuf,
    file: KeyFile,
    mode: u32,
    weak: Vec<&'static str>,
}

fn list(paths: &[String], format: Format) -> Result<Exit, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let path = PathBuf::from(path.strip_prefix("file:").unwrap_or(path));
        let directory = path.is_dir();
        let files = if directory { files::list(&path)? } else { vec![path] };
        for file in files {
            let bytes = match files::read_bounded(&file, MAX_KEY) {
                Ok(bytes) => zeroize::Zeroizing::new(bytes),
                // Beside keys a directory may hold scans of any size.
                Err(files::FileError::TooLarge { .. }) if directory => continue,
                Err(error) => return Err(error.into()),
            };
            found.extend(container::inspect(&bytes).map(|seen| listed(file, seen)).transpose()?);
        }
    }
    let weak = found.iter().any(|key| !key.weak.is_empty());
    super::print(&match format {
        Format::Text => as_text(&found),
        Format::Json => as_json(&found),
    })?;
    Ok(if weak { Exit::Failed } else { Exit::Passed })
}

fn listed(path: PathBuf, file: KeyFile) -> Result<Listed, Failure> {
    let seen = std::fs::metadata(&path).map_err(|error| files::FileError::new(&path, error))?;
    let mode = seen.permissions().mode() & 0o777;
    let mut weak = Vec::new();
    if !file.encrypted {
        weak.push("not encrypted");
    }
    if mode & 0o077 != 0 {
        weak.push("others than its owner may read it");
    }
    // OWASP Password Storage Cheat Sheet (2023), PBKDF2-HMAC-SHA256.
    let few = file.iterations.is_some_and(|n| n < 600_000);
    if file.kdf.as_deref().is_some_and(|kdf| kdf.to_ascii_lowercase().contains("pbkdf2")) && few {
        weak.push("fewer than 600,000 iterations");
    }
    Ok(Listed { path, file, mode, weak })
}

fn as_text(keys: &[Listed]) -> String {
    let mut text = String::new();
    for key in keys {
        let _ = writeln!(text, "{}", shown(&key.path));
        let algorithm = key.file.algorithm.map(|a| a.to_string());
        let _ = writeln!(
            text,
            "  key          {}",
            algorithm.as_deref().unwrap_or("hidden by the encryption")
        );
        let _ = writeln!(text, "  stored as    {}, mode {:04o}", key.file.kind, key.mode);
        if key.file.encrypted {
            let iterations =
                key.file.iterations.map_or_else(String::new, |n| format!(", {n} iterations"));
            let _ = writeln!(
                text,
                "  protected by {}, {}{iterations}",
                key.file.cipher.as_deref().unwrap_or("-"),
                key.file.kdf.as_deref().unwrap_or("-")
            );
        }
        for weakness in &key.weak {
            let _ = writeln!(text, "  WEAK         {weakness}");
        }
    }
    if keys.is_empty() {
        text.push_str("no private keys\n");
    }
    text
}

fn as_json(keys: &[Listed]) -> String {
    let rows: Vec<serde_json::Value> = keys
        .iter()
        .map(|key| {
            serde_json::json!({
                "kind": "private",
                "algorithm": key.file.algorithm.map(|a| a.to_string()),
                "location": { "path": key.path.display().to_string(), "container": [key.file.kind.to_string()] },
                "protection": {
                    "encrypted": key.file.encrypted,
                    "kdf": key.file.kdf,
                    "iterations": key.file.iterations,
                    "cipher": key.file.cipher,
                    "permissions": format!("{:04o}", key.mode),
                },
                "weak": key.weak,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::json!({ "schema": "inkan.keys/1", "keys": rows }))
}
