//! A directory with a token, a CA and the command.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

pub(crate) const PIN: &str = "471147";
const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";

pub(crate) struct Ceremony {
    folder: TempDir,
    module: Option<PathBuf>,
}

impl Ceremony {
    pub(crate) fn without_token() -> Self {
        let c = Self { folder: tempfile::tempdir().unwrap(), module: None };
        c.write("pin", PIN.as_bytes());
        let ca = ["-subj", "/C=JP/O=Test/CN=Test CA", "-days", "90"];
        let new =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        c.openssl(&[&new[..], &ca, &["-keyout", "ca.key", "-out", "ca.crt"]].concat());
        c
    }

    /// An empty token of SoftHSM2 with the label `Hospital`; nothing, and that is said, where it is not
    /// installed.
    pub(crate) fn on_softhsm() -> Option<Self> {
        if !Path::new(SOFTHSM).exists() {
            eprintln!("skipped: SoftHSM2 is not installed");
            return None;
        }
        let c = Self { module: Some(SOFTHSM.into()), ..Self::without_token() };
        std::fs::create_dir(c.path("tokens")).unwrap();
        let tokens = c.path("tokens");
        let text = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display());
        c.write("softhsm2.conf", text.as_bytes());
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", "Hospital", "--so-pin", "12345678"])
            .args(["--pin", PIN])
            .env("SOFTHSM2_CONF", c.path("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(made.status.success());
        Some(c)
    }

    /// A card with one key and its certificate.
    pub(crate) fn on_strict_card() -> Option<Self> {
        let Some(module) = strict_card::module_beside(&std::env::current_exe().unwrap()) else {
            eprintln!("skipped: the strict card is not built");
            return None;
        };
        let c = Self { module: Some(module), ..Self::without_token() };
        c.openssl(&["genrsa", "-out", "ee.key", "2048"]);
        c.openssl(&["req", "-new", "-key", "ee.key", "-subj", "/C=JP/CN=EE", "-out", "ee.csr"]);
        c.issue("ee.csr", "ee.crt", 30);
        let text = format!(
            "log = \"card.log\"\n[[slot]]\n[slot.token]\npin = \"{PIN}\"\n\
             [[slot.token.key]]\nfile = \"ee.key\"\n[[slot.token.certificate]]\nfile = \"ee.crt\"\n"
        );
        c.write("card.toml", text.as_bytes());
        Some(c)
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

    /// The command, with nobody at the terminal.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        command
            .arg(env!("CARGO_BIN_EXE_inkan"))
            .args(args)
            .current_dir(self.folder.path())
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .env("STRICT_CARD_CONFIG", self.path("card.toml"))
            .env_remove("INKAN_PKCS11_MODULE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the command as it stands.
    pub(crate) fn bare(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs the command with the PIN and the library.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let mut command = self.command(args);
        if !args.starts_with(&["key", "record"]) {
            command.args(["--pin-source", "file:pin"]);
            if let Some(module) = &self.module {
                command.arg("--module").arg(module);
                // A copy of a library under another name is not recognised before it is initialised.
                if self.path("card.toml").exists() {
                    command.args(["--token-profile", "hpki-card"]);
                }
            }
        }
        command.output().unwrap()
    }

    /// Runs the command, which must succeed, and gives what it prints.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        let err = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{}: {err}", args.join(" "));
        String::from_utf8(ran.stdout).unwrap()
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(args)).unwrap()
    }

    /// It must have been refused with one error that says so, and one hint.
    pub(crate) fn refused(&self, ran: &Output, why: &str) {
        let told = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{told}");
        let count = |begin: &str| told.lines().filter(|line| line.starts_with(begin)).count();
        assert_eq!((count("error: "), count("hint: ")), (1, 1), "{told}");
        assert!(told.contains(why), "{why}: {told}");
        assert!(!told.contains(PIN));
    }

    pub(crate) fn openssl(&self, args: &[&str]) {
        let ran =
            Command::new("openssl").args(args).current_dir(self.folder.path()).output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    /// The CA answers a request as it was made.
    pub(crate) fn issue(&self, request: &str, certificate: &str, days: u32) {
        let days = days.to_string();
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-copy_extensions",
            "copyall",
            "-days",
            &days,
            "-out",
            certificate,
        ]);
    }
}

/// A text in JSON.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
