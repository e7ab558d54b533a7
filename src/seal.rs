//! Makes signatures whose level grows, each step demanding its proof.

pub mod cms;
pub mod prepare;
pub mod record;
pub mod stamp;
pub mod tree;

pub use prepare::{Prepared, SealError};
pub use stamp::{StampError, StampRequest};

use crate::der::Bytes;
use crate::der::certificate::Certificate;
use crate::digest::Digest;
use std::marker::PhantomData;

/// Level B: signed.
#[derive(Clone, Copy, Debug)]
pub struct B;

/// Level T: its existence proven by a timestamp.
#[derive(Clone, Copy, Debug)]
pub struct T;

/// A signature of level `L`. It can be had from [`Prepared::seal`] and from [`Sealed::stamp`] only.
#[derive(Clone, Debug)]
pub struct Sealed<L> {
    parts: Parts,
    level: PhantomData<L>,
}

/// What a signed-data is written from.
#[derive(Clone, Debug)]
struct Parts {
    certificate: Certificate,
    chain: Vec<Certificate>,
    digest: Digest,
    signed_attributes: Bytes,
    signature_algorithm: Vec<u8>,
    signature: Bytes,
    unsigned_attributes: Vec<Vec<u8>>,
}

impl<L> Sealed<L> {
    /// The signature value: what a signature timestamp stamps.
    pub const fn signature_value(&self) -> &Bytes {
        &self.parts.signature
    }

    /// The digest of the content that was signed.
    pub const fn content_digest(&self) -> &Digest {
        &self.parts.digest
    }

    /// The signer's certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.parts.certificate
    }
}
