//! `inkan.timestamp-inspect/1`: tokens, responses and requests read out loud, for programs. Its shape is a
//! promise (`docs/schema/inkan.timestamp-inspect-1.schema.json`): fields may be added, never changed.

use super::is_negative;
use crate::der::Bytes;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::cms::SignerIdentifier;
use crate::der::tsp::TimeStampResponse;
use crate::digest::hex;
use crate::oid::{self, Oid};
use crate::policy::known::KnownPolicy;
use crate::report::ReportError;
use crate::report::catalogue::Catalogue;
use crate::report::inspect::policy_name;
use crate::task::timestamp::inspect::{
    InBag, InspectedTimestamp, RequestSheet, SignerSheet, TokenSheet, algorithm_name,
};
use serde::Serialize;

/// The name of this shape.
pub const SCHEMA: &str = "inkan.timestamp-inspect/1";

/// A whole report.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    files: Vec<File>,
}

/// A file.
#[derive(Debug, Serialize)]
struct File {
    path: String,
    form: &'static str,
    encoding: &'static str,
    response: Option<Response>,
    token: Option<Token>,
    request: Option<Request>,
}

/// What a TSA says beside its token.
#[derive(Debug, Serialize)]
struct Response {
    status: u64,
    status_name: &'static str,
    text: Vec<String>,
    failures: Vec<&'static str>,
}

/// A token.
#[derive(Debug, Serialize)]
struct Token {
    sha256: String,
    version: u64,
    time: String,
    accuracy_micros: Option<u64>,
    ordering: bool,
    policy: Policy,
    serial: String,
    nonce: Option<Nonce>,
    imprint: Imprint,
    tsa: Option<String>,
    extensions: Vec<Extension>,
    signers: Vec<Signer>,
    certificates: Vec<Certificate>,
    revocation: Vec<&'static str>,
}

/// A request.
#[derive(Debug, Serialize)]
struct Request {
    version: u64,
    imprint: Imprint,
    policy: Option<Policy>,
    nonce: Option<Nonce>,
    certificate_wanted: bool,
    extensions: Vec<Extension>,
}

/// A policy, with its name if that is known. It proves nothing.
#[derive(Debug, Serialize)]
struct Policy {
    oid: String,
    name: Option<String>,
    confirmed: Option<bool>,
}

/// The octets of the number.
#[derive(Debug, Serialize)]
struct Nonce {
    hex: String,
    negative: bool,
}

/// What is stamped.
#[derive(Debug, Serialize)]
struct Imprint {
    algorithm: String,
    hash: String,
}

/// An extension.
#[derive(Debug, Serialize)]
struct Extension {
    oid: String,
    name: Option<&'static str>,
    critical: bool,
    value: String,
}

/// A signer of a token.
#[derive(Debug, Serialize)]
struct Signer {
    issuer: Option<String>,
    serial: Option<String>,
    key_id: Option<String>,
    subject: Option<String>,
    digest: String,
    scheme: String,
    signing_time: Option<String>,
    references: Vec<Reference>,
    signed_attributes: Vec<String>,
    unsigned_attributes: Vec<String>,
}

/// A signed reference to a certificate.
#[derive(Debug, Serialize)]
struct Reference {
    version: u8,
    algorithm: Option<&'static str>,
    hash: String,
    issuer: Option<String>,
    serial: Option<String>,
    of: Option<String>,
}

/// Something among the certificates.
#[derive(Debug, Serialize)]
struct Certificate {
    kind: &'static str,
    subject: Option<String>,
    issuer: Option<String>,
    serial: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    sha256: Option<String>,
    error: Option<String>,
}

/// Renders a report; names of policies are in the language of the catalogue.
pub fn render(files: &[InspectedTimestamp], catalogue: &Catalogue) -> Report {
    Report { schema: SCHEMA, files: files.iter().map(|f| file(f, catalogue)).collect() }
}

