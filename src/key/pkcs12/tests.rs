//! Stores made by OpenSSL, altered ones, and ones that nobody honest would make.

mod by_hand;

use super::*;
use crate::der::write;
use crate::digest::DigestAlgorithm;
use crate::key::openssl::{Keys, run};
use crate::key::sealing::derivation::{HMAC_SHA256, PBKDF2};
use crate::oid::{self, Oid};
use by_hand::{clear_safe, encrypted_safe, hmac_of, mac_data, parts, pfx, unhex, with_mac};
use proptest::prelude::*;
use std::sync::LazyLock;

const PBMAC1: Oid = Oid::new_unwrap("1.2.840.113549.1.5.14");
const TRIPLE_DES: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.3");
const ENVELOPED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.3");

/// What a user would type, and whether the user was asked at all.
struct Typed {
    password: Password,
    asked: usize,
}

impl Typed {
    fn new(text: &str) -> Self {
        Self { password: Password::from(text.to_owned()), asked: 0 }
    }
}

impl PasswordSource for Typed {
    fn password(&mut self) -> Result<&Password, NoPassword> {
        self.asked += 1;
        Ok(&self.password)
    }
}

fn opened(store: &[u8], password: &str) -> Result<Store, NotOpened> {
    open(store, &mut Typed::new(password))
}

/// A key and two certificates for it.
struct Shop {
    _keys: Keys,
    key: String,
    certificates: Vec<Vec<u8>>,
    files: Vec<String>,
}

static SHOP: LazyLock<Shop> = LazyLock::new(|| {
    let keys = Keys::new();
    let path = |name: &str| keys.path(name).to_str().expect("plain").to_owned();
    let key = path(&keys.ec("P-256"));
    let names = ["花子", "CA"];
    let files: Vec<String> = (0..names.len()).map(|n| path(&format!("{n}.pem"))).collect();
    for (name, file) in names.iter().zip(&files) {
        let subject = format!("/CN={name}");
        let request = ["req", "-x509", "-new", "-utf8", "-key", &key, "-subj", &subject];
        run(&[&request[..], &["-out", file]].concat(), b"").expect("a certificate");
    }
    let der = |file: &String| run(&["x509", "-outform", "DER", "-in", file], b"").expect("DER");
    Shop { certificates: files.iter().map(der).collect(), key, files, _keys: keys }
});

impl Shop {
    fn store(&self, password: &str, options: &[&str]) -> Result<Vec<u8>, String> {
        let password = format!("pass:{password}");
        let mut arguments = vec!["pkcs12", "-export", "-inkey", &self.key, "-in", &self.files[0]];
        arguments.extend([
            "-certfile",
            &self.files[1],
            "-name",
            "山田 花子",
            "-passout",
            &password,
        ]);
        run(&[&arguments[..], options].concat(), b"")
    }
}

fn certificates(store: &Store) -> Vec<Vec<u8>> {
    store.items.iter().filter_map(Item::certificate).map(|der| der.to_vec()).collect()
}

fn key(store: &Store) -> &Item {
    store.items.iter().find(|item| item.is_key()).expect("a key")
}

fn weak(store: &Store) -> Vec<Weakness> {
    let certificate = store.items.iter().find(|item| item.certificate().is_some());
    certificate.expect("a certificate").storage.weak.clone()
}

