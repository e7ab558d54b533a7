//! The built module, loaded as an application loads it: the way that the guideline describes, each
//! refusal, and each fault. Every case runs in a process of its own, because a module has one state
//! for each process.
#![expect(unsafe_code, reason = "the module is called through C pointers")]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "strict/alone.rs"]
mod alone;
#[path = "strict/application.rs"]
mod application;
#[path = "strict/faults.rs"]
mod faults;
#[path = "strict/refusals.rs"]
mod refusals;
#[path = "strict/unpromised.rs"]
mod unpromised;

use alone::{Card, alone};
use application::Application;
use cryptoki_sys as ck;

#[test]
fn a_loop_of_login_signature_logout_breaks_nothing() {
    alone(|card: &Card| {
        let p11 = card.initialized();
        let slots = p11.slots(ck::CK_TRUE);
        assert_eq!(slots, [1]);
        let session = p11.open(slots[0]);
        let certificates = p11.find(session, &[(ck::CKA_CLASS, &ck::CKO_CERTIFICATE)]);
        let der = p11.value(session, certificates[0], ck::CKA_VALUE);
        assert_eq!(der, card.openssl(&["x509", "-in", "ee.pem", "-outform", "DER"]));
        for record in ["prescription", "referral"] {
            assert_eq!(p11.login(session, b"1234"), ck::CKR_OK);
            let signature = p11.sign_with_first_key(session, record.as_bytes());
            assert!(card.verifies("key.pem", record, &signature));
            assert_eq!(p11.logout(session), ck::CKR_OK);
        }
        assert_eq!(p11.close(session), ck::CKR_OK);
        assert_eq!(p11.finalize(), ck::CKR_OK);
        assert_eq!(card.violations(), [""; 0]);
        assert_eq!(card.calls("C_Login"), ["CKR_OK", "CKR_OK"]);
        assert_eq!(card.calls("C_Sign"), ["CKR_OK"; 4], "each asks for the length first");
    });
}

#[test]
fn the_log_has_names_only() {
    alone(|card: &Card| {
        let p11 = card.initialized();
        let session = p11.open(1);
        assert_eq!(p11.login(session, b"6543210"), ck::CKR_PIN_INCORRECT);
        assert_eq!(p11.login(session, b"99"), ck::CKR_PIN_LEN_RANGE);
        assert_eq!(p11.login(session, b"1234"), ck::CKR_OK);
        p11.sign_with_first_key(session, b"record");
        let log = card.read("card.log");
        assert!(log.lines().count() > 10);
        for secret in ["1234", "6543210", "99", "password"] {
            assert!(!log.contains(secret), "{log}");
        }
    });
}

#[test]
fn the_module_is_found_beside_the_tests() {
    let here = std::env::current_exe().unwrap();
    assert!(strict_card::module_beside(&here).is_some());
    assert!(strict_card::module_beside("/no/such/program".as_ref()).is_none());
}

const TWO_CARDS: &str = r#"
    log = "card.log"
    library-description = "HPKI2.0"
    [[slot]]
    description = "first reader"
    [slot.token]
    label = ""
    serial = "A-1"
    pin = "abcdEFGH12345678"
    [[slot.token.key]]
    file = "sealed.pem"
    password = "open sesame"
    label = "my key"
    id = "beef"
    always-authenticate = false
    [[slot.token.certificate]]
    file = "ee.pem"
    names = "null"
    [slot.token.fault]
    omit-private-attributes = ["CKA_MODULUS", "CKA_ID"]
    [[slot]]
    [slot.token]
    label = ""
    pin = "1234"
    login = "once"
    [[slot.token.key]]
    file = "large.der"
    [[slot.token.certificate]]
    file = "ee.der"
    label = "another"
    id = ""
    [[slot]]
"#;

#[test]
fn keys_and_certificates_are_what_the_configuration_says() {
    alone::with(TWO_CARDS, |card: &Card| {
        card.openssl(&["x509", "-in", "ee.pem", "-outform", "DER", "-out", "ee.der"]);
        let seal = ["pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:open sesame"];
        card.openssl(&[&seal[..], &["-out", "sealed.pem"]].concat());
        let large = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"];
        card.openssl(&[&large[..], &["-out", "large.pem"]].concat());
        let bare = ["pkcs8", "-topk8", "-nocrypt", "-in", "large.pem", "-outform", "DER"];
        card.openssl(&[&bare[..], &["-out", "large.der"]].concat());
        let p11 = card.initialized();
        two_tokens_have_one_label(&p11);
        a_signing_card_with_unusual_objects(card, &p11);
        an_authentication_card_with_a_large_key(card, &p11);
        assert_eq!(card.violations(), [""; 0]);
    });
}

fn two_tokens_have_one_label(p11: &Application) {
    assert!(p11.info().libraryDescription.starts_with(b"HPKI2.0 "));
    assert_eq!(p11.slots(ck::CK_FALSE), [1, 2, 3]);
    assert_eq!(p11.slots(ck::CK_TRUE), [1, 2]);
    let [first, second] = [1, 2].map(|slot| p11.token_info(slot).unwrap());
    assert_eq!(first.label, second.label);
    assert!(first.serialNumber.starts_with(b"A-1 "));
    assert!(second.serialNumber.starts_with(b"0002 "));
    assert_eq!(p11.token_info(3).err(), Some(ck::CKR_TOKEN_NOT_PRESENT));
}

fn a_signing_card_with_unusual_objects(card: &Card, p11: &Application) {
    let session = p11.open(1);
    let ee = p11.find(session, &[])[0];
    for name in [ck::CKA_SUBJECT, ck::CKA_ISSUER, ck::CKA_SERIAL_NUMBER] {
        assert_eq!(p11.value(session, ee, name), [0; 0]);
    }
    assert_eq!(p11.login(session, b"abcdEFGH12345678"), ck::CKR_OK);
    let key = p11.first_key(session);
    assert_eq!(p11.value(session, key, ck::CKA_LABEL), b"my key");
    assert_eq!(p11.value(session, key, ck::CKA_ALWAYS_AUTHENTICATE), [0]);
    for omitted in [ck::CKA_MODULUS, ck::CKA_ID] {
        let refused = p11.attribute(session, key, omitted).err();
        assert_eq!(refused, Some(ck::CKR_ATTRIBUTE_TYPE_INVALID));
    }
    assert!(card.verifies("key.pem", "record", &p11.sign_with_first_key(session, b"record")));
}

fn an_authentication_card_with_a_large_key(card: &Card, p11: &Application) {
    let session = p11.open(2);
    let ee = p11.find(session, &[])[0];
    let subject = p11.value(session, ee, ck::CKA_SUBJECT);
    assert!(subject.windows(4).any(|part| part == b"Test"));
    assert_eq!(p11.login(session, b"1234"), ck::CKR_OK);
    for record in ["first", "second"] {
        let signature = p11.sign_with_first_key(session, record.as_bytes());
        assert_eq!(signature.len(), 512);
        assert!(card.verifies("large.der", record, &signature));
    }
}

#[test]
fn a_broken_configuration_is_told_when_the_module_is_initialized() {
    let config = "log = \"card.log\"\n[[slot]]\n[slot.token]\npin = \"123\"\n";
    alone::with(config, |card| {
        let p11 = card.application();
        assert_eq!(p11.initialize(), ck::CKR_GENERAL_ERROR);
        assert_eq!(p11.finalize(), ck::CKR_CRYPTOKI_NOT_INITIALIZED);
    });
}
