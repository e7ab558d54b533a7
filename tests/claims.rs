//! What a signer claims beside the time is read, shown as claimed, and judged where that can be.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/forge.rs"]
mod forge;

use forge::{Pen, RECORD, SHA256, bare, data, judged, seen, word, written};
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::cades::policy::SignaturePolicy;
use inkan::der::cades::signer::Backing;
use inkan::der::write;
use inkan::digest::DigestAlgorithm;
use inkan::edge::clock::now;
use inkan::oid::{self, Oid};
use inkan::report::human::{Colour, Detail, Style};
use inkan::report::{Catalogue, Language, human, json};
use inkan::rule::{Indication, SubIndication};
use inkan::task::verify::{FileReport, VerifyReport};

fn pen() -> Pen {
    Pen::over("ec-physician", RECORD)
}

fn report(pen: &Pen) -> FileReport {
    judged(written(&data(vec![pen.sign()]), Some(RECORD)))
}

fn role(text: &str) -> Vec<u8> {
    let coded = write::set([
        write::explicit(0, &write::oid(oid::HPKI_QUALIFICATIONS)),
        write::explicit(2, &write::utf8(text)),
    ]);
    let actor = write::sequence([write::explicit(0, &coded)]);
    forge::attribute(oid::HC_ROLE, &[write::set([actor])])
}

fn v1(attributes: &[Vec<u8>]) -> Vec<u8> {
    write::sequence([write::explicit(0, &write::sequence(attributes))])
}

/// An attribute certificate that nobody signed, with these attributes.
fn attribute_certificate(attributes: &[Vec<u8>]) -> Vec<u8> {
    let empty = || write::sequence::<&[u8]>([]);
    let info = write::sequence([
        write::integer(1),
        empty(),
        write::explicit(0, &empty()),
        bare(SHA256),
        write::integer(7),
        empty(),
        write::sequence(attributes),
    ]);
    write::sequence([info, bare(SHA256), write::bit_string(b"")])
}

fn policy(id: &str) -> Vec<u8> {
    let hash = write::sequence([bare(SHA256), write::octet_string(&[7; 32])]);
    let uri = write::ia5("https://example.jp/policy.txt");
    let qualifier = write::sequence([write::oid(oid::POLICY_QUALIFIER_URI), uri]);
    let id = write::oid(Oid::new(id).unwrap());
    write::sequence([id, hash, write::sequence([qualifier])])
}

fn protection(digest: DigestAlgorithm, scheme: Oid) -> Vec<u8> {
    let scheme = write::implicit(1, &AlgorithmIdentifier::bare(scheme).to_der());
    write::sequence([bare(digest), scheme])
}

fn everything() -> Pen {
    let place = write::sequence([
        write::explicit(0, &write::utf8("JP")),
        write::explicit(1, &write::utf8("東京都")),
        write::explicit(2, &write::sequence([write::utf8("千代田区"), write::utf8("霞が関 1")])),
    ]);
    let hints = write::sequence([write::utf8("処方箋"), write::oid(oid::DATA)]);
    pen()
        .with(oid::CONTENT_HINTS, &hints)
        .with(oid::CONTENT_IDENTIFIER, &write::octet_string(b"id-1"))
        .with(oid::MIME_TYPE, &write::utf8("text/plain"))
        .with(oid::COMMITMENT_TYPE, &write::sequence([write::oid(oid::PROOF_OF_APPROVAL)]))
        .with(oid::SIGNER_LOCATION, &place)
        .with(oid::SIGNER_ATTRIBUTES, &v1(&[role("Medical Doctor")]))
        .with(oid::SIGNATURE_POLICY, &write::null())
        .with(oid::CMS_ALGORITHM_PROTECTION, &protection(SHA256, oid::ECDSA_SHA256))
}

#[test]
fn all_of_them_together_are_read_and_leave_nothing_unjudged() {
    let report = report(&everything());
    assert_eq!(report.indication(), Indication::Passed, "{report:#?}");
    let signature = &report.signatures[0];
    for check in ["nothing-unjudged", "attributes-unique", "algorithm-protection", "claimed-roles"]
    {
        assert_eq!(word(signature, check), "met", "{check}");
    }
    let claims = &signature.signature.claims;
    assert_eq!(claims.content_hints.as_ref().unwrap().description.as_deref(), Some("処方箋"));
    assert_eq!(claims.location.as_ref().unwrap().address, ["千代田区", "霞が関 1"]);
    assert_eq!(claims.policy, Some(SignaturePolicy::Implied));
}

