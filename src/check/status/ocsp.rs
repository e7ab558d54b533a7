//! What the OCSP responses in hand say of a certificate (RFC 6960).

use super::word::{Doubt, Freshness, Span, Standing, Word, standing};
use super::{Issued, list, signed_in_time, strong, wants_of_lists};
use crate::check::certificate::unknown_critical;
use crate::check::link::Around;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::extension::{KeyUsage, Reasons};
use crate::der::ocsp::{BasicResponse, CertStatus, Identity, SingleResponse};
use crate::oid::{self, Oid};
use crate::rule::Phrase;
use crate::time::Instant;

/// Extensions of a response and of a status in it that may be critical: they are processed here, or
/// change nothing. A nonce matters to whoever asked, and the evidence may be years old.
const KNOWN: [Oid; 6] = [
    oid::OCSP_NONCE,
    oid::OCSP_ARCHIVE_CUTOFF,
    oid::OCSP_CRL_REFERENCES,
    oid::OCSP_EXTENDED_REVOKE,
    oid::CRL_REASON,
    oid::INVALIDITY_DATE,
];

/// One word of each status of the certificate in any response.
pub(super) fn words(issued: &Issued<'_>, around: &Around<'_>) -> Vec<Word> {
    let identity = Identity::new(issued.certificate, issued.issuer);
    let responses = around.evidence.ocsp();
    responses.flat_map(|listed| words_of(issued, &identity, listed, around)).collect()
}

/// None if the response is about others. Where it speaks of the certificate twice, both count.
fn words_of(
    issued: &Issued<'_>,
    identity: &Identity<'_>,
    (print, response): (Fingerprint, &BasicResponse),
    around: &Around<'_>,
) -> Vec<Word> {
    let mine = |single: &&SingleResponse| identity.is(&single.id);
    let singles: Vec<&SingleResponse> = response.responses.iter().filter(mine).collect();
    if singles.is_empty() {
        return Vec::new();
    }
    let proven = around.times.of(print);
    let authority = match signed_by_authority(issued, (print, response), proven, around) {
        Ok(authority) => authority,
        Err(doubt) => return vec![Word::Useless(doubt)],
    };
    let word = |single| said(issued, response, single, (&authority, proven), around);
    singles.into_iter().map(|single| word(single).unwrap_or_else(Word::Useless)).collect()
}

/// Whoever signed a response.
struct Authority<'a> {
    signer: &'a Certificate,
    /// How new the word is that a delegate is in order.
    listed: Freshness,
    /// Whether the algorithms of the response still held when it is first proven.
    strong: Result<(), Doubt>,
}

