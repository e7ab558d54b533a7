//! Questions that a judgement could not answer with what it had.

use crate::der::Bytes;

/// Something that is missing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Want {
    /// What kind of thing.
    pub what: Wanted,
    /// For what it is wanted, in words for people: a subject, a signature.
    pub about: String,
    /// How it can be had, if it can be fetched at all.
    pub fetch: Option<Fetch>,
}

/// Kinds of evidence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Wanted {
    /// The certificate of an issuer.
    Issuer,
    /// A revocation list.
    Crl,
    /// An OCSP response.
    Ocsp,
    /// Any revocation data, where the certificate points to none.
    Revocation,
    /// A time-stamp response.
    Timestamp,
    /// The signed document.
    Content,
    /// A trusted certificate, which only the user can add.
    Anchor,
    /// The signer's own certificate.
    SignerCertificate,
    /// An algorithm that inkan can compute.
    Algorithm,
    /// A signature policy that inkan knows.
    SignaturePolicy,
    /// Attribute certificates that inkan can verify.
    AttributeCertificate,
}

impl Wanted {
    const ALL: [Self; 11] = [
        Self::Issuer,
        Self::Crl,
        Self::Ocsp,
        Self::Revocation,
        Self::Timestamp,
        Self::Content,
        Self::Anchor,
        Self::SignerCertificate,
        Self::Algorithm,
        Self::SignaturePolicy,
        Self::AttributeCertificate,
    ];

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wanted| wanted.name() == name)
    }

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
            Self::Revocation => "revocation",
            Self::Timestamp => "timestamp",
            Self::Content => "content",
            Self::Anchor => "anchor",
            Self::SignerCertificate => "signer-certificate",
            Self::Algorithm => "algorithm",
            Self::SignaturePolicy => "signature-policy",
            Self::AttributeCertificate => "attribute-certificate",
        }
    }
}

/// One exchange over the network.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fetch {
    /// Get a document.
    Get(String),
    /// Post a request and take the answer.
    Post {
        /// Where to.
        url: String,
        /// The media type of the request.
        media_type: &'static str,
        /// The request.
        body: Bytes,
    },
}

impl Fetch {
    /// The address.
    pub fn url(&self) -> &str {
        match self {
            Self::Get(url) | Self::Post { url, .. } => url,
        }
    }
}

/// The address without `user:password@` (RFC 3986 §3.2.1), to be shown.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(at) => rest.split_at_checked(at).unwrap_or((rest, "")),
        None => (rest, ""),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

impl Want {
    /// Something that can be fetched.
    pub fn from(what: Wanted, about: impl std::fmt::Display, fetch: Fetch) -> Self {
        Self { what, about: about.to_string(), fetch: Some(fetch) }
    }

    /// Something that the user must supply.
    pub fn without_source(what: Wanted, about: impl std::fmt::Display) -> Self {
        Self { what, about: about.to_string(), fetch: None }
    }
}

/// Why something could not be had.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

impl Unavailable {
    const NOT_ASKED: &'static str = "not asked for: too much was fetched for this file";

    /// Nobody was asked, for enough was asked already.
    pub fn not_asked() -> Self {
        Self(Self::NOT_ASKED.to_owned())
    }

    /// Whether nobody was asked. Whoever was asked in vain has nothing; whoever was not may have it.
    pub fn is_not_asked(&self) -> bool {
        self.0 == Self::NOT_ASKED
    }
}

/// Where more evidence comes from.
pub trait EvidenceSource {
    /// Fetches one thing. What comes back is untrusted bytes.
    fn obtain(&mut self, want: &Want) -> Result<Bytes, Unavailable>;
}

/// The source that has nothing: every judgement offline.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl EvidenceSource for Offline {
    fn obtain(&mut self, _: &Want) -> Result<Bytes, Unavailable> {
        Err(Unavailable("offline".to_owned()))
    }
}
