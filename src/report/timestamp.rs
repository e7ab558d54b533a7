//! Tokens, responses and requests read out loud, for people.

pub mod json;

use super::catalogue::{Catalogue, escaped};
use super::human::{Page, Style};
use super::inspect::policy_name;
use crate::der::Bytes;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::cms::SignerIdentifier;
use crate::der::extension::Extension;
use crate::der::tsp::TimeStampResponse;
use crate::digest::hex;
use crate::oid::Oid;
use crate::policy::known::KnownPolicy;
use crate::task::timestamp::inspect::{
    InBag, InspectedTimestamp, Reference, RequestSheet, SignerSheet, TokenSheet, algorithm_name,
};

/// Renders a report.
pub fn render(files: &[InspectedTimestamp], catalogue: &Catalogue, style: Style) -> String {
    let mut page = Page::new(catalogue, style);
    for (index, file) in files.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.line(0, &escaped(&file.path));
        page.said(1, "stamp-form", catalogue.word("stamp-form", file.form.name()));
        if let Some(response) = &file.response {
            page.response(response);
        }
        if let Some(token) = &file.token {
            page.token_sheet(token);
        }
        if let Some(request) = &file.request {
            page.request(request);
        }
    }
    page.text
}

/// A nonce is a number; a negative one has its first bit set.
pub(super) fn is_negative(integer: &[u8]) -> bool {
    integer.first().is_some_and(|first| first & 0x80 != 0)
}

