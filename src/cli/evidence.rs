//! `inkan evidence create|embed|renew|show`

mod create;
mod embed;
pub(super) mod renew;
mod show;

use super::options::{Judging, shown};
use super::tsa::TsaArgs;
use super::{Exit, Failure};
use crate::report::Language;
use crate::task::sign::{SignError, StampFailure};
use std::path::Path;

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Prove that files exist now: one timestamp for all of them, and beside each file a record that
    /// proves it alone (FILE.ers).
    Create(create::Args),
    /// Put into each signature file a record that proves all of it, its content included, under one
    /// timestamp for all files. A file that is not provable now is refused, and stays as it is.
    Embed(embed::Args),
    /// Cover the newest timestamp of each record by a new one before it ends, or move the records to
    /// another hash function. One timestamp does for all; a record that does not hold is refused.
    Renew(renew::Args),
    /// Show what is in an evidence record; nothing is judged.
    Show(show::Args),
}

/// Runs the subcommand.
pub(crate) fn run(command: &Command, language: Language) -> Result<Exit, Failure> {
    match command {
        Command::Create(args) => create::run(args, language),
        Command::Embed(args) => embed::run(args, language),
        Command::Renew(args) => renew::run(args, language),
        Command::Show(args) => show::run(args, language),
    }
}

/// Refuses what cannot end in a timestamp before anything is read.
fn can_be_stamped(judging: &Judging, tsa: &TsaArgs) -> Result<(), Failure> {
    if judging.offline {
        return Err(Failure::new("a timestamp cannot be had offline", "leave out --offline"));
    }
    if tsa.is_empty() {
        return Err(Failure::new("no time-stamping authority is named", "name one with --tsa"));
    }
    Ok(())
}

fn told(path: &Path, error: impl std::fmt::Display, hint: &str) -> Failure {
    Failure::new(format!("{}: {error}", shown(path)), hint)
}

/// What to say when the tree has no timestamp: no record was written.
pub(super) fn without_timestamp(error: &SignError) -> Failure {
    let hint = match error {
        SignError::NoTimestamp(failures) => match failures.last() {
            Some((_, StampFailure::Untrusted(_))) => {
                "trust the TSA's root with `inkan trust add --role tsa FILE`, if it is accredited"
            }
            Some((_, StampFailure::Answer(_))) => {
                "the TSA answered wrongly: tell its operator, or use another with --tsa"
            }
            Some((_, StampFailure::Unavailable(_))) | None => {
                "check the address and the network, or name a second --tsa"
            }
        },
        _ => "no record was written; try again, and tell the makers of inkan if it stays",
    };
    Failure::new(format!("without a timestamp no record was written: {error}"), hint)
}
