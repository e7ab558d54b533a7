//! `inkan key show`

use super::described::{Described, as_json, as_text};
use super::given::{TokenArgs, named};
use super::recorder::{MAX_RECORD, broken_record};
use super::{Format, MAX_KEY, beside};
use crate::cli::options::shown;
use crate::cli::signer::{KeyName, open_file};
use crate::cli::{Exit, Failure, print};
use crate::edge::files;
use crate::hsm::Purpose;
use crate::key::record::Record;
use crate::key::{SigningKey as _, container};
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The key: file:PATH, or pkcs11:token=LABEL;object=LABEL (RFC 7512).
    #[arg(value_name = "URI")]
    key: String,

    /// Say the state of the key by this key record too; it is only read.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    #[command(flatten)]
    on_token: TokenArgs,
}

/// Shows a key.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let record = args.record.as_deref().map(read).transpose()?;
    let described = match named(&args.key)? {
        KeyName::Token(uri) => {
            let (keeper, key) = args.on_token.key(&uri, Purpose::Look)?;
            let certificates = keeper.certificates_of(&key)?;
            Described::on_token(keeper.token(), key, certificates)?
        }
        KeyName::File(path) => in_file(args, &path)?,
    };
    let described = match &record {
        Some(record) => described.with_record(record),
        None => described,
    };
    let weak = described.is_weak();
    print(&match args.format {
        Format::Text => as_text(&[described]),
        Format::Json => as_json(&[described]),
    })?;
    Ok(if weak { Exit::Failed } else { Exit::Passed })
}

fn in_file(args: &Args, path: &Path) -> Result<Described, Failure> {
    let bytes = zeroize::Zeroizing::new(files::read_bounded(path, MAX_KEY)?);
    let Some(file) = container::inspect(&bytes) else {
        return Err(Failure::new(
            format!("{}: this is no private key", shown(path)),
            "name the file of a private key; certificates go to `inkan cert inspect`",
        ));
    };
    let key = open_file(path, args.on_token.pin()?)?;
    let mut certificates = beside::certificates(path)?;
    certificates.retain(|certificate| key.matches(certificate.public_key()));
    Described::in_file(path, file, Some(key.public_key()), certificates)
}

fn read(path: &Path) -> Result<Record, Failure> {
    let content = files::read_bounded(path, MAX_RECORD)?;
    Record::read(&content).map_err(|broken| broken_record(path, &broken))
}
