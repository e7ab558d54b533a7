//! Which checks are made, with what weight, on whose authority.
//!
//! All of it is data: a profile is a TOML file, and so are algorithm end dates, role names, what is known
//! of tokens and of TSAs, what TLS offers, and the fingerprints of publicly known roots. Trust is what the
//! user configured, and nothing else.

pub mod algorithms;
pub mod content;
pub mod known;
pub mod listing;
pub mod load;
pub mod path;
pub mod recognise;
pub mod requirement;
pub mod roles;
pub mod tls;
pub mod token;
pub mod trust;
pub mod tsas;

pub use algorithms::AlgorithmTable;
pub use content::ContentCheck;
pub use load::{PolicyError, Profile};
pub use path::PathSettings;
pub use recognise::Recognise;
pub use requirement::{CertificateCheck, RecordCheck, Requirement, SignatureCheck, TimestampCheck};
pub use tls::TlsOffer;
pub use trust::{Anchor, Period, Role, Trust};

use crate::time::Instant;

/// Everything that a judgement is made under.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name, shown in every report.
    pub name: String,
    /// What is demanded of a signature.
    pub signature: Profile<SignatureCheck>,
    /// What is demanded of a time-stamp token.
    pub timestamp: Profile<TimestampCheck>,
    /// What is demanded of an evidence record.
    pub record: Profile<RecordCheck>,
    /// What is demanded of the certificates of a signer's path.
    pub signer: Profile<CertificateCheck>,
    /// What is demanded of the certificates of a TSA's path.
    pub tsa: Profile<CertificateCheck>,
    /// What is demanded of the certificates of a TLS certificate's path.
    pub tls: Profile<CertificateCheck>,
    /// What is demanded of the policies of every path.
    pub path: PathSettings,
    /// Until when algorithms may be relied on.
    pub algorithms: AlgorithmTable,
    /// The trusted certificates.
    pub trust: Trust,
}

impl Policy {
    /// The default policy, strict, with these trusted certificates.
    pub fn standard(trust: Trust) -> Result<Self, PolicyError> {
        Ok(Self {
            name: "inkan-baseline".to_owned(),
            signature: Profile::embedded("ades-baseline")?,
            timestamp: Profile::embedded("timestamp-token")?,
            record: Profile::embedded("evidence-record")?,
            signer: Profile::embedded("signer")?,
            tsa: Profile::embedded("tsa")?,
            tls: Profile::embedded("rfc5280")?,
            path: PathSettings::default(),
            algorithms: AlgorithmTable::embedded()?,
            trust,
        })
    }

    /// The profile for the paths of a role.
    pub const fn path_profile(&self, role: Role) -> &Profile<CertificateCheck> {
        match role {
            Role::Signer => &self.signer,
            Role::Tsa => &self.tsa,
            Role::Tls => &self.tls,
        }
    }

    /// The instants at which anything begins to be demanded of signatures, timestamps, evidence records or
    /// the paths of whoever made them.
    pub fn begins(&self) -> impl Iterator<Item = Instant> {
        fn of<C>(profile: &Profile<C>) -> impl Iterator<Item = Instant> {
            profile.requirements.iter().filter_map(|requirement| requirement.from)
        }
        let made = of(&self.signature).chain(of(&self.timestamp)).chain(of(&self.record));
        made.chain(of(&self.signer)).chain(of(&self.tsa))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn what_begins_to_be_demanded_of_evidence_records_is_known_beforehand() {
        let mut policy = Policy::standard(Trust::default()).unwrap();
        let day: Instant = "2061-04-01T00:00:00Z".parse().unwrap();
        assert!(policy.begins().all(|begins| begins != day), "nothing begins on that day");
        policy.record.requirements[0].from = Some(day);
        assert!(policy.begins().any(|begins| begins == day));
    }
}
