//! `inkan sign`

use super::failure::key_hint;
use super::options::{Judging, PinArgument, shown};
use super::{Exit, Failure};
use crate::der::certificate::Certificate;
use crate::edge::files::{AtomicFile, Existing, Mode, read_bounded, same_file};
use crate::edge::prompt::{self, PinSource};
use crate::edge::trust_store::{StoreError, certificates_in};
use crate::edge::{FileError, FileSource, clock, entropy};
use crate::judge::Judge;
use crate::key::Password;
use crate::key::software::SoftwareKey;
use crate::key::{SigningKey, container, pair};
use crate::report::{self, Catalogue, Language};
use crate::rule::Indication;
use crate::seal::SealError;
use crate::source::Source;
use crate::task::sign::{Desk, Placement, SignError, Signer, StampFailure, Stamping, admit, sign};
use crate::task::verify::FileReport;
use std::io;
use std::path::{Path, PathBuf};

/// Private keys are small.
const MAX_KEY: u64 = 1 << 20;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Files to sign.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The signing key: file:PATH.
    #[arg(long, value_name = "URI")]
    key: String,

    /// The certificate of the key, and those of its CAs (may be repeated); without this, those in the
    /// key's file.
    #[arg(long, value_name = "FILE")]
    cert: Vec<PathBuf>,

    /// The form of the signature.
    #[arg(long, value_enum, default_value = "cades")]
    form: Form,

    /// B: signed; T: signed and time-stamped. The default is T where --tsa is given.
    #[arg(long, value_enum)]
    level: Option<Level>,

    /// Time-stamping authorities (may be repeated), tried in this order.
    #[arg(long, value_name = "URL")]
    tsa: Vec<String>,

    /// Put the content inside the signature.
    #[arg(long)]
    attached: bool,

    /// Where the password comes from: file:PATH, fd:N or env:NAME; otherwise it is asked for.
    #[arg(long, value_name = "SOURCE")]
    pin_source: Option<PinArgument>,

    /// The signature file, or a directory for them; otherwise FILE.p7s (FILE.p7m if attached).
    #[arg(long, value_name = "FILE|DIR")]
    out: Option<PathBuf>,

    /// Replace signatures that are there already.
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    judging: Judging,
}

/// Forms of signatures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Form {
    Cades,
}

/// Levels of signatures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Level {
    #[value(name = "B", alias = "b")]
    B,
    #[value(name = "T", alias = "t")]
    T,
}

/// Signs each file; one that fails does not hinder the others.
pub(crate) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    let Form::Cades = args.form;
    let tsas = tsas(args)?;
    let judge = Judge::new(args.judging.policy()?);
    let key_path = key_path(&args.key)?;
    let pin = PinArgument::resolve(args.pin_source.as_ref())?;
    let jobs = jobs(args, &key_path)?;
    let (certificate, chain, key) = open_signer(&key_path, pin, args)?;
    let signer = Signer { key: &key, certificate: &certificate, chain: &chain };
    let mut evidence = args.judging.evidence()?;
    let mut source = args.judging.source();
    let mut desk =
        Desk { judge: &judge, now: clock::now(), evidence: &mut evidence, source: source.as_mut() };
    admit(&signer, &mut desk).map_err(|error| failure(&error, language))?;
    let mut nonce = || entropy::random().map_err(io::Error::other);
    let mut stamping = Stamping { tsas: &tsas, nonce: &mut nonce };
    let mut worst = Exit::Passed;
    for (path, out) in jobs {
        desk.now = clock::now();
        match sign_one((path, &out), args, &signer, &mut stamping, &mut desk, language) {
            Ok(report) => tell_signed(path, &out, &report, language)?,
            Err(failure) => {
                failure.tell();
                worst = Exit::CouldNotRun;
            }
        }
    }
    Ok(worst)
}

fn tsas(args: &Args) -> Result<Vec<String>, Failure> {
    match (args.level, args.tsa.is_empty()) {
        (Some(Level::T), true) => Err(Failure::new(
            "level T needs a time-stamping authority",
            "name one with --tsa URL, or sign with --level B",
        )),
        (Some(Level::B), false) => Err(Failure::new(
            "a signature of level B takes no timestamp",
            "leave out --tsa, or sign with --level T",
        )),
        (_, true) => Ok(Vec::new()),
        (_, false) if args.judging.offline => Err(Failure::new(
            "a timestamp cannot be had offline",
            "leave out --offline, or sign with --level B",
        )),
        (_, false) => Ok(args.tsa.clone()),
    }
}

/// The path in `file:PATH`; the URI names where the key lives.
pub(crate) fn key_path(uri: &str) -> Result<PathBuf, Failure> {
    match uri.split_once(':') {
        Some(("file", path)) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err(Failure::new(
            format!("'{uri}' names no key that this edition can use"),
            "write --key file:PATH",
        )),
    }
}

