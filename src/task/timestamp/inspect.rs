//! Reads a token, a response or a request out loud: everything that it says, and nothing judged.

use crate::crypto::SignatureScheme;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::cms::{Attributes, SignedData, SignerIdentifier, SignerInfo};
use crate::der::ess::{self, CertificateReference};
use crate::der::tlv::{Malformed, Problem, Reader, Tag};
use crate::der::tsp::{TimeStampRequest, TimeStampResponse, TstInfo};
use crate::der::{Bytes, pem};
use crate::oid::{self, Oid};
use crate::policy::PolicyError;
use crate::policy::known::{self, KnownPolicy};
use crate::task::inspect::extension::general_name;
use crate::time::Instant;

/// What was found in a file.
#[derive(Clone, Debug)]
pub struct InspectedTimestamp {
    /// What it is called.
    pub path: String,
    /// What it is.
    pub form: Form,
    /// How it is written.
    pub encoding: Encoding,
    /// What a TSA says beside its token.
    pub response: Option<TimeStampResponse>,
    /// The token, if there is one.
    pub token: Option<TokenSheet>,
    /// The request, if it is one.
    pub request: Option<RequestSheet>,
}

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A token.
    Token,
    /// A response, with a token or without.
    Response,
    /// A request.
    Request,
}

impl Form {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Response => "response",
            Self::Request => "request",
        }
    }
}

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// Octets.
    Binary,
    /// Text between dashes.
    Pem,
}

impl Encoding {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Pem => "pem",
        }
    }
}

/// What is known of a token.
#[derive(Clone, Debug)]
pub struct TokenSheet {
    /// What the TSA states.
    pub statement: TstInfo,
    /// The policy, if it is known by name. It proves nothing.
    pub policy: Option<KnownPolicy>,
    /// What the TSA calls itself in the statement.
    pub tsa: Option<String>,
    /// SHA-256 of the token.
    pub sha256: Fingerprint,
    /// Who signed; a token has one signer.
    pub signers: Vec<SignerSheet>,
    /// What stands among the certificates.
    pub certificates: Vec<InBag>,
    /// What stands among the revocation data.
    pub revocation: Vec<&'static str>,
}

/// What is known of a signer of a token.
#[derive(Clone, Debug)]
pub struct SignerSheet {
    /// Whom the signature names.
    pub signer: SignerIdentifier,
    /// The subject of the certificate that is named, if it came along.
    pub subject: Option<String>,
    /// The hash function.
    pub digest: String,
    /// How it is signed.
    pub scheme: String,
    /// When it claims to have been made.
    pub signing_time: Option<Instant>,
    /// The signed references to certificates, of both versions, in order.
    pub references: Vec<Reference>,
    /// The names of the signed attributes.
    pub signed: Vec<String>,
    /// The names of those that were added.
    pub unsigned: Vec<String>,
}

/// A signed reference to a certificate (ESS).
#[derive(Clone, Debug)]
pub struct Reference {
    /// 1 or 2.
    pub version: u8,
    /// What it says.
    pub reference: CertificateReference,
    /// The subject of the certificate that it is of, if that came along.
    pub subject: Option<String>,
}

/// Something in the bag of certificates.
#[derive(Clone, Debug)]
pub enum InBag {
    /// A certificate.
    Certificate(Certificate),
    /// What should be one and cannot be read.
    Unreadable(Malformed),
    /// Another choice of RFC 5652 §10.2.2, by its name: old Japanese tokens carry attribute certificates.
    Other(&'static str),
}

/// A request, and the policy if it is known by name.
#[derive(Clone, Debug)]
pub struct RequestSheet {
    /// What is asked for.
    pub request: TimeStampRequest,
    /// The policy.
    pub policy: Option<KnownPolicy>,
}

/// Why there is nothing to read out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoTimestamp {
    /// It is something else.
    #[error("this is no time-stamp token, response or request")]
    Nothing,
    /// There are several in one file.
    #[error("there are {0} structures in this PEM file, not one")]
    Several(usize),
    /// It begins like one and cannot be read.
    #[error("the time-stamp {} cannot be read: {error}", .form.name())]
    Malformed {
        /// What it begins like.
        form: Form,
        /// What is wrong with it.
        error: Malformed,
    },
}

