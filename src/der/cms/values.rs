//! What a signed-data carries for whoever verifies it later: certificates, revocation data and tokens,
//! wherever they stand in it.

use super::{Attribute, Attributes, SignedData, SignerInfo};
use crate::der::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use crate::der::{Bytes, ocsp, write};
use crate::oid::{self, Oid};

/// Things inside things: an archive timestamp inside a counter-signature inside a signature, each with
/// values of its own, is the deepest that anybody writes.
const MAX_DEPTH: u8 = 3;

/// Tokens and counter-signatures in all; thirty years of yearly renewals for several signers.
const MAX_INNER: usize = 512;

/// The attributes whose values are time-stamp tokens.
pub const TIME_STAMPS: [Oid; 6] = [
    oid::CONTENT_TIME_STAMP,
    oid::SIGNATURE_TIME_STAMP,
    oid::CADES_C_TIME_STAMP,
    oid::REFERENCES_TIME_STAMP,
    oid::ARCHIVE_TIME_STAMP_V2,
    oid::ARCHIVE_TIME_STAMP_V3,
];

/// Exact bytes of what was found, unread. What cannot be read as its place demands stays out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Carried {
    /// Certificates, and other choices under context tags.
    pub certificates: Vec<Bytes>,
    /// Revocation lists.
    pub crls: Vec<Bytes>,
    /// Basic OCSP responses, out of whatever was around them.
    pub ocsp: Vec<Bytes>,
    /// Time-stamp tokens.
    pub tokens: Vec<Bytes>,
    /// The values of counter-signatures.
    pub signatures: Vec<Bytes>,
}

/// Something that was found and not looked into yet.
struct Inner {
    what: Kind,
    der: Bytes,
    depth: u8,
}

enum Kind {
    Token,
    CounterSignature,
}

impl Carried {
    /// All that a signed-data carries.
    pub fn by(data: &SignedData) -> Self {
        let mut search = Search::default();
        search.data(data, 0);
        search.finish()
    }

    /// All that one attribute carries.
    pub fn by_attribute(kind: Oid, values: &[Bytes]) -> Self {
        let mut search = Search::default();
        search.attribute(kind, values, 0);
        search.finish()
    }

    /// What an element of a bag of revocation data is.
    pub fn by_revocation(element: &Bytes) -> Self {
        let mut search = Search::default();
        search.revocation(element);
        search.finish()
    }

    /// All of it, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Bytes> {
        let values = self.certificates.iter().chain(&self.crls).chain(&self.ocsp);
        values.chain(&self.tokens).chain(&self.signatures)
    }
}

#[derive(Default)]
struct Search {
    found: Carried,
    open: Vec<Inner>,
    opened: usize,
}

impl Search {
    /// Looks into what was found until nothing is left; a stack of its own, so that nesting costs no
    /// stack of the program.
    fn finish(mut self) -> Carried {
        while let Some(inner) = self.open.pop() {
            self.opened += 1;
            if self.opened > MAX_INNER {
                break;
            }
            match inner.what {
                Kind::Token => {
                    if let Ok(data) = SignedData::read_inner(&inner.der) {
                        self.data(&data, inner.depth);
                    }
                }
                Kind::CounterSignature => self.counter_signature(&inner.der, inner.depth),
            }
        }
        self.found
    }

    fn data(&mut self, data: &SignedData, depth: u8) {
        self.found.certificates.extend(data.certificates.iter().cloned());
        data.revocation.iter().for_each(|element| self.revocation(element));
        data.signers.iter().for_each(|signer| self.signer(signer, depth));
    }

    fn signer(&mut self, signer: &SignerInfo, depth: u8) {
        let both = [&signer.signed_attributes, &signer.unsigned_attributes];
        for Attribute { oid, values, .. } in both.into_iter().flatten().flat_map(Attributes::list) {
            self.attribute(*oid, values, depth);
        }
    }

    fn counter_signature(&mut self, der: &[u8], depth: u8) {
        let tlv = Reader::only(der, Tag::SEQUENCE, "Countersignature");
        if let Ok(signer) = tlv.and_then(|tlv| SignerInfo::parse(&tlv)) {
            self.found.signatures.push(signer.signature.clone());
            self.signer(&signer, depth);
        }
    }

