//! The checks that a profile can ask for, with their parameters.
//!
//! Each is a name and some figures; the code behind a name is in layer `check`. The lists are closed:
//! a profile that asks for a check inkan does not know is refused when it is read.

use super::content::{Dotted, Usages};
use crate::rule::Rule;
use crate::time::Instant;
use serde::Deserialize;
use std::sync::Arc;

/// One requirement of a profile.
#[derive(Clone, Debug)]
pub struct Requirement<C> {
    /// Identity, citation and weight.
    pub rule: Arc<Rule>,
    /// What is checked.
    pub check: C,
    /// To which certificates of a path it applies.
    pub applies: Applies,
    /// In force from.
    pub from: Option<Instant>,
    /// In force until.
    pub until: Option<Instant>,
}

impl<C> Requirement<C> {
    /// Whether it is in force at that time.
    pub fn in_force(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at <= until)
    }
}

/// To which certificates of a path a requirement applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applies {
    /// To each of them.
    #[default]
    All,
    /// To the one at the end only.
    EndEntity,
    /// To those of CAs only.
    Ca,
    /// To the path as a whole: asked of the one at its end, whatever the path is for.
    Path,
}

/// A kind of check with the name that rule ids and texts use.
pub trait Check: for<'de> Deserialize<'de> + Clone {
    /// Its name, as in the profile.
    fn name(&self) -> &'static str;
}

