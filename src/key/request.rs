//! A request for a certificate (PKCS #10, RFC 2986), signed by the key that it is for.

pub mod subject;

pub use subject::{BadSubject, Subject};

use super::{KeyError, SigningKey};
use crate::crypto::{SignatureScheme, verify};
use crate::der::algorithm::{AlgorithmIdentifier, PublicKey};
use crate::der::extension::KeyUsage;
use crate::der::{Malformed, Reader, Tag, write};
use crate::oid::{self, Oid};

/// `pkcs-9-at-extensionRequest` (RFC 2985 §5.4.2).
const EXTENSION_REQUEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.14");

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose certificate.
    pub subject: Subject,
    /// What the key is for.
    pub usage: KeyUsage,
    /// The healthcare role to be vouched for, as certificates write it.
    pub role: Option<String>,
}

/// Why a request is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadRequest {
    /// It cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Its signature is not of the key in it.
    #[error("the signature of the request is not of the key in it")]
    NotVerified,
}

impl Request {
    /// The request in DER, verified before it is handed out.
    ///
    /// ```asn1
    /// CertificationRequest ::= SEQUENCE { certificationRequestInfo, signatureAlgorithm, signature }
    /// CertificationRequestInfo ::= SEQUENCE {
    ///     version INTEGER { v1(0) }, subject Name, subjectPKInfo SubjectPublicKeyInfo,
    ///     attributes [0] IMPLICIT SET OF Attribute }
    /// ```
    /// RFC 2986 §4.
    pub fn sign(&self, key: &dyn SigningKey) -> Result<Vec<u8>, KeyError> {
        let attribute =
            write::sequence([write::oid(EXTENSION_REQUEST), write::set([self.extensions()])]);
        let info = write::sequence([
            write::integer(0),
            self.subject.to_der(),
            key.public_key().der().to_vec(),
            write::implicit(0, &write::set_of(vec![attribute])),
        ]);
        let signature = key.sign(&info)?;
        let algorithm = key.scheme().identifier().to_der();
        let request = write::sequence([info, algorithm, write::bit_string(&signature)]);
        match public_key_of(&request) {
            Ok(key_in_it) if key_in_it == *key.public_key() => Ok(request),
            Ok(_) => Err(KeyError::Failed("the request has another key in it".to_owned())),
            Err(error) => Err(KeyError::Failed(error.to_string())),
        }
    }

    /// keyUsage is critical as RFC 5280 §4.2.1.3 wants it; the role is not, as in every HPKI certificate.
    fn extensions(&self) -> Vec<u8> {
        let usage = extension(oid::KEY_USAGE, true, &write::named_bits(self.usage.0));
        let role = self.role.as_deref().map(|role| {
            extension(oid::SUBJECT_DIRECTORY_ATTRIBUTES, false, &directory_attributes(role))
        });
        write::sequence([usage].into_iter().chain(role))
    }
}

/// The public key of a request whose signature it verifies.
pub fn public_key_of(request: &[u8]) -> Result<PublicKey, BadRequest> {
    let mut outer = Reader::only(request, Tag::SEQUENCE, "CertificationRequest")?.reader();
    let info = outer.expect(Tag::SEQUENCE)?;
    let algorithm = AlgorithmIdentifier::parse(&outer.expect(Tag::SEQUENCE)?)?;
    let signature = outer.expect(Tag::BIT_STRING)?.bit_octets()?;
    outer.finish()?;
    let mut inner = info.named("CertificationRequestInfo");
    inner.expect(Tag::INTEGER)?.u64()?;
    inner.expect(Tag::SEQUENCE)?;
    let key = PublicKey::parse(&inner.expect(Tag::SEQUENCE)?)?;
    let scheme = SignatureScheme::from_identifier(&algorithm, None);
    let scheme = scheme.map_err(|_| BadRequest::NotVerified)?;
    verify::verify(scheme, &key, info.raw, signature).map_err(|_| BadRequest::NotVerified)?;
    Ok(key)
}

