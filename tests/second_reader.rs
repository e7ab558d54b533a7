//! Certificates read by two readers that share no code: what one sees the other sees.
//!
//! The lab's are always there; those of PKITS, of x509-limbo and of real authorities where they are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the vectors are files")]

#[path = "support/skip.rs"]
mod skip;

use der::{Decode as _, Encode as _};
use inkan::der::certificate::Certificate;
use inkan::der::{Bytes, pem};
use inkan::lab::{Declaration, Lab};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use x509_cert::certificate::{CertificateInner, Raw};

/// What a reader makes of a certificate.
#[derive(PartialEq, Eq, Debug)]
struct Seen {
    serial: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    from: i64,
    until: i64,
    key: Vec<u8>,
    signature: Vec<u8>,
    /// Identifier, criticality and value of each extension.
    extensions: Vec<(String, bool, Vec<u8>)>,
}

fn ours(der: &Bytes) -> Option<Seen> {
    let certificate = Certificate::parse(der.clone()).ok()?;
    let extensions = certificate.extensions().iter();
    Some(Seen {
        serial: certificate.serial().to_vec(),
        issuer: certificate.issuer().der().to_vec(),
        subject: certificate.subject().der().to_vec(),
        from: certificate.not_before().unix(),
        until: certificate.not_after().unix(),
        key: certificate.public_key().der().to_vec(),
        signature: certificate.signature().to_vec(),
        extensions: extensions.map(|e| (e.oid.to_string(), e.critical, e.value.to_vec())).collect(),
    })
}

fn theirs(der: &[u8]) -> Option<Seen> {
    // Raw: what RFC 5280 forbids is read all the same.
    let certificate = CertificateInner::<Raw>::from_der(der).ok()?;
    let tbs = certificate.tbs_certificate();
    let unix = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
    let extensions = tbs.extensions().into_iter().flatten();
    Some(Seen {
        serial: tbs.serial_number().as_bytes().to_vec(),
        issuer: tbs.issuer().to_der().ok()?,
        subject: tbs.subject().to_der().ok()?,
        from: unix(tbs.validity().not_before)?,
        until: unix(tbs.validity().not_after)?,
        key: tbs.subject_public_key_info().to_der().ok()?,
        signature: certificate.signature().raw_bytes().to_vec(),
        extensions: extensions
            .map(|e| (e.extn_id.to_string(), e.critical, e.extn_value.as_bytes().to_vec()))
            .collect(),
    })
}

/// Compares all of them; gives the names of those that only one reader reads.
fn compare(all: impl IntoIterator<Item = (String, Bytes)>) -> BTreeSet<String> {
    let mut refused = BTreeSet::new();
    let mut count = 0;
    for (name, der) in all {
        count += 1;
        match (ours(&der), theirs(&der)) {
            (Some(ours), Some(theirs)) => assert_eq!(ours, theirs, "{name}"),
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => {
                refused.insert(name);
            }
        }
    }
    assert!(count > 0, "there was nothing to read");
    refused
}

/// The certificates that only one reader reads, from the file that says why.
fn exceptions() -> BTreeSet<String> {
    let file: toml::Table = include_str!("../testdata/vectors/exceptions.toml").parse().unwrap();
    let all = file["exception"].as_array().unwrap().iter();
    let ours = all.filter(|exception| exception["suite"].as_str() == Some("second-reader"));
    ours.map(|exception| exception["case"].as_str().unwrap().to_owned()).collect()
}

fn beside(folder: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if !folder.is_dir() {
        skip::say(&format!("second_reader: skipped: {} is not there", folder.display()));
        return None;
    }
    Some(folder)
}

fn files(folder: &Path) -> Vec<(String, Bytes)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    entries.map(|path| (name(&path), fs::read(&path).unwrap().into())).collect()
}

#[test]
fn both_read_every_certificate_of_the_lab_alike() {
    let declaration = Declaration::standard().unwrap();
    let now = "2026-11-20T09:00:00Z".parse().unwrap();
    let lab = Lab::build(declaration, "http://127.0.0.1:9".to_owned(), now).unwrap();
    let all = lab.members().iter().map(|m| (m.name().to_owned(), m.certificate().der().clone()));
    assert_eq!(compare(all), BTreeSet::new());
}

#[test]
fn both_read_real_certificates_alike() {
    let Some(folder) = beside("../shared/data/real-certs") else { return };
    assert_eq!(compare(files(&folder)), BTreeSet::new());
}

#[test]
fn both_read_the_certificates_of_pkits_alike() {
    let Some(folder) = beside("target/vectors/pkits/certs") else { return };
    assert_eq!(compare(files(&folder)), exceptions());
}

#[test]
fn both_read_the_certificates_of_limbo_alike() {
    let Some(folder) = beside("../shared/data/x509-limbo") else { return };
    let text = fs::read_to_string(folder.join("limbo.json")).unwrap();
    let suite: Value = serde_json::from_str(&text).unwrap();
    let mut all = Vec::new();
    for case in suite["testcases"].as_array().unwrap() {
        let lists = ["trusted_certs", "untrusted_intermediates"];
        let listed = lists.iter().flat_map(|list| case[*list].as_array().unwrap());
        for text in listed.chain([&case["peer_certificate"]]) {
            let section = pem::sections(text.as_str().unwrap().as_bytes()).remove(0);
            all.push((case["id"].as_str().unwrap().to_owned(), section.der));
        }
    }
    assert_eq!(compare(all), BTreeSet::new());
}
