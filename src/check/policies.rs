//! Certificate policies over a path (RFC 5280 §6.1), in the graph form of RFC 9618.
//!
//! The tree of RFC 5280 grows exponentially under mappings (CVE-2023-0464). In the graph each level
//! has at most one node for a policy, so a level is no larger than the extensions it was read from.

use crate::der::certificate::Certificate;
use crate::der::extension::CertificatePolicies;
use crate::der::extension::constraints::{InhibitAnyPolicy, PolicyConstraints, PolicyMappings};
use crate::der::tlv::Malformed;
use crate::oid::{self, Oid};
use crate::policy::PathSettings;
use crate::policy::path::{AcceptablePolicies, AnyPolicy, ExplicitPolicy, PolicyMapping};
use std::collections::{BTreeMap, BTreeSet};

/// For which policies a path is valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Valid {
    /// For every policy.
    Any,
    /// For these, which are acceptable and named in the terms of the anchor's side.
    For(BTreeSet<Oid>),
    /// For none, and none is required.
    NotRequired,
    /// For none, though one is required.
    None,
}

/// Why the policies of a path cannot be worked out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unsound {
    /// An extension cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A policy stands twice in one certificate (RFC 5280 §4.2.1.4).
    #[error("certificatePolicies: {0} stands there twice")]
    Twice(Oid),
    /// anyPolicy is mapped (RFC 5280 §6.1.4 a).
    #[error("policyMappings: anyPolicy is mapped")]
    AnyMapped,
}

/// For which policies a path is valid, from the certificate below the anchor to the last one given,
/// with which it ends.
pub fn valid<'a>(
    path: impl ExactSizeIterator<Item = &'a Certificate>,
    settings: &PathSettings,
) -> Result<Valid, Unsound> {
    let mut state = State::new(path.len(), settings);
    let mut left = path.len();
    for certificate in path {
        left -= 1;
        let is_last = left == 0;
        state.take_policies(certificate, is_last)?;
        if is_last {
            state.wrap_up(certificate)?;
        } else {
            state.prepare_for_next(certificate)?;
        }
    }
    Ok(state.outcome(&settings.policies))
}

/// A policy at one depth of the path.
#[derive(Clone, Debug, Default)]
struct Node {
    /// The policies one level up that it came from; empty if it came from anyPolicy.
    parents: BTreeSet<Oid>,
}

/// The policies at one depth of the path.
#[derive(Clone, Debug, Default)]
struct Level {
    nodes: BTreeMap<Oid, Node>,
    has_any: bool,
}

/// The state variables of RFC 5280 §6.1.2 (a) and (d) to (f).
#[derive(Debug)]
struct State {
    /// Finished levels, the anchor's side first.
    above: Vec<Level>,
    /// The level being worked on; before a certificate is read, what is expected of it.
    level: Level,
    explicit_policy: u64,
    policy_mapping: u64,
    inhibit_any: u64,
}

impl State {
    fn new(length: usize, settings: &PathSettings) -> Self {
        let never = u64::try_from(length).unwrap_or(u64::MAX).saturating_add(1);
        let at_once = |now: bool| if now { 0 } else { never };
        Self {
            above: Vec::new(),
            level: Level { nodes: BTreeMap::new(), has_any: true },
            explicit_policy: at_once(settings.explicit == ExplicitPolicy::Required),
            policy_mapping: at_once(settings.mapping == PolicyMapping::Inhibited),
            inhibit_any: at_once(settings.any_policy == AnyPolicy::Inhibited),
        }
    }

    /// RFC 5280 §6.1.3 (d) and (e).
    fn take_policies(&mut self, certificate: &Certificate, is_last: bool) -> Result<(), Unsound> {
        let extension = certificate.value::<CertificatePolicies>(oid::CERTIFICATE_POLICIES)?;
        let Some(CertificatePolicies(listed)) = extension else {
            self.level = Level::default();
            return Ok(());
        };
        let mut policies = BTreeSet::new();
        for (policy, _) in listed {
            if !policies.insert(policy) {
                return Err(Unsound::Twice(policy));
            }
        }
        let any_counts = self.inhibit_any > 0 || (!is_last && certificate.is_self_issued());
        let any = policies.remove(&oid::ANY_POLICY) && any_counts;
        let expected_any = self.level.has_any;
        if !any {
            self.level.nodes.retain(|policy, _| policies.contains(policy));
            self.level.has_any = false;
        }
        if expected_any {
            for policy in policies {
                self.level.nodes.entry(policy).or_default();
            }
        }
        Ok(())
    }

