//! Checks on the timestamps of a signature, and on the time that it claims (EN 319 102-1 §5.5.4).

use super::Around;
use crate::ades::{Signature, Timestamp, TimestampKind};
use crate::check::Answer;
use crate::rule::{Indication, Phrase, SubIndication};

/// A timestamp that is there and cannot be relied on is told, never passed over: the standard lets
/// it count for nothing (§5.5.4 step 3), a hospital that paid for it must know.
pub(super) fn timestamps_trusted(signature: &Signature, around: &Around<'_>) -> Answer {
    let count = signature.timestamps.len();
    let expected = Phrase::new("expect.timestamps").with("count", count);
    if count == 0 {
        return Answer::not_applicable(expected, Phrase::new("seen.no-timestamps"));
    }
    let Some(bad) = around.timestamps.iter().find(|v| v.indication() != Indication::Passed) else {
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

/// What is stamped was there before: the content before the signature, the signature before what was added
/// to keep it, each archive timestamp before the next (EN 319 102-1 §5.5.4 and §5.6.3).
pub(super) fn timestamps_ordered(signature: &Signature, tolerance: i64) -> Answer {
    let expected = Phrase::new("expect.stamps-ordered");
    if signature.timestamps.len() < 2 {
        return Answer::not_applicable(expected, Phrase::new("seen.no-timestamps"));
    }
    let readable = |stamp: &&Timestamp| stamp.token.is_ok();
    let stamps = || signature.timestamps.iter().filter(readable);
    let pairs = stamps().flat_map(|outer| stamps().map(move |inner| (outer, inner)));
    let mut against = pairs.filter(|(outer, inner)| stands_over(outer, inner)).filter_map(|pair| {
        let (outer, inner) = (pair.0.token.as_ref().ok()?, pair.1.token.as_ref().ok()?);
        let (outer, inner) = (outer.statement.time, inner.statement.time);
        (inner > outer.plus_seconds(tolerance)).then_some((outer, inner))
    });
    match against.next() {
        Some((earlier, later)) => {
            let seen = Phrase::new("seen.stamped-later");
            Answer::violated(expected, seen.with("earlier", earlier).with("later", later))
        }
        None => Answer::met(expected, Phrase::new("seen.stamps-ordered")),
    }
}

/// Whether one timestamp was made over something that the other had stamped by then.
fn stands_over(outer: &Timestamp, inner: &Timestamp) -> bool {
    let covers = inner.token.as_ref().is_ok_and(|t| outer.covers.contains(&t.fingerprint));
    covers || (inner.kind == TimestampKind::Content && outer.kind != TimestampKind::Content)
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
