//! Writes a file so that its name leads to the whole new content, to the old, or to nothing.

use super::{FileError, FileSource};
use crate::source::{Draft, Source};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Who may read the new file. The umask takes more away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Everybody may read it.
    Public,
    /// Its owner only: keys.
    Private,
}

impl Mode {
    fn permissions(self) -> Permissions {
        Permissions::from_mode(match self {
            Self::Public => 0o644,
            Self::Private => 0o600,
        })
    }
}

/// What happens to a file that has the name already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// It stays, and the new one is refused.
    Keep,
    /// The new one takes its place.
    Replace,
}

/// A file under way. Until it is published it has another name in the same directory, and when it
/// is dropped nothing of it stays. A process killed at that instant leaves a `.inkan-….part`, which
/// nothing reads.
#[derive(Debug)]
pub struct AtomicFile {
    unpublished: NamedTempFile,
    target: PathBuf,
    existing: Existing,
}

impl AtomicFile {
    /// Begins a file.
    pub fn create(
        target: impl AsRef<Path>,
        existing: Existing,
        mode: Mode,
    ) -> Result<Self, FileError> {
        let target = target.as_ref().to_owned();
        match fs::symlink_metadata(&target) {
            Ok(seen) if seen.is_dir() => return Err(FileError::IsADirectory(target)),
            Ok(_) if existing == Existing::Keep => return Err(FileError::AlreadyExists(target)),
            Ok(_) | Err(_) => {}
        }
        let folder = folder_of(&target);
        let unpublished = tempfile::Builder::new()
            .prefix(".inkan-")
            .suffix(".part")
            .permissions(mode.permissions())
            .tempfile_in(folder)
            .map_err(|error| FileError::new(folder, error))?;
        Ok(Self { unpublished, target, existing })
    }

    /// Where it is until it is published.
    pub fn path(&self) -> &Path {
        self.unpublished.path()
    }

    /// The name it will have.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// What was written so far, to be checked before it is published.
    pub fn reopen(&self) -> Result<FileSource, FileError> {
        FileSource::open(self.path())
    }

    /// Gives the file its name, once it is safely on the disk.
    pub fn publish(self) -> Result<(), FileError> {
        let Self { unpublished, target, existing } = self;
        let failed = |error| FileError::new(&target, error);
        unpublished.as_file().sync_all().map_err(failed)?;
        let published = match existing {
            Existing::Keep => unpublished.persist_noclobber(&target),
            Existing::Replace => unpublished.persist(&target),
        };
        published.map_err(|error| failed(error.error))?;
        sync_folder_of(&target)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unpublished.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unpublished.as_file_mut().flush()
    }
}

impl Draft for AtomicFile {
    fn reread(&mut self) -> io::Result<Box<dyn Source>> {
        self.flush()?;
        Ok(Box::new(self.reopen().map_err(io::Error::other)?))
    }

    fn publish(self: Box<Self>) -> io::Result<()> {
        (*self).publish().map_err(io::Error::other)
    }
}

/// Writes a whole file at once.
pub fn write(
    target: impl AsRef<Path>,
    bytes: &[u8],
    existing: Existing,
    mode: Mode,
) -> Result<(), FileError> {
    let mut file = AtomicFile::create(&target, existing, mode)?;
    file.write_all(bytes).map_err(|error| FileError::new(target, error))?;
    file.publish()
}

/// The name of a file is on the disk only when its directory is.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    let folder = folder_of(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| FileError::new(folder, error))
}

/// The directory of a path; that of a bare name is the current one.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_and_only_when_it_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("record.p7s");
        let mut file = AtomicFile::create(&target, Existing::Keep, Mode::Public).unwrap();
        file.write_all(b"signed").unwrap();
        assert_eq!(file.reopen().unwrap().len(), 6);
        assert_eq!((file.path().exists(), file.target().exists()), (true, false));
        file.publish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"signed");
        assert_eq!(names(folder.path()), ["record.p7s"]);
    }

    #[test]
    fn a_file_that_is_given_up_leaves_nothing_and_the_old_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("record.p7s");
        fs::write(&target, b"old").unwrap();
        let mut file = AtomicFile::create(&target, Existing::Replace, Mode::Public).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["record.p7s"]);
    }

    #[test]
    fn an_existing_file_is_kept_unless_it_is_to_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("key.pem");
        let late = AtomicFile::create(&target, Existing::Keep, Mode::Private).unwrap();
        write(&target, b"first", Existing::Keep, Mode::Private).unwrap();
        let kept = FileError::AlreadyExists(target.clone());
        assert_eq!(write(&target, b"x", Existing::Keep, Mode::Private), Err(kept.clone()));
        assert_eq!(late.publish(), Err(kept), "also when it came in between");
        assert_eq!(fs::read(&target).unwrap(), b"first");
        write(&target, b"second", Existing::Replace, Mode::Private).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"second");
        assert_eq!(names(folder.path()), ["key.pem"]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("key.pem");
        symlink(folder.path().join("elsewhere"), &target).unwrap();
        let refused = write(&target, b"x", Existing::Keep, Mode::Private);
        assert_eq!(refused, Err(FileError::AlreadyExists(target)));
        assert_eq!(names(folder.path()), ["key.pem"]);
    }

    #[test]
    fn a_key_is_its_owners_alone_and_other_files_nobody_elses_to_write() {
        let folder = tempfile::tempdir().unwrap();
        for (mode, forbidden) in [(Mode::Private, 0o177), (Mode::Public, 0o133)] {
            let target = folder.path().join(format!("{mode:?}"));
            write(&target, b"x", Existing::Keep, mode).unwrap();
            let bits = fs::metadata(&target).unwrap().permissions().mode();
            assert_eq!(bits & forbidden, 0, "{bits:o}");
            assert_eq!(bits & 0o600, 0o600, "{bits:o}");
        }
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");
        let error = write(missing.join("a"), b"x", Existing::Keep, Mode::Public).unwrap_err();
        assert_eq!(error, FileError::NotFound(missing));
        let taken = write(folder.path(), b"x", Existing::Replace, Mode::Public).unwrap_err();
        assert_eq!(taken, FileError::IsADirectory(folder.path().to_owned()));
    }
}
