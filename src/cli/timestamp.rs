//! `inkan timestamp create|verify|inspect`

mod create;
mod inspect;

use super::{Exit, Failure, verify};
use crate::report::Language;

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Have files stamped: FILE.tst proves that FILE was there at that time.
    Create(create::Args),
    /// Verify tokens and responses, as `inkan verify` does.
    Verify(verify::Args),
    /// Show everything that tokens, responses and requests say; nothing is judged.
    Inspect(inspect::Args),
}

/// Runs the subcommand.
pub(crate) fn run(command: &Command, language: Language) -> Result<Exit, Failure> {
    match command {
        Command::Create(args) => create::run(args, language),
        Command::Verify(args) => verify::run(args, language),
        Command::Inspect(args) => inspect::run(args, language),
    }
}