#[test]
fn both_reports_say_them_in_both_languages_and_that_they_are_claimed() {
    let report = VerifyReport {
        at: now(),
        policy: "test".to_owned(),
        offline: false,
        anchors: 1,
        files: vec![report(&everything())],
    };
    let style = Style { colour: Colour::Plain, detail: Detail::Summary };
    for (language, wanted) in [
        (Language::En, ["proof of approval", "Medical Doctor (claimed by the signer)"]),
        (Language::Ja, ["承認の証明", "医師 (署名者の申告)"]),
    ] {
        let catalogue = Catalogue::load(language);
        let text = human::verify(&report, catalogue, style);
        for wanted in
            wanted.into_iter().chain(["処方箋, text/plain", "千代田区, 霞が関 1, 東京都, JP"])
        {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        let json = json::verify(&report, catalogue).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let claims = &json["files"][0]["signatures"][0]["claims"];
        assert_eq!(claims["roles"][0]["backing"], "claimed");
        assert_eq!(claims["commitments"][0]["oid"], "1.2.840.113549.1.9.16.6.5");
        assert_eq!(claims["policy"]["oid"], serde_json::Value::Null);
    }
}

#[test]
fn a_role_that_the_certificate_does_not_name_is_nobodys_word_but_the_signers() {
    for (kind, value) in [
        (oid::SIGNER_ATTRIBUTES, v1(&[role("Dentist")])),
        (oid::SIGNER_ATTRIBUTES_V2, v1(&[role("Dentist")])),
    ] {
        let report = report(&pen().with(kind, &value));
        assert_eq!(seen(&report.signatures[0], "claimed-roles"), "seen.claimed-roles");
        assert_eq!(report.indication(), Indication::Passed, "told, without consequence");
        assert_eq!(report.signatures[0].roles[0].text.as_deref(), Some("Medical Doctor"));
    }
}

#[test]
fn an_attribute_certificate_is_shown_as_not_verified() {
    let certificate = attribute_certificate(&[role("Dentist")]);
    let one = write::sequence([write::explicit(1, &certificate)]);
    let two = write::explicit(1, &write::sequence([write::explicit(0, &certificate)]));
    for (kind, value) in
        [(oid::SIGNER_ATTRIBUTES, one), (oid::SIGNER_ATTRIBUTES_V2, write::sequence([two]))]
    {
        let report = report(&pen().with(kind, &value));
        let signature = &report.signatures[0];
        assert_eq!(seen(signature, "claimed-roles"), "seen.attribute-certificates", "{kind}");
        let (actor, backing) = &signature.signature.claims.signer.roles[0];
        assert_eq!(actor.text.as_deref(), Some("Dentist"));
        assert_eq!(*backing, Backing::AttributeCertificate);
    }
}

#[test]
fn a_policy_that_is_named_and_not_known_leaves_the_question_open() {
    let report = report(&pen().with(oid::SIGNATURE_POLICY, &policy("1.2.392.200181.1")));
    assert_eq!(report.sub_indication(), Some(SubIndication::SignaturePolicyNotAvailable));
    assert_eq!(word(&report.signatures[0], "signature-policy"), "unanswered");
    let Some(SignaturePolicy::Explicit { uri, hash, .. }) =
        &report.signatures[0].signature.claims.policy
    else {
        panic!()
    };
    assert_eq!(uri.as_deref(), Some("https://example.jp/policy.txt"));
    assert!(hash.is_some());
}

#[test]
fn algorithms_that_were_exchanged_outside_contradict_those_inside() {
    for (digest, scheme) in
        [(DigestAlgorithm::Sha1, oid::ECDSA_SHA256), (SHA256, oid::ECDSA_SHA384)]
    {
        let report =
            report(&pen().with(oid::CMS_ALGORITHM_PROTECTION, &protection(digest, scheme)));
        assert_eq!(report.sub_indication(), Some(SubIndication::SigConstraintsFailure));
        assert_eq!(word(&report.signatures[0], "algorithm-protection"), "violated");
    }
}

#[test]
fn an_attribute_that_cannot_be_read_is_a_fault_and_no_claim() {
    for kind in
        [oid::CONTENT_HINTS, oid::COMMITMENT_TYPE, oid::SIGNER_LOCATION, oid::SIGNATURE_POLICY]
    {
        let report = report(&pen().with(kind, &write::boolean(true)));
        assert_eq!(report.sub_indication(), Some(SubIndication::FormatFailure), "{kind}");
        assert_eq!(word(&report.signatures[0], "attributes-unique"), "violated");
    }
}

#[test]
fn order_length_and_announcement_are_rules_of_their_own() {
    let sound = report(&pen());
    for check in ["attributes-sorted", "message-digest-length", "digest-announced"] {
        assert_eq!(word(&sound.signatures[0], check), "met", "{check}");
    }
    let mut set = pen().attributes;
    set.sort();
    set.reverse();
    let unsorted = pen().sign_set(&write::set(&set));
    let unsorted = judged(written(&data(vec![unsorted]), Some(RECORD)));
    assert_eq!(seen(&unsorted.signatures[0], "attributes-sorted"), "seen.attributes-unsorted");
    assert_eq!(word(&unsorted.signatures[0], "signed-attributes"), "met");
    assert_eq!(unsorted.sub_indication(), Some(SubIndication::FormatFailure));
    let mut short = pen();
    short.attributes.retain(|a| !a.windows(9).any(|w| w == oid::MESSAGE_DIGEST.as_bytes()));
    let short = short.with(oid::MESSAGE_DIGEST, &write::octet_string(&[7; 20]));
    let alone = judged(written(&data(vec![short.sign()]), None));
    assert_eq!(word(&alone.signatures[0], "message-digest-length"), "violated");
    assert_eq!(alone.sub_indication(), Some(SubIndication::SigConstraintsFailure));
    let mut silent = data(vec![pen().sign()]);
    silent.digest_algorithms.clear();
    let silent = judged(written(&silent, Some(RECORD)));
    assert_eq!(word(&silent.signatures[0], "digest-announced"), "violated");
    assert_eq!(word(&silent.signatures[0], "well-formed"), "met");
    assert_eq!(silent.sub_indication(), Some(SubIndication::FormatFailure));
}

#[test]
fn pss_with_another_hash_inside_is_told_by_its_parameters() {
    let pss = |digest: DigestAlgorithm| {
        let mut pen = pen();
        let parameters =
            inkan::der::algorithm::PssParameters { digest, mask_digest: SHA256, salt_length: 32 };
        pen.algorithm = write::sequence([write::oid(oid::RSA_PSS), parameters.to_der()]);
        report(&pen)
    };
    assert_eq!(word(&pss(SHA256).signatures[0], "pss-parameters"), "met");
    assert_eq!(word(&pss(DigestAlgorithm::Sha512).signatures[0], "pss-parameters"), "violated");
    assert_eq!(word(&report(&pen()).signatures[0], "pss-parameters"), "not-applicable");
}
