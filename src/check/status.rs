//! Whether a certificate is revoked, by CRL (RFC 5280 §6.3) or OCSP (RFC 6960).
//!
//! Data whose scope or signer is not plainly right counts as no data. No data is never "good".
//!
//! Data is signed too, and judged like all that is signed: at the time at which it is proven to exist
//! (EN 319 102-1 §5.6.2.2). What was embedded and stamped in time outlives its CA and its algorithms;
//! what turns up later, with the same date on it, does not.

pub mod entry;
mod list;
mod ocsp;
mod scope;
mod signer;

use super::link::{Around, Link, Place, without_issuer};
use super::{Answer, Times, algorithm};
use crate::der::Bytes;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::certificate::Certificate;
use crate::der::crl::Reason;
use crate::der::extension::{CrlDistributionPoints, DistributionPoint, Reasons};
use crate::der::ocsp::{CertId, request};
use crate::digest::DigestAlgorithm;
use crate::evidence::{Fetch, Want, Wanted};
use crate::oid;
use crate::rule::{Outcome, Phrase, SubIndication};
use crate::time::Instant;

/// A certificate under its issuer: what revocation data is about.
#[derive(Clone, Copy, Debug)]
struct Issued<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    /// The issuer and whatever is above it, to the anchor.
    above: &'a [Certificate],
}

impl Issued<'_> {
    fn distribution_points(&self) -> Vec<DistributionPoint> {
        let points = self.certificate.crl_distribution_points().ok().flatten();
        points.map(|points| points.0).unwrap_or_default()
    }
}

/// Whether a certificate is revoked, and what that rests on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// The answer to the question.
    pub answer: Answer,
    /// When the data that says so is proven to have existed: so long its issuer had to be in order.
    pub proven: Option<Instant>,
}

/// What one piece of revocation data says, and of which reasons it can speak.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Word {
    /// Nothing stands against the certificate; `proven` says since when the data itself is known.
    Good {
        by: &'static str,
        made: Instant,
        reasons: Reasons,
        proven: Instant,
    },
    Revoked {
        at: Instant,
        reason: Reason,
        by: &'static str,
        made: Instant,
        reasons: Reasons,
        proven: Instant,
    },
    Useless(Doubt),
}

/// Why data is not used, what could change that, and what it leads to if nothing does.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Doubt {
    why: Phrase,
    want: Option<Box<Want>>,
    sub: Option<SubIndication>,
}

impl From<Phrase> for Doubt {
    fn from(why: Phrase) -> Self {
        Self { why, want: None, sub: None }
    }
}

impl Doubt {
    fn leading_to(self, sub: SubIndication) -> Self {
        Self { sub: Some(sub), ..self }
    }
}

/// What all words together come to.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Standing {
    Good { seen: Phrase, proven: Instant },
    Revoked { seen: Phrase, since: Instant },
    Unknown,
}

/// Is the certificate known not to have been revoked for as long as it was needed?
pub fn not_revoked(link: &Link<'_>, around: &Around<'_>) -> Answer {
    around.status.get_or_init(|| status(link, around)).answer.clone()
}

fn status(link: &Link<'_>, around: &Around<'_>) -> Status {
    let expected = Phrase::new("expect.not-revoked").with("at", around.needed);
    let alone = |answer| Status { answer, proven: None };
    let Some(issuer) = link.issuer() else { return alone(without_issuer(link, expected)) };
    if is_responder_with_nocheck(link) {
        return alone(Answer::not_applicable(expected, Phrase::new("seen.ocsp-nocheck")));
    }
    let issued = Issued { certificate: link.certificate, issuer, above: link.above };
    let pending = [around.pending, &[link.certificate.fingerprint()]].concat();
    let around = &Around { pending: &pending, ..*around };
    let mut words = ocsp::words(&issued, around);
    words.extend(list::words(&issued, around));
    match standing(&words, around.needed) {
        Standing::Good { seen, proven } => {
            Status { answer: Answer::met(expected, seen), proven: Some(proven) }
        }
        Standing::Revoked { seen, since } => {
            let sub = revoked(link.place, since, around.times);
            alone(Answer::violated(expected, seen).leading_to(sub))
        }
        Standing::Unknown => alone(unanswered(&issued, around, expected, words)),
    }
}

