//! The strict card in its reader: what it is, what is done with it, and what it logged.

use crate::bench::Ran;
use crate::desk::{Desk, PASSWORD};
use std::path::PathBuf;

pub(crate) const PIN: &str = "246813";
/// The key of the card, whatever card it is.
pub(crate) const ANY_KEY: &str = "pkcs11:";
pub(crate) const MEMBER: &str = "hpki-physician-production";

pub(crate) struct Card {
    pub(crate) desk: Desk,
}

/// The library of the card.
pub(crate) fn library() -> PathBuf {
    strict_card::module_beside(&std::env::current_exe().unwrap()).unwrap()
}

/// The lines of a slot with the card of a member of the lab in it.
pub(crate) fn slot(member: &str, token: &str, fault: &str) -> String {
    format!(
        "[[slot]]\n[slot.token]\npin = '{PIN}'\n{token}\n\
         [[slot.token.key]]\nfile = 'lab/{member}.key'\npassword = '{PASSWORD}'\n\
         [[slot.token.certificate]]\nfile = 'lab/{member}.crt'\n\
         [slot.token.fault]\n{fault}\n"
    )
}

impl Card {
    /// The card of a physician that does all right.
    pub(crate) fn plain() -> Self {
        Self::with(&slot(MEMBER, "", ""))
    }

    /// The same with a fault.
    pub(crate) fn faulty(fault: &str) -> Self {
        Self::with(&slot(MEMBER, "", fault))
    }

    /// Readers with these cards.
    pub(crate) fn with(slots: &str) -> Self {
        let mut desk = Desk::new();
        desk.write("pin", PIN.as_bytes());
        desk.environment.push(("STRICT_CARD_CONFIG", desk.path("card.toml")));
        let card = Self { desk };
        card.becomes(slots);
        card
    }

    /// Other cards from now on; what was counted and logged stays.
    pub(crate) fn becomes(&self, slots: &str) {
        let head = "log = 'card.log'\nstate = 'tries.toml'\n";
        self.desk.write("card.toml", format!("{head}{slots}").as_bytes());
    }

    /// Signs with the card; certificates come from it.
    pub(crate) fn sign(&self, files: &[String], more: &[&str]) -> Ran {
        self.sign_with(files, &["--key", ANY_KEY, "--pin-source", "file:pin"], more)
    }

    /// Signs with this key and PIN.
    pub(crate) fn sign_with(&self, files: &[String], key: &[&str], more: &[&str]) -> Ran {
        let library = library().display().to_string();
        let mut words = vec!["sign"];
        words.extend(files.iter().map(String::as_str));
        words.extend(["--module", &library, "--token-profile", "hpki-card"]);
        words.extend(["--cert", "lab/hpki-sign-ca.crt", "--trust", "lab/trust"]);
        words.extend(key);
        words.extend(more);
        self.desk.inkan(&words)
    }

    /// The breaches of the contract so far.
    pub(crate) fn violations(&self) -> Vec<String> {
        let log = self.log();
        log.lines().filter(|line| line.starts_with("violation: ")).map(str::to_owned).collect()
    }

    /// What the calls of a function returned.
    pub(crate) fn calls(&self, function: &str) -> Vec<String> {
        let log = self.log();
        let calls = log.lines().filter_map(|line| line.split_once(' '));
        calls.filter(|(name, _)| *name == function).map(|(_, value)| value.to_owned()).collect()
    }

    pub(crate) fn log(&self) -> String {
        match self.desk.has("card.log") {
            true => String::from_utf8(self.desk.read("card.log")).unwrap(),
            false => String::new(),
        }
    }
}
