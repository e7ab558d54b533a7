//! What is said of signatures that were made, and of why none was.

use crate::cli::Failure;
use crate::cli::failure::key_hint;
use crate::cli::options::shown;
use crate::edge::FileError;
use crate::report::{self, Catalogue, Language};
use crate::rule::Indication;
use crate::seal::{SealError, Unproven};
use crate::task::sign::{SignError, StampFailure};
use crate::task::verify::FileReport;
use std::io;
use std::path::Path;

/// One line on a signature, and one on each question that is open.
pub(super) fn tell_signed(
    path: &Path,
    out: &Path,
    report: &FileReport,
    language: Language,
) -> Result<(), Failure> {
    let catalogue = Catalogue::load(language);
    crate::cli::print(&report::lines::signed(&shown(path), &shown(out), report, catalogue))?;
    if report.indication() != Indication::Passed {
        eprint!("{}", report::lines::open_questions(report, catalogue));
    }
    Ok(())
}

/// Why the file of that name was not written.
pub(super) fn told(out: &Path, error: SignError, language: Language) -> Failure {
    match error {
        SignError::Io(error) => io_failure(out, error),
        other => failure(&other, language),
    }
}

/// An error of ours that travelled through the trait comes back as it was.
pub(in crate::cli) fn io_failure(out: &Path, error: io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<FileError>()) {
        Some(ours) => ours.clone().into(),
        None => FileError::new(out, error).into(),
    }
}

/// What to say when nothing was signed.
pub(in crate::cli) fn failure(error: &SignError, language: Language) -> Failure {
    let catalogue = Catalogue::load(language);
    match error {
        SignError::CertificateRefused(verdict) => {
            let because = report::lines::reasons(verdict, catalogue);
            Failure::new(
                format!("this certificate must not sign: {because}"),
                "sign with a certificate that is valid now, for signing, and not revoked",
            )
        }
        SignError::Seal(error) => not_sealed(error),
        SignError::NoTimestamp(failures) => {
            Failure::new(format!("nothing was signed: {error}"), stamp_hint(failures))
        }
        SignError::NoSupport(verdict) => {
            let because = report::lines::reasons(verdict, catalogue);
            Failure::new(
                format!("{error}: {because}"),
                "nothing was written; trust the roots that are named, let inkan reach the CAs, or sign with --level T",
            )
        }
        SignError::NotTakenUp(why) => not_taken_up(error, why, catalogue),
        SignError::WhichSignature(_) => Failure::new(
            error.to_string(),
            "name it with --signature N, as `inkan verify` lists them from 1 on",
        ),
        SignError::Changed => Failure::new(
            error.to_string(),
            "nothing was written; sign it again once it is complete",
        ),
        SignError::OwnOutput(report) => {
            let because: Vec<String> = report
                .signatures
                .iter()
                .map(|s| report::lines::reasons(&s.judged.verdict, catalogue))
                .collect();
            Failure::new(
                format!("{error}: {}", because.join("; ")),
                "nothing was written; correct what is named and sign again",
            )
        }
        SignError::Io(error) => Failure::new(error.to_string(), "nothing was written"),
    }
}

fn not_sealed(error: &SealError) -> Failure {
    let hint = match error {
        SealError::Key(key) => key_hint(key),
        SealError::Claim(_) => "write the claim again; nothing was signed".to_owned(),
        SealError::OtherKey { .. } | SealError::OtherDigest { .. } => {
            "name the certificate of this key with --cert".to_owned()
        }
        SealError::Unsupported(_)
        | SealError::OtherContent
        | SealError::NotHashed(_)
        | SealError::OtherStamp
        | SealError::OtherSignature
        | SealError::Malformed(_) => "nothing was written".to_owned(),
    };
    Failure::new(error.to_string(), hint)
}

fn not_taken_up(error: &SignError, why: &Unproven, catalogue: &Catalogue) -> Failure {
    let error = error.to_string();
    match why {
        Unproven::NotPassed(judged) => {
            let because = report::lines::reasons(&judged.verdict, catalogue);
            Failure::new(
                format!("{error}: {because}"),
                "look into it with `inkan verify`; inkan adds nothing to what it cannot prove",
            )
        }
        Unproven::Nothing | Unproven::NoContent => {
            Failure::new(error, "name the file with the signature, and the file that was signed")
        }
        Unproven::Recorded => {
            Failure::new(error, "keep it provable as it is: `inkan renew` renews the record inside")
        }
        Unproven::OlderArchive => Failure::new(error, "let each sign a file of their own"),
    }
}

fn stamp_hint(failures: &[(String, StampFailure)]) -> &'static str {
    match failures.last() {
        Some((_, StampFailure::Untrusted(_))) => {
            "trust the TSA's root with `inkan trust add --role tsa FILE`, if it is accredited"
        }
        Some((_, StampFailure::Answer(_))) => {
            "the TSA answered wrongly: tell its operator, or use another with --tsa"
        }
        Some((_, StampFailure::Unavailable(_))) | None => {
            "check the address and the network, name a second --tsa, or sign with --level B and stamp later"
        }
    }
}
