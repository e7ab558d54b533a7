//! Cards in memory, for the tests of the state machine.

use super::{Callbacks, Card, Room, Wanted};
use crate::config::{
    FaultPlan, Library, LoginRule, Names, Pin, RsaKey, SlotConfig, TokenConfig, certificate_object,
    key_object,
};
use crate::surroundings::Surroundings;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use cryptoki_sys as ck;
use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

pub(super) const PIN: &[u8] = b"1234";
pub(super) const SERIAL: &str = "0001";

/// What is special about a card; the rest is as the guideline has it.
pub(super) struct Trial {
    pub(super) label: &'static str,
    pub(super) login: LoginRule,
    pub(super) faults: FaultPlan,
    pub(super) empty_slots: usize,
}

impl Default for Trial {
    fn default() -> Self {
        Self {
            label: "HPKI Application",
            login: LoginRule::PerSignature,
            faults: FaultPlan::default(),
            empty_slots: 0,
        }
    }
}

impl Trial {
    pub(super) fn card(&self) -> Card {
        let library =
            Library { description: "HPKI 3.0".to_owned(), manufacturer: "trial".to_owned() };
        let mut slots =
            vec![SlotConfig { description: "reader".to_owned(), token: Some(self.token()) }];
        let empty = || SlotConfig { description: "empty".to_owned(), token: None };
        slots.extend(std::iter::repeat_with(empty).take(self.empty_slots));
        Card::new(library, slots, Box::new(Quiet::default()))
    }

    pub(super) fn session(&self) -> (Card, CK_SESSION_HANDLE) {
        let mut card = self.card();
        let session = card.open_session(1, ck::CKF_SERIAL_SESSION, Callbacks::Absent).unwrap();
        (card, session)
    }

    fn token(&self) -> TokenConfig {
        let key = RsaKey::new(RsaKeyPair::from_pkcs8(KEY.as_ref()).unwrap()).unwrap();
        let key = key_object(key, "key", &[0x17], self.login == LoginRule::PerSignature);
        // No certificate, but of the shape of one: version, serial number, five sequences.
        let body = [&[0xa0, 3, 2, 1, 2, 2, 1, 7][..], &[0x30, 0].repeat(5)].concat();
        let certificate = [&[0x30, 20, 0x30, 18][..], &body].concat();
        let certificate =
            certificate_object(&certificate, "certificate", &[0x17], Names::Null).unwrap();
        TokenConfig {
            label: self.label.to_owned(),
            serial: SERIAL.to_owned(),
            model: "ISO 7816-15:2016".to_owned(),
            manufacturer: "trial".to_owned(),
            pin: Pin::new("1234".to_owned()).unwrap(),
            tries: 3,
            tries_left: 3,
            login: self.login,
            objects: vec![key, certificate],
            faults: self.faults.clone(),
        }
    }
}

/// Surroundings in which time stands still.
#[derive(Default)]
pub(super) struct Quiet {
    tries: BTreeMap<String, u32>,
    pub(super) files: Vec<PathBuf>,
}

impl Surroundings for Quiet {
    fn tries_left(&self, serial: &str) -> Option<u32> {
        self.tries.get(serial).copied()
    }

    fn record_tries(&mut self, serial: &str, left: u32) -> io::Result<()> {
        self.tries.insert(serial.to_owned(), left);
        Ok(())
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.iter().any(|file| file == path)
    }

    fn wait(&self, _: Duration) {}
}

pub(super) fn find(
    card: &mut Card,
    session: CK_SESSION_HANDLE,
    template: &[(CK_ATTRIBUTE_TYPE, &[u8])],
) -> Vec<CK_OBJECT_HANDLE> {
    card.find_init(session, template).unwrap();
    let found = card.find(session, 100).unwrap();
    card.find_final(session).unwrap();
    found
}

/// The private key, found as the guideline recommends: by the modulus.
pub(super) fn key(card: &mut Card, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
    let class = ck::CKO_PRIVATE_KEY.to_ne_bytes();
    let found = find(card, session, &[(ck::CKA_CLASS, &class)]);
    let wanted = [Wanted { kind: ck::CKA_MODULUS, room: Room::Asked }];
    assert_eq!(card.attributes(session, found[0], &wanted).unwrap().0[0].length, 256);
    found[0]
}

/// The `DigestInfo` of the SHA-256 of a message (RFC 8017 §9.2, note 1).
pub(super) fn digest_info_of(message: &[u8]) -> Vec<u8> {
    let prefix = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    [prefix, digest(&SHA256, message).as_ref()].concat()
}

pub(super) fn verifies(message: &[u8], signature: &[u8]) -> bool {
    let pair = RsaKeyPair::from_pkcs8(KEY.as_ref()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
    public.verify(message, signature).is_ok()
}

static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    pair.as_der().unwrap().as_ref().to_vec()
});
