//! Why a file could not be read or written, in plain words.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be read or written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Nothing is there.
    #[error("{}: there is no such file or directory", .0.display())]
    NotFound(PathBuf),
    /// A directory where a file should be.
    #[error("{}: this is a directory, not a file", .0.display())]
    IsADirectory(PathBuf),
    /// A file where a directory should be.
    #[error("{}: this is a file, not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// A pipe, a device or a socket.
    #[error("{}: this is a pipe or device, not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// The system does not let this user.
    #[error("{}: permission denied", .0.display())]
    PermissionDenied(PathBuf),
    /// The disk or the quota is full.
    #[error("{}: no space is left", .0.display())]
    NoSpace(PathBuf),
    /// The disk takes no changes.
    #[error("{}: the disk is read-only", .0.display())]
    ReadOnly(PathBuf),
    /// Something is there that must not be overwritten.
    #[error("{}: it exists already", .0.display())]
    AlreadyExists(PathBuf),
    /// More than such a file can honestly be.
    #[error("{}: it is larger than {max} bytes", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How much it may be.
        max: u64,
    },
    /// It became shorter while it was read.
    #[error("{}: it became shorter while it was read", .0.display())]
    Shrunk(PathBuf),
    /// Anything else, in the words of the system.
    #[error("{}: {message}", .path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What the system says.
        message: String,
    },
}

impl FileError {
    /// What a system error on this file means.
    pub fn new(path: impl AsRef<Path>, error: io::Error) -> Self {
        let path = path.as_ref().to_owned();
        #[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of io::Error have no end")]
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path),
            io::ErrorKind::IsADirectory => Self::IsADirectory(path),
            io::ErrorKind::NotADirectory => Self::NotADirectory(path),
            io::ErrorKind::PermissionDenied => Self::PermissionDenied(path),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace(path),
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path),
            io::ErrorKind::AlreadyExists => Self::AlreadyExists(path),
            io::ErrorKind::UnexpectedEof => Self::Shrunk(path),
            _ => Self::Other { path, message: error.to_string() },
        }
    }

    /// A name for this kind of failure that stays the same.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "file-not-found",
            Self::IsADirectory(_) => "file-is-a-directory",
            Self::NotADirectory(_) => "file-not-a-directory",
            Self::NotAFile(_) => "file-not-regular",
            Self::PermissionDenied(_) => "file-permission-denied",
            Self::NoSpace(_) => "file-no-space",
            Self::ReadOnly(_) => "file-read-only",
            Self::AlreadyExists(_) => "file-exists",
            Self::TooLarge { .. } => "file-too-large",
            Self::Shrunk(_) => "file-shrunk",
            Self::Other { .. } => "file-other",
        }
    }

    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "check the spelling of the path",
            Self::IsADirectory(_) => "name a file in it",
            Self::NotADirectory(_) => "name the directory that holds it",
            Self::NotAFile(_) => "save it to a file first, and name that",
            Self::PermissionDenied(_) => "ask the owner of the file, or run as a user who may",
            Self::NoSpace(_) => "free some space, or write to another disk; nothing was changed",
            Self::ReadOnly(_) => "write to another disk; nothing was changed",
            Self::AlreadyExists(_) => "choose another name, or move the old file away",
            Self::TooLarge { .. } => "check that this is the file you meant",
            Self::Shrunk(_) => "wait until nothing writes to the file, then try again",
            Self::Other { .. } => "the message comes from the operating system",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_to_be_full() {
        // ENOSPC, EDQUOT, EROFS on Linux.
        for (code, id) in [(28, "file-no-space"), (122, "file-no-space"), (30, "file-read-only")] {
            let error = FileError::new("/archive/a.pdf", io::Error::from_raw_os_error(code));
            assert_eq!(error.id(), id);
            assert!(error.to_string().starts_with("/archive/a.pdf: "), "{error}");
        }
    }

    #[test]
    fn what_has_no_words_of_ours_keeps_those_of_the_system() {
        let error = FileError::new("/archive", io::Error::from_raw_os_error(5));
        assert_eq!(error.id(), "file-other");
        assert!(error.to_string().to_lowercase().contains("error"), "{error}");
    }
}