#[test]
fn every_way_in_which_openssl_encrypts_is_opened_and_told() {
    let many: &[&str] = &["-iter", "600000"];
    for (options, cipher, weakness) in [
        (
            &["-descert", "-certpbe", "AES-256-CBC"][..],
            "AES-256-CBC",
            &[Weakness::FewIterations][..],
        ),
        (many, "AES-256-CBC", &[]),
        (&["-certpbe", "AES-128-CBC"], "AES-128-CBC", &[Weakness::FewIterations]),
        (
            &["-certpbe", "AES-192-CBC", "-keypbe", "AES-192-CBC", "-macalg", "sha512"],
            "AES-192-CBC",
            &[Weakness::FewIterations],
        ),
        (
            &["-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
            "3DES-CBC",
            &[Weakness::OldCipher, Weakness::FewIterations],
        ),
        (
            &["-certpbe", "PBE-SHA1-2DES", "-macalg", "sha384"],
            "3DES-CBC (two keys)",
            &[Weakness::OldCipher, Weakness::FewIterations],
        ),
    ] {
        let store = SHOP.store("himitsu", options).expect("a store");
        let store = opened(&store, "himitsu").expect("it opens");
        assert_eq!(certificates(&store), SHOP.certificates, "{options:?}");
        let first = &store.items.iter().find(|i| i.certificate().is_some()).unwrap().storage;
        assert_eq!(first.algorithm.as_deref(), Some(cipher), "{options:?}");
        assert_eq!(weak(&store), weakness, "{options:?}");
    }
}

#[test]
fn stores_of_old_programs_are_opened_where_openssl_still_makes_them() {
    if run(&["list", "-providers", "-provider", "legacy"], b"").is_err() {
        eprintln!("pkcs12: skipped: this OpenSSL has no legacy provider");
        return;
    }
    for (options, cipher) in [
        (&["-legacy"][..], "RC2-CBC (40 bits)"),
        (&["-legacy", "-certpbe", "PBE-SHA1-RC2-128"], "RC2-CBC (128 bits)"),
    ] {
        let store = SHOP.store("himitsu", options).expect("a store");
        let store = opened(&store, "himitsu").expect("it opens");
        assert_eq!(certificates(&store), SHOP.certificates);
        let storage = &store.items[0].storage;
        assert_eq!(storage.algorithm.as_deref(), Some(cipher));
        assert_eq!(storage.kdf.as_deref(), Some("PKCS #12 KDF (SHA-1)"));
        assert_eq!(storage.weak, [Weakness::OldCipher, Weakness::FewIterations]);
        assert_eq!(key(&store).storage.algorithm.as_deref(), Some("3DES-CBC"));
        assert_eq!(store.integrity.unwrap().algorithm.as_deref(), Some("HMAC-SHA-1"));
    }
}

#[test]
fn a_store_without_mac_is_opened_and_nothing_proves_it() {
    let store = SHOP.store("himitsu", &["-nomac", "-certpbe", "AES-256-CBC"]).unwrap();
    let open = opened(&store, "himitsu").unwrap();
    assert_eq!((certificates(&open), open.integrity), (SHOP.certificates.clone(), None));
    assert_eq!(opened(&store, "himitsv"), Err(NotOpened::WrongPassword));
    // Nothing is encrypted but the key, so that nobody is asked.
    let clear = SHOP.store("himitsu", &["-nomac", "-certpbe", "NONE"]).unwrap();
    let mut typed = Typed::new("not used");
    let open = super::open(&clear, &mut typed).unwrap();
    assert_eq!((certificates(&open), typed.asked), (SHOP.certificates.clone(), 0));
    assert_eq!(key(&open).storage.algorithm.as_deref(), Some("AES-256-CBC"));
    // Nor is the key.
    let bare = SHOP.store("", &["-nomac", "-certpbe", "NONE", "-keypbe", "NONE"]).unwrap();
    let open = opened(&bare, "not used").unwrap();
    assert_eq!(key(&open).storage.weak, [Weakness::NotEncrypted]);
    assert_eq!(weak(&open), []);
}

#[test]
fn the_certificates_in_the_clear_are_still_under_the_mac() {
    let store = SHOP.store("himitsu", &["-certpbe", "NONE"]).unwrap();
    let open = opened(&store, "himitsu").unwrap();
    assert_eq!(certificates(&open), SHOP.certificates);
    assert_eq!(open.integrity.unwrap().iterations, Some(2048));
    assert_eq!(opened(&store, "himitsv"), Err(NotOpened::WrongPassword));
}

#[test]
fn the_name_and_the_mark_of_key_and_certificate_are_the_same() {
    let store = opened(&SHOP.store("himitsu", &[]).unwrap(), "himitsu").unwrap();
    let named = store.items.iter().filter(|i| i.bag.friendly_name.as_deref() == Some("山田 花子"));
    let marks: Vec<_> = named.map(|item| item.bag.local_key_id.clone()).collect();
    assert_eq!(marks.len(), 2);
    assert!(marks[0].is_some() && marks[0] == marks[1]);
    assert_eq!(store.items.iter().filter(|item| item.is_key()).count(), 1);
}

#[test]
fn a_password_of_any_characters_opens_old_and_new_encryption() {
    for password in ["パスワード", "𠮷野家", "é"] {
        for options in [&[][..], &["-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]] {
            let store = SHOP.store(password, options).unwrap();
            assert_eq!(certificates(&opened(&store, password).unwrap()), SHOP.certificates);
        }
    }
}

#[test]
fn an_empty_password_and_none_at_all_are_tried_before_anybody_is_asked() {
    let empty = SHOP.store("", &["-certpbe", "PBE-SHA1-3DES"]).unwrap();
    let mut typed = Typed::new("not used");
    assert_eq!(certificates(&open(&empty, &mut typed).unwrap()), SHOP.certificates);
    assert_eq!(typed.asked, 0);
    let (safe, _) = parts(&empty);
    let key = kdf::derive(DigestAlgorithm::Sha256, kdf::Purpose::Mac, (b"", b"salt"), 2, 32);
    let absent = with_mac(&clear_safe(), oid::SHA256, &hmac_of(&key, &clear_safe()), 2);
    assert_eq!(certificates(&open(&absent, &mut typed).unwrap()), [b"not looked into"]);
    assert_eq!(typed.asked, 0);
    let locked = SHOP.store("himitsu", &[]).unwrap();
    let error = open(&locked, &mut crate::key::password::Unasked).unwrap_err();
    assert_eq!(error, NotOpened::NoPassword(NoPassword::Unasked));
    assert!(error.hint().contains("--pin-source"));
    assert!(!safe.is_empty());
}

#[test]
fn pbmac1_is_verified_against_openssl() {
    let safe = clear_safe();
    let made = |iterations: u64, octets: Option<u64>| {
        let length = octets.unwrap_or(32).to_string();
        let iterations_option = format!("iter:{iterations}");
        let derive =
            ["kdf", "-keylen", &length, "-kdfopt", "digest:SHA256", "-kdfopt", "pass:himitsu"];
        let more = ["-kdfopt", "salt:saltsalt", "-kdfopt", &iterations_option, "PBKDF2"];
        let key = run(&[&derive[..], &more].concat(), b"").expect("openssl derives");
        let key = String::from_utf8_lossy(&key).trim().replace(':', "");
        let option = format!("hexkey:{key}");
        let mac = ["mac", "-digest", "SHA256", "-macopt", &option, "-in", "-", "HMAC"];
        let value = run(&mac, &safe).expect("openssl computes");
        let value = unhex(String::from_utf8_lossy(&value).trim());
        let prf = AlgorithmIdentifier::with_null(HMAC_SHA256).to_der();
        let mut parameters = vec![write::octet_string(b"saltsalt"), write::integer(iterations)];
        parameters.extend(octets.map(write::integer));
        parameters.push(prf.clone());
        let parameters = Some(write::sequence(parameters).into());
        let derivation = AlgorithmIdentifier { oid: PBKDF2, parameters };
        let parameters = write::sequence([derivation.to_der(), prf]);
        pfx(&safe, &mac_data(PBMAC1, &parameters, &value, b"", 1))
    };
    let store = opened(&made(1000, Some(32)), "himitsu").unwrap();
    let integrity = store.integrity.unwrap();
    assert_eq!(integrity.algorithm.as_deref(), Some("HMAC-SHA-256"));
    assert_eq!(integrity.kdf.as_deref(), Some("PBKDF2-HMAC-SHA-256"));
    assert_eq!(opened(&made(1000, Some(32)), "himitsv"), Err(NotOpened::WrongPassword));
    for length in [None, Some(1), Some(19), Some(65)] {
        let refused = opened(&made(1000, length), "himitsu");
        assert!(matches!(refused, Err(NotOpened::Unsupported(_))), "{length:?}: {refused:?}");
    }
}

#[test]
fn a_store_for_a_public_key_is_refused_as_such() {
    let enveloped = write::sequence([
        write::oid(ENVELOPED_DATA),
        write::explicit(0, &write::sequence([write::integer(0)])),
    ]);
    let enveloped = pfx(&write::sequence([enveloped]), &[]);
    let signed = write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &[])]);
    let signed = write::sequence([write::integer(3), signed]);
    for store in [enveloped, signed] {
        assert_eq!(opened(&store, "himitsu"), Err(NotOpened::PublicKey));
    }
}

