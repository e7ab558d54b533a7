//! A token store of its own for each test, in a process of its own: SoftHSM2 reads the path of its
//! configuration from the environment, and PKCS#11 has one state per process.
#![expect(clippy::print_stderr, reason = "a test that cannot run here says so")]

use inkan_pkcs11::{Access, Initialize, Module, Pin, Session, SlotId, User};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

pub(crate) const LIBRARY: &str = "/usr/lib/softhsm/libsofthsm2.so";
pub(crate) const SO_PIN: &[u8] = b"12345678";
pub(crate) const PIN: &[u8] = b"4711";
pub(crate) const CONFIGURATION: &str = "SOFTHSM2_CONF";

const INSIDE: &str = "INKAN_PKCS11_TEST_INSIDE";

/// Runs `body` in a process of its own with an empty token store. `test` is the name of the test
/// that calls this. Nothing is run, and that is said, where SoftHSM2 is not installed.
pub(crate) fn with_empty_store(test: &str, body: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return body();
    }
    if !Path::new(LIBRARY).exists() {
        eprintln!("{test}: skipped: SoftHSM2 is not installed");
        return;
    }
    let store = tempfile::tempdir().unwrap();
    let configuration = store.path().join("softhsm2.conf");
    let tokens = store.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    let text = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display());
    fs::write(&configuration, text).unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CONFIGURATION, &configuration)
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("1 passed"), "no test of that name: {test}\n{out}");
}

/// As above, with a token that has both PINs; `body` gets a session nobody is logged in to.
pub(crate) fn with_token(test: &str, body: impl FnOnce(&Module, Session)) {
    with_empty_store(test, || {
        let module = load();
        let slot = initialised(&module);
        let session = module.open_session(slot, Access::ReadWrite).unwrap();
        body(&module, session);
    });
}

pub(crate) fn load() -> Module {
    Module::load(LIBRARY, Initialize::NullArgs).unwrap()
}

/// The slot of a token that has been given both PINs.
pub(crate) fn initialised(module: &Module) -> SlotId {
    let empty = module.slots_with_token().unwrap()[0];
    module.init_token(empty, SO_PIN, "HPKI Application").unwrap();
    let slot = labelled(module, "HPKI Application");
    let session = module.open_session(slot, Access::ReadWrite).unwrap();
    session.login(User::SecurityOfficer, Pin::Given(SO_PIN)).unwrap();
    session.init_pin(PIN).unwrap();
    session.logout().unwrap();
    slot
}

fn labelled(module: &Module, label: &str) -> SlotId {
    let is = |slot: &SlotId| module.token_info(*slot).unwrap().label == label;
    module.slots_with_token().unwrap().into_iter().find(is).unwrap()
}
