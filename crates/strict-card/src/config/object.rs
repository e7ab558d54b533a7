//! Objects of a token, with exactly the attributes that JAHIS 24-002 promises to answer.

use super::der;
use super::material::RsaKey;
use cryptoki_sys as ck;
use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_BBOOL, CK_ULONG};

/// A certificate or a private key.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) content: Content,
    attributes: Vec<(CK_ATTRIBUTE_TYPE, Vec<u8>)>,
}

/// What an object is.
#[derive(Debug)]
pub(crate) enum Content {
    /// Read without login.
    Certificate,
    /// Seen after login only.
    Key(RsaKey),
}

/// Whether a certificate's issuer, serial number and subject are answered, or are NULL because EF.CD
/// leaves them out.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Names {
    #[default]
    Given,
    Null,
}

impl Object {
    /// The value of an attribute that is answered.
    pub(crate) fn value(&self, attribute: CK_ATTRIBUTE_TYPE) -> Option<&[u8]> {
        self.attributes.iter().find(|(kind, _)| *kind == attribute).map(|(_, value)| &**value)
    }

    /// Whether the attribute is there and told to nobody (PKCS#11 v2.20 §12.1.3, table 30).
    pub(crate) fn keeps_secret(&self, attribute: CK_ATTRIBUTE_TYPE) -> bool {
        const SECRET: [CK_ATTRIBUTE_TYPE; 6] = [
            ck::CKA_PRIVATE_EXPONENT,
            ck::CKA_PRIME_1,
            ck::CKA_PRIME_2,
            ck::CKA_EXPONENT_1,
            ck::CKA_EXPONENT_2,
            ck::CKA_COEFFICIENT,
        ];
        matches!(self.content, Content::Key(_)) && SECRET.contains(&attribute)
    }

    /// Answers these attributes no longer.
    pub(super) fn omit(&mut self, attributes: &[CK_ATTRIBUTE_TYPE]) {
        self.attributes.retain(|(kind, _)| !attributes.contains(kind));
    }
}

/// The attribute of a private key that has this name.
pub(super) fn attribute(name: &str) -> Option<CK_ATTRIBUTE_TYPE> {
    match name {
        "CKA_LABEL" => Some(ck::CKA_LABEL),
        "CKA_ID" => Some(ck::CKA_ID),
        "CKA_KEY_TYPE" => Some(ck::CKA_KEY_TYPE),
        "CKA_SIGN" => Some(ck::CKA_SIGN),
        "CKA_EXTRACTABLE" => Some(ck::CKA_EXTRACTABLE),
        "CKA_ALWAYS_AUTHENTICATE" => Some(ck::CKA_ALWAYS_AUTHENTICATE),
        "CKA_MODULUS" => Some(ck::CKA_MODULUS),
        "CKA_PUBLIC_EXPONENT" => Some(ck::CKA_PUBLIC_EXPONENT),
        _ => None,
    }
}

/// A private key. `CKA_SENSITIVE`, `CKA_NEVER_EXTRACTABLE`, `CKA_ALWAYS_SENSITIVE` and `CKA_LOCAL` are
/// not among the promised attributes, so they are not here.
pub(crate) fn key(key: RsaKey, label: &str, id: &[u8], always_authenticate: bool) -> Object {
    let attributes = vec![
        (ck::CKA_CLASS, number(ck::CKO_PRIVATE_KEY)),
        (ck::CKA_TOKEN, truth(true)),
        (ck::CKA_PRIVATE, truth(true)),
        (ck::CKA_LABEL, label.into()),
        (ck::CKA_ID, id.to_owned()),
        (ck::CKA_KEY_TYPE, number(ck::CKK_RSA)),
        (ck::CKA_SIGN, truth(true)),
        (ck::CKA_EXTRACTABLE, truth(false)),
        (ck::CKA_ALWAYS_AUTHENTICATE, truth(always_authenticate)),
        (ck::CKA_MODULUS, key.modulus.clone()),
        (ck::CKA_PUBLIC_EXPONENT, key.public_exponent.clone()),
    ];
    Object { content: Content::Key(key), attributes }
}

/// A certificate, if these bytes have the shape of one.
pub(crate) fn certificate(der: &[u8], label: &str, id: &[u8], names: Names) -> Option<Object> {
    let (issuer, serial, subject) = certificate_names(der)?;
    let answered = |value: &[u8]| match names {
        Names::Given => value.to_owned(),
        Names::Null => Vec::new(),
    };
    let attributes = vec![
        (ck::CKA_CLASS, number(ck::CKO_CERTIFICATE)),
        (ck::CKA_TOKEN, truth(true)),
        (ck::CKA_PRIVATE, truth(false)),
        (ck::CKA_LABEL, label.into()),
        (ck::CKA_ID, id.to_owned()),
        (ck::CKA_CERTIFICATE_TYPE, number(ck::CKC_X_509)),
        (ck::CKA_SUBJECT, answered(subject)),
        (ck::CKA_ISSUER, answered(issuer)),
        (ck::CKA_SERIAL_NUMBER, answered(serial)),
        (ck::CKA_VALUE, der.to_owned()),
    ];
    Some(Object { content: Content::Certificate, attributes })
}

/// Issuer, serial number and subject, each as DER (RFC 5280 §4.1, PKCS#11 v2.20 §10.6.3).
fn certificate_names(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    const INTEGER: u8 = 0x02;
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let certificate = der::elements(der).next().filter(|c| c.whole.len() == der.len())?;
    let body = der::elements(certificate.content).next()?;
    let mut fields = der::elements(body.content).skip_while(|field| field.tag == VERSION);
    let serial = fields.next().filter(|field| field.tag == INTEGER)?;
    let issuer = fields.nth(1).filter(|field| field.tag == SEQUENCE)?;
    let subject = fields.nth(1).filter(|field| field.tag == SEQUENCE)?;
    Some((issuer.whole, serial.whole, subject.whole))
}

/// Bytes from hexadecimal digits.
pub(super) fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, d| byte << 4 | d)).collect())
}

fn truth(value: bool) -> Vec<u8> {
    vec![CK_BBOOL::from(value)]
}

fn number(value: CK_ULONG) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_whole_bytes() {
        assert_eq!(from_hexadecimal("17aF"), Some(vec![0x17, 0xaf]));
        assert_eq!(from_hexadecimal(""), Some(vec![]));
        assert_eq!(from_hexadecimal("1"), None);
        assert_eq!(from_hexadecimal("zz"), None);
    }

    #[test]
    fn bytes_that_are_no_certificate_are_refused() {
        assert!(certificate(&[0x30, 0x03, 0x02, 0x01, 0x05], "x", &[], Names::Given).is_none());
        assert!(certificate(b"", "x", &[], Names::Given).is_none());
    }
}
