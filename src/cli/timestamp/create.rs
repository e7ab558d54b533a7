//! `inkan timestamp create`

use crate::cli::failure::warn;
use crate::cli::options::{Hash, Judging, World, shown};
use crate::cli::tsa::{Ready, TsaArgs};
use crate::cli::{Exit, Failure};
use crate::digest::DigestAlgorithm;
use crate::edge::files::{AtomicFile, Existing, Mode};
use crate::edge::{FileError, FileSource, clock};
use crate::evidence::want::Offline;
use crate::judge::Judge;
use crate::oid::Oid;
use crate::report::{Catalogue, Language, lines};
use crate::source::{Draft as _, Source};
use crate::task::sign::{Desk, StampFailure};
use crate::task::timestamp::{Panel, StampedFile, TimestampError};
use crate::task::verify::{Held, Subject, verify};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Files to have stamped.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The hash that is stamped.
    #[arg(long, value_enum, default_value = "sha256")]
    digest: Hash,

    /// Ask for a timestamp under this policy.
    #[arg(long, value_name = "OID")]
    policy: Option<String>,

    /// tst: the token alone; tsr: the whole response of the TSA.
    #[arg(long, value_enum, default_value = "tst")]
    form: Form,

    /// The file of the timestamp, or a directory for several; otherwise FILE.tst (FILE.tsr). What is
    /// there already is never replaced.
    #[arg(long, value_name = "FILE|DIR")]
    out: Option<PathBuf>,

    /// Go on with a batch that was interrupted: files whose timestamp is there and is of this content
    /// are passed over.
    #[arg(long)]
    resume: bool,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    tsa: TsaArgs,
}

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Form {
    Tst,
    Tsr,
}

/// Stamps each file; one that fails does not hinder the others.
pub(super) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    demand_tsa(args)?;
    let policy = args.policy.as_deref().map(Oid::new).transpose().map_err(|_| {
        Failure::new(
            "--policy names no policy",
            "write its object identifier, such as 1.2.392.200000.1",
        )
    })?;
    let judge = Judge::new(args.judging.policy()?);
    let ready = args.tsa.resolve(policy, &judge.policy().trust)?;
    let mut evidence = args.judging.evidence()?;
    let mut source = args.judging.source_with(&ready.tsas);
    let mut panel = Panel::new(&ready.urls, args.digest.into());
    let catalogue = Catalogue::load(language);
    let mut left: usize = 0;
    for path in &args.files {
        let now = clock::now();
        let mut desk =
            Desk { judge: &judge, now, evidence: &mut evidence, source: source.as_mut() };
        let out = out_path(path, args);
        if args.resume && is_done(path, &out, &mut desk)? {
            crate::cli::print(&lines::stamped_before(&shown(path), &shown(&out), catalogue))?;
            continue;
        }
        match one(path, &out, args, &mut panel, &mut desk, &ready) {
            Ok(line) => {
                let StampedFile { verified, tsa, .. } = &line;
                let text =
                    lines::stamped((&shown(path), &shown(&out)), verified.time(), tsa, catalogue);
                crate::cli::print(&text)?;
            }
            Err(failure) => {
                failure.tell();
                left = left.saturating_add(1);
            }
        }
    }
    if left > 0 && args.files.len() > 1 {
        warn(&format!(
            "files not stamped: {left}; the same command with --resume goes on with them"
        ));
    }
    Ok(if left > 0 { Exit::CouldNotRun } else { Exit::Passed })
}

fn demand_tsa(args: &Args) -> Result<(), Failure> {
    if args.tsa.is_empty() {
        return Err(Failure::new(
            "a timestamp needs a time-stamping authority",
            "name one with --tsa: an address, or a name from tsa.toml",
        ));
    }
    if args.judging.offline {
        return Err(Failure::new("a timestamp cannot be had offline", "leave out --offline"));
    }
    Ok(())
}

