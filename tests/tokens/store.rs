//! Keys of the lab in a store of SoftHSM2 or Kryoptic that is the test's own.

use crate::bench::Ran;
use crate::desk::{Desk, PASSWORD};
use crate::skip::say;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const PIN: &str = "4711-花";
pub(crate) const SO_PIN: &str = "12345678";
pub(crate) const LABEL: &str = "病院 HSM";
/// The label in a URI (RFC 7512).
pub(crate) const TOKEN: &str = "pkcs11:token=%E7%97%85%E9%99%A2%20HSM";

/// A program that keeps keys in files and speaks PKCS#11.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    SoftHsm,
    Kryoptic,
}

pub(crate) struct Store {
    pub(crate) desk: Desk,
    pub(crate) library: PathBuf,
}

/// A store of each kind that is installed here. Which is not is said.
pub(crate) fn stores(test: &str) -> Vec<Store> {
    [Kind::SoftHsm, Kind::Kryoptic].into_iter().filter_map(|kind| Store::of(kind, test)).collect()
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::SoftHsm => "SoftHSM2",
            Self::Kryoptic => "Kryoptic",
        }
    }

    /// Where it is: as a variable says, or as its profile says.
    fn library(self) -> Option<PathBuf> {
        let (variable, profile) = match self {
            Self::SoftHsm => ("INKAN_TEST_SOFTHSM", "softhsm2"),
            Self::Kryoptic => ("INKAN_TEST_KRYOPTIC", "kryoptic"),
        };
        let profiles = inkan::hsm::profile::TokenProfile::embedded().unwrap();
        let profile = profiles.into_iter().find(|known| known.id == profile).unwrap();
        let rows = profile.module.libraries.into_iter().map(|row| PathBuf::from(row.path));
        let named = std::env::var_os(variable).map(PathBuf::from);
        named.into_iter().chain(rows).find(|path| path.is_file())
    }

    /// The variable that names its configuration, and what stands in that.
    fn configuration(self, folder: &Path) -> (&'static str, String) {
        match self {
            Self::SoftHsm => {
                let text =
                    format!("directories.tokendir = {}\nlog.level = ERROR\n", folder.display());
                ("SOFTHSM2_CONF", text)
            }
            Self::Kryoptic => {
                let file = folder.join("token.sql");
                let text = format!(
                    "[[slots]]\nslot = 0\ndbtype = 'sqlite'\ndbargs = '{}'\n",
                    file.display()
                );
                ("KRYOPTIC_CONF", text)
            }
        }
    }
}

impl Store {
    /// A store of SoftHSM2 with an empty token, if it is installed.
    pub(crate) fn soft_hsm(test: &str) -> Option<Self> {
        Self::of(Kind::SoftHsm, test)
    }

    fn of(kind: Kind, test: &str) -> Option<Self> {
        let tool = std::env::split_paths(&std::env::var_os("PATH")?)
            .any(|folder| folder.join("softhsm2-util").is_file());
        let Some(library) = kind.library().filter(|_| tool) else {
            let tool = if tool { "" } else { " (softhsm2-util fills it)" };
            say(&format!("{test}: skipped: {} is not installed{tool}", kind.name()));
            return None;
        };
        let mut desk = Desk::new();
        desk.write("pin", PIN.as_bytes());
        std::fs::create_dir(desk.path("tokens")).unwrap();
        let (variable, text) = kind.configuration(&desk.path("tokens"));
        desk.write("store.conf", text.as_bytes());
        desk.environment.push((variable, desk.path("store.conf")));
        let store = Self { desk, library };
        store.token(LABEL);
        Some(store)
    }

    /// Adds a token.
    pub(crate) fn token(&self, label: &str) {
        let pins = ["--pin", PIN, "--so-pin", SO_PIN];
        self.tool(&[["--init-token", "--free", "--label", label].as_slice(), &pins].concat());
    }

    /// Puts the key of a member of the lab on the token, labelled as the member is called.
    pub(crate) fn import(&self, member: &str, id: &str) {
        let key = format!("lab/{member}.key");
        let what = ["--import", &key, "--file-pin", PASSWORD, "--label", member, "--id", id];
        self.tool(&[what.as_slice(), &["--token", LABEL, "--pin", PIN]].concat());
    }

    /// Signs files with the key of a member.
    pub(crate) fn sign(&self, files: &[String], member: &str, more: &[&str]) -> Ran {
        let key = format!("{TOKEN};object={member}");
        self.sign_with(&key, files, member, more)
    }

    /// Signs files with that key and the certificates of a member.
    pub(crate) fn sign_with(
        &self,
        key: &str,
        files: &[String],
        member: &str,
        more: &[&str],
    ) -> Ran {
        let library = self.library.display().to_string();
        let own = ["--module", &library, "--pin-source", "file:pin"];
        self.desk.sign(files, key, member, &[own.as_slice(), more].concat())
    }

    fn tool(&self, words: &[&str]) {
        let mut command = Command::new("softhsm2-util");
        command.arg("--module").arg(&self.library).args(words).current_dir(self.desk.path(""));
        command.envs(self.desk.environment.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "softhsm2-util {words:?}: {said}");
    }
}
