//! What the one who relies on a path demands of its certificate policies before it begins.

use crate::oid::{self, Oid};
use std::collections::BTreeSet;

/// The inputs (c), (e), (f) and (g) of RFC 5280 §6.1.1. The default demands nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PathSettings {
    /// The policies that are acceptable.
    pub policies: AcceptablePolicies,
    /// Whether the path must be valid for one of them.
    pub explicit: ExplicitPolicy,
    /// Whether CAs may map their policies to those of others.
    pub mapping: PolicyMapping,
    /// Whether anyPolicy stands for every policy.
    pub any_policy: AnyPolicy,
}

/// Which certificate policies are acceptable.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum AcceptablePolicies {
    /// Whatever they are.
    #[default]
    Any,
    /// One of these.
    These(BTreeSet<Oid>),
}

impl AcceptablePolicies {
    /// These policies; anyPolicy among them, or none at all, means any.
    pub fn of(policies: impl IntoIterator<Item = Oid>) -> Self {
        let policies: BTreeSet<Oid> = policies.into_iter().collect();
        if policies.is_empty() || policies.contains(&oid::ANY_POLICY) {
            Self::Any
        } else {
            Self::These(policies)
        }
    }
}

/// Whether a path must be valid for an acceptable policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ExplicitPolicy {
    /// It must.
    Required,
    /// Only if a CA on the path says so.
    #[default]
    NotRequired,
}

/// Whether policies are mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PolicyMapping {
    /// As the CAs on the path say.
    #[default]
    Allowed,
    /// Not at all.
    Inhibited,
}

/// Whether anyPolicy is understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AnyPolicy {
    /// It stands for every policy.
    #[default]
    Allowed,
    /// It stands for nothing.
    Inhibited,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_policy_in_a_list_and_an_empty_list_mean_any() {
        let these = AcceptablePolicies::of([oid::HPKI_SIGNING]);
        assert_eq!(these, AcceptablePolicies::These([oid::HPKI_SIGNING].into()));
        let any = AcceptablePolicies::of([oid::HPKI_SIGNING, oid::ANY_POLICY]);
        assert_eq!(any, AcceptablePolicies::Any);
        assert_eq!(AcceptablePolicies::of([]), AcceptablePolicies::Any);
    }
}
