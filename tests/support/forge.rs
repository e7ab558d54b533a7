//! Signatures put together by hand over members of the lab, so that each piece can be wrong.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use inkan::ades::cades::archive::HashIndex;
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::certificate::Certificate;
use inkan::der::cms::{Attribute, SignedData, SignerInfo};
use inkan::der::tsp::{self, TimeStampResponse};
use inkan::der::{Bytes, Tag, ess, write};
use inkan::digest::{Digest, DigestAlgorithm};
use inkan::edge::clock::now;
use inkan::edge::web::Web;
use inkan::evidence::{EvidenceSet, EvidenceSource as _, Fetch, Want, Wanted};
use inkan::judge::Judge;
use inkan::key::SigningKey as _;
use inkan::lab::{Declaration, Lab, LabServer};
use inkan::oid::{self, Oid};
use inkan::policy::{Policy, Trust};
use inkan::rule::{Finding, Outcome};
use inkan::source::Source;
use inkan::task::verify::{FileReport, Held, SignatureReport, Subject, verify};
use std::sync::LazyLock;

pub(crate) const RECORD: &[u8] = b"one tablet a day";
pub(crate) const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;

pub(crate) static LAB: LazyLock<LabServer> = LazyLock::new(|| {
    let port = LabServer::bind().unwrap();
    let lab = Lab::build(Declaration::standard().unwrap(), port.base_url(), now()).unwrap();
    port.serve(lab, now).unwrap()
});

pub(crate) fn certificate(member: &str) -> Certificate {
    LAB.lab().member(member).unwrap().certificate().clone()
}

pub(crate) fn attribute(kind: Oid, values: &[Vec<u8>]) -> Vec<u8> {
    write::sequence([write::oid(kind), write::set(values)])
}

pub(crate) fn bare(digest: DigestAlgorithm) -> Vec<u8> {
    AlgorithmIdentifier::bare(digest.oid()).to_der()
}

/// A signer about to sign.
#[derive(Clone)]
pub(crate) struct Pen {
    pub(crate) member: &'static str,
    pub(crate) digest: DigestAlgorithm,
    pub(crate) algorithm: Vec<u8>,
    pub(crate) attributes: Vec<Vec<u8>>,
}

impl Pen {
    /// A sound one over that content, as level B has it.
    pub(crate) fn over(member: &'static str, content: &[u8]) -> Self {
        let mut pen = Self::counter(member, content);
        pen.attributes.push(attribute(oid::CONTENT_TYPE, &[write::oid(oid::DATA)]));
        pen
    }

    /// A sound counter-signer of a signature of that value.
    pub(crate) fn counter(member: &'static str, value: &[u8]) -> Self {
        Self::counter_in(LAB.lab(), member, value)
    }

    /// The same of another lab.
    pub(crate) fn counter_in(lab: &Lab, member: &'static str, value: &[u8]) -> Self {
        let signer = lab.member(member).unwrap();
        let reference = ess::write_v2(signer.certificate(), SHA256);
        let scheme = signer.key(lab).unwrap().scheme();
        let digest = write::octet_string(scheme.digest().digest(value).value());
        Self {
            member,
            digest: scheme.digest(),
            algorithm: scheme.identifier().to_der(),
            attributes: vec![
                attribute(oid::MESSAGE_DIGEST, &[digest]),
                attribute(oid::SIGNING_CERTIFICATE_V2, &[reference]),
            ],
        }
    }

    /// With one more signed attribute.
    pub(crate) fn with(mut self, kind: Oid, value: &[u8]) -> Self {
        self.attributes.push(attribute(kind, &[value.to_vec()]));
        self
    }

    pub(crate) fn sign(&self) -> SignerInfo {
        self.sign_set(&write::set_of(self.attributes.clone()))
    }

    /// Signs the attributes in the order in which they stand.
    pub(crate) fn sign_set(&self, set: &[u8]) -> SignerInfo {
        self.sign_set_in(LAB.lab(), set)
    }

    pub(crate) fn sign_set_in(&self, lab: &Lab, set: &[u8]) -> SignerInfo {
        let member = lab.member(self.member).unwrap();
        let signature = member.key(lab).unwrap().sign(set).unwrap();
        let certificate = member.certificate();
        let der = write::sequence([
            write::integer(1),
            write::sequence([
                certificate.issuer().der().to_vec(),
                write::element(Tag::INTEGER, certificate.serial()),
            ]),
            bare(self.digest),
            write::implicit(0, set),
            self.algorithm.clone(),
            write::octet_string(&signature),
        ]);
        SignerInfo::from_der(&der).unwrap()
    }
}

/// The same with one more unsigned attribute.
pub(crate) fn and(mut signer: SignerInfo, kind: Oid, value: &[u8]) -> SignerInfo {
    signer.take_attribute(attribute(kind, &[value.to_vec()])).unwrap();
    signer
}

