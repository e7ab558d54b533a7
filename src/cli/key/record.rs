//! `inkan key record verify|add`

use super::recorder::{Done, MAX_RECORD, Recorder, Who};
use crate::cli::failure::one_line;
use crate::cli::options::shown;
use crate::cli::{Exit, Failure, print};
use crate::edge::files;
use crate::key::record::{Event, KeyNamed, Record, State};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check the chain of a key record, and say the state of each key.
    Verify(VerifyArgs),
    /// Say that a key is in another state now, or anything else worth keeping.
    Add(AddArgs),
}

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// The record.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The SHA-256 of a line, as an earlier run said it: it has to be there still.
    #[arg(long, value_name = "HEX")]
    head: Option<String>,
}

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["state", "note"]))]
pub(crate) struct AddArgs {
    /// The record.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The key, by the SHA-256 of its public half as the record has it; its beginning is enough.
    #[arg(long, value_name = "HEX")]
    public_key: String,

    /// The state that the key is in from now on.
    #[arg(long, value_enum)]
    state: Option<StateName>,

    /// Anything that the record should hold.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// Who says so.
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,

    /// Who looks on (may be repeated).
    #[arg(long, value_name = "NAME")]
    witness: Vec<String>,
}

/// States that somebody may say a key to be in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum StateName {
    Active,
    Suspended,
    Deactivated,
    Compromised,
    Destroyed,
}

impl From<StateName> for State {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Active => Self::Active,
            StateName::Suspended => Self::Suspended,
            StateName::Deactivated => Self::Deactivated,
            StateName::Compromised => Self::Compromised,
            StateName::Destroyed => Self::Destroyed,
        }
    }
}

/// Runs the subcommand.
pub(crate) fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Verify(args) => verify(args),
        Command::Add(args) => add(args),
    }
}

fn verify(args: &VerifyArgs) -> Result<Exit, Failure> {
    let content = files::read_bounded(&args.file, MAX_RECORD)?;
    let name = shown(&args.file);
    let record = match Record::read(&content) {
        Ok(record) => record,
        Err(broken) => {
            print(&format!("{name}: BROKEN at {}\n", one_line(&broken.to_string())))?;
            return Ok(Exit::Failed);
        }
    };
    if let Some(head) = args.head.as_deref().filter(|head| !record.has_line(head)) {
        print(&format!("{name}: CUT OFF: no line has the SHA-256 {}\n", one_line(head)))?;
        return Ok(Exit::Failed);
    }
    let mut text = format!("{name}: the chain holds, {} entries\n", record.entries().len());
    for (key, state) in record.keys() {
        let last = record.entries().iter().rev().find(|entry| entry.key().sha256 == key);
        let (algorithm, time) =
            last.map_or(("-", "-"), |entry| (&*entry.key().algorithm, entry.time()));
        let state = state.map_or("state not told", State::name);
        let _ = writeln!(text, "  {key}  {}  {state}, {}", one_line(algorithm), one_line(time));
    }
    if let Some(head) = record.head() {
        let _ = writeln!(text, "SHA-256 of the last line: {head}");
    }
    print(&text)?;
    Ok(Exit::Passed)
}

fn add(args: &AddArgs) -> Result<Exit, Failure> {
    // A record that is not there knows no keys; it is not made for this.
    let content = files::read_bounded(&args.file, MAX_RECORD)?;
    drop(content);
    let who = Who {
        operator: args.operator.clone(),
        witnesses: args.witness.clone(),
        note: args.note.clone(),
    };
    let mut recorder = Recorder::open(&args.file, who)?;
    let (key, place) = known(&recorder.record, &args.public_key, &args.file)?;
    let event = args.state.map_or(Event::Noted, |state| Event::Became(state.into()));
    let done = Done { event, place, asked: BTreeMap::new(), found: BTreeMap::new() };
    let sha256 = key.sha256.clone();
    recorder.append(key, done)?;
    let what = args.state.map_or("noted".to_owned(), |state| State::from(state).to_string());
    print(&format!("{}: {sha256} {what}\n", shown(&args.file)))?;
    Ok(Exit::Passed)
}

/// The one key of the record whose hash begins so, and where it was last.
fn known(
    record: &Record,
    prefix: &str,
    path: &Path,
) -> Result<(KeyNamed, BTreeMap<String, String>), Failure> {
    let prefix = prefix.to_ascii_lowercase();
    let mut fitting =
        record.keys().filter(|(key, _)| !prefix.is_empty() && key.starts_with(&prefix));
    let refused = |what: &str| {
        Failure::new(
            format!(
                "{}: {what} has a public key with the SHA-256 {}",
                shown(path),
                one_line(&prefix)
            ),
            "write more of it, as `inkan key record verify` shows it",
        )
    };
    let Some((key, _)) = fitting.next() else { return Err(refused("no key of the record")) };
    if fitting.next().is_some() {
        return Err(refused("more than one key of the record"));
    }
    let last = record.entries().iter().rev().find(|entry| entry.key().sha256 == key);
    let last = last.ok_or_else(|| refused("no key of the record"))?;
    Ok((last.key().clone(), last.place().clone()))
}
