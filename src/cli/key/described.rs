//! Private keys as they are listed and shown: where each is, what is weak about that, and until when
//! its algorithm may be relied on.

use super::given::{found, hash_of, place_of, uri_of};
use crate::cli::Failure;
use crate::cli::failure::one_line;
use crate::cli::options::shown;
use crate::der::algorithm::{KeyKind, PublicKey};
use crate::der::certificate::Certificate;
use crate::digest::hex;
use crate::edge::{clock, files};
use crate::hsm::profile::Quirk;
use crate::hsm::{Flag, Held, Token};
use crate::key::container::KeyFile;
use crate::key::record::{Record, State};
use crate::policy::algorithms::{AlgorithmTable, Row, Strength};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// One key and what is weak about its storage.
pub(super) struct Described {
    algorithm: Option<KeyKind>,
    /// The SHA-256 of its public half, where that is known.
    hash: Option<String>,
    place: Place,
    certificates: Vec<Certificate>,
    /// Until when its algorithm may be relied on, where the table knows it.
    strength: Option<Row>,
    /// What a record says of it; nothing where no record was given.
    state: Option<Option<State>>,
    weak: Vec<String>,
    notes: Vec<&'static str>,
}

enum Place {
    File { path: PathBuf, file: KeyFile, mode: u32 },
    Token { uri: String, key: Box<Held>, place: BTreeMap<String, String>, called: String },
}

impl Described {
    /// A key in a file, of which a file that is not opened tells little.
    pub(super) fn in_file(
        path: &Path,
        file: KeyFile,
        public_key: Option<&PublicKey>,
        certificates: Vec<Certificate>,
    ) -> Result<Self, Failure> {
        let seen = std::fs::metadata(path).map_err(|error| files::FileError::new(path, error))?;
        let mode = seen.permissions().mode() & 0o777;
        let mut weak = Vec::new();
        if !file.encrypted {
            weak.push("not encrypted".to_owned());
        }
        if mode & 0o077 != 0 {
            weak.push("others than its owner may read it".to_owned());
        }
        // OWASP Password Storage Cheat Sheet (2023), PBKDF2-HMAC-SHA256.
        let few = file.iterations.is_some_and(|n| n < 600_000);
        if file.kdf.as_deref().is_some_and(|kdf| kdf.to_ascii_lowercase().contains("pbkdf2")) && few
        {
            weak.push("fewer than 600,000 iterations".to_owned());
        }
        let algorithm = public_key.map(PublicKey::kind).or(file.algorithm);
        let place = Place::File { path: path.to_owned(), file, mode };
        Self::new(algorithm, public_key.map(hash_of), place, certificates, weak, Vec::new())
    }

    /// A key on a token, as the token describes it.
    pub(super) fn on_token(
        token: &Token,
        key: Held,
        certificates: Vec<Certificate>,
    ) -> Result<Self, Failure> {
        let mut weak = Vec::new();
        let rules = [
            ("CKA_EXTRACTABLE", true, "it can leave the token"),
            ("CKA_SENSITIVE", false, "the token shows it in the clear"),
            ("CKA_PRIVATE", false, "it can be used without a PIN"),
        ];
        for (name, bad, text) in rules {
            if key.says(name) == Some(bad) {
                weak.push(text.to_owned());
            }
        }
        let quirks = [
            (
                Quirk::AttributesConstant,
                "the attributes are constants of the library, and no evidence of the key's protection",
            ),
            (
                Quirk::SoftwareKeys,
                "the token is software: whoever reads its files and knows the PIN has the keys",
            ),
        ];
        let notes = quirks.iter().filter(|(quirk, _)| token.profile.has(*quirk));
        let notes = notes.map(|(_, text)| *text).collect();
        let public_key = key.public_key.clone();
        let uri = uri_of(token, &key).to_string();
        let (place, called) = (place_of(token), token.called());
        let place = Place::Token { uri, key: Box::new(key), place, called };
        let algorithm = public_key.as_ref().map(PublicKey::kind);
        Self::new(algorithm, public_key.as_ref().map(hash_of), place, certificates, weak, notes)
    }

    fn new(
        algorithm: Option<KeyKind>,
        hash: Option<String>,
        place: Place,
        certificates: Vec<Certificate>,
        mut weak: Vec<String>,
        notes: Vec<&'static str>,
    ) -> Result<Self, Failure> {
        let table = AlgorithmTable::embedded()?;
        let strength = algorithm.and_then(|kind| table.row_for_key(kind).cloned());
        match algorithm.map(|kind| table.key(kind, clock::now())) {
            Some(Strength::Ended(_) | Strength::Never) => {
                weak.push("its algorithm or size may not be relied on any more".to_owned());
            }
            Some(Strength::Until(_) | Strength::Unknown) | None => {}
        }
        Ok(Self { algorithm, hash, place, certificates, strength, state: None, weak, notes })
    }

    /// The same, with the state that a record says it is in.
    pub(super) fn with_record(mut self, record: &Record) -> Self {
        self.state = Some(self.hash.as_deref().and_then(|hash| record.state_of(hash)));
        self
    }

