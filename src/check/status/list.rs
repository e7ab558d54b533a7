//! What the revocation lists in hand say of a certificate (RFC 5280 §6.3.3).

use super::entry::Entry;
use super::word::{Doubt, Freshness, Span, Word};
use super::{Issued, scope, signed_in_time, signer, strong};
use crate::check::link::Around;
use crate::der::certificate::Fingerprint;
use crate::der::crl::{Crl, Reason};
use crate::der::name::{GeneralName, Name};
use crate::rule::Phrase;

/// A list and the SHA-256 of its bytes, by which it is remembered.
pub(super) type Listed<'a> = (Fingerprint, &'a Crl);

/// One word of each complete list that could be about the certificate.
pub(super) fn words(issued: &Issued<'_>, around: &Around<'_>) -> Vec<Word> {
    let lists = lists(issued, around);
    let (deltas, complete): (Vec<Listed<'_>>, Vec<Listed<'_>>) = lists
        .into_iter()
        .partition(|(_, crl)| crl.extension(crate::oid::DELTA_CRL_INDICATOR).is_some());
    complete
        .into_iter()
        .map(|list| word(issued, around, list, &deltas).unwrap_or_else(Word::Useless))
        .collect()
}

/// The lists of the certificate's issuer and of those whom the certificate names as issuers of lists.
pub(super) fn lists<'a>(issued: &Issued<'_>, around: &Around<'a>) -> Vec<Listed<'a>> {
    let points = issued.distribution_points();
    let named = points.iter().flat_map(|point| &point.crl_issuer);
    let others = named.filter_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    });
    let mut issuers: Vec<&Name> = vec![issued.certificate.issuer()];
    for other in others {
        if !issuers.contains(&other) {
            issuers.push(other);
        }
    }
    issuers.into_iter().flat_map(|issuer| around.evidence.crls_of(issuer)).collect()
}

fn word(
    issued: &Issued<'_>,
    around: &Around<'_>,
    list: Listed<'_>,
    deltas: &[Listed<'_>],
) -> Result<Word, Doubt> {
    let (print, crl) = list;
    scope::usable(crl)?;
    let reasons = scope::reasons(issued.certificate, crl)?;
    let proven = around.times.of(print);
    let signer = signer::of(issued, around, list, proven)?;
    let delta = deltas
        .iter()
        .filter(|(print, delta)| {
            scope::is_delta_of(delta, crl)
                && scope::usable(delta).is_ok()
                && strong(signer, delta.algorithm(), around.times.of(*print), around).is_ok()
                && around.work.signed(*print, delta, signer)
        })
        .max_by_key(|(_, delta)| delta.number().ok().flatten());
    let entry = |(print, crl): Listed<'_>| {
        let unreadable = |error| {
            let seen = Phrase::new("seen.crl-unreadable").with("made", crl.this_update());
            seen.with("error", error)
        };
        around.work.entry(print, crl, issued.certificate).map_err(unreadable)
    };
    let base_entry = entry(list)?;
    let delta_entry = delta.map(|delta| entry(*delta)).transpose()?.flatten();
    // Both are needed for what they say together.
    let proven = delta.map_or(proven, |(print, _)| proven.max(around.times.of(*print)));
    let newest = delta.map_or(crl, |(_, delta)| delta);
    let made = newest.this_update().max(crl.this_update());
    let entry = match delta_entry {
        Some(entry) if entry.reason == Reason::REMOVE_FROM_CRL => {
            base_entry.filter(|base| !is_released(base, newest, issued))
        }
        other => other.or(base_entry),
    };
    let by = "CRL";
    let vouched = || {
        strong(signer, crl.algorithm(), around.times.of(print), around)?;
        signed_in_time(signer, proven, issued, around.moment)
    };
    match entry {
        Some(Entry { since: at, reason }) => {
            if around.needed < at {
                vouched()?;
            }
            Ok(Word::Revoked { at, reason, by, made, reasons, proven, fresh: Freshness::Current })
        }
        None => {
            vouched()?;
            let fresh = in_time(issued, around, crl, newest)?;
            Ok(Word::Good { by, made, reasons, proven, fresh })
        }
    }
}

/// A list of changes takes a certificate off because its hold is over, or because its validity is (RFC 5280
/// §5.3.1): only what is off before its end was released, and nothing but a hold ever is.
fn is_released(base: &Entry, changes: &Crl, issued: &Issued<'_>) -> bool {
    base.reason == Reason::CERTIFICATE_HOLD
        && changes.this_update() <= issued.certificate.not_after()
}

/// The complete list and the delta list to it stand for one another: either may be the one in time.
fn in_time(
    issued: &Issued<'_>,
    around: &Around<'_>,
    base: &Crl,
    newest: &Crl,
) -> Result<Freshness, Phrase> {
    let fits = |crl: &Crl| {
        let kept_since = crl.keeps_expired_since().ok().flatten();
        let span = Span { made: crl.this_update(), next: crl.next_update(), kept_since };
        span.fits(issued.certificate, around)
    };
    match (fits(newest), fits(base)) {
        (Ok(newest), Ok(base)) => Ok(newest.min(base)),
        (newest, base) => newest.or_else(|why| base.map_err(|_| why)),
    }
}
