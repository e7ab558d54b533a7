//! A workbench for tests: a lab served on loopback, the command, and OpenSSL beside it.
#![allow(dead_code, reason = "each test program uses its own part of the bench")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

use inkan::edge::clock::now;
use inkan::lab::{Declaration, Lab, LabServer};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) server: LabServer,
}

pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = LabServer::bind().unwrap();
        let declaration = Declaration::standard().unwrap();
        let lab =
            Lab::make(declaration, &folder.path().join("lab"), port.base_url(), now()).unwrap();
        let server = port.serve(lab, now).unwrap();
        Self { folder, server }
    }

    pub(crate) fn lab(&self) -> &Lab {
        self.server.lab()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs `inkan` in the folder.
    pub(crate) fn inkan(&self, words: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inkan"));
        command.args(words).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("LANG", "C.UTF-8");
        ran(command.output().unwrap())
    }

    /// Signs a file as a member of the lab, with more arguments.
    pub(crate) fn sign(&self, file: &str, member: &str, more: &[&str]) -> Ran {
        let key = format!("file:lab/{member}.key");
        let (certificate, chain) = (format!("lab/{member}.crt"), format!("lab/{member}.chain.pem"));
        let mut words = vec!["sign", file, "--key", &key, "--cert", &certificate];
        if std::fs::read(self.path(&chain)).is_ok_and(|bytes| !bytes.is_empty()) {
            words.extend(["--cert", &chain]);
        }
        words.extend(["--pin-source", "file:lab/password.txt", "--trust", "lab/trust"]);
        words.extend(more);
        self.inkan(&words)
    }

    /// Runs `openssl` in the folder.
    pub(crate) fn openssl(&self, words: &[&str]) -> Ran {
        let mut command = Command::new("openssl");
        command.args(words).current_dir(self.folder.path());
        ran(command.output().unwrap())
    }

    /// Like [`Bench::openssl`], and it must succeed.
    pub(crate) fn openssl_ok(&self, words: &[&str]) -> Ran {
        let ran = self.openssl(words);
        assert_eq!(ran.status, 0, "openssl {words:?}: {}", ran.stderr);
        ran
    }

    /// The verdict of `inkan verify` as JSON.
    pub(crate) fn verdict(&self, words: &[&str]) -> (i32, serde_json::Value) {
        let mut all = vec!["verify", "--format", "json"];
        all.extend(words);
        let ran = self.inkan(&all);
        let json = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", ran.stdout, ran.stderr));
        (ran.status, json)
    }
}

pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// One string in a JSON value, or "" where there is none.
pub(crate) fn at<'a>(json: &'a serde_json::Value, pointer: &str) -> &'a str {
    json.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default()
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