    /// Whether something is weak.
    pub(super) const fn is_weak(&self) -> bool {
        !self.weak.is_empty()
    }
}

/// As people read it.
pub(super) fn as_text(keys: &[Described]) -> String {
    let mut text = String::new();
    for key in keys {
        lines(key, &mut text);
    }
    if keys.is_empty() {
        text.push_str("no private keys\n");
    }
    text
}

fn lines(key: &Described, text: &mut String) {
    let (name, unknown) = match &key.place {
        Place::File { path, .. } => (shown(path), "hidden by the encryption"),
        Place::Token { uri, .. } => (one_line(uri), "the token does not tell"),
    };
    let _ = writeln!(text, "{name}");
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<12} {}", one_line(value));
    };
    let algorithm = key.algorithm.map(|a| a.to_string());
    line("key", algorithm.as_deref().unwrap_or(unknown));
    if let Some(hash) = &key.hash {
        line("public key", &format!("SHA-256 {hash}"));
    }
    place_lines(&key.place, &mut line);
    for certificate in &key.certificates {
        line(
            "certificate",
            &format!("{}, until {}", certificate.subject(), certificate.not_after()),
        );
    }
    if let Some(row) = &key.strength {
        let until = row.until.as_deref().unwrap_or("never");
        let unconfirmed = if row.confirmed { "" } else { ", unconfirmed" };
        line("relied on", &format!("until {until} ({}{unconfirmed})", row.source));
    }
    if let Some(state) = key.state {
        line("state", state.map_or("the record does not say", State::name));
    }
    for weakness in &key.weak {
        line("WEAK", weakness);
    }
    for note in &key.notes {
        line("note", note);
    }
}

fn place_lines(place: &Place, line: &mut impl FnMut(&str, &str)) {
    match place {
        Place::File { file, mode, .. } => {
            line("stored as", &format!("{}, mode {mode:04o}", file.kind));
            if file.encrypted {
                let iterations =
                    file.iterations.map_or_else(String::new, |n| format!(", {n} iterations"));
                let (cipher, kdf) = (file.cipher.as_deref(), file.kdf.as_deref());
                let (cipher, kdf) = (cipher.unwrap_or("-"), kdf.unwrap_or("-"));
                line("protected by", &format!("{cipher}, {kdf}{iterations}"));
            }
        }
        Place::Token { key, place, called, .. } => {
            let model = place.get("model").map_or("", String::as_str);
            let firmware = place.get("firmware").map_or("", String::as_str);
            line("stored on", &format!("{called}, {model}, firmware {firmware}"));
            let named = |value: Option<bool>| {
                let of = |flag: &&Flag| flag.value == value;
                let names: Vec<&str> = key.flags.iter().filter(of).map(|flag| flag.name).collect();
                names.join(" ")
            };
            for (what, value) in
                [("is", Some(true)), ("is not", Some(false)), ("not reported", None)]
            {
                let names = named(value);
                if !names.is_empty() {
                    line(what, &names);
                }
            }
            if let Some(mechanism) = &key.made_by {
                line("made by", mechanism);
            }
        }
    }
}

/// As programs read it: `inkan.keys/1`.
pub(super) fn as_json(keys: &[Described]) -> String {
    let rows: Vec<Value> = keys.iter().map(row).collect();
    format!("{:#}\n", json!({ "schema": "inkan.keys/1", "keys": rows }))
}

fn row(key: &Described) -> Value {
    let (location, protection, attributes) = match &key.place {
        Place::File { path, file, mode } => (
            json!({ "path": path.display().to_string(), "container": [file.kind.to_string()] }),
            json!({
                "encrypted": file.encrypted,
                "kdf": file.kdf,
                "iterations": file.iterations,
                "cipher": file.cipher,
                "permissions": format!("{mode:04o}"),
            }),
            Value::Null,
        ),
        Place::Token { uri, key, place, .. } => {
            let location = json!({
                "uri": uri,
                "label": key.label(),
                "id": key.id().map(hex),
                "token": place,
            });
            (location, Value::Null, json!(found(key)))
        }
    };
    let certificates: Vec<Value> = key
        .certificates
        .iter()
        .map(|certificate| {
            json!({
                "subject": certificate.subject().to_string(),
                "issuer": certificate.issuer().to_string(),
                "not_after": certificate.not_after().to_string(),
                "sha256": hex(certificate.fingerprint().as_bytes()),
            })
        })
        .collect();
    json!({
        "kind": "private",
        "algorithm": key.algorithm.map(|a| a.to_string()),
        "public_key_sha256": key.hash,
        "location": location,
        "protection": protection,
        "attributes": attributes,
        "certificates": certificates,
        "relied_on": key.strength.as_ref().map(|row| json!({
            "until": row.until, "source": row.source, "confirmed": row.confirmed,
        })),
        "state": key.state.flatten().map(State::name),
        "weak": key.weak,
        "notes": key.notes,
    })
}