/// EN 319 102-1 §5.3.4: only what proves the signature later than the revocation settles the matter.
fn revoked(place: Place, since: Instant, times: Times<'_>) -> SubIndication {
    match place {
        Place::End | Place::Trusted if times.since.is_some_and(|begun| since <= begun) => {
            SubIndication::Revoked
        }
        Place::End | Place::Trusted => SubIndication::RevokedNoPoe,
        Place::Ca | Place::Signer => SubIndication::RevokedCaNoPoe,
    }
}

/// Whether the CA says of a responder, and of nothing else that the certificate could be for, that
/// nobody needs to ask about it (RFC 6960 §4.2.2.2.1).
fn is_responder_with_nocheck(link: &Link<'_>) -> bool {
    let purposes = link.certificate.ext_key_usage().ok().flatten();
    matches!(link.place, Place::End)
        && purposes.is_some_and(|purposes| purposes.0 == [oid::KP_OCSP_SIGNING])
        && link.certificate.extensions().iter().any(|e| e.oid == oid::OCSP_NOCHECK)
}

/// A revocation counts whoever reports it; "good" from another source does not undo it, except that
/// newer data takes a hold back. "Good" needs words for every reason there is (§6.3.3 e). What is
/// needed for it is as old as the youngest of them, the oldest for each reason counting.
fn standing(words: &[Word], needed: Instant) -> Standing {
    let newest_good = words.iter().filter_map(|word| match word {
        Word::Good { made, by, .. } => Some((*made, *by)),
        Word::Revoked { .. } | Word::Useless(_) => None,
    });
    let newest_good = newest_good.max();
    let mut covering = Vec::new();
    let mut later = None;
    for word in words {
        match word {
            Word::Good { reasons, proven, .. } => covering.push((*proven, *reasons)),
            Word::Revoked { at, reason, by, made, reasons, proven } if *at <= needed => {
                let lifted = *reason == Reason::CERTIFICATE_HOLD
                    && newest_good.is_some_and(|(good, _)| *made < good);
                if !lifted {
                    let seen = Phrase::new("seen.revoked").with("at", at);
                    let seen = seen.with("reason", reason).with("by", by);
                    return Standing::Revoked { seen, since: *at };
                }
                covering.push((*proven, *reasons));
            }
            Word::Revoked { at, by, reasons, proven, .. } => {
                covering.push((*proven, *reasons));
                later = Some(Phrase::new("seen.revoked-later").with("at", at).with("by", by));
            }
            Word::Useless(_) => {}
        }
    }
    let good =
        newest_good.map(|(made, by)| Phrase::new("seen.good").with("by", by).with("made", made));
    match (later.or(good), covered_since(covering)) {
        (Some(seen), Some(proven)) => Standing::Good { seen, proven },
        _ => Standing::Unknown,
    }
}

/// Since when words for all reasons are proven, the earliest words being taken first.
fn covered_since(mut covering: Vec<(Instant, Reasons)>) -> Option<Instant> {
    covering.sort_by_key(|(proven, _)| *proven);
    let mut covered = Reasons::NONE;
    for (proven, reasons) in covering {
        covered = covered.or(reasons);
        if covered == Reasons::ALL {
            return Some(proven);
        }
    }
    None
}

/// Names the next thing to fetch: what was not asked for yet, OCSP first, being small and fresh.
fn unanswered(
    issued: &Issued<'_>,
    around: &Around<'_>,
    expected: Phrase,
    words: Vec<Word>,
) -> Answer {
    let evidence = around.evidence;
    let partial = words.iter().any(|word| !matches!(word, Word::Useless(_)));
    let mut doubts = Vec::new();
    let mut sub = None;
    let mut wants = wants(issued, around);
    for word in words {
        if let Word::Useless(doubt) = word {
            doubts.push(doubt.why);
            sub = sub.or(doubt.sub);
            wants.extend(doubt.want.map(|want| *want));
        }
    }
    let open = wants.iter().find(|want| !evidence.was_asked(want));
    let refused = wants.iter().find_map(|want| {
        let reason = evidence.refusal(want)?;
        let url = want.fetch.as_ref().map_or("", Fetch::url);
        Some(Phrase::new("seen.unavailable").with("url", url).with("reason", reason))
    });
    let partial = partial.then(|| Phrase::new("seen.crl-reasons"));
    let why = partial.or_else(|| doubts.into_iter().next()).or(refused);
    let nowhere = || Want::without_source(Wanted::Revocation, issued.certificate.subject());
    let want = open.or(wants.first()).cloned().unwrap_or_else(nowhere);
    let why = why.unwrap_or_else(|| Phrase::new("seen.no-status"));
    let answer = Answer::unanswered(expected, want, why);
    sub.map_or(answer.clone(), |sub| answer.leading_to(sub))
}

