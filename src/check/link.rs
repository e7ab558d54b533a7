//! A certificate in its path, and what a check may look at beside it.

use super::status::Status;
use super::work::Work;
use super::{Answer, Times};
use crate::der::certificate::{Certificate, Fingerprint};
use crate::evidence::{EvidenceSet, Want, Wanted};
use crate::policy::{Policy, Role};
use crate::rule::Phrase;
use crate::time::Instant;
use std::cell::OnceCell;
use std::fmt::Debug;

/// A certificate and its way to the anchor, where there is one.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// The certificates between it and the beginning of the path, the beginning first.
    pub below: &'a [Certificate],
    /// The certificate of its issuer and whatever is above that, the anchor last; empty if no path
    /// was found.
    pub above: &'a [Certificate],
    /// Where it stands.
    pub place: Place,
    /// What the path is for.
    pub role: Role,
}

/// Where a certificate stands in a path.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// At the end, and it is what the path is for.
    End,
    /// Between the end and the anchor.
    Ca,
    /// At the end of a path that is to vouch for the signer of a revocation list.
    Signer,
    /// Alone: it is what the path is for, and is trusted itself. Whoever trusts it vouches for what
    /// its issuer would; all that it says of itself is asked all the same.
    Trusted,
}

impl<'a> Link<'a> {
    /// The certificate of its issuer; nothing if no path was found.
    pub const fn issuer(&self) -> Option<&'a Certificate> {
        self.above.first()
    }
}

/// What the checks may look at beside the link.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The times of the thing whose path this is.
    pub times: Times<'a>,
    /// The moment at which the key was used that the whole judgement is about.
    pub moment: Instant,
    /// Until when the certificate must not have been revoked: the latest of the times at which what it
    /// signed (the thing itself, the next certificate, the word on that one's revocation) is proven.
    pub needed: Instant,
    /// Whether it is revoked, once somebody asked.
    pub status: &'a OnceCell<Status>,
    /// Evidence in hand.
    pub evidence: &'a EvidenceSet,
    /// The policy: settings of the path and the algorithm table.
    pub policy: &'a Policy,
    /// What was worked out already.
    pub work: &'a Work<'a>,
    /// Who judges the paths of those who sign revocation lists.
    pub court: &'a dyn Court,
    /// Whose status is being worked out at the moment, and who is to speak on it: they cannot speak
    /// for themselves.
    pub pending: &'a [Fingerprint],
}

/// A judge of further paths.
pub trait Court: Debug {
    /// Whether a path from the signer of revocation data to the anchor holds in every requirement
    /// that is made of all certificates, the data being proven to exist at that time. If not, what is
    /// wanted to say more.
    fn path_holds(
        &self,
        signer: &Certificate,
        anchor: &Certificate,
        proven: Instant,
        pending: &[Fingerprint],
    ) -> Result<(), Option<Box<Want>>>;
}

/// The question that cannot be put without the issuer's certificate.
pub(super) fn without_issuer(link: &Link<'_>, expected: Phrase) -> Answer {
    if link.place == Place::Trusted {
        return Answer::not_applicable(expected, Phrase::new("seen.is-anchor"));
    }
    let issuer = link.certificate.issuer();
    let why = Phrase::new("seen.no-issuer").with("name", issuer);
    Answer::unanswered(expected, Want::without_source(Wanted::Issuer, issuer), why)
}