macro_rules! checks {
    ($(#[$doc:meta])* $kind:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal { $($(#[$fdoc:meta])* $field:ident: $type:ty),* },)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub enum $kind {
            $($(#[$vdoc])* #[serde(rename = $name, rename_all = "kebab-case")] $variant { $($(#[$fdoc])* $field: $type),* },)*
        }

        impl $kind {
            /// The names of all checks of this kind.
            pub const NAMES: &[&str] = &[$($name),*];
        }

        impl Check for $kind {
            fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }
        }
    };
}

pub(super) use checks;

checks! {
    /// What can be asked of a certificate in its path.
    CertificateCheck {
        /// The issuer's key verifies the signature.
        IssuedByNext = "issued-by-next" {},
        /// The issuer's name is the subject of the next certificate.
        NameChains = "name-chains" {},
        /// The algorithm inside and outside the signed part is the same.
        AlgorithmsAgree = "algorithms-agree" {},
        /// The certificate is of a version that has extensions.
        Version = "version" {
            /// The version.
            at_least: u64
        },
        /// The time of validation lies within its validity.
        ValidAt = "valid-at" {},
        /// It is known not to be revoked at the time that matters.
        NotRevoked = "not-revoked" {},
        /// That is known from data as new as it should be.
        StatusCurrent = "status-current" {},
        /// No critical extension is unknown.
        CriticalExtensionsKnown = "critical-extensions-known" {},
        /// No extension occurs twice and each can be read.
        ExtensionsReadable = "extensions-readable" {},
        /// basicConstraints says that it is a CA.
        IsCa = "is-ca" {},
        /// Not more certificates follow than it allows.
        PathLength = "path-length" {},
        /// Its names lie where the CAs above it allow.
        NameConstraints = "name-constraints" {},
        /// The path that ends with it is valid for a policy where one is required.
        Policies = "policies" {},
        /// Its key and the algorithm that signed it are strong enough.
        AlgorithmStrength = "algorithm-strength" {},
        /// keyUsage has one of these.
        KeyUsage = "key-usage" {
            /// Any of these will do.
            any_of: Vec<String>,
            /// A certificate without the extension is refused.
            required: bool
        },
        /// keyUsage, where there is one, fits what keys of these algorithms can do.
        KeyUsageFits = "key-usage-fits" {
            /// The algorithms of keys that the check is about.
            keys: Vec<Dotted>,
            /// At least one of these.
            any_of: Usages,
            /// None of these.
            none_of: Usages
        },
        /// extKeyUsage names this purpose.
        ExtKeyUsage = "ext-key-usage" {
            /// The purpose, dotted.
            purpose: String,
            /// No other purpose may stand beside it.
            alone: bool,
            /// The extension must be critical.
            critical: bool
        },
    }
}

checks! {
    /// What can be asked of a signature.
    SignatureCheck {
        /// The container can be read as the standard defines it.
        WellFormed = "well-formed" {},
        /// The digest algorithm is one of those that are announced in front.
        DigestAnnounced = "digest-announced" {},
        /// There are signed attributes.
        SignedAttributes = "signed-attributes" {},
        /// The signed attributes are in DER order.
        AttributesSorted = "attributes-sorted" {},
        /// No attribute that must be single occurs twice or has two values.
        AttributesUnique = "attributes-unique" {},
        /// The content-type attribute is that of the content.
        ContentType = "content-type" {},
        /// Digest algorithm and signature algorithm agree.
        AlgorithmsConsistent = "algorithms-consistent" {},
        /// The hash functions in the parameters of RSASSA-PSS are the digest algorithm.
        PssParameters = "pss-parameters" {},
        /// The message digest is as long as those of the digest algorithm are.
        MessageDigestLength = "message-digest-length" {},
        /// The algorithms are those that are repeated under the signature.
        AlgorithmProtection = "algorithm-protection" {},
        /// The policy that the signature names is known, if it names one.
        SignaturePolicy = "signature-policy" {},
        /// The roles that the signer claims are those in the certificate.
        ClaimedRoles = "claimed-roles" {},
        /// Every counter-signature can be read.
        CounterSignatures = "counter-signatures" {},
        /// The references to certificates and revocation data are to some that are there.
        ValueReferences = "value-references" {},
        /// An archive timestamp covers all that is there.
        ArchiveCoverage = "archive-coverage" {},
        /// The signer's certificate is there.
        SignerCertificate = "signer-certificate" {},
        /// The signed reference to the signer's certificate is there and is of this certificate.
        CertificateReference = "certificate-reference" {},
        /// The content is what was signed.
        ContentIntact = "content-intact" {},
        /// The signature value is made with the signer's key over the attributes.
        SignatureValue = "signature-value" {},
        /// The signer's certificate has a path to a trusted one, valid and not revoked.
        SignerTrusted = "signer-trusted" {},
        /// Hash and signature algorithms may be relied on at the proven time.
        SignatureStrength = "signature-strength" {},
        /// Every timestamp that is there can be relied on.
        TimestampsTrusted = "timestamps-trusted" {},
        /// No timestamp is older than what it stamps.
        TimestampsOrdered = "timestamps-ordered" {
            /// How many seconds the clocks of two authorities may differ.
            tolerance: i64
        },
        /// The claimed time of signing does not contradict the proven one.
        SigningTimePlausible = "signing-time-plausible" {
            /// How many seconds the clocks may differ.
            tolerance: i64
        },
        /// Every attribute is one that inkan judges.
        NothingUnjudged = "nothing-unjudged" {},
    }
}

checks! {
    /// What can be asked of a time-stamp token.
    TimestampCheck {
        /// The token is signed-data over a TSTInfo, by one signer.
        TokenForm = "token-form" {},
        /// The imprint is that of the stamped data.
        Imprint = "imprint" {},
        /// The hash index of an archive timestamp is there, and names only what is there.
        ArchiveIndex = "archive-index" {},
        /// The hashes of that index are made with the function of the imprint.
        ArchiveIndexAlgorithm = "archive-index-algorithm" {},
        /// The name of the TSA in the statement is one of its certificate.
        TsaName = "tsa-name" {},
        /// Digest algorithm, signature algorithm and attributes agree.
        TokenAlgorithmsConsistent = "token-algorithms-consistent" {},
        /// The TSA's certificate is there.
        TsaCertificate = "tsa-certificate" {},
        /// The signed reference to the TSA's certificate is of this certificate.
        TsaCertificateReference = "tsa-certificate-reference" {},
        /// The statement is what was signed.
        StatementIntact = "statement-intact" {},
        /// The signature value is made with the TSA's key.
        TokenSignature = "token-signature" {},
        /// The time lies within the validity of the TSA's certificate.
        TimeWithinCertificate = "time-within-certificate" {},
        /// The time is not later than that of validation.
        TimeNotInFuture = "time-not-in-future" {
            /// How many seconds the clocks may differ.
            tolerance: i64
        },
        /// The TSA's certificate has a path to a certificate trusted for time.
        TsaTrusted = "tsa-trusted" {},
        /// The time lies within the time for which the TSA was accredited, where the user said so.
        TsaAccredited = "tsa-accredited" {},
        /// Hash and signature algorithms may be relied on.
        TokenStrength = "token-strength" {},
        /// The TSA says how exact its time is.
        Accuracy = "accuracy" {
            /// The worst that is accepted, in microseconds.
            at_most_micros: u64
        },
    }
}

checks! {
    /// What can be asked of an evidence record.
    RecordCheck {
        /// It is of a known version, names its hash functions, and all of it can be read.
        RecordForm = "record-form" {},
        /// The data was stamped as it is, not encrypted.
        RecordPlain = "record-plain" {},
        /// The first archive timestamp holds the hash of each object.
        ObjectsStamped = "objects-stamped" {},
        /// Several objects were stamped as a group, and nothing else with them.
        ObjectGroup = "object-group" {},
        /// Each tree leads to the hash that its token is of.
        TreesReachTokens = "trees-reach-tokens" {},
        /// All archive timestamps of a chain use one hash function, and so do their tokens.
        ChainAlgorithm = "chain-algorithm" {},
        /// Each later archive timestamp of a chain covers the token before it.
        TokensRenewed = "tokens-renewed" {},
        /// Each later chain covers the objects and all older chains.
        TreesRenewed = "trees-renewed" {},
        /// No archive timestamp is earlier than the one before it.
        ArchiveTimesAscend = "archive-times-ascend" {},
        /// Each archive timestamp held when the next was made, and the last one holds.
        ArchiveTimestampsTrusted = "archive-timestamps-trusted" {},
        /// The hash function of each chain held until the next chain began, and that of the last holds.
        HashesOutlastChains = "hashes-outlast-chains" {},
        /// Nothing in it is left unjudged.
        RecordUnjudged = "record-unjudged" {},
    }
}
