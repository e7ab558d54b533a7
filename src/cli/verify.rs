//! `inkan verify`

mod replay;

use super::companions::records_of;
use super::options::{self, Judging, Saving, shown};
use super::{Exit, Failure, Out};
use crate::edge::{FileError, FileSource};
use crate::evidence::bundle::{Judged, Recorded};
use crate::evidence::{EvidenceSet, EvidenceSource};
use crate::judge::Judge;
use crate::policy::Policy;
use crate::report::human::{Colour, Detail, Style};
use crate::report::verify::{Form, Said, Telling, Voice};
use crate::report::{self, Catalogue, Language};
use crate::rule::Indication;
use crate::source::Source;
use crate::task::abreast::{abreast, processors};
use crate::task::evidence::verify_group;
use crate::task::verify::carried::keep;
use crate::task::verify::replay::{record, with_records};
use crate::task::verify::{FileReport, Held, Subject, VerifyReport, verify_beside};
use crate::time::Instant;
use std::io::{BufWriter, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Signatures to verify: CAdES (.p7s, .p7m), time-stamp tokens and responses, evidence records (.ers).
    /// Evidence records beside a signature file (`a.pdf.p7s.ers`, and `a.pdf.ers` with it or where that is of
    /// both) are judged with it, and prove it where they are over the file and its content. One that fails takes
    /// nothing away from it.
    #[arg(required_unless_present = "replay", value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The signed content, if it is a file of its own. Without this, `a.pdf` is looked for beside
    /// `a.pdf.p7s`. For an evidence record of a group of files, each of them (may be repeated).
    #[arg(long, value_name = "FILE")]
    content: Vec<PathBuf>,

    /// Judge the signatures in a bundle of --save-evidence again, with nothing but it and the trusted
    /// certificates, at the time at which it was saved. No content is read: the hashes are the bundle's.
    #[arg(
        long,
        value_name = "BUNDLE",
        conflicts_with_all = ["files", "content", "evidence", "save_evidence"]
    )]
    replay: Option<PathBuf>,

    /// Judge as of this time (RFC 3339) instead of now, or instead of the time of the bundle.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,

    /// The policy to judge under.
    #[arg(long, value_name = "NAME", default_value = "inkan-baseline")]
    profile: String,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    /// Show every finding, met ones too.
    #[arg(long)]
    full: bool,

    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    saving: Saving,
}

/// Forms of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

impl Args {
    fn policy(&self) -> Result<Policy, Failure> {
        let policy = self.judging.policy()?;
        if self.profile == policy.name {
            return Ok(policy);
        }
        let error = format!("there is no policy named '{}'", self.profile);
        Err(Failure::new(error, format!("the policy of this edition is {}", policy.name)))
    }
}

/// Verifies and reports.
pub(crate) fn run(args: &Args, language: Language) -> Result<Exit, Failure> {
    if let Some(bundle) = &args.replay {
        return replay::run(bundle, args, language);
    }
    let judge = Judge::new(args.policy()?);
    let at = options::time(args.at.as_deref())?;
    let evidence = args.judging.evidence()?;
    let whole = whole(args, judge.policy(), at);
    let mut teller = Teller::new(args, whole.clone(), language);
    let kept = Mutex::new((evidence.clone(), Vec::new()));
    let hand = || Hand {
        evidence: evidence.clone(),
        source: args.judging.source(),
        voice: Voice::new(form(args), &whole, Catalogue::load(language)),
        subjects: Vec::new(),
        kept: &kept,
    };
    let work = |hand: &mut Hand<'_>, number: usize| {
        let path = args.files.get(number).map_or(Path::new(""), PathBuf::as_path);
        let report = verify_one(path, args, &judge, at, hand)?;
        hand.voice.say(report).map_err(report_failure)
    };
    let mut trouble = Ok(());
    abreast(args.files.len(), threads(args), hand, work, &mut |_, verified| {
        if trouble.is_ok() {
            trouble = teller.take(verified);
        }
    });
    trouble?;
    if args.saving.is_asked() {
        let (evidence, subjects) = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        save(args, judge.policy(), at, &Judged { in_hand: &evidence, subjects })?;
    }
    teller.end()
}

fn save(args: &Args, policy: &Policy, at: Instant, judged: &Judged<'_>) -> Result<(), Failure> {
    let mut evidence = judged.in_hand.clone();
    let read = args.files.iter().filter_map(|path| FileSource::open(path).ok());
    // What cannot be read was told of already.
    read.for_each(|file| drop(keep(&file, &mut evidence)));
    args.saving.save(&evidence, policy, at, Some(judged))
}

/// The report before any file is in it.
fn whole(args: &Args, policy: &Policy, at: Instant) -> VerifyReport {
    VerifyReport {
        at,
        policy: policy.name.clone(),
        offline: args.judging.offline || args.replay.is_some(),
        anchors: policy.trust.anchors().len(),
        files: Vec::new(),
    }
}

/// What each thread verifies with. What one fetched, all evidence that is saved has in it.
struct Hand<'a> {
    evidence: EvidenceSet,
    source: Box<dyn EvidenceSource>,
    voice: Voice<'a>,
    /// The files as a bundle keeps them.
    subjects: Vec<Recorded>,
    kept: &'a Mutex<(EvidenceSet, Vec<Recorded>)>,
}

impl Drop for Hand<'_> {
    fn drop(&mut self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 = std::mem::take(&mut self.evidence);
        kept.1.append(&mut self.subjects);
    }
}

/// With the network one thread asks for everything, so that nothing is asked for twice.
fn threads(args: &Args) -> usize {
    if args.judging.offline && !args.saving.is_asked() { processors() } else { 1 }
}