fn extension(oid: Oid, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { write::boolean(true) } else { Vec::new() };
    write::sequence([write::oid(oid), critical, write::octet_string(value)])
}

/// One hcRole; `der::hcrole` has the grammar. CodedData is a SET, its members in the order of their tags.
fn directory_attributes(role: &str) -> Vec<u8> {
    let coded = write::set([
        write::explicit(0, &write::oid(oid::HPKI_QUALIFICATIONS)),
        write::explicit(2, &write::utf8(role)),
    ]);
    let actor = write::sequence([write::explicit(0, &coded)]);
    let attribute = write::sequence([write::oid(oid::HC_ROLE), write::set([write::set([actor])])]);
    write::sequence([attribute])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::{hcrole, pem};
    use crate::key::openssl::run;
    use crate::key::software::{KeyAlgorithm, SoftwareKey};

    fn request(role: Option<&str>) -> Request {
        Request {
            subject: "C=JP,O=Inkan Hospital,CN=YAMADA TARO,serialNumber=T-1".parse().unwrap(),
            usage: KeyUsage::NON_REPUDIATION,
            role: role.map(str::to_owned),
        }
    }

    #[test]
    fn openssl_verifies_the_request_of_every_kind_of_key_and_reads_all_of_it() {
        for algorithm in
            [KeyAlgorithm::Rsa2048, KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::Ed25519]
        {
            let key = SoftwareKey::generate(algorithm).unwrap();
            let der = request(Some("Medical Doctor")).sign(&key).unwrap();
            assert_eq!(public_key_of(&der).as_ref(), Ok(key.public_key()));
            let pem = pem::encode("CERTIFICATE REQUEST", &der);
            let text = run(&["req", "-verify", "-noout", "-text"], pem.as_bytes()).unwrap();
            let text = String::from_utf8(text).unwrap();
            for part in [
                "Subject: C = JP, O = Inkan Hospital, CN = YAMADA TARO, serialNumber = T-1",
                "X509v3 Key Usage: critical\n",
                " Non Repudiation\n",
                "X509v3 Subject Directory Attributes",
            ] {
                assert!(text.contains(part), "{algorithm}: {part}\n{text}");
            }
        }
    }

    #[test]
    fn pss_is_named_with_its_parameters_and_openssl_verifies_it() {
        use crate::der::algorithm::PssParameters;
        use crate::digest::DigestAlgorithm::Sha256;
        let pss = PssParameters { digest: Sha256, mask_digest: Sha256, salt_length: 32 };
        let key = SoftwareKey::generate(KeyAlgorithm::Rsa2048).unwrap();
        let key = key.with_scheme(SignatureScheme::RsaPss(pss)).unwrap();
        let der = request(None).sign(&key).unwrap();
        let pem = pem::encode("CERTIFICATE REQUEST", &der);
        assert!(run(&["req", "-verify", "-noout"], pem.as_bytes()).is_ok());
    }

    #[test]
    fn the_role_is_written_as_a_real_card_has_it() {
        let actors = hcrole::parse(&directory_attributes("Medical Doctor")).unwrap();
        assert_eq!(actors.len(), 1);
        assert_eq!(actors[0].text.as_deref(), Some("Medical Doctor"));
        // The value in a MEDIS end-entity certificate.
        let real = "303430320606288185420001312831263024a0223120a00c060a2a830886910f01060101a2100c0e4d65646963616c20446f63746f72";
        assert_eq!(crate::digest::hex(&directory_attributes("Medical Doctor")), real);
    }

    #[test]
    fn one_changed_byte_is_found() {
        let key = SoftwareKey::generate(KeyAlgorithm::P256).unwrap();
        let der = request(None).sign(&key).unwrap();
        let at = der.windows(6).position(|window| window == b"YAMADA").unwrap();
        let mut bad = der;
        bad[at] = b'H';
        assert_eq!(public_key_of(&bad), Err(BadRequest::NotVerified));
        assert!(matches!(public_key_of(&bad[1..]), Err(BadRequest::Malformed(_))));
    }
}
