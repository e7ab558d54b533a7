//! Time-stamp requests, written and read (RFC 3161 §2.4.1).

use super::super::algorithm::AlgorithmIdentifier;
use super::super::extension::Extension;
use super::super::tlv::{Malformed, Reader, Tag};
use super::super::{Bytes, write};
use crate::digest::Digest;
use crate::oid::Oid;

/// Writes a request: version 1, this imprint, this nonce, and the TSA's certificate wanted back
/// (certReq defaults to false, and a token without its certificate cannot be proved later).
pub fn request(imprint: &Digest, nonce: &[u8]) -> Vec<u8> {
    let algorithm = AlgorithmIdentifier::with_null(imprint.algorithm().oid()).to_der();
    write::sequence([
        write::integer(1),
        write::sequence([algorithm, write::octet_string(imprint.value())]),
        write::unsigned(nonce),
        write::boolean(true),
    ])
}

/// ```asn1
/// TimeStampReq ::= SEQUENCE { version INTEGER, messageImprint MessageImprint, reqPolicy OBJECT IDENTIFIER OPTIONAL,
///     nonce INTEGER OPTIONAL, certReq BOOLEAN DEFAULT FALSE, extensions [0] IMPLICIT Extensions OPTIONAL }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeStampRequest {
    /// 1.
    pub version: u64,
    /// The hash function of the imprint.
    pub imprint_algorithm: AlgorithmIdentifier,
    /// The hash to be stamped.
    pub imprint: Bytes,
    /// Under which policy it is wanted, if that was said.
    pub policy: Option<Oid>,
    /// Content octets of the nonce.
    pub nonce: Option<Bytes>,
    /// Whether the TSA's certificate is to come along.
    pub certificate_wanted: bool,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

impl TimeStampRequest {
    /// Reads one DER request.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(der, Tag::SEQUENCE, "TimeStampReq")?.reader();
        let version = reader.expect(Tag::INTEGER)?.u64()?;
        let mut imprint = reader.expect(Tag::SEQUENCE)?.named("MessageImprint");
        let imprint_algorithm = AlgorithmIdentifier::parse(&imprint.expect(Tag::SEQUENCE)?)?;
        let hashed = imprint.expect(Tag::OCTET_STRING)?.content;
        imprint.finish()?;
        let policy = reader.optional(Tag::OID)?.map(|tlv| tlv.oid()).transpose()?;
        let nonce = reader.optional(Tag::INTEGER)?;
        let nonce = nonce.map(|tlv| tlv.integer().map(Bytes::copy_from_slice)).transpose()?;
        let wanted = reader.optional(Tag::BOOLEAN)?.map_or(Ok(false), |tlv| tlv.boolean())?;
        let extensions = match reader.optional(Tag::context(0))? {
            Some(tlv) => Extension::parse_all(&tlv)?,
            None => Vec::new(),
        };
        reader.finish()?;
        Ok(Self {
            version,
            imprint_algorithm,
            imprint: Bytes::copy_from_slice(hashed),
            policy,
            nonce,
            certificate_wanted: wanted,
            extensions,
        })
    }
}

/// The same request, under this policy.
pub fn with_policy(request: &[u8], policy: Oid) -> Result<Vec<u8>, Malformed> {
    let mut reader = Reader::only(request, Tag::SEQUENCE, "TimeStampReq")?.reader();
    let mut parts = vec![
        reader.expect(Tag::INTEGER)?.raw.to_vec(),
        reader.expect(Tag::SEQUENCE)?.raw.to_vec(),
        write::oid(policy),
    ];
    reader.optional(Tag::OID)?;
    while !reader.is_empty() {
        parts.push(reader.take()?.raw.to_vec());
    }
    Ok(write::sequence(parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::DigestAlgorithm;
    use crate::oid;

    #[test]
    fn a_request_is_read_as_it_was_written_and_takes_a_policy_in_its_place() {
        let imprint = DigestAlgorithm::Sha384.digest(b"record");
        let written = request(&imprint, &[0x80; 16]);
        let read = TimeStampRequest::parse(&written).unwrap();
        assert_eq!(read.imprint, imprint.value());
        assert_eq!((read.policy, read.certificate_wanted), (None, true));
        assert_eq!(read.nonce.as_deref(), Some([&[0][..], &[0x80; 16]].concat().as_slice()));
        let other = Oid::new("1.2.392.1").unwrap();
        for policy in [oid::ANY_POLICY, other] {
            let under = with_policy(&with_policy(&written, oid::ANY_POLICY).unwrap(), policy);
            let read_again = TimeStampRequest::parse(&under.unwrap()).unwrap();
            assert_eq!(read_again, TimeStampRequest { policy: Some(policy), ..read.clone() });
        }
        assert!(TimeStampRequest::parse(&written[1..]).is_err());
    }
}
