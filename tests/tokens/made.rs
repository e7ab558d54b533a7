//! Keys with attributes that no tool sets: one that asks for the PIN at each signature
//! (`CKA_ALWAYS_AUTHENTICATE`), and one that anybody who logs in can read and take away.

use crate::bench::at;
use crate::store::{LABEL, PIN, Store, TOKEN};
use inkan_pkcs11::{
    Access, Initialize, KeyType, Module, ObjectClass, Pin, Template, User, attribute as a,
};
use std::process::Command;

/// Tells the process that fills the store where the library is: SoftHSM2 finds its store by the
/// environment, which a process cannot safely change for itself.
const LIBRARY: &str = "INKAN_TEST_FILL";

#[test]
fn a_key_that_asks_for_the_pin_each_time_signs_a_batch() {
    let test = "made::a_key_that_asks_for_the_pin_each_time_signs_a_batch";
    let Some(store) = filled(test) else { return };
    let files = store.desk.records(20);
    let uri = format!("{TOKEN};object=always");
    let ran = store.sign_with(&uri, &files, "ec-physician", &[]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    store.desk.all_verify(&files);
}

#[test]
fn a_key_that_can_be_read_and_taken_away_fails_the_token() {
    let test = "made::a_key_that_can_be_read_and_taken_away_fails_the_token";
    let Some(store) = filled(test) else { return };
    let library = store.library.display().to_string();
    let words = ["token", "check", TOKEN, "--module", &library, "--format", "json"];
    let login = ["--login", "--pin-source", "file:pin"];
    let ran = store.desk.inkan(&[words.as_slice(), &login].concat());
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    for check in ["token-key-extractable", "token-key-sensitive"] {
        let all = report["findings"].as_array().unwrap().iter();
        let seen: Vec<(&str, &str)> = all
            .filter(|finding| at(finding, "/check") == check)
            .map(|finding| (at(finding, "/about"), at(finding, "/outcome")))
            .collect();
        assert!(seen.contains(&("loose", "violated")), "{check}: {seen:?}");
        assert!(seen.contains(&("always", "met")), "{check}: {seen:?}");
    }
}

/// A store with both keys, if SoftHSM2 is installed. They are made by the same test in another process.
fn filled(test: &str) -> Option<Store> {
    if let Some(library) = std::env::var_os(LIBRARY) {
        fill(&Module::load(library, Initialize::OsLocking).unwrap());
        return None;
    }
    let store = Store::soft_hsm(test)?;
    let form = ["-passin", "file:lab/password.txt", "-outform", "DER", "-out", "key.der"];
    store.desk.openssl(&[&["ec", "-in", "lab/ec-physician.key"], form.as_slice()].concat());
    let mut filling = Command::new(std::env::current_exe().unwrap());
    filling.args([test, "--exact"]).current_dir(store.desk.path("")).env(LIBRARY, &store.library);
    filling.envs(store.desk.environment.iter().map(|(name, value)| (name, value)));
    let output = filling.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Some(store)
}

fn fill(module: &Module) {
    let slots = module.slots_with_token().unwrap();
    let is_ours = |slot: &_| module.token_info(*slot).unwrap().label == LABEL;
    let slot = slots.into_iter().find(is_ours).unwrap();
    let session = module.open_session(slot, Access::ReadWrite).unwrap();
    session.login(User::User, Pin::Given(PIN.as_bytes())).unwrap();
    let always = key("always", 1).with(a::ALWAYS_AUTHENTICATE, true).with(a::SENSITIVE, true);
    session.create_object(&always.with(a::EXTRACTABLE, false)).unwrap();
    let loose = key("loose", 2).with(a::SENSITIVE, false).with(a::EXTRACTABLE, true);
    session.create_object(&loose).unwrap();
}

/// The key of an EC private key in the form of SEC 1, as OpenSSL writes it: 32 octets at offset 7.
fn key(label: &str, id: u8) -> Template {
    let file = std::fs::read("key.der").unwrap();
    Template::new()
        .with(a::CLASS, ObjectClass::PrivateKey)
        .with(a::KEY_TYPE, KeyType::Ec)
        .with(a::TOKEN, true)
        .with(a::PRIVATE, true)
        .with(a::SIGN, true)
        .with(a::LABEL, label)
        .with(a::ID, vec![id])
        .with(a::EC_PARAMS, b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec())
        .with(a::VALUE, file[7..39].to_vec())
}
