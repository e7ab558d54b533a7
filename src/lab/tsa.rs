//! A time-stamping authority: one request in, one response out (RFC 3161, RFC 5816).

use super::certificate::random_serial;
use super::declaration::{Accuracy, TsaService};
use super::fault::{Fault, Faults};
use super::name::directory_name;
use super::token::token;
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::certificate::Certificate;
use crate::der::{Malformed, Reader, Tag, Tlv, write};
use crate::digest::DigestAlgorithm;
use crate::key::{KeyError, SigningKey};
use crate::oid::Oid;
use crate::time::Instant;

/// An authority at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authority<'a> {
    pub service: &'a TsaService,
    pub certificate: &'a Certificate,
    /// Its own certificate and those of its issuers, below the root.
    pub chain: &'a [Certificate],
    pub key: &'a dyn SigningKey,
    pub now: Instant,
    pub faults: &'a Faults,
}

/// A request, as far as the answer depends on it.
struct Query<'a> {
    digest: Option<DigestAlgorithm>,
    algorithm: &'a [u8],
    hashed: &'a [u8],
    policy: Option<Oid>,
    /// The INTEGER as received: it may be negative or padded, and comes back as it is.
    nonce: Option<&'a [u8]>,
    certificate_wanted: bool,
    has_extensions: bool,
}

/// A refusal: the bit of PKIFailureInfo and what to say.
struct Refusal(u32, &'static str);

const BAD_ALG: u32 = 0;
const BAD_DATA_FORMAT: u32 = 5;
const TIME_NOT_AVAILABLE: u32 = 14;
const UNACCEPTED_POLICY: u32 = 15;
const UNACCEPTED_EXTENSION: u32 = 16;

impl Authority<'_> {
    /// The TimeStampResp to a TimeStampReq.
    pub(super) fn answer(&self, request: &[u8]) -> Result<Vec<u8>, KeyError> {
        if self.faults.has(Fault::Reject) {
            return Ok(refused(&Refusal(TIME_NOT_AVAILABLE, "asked to reject")));
        }
        let Ok(query) = Query::parse(request) else {
            return Ok(refused(&Refusal(BAD_DATA_FORMAT, "this is no TimeStampReq of version 1")));
        };
        if let Err(refusal) = self.acceptable(&query) {
            return Ok(refused(&refusal));
        }
        let chain = if query.certificate_wanted { self.chain } else { &[] };
        let token = token(&self.tst_info(&query)?, self.certificate, chain, self.key)?;
        let granted = write::sequence([write::integer(0)]);
        Ok(write::sequence([granted, token]))
    }

    fn acceptable(&self, query: &Query<'_>) -> Result<(), Refusal> {
        let known = self.service.digests.iter().map(|name| name.0);
        let Some(digest) = query.digest.filter(|asked| known.into_iter().any(|d| d == *asked))
        else {
            return Err(Refusal(BAD_ALG, "this hash function is not accepted"));
        };
        if digest.digest(&[]).value().len() != query.hashed.len() {
            return Err(Refusal(
                BAD_DATA_FORMAT,
                "the imprint is not as long as its hash function says",
            ));
        }
        if query.policy.is_some_and(|policy| policy != self.service.policy.0) {
            return Err(Refusal(UNACCEPTED_POLICY, "this policy is not offered"));
        }
        if query.has_extensions {
            return Err(Refusal(UNACCEPTED_EXTENSION, "no extension is supported"));
        }
        Ok(())
    }

    fn tst_info(&self, query: &Query<'_>) -> Result<Vec<u8>, KeyError> {
        let serial = random_serial().map_err(|e| KeyError::Failed(e.to_string()))?;
        let hashed = if self.faults.has(Fault::WrongImprint) {
            with_last_bit_flipped(query.hashed)
        } else {
            query.hashed.to_vec()
        };
        let offset = self.service.clock.map_or(0, super::value::Offset::seconds);
        let ordering = if self.service.ordering { write::boolean(true) } else { Vec::new() };
        let tsa = directory_name(self.certificate.subject().der());
        Ok(write::sequence([
            write::integer(1),
            write::oid(self.service.policy.0),
            write::sequence([query.algorithm.to_vec(), write::octet_string(&hashed)]),
            write::element(Tag::INTEGER, &serial),
            write::generalized_time(to_millis(self.now.plus_seconds(offset))),
            self.service.accuracy.map_or_else(Vec::new, Accuracy::to_der),
            ordering,
            self.nonce(query.nonce),
            write::explicit(0, &tsa),
        ]))
    }

    fn nonce(&self, asked: Option<&[u8]>) -> Vec<u8> {
        if self.faults.has(Fault::NoNonce) {
            return Vec::new();
        }
        match asked {
            Some(nonce) if self.faults.has(Fault::WrongNonce) => with_last_bit_flipped(nonce),
            Some(nonce) => nonce.to_vec(),
            None if self.faults.has(Fault::WrongNonce) => write::integer(1),
            None => Vec::new(),
        }
    }
}