impl Report {
    /// The JSON text, indented.
    pub fn to_text(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// The names of PKIStatus (RFC 3161 §2.4.2).
pub(super) const fn status_name(status: u64) -> &'static str {
    match status {
        0 => "granted",
        1 => "granted-with-mods",
        2 => "rejection",
        3 => "waiting",
        4 => "revocation-warning",
        5 => "revocation-notification",
        _ => "unknown",
    }
}

fn file(file: &InspectedTimestamp, c: &Catalogue) -> File {
    File {
        path: file.path.clone(),
        form: file.form.name(),
        encoding: file.encoding.name(),
        response: file.response.as_ref().map(response),
        token: file.token.as_ref().map(|sheet| token(sheet, c)),
        request: file.request.as_ref().map(|sheet| request(sheet, c)),
    }
}

fn response(response: &TimeStampResponse) -> Response {
    Response {
        status: response.status,
        status_name: status_name(response.status),
        text: response.text.clone(),
        failures: response.failure_names(),
    }
}

fn token(sheet: &TokenSheet, c: &Catalogue) -> Token {
    let statement = &sheet.statement;
    Token {
        sha256: sheet.sha256.to_string(),
        version: statement.version,
        time: statement.time.to_string(),
        accuracy_micros: statement.accuracy_micros,
        ordering: statement.ordering,
        policy: policy(statement.policy, sheet.policy.as_ref(), c),
        serial: hex(&statement.serial),
        nonce: statement.nonce.as_ref().map(nonce),
        imprint: imprint(&statement.imprint_algorithm, &statement.imprint),
        tsa: sheet.tsa.clone(),
        extensions: statement.extensions.iter().map(extension).collect(),
        signers: sheet.signers.iter().map(signer).collect(),
        certificates: sheet.certificates.iter().map(certificate).collect(),
        revocation: sheet.revocation.clone(),
    }
}

fn request(sheet: &RequestSheet, c: &Catalogue) -> Request {
    let request = &sheet.request;
    Request {
        version: request.version,
        imprint: imprint(&request.imprint_algorithm, &request.imprint),
        policy: request.policy.map(|oid| policy(oid, sheet.policy.as_ref(), c)),
        nonce: request.nonce.as_ref().map(nonce),
        certificate_wanted: request.certificate_wanted,
        extensions: request.extensions.iter().map(extension).collect(),
    }
}

fn policy(oid: Oid, known: Option<&KnownPolicy>, c: &Catalogue) -> Policy {
    Policy {
        oid: oid.to_string(),
        name: known.map(|known| policy_name(known, c).to_owned()),
        confirmed: known.map(|known| known.confirmed),
    }
}

fn nonce(nonce: &Bytes) -> Nonce {
    Nonce { hex: hex(nonce), negative: is_negative(nonce) }
}

fn imprint(algorithm: &AlgorithmIdentifier, imprint: &Bytes) -> Imprint {
    Imprint { algorithm: algorithm_name(algorithm.oid), hash: hex(imprint) }
}

fn extension(extension: &crate::der::extension::Extension) -> Extension {
    Extension {
        oid: extension.oid.to_string(),
        name: oid::name(&extension.oid),
        critical: extension.critical,
        value: hex(&extension.value),
    }
}

fn signer(sheet: &SignerSheet) -> Signer {
    let (issuer, serial, key_id) = match &sheet.signer {
        SignerIdentifier::IssuerSerial(issuer, serial) => {
            (Some(issuer.to_string()), Some(hex(serial)), None)
        }
        SignerIdentifier::KeyId(id) => (None, None, Some(hex(id))),
    };
    let reference = |r: &crate::task::timestamp::inspect::Reference| Reference {
        version: r.version,
        algorithm: r.reference.algorithm.map(|algorithm| algorithm.name()),
        hash: hex(&r.reference.hash),
        issuer: r.reference.issuer_serial.as_ref().map(|(issuer, _)| issuer.to_string()),
        serial: r.reference.issuer_serial.as_ref().map(|(_, serial)| hex(serial)),
        of: r.subject.clone(),
    };
    Signer {
        issuer,
        serial,
        key_id,
        subject: sheet.subject.clone(),
        digest: sheet.digest.clone(),
        scheme: sheet.scheme.clone(),
        signing_time: sheet.signing_time.map(|time| time.to_string()),
        references: sheet.references.iter().map(reference).collect(),
        signed_attributes: sheet.signed.clone(),
        unsigned_attributes: sheet.unsigned.clone(),
    }
}

fn certificate(element: &InBag) -> Certificate {
    let nothing = |kind| Certificate {
        kind,
        subject: None,
        issuer: None,
        serial: None,
        not_before: None,
        not_after: None,
        sha256: None,
        error: None,
    };
    match element {
        InBag::Other(kind) => nothing(kind),
        InBag::Unreadable(error) => {
            Certificate { error: Some(error.to_string()), ..nothing("certificate") }
        }
        InBag::Certificate(certificate) => Certificate {
            subject: Some(certificate.subject().to_string()),
            issuer: Some(certificate.issuer().to_string()),
            serial: Some(hex(certificate.serial())),
            not_before: Some(certificate.not_before().to_string()),
            not_after: Some(certificate.not_after().to_string()),
            sha256: Some(certificate.fingerprint().to_string()),
            ..nothing("certificate")
        },
    }
}
