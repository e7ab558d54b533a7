//! A file that only grows, line by line: one writer at a time, each line on the disk before it counts.

use super::FileError;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A journal, locked for as long as this lives; other processes wait.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    content: Vec<u8>,
    max: u64,
}

impl Journal {
    /// Opens the journal, makes it if it is not there, waits until nobody else writes, and reads it.
    pub fn open(path: impl AsRef<Path>, max: u64) -> Result<Self, FileError> {
        let path = path.as_ref().to_owned();
        let failed = |error| FileError::new(&path, error);
        if std::fs::metadata(&path).is_ok_and(|seen| seen.is_dir()) {
            return Err(FileError::IsADirectory(path));
        }
        let was_there = path.exists();
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o644)
            .open(&path)
            .map_err(failed)?;
        file.lock().map_err(failed)?;
        if !was_there {
            super::atomic::sync_folder_of(&path)?;
        }
        let mut content = Vec::new();
        let room = max.saturating_add(1);
        (&file).take(room).read_to_end(&mut content).map_err(failed)?;
        if u64::try_from(content.len()).is_ok_and(|length| length > max) {
            return Err(FileError::TooLarge { path, max });
        }
        Ok(Self { file, path, content, max })
    }

    /// Everything that is in it.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Appends one line. It is on the disk when this returns; where it cannot be, the journal is as
    /// before.
    pub fn append(&mut self, line: &str) -> Result<(), FileError> {
        let whole = format!("{line}\n");
        let before = u64::try_from(self.content.len()).unwrap_or(u64::MAX);
        let more = u64::try_from(whole.len()).unwrap_or(u64::MAX);
        if before.saturating_add(more) > self.max {
            return Err(FileError::TooLarge { path: self.path.clone(), max: self.max });
        }
        let written = self.file.write_all(whole.as_bytes()).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            // Nothing more can be done where this fails too; the torn line is found by its reader.
            let _ = self.file.set_len(before);
            return Err(FileError::new(&self.path, error));
        }
        self.content.extend_from_slice(whole.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_many_writers_follow_each_other_whole_and_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..10 {
                        let mut journal = Journal::open(path, 1 << 20).unwrap();
                        let number = journal.content().split(|b| *b == b'\n').count();
                        journal.append(&format!("{number} {writer}")).unwrap();
                    }
                });
            }
        });
        let text = std::fs::read_to_string(&path).unwrap();
        let numbers: Vec<usize> =
            text.lines().map(|line| line.split_once(' ').unwrap().0.parse().unwrap()).collect();
        assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    }

    #[test]
    fn a_journal_grows_no_further_than_it_may_and_a_directory_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record");
        let mut journal = Journal::open(&path, 4).unwrap();
        journal.append("abc").unwrap();
        let full = FileError::TooLarge { path: path.clone(), max: 4 };
        assert_eq!(journal.append("d"), Err(full.clone()));
        drop(journal);
        assert_eq!(Journal::open(&path, 3).unwrap_err(), FileError::TooLarge { path, max: 3 });
        assert!(matches!(Journal::open(folder.path(), 9), Err(FileError::IsADirectory(_))));
    }
}
