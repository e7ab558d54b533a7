//! What a card meets outside itself: the counter of wrong PINs that outlives a process, the moment
//! of being put back into the reader, and time.
#![expect(clippy::disallowed_methods, reason = "this is where the card touches files")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io, thread};

/// What a card needs of its surroundings.
pub(crate) trait Surroundings: Send {
    /// The tries left for the PIN of the token with that serial number, if they were ever counted.
    fn tries_left(&self, serial: &str) -> Option<u32>;

    /// Remembers the tries left, also for later processes.
    fn record_tries(&mut self, serial: &str, left: u32) -> io::Result<()>;

    /// Whether there is such a file.
    fn exists(&self, path: &Path) -> bool;

    /// Lets time pass.
    fn wait(&self, time: Duration);
}

/// The surroundings of a loaded module. Without a file, tries are counted for as long as it runs.
#[derive(Debug)]
pub(crate) struct Machine {
    file: Option<PathBuf>,
    tries: BTreeMap<String, u32>,
}

impl Machine {
    /// Reads what earlier processes counted.
    pub(crate) fn new(file: Option<PathBuf>) -> io::Result<Self> {
        let tries = match &file {
            Some(path) if path.exists() => {
                toml::from_str(&fs::read_to_string(path)?).map_err(io::Error::other)?
            }
            Some(_) | None => BTreeMap::new(),
        };
        Ok(Self { file, tries })
    }
}

impl Surroundings for Machine {
    fn tries_left(&self, serial: &str) -> Option<u32> {
        self.tries.get(serial).copied()
    }

    fn record_tries(&mut self, serial: &str, left: u32) -> io::Result<()> {
        self.tries.insert(serial.to_owned(), left);
        let Some(path) = &self.file else { return Ok(()) };
        let draft = path.with_extension("draft");
        fs::write(&draft, toml::to_string(&self.tries).map_err(io::Error::other)?)?;
        fs::rename(draft, path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn wait(&self, time: Duration) {
        thread::sleep(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_outlive_the_process_that_counted_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("tries.toml"));
        let mut first = Machine::new(file.clone()).unwrap();
        assert_eq!(first.tries_left("0001"), None);
        first.record_tries("0001", 2).unwrap();
        let second = Machine::new(file).unwrap();
        assert_eq!(second.tries_left("0001"), Some(2));
        assert_eq!(Machine::new(None).unwrap().tries_left("0001"), None);
    }
}