impl NoTimestamp {
    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => "name a token (.tst), a response (.tsr) or a request (.tsq)",
            Self::Several(_) => "put each into a file of its own",
            Self::Malformed { .. } => {
                "fetch the file again from where it came from; it may be damaged"
            }
        }
    }
}

/// Reads what a file says.
pub fn inspect(path: &str, bytes: &Bytes) -> Result<InspectedTimestamp, NoTimestamp> {
    let sections = pem::sections(bytes);
    let (der, encoding) = match sections.as_slice() {
        [] => (bytes, Encoding::Binary),
        [only] => (&only.der, Encoding::Pem),
        several => return Err(NoTimestamp::Several(several.len())),
    };
    let form = form_of(der).ok_or(NoTimestamp::Nothing)?;
    let malformed = |error| NoTimestamp::Malformed { form, error };
    let mut found = InspectedTimestamp {
        path: path.to_owned(),
        form,
        encoding,
        response: None,
        token: None,
        request: None,
    };
    match form {
        Form::Token => found.token = Some(sheet(der).map_err(malformed)?),
        Form::Response => {
            let response = TimeStampResponse::parse(der).map_err(malformed)?;
            found.token = response.token.as_ref().map(sheet).transpose().map_err(malformed)?;
            found.response = Some(response);
        }
        Form::Request => {
            let request = TimeStampRequest::parse(der).map_err(malformed)?;
            let policy = request.policy.and_then(known_policy);
            found.request = Some(RequestSheet { request, policy });
        }
    }
    Ok(found)
}

/// All three are SEQUENCEs; what stands first in them tells them apart. A token may be in BER, where the
/// length need not be said.
fn form_of(bytes: &[u8]) -> Option<Form> {
    let [0x30, length, rest @ ..] = bytes else { return None };
    let skipped = match length {
        0x81..=0x84 => usize::from(length & 0x0f),
        _ => 0,
    };
    match Tag(*rest.get(skipped)?) {
        Tag::OID => SignedData::parse(bytes)
            .map_or(true, |data| data.content_type == oid::TST_INFO)
            .then_some(Form::Token),
        Tag::SEQUENCE => TimeStampResponse::parse(bytes).is_ok().then_some(Form::Response),
        Tag::INTEGER => TimeStampRequest::parse(bytes).is_ok().then_some(Form::Request),
        _ => None,
    }
}

fn sheet(der: &Bytes) -> Result<TokenSheet, Malformed> {
    let data = SignedData::parse(der)?;
    let content = data.content.as_ref();
    let content = content.ok_or_else(|| Malformed::new("TimeStampToken", Problem::Unknown))?;
    let statement = TstInfo::parse(content)?;
    let certificates: Vec<InBag> = data.certificates.iter().map(in_bag).collect();
    let signers = data.signers.iter().map(|signer| signer_sheet(signer, &certificates)).collect();
    Ok(TokenSheet {
        policy: known_policy(statement.policy),
        tsa: statement.tsa.as_ref().map(|name| general_name(name).value),
        sha256: Fingerprint::of(der),
        signers,
        certificates,
        revocation: data.revocation.iter().map(revocation_kind).collect(),
        statement,
    })
}

/// The choices of CertificateSet (RFC 5652 §10.2.2, §10.2.3).
fn in_bag(element: &Bytes) -> InBag {
    match element.first().copied().map(Tag) {
        Some(Tag::SEQUENCE) => match Certificate::parse(element.clone()) {
            Ok(certificate) => InBag::Certificate(certificate),
            Err(error) => InBag::Unreadable(error),
        },
        Some(Tag(0xa0)) => InBag::Other("extended-certificate"),
        Some(Tag(0xa1)) => InBag::Other("attribute-certificate-v1"),
        Some(Tag(0xa2)) => InBag::Other("attribute-certificate-v2"),
        Some(Tag(0xa3)) => InBag::Other("other-certificate-format"),
        Some(_) | None => InBag::Other("unknown"),
    }
}

