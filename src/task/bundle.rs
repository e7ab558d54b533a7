//! Finds the certificates in a file, whatever form it has.

use crate::der::certificate::Certificate;
use crate::der::cms::SignedData;
use crate::der::tlv::{Malformed, Reader, Tag};
use crate::der::{Bytes, ber, pem};
use crate::oid;

/// The certificates of a file.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// How the file holds them.
    pub form: Form,
    /// Those that can be read, in the order of the file.
    pub certificates: Vec<Certificate>,
    /// What stands where a certificate should be and cannot be read.
    pub unreadable: Vec<Malformed>,
}

impl Bundle {
    /// A file that is a damaged certificate.
    pub fn unreadable(error: Malformed) -> Self {
        Self { form: Form::Der, certificates: Vec::new(), unreadable: vec![error] }
    }
}

/// How a file holds certificates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// One certificate in DER.
    Der,
    /// Text with sections between dashes.
    Pem,
    /// The bag of a CMS or PKCS #7 structure.
    Cms,
}

impl Form {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Der => "der",
            Self::Pem => "pem",
            Self::Cms => "cms",
        }
    }
}

/// Why a file gives no certificate.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoCertificate {
    /// It is something else.
    #[error("there is no certificate in this file")]
    Nothing,
    /// It is a PKCS #12 store, which is not read yet.
    #[error("this is a PKCS #12 store (.p12, .pfx), which inkan cannot open yet")]
    Pkcs12,
    /// It looks like a certificate and cannot be read.
    #[error("the certificate cannot be read: {0}")]
    Malformed(Malformed),
}

impl NoCertificate {
    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => "name a certificate (.cer, .crt, .pem, .der) or a bundle (.p7b, .p7c)",
            Self::Pkcs12 => {
                "take the certificates out first: openssl pkcs12 -in FILE -nokeys -out certificates.pem"
            }
            Self::Malformed(_) => "fetch the file again from its issuer; it may be damaged",
        }
    }
}

/// All certificates in these bytes.
pub fn open(bytes: &Bytes) -> Result<Bundle, NoCertificate> {
    let sections = pem::sections(bytes);
    if sections.is_empty() {
        return from_der(bytes);
    }
    let mut bundle = Bundle { form: Form::Pem, certificates: Vec::new(), unreadable: Vec::new() };
    let mut refused = NoCertificate::Nothing;
    for section in sections {
        match (section.label.as_str(), from_der(&section.der)) {
            ("CERTIFICATE" | "X509 CERTIFICATE" | "PKCS7" | "CMS", Ok(inner)) => {
                bundle.certificates.extend(inner.certificates);
                bundle.unreadable.extend(inner.unreadable);
            }
            ("CERTIFICATE" | "X509 CERTIFICATE", Err(NoCertificate::Malformed(error))) => {
                bundle.unreadable.push(error.clone());
                refused = NoCertificate::Malformed(error);
            }
            _ => {}
        }
    }
    if bundle.certificates.is_empty() { Err(refused) } else { Ok(bundle) }
}

fn from_der(der: &Bytes) -> Result<Bundle, NoCertificate> {
    let error = match Certificate::parse(der.clone()) {
        Ok(certificate) => {
            let certificates = vec![certificate];
            return Ok(Bundle { form: Form::Der, certificates, unreadable: Vec::new() });
        }
        Err(error) => error,
    };
    match SignedData::parse(der) {
        Ok(data) => from_bag(&data),
        Err(_) if is_pkcs12(der) => Err(NoCertificate::Pkcs12),
        Err(_) if looks_like_certificate(der) => Err(NoCertificate::Malformed(error)),
        Err(_) => Err(NoCertificate::Nothing),
    }
}

/// The bag of a signed-data; its other choices (attribute certificates) are not certificates of keys.
fn from_bag(data: &SignedData) -> Result<Bundle, NoCertificate> {
    let mut bundle = Bundle { form: Form::Cms, certificates: Vec::new(), unreadable: Vec::new() };
    for element in data.certificates.iter().filter(|e| e.first() == Some(&Tag::SEQUENCE.0)) {
        match Certificate::parse(element.clone()) {
            Ok(certificate) => bundle.certificates.push(certificate),
            Err(error) => bundle.unreadable.push(error),
        }
    }
    if bundle.certificates.is_empty() { Err(NoCertificate::Nothing) } else { Ok(bundle) }
}

/// `PFX ::= SEQUENCE { version INTEGER (3), authSafe ContentInfo, macData OPTIONAL }` (RFC 7292 §4).
fn is_pkcs12(bytes: &[u8]) -> bool {
    let Ok(definite) = ber::normalise(bytes, "PFX") else { return false };
    let version_and_kind = || {
        let mut pfx = Reader::only(&definite, Tag::SEQUENCE, "PFX")?.reader();
        let version = pfx.expect(Tag::INTEGER)?.u64()?;
        let kind = pfx.expect(Tag::SEQUENCE)?.reader().expect(Tag::OID)?.oid()?;
        Ok::<_, Malformed>((version, kind))
    };
    version_and_kind().is_ok_and(|(version, kind)| {
        version == 3 && (kind == oid::DATA || kind == oid::SIGNED_DATA)
    })
}

/// `SEQUENCE { SEQUENCE, SEQUENCE, BIT STRING }`, beginning as a certificate's signed part does.
fn looks_like_certificate(bytes: &[u8]) -> bool {
    let shape = || {
        let mut outer = Reader::new(bytes, "Certificate").expect(Tag::SEQUENCE)?.reader();
        let signed = outer.expect(Tag::SEQUENCE)?;
        outer.expect(Tag::SEQUENCE)?;
        outer.expect(Tag::BIT_STRING)?;
        Ok::<_, Malformed>(signed.reader().peek() == Some(Tag::context(0)))
    };
    shape().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::write;

    #[test]
    fn a_store_with_keys_is_named_and_other_bytes_are_nothing() {
        let data = write::sequence([write::oid(oid::DATA)]);
        let store = write::sequence([write::integer(3), data]);
        assert_eq!(open(&Bytes::from(store)).unwrap_err(), NoCertificate::Pkcs12);
        for other in [&b"letter"[..], b"", &[0x30, 0x03, 0x02, 0x01, 0x03]] {
            let opened = open(&Bytes::copy_from_slice(other));
            assert_eq!(opened.unwrap_err(), NoCertificate::Nothing);
        }
    }

    #[test]
    fn a_broken_certificate_is_told_from_no_certificate() {
        let signed = write::sequence([write::explicit(0, &write::integer(9))]);
        let algorithm = write::sequence([write::oid(oid::RSA_SHA256)]);
        let broken = write::sequence([signed, algorithm, write::bit_string(b"x")]);
        let broken = Bytes::from(broken);
        assert!(matches!(open(&broken), Err(NoCertificate::Malformed(_))));
        let text = Bytes::from(pem::encode("CERTIFICATE", &broken));
        assert!(matches!(open(&text), Err(NoCertificate::Malformed(_))));
        let key = Bytes::from(pem::encode("PRIVATE KEY", &broken));
        assert_eq!(open(&key).unwrap_err(), NoCertificate::Nothing);
    }
}
