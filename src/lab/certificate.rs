//! Writes certificates, right or wrong: what the draft says is what is signed.

use crate::der::algorithm::PublicKey;
use crate::der::write;
use crate::der::{Bytes, Tag};
use crate::digest::DigestAlgorithm;
use crate::edge::entropy::{NoEntropy, random};
use crate::key::{KeyError, SigningKey};
use crate::time::Instant;

/// A certificate before it is signed. Names are DER.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft<'a> {
    /// Content octets of the serial number, whatever they are.
    pub serial: &'a [u8],
    /// Who issues it.
    pub issuer: &'a [u8],
    /// The first instant of its validity.
    pub from: Instant,
    /// The last instant of its validity.
    pub until: Instant,
    /// Whom it names.
    pub subject: &'a [u8],
    /// The key that it binds to the name.
    pub public_key: &'a PublicKey,
    /// Its extensions, each a SEQUENCE.
    pub extensions: &'a [Vec<u8>],
}

impl Draft<'_> {
    /// Signs it.
    ///
    /// ```asn1
    /// TBSCertificate ::= SEQUENCE { version [0], serialNumber, signature, issuer, validity, subject,
    ///     subjectPublicKeyInfo, extensions [3] }
    /// ```
    /// RFC 5280 §4.1.
    pub(super) fn sign(&self, issuer: &dyn SigningKey) -> Result<Vec<u8>, KeyError> {
        let validity = write::sequence([write::time(self.from), write::time(self.until)]);
        let extensions = write::explicit(3, &write::sequence(self.extensions));
        let tbs = write::sequence([
            write::explicit(0, &write::integer(2)).as_slice(),
            &write::element(Tag::INTEGER, self.serial),
            &issuer.scheme().identifier().to_der(),
            self.issuer,
            &validity,
            self.subject,
            self.public_key.der(),
            &extensions,
        ]);
        signed(&tbs, issuer)
    }
}

/// `SEQUENCE { toBeSigned, signatureAlgorithm, signature BIT STRING }`: the outer form of
/// certificates and of revocation lists.
pub(super) fn signed(tbs: &[u8], key: &dyn SigningKey) -> Result<Vec<u8>, KeyError> {
    let signature = write::bit_string(&key.sign(tbs)?);
    let algorithm = key.scheme().identifier().to_der();
    Ok(write::sequence([tbs, &algorithm, &signature]))
}

/// The key identifier of RFC 5280 §4.2.1.2, method 1.
pub(super) fn key_id(key: &PublicKey) -> Bytes {
    Bytes::copy_from_slice(DigestAlgorithm::Sha1.digest(key.bits()).value())
}

/// The content octets of a positive random serial number: 16 of them.
pub(super) fn random_serial() -> Result<Vec<u8>, NoEntropy> {
    let mut octets: [u8; 16] = random()?;
    if let Some(first) = octets.first_mut() {
        // Neither negative nor shorter than it looks.
        *first = *first & 0x7f | 0x40;
    }
    Ok(octets.to_vec())
}
