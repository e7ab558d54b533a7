//! Makes signatures whose level grows, each step demanding its proof.
//!
//! ```text
//! Prepared ─seal(key)─► B ─stamp(timestamp)─► T ─embed(support)─► Lt ─archive(timestamp)─► Lta ─┐
//!                                                                 ▲────────embed(support)───────┘
//! ```
//!
//! A file that is there already enters through [`Proven`], once it was judged good.

pub mod archive;
pub mod claims;
pub mod cms;
pub mod counter;
pub mod embed;
pub mod existing;
pub mod prepare;
pub mod record;
pub mod stamp;
pub mod tree;

pub use claims::{Claims, Commitment, Presentation};
pub use counter::{CounterSigned, Countersignable, Countersigning};
pub use existing::{Proven, Standing, Unproven};
pub use prepare::{Prepared, SealError};
pub use stamp::{StampError, StampRequest};

use crate::der::Bytes;
use crate::der::certificate::Certificate;
use crate::der::cms::{SignedData, SignerInfo};
use crate::digest::{Digest, DigestAlgorithm};
use crate::time::Instant;
use std::marker::PhantomData;

/// Level B: signed.
#[derive(Clone, Copy, Debug)]
pub struct B;

/// Level T: its existence proven by a timestamp.
#[derive(Clone, Copy, Debug)]
pub struct T;

/// Level LT: all that is needed to judge it is inside.
#[derive(Clone, Copy, Debug)]
pub struct Lt;

/// Level LTA: all that is inside proven by an archive timestamp.
#[derive(Clone, Copy, Debug)]
pub struct Lta;

/// The levels as values, lowest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "each variant is the level it is named after")]
pub enum Level {
    B,
    T,
    Lt,
    Lta,
}

impl Level {
    /// Its name as EN 319 122-1 §6 has it, without the B in front.
    pub const fn name(self) -> &'static str {
        match self {
            Self::B => "B",
            Self::T => "T",
            Self::Lt => "LT",
            Self::Lta => "LTA",
        }
    }
}

/// A level as a type.
pub trait Rank {
    /// The same as a value.
    const LEVEL: Level;
}

impl Rank for B {
    const LEVEL: Level = Level::B;
}

impl Rank for T {
    const LEVEL: Level = Level::T;
}

impl Rank for Lt {
    const LEVEL: Level = Level::Lt;
}

impl Rank for Lta {
    const LEVEL: Level = Level::Lta;
}

/// A signature of level `L`, with whatever stands beside it in its file. It can be had from
/// [`Prepared::seal`], from a file that was proven, and from the step to its level only.
#[derive(Clone, Debug)]
pub struct Sealed<L> {
    whole: Whole,
    level: PhantomData<L>,
}

/// A signed-data without its content, one of its signatures taken out to grow.
#[derive(Clone, Debug)]
struct Whole {
    /// All but that signature.
    data: SignedData,
    /// The others, in the order in which they stand there.
    others: Vec<Held>,
    signer: SignerInfo,
    /// How many stand before it.
    place: usize,
    certificate: Certificate,
    /// The hashes of the content that were taken.
    content: Vec<Digest>,
    proven: Option<Instant>,
}

/// What is known of a signature that stands in a file.
#[derive(Clone, Debug)]
struct Held {
    level: Level,
    certificate: Certificate,
    /// The earliest time at which it is proven to have existed, where anything proves one.
    proven: Option<Instant>,
}

impl Whole {
    /// The signed-data with the signature in its place.
    fn joined(&self) -> SignedData {
        let mut data = self.data.clone();
        let place = self.place.min(data.signers.len());
        data.signers.insert(place, self.signer.clone());
        data
    }
}

fn hashed_with(algorithm: DigestAlgorithm, content: &[Digest]) -> Result<&Digest, SealError> {
    let found = content.iter().find(|digest| digest.algorithm() == algorithm);
    found.ok_or_else(|| SealError::NotHashed(algorithm.to_string()))
}

impl<L> Sealed<L> {
    const fn of(whole: Whole) -> Self {
        Self { whole, level: PhantomData }
    }

    /// The signature value: what a signature timestamp stamps.
    pub const fn signature_value(&self) -> &Bytes {
        &self.whole.signer.signature
    }

    /// The hashes of the content that were taken; a signature that was just made has one.
    pub fn content_digests(&self) -> &[Digest] {
        &self.whole.content
    }

    /// The signer's certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.whole.certificate
    }

    /// The whole signed-data without its content, as it will be written.
    pub fn signed_data(&self) -> SignedData {
        self.whole.joined()
    }
}
