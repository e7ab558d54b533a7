//! The log: one line for every call, one for every breach of the contract.
//!
//! Only names are written. No argument of a call ever reaches this file, so no PIN does.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// Where lines are added, whatever other process adds lines too.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Absent until a configuration was read.
    path: Option<PathBuf>,
}

impl Log {
    /// A log that exists, or the reason why it cannot be written.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        OpenOptions::new().create(true).append(true).open(&path)?;
        Ok(Self { path: Some(path) })
    }

    /// Says what a function returned.
    pub(crate) fn call(&self, function: &str, returned: &str) {
        self.add(&format!("{function} {returned}\n"));
    }

    /// Says how the contract was broken.
    pub(crate) fn violation(&self, function: &str, how: &str) {
        self.add(&format!("violation: {function}: {how}\n"));
    }

    /// Opened for each line: a forked process shares no position, and a line is one write.
    fn add(&self, line: &str) {
        let Some(path) = &self.path else { return };
        let file = OpenOptions::new().append(true).open(path);
        if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
            complain(&format!("{}: {error}", path.display()));
        }
    }
}

/// Says on standard error what cannot be said in a log.
#[expect(clippy::print_stderr, reason = "the only place left when there is no log")]
pub(crate) fn complain(trouble: &str) {
    eprintln!("strict-card: {trouble}");
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests read the log")]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_to_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.log");
        Log::open(path.clone()).unwrap().call("C_Initialize", "CKR_OK");
        Log::open(path.clone()).unwrap().violation("C_Login", "the PIN is short");
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text, "C_Initialize CKR_OK\nviolation: C_Login: the PIN is short\n");
    }

    #[test]
    fn a_log_that_cannot_be_written_is_an_error() {
        assert!(Log::open(PathBuf::from("/no/such/folder/card.log")).is_err());
    }
}
