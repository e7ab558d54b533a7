//! Rules that stand in no profile, because none may relax them.

use super::{Level, Rule, SubIndication};

/// A rule that every judgement is under.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FixedRule {
    /// Its id, as in reports.
    pub id: &'static str,
    /// The name of the check.
    pub check: &'static str,
    /// The document.
    pub document: &'static str,
    /// The clause in it.
    pub clause: &'static str,
    /// Where the document can be had.
    pub url: Option<&'static str>,
    leads_to: SubIndication,
}

const RFC_5280: Option<&str> = Some("https://www.rfc-editor.org/rfc/rfc5280");

/// Every path ends at a trusted certificate.
pub const ENDS_AT_ANCHOR: FixedRule = FixedRule {
    id: "path.6.1.1.d.ends-at-anchor",
    check: "ends-at-anchor",
    document: "RFC 5280",
    clause: "6.1.1.d",
    url: RFC_5280,
    leads_to: SubIndication::NoCertificateChainFound,
};

/// What should be a certificate can be read as one.
pub const CERTIFICATE_READABLE: FixedRule = FixedRule {
    id: "certificate.4.1.certificate-readable",
    check: "certificate-readable",
    document: "RFC 5280",
    clause: "4.1",
    url: RFC_5280,
    leads_to: SubIndication::FormatFailure,
};

/// What should be a signature can be read as one. Where there is none at all,
/// [`FixedRule::rule_leading_to`] says so.
pub const WELL_FORMED: FixedRule = FixedRule {
    id: "format.5.2.2.well-formed",
    check: "well-formed",
    document: "ETSI EN 319 102-1 V1.3.1",
    clause: "5.2.2",
    url: None,
    leads_to: SubIndication::FormatFailure,
};

/// A certificate is judged as what it is.
pub const PROFILE_FITS: FixedRule = FixedRule {
    id: "inkan.recognition.profile-fits",
    check: "profile-fits",
    document: "inkan",
    clause: "recognition",
    url: None,
    leads_to: SubIndication::PolicyProcessingError,
};

impl FixedRule {
    /// All of them.
    pub const ALL: [Self; 4] = [ENDS_AT_ANCHOR, CERTIFICATE_READABLE, WELL_FORMED, PROFILE_FITS];

    /// The rule as findings carry it.
    pub fn rule(&self) -> Rule {
        self.rule_leading_to(self.leads_to)
    }

    /// The same, where this case leads to something else.
    pub fn rule_leading_to(&self, sub: SubIndication) -> Rule {
        Rule {
            id: self.id.to_owned(),
            check: self.check,
            document: self.document.to_owned(),
            clause: self.clause.to_owned(),
            url: self.url.map(str::to_owned),
            level: Level::Fail,
            confirmed: true,
            violated: sub,
            unanswered: sub,
        }
    }
}