/// Opens the key and finds the certificate that belongs to it among those given.
fn open_signer(
    path: &Path,
    pin: Option<&PinSource>,
    args: &Args,
) -> Result<(Certificate, Vec<Certificate>, SoftwareKey), Failure> {
    let mut given = Vec::new();
    for file in &args.cert {
        given.extend(certificates_in(file)?);
    }
    if args.cert.is_empty() {
        match certificates_in(path) {
            Ok(found) => given = found,
            Err(StoreError::NoCertificate(_)) => {
                return Err(Failure::new(
                    format!("there is no certificate for the key {}", shown(path)),
                    "name it with --cert FILE",
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let key = open_key(path, pin)?;
    let mine = given.iter().position(|c| pair::same_key(c.public_key(), key.public_key()));
    let Some(mine) = mine else {
        let subject = given.first().map_or_else(String::new, |c| c.subject().to_string());
        return Err(failure(
            &SignError::Seal(SealError::OtherKey { certificate: subject }),
            Language::En,
        ));
    };
    let certificate = given.remove(mine);
    Ok((certificate, given, key))
}

/// Opens a private key, asking for its password if it is encrypted and none was given.
pub(crate) fn open_key(path: &Path, pin: Option<&PinSource>) -> Result<SoftwareKey, Failure> {
    let bytes = zeroize::Zeroizing::new(read_bounded(path, MAX_KEY)?);
    let named = |error: &crate::key::KeyError| {
        Failure::new(format!("{}: {error}", shown(path)), key_hint(error))
    };
    let encrypted = container::inspect(&bytes).is_some_and(|file| file.encrypted);
    let password: Option<Password> = match (encrypted, pin) {
        (true, Some(source)) => Some(source.read()?),
        (true, None) => Some(prompt::ask(&format!("Password for {}: ", shown(path)))?),
        (false, _) => None,
    };
    SoftwareKey::open(&bytes, password.as_ref()).map_err(|error| named(&error))
}

fn sign_one(
    (path, out): (&Path, &Path),
    args: &Args,
    signer: &Signer<'_>,
    stamping: &mut Stamping<'_>,
    desk: &mut Desk<'_>,
    language: Language,
) -> Result<FileReport, Failure> {
    let file = FileSource::open(path)?;
    let existing = if args.force { Existing::Replace } else { Existing::Keep };
    let draft = Box::new(AtomicFile::create(out, existing, Mode::Public)?);
    let placement = if args.attached { Placement::Attached } else { Placement::Detached };
    let name = shown(path);
    let content: (&str, &dyn Source) = (name.as_str(), &file);
    sign(content, placement, signer, stamping, desk, draft).map_err(|error| match error {
        SignError::Io(error) => io_failure(out, error),
        other => failure(&other, language),
    })
}

/// An error of ours that travelled through the trait comes back as it was.
fn io_failure(out: &Path, error: io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<FileError>()) {
        Some(ours) => ours.clone().into(),
        None => FileError::new(out, error).into(),
    }
}

/// Each file with the one that its signature goes to. `--force` replaces signatures, never a record,
/// a key or the signature of another file of the same call.
fn jobs<'a>(args: &'a Args, key: &Path) -> Result<Vec<(&'a Path, PathBuf)>, Failure> {
    let mut jobs: Vec<(&Path, PathBuf)> = Vec::new();
    for path in &args.files {
        let out = out_path(path, args);
        let mut inputs = args.files.iter().chain(&args.cert).map(PathBuf::as_path).chain([key]);
        if inputs.any(|input| same_file(input, &out)) {
            return Err(Failure::new(
                format!("{}: the signature would replace a file that is read", shown(&out)),
                "name another file or directory with --out",
            ));
        }
        if let Some((first, _)) = jobs.iter().find(|(_, taken)| *taken == out) {
            let (first, second) = (shown(first), shown(path));
            return Err(Failure::new(
                format!("{}: the signatures of {first} and {second} would go there", shown(&out)),
                "sign them one at a time, each with an --out of its own",
            ));
        }
        jobs.push((path, out));
    }
    Ok(jobs)
}

fn out_path(path: &Path, args: &Args) -> PathBuf {
    let extension = if args.attached { "p7m" } else { "p7s" };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".");
    beside.push(extension);
    let beside = PathBuf::from(beside);
    match &args.out {
        None => beside,
        Some(out) if out.is_dir() || args.files.len() > 1 => {
            out.join(beside.file_name().unwrap_or_default())
        }
        Some(out) => out.clone(),
    }
}

fn tell_signed(
    path: &Path,
    out: &Path,
    report: &FileReport,
    language: Language,
) -> Result<(), Failure> {
    let catalogue = Catalogue::load(language);
    super::print(&report::lines::signed(&shown(path), &shown(out), report, catalogue))?;
    if report.indication() != Indication::Passed {
        eprint!("{}", report::lines::open_questions(report, catalogue));
    }
    Ok(())
}

/// What to say when nothing was signed.
fn failure(error: &SignError, language: Language) -> Failure {
    let catalogue = Catalogue::load(language);
    match error {
        SignError::CertificateRefused(verdict) => {
            let because = report::lines::reasons(verdict, catalogue);
            Failure::new(
                format!("this certificate must not sign: {because}"),
                "sign with a certificate that is valid now, for signing, and not revoked",
            )
        }
        SignError::Seal(SealError::Key(key)) => Failure::new(error.to_string(), key_hint(key)),
        SignError::Seal(_) => {
            Failure::new(error.to_string(), "name the certificate of this key with --cert")
        }
        SignError::NoTimestamp(failures) => {
            Failure::new(format!("nothing was signed: {error}"), stamp_hint(failures))
        }
        SignError::OwnOutput(report) => {
            let because: Vec<String> = report
                .signatures
                .iter()
                .map(|s| report::lines::reasons(&s.judged.verdict, catalogue))
                .collect();
            Failure::new(
                format!("{error}: {}", because.join("; ")),
                "nothing was written; correct what is named and sign again",
            )
        }
        SignError::Io(error) => Failure::new(error.to_string(), "nothing was written"),
    }
}

fn stamp_hint(failures: &[(String, StampFailure)]) -> &'static str {
    match failures.last() {
        Some((_, StampFailure::Untrusted(_))) => {
            "trust the TSA's root with `inkan trust add --role tsa FILE`, if it is accredited"
        }
        Some((_, StampFailure::Answer(_))) => {
            "the TSA answered wrongly: tell its operator, or use another with --tsa"
        }
        Some((_, StampFailure::Unavailable(_))) | None => {
            "check the address and the network, name a second --tsa, or sign with --level B and stamp later"
        }
    }
}
