//! Checks on one time-stamp token (RFC 3161, RFC 5816).

mod archive;

use super::signature::{
    algorithms_consistent, certificate_reference, reference_intact, signature_value,
    signer_certificate, trusted,
};
use super::{Answer, Times, algorithm};
use crate::ades::{Stamped, Token};
use crate::der::certificate::Certificate;
use crate::der::extension::AltNames;
use crate::der::name::GeneralName;
use crate::digest::hex;
use crate::evidence::{Want, Wanted};
use crate::oid;
use crate::policy::requirement::TimestampCheck as Check;
use crate::policy::{AlgorithmTable, Period};
use crate::rule::{Phrase, Verdict};
use crate::time::Instant;

/// What the checks may look at beside the token.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The times.
    pub times: Times<'a>,
    /// What the token should have stamped.
    pub stamped: &'a Stamped,
    /// The TSA's certificate, once found.
    pub tsa: Option<&'a Certificate>,
    /// The verdict on the TSA's path, once judged.
    pub path: Option<&'a Verdict>,
    /// While the TSAs below the anchor of that path were accredited, where there is such a path.
    pub accredited: Option<Period>,
    /// Until when algorithms may be relied on.
    pub algorithms: &'a AlgorithmTable,
}

/// Makes one check.
pub fn run(check: &Check, token: &Token, around: &Around<'_>) -> Answer {
    let signature = &token.signature;
    match check {
        Check::TokenForm {} => token_form(token),
        Check::Imprint {} => imprint(token, around.stamped),
        Check::ArchiveIndex {} => archive::index(around.stamped),
        Check::ArchiveIndexAlgorithm {} => archive::algorithm(token, around.stamped),
        Check::TsaName {} => tsa_name(token, around.tsa),
        Check::TokenAlgorithmsConsistent {} => algorithms_consistent(signature),
        Check::TsaCertificate {} => signer_certificate(signature, around.tsa),
        Check::TsaCertificateReference {} => certificate_reference(signature, around.tsa),
        Check::StatementIntact {} => signature.references.first().map_or_else(
            || Answer::violated(Phrase::new("expect.reference"), Phrase::new("seen.no-reference")),
            reference_intact,
        ),
        Check::TokenSignature {} => signature_value(signature, around.tsa),
        Check::TimeWithinCertificate {} => time_within_certificate(token, around.tsa),
        Check::TimeNotInFuture { tolerance } => Answer::of(
            token.statement.time <= around.times.at.plus_seconds(*tolerance),
            Phrase::new("expect.not-future")
                .with("at", around.times.at)
                .with("tolerance", tolerance),
            Phrase::new("seen.time").with("time", token.statement.time),
        ),
        Check::TsaTrusted {} => {
            trusted(around.path, &around.tsa.map_or_else(String::new, |c| c.subject().to_string()))
        }
        Check::TsaAccredited {} => accredited(token, around.accredited),
        Check::TokenStrength {} => strength(token, around),
        Check::Accuracy { at_most_micros } => accuracy(token, *at_most_micros),
    }
}

fn token_form(token: &Token) -> Answer {
    let expected = Phrase::new("expect.token-form");
    let statement = &token.statement;
    let signature = &token.signature;
    let fault = if statement.version != 1 {
        Some("version")
    } else if token.signers != 1 {
        Some("signerInfos")
    } else if signature.signed_bytes.is_none() {
        Some("signedAttrs")
    } else if !signature.attribute_faults.is_empty() {
        Some("signedAttrs: values")
    } else if signature.content_types.0 != Some(oid::TST_INFO) {
        Some("content-type")
    } else if statement.extensions.iter().any(|e| e.critical) {
        Some("critical extension")
    } else {
        None
    };
    match fault {
        None => Answer::met(expected, Phrase::new("seen.token").with("policy", statement.policy)),
        Some(fault) => {
            Answer::violated(expected, Phrase::new("seen.token-fault").with("fault", fault))
        }
    }
}

fn imprint(token: &Token, stamped: &Stamped) -> Answer {
    let statement = &token.statement;
    let expected = Phrase::new("expect.imprint").with("hash", hex(&statement.imprint));
    let Some(algorithm) = statement.imprint_algorithm.digest() else {
        let named = statement.imprint_algorithm.oid;
        let named = oid::name(&named).map_or_else(|| named.to_string(), str::to_owned);
        let want = Want::without_source(Wanted::Algorithm, &named);
        return Answer::unanswered(
            expected,
            want,
            Phrase::new("seen.unsupported").with("algorithm", named),
        );
    };
    match stamped.digest(algorithm) {
        Some(digest) => Answer::of(
            digest.value() == statement.imprint.as_ref(),
            expected,
            Phrase::new("seen.hash").with("hash", digest),
        ),
        None => Answer::unanswered(
            expected,
            Want::without_source(Wanted::Content, "messageImprint"),
            Phrase::new("seen.no-content"),
        ),
    }
}

