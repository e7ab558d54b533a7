//! `inkan evidence embed`

use super::{can_be_stamped, without_timestamp};
use crate::cli::companions::rewritable;
use crate::cli::drawer::Drawer;
use crate::cli::options::{Hash, Judging, shown};
use crate::cli::sign::told::{self, io_failure};
use crate::cli::tsa::{Ready, TsaArgs};
use crate::cli::{Exit, Failure};
use crate::edge::clock;
use crate::judge::Judge;
use crate::report::{self, Catalogue, Language};
use crate::task::evidence::{StampOrder, embed};
use crate::task::sign::{Desk, SignError};
use crate::time::Instant;
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
    let content = args.content.as_slice();
    let (free, mut worst) = rewritable(args.files.iter().map(PathBuf::as_path));
    let drawer = Drawer::new(free.into_iter(), content);
    let mut tell = |number: usize, done: Result<Instant, SignError>| {
        let Some(path) = drawer.get(number) else { return };
        if let Err(failure) = tell_done(path, done, language) {
            failure.tell();
            worst = Exit::CouldNotRun;
        }
    };
    let order = StampOrder { algorithm: args.digest.into(), tsas: &urls };
    embed(drawer.len(), order, &drawer, &mut desk, &mut tell)
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
