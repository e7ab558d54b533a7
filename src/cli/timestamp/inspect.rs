//! `inkan timestamp inspect`

use crate::cli::options::shown;
use crate::cli::verify::{report_failure, style};
use crate::cli::{Exit, Failure};
use crate::der::Bytes;
use crate::edge::files::read_bounded;
use crate::report::{Catalogue, Language, timestamp};
use crate::task::timestamp::inspect::{InspectedTimestamp, inspect};
use std::path::{Path, PathBuf};

/// Tokens are a few kilobytes, with revocation lists some megabytes.
const MAX_FILE: u64 = 64 << 20;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Tokens (.tst), responses (.tsr) or requests (.tsq), DER or PEM.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Forms of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Reads and reports. One file that cannot be read does not keep the others from being reported.
pub(super) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    let mut files = Vec::new();
    let mut worst = Exit::Passed;
    for path in &args.files {
        match read(path) {
            Ok(file) => files.push(file),
            Err(failure) if args.files.len() == 1 => return Err(failure),
            Err(failure) => {
                failure.tell();
                worst = Exit::CouldNotRun;
            }
        }
    }
    let catalogue = Catalogue::load(language);
    let text = match args.format {
        Format::Text => timestamp::render(&files, catalogue, style(true)),
        Format::Json => {
            timestamp::json::render(&files, catalogue).to_text().map_err(report_failure)?
        }
    };
    crate::cli::print(&text)?;
    Ok(worst)
}

fn read(path: &Path) -> Result<InspectedTimestamp, Failure> {
    let bytes = Bytes::from(read_bounded(path, MAX_FILE)?);
    let name = shown(path);
    inspect(&name, &bytes).map_err(|error| Failure::new(format!("{name}: {error}"), error.hint()))
}
