//! Cards that count wrong PINs, vanish, fail, are slow, or lie.

use crate::alone::{self, Card, PLAIN, alone};
use crate::application::{Application, digest_info};
use cryptoki_sys as ck;
use cryptoki_sys::{CK_FLAGS, CK_RV, CK_SESSION_HANDLE};
use std::ptr::null_mut;
use std::time::{Duration, Instant};

/// The plain card with a fault.
fn with_fault(fault: &str, case: impl Fn(&Card)) {
    alone::with(&format!("{PLAIN}\n[slot.token.fault]\n{fault}"), case);
}

fn logged_in(p11: &Application) -> CK_SESSION_HANDLE {
    let session = p11.open(1);
    assert_eq!(p11.login(session, b"1234"), ck::CKR_OK);
    session
}

fn opening(p11: &Application) -> Result<CK_SESSION_HANDLE, CK_RV> {
    p11.open_with(1, ck::CKF_SERIAL_SESSION, null_mut(), None)
}

#[test]
fn wrong_pins_are_remembered_until_the_card_is_locked_for_ever() {
    alone(|card: &Card| {
        let p11 = card.application();
        let about_pin =
            ck::CKF_USER_PIN_COUNT_LOW | ck::CKF_USER_PIN_FINAL_TRY | ck::CKF_USER_PIN_LOCKED;
        let attempt = |pin: &[u8]| -> (CK_RV, CK_FLAGS) {
            assert_eq!(p11.initialize(), ck::CKR_OK);
            let returned = p11.login(p11.open(1), pin);
            let flags = p11.token_info(1).unwrap().flags;
            assert_eq!(p11.finalize(), ck::CKR_OK);
            (returned, flags & about_pin)
        };
        let (low, last) = (ck::CKF_USER_PIN_COUNT_LOW, ck::CKF_USER_PIN_FINAL_TRY);
        assert_eq!(attempt(b"9999"), (ck::CKR_PIN_INCORRECT, low));
        assert_eq!(attempt(b"1234"), (ck::CKR_OK, 0));
        assert_eq!(attempt(b"9999"), (ck::CKR_PIN_INCORRECT, low));
        assert_eq!(attempt(b"9999"), (ck::CKR_PIN_INCORRECT, low | last));
        assert_eq!(card.read("tries.toml").trim(), "0001 = 1");
        let locked = low | ck::CKF_USER_PIN_LOCKED;
        assert_eq!(attempt(b"9999"), (ck::CKR_PIN_INCORRECT, locked));
        assert_eq!(attempt(b"1234"), (ck::CKR_PIN_LOCKED, locked));
        assert_eq!(card.violations(), [""; 0], "a wrong PIN breaks no contract");
    });
}

#[test]
fn a_card_can_begin_with_its_last_try() {
    let config = PLAIN.replace("pin = \"1234\"", "pin = \"1234\"\ntries = 5\ntries-left = 1");
    alone::with(&config, |card: &Card| {
        let p11 = card.initialized();
        assert_ne!(p11.token_info(1).unwrap().flags & ck::CKF_USER_PIN_FINAL_TRY, 0);
        logged_in(&p11);
        assert_eq!(p11.token_info(1).unwrap().flags & ck::CKF_USER_PIN_FINAL_TRY, 0);
    });
}

#[test]
fn a_card_that_vanished_is_back_after_a_new_initialization() {
    let fault = "vanish-after = { signatures = 1 }";
    with_fault(fault, |card: &Card| {
        let p11 = card.initialized();
        let session = logged_in(&p11);
        p11.sign_with_first_key(session, b"record");
        assert_eq!(p11.logout(session), ck::CKR_DEVICE_REMOVED);
        assert_eq!(p11.logout(session), ck::CKR_SESSION_HANDLE_INVALID);
        assert_eq!(opening(&p11), Err(ck::CKR_TOKEN_NOT_PRESENT));
        assert_eq!(p11.token_info(1).err(), Some(ck::CKR_TOKEN_NOT_PRESENT));
        assert_eq!(p11.slots(ck::CK_TRUE), [0; 0]);
        assert_eq!(p11.slot_info(1).unwrap().flags & ck::CKF_TOKEN_PRESENT, 0);
        assert_eq!(p11.finalize(), ck::CKR_OK);
        assert_eq!(p11.initialize(), ck::CKR_OK);
        let session = logged_in(&p11);
        p11.sign_with_first_key(session, b"record");
        assert_eq!(card.violations(), [""; 0], "who meets a fault breaks no contract");
    });
}

#[test]
fn a_card_that_vanished_is_back_when_the_file_exists() {
    let fault = "vanish-after = { signatures = 1, during = \"C_Sign\", until-file = \"back\" }";
    with_fault(fault, |card: &Card| {
        let p11 = card.initialized();
        let session = logged_in(&p11);
        p11.sign_with_first_key(session, b"record");
        assert_eq!(p11.logout(session), ck::CKR_OK);
        assert_eq!(p11.login(session, b"1234"), ck::CKR_OK);
        let key = p11.first_key(session);
        assert_eq!(p11.sign_init(session, ck::CKM_RSA_PKCS, key), ck::CKR_OK);
        let signed = p11.sign(session, &digest_info(b"record"));
        assert_eq!(signed, Err(ck::CKR_DEVICE_REMOVED));
        assert_eq!(opening(&p11), Err(ck::CKR_TOKEN_NOT_PRESENT));
        std::fs::write(card.path("back"), "").unwrap();
        assert_eq!(p11.slots(ck::CK_TRUE), [1]);
        assert_eq!(p11.login(session, b"1234"), ck::CKR_SESSION_HANDLE_INVALID);
        let session = logged_in(&p11);
        p11.sign_with_first_key(session, b"record");
        assert_eq!(p11.logout(session), ck::CKR_OK, "it vanishes once");
        assert_eq!(card.violations(), [""; 0]);
    });
}

#[test]
fn an_error_comes_when_it_was_ordered() {
    let fault = "error-after = { signatures = 0, code = \"CKR_DEVICE_ERROR\", times = 1 }";
    with_fault(fault, |card: &Card| {
        let p11 = card.initialized();
        let session = logged_in(&p11);
        let key = p11.first_key(session);
        assert_eq!(p11.sign_init(session, ck::CKM_RSA_PKCS, key), ck::CKR_OK);
        let signed = p11.sign(session, &digest_info(b"record"));
        assert_eq!(signed, Err(ck::CKR_DEVICE_ERROR));
        p11.sign_with_first_key(session, b"record");
        assert_eq!(card.violations(), [""; 0]);
        assert_eq!(card.calls("C_Sign"), ["CKR_DEVICE_ERROR", "CKR_OK", "CKR_OK"]);
    });
}

#[test]
fn a_slow_card_takes_its_time() {
    with_fault("delay-ms = 300", |card: &Card| {
        let p11 = card.initialized();
        let session = logged_in(&p11);
        let before = Instant::now();
        p11.sign_with_first_key(session, b"record");
        assert!(before.elapsed() >= Duration::from_millis(300));
    });
}

#[test]
fn a_lying_card_returns_a_signature_that_openssl_refuses() {
    with_fault("corrupt-signature = true", |card: &Card| {
        let p11 = card.initialized();
        let signature = p11.sign_with_first_key(logged_in(&p11), b"record");
        assert_eq!(signature.len(), 256);
        assert!(!card.verifies("key.pem", "record", &signature));
    });
}
