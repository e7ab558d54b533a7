//! Keys on the token: their attributes, and signatures that another implementation verifies.

use super::store::{PIN, initialised, load, with_empty_store, with_token};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use inkan_pkcs11::{
    Access, Answer, Hash, Initialize, KeyPairMechanism, KeyType, Meaning, Module, ObjectClass,
    ObjectHandle, Pin, Pss, Session, SignMechanism, Template, User, attribute,
};
use std::thread;

/// DER of DigestInfo for SHA-256, before the digest (RFC 8017 §9.2, note 1).
const DIGEST_INFO_SHA256: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
/// DER of the object identifier of P-256.
const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const MESSAGE: &[u8] = "診療録".as_bytes();

#[test]
fn rsa_signs_a_digest_info_and_a_message_and_both_verify() {
    with_token("keys::rsa_signs_a_digest_info_and_a_message_and_both_verify", |_, mut session| {
        let (public, private) = rsa(&session);
        let digest_info = [DIGEST_INFO_SHA256, digest(&SHA256, MESSAGE).as_ref()].concat();
        for (mechanism, data) in [
            (SignMechanism::RsaPkcs, digest_info.as_slice()),
            (SignMechanism::RsaPkcsOver(Hash::Sha256), MESSAGE),
        ] {
            for expected in [None, Some(256), Some(20), Some(4096)] {
                let signing = session.sign_init(mechanism, private).unwrap();
                let signature = signing.sign(data, expected).unwrap();
                verify_rsa(&session, public, &RSA_PKCS1_2048_8192_SHA256, &signature);
            }
        }
    });
}

#[test]
fn pss_signs_with_the_parameters_asked_for() {
    with_token("keys::pss_signs_with_the_parameters_asked_for", |_, mut session| {
        let (public, private) = rsa(&session);
        let pss = Pss { hash: Hash::Sha256, mgf: Hash::Sha256, salt: 32 };
        let digest = digest(&SHA256, MESSAGE);
        for (mechanism, data) in [
            (SignMechanism::RsaPss(pss), digest.as_ref()),
            (SignMechanism::RsaPssOver(pss), MESSAGE),
        ] {
            let signing = session.sign_init(mechanism, private).unwrap();
            let signature = signing.sign(data, None).unwrap();
            verify_rsa(&session, public, &RSA_PSS_2048_8192_SHA256, &signature);
        }
    });
}

#[test]
fn ecdsa_signs_a_digest_as_r_and_s_side_by_side() {
    with_token("keys::ecdsa_signs_a_digest_as_r_and_s_side_by_side", |_, mut session| {
        let (public, private) = p256(&session);
        let signing = session.sign_init(SignMechanism::Ecdsa, private).unwrap();
        let signature = signing.sign(digest(&SHA256, MESSAGE).as_ref(), Some(64)).unwrap();
        verify_p256(&session, public, &signature);
        let private_params = session.attribute(private, attribute::EC_PARAMS).unwrap();
        assert_eq!(private_params, Answer::Value(P256.to_vec()));
        let refused = session.sign_init(SignMechanism::EcdsaOver(Hash::Sha256), private);
        assert_eq!(refused.unwrap_err().meaning(), Meaning::MechanismRefused);
    });
}

#[test]
fn a_key_that_asks_for_the_pin_each_time_signs_after_it_only() {
    with_token(
        "keys::a_key_that_asks_for_the_pin_each_time_signs_after_it_only",
        |_, mut session| {
            let private = private_template().with(attribute::ALWAYS_AUTHENTICATE, true);
            let (public, private) = pair(&session, KeyPairMechanism::Ec, p256_template(), private);
            let digest = digest(&SHA256, MESSAGE);
            let signing = session.sign_init(SignMechanism::Ecdsa, private).unwrap();
            let refused = signing.sign(digest.as_ref(), Some(64)).unwrap_err();
            assert_eq!(refused.meaning(), Meaning::NotLoggedIn);
            let mut signing = session.sign_init(SignMechanism::Ecdsa, private).unwrap();
            let wrong = signing.authenticate(Pin::Given(b"0815")).unwrap_err();
            assert_eq!(wrong.meaning(), Meaning::PinWrong);
            signing.authenticate(Pin::Given(PIN)).unwrap();
            // The call for the length does not use up the PIN.
            let signature = signing.sign(digest.as_ref(), None).unwrap();
            verify_p256(&session, public, &signature);
            let signing = session.sign_init(SignMechanism::Ecdsa, private).unwrap();
            let refused = signing.sign(digest.as_ref(), Some(64)).unwrap_err();
            assert_eq!(refused.meaning(), Meaning::NotLoggedIn);
        },
    );
}

