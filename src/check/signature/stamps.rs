//! Checks on the timestamps of a signature, and on the time that it claims (EN 319 102-1 §5.5.4).

use super::Around;
use crate::ades::{Signature, TimestampKind};
use crate::check::Answer;
use crate::rule::{Indication, Phrase, SubIndication};
use crate::time::Instant;

/// A timestamp that is there and cannot be relied on is told, never passed over: the standard lets
/// it count for nothing (§5.5.4 step 3), a hospital that paid for it must know.
pub(super) fn timestamps_trusted(signature: &Signature, around: &Around<'_>) -> Answer {
    let count = signature.timestamps.len();
    let expected = Phrase::new("expect.timestamps").with("count", count);
    if count == 0 {
        return Answer::not_applicable(expected, Phrase::new("seen.no-timestamps"));
    }
    let Some(bad) = around.timestamps.iter().find(|v| v.indication() != Indication::Passed) else {
        if let Some(late) = content_stamped_later(signature) {
            let seen = Phrase::new("seen.content-stamped-later").with("time", late);
            return Answer::violated(expected, seen)
                .leading_to(SubIndication::TimestampOrderFailure);
        }
        return Answer::met(
            expected,
            Phrase::new("seen.timestamps").with("time", around.times.proven),
        );
    };
    let sub = bad.sub_indication().unwrap_or(SubIndication::NoPoe);
    let seen = Phrase::new("seen.bad-timestamp").with("reason", sub.name());
    let open = sub.indication() == Indication::Indeterminate;
    let consequence = if open { sub } else { SubIndication::SigConstraintsFailure };
    let want = bad.wants().first().map(|want| (*want).clone()).filter(|_| bad.is_only_unanswered());
    let answer = match want {
        Some(want) => Answer::unanswered(expected, want, seen),
        None => Answer::violated(expected, seen),
    };
    answer.leading_to(consequence)
}

/// A content timestamp is signed, so it was there before the signature (EN 319 102-1 §5.5.4): one
/// that is later than a timestamp over the signature contradicts it.
fn content_stamped_later(signature: &Signature) -> Option<Instant> {
    /// Two authorities may each be off by the second that accreditation allows.
    const SECONDS_APART: i64 = 2;
    let times = |kind| {
        let of_kind = signature.timestamps.iter().filter(move |stamp| stamp.kind == kind);
        of_kind.filter_map(|stamp| stamp.token.as_ref().ok()).map(|token| token.statement.time)
    };
    let first = times(TimestampKind::Signature).min()?.plus_seconds(SECONDS_APART);
    times(TimestampKind::Content).find(|time| *time > first)
}

/// The signer's own clock proves nothing, but it must not contradict what is proven.
pub(super) fn signing_time_plausible(
    signature: &Signature,
    around: &Around<'_>,
    tolerance: i64,
) -> Answer {
    let proven = around.times.proven;
    let expected =
        Phrase::new("expect.signing-time").with("time", proven).with("tolerance", tolerance);
    match signature.claimed_time {
        None => Answer::not_applicable(
            expected,
            Phrase::new("seen.no-attribute").with("attribute", "signing-time"),
        ),
        Some(claimed) => Answer::of(
            claimed <= proven.plus_seconds(tolerance),
            expected,
            Phrase::new("seen.signing-time").with("time", claimed),
        ),
    }
}

/// What came after the newest archive timestamp is told: it is proven by nothing until the next one.
pub(super) fn archive_coverage(signature: &Signature) -> Answer {
    let expected = Phrase::new("expect.archive-coverage");
    match signature.uncovered.as_deref() {
        None => Answer::not_applicable(expected, Phrase::new("seen.no-archive-timestamp")),
        Some([]) => Answer::met(expected, Phrase::new("seen.archive-coverage")),
        Some(left) => {
            Answer::violated(expected, Phrase::new("seen.uncovered").with("parts", left.join(", ")))
        }
    }
}
