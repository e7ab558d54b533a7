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
mod word;

use super::link::{Around, Link, Place, without_issuer};
use super::{Answer, Times, algorithm};
use crate::der::Bytes;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::certificate::Certificate;
use crate::der::crl::Reason;
use crate::der::extension::{CrlDistributionPoints, DistributionPoint};
use crate::der::ocsp::{CertId, request};
use crate::digest::DigestAlgorithm;
use crate::evidence::{Fetch, Unavailable, Want, Wanted};
use crate::oid;
use crate::rule::{Outcome, Phrase, SubIndication};
use crate::time::Instant;
use word::{Doubt, Freshness, Standing, Word, standing};

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
    /// What it is known from, where nothing as new as it should be can be had.
    pub outdated: Option<Phrase>,
}

/// Is the certificate known not to have been revoked for as long as it was needed?
pub fn not_revoked(link: &Link<'_>, around: &Around<'_>) -> Answer {
    around.status.get_or_init(|| status(link, around)).answer.clone()
}

/// Is that known from data as new as it should be? A record that carries its own proof is judged by it when
/// nothing else can be had, offline or with the CA long gone; whoever reads the report is told how old it is.
pub fn status_current(link: &Link<'_>, around: &Around<'_>) -> Answer {
    let expected = Phrase::new("expect.status-current").with("at", around.needed);
    let status = around.status.get_or_init(|| status(link, around));
    match (&status.outdated, &status.answer.outcome) {
        (Some(seen), _) => Answer::violated(expected, seen.clone()),
        (None, Outcome::Met(seen)) => Answer::met(expected, seen.clone()),
        (None, _) => Answer::not_applicable(expected, Phrase::new("seen.status-not-good")),
    }
}

fn status(link: &Link<'_>, around: &Around<'_>) -> Status {
    let expected = Phrase::new("expect.not-revoked").with("at", around.needed);
    let alone = |answer| Status { answer, proven: None, outdated: None };
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
        Standing::Good { seen, proven, fresh: Freshness::Current } => {
            Status { answer: Answer::met(expected, seen), proven: Some(proven), outdated: None }
        }
        Standing::Good { seen, proven, fresh: Freshness::WhenUsed } => {
            let evidence = around.evidence;
            let may_be_had = |want: &Want| {
                let refusal = evidence.refusal(want);
                !evidence.was_asked(want) || refusal.is_some_and(Unavailable::is_not_asked)
            };
            let open = wants(&issued, around).into_iter().find(may_be_had);
            match open {
                Some(want) => alone(Answer::unanswered(expected, want, seen)),
                None => Status {
                    answer: Answer::met(expected, seen.clone()),
                    proven: Some(proven),
                    outdated: Some(seen),
                },
            }
        }
        Standing::Revoked { seen, since, reason } => {
            let sub = revoked(link.place, since, reason, around.times);
            alone(Answer::violated(expected, seen).leading_to(sub))
        }
        Standing::Unknown => alone(unanswered(&issued, around, expected, words)),
    }
}

/// EN 319 102-1 §5.3.4: only what proves the signature later than the revocation settles the matter. A hold
/// settles nothing: it ends, one way or the other (§5.2.6.4).
fn revoked(place: Place, since: Instant, reason: Reason, times: Times<'_>) -> SubIndication {
    match place {
        Place::End | Place::Trusted if reason == Reason::CERTIFICATE_HOLD => {
            SubIndication::TryLater
        }
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
    if algorithm::suffices(key, scheme, proven, table) {
        return Ok(());
    }
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
