//! A process of its own for each case, with a folder, keys made by OpenSSL, and a configuration.

use crate::application::Application;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Tells the child which folder is its own.
const FOLDER: &str = "STRICT_CARD_TRIAL";

/// A card as the guideline has it.
pub(crate) const PLAIN: &str = r#"
    log = "card.log"
    state = "tries.toml"
    [[slot]]
    [slot.token]
    pin = "1234"
    [[slot.token.key]]
    file = "key.pem"
    [[slot.token.certificate]]
    file = "ee.pem"
"#;

/// Runs a case with the plain card.
pub(crate) fn alone(case: impl Fn(&Card)) {
    with(PLAIN, case);
}

/// Runs a case with this configuration, by starting the test once more in another process.
pub(crate) fn with<Case: Fn(&Card)>(config: &str, case: Case) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return case(&Card { folder: PathBuf::from(folder) });
    }
    let folder = tempfile::tempdir().unwrap();
    let card = Card { folder: folder.path().to_owned() };
    std::fs::write(card.path("card.toml"), config).unwrap();
    card.openssl(&[
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-out",
        "key.pem",
    ]);
    let subject = "/C=JP/O=Test Hospital/CN=TARO TEST";
    card.openssl(&["req", "-x509", "-new", "-key", "key.pem", "-subj", subject, "-out", "ee.pem"]);
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test_of::<Case>(), "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder.path())
        .env("STRICT_CARD_CONFIG", card.path("card.toml"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("1 passed"), "the case is not a closure in its test\n{said}");
}

/// The name of the test in which a case is a closure, as the test program knows it.
fn test_of<Case>() -> &'static str {
    let path = std::any::type_name::<Case>().trim_end_matches("::{{closure}}");
    path.split_once("::").map_or(path, |(_, test)| test)
}

/// What a case has.
pub(crate) struct Card {
    folder: PathBuf,
}

impl Card {
    /// The module, loaded.
    pub(crate) fn application(&self) -> Application {
        let here = std::env::current_exe().unwrap();
        Application::load(&strict_card::module_beside(&here).expect("cargo built the module"))
    }

    /// The module, loaded and initialised.
    pub(crate) fn initialized(&self) -> Application {
        let application = self.application();
        assert_eq!(application.initialize(), cryptoki_sys::CKR_OK);
        application
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The breaches of the contract so far.
    pub(crate) fn violations(&self) -> Vec<String> {
        let log = self.read("card.log");
        let lines = log.lines().filter_map(|line| line.strip_prefix("violation: "));
        lines.map(str::to_owned).collect()
    }

    /// What the calls of a function returned.
    pub(crate) fn calls(&self, function: &str) -> Vec<String> {
        let log = self.read("card.log");
        let calls = log.lines().filter_map(|line| line.split_once(' '));
        calls.filter(|(name, _)| *name == function).map(|(_, value)| value.to_owned()).collect()
    }

    /// Runs OpenSSL in the folder.
    pub(crate) fn openssl(&self, arguments: &[&str]) -> Vec<u8> {
        let output =
            Command::new("openssl").args(arguments).current_dir(&self.folder).output().unwrap();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {complained}");
        output.stdout
    }

    /// Whether OpenSSL verifies a signature over a record with that key.
    pub(crate) fn verifies(&self, key: &str, record: &str, signature: &[u8]) -> bool {
        let der = Path::new(key).extension().is_some_and(|extension| extension == "der");
        let form = if der { "DER" } else { "PEM" };
        self.openssl(&["pkey", "-in", key, "-inform", form, "-pubout", "-out", "public.pem"]);
        std::fs::write(self.path("record"), record).unwrap();
        std::fs::write(self.path("signature"), signature).unwrap();
        let check = ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"];
        let mut openssl = Command::new("openssl");
        openssl.args(check).arg("record").current_dir(&self.folder);
        openssl.output().unwrap().status.success()
    }
}
