//! Whose revocation list it is (RFC 5280 §6.3.3 f, g): the issuer of the certificate, an older or
//! newer key of it, or somebody else who has a path of their own to the same anchor.

use super::list::Listed;
use super::word::Doubt;
use super::{Issued, scope};
use crate::check::link::Around;
use crate::der::certificate::Certificate;
use crate::der::extension::{AuthorityInfoAccess, ExtensionValue as _, KeyUsage};
use crate::evidence::{Fetch, Want, Wanted};
use crate::oid;
use crate::rule::Phrase;
use crate::time::Instant;

/// The certificate of the key that signed the list, if that key may.
pub(super) fn of<'a>(
    issued: &Issued<'a>,
    around: &Around<'a>,
    list: Listed<'_>,
    proven: Instant,
) -> Result<&'a Certificate, Doubt> {
    let (print, crl) = list;
    let above = issued.above.iter().filter(|c| c.subject() == crl.issuer());
    // Looked for only where nobody above made the signature.
    let others =
        std::iter::once_with(|| around.evidence.named(crl.issuer(), crl.authority_key_id()));
    let mut doubt = None;
    for candidate in above.chain(others.flatten()) {
        if !around.work.signed(print, crl, candidate) {
            continue;
        }
        let accepted = if !may_sign_lists(candidate) {
            Err(Doubt::from(Phrase::new("seen.crl-key-usage").with("name", candidate.subject())))
        } else if issued.above.contains(candidate) {
            // Judged with the path itself.
            Ok(())
        } else {
            has_own_path(candidate, issued, around, proven)
        };
        match accepted {
            Ok(()) => return Ok(candidate),
            Err(why) => doubt = doubt.or(Some(why)),
        }
    }
    Err(doubt.unwrap_or_else(|| nobody(list)))
}

fn may_sign_lists(signer: &Certificate) -> bool {
    signer.key_usage().is_ok_and(|usage| usage.is_none_or(|u| u.allows(KeyUsage::CRL_SIGN)))
}

/// The path of a signer is judged like any other, its revocation included. Where that leads back
/// to the signer's own list, the list counts only if the CA itself, in the signer's certificate,
/// names the signer as the issuer of the list that the certificate is on: the CA has then chosen
/// that nobody else speaks for it.
fn has_own_path(
    signer: &Certificate,
    issued: &Issued<'_>,
    around: &Around<'_>,
    proven: Instant,
) -> Result<(), Doubt> {
    if around.pending.contains(&signer.fingerprint()) {
        let named = |point: &crate::der::extension::DistributionPoint| {
            scope::is_among(signer.subject(), &point.crl_issuer)
        };
        if signer == issued.certificate && issued.distribution_points().iter().any(named) {
            return Ok(());
        }
        return Err(Phrase::new("seen.crl-signer-circular").with("name", signer.subject()).into());
    }
    let unknown = || Phrase::new("seen.crl-signer-path").with("name", signer.subject());
    let anchor = issued.above.last().filter(|_| around.work.may_judge_signer());
    let pending = [around.pending, &[signer.fingerprint()]].concat();
    match anchor {
        Some(anchor) => around
            .court
            .path_holds(signer, anchor, proven, &pending)
            .map_err(|want| Doubt { why: unknown(), want, sub: None }),
        None => Err(unknown().into()),
    }
}

/// Nobody known made the signature; the list may say where its signer's certificate is.
fn nobody((_, crl): Listed<'_>) -> Doubt {
    let access = crl.extension(oid::AUTHORITY_INFO_ACCESS);
    let access = access.and_then(|e| AuthorityInfoAccess::parse(&e.value).ok());
    let url = access.and_then(|a| a.urls(oid::AD_CA_ISSUERS).next().map(str::to_owned));
    Doubt {
        why: Phrase::new("seen.crl-signer").with("made", crl.this_update()),
        want: url.map(|url| Box::new(Want::from(Wanted::Issuer, crl.issuer(), Fetch::Get(url)))),
        sub: None,
    }
}