/// A signed-data over the record by these signers, with the certificates of the lab.
pub(crate) fn data(signers: Vec<SignerInfo>) -> SignedData {
    let mut data = SignedData::empty(oid::DATA);
    data.announce(AlgorithmIdentifier::bare(oid::SHA256));
    data.announce(AlgorithmIdentifier::bare(oid::SHA384));
    for member in ["ec-physician", "ec-pharmacist", "ec-nurse", "ec-ca"] {
        data.take_certificate(certificate(member).der().clone());
    }
    data.signers = signers;
    data
}

/// Written out with that content inside; nothing for a detached one.
pub(crate) fn written(data: &SignedData, content: Option<&[u8]>) -> Vec<u8> {
    let content = content.map(|content| write::explicit(0, &write::octet_string(content)));
    let kind = write::oid(data.content_type);
    let encapsulated = write::sequence([kind, content.unwrap_or_default()]);
    let [before, after] = data.around_content();
    let inner = write::sequence([before, encapsulated, after]);
    write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &inner)])
}

/// A token of the lab's authority over that hash.
pub(crate) fn stamp(imprint: &Digest) -> Vec<u8> {
    let body = tsp::request(imprint, b"0123456789abcdef").into();
    let url = LAB.lab().tsa_url("tsa-ec");
    let fetch = Fetch::Post { url, media_type: "application/timestamp-query", body };
    let answer = Web::default().obtain(&Want::from(Wanted::Timestamp, "", fetch)).unwrap();
    TimeStampResponse::parse(&answer).unwrap().token.unwrap().to_vec()
}

/// The token with an unsigned attribute of its own.
pub(crate) fn token_and(token: &[u8], attribute: Vec<u8>) -> Vec<u8> {
    let mut data = SignedData::parse(token).unwrap();
    data.signers[0].take_attribute(attribute).unwrap();
    let content = data.content.clone();
    written(&data, content.as_deref())
}

/// An archive timestamp v3 over all that the signer has, by the index that `change` makes of it.
pub(crate) fn archived(
    data: &SignedData,
    place: usize,
    change: impl Fn(HashIndex) -> HashIndex,
) -> Vec<u8> {
    let signer = &data.signers[place];
    let index = change(HashIndex::of(data, signer, SHA256));
    let imprint = index.imprint(data.content_type, &SHA256.digest(RECORD), signer);
    token_and(&stamp(&imprint), index.to_attribute())
}

pub(crate) fn judged(cms: Vec<u8>) -> FileReport {
    judged_beside(cms, None)
}

/// Judged with the content in a file of its own.
pub(crate) fn judged_beside(cms: Vec<u8>, content: Option<&[u8]>) -> FileReport {
    let judge = judge();
    let file = Bytes::from(cms);
    let content = content.map(Bytes::copy_from_slice);
    let content = content.as_ref().map(|content| {
        let content: &dyn Source = content;
        ("record", content)
    });
    let subject = Subject { name: "record.p7m", file: &file, content, held: Held::Signature };
    let mut evidence = EvidenceSet::default();
    verify(&subject, &judge, now(), &mut evidence, &mut Web::default()).unwrap()
}

/// Who trusts the anchors of the lab.
pub(crate) fn judge() -> Judge {
    let mut trust = Trust::default();
    for (member, roles) in LAB.lab().anchors() {
        trust.add(member.certificate().clone(), roles);
    }
    Judge::new(Policy::standard(trust).unwrap())
}

/// The outcome of a check on a signature, or on one of the things it rests on.
pub(crate) fn outcome<'a>(report: &'a SignatureReport, check: &str) -> &'a Outcome {
    let all = report.judged.verdict.all_findings();
    let found: Vec<&Finding> = all.into_iter().filter(|f| f.rule.check == check).collect();
    let is_open =
        |f: &&Finding| matches!(f.outcome, Outcome::Violated(_) | Outcome::Unanswered { .. });
    let is_met = |f: &&Finding| matches!(f.outcome, Outcome::Met(_));
    let all = || found.iter().copied();
    let told = all().find(is_open).or(all().find(is_met)).or(all().next());
    &told.unwrap_or_else(|| panic!("{check} was not asked")).outcome
}

/// The phrase that was said of it.
pub(crate) fn seen(report: &SignatureReport, check: &str) -> &'static str {
    match outcome(report, check) {
        Outcome::Met(seen) | Outcome::Violated(seen) | Outcome::NotApplicable(seen) => seen.key(),
        Outcome::Unanswered { why, .. } => why.key(),
        Outcome::NotInForce => "not in force",
    }
}

/// The word for the outcome.
pub(crate) fn word(report: &SignatureReport, check: &str) -> &'static str {
    outcome(report, check).name()
}

/// Type and values of an attribute, as timestamps over references hash it.
pub(crate) fn inside(attribute: &Attribute) -> Vec<u8> {
    attribute.type_and_values().to_vec()
}
