//! The command line: what was typed, what it means, and the exit code.
//!
//! One file for each subcommand. Each reads its arguments, wires the edge into a task, prints the
//! report to standard output and messages to standard error. Nothing is decided here about
//! signatures, and nothing is parsed but arguments.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "this is the layer that talks to the user"
)]

mod cert;
mod companions;
mod demo;
mod drawer;
mod evidence;
mod failure;
mod key;
mod lab;
mod options;
mod picture;
mod policy;
mod renew;
mod sign;
mod signer;
mod timestamp;
mod token;
mod trust;
mod tsa;
mod verify;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use failure::Failure;
use std::io::Write;
use std::process::ExitCode;

/// Sign, keep and prove medical records.
#[derive(Debug, Parser)]
#[command(name = "inkan", version, about, propagate_version = true)]
#[command(after_help = "Exit codes: 0 passed · 1 failed · 2 could not run · 3 indeterminate")]
struct Cli {
    /// The language of reports; the default is that of the locale.
    #[arg(long, global = true, value_name = "en|ja")]
    lang: Option<String>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify signatures and say why they hold or do not.
    Verify(verify::Args),
    /// Sign files (CAdES, level B to LTA).
    Sign(Box<sign::Args>),
    /// Prove that files exist, keep the proof alive, and look into it.
    #[command(subcommand)]
    Evidence(evidence::Command),
    /// Keep signatures and evidence records provable: tell until when each is, and renew what is due.
    Renew(renew::Args),
    /// Make, verify and look into timestamps (RFC 3161).
    #[command(subcommand)]
    Timestamp(timestamp::Command),
    /// Look into certificates.
    #[command(subcommand)]
    Cert(cert::Command),
    /// Make and list private keys in files.
    #[command(subcommand)]
    Key(key::Command),
    /// List, look into and check cards and HSMs.
    #[command(subcommand)]
    Token(token::Command),
    /// List and explain the rules that reports cite.
    #[command(subcommand)]
    Policy(policy::Command),
    /// Say whom to trust, and for what.
    #[command(subcommand)]
    Trust(trust::Command),
    /// Make and serve a test PKI with TSA, OCSP, CRL and AIA. NOT FOR PRODUCTION.
    Lab(lab::Args),
    /// See inkan at work: seal a sample scan, tamper with it, read the report.
    Demo(demo::Args),
}

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Exit {
    /// All is well.
    Passed,
    /// Something could not be decided.
    Indeterminate,
    /// Something is wrong with what was judged.
    Failed,
    /// The command could not do its work.
    CouldNotRun,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Passed => 0,
            Exit::Failed => 1,
            Exit::CouldNotRun => 2,
            Exit::Indeterminate => 3,
        })
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // Before anything is read, for any of it may be secret.
    if let Err(error) = inkan_guard::no_core_dumps() {
        Failure::new(
            format!("core dumps of inkan cannot be forbidden: {error}"),
            "allow setrlimit and prctl where inkan runs",
        )
        .tell();
        return Exit::CouldNotRun.into();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.tell();
            Exit::CouldNotRun.into()
        }
    }
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    let language = options::language(cli.lang.as_deref())?;
    match cli.command {
        Command::Verify(args) => verify::run(&args, language),
        Command::Sign(args) => sign::run(&args, language),
        Command::Evidence(command) => evidence::run(&command, language),
        Command::Renew(args) => renew::run(&args, language),
        Command::Timestamp(command) => timestamp::run(&command, language),
        Command::Cert(command) => cert::run(&command, language),
        Command::Key(command) => key::run(&command),
        Command::Token(command) => token::run(&command, language),
        Command::Policy(command) => policy::run(&command, language),
        Command::Trust(command) => trust::run(&command),
        Command::Lab(args) => lab::run(&args),
        Command::Demo(args) => demo::run(&args, language),
    }
}

/// Help and version go to standard output; what was typed wrong is one error and one hint.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        Failure::new("no command was given", "`inkan --help` lists the commands").tell();
        return Exit::CouldNotRun.into();
    }
    let text = error.render().to_string();
    let message = text.trim_start_matches("error: ").lines();
    let message: Vec<&str> = message.map(str::trim).take_while(|line| !line.is_empty()).collect();
    Failure::new(
        message.join(" "),
        "`inkan --help` and `inkan COMMAND --help` show what can be typed",
    )
    .tell();
    Exit::CouldNotRun.into()
}

/// Prints a report.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = Out::default();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| {
        let error = format!("the report could not be written: {error}");
        Failure::new(error, "check where the output goes")
    })
}

/// Standard output. A reader that went away (`inkan … | head`) is no failure: the exit code still
/// tells what came of it.
#[derive(Debug, Default)]
struct Out {
    has_no_reader: bool,
}

impl Out {
    fn unless_left(&mut self, result: std::io::Result<()>) -> std::io::Result<()> {
        match result {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                self.has_no_reader = true;
                Ok(())
            }
            result => result,
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if !self.has_no_reader {
            let written = std::io::stdout().lock().write_all(bytes);
            self.unless_left(written)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.has_no_reader {
            return Ok(());
        }
        let flushed = std::io::stdout().lock().flush();
        self.unless_left(flushed)
    }
}
