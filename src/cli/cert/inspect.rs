//! `inkan cert inspect`

use super::given::Given;
use super::{Format, Stores, failure};
use crate::cli::verify::{report_failure, style};
use crate::cli::{Exit, Failure, options};
use crate::report::inspect::{self, Personal};
use crate::report::{Catalogue, Language};
use crate::task::bundle::{Bundle, NoCertificate};
use crate::task::inspect::{Inspection, Knowledge};
use std::path::PathBuf;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Certificates (PEM, DER), bundles (.p7b, CMS), PKCS #12 stores, directories of them, or `-` for
    /// standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Show the name, address, gender and date of birth in certificates of national identity cards.
    #[arg(long)]
    show_personal: bool,

    /// Count the time left from this time (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    #[command(flatten)]
    stores: Stores,
}

/// Reads and reports.
pub(super) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    let at = options::time(args.at.as_deref())?;
    let knowledge = Knowledge::embedded()?;
    let given = Given::look(&args.files, args.stores.passwords()?, |_, _| {})?;
    let mut files = Vec::new();
    let many = given.len() > 1;
    for file in given.each() {
        let (path, opened) = file?;
        let bundle = match opened {
            // One damaged file does not keep the others from being read.
            Err(NoCertificate::Malformed(error)) if many => Bundle::unreadable(error),
            opened => opened.map_err(|error| failure(path, &error))?,
        };
        files.push(knowledge.inspect(path, bundle, at));
    }
    let is_damaged = files.iter().any(|file| !file.unreadable.is_empty());
    let inspection = Inspection { at, files, passed_over: given.passed_over };
    let personal = if args.show_personal { Personal::Shown } else { Personal::Hidden };
    let catalogue = Catalogue::load(language);
    let text = match args.format {
        Format::Text => inspect::render(&inspection, catalogue, style(true), personal),
        Format::Json => {
            let report = inspect::json::render(&inspection, catalogue, personal);
            report.to_text().map_err(report_failure)?
        }
        Format::Sarif => inspect::sarif::render(&inspection, catalogue).map_err(report_failure)?,
    };
    crate::cli::print(&text)?;
    Ok(if is_damaged { Exit::Failed } else { Exit::Passed })
}
