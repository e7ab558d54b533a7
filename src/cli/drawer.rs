//! Signature files and evidence records on disk, with what they are of, for tasks on many of them.

use super::options::{World, shown};
use super::verify::content_of;
use crate::edge::FileSource;
use crate::edge::files::{AtomicFile, Existing, Mode};
use crate::source::{Draft, Source};
use crate::task::evidence::{Cabinet, Shelf, open};
use crate::task::sign::Outside;
use crate::time::Instant;
use std::io;
use std::path::{Path, PathBuf};

/// The files of a call, each once, and where they stand.
#[derive(Debug)]
pub(super) struct Drawer<'a> {
    files: Vec<&'a Path>,
    /// Others, which stay as they are.
    standing: &'a [&'a Path],
    /// What the one file is of, where that was named.
    contents: &'a [PathBuf],
    /// That file, where others are here too.
    of: Option<&'a Path>,
}

/// A document with its name.
type Document = (String, Box<dyn Source>);

impl<'a> Drawer<'a> {
    pub(super) fn new(files: impl Iterator<Item = &'a Path>, contents: &'a [PathBuf]) -> Self {
        let mut files: Vec<&Path> = files.collect();
        files.sort_unstable();
        files.dedup();
        Self { files, standing: &[], contents, of: None }
    }

    /// The same beside others, which stay as they are.
    pub(super) fn among(self, standing: &'a [&'a Path]) -> Self {
        Self { standing, ..self }
    }

    /// What was named is of that file alone, and the others have theirs beside them.
    pub(super) fn named_of(self, of: &'a Path) -> Self {
        Self { of: Some(of), ..self }
    }

    pub(super) const fn len(&self) -> usize {
        self.files.len()
    }

    /// The file of that number.
    pub(super) fn get(&self, number: usize) -> Option<&'a Path> {
        self.files.get(number).copied()
    }

    fn path(&self, number: usize) -> io::Result<&'a Path> {
        let other = || self.standing.get(number.checked_sub(self.len())?).copied();
        self.get(number).or_else(other).ok_or_else(|| io::Error::other("no such file"))
    }

    /// What was named for that file.
    fn contents(&self, number: usize) -> io::Result<&'a [PathBuf]> {
        let path = self.path(number)?;
        Ok(if self.of.is_none_or(|of| of == path) { self.contents } else { &[] })
    }

    fn opened(&self, number: usize) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(FileSource::open(self.path(number)?).map_err(io::Error::other)?))
    }

    fn replacement(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        let file = AtomicFile::create(self.path(number)?, Existing::Replace, Mode::Public);
        Ok(Box::new(file.map_err(io::Error::other)?))
    }
}

impl Outside for Drawer<'_> {
    fn now(&self) -> Instant {
        World.now()
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        World.nonce()
    }
}

impl Cabinet for Drawer<'_> {
    fn name(&self, number: usize) -> String {
        self.path(number).map_or_else(|_| String::new(), shown)
    }

    fn file(&self, number: usize) -> io::Result<Box<dyn Source>> {
        self.opened(number)
    }

    fn content(&self, number: usize) -> io::Result<Option<Document>> {
        let named = self.contents(number)?.first().map(PathBuf::as_path);
        let found = content_of(self.path(number)?, named);
        let boxed = |(name, file)| -> Document { (name, Box::new(file)) };
        Ok(found.map_err(io::Error::other)?.map(boxed))
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        self.replacement(number)
    }
}

impl Shelf for Drawer<'_> {
    fn record(&self, number: usize) -> io::Result<Box<dyn Source>> {
        self.opened(number)
    }

    fn standing(&self) -> usize {
        self.standing.len()
    }

    fn objects(&self, number: usize) -> io::Result<Vec<Document>> {
        let named = self.contents(number)?.iter();
        let named = named.map(|path| document(path)).collect::<io::Result<Vec<_>>>()?;
        if named.is_empty() { beside(self.path(number)?) } else { Ok(named) }
    }

    fn draft(&self, number: usize) -> io::Result<Box<dyn Draft>> {
        self.replacement(number)
    }
}

/// The file whose name the record's name extends; and where a signature and what it is of were stamped
/// together, both: whoever renews the record for one of them must not lose the other. Where more was stamped
/// with them, or one was left behind since, the record is judged for its own file alone.
fn beside(path: &Path) -> io::Result<Vec<Document>> {
    let own = path.with_extension("");
    let first = document(&own)?;
    let is_signature = own.extension().is_some_and(|e| e.eq_ignore_ascii_case("p7s"));
    let other = if is_signature { own.with_extension("") } else { with_suffix(&own, "p7s") };
    let record = FileSource::open(path).map_err(io::Error::other)?;
    if let (true, Some(Ok(opened))) = (other.is_file(), open(&record)?) {
        let other = document(&other)?;
        if opened.is_of_just(&[first.1.as_ref(), other.1.as_ref()])? {
            return Ok(vec![first, other]);
        }
    }
    Ok(vec![first])
}

fn document(path: &Path) -> io::Result<Document> {
    Ok((shown(path), Box::new(FileSource::open(path).map_err(io::Error::other)?)))
}

/// The path with one more extension.
pub(super) fn with_suffix(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}
