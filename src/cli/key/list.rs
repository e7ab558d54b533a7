//! `inkan key list`

use super::described::{Described, as_json, as_text};
use super::given::TokenArgs;
use super::{Format, MAX_KEY};
use crate::cli::{Exit, Failure, print};
use crate::edge::files::{self, FileError};
use crate::hsm::uri::Uri;
use crate::hsm::{HsmError, Purpose};
use crate::key::container;
use std::path::PathBuf;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Files or directories (file:PATH is understood too), and tokens: pkcs11:token=LABEL (RFC 7512).
    #[arg(required = true, value_name = "PATH|URI")]
    places: Vec<String>,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    #[command(flatten)]
    on_token: TokenArgs,
}

/// Lists keys.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut found = Vec::new();
    for place in &args.places {
        if place.starts_with("pkcs11:") {
            let uri: Uri = place.parse().map_err(HsmError::from)?;
            found.extend(on_token(args, &uri)?);
        } else {
            found.extend(in_files(PathBuf::from(place.strip_prefix("file:").unwrap_or(place)))?);
        }
    }
    let weak = found.iter().any(Described::is_weak);
    print(&match args.format {
        Format::Text => as_text(&found),
        Format::Json => as_json(&found),
    })?;
    Ok(if weak { Exit::Failed } else { Exit::Passed })
}

fn on_token(args: &Args, uri: &Uri) -> Result<Vec<Described>, Failure> {
    let keeper = args.on_token.open(args.on_token.token(uri)?, Purpose::Look)?;
    let mut found = Vec::new();
    for key in keeper.keys()? {
        if uri.means(key.label(), key.id()) {
            let certificates = keeper.certificates_of(&key)?;
            found.push(Described::on_token(keeper.token(), key, certificates)?);
        }
    }
    Ok(found)
}

fn in_files(path: PathBuf) -> Result<Vec<Described>, Failure> {
    let directory = path.is_dir();
    let files = if directory { files::list(&path)? } else { vec![path] };
    let mut found = Vec::new();
    for file in files {
        let bytes = match files::read_bounded(&file, MAX_KEY) {
            Ok(bytes) => zeroize::Zeroizing::new(bytes),
            // Beside keys a directory may hold scans of any size.
            Err(FileError::TooLarge { .. }) if directory => continue,
            Err(error) => return Err(error.into()),
        };
        if let Some(seen) = container::inspect(&bytes) {
            found.push(Described::in_file(&file, seen, None, Vec::new())?);
        }
    }
    Ok(found)
}
