//! Why a file stays as it is, and what can be done.

use crate::cli::Failure;
use crate::cli::evidence::renew as records;
use crate::cli::failure::warn;
use crate::cli::options::shown;
use crate::cli::sign::told;
use crate::report::renewal::{Done, disproven};
use crate::report::{Catalogue, Language};
use crate::seal::Unproven;
use crate::task::evidence::RenewError;
use crate::task::renew::{Beside, Outlook, Surveyed};
use crate::task::sign::SignError;
use std::path::Path;

/// A file that was not renewed: what is told of it, and why.
pub(super) type Failed = (Done, Failure);

/// Why a completed record is not renewed though it is due.
pub(super) const NOT_MENDED: &str = "what it lacks stands outside of its newest timestamp or is covered already, \
     and no new one would mend that; keep what it lacks with `inkan verify --save-evidence`";

/// Of a signature.
pub(super) fn signature(path: &Path, error: &SignError, language: Language) -> Failed {
    let failure = match error {
        // Whatever could be renewed inside would have been found as a record.
        SignError::NotTakenUp(why @ Unproven::Recorded) => {
            let hint = "the record cannot be renewed in its place, for nobody can tell how the file was written \
                 before it (in BER, or too large); keep all of it by a record beside it, with `inkan evidence create`";
            Failure::new(why.to_string(), hint)
        }
        other => told::failure(other, language),
    };
    let done = match error {
        SignError::NotTakenUp(_) => Done::Refused,
        SignError::CertificateRefused(_)
        | SignError::Seal(_)
        | SignError::NoTimestamp(_)
        | SignError::NoSupport(_)
        | SignError::WhichSignature(_)
        | SignError::Changed
        | SignError::OwnOutput(_)
        | SignError::Io(_) => Done::Due,
    };
    (done, failure.after(&shown(path)))
}

/// Of a record.
pub(super) fn record(path: &Path, error: RenewError, language: Language) -> Failed {
    let done = match &error {
        RenewError::NotARecord(_) | RenewError::Refused(_) => Done::Refused,
        RenewError::NoSupport(_)
        | RenewError::Weaker { .. }
        | RenewError::OtherMembers(_)
        | RenewError::TooLarge
        | RenewError::Changed
        | RenewError::OwnOutput(_)
        | RenewError::Seal(_)
        | RenewError::Io(_) => Done::Due,
    };
    (done, records::failure(path, error, language))
}

/// Of a time-stamp token, which is not a signature on anything.
pub(super) fn token(path: &Path) -> Failure {
    let hint =
        "keep it provable by an evidence record, which is renewed in time: `inkan evidence create`";
    Failure::new(format!("{}: this is a time-stamp token, and no signature", shown(path)), hint)
}

/// Tells of records beside a file that hinder nobody, for they prove nothing: who put them there must hear of it.
pub(super) fn tell_disproven(path: &Path, surveyed: &Surveyed, language: Language) {
    let path = shown(path);
    for record in &surveyed.disproven {
        warn(&disproven(&path, record, Catalogue::load(language)));
    }
}

/// Why a signature under records beside it is still due after these were renewed.
pub(super) const fn under_record(surveyed: &Surveyed) -> Option<&'static str> {
    match (surveyed.beside, &surveyed.outlook) {
        (Beside::File, _) => Some(
            "the evidence record beside it would not hold with anything put into it; make one of the \
             signed file too, with `inkan evidence create`",
        ),
        (Beside::Whole, Outlook::Incomplete(_)) => Some(
            "what it lacks cannot be put into it, for the evidence record beside it would not hold any \
             more; keep that with `inkan verify --save-evidence`",
        ),
        (Beside::Nothing, _)
        | (Beside::Whole, Outlook::Unprovable | Outlook::Until(_) | Outlook::Unlimited) => None,
    }
}