/// Tells of the files. A report on files none of which could be read is not begun.
struct Teller<'a> {
    args: &'a Args,
    telling: Option<Telling<'a, BufWriter<Out>>>,
    begin: Option<(VerifyReport, BufWriter<Out>)>,
    catalogue: &'a Catalogue,
    unread: bool,
}

impl<'a> Teller<'a> {
    fn new(args: &'a Args, whole: VerifyReport, language: Language) -> Self {
        // What is told of one file is longer, and goes out without a copy.
        let out = BufWriter::with_capacity(1 << 12, Out::default());
        let catalogue = Catalogue::load(language);
        Self { args, telling: None, begin: Some((whole, out)), catalogue, unread: false }
    }

    fn take(&mut self, verified: Result<Said, Failure>) -> Result<(), Failure> {
        let mut said = match verified {
            Ok(said) => said,
            // The verdicts on the other files are not lost over one that cannot be read.
            Err(failure) => {
                failure.tell();
                self.unread = true;
                return Ok(());
            }
        };
        // A file that is not passed is also told on standard error.
        if let Some((error, hint)) = said.against.take() {
            Failure::new(error, hint).tell();
        }
        if let Some((whole, out)) = self.begin.take() {
            let begun = Telling::begin(form(self.args), whole, self.catalogue, out);
            self.telling = Some(begun.map_err(report_failure)?);
        }
        self.telling.as_mut().map_or(Ok(()), |telling| telling.tell(said)).map_err(report_failure)
    }

    fn end(self) -> Result<Exit, Failure> {
        let worst = self.telling.map(Telling::end).transpose().map_err(report_failure)?.flatten();
        Ok(match worst {
            Some(worst) if !self.unread => exit_of(worst),
            Some(_) | None => Exit::CouldNotRun,
        })
    }
}

fn form(args: &Args) -> Form {
    match args.format {
        Format::Text => Form::Text(style(args.full)),
        Format::Json => Form::Json,
        Format::Html => Form::Html,
    }
}

fn verify_one(
    path: &Path,
    args: &Args,
    judge: &Judge,
    at: Instant,
    hand: &mut Hand<'_>,
) -> Result<FileReport, Failure> {
    let file = FileSource::open(path)?;
    let contents = contents_of(path, &args.content)?;
    let contents: Vec<(&str, &dyn Source)> =
        contents.iter().map(|(name, file)| (name.as_str(), source_of(file))).collect();
    let name = shown(path);
    let failed = |error| FileError::new(path, error).into();
    let held = if !args.content.is_empty() || is_signature_name(path) {
        Held::Signature
    } else {
        Held::Document
    };
    let records = if contents.len() > 1 { Vec::new() } else { records_of(path) };
    let records: Vec<(&str, &dyn Source)> =
        records.iter().map(|(name, file)| (name.as_str(), source_of(file))).collect();
    if args.saving.is_asked() {
        let recorded = record((&name, &file), &contents, held).map_err(failed)?;
        let content = contents.first().copied();
        let recorded = with_records(recorded, (&file, content), &records).map_err(failed)?;
        hand.subjects.push(recorded);
    }
    let (evidence, source) = (&mut hand.evidence, hand.source.as_mut());
    let content = match contents.as_slice() {
        [] => None,
        [content] => Some(*content),
        several => {
            let record = (name.as_str(), source_of(&file));
            return verify_group(record, several, judge, at, evidence, source).map_err(failed);
        }
    };
    let subject = Subject { name: &name, file: &file, content, held };
    verify_beside(&subject, &records, (judge, at), evidence, source).map_err(failed)
}

fn source_of(file: &FileSource) -> &dyn Source {
    file
}

pub(crate) const fn exit_of(indication: Indication) -> Exit {
    match indication {
        Indication::Passed => Exit::Passed,
        Indication::Indeterminate => Exit::Indeterminate,
        Indication::Failed => Exit::Failed,
    }
}

/// Whether the name is one that signature files have.
fn is_signature_name(path: &Path) -> bool {
    const EXTENSIONS: [&str; 8] = ["p7s", "p7m", "p7b", "cms", "tsr", "tst", "tsd", "ers"];
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// The content: the files named, or the one whose name the signature's name extends.
fn contents_of(signature: &Path, named: &[PathBuf]) -> Result<Vec<(String, FileSource)>, Failure> {
    match named {
        [] => Ok(content_of(signature, None)?.into_iter().collect()),
        named => named.iter().map(|path| Ok((shown(path), FileSource::open(path)?))).collect(),
    }
}

/// The content: the file named, or the one whose name the signature's name extends.
pub(super) fn content_of(
    signature: &Path,
    named: Option<&Path>,
) -> Result<Option<(String, FileSource)>, FileError> {
    if let Some(path) = named {
        return Ok(Some((shown(path), FileSource::open(path)?)));
    }
    let extension = signature.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if !["p7s", "tsr", "tst", "ers"].iter().any(|known| extension.eq_ignore_ascii_case(known)) {
        return Ok(None);
    }
    let path = signature.with_extension("");
    match FileSource::open(&path) {
        Ok(file) => Ok(Some((shown(&path), file))),
        Err(FileError::NotFound(_) | FileError::IsADirectory(_) | FileError::NotAFile(_)) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn report_failure(error: report::ReportError) -> Failure {
    Failure::new(
        format!("the report could not be made: {error}"),
        "use --format text, and tell the makers of inkan",
    )
}

/// Colours on a terminal, unless `NO_COLOR` is set.
pub(crate) fn style(full: bool) -> Style {
    let set = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = if !set && std::io::stdout().is_terminal() { Colour::Ansi } else { Colour::Plain };
    Style { colour, detail: if full { Detail::Full } else { Detail::Summary } }
}
