//! `inkan token`: what is listed, shown and found, on cards and in stores, and that looking breaks nothing.

use crate::bench::{Ran, at};
use crate::card::{Card, MEMBER, library, slot};
use crate::desk::refused;
use crate::schema::faults;
use crate::store::{LABEL, Store, TOKEN};
use serde_json::Value;

const LOGIN: [&str; 3] = ["--login", "--pin-source", "file:pin"];

fn of_card(card: &Card, words: &[&str]) -> Ran {
    let library = library().display().to_string();
    card.desk.inkan(&[&["token"], words, &["--module", &library]].concat())
}

fn of_store(store: &Store, words: &[&str]) -> Ran {
    let library = store.library.display().to_string();
    store.desk.inkan(&[&["token"], words, &["--module", &library]].concat())
}

/// The report as JSON, as its schema has it.
#[track_caller]
fn json(ran: &Ran) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/inkan.token-1.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let value = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
    assert_eq!(faults(&schema, &value), Vec::<String>::new());
    value
}

/// What became of a rule, for each that it is about.
fn outcomes<'a>(report: &'a Value, rule: &str) -> Vec<&'a str> {
    let all = report["findings"].as_array().unwrap().iter();
    all.filter(|finding| at(finding, "/rule") == rule).map(|f| at(f, "/outcome")).collect()
}

