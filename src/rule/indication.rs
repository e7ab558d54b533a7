//! The indications of ETSI EN 319 102-1 §5.1.3.

use serde::Deserialize;

/// The status of a validation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Indication {
    /// Everything demanded was answered and met.
    Passed,
    /// Something could not be answered, or not with this evidence.
    Indeterminate,
    /// Something is wrong that no further evidence can mend.
    Failed,
}

impl Indication {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Indeterminate => "indeterminate",
            Self::Failed => "failed",
        }
    }
}

macro_rules! sub_indications {
    ($($variant:ident = $name:literal, $indication:ident, $doc:literal;)*) => {
        /// Why a validation did not pass, in the words of EN 319 102-1 table 5.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
        pub enum SubIndication {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        impl SubIndication {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in the standard.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The indication that it belongs to.
            pub const fn indication(self) -> Indication {
                match self { $(Self::$variant => Indication::$indication,)* }
            }
        }
    };
}

sub_indications! {
    FormatFailure = "FORMAT_FAILURE", Failed, "The file is not in a form that the standard defines.";
    HashFailure = "HASH_FAILURE", Failed, "The signed data is not what was signed.";
    SigCryptoFailure = "SIG_CRYPTO_FAILURE", Failed, "The signature value is not the signer's.";
    Revoked = "REVOKED", Failed, "The certificate was revoked, and the signature is proven to be later.";
    Expired = "EXPIRED", Failed, "The signature is proven to be later than the certificate's end.";
    NotYetValid = "NOT_YET_VALID", Failed, "The signature is proven to be earlier than the certificate's begin.";
    SigConstraintsFailure = "SIG_CONSTRAINTS_FAILURE", Indeterminate, "An attribute of the signature breaks the policy.";
    ChainConstraintsFailure = "CHAIN_CONSTRAINTS_FAILURE", Indeterminate, "The certificate path breaks the policy.";
    CertificateChainGeneralFailure = "CERTIFICATE_CHAIN_GENERAL_FAILURE", Indeterminate, "The certificate path is wrong for some other reason.";
    CryptoConstraintsFailure = "CRYPTO_CONSTRAINTS_FAILURE", Indeterminate, "An algorithm was too weak when it was used.";
    PolicyProcessingError = "POLICY_PROCESSING_ERROR", Indeterminate, "The signature policy could not be processed.";
    SignaturePolicyNotAvailable = "SIGNATURE_POLICY_NOT_AVAILABLE", Indeterminate, "The signature policy was not to be had.";
    TimestampOrderFailure = "TIMESTAMP_ORDER_FAILURE", Indeterminate, "The times of the timestamps contradict their order.";
    NoSigningCertificateFound = "NO_SIGNING_CERTIFICATE_FOUND", Indeterminate, "The signer's certificate is not there.";
    NoCertificateChainFound = "NO_CERTIFICATE_CHAIN_FOUND", Indeterminate, "No path leads to a trusted certificate.";
    RevokedNoPoe = "REVOKED_NO_POE", Indeterminate, "The certificate is revoked, and nothing proves the signature earlier.";
    RevokedCaNoPoe = "REVOKED_CA_NO_POE", Indeterminate, "A CA's certificate is revoked, and nothing proves the signature earlier.";
    OutOfBoundsNotRevoked = "OUT_OF_BOUNDS_NOT_REVOKED", Indeterminate, "Outside the certificate's validity, though it is known not to be revoked.";
    OutOfBoundsNoPoe = "OUT_OF_BOUNDS_NO_POE", Indeterminate, "Outside the certificate's validity, and nothing proves the signature inside it.";
    RevocationOutOfBoundsNoPoe = "REVOCATION_OUT_OF_BOUNDS_NO_POE", Indeterminate, "The certificate behind the revocation data is out of its validity.";
    CryptoConstraintsFailureNoPoe = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", Indeterminate, "An algorithm is too weak, and nothing proves that it was used earlier.";
    NoPoe = "NO_POE", Indeterminate, "Nothing proves that the object existed in time.";
    TryLater = "TRY_LATER", Indeterminate, "Revocation data is missing or not fresh enough.";
    SignedDataNotFound = "SIGNED_DATA_NOT_FOUND", Indeterminate, "The signed data is not there.";
    NoSignatureFound = "NO_SIGNATURE_FOUND", Indeterminate, "The file holds no signature.";
    Custom = "CUSTOM", Indeterminate, "Another reason, named by the finding.";
}