impl<'a> Query<'a> {
    /// ```asn1
    /// TimeStampReq ::= SEQUENCE { version INTEGER { v1(1) }, messageImprint MessageImprint,
    ///     reqPolicy OBJECT IDENTIFIER OPTIONAL, nonce INTEGER OPTIONAL, certReq BOOLEAN DEFAULT FALSE,
    ///     extensions [0] IMPLICIT Extensions OPTIONAL }
    /// ```
    fn parse(request: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(request, Tag::SEQUENCE, "TimeStampReq")?.reader();
        let version = reader.expect(Tag::INTEGER)?;
        if version.u64()? != 1 {
            return Err(version.error(crate::der::tlv::Problem::Unknown));
        }
        let mut imprint = reader.expect(Tag::SEQUENCE)?.named("MessageImprint");
        let algorithm = imprint.expect(Tag::SEQUENCE)?;
        let hashed = imprint.expect(Tag::OCTET_STRING)?.content;
        imprint.finish()?;
        let policy = reader.optional(Tag::OID)?.map(|tlv| tlv.oid()).transpose()?;
        let nonce = reader.optional(Tag::INTEGER)?;
        let certificate_wanted =
            reader.optional(Tag::BOOLEAN)?.map(|tlv| tlv.boolean()).transpose()?;
        let extensions = reader.optional(Tag::context(0))?;
        reader.finish()?;
        Ok(Self {
            digest: AlgorithmIdentifier::parse(&algorithm)?.digest(),
            algorithm: algorithm.raw,
            hashed,
            policy,
            nonce: nonce.map(|tlv: Tlv<'_>| tlv.raw),
            certificate_wanted: certificate_wanted.unwrap_or(false),
            has_extensions: extensions.is_some(),
        })
    }
}

impl Accuracy {
    /// `Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] OPTIONAL, micros [1] OPTIONAL }`
    fn to_der(self) -> Vec<u8> {
        let number = |n: u16| write::integer(u64::from(n));
        write::sequence([
            self.seconds.map_or_else(Vec::new, |n| write::integer(u64::from(n))),
            self.millis.map_or_else(Vec::new, |n| write::implicit(0, &number(n))),
            self.micros.map_or_else(Vec::new, |n| write::implicit(1, &number(n))),
        ])
    }
}

/// `PKIStatusInfo { rejection(2), statusString, failInfo }` without a token.
fn refused(refusal: &Refusal) -> Vec<u8> {
    let text = write::sequence([write::utf8(refusal.1)]);
    let status = write::sequence([write::integer(2), text, write::named_bits(1 << refusal.0)]);
    write::sequence([status])
}

fn to_millis(instant: Instant) -> Instant {
    Instant::from_unix_nanos(instant.unix(), instant.nanos() / 1_000_000 * 1_000_000)
}

/// Another value of the same length.
pub(super) fn with_last_bit_flipped(bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if let Some(last) = changed.last_mut() {
        *last ^= 1;
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::super::trial::TRIAL;
    use crate::der::cms::SignedData;
    use crate::der::tsp::{TimeStampResponse, TstInfo};
    use crate::der::{Tag, tsp, write};
    use crate::digest::DigestAlgorithm;
    use crate::edge::clock::now;
    use crate::oid;

    fn query(nonce: &[u8]) -> Vec<u8> {
        tsp::request(&DigestAlgorithm::Sha256.digest(b"record"), nonce)
    }

    fn signed_data(response: &[u8]) -> SignedData {
        let response = TimeStampResponse::parse(response).unwrap();
        assert!(response.granted(), "{:?}", response.text);
        SignedData::parse(&response.token.unwrap()).unwrap()
    }

    fn tst_info(response: &[u8]) -> TstInfo {
        TstInfo::parse(&signed_data(response).content.unwrap()).unwrap()
    }

    fn failures(query: &[u8]) -> Vec<&'static str> {
        let response = TRIAL.stamp(&TRIAL.lab().tsa_url("tsa-ec"), query);
        TimeStampResponse::parse(&response).unwrap().failure_names()
    }

    /// Has OpenSSL ask and verify.
    fn openssl_stamps(name: &str, options: &str, url: &str) -> (bool, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let (asked, got) = (file("query"), file("response"));
        std::fs::write(file("record"), "record").unwrap();
        TRIAL.openssl_ok(&format!("ts -query -data {} {options} -out {asked}", file("record")));
        std::fs::write(&got, TRIAL.stamp(url, &std::fs::read(&asked).unwrap())).unwrap();
        // Without -cert the token brings no certificates along.
        let chain = file("chain.pem");
        let read = |name: String| std::fs::read(TRIAL.path(&name)).unwrap();
        let chain_pem = [read(format!("{name}.crt")), read(format!("{name}.chain.pem"))].concat();
        std::fs::write(&chain, chain_pem).unwrap();
        TRIAL.openssl(&format!(
            "ts -verify -queryfile {asked} -in {got} -CAfile tsa-root.crt -untrusted {chain}"
        ))
    }

    #[test]
    fn openssl_verifies_tokens_of_both_kinds_of_key() {
        for name in ["tsa-rsa", "tsa-ec"] {
            for options in ["-sha256 -cert", "-sha512 -cert", "-sha384", "-sha256 -no_nonce"] {
                let (verified, said) = openssl_stamps(name, options, &TRIAL.lab().tsa_url(name));
                assert!(verified, "{name} {options}: {said}");
            }
        }
    }

    #[test]
    fn openssl_rejects_tokens_of_bad_authorities_and_bad_tokens() {
        for name in [
            "tsa-without-purpose",
            "tsa-purpose-not-critical",
            "tsa-purpose-not-alone",
            "tsa-expired",
        ] {
            let (verified, said) =
                openssl_stamps(name, "-sha256 -cert", &TRIAL.lab().tsa_url(name));
            assert!(!verified, "{name}: {said}");
        }
        for (fault, complaint) in [
            ("wrong-nonce", "nonce mismatch"),
            ("no-nonce", "nonce not returned"),
            ("wrong-imprint", "message imprint mismatch"),
            ("wrong-signer", "signature failure"),
            ("reject", "no time stamp token"),
        ] {
            for name in ["tsa-rsa", "tsa-ec"] {
                let url = TRIAL.faulty(fault, &TRIAL.lab().tsa_url(name));
                let (verified, said) = openssl_stamps(name, "-sha256 -cert", &url);
                let said = said.to_lowercase();
                assert!(!verified && said.contains(complaint), "{name} {fault}: {said}");
            }
        }
    }

    #[test]
    fn the_statement_says_what_the_service_declares() {
        let before = now();
        let info = tst_info(&TRIAL.stamp(&TRIAL.lab().tsa_url("tsa-ec"), &query(&[1, 2, 3])));
        assert_eq!(info.policy.to_string(), "1.3.6.1.4.1.32473.1.1");
        assert_eq!((info.accuracy_micros, info.ordering), (Some(500_100), true));
        assert!(info.time.unix() >= before.unix() && info.time.nanos().is_multiple_of(1_000_000));
        assert_eq!(info.serial.len(), 16);
        assert!(format!("{:?}", info.tsa).contains("Inkan Lab Time-Stamp EC-01 TEST"));
        let other = tst_info(&TRIAL.stamp(&TRIAL.lab().tsa_url("tsa-rsa"), &query(&[1])));
        assert_eq!((other.accuracy_micros, other.ordering), (Some(1_000_000), false));
    }

    #[test]
    fn a_nonce_comes_back_octet_by_octet_even_if_negative() {
        let imprint = write::sequence([
            write::sequence([write::oid(oid::SHA256)]),
            write::octet_string(DigestAlgorithm::Sha256.digest(b"record").value()),
        ]);
        let nonce = [0x80, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde];
        let query =
            write::sequence([write::integer(1), imprint, write::element(Tag::INTEGER, &nonce)]);
        let response = TRIAL.stamp(&TRIAL.lab().tsa_url("tsa-ec"), &query);
        assert_eq!(tst_info(&response).nonce.as_deref(), Some(&nonce[..]));
        // certReq was not given, and its default is false.
        assert!(signed_data(&response).certificates.is_empty());
    }

    #[test]
    fn the_token_has_the_form_that_rfc_5652_and_5816_demand() {
        let data = signed_data(&TRIAL.stamp(&TRIAL.lab().tsa_url("tsa-rsa"), &query(&[7])));
        assert_eq!((data.version, data.content_type), (3, oid::TST_INFO));
        // The authority and its CA; the root is the business of whoever trusts it.
        assert_eq!(data.certificates.len(), 2);
        let attributes = data.signers[0].signed_attributes.as_ref().unwrap();
        assert!(attributes.is_sorted());
        for kind in [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST, oid::SIGNING_CERTIFICATE_V2] {
            assert_eq!(attributes.of_kind(kind).count(), 1, "{kind}");
        }
    }

    #[test]
    fn what_is_not_acceptable_is_refused_with_its_reason() {
        let sha1 = tsp::request(&DigestAlgorithm::Sha1.digest(b"record"), &[1]);
        assert_eq!(failures(&sha1), ["badAlg"]);
        assert_eq!(failures(b"hello"), ["badDataFormat"]);
        let imprint = |length| {
            let algorithm = write::sequence([write::oid(oid::SHA256)]);
            write::sequence([algorithm, write::octet_string(&vec![1; length])])
        };
        let query = |length, rest: &[u8]| {
            write::sequence([write::integer(1).as_slice(), &imprint(length), rest])
        };
        assert_eq!(failures(&query(20, &[])), ["badDataFormat"]);
        assert_eq!(failures(&query(32, &write::oid(oid::ANY_POLICY))), ["unacceptedPolicy"]);
        let extensions = super::super::extension::extension(oid::OCSP_NONCE, false, &[5, 0]);
        assert_eq!(failures(&query(32, &write::explicit(0, &extensions))), ["unacceptedExtension"]);
    }

    #[test]
    fn a_clock_can_be_wrong() {
        let url = TRIAL.lab().tsa_url("tsa-ec");
        for (fault, shift) in [("clock-ahead=86400", 86_400), ("clock-behind=86400", -86_400)] {
            let info = tst_info(&TRIAL.stamp(&TRIAL.faulty(fault, &url), &query(&[1])));
            assert!((info.time.unix() - now().unix() - shift).abs() < 60, "{fault}");
        }
    }
}