/// RFC 3161 §2.4.2: the name "must correspond to one of the subject names included in the certificate".
/// It is a hint only; who signed is said by the signed reference to the certificate.
fn tsa_name(token: &Token, tsa: Option<&Certificate>) -> Answer {
    let expected = Phrase::new("expect.tsa-name");
    let Some(named) = &token.statement.tsa else {
        return Answer::not_applicable(expected, Phrase::new("seen.no-tsa-name"));
    };
    let Some(tsa) = tsa else {
        return Answer::not_applicable(expected, Phrase::new("seen.no-signer-certificate"));
    };
    let names = tsa.value::<AltNames>(oid::SUBJECT_ALT_NAME).ok().flatten();
    let is_subject = matches!(named, GeneralName::Directory(name) if name == tsa.subject());
    let is_other = names.is_some_and(|AltNames(names)| names.contains(named));
    let seen = Phrase::new("seen.tsa-name").with("name", text(named));
    Answer::of(is_subject || is_other, expected, seen)
}

fn text(name: &GeneralName) -> String {
    match name {
        GeneralName::Directory(name) => name.to_string(),
        GeneralName::Email(text) | GeneralName::Dns(text) | GeneralName::Uri(text) => text.clone(),
        GeneralName::RegisteredId(oid) | GeneralName::Other(oid, _) => oid.to_string(),
        GeneralName::Ip(octets) | GeneralName::Unused(_, octets) => hex(octets),
    }
}

fn time_within_certificate(token: &Token, tsa: Option<&Certificate>) -> Answer {
    let time = token.statement.time;
    let expected = Phrase::new("expect.time-within").with("time", time);
    match tsa {
        // The last second belongs to the certificate, with all its fractions (RFC 5280 §4.1.2.5).
        Some(tsa) => Answer::of(
            tsa.not_before() <= time && time.unix() <= tsa.not_after().unix(),
            expected,
            Phrase::new("seen.validity").with("from", tsa.not_before()).with("to", tsa.not_after()),
        ),
        None => Answer::not_applicable(expected, Phrase::new("seen.no-signer-certificate")),
    }
}

/// Accreditation is a path to an anchor of the official list, within the time that the minister accredited
/// it for. Whatever policy the token names proves nothing.
fn accredited(token: &Token, period: Option<Period>) -> Answer {
    let time = token.statement.time;
    let expected = Phrase::new("expect.accredited").with("time", time);
    match period {
        None => Answer::not_applicable(expected, Phrase::new("seen.no-anchor-of-tsa")),
        Some(Period { from: None, until: None }) => {
            Answer::not_applicable(expected, Phrase::new("seen.no-accreditation"))
        }
        Some(period) => {
            let end =
                |end: Option<Instant>| end.map_or_else(|| "…".to_owned(), |at| at.to_string());
            let seen = Phrase::new("seen.accreditation")
                .with("from", end(period.from))
                .with("to", end(period.until));
            Answer::of(period.contains(time), expected, seen)
        }
    }
}

/// The token's algorithms must hold at the time of validation: nothing later proves the token itself.
fn strength(token: &Token, around: &Around<'_>) -> Answer {
    let at = around.times.proven;
    let Some(tsa) = around.tsa else {
        let expected = Phrase::new("expect.strong").with("at", at);
        return Answer::not_applicable(expected, Phrase::new("seen.no-signer-certificate"));
    };
    let signed = algorithm::strength(
        tsa.public_key(),
        token.signature.scheme.as_ref().ok().copied(),
        token.signature.digest_algorithm.digest(),
        at,
        around.algorithms,
    );
    let imprint = token.statement.imprint_algorithm.digest();
    match imprint.map(|digest| around.algorithms.digest(digest, at).is_enough()) {
        Some(false) => {
            let named = token.statement.imprint_algorithm.digest().map_or("", |d| d.name());
            Answer::violated(
                signed.expected,
                Phrase::new("strength.never").with("algorithms", named),
            )
        }
        Some(true) | None => signed,
    }
}

fn accuracy(token: &Token, at_most_micros: u64) -> Answer {
    let seconds = |micros: u64| format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let expected = Phrase::new("expect.accuracy").with("seconds", seconds(at_most_micros));
    match token.statement.accuracy_micros {
        Some(micros) => Answer::of(
            micros <= at_most_micros,
            expected,
            Phrase::new("seen.accuracy").with("seconds", seconds(micros)),
        ),
        None => Answer::violated(expected, Phrase::new("seen.no-accuracy")),
    }
}
