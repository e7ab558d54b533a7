//! `inkan cert inspect|check`

mod check;
mod given;
mod inspect;

use super::{Exit, Failure};
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
