//! The adapter against a real library: SoftHSM2.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests lay out token stores and read the environment"
)]

#[path = "softhsm/keys.rs"]
mod keys;
#[path = "softhsm/store.rs"]
mod store;

use inkan_pkcs11::{
    Access, Answer, CertificateType, Initialize, Meaning, Module, ObjectClass, Pin, SlotId,
    Template, User, attribute,
};
use std::thread;
use store::{LIBRARY, PIN, with_empty_store, with_token};

#[test]
fn a_library_its_slots_and_an_empty_token_describe_themselves() {
    with_empty_store("a_library_its_slots_and_an_empty_token_describe_themselves", || {
        let module = store::load();
        let info = module.info().unwrap();
        assert_eq!(info.manufacturer, "SoftHSM");
        assert_eq!((info.cryptoki.major, info.cryptoki.minor), (2, 40));
        let slots = module.slots().unwrap();
        assert_eq!(slots.len(), 1);
        assert!(module.slot_info(slots[0]).unwrap().token_present);
        let token = module.token_info(slots[0]).unwrap();
        assert!(!token.flags.initialised() && !token.flags.user_pin_initialised());
        assert!(token.flags.login_required() && !token.flags.protected_authentication_path());
        let nowhere = SlotId::from_number(4_000_000).unwrap();
        assert_eq!(module.slot_info(nowhere).unwrap_err().meaning(), Meaning::NoSuchSlot);
    });
}

#[test]
fn an_initialised_token_tells_label_model_and_pin_lengths() {
    with_token("an_initialised_token_tells_label_model_and_pin_lengths", |module, session| {
        let token = module.token_info(session.info().unwrap().slot).unwrap();
        assert_eq!(token.label, "HPKI Application");
        assert_eq!(token.model, "SoftHSM v2");
        assert_eq!((token.pin_min, token.pin_max), (Some(4), Some(255)));
        assert!(token.flags.initialised() && token.flags.user_pin_initialised());
        assert_eq!(token.serial.len(), 16);
    });
}

#[test]
fn mechanisms_are_listed_by_name_and_described() {
    with_token("mechanisms_are_listed_by_name_and_described", |module, session| {
        let slot = session.info().unwrap().slot;
        let mechanisms = module.mechanisms(slot).unwrap();
        let rsa = *mechanisms.iter().find(|m| m.name() == Some("CKM_RSA_PKCS")).unwrap();
        let info = module.mechanism_info(slot, rsa).unwrap();
        assert!(info.sign && info.verify && !info.digest && info.max >= 4096);
        let lacks = inkan_pkcs11::MechanismType::from_name("CKM_ECDSA_SHA256").unwrap();
        assert!(!mechanisms.contains(&lacks));
        let error = module.mechanism_info(slot, lacks).unwrap_err();
        assert_eq!(error.to_string(), "C_GetMechanismInfo: CKR_MECHANISM_INVALID");
    });
}

#[test]
fn a_right_pin_logs_in_and_a_wrong_one_is_told_apart() {
    with_token("a_right_pin_logs_in_and_a_wrong_one_is_told_apart", |_, session| {
        let wrong = session.login(User::User, Pin::Given(b"0815")).unwrap_err();
        assert_eq!(wrong.meaning(), Meaning::PinWrong);
        assert_eq!(wrong.to_string(), "C_Login: CKR_PIN_INCORRECT");
        assert!(!format!("{wrong:?} {:?}", Pin::Given(b"0815")).contains("0815"));
        assert_eq!(session.info().unwrap().user, None);
        session.login(User::User, Pin::Given(PIN)).unwrap();
        assert_eq!(session.info().unwrap().user, Some(User::User));
        let again = session.login(User::User, Pin::Given(PIN)).unwrap_err();
        assert_eq!(again.meaning(), Meaning::AlreadyLoggedIn);
        session.logout().unwrap();
        assert_eq!(session.info().unwrap().user, None);
    });
}

#[test]
fn a_pin_that_cannot_be_one_is_not_called_wrong() {
    with_token("a_pin_that_cannot_be_one_is_not_called_wrong", |_, session| {
        // SoftHSM has no key pad: the PIN that is typed on the token is missing.
        let pad = session.login(User::User, Pin::TypedOnToken).unwrap_err();
        assert_eq!(pad.to_string(), "C_Login: CKR_ARGUMENTS_BAD");
        session.login(User::SecurityOfficer, Pin::Given(store::SO_PIN)).unwrap();
        let short = session.init_pin(b"1").unwrap_err();
        assert_eq!(short.meaning(), Meaning::PinUnusable);
    });
}

