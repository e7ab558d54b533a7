//! `inkan sign`

use super::failure::{key_hint, warn};
use super::options::{Judging, PinArgument, shown};
use super::signer::{self, KeyName, OnToken, Opened};
use super::tsa::{Ready, TsaArgs};
use super::{Exit, Failure};
use crate::edge::files::{AtomicFile, Existing, FileId, Mode, file_id};
use crate::edge::tsa::Tsas;
use crate::edge::{FileError, FileSource, clock, entropy};
use crate::evidence::EvidenceSource;
use crate::evidence::want::Offline;
use crate::judge::Judge;
use crate::report::{self, Catalogue, Language};
use crate::rule::Indication;
use crate::seal::SealError;
use crate::source::{Draft, Source};
use crate::task::sign::{
    Desk, Order, Placement, SignError, Signer, StampFailure, Unsigned, Workshop, admit, sign_all,
};
use crate::task::verify::{FileReport, Held, Subject, verify};
use crate::time::Instant;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Files to sign.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The signing key: file:PATH, or pkcs11:token=LABEL;object=LABEL (RFC 7512) on a card or HSM.
    #[arg(long, value_name = "URI")]
    key: String,

    /// The certificate of the key, and those of its CAs (may be repeated); without this, those in the
    /// key's file or on its token.
    #[arg(long, value_name = "FILE")]
    cert: Vec<PathBuf>,

    /// The form of the signature.
    #[arg(long, value_enum, default_value = "cades")]
    form: Form,

    /// B: signed; T: signed and time-stamped. The default is T where --tsa is given.
    #[arg(long, value_enum)]
    level: Option<Level>,

    /// Put the content inside the signature.
    #[arg(long)]
    attached: bool,

    /// Where the password or PIN comes from: file:PATH, fd:N or env:NAME; otherwise it is asked for.
    #[arg(long, value_name = "SOURCE")]
    pin_source: Option<PinArgument>,

    #[command(flatten)]
    on_token: OnToken,

    /// The signature file, or a directory for them; otherwise FILE.p7s (FILE.p7m if attached).
    #[arg(long, value_name = "FILE|DIR")]
    out: Option<PathBuf>,

    /// Replace signatures that are there already.
    #[arg(long)]
    force: bool,

    /// Go on with a batch that was interrupted: files whose signature is there and is of this
    /// certificate and content are passed over.
    #[arg(long, conflicts_with = "force")]
    resume: bool,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    tsa: TsaArgs,
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
    demand_tsa(args)?;
    let judge = Judge::new(args.judging.policy()?);
    let Ready { urls: tsas, tsas: counter } = args.tsa.resolve(None, &judge.policy().trust)?;
    let pin = PinArgument::resolve(args.pin_source.as_ref())?;
    let name = KeyName::read(&args.key)?;
    let jobs = jobs(args, &name)?;
    let Opened { key, certificate, chain } = signer::open(&name, &args.cert, pin, &args.on_token)?;
    let signer = Signer { key: key.as_ref(), certificate: &certificate, chain: &chain };
    let mut evidence = args.judging.evidence()?;
    let mut source = args.judging.source();
    let now = clock::now();
    let mut desk = Desk { judge: &judge, now, evidence: &mut evidence, source: source.as_mut() };
    admit(&signer, &mut desk).map_err(|error| failure(&error, language))?;
    let jobs = left_to_do(jobs, args, &signer, &mut desk, language)?;
    let placement = if args.attached { Placement::Attached } else { Placement::Detached };
    let order = Order { placement, tsas: &tsas };
    let shop = Shop { args, jobs, tsas: counter };
    let mut worst = Exit::Passed;
    let mut tell = |number: usize, done: Result<FileReport, SignError>| {
        let Some((path, out)) = shop.jobs.get(number) else { return };
        let told = match done {
            Ok(report) => tell_signed(path, out, &report, language),
            Err(error) => Err(told(out, error, language)),
        };
        if let Err(failure) = told {
            failure.tell();
            worst = Exit::CouldNotRun;
        }
    };
    let count = shop.jobs.len();
    let Unsigned(left) = sign_all(count, &signer, order, (&judge, &evidence), &shop, &mut tell);
    if left > 0 {
        warn(&format!(
            "files not signed: {left}; the same command with --resume goes on with them"
        ));
        worst = Exit::CouldNotRun;
    }
    Ok(worst)
}

/// The files of a batch, and the world that they are in.
struct Shop<'a> {
    args: &'a Args,
    jobs: Vec<(&'a Path, PathBuf)>,
    tsas: Arc<Tsas>,
}

impl Shop<'_> {
    fn job(&self, number: usize) -> io::Result<(&Path, &Path)> {
        let job = self.jobs.get(number).map(|(path, out)| (*path, out.as_path()));
        job.ok_or_else(|| io::Error::other("no such job"))
    }
}

