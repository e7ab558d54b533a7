//! Time-stamp requests, responses and the statement inside a token (RFC 3161, RFC 5816).

mod request;

pub use request::{TimeStampRequest, request, with_policy};

use super::Bytes;
use super::algorithm::AlgorithmIdentifier;
use super::extension::Extension;
use super::name::GeneralName;
use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
use crate::oid::Oid;
use crate::time::Instant;

/// ```asn1
/// TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken TimeStampToken OPTIONAL }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeStampResponse {
    /// 0 granted, 1 granted with modifications, 2 rejected, 3 to 5 waiting or revoked.
    pub status: u64,
    /// What the TSA says in words.
    pub text: Vec<String>,
    /// The failure bits of RFC 3161 §2.4.2, where given.
    pub failure: Option<u32>,
    /// The token, a CMS signed-data.
    pub token: Option<Bytes>,
}

impl TimeStampResponse {
    /// Reads one DER response.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::only(der, Tag::SEQUENCE, "TimeStampResp")?.reader();
        let mut info = outer.expect(Tag::SEQUENCE)?.named("PKIStatusInfo");
        let status = info.expect(Tag::INTEGER)?.u64()?;
        let mut text = Vec::new();
        if let Some(texts) = info.optional(Tag::SEQUENCE)? {
            let mut texts = texts.reader();
            while !texts.is_empty() {
                text.push(texts.take()?.text()?);
            }
        }
        let failure = info.optional(Tag::BIT_STRING)?.map(|tlv| tlv.named_bits()).transpose()?;
        info.finish()?;
        let token = outer.optional(Tag::SEQUENCE)?.map(|tlv| Bytes::copy_from_slice(tlv.raw));
        outer.finish()?;
        Ok(Self { status, text, failure, token })
    }

    /// Whether a token was granted.
    pub const fn granted(&self) -> bool {
        self.status <= 1
    }

    /// The names of the failure bits.
    pub fn failure_names(&self) -> Vec<&'static str> {
        const NAMES: [(u32, &str); 8] = [
            (0, "badAlg"),
            (2, "badRequest"),
            (5, "badDataFormat"),
            (14, "timeNotAvailable"),
            (15, "unacceptedPolicy"),
            (16, "unacceptedExtension"),
            (17, "addInfoNotAvailable"),
            (25, "systemFailure"),
        ];
        let bits = self.failure.unwrap_or(0);
        NAMES.iter().filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, name)| *name).collect()
    }
}

/// ```asn1
/// TSTInfo ::= SEQUENCE { version INTEGER, policy OBJECT IDENTIFIER, messageImprint MessageImprint,
///     serialNumber INTEGER, genTime GeneralizedTime, accuracy Accuracy OPTIONAL, ordering BOOLEAN DEFAULT FALSE,
///     nonce INTEGER OPTIONAL, tsa [0] GeneralName OPTIONAL, extensions [1] IMPLICIT Extensions OPTIONAL }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TstInfo {
    /// 1.
    pub version: u64,
    /// Under which policy the TSA worked. It proves nothing by itself.
    pub policy: Oid,
    /// The hash function of the imprint.
    pub imprint_algorithm: AlgorithmIdentifier,
    /// The hash that was stamped.
    pub imprint: Bytes,
    /// Content octets of the serial number.
    pub serial: Bytes,
    /// The time.
    pub time: Instant,
    /// How exact the time is, in microseconds, where the TSA says so.
    pub accuracy_micros: Option<u64>,
    /// Tokens of this TSA can be ordered by their times alone.
    pub ordering: bool,
    /// Content octets of the nonce; it may be negative.
    pub nonce: Option<Bytes>,
    /// The TSA's name, where given.
    pub tsa: Option<GeneralName>,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

