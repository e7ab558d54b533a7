//! `inkan evidence embed`

use super::{can_be_stamped, without_timestamp};
use crate::cli::options::{Hash, Judging, shown};
use crate::cli::sign::told::{self, io_failure};
use crate::cli::tsa::{Ready, TsaArgs};
use crate::cli::verify::content_of;
use crate::cli::{Exit, Failure};
use crate::edge::files::{AtomicFile, Existing, Mode};
use crate::edge::{FileSource, clock, entropy};
use crate::judge::Judge;
use crate::report::{self, Catalogue, Language};
use crate::source::{Draft, Source};
use crate::task::evidence::{Cabinet, StampOrder, embed};
use crate::task::sign::{Desk, Outside, SignError};
use crate::time::Instant;
use std::io;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Signature files (.p7s, .p7m). Each is replaced by one that has the record inside.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The signed file, if it is neither inside nor beside the signature: `a.pdf` is looked for beside
    /// `a.pdf.p7s`.
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,

    /// The hash function of the tree.
    #[arg(long, value_enum, default_value = "sha256")]
    digest: Hash,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    tsa: TsaArgs,
}

/// Puts a record into each file; one that is refused does not hinder the others.
pub(super) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    can_be_stamped(&args.judging, &args.tsa)?;
    if args.files.len() > 1 && args.content.is_some() {
        let hint = "name signatures of named documents one at a time";
        return Err(Failure::new("--content is about one signature, and several were named", hint));
    }
    let judge = Judge::new(args.judging.policy()?);
    let mut evidence = args.judging.evidence()?;
    let Ready { urls, tsas, .. } = args.tsa.resolve(None, &judge.policy().trust)?;
    let mut source = args.judging.source_with(&tsas);
    let now = clock::now();
    let mut desk = Desk { judge: &judge, now, evidence: &mut evidence, source: source.as_mut() };
    let mut files: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    files.sort_unstable();
    files.dedup();
    let mut worst = Exit::Passed;
    let mut tell = |number: usize, done: Result<Instant, SignError>| {
        let Some(path) = files.get(number) else { return };
        if let Err(failure) = tell_done(path, done, language) {
            failure.tell();
            worst = Exit::CouldNotRun;
        }
    };
    let order = StampOrder { algorithm: args.digest.into(), tsas: &urls };
    let drawer = Drawer { args, files: &files };
    embed(files.len(), order, &drawer, &mut desk, &mut tell)
        .map_err(|error| without_timestamp(&error))?;
    Ok(worst)
}

fn tell_done(
    path: &Path,
    done: Result<Instant, SignError>,
    language: Language,
) -> Result<(), Failure> {
    match done {
        Ok(since) => {
            let line = report::lines::embedded(&shown(path), since, Catalogue::load(language));
            crate::cli::print(&line)
        }
        Err(SignError::Io(error)) => Err(io_failure(path, error)),
        Err(error) => Err(told::failure(&error, language).after(&shown(path))),
    }
}

/// The signature files of the call, and where they stand.
struct Drawer<'a> {
    args: &'a Args,
    files: &'a [&'a Path],
}

impl Drawer<'_> {
    fn path(&self, number: usize) -> io::Result<&Path> {
        self.files.get(number).copied().ok_or_else(|| io::Error::other("no such file"))
    }
}

impl Outside for Drawer<'_> {
    fn now(&self) -> Instant {
        clock::now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        entropy::random().map_err(io::Error::other)
    }
}

impl Cabinet for Drawer<'_> {
    fn name(&self, number: usize) -> String {
        self.path(number).map_or_else(|_| String::new(), shown)
    }

    fn file(&self, number: usize) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(FileSource::open(self.path(number)?).map_err(io::Error::other)?))
    }

    fn content(&self, number: usize) -> io::Result<Option<(String, Box<dyn Source>)>> {
        let found = content_of(self.path(number)?, self.args.content.as_deref());
        let boxed = |(name, file)| -> (String, Box<dyn Source>) { (name, Box::new(file)) };
        Ok(found.map_err(io::Error::other)?.map(boxed))
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        let file = AtomicFile::create(self.path(number)?, Existing::Replace, Mode::Public);
        Ok(Box::new(file.map_err(io::Error::other)?))
    }
}
