//! `inkan.cert-inspect/1`: certificates read out loud, for programs. Its shape is a promise
//! (`docs/schema/inkan.cert-inspect-1.schema.json`): fields may be added, never changed.

use super::{Personal, policy_name};
use crate::digest::hex;
use crate::key::pkcs12::Storage;
use crate::oid;
use crate::policy::algorithms::Strength;
use crate::policy::trust::Recognition;
use crate::report::ReportError;
use crate::report::catalogue::Catalogue;
use crate::report::role::Role;
use crate::task::bundle::store::{StoreSheet, StoredKey};
use crate::task::inspect::{Decoded, Endurance, Fact, InspectedFile, Inspection, Sheet};
use serde::Serialize;

/// The name of this shape.
pub const SCHEMA: &str = "inkan.cert-inspect/1";

/// A whole report.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    at: String,
    files: Vec<File>,
    passed_over: Vec<String>,
}

/// A file.
#[derive(Debug, Serialize)]
struct File {
    path: String,
    form: &'static str,
    store: Option<Store>,
    crls: usize,
    unreadable: Vec<String>,
    certificates: Vec<Certificate>,
}

/// What is told of a PKCS #12 store.
#[derive(Debug, Serialize)]
struct Store {
    integrity: Option<Protection>,
    kept: Vec<Protection>,
    keys: Vec<Key>,
    others: usize,
}

/// A private key in a store.
#[derive(Debug, Serialize)]
struct Key {
    friendly_name: Option<String>,
    local_key_id: Option<String>,
    protection: Protection,
}

/// How something is protected by a password.
#[derive(Debug, Serialize)]
struct Protection {
    algorithm: Option<String>,
    kdf: Option<String>,
    iterations: Option<u64>,
    weak: Vec<&'static str>,
}

/// A certificate.
#[derive(Debug, Serialize)]
struct Certificate {
    subject: String,
    issuer: String,
    friendly_name: Option<String>,
    local_key_id: Option<String>,
    self_issued: bool,
    serial: String,
    version: u64,
    not_before: String,
    not_after: String,
    state: &'static str,
    days: i64,
    key: Algorithm,
    signature_algorithm: Algorithm,
    sha256: String,
    sha1: String,
    spki_sha256: String,
    known_root: Option<Known>,
    test: bool,
    policies: Vec<Policy>,
    roles: Vec<Role>,
    extensions: Vec<Extension>,
}

/// An algorithm and until when it holds.
#[derive(Debug, Serialize)]
struct Algorithm {
    name: String,
    strength: &'static str,
    until: Option<String>,
    source: Option<String>,
    confirmed: Option<bool>,
}

/// A publicly known root.
#[derive(Debug, Serialize)]
struct Known {
    name: String,
    genuine: bool,
    source: String,
}

/// A policy known by name.
#[derive(Debug, Serialize)]
struct Policy {
    oid: String,
    name: String,
    #[serde(rename = "use")]
    purpose: &'static str,
    confirmed: bool,
}

/// An extension.
#[derive(Debug, Serialize)]
struct Extension {
    oid: String,
    name: Option<&'static str>,
    critical: bool,
    error: Option<String>,
    facts: Vec<Said>,
}

/// One thing that an extension says; what is held back has no value.
#[derive(Debug, Serialize)]
struct Said {
    kind: &'static str,
    value: Option<String>,
    personal: bool,
}

/// Renders a report; names of policies are in the language of the catalogue.
pub fn render(inspection: &Inspection, catalogue: &Catalogue, personal: Personal) -> Report {
    Report {
        schema: SCHEMA,
        at: inspection.at.to_string(),
        files: inspection.files.iter().map(|f| file(f, catalogue, personal)).collect(),
        passed_over: inspection.passed_over.clone(),
    }
}