impl TstInfo {
    /// Reads one DER statement.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(der, Tag::SEQUENCE, "TSTInfo")?.reader();
        let version = reader.expect(Tag::INTEGER)?.u64()?;
        let policy = reader.expect(Tag::OID)?.oid()?;
        let mut imprint = reader.expect(Tag::SEQUENCE)?.named("MessageImprint");
        let imprint_algorithm = AlgorithmIdentifier::parse(&imprint.expect(Tag::SEQUENCE)?)?;
        let hashed = imprint.expect(Tag::OCTET_STRING)?.content;
        imprint.finish()?;
        let serial = reader.expect(Tag::INTEGER)?.integer()?;
        let time = reader.expect(Tag::GENERALIZED_TIME)?.time()?;
        let accuracy = reader.optional(Tag::SEQUENCE)?;
        let accuracy_micros = accuracy.map(|tlv| accuracy_in_micros(&tlv)).transpose()?;
        let ordering = reader.optional(Tag::BOOLEAN)?.map_or(Ok(false), |tlv| tlv.boolean())?;
        let nonce = reader.optional(Tag::INTEGER)?;
        let nonce = nonce.map(|tlv| tlv.integer().map(Bytes::copy_from_slice)).transpose()?;
        let tsa = match reader.optional(Tag::context(0))? {
            Some(tlv) => Some(GeneralName::parse(&tlv.reader().take()?)?),
            None => None,
        };
        let extensions = match reader.optional(Tag::context(1))? {
            Some(tlv) => Extension::parse_all(&tlv)?,
            None => Vec::new(),
        };
        reader.finish()?;
        Ok(Self {
            version,
            policy,
            imprint_algorithm,
            imprint: Bytes::copy_from_slice(hashed),
            serial: Bytes::copy_from_slice(serial),
            time,
            accuracy_micros,
            ordering,
            nonce,
            tsa,
            extensions,
        })
    }
}

/// `Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] OPTIONAL, micros [1] OPTIONAL }`
fn accuracy_in_micros(tlv: &Tlv<'_>) -> Result<u64, Malformed> {
    let mut reader = tlv.named("Accuracy");
    let mut micros = 0u64;
    for (tag, unit) in [
        (Tag::INTEGER, 1_000_000),
        (Tag::context_primitive(0), 1000),
        (Tag::context_primitive(1), 1),
    ] {
        if let Some(part) = reader.optional(tag)? {
            let part = part.u64()?.checked_mul(unit);
            micros = part
                .and_then(|part| micros.checked_add(part))
                .ok_or_else(|| tlv.error(Problem::Value))?;
        }
    }
    reader.finish()?;
    Ok(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::write;
    use crate::digest::DigestAlgorithm;
    use crate::oid;

    fn statement(accuracy: &[u8], nonce: &[u8]) -> Vec<u8> {
        let time: Instant = "2018-03-22T11:22:33.33Z".parse().unwrap();
        let imprint = DigestAlgorithm::Sha256.digest(b"x");
        write::sequence([
            write::integer(1).as_slice(),
            &write::oid(oid::ANY_POLICY),
            &write::sequence([
                AlgorithmIdentifier::with_null(oid::SHA256).to_der(),
                write::octet_string(imprint.value()),
            ]),
            &write::unsigned(&[0x80; 14]),
            &write::generalized_time(time),
            accuracy,
            nonce,
        ])
    }

    #[test]
    fn what_real_tsas_send_is_read() {
        let accuracy = write::sequence([
            write::element(Tag::context_primitive(0), &[0x01, 0xf4]),
            write::element(Tag::context_primitive(1), &[100]),
        ]);
        let negative_nonce = write::element(Tag::INTEGER, &[0x80, 1, 2, 3]);
        let info = TstInfo::parse(&statement(&accuracy, &negative_nonce)).unwrap();
        assert_eq!(info.accuracy_micros, Some(500_100));
        assert_eq!(info.nonce.as_deref(), Some(&[0x80, 1, 2, 3][..]));
        assert_eq!(info.time.to_string(), "2018-03-22T11:22:33.33Z");
        assert_eq!(TstInfo::parse(&statement(&[], &[])).unwrap().accuracy_micros, None);
    }

    #[test]
    fn a_refusal_is_read_with_its_reasons() {
        let text = write::sequence([write::utf8("no")]);
        let info = write::sequence([write::integer(2), text, write::named_bits(1 | 1 << 25)]);
        let response = TimeStampResponse::parse(&write::sequence([info])).unwrap();
        assert!(!response.granted());
        assert_eq!(response.failure_names(), ["badAlg", "systemFailure"]);
        assert_eq!(response.text, ["no"]);
    }
}
