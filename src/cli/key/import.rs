//! `inkan key import-cert`

use super::beside;
use super::given::{TokenArgs, named, place_of, place_of_file, uri_of};
use super::recorder::{Done, Recording};
use crate::cli::failure::one_line;
use crate::cli::options::shown;
use crate::cli::signer::{KeyName, open_file};
use crate::cli::{Exit, Failure, print};
use crate::der::certificate::Certificate;
use crate::digest::hex;
use crate::edge::trust_store::certificates_in;
use crate::hsm::uri::Uri;
use crate::hsm::{Purpose, Stored};
use crate::key::SigningKey as _;
use crate::key::record::Event;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The certificate, PEM or DER; among several, the one of the key.
    #[arg(value_name = "CERT")]
    certificate: PathBuf,

    /// The key: file:PATH, or pkcs11:token=LABEL;object=LABEL (RFC 7512).
    #[arg(long, value_name = "URI")]
    key: String,

    /// Put it in the place of another certificate that the key has.
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    on_token: TokenArgs,

    #[command(flatten)]
    recording: Recording,
}

/// Puts a certificate beside its key.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let certificates = certificates_in(&args.certificate)?;
    match named(&args.key)? {
        KeyName::Token(uri) => on_token(args, &uri, &certificates),
        KeyName::File(path) => in_file(args, &path, &certificates),
    }
}

fn on_token(args: &Args, uri: &Uri, given: &[Certificate]) -> Result<Exit, Failure> {
    let (keeper, key) = args.on_token.key(uri, Purpose::Change)?;
    let mine = given.iter().find(|c| key.is_of(c.public_key()) == Some(true));
    let Some(certificate) = mine else {
        // It may be that the token does not tell; then that is what there is to say.
        given.iter().try_for_each(|certificate| keeper.belongs(&key, certificate))?;
        return Err(not_of(&key.called(), given));
    };
    // The record knows the key by the public half that the token tells, written in the same way.
    let public_key = key.public_key.as_ref().unwrap_or(certificate.public_key());
    let mut recorder = args.recording.begin()?;
    if let Some(recorder) = &recorder {
        recorder.may(public_key, Event::Certified)?;
    }
    let stored = keeper.import(&key, certificate, args.replace)?;
    let named = one_line(&uri_of(keeper.token(), &key).to_string());
    if let Some(recorder) = &mut recorder {
        let done = done(place_of(keeper.token()), &args.certificate, certificate);
        recorder.tell(public_key, done, "the certificate was stored")?;
    }
    tell(&named, certificate, stored)
}

fn in_file(args: &Args, path: &Path, given: &[Certificate]) -> Result<Exit, Failure> {
    let key = open_file(path, args.on_token.pin()?)?;
    let Some(certificate) = given.iter().find(|c| key.matches(c.public_key())) else {
        return Err(not_of(&shown(path), given));
    };
    let mut recorder = args.recording.begin()?;
    if let Some(recorder) = &recorder {
        recorder.may(key.public_key(), Event::Certified)?;
    }
    let is_mine = |c: &Certificate| key.matches(c.public_key());
    let (written, stored) = beside::put(path, certificate, is_mine, args.replace)?;
    if let Some(recorder) = &mut recorder {
        let done = done(place_of_file(path), &args.certificate, certificate);
        recorder.tell(key.public_key(), done, "the certificate was stored")?;
    }
    tell(&shown(&written), certificate, stored)
}

fn not_of(key: &str, given: &[Certificate]) -> Failure {
    let subjects: Vec<String> = given.iter().map(|c| c.subject().to_string()).collect();
    Failure::new(
        format!("the certificate {} is not of the key {key}", subjects.join(", ")),
        "name the certificate that was issued for this key, or its key with --key",
    )
}

fn done(place: BTreeMap<String, String>, from: &Path, certificate: &Certificate) -> Done {
    let asked = BTreeMap::from([("file".to_owned(), from.display().to_string())]);
    let rows = [
        ("subject", certificate.subject().to_string()),
        ("issuer", certificate.issuer().to_string()),
        ("serial", hex(certificate.serial())),
        ("sha256", hex(certificate.fingerprint().as_bytes())),
        ("until", certificate.not_after().to_string()),
    ];
    let found = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Done { event: Event::Certified, place, asked, found }
}

fn tell(named: &str, certificate: &Certificate, stored: Stored) -> Result<Exit, Failure> {
    let what = match stored {
        Stored::AlreadyThere => "has this certificate already".to_owned(),
        Stored::New { replaced: 0 } => "has its certificate now".to_owned(),
        Stored::New { replaced } => format!("has its certificate now, in the place of {replaced}"),
    };
    let subject = one_line(&certificate.subject().to_string());
    print(&format!("{named} {what}: {subject}, until {}\n", certificate.not_after()))?;
    Ok(Exit::Passed)
}
