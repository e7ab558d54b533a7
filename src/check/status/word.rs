//! What pieces of revocation data say, each for itself and all together.

use crate::check::link::Around;
use crate::der::certificate::Certificate;
use crate::der::crl::Reason;
use crate::der::extension::Reasons;
use crate::evidence::Want;
use crate::rule::{Phrase, SubIndication};
use crate::time::Instant;

/// What one piece of revocation data says, and of which reasons it can speak.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// Nothing stands against the certificate; `proven` says since when the data itself is known.
    Good {
        by: &'static str,
        made: Instant,
        reasons: Reasons,
        proven: Instant,
        fresh: Freshness,
    },
    /// It is revoked. Where that is later than needed, it says that all was well until then, as good as
    /// "good", and whoever says so must be as sound (EN 319 102-1 §5.6.2.2); a revocation that stands
    /// against the certificate counts whoever reports it.
    Revoked {
        at: Instant,
        reason: Reason,
        by: &'static str,
        made: Instant,
        reasons: Reasons,
        proven: Instant,
        fresh: Freshness,
    },
    Useless(Doubt),
}

/// Why data is not used, what could change that, and what it leads to if nothing does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Doubt {
    pub(super) why: Phrase,
    pub(super) want: Option<Box<Want>>,
    pub(super) sub: Option<SubIndication>,
}

impl From<Phrase> for Doubt {
    fn from(why: Phrase) -> Self {
        Self { why, want: None, sub: None }
    }
}

impl Doubt {
    pub(super) fn leading_to(self, sub: SubIndication) -> Self {
        Self { sub: Some(sub), ..self }
    }
}

/// What all words together come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    Good { seen: Phrase, proven: Instant, fresh: Freshness },
    Revoked { seen: Phrase, since: Instant, reason: Reason },
    Unknown,
}

/// A revocation counts whoever reports it; "good" from another source does not undo it, except that
/// newer data takes a hold back. "Good" needs words for every reason there is (§6.3.3 e). What is
/// needed for it is as old as the youngest of them, the oldest for each reason counting.
pub(super) fn standing(words: &[Word], needed: Instant) -> Standing {
    let good = words.iter().filter_map(|word| match word {
        Word::Good { made, by, reasons, .. } => Some((*made, *by, *reasons)),
        Word::Revoked { .. } | Word::Useless(_) => None,
    });
    let newest_good = good.clone().map(|(made, by, _)| (made, by)).max();
    // Only who speaks of holds can say that one has ended.
    let released = good.filter(|(.., reasons)| reasons.and(Reasons::HOLD) == Reasons::HOLD);
    let released = released.map(|(made, ..)| made).max();
    let mut covering = Vec::new();
    let mut later = None;
    for word in words {
        match word {
            Word::Good { reasons, proven, fresh, .. } => covering.push((*fresh, *proven, *reasons)),
            Word::Revoked { at, reason, by, made, .. } if *at <= needed => {
                // What has lifted a hold speaks for itself, and what it lifted says nothing any more.
                let lifted = *reason == Reason::CERTIFICATE_HOLD
                    && released.is_some_and(|released| *made < released);
                if !lifted {
                    let seen = Phrase::new("seen.revoked").with("at", at);
                    let seen = seen.with("reason", reason).with("by", by);
                    return Standing::Revoked { seen, since: *at, reason: *reason };
                }
            }
            Word::Revoked { at, by, reasons, proven, fresh, .. } => {
                covering.push((*fresh, *proven, *reasons));
                later = Some(Phrase::new("seen.revoked-later").with("at", at).with("by", by));
            }
            Word::Useless(_) => {}
        }
    }
    let good =
        newest_good.map(|(made, by)| Phrase::new("seen.good").with("by", by).with("made", made));
    match (later.or(good), covered_since(covering)) {
        (Some(seen), Some((fresh, proven))) => Standing::Good { seen, proven, fresh },
        _ => Standing::Unknown,
    }
}

/// How fresh the words for all reasons are together, and since when they are proven: current words are
/// taken first, and of these the earliest.
fn covered_since(mut covering: Vec<(Freshness, Instant, Reasons)>) -> Option<(Freshness, Instant)> {
    covering.sort_by_key(|(fresh, proven, _)| (*fresh, *proven));
    let mut covered = Reasons::NONE;
    let mut latest = None;
    for (fresh, proven, reasons) in covering {
        covered = covered.or(reasons);
        latest = Some(latest.map_or(proven, |known: Instant| known.max(proven)));
        if covered == Reasons::ALL {
            return latest.map(|proven| (fresh, proven));
        }
    }
    None
}

/// What a piece of revocation data says of its own time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    /// When it was known to be right.
    pub(super) made: Instant,
    /// When newer data will be out at the latest.
    pub(super) next: Option<Instant>,
    /// What expired since then has not been dropped from it.
    pub(super) kept_since: Option<Instant>,
}

/// Whether data is as new as it should be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Freshness {
    /// Made or in force when the certificate was last needed.
    Current,
    /// Made or in force when the certificate was used.
    WhenUsed,
}

impl Span {
    /// Whether the data can speak for a certificate that was used at the moment asked about, and needed
    /// until then or later: made after it, or in force then (EN 319 102-1 §5.2.5). Data made after the
    /// certificate's end may have dropped its entry, unless it says how far back it goes. All of it
    /// counts whole seconds.
    pub(super) fn fits(
        self,
        certificate: &Certificate,
        around: &Around<'_>,
    ) -> Result<Freshness, Phrase> {
        let Self { made, next, kept_since } = self;
        let end = certificate.not_after();
        if made > end && kept_since.is_none_or(|since| since > end) {
            return Err(Phrase::new("seen.status-too-late").with("made", made));
        }
        let is_fresh = |at: Instant| {
            made.unix() >= at.unix() || next.is_some_and(|next| at.unix() <= next.unix())
        };
        if is_fresh(around.needed) {
            return Ok(Freshness::Current);
        }
        if is_fresh(around.moment) {
            return Ok(Freshness::WhenUsed);
        }
        let stale = Phrase::new("seen.status-stale").with("made", made);
        Err(stale.with("next", next.map_or_else(|| "-".to_owned(), |next| next.to_string())))
    }
}