    fn attribute(&mut self, kind: Oid, values: &[Bytes], depth: u8) {
        for value in values {
            match kind {
                oid::CERTIFICATE_VALUES => self.certificate_values(value),
                oid::REVOCATION_VALUES => self.revocation_values(value),
                oid::COUNTER_SIGNATURE => self.enter(Kind::CounterSignature, value, depth),
                stamp if TIME_STAMPS.contains(&stamp) => {
                    self.found.tokens.push(value.clone());
                    self.enter(Kind::Token, value, depth);
                }
                _ => (),
            }
        }
    }

    fn enter(&mut self, what: Kind, der: &Bytes, depth: u8) {
        if depth < MAX_DEPTH {
            self.open.push(Inner { what, der: der.clone(), depth: depth + 1 });
        }
    }

    /// `CertificateValues ::= SEQUENCE OF Certificate` (EN 319 122-1 §A.1.1.2).
    fn certificate_values(&mut self, value: &[u8]) {
        if let Ok(found) = certificate_values(value) {
            self.found.certificates.extend(found);
        }
    }

    fn revocation_values(&mut self, value: &[u8]) {
        if let Ok((crls, ocsp)) = revocation_values(value) {
            self.found.crls.extend(crls);
            self.found.ocsp.extend(ocsp);
        }
    }

    /// ```asn1
    /// RevocationInfoChoice ::= CHOICE { crl CertificateList, other [1] IMPLICIT OtherRevocationInfoFormat }
    /// OtherRevocationInfoFormat ::= SEQUENCE { otherRevInfoFormat OBJECT IDENTIFIER, otherRevInfo ANY }
    /// ```
    /// RFC 5652 §10.2.1, with OCSP by RFC 5940 §2.1: a whole response. EN 319 122-1 §5.4.2.2 lets a
    /// basic one stand there too.
    fn revocation(&mut self, element: &Bytes) {
        match Reader::over(element, "RevocationInfoChoice").take() {
            Ok(tlv) if tlv.tag == Tag::SEQUENCE => self.found.crls.push(element.clone()),
            Ok(tlv) if tlv.tag == Tag::context(1) => {
                self.found.ocsp.extend(other_revocation(&tlv).ok().flatten());
            }
            Ok(_) | Err(_) => (),
        }
    }
}

/// Reads `CertificateValues`.
pub fn certificate_values(value: &[u8]) -> Result<Vec<Bytes>, Malformed> {
    super::elements(Reader::only(value, Tag::SEQUENCE, "CertificateValues")?.reader())
}

/// ```asn1
/// RevocationValues ::= SEQUENCE { crlVals [0] SEQUENCE OF CertificateList OPTIONAL,
///     ocspVals [1] SEQUENCE OF BasicOCSPResponse OPTIONAL, otherRevVals [2] OtherRevVals OPTIONAL }
/// ```
/// The lists, and the OCSP responses (EN 319 122-1 §A.1.2.2).
pub fn revocation_values(value: &[u8]) -> Result<(Vec<Bytes>, Vec<Bytes>), Malformed> {
    let mut reader = Reader::only(value, Tag::SEQUENCE, "RevocationValues")?.reader();
    let mut values = |number| match reader.optional(Tag::context(number))? {
        Some(tlv) => super::elements(tlv.explicit(Tag::SEQUENCE)?.reader()),
        None => Ok(Vec::new()),
    };
    Ok((values(0)?, values(1)?))
}

/// The basic response out of an `OtherRevocationInfoFormat`; nothing if it is of another format.
fn other_revocation(tlv: &Tlv<'_>) -> Result<Option<Bytes>, Malformed> {
    let mut reader = tlv.named("OtherRevocationInfoFormat");
    let format = reader.expect(Tag::OID)?.oid()?;
    let info = reader.expect(Tag::SEQUENCE)?.raw;
    reader.finish()?;
    match format {
        oid::RI_OCSP_RESPONSE => match ocsp::basic(info)? {
            Ok(basic) => Ok(Some(tlv.share(basic))),
            Err(_) => Err(Malformed::new("OCSPResponse", Problem::Value)),
        },
        oid::OCSP_BASIC => Ok(Some(tlv.share(info))),
        _ => Ok(None),
    }
}

/// Writes a basic OCSP response as an element of a bag of revocation data (RFC 5940 §2.1).
pub fn write_ocsp(basic: &[u8]) -> Vec<u8> {
    let bytes = write::sequence([write::oid(oid::OCSP_BASIC), write::octet_string(basic)]);
    let response = write::sequence([write::enumerated(0), write::explicit(0, &bytes)]);
    write::implicit(1, &write::sequence([write::oid(oid::RI_OCSP_RESPONSE), response]))
}
