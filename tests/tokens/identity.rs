//! Which token, which key, whose certificate: never another than the one that is meant.

use crate::card::{ANY_KEY, Card, MEMBER, slot};
use crate::desk::refused;
use crate::store::{LABEL, Store, TOKEN};

fn key(uri: &str) -> [&str; 4] {
    ["--key", uri, "--pin-source", "file:pin"]
}

/// Nobody logged in, nothing was signed.
#[track_caller]
fn untouched(card: &Card) {
    assert_eq!(card.calls("C_Login"), Vec::<String>::new());
    assert!(card.desk.signatures().is_empty());
}

#[test]
fn two_cards_of_one_label_are_told_apart_by_serial_number() {
    let cards = slot(MEMBER, "serial = 'A1'", "") + &slot("hpki-physician", "serial = 'B2'", "");
    let card = Card::with(&cards);
    let files = card.desk.records(1);
    let ran = card.sign_with(&files, &key("pkcs11:token=HPKI%20Application"), &[]);
    refused(&ran, &["2 tokens fit", "serial A1", "serial B2"], "serial=");
    untouched(&card);
    let ran = card.sign_with(&files, &key("pkcs11:serial=A1"), &[]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    card.desk.all_verify(&files);
}

#[test]
fn a_reader_without_a_card_is_told_and_one_beside_it_serves() {
    let card = Card::with("[[slot]]\n");
    let files = card.desk.records(1);
    refused(&card.sign(&files, &[]), &["no token fits", "none at all"], "insert the card");
    untouched(&card);
    card.becomes(&format!("[[slot]]\n{}[[slot]]\n", slot(MEMBER, "", "")));
    assert_eq!(card.sign(&files, &[]).status, 0);
}

#[test]
fn a_name_that_fits_nothing_is_never_taken_for_the_first_there_is() {
    let card = Card::plain();
    let files = card.desk.records(1);
    let ran = card.sign_with(&files, &key("pkcs11:token=HPKI"), &[]);
    refused(&ran, &["no token fits 'pkcs11:token=HPKI'", "'HPKI Application'"], "inkan token list");
    untouched(&card);
    for uri in
        ["pkcs11:object=Private%20key", "pkcs11:object=private%20key%20of%20hpki", "pkcs11:id=%18"]
    {
        let ran = card.sign_with(&files, &key(uri), &[]);
        refused(&ran, &["no private key", "'Private key of HPKI' (id=%17)"], "inkan token info");
        assert!(card.desk.signatures().is_empty());
    }
    assert_eq!(card.calls("C_SignInit"), Vec::<String>::new());
    assert_eq!(card.violations(), Vec::<String>::new());
}

#[test]
fn two_keys_are_told_apart_by_label_or_identifier() {
    let both = format!(
        "{}\n[[slot.token.key]]\nfile = 'lab/hpki-sign-ca.key'\npassword = 'inkan-lab'\nlabel = 'other'\nid = '18'\n\
         [[slot.token.certificate]]\nfile = 'lab/hpki-sign-ca.crt'\nid = '18'\n",
        slot(MEMBER, "", "").replace("[slot.token.fault]\n", "")
    );
    let card = Card::with(&both);
    let files = card.desk.records(1);
    refused(&card.sign(&files, &[]), &["2 private keys", "(id=%17)", "(id=%18)"], "object=");
    assert!(card.desk.signatures().is_empty());
    let ran = card.sign_with(&files, &key("pkcs11:id=%17"), &[]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    card.desk.all_verify(&files);
}

#[test]
fn a_key_without_a_certificate_does_not_sign() {
    let bare = slot(MEMBER, "", "")
        .replace(&format!("[[slot.token.certificate]]\nfile = 'lab/{MEMBER}.crt'\n"), "");
    let card = Card::with(&bare);
    let files = card.desk.records(1);
    refused(&card.sign(&files, &[]), &["no certificate for the key"], "--cert FILE");
    assert_eq!(card.calls("C_SignInit"), Vec::<String>::new());
    let own = format!("lab/{MEMBER}.crt");
    let ran = card.sign(&files, &["--cert", &own]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    card.desk.all_verify(&files);
}

#[test]
fn a_certificate_for_another_key_does_not_sign() {
    // On the card.
    let other = slot(MEMBER, "", "").replace(
        &format!("certificate]]\nfile = 'lab/{MEMBER}.crt'"),
        "certificate]]\nfile = 'lab/hpki-sign-ca.crt'",
    );
    let card = Card::with(&other);
    let files = card.desk.records(1);
    refused(&card.sign(&files, &[]), &["no certificate for the key"], "--cert FILE");
    // Beside the store.
    let test = "identity::a_certificate_for_another_key_does_not_sign";
    let Some(store) = Store::soft_hsm(test) else { return };
    store.import("ec-physician", "01");
    let uri = format!("{TOKEN};object=ec-physician");
    let ran = store.sign_with(&uri, &store.desk.records(1), "ec-pharmacist", &[]);
    refused(&ran, &["is not of the key 'ec-physician'", LABEL], "the key of this certificate");
    assert!(store.desk.signatures().is_empty());
}

#[test]
fn a_certificate_that_must_not_sign_is_refused_before_the_key_is_used() {
    let card = Card::with(&slot("hpki-physician-revoked", "", ""));
    let files = card.desk.records(2);
    refused(&card.sign(&files, &[]), &["must not sign"], "not revoked");
    assert_eq!(card.calls("C_SignInit"), Vec::<String>::new());
    assert!(card.desk.signatures().is_empty());
    let test = "identity::a_certificate_that_must_not_sign_is_refused_before_the_key_is_used";
    let Some(store) = Store::soft_hsm(test) else { return };
    store.import("expired", "01");
    let ran = store.sign(&store.desk.records(2), "expired", &[]);
    refused(&ran, &["must not sign"], "valid now");
    assert!(store.desk.signatures().is_empty());
}

#[test]
fn attributes_that_are_not_told_and_names_that_are_empty_do_no_harm() {
    for omitted in [
        "'CKA_MODULUS', 'CKA_PUBLIC_EXPONENT'",
        "'CKA_ALWAYS_AUTHENTICATE', 'CKA_SIGN'",
        "'CKA_ID', 'CKA_LABEL'",
    ] {
        let card = Card::faulty(&format!("omit-private-attributes = [{omitted}]"));
        let files = card.desk.records(3);
        let ran = card.sign(&files, &[]);
        assert_eq!(ran.status, 0, "{omitted}: {}", ran.stderr);
        card.desk.all_verify(&files);
        assert_eq!(card.violations(), Vec::<String>::new(), "{omitted}");
    }
    let nameless = slot(MEMBER, "", "").replace(
        &format!("'lab/{MEMBER}.crt'\n"),
        &format!("'lab/{MEMBER}.crt'\nnames = 'null'\n"),
    );
    let card = Card::with(&nameless);
    let files = card.desk.records(1);
    assert_eq!(card.sign(&files, &[]).status, 0);
    card.desk.all_verify(&files);
}

#[test]
fn certificates_of_authorities_on_the_card_are_put_into_the_signature() {
    let chain = format!(
        "{}\n[[slot.token.certificate]]\nfile = 'lab/hpki-sign-ca.crt'\nlabel = 'MHLW CA CERTIFICATE'\nid = '19'\n",
        slot(MEMBER, "", "").replace("[slot.token.fault]\n", "")
    );
    let card = Card::with(&chain);
    let files = card.desk.records(1);
    assert_eq!(card.sign_with(&files, &key(ANY_KEY), &[]).status, 0);
    card.desk.all_verify(&files);
}
