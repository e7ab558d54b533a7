//! The files that were named, gone through one at a time and as often as needed.

use super::failure;
use crate::cli::Failure;
use crate::cli::options::shown;
use crate::der::Bytes;
use crate::edge::files;
use crate::edge::prompt::StorePasswords;
use crate::key::NoPassword;
use crate::key::pkcs12::NotOpened;
use crate::task::bundle::{self, Bundle, NoCertificate};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The largest bundle read; the list of a whole national PKI has a few megabytes.
const MAX_FILE: u64 = 64 << 20;

/// The name that stands for no file.
const STANDARD_INPUT: &str = "-";

/// What is in a file, or why there is nothing.
pub(super) type Opened = Result<Bundle, NoCertificate>;

/// The files that hold certificates, or should.
#[derive(Debug, Default)]
pub(super) struct Given {
    files: Vec<File>,
    /// Files that only stand in a directory that was named, and hold no certificate to be had.
    pub(super) passed_over: Vec<String>,
}

#[derive(Debug)]
struct File {
    name: String,
    place: Place,
}

/// Where its content is to be had.
#[derive(Debug)]
enum Place {
    /// On the disk, whenever it is wanted: a hundred thousand of them do not stay in memory.
    Disk(PathBuf),
    /// Here: it came from a pipe, which gives it once, or from a store, whose password would be asked
    /// for again.
    Memory(Box<Opened>),
}

impl Given {
    /// Looks into every file once, in order; `see` is shown what is in it and its number.
    pub(super) fn look(
        paths: &[PathBuf],
        mut passwords: StorePasswords,
        mut see: impl FnMut(usize, &Opened),
    ) -> Result<Self, Failure> {
        let mut given = Self::default();
        for path in paths {
            if path.is_dir() {
                given.directory(path, passwords.asking(None), &mut see)?;
            } else {
                let question = format!("Password for {}: ", shown(path));
                let opened = bundle::open_with(&bytes(path)?, passwords.asking(Some(question)));
                given.take(path, opened, &mut see)?;
            }
        }
        Ok(given)
    }

    fn directory(
        &mut self,
        directory: &Path,
        passwords: &mut StorePasswords,
        see: &mut impl FnMut(usize, &Opened),
    ) -> Result<(), Failure> {
        let before = self.files.len();
        for path in files::list(directory)? {
            match bundle::open_with(&bytes(&path)?, passwords) {
                Err(error) if is_beside(&error) => self.passed_over.push(shown(&path)),
                opened => self.take(&path, opened, see)?,
            }
        }
        if self.files.len() > before {
            return Ok(());
        }
        Err(Failure::new(
            format!("{}: there is no certificate in this directory", shown(directory)),
            "directories below it are not looked into; name the one that holds the files",
        ))
    }

    /// A store that is not opened ends the run: nothing can be said of what is in it.
    fn take(
        &mut self,
        path: &Path,
        opened: Opened,
        see: &mut impl FnMut(usize, &Opened),
    ) -> Result<(), Failure> {
        if let Err(error @ NoCertificate::Pkcs12(_)) = &opened {
            return Err(failure(&shown(path), error));
        }
        see(self.files.len(), &opened);
        let is_store = opened.as_ref().is_ok_and(|bundle| bundle.store.is_some());
        let place = match path.is_file() && !is_store {
            true => Place::Disk(path.to_owned()),
            false => Place::Memory(Box::new(opened)),
        };
        self.files.push(File { name: shown(path), place });
        Ok(())
    }

    /// How many files there are.
    pub(super) const fn len(&self) -> usize {
        self.files.len()
    }

    /// The file of that number, opened again.
    pub(super) fn open(&self, number: usize) -> Result<Opened, Failure> {
        match self.files.get(number).map(|file| &file.place) {
            Some(Place::Disk(path)) => Ok(bundle::open(&bytes(path)?)),
            Some(Place::Memory(opened)) => Ok(opened.as_ref().clone()),
            None => Ok(Err(NoCertificate::Nothing)),
        }
    }

    /// All files in order, each with its name, opened when its turn comes.
    pub(super) fn each(&self) -> impl Iterator<Item = Result<(&str, Opened), Failure>> {
        let all = self.files.iter().enumerate();
        all.map(|(number, file)| Ok((file.name.as_str(), self.open(number)?)))
    }
}

/// What may stand in a directory beside certificates: stores too, unless the password that was given
/// for them is of no use.
const fn is_beside(error: &NoCertificate) -> bool {
    match error {
        NoCertificate::Nothing => true,
        NoCertificate::Malformed(_) => false,
        NoCertificate::Pkcs12(why) => !matches!(
            why,
            NotOpened::WrongPassword | NotOpened::NoPassword(NoPassword::Unavailable { .. })
        ),
    }
}

fn bytes(path: &Path) -> Result<Bytes, Failure> {
    if path.as_os_str() != STANDARD_INPUT {
        return Ok(files::read_bounded(path, MAX_FILE)?.into());
    }
    let mut all = Vec::new();
    let read = std::io::stdin().lock().take(MAX_FILE).read_to_end(&mut all);
    read.map_err(|error| {
        Failure::new(format!("standard input: {error}"), "give the certificate as a file")
    })?;
    Ok(all.into())
}