#[test]
fn a_store_that_asks_for_absurd_work_is_refused_before_any_is_done() {
    let salt = |octets: usize| write::octet_string(&vec![1; octets]);
    let old = |octets, count: u64| {
        let parameters = write::sequence([salt(octets), write::integer(count)]);
        AlgorithmIdentifier { oid: TRIPLE_DES, parameters: Some(parameters.into()) }
    };
    let pbes2 = |derivation: Oid, parameters: Vec<u8>| {
        let derivation =
            AlgorithmIdentifier { oid: derivation, parameters: Some(parameters.into()) };
        let cipher = AlgorithmIdentifier {
            oid: Oid::new_unwrap("2.16.840.1.101.3.4.1.42"),
            parameters: Some(write::octet_string(&[7; 16]).into()),
        };
        let parameters = write::sequence([derivation.to_der(), cipher.to_der()]);
        AlgorithmIdentifier { oid: crate::key::sealing::PBES2, parameters: Some(parameters.into()) }
    };
    let pbkdf2 = |octets, count: u64| {
        let prf = AlgorithmIdentifier::with_null(HMAC_SHA256).to_der();
        pbes2(PBKDF2, write::sequence([salt(octets), write::integer(count), prf]))
    };
    let scrypt = |n: u64| {
        let numbers = [n, 8, 1].map(write::integer).concat();
        let kind = Oid::new_unwrap("1.3.6.1.4.1.11591.4.11");
        pbes2(kind, write::sequence([salt(8), numbers]))
    };
    let algorithms = [
        old(8, 1 << 31),
        old(8, 0),
        old(8, u64::MAX >> 1),
        old(2000, 1),
        pbkdf2(8, 1 << 31),
        pbkdf2(8, 0),
        pbkdf2(2000, 1),
        scrypt(1 << 40),
        scrypt(1 << 20),
    ];
    let mut stores: Vec<Vec<u8>> = algorithms
        .iter()
        .map(|algorithm| pfx(&encrypted_safe(&[algorithm], &[0; 32]), &[]))
        .collect();
    for (salt, iterations) in [(8, 1 << 31), (8, u64::MAX >> 1), (8, 0), (2000, 1)] {
        let mac = mac_data(oid::SHA256, &write::null(), &[0; 32], &vec![1; salt], iterations);
        stores.push(pfx(&clear_safe(), &mac));
    }
    for (number, store) in stores.iter().enumerate() {
        let refused = opened(store, "himitsu");
        assert!(matches!(refused, Err(NotOpened::Unsupported(_))), "{number}: {refused:?}");
    }
    // What each content asks for is counted together.
    let mut work = Work { left: MAX_WORK };
    assert!(work.spend(MAX_WORK).is_ok() && work.spend(1).is_err());
}

