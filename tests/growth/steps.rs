//! Each step demands its proof, and puts inside what it should and nothing else.

use crate::table::{RECORD, SIGNERS, Table};
use inkan::der::certificate::Certificate;
use inkan::der::cms::SignedData;
use inkan::der::cms::values::write_ocsp;
use inkan::digest::DigestAlgorithm;
use inkan::evidence::want::Offline;
use inkan::oid;
use inkan::seal::{SealError, StampRequest};
use inkan::task::sign::{Desk, SignError, support};

#[test]
fn openssl_accepts_each_level_detached_and_attached() {
    for name in SIGNERS {
        let mut table = Table::new();
        let b = table.b(name);
        table.openssl_accepts(&b.detached());
        let t = table.t(b);
        table.openssl_accepts(&t.detached());
        let lt = table.lt(t);
        table.openssl_accepts(&lt.detached());
        let lta = table.lta(lt, "tsa-ec");
        table.openssl_accepts(&lta.detached());
        let again = table.again(lta, "tsa-rsa");
        table.openssl_accepts(&again.detached());

        let envelope = again.attached(RECORD.len());
        let attached = [envelope.prefix.as_slice(), RECORD, &envelope.suffix].concat();
        table.bench.write("record.p7m", &attached);
        table.bench.openssl_ok(&[
            "cms",
            "-verify",
            "-cades",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "record.p7m",
            "-CAfile",
            "roots.pem",
            "-purpose",
            "any",
            "-out",
            "back",
        ]);
        assert_eq!(table.bench.read("back"), RECORD);
    }
}

#[test]
fn a_timestamp_of_anything_else_is_refused_at_each_step() {
    let mut table = Table::new();
    let other = StampRequest::over(b"something else", DigestAlgorithm::Sha256, [9; 16]);
    let other = table.stamp(&other, "tsa-ec");
    let b = table.b("ec-physician");
    assert!(matches!(b.clone().stamp(&other), Err(SealError::OtherStamp)));

    let t = table.t(b);
    let lt = table.lt(t);
    assert!(matches!(lt.clone().archive(&other), Err(SealError::OtherStamp)));
    let of_another = {
        let another = table.b("ec-organisation");
        let another = table.t(another);
        let another = table.lt(another);
        another.archive_request(DigestAlgorithm::Sha256, [5; 16]).unwrap()
    };
    let of_another = table.stamp(&of_another, "tsa-ec");
    assert!(matches!(lt.clone().archive(&of_another), Err(SealError::OtherStamp)));
    // What was stamped and what is there now must be the same, to the last attribute.
    let request = lt.archive_request(DigestAlgorithm::Sha256, [5; 16]).unwrap();
    let verified = table.stamp(&request, "tsa-ec");
    let lta = lt.archive(&verified).unwrap();
    let embedded = lta.clone().embed(&support(&lta, &mut table.desk()).unwrap()).unwrap();
    assert!(matches!(embedded.archive(&verified), Err(SealError::OtherStamp)));
}

#[test]
fn the_content_must_have_been_hashed_with_the_function_of_the_archive_timestamp() {
    let mut table = Table::new();
    let t = table.b("ec-physician");
    let t = table.t(t);
    let lt = table.lt(t);
    assert!(lt.archive_request(DigestAlgorithm::Sha256, [5; 16]).is_ok());
    let refused = lt.archive_request(DigestAlgorithm::Sha512, [5; 16]);
    assert!(matches!(refused, Err(SealError::NotHashed(_))));
}