#[test]
fn a_read_only_session_changes_nothing_on_the_token() {
    with_token("a_read_only_session_changes_nothing_on_the_token", |module, session| {
        session.login(User::User, Pin::Given(PIN)).unwrap();
        let slot = session.info().unwrap().slot;
        let reader = module.open_session(slot, Access::ReadOnly).unwrap();
        assert!(!reader.info().unwrap().read_write && session.info().unwrap().read_write);
        let error = reader.create_object(&certificate()).unwrap_err();
        assert_eq!(error.meaning(), Meaning::ReadOnly);
    });
}

#[test]
fn an_object_is_made_found_changed_and_removed() {
    with_token("an_object_is_made_found_changed_and_removed", |_, session| {
        session.login(User::User, Pin::Given(PIN)).unwrap();
        let made = session.create_object(&certificate()).unwrap();
        let wanted = Template::new().with(attribute::ID, vec![0x17]);
        assert_eq!(session.find_objects(&wanted).unwrap(), [made]);
        let label = || session.attribute(made, attribute::LABEL).unwrap();
        assert_eq!(label(), Answer::Value("署名用".to_owned()));
        session.set_attributes(made, &Template::new().with(attribute::LABEL, "認証用")).unwrap();
        assert_eq!(label(), Answer::Value("認証用".to_owned()));
        let kind = session.attribute(made, attribute::CERTIFICATE_TYPE).unwrap();
        assert_eq!(kind, Answer::Value(CertificateType::X509));
        let issuer = session.attribute(made, attribute::ISSUER).unwrap();
        assert_eq!(issuer, Answer::Value(Vec::new()), "an issuer may be left out");
        session.destroy_object(made).unwrap();
        assert_eq!(session.find_objects(&wanted).unwrap(), []);
        let gone = session.attribute(made, attribute::LABEL).unwrap_err();
        assert_eq!(gone.meaning(), Meaning::Stale);
    });
}

#[test]
fn a_search_finds_more_objects_than_fit_one_call() {
    with_token("a_search_finds_more_objects_than_fit_one_call", |_, session| {
        let passing = Template::new()
            .with(attribute::CLASS, ObjectClass::Data)
            .with(attribute::TOKEN, false)
            .with(attribute::PRIVATE, false);
        for _ in 0..150 {
            session.create_object(&passing).unwrap();
        }
        assert_eq!(session.find_objects(&passing).unwrap().len(), 150);
        assert_eq!(session.find_objects(&Template::new()).unwrap().len(), 150);
    });
}

#[test]
fn a_library_that_is_loaded_twice_is_one_and_lives_until_its_last_user_is_gone() {
    let name = "a_library_that_is_loaded_twice_is_one_and_lives_until_its_last_user_is_gone";
    with_empty_store(name, || {
        let first = store::load();
        let link = tempfile::tempdir().unwrap();
        let other_path = link.path().join("card.so");
        std::os::unix::fs::symlink(LIBRARY, &other_path).unwrap();
        let second = Module::load(&other_path, Initialize::OsLocking).unwrap();
        let slot = store::initialised(&first);
        drop(first);
        let session = second.open_session(slot, Access::ReadOnly).unwrap();
        drop(second);
        session.login(User::User, Pin::Given(PIN)).unwrap();
        drop(session);
        // Finalised by now: it can be initialised anew, and nobody is logged in any more.
        let third = store::load();
        let session = third.open_session(third.slots_with_token().unwrap()[0], Access::ReadOnly);
        assert_eq!(session.unwrap().info().unwrap().user, None);
    });
}

#[test]
fn a_library_can_be_loaded_and_dropped_by_many_threads_at_once() {
    with_empty_store("a_library_can_be_loaded_and_dropped_by_many_threads_at_once", || {
        thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    for _ in 0..25 {
                        assert_eq!(store::load().slots().unwrap().len(), 1);
                    }
                });
            }
        });
    });
}

fn certificate() -> Template {
    Template::new()
        .with(attribute::CLASS, ObjectClass::Certificate)
        .with(attribute::CERTIFICATE_TYPE, CertificateType::X509)
        .with(attribute::TOKEN, true)
        .with(attribute::PRIVATE, false)
        .with(attribute::MODIFIABLE, true)
        .with(attribute::LABEL, "署名用")
        .with(attribute::ID, vec![0x17])
        .with(attribute::SUBJECT, b"0\0".to_vec())
        .with(attribute::VALUE, b"not looked into".to_vec())
}