#[test]
fn a_store_in_ber_is_the_same_store() {
    let store = SHOP.store("himitsu", &[]).unwrap();
    let (safe, mac) = parts(&store);
    let (first, second) = safe.split_at(safe.len() / 2);
    let pieces = [write::octet_string(first), write::octet_string(second)].concat();
    let end = [0, 0];
    let safe = [&[0x24, 0x80][..], &pieces, &end].concat();
    let content = [&write::oid(oid::DATA)[..], &[0xa0, 0x80], &safe, &end].concat();
    let info = [&[0x30, 0x80][..], &content, &end].concat();
    let ber = [&[0x30, 0x80][..], &write::integer(3), &info, &mac, &end].concat();
    assert_eq!(opened(&ber, "himitsu"), opened(&store, "himitsu"));
}

static SMALL: LazyLock<Vec<u8>> =
    LazyLock::new(|| SHOP.store("himitsu", &["-iter", "1", "-nomaciter"]).unwrap());

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_altered_store_is_not_opened(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut store = SMALL.clone();
        let at = at.index(store.len());
        store[at] ^= flip;
        prop_assert!(opened(&store, "himitsu").is_err(), "octet {at} with {flip:02x}");
    }

    #[test]
    fn a_store_that_is_cut_short_is_not_opened(length in any::<prop::sample::Index>()) {
        let length = length.index(SMALL.len());
        prop_assert!(opened(&SMALL[..length], "himitsu").is_err());
    }

    #[test]
    fn without_a_mac_an_altered_store_is_no_panic(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut store = pfx(&parts(&SMALL).0, &[]);
        let at = at.index(store.len());
        store[at] ^= flip;
        let _ = opened(&store, "himitsu");
    }
}

#[test]
fn the_small_store_itself_opens() {
    assert_eq!(certificates(&opened(&SMALL, "himitsu").unwrap()), SHOP.certificates);
    assert_eq!(opened(&SMALL, "himitsv"), Err(NotOpened::WrongPassword));
}
