//! Raises level B to level T: asks a TSA for a timestamp over the signature value, and takes it in
//! once it is verified.

use super::prepare::{SealError, attribute};
use super::{B, Sealed, T};
use crate::ades::cades;
use crate::ades::{Stamped, Token};
use crate::der::cms::SignerInfo;
use crate::der::tlv::Malformed;
use crate::der::tsp::{self, TimeStampResponse};
use crate::digest::{Digest, DigestAlgorithm};
use crate::judge::VerifiedTimestamp;
use crate::oid;

/// A question to a TSA, kept to compare the answer with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StampRequest {
    imprint: Digest,
    nonce: [u8; 16],
}

/// Why an answer of a TSA is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StampError {
    /// It is no time-stamp response.
    #[error("the answer is not a time-stamp response ({0})")]
    NotAResponse(Malformed),
    /// The TSA refused.
    #[error("the TSA refused: status {status} {reasons}")]
    Refused {
        /// The PKIStatus.
        status: u64,
        /// Failure bits and words of the TSA.
        reasons: String,
    },
    /// Granted, but there is no token that can be read.
    #[error("the answer holds no readable token")]
    NoToken,
    /// The token answers another question: the nonce differs.
    #[error("the nonce in the token is not the one sent: the answer is not to this request")]
    OtherNonce,
    /// The token stamps something else.
    #[error("the token is of other data than was sent")]
    OtherImprint,
}

impl StampError {
    /// Whether it is the token that is no good, and not that there is none.
    pub const fn is_of_the_token(&self) -> bool {
        match self {
            Self::OtherNonce | Self::OtherImprint => true,
            Self::NotAResponse(_) | Self::Refused { .. } | Self::NoToken => false,
        }
    }
}

impl StampRequest {
    /// Asks for a timestamp over these bytes. The nonce must be fresh and random.
    pub fn over(bytes: &[u8], digest: DigestAlgorithm, nonce: [u8; 16]) -> Self {
        Self::of(digest.digest(bytes), nonce)
    }

    /// Asks for a timestamp over what has this hash.
    pub const fn of(imprint: Digest, nonce: [u8; 16]) -> Self {
        Self { imprint, nonce }
    }

    /// The request to send.
    pub fn to_der(&self) -> Vec<u8> {
        tsp::request(&self.imprint, &self.nonce)
    }

    /// What the token must stamp.
    pub fn stamped(&self) -> Stamped {
        Stamped::Hashed(vec![self.imprint.clone()])
    }

    /// Takes the token out of an answer to this very request (RFC 3161 §2.2). It is not judged yet.
    pub fn token_of(&self, answer: &[u8]) -> Result<Token, StampError> {
        let response = TimeStampResponse::parse(answer).map_err(StampError::NotAResponse)?;
        if !response.granted() {
            let words = response.failure_names().into_iter().map(str::to_owned);
            let reasons: Vec<String> = words.chain(response.text).collect();
            return Err(StampError::Refused {
                status: response.status,
                reasons: reasons.join(", "),
            });
        }
        let token =
            response.token.and_then(|der| cades::token(&der).ok()).ok_or(StampError::NoToken)?;
        let same = |a: &[u8], b: &[u8]| trim(a) == trim(b);
        if !token.statement.nonce.as_ref().is_some_and(|nonce| same(nonce, &self.nonce)) {
            return Err(StampError::OtherNonce);
        }
        let right_hash =
            token.statement.imprint_algorithm.digest() == Some(self.imprint.algorithm());
        if !right_hash || token.statement.imprint.as_ref() != self.imprint.value() {
            return Err(StampError::OtherImprint);
        }
        Ok(token)
    }
}

/// An unsigned number without leading zeros.
fn trim(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|b| **b == 0).count();
    octets.get(zeros..).unwrap_or_default()
}

impl Sealed<B> {
    /// Takes a verified timestamp in. One of anything but this signature is refused.
    pub fn stamp(mut self, timestamp: &VerifiedTimestamp) -> Result<Sealed<T>, SealError> {
        take_stamp(&mut self.whole.signer, timestamp)?;
        self.whole.proven = Some(timestamp.time());
        Ok(Sealed::of(self.whole))
    }
}

/// Takes a timestamp over the signature value in (EN 319 122-1 §5.3).
pub(super) fn take_stamp(
    signer: &mut SignerInfo,
    timestamp: &VerifiedTimestamp,
) -> Result<(), SealError> {
    let imprint = timestamp.imprint();
    if *imprint != imprint.algorithm().digest(&signer.signature) {
        return Err(SealError::OtherStamp);
    }
    signer.take_attribute(attribute(oid::SIGNATURE_TIME_STAMP, timestamp.token()))?;
    Ok(())
}
