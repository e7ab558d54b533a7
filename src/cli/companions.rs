//! Evidence records beside the files that they are of.

use super::drawer::with_suffix;
use super::failure::warn;
use super::options::shown;
use super::{Exit, Failure};
use crate::edge::{FileError, FileSource};
use crate::source::Source;
use crate::task::beside::is_covered;
use std::path::{Path, PathBuf};

/// The evidence records beside a signature file that may be of it: its own, and that of its content.
pub(super) fn records_beside(path: &Path) -> Vec<PathBuf> {
    const SIGNATURES: [&str; 2] = ["p7s", "p7m"];
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if !SIGNATURES.iter().any(|known| extension.eq_ignore_ascii_case(known)) {
        return Vec::new();
    }
    let records = [record_of(path), record_of(&path.with_extension(""))];
    records.into_iter().filter(|record| record.is_file()).collect()
}

/// The record of a file stands beside it.
pub(super) fn record_of(path: &Path) -> PathBuf {
    with_suffix(path, "ers")
}

/// The evidence records beside a signature file that are to be judged with it: its own and that of its
/// content, or that of its content alone where it is over the signature file too.
pub(super) fn records_of(path: &Path) -> Vec<(String, FileSource)> {
    let records = records_beside(path);
    let has_own = records.first().is_some_and(|first| *first == record_of(path));
    match opened(records) {
        Ok(records) if has_own => records,
        Ok(records) => match is_over(path, &records) {
            Ok(true) => records,
            Ok(false) => Vec::new(),
            Err(error) => without(path, &error),
        },
        Err(error) => without(path, &error),
    }
}

fn opened(records: Vec<PathBuf>) -> Result<Vec<(String, FileSource)>, FileError> {
    let open = |path: PathBuf| Ok((shown(&path), FileSource::open(&path)?));
    records.into_iter().map(open).collect()
}

/// Whether one of the records is over the file.
fn is_over(path: &Path, records: &[(String, FileSource)]) -> Result<bool, FileError> {
    if records.is_empty() {
        return Ok(false);
    }
    let file = FileSource::open(path)?;
    let records: Vec<(&str, &dyn Source)> =
        records.iter().map(|(name, record)| -> (&str, &dyn Source) { (name, record) }).collect();
    is_covered(&file, &records).map_err(|error| FileError::new(path, error))
}

/// Whoever can hide a record must not hide the verdict on the signature with it.
fn without(path: &Path, error: &FileError) -> Vec<(String, FileSource)> {
    warn(&format!("{error}: the evidence records beside {} count for nothing", shown(path)));
    Vec::new()
}

/// What to do about a file that is to get a record, or a newer one, inside.
const KEPT_BESIDE: &str = "it is kept by that record, which `inkan renew` renews; to change the file, move that record away first";

/// Those files that may be rewritten. Of the others it is told, and they do not hinder these.
pub(super) fn rewritable<'p>(paths: impl Iterator<Item = &'p Path>) -> (Vec<&'p Path>, Exit) {
    let mut worst = Exit::Passed;
    let mut free = Vec::new();
    for path in paths {
        match may_be_rewritten(path, KEPT_BESIDE) {
            Ok(()) => free.push(path),
            Err(failure) => {
                failure.tell();
                worst = Exit::CouldNotRun;
            }
        }
    }
    (free, worst)
}

/// Refuses to write to a file that a record beside it is over: nobody would notice that this does not hold
/// any more, until it is needed.
pub(super) fn may_be_rewritten(path: &Path, hint: &str) -> Result<(), Failure> {
    let mut records = records_beside(path);
    let own = record_of(path);
    if records.is_empty() && own.is_file() {
        records.push(own);
    }
    if records.is_empty() || !path.is_file() {
        return Ok(());
    }
    let file = FileSource::open(path)?;
    for record in records {
        let (name, source) = (shown(&record), FileSource::open(&record)?);
        let records: [(&str, &dyn Source); 1] = [(&name, &source)];
        if is_covered(&file, &records).map_err(|error| FileError::new(path, error))? {
            let file = shown(path);
            let error = format!("{file}: {name} proves this file as it is, and would not any more");
            return Err(Failure::new(error, hint));
        }
    }
    Ok(())
}
