//! What a signer claims beside the time: about the content, the place, its role, and why it signs.
//! Nothing proves a claim, but that the signer made it.

use crate::der::Bytes;
use crate::der::cades::AlgorithmProtection;
use crate::der::cades::content::{ContentHints, ContentReference};
use crate::der::cades::policy::SignaturePolicy;
use crate::der::cades::signer::{SignerAttributes, SignerLocation};
use crate::oid::Oid;

/// The claims of one signature.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Claims {
    /// The content in words, and its innermost type.
    pub content_hints: Option<ContentHints>,
    /// A name for the content.
    pub content_identifier: Option<Bytes>,
    /// The signed message that this one answers to.
    pub content_reference: Option<ContentReference>,
    /// The media type of the content.
    pub mime_type: Option<String>,
    /// What the signer commits to.
    pub commitments: Vec<Oid>,
    /// Where the signer signs.
    pub location: Option<SignerLocation>,
    /// In which role the signer signs.
    pub signer: SignerAttributes,
    /// Under which policy the signer signs.
    pub policy: Option<SignaturePolicy>,
    /// The algorithms, repeated under the signature.
    pub algorithms: Option<AlgorithmProtection>,
}
