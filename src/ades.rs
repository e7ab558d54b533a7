//! One model of a signature, whatever container it came in.
//!
//! Containers only know how to find, read and append; what a signature claims is written down here
//! and judged in one place. Nothing in this layer says whether a claim is true.

pub mod cades;
pub mod claims;
pub mod evidence;
pub mod level;

pub use cades::archive::{IndexVersion, NoIndex};
pub use claims::Claims;
pub use level::Level;

use crate::crypto::SignatureScheme;
use crate::crypto::algorithm::UnsupportedAlgorithm;
use crate::der::Bytes;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::cades::reference::ValueReference;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::cms::SignerIdentifier;
use crate::der::ess::CertificateReference;
use crate::der::tlv::Malformed;
use crate::der::tsp::TstInfo;
use crate::digest::{Digest, DigestAlgorithm};
use crate::oid::Oid;
use crate::time::Instant;

/// The kinds of containers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// CMS advanced electronic signatures.
    Cades,
    /// A time-stamp token.
    Timestamp,
    /// An evidence record.
    EvidenceRecord,
}

impl Format {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cades => "cades",
            Self::Timestamp => "timestamp",
            Self::EvidenceRecord => "evidence-record",
        }
    }
}

/// What a signature says of itself.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The first half of the SHA-256 of its value, in hexadecimal.
    pub id: String,
    /// Its container.
    pub format: Format,
    /// Its level, by what is there.
    pub level: Level,
    /// The signature whose value it is over, by its id, if it is a counter-signature.
    pub countersigns: Option<String>,
    /// Counter-signatures over it that cannot be read, or that are too many.
    pub unreadable_counter_signatures: Vec<Malformed>,
    /// The names of what it covers.
    pub covers: Vec<String>,
    /// The exact bytes that the signature value is over; nothing if there are no signed attributes.
    pub signed_bytes: Option<Bytes>,
    /// Whether the signed attributes stand in DER order.
    pub attributes_sorted: bool,
    /// Attributes that are there twice, have the wrong number of values, or cannot be read.
    pub attribute_faults: Vec<String>,
    /// Attributes, signed or not, that inkan does not judge.
    pub unjudged_attributes: Vec<String>,
    /// What no archive timestamp covers, by name; nothing if there is no archive timestamp.
    pub uncovered: Option<Vec<String>>,
    /// The content type that the attribute names, and the one that the content has.
    pub content_types: (Option<Oid>, Oid),
    /// The hash algorithm as named.
    pub digest_algorithm: AlgorithmIdentifier,
    /// Digest algorithms in force, as announced outside the signer's part.
    pub announced_digests: Vec<AlgorithmIdentifier>,
    /// The identifier of how it is signed.
    pub signature_algorithm: AlgorithmIdentifier,
    /// How it is signed, where inkan knows the algorithm.
    pub scheme: Result<SignatureScheme, UnsupportedAlgorithm>,
    /// What is covered, by hash.
    pub references: Vec<Reference>,
    /// The signature value.
    pub value: Bytes,
    /// Whose it claims to be.
    pub signer: SignerIdentifier,
    /// The signed references to the signer's certificate; nothing if there is no such attribute.
    pub certificate_references: Option<Vec<CertificateReference>>,
    /// When it claims to have been made. Nothing proves this.
    pub claimed_time: Option<Instant>,
    /// What it claims beside.
    pub claims: Claims,
    /// References by hash to the certificates and revocation data that it was once verified with.
    pub value_references: Vec<ValueReference>,
    /// The tokens that came with it.
    pub timestamps: Vec<Timestamp>,
}

/// A thing covered by its hash.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What it is called.
    pub name: String,
    /// The hash function; nothing if inkan does not know it.
    pub algorithm: Option<DigestAlgorithm>,
    /// The hash that was signed; nothing if the attribute is missing or unreadable.
    pub expected: Option<Bytes>,
    /// The hash of what is there; nothing if the thing itself is not.
    pub observed: Option<Digest>,
}

