//! `inkan cert inspect`

use super::options::{self, shown};
use super::verify::{report_failure, style};
use super::{Exit, Failure};
use crate::der::Bytes;
use crate::edge::files;
use crate::report::inspect::{self, Personal};
use crate::report::{Catalogue, Language};
use crate::task::bundle::{self, Bundle, NoCertificate};
use crate::task::inspect::{Inspection, Knowledge};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The largest bundle read; the list of a whole national PKI has a few megabytes.
const MAX_FILE: u64 = 64 << 20;

/// What was typed.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show everything that certificates say; nothing is judged.
    Inspect(InspectArgs),
}

/// What was typed after `inspect`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// Certificates (PEM, DER), bundles (.p7b, CMS), directories of them, or `-` for standard input.
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
}

/// Forms of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the subcommand.
pub(crate) fn run(command: &Command, language: Language) -> Result<Exit, Failure> {
    match command {
        Command::Inspect(args) => inspect(args, language),
    }
}

fn inspect(args: &InspectArgs, language: Language) -> Result<Exit, Failure> {
    let at = options::time(args.at.as_deref())?;
    let knowledge = Knowledge::embedded()?;
    let given = Given::read(&args.files)?;
    let files = given.bundles.into_iter();
    let inspection = Inspection {
        at,
        files: files.map(|(path, bundle)| knowledge.inspect(&path, bundle, at)).collect(),
        passed_over: given.passed_over,
    };
    let personal = if args.show_personal { Personal::Shown } else { Personal::Hidden };
    let catalogue = Catalogue::load(language);
    let text = match args.format {
        Format::Text => inspect::render(&inspection, catalogue, style(true), personal),
        Format::Json => {
            let report = inspect::json::render(&inspection, catalogue, personal);
            report.to_text().map_err(report_failure)?
        }
    };
    super::print(&text)?;
    Ok(Exit::Passed)
}

/// The certificates in the files that were named.
struct Given {
    bundles: Vec<(String, Bundle)>,
    passed_over: Vec<String>,
}

impl Given {
    /// A file without a certificate is an error, unless it only stands in a directory that was named.
    fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut given = Self { bundles: Vec::new(), passed_over: Vec::new() };
        for path in paths {
            if path.is_dir() {
                given.directory(path)?;
            } else {
                let bundle = bundle::open(&bytes(path)?).map_err(|error| failure(path, &error))?;
                given.bundles.push((shown(path), bundle));
            }
        }
        Ok(given)
    }

    fn directory(&mut self, directory: &Path) -> Result<(), Failure> {
        let before = self.bundles.len();
        for path in files::list(directory)? {
            match bundle::open(&bytes(&path)?) {
                Ok(bundle) => self.bundles.push((shown(&path), bundle)),
                Err(_) => self.passed_over.push(shown(&path)),
            }
        }
        if self.bundles.len() > before {
            return Ok(());
        }
        Err(Failure::new(
            format!("{}: there is no certificate in this directory", shown(directory)),
            "directories below it are not looked into; name the one that holds the files",
        ))
    }
}

fn bytes(path: &Path) -> Result<Bytes, Failure> {
    if path.as_os_str() != "-" {
        return Ok(files::read_bounded(path, MAX_FILE)?.into());
    }
    let mut all = Vec::new();
    let read = std::io::stdin().lock().take(MAX_FILE).read_to_end(&mut all);
    read.map_err(|error| {
        Failure::new(format!("standard input: {error}"), "give the certificate as a file")
    })?;
    Ok(all.into())
}

fn failure(path: &Path, error: &NoCertificate) -> Failure {
    Failure::new(format!("{}: {error}", shown(path)), error.hint())
}
