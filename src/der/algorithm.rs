//! Algorithm identifiers and public keys, as certificates and signatures carry them.

use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use super::{Bytes, write};
use crate::digest::DigestAlgorithm;
use crate::oid::{self, Oid};

/// ```asn1
/// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
/// ```
/// RFC 5280 §4.1.1.2.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AlgorithmIdentifier {
    /// Which algorithm.
    pub oid: Oid,
    /// Its parameters: one element, with its tag.
    pub parameters: Option<Bytes>,
}

impl AlgorithmIdentifier {
    /// An identifier without parameters.
    pub const fn bare(oid: Oid) -> Self {
        Self { oid, parameters: None }
    }

    /// An identifier with parameters NULL, as RFC 4055 wants it for RSA PKCS #1 v1.5.
    pub fn with_null(oid: Oid) -> Self {
        Self { oid, parameters: Some(Bytes::from(write::null())) }
    }

    /// Reads the SEQUENCE.
    pub fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut reader = tlv.named("AlgorithmIdentifier");
        let oid = reader.expect(Tag::OID)?.oid()?;
        let parameters = match reader.peek() {
            Some(_) => Some(tlv.share(reader.take()?.raw)),
            None => None,
        };
        reader.finish()?;
        Ok(Self { oid, parameters })
    }

    /// Writes the SEQUENCE.
    pub fn to_der(&self) -> Vec<u8> {
        write::sequence([
            write::oid(self.oid).as_slice(),
            self.parameters.as_deref().unwrap_or_default(),
        ])
    }

    /// The hash function that this names, where its parameters are absent or NULL (RFC 5754 §2).
    pub fn digest(&self) -> Option<DigestAlgorithm> {
        let plain = self.parameters.as_deref().is_none_or(|p| p == [0x05, 0x00]);
        plain.then(|| DigestAlgorithm::from_oid(self.oid)).flatten()
    }
}

/// ```asn1
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm    [0] HashAlgorithm    DEFAULT sha1,
///     maskGenAlgorithm [1] MaskGenAlgorithm DEFAULT mgf1SHA1,
///     saltLength       [2] INTEGER          DEFAULT 20,
///     trailerField     [3] TrailerField     DEFAULT trailerFieldBC }
/// ```
/// RFC 4055 §3.1. The parameters decide; no default of ours stands in for them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PssParameters {
    /// The hash function over the message.
    pub digest: DigestAlgorithm,
    /// The hash function inside MGF1.
    pub mask_digest: DigestAlgorithm,
    /// The length of the salt in octets.
    pub salt_length: u64,
}

impl PssParameters {
    /// Reads the parameters element of an RSASSA-PSS identifier.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let structure = "RSASSA-PSS-params";
        let mut reader = Reader::only(bytes, Tag::SEQUENCE, structure)?.reader();
        let unknown = || Malformed::new(structure, Problem::Unknown);
        let mut found = Self {
            digest: DigestAlgorithm::Sha1,
            mask_digest: DigestAlgorithm::Sha1,
            salt_length: 20,
        };
        if let Some(tlv) = reader.optional(Tag::context(0))? {
            let hash = AlgorithmIdentifier::parse(&tlv.explicit(Tag::SEQUENCE)?)?;
            found.digest = hash.digest().ok_or_else(unknown)?;
        }
        if let Some(tlv) = reader.optional(Tag::context(1))? {
            let mask = AlgorithmIdentifier::parse(&tlv.explicit(Tag::SEQUENCE)?)?;
            let inner = mask.parameters.filter(|_| mask.oid == oid::MGF1).ok_or_else(unknown)?;
            let inner = Reader::only(&inner, Tag::SEQUENCE, structure)?;
            found.mask_digest = AlgorithmIdentifier::parse(&inner)?.digest().ok_or_else(unknown)?;
        }
        if let Some(tlv) = reader.optional(Tag::context(2))? {
            found.salt_length = tlv.explicit(Tag::INTEGER)?.u64()?;
        }
        if let Some(tlv) = reader.optional(Tag::context(3))?
            && tlv.explicit(Tag::INTEGER)?.u64()? != 1
        {
            return Err(unknown());
        }
        reader.finish()?;
        Ok(found)
    }

    /// Writes the parameters element.
    pub fn to_der(self) -> Vec<u8> {
        let hash = |digest: DigestAlgorithm| AlgorithmIdentifier::with_null(digest.oid()).to_der();
        let mask =
            AlgorithmIdentifier { oid: oid::MGF1, parameters: Some(hash(self.mask_digest).into()) };
        write::sequence([
            write::explicit(0, &hash(self.digest)),
            write::explicit(1, &mask.to_der()),
            write::explicit(2, &write::integer(self.salt_length)),
        ])
    }
}

/// A parameter set of ML-DSA (FIPS 204 §4). Its identifier stands for key and signature alike, and
/// has no parameters (RFC 9881 §2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "each variant is the parameter set it is named after")]
pub enum MlDsa {
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

impl MlDsa {
    /// Every parameter set.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// The set that an identifier names.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.oid() == oid)
    }

    /// Its identifier.
    pub const fn oid(self) -> Oid {
        match self {
            Self::MlDsa44 => oid::ML_DSA_44,
            Self::MlDsa65 => oid::ML_DSA_65,
            Self::MlDsa87 => oid::ML_DSA_87,
        }
    }

