//! Mechanisms: any by number and name, and those that sign or make keys with their parameters.

mod names;

use cryptoki_sys::{self as ck, CK_MECHANISM_TYPE, CK_RSA_PKCS_PSS_PARAMS, CK_ULONG};
use names::NAMES;
use std::fmt;

/// A mechanism by its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MechanismType(pub(crate) CK_MECHANISM_TYPE);

/// A hash function inside a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Parameters of RSASSA-PSS (RFC 8017 §8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pss {
    /// Hash of the message.
    pub hash: Hash,
    /// Hash inside the mask generation function MGF1.
    pub mgf: Hash,
    /// Length of the salt in bytes.
    pub salt: u16,
}

/// A mechanism that signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignMechanism {
    /// `CKM_RSA_PKCS`: the caller hashes, and gives the DER of a DigestInfo (RFC 8017 §9.2).
    RsaPkcs,
    /// `CKM_SHA…_RSA_PKCS`: the token hashes the message.
    RsaPkcsOver(Hash),
    /// `CKM_RSA_PKCS_PSS`: the caller gives the digest.
    RsaPss(Pss),
    /// `CKM_SHA…_RSA_PKCS_PSS`: the token hashes the message with [`Pss::hash`].
    RsaPssOver(Pss),
    /// `CKM_ECDSA`: the caller gives the digest. The signature is r and s side by side, not DER.
    Ecdsa,
    /// `CKM_ECDSA_SHA…`: the token hashes the message; the signature is as above.
    EcdsaOver(Hash),
    /// `CKM_EDDSA`: the caller gives the message.
    Eddsa,
}

/// A mechanism that makes a key pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyPairMechanism {
    /// RSA; size and exponent stand in the public template.
    Rsa,
    /// EC; the curve stands in the public template.
    Ec,
    /// Ed25519 and Ed448, likewise.
    EcEdwards,
}

/// A mechanism as it goes to the library.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lowered {
    pub(crate) kind: CK_MECHANISM_TYPE,
    pub(crate) pss: Option<CK_RSA_PKCS_PSS_PARAMS>,
}

impl MechanismType {
    /// The mechanism of that `CKM_` name.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| Self(*kind))
    }

    /// The number.
    pub fn code(self) -> u64 {
        crate::info::wide(self.0)
    }

    /// Its `CKM_` name; none for mechanisms of vendors.
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(kind, _)| *kind == self.0).map(|(_, name)| *name)
    }
}

impl fmt::Display for MechanismType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None if self.0 & ck::CKM_VENDOR_DEFINED != 0 => write!(f, "vendor 0x{:08x}", self.0),
            None => write!(f, "unknown 0x{:08x}", self.0),
        }
    }
}

impl fmt::Debug for MechanismType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MechanismType({self})")
    }
}

impl SignMechanism {
    /// Its number, as the token lists it.
    pub fn kind(self) -> MechanismType {
        MechanismType(match self {
            Self::RsaPkcs => ck::CKM_RSA_PKCS,
            Self::RsaPkcsOver(Hash::Sha256) => ck::CKM_SHA256_RSA_PKCS,
            Self::RsaPkcsOver(Hash::Sha384) => ck::CKM_SHA384_RSA_PKCS,
            Self::RsaPkcsOver(Hash::Sha512) => ck::CKM_SHA512_RSA_PKCS,
            Self::RsaPss(_) => ck::CKM_RSA_PKCS_PSS,
            Self::RsaPssOver(Pss { hash: Hash::Sha256, .. }) => ck::CKM_SHA256_RSA_PKCS_PSS,
            Self::RsaPssOver(Pss { hash: Hash::Sha384, .. }) => ck::CKM_SHA384_RSA_PKCS_PSS,
            Self::RsaPssOver(Pss { hash: Hash::Sha512, .. }) => ck::CKM_SHA512_RSA_PKCS_PSS,
            Self::Ecdsa => ck::CKM_ECDSA,
            Self::EcdsaOver(Hash::Sha256) => ck::CKM_ECDSA_SHA256,
            Self::EcdsaOver(Hash::Sha384) => ck::CKM_ECDSA_SHA384,
            Self::EcdsaOver(Hash::Sha512) => ck::CKM_ECDSA_SHA512,
            Self::Eddsa => ck::CKM_EDDSA,
        })
    }

    pub(crate) fn lower(self) -> Lowered {
        let pss = match self {
            Self::RsaPss(pss) | Self::RsaPssOver(pss) => Some(pss.lower()),
            Self::RsaPkcs
            | Self::RsaPkcsOver(_)
            | Self::Ecdsa
            | Self::EcdsaOver(_)
            | Self::Eddsa => None,
        };
        Lowered { kind: self.kind().0, pss }
    }
}

impl Pss {
    fn lower(self) -> CK_RSA_PKCS_PSS_PARAMS {
        let hash_alg = match self.hash {
            Hash::Sha256 => ck::CKM_SHA256,
            Hash::Sha384 => ck::CKM_SHA384,
            Hash::Sha512 => ck::CKM_SHA512,
        };
        let mgf = match self.mgf {
            Hash::Sha256 => ck::CKG_MGF1_SHA256,
            Hash::Sha384 => ck::CKG_MGF1_SHA384,
            Hash::Sha512 => ck::CKG_MGF1_SHA512,
        };
        CK_RSA_PKCS_PSS_PARAMS { hashAlg: hash_alg, mgf, sLen: CK_ULONG::from(self.salt) }
    }
}

impl KeyPairMechanism {
    /// Its number, as the token lists it.
    pub fn kind(self) -> MechanismType {
        MechanismType(match self {
            Self::Rsa => ck::CKM_RSA_PKCS_KEY_PAIR_GEN,
            Self::Ec => ck::CKM_EC_KEY_PAIR_GEN,
            Self::EcEdwards => ck::CKM_EC_EDWARDS_KEY_PAIR_GEN,
        })
    }

    pub(crate) fn lower(self) -> Lowered {
        Lowered { kind: self.kind().0, pss: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_of_mechanisms_agree_both_ways() {
        let ecdsa = MechanismType::from_name("CKM_ECDSA").unwrap();
        assert_eq!((ecdsa.code(), ecdsa.name()), (0x1041, Some("CKM_ECDSA")));
        assert_eq!(ecdsa, SignMechanism::Ecdsa.kind());
        assert_eq!(MechanismType::from_name("CKM_ECDSA "), None);
        assert_eq!(MechanismType(0x8000_0001).to_string(), "vendor 0x80000001");
    }

    #[test]
    fn both_names_of_one_mechanism_are_understood() {
        let old = MechanismType::from_name("CKM_ECDSA_KEY_PAIR_GEN").unwrap();
        assert_eq!(old, KeyPairMechanism::Ec.kind());
        assert_eq!(old.to_string(), "CKM_EC_KEY_PAIR_GEN");
    }

    #[test]
    fn pss_carries_its_own_parameters() {
        let pss = Pss { hash: Hash::Sha384, mgf: Hash::Sha256, salt: 20 };
        let lowered = SignMechanism::RsaPssOver(pss).lower();
        assert_eq!(lowered.kind, ck::CKM_SHA384_RSA_PKCS_PSS);
        let params = lowered.pss.unwrap();
        let seen = ({ params.hashAlg }, { params.mgf }, { params.sLen });
        assert_eq!(seen, (ck::CKM_SHA384, ck::CKG_MGF1_SHA256, 20));
    }
}
