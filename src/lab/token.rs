//! Writes time-stamp tokens: a TSTInfo inside a CMS signed-data (RFC 3161 §2.4.2, RFC 5652).

use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::certificate::Certificate;
use crate::der::{Tag, write};
use crate::digest::DigestAlgorithm;
use crate::key::{KeyError, SigningKey};
use crate::oid;

/// Signs a TSTInfo. `certificates` travel with the token; `signer` is the one that the attributes name.
pub(super) fn token(
    tst_info: &[u8],
    signer: &Certificate,
    certificates: &[Certificate],
    key: &dyn SigningKey,
) -> Result<Vec<u8>, KeyError> {
    let digest = key.scheme().digest();
    let embedded = if certificates.is_empty() {
        Vec::new()
    } else {
        let all = certificates.iter().map(|certificate| certificate.der().to_vec()).collect();
        write::implicit(0, &write::set_of(all))
    };
    let content = write::explicit(0, &write::octet_string(tst_info));
    let signed_data = write::sequence([
        // RFC 5652 §5.1: version 3 because the content is not `data`.
        write::integer(3),
        write::set([AlgorithmIdentifier::bare(digest.oid()).to_der()]),
        write::sequence([write::oid(oid::TST_INFO), content]),
        embedded,
        write::set([signer_info(tst_info, signer, digest, key)?]),
    ]);
    Ok(write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &signed_data)]))
}

/// ```asn1
/// SignerInfo ::= SEQUENCE { version, sid IssuerAndSerialNumber, digestAlgorithm, signedAttrs [0] IMPLICIT,
///     signatureAlgorithm, signature OCTET STRING }
/// ```
fn signer_info(
    tst_info: &[u8],
    signer: &Certificate,
    digest: DigestAlgorithm,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, KeyError> {
    let attributes = write::set_of(vec![
        attribute(oid::CONTENT_TYPE, &write::oid(oid::TST_INFO)),
        attribute(oid::MESSAGE_DIGEST, &write::octet_string(digest.digest(tst_info).value())),
        attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate(signer)),
    ]);
    // RFC 5652 §5.4: signed as a SET OF, carried as [0].
    let signature = key.sign(&attributes)?;
    Ok(write::sequence([
        write::integer(1),
        write::sequence([signer.issuer().der().to_vec(), serial(signer)]),
        AlgorithmIdentifier::bare(digest.oid()).to_der(),
        write::implicit(0, &attributes),
        key.scheme().identifier().to_der(),
        write::octet_string(&signature),
    ]))
}

fn attribute(kind: oid::Oid, value: &[u8]) -> Vec<u8> {
    write::sequence([write::oid(kind), write::set([value])])
}

/// SigningCertificateV2 with one ESSCertIDv2 whose hash is the default, SHA-256 (RFC 5035 §4).
fn signing_certificate(signer: &Certificate) -> Vec<u8> {
    let issuer = write::sequence([super::name::directory_name(signer.issuer().der())]);
    let id = write::sequence([
        write::octet_string(DigestAlgorithm::Sha256.digest(signer.der()).value()),
        write::sequence([issuer, serial(signer)]),
    ]);
    write::sequence([write::sequence([id])])
}

fn serial(certificate: &Certificate) -> Vec<u8> {
    write::element(Tag::INTEGER, certificate.serial())
}
