//! An OCSP responder that a CA delegated: one request in, one response out (RFC 6960).

use super::certificate::key_id;
use super::crl::Revoked;
use super::extension::extension;
use super::fault::{Fault, Faults};
use super::tsa::with_last_bit_flipped;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::certificate::Certificate;
use crate::der::extension::Extension;
use crate::der::{Malformed, Reader, Tag, Tlv, write};
use crate::key::{KeyError, SigningKey};
use crate::oid;
use crate::time::Instant;

/// More questions in one request than any client of ours asks.
const MAX_QUESTIONS: usize = 16;

/// A responder at one moment.
#[derive(Clone, Debug)]
pub(super) struct Responder<'a> {
    /// For whom it answers.
    pub issuer: &'a Certificate,
    /// Everything that the issuer issued, by serial number.
    pub issued: Vec<&'a [u8]>,
    /// What of it is revoked by now.
    pub revoked: Vec<Revoked<'a>>,
    pub certificate: &'a Certificate,
    pub key: &'a dyn SigningKey,
    pub now: Instant,
    /// Seconds from thisUpdate to nextUpdate.
    pub lifetime: i64,
    pub faults: &'a Faults,
}

/// The OCSPResponseStatus values of RFC 6960 §4.2.1 that the lab uses.
const SUCCESSFUL: u8 = 0;
const MALFORMED_REQUEST: u8 = 1;
const TRY_LATER: u8 = 3;

impl Responder<'_> {
    /// The OCSPResponse to an OCSPRequest.
    pub(super) fn answer(&self, request: &[u8]) -> Result<Vec<u8>, KeyError> {
        if self.faults.has(Fault::Reject) {
            return Ok(write::sequence([write::enumerated(TRY_LATER)]));
        }
        let Ok(query) = Query::parse(request) else {
            return Ok(write::sequence([write::enumerated(MALFORMED_REQUEST)]));
        };
        let basic = self.basic_response(&query)?;
        let bytes = write::sequence([write::oid(oid::OCSP_BASIC), write::octet_string(&basic)]);
        Ok(write::sequence([write::enumerated(SUCCESSFUL), write::explicit(0, &bytes)]))
    }

    /// ```asn1
    /// BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature, certs [0] EXPLICIT }
    /// ResponseData ::= SEQUENCE { responderID, producedAt, responses, responseExtensions [1] EXPLICIT }
    /// ```
    fn basic_response(&self, query: &Query<'_>) -> Result<Vec<u8>, KeyError> {
        let responder = write::octet_string(&key_id(self.certificate.public_key()));
        let responses = query.questions.iter().map(|question| self.single_response(question));
        let nonce = self.nonce(query.nonce.as_deref());
        let extensions = nonce.map_or_else(Vec::new, |nonce| {
            let nonce = extension(oid::OCSP_NONCE, false, &nonce);
            write::explicit(1, &write::sequence([nonce]))
        });
        let data = write::sequence([
            write::explicit(2, &responder),
            whole_seconds(self.now),
            write::sequence(responses),
            extensions,
        ]);
        let signature = write::bit_string(&self.key.sign(&data)?);
        let certificates = write::sequence([self.certificate.der()]);
        Ok(write::sequence([
            data,
            self.key.scheme().identifier().to_der(),
            signature,
            write::explicit(0, &certificates),
        ]))
    }

    /// `SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] EXPLICIT }`
    fn single_response(&self, question: &Question<'_>) -> Vec<u8> {
        let age = if self.faults.has(Fault::StaleOcsp) { self.lifetime + 3600 } else { 0 };
        let this_update = self.now.plus_seconds(-age);
        let next_update = whole_seconds(this_update.plus_seconds(self.lifetime));
        write::sequence([
            question.cert_id.to_vec(),
            self.status(question),
            whole_seconds(this_update),
            write::explicit(0, &next_update),
        ])
    }

    /// `CertStatus ::= CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL }`
    fn status(&self, question: &Question<'_>) -> Vec<u8> {
        if !question.is_about(self.issuer) || !self.issued.contains(&question.serial) {
            return write::implicit(2, &write::null());
        }
        match self.revoked.iter().find(|revoked| revoked.serial == question.serial) {
            None => write::implicit(0, &write::null()),
            Some(revoked) => {
                let reason = write::explicit(0, &write::enumerated(revoked.reason));
                write::implicit(1, &write::sequence([whole_seconds(revoked.at), reason]))
            }
        }
    }

    fn nonce(&self, asked: Option<&[u8]>) -> Option<Vec<u8>> {
        if self.faults.has(Fault::NoNonce) {
            return None;
        }
        match asked {
            Some(nonce) if self.faults.has(Fault::WrongNonce) => Some(with_last_bit_flipped(nonce)),
            Some(nonce) => Some(nonce.to_vec()),
            None => self.faults.has(Fault::WrongNonce).then(|| write::octet_string(&[0; 8])),
        }
    }
}