#[test]
fn a_card_is_listed_without_a_login_and_known_by_its_profile() {
    let card = Card::with(&format!("[[slot]]\n{}", slot(MEMBER, "tries-left = 1", "")));
    let ran = of_card(&card, &["list", "--format", "json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let report = json(&ran);
    assert_eq!(report["libraries"][0]["slots"][0]["token"], Value::Null);
    let token = &report["libraries"][0]["slots"][1]["token"];
    assert_eq!(at(token, "/profile"), "hpki-card");
    assert_eq!(token["recognised"], true);
    assert_eq!(at(token, "/pin/state"), "final-try");
    assert!(
        at(token, "/uri").starts_with("pkcs11:token=HPKI%20Application;serial=0002?module-path=/")
    );
    let text = of_card(&card, &["list"]).stdout;
    assert!(text.contains("only one try is left") && text.contains("no token"), "{text}");
    let ja = of_card(&card, &["list", "--lang", "ja"]).stdout;
    assert!(ja.contains("残りの試行は1回だけです"), "{ja}");
    assert_eq!(card.calls("C_Login"), Vec::<String>::new());
    assert_eq!(card.violations(), Vec::<String>::new());
}

#[test]
fn the_state_of_the_pin_is_told_in_words() {
    for (left, state) in [(3, "set"), (2, "count-low"), (1, "final-try"), (0, "locked")] {
        let card = Card::with(&slot(MEMBER, &format!("tries-left = {left}"), ""));
        let report = json(&of_card(&card, &["list", "--format", "json"]));
        assert_eq!(at(&report, "/libraries/0/slots/0/token/pin/state"), state);
    }
}

#[test]
fn a_card_shows_its_certificates_to_anybody_and_its_key_to_its_user() {
    let card = Card::plain();
    let openly = json(&of_card(&card, &["info", "--format", "json"]));
    let objects = |report: &Value| {
        report["libraries"][0]["slots"][0]["token"]["objects"].as_array().unwrap().clone()
    };
    let [certificate] = objects(&openly).try_into().unwrap();
    assert!(at(&certificate, "/certificate/subject").contains("TESUTO TARO"));
    assert_eq!(card.calls("C_Login"), Vec::<String>::new());

    let ran = of_card(&card, &[&["info", "--format", "json"], LOGIN.as_slice()].concat());
    let [certificate, key] = objects(&json(&ran)).try_into().unwrap();
    assert_eq!((at(&certificate, "/kind"), at(&key, "/kind")), ("certificate", "private-key"));
    assert_eq!(at(&key, "/attributes/CKA_EXTRACTABLE"), "false");
    assert_eq!(at(&key, "/attributes/CKA_SENSITIVE"), "not-reported");
    assert_eq!(at(&key, "/attributes/CKA_ALWAYS_AUTHENTICATE"), "true");
    assert_eq!(card.calls("C_Login"), ["CKR_OK"]);
    assert_eq!(card.violations(), Vec::<String>::new());

    // What is shown can be pasted.
    let files = card.desk.records(1);
    let key = ["--key", at(&key, "/uri"), "--pin-source", "file:pin"];
    let ran = card.desk.inkan(
        &[&["sign", &files[0], "--trust", "lab/trust", "--cert", "lab/hpki-sign-ca.crt"][..], &key]
            .concat(),
    );
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    card.desk.all_verify(&files);
    assert_eq!(card.violations(), Vec::<String>::new(), "no profile had to be named");
    let text = of_card(&card, &[&["info"], LOGIN.as_slice()].concat()).stdout;
    assert!(text.contains("CKA_SENSITIVE: not reported"), "{text}");
    assert!(!text.contains(crate::card::PIN));
}

#[test]
fn a_card_that_keeps_the_contract_passes_and_is_not_asked_for_more() {
    let card = Card::plain();
    let words = [&["check", "--format", "json"], LOGIN.as_slice()].concat();
    let ran = of_card(&card, &words);
    let report = json(&ran);
    assert_eq!((ran.status, at(&report, "/indication")), (0, "passed"), "{report:#}");
    assert_eq!(at(&report, "/profile"), "hpki-card");
    for (rule, outcome) in [
        ("hpki-card.token.token-recognised", "met"),
        ("hpki-card.module.initialize.token-initialised", "met"),
        ("hpki-card.login.pin.token-pin-length", "met"),
        ("hpki-card.login.session.token-session", "met"),
        ("hpki-card.sign.rsa-pkcs1-sha256.token-mechanism", "met"),
        ("hpki-card.quirk.no-hash-mechanism.token-quirk", "met"),
        ("hpki-card.key.CKA_EXTRACTABLE.token-key-extractable", "met"),
        ("hpki-card.key.CKA_SENSITIVE.token-key-sensitive", "not-applicable"),
        ("hpki-card.key.CKA_ALWAYS_AUTHENTICATE.token-key-authenticates", "met"),
        ("hpki-card.keys.token-keys-separate", "met"),
    ] {
        assert_eq!(outcomes(&report, rule), [outcome], "{rule}");
    }
    assert_eq!(card.violations(), Vec::<String>::new());
}

#[test]
fn keys_that_nobody_logged_in_to_see_are_not_called_protected() {
    let card = Card::plain();
    let ran = of_card(&card, &["check"]);
    assert_eq!(ran.status, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("nobody logged in"), "{}", ran.stdout);
    assert!(ran.stdout.contains("What to do: Run the same command with --login"), "{}", ran.stdout);
    assert_eq!(card.calls("C_Login"), Vec::<String>::new());
}

#[test]
fn a_card_that_differs_from_its_profile_fails_with_what_it_is() {
    let with = |token: &str, fault: &str, more: &[&str]| {
        let card = Card::with(&slot(MEMBER, token, fault));
        let words = [&["check", "--format", "json"], LOGIN.as_slice(), more].concat();
        let ran = of_card(&card, &words);
        (ran.status, json(&ran))
    };
    let unasked = "hpki-card.key.CKA_ALWAYS_AUTHENTICATE.token-key-authenticates";
    let (status, report) = with("login = 'once'", "", &[]);
    assert_eq!((status, outcomes(&report, unasked)), (0, vec!["violated"]), "{report:#}");
    let (status, report) = with("", "omit-private-attributes = ['CKA_EXTRACTABLE']", &[]);
    let told = outcomes(&report, "hpki-card.key.CKA_EXTRACTABLE.token-key-extractable");
    assert_eq!((status, told), (3, vec!["unanswered"]), "{report:#}");
    // A profile that is not the card's: its library does not even begin as that one says.
    let card = Card::plain();
    let ran = of_card(&card, &["check", "--token-profile", "generic"]);
    refused(&ran, &["C_Initialize", "CKR_ARGUMENTS_BAD"], "--token-profile");
}

#[test]
fn a_wrong_pin_is_tried_once_for_looking_too() {
    let card = Card::plain();
    card.desk.write("wrong", b"97531");
    let words = ["info", "--login", "--pin-source", "file:wrong"];
    refused(&of_card(&card, &words), &["C_Login", "CKR_PIN_INCORRECT"], "few are left");
    assert_eq!(card.calls("C_Login"), ["CKR_PIN_INCORRECT"]);
    card.desk.write("wrong", b"1");
    refused(&of_card(&card, &words), &["cannot be the PIN"], "no try was used up");
    assert_eq!(card.calls("C_Login").len(), 1);
    let locked = Card::with(&slot(MEMBER, "tries-left = 0", ""));
    let ran = of_card(&locked, &[&["info"], LOGIN.as_slice()].concat());
    refused(&ran, &["is locked"], "only the issuer");
}

#[test]
fn a_store_is_listed_and_its_imported_keys_are_told_for_what_they_are() {
    let test = "survey::a_store_is_listed_and_its_imported_keys_are_told_for_what_they_are";
    let Some(store) = Store::soft_hsm(test) else { return };
    store.import("hpki-physician-production", "01");
    store.import("ec-physician", "02");
    let ran = of_store(&store, &["list", "--format", "json"]);
    let listed = json(&ran);
    assert_eq!(at(&listed, "/libraries/0/slots/0/token/label"), LABEL);
    assert_eq!(at(&listed, "/libraries/0/slots/0/token/profile"), "softhsm2");

    // The place that SoftHSM2 has ready for the next token is not taken for one that could be meant.
    assert_eq!(at(&listed, "/libraries/0/slots/1/token/pin/state"), "not-set");
    let info = of_store(&store, &[&["info"], LOGIN.as_slice()].concat());
    assert_eq!(info.status, 0, "{}", info.stderr);
    assert!(info.stdout.contains("CKM_ECDSA: signs"), "{}", info.stdout);
    assert!(info.stdout.contains("Public key: ec-physician (id 02)"), "{}", info.stdout);

    let words = [&["check", TOKEN, "--format", "json"], LOGIN.as_slice()].concat();
    let ran = of_store(&store, &words);
    let report = json(&ran);
    // softhsm2-util makes keys sensitive and not extractable; that they came from outside stays.
    assert_eq!(ran.status, 0, "{report:#}");
    for (rule, expected) in [
        ("softhsm2.key.CKA_EXTRACTABLE.token-key-extractable", ["met", "met"].as_slice()),
        ("softhsm2.key.CKA_SENSITIVE.token-key-sensitive", &["met", "met"]),
        ("softhsm2.key.CKA_LOCAL.token-key-history", &["violated", "violated"]),
        ("softhsm2.quirk.software-keys.token-software-keys", &["violated"]),
        ("softhsm2.quirk.ec-point-der-wrapped.token-quirk", &["met"]),
        ("softhsm2.quirk.no-hash-mechanism-for-ecdsa.token-quirk", &["met"]),
        ("softhsm2.sign.rsa-pss-sha512.token-mechanism", &["met"]),
    ] {
        assert_eq!(outcomes(&report, rule), expected, "{rule}");
    }
}

#[test]
fn a_store_is_not_taken_for_what_its_user_calls_it() {
    let test = "survey::a_store_is_not_taken_for_what_its_user_calls_it";
    let Some(store) = Store::soft_hsm(test) else { return };
    let other = ["check", TOKEN, "--token-profile", "yubikey-piv", "--format", "json"];
    let report = json(&of_store(&store, &other));
    assert_eq!(outcomes(&report, "yubikey-piv.token.token-recognised"), ["violated"]);
}

#[test]
fn profiles_are_listed_with_what_is_known_of_them() {
    let card = Card::plain();
    let ran = card.desk.inkan(&["token", "list", "--profiles"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let line = ran.stdout.lines().find(|line| line.starts_with("kryoptic")).unwrap();
    assert!(line.contains("Kryoptic: rows confirmed: "), "{line}");
    let report = json(&card.desk.inkan(&["token", "list", "--profiles", "--format", "json"]));
    let all = report["profiles"].as_array().unwrap();
    assert!(all.len() >= 12);
    assert!(all.iter().any(|p| at(p, "/id") == "softhsm2" && p["unconfirmed"].as_u64() > Some(0)));
}

#[test]
fn what_cannot_be_looked_at_is_one_error() {
    let card = Card::with(&(slot(MEMBER, "", "") + &slot("hpki-physician", "", "")));
    refused(&of_card(&card, &["info"]), &["2 tokens fit", "serial 0002"], "serial=");
    refused(&of_card(&card, &["info", "pkcs11:token=x"]), &["no token fits"], "inkan token list");
    refused(&of_card(&card, &["check", "x:y"]), &["begins with 'pkcs11:'"], "pkcs11:");
    for command in ["list", "info", "check"] {
        let ran = card.desk.inkan(&["token", command, "--module", "/no/such.so"]);
        refused(&ran, &["/no/such.so: no such file"], "--module PATH");
    }
    assert_eq!(card.violations(), Vec::<String>::new());
}
