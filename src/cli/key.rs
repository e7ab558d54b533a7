//! `inkan key …`: one file for each subcommand.

mod attest;
mod beside;
mod csr;
mod delete;
mod described;
mod generate;
mod given;
mod import;
mod list;
mod record;
mod recorder;
mod show;

use super::{Exit, Failure};

/// Larger than any file with a private key in it.
const MAX_KEY: u64 = 1 << 20;

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a private key: on a token, which it never leaves, or in an encrypted file that only its
    /// owner may read.
    Generate(generate::Args),
    /// List private keys in files and on tokens: how each is stored, and what is weak about that.
    List(list::Args),
    /// Show one private key: algorithm, until when it may be relied on, storage, certificates, state.
    Show(show::Args),
    /// Put a certificate beside its key. One of another key is refused.
    ImportCert(import::Args),
    /// Write a request for a certificate (PKCS #10), signed by the key.
    Csr(csr::Args),
    /// Delete a private key for ever, with its certificates.
    Delete(delete::Args),
    /// Write down what a token says of where a key lives, for an auditor.
    Attest(attest::Args),
    /// Verify and continue the record of what was done with keys.
    #[command(subcommand)]
    Record(record::Command),
}

/// Runs the subcommand.
pub(crate) fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Generate(args) => generate::run(args),
        Command::List(args) => list::run(args),
        Command::Show(args) => show::run(args),
        Command::ImportCert(args) => import::run(args),
        Command::Csr(args) => csr::run(args),
        Command::Delete(args) => delete::run(args),
        Command::Attest(args) => attest::run(args),
        Command::Record(command) => record::run(command),
    }
}

/// Forms of lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}
