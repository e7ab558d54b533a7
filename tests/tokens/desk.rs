//! A folder with the lab in it, the command, and the environment that tells it of tokens.

use crate::bench::{Bench, Ran, ran};
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// The lab that all tests of this program share: making its RSA keys takes time.
static SHARED: LazyLock<Bench> = LazyLock::new(Bench::new);

pub(crate) const PASSWORD: &str = "inkan-lab";

pub(crate) struct Desk {
    folder: tempfile::TempDir,
    pub(crate) environment: Vec<(&'static str, PathBuf)>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(SHARED.path("lab"), folder.path().join("lab")).unwrap();
        let desk = Self { folder, environment: Vec::new() };
        let roots = ["hpki-root", "ec-root"].map(|name| desk.read(&format!("lab/{name}.crt")));
        desk.write("roots.pem", &roots.concat());
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// So many records, each another.
    pub(crate) fn records(&self, count: usize) -> Vec<String> {
        let names: Vec<String> = (1..=count).map(|n| format!("record-{n:03}.txt")).collect();
        names.iter().for_each(|name| self.write(name, format!("診療録 {name}\n").as_bytes()));
        names
    }

    /// Those of the signatures that are there, and whatever else lies beside them unfinished.
    pub(crate) fn signatures(&self) -> Vec<String> {
        let names = crate::bench::names(self.folder.path());
        names.into_iter().filter(|name| name.ends_with(".p7s") || name.starts_with('.')).collect()
    }

    /// Runs `inkan` in the folder.
    pub(crate) fn inkan(&self, words: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inkan"));
        command.args(words).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("LANG", "C.UTF-8");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        ran(command.output().unwrap())
    }

    /// Signs files with the key that the URI means, as a member of the lab.
    pub(crate) fn sign(&self, files: &[String], key: &str, member: &str, more: &[&str]) -> Ran {
        let mut words = vec!["sign"];
        words.extend(files.iter().map(String::as_str));
        words.extend(["--key", key, "--trust", "lab/trust"]);
        let own = [format!("lab/{member}.crt"), format!("lab/{member}.chain.pem")];
        own.iter().for_each(|certificate| words.extend(["--cert", certificate]));
        words.extend(more);
        self.inkan(&words)
    }

    /// Every file has a signature that inkan and OpenSSL hold for valid.
    pub(crate) fn all_verify(&self, files: &[String]) {
        let signatures: Vec<String> = files.iter().map(|file| format!("{file}.p7s")).collect();
        let mut words = vec!["verify", "--trust", "lab/trust"];
        words.extend(signatures.iter().map(String::as_str));
        let ran = self.inkan(&words);
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        for (file, signature) in files.iter().zip(&signatures) {
            let words = ["cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", signature];
            let trust = ["-content", file, "-CAfile", "roots.pem", "-purpose", "any"];
            self.openssl(&[words.as_slice(), &trust, &["-out", "/dev/null"]].concat());
        }
    }

    /// Runs `openssl` in the folder; it must succeed.
    pub(crate) fn openssl(&self, words: &[&str]) {
        let mut command = Command::new("openssl");
        let ran = ran(command.args(words).current_dir(self.folder.path()).output().unwrap());
        assert_eq!(ran.status, 0, "openssl {words:?}: {}", ran.stderr);
    }
}

/// It could not do its work, and says in one error what is wrong and in one hint what to do.
#[track_caller]
pub(crate) fn refused(ran: &Ran, error: &[&str], hint: &str) {
    assert_eq!(ran.status, 2, "{}{}", ran.stdout, ran.stderr);
    let of = |kind: &str| -> Vec<&str> {
        ran.stderr.lines().filter_map(|line| line.strip_prefix(kind)).collect()
    };
    let (errors, hints) = (of("error: "), of("hint: "));
    assert_eq!((errors.len(), hints.len()), (1, 1), "{}", ran.stderr);
    for part in error {
        assert!(errors[0].contains(part), "no '{part}' in: {}", errors[0]);
    }
    assert!(hints[0].contains(hint), "no '{hint}' in: {}", hints[0]);
}
