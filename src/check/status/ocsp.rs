//! What the OCSP responses in hand say of a certificate (RFC 6960).

use super::{Doubt, Issued, Standing, Word, list, standing, strong, timely, wants_of_lists};
use crate::check::algorithm::scheme_of;
use crate::check::link::Around;
use crate::crypto::verify::verify;
use crate::der::certificate::Certificate;
use crate::der::extension::Reasons;
use crate::der::ocsp::{BasicResponse, CertStatus, SingleResponse};
use crate::oid;
use crate::rule::Phrase;

/// One word of each response about the certificate.
pub(super) fn words(issued: &Issued<'_>, around: &Around<'_>) -> Vec<Word> {
    let responses = around.evidence.ocsp().iter();
    responses.filter_map(|response| word(issued, response, around)).collect()
}

/// Nothing if the response is about others.
fn word(issued: &Issued<'_>, response: &BasicResponse, around: &Around<'_>) -> Option<Word> {
    let mine = |single: &&SingleResponse| single.id.identifies(issued.certificate, issued.issuer);
    let single = response.responses.iter().find(mine)?;
    Some(said(issued, response, single, around).unwrap_or_else(Word::Useless))
}

fn said(
    issued: &Issued<'_>,
    response: &BasicResponse,
    single: &SingleResponse,
    around: &Around<'_>,
) -> Result<Word, Doubt> {
    signed_by_authority(issued, response, around)?;
    let (by, made, reasons) = ("OCSP", single.this_update, Reasons::ALL);
    match single.status {
        CertStatus::Revoked(at, reason) => Ok(Word::Revoked { at, reason, by, made, reasons }),
        CertStatus::Unknown => Err(Phrase::new("seen.ocsp-unknown").with("made", made).into()),
        CertStatus::Good => {
            timely(issued.certificate, around.times, made, single.next_update)?;
            Ok(Word::Good { by, made, reasons })
        }
    }
}

/// RFC 6960 §4.2.2.2: the issuer itself, or a delegate that the same key issued for OCSP signing,
/// valid when it signed and not revoked.
fn signed_by_authority(
    issued: &Issued<'_>,
    response: &BasicResponse,
    around: &Around<'_>,
) -> Result<(), Doubt> {
    let nobody = || Phrase::new("seen.ocsp-signer").with("made", response.produced_at);
    let Ok(scheme) = scheme_of(&response.algorithm) else { return Err(nobody().into()) };
    let made_with = |signer: &Certificate| {
        response.responder.names(signer)
            && verify(scheme, signer.public_key(), &response.tbs, &response.signature).is_ok()
    };
    if made_with(issued.issuer) {
        return Ok(strong(issued.issuer, &response.algorithm, around)?);
    }
    let delegated = |c: &&Certificate| {
        let purpose = c.ext_key_usage().ok().flatten();
        let may = purpose.is_some_and(|usage| usage.0.contains(&oid::KP_OCSP_SIGNING));
        let in_time =
            c.not_before() <= response.produced_at && response.produced_at <= c.not_after();
        let by_issuer = c.issuer() == issued.issuer.subject()
            && around.work.issued(c, issued.issuer) == Some(Ok(()));
        may && in_time && by_issuer
    };
    let mut delegates = response.certificates.iter().filter(delegated).filter(|c| made_with(c));
    let delegate = delegates.next().ok_or_else(nobody)?;
    strong(delegate, &response.algorithm, around)?;
    strong(issued.issuer, delegate.algorithm(), around)?;
    if delegate.extensions().iter().any(|e| e.oid == oid::OCSP_NOCHECK) {
        return Ok(());
    }
    listed_good(delegate, issued, around)
}

/// A delegate for whom nobody vouches with `nocheck` is itself looked up, in lists alone: asking
/// another responder about a responder has no end (RFC 6960 §4.2.2.2.1).
fn listed_good(
    delegate: &Certificate,
    issued: &Issued<'_>,
    around: &Around<'_>,
) -> Result<(), Doubt> {
    let delegate = Issued { certificate: delegate, ..*issued };
    let pending = [around.pending, &[delegate.certificate.fingerprint()]].concat();
    let words = list::words(&delegate, &Around { pending: &pending, ..*around });
    match standing(&words, around.times) {
        Standing::Good { .. } => Ok(()),
        Standing::Revoked { .. } | Standing::Unknown => {
            let wants = wants_of_lists(&delegate, around);
            let open = wants.iter().find(|want| !around.evidence.was_asked(want));
            Err(Doubt {
                why: Phrase::new("seen.ocsp-delegate").with("name", delegate.certificate.subject()),
                want: open.or(wants.first()).cloned().map(Box::new),
            })
        }
    }
}