fn wants(issued: &Issued<'_>, around: &Around<'_>) -> Vec<Want> {
    let about = issued.certificate.subject();
    let body = || {
        let id = CertId::new(DigestAlgorithm::Sha1, issued.certificate, issued.issuer);
        Bytes::from(request(&id))
    };
    let urls = issued.certificate.access_urls(oid::AD_OCSP).into_iter();
    let ocsp = urls.map(|url| {
        let fetch = Fetch::Post { url, media_type: "application/ocsp-request", body: body() };
        Want::from(Wanted::Ocsp, about, fetch)
    });
    ocsp.chain(wants_of_lists(issued, around)).collect()
}

/// Complete lists first; then the delta lists that the certificate or a list in hand tells of.
fn wants_of_lists(issued: &Issued<'_>, around: &Around<'_>) -> Vec<Want> {
    let freshest = issued.certificate.value::<CrlDistributionPoints>(oid::FRESHEST_CRL);
    let of_lists = list::lists(issued, around);
    let of_lists = of_lists.into_iter().filter_map(|(_, crl)| crl.freshest());
    let deltas = freshest.ok().flatten().into_iter().chain(of_lists).flat_map(|points| points.0);
    let points: Vec<_> = issued.distribution_points().into_iter().chain(deltas).collect();
    let urls = points.iter().flat_map(|point| point.name.http_urls());
    let about = issued.certificate.subject();
    urls.map(|url| Want::from(Wanted::Crl, about, Fetch::Get(url.to_owned()))).collect()
}

/// Data signed by an algorithm that did not hold when the data is first proven is anybody's.
fn strong(
    signer: &Certificate,
    signed: &AlgorithmIdentifier,
    proven: Instant,
    around: &Around<'_>,
) -> Result<(), Doubt> {
    let (key, scheme) = (signer.public_key(), algorithm::scheme_of(signed).ok());
    let table = &around.policy.algorithms;
    match algorithm::strength(key, scheme, None, proven, table).outcome {
        Outcome::Violated(seen) => {
            Err(Doubt::from(seen).leading_to(SubIndication::CryptoConstraintsFailureNoPoe))
        }
        Outcome::Met(_)
        | Outcome::NotApplicable(_)
        | Outcome::NotInForce
        | Outcome::Unanswered { .. } => Ok(()),
    }
}

/// Nobody can tell whether the key of a certificate that has ended is still its holder's, so data that
/// is not proven to be older is not theirs for certain. An anchor is trusted as long as it is configured;
/// of a CA that had ended before anybody needed it, its own validity speaks.
fn signed_in_time(
    signer: &Certificate,
    proven: Instant,
    issued: &Issued<'_>,
    moment: Instant,
) -> Result<(), Doubt> {
    let end = signer.not_after().unix();
    let is_anchor = issued.above.last() == Some(signer);
    let had_ended = issued.above.contains(signer) && end < moment.unix();
    if is_anchor || had_ended || proven.unix() <= end {
        return Ok(());
    }
    let why = Phrase::new("seen.status-signer-ended").with("name", signer.subject());
    let why = why.with("end", signer.not_after()).with("proven", proven);
    Err(Doubt::from(why).leading_to(SubIndication::RevocationOutOfBoundsNoPoe))
}

/// What a piece of revocation data says of its own time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Span {
    /// When it was known to be right.
    made: Instant,
    /// When newer data will be out at the latest.
    next: Option<Instant>,
    /// What expired since then has not been dropped from it.
    kept_since: Option<Instant>,
}

impl Span {
    /// Whether the data can speak for the moment that is asked about: made after it, or in force then
    /// (EN 319 102-1 §5.2.5). Data made after the certificate's end may have dropped its
    /// entry, unless it says how far back it goes. All of it counts whole seconds.
    fn fits(self, certificate: &Certificate, moment: Instant) -> Result<(), Phrase> {
        let Self { made, next, kept_since } = self;
        let end = certificate.not_after();
        if made > end && kept_since.is_none_or(|since| since > end) {
            return Err(Phrase::new("seen.status-too-late").with("made", made));
        }
        let in_force = next.is_some_and(|next| moment.unix() <= next.unix());
        if made.unix() >= moment.unix() || in_force {
            return Ok(());
        }
        let stale = Phrase::new("seen.status-stale").with("made", made);
        Err(stale.with("next", next.map_or_else(|| "-".to_owned(), |next| next.to_string())))
    }
}