/// A request, as far as the answer depends on it.
struct Query<'a> {
    questions: Vec<Question<'a>>,
    /// The value of the nonce extension as received.
    nonce: Option<Vec<u8>>,
}

/// About which certificate.
struct Question<'a> {
    /// The CertID as received: it comes back as it is.
    cert_id: &'a [u8],
    algorithm: AlgorithmIdentifier,
    name_hash: &'a [u8],
    key_hash: &'a [u8],
    serial: &'a [u8],
}

impl<'a> Query<'a> {
    /// ```asn1
    /// OCSPRequest ::= SEQUENCE { tbsRequest TBSRequest, optionalSignature [0] EXPLICIT OPTIONAL }
    /// TBSRequest ::= SEQUENCE { version [0] EXPLICIT DEFAULT v1, requestorName [1] EXPLICIT OPTIONAL,
    ///     requestList SEQUENCE OF Request, requestExtensions [2] EXPLICIT Extensions OPTIONAL }
    /// ```
    fn parse(request: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::only(request, Tag::SEQUENCE, "OCSPRequest")?.reader();
        let mut tbs = outer.expect(Tag::SEQUENCE)?.named("TBSRequest");
        tbs.optional(Tag::context(0))?;
        tbs.optional(Tag::context(1))?;
        let mut list = tbs.expect(Tag::SEQUENCE)?.reader();
        let mut questions = Vec::new();
        while !list.is_empty() {
            if questions.len() == MAX_QUESTIONS {
                return Err(list.error(crate::der::tlv::Problem::TooLarge));
            }
            let mut request = list.expect(Tag::SEQUENCE)?.named("Request");
            questions.push(Question::parse(&request.expect(Tag::SEQUENCE)?)?);
        }
        let extensions = match tbs.optional(Tag::context(2))? {
            Some(tlv) => Extension::parse_all(&tlv.explicit(Tag::SEQUENCE)?)?,
            None => Vec::new(),
        };
        let nonce = extensions.into_iter().find(|e| e.oid == oid::OCSP_NONCE);
        Ok(Self { questions, nonce: nonce.map(|e| e.value.to_vec()) })
    }
}

impl<'a> Question<'a> {
    /// `CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }`
    fn parse(tlv: &Tlv<'a>) -> Result<Self, Malformed> {
        let mut reader = tlv.named("CertID");
        let algorithm = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let name_hash = reader.expect(Tag::OCTET_STRING)?.content;
        let key_hash = reader.expect(Tag::OCTET_STRING)?.content;
        let serial = reader.expect(Tag::INTEGER)?.integer()?;
        reader.finish()?;
        Ok(Self { cert_id: tlv.raw, algorithm, name_hash, key_hash, serial })
    }

    /// Whether the issuer that the question means is this one.
    fn is_about(&self, issuer: &Certificate) -> bool {
        self.algorithm.digest().is_some_and(|digest| {
            digest.digest(issuer.subject().der()).value() == self.name_hash
                && digest.digest(issuer.public_key().bits()).value() == self.key_hash
        })
    }
}

/// RFC 6960 §4.2.2.1 takes GeneralizedTime as RFC 5280 does: without a fraction.
fn whole_seconds(instant: Instant) -> Vec<u8> {
    write::generalized_time(Instant::from_unix(instant.unix()))
}

#[cfg(test)]
mod tests {
    use super::super::trial::TRIAL;
    use crate::der::certificate::Certificate;
    use crate::der::ocsp::{self, BasicResponse, CertId, CertStatus, OcspResponse};
    use crate::digest::DigestAlgorithm;
    use base64ct::{Base64, Encoding as _};

    fn ask(options: &str, certificate: &str, url: &str) -> String {
        let (_, said) = TRIAL.openssl(&format!(
            "ocsp {options} -issuer ec-ca.crt -CAfile roots.pem {certificate} -url {url}"
        ));
        said
    }

