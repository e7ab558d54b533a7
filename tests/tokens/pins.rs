//! Wrong PINs cost one try and no more, and none is tried that cannot be right.

use crate::card::{ANY_KEY, Card, MEMBER, PIN, slot};
use crate::desk::refused;
use crate::store::{self, Store};

const WRONG: [&str; 4] = ["--key", ANY_KEY, "--pin-source", "file:wrong"];

fn with_tries(left: u32) -> Card {
    let card = Card::with(&slot(MEMBER, &format!("tries-left = {left}"), ""));
    card.desk.write("wrong", b"97531");
    card
}

fn tries_left(card: &Card) -> String {
    let text = String::from_utf8(card.desk.read("tries.toml")).unwrap();
    text.rsplit('=').next().unwrap().trim().to_owned()
}

#[test]
fn a_wrong_pin_is_tried_once_whatever_the_number_of_files() {
    let card = with_tries(3);
    let files = card.desk.records(20);
    let ran = card.sign_with(&files, &WRONG, &[]);
    refused(&ran, &["C_Login", "CKR_PIN_INCORRECT", "'HPKI Application'"], "few are left");
    assert_eq!(card.calls("C_Login"), ["CKR_PIN_INCORRECT"]);
    assert_eq!(tries_left(&card), "2");
    assert!(card.desk.signatures().is_empty());
    assert!(!ran.stderr.contains("97531") && !card.log().contains("97531"));

    // The next one is warned of, and says that the one after it is the last.
    let ran = card.sign_with(&files, &WRONG, &[]);
    refused(&ran, &["CKR_PIN_INCORRECT"], "only one try is left");
    assert!(ran.stderr.contains("warning: a wrong PIN was typed before"), "{}", ran.stderr);
    assert_eq!(tries_left(&card), "1");

    let ran = card.sign(&files[..1], &["--last-try"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(tries_left(&card), "3");
    assert_eq!(card.violations(), Vec::<String>::new());
}

#[test]
fn the_last_try_is_used_only_when_the_user_says_so() {
    let card = with_tries(1);
    let files = card.desk.records(2);
    refused(&card.sign(&files, &[]), &["only one try is left", "was not used"], "--last-try");
    assert_eq!(card.calls("C_Login"), Vec::<String>::new());

    let ran = card.sign_with(&files, &WRONG, &["--last-try"]);
    refused(&ran, &["CKR_PIN_INCORRECT"], "the PIN is locked now");
    assert!(ran.stderr.contains("warning: only one try is left"), "{}", ran.stderr);
    assert_eq!(card.calls("C_Login").len(), 1);

    let ran = card.sign(&files, &["--last-try"]);
    refused(&ran, &["is locked"], "only the issuer of the card");
    assert_eq!(card.calls("C_Login").len(), 1, "a locked PIN is not tried");
    assert_eq!(card.violations(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_a_pin_is_not_tried() {
    for wrong in ["123", "12345678901234567", "１２３４"] {
        let card = with_tries(3);
        card.desk.write("wrong", wrong.as_bytes());
        let ran = card.sign_with(&card.desk.records(2), &WRONG, &[]);
        refused(&ran, &["cannot be the PIN", "4 to 16 ASCII characters"], "no try was used up");
        assert_eq!(card.calls("C_Login"), Vec::<String>::new(), "{wrong}");
        assert!(!ran.stderr.contains(wrong));
    }
}

#[test]
fn a_pin_that_cannot_be_read_is_not_tried() {
    let card = with_tries(3);
    for source in ["file:no-such-file", "env:NOT_SET", "246813"] {
        let key = ["--key", ANY_KEY, "--pin-source", source];
        let ran = card.sign_with(&card.desk.records(1), &key, &[]);
        refused(&ran, &[], "");
        assert!(!ran.stderr.contains(PIN), "{}", ran.stderr);
    }
    let in_uri = format!("pkcs11:token=HPKI%20Application?pin-value={PIN}");
    let ran = card.sign_with(&card.desk.records(1), &["--key", &in_uri], &[]);
    refused(&ran, &["a PIN must not stand in a URI"], "--pin-source");
    assert!(!ran.stderr.contains(PIN), "{}", ran.stderr);
    assert_eq!(card.calls("C_Login"), Vec::<String>::new());
}

#[test]
fn a_pin_that_is_locked_between_looking_and_trying_is_told() {
    let fault = "error-after = { signatures = 0, code = 'CKR_PIN_LOCKED', during = 'C_Login' }";
    let card = Card::faulty(fault);
    let ran = card.sign(&card.desk.records(3), &[]);
    refused(&ran, &["C_Login", "CKR_PIN_LOCKED"], "only the issuer of the card");
    assert_eq!(card.calls("C_Login").len(), 1);
}

#[test]
fn a_wrong_pin_of_a_store_is_told_in_the_same_way() {
    let Some(store) = Store::soft_hsm("pins::a_wrong_pin_of_a_store_is_told_in_the_same_way")
    else {
        return;
    };
    store.import("ec-physician", "01");
    store.desk.write("pin", b"081500");
    let ran = store.sign(&store.desk.records(3), "ec-physician", &[]);
    refused(&ran, &["C_Login", "CKR_PIN_INCORRECT", store::LABEL], "one try is used up");
    assert!(store.desk.signatures().is_empty());
}