/// The choices of RevocationInfoChoices (RFC 5652 §10.2.1); the format of the other one stands first in it.
fn revocation_kind(element: &Bytes) -> &'static str {
    match element.first().copied().map(Tag) {
        Some(Tag::SEQUENCE) => "crl",
        Some(Tag(0xa1)) => {
            let format = Reader::new(element, "OtherRevocationInfoFormat").take();
            let format = format.and_then(|tlv| tlv.reader().expect(Tag::OID)?.oid());
            if format == Ok(oid::RI_OCSP_RESPONSE) { "ocsp" } else { "other" }
        }
        Some(_) | None => "unknown",
    }
}

fn signer_sheet(signer: &SignerInfo, bag: &[InBag]) -> SignerSheet {
    let signed = signer.signed_attributes.as_ref();
    let digest = signer.digest_algorithm.digest();
    let scheme = SignatureScheme::from_identifier(&signer.signature_algorithm, digest);
    let named = |certificate: &&Certificate| match &signer.signer {
        SignerIdentifier::IssuerSerial(issuer, serial) => {
            certificate.issuer() == issuer && certificate.serial() == serial.as_ref()
        }
        SignerIdentifier::KeyId(id) => certificate.subject_key_id().as_ref() == Some(id),
    };
    let time = value_of(signed, oid::SIGNING_TIME);
    let time = time.and_then(|value| Reader::new(value, "signing-time").take().ok()?.time().ok());
    SignerSheet {
        signer: signer.signer.clone(),
        subject: certificates(bag).find(named).map(|c| c.subject().to_string()),
        digest: algorithm_name(signer.digest_algorithm.oid),
        scheme: scheme.map_or_else(|unsupported| unsupported.0, |scheme| scheme.to_string()),
        signing_time: time,
        references: references(signed, bag),
        signed: names(signed),
        unsigned: names(signer.unsigned_attributes.as_ref()),
    }
}

fn certificates(bag: &[InBag]) -> impl Iterator<Item = &Certificate> {
    bag.iter().filter_map(|element| match element {
        InBag::Certificate(certificate) => Some(certificate),
        InBag::Unreadable(_) | InBag::Other(_) => None,
    })
}

fn references(signed: Option<&Attributes>, bag: &[InBag]) -> Vec<Reference> {
    let v1 = value_of(signed, oid::SIGNING_CERTIFICATE).map(|value| (1, ess::parse_v1(value)));
    let v2 = value_of(signed, oid::SIGNING_CERTIFICATE_V2).map(|value| (2, ess::parse_v2(value)));
    let all = v1.into_iter().chain(v2);
    let all = all.flat_map(|(version, read)| {
        read.unwrap_or_default().into_iter().map(move |r| (version, r))
    });
    let with_subject = |(version, reference): (u8, CertificateReference)| {
        let of = certificates(bag).find(|c| reference.refers_to(c) == Some(true));
        let subject = of.map(|certificate| certificate.subject().to_string());
        Reference { version, reference, subject }
    };
    all.map(with_subject).collect()
}

fn value_of(attributes: Option<&Attributes>, kind: Oid) -> Option<&Bytes> {
    attributes?.of_kind(kind).next()?.values.first()
}

fn names(attributes: Option<&Attributes>) -> Vec<String> {
    let list = attributes.map(Attributes::list).unwrap_or_default();
    list.iter().map(|attribute| algorithm_name(attribute.oid)).collect()
}

/// The name of an identifier, or the identifier.
pub fn algorithm_name(oid: Oid) -> String {
    oid::name(&oid).map_or_else(|| oid.to_string(), str::to_owned)
}

fn known_policy(oid: Oid) -> Option<KnownPolicy> {
    let table: Result<Vec<KnownPolicy>, PolicyError> = known::policies();
    known::find(&table.unwrap_or_default(), oid).cloned()
}
