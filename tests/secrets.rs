//! No secret leaves its place: a PIN and a key that can be recognised are given to every command that
//! takes them, well and badly, and nothing of them shows in what is written; nor is there a core file.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test runs the command on real files, and stops where it cannot go on"
)]

#[path = "secrets/leak.rs"]
mod leak;

use base64ct::{Base64, Encoding as _};
use inkan::edge::clock::now;
use inkan::lab::{Declaration, Lab, LabServer};
use leak::Secret;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
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
        // As it goes to a server (RFC 7617).
        secrets.push(Secret::text(&Base64::encode_string(format!("u:{PIN}").as_bytes())));
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
        self.run_with(words, "tsa.toml")
    }

    /// Runs inkan with these settings of TSAs.
    fn run_with(&self, words: &[&str], settings: &str) -> Output {
        let output = Command::new(INKAN)
            .args(words)
            .current_dir(self.folder.path())
            .env("INKAN_TEST_PIN", PIN)
            .env("INKAN_TSA", settings)
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
fn what_a_tsa_knows_us_by_is_written_nowhere_and_kept_in_no_bundle() {
    let place = Place::new();
    let port = LabServer::bind().unwrap();
    let lab = place.path("lab");
    let made = Lab::make(Declaration::standard().unwrap(), &lab, port.base_url(), now());
    let server = port.serve(made.unwrap(), now).unwrap();
    let (physician, trust) = ("lab/ec-physician.crt", "lab/trust".to_owned());
    let mut statuses = Vec::new();
    // Passwords and keys for a TSA, in options and in tsa.toml, to one that takes them and to others.
    let tsa = |path: &str| format!("{}{path}", server.lab().base_url());
    let with_login = |source: &str| format!("user = 'u'\npassword-source = '{source}'\n");
    let settings = [
        ("named", with_login("file:pin")),
        ("wrong", format!("password = '{PIN}'\n")),
        ("argument", with_login(PIN)),
        ("keyed", "client-key = 'rsa.sealed'\nclient-pin-source = 'file:pin'\n".to_owned()),
        ("interval", format!("interval = '{PIN}'\n")),
    ];
    for (name, more) in &settings {
        let text = format!("[[tsa]]\nname = 'ours'\nurl = '{}'\n{more}", tsa("/auth/tsa/tsa-ec"));
        std::fs::write(place.path(&format!("{name}.toml")), text).unwrap();
    }
    for settings in settings.iter().map(|(name, _)| *name) {
        let ours = ["timestamp", "create", "record.txt", "--tsa", "ours", "--trust", &trust];
        statuses.push(place.run_with(&ours, &format!("{settings}.toml")).status.code());
    }
    let (auth, open, gone) = (tsa("/auth/tsa/tsa-ec"), tsa("/tsa/tsa-ec"), "http://127.0.0.1:9/");
    let in_url = format!("http://u:{PIN}@127.0.0.1:9/");
    for url in [auth.as_str(), &open, gone, "http://tsa.invalid/", &in_url] {
        for source in ["file:pin", "env:INKAN_TEST_PIN", PIN] {
            let words = ["timestamp", "create", "record.txt", "--out", "new.tst", "--tsa", url];
            let login = ["--tsa-user", "u", "--tsa-password-source", source, "--trust", &trust];
            statuses.push(place.run(&[words.as_slice(), &login].concat()).status.code());
        }
        let words = ["timestamp", "create", "record.txt", "--out", "x", "--tsa", url];
        let key = ["--tsa-key", "rsa.sealed", "--tsa-cert", physician, "--tsa-pin-source"];
        statuses.push(place.run(&[&words[..], &key, &["file:pin"]].concat()).status.code());
        let bundle = ["verify", "new.tst", "--content", "record.txt", "--save-evidence", "bundle"];
        place.run(&[&bundle[..], &["--trust", &trust]].concat());
    }
    let bundle = std::fs::read(place.path("bundle")).unwrap();
    assert!(place.secrets.iter().all(|secret| secret.found_in(&bundle).is_none()));
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

/// inkan, waiting for the rest of a PIN from a pipe, where core files would be allowed.
fn waiting(place: &Place, launcher: &[&str], source: &str) -> Child {
    let script = "ulimit -c unlimited 2>/dev/null; exec \"$@\"";
    let words = ["key", "generate", "--out", "new.key", "--pin-source", source];
    let mut child = Command::new("sh")
        .args([["-c", script, "sh"].as_slice(), launcher, &[INKAN], &words].concat())
        .current_dir(place.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(PIN.as_bytes()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let waits = |status: String| status.starts_with("Name:\tinkan") && status.contains("State:\tS");
    while !std::fs::read_to_string(format!("/proc/{}/status", child.id())).is_ok_and(waits) {
        assert!(Instant::now() < deadline, "inkan does not wait for its PIN");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_holds_a_pin_leaves_no_core_file() {
    let place = Place::new();
    let mut child = waiting(&place, &[], "fd:0");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    let kill = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let ended = child.wait().unwrap();
    assert_eq!(ended.signal(), Some(SIGABRT));
    assert!(!ended.core_dumped());
    let mut left = std::fs::read_dir(place.folder.path()).unwrap().map(Result::unwrap);
    assert!(!left.any(|entry| entry.file_name().to_string_lossy().starts_with("core")));
}

/// Beside a process of the same user that has nothing to hide, which shows it.
#[test]
#[cfg(target_os = "linux")]
fn another_process_of_the_same_user_may_not_look_into_it() {
    const NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let user = if is_root { NOBODY.as_slice() } else { &[] };
    let as_user = |words: &[&str]| {
        let words = [user, words].concat();
        Command::new(words[0])
            .args(&words[1..])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    if !as_user(&[INKAN, "--version"]).is_ok_and(|status| status.success()) {
        return skipped("root cannot become another user that may run the command");
    }
    let place = Place::new();
    // A pipe of its own, since that of the standard input is its maker's alone.
    std::fs::set_permissions(place.folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let pipe = place.text("pipe");
    assert!(Command::new("mkfifo").args(["-m", "666", &pipe]).status().unwrap().success());
    let mut child = waiting(&place, user, &format!("file:{pipe}"));
    let mut open = Command::new("sh")
        .args([["-c", "exec \"$@\"", "sh"].as_slice(), user, &["sleep", "60"]].concat())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let shown = |id: u32| as_user(&["head", "-c1", &format!("/proc/{id}/environ")]).unwrap();
    let (hidden, seen) = (shown(child.id()), shown(open.id()));
    for process in [&mut child, &mut open] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert!(seen.success(), "the other shows its environment, so that is not forbidden to all");
    assert!(!hidden.success());
}

fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "secrets: skipped: {reason}");
}