    /// RFC 5280 §6.1.4 (a), (b) and (h) to (j).
    fn prepare_for_next(&mut self, certificate: &Certificate) -> Result<(), Unsound> {
        self.map(certificate)?;
        if !certificate.is_self_issued() {
            for counter in
                [&mut self.explicit_policy, &mut self.policy_mapping, &mut self.inhibit_any]
            {
                *counter = counter.saturating_sub(1);
            }
        }
        if let Some(constraints) =
            certificate.value::<PolicyConstraints>(oid::POLICY_CONSTRAINTS)?
        {
            let lower = |counter: u64, limit: Option<u64>| counter.min(limit.unwrap_or(counter));
            self.explicit_policy = lower(self.explicit_policy, constraints.require_explicit);
            self.policy_mapping = lower(self.policy_mapping, constraints.inhibit_mapping);
        }
        if let Some(InhibitAnyPolicy(limit)) = certificate.value(oid::INHIBIT_ANY_POLICY)? {
            self.inhibit_any = self.inhibit_any.min(limit);
        }
        Ok(())
    }

    /// Finishes the level, and sets up the next with what each policy is called there.
    fn map(&mut self, certificate: &Certificate) -> Result<(), Unsound> {
        let extension = certificate.value::<PolicyMappings>(oid::POLICY_MAPPINGS)?;
        let mut mappings = extension.map(|mappings| mappings.0).unwrap_or_default();
        if mappings.iter().any(|(from, to)| [*from, *to].contains(&oid::ANY_POLICY)) {
            return Err(Unsound::AnyMapped);
        }
        let mapped: BTreeSet<Oid> = mappings.iter().map(|(from, _)| *from).collect();
        if self.policy_mapping == 0 {
            // Whoever needs the mapping has lost the way.
            self.level.nodes.retain(|policy, _| !mapped.contains(policy));
            mappings.clear();
        } else if self.level.has_any {
            for policy in &mapped {
                self.level.nodes.entry(*policy).or_default();
            }
        }
        let mut next = Level { nodes: BTreeMap::new(), has_any: self.level.has_any };
        let unmapped = self.level.nodes.keys().filter(|policy| !mapped.contains(*policy));
        let same = unmapped.map(|policy| (*policy, *policy));
        let known = mappings.into_iter().filter(|(from, _)| self.level.nodes.contains_key(from));
        for (from, to) in same.chain(known) {
            next.nodes.entry(to).or_default().parents.insert(from);
        }
        self.above.push(std::mem::replace(&mut self.level, next));
        Ok(())
    }

    /// RFC 5280 §6.1.5 (a) and (b).
    fn wrap_up(&mut self, certificate: &Certificate) -> Result<(), Unsound> {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        let constraints = certificate.value::<PolicyConstraints>(oid::POLICY_CONSTRAINTS)?;
        if constraints.is_some_and(|constraints| constraints.require_explicit == Some(0)) {
            self.explicit_policy = 0;
        }
        Ok(())
    }

    /// RFC 5280 §6.1.5 (g) as RFC 9618 §5.6 has it.
    fn outcome(&self, acceptable: &AcceptablePolicies) -> Valid {
        let valid = if self.level.has_any {
            match acceptable {
                AcceptablePolicies::Any => return Valid::Any,
                AcceptablePolicies::These(these) => these.clone(),
            }
        } else {
            let constrained = self.authorities_constrained();
            match acceptable {
                AcceptablePolicies::Any => constrained,
                AcceptablePolicies::These(these) => &constrained & these,
            }
        };
        match (valid.is_empty(), self.explicit_policy) {
            (false, _) => Valid::For(valid),
            (true, 0) => Valid::None,
            (true, _) => Valid::NotRequired,
        }
    }

    /// The policies under which the path began and that are still valid at its end: upwards from the
    /// last level, those nodes that came from anyPolicy.
    fn authorities_constrained(&self) -> BTreeSet<Oid> {
        let mut roots = BTreeSet::new();
        let mut reached: BTreeSet<Oid> = self.level.nodes.keys().copied().collect();
        for level in std::iter::once(&self.level).chain(self.above.iter().rev()) {
            let mut parents = BTreeSet::new();
            for policy in reached {
                match level.nodes.get(&policy) {
                    Some(node) if node.parents.is_empty() => {
                        roots.insert(policy);
                    }
                    Some(node) => parents.extend(node.parents.iter().copied()),
                    None => {}
                }
            }
            reached = parents;
        }
        roots
    }
}
