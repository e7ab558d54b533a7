//! `inkan evidence create`

use super::{can_be_stamped, told, without_timestamp};
use crate::cli::companions::record_of;
use crate::cli::options::{Hash, Judging, World, shown};
use crate::cli::sign::told::io_failure;
use crate::cli::tsa::{Ready, TsaArgs};
use crate::cli::{Exit, Failure};
use crate::edge::files::{AtomicFile, Existing, Mode};
use crate::edge::{FileError, FileSource, clock};
use crate::evidence::want::Offline;
use crate::evidence::{EvidenceSet, EvidenceSource};
use crate::judge::Judge;
use crate::report::{self, Catalogue, Language};
use crate::source::{Draft, Source};
use crate::task::evidence::{CreateError, Created, StampOrder, create};
use crate::task::sign::{Outside, Workshop};
use crate::task::verify::{Held, Subject, verify};
use crate::time::Instant;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Files to prove.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The hash function of the tree.
    #[arg(long, value_enum, default_value = "sha256")]
    digest: Hash,

    /// One timestamp for all files of the call, or one for the files of each directory.
    #[arg(long, value_enum, default_value = "call")]
    per: Per,

    /// Replace records that are there already.
    #[arg(long)]
    force: bool,

    /// Go on with a call that was interrupted: files that have a record of what they hold are passed
    /// over.
    #[arg(long, conflicts_with = "force")]
    resume: bool,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    tsa: TsaArgs,
}

/// Which files share a timestamp.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Per {
    Call,
    Directory,
}

/// Makes a record for each file; one that fails does not hinder the others.
pub(super) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    can_be_stamped(&args.judging, &args.tsa)?;
    let judge = Judge::new(args.judging.policy()?);
    let ready = args.tsa.resolve(None, &judge.policy().trust)?;
    let mut evidence = args.judging.evidence()?;
    let mut worst = Exit::Passed;
    let files = left_to_do(args, &judge, language)?;
    for batch in batches(files, args.per) {
        let shop = Shop { args, files: &batch, ready: &ready };
        let mut tell = |number: usize, done: Result<Created, CreateError>| {
            let Some(path) = batch.get(number) else { return };
            if let Err(failure) = tell_done(path, done, language) {
                failure.tell();
                worst = Exit::CouldNotRun;
            }
        };
        let order = StampOrder { algorithm: args.digest.into(), tsas: &ready.urls };
        let stamped = create(batch.len(), order, (&judge, &mut evidence), &shop, &mut tell);
        if let Err(error) = stamped {
            without_timestamp(&error).tell();
            worst = Exit::CouldNotRun;
        }
    }
    Ok(worst)
}

/// The files that have no record yet, each once. A record that is there is neither replaced nor in vain
/// time-stamped again: who wants that says so.
fn left_to_do<'a>(
    args: &'a Args,
    judge: &Judge,
    language: Language,
) -> Result<Vec<&'a Path>, Failure> {
    let mut files: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    files.sort_unstable();
    files.dedup();
    let mut left = Vec::new();
    for path in files {
        let record = record_of(path);
        if args.resume && is_done(path, &record, judge)? {
            let line = report::lines::recorded_before(&shown(path), &shown(&record), language);
            crate::cli::print(&line)?;
        } else if !args.force && record.exists() {
            return Err(FileError::AlreadyExists(record).into());
        } else {
            left.push(path);
        }
    }
    Ok(left)
}

/// Whether the record of an earlier run is there and is of what the file holds now.
fn is_done(path: &Path, record: &Path, judge: &Judge) -> Result<bool, Failure> {
    if !record.is_file() {
        return Ok(false);
    }
    let (content, file) = (FileSource::open(path)?, FileSource::open(record)?);
    let name = shown(path);
    let content: Option<(&str, &dyn Source)> = Some((&name, &content));
    let subject = Subject { name: &name, file: &file, content, held: Held::Signature };
    let mut evidence = EvidenceSet::default();
    let report = verify(&subject, judge, clock::now(), &mut evidence, &mut Offline);
    let report = report.map_err(|error| FileError::new(record, error))?;
    Ok(report.signatures.iter().any(|s| s.intact() && s.cryptographically_valid()))
}

fn batches(files: Vec<&Path>, per: Per) -> Vec<Vec<&Path>> {
    let mut batches: BTreeMap<Option<&Path>, Vec<&Path>> = BTreeMap::new();
    for path in files {
        let key = match per {
            Per::Call => None,
            Per::Directory => path.parent(),
        };
        batches.entry(key).or_default().push(path);
    }
    batches.into_values().collect()
}

/// The files of a batch, and the world that they are in.
struct Shop<'a> {
    args: &'a Args,
    files: &'a [&'a Path],
    ready: &'a Ready,
}

impl Shop<'_> {
    fn path(&self, number: usize) -> io::Result<&Path> {
        self.files.get(number).copied().ok_or_else(|| io::Error::other("no such file"))
    }
}

impl Outside for Shop<'_> {
    fn now(&self) -> Instant {
        World.now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        World.nonce()
    }
}

impl Workshop for Shop<'_> {
    fn name(&self, number: usize) -> String {
        self.path(number).map_or_else(|_| String::new(), shown)
    }

    fn content(&self, number: usize) -> io::Result<Box<dyn Source + Send>> {
        Ok(Box::new(FileSource::open(self.path(number)?).map_err(io::Error::other)?))
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft + Send>> {
        let existing = if self.args.force { Existing::Replace } else { Existing::Keep };
        let record = record_of(self.path(number)?);
        let file = AtomicFile::create(record, existing, Mode::Public).map_err(io::Error::other)?;
        Ok(Box::new(file))
    }

    fn source(&self) -> Box<dyn EvidenceSource> {
        self.args.judging.source_with(&self.ready.tsas)
    }
}

fn tell_done(
    path: &Path,
    done: Result<Created, CreateError>,
    language: Language,
) -> Result<(), Failure> {
    let record = record_of(path);
    match done {
        Ok(created) => {
            let catalogue = Catalogue::load(language);
            let since = created.since;
            let line = report::lines::recorded(&shown(path), &shown(&record), since, catalogue);
            crate::cli::print(&line)
        }
        Err(CreateError::Io(error)) => Err(io_failure(path, error)),
        Err(error @ CreateError::Changed) => {
            Err(told(path, error, "it has no record; run the command again once it is complete"))
        }
        Err(error @ (CreateError::OwnOutput | CreateError::Seal(_))) => {
            Err(told(path, error, "tell the makers of inkan"))
        }
    }
}