/// What a token stamps.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TimestampKind {
    /// The signature value.
    Signature,
    /// The content, before it was signed.
    Content,
    /// The signature, its timestamp, and the references to what it is verified with.
    Complete,
    /// The references to what it is verified with.
    References,
    /// The whole, for the archive.
    Archive,
    /// Some data of its own.
    Document,
}

impl TimestampKind {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Content => "content",
            Self::Complete => "complete",
            Self::References => "references",
            Self::Archive => "archive",
            Self::Document => "document",
        }
    }
}

/// A token where it was found, and what it should have stamped.
#[derive(Clone, Debug)]
pub struct Timestamp {
    /// What it stamps.
    pub kind: TimestampKind,
    /// The token, if it can be read.
    pub token: Result<Box<Token>, Malformed>,
    /// What was stamped.
    pub stamped: Stamped,
    /// What the token, once verified, proves to have existed at its time: the SHA-256 of the exact bytes of
    /// each signature value, token, certificate, revocation list and OCSP response that it covers.
    pub covers: Vec<Fingerprint>,
    /// What it covers by references alone, each with the hash function of its reference: the token proves
    /// the hash, and that proves the thing only as long as the function tells it apart.
    pub refers_to: Vec<Referred>,
}

/// A thing that is known by a hash, and the hash function.
pub type Referred = (Fingerprint, DigestAlgorithm);

/// What a token should have stamped.
#[derive(Clone, Debug)]
pub enum Stamped {
    /// These bytes.
    Bytes(Bytes),
    /// Something large, of which these hashes were taken.
    Hashed(Vec<Digest>),
    /// The signature, its content, and what an index in the token names.
    Indexed {
        /// The hash of all that, if it can be had.
        digest: Option<Digest>,
        /// How the index stands to what is there.
        index: Result<Indexed, NoIndex>,
    },
    /// Not known or not there.
    Missing,
}

/// How the index of an archive timestamp stands to what is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Indexed {
    /// By which definition it was made.
    pub version: IndexVersion,
    /// The hash function of its entries.
    pub algorithm: AlgorithmIdentifier,
    /// How many of its hashes, among certificates, revocation data and attributes, are of nothing that is
    /// there; nothing if inkan does not know the hash function.
    pub without_original: Option<[usize; 3]>,
}

impl Stamped {
    /// Its hash under that function, if it can be had.
    pub fn digest(&self, algorithm: DigestAlgorithm) -> Option<Digest> {
        match self {
            Self::Bytes(bytes) => Some(algorithm.digest(bytes)),
            Self::Hashed(digests) => digests.iter().find(|d| d.algorithm() == algorithm).cloned(),
            Self::Indexed { digest, .. } => digest.clone().filter(|d| d.algorithm() == algorithm),
            Self::Missing => None,
        }
    }
}

/// A time-stamp token: a statement, and the TSA's signature over it.
#[derive(Clone, Debug)]
pub struct Token {
    /// The exact bytes.
    pub der: Bytes,
    /// Their SHA-256.
    pub fingerprint: Fingerprint,
    /// What the TSA states.
    pub statement: TstInfo,
    /// How it signed.
    pub signature: Signature,
    /// How many signed it; a token has one signer.
    pub signers: usize,
    /// The elements of its certificate bag, unread, each with its SHA-256.
    pub bag: Vec<(Fingerprint, Bytes)>,
    /// The revocation lists that came along, unread.
    pub revocation: Vec<Bytes>,
}

impl Token {
    /// The certificates that came along and can be read; attribute certificates and other choices, which old
    /// Japanese tokens carry, are passed over.
    pub fn certificates(&self) -> impl Iterator<Item = Certificate> + '_ {
        // Copies: a certificate that is remembered must not hold the whole file that it came in.
        let copies = self.bag.iter().map(|(_, element)| Bytes::copy_from_slice(element));
        copies.filter_map(|der| Certificate::parse(der).ok())
    }
}