/// Nobody's word is in force for longer than their certificate: what a key that is out of use signs
/// may bear any date.
fn said(
    issued: &Issued<'_>,
    response: &BasicResponse,
    single: &SingleResponse,
    (authority, proven): (&Authority<'_>, Instant),
    around: &Around<'_>,
) -> Result<Word, Doubt> {
    understood(response, single)?;
    let signer = authority.signer;
    let vouched = || {
        authority.strong.clone()?;
        signed_in_time(signer, proven, issued, around.moment)
    };
    let unreadable = |_| not_understood(single, "singleExtensions");
    let (by, made, reasons) = ("OCSP", single.this_update, Reasons::ALL);
    match single.status {
        CertStatus::Revoked(at, reason) => {
            let suspected = single.invalidity_date().map_err(unreadable)?;
            let at = suspected.map_or(at, |suspected| suspected.min(at));
            if around.needed < at {
                vouched()?;
            }
            let fresh = authority.listed;
            Ok(Word::Revoked { at, reason, by, made, reasons, proven, fresh })
        }
        CertStatus::Unknown => Err(Phrase::new("seen.ocsp-unknown").with("made", made).into()),
        CertStatus::Good => {
            let kept_since = single.archive_cutoff().map_err(unreadable)?;
            let next = single.next_update.map(|next| next.min(signer.not_after()));
            vouched()?;
            let fresh = Span { made, next, kept_since }.fits(issued.certificate, around)?;
            // The word of a delegate is no newer than the word on the delegate.
            let fresh = fresh.max(authority.listed);
            Ok(Word::Good { by, made, reasons, proven, fresh })
        }
    }
}

/// RFC 6960 §4.4: whoever does not understand a critical extension must not use the response.
fn understood(response: &BasicResponse, single: &SingleResponse) -> Result<(), Phrase> {
    let mut all = response.extensions.iter().chain(&single.extensions);
    match all.find(|e| e.critical && !KNOWN.contains(&e.oid)) {
        Some(e) => Err(not_understood(single, &e.oid.to_string())),
        None => Ok(()),
    }
}

fn not_understood(single: &SingleResponse, what: &str) -> Phrase {
    Phrase::new("seen.ocsp-critical").with("made", single.this_update).with("extension", what)
}

/// RFC 6960 §4.2.2.2: the issuer itself, or a delegate that the same key issued for OCSP signing,
/// valid when it signed and not revoked.
fn signed_by_authority<'a>(
    issued: &Issued<'a>,
    (print, response): (Fingerprint, &'a BasicResponse),
    proven: Instant,
    around: &Around<'_>,
) -> Result<Authority<'a>, Doubt> {
    let nobody = || Phrase::new("seen.ocsp-signer").with("made", response.produced_at);
    let made_with = |signer: &Certificate| {
        response.responder.names(signer) && around.work.answered(print, response, signer)
    };
    if made_with(issued.issuer) {
        let strong = strong(issued.issuer, &response.algorithm, proven, around);
        return Ok(Authority { signer: issued.issuer, listed: Freshness::Current, strong });
    }
    let delegated = |c: &&Certificate| {
        let in_time =
            c.not_before() <= response.produced_at && response.produced_at <= c.not_after();
        let by_issuer = c.issuer() == issued.issuer.subject()
            && around.work.issued(c, issued.issuer) == Some(Ok(()));
        in_time && may_answer(c) && by_issuer
    };
    let mut delegates = response.certificates.iter().filter(delegated).filter(|c| made_with(c));
    let delegate = delegates.next().ok_or_else(nobody)?;
    let strong = strong(delegate, &response.algorithm, proven, around)
        .and_then(|()| strong(issued.issuer, delegate.algorithm(), proven, around));
    let listed = if delegate.extensions().iter().any(|e| e.oid == oid::OCSP_NOCHECK) {
        Freshness::Current
    } else {
        listed_good(delegate, issued, proven, around)?
    };
    Ok(Authority { signer: delegate, listed, strong })
}

/// Whether the certificate is for signing responses, by all that it says (RFC 5280 §4.2.1.12), and
/// says nothing critical that nobody here understands.
fn may_answer(delegate: &Certificate) -> bool {
    let purpose = delegate.ext_key_usage().ok().flatten();
    let signs = |usage: KeyUsage| {
        usage.allows(KeyUsage::DIGITAL_SIGNATURE) || usage.allows(KeyUsage::NON_REPUDIATION)
    };
    purpose.is_some_and(|usage| usage.0.contains(&oid::KP_OCSP_SIGNING))
        && delegate.key_usage().is_ok_and(|usage| usage.is_none_or(signs))
        && unknown_critical(delegate).all(|oid| oid == oid::OCSP_NOCHECK)
}

/// A delegate for whom nobody vouches with `nocheck` is itself looked up, in lists alone: asking
/// another responder about a responder has no end (RFC 6960 §4.2.2.2.1). A list that was in force only when
/// the certificate was used says nothing of the time until the response, so a newer one is asked for first.
fn listed_good(
    delegate: &Certificate,
    issued: &Issued<'_>,
    proven: Instant,
    around: &Around<'_>,
) -> Result<Freshness, Doubt> {
    let delegate = Issued { certificate: delegate, ..*issued };
    let pending = [around.pending, &[delegate.certificate.fingerprint()]].concat();
    let around = &Around { pending: &pending, needed: proven, ..*around };
    let words = list::words(&delegate, around);
    let wants = wants_of_lists(&delegate, around);
    let open = wants.iter().find(|want| !around.evidence.was_asked(want));
    match (standing(&words, proven), open) {
        (Standing::Good { fresh: Freshness::Current, .. }, _) => Ok(Freshness::Current),
        (Standing::Good { fresh: Freshness::WhenUsed, .. }, None) => Ok(Freshness::WhenUsed),
        (Standing::Good { .. } | Standing::Revoked { .. } | Standing::Unknown, _) => Err(Doubt {
            why: Phrase::new("seen.ocsp-delegate").with("name", delegate.certificate.subject()),
            want: open.or(wants.first()).cloned().map(Box::new),
            sub: None,
        }),
    }
}
