//! Files: read in place, read whole but bounded, and written so that a reader sees all or nothing.

mod atomic;
mod error;
mod journal;

pub use atomic::{AtomicFile, Existing, Mode, write};
pub use error::FileError;
pub use journal::Journal;

use crate::source::Source;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// An open file, read at any place without holding it in memory.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl FileSource {
    /// Opens a regular file. Its length is taken now; what is appended later is not seen.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        // Looked at first: opening a pipe would wait for a writer.
        let seen = fs::metadata(path).map_err(|error| FileError::new(path, error))?;
        regular(path, &seen)?;
        let file = File::open(path).map_err(|error| FileError::new(path, error))?;
        let opened = file.metadata().map_err(|error| FileError::new(path, error))?;
        regular(path, &opened)?;
        let modified = opened.modified().ok();
        Ok(Self { file, path: path.to_owned(), length: opened.len(), modified })
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// By its length and time, and by being the file of that name still.
    fn is_unchanged(&self) -> io::Result<bool> {
        let (opened, named) = (self.file.metadata()?, fs::metadata(&self.path)?);
        Ok(opened.len() == self.length
            && opened.modified().ok() == self.modified
            && (opened.dev(), opened.ino()) == (named.dev(), named.ino()))
    }
}

fn regular(path: &Path, metadata: &Metadata) -> Result<(), FileError> {
    if metadata.is_dir() {
        return Err(FileError::IsADirectory(path.to_owned()));
    }
    if metadata.is_file() { Ok(()) } else { Err(FileError::NotAFile(path.to_owned())) }
}

/// The whole content of a file that should be small. A pipe is read too, so that
/// `inkan … <(command)` works.
pub fn read_bounded(path: impl AsRef<Path>, max: u64) -> Result<Vec<u8>, FileError> {
    let path = path.as_ref();
    let failed = |error| FileError::new(path, error);
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(FileError::IsADirectory(path.to_owned()));
    }
    // With room for all of it, no copy of what may be a key stays behind where the buffer was.
    let length = usize::try_from(metadata.len().min(max)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(length.saturating_add(1));
    file.take(max.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= max => Ok(bytes),
        Ok(_) | Err(_) => Err(FileError::TooLarge { path: path.to_owned(), max }),
    }
}

/// What tells one file from all others, whatever its names are.
pub type FileId = (u64, u64);

/// The file that the name leads to, through whatever links; nothing if none is there.
pub fn file_id(path: impl AsRef<Path>) -> Option<FileId> {
    let seen = fs::metadata(path).ok()?;
    Some((seen.dev(), seen.ino()))
}

/// The regular files in a directory, not in those below it, in the order of their names.
pub fn list(directory: impl AsRef<Path>) -> Result<Vec<PathBuf>, FileError> {
    let directory = directory.as_ref();
    let failed = |error| FileError::new(directory, error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // A link that leads nowhere is no file; links to files count.
        if fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The regular files in a directory and in those below it, in the order of their names. Links to
/// directories are not followed: they may lead in a circle, or out of what was named.
pub fn list_below(directory: impl AsRef<Path>) -> Result<Vec<PathBuf>, FileError> {
    let mut found = Vec::new();
    let mut open = vec![directory.as_ref().to_owned()];
    while let Some(directory) = open.pop() {
        found.extend(list(&directory)?);
        let failed = |error| FileError::new(&directory, error);
        for entry in fs::read_dir(&directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_dir() {
                open.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::DigestAlgorithm;
    use crate::source;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_file_is_read_at_any_place_and_hashed_as_a_whole() {
        let folder = folder();
        let path = folder.path().join("scan.pdf");
        let content: Vec<u8> = (0..=255).cycle().take(600_000).collect();
        fs::write(&path, &content).unwrap();
        let source = FileSource::open(&path).unwrap();
        assert_eq!((source.len(), source.path()), (600_000, path.as_path()));
        let mut window = [0; 4];
        source::read_exact_at(&source, 255, &mut window).unwrap();
        assert_eq!(window, [255, 0, 1, 2]);
        assert_eq!(source.read_at(600_000, &mut window).unwrap(), 0);
        let digests = source::digest_all(&source, &[DigestAlgorithm::Sha256]).unwrap();
        assert_eq!(digests[0], DigestAlgorithm::Sha256.digest(&content));
    }

    #[test]
    fn a_file_that_shrinks_while_it_is_read_is_an_error_and_not_another_hash() {
        let folder = folder();
        let path = folder.path().join("record");
        fs::write(&path, [1; 1000]).unwrap();
        let source = FileSource::open(&path).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(999).unwrap();
        let error = source::digest_all(&source, &[DigestAlgorithm::Sha256]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_file_that_is_written_to_or_replaced_is_not_unchanged() {
        let folder = folder();
        let path = folder.path().join("record");
        let spoil: [&dyn Fn(); 3] = [
            &|| fs::write(&path, b"other").unwrap(),
            &|| fs::write(&path, b"record, amended").unwrap(),
            &|| {
                let other = folder.path().join("other");
                fs::write(&other, b"record").unwrap();
                fs::rename(&other, &path).unwrap();
            },
        ];
        for spoil in spoil {
            fs::write(&path, b"record").unwrap();
            let source = FileSource::open(&path).unwrap();
            assert!(source.is_unchanged().unwrap());
            // Clocks of file systems are coarse.
            std::thread::sleep(std::time::Duration::from_millis(20));
            spoil();
            assert!(!source.is_unchanged().unwrap());
        }
    }

    #[test]
    fn what_is_no_regular_file_is_refused_by_name() {
        let folder = folder();
        let is = |path: &Path| FileSource::open(path).unwrap_err();
        assert_eq!(is(folder.path()), FileError::IsADirectory(folder.path().to_owned()));
        let device = Path::new("/dev/null");
        assert_eq!(is(device), FileError::NotAFile(device.to_owned()));
        let missing = folder.path().join("missing");
        assert_eq!(is(&missing), FileError::NotFound(missing.clone()));
        assert!(is(&missing).to_string().contains("missing: there is no such file"));
    }

    #[test]
    fn a_small_file_is_read_whole_and_a_large_one_not_at_all() {
        let folder = folder();
        let path = folder.path().join("ca.pem");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(read_bounded(&path, 5).unwrap(), b"12345");
        let too_large = FileError::TooLarge { path: path.clone(), max: 4 };
        assert_eq!(read_bounded(&path, 4).unwrap_err(), too_large);
        let endless = read_bounded("/dev/zero", 1 << 16).unwrap_err();
        assert!(matches!(endless, FileError::TooLarge { .. }));
        assert!(matches!(read_bounded(folder.path(), 9), Err(FileError::IsADirectory(_))));
    }

    #[test]
    fn a_directory_is_listed_by_name_without_what_is_below() {
        let folder = folder();
        for name in ["b.crl", "a.pem", "c.der"] {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        fs::create_dir(folder.path().join("below")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("dangling")).unwrap();
        let names: Vec<PathBuf> = list(folder.path()).unwrap();
        let expected: Vec<_> =
            ["a.pem", "b.crl", "c.der"].iter().map(|name| folder.path().join(name)).collect();
        assert_eq!(names, expected);
        assert!(matches!(list(folder.path().join("none")), Err(FileError::NotFound(_))));
    }
}