#[test]
fn what_the_judgement_rests_on_is_inside_and_nothing_else() {
    for name in SIGNERS {
        let mut table = Table::new();
        let decoys: Vec<_> = ["ec-organisation", "expired", "other-key"]
            .iter()
            .map(|decoy| table.bench.lab().member(decoy).unwrap().certificate().clone())
            .collect();
        decoys.iter().for_each(|decoy| table.evidence.add_certificate(decoy.clone()));
        let t = table.b(name);
        let t = table.t(t);
        // The judgement on another signer leaves its revocation data in hand.
        let another = table.b("ec-organisation");
        let another = table.t(another);
        let another = table.lt(another).signed_data();
        let data = table.lt(t).signed_data();

        let is_in = |certificate: &Certificate| data.certificates.contains(certificate.der());
        assert!(!decoys.iter().any(is_in), "{name}");
        let lab = table.bench.lab();
        for wanted in [name, "tsa-rsa"] {
            let member = lab.member(wanted).unwrap();
            let path = std::iter::once(member).chain(lab.chain(member));
            assert!(path.map(|member| member.certificate()).all(is_in), "{wanted}");
        }
        let own_root = if name.starts_with("ec") { "ec-root" } else { "hpki-root" };
        for root in ["ec-root", "hpki-root", "tsa-root"] {
            let expected = root == own_root || root == "tsa-root";
            assert_eq!(is_in(lab.member(root).unwrap().certificate()), expected, "{name} {root}");
        }
        assert!(!data.revocation.is_empty(), "{name}");
        let about_others = |element| another.revocation.contains(element);
        let shared = data.revocation.iter().filter(|element| about_others(element)).count();
        assert!(shared < another.revocation.len(), "{name}: what is about another stays out");
        let known = table.evidence.ocsp().map(|(_, response)| write_ocsp(&response.der));
        let known: Vec<_> = known.collect();
        let lists: Vec<_> = table.evidence.crls().map(|crl| crl.der().to_vec()).collect();
        let from_hand = |element: &inkan::der::Bytes| {
            known.contains(&element.to_vec()) || lists.contains(&element.to_vec())
        };
        assert!(data.revocation.iter().all(from_hand), "{name}");
        assert!(data.certificates.is_sorted() && data.revocation.is_sorted(), "{name}");
    }
}

#[test]
fn level_lt_needs_everybody_proven() {
    let mut table = Table::new();
    let t = table.b("ec-physician");
    let t = table.t(t);
    let nobody = table.judge.support(&[], &table.evidence).unwrap();
    assert!(matches!(t.clone().embed(&nobody), Err(SealError::Unsupported(_))));
    let another = table.b("ec-organisation");
    let another = table.t(another);
    let of_another = support(&another, &mut table.desk()).unwrap();
    assert!(matches!(t.clone().embed(&of_another), Err(SealError::Unsupported(_))));

    // Without revocation data nothing is proven, and none can be had offline.
    let fresh = Table::new();
    let mut evidence = inkan::evidence::EvidenceSet::default();
    let now = inkan::edge::clock::now();
    let (judge, source) = (&fresh.judge, &mut Offline);
    let mut desk = Desk { judge, now, evidence: &mut evidence, source };
    assert!(matches!(support(&fresh.b("ec-physician"), &mut desk), Err(SignError::NoSupport(_))));
    assert!(t.clone().embed(&support(&t, &mut table.desk()).unwrap()).is_ok());
}

#[test]
fn an_archive_token_is_the_tsas_but_for_the_index_and_openssl_verifies_it() {
    let mut table = Table::new();
    let lt = table.b("ec-physician");
    let lt = table.t(lt);
    let lt = table.lt(lt);
    let request = lt.archive_request(DigestAlgorithm::Sha256, [5; 16]).unwrap();
    let verified = table.stamp(&request, "tsa-rsa");
    let data = lt.archive(&verified).unwrap().signed_data();
    let unsigned = data.signers[0].unsigned_attributes.as_ref().unwrap();
    let stamp = unsigned.of_kind(oid::ARCHIVE_TIME_STAMP_V3).next().unwrap();
    let archived = SignedData::parse(&stamp.values[0]).unwrap();
    let original = SignedData::parse(verified.token()).unwrap();
    assert_eq!(archived.signers[0].fields, original.signers[0].fields);
    assert_eq!(archived.content, original.content);
    assert_eq!(archived.certificates, original.certificates);
    assert!(original.signers[0].unsigned_attributes.is_none());
    let added = archived.signers[0].unsigned_attributes.as_ref().unwrap();
    assert_eq!(added.list().len(), 1);
    assert_eq!(added.list()[0].oid, oid::ATS_HASH_INDEX_V3);

    table.bench.write("token.der", &stamp.values[0]);
    table.bench.openssl_ok(&[
        "ts",
        "-verify",
        "-digest",
        &verified.imprint().to_string(),
        "-in",
        "token.der",
        "-token_in",
        "-CAfile",
        "roots.pem",
        "-untrusted",
        "lab/tsa-ca.crt",
    ]);
}
