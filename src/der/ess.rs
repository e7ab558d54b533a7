//! The signed reference to the signer's certificate (RFC 2634 §5.4, RFC 5035 §3).

use super::Bytes;
use super::algorithm::AlgorithmIdentifier;
use super::certificate::Certificate;
use super::name::{GeneralName, Name};
use super::tlv::{Malformed, Reader, Tag, Tlv};
use super::write;
use crate::digest::DigestAlgorithm;

/// One reference to a certificate, of either version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateReference {
    /// The hash function; nothing if inkan does not know it.
    pub algorithm: Option<DigestAlgorithm>,
    /// The hash of the certificate.
    pub hash: Bytes,
    /// Issuer and serial number, where given.
    pub issuer_serial: Option<(Name, Bytes)>,
}

impl CertificateReference {
    /// Whether this refers to that certificate; nothing if the hash function is not known.
    pub fn refers_to(&self, certificate: &Certificate) -> Option<bool> {
        let is_hash = match self.algorithm? {
            DigestAlgorithm::Sha256 => certificate.fingerprint().as_bytes() == self.hash.as_ref(),
            other => other.digest(certificate.der()).value() == self.hash.as_ref(),
        };
        let same_serial = self.issuer_serial.as_ref().is_none_or(|(issuer, serial)| {
            issuer == certificate.issuer() && serial.as_ref() == certificate.serial()
        });
        Some(is_hash && same_serial)
    }
}

/// ```asn1
/// SigningCertificate ::= SEQUENCE { certs SEQUENCE OF ESSCertID, policies SEQUENCE OF PolicyInformation OPTIONAL }
/// ESSCertID ::= SEQUENCE { certHash OCTET STRING, issuerSerial IssuerSerial OPTIONAL }
/// ```
/// Version 1: always SHA-1. The Japanese TSAs still wrote it in 2019.
pub fn parse_v1(value: &[u8]) -> Result<Vec<CertificateReference>, Malformed> {
    references(value, "SigningCertificate", |_| Ok(Some(DigestAlgorithm::Sha1)))
}

/// ```asn1
/// SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies SEQUENCE OF PolicyInformation OPTIONAL }
/// ESSCertIDv2 ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT {id-sha256}, certHash, issuerSerial OPTIONAL }
/// ```
pub fn parse_v2(value: &[u8]) -> Result<Vec<CertificateReference>, Malformed> {
    references(value, "SigningCertificateV2", |reader| match reader.optional(Tag::SEQUENCE)? {
        Some(tlv) => Ok(AlgorithmIdentifier::parse(&tlv)?.digest()),
        None => Ok(Some(DigestAlgorithm::Sha256)),
    })
}

fn references(
    value: &[u8],
    structure: &'static str,
    algorithm: impl Fn(&mut Reader<'_>) -> Result<Option<DigestAlgorithm>, Malformed>,
) -> Result<Vec<CertificateReference>, Malformed> {
    let mut outer = Reader::only(value, Tag::SEQUENCE, structure)?.reader();
    let mut certs = outer.expect(Tag::SEQUENCE)?.reader();
    outer.optional(Tag::SEQUENCE)?;
    outer.finish()?;
    let mut found = Vec::new();
    while !certs.is_empty() {
        let mut id = certs.expect(Tag::SEQUENCE)?.named(structure);
        let algorithm = algorithm(&mut id)?;
        let hash = Bytes::copy_from_slice(id.expect(Tag::OCTET_STRING)?.content);
        let issuer_serial =
            id.optional(Tag::SEQUENCE)?.map(|tlv| issuer_serial(&tlv)).transpose()?;
        id.finish()?;
        found.push(CertificateReference {
            algorithm,
            hash,
            issuer_serial: issuer_serial.flatten(),
        });
    }
    Ok(found)
}

/// `IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER }`; an issuer that is no
/// directory name refers to nothing that can be compared.
fn issuer_serial(tlv: &Tlv<'_>) -> Result<Option<(Name, Bytes)>, Malformed> {
    let mut reader = tlv.named("IssuerSerial");
    let names = GeneralName::parse_all(reader.expect(Tag::SEQUENCE)?.reader())?;
    let serial = Bytes::copy_from_slice(reader.expect(Tag::INTEGER)?.integer()?);
    let directory = names.into_iter().find_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    });
    Ok(directory.map(|name| (name, serial)))
}

/// Writes a version 2 reference to one certificate, with issuer and serial number.
pub fn write_v2(certificate: &Certificate, algorithm: DigestAlgorithm) -> Vec<u8> {
    let issuer = write::sequence([write::explicit(4, certificate.issuer().der())]);
    let serial = write::element(Tag::INTEGER, certificate.serial());
    // DER leaves a default out: SHA-256 is the default hash (X.690 §11.5).
    let hash_algorithm = match algorithm {
        DigestAlgorithm::Sha256 => Vec::new(),
        other => AlgorithmIdentifier::bare(other.oid()).to_der(),
    };
    let hash = write::octet_string(algorithm.digest(certificate.der()).value());
    let id = write::sequence([hash_algorithm, hash, write::sequence([issuer, serial])]);
    write::sequence([write::sequence([id])])
}
