//! No secret leaves its place: a PIN and a key that can be recognised are given to every command that
//! takes them, well and badly, and nothing of them shows in what is written; nor is there a core file.
#![expect(clippy::disallowed_methods, reason = "a test runs the command on real files")]

#[path = "secrets/leak.rs"]
mod leak;

use inkan::edge::clock::now;
use inkan::lab::{Declaration, Lab, LabServer};
use leak::Secret;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const INKAN: &str = env!("CARGO_BIN_EXE_inkan");
const PIN: &str = "Hitotsu-dake-no-PIN-4711";
const SIGABRT: i32 = 6;

/// A directory with a PIN, keys under it and in the clear, and files to sign.
struct Place {
    folder: tempfile::TempDir,
    secrets: Vec<Secret>,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), secrets: Vec::new() };
        std::fs::write(place.path("pin"), format!("{PIN}\n")).unwrap();
        std::fs::write(place.path("wrong"), "another-PIN-0815").unwrap();
        std::fs::write(place.path("record.txt"), "record").unwrap();
        place
            .openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "ec");
        place.openssl(&["genpkey", "-algorithm", "ED25519"], "ed");
        place.openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "rsa");
        let mut secrets = vec![Secret::text(PIN), Secret::text("another-PIN-0815")];
        for (key, at) in [("ec", 36), ("ed", 16), ("rsa", 600)] {
            let der = std::fs::read(place.path(key)).unwrap();
            secrets.push(Secret::octets(&der[at..at + 32]));
            let sealed = place.text(&format!("{key}.sealed"));
            let pin = format!("pass:{PIN}");
            let plain = place.text(key);
            let words = ["pkcs8", "-topk8", "-inform", "DER", "-passout", &pin, "-in", &plain];
            assert!(
                Command::new("openssl")
                    .args(words)
                    .args(["-out", &sealed])
                    .status()
                    .unwrap()
                    .success()
            );
        }
        Self { secrets, ..place }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// A key in DER under that name.
    fn openssl(&self, words: &[&str], name: &str) {
        let (made, out) = (self.text("made"), self.text(name));
        let run = |words: &[&str]| Command::new("openssl").args(words).output().unwrap().status;
        assert!(run(&[words, &["-out", &made]].concat()).success());
        let rest = ["-outform", "DER", "-in", &made, "-out", &out];
        assert!(run(&[["pkcs8", "-topk8", "-nocrypt"].as_slice(), &rest].concat()).success());
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Runs inkan, and fails if anything secret is in what it writes.
    fn run(&self, words: &[&str]) -> Output {
        let output = Command::new(INKAN)
            .args(words)
            .current_dir(self.folder.path())
            .env("INKAN_TEST_PIN", PIN)
            .env("RUST_BACKTRACE", "full")
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        for secret in &self.secrets {
            for written in [&output.stdout, &output.stderr] {
                assert_eq!(secret.found_in(written), None, "{words:?}");
            }
        }
        output
    }
}

