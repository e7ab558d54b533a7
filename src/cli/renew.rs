//! `inkan renew`

use super::options::{self, Hash, Judging, World, shown};
use super::sign::told;
use super::tsa::{Ready, TsaArgs};
use super::verify::{content_of, exit_of};
use super::{Exit, Failure};
use crate::edge::files::{self, AtomicFile, Existing, Mode};
use crate::edge::{FileError, FileSource, clock};
use crate::evidence::{EvidenceSet, EvidenceSource};
use crate::judge::Judge;
use crate::report::renewal::{Calendar, Done};
use crate::report::{Catalogue, Language};
use crate::rule::Indication;
use crate::source::Source;
use crate::task::renew::{Outlook, Renewal, Surveyed, renew, survey};
use crate::task::sign::Desk;
use crate::task::verify::{Held, Subject};
use crate::time::Instant;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Signatures to keep provable (.p7s, .p7m), or directories of them, with all that is below. What is
    /// due is renewed where --tsa names a time-stamping authority, and else only told, with the calendar.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Renew what ends before this day.
    #[arg(long, value_name = "DATE", conflicts_with = "within")]
    before: Option<String>,

    /// Renew what ends within so many days.
    #[arg(long, value_name = "DAYS", default_value = "365")]
    within: u32,

    /// The hash function of the new timestamp: it should outlive the ones before.
    #[arg(long, value_enum, default_value = "sha512")]
    digest: Hash,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    tsa: TsaArgs,
}

/// Forms of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Looks at every record, and renews what is due. One that cannot be renewed does not hinder the others,
/// and a call that was cut short is made again: what was renewed is not due any more.
pub(crate) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    let judge = Judge::new(args.judging.policy()?);
    let now = clock::now();
    let Ready { urls, tsas, .. } = args.tsa.resolve(None, &judge.policy().trust)?;
    let mut keeper = Keeper {
        args,
        tsas: urls,
        language,
        judge: &judge,
        before: before(args, now)?,
        evidence: args.judging.evidence()?,
        source: args.judging.source_with(&tsas),
    };
    let records = records(&args.paths)?;
    let mut calendar = Calendar::new(now, keeper.before);
    let mut worst = Exit::Passed;
    for path in &records {
        match keeper.keep(path) {
            Ok((surveyed, done)) => {
                let line = calendar.add(&surveyed, done, Catalogue::load(language));
                if args.format == Format::Text {
                    super::print(&line)?;
                }
                worst = worst.max(exit(&surveyed, done));
            }
            Err(failure) => {
                failure.tell();
                worst = Exit::CouldNotRun;
            }
        }
    }
    calendar.close();
    super::print(&match args.format {
        Format::Text => calendar.text(Catalogue::load(language)),
        Format::Json => calendar.to_json().map_err(super::verify::report_failure)?,
    })?;
    Ok(worst)
}

fn exit(surveyed: &Surveyed, done: Done) -> Exit {
    match done {
        Done::Kept | Done::Renewed => Exit::Passed,
        Done::Due => Exit::Indeterminate,
        Done::Refused => exit_of(surveyed.report.indication().max(Indication::Indeterminate)),
    }
}

fn before(args: &Args, now: Instant) -> Result<Instant, Failure> {
    const DAY: i64 = 86_400;
    match &args.before {
        Some(day) => options::time(Some(day)),
        None => Ok(now.plus_seconds(i64::from(args.within) * DAY)),
    }
}

/// The signature files that were named, and those in directories that were.
fn records(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let all = files::list_below(path)?;
            found.extend(all.into_iter().filter(|file| is_record(file)));
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn is_record(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    ["p7s", "p7m"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// What every record of a call is kept with.
struct Keeper<'a> {
    args: &'a Args,
    tsas: Vec<String>,
    language: Language,
    judge: &'a Judge,
    before: Instant,
    evidence: EvidenceSet,
    source: Box<dyn EvidenceSource>,
}

impl Keeper<'_> {
    fn keep(&mut self, path: &Path) -> Result<(Surveyed, Done), Failure> {
        let file = FileSource::open(path)?;
        let content = content_of(path, None)?;
        let name = shown(path);
        let content = content.as_ref().map(|(name, file)| {
            let file: &dyn Source = file;
            (name.as_str(), file)
        });
        let subject = Subject { name: &name, file: &file, content, held: Held::Signature };
        let failed = |error| FileError::new(path, error);
        let (now, source) = (clock::now(), self.source.as_mut());
        let surveyed =
            survey(&subject, self.judge, now, &mut self.evidence, source).map_err(failed)?;
        if matches!(surveyed.outlook, Outlook::Unprovable) {
            return Ok((surveyed, Done::Refused));
        }
        if !surveyed.outlook.is_due(self.before) {
            return Ok((surveyed, Done::Kept));
        }
        if self.tsas.is_empty() {
            return Ok((surveyed, Done::Due));
        }
        Ok((self.renew(path, &subject)?, Done::Renewed))
    }

    /// The old file is replaced in one step, by one that was judged.
    fn renew(&mut self, path: &Path, subject: &Subject<'_>) -> Result<Surveyed, Failure> {
        let renewal = Renewal { tsas: &self.tsas, digest: self.args.digest.into() };
        let draft = AtomicFile::create(path, Existing::Replace, Mode::Public)?;
        // What this file brings is not kept for the others: an archive has many.
        let mut evidence = self.evidence.covered();
        let mut desk = Desk {
            judge: self.judge,
            now: clock::now(),
            evidence: &mut evidence,
            source: self.source.as_mut(),
        };
        let renewed = renew(subject, renewal, &World, &mut desk, Box::new(draft));
        self.evidence = evidence.uncovered();
        renewed.map_err(|error| told::failure(&error, self.language).after(&shown(path)))
    }
}