/// The name is taken before the TSA is asked, so that no timestamp is spent in vain.
fn one(
    path: &Path,
    out: &Path,
    args: &Args,
    panel: &mut Panel<'_>,
    desk: &mut Desk<'_>,
    ready: &Ready,
) -> Result<StampedFile, Failure> {
    let file = FileSource::open(path)?;
    let mut draft = AtomicFile::create(out, Existing::Keep, Mode::Public)?;
    let told = |error| failure(path, &error, ready);
    let stamped = panel.stamp(&file, &World, desk).map_err(told)?;
    let bytes = match args.form {
        Form::Tst => stamped.verified.token(),
        Form::Tsr => &stamped.response,
    };
    let failed = |error| FileError::new(out, error);
    draft.write_all(bytes).map_err(failed)?;
    if !is_written(&mut draft, bytes).map_err(failed)? {
        return Err(Failure::new(
            format!("{}: what was written is not what was to be written", shown(out)),
            "nothing was kept; look after the disk",
        ));
    }
    if !file.is_unchanged().map_err(|error| FileError::new(path, error))? {
        return Err(told(TimestampError::Changed));
    }
    draft.publish()?;
    Ok(stamped)
}

/// Whether what was judged is what is on the disk.
fn is_written(draft: &mut AtomicFile, bytes: &[u8]) -> io::Result<bool> {
    let written = draft.reread()?;
    let digest =
        |source: &dyn Source| crate::source::digest_all(source, &[DigestAlgorithm::Sha256]);
    Ok(digest(written.as_ref())? == [DigestAlgorithm::Sha256.digest(bytes)])
}

/// Whether a timestamp of an earlier run is there, whole, and over this content. Anything else that has
/// the name is left to the refusal that it meets when it would be replaced.
fn is_done(path: &Path, out: &Path, desk: &mut Desk<'_>) -> Result<bool, Failure> {
    if !out.is_file() {
        return Ok(false);
    }
    let (file, timestamp) = (FileSource::open(path)?, FileSource::open(out)?);
    let name = shown(path);
    let content: Option<(&str, &dyn Source)> = Some((name.as_str(), &file));
    let subject = Subject { name: &name, file: &timestamp, content, held: Held::Signature };
    // On evidence of its own: what was not asked for offline is not in vain for the files to come.
    let mut evidence = desk.evidence.clone();
    let report = verify(&subject, desk.judge, desk.now, &mut evidence, &mut Offline);
    let report = report.map_err(|error| FileError::new(out, error))?;
    let is_whole = |s: &crate::task::verify::SignatureReport| {
        s.level() == "timestamp" && s.intact() && s.cryptographically_valid()
    };
    Ok(report.signatures.iter().any(is_whole))
}

fn out_path(path: &Path, args: &Args) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(match args.form {
        Form::Tst => ".tst",
        Form::Tsr => ".tsr",
    });
    let beside = PathBuf::from(beside);
    match &args.out {
        None => beside,
        Some(out) if out.is_dir() || args.files.len() > 1 => {
            out.join(beside.file_name().unwrap_or_default())
        }
        Some(out) => out.clone(),
    }
}

/// What to say when nothing was stamped.
fn failure(path: &Path, error: &TimestampError, ready: &Ready) -> Failure {
    let hint = match error {
        TimestampError::NoTimestamp(failures) => match failures.last() {
            Some((_, StampFailure::Untrusted(_))) => {
                "trust the TSA's root with `inkan trust add --role tsa FILE`, if it is accredited"
            }
            Some((_, StampFailure::Answer(_))) => {
                "the TSA answered wrongly: tell its operator, or use another with --tsa"
            }
            Some((_, StampFailure::Unavailable(_))) | None => ready
                .tsas
                .hint()
                .unwrap_or("check the address and the network, or name a second --tsa"),
        },
        TimestampError::NobodyLeft => "see what was said of the files before",
        TimestampError::Changed => "nothing was written; stamp it again once it is complete",
        TimestampError::Io(_) => "nothing was written",
    };
    Failure::new(format!("{}: {error}", shown(path)), hint)
}