impl Report {
    /// The JSON text, indented.
    pub fn to_text(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

fn file(file: &InspectedFile, c: &Catalogue, personal: Personal) -> File {
    File {
        path: file.path.clone(),
        form: file.form.name(),
        store: file.store.as_ref().map(store),
        crls: file.crls,
        unreadable: file.unreadable.iter().map(ToString::to_string).collect(),
        certificates: file.sheets.iter().map(|s| certificate(s, file, c, personal)).collect(),
    }
}

fn store(store: &StoreSheet) -> Store {
    Store {
        integrity: store.integrity.as_ref().map(protection),
        kept: store.kept.iter().map(protection).collect(),
        keys: store.keys.iter().map(key).collect(),
        others: store.others,
    }
}

fn key(key: &StoredKey) -> Key {
    Key {
        friendly_name: key.label.friendly_name.clone(),
        local_key_id: key.label.local_key_id.as_deref().map(hex),
        protection: protection(&key.storage),
    }
}

fn protection(storage: &Storage) -> Protection {
    Protection {
        algorithm: storage.algorithm.clone(),
        kdf: storage.kdf.clone(),
        iterations: storage.iterations,
        weak: storage.weak.iter().map(|weakness| weakness.name()).collect(),
    }
}

fn certificate(
    sheet: &Sheet,
    file: &InspectedFile,
    c: &Catalogue,
    personal: Personal,
) -> Certificate {
    let certificate = &sheet.certificate;
    let (scheme, hash) = &sheet.signed_with;
    let label = file.store.as_ref().and_then(|store| store.label(certificate)).cloned();
    let label = label.unwrap_or_default();
    Certificate {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        friendly_name: label.friendly_name,
        local_key_id: label.local_key_id.as_deref().map(hex),
        self_issued: certificate.is_self_issued(),
        serial: hex(certificate.serial()),
        version: certificate.version(),
        not_before: certificate.not_before().to_string(),
        not_after: certificate.not_after().to_string(),
        state: sheet.state.name(),
        days: sheet.days,
        key: algorithm(certificate.public_key().kind().to_string(), &sheet.key),
        signature_algorithm: algorithm(scheme.clone(), hash),
        sha256: certificate.fingerprint().to_string(),
        sha1: sheet.sha1.to_string(),
        spki_sha256: sheet.key_sha256.to_string(),
        known_root: known(&sheet.known),
        test: sheet.is_test(),
        policies: sheet.policies.iter().map(|policy| said_policy(policy, c)).collect(),
        roles: sheet.roles.iter().map(Role::of).collect(),
        extensions: sheet.extensions.iter().map(|e| extension(e, personal)).collect(),
    }
}

fn algorithm(name: String, endurance: &Endurance) -> Algorithm {
    let (strength, until) = match &endurance.strength {
        Strength::Until(end) => ("holds", Some(end.to_string())),
        Strength::Ended(end) => ("ended", Some(end.to_string())),
        Strength::Never => ("never", None),
        Strength::Unknown => ("unknown", None),
    };
    let row = endurance.row.as_ref();
    Algorithm {
        name,
        strength,
        until,
        source: row.map(|row| row.source.clone()),
        confirmed: row.map(|row| row.confirmed),
    }
}

fn known(known: &Recognition) -> Option<Known> {
    let (root, genuine) = match known {
        Recognition::Known(root) => (root, true),
        Recognition::Impostor(root) => (root, false),
        Recognition::Unlisted => return None,
    };
    Some(Known { name: root.name.clone(), genuine, source: root.source.clone() })
}

fn said_policy(policy: &crate::policy::known::KnownPolicy, c: &Catalogue) -> Policy {
    Policy {
        oid: policy.oid.clone(),
        name: policy_name(policy, c).to_owned(),
        purpose: policy.purpose.name(),
        confirmed: policy.confirmed,
    }
}

fn extension(extension: &Decoded, personal: Personal) -> Extension {
    let (facts, error) = match &extension.facts {
        Ok(facts) => (facts.as_slice(), None),
        Err(error) => (&[][..], Some(error.to_string())),
    };
    Extension {
        oid: extension.oid.to_string(),
        name: oid::name(&extension.oid),
        critical: extension.critical,
        error,
        facts: facts.iter().map(|fact| said(fact, personal)).collect(),
    }
}

fn said(fact: &Fact, personal: Personal) -> Said {
    Said {
        kind: fact.kind.name(),
        value: personal.allows(fact.kind).then(|| fact.value.clone()),
        personal: fact.kind.is_personal(),
    }
}
