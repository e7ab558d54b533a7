//! `inkan evidence renew`

use super::{can_be_stamped, told, without_timestamp};
use crate::cli::companions::rewritable;
use crate::cli::drawer::Drawer;
use crate::cli::options::{Hash, Judging, shown};
use crate::cli::sign::told::io_failure;
use crate::cli::tsa::{Ready, TsaArgs};
use crate::cli::{Exit, Failure};
use crate::edge::{FileError, FileSource, clock};
use crate::judge::Judge;
use crate::report::{self, Catalogue, Language};
use crate::seal::record::NotRenewable;
use crate::task::evidence::{RenewError, Renewal, Renewed, open, renew};
use crate::task::sign::Desk;
use crate::time::Instant;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Evidence records to renew (.ers).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Renew from the documents up with this hash function, because the one in use will end. Each document
    /// is read: `a.pdf` beside `a.pdf.ers`. Without this, the newest timestamp is covered by a new one, and
    /// documents are read only of records whose hash function was changed before.
    #[arg(long, value_enum)]
    digest: Option<Hash>,

    /// The document of the record, if it is not beside it. For a record of a group of files, each of
    /// them (may be repeated).
    #[arg(long, value_name = "FILE")]
    content: Vec<PathBuf>,

    /// Pass over records whose newest timestamp is of this time (RFC 3339) or later: the same command
    /// goes on where it was interrupted.
    #[arg(long, value_name = "TIME")]
    stamped_before: Option<String>,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    tsa: TsaArgs,
}

/// Renews each record in its place; one that is refused does not hinder the others.
pub(super) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    can_be_stamped(&args.judging, &args.tsa)?;
    if args.files.len() > 1 && !args.content.is_empty() {
        let hint = "renew records of named documents one at a time";
        return Err(Failure::new("--content is about one record, and several were named", hint));
    }
    let judge = Judge::new(args.judging.policy()?);
    let mut evidence = args.judging.evidence()?;
    let Ready { urls, tsas, .. } = args.tsa.resolve(None, &judge.policy().trust)?;
    let mut source = args.judging.source_with(&tsas);
    let now = clock::now();
    let mut desk = Desk { judge: &judge, now, evidence: &mut evidence, source: source.as_mut() };
    let (free, mut worst) = rewritable(left_to_do(args)?.into_iter());
    let drawer = Drawer::new(free.into_iter(), &args.content);
    let mut tell = |number: usize, done: Result<Renewed, RenewError>| {
        let Some(path) = drawer.get(number) else { return };
        let told = match done {
            Ok(renewed) => {
                let time = renewed.time;
                let line = report::lines::renewed(&shown(path), time, Catalogue::load(language));
                crate::cli::print(&line)
            }
            Err(error) => Err(failure(path, error, language)),
        };
        if let Err(failure) = told {
            failure.tell();
            worst = Exit::CouldNotRun;
        }
    };
    let renewal = args.digest.map_or(Renewal::Tokens, |hash| Renewal::Trees(hash.into()));
    renew(drawer.len(), renewal, &urls, &drawer, &mut desk, &mut tell)
        .map_err(|error| without_timestamp(&error))?;
    Ok(worst)
}

/// The records whose newest timestamp is older than that time.
fn left_to_do(args: &Args) -> Result<Vec<&Path>, Failure> {
    let files: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    let Some(limit) = &args.stamped_before else { return Ok(files) };
    let limit: Instant = limit.parse().map_err(|error: crate::time::BadInstant| {
        Failure::new(error.to_string(), "write the time as RFC 3339")
    })?;
    let mut left = Vec::new();
    for path in files {
        let opened = open(&FileSource::open(path)?).map_err(|error| FileError::new(path, error))?;
        let newest = opened.and_then(Result::ok).and_then(|o| o.sheet().stamps.pop());
        // What cannot be read is told by the renewal.
        if newest.and_then(|stamp| stamp.time).is_none_or(|time| time < limit) {
            left.push(path);
        }
    }
    Ok(left)
}

/// Why the record stays as it is.
pub(in crate::cli) fn failure(path: &Path, error: RenewError, language: Language) -> Failure {
    let catalogue = Catalogue::load(language);
    let hint = match &error {
        RenewError::NotARecord(_) => "fetch the record again from where it came from",
        RenewError::Refused(NotRenewable::NotProven(verdict)) | RenewError::NoSupport(verdict) => {
            let because = report::lines::reasons(verdict, catalogue);
            let hint = "a renewal cannot mend it; `inkan verify` says what can be done";
            return told(path, format!("{error}: {because}"), hint);
        }
        RenewError::OwnOutput(verdict) => {
            let because = report::lines::reasons(verdict, catalogue);
            return told(path, format!("{error}: {because}"), "tell the makers of inkan");
        }
        RenewError::Weaker { .. } => {
            "name a hash function that is as strong, or leave out --digest"
        }
        RenewError::OtherMembers(_) => {
            "renew their records in the same call, if they have any of their own, or name each of them with \
             --content; for this one alone: `inkan evidence renew --digest`"
        }
        RenewError::TooLarge => {
            "it stays as it was; make a new record of the same files, by a timestamp of their own"
        }
        RenewError::Changed => "it stays as it was; run the command again",
        RenewError::Refused(NotRenewable::InXml) => {
            "renew it with the software that wrote it, or make a record of the same file beside it"
        }
        RenewError::Refused(NotRenewable::OtherRecord) | RenewError::Seal(_) => {
            "it stays as it was; tell the makers of inkan"
        }
        RenewError::Io(_) => "",
    };
    match error {
        RenewError::Io(error) => io_failure(path, error),
        other => told(path, other, hint),
    }
}
