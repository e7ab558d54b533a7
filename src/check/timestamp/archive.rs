//! Checks on the index of an archive timestamp v3 (EN 319 122-1 §5.5.2).

use crate::ades::{Indexed, NoIndex, Stamped, Token};
use crate::check::Answer;
use crate::evidence::{Want, Wanted};
use crate::oid::{self, Oid};
use crate::rule::{Phrase, SubIndication};

/// "If it contains references without original value, the index is invalid": whatever its hashes are of
/// was there once, and is missing now.
pub(super) fn index(stamped: &Stamped) -> Answer {
    let expected = Phrase::new("expect.archive-index");
    let Stamped::Indexed { index, .. } = stamped else {
        return Answer::not_applicable(expected, Phrase::new("seen.not-indexed"));
    };
    match index {
        Ok(indexed) => names_what_is_there(indexed, expected),
        Err(error) => {
            let seen = match error {
                NoIndex::Missing => Phrase::new("seen.no-index"),
                NoIndex::Several => Phrase::new("seen.several-indexes"),
                NoIndex::Malformed(error) => Phrase::new("seen.malformed").with("error", error),
            };
            Answer::violated(expected, seen).leading_to(SubIndication::FormatFailure)
        }
    }
}

fn names_what_is_there(indexed: &Indexed, expected: Phrase) -> Answer {
    let version = name(indexed.version.oid());
    match indexed.without_original {
        Some([0, 0, 0]) => {
            Answer::met(expected, Phrase::new("seen.index").with("version", version))
        }
        Some([certificates, revocation, attributes]) => Answer::violated(
            expected,
            Phrase::new("seen.index-without-original")
                .with("certificates", certificates)
                .with("revocation", revocation)
                .with("attributes", attributes),
        ),
        None => unsupported(expected, &name(indexed.algorithm.oid)),
    }
}

/// "This algorithm shall be the same as the hash algorithm used for computing the archive time-stamp's
/// message imprint": with a weaker one, other certificates could take the place of those it names.
pub(super) fn algorithm(token: &Token, stamped: &Stamped) -> Answer {
    let imprint = token.statement.imprint_algorithm.oid;
    let expected = Phrase::new("expect.archive-index-algorithm").with("algorithm", name(imprint));
    match stamped {
        Stamped::Indexed { index: Ok(indexed), .. } => {
            let used = indexed.algorithm.oid;
            let seen = Phrase::new("seen.archive-index-algorithm").with("algorithm", name(used));
            Answer::of(used == imprint, expected, seen)
        }
        Stamped::Indexed { index: Err(_), .. }
        | Stamped::Bytes(_)
        | Stamped::Hashed(_)
        | Stamped::Missing => Answer::not_applicable(expected, Phrase::new("seen.not-indexed")),
    }
}

fn name(oid: Oid) -> String {
    oid::name(&oid).map_or_else(|| oid.to_string(), str::to_owned)
}

fn unsupported(expected: Phrase, algorithm: &str) -> Answer {
    let want = Want::without_source(Wanted::Algorithm, algorithm);
    Answer::unanswered(expected, want, Phrase::new("seen.unsupported").with("algorithm", algorithm))
}
