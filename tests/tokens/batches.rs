//! Two hundred records in one call, on each kind of token, each signature held by two programs.

use crate::card::{Card, PIN};
use crate::store::stores;
use inkan::crypto::SignatureScheme;
use inkan::der::cms::SignedData;

const BATCH: usize = 200;

#[test]
fn a_card_signs_two_hundred_records_with_one_login_for_each() {
    let card = Card::plain();
    let files = card.desk.records(BATCH);
    let ran = card.sign(&files, &[]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    card.desk.all_verify(&files);
    assert_eq!(card.violations(), Vec::<String>::new());
    for function in ["C_Login", "C_Logout", "C_SignInit", "C_Sign"] {
        assert_eq!(card.calls(function), vec!["CKR_OK"; BATCH], "{function}");
    }
    for text in [card.log(), ran.stdout, ran.stderr] {
        assert!(!text.contains(PIN));
    }
}

#[test]
fn rsa_and_both_curves_sign_two_hundred_records_in_a_store() {
    for store in stores("batches::rsa_and_both_curves_sign_two_hundred_records_in_a_store") {
        for (id, member) in
            [("01", "hpki-physician-production"), ("02", "ec-physician"), ("03", "ec-nurse")]
        {
            store.import(member, id);
            let files = store.desk.records(BATCH);
            let ran = store.sign(&files, member, &["--force"]);
            assert_eq!(ran.status, 0, "{member}: {}", ran.stderr);
            store.desk.all_verify(&files);
        }
    }
}

#[test]
fn every_scheme_of_the_profile_signs() {
    const PHYSICIAN: &str = "hpki-physician-production";
    let rows = [
        (PHYSICIAN, "rsa-pkcs1", "RSA PKCS #1 v1.5"),
        (PHYSICIAN, "rsa-pss", "RSA-PSS"),
        ("ec-physician", "ecdsa", "ECDSA"),
    ];
    for store in stores("batches::every_scheme_of_the_profile_signs") {
        store.import(PHYSICIAN, "01");
        store.import("ec-physician", "02");
        let files = store.desk.records(2);
        for (member, family, name) in rows {
            for length in ["256", "384", "512"] {
                let scheme = format!("{family}-sha{length}");
                let ran = store.sign(&files, member, &["--force", "--scheme", &scheme]);
                assert_eq!(ran.status, 0, "{scheme}: {}", ran.stderr);
                store.desk.all_verify(&files);
                let made = scheme_of(&store.desk.read("record-001.txt.p7s"));
                assert_eq!(made, format!("{name} with SHA-{length}"));
            }
        }
    }
}

fn scheme_of(signature: &[u8]) -> String {
    let data = SignedData::parse(signature).unwrap();
    let identifier = &data.signers[0].signature_algorithm;
    SignatureScheme::from_identifier(identifier, None).unwrap().to_string()
}