    /// Its name in FIPS 204.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
        }
    }

    /// The length of a public key in octets (FIPS 204 §4, table 2).
    pub const fn public_key_octets(self) -> usize {
        match self {
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }
}

impl std::fmt::Display for MlDsa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// ```asn1
/// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
/// ```
/// RFC 5280 §4.1.2.7. The join between keys, certificates and signatures is its exact bytes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PublicKey {
    der: Bytes,
    algorithm: AlgorithmIdentifier,
    bits: Bytes,
}

/// What kind of public key, as far as strength goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyKind {
    /// RSA with a modulus of so many bits, and whether it is bound to PSS.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
        /// The key may be used with PSS only (RFC 4055 §1.2).
        pss_only: bool,
    },
    /// An elliptic curve by name.
    Ec(Oid),
    /// Ed25519.
    Ed25519,
    /// ML-DSA with a parameter set.
    MlDsa(MlDsa),
    /// Anything else, by its algorithm.
    Other(Oid),
}

impl PublicKey {
    /// Reads the SEQUENCE.
    pub fn parse(tlv: &Tlv<'_>) -> Result<Self, Malformed> {
        let mut reader = tlv.named("SubjectPublicKeyInfo");
        let algorithm = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let bits = reader.expect(Tag::BIT_STRING)?.bit_octets()?;
        reader.finish()?;
        let der = tlv.share(tlv.raw);
        let bits = der.slice_ref_of(bits, tlv.raw);
        Ok(Self { der, algorithm, bits })
    }

    /// Reads a SubjectPublicKeyInfo that stands alone.
    pub fn from_der(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::parse(&Reader::only(bytes, Tag::SEQUENCE, "SubjectPublicKeyInfo")?)
    }

    /// The exact bytes of the whole structure.
    pub const fn der(&self) -> &Bytes {
        &self.der
    }

    /// The algorithm, with the curve in its parameters.
    pub const fn algorithm(&self) -> &AlgorithmIdentifier {
        &self.algorithm
    }

    /// The content of the bit string: an RSAPublicKey, an EC point, or the raw key.
    pub const fn bits(&self) -> &Bytes {
        &self.bits
    }

    /// What kind of key this is.
    pub fn kind(&self) -> KeyKind {
        match self.algorithm.oid {
            oid::RSA | oid::RSA_PSS => KeyKind::Rsa {
                bits: self.rsa_modulus().map_or(0, bit_length),
                pss_only: self.algorithm.oid == oid::RSA_PSS,
            },
            oid::EC_PUBLIC_KEY => {
                self.curve().map_or(KeyKind::Other(self.algorithm.oid), KeyKind::Ec)
            }
            oid::ED25519 => KeyKind::Ed25519,
            other => MlDsa::from_oid(other).map_or(KeyKind::Other(other), KeyKind::MlDsa),
        }
    }

    fn curve(&self) -> Option<Oid> {
        let parameters = self.algorithm.parameters.as_deref()?;
        Reader::only(parameters, Tag::OID, "ECParameters").ok()?.oid().ok()
    }

    /// The modulus of an RSA key, big-endian without leading zeros.
    pub fn rsa_modulus(&self) -> Option<&[u8]> {
        self.rsa_numbers().map(|(modulus, _)| modulus)
    }

    /// Modulus and exponent of an RSA key, big-endian without leading zeros.
    ///
    /// ```asn1
    /// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
    /// ```
    /// RFC 8017 appendix A.1.1.
    pub fn rsa_numbers(&self) -> Option<(&[u8], &[u8])> {
        let mut reader = Reader::only(&self.bits, Tag::SEQUENCE, "RSAPublicKey").ok()?.reader();
        let mut number = || {
            let octets = reader.expect(Tag::INTEGER).ok()?.integer().ok()?;
            octets.get(octets.iter().take_while(|b| **b == 0).count()..)
        };
        Some((number()?, number()?))
    }
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa { bits, pss_only: false } => write!(f, "RSA-{bits}"),
            Self::Rsa { bits, pss_only: true } => write!(f, "RSA-{bits} (PSS only)"),
            Self::Ec(curve) | Self::Other(curve) => match oid::name(curve) {
                Some(name) => f.write_str(name),
                None => write!(f, "{curve}"),
            },
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::MlDsa(set) => write!(f, "{set}"),
        }
    }
}

fn bit_length(octets: &[u8]) -> usize {
    octets.first().map_or(0, |first| {
        let leading = usize::try_from(first.leading_zeros()).unwrap_or(0);
        octets.len() * 8 - leading
    })
}

/// Cuts a slice out of shared bytes.
pub(crate) trait SliceRefOf {
    /// The part of `self` that stands where `part` stands in `whole`, of which `self` is a copy.
    fn slice_ref_of(&self, part: &[u8], whole: &[u8]) -> Bytes;
}

impl SliceRefOf for Bytes {
    fn slice_ref_of(&self, part: &[u8], whole: &[u8]) -> Bytes {
        let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr());
        start
            .and_then(|start| Some(start..start.checked_add(part.len())?))
            .filter(|range| range.end <= self.len())
            .map_or_else(|| Bytes::copy_from_slice(part), |range| self.slice(range))
    }
}