#[test]
fn the_attributes_of_a_private_key_are_shown_withheld_or_unknown() {
    with_token(
        "keys::the_attributes_of_a_private_key_are_shown_withheld_or_unknown",
        |_, session| {
            let (_, private) = p256(&session);
            let flag = |which| session.attribute(private, which).unwrap();
            for held in [
                attribute::SENSITIVE,
                attribute::ALWAYS_SENSITIVE,
                attribute::NEVER_EXTRACTABLE,
                attribute::LOCAL,
                attribute::SIGN,
                attribute::TOKEN,
            ] {
                assert_eq!(flag(held), Answer::Value(true), "{held:?}");
            }
            assert_eq!(flag(attribute::EXTRACTABLE), Answer::Value(false));
            assert_eq!(flag(attribute::TRUSTED), Answer::NotReported);
            let class = session.attribute(private, attribute::CLASS).unwrap();
            assert_eq!(class, Answer::Value(ObjectClass::PrivateKey));
            let kind = session.attribute(private, attribute::KEY_TYPE).unwrap();
            assert_eq!(kind, Answer::Value(KeyType::Ec));
            let made_by = session.attribute(private, attribute::KEY_GEN_MECHANISM).unwrap();
            assert_eq!(made_by, Answer::Value(KeyPairMechanism::Ec.kind()));
            assert_eq!(session.attribute(private, attribute::VALUE).unwrap(), Answer::Sensitive);
            let modulus = session.attribute(private, attribute::MODULUS).unwrap();
            assert_eq!(modulus, Answer::NotReported);
        },
    );
}

#[test]
fn private_keys_are_not_found_before_the_login() {
    with_token("keys::private_keys_are_not_found_before_the_login", |_, session| {
        let (_, private) = p256(&session);
        let keys = Template::new().with(attribute::CLASS, ObjectClass::PrivateKey);
        assert_eq!(session.find_objects(&keys).unwrap(), [private]);
        session.logout().unwrap();
        assert_eq!(session.find_objects(&keys).unwrap(), []);
    });
}

#[test]
fn threads_sign_at_once_each_in_its_own_session() {
    with_empty_store("keys::threads_sign_at_once_each_in_its_own_session", || {
        for initialize in [Initialize::NullArgs, Initialize::OsLocking] {
            let module = Module::load(super::LIBRARY, initialize).unwrap();
            let slot = initialised(&module);
            let session = module.open_session(slot, Access::ReadWrite).unwrap();
            let (public, private) = p256(&session);
            let sign = || {
                let mut session = module.open_session(slot, Access::ReadOnly).unwrap();
                let signing = session.sign_init(SignMechanism::Ecdsa, private).unwrap();
                signing.sign(digest(&SHA256, MESSAGE).as_ref(), Some(64)).unwrap()
            };
            let signatures: Vec<_> = thread::scope(|threads| {
                let all: Vec<_> = (0..16).map(|_| threads.spawn(sign)).collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            signatures.iter().for_each(|signature| verify_p256(&session, public, signature));
        }
    });
}

#[test]
fn a_signature_that_is_given_up_leaves_the_session_busy() {
    with_empty_store("keys::a_signature_that_is_given_up_leaves_the_session_busy", || {
        let module = load();
        let slot = initialised(&module);
        let mut session = module.open_session(slot, Access::ReadWrite).unwrap();
        let (_, private) = p256(&session);
        drop(session.sign_init(SignMechanism::Ecdsa, private).unwrap());
        let busy = session.sign_init(SignMechanism::Ecdsa, private).unwrap_err();
        assert_eq!(busy.meaning(), Meaning::Busy);
        let mut other = module.open_session(slot, Access::ReadOnly).unwrap();
        let signing = other.sign_init(SignMechanism::Ecdsa, private).unwrap();
        assert_eq!(signing.sign(&[7; 32], None).unwrap().len(), 64);
    });
}

fn rsa(session: &Session) -> (ObjectHandle, ObjectHandle) {
    let public = Template::new()
        .with(attribute::VERIFY, true)
        .with(attribute::MODULUS_BITS, 2048_u32)
        .with(attribute::PUBLIC_EXPONENT, vec![1, 0, 1]);
    pair(session, KeyPairMechanism::Rsa, public, private_template())
}

fn p256(session: &Session) -> (ObjectHandle, ObjectHandle) {
    pair(session, KeyPairMechanism::Ec, p256_template(), private_template())
}

fn p256_template() -> Template {
    Template::new().with(attribute::VERIFY, true).with(attribute::EC_PARAMS, P256.to_vec())
}

fn private_template() -> Template {
    Template::new()
        .with(attribute::TOKEN, true)
        .with(attribute::PRIVATE, true)
        .with(attribute::SENSITIVE, true)
        .with(attribute::EXTRACTABLE, false)
        .with(attribute::SIGN, true)
        .with(attribute::ID, vec![0x17])
}

fn pair(
    session: &Session,
    mechanism: KeyPairMechanism,
    public: Template,
    private: Template,
) -> (ObjectHandle, ObjectHandle) {
    session.login(User::User, Pin::Given(PIN)).unwrap();
    let public = public.with(attribute::TOKEN, true).with(attribute::PRIVATE, false);
    session.generate_key_pair(mechanism, &public, &private).unwrap()
}

fn verify_rsa(session: &Session, key: ObjectHandle, how: &RsaParameters, signature: &[u8]) {
    let bytes = |which| session.attribute(key, which).unwrap().value().unwrap();
    let key = RsaPublicKeyComponents {
        n: bytes(attribute::MODULUS),
        e: bytes(attribute::PUBLIC_EXPONENT),
    };
    key.verify(how, MESSAGE, signature).unwrap();
    key.verify(how, b"another", signature).unwrap_err();
}

fn verify_p256(session: &Session, key: ObjectHandle, signature: &[u8]) {
    let point = session.attribute(key, attribute::EC_POINT).unwrap().value().unwrap();
    // An OCTET STRING of 65 bytes around the point.
    let point = point.strip_prefix(&[0x04, 0x41]).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(MESSAGE, signature).unwrap();
    key.verify(b"another", signature).unwrap_err();
}
