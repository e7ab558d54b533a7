//! Finds the certificates in a file, whatever form it has.

pub mod store;

use crate::der::Bytes;
use crate::der::certificate::Certificate;
use crate::der::cms::SignedData;
use crate::der::crl::Crl;
use crate::der::pem::{self, Section};
use crate::der::pkcs12::Pfx;
use crate::der::tlv::{Malformed, Reader, Tag};
use crate::key::PasswordSource;
use crate::key::password::Unasked;
use crate::key::pkcs12::NotOpened;
use store::StoreSheet;

/// The certificates of a file.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// How the file holds them.
    pub form: Form,
    /// Those that can be read, in the order of the file.
    pub certificates: Vec<Certificate>,
    /// Revocation lists that stand beside them: evidence, and trusted no more than any other.
    pub crls: Vec<Crl>,
    /// What stands where a certificate should be and cannot be read.
    pub unreadable: Vec<Malformed>,
    /// What is told of the store, if the file is one.
    pub store: Option<StoreSheet>,
}

impl Bundle {
    /// A file that is a damaged certificate.
    pub fn unreadable(error: Malformed) -> Self {
        Self { unreadable: vec![error], ..Self::empty(Form::Der) }
    }

    /// Whether there is neither a certificate nor what may have been one.
    pub const fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.unreadable.is_empty()
    }

    /// Takes over what a section of PEM holds. What is called a certificate and is none is damaged.
    fn take_section(&mut self, section: &Section) {
        if !may_hold_certificates(&section.label) {
            return;
        }
        match from_der(&section.der, &mut Unasked) {
            Ok(inner) => {
                self.certificates.extend(inner.certificates);
                self.crls.extend(inner.crls);
                self.unreadable.extend(inner.unreadable);
            }
            Err(_) if CERTIFICATE.contains(&section.label.as_str()) => {
                self.unreadable.extend(Certificate::parse(section.der.clone()).err());
            }
            Err(_) => {}
        }
    }

    /// This, if it has a certificate; otherwise why not.
    fn or_why_not(mut self) -> Result<Self, NoCertificate> {
        match self.unreadable.pop_if(|_| self.certificates.is_empty()) {
            Some(error) => Err(NoCertificate::Malformed(error)),
            None if self.certificates.is_empty() => Err(NoCertificate::Nothing),
            None => Ok(self),
        }
    }

    const fn empty(form: Form) -> Self {
        Self {
            form,
            certificates: Vec::new(),
            crls: Vec::new(),
            unreadable: Vec::new(),
            store: None,
        }
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
    /// A PKCS #12 store.
    Pkcs12,
}

impl Form {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Der => "der",
            Self::Pem => "pem",
            Self::Cms => "cms",
            Self::Pkcs12 => "pkcs12",
        }
    }
}

/// Why a file gives no certificate.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoCertificate {
    /// It is something else.
    #[error("there is no certificate in this file")]
    Nothing,
    /// It is a PKCS #12 store that is not opened.
    #[error(transparent)]
    Pkcs12(#[from] NotOpened),
    /// It looks like a certificate and cannot be read.
    #[error("the certificate cannot be read: {0}")]
    Malformed(Malformed),
}

impl NoCertificate {
    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => {
                "name a certificate (.cer, .crt, .pem, .der) or a bundle (.p7b, .p7c, .p12, .pfx)"
            }
            Self::Pkcs12(why) => why.hint(),
            Self::Malformed(_) => "fetch the file again from its issuer; it may be damaged",
        }
    }
}

/// All certificates in these bytes, with nobody asked for a password.
pub fn open(bytes: &Bytes) -> Result<Bundle, NoCertificate> {
    open_with(bytes, &mut Unasked)
}

/// All certificates in these bytes; for a locked store a password is asked for.
pub fn open_with(
    bytes: &Bytes,
    passwords: &mut dyn PasswordSource,
) -> Result<Bundle, NoCertificate> {
    let pieces = pem::pieces(bytes);
    if pieces.is_empty() {
        return from_der(bytes, passwords);
    }
    let mut bundle = Bundle::empty(Form::Pem);
    for piece in pieces {
        match piece {
            Ok(section) => bundle.take_section(&section),
            Err(damaged) if may_hold_certificates(&damaged.label) => {
                bundle.unreadable.push(damaged.error);
            }
            Err(_) => {}
        }
    }
    bundle.or_why_not()
}

const CERTIFICATE: [&str; 2] = ["CERTIFICATE", "X509 CERTIFICATE"];
const BAG: [&str; 2] = ["PKCS7", "CMS"];

fn may_hold_certificates(label: &str) -> bool {
    CERTIFICATE.iter().chain(&BAG).any(|known| *known == label)
}

fn from_der(der: &Bytes, passwords: &mut dyn PasswordSource) -> Result<Bundle, NoCertificate> {
    let error = match Certificate::parse(der.clone()) {
        Ok(certificate) => {
            let certificates = vec![certificate];
            return Ok(Bundle { certificates, ..Bundle::empty(Form::Der) });
        }
        Err(error) => error,
    };
    match SignedData::parse(der) {
        Ok(data) => from_bag(&data),
        Err(_) if Pfx::is_one(der) => store::open(der, passwords),
        Err(_) if looks_like_certificate(der) || begins_like_certificate(der) => {
            Err(NoCertificate::Malformed(error))
        }
        Err(_) => Err(NoCertificate::Nothing),
    }
}

/// The bags of a signed-data; their other choices (attribute certificates, OCSP) are not read here.
fn from_bag(data: &SignedData) -> Result<Bundle, NoCertificate> {
    let is_plain = |element: &&Bytes| element.first() == Some(&Tag::SEQUENCE.0);
    let mut bundle = Bundle::empty(Form::Cms);
    for element in data.certificates.iter().filter(is_plain) {
        match Certificate::parse(element.clone()) {
            Ok(certificate) => bundle.certificates.push(certificate),
            Err(error) => bundle.unreadable.push(error),
        }
    }
    let lists = data.revocation.iter().filter(is_plain);
    bundle.crls = lists.filter_map(|element| Crl::parse(element.clone()).ok()).collect();
    bundle.or_why_not()
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

/// The same, cut short: the beginning of a certificate of version 2 or 3 and of more than 255 octets.
const fn begins_like_certificate(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0x82, _, _, 0x30, 0x82, _, _, 0xa0, 0x03, 0x02, 0x01, ..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::write;
    use crate::oid;

    #[test]
    fn a_damaged_store_is_named_and_other_bytes_are_nothing() {
        let data = write::sequence([write::oid(oid::DATA)]);
        let store = write::sequence([write::integer(3), data]);
        let error = open(&Bytes::from(store)).unwrap_err();
        assert!(matches!(error, NoCertificate::Pkcs12(NotOpened::Malformed(_))), "{error}");
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
        let cut_off = Bytes::from(text.split_at(text.len() - 9).0.to_vec());
        assert!(matches!(open(&cut_off), Err(NoCertificate::Malformed(_))));
        let other = Bytes::from(pem::encode("CERTIFICATE", b"letter"));
        assert!(matches!(open(&other), Err(NoCertificate::Malformed(_))));
        let key = Bytes::from(pem::encode("PRIVATE KEY", &broken));
        assert_eq!(open(&key).unwrap_err(), NoCertificate::Nothing);
    }
}
