//! `inkan cert inspect|check`

mod check;
mod given;
mod inspect;

use super::options::PinArgument;
use super::{Exit, Failure};
use crate::edge::prompt::StorePasswords;
use crate::report::Language;
use crate::task::bundle::NoCertificate;

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
    Sarif,
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

fn failure(path: &str, error: &NoCertificate) -> Failure {
    Failure::new(format!("{path}: {error}"), error.hint())
}
