//! Several files, each with a signature of its own.

use super::{Args, COVERED};
use crate::cli::Failure;
use crate::cli::companions::may_be_rewritten;
use crate::cli::options::{World, shown};
use crate::cli::signer::KeyName;
use crate::edge::files::{AtomicFile, Existing, FileId, Mode, file_id};
use crate::edge::tsa::Tsas;
use crate::edge::{FileError, FileSource};
use crate::evidence::EvidenceSource;
use crate::report::{self, Language};
use crate::seal::Level;
use crate::source::{Draft, Source};
use crate::task::sign::{Desk, Outside, Signer, Workshop, is_done};
use crate::task::verify::{Held, Subject};
use crate::time::Instant;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of a batch, and the world that they are in.
pub(super) struct Shop<'a> {
    pub(super) args: &'a Args,
    pub(super) jobs: Vec<Job<'a>>,
    /// Who asks the TSAs.
    pub(super) asking: Arc<Tsas>,
}

/// A file, and the one that its signature goes to.
pub(super) type Job<'a> = (&'a Path, PathBuf);

impl Shop<'_> {
    fn job(&self, number: usize) -> io::Result<(&Path, &Path)> {
        let job = self.jobs.get(number).map(|(path, out)| (*path, out.as_path()));
        job.ok_or_else(|| io::Error::other("no such job"))
    }
}

impl Outside for Shop<'_> {
    fn now(&self) -> Instant {
        World.now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        World.nonce()
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

    fn source(&self) -> Box<dyn EvidenceSource> {
        self.args.judging.source_with(&self.asking)
    }
}

/// The files that have no signature yet, where the batch is resumed.
pub(super) fn left_to_do<'a>(
    jobs: Vec<Job<'a>>,
    args: &Args,
    (signer, level): (&Signer<'_>, Level),
    desk: &mut Desk<'_>,
    language: Language,
) -> Result<Vec<Job<'a>>, Failure> {
    let mut left = Vec::new();
    for (path, out) in jobs {
        if args.resume && is_there((path, &out), args, (signer, level), desk)? {
            let said = report::lines::signed_before(&shown(path), &shown(&out), language);
            crate::cli::print(&said)?;
        } else {
            left.push((path, out));
        }
    }
    Ok(left)
}

fn is_there(
    (path, out): (&Path, &Path),
    args: &Args,
    (signer, level): (&Signer<'_>, Level),
    desk: &mut Desk<'_>,
) -> Result<bool, Failure> {
    if !out.is_file() {
        return Ok(false);
    }
    let (file, signature) = (FileSource::open(path)?, FileSource::open(out)?);
    let name = shown(path);
    let content: Option<(&str, &dyn Source)> = (!args.attached).then_some((name.as_str(), &file));
    let subject = Subject { name: &name, file: &signature, content, held: Held::Signature };
    is_done(&subject, signer, level, desk).map_err(|error| FileError::new(out, error).into())
}

/// Each file with the one that its signature goes to. `--force` replaces signatures, never a record,
/// a key, the signature of another file of the same call, or one that an evidence record is over.
pub(super) fn jobs<'a>(args: &'a Args, key: &KeyName) -> Result<Vec<Job<'a>>, Failure> {
    let key = match key {
        KeyName::File(path) => Some(path.as_path()),
        KeyName::Token(_) => None,
    };
    let inputs = args.files.iter().chain(&args.cert).map(PathBuf::as_path).chain(key);
    let inputs: HashSet<FileId> = inputs.filter_map(file_id).collect();
    let mut jobs: Vec<Job<'_>> = Vec::new();
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
        if args.force {
            may_be_rewritten(&out, COVERED)?;
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