    fn basic(body: &[u8]) -> BasicResponse {
        match OcspResponse::parse(body).unwrap() {
            OcspResponse::Basic(basic) => *basic,
            OcspResponse::Refused(status) => panic!("refused: {status}"),
        }
    }

    fn question(name: &str) -> Vec<u8> {
        let certificate = |name: &str| -> Certificate { TRIAL.member(name).certificate().clone() };
        ocsp::request(&CertId::new(
            DigestAlgorithm::Sha1,
            &certificate(name),
            &certificate("ec-ca"),
        ))
    }

    fn answered(url: &str, name: &str) -> BasicResponse {
        let response = TRIAL.post(url, "application/ocsp-request", &question(name)).unwrap();
        assert_eq!(response.content_type, "application/ocsp-response");
        basic(&response.body)
    }

    #[test]
    fn openssl_is_told_good_revoked_and_unknown() {
        let url = TRIAL.lab().ocsp_url("ec-ocsp");
        for digest in ["-sha1", "-sha256"] {
            let good = ask(digest, "-cert ec-physician.crt", &url);
            // With its nonce checked and the delegated responder accepted.
            assert!(good.contains("Response verify OK") && good.contains(": good"), "{good}");
            assert!(!good.contains("WARNING"), "{good}");
        }
        let revoked = ask("", "-cert revoked-key-compromise.crt", &url);
        assert!(revoked.contains(": revoked") && revoked.contains("keyCompromise"), "{revoked}");
        let unknown = ask("", "-serial 0x1234", &url);
        assert!(unknown.contains(": unknown"), "{unknown}");
    }

    #[test]
    fn a_responder_without_the_purpose_is_not_believed() {
        let said = ask("", "-cert ec-physician.crt", &TRIAL.lab().ocsp_url("ocsp-without-purpose"));
        assert!(said.contains("Response Verify Failure"), "{said}");
    }

    #[test]
    fn nonces_can_be_wrong_or_missing() {
        let url = TRIAL.lab().ocsp_url("ec-ocsp");
        let wrong = ask("", "-cert ec-physician.crt", &TRIAL.faulty("wrong-nonce", &url));
        assert!(wrong.contains("Nonce Verify error"), "{wrong}");
        let missing = ask("", "-cert ec-physician.crt", &TRIAL.faulty("no-nonce", &url));
        assert!(missing.contains("WARNING: no nonce in response"), "{missing}");
    }

    #[test]
    fn a_status_can_be_asked_for_with_get() {
        let path = Base64::encode_string(&question("ec-physician"));
        let path = path.replace('+', "%2B").replace('=', "%3D");
        let url = format!("{}/{path}", TRIAL.lab().ocsp_url("ec-ocsp"));
        let response = basic(&TRIAL.get(&url).unwrap().body);
        assert_eq!(response.responses[0].status, CertStatus::Good);
    }

    #[test]
    fn stale_rejected_and_foreign_signatures_are_what_they_are_called() {
        let url = TRIAL.lab().ocsp_url("ec-ocsp");
        let faulty = |fault: &str| TRIAL.faulty(fault, &url);
        let stale = answered(&faulty("stale-ocsp"), "ec-physician");
        assert!(stale.responses[0].next_update.unwrap() < stale.produced_at);
        let rejected =
            TRIAL.post(&faulty("reject"), "application/ocsp-request", &question("ec-ca"));
        assert!(matches!(
            OcspResponse::parse(&rejected.unwrap().body).unwrap(),
            OcspResponse::Refused(3)
        ));
        let forged = ask("", "-cert ec-physician.crt", &faulty("wrong-signer"));
        assert!(forged.contains("Response Verify Failure"), "{forged}");
    }

    #[test]
    fn what_is_no_request_is_answered_as_malformed() {
        let url = TRIAL.lab().ocsp_url("ec-ocsp");
        let response = TRIAL.post(&url, "application/ocsp-request", b"hello").unwrap();
        assert!(matches!(OcspResponse::parse(&response.body).unwrap(), OcspResponse::Refused(1)));
    }

    #[test]
    fn a_question_about_another_issuer_is_answered_with_unknown() {
        let response = answered(&TRIAL.lab().ocsp_url("tsa-ocsp"), "ec-physician");
        assert_eq!(response.responses[0].status, CertStatus::Unknown);
    }
}
