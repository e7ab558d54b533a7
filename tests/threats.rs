//! Attacks on signatures, each with an untampered twin that passes. The numbers are those of the
//! table in docs/threat-model.md.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::certificate::Certificate;
use inkan::der::{Bytes, Tag, ess, write};
use inkan::digest::DigestAlgorithm;
use inkan::edge::clock::now;
use inkan::edge::web::Web;
use inkan::evidence::EvidenceSet;
use inkan::judge::Judge;
use inkan::key::SigningKey as _;
use inkan::lab::{Declaration, Lab, LabServer};
use inkan::oid::{self, Oid};
use inkan::policy::{Policy, Trust};
use inkan::rule::{Indication, SubIndication};
use inkan::task::verify::{FileReport, Held, Subject, verify};
use proptest::prelude::*;
use std::sync::LazyLock;

const RECORD: &[u8] = b"one tablet a day";

static LAB: LazyLock<LabServer> = LazyLock::new(|| {
    let port = LabServer::bind().unwrap();
    let lab = Lab::build(Declaration::standard().unwrap(), port.base_url(), now()).unwrap();
    port.serve(lab, now).unwrap()
});

/// One signer's part, put together by hand so that each piece can be wrong.
#[derive(Clone)]
struct Forge {
    content_type: Oid,
    content: Option<Vec<u8>>,
    announced: Vec<Oid>,
    digest: Oid,
    signature_algorithm: Vec<u8>,
    attributes: Option<Vec<Vec<u8>>>,
    certificate: Certificate,
    bag: Vec<Certificate>,
}

fn certificate(name: &str) -> Certificate {
    LAB.lab().member(name).unwrap().certificate().clone()
}

fn attribute(kind: Oid, values: &[Vec<u8>]) -> Vec<u8> {
    write::sequence([write::oid(kind), write::set(values)])
}

/// The attributes of a sound signature by that certificate over that content.
fn attributes(certificate: &Certificate, content: &[u8]) -> Vec<Vec<u8>> {
    let digest = DigestAlgorithm::Sha256.digest(content);
    vec![
        attribute(oid::CONTENT_TYPE, &[write::oid(oid::DATA)]),
        attribute(oid::MESSAGE_DIGEST, &[write::octet_string(digest.value())]),
        attribute(
            oid::SIGNING_CERTIFICATE_V2,
            &[ess::write_v2(certificate, DigestAlgorithm::Sha256)],
        ),
    ]
}

fn sound() -> Forge {
    let certificate = certificate("ec-physician");
    Forge {
        content_type: oid::DATA,
        content: Some(RECORD.to_vec()),
        announced: vec![oid::SHA256],
        digest: oid::SHA256,
        signature_algorithm: AlgorithmIdentifier::bare(oid::ECDSA_SHA256).to_der(),
        attributes: Some(attributes(&certificate, RECORD)),
        bag: vec![certificate.clone(), self::certificate("ec-ca")],
        certificate,
    }
}

impl Forge {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let lab = LAB.lab();
        lab.member("ec-physician").unwrap().key(lab).unwrap().sign(message).unwrap()
    }

    fn signer_info(&self, signature: Option<Vec<u8>>) -> Vec<u8> {
        let set = self.attributes.clone().map(write::set_of);
        let message = set.clone().unwrap_or_else(|| self.content.clone().unwrap());
        let signature = signature.unwrap_or_else(|| self.sign(&message));
        write::sequence([
            write::integer(1),
            write::sequence([
                self.certificate.issuer().der().to_vec(),
                write::element(Tag::INTEGER, self.certificate.serial()),
            ]),
            AlgorithmIdentifier::bare(self.digest).to_der(),
            set.map_or_else(Vec::new, |set| write::implicit(0, &set)),
            self.signature_algorithm.clone(),
            write::octet_string(&signature),
        ])
    }

    fn cms(&self, signers: &[Vec<u8>]) -> Vec<u8> {
        let content = self.content.as_ref().map(|c| write::explicit(0, &write::octet_string(c)));
        let bag: Vec<Vec<u8>> = self.bag.iter().map(|c| c.der().to_vec()).collect();
        let data = write::sequence([
            write::integer(1),
            write::set(self.announced.iter().map(|oid| AlgorithmIdentifier::bare(*oid).to_der())),
            write::sequence([write::oid(self.content_type), content.unwrap_or_default()]),
            write::implicit(0, &write::set(bag)),
            write::set(signers),
        ]);
        write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)])
    }

    fn whole(&self) -> Vec<u8> {
        self.cms(&[self.signer_info(None)])
    }
}

fn judged(cms: Vec<u8>) -> FileReport {
    judged_with(cms, &[])
}

