//! Signs a signature: who confirms what another signed (EN 319 122-1 §5.2.7, RFC 5652 §11.4).

use super::prepare::{Parts, SealError, attribute};
use super::stamp::take_stamp;
use super::{B, Lta, Sealed, T};
use crate::der::Bytes;
use crate::der::certificate::Certificate;
use crate::der::cms::{SignedData, SignerInfo};
use crate::digest::{Digest, DigestAlgorithm};
use crate::judge::VerifiedTimestamp;
use crate::key::SigningKey;
use crate::oid;
use crate::time::Instant;

/// Attributes ready to be signed, over a signature. They name no content type, for a signature value has
/// none (RFC 5652 §11.4).
#[derive(Clone, Debug)]
pub struct Countersigning(Parts);

/// A counter-signature that does not stand in a file yet.
#[derive(Clone, Debug)]
pub struct CounterSigned {
    signer: SignerInfo,
    /// The signature that it is over, by its hash.
    over: Digest,
    certificates: Vec<Bytes>,
}

impl Countersigning {
    /// Prepares to sign that signature.
    pub fn new<L>(
        target: &Sealed<L>,
        certificate: Certificate,
        chain: Vec<Certificate>,
        algorithm: DigestAlgorithm,
        now: Instant,
    ) -> Self {
        let digest = algorithm.digest(target.signature_value());
        Self(Parts::new(certificate, chain, digest, now))
    }

    /// Has the key sign. The key must be the one in the certificate.
    pub fn sign(self, key: &dyn SigningKey) -> Result<CounterSigned, SealError> {
        let over = self.0.digest.clone();
        let mut data = SignedData::empty(oid::DATA);
        let (signer, _) = self.0.sign(key, &mut data)?;
        Ok(CounterSigned { signer, over, certificates: data.certificates })
    }
}

impl CounterSigned {
    /// The signature value: what a timestamp of its own stamps.
    pub const fn signature_value(&self) -> &Bytes {
        &self.signer.signature
    }

    /// Takes a verified timestamp of its own in. One of anything else is refused.
    pub fn stamp(mut self, timestamp: &VerifiedTimestamp) -> Result<Self, SealError> {
        take_stamp(&mut self.signer, timestamp)?;
        Ok(self)
    }
}

/// A level that a further counter-signature leaves as it is. Level LT is none: what is needed to judge
/// the counter-signer is not inside yet.
pub trait Countersignable {}

impl Countersignable for B {}
impl Countersignable for T {}
impl Countersignable for Lta {}

impl<L: Countersignable> Sealed<L> {
    /// Takes a counter-signature in. One of another signature is refused.
    pub fn countersigned(mut self, counter: CounterSigned) -> Result<Self, SealError> {
        if counter.over != counter.over.algorithm().digest(self.signature_value()) {
            return Err(SealError::OtherSignature);
        }
        let value = counter.signer.to_der();
        self.whole.signer.take_attribute(attribute(oid::COUNTER_SIGNATURE, &value))?;
        counter.certificates.into_iter().for_each(|c| self.whole.data.take_certificate(c));
        Ok(self)
    }
}
