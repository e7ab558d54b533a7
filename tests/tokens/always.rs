//! Keys that ask for the PIN at each signature (`CKA_ALWAYS_AUTHENTICATE`) in a store.

use crate::store::{LABEL, PIN, Store, TOKEN};
use inkan_pkcs11::{
    Access, Initialize, KeyType, Module, ObjectClass, Pin, Template, User, attribute as a,
};
use std::process::Command;

const TEST: &str = "always::a_key_that_asks_for_the_pin_each_time_signs_a_batch";
/// Tells the process that fills the store what it is to do: SoftHSM2 finds its store by the environment.
const LIBRARY: &str = "INKAN_TEST_FILL";

#[test]
fn a_key_that_asks_for_the_pin_each_time_signs_a_batch() {
    if let Some(library) = std::env::var_os(LIBRARY) {
        return fill(&Module::load(library, Initialize::OsLocking).unwrap());
    }
    let Some(store) = Store::soft_hsm(TEST) else { return };
    let key = ["-passin", "file:lab/password.txt", "-outform", "DER", "-out", "key.der"];
    store.desk.openssl(&[&["ec", "-in", "lab/ec-physician.key"], key.as_slice()].concat());
    let mut filling = Command::new(std::env::current_exe().unwrap());
    filling.args([TEST, "--exact"]).current_dir(store.desk.path("")).env(LIBRARY, &store.library);
    filling.envs(store.desk.environment.iter().map(|(name, value)| (name, value)));
    assert!(filling.output().unwrap().status.success());

    let files = store.desk.records(20);
    let uri = format!("{TOKEN};object=always");
    let ran = store.sign_with(&uri, &files, "ec-physician", &[]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    store.desk.all_verify(&files);
}

/// Makes the key of an EC private key in the form of SEC 1, as OpenSSL writes it: 32 octets at offset 7.
fn fill(module: &Module) {
    let file = std::fs::read("key.der").unwrap();
    let slots = module.slots_with_token().unwrap();
    let is_ours = |slot: &_| module.token_info(*slot).unwrap().label == LABEL;
    let slot = slots.into_iter().find(is_ours).unwrap();
    let session = module.open_session(slot, Access::ReadWrite).unwrap();
    session.login(User::User, Pin::Given(PIN.as_bytes())).unwrap();
    let key = Template::new()
        .with(a::CLASS, ObjectClass::PrivateKey)
        .with(a::KEY_TYPE, KeyType::Ec)
        .with(a::TOKEN, true)
        .with(a::PRIVATE, true)
        .with(a::SENSITIVE, true)
        .with(a::SIGN, true)
        .with(a::ALWAYS_AUTHENTICATE, true)
        .with(a::LABEL, "always")
        .with(a::ID, vec![0x0a])
        .with(a::EC_PARAMS, b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec())
        .with(a::VALUE, file[7..39].to_vec());
    session.create_object(&key).unwrap();
}