#[test]
fn nothing_secret_is_written_whether_a_command_succeeds_or_fails() {
    let place = Place::new();
    let port = LabServer::bind().unwrap();
    let lab = place.path("lab");
    let made = Lab::make(Declaration::standard().unwrap(), &lab, port.base_url(), now());
    let _server = port.serve(made.unwrap(), now).unwrap();
    let lab = lab.display().to_string();
    let physician = format!("{lab}/ec-physician.crt");
    let trust = format!("{lab}/trust");
    let mut statuses = Vec::new();
    for source in ["file:pin", "file:wrong", "file:missing", "env:INKAN_TEST_PIN", PIN, "fd:77"] {
        for key in ["ec", "ed", "rsa"] {
            let sealed = format!("file:{key}.sealed");
            for key in [sealed, format!("file:{key}")] {
                let words = ["sign", "record.txt", "--key", &key, "--cert", &physician];
                let rest = ["--pin-source", source, "--trust", &trust, "--format", "json"];
                statuses.push(place.run(&[words.as_slice(), &rest[..4]].concat()).status.code());
                statuses.push(place.run(&[words.as_slice(), &rest].concat()).status.code());
            }
        }
        let out = format!("made-{}", source.len());
        let made = place.run(&["key", "generate", "--out", &out, "--pin-source", source]);
        statuses.push(made.status.code());
    }
    for words in [
        ["key", "list", "ec", "ec.sealed", "pin", "--format", "json"].as_slice(),
        &["key", "list", "rsa", "rsa.sealed"],
        &["cert", "inspect", "rsa"],
        &["cert", "inspect", "pin"],
        &["verify", "ed"],
        &["verify", "pin", "--format", "json"],
    ] {
        statuses.push(place.run(words).status.code());
    }
    // Where the lab's own key is used a signature comes about.
    let key = format!("file:{lab}/ec-physician.key");
    std::fs::write(place.path("lab-pin"), "inkan-lab").unwrap();
    let words = ["sign", "record.txt", "--key", &key, "--cert", &physician, "--trust", &trust];
    let signed = place.run(&[words.as_slice(), &["--pin-source", "file:lab-pin"]].concat());
    assert!(place.path("record.txt.p7s").exists(), "{signed:?}");
    assert!(statuses.contains(&Some(0)) && statuses.contains(&Some(2)), "{statuses:?}");
    assert!(statuses.iter().all(Option::is_some), "none crashed: {statuses:?}");
}

#[test]
fn a_secret_that_is_written_is_found_in_any_spelling() {
    let secret = Secret::octets(b"\x01\x02four\xfe-octets-of-a-key-beyond");
    for written in secret.spellings() {
        assert!(secret.found_in(&[b"error: ", written.as_slice(), b"."].concat()).is_some());
    }
    assert_eq!(secret.found_in(b"error: nothing"), None);
}

/// inkan, waiting for a PIN from a pipe that stays open; core files allowed as far as its parent says.
fn waiting(place: &Place) -> Child {
    let script = "ulimit -c unlimited 2>/dev/null || ulimit -c hard; exec \"$@\"";
    let words = ["key", "generate", "--out", "new.key", "--pin-source", "fd:0"];
    let mut child = Command::new("sh")
        .args(["-c", script, "sh", INKAN])
        .args(words)
        .current_dir(place.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(PIN.as_bytes()).unwrap();
    child
}

/// What `/proc` says of the child, once inkan runs and has read what was written.
fn status(child: &Child, file: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let folder = PathBuf::from(format!("/proc/{}", child.id()));
        let is_inkan =
            std::fs::read_link(folder.join("exe")).is_ok_and(|exe| exe == Path::new(INKAN));
        let waits = std::fs::read_to_string(folder.join("wchan"));
        if is_inkan && waits.is_ok_and(|place| place.contains("pipe_read")) {
            return std::fs::read_to_string(folder.join(file)).unwrap();
        }
        assert!(Instant::now() < deadline, "inkan does not wait for its PIN");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_holds_a_pin_leaves_no_core_file_and_shows_its_memory_to_none() {
    let place = Place::new();
    let mut child = waiting(&place);
    let limits = status(&child, "limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    let kill = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let ended = child.wait().unwrap();
    assert_eq!(ended.signal(), Some(SIGABRT));
    assert!(!ended.core_dumped());
    let left =
        std::fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().starts_with("core")));
}

/// As another process of the same user sees it: the files of a process that may not be dumped are root's.
#[test]
#[cfg(target_os = "linux")]
fn another_process_of_the_same_user_may_not_read_its_memory() {
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--", "sh", "-c"];
    let script = "\"$0\" key generate --out /nonexistent/x --pin-source fd:0 & cat /proc/$!/environ >/dev/null \
                  && echo read; sleep 0.3; cat /proc/$!/environ >/dev/null 2>&1 && echo read || echo refused";
    let mut command = Command::new("setpriv");
    command.args(nobody).args([script, INKAN]).stdin(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = command.stdout(Stdio::piped()).spawn() else {
        return skipped("setpriv is not installed");
    };
    std::thread::sleep(Duration::from_millis(800));
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    match said.lines().last() {
        Some(last) => assert_eq!(last, "refused"),
        None => skipped("another user cannot be had, or may not run the command here"),
    }
}

fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "secrets: skipped: {reason}");
}
