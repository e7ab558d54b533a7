//! Where a tool is known to judge otherwise than the standard has it. An unexpected success fails too: then the
//! row goes.

/// What a tool says of a sound signature.
pub(crate) struct Divergence {
    judge: &'static str,
    member: &'static str,
    says: &'static str,
    reason: &'static str,
}

const KNOWN: &[Divergence] = &[Divergence {
    judge: "EU DSS",
    member: "hpki-physician",
    says: "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    reason: "it takes a critical issuingDistributionPoint with a URL alone; that of HPKI's root names a place in a \
             directory (RFC 5280 §5.2.5 allows both), so it has no list for the CA",
}];

/// The sub-indication that a tool gives to a sound signature of a member: none, unless a divergence is known.
pub(crate) fn expected(judge: &str, member: &str) -> (&'static str, &'static str) {
    let row = KNOWN.iter().find(|row| row.judge == judge && row.member == member);
    row.map_or(("", "it is sound"), |row| (row.says, row.reason))
}
