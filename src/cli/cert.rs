//! `inkan cert inspect|check`

mod check;
mod inspect;

use super::options::{PinArgument, shown};
use super::{Exit, Failure};
use crate::der::Bytes;
use crate::edge::files;
use crate::edge::prompt::StorePasswords;
use crate::key::NoPassword;
use crate::key::pkcs12::NotOpened;
use crate::report::Language;
use crate::task::bundle::{self, Bundle, NoCertificate};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The largest bundle read; the list of a whole national PKI has a few megabytes.
const MAX_FILE: u64 = 64 << 20;

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show everything that certificates say; nothing is judged.
    Inspect(inspect::Args),
    /// Judge certificates: what they say under the profile of their kind, and their paths.
    Check(check::Args),
}

/// Forms of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// How PKCS #12 stores are opened.
#[derive(Clone, Debug, clap::Args)]
struct Stores {
    /// Where the password of PKCS #12 stores comes from: file:PATH, fd:N or env:NAME; otherwise it
    /// is asked for. None and an empty one are tried first.
    #[arg(long, value_name = "SOURCE")]
    pin_source: Option<PinArgument>,
}

impl Stores {
    fn passwords(&self) -> Result<StorePasswords, Failure> {
        Ok(StorePasswords::new(PinArgument::resolve(self.pin_source.as_ref())?.cloned()))
    }
}

/// Runs the subcommand.
pub(crate) fn run(command: &Command, language: Language) -> Result<Exit, Failure> {
    match command {
        Command::Inspect(args) => inspect::run(args, language),
        Command::Check(args) => check::run(args, language),
    }
}

/// What the files that were named hold.
#[derive(Debug, Default)]
struct Given {
    files: Vec<(String, Result<Bundle, NoCertificate>)>,
    /// Files that only stand in a directory that was named, and hold no certificate to be had.
    passed_over: Vec<String>,
}

impl Given {
    fn read(paths: &[PathBuf], stores: &Stores) -> Result<Self, Failure> {
        let mut passwords = stores.passwords()?;
        let mut given = Self::default();
        for path in paths {
            if path.is_dir() {
                given.directory(path, &mut passwords)?;
            } else {
                let question = format!("Password for {}: ", shown(path));
                let passwords = passwords.asking(Some(question));
                given.files.push((shown(path), bundle::open_with(&bytes(path)?, passwords)));
            }
        }
        Ok(given)
    }

    fn directory(
        &mut self,
        directory: &Path,
        passwords: &mut StorePasswords,
    ) -> Result<(), Failure> {
        let before = self.files.len();
        for path in files::list(directory)? {
            match bundle::open_with(&bytes(&path)?, passwords.asking(None)) {
                Err(error) if is_beside(&error) => self.passed_over.push(shown(&path)),
                opened => self.files.push((shown(&path), opened)),
            }
        }
        if self.files.len() > before {
            return Ok(());
        }
        Err(Failure::new(
            format!("{}: there is no certificate in this directory", shown(directory)),
            "directories below it are not looked into; name the one that holds the files",
        ))
    }
}

/// What may stand in a directory beside certificates: stores too, unless the password that was given
/// for them is of no use.
const fn is_beside(error: &NoCertificate) -> bool {
    match error {
        NoCertificate::Nothing => true,
        NoCertificate::Malformed(_) => false,
        NoCertificate::Pkcs12(why) => !matches!(
            why,
            NotOpened::WrongPassword | NotOpened::NoPassword(NoPassword::Unavailable { .. })
        ),
    }
}

fn bytes(path: &Path) -> Result<Bytes, Failure> {
    if path.as_os_str() != "-" {
        return Ok(files::read_bounded(path, MAX_FILE)?.into());
    }
    let mut all = Vec::new();
    let read = std::io::stdin().lock().take(MAX_FILE).read_to_end(&mut all);
    read.map_err(|error| {
        Failure::new(format!("standard input: {error}"), "give the certificate as a file")
    })?;
    Ok(all.into())
}

fn failure(path: &str, error: &NoCertificate) -> Failure {
    Failure::new(format!("{path}: {error}"), error.hint())
}
