//! The verdict on a time-stamp token (EN 319 102-1 §5.4).

use super::existence::with_named;
use super::{Judge, finding};
use crate::ades::{Stamped, Token};
use crate::check::Times;
use crate::check::signature::candidates;
use crate::check::timestamp::{Around, run};
use crate::der::Bytes;
use crate::der::certificate::Certificate;
use crate::der::tlv::Tag;
use crate::digest::Digest;
use crate::evidence::EvidenceSet;
use crate::policy::Role;
use crate::rule::finding::Kind;
use crate::rule::{Indication, Locator, Verdict};
use crate::time::Instant;

/// Proof that a token was judged against what it stamps, and passed.
#[derive(Clone, Debug)]
pub struct VerifiedTimestamp {
    token: Bytes,
    time: Instant,
    imprint: Digest,
}

impl VerifiedTimestamp {
    /// The token.
    pub const fn token(&self) -> &Bytes {
        &self.token
    }

    /// The proven time.
    pub const fn time(&self) -> Instant {
        self.time
    }

    /// The imprint that it was found to be of.
    pub const fn imprint(&self) -> &Digest {
        &self.imprint
    }
}

/// What became of a token.
#[derive(Clone, Debug)]
pub struct JudgedTimestamp {
    /// The findings.
    pub verdict: Verdict,
    /// The proof, if it passed.
    pub verified: Option<VerifiedTimestamp>,
    /// The TSA's certificate, if found.
    pub tsa: Option<Certificate>,
}

impl Judge {
    /// Judges a token over what it should have stamped.
    pub fn timestamp(
        &self,
        token: &Token,
        stamped: &Stamped,
        evidence: &EvidenceSet,
        at: Instant,
    ) -> JudgedTimestamp {
        self.timestamp_within(token, stamped, evidence, Times::unproven(at))
    }

    /// Judges a token that something else may prove to be older.
    pub fn timestamp_within(
        &self,
        token: &Token,
        stamped: &Stamped,
        evidence: &EvidenceSet,
        times: Times<'_>,
    ) -> JudgedTimestamp {
        let (policy, at) = (&self.policy, times.at);
        let mut evidence = std::borrow::Cow::Borrowed(evidence);
        // Other choices than certificates stand under context tags, and are never in hand.
        let is_certificate = |element: &Bytes| element.first() == Some(&Tag::SEQUENCE.0);
        if token.bag.iter().any(|(print, e)| is_certificate(e) && !evidence.has(*print)) {
            let with_own = evidence.to_mut();
            token.certificates().for_each(|c| with_own.add_certificate(c));
        }
        let tsa = choose(token, &evidence);
        let judged = tsa.as_ref().map(|tsa| {
            let proven = (times.proven, at);
            let proofs =
                with_named(times.proofs, &token.signature, tsa, proven, &policy.algorithms);
            let used = token.statement.time.min(times.proven);
            let times = Times { proofs: &proofs, used, ..times };
            self.certificate(tsa, Role::Tsa, &evidence, times)
        });
        let anchor = judged.as_ref().and_then(|judged| judged.path.last());
        let accredited = anchor.and_then(|anchor| policy.trust.accreditation(anchor));
        let path = judged.map(|judged| judged.verdict);
        let around = Around {
            times,
            stamped,
            tsa: tsa.as_ref(),
            path: path.as_ref(),
            accredited,
            algorithms: &policy.algorithms,
        };
        let about = Locator::new(Kind::Timestamp, token.statement.time.to_string());
        let requirements = policy.timestamp.requirements.iter();
        let findings = requirements
            .map(|r| finding(r, &about, at, |check| run(check, token, &around)))
            .collect();
        let verdict = Verdict::new(about, findings, path.into_iter().collect());
        let algorithm = token.statement.imprint_algorithm.digest();
        let imprint = algorithm.and_then(|algorithm| stamped.digest(algorithm));
        let passed = verdict.indication() == Indication::Passed;
        let verified = imprint.filter(|_| passed).map(|imprint| VerifiedTimestamp {
            token: token.der.clone(),
            time: token.statement.time,
            imprint,
        });
        JudgedTimestamp { verdict, verified, tsa }
    }
}

/// The certificate that the token names and refers to; failing that, one that it names.
fn choose(token: &Token, evidence: &EvidenceSet) -> Option<Certificate> {
    let references = token.signature.certificate_references.as_deref().unwrap_or_default();
    let named: Vec<&Certificate> = candidates(&token.signature.signer, evidence).collect();
    let referred = |c: &&&Certificate| references.iter().all(|r| r.refers_to(c) == Some(true));
    named.iter().find(referred).or(named.first()).map(|c| (*c).clone())
}
