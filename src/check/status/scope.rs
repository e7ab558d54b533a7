//! What a revocation list is about (RFC 5280 §6.3.3 b, d; docs/threat-model.md row 12).

use crate::der::certificate::Certificate;
use crate::der::crl::{Crl, IssuingDistributionPoint};
use crate::der::extension::{DistributionPoint, DistributionPointName, Reasons};
use crate::der::name::{GeneralName, Name};
use crate::der::tlv::Malformed;
use crate::oid::{self, Oid};
use crate::rule::Phrase;

/// Extensions of a list that are processed here.
const KNOWN: [Oid; 5] = [
    oid::ISSUING_DISTRIBUTION_POINT,
    oid::CRL_NUMBER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::DELTA_CRL_INDICATOR,
    oid::EXPIRED_CERTS_ON_CRL,
];

fn out(what: &str) -> Phrase {
    Phrase::new("seen.crl-scope").with("what", what)
}

/// Whether a list may be used at all: no extension twice, none that is critical and unknown
/// (§5.2).
pub(super) fn usable(crl: &Crl) -> Result<(), Phrase> {
    let mut seen: Vec<Oid> = Vec::new();
    for extension in crl.extensions() {
        let unknown = extension.critical && !KNOWN.contains(&extension.oid);
        if unknown || seen.contains(&extension.oid) {
            return Err(out(oid::name(&extension.oid).unwrap_or("critical extension")));
        }
        seen.push(extension.oid);
    }
    Ok(())
}

/// The revocation reasons of this certificate for which the list speaks.
pub(super) fn reasons(certificate: &Certificate, crl: &Crl) -> Result<Reasons, Phrase> {
    let scope = crl.issuing_distribution_point().map_err(|_| out("issuingDistributionPoint"))?;
    let scope = scope.unwrap_or_default();
    let kind = certificate.basic_constraints().map_err(|_| out("basicConstraints"))?;
    let is_ca = kind.is_some_and(|kind| kind.ca);
    if scope.only_attribute || (scope.only_user && is_ca) || (scope.only_ca && !is_ca) {
        return Err(out(
            "onlyContainsUserCerts / onlyContainsCACerts / onlyContainsAttributeCerts",
        ));
    }
    let bad_point = |_: Malformed| out("distributionPoint");
    let points = certificate.crl_distribution_points().map_err(bad_point)?;
    let mut points = points.map(|points| points.0).unwrap_or_default();
    // "Assume a DP with both the reasons and the cRLIssuer fields omitted and a distribution point
    // name of the certificate issuer."
    points.push(DistributionPoint {
        name: DistributionPointName::Full(vec![GeneralName::Directory(
            certificate.issuer().clone(),
        )]),
        reasons: None,
        crl_issuer: Vec::new(),
    });
    let all = scope.only_some_reasons.unwrap_or(Reasons::ALL);
    let mut covered = Reasons::NONE;
    for point in &points {
        if is_for(point, certificate.issuer(), crl, &scope).map_err(bad_point)? {
            covered = covered.or(all.and(point.reasons.unwrap_or(Reasons::ALL)));
        }
    }
    if covered == Reasons::NONE { Err(out("distributionPoint")) } else { Ok(covered) }
}

/// Whether the list is the one that is published at this point.
fn is_for(
    point: &DistributionPoint,
    certificate_issuer: &Name,
    crl: &Crl,
    scope: &IssuingDistributionPoint,
) -> Result<bool, Malformed> {
    let by_whom = if point.crl_issuer.is_empty() {
        crl.issuer() == certificate_issuer
    } else {
        scope.indirect && is_among(crl.issuer(), &point.crl_issuer)
    };
    if !by_whom {
        return Ok(false);
    }
    let published = scope.name.names(crl.issuer())?;
    if published.is_empty() {
        return Ok(true);
    }
    let pointed = match &point.name {
        DistributionPointName::None => point.crl_issuer.clone(),
        named => named.names(crl.issuer())?,
    };
    Ok(pointed.iter().any(|name| published.contains(name)))
}

/// Whether the name is one of these.
pub(super) fn is_among(name: &Name, names: &[GeneralName]) -> bool {
    names.iter().any(|other| matches!(other, GeneralName::Directory(other) if other == name))
}

/// Whether a delta list belongs to a complete one (§6.3.3 c, §5.2.4): same issuer, scope and key,
/// it builds on no later list, and is newer.
pub(super) fn is_delta_of(delta: &Crl, base: &Crl) -> bool {
    let (Ok(Some(from)), Ok(Some(number)), Ok(Some(base_number))) =
        (delta.base_number(), delta.number(), base.number())
    else {
        return false;
    };
    let same =
        |oid| delta.extension(oid).map(|e| &e.value) == base.extension(oid).map(|e| &e.value);
    delta.issuer() == base.issuer()
        && same(oid::ISSUING_DISTRIBUTION_POINT)
        && same(oid::AUTHORITY_KEY_IDENTIFIER)
        && from <= base_number
        && base_number < number
}