fn judged_with(cms: Vec<u8>, trusted: &[Certificate]) -> FileReport {
    let mut trust = Trust::default();
    for (member, roles) in LAB.lab().anchors() {
        trust.add(member.certificate().clone(), roles);
    }
    for certificate in trusted {
        trust.add(certificate.clone(), &inkan::policy::Role::ALL);
    }
    let policy = Policy::standard(trust).unwrap();
    let file = Bytes::from(cms);
    let subject = Subject { name: "attack.p7m", file: &file, content: None, held: Held::Signature };
    verify(&subject, &Judge::new(policy), now(), &mut EvidenceSet::default(), &mut Web::default())
        .unwrap()
}

#[track_caller]
fn assert_reason(cms: Vec<u8>, expected: SubIndication) {
    let report = judged(cms);
    assert_eq!(report.sub_indication(), Some(expected), "{report:#?}");
    assert_ne!(report.indication(), Indication::Passed);
}

#[test]
fn the_untampered_twin_passes() {
    assert_eq!(
        judged(sound().whole()).indication(),
        Indication::Passed,
        "{:#?}",
        judged(sound().whole())
    );
}

#[test]
fn row_1_a_signature_without_signed_attributes_is_not_one() {
    let plain = Forge { attributes: None, ..sound() };
    assert_reason(plain.whole(), SubIndication::FormatFailure);
    // The victim's attributes as the content of another message, signed by the same value.
    let victim = sound();
    let set = write::set_of(victim.attributes.clone().unwrap());
    let value = victim.sign(&set);
    let forged = Forge { content: Some(set), attributes: None, ..sound() };
    assert_reason(forged.cms(&[forged.signer_info(Some(value))]), SubIndication::FormatFailure);
}

#[test]
fn row_2_the_content_type_must_be_the_one_that_was_signed() {
    let other = Forge { content_type: oid::SIGNED_DATA, ..sound() };
    assert_reason(other.whole(), SubIndication::SigConstraintsFailure);
    let mut attributes = sound().attributes.unwrap();
    attributes.remove(0);
    assert_reason(
        Forge { attributes: Some(attributes), ..sound() }.whole(),
        SubIndication::SigConstraintsFailure,
    );
}

#[test]
fn row_2_an_attribute_that_must_be_single_is_neither_doubled_nor_given_two_values() {
    let digest =
        |content: &[u8]| write::octet_string(DigestAlgorithm::Sha256.digest(content).value());
    let good = sound().attributes.unwrap();
    let mut doubled = good.clone();
    doubled.push(attribute(oid::MESSAGE_DIGEST, &[digest(b"other")]));
    let mut two_values = good.clone();
    two_values[1] = attribute(oid::MESSAGE_DIGEST, &[digest(RECORD), digest(b"other")]);
    let mut none = good;
    none[1] = attribute(oid::MESSAGE_DIGEST, &[]);
    for attributes in [doubled, two_values, none] {
        assert_reason(
            Forge { attributes: Some(attributes), ..sound() }.whole(),
            SubIndication::FormatFailure,
        );
    }
}

#[test]
fn row_4_the_reference_must_be_of_this_very_certificate() {
    let mut missing = sound().attributes.unwrap();
    missing.pop();
    assert_reason(
        Forge { attributes: Some(missing), ..sound() }.whole(),
        SubIndication::SigConstraintsFailure,
    );
    let mut other = sound().attributes.unwrap();
    let reference = ess::write_v2(&certificate("ec-pharmacist"), DigestAlgorithm::Sha256);
    other[2] = attribute(oid::SIGNING_CERTIFICATE_V2, &[reference]);
    assert_reason(
        Forge { attributes: Some(other), ..sound() }.whole(),
        SubIndication::SigConstraintsFailure,
    );
}

#[test]
fn row_5_one_bad_signer_among_good_ones_is_not_passed() {
    let good = sound();
    let both =
        good.cms(&[good.signer_info(None), good.signer_info(Some(good.sign(b"something else")))]);
    let report = judged(both);
    assert_eq!(report.signatures.len(), 2);
    let indications: Vec<_> =
        report.signatures.iter().map(|s| s.judged.verdict.indication()).collect();
    assert_eq!(indications, [Indication::Passed, Indication::Failed]);
    assert_eq!(report.indication(), Indication::Failed);
    assert_eq!(report.sub_indication(), Some(SubIndication::SigCryptoFailure));
    assert_ne!(judged(good.cms(&[])).indication(), Indication::Passed, "no signer at all");
}

