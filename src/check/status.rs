//! Whether a certificate is revoked, by CRL (RFC 5280 §6.3) or OCSP (RFC 6960).
//!
//! Data whose scope or signer is not plainly right counts as no data. No data is never "good".

use super::algorithm::scheme_of;
use super::certificate::{Around, Link, without_issuer};
use super::path::verify_issued;
use super::{Answer, Times};
use crate::crypto::verify::verify;
use crate::der::Bytes;
use crate::der::certificate::Certificate;
use crate::der::crl::{Crl, IssuingDistributionPoint, Reason};
use crate::der::extension::{DistributionPoint, KeyUsage};
use crate::der::name::GeneralName;
use crate::der::ocsp::{self, BasicResponse, CertId, CertStatus, SingleResponse};
use crate::digest::DigestAlgorithm;
use crate::evidence::{EvidenceSet, Fetch, Want, Wanted};
use crate::oid::{self, Oid};
use crate::rule::{Phrase, SubIndication};
use crate::time::Instant;

/// A certificate under its issuer: what revocation data is about.
#[derive(Clone, Copy, Debug)]
struct Issued<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    is_end_entity: bool,
}

/// What one piece of revocation data says.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Word {
    Good { by: &'static str, made: Instant },
    Revoked { at: Instant, reason: Reason, by: &'static str },
    Useless(Phrase),
}

/// Is the certificate known not to have been revoked at the proven time?
pub fn not_revoked(link: &Link<'_>, around: &Around<'_>) -> Answer {
    let times = around.times;
    let expected = Phrase::new("expect.not-revoked").with("at", times.proven);
    let Some(issuer) = link.issuer else { return without_issuer(link, expected) };
    let link = &Issued { certificate: link.certificate, issuer, is_end_entity: link.is_end_entity };
    let words = gather(link, around.evidence, times);
    // A revocation counts whoever reports it; "good" from another source does not undo it.
    let revoked = words.iter().find_map(|word| match word {
        Word::Revoked { at, reason, by } if *at <= times.proven => Some((*at, *reason, *by)),
        _ => None,
    });
    if let Some((at, reason, by)) = revoked {
        let seen = Phrase::new("seen.revoked").with("at", at).with("reason", reason).with("by", by);
        let sub = if link.is_end_entity {
            SubIndication::RevokedNoPoe
        } else {
            SubIndication::RevokedCaNoPoe
        };
        return Answer::violated(expected, seen).leading_to(sub);
    }
    let seen = words.iter().find_map(|word| match word {
        Word::Good { by, made } => Some(Phrase::new("seen.good").with("by", by).with("made", made)),
        Word::Revoked { at, by, .. } => {
            Some(Phrase::new("seen.revoked-later").with("at", at).with("by", by))
        }
        Word::Useless(_) => None,
    });
    match seen {
        Some(seen) => Answer::met(expected, seen),
        None => unanswered(link, around.evidence, expected, words),
    }
}

fn has_nocheck(certificate: &Certificate) -> bool {
    certificate.extensions().iter().any(|e| e.oid == oid::OCSP_NOCHECK)
}

fn gather(link: &Issued<'_>, evidence: &EvidenceSet, times: Times) -> Vec<Word> {
    let by_ocsp = evidence.ocsp().iter().filter_map(|response| from_ocsp(link, response, times));
    let mine = evidence.crls().iter().filter(|crl| crl.issuer() == link.certificate.issuer());
    by_ocsp.chain(mine.map(|crl| from_crl(link, crl, times))).collect()
}

/// Names the next thing to fetch: what was not asked for yet, OCSP first, being small and fresh.
fn unanswered(
    link: &Issued<'_>,
    evidence: &EvidenceSet,
    expected: Phrase,
    words: Vec<Word>,
) -> Answer {
    let wants = wants(link);
    let open = wants.iter().find(|want| !evidence.was_asked(want));
    let useless = words.into_iter().find_map(|word| match word {
        Word::Useless(why) => Some(why),
        Word::Good { .. } | Word::Revoked { .. } => None,
    });
    let refused = wants.iter().find_map(|want| {
        let reason = evidence.refusal(want)?;
        let url = want.fetch.as_ref().map_or("", Fetch::url);
        Some(Phrase::new("seen.unavailable").with("url", url).with("reason", reason))
    });
    let why = useless.or(refused).unwrap_or_else(|| Phrase::new("seen.no-status"));
    let nowhere = || Want::without_source(Wanted::Revocation, link.certificate.subject());
    let want = open.or(wants.first()).cloned().unwrap_or_else(nowhere);
    Answer::unanswered(expected, want, why)
}

fn wants(link: &Issued<'_>) -> Vec<Want> {
    let about = link.certificate.subject();
    let request = || {
        let id = CertId::new(DigestAlgorithm::Sha1, link.certificate, link.issuer);
        Bytes::from(ocsp::request(&id))
    };
    let ocsp = link.certificate.access_urls(oid::AD_OCSP).into_iter().map(|url| {
        let fetch = Fetch::Post { url, media_type: "application/ocsp-request", body: request() };
        Want::from(Wanted::Ocsp, about, fetch)
    });
    let points = distribution_points(link.certificate);
    let lists = points.iter().flat_map(|p| &p.full_name).filter_map(GeneralName::http_url);
    let lists = lists.map(|url| Want::from(Wanted::Crl, about, Fetch::Get(url.to_owned())));
    ocsp.chain(lists).collect()
}

fn distribution_points(certificate: &Certificate) -> Vec<DistributionPoint> {
    certificate.crl_distribution_points().ok().flatten().map(|points| points.0).unwrap_or_default()
}

/// Whether data of these times can speak for the proven time: made after it, or still in force at
/// the time of validation (EN 319 102-1 §5.2.5). Data made after the certificate's end may have
/// dropped its entry.
fn timely(
    certificate: &Certificate,
    times: Times,
    made: Instant,
    next: Option<Instant>,
) -> Result<(), Phrase> {
    if made > certificate.not_after() {
        return Err(Phrase::new("seen.status-too-late").with("made", made));
    }
    let in_force = next.is_some_and(|next| times.at <= next);
    if made >= times.proven || in_force {
        return Ok(());
    }
    let stale = Phrase::new("seen.status-stale").with("made", made);
    Err(stale.with("next", next.map_or_else(|| "-".to_owned(), |next| next.to_string())))
}

fn from_crl(link: &Issued<'_>, crl: &Crl, times: Times) -> Word {
    let useless = |key| Word::Useless(Phrase::new(key).with("made", crl.this_update()));
    let right_signer = scheme_of(crl.algorithm()).is_ok_and(|scheme| {
        verify(scheme, link.issuer.public_key(), crl.tbs(), crl.signature()).is_ok()
    });
    let may_sign =
        link.issuer.key_usage().is_ok_and(|u| u.is_none_or(|u| u.allows(KeyUsage::CRL_SIGN)));
    if !right_signer || !may_sign {
        return useless("seen.crl-signer");
    }
    if let Err(why) = in_scope(link, crl) {
        return Word::Useless(why);
    }
    for entry in crl.entries() {
        match entry {
            Ok(entry) if entry.serial == link.certificate.serial() => {
                return match entry.reason() {
                    Ok(Reason::REMOVE_FROM_CRL) => good(crl),
                    Ok(reason) => Word::Revoked { at: entry.revoked, reason, by: "CRL" },
                    Err(_) => useless("seen.crl-unreadable"),
                };
            }
            Ok(_) => {}
            Err(_) => return useless("seen.crl-unreadable"),
        }
    }
    match timely(link.certificate, times, crl.this_update(), crl.next_update()) {
        Ok(()) => good(crl),
        Err(why) => Word::Useless(why),
    }
}

const fn good(crl: &Crl) -> Word {
    Word::Good { by: "CRL", made: crl.this_update() }
}

/// Whether the list is about this certificate, all reasons, and nothing unknown is critical in it
/// (RFC 5280 §6.3.3 b, threats.md row 12).
fn in_scope(link: &Issued<'_>, crl: &Crl) -> Result<(), Phrase> {
    let out = |what: &str| Err(Phrase::new("seen.crl-scope").with("what", what));
    const KNOWN: [Oid; 3] =
        [oid::ISSUING_DISTRIBUTION_POINT, oid::CRL_NUMBER, oid::AUTHORITY_KEY_IDENTIFIER];
    if let Some(unknown) = crl.extensions().iter().find(|e| e.critical && !KNOWN.contains(&e.oid)) {
        return out(oid::name(&unknown.oid).unwrap_or("critical extension"));
    }
    if crl.extension(oid::DELTA_CRL_INDICATOR).is_some() {
        return out("deltaCRLIndicator");
    }
    let Ok(scope) = crl.issuing_distribution_point() else {
        return out("issuingDistributionPoint");
    };
    let points = distribution_points(link.certificate);
    let Some(scope) = scope else {
        return Ok(());
    };
    let is_ca = link.certificate.basic_constraints().is_ok_and(|c| c.is_some_and(|c| c.ca));
    if scope.indirect || scope.relative || scope.only_attribute || scope.only_some_reasons.is_some()
    {
        return out("indirectCRL / onlySomeReasons");
    }
    if (scope.only_user && is_ca) || (scope.only_ca && !is_ca) {
        return out("onlyContainsUserCerts / onlyContainsCACerts");
    }
    if scope.full_name.is_empty() || points.iter().any(|point| shares_a_name(point, &scope)) {
        return Ok(());
    }
    out("distributionPoint")
}

fn shares_a_name(point: &DistributionPoint, scope: &IssuingDistributionPoint) -> bool {
    let whole = point.reasons.is_none() && point.crl_issuer.is_empty();
    whole && point.full_name.iter().any(|name| scope.full_name.contains(name))
}

/// What a response says of this certificate; nothing if it is about others.
fn from_ocsp(link: &Issued<'_>, response: &BasicResponse, times: Times) -> Option<Word> {
    let mine = |single: &&SingleResponse| single.id.identifies(link.certificate, link.issuer);
    let single = response.responses.iter().find(mine)?;
    if !signed_by_authority(link, response) {
        return Some(Word::Useless(
            Phrase::new("seen.ocsp-signer").with("made", response.produced_at),
        ));
    }
    Some(match single.status {
        CertStatus::Revoked(at, reason) => Word::Revoked { at, reason, by: "OCSP" },
        CertStatus::Unknown => {
            Word::Useless(Phrase::new("seen.ocsp-unknown").with("made", single.this_update))
        }
        CertStatus::Good => {
            match timely(link.certificate, times, single.this_update, single.next_update) {
                Ok(()) => Word::Good { by: "OCSP", made: single.this_update },
                Err(why) => Word::Useless(why),
            }
        }
    })
}

/// RFC 6960 §4.2.2.2: the issuer itself, or a delegate that the same key issued for OCSP signing,
/// valid when it signed. A delegate must carry `nocheck`, since here nobody vouches for it otherwise.
fn signed_by_authority(link: &Issued<'_>, response: &BasicResponse) -> bool {
    let Ok(scheme) = scheme_of(&response.algorithm) else { return false };
    let made_with = |signer: &Certificate| {
        response.responder.names(signer)
            && verify(scheme, signer.public_key(), &response.tbs, &response.signature).is_ok()
    };
    if made_with(link.issuer) {
        return true;
    }
    let delegated = |c: &&Certificate| {
        let purpose = c.ext_key_usage().ok().flatten();
        let may = purpose.is_some_and(|usage| usage.0.contains(&oid::KP_OCSP_SIGNING));
        let in_time =
            c.not_before() <= response.produced_at && response.produced_at <= c.not_after();
        let issued = c.issuer() == link.issuer.subject() && verify_issued(c, link.issuer).is_ok();
        may && in_time && has_nocheck(c) && issued
    };
    response.certificates.iter().filter(delegated).any(made_with)
}
