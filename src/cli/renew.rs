//! `inkan renew`

mod failed;
mod keeper;

use super::companions::records_beside;
use super::options::{self, Hash, Judging};
use super::tsa::TsaArgs;
use super::{Exit, Failure};
use crate::edge::{clock, files};
use crate::judge::Judge;
use crate::report::Language;
use crate::time::Instant;
use keeper::{Due, Keeper};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Signatures (.p7s, .p7m) and evidence records (.ers) to keep provable, or directories of them, with all
    /// that is below. What is due is renewed where --tsa names a time-stamping authority, and else only told,
    /// with the calendar.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Renew what ends before this day.
    #[arg(long, value_name = "DATE", conflicts_with = "within")]
    before: Option<String>,

    /// Renew what ends within so many days.
    #[arg(long, value_name = "DAYS", default_value = "365")]
    within: u32,

    /// How to renew signatures: each by an archive timestamp of its own, or all by one timestamp, with an
    /// evidence record put into each. Evidence records, those inside signatures too, are always renewed as
    /// such, with one timestamp for all.
    #[arg(long, value_enum, default_value = "archive-timestamp")]
    by: By,

    /// The hash function of the new timestamps: it should outlive the ones before. Evidence records keep
    /// theirs for as long as it lasts, and are moved to this one in time.
    #[arg(long, value_enum, default_value = "sha512")]
    digest: Hash,

    /// What the one PATH is of, if that is not beside it. For an evidence record of a group of files, each of
    /// them (may be repeated). Evidence records beside PATH have theirs beside them.
    #[arg(long, value_name = "FILE")]
    content: Vec<PathBuf>,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    tsa: TsaArgs,
}

/// Ways to renew signatures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum By {
    ArchiveTimestamp,
    EvidenceRecord,
}

/// Forms of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Looks at every file, and renews what is due. One that cannot be renewed does not hinder the others, and a
/// call that was cut short is made again: what was renewed is not due any more.
pub(crate) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    if !args.content.is_empty() && !matches!(args.paths.as_slice(), [one] if !one.is_dir()) {
        let hint = "renew the files of named documents one at a time";
        return Err(Failure::new("--content is about one file, and others were named", hint));
    }
    let judge = Judge::new(args.judging.policy()?);
    let now = clock::now();
    let ready = args.tsa.resolve(None, &judge.policy().trust)?;
    let mut keeper = Keeper::new(args, &judge, (now, before(args, now)?), &ready, language)?;
    let files = files_of(&args.paths)?;
    let mut due = Due::default();
    for path in &files {
        keeper.look(path, &mut due);
    }
    keeper.renew(&due);
    keeper.close()
}

fn before(args: &Args, now: Instant) -> Result<Instant, Failure> {
    const DAY: i64 = 86_400;
    match &args.before {
        Some(day) => options::time(Some(day)),
        None => Ok(now.plus_seconds(i64::from(args.within) * DAY)),
    }
}

/// The files that were named, with the records beside them, and those in directories that were.
fn files_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let all = files::list_below(path)?;
            found
                .extend(all.into_iter().filter(|file| has_extension(file, &["p7s", "p7m", "ers"])));
        } else {
            found.push(path.clone());
            found.extend(records_beside(path));
        }
    }
    let mut seen = HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    Ok(found)
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    known.iter().any(|known| extension.eq_ignore_ascii_case(known))
}
