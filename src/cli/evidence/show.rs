//! `inkan evidence show`

use super::told;
use crate::cli::options::shown;
use crate::cli::{Exit, Failure};
use crate::edge::{FileError, FileSource};
use crate::report::{self, Catalogue, Language};
use crate::task::evidence::open;
use std::path::PathBuf;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Evidence records (.ers).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Shows each record.
pub(super) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    let mut exit = Exit::Passed;
    for (index, path) in args.files.iter().enumerate() {
        let file = FileSource::open(path)?;
        let opened = open(&file).map_err(|error| FileError::new(path, error))?;
        let hint = "name an evidence record; `inkan verify` judges any signature file";
        match opened {
            Some(Ok(opened)) => {
                let gap = if index > 0 { "\n" } else { "" };
                let catalogue = Catalogue::load(language);
                let text = report::record::show(&shown(path), &opened.sheet(), catalogue);
                crate::cli::print(&format!("{gap}{text}"))?;
            }
            Some(Err(error)) => {
                told(path, error, hint).tell();
                exit = Exit::Failed;
            }
            None => {
                told(path, "this is no evidence record", hint).tell();
                exit = Exit::CouldNotRun.max(exit);
            }
        }
    }
    Ok(exit)
}