impl Page<'_> {
    fn response(&mut self, response: &TimeStampResponse) {
        let word = self.c.word("stamp-status", json::status_name(response.status)).to_owned();
        let meaning = if response.granted() { "passed" } else { "failed" };
        let text = format!("{} ({})", self.paint(&word, meaning), response.status);
        self.said(1, "stamp-status", &text);
        if !response.text.is_empty() {
            self.said(1, "stamp-text", &escaped(&response.text.join("; ")));
        }
        let failures = response.failure_names();
        if !failures.is_empty() {
            self.said(1, "stamp-failure", &failures.join(", "));
        }
    }

    fn token_sheet(&mut self, token: &TokenSheet) {
        let statement = &token.statement;
        let time = self.c.time(statement.time);
        self.said(1, "stamp-time", &time);
        let accuracy = match statement.accuracy_micros {
            Some(micros) => format!("± {}.{:06} s", micros / 1_000_000, micros % 1_000_000),
            None => self.c.label("stamp-accuracy-unsaid").to_owned(),
        };
        self.said(1, "stamp-accuracy", &accuracy);
        self.stamp_policy(Some(statement.policy), token.policy.as_ref());
        self.said(1, "serial", &hex(&statement.serial));
        self.nonce(statement.nonce.as_ref());
        self.imprint(&statement.imprint_algorithm, &statement.imprint);
        let ordering = self.c.word("stamp-flag", if statement.ordering { "true" } else { "false" });
        self.said(1, "stamp-ordering", ordering);
        if let Some(tsa) = &token.tsa {
            self.said(1, "stamp-tsa", &escaped(tsa));
        }
        self.stamp_extensions(&statement.extensions);
        for signer in &token.signers {
            self.stamp_signer(signer);
        }
        self.bag(token);
        self.said(1, "stamp-sha256", &token.sha256.to_string());
    }

    fn request(&mut self, sheet: &RequestSheet) {
        let request = &sheet.request;
        self.imprint(&request.imprint_algorithm, &request.imprint);
        self.stamp_policy(request.policy, sheet.policy.as_ref());
        self.nonce(request.nonce.as_ref());
        let wanted = if request.certificate_wanted { "true" } else { "false" };
        self.said(1, "stamp-certificate-wanted", self.c.word("stamp-flag", wanted));
        self.stamp_extensions(&request.extensions);
    }

    fn stamp_policy(&mut self, oid: Option<Oid>, known: Option<&KnownPolicy>) {
        let text = match (oid, known) {
            (None, _) => self.c.label("stamp-unsaid").to_owned(),
            (Some(oid), None) => oid.to_string(),
            (Some(oid), Some(known)) if known.confirmed => {
                format!("{oid} {}", policy_name(known, self.c))
            }
            (Some(oid), Some(known)) => {
                let note = self.c.label("policy-unconfirmed");
                format!("{oid} {} ({note})", policy_name(known, self.c))
            }
        };
        self.said(1, "stamp-policy", &text);
    }

    fn nonce(&mut self, nonce: Option<&Bytes>) {
        let text = match nonce {
            None => self.c.label("stamp-unsaid").to_owned(),
            Some(nonce) if is_negative(nonce) => {
                format!("{} ({})", hex(nonce), self.c.label("stamp-negative"))
            }
            Some(nonce) => hex(nonce),
        };
        self.said(1, "stamp-nonce", &text);
    }

    fn imprint(&mut self, algorithm: &AlgorithmIdentifier, imprint: &Bytes) {
        let text = format!("{} {}", algorithm_name(algorithm.oid), hex(imprint));
        self.said(1, "stamp-imprint", &text);
    }

    fn stamp_extensions(&mut self, extensions: &[Extension]) {
        for extension in extensions {
            let mark = self.c.word("mark", if extension.critical { "critical" } else { "-" });
            let text =
                format!("{} ({mark}) {}", algorithm_name(extension.oid), hex(&extension.value));
            self.said(1, "stamp-extension", &text);
        }
    }

    fn stamp_signer(&mut self, sheet: &SignerSheet) {
        let named = match (&sheet.subject, &sheet.signer) {
            (Some(subject), _) => escaped(subject),
            (None, SignerIdentifier::IssuerSerial(issuer, serial)) => {
                let gaps = [("issuer", &*issuer.to_string()), ("serial", &*hex(serial))];
                self.c.label_with("stamp-signer-absent", &gaps)
            }
            (None, SignerIdentifier::KeyId(id)) => {
                self.c.label_with("stamp-signer-key-id", &[("id", &hex(id))])
            }
        };
        self.said(1, "stamp-signer", &named);
        self.said(2, "stamp-digest", &sheet.digest);
        self.said(2, "signature-algorithm", &sheet.scheme);
        if let Some(time) = sheet.signing_time {
            let time = self.c.time(time);
            self.said(2, "signed-at", &time);
        }
        for reference in &sheet.references {
            self.stamp_reference(reference);
        }
        self.said(2, "stamp-signed", &sheet.signed.join(", "));
        if !sheet.unsigned.is_empty() {
            self.said(2, "stamp-unsigned", &sheet.unsigned.join(", "));
        }
    }

    fn stamp_reference(&mut self, reference: &Reference) {
        let hash = hex(&reference.reference.hash);
        let algorithm = reference.reference.algorithm.map_or("?", |algorithm| algorithm.name());
        let unknown = || self.c.label("stamp-reference-unknown").to_owned();
        let of = reference.subject.as_deref().map_or_else(unknown, escaped);
        let version = reference.version.to_string();
        let gaps =
            [("version", &*version), ("algorithm", algorithm), ("hash", &*hash), ("of", &*of)];
        let text = self.c.label_with("stamp-reference-is", &gaps);
        self.said(2, "stamp-reference", &text);
    }

    fn bag(&mut self, token: &TokenSheet) {
        if token.certificates.is_empty() {
            self.said(1, "stamp-certificates", self.c.label("stamp-none"));
        }
        for element in &token.certificates {
            let text = match element {
                InBag::Certificate(certificate) => {
                    let (from, to) = (certificate.not_before(), certificate.not_after());
                    let range = [("from", &*self.c.time(from)), ("to", &*self.c.time(to))];
                    let range = self.c.label_with("validity-range", &range);
                    let subject = certificate.subject();
                    format!("{subject} ({range}; SHA-256 {})", certificate.fingerprint())
                }
                InBag::Unreadable(error) => {
                    format!("{}: {}", self.c.label("unreadable"), escaped(&error.to_string()))
                }
                InBag::Other(kind) => self.c.word("in-bag", kind).to_owned(),
            };
            self.said(1, "stamp-certificates", &text);
        }
        for kind in &token.revocation {
            let text = self.c.word("in-bag", kind).to_owned();
            self.said(1, "stamp-revocation", &text);
        }
    }
}
