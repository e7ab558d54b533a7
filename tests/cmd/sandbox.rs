//! A fresh directory in which a case runs, and the command run in it with a clean environment.

use crate::case::{Case, Content, Given, Step};
use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Mounts a small file system and becomes the command, so that a full disk is a real one.
const ON_A_TINY_DISK: &str = r#"mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@""#;

/// The directory of a case, and how commands are started in it.
pub(crate) struct Sandbox {
    directory: TempDir,
    /// Holds what commands read and wrote; outside the directory that the case looks at.
    streams: TempDir,
    launcher: Vec<String>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Why a case cannot be set up: here, or at all.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// This machine does not allow it; the case says nothing.
    Skip(String),
    /// The case is wrong, or the machine broken.
    Fail(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Fail(error.to_string())
    }
}

impl Sandbox {
    /// Makes the directory and all that is given in it.
    pub(crate) fn new(case: &Case) -> Result<Self, Trouble> {
        let mut sandbox =
            Self { directory: TempDir::new()?, streams: TempDir::new()?, launcher: Vec::new() };
        for (name, given) in &case.given {
            let made = make(&sandbox.path().join(name), given);
            made.map_err(|e| Trouble::Fail(format!("given {name}: {e}")))?;
        }
        if let Some(name) = &case.tiny_disk {
            sandbox.launcher.extend(tiny_disk(&sandbox.path().join(name))?);
        }
        let modes: Vec<_> =
            case.given.iter().filter_map(|(name, g)| Some((name, g.mode.as_ref()?))).collect();
        // Backwards, so that a directory closes after what is in it.
        for (name, mode) in modes.iter().rev() {
            set_mode(&sandbox.path().join(name), mode).map_err(Trouble::Fail)?;
        }
        if !modes.is_empty() && permissions_are_ignored()? {
            sandbox.launcher.extend(under_permissions()?);
        }
        Ok(sandbox)
    }

    /// The directory in which the case runs; also its HOME.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Everything in the directory, by path from it.
    pub(crate) fn listing(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        list(self.path(), self.path(), &mut found);
        found
    }

    /// Runs the command to its end, or kills it when its time is over.
    pub(crate) fn run(
        &self,
        program: &Path,
        step: &Step,
        timeout: Duration,
    ) -> Result<Observed, String> {
        let said = |e: io::Error| format!("the command did not start: {e}");
        let stream = |name: &str| self.streams.path().join(name);
        fs::write(stream("stdin"), &step.stdin).map_err(said)?;
        let mut words = self.launcher.iter().map(PathBuf::from).chain([program.to_owned()]);
        let mut child = Command::new(words.next().unwrap_or_default())
            .args(words)
            .args(&step.args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("LANG", "C.UTF-8")
            .envs(&step.env)
            .stdin(File::open(stream("stdin")).map_err(said)?)
            .stdout(File::create(stream("stdout")).map_err(said)?)
            .stderr(File::create(stream("stderr")).map_err(said)?)
            .spawn()
            .map_err(said)?;
        let status = wait(&mut child, timeout)?;
        let text = |name| fs::read(stream(name)).map(|b| String::from_utf8_lossy(&b).into_owned());
        Ok(Observed {
            status: status.code(),
            stdout: text("stdout").map_err(said)?,
            stderr: text("stderr").map_err(said)?,
        })
    }
}

impl Drop for Sandbox {
    /// Opens what the case closed, so that the directory can be removed.
    fn drop(&mut self) {
        for name in self.listing() {
            let _ = set_mode(&self.path().join(name), "700");
        }
    }
}

fn make(path: &Path, given: &Given) -> Result<(), String> {
    let content = given.content()?;
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(|e| e.to_string())?;
    let made = match content {
        Content::Bytes(bytes) => fs::write(path, bytes),
        Content::Zeros(size) => File::create(path).and_then(|file| file.set_len(size)),
        Content::Directory => fs::create_dir_all(path),
        Content::CopyOf(name) => {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
            fs::read(from).and_then(|bytes| fs::write(path, bytes))
        }
    };
    made.map_err(|e| e.to_string())
}

fn set_mode(path: &Path, mode: &str) -> Result<(), String> {
    let bits = u32::from_str_radix(mode, 8).map_err(|_| format!("not an octal mode: {mode}"))?;
    fs::set_permissions(path, Permissions::from_mode(bits)).map_err(|e| e.to_string())
}

fn list(root: &Path, directory: &Path, found: &mut BTreeSet<String>) {
    // A directory that cannot be read is one that the case closed.
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        found.extend(path.strip_prefix(root).ok().map(|p| p.display().to_string()));
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            list(root, &path, found);
        }
    }
}

/// The words that put a small disk at `directory`, where this machine allows it.
fn tiny_disk(directory: &Path) -> Result<Vec<String>, Trouble> {
    fs::create_dir_all(directory)?;
    let place = directory.display().to_string();
    for namespaces in ["-rm", "-m"] {
        let words = ["unshare", namespaces, "sh", "-c", ON_A_TINY_DISK, &place];
        if works(&words) {
            return Ok(words.map(str::to_owned).to_vec());
        }
    }
    Err(Trouble::Skip("a small disk needs root or user namespaces".to_owned()))
}

/// Root reads and writes whatever the permissions say.
fn permissions_are_ignored() -> io::Result<bool> {
    let probe = tempfile::NamedTempFile::new()?;
    fs::set_permissions(probe.path(), Permissions::from_mode(0o000))?;
    Ok(File::open(probe.path()).is_ok())
}

/// The words that take this power from root.
fn under_permissions() -> Result<Vec<String>, Trouble> {
    let words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    if works(&words) {
        return Ok(words.map(str::to_owned).to_vec());
    }
    Err(Trouble::Skip("permissions do not bind root, and setpriv is not available".to_owned()))
}

fn works(launcher: &[&str]) -> bool {
    let mut words = launcher.iter().chain(&["true"]);
    let program = words.next().copied().unwrap_or_default();
    Command::new(program).args(words).output().is_ok_and(|output| output.status.success())
}

fn wait(child: &mut Child, timeout: Duration) -> Result<ExitStatus, String> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(status);
        }
        if started.elapsed() > timeout {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("killed after {timeout:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