#[test]
fn row_6_the_algorithms_must_agree_with_each_other() {
    let base = sound();
    for digest in [oid::SHA384, oid::SHA512, oid::SHA1, oid::SHA224] {
        let report = judged(Forge { digest, announced: vec![digest], ..base.clone() }.whole());
        assert_ne!(report.indication(), Indication::Passed, "{digest}");
        let report = judged(Forge { announced: vec![digest], ..base.clone() }.whole());
        assert_eq!(report.sub_indication(), Some(SubIndication::FormatFailure), "{digest}");
    }
    for algorithm in
        [oid::ECDSA_SHA384, oid::ECDSA_SHA1, oid::RSA_SHA256, oid::ED25519, oid::DSA, oid::MD5]
    {
        let signature_algorithm = AlgorithmIdentifier::bare(algorithm).to_der();
        let report = judged(Forge { signature_algorithm, ..base.clone() }.whole());
        assert_ne!(report.indication(), Indication::Passed, "{algorithm}");
    }
    let unknown = Oid::new_unwrap("1.2.3.4.5");
    let report = judged(Forge { digest: unknown, announced: vec![unknown], ..base }.whole());
    assert_eq!(report.indication(), Indication::Indeterminate, "unknown is not wrong");
}

#[test]
fn row_16_a_nest_of_any_depth_ends_early_and_on_a_small_stack() {
    for nest in
        [[0x30u8, 0x80].repeat(500_000), [0xa0, 0x80].repeat(2500), [0x24, 0x80].repeat(500_000)]
    {
        let inside = sound();
        let mut cms = inside.whole();
        cms.extend(&nest);
        let attack =
            [write::header(Tag::SEQUENCE, nest.len() + 11), write::oid(oid::SIGNED_DATA), nest]
                .concat();
        let run = std::thread::Builder::new().stack_size(256 << 10);
        let ended =
            run.spawn(move || (judged(cms).indication(), judged(attack).indication())).unwrap();
        let (trailing, nested) = ended.join().unwrap();
        assert_eq!((trailing, nested), (Indication::Failed, Indication::Failed));
    }
}

#[test]
fn row_24_trust_is_never_taken_from_inside_the_signature() {
    let lab = LAB.lab();
    let impostor = lab.member("below-impostor").unwrap();
    let mut forge = sound();
    forge.certificate = impostor.certificate().clone();
    forge.attributes = Some(attributes(&forge.certificate, RECORD));
    forge.bag = vec![forge.certificate.clone(), certificate("impostor-root")];
    let message = write::set_of(forge.attributes.clone().unwrap());
    let value = impostor.key(lab).unwrap().sign(&message).unwrap();
    let cms = forge.cms(&[forge.signer_info(Some(value))]);
    assert_reason(cms, SubIndication::NoCertificateChainFound);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Flipping any bit of a signature file never leads to "passed" unless the file says the same.
    #[test]
    fn no_flipped_bit_passes(place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let good = GOOD.clone();
        let mut bad = good.clone();
        bad[place.index(good.len())] ^= 1 << bit;
        let report = judged(bad.clone());
        if report.indication() == Indication::Passed {
            // Only bytes that nobody signed may differ: what stands in the bag beside the path.
            let at = place.index(good.len());
            prop_assert!(UNSIGNED.contains(&at), "byte {at} of {} bit {bit}", good.len());
        }
    }

    /// Cutting a file anywhere never leads to "passed", and never to a panic.
    #[test]
    fn no_shortened_file_passes(place in any::<prop::sample::Index>()) {
        let mut bad = GOOD.clone();
        bad.truncate(place.index(GOOD.len()));
        prop_assert_ne!(judged(bad).indication(), Indication::Passed);
    }
}

static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| sound().whole());

/// Bytes whose change need not be noticed: the syntax version numbers, which no rule of AdES depends
/// on; the CA's certificate in the bag, which, damaged there, is fetched from where the signer's
/// certificate says; and the issuer's name in the signer identifier, where upper and lower case are
/// the same name (RFC 5280 §7.1) and the signed reference holds the certificate itself.
static UNSIGNED: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let version = GOOD.windows(5).position(|w| w == [2, 1, 1, 0x31, 0x0d]).map(|at| at + 2);
    let signer = GOOD.windows(4).rposition(|w| w == [2, 1, 1, 0x30]).map(|at| at + 2);
    let (ca, signer_certificate) = (certificate("ec-ca"), certificate("ec-physician"));
    let issuer = signer_certificate.issuer().der();
    let bag = GOOD.windows(ca.der().len()).position(|w| w == ca.der().as_ref()).unwrap();
    let name = signer.unwrap()
        + GOOD[signer.unwrap()..].windows(issuer.len()).position(|w| w == issuer.as_ref()).unwrap();
    version
        .into_iter()
        .chain(signer)
        .chain(bag..bag + ca.der().len())
        .chain(name..name + issuer.len())
        .collect()
});