impl Workshop for Shop<'_> {
    fn name(&self, number: usize) -> String {
        self.job(number).map_or_else(|_| String::new(), |(path, _)| shown(path))
    }

    fn content(&self, number: usize) -> io::Result<Box<dyn Source + Send>> {
        let (path, _) = self.job(number)?;
        Ok(Box::new(FileSource::open(path).map_err(io::Error::other)?))
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft + Send>> {
        let (_, out) = self.job(number)?;
        let existing = if self.args.force { Existing::Replace } else { Existing::Keep };
        let file = AtomicFile::create(out, existing, Mode::Public).map_err(io::Error::other)?;
        Ok(Box::new(file))
    }

    fn now(&self) -> Instant {
        clock::now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        entropy::random().map_err(io::Error::other)
    }

    fn source(&self) -> Box<dyn EvidenceSource> {
        self.args.judging.source_with(&self.tsas)
    }
}

/// The files that have no signature yet, where the batch is resumed.
fn left_to_do<'a>(
    jobs: Vec<(&'a Path, PathBuf)>,
    args: &Args,
    signer: &Signer<'_>,
    desk: &mut Desk<'_>,
    language: Language,
) -> Result<Vec<(&'a Path, PathBuf)>, Failure> {
    let mut left = Vec::new();
    for (path, out) in jobs {
        if args.resume && is_done((path, &out), args, signer, desk)? {
            super::print(&report::lines::signed_before(&shown(path), &shown(&out), language))?;
        } else {
            left.push((path, out));
        }
    }
    Ok(left)
}

/// Whether the signature of an earlier run is there, whole, and what this run would make: of this
/// certificate, over this content, with a timestamp if one is wanted. Anything else that has the name
/// is left to the refusal that it meets when it would be replaced.
fn is_done(
    (path, out): (&Path, &Path),
    args: &Args,
    signer: &Signer<'_>,
    desk: &mut Desk<'_>,
) -> Result<bool, Failure> {
    if !out.is_file() {
        return Ok(false);
    }
    let (file, signature) = (FileSource::open(path)?, FileSource::open(out)?);
    let name = shown(path);
    let content: Option<(&str, &dyn Source)> = (!args.attached).then_some((name.as_str(), &file));
    let subject = Subject { name: &name, file: &signature, content, held: Held::Signature };
    let failed = |error| FileError::new(out, error);
    // On evidence of its own: what was not asked for offline is not in vain for the files to come.
    let mut evidence = desk.evidence.clone();
    let report = verify(&subject, desk.judge, desk.now, &mut evidence, &mut Offline);
    let report = report.map_err(failed)?;
    let stamped = args.tsa.is_empty();
    Ok(report.signatures.iter().any(|s| {
        s.intact()
            && s.cryptographically_valid()
            && s.judged.signer.as_ref() == Some(signer.certificate)
            && (stamped || s.level() != "B")
    }))
}

fn demand_tsa(args: &Args) -> Result<(), Failure> {
    match (args.level, args.tsa.is_empty()) {
        (Some(Level::T), true) => Err(Failure::new(
            "level T needs a time-stamping authority",
            "name one with --tsa URL, or sign with --level B",
        )),
        (Some(Level::B), false) => Err(Failure::new(
            "a signature of level B takes no timestamp",
            "leave out --tsa, or sign with --level T",
        )),
        (_, false) if args.judging.offline => Err(Failure::new(
            "a timestamp cannot be had offline",
            "leave out --offline, or sign with --level B",
        )),
        (_, true | false) => Ok(()),
    }
}

fn told(out: &Path, error: SignError, language: Language) -> Failure {
    match error {
        SignError::Io(error) => io_failure(out, error),
        other => failure(&other, language),
    }
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
fn jobs<'a>(args: &'a Args, key: &KeyName) -> Result<Vec<(&'a Path, PathBuf)>, Failure> {
    let key = match key {
        KeyName::File(path) => Some(path.as_path()),
        KeyName::Token(_) => None,
    };
    let inputs = args.files.iter().chain(&args.cert).map(PathBuf::as_path).chain(key);
    let inputs: HashSet<FileId> = inputs.filter_map(file_id).collect();
    let mut jobs: Vec<(&Path, PathBuf)> = Vec::new();
    let mut taken: HashMap<PathBuf, &Path> = HashMap::new();
    for path in &args.files {
        let out = out_path(path, args);
        if file_id(&out).is_some_and(|there| inputs.contains(&there)) {
            return Err(Failure::new(
                format!("{}: the signature would replace a file that is read", shown(&out)),
                "name another file or directory with --out",
            ));
        }
        if let Some(first) = taken.insert(out.clone(), path) {
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
        SignError::Changed => Failure::new(
            error.to_string(),
            "nothing was written; sign it again once it is complete",
        ),
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
