//! What a PKCS #12 store holds beside its certificates, and how.

use super::{Bundle, Form, NoCertificate};
use crate::der::Bytes;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::crl::Crl;
use crate::key::PasswordSource;
use crate::key::pkcs12::{self, Item, Storage};
use std::collections::BTreeMap;

/// What is told of a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoreSheet {
    /// By what it was proven to be whole; nothing if it has no MAC, and then nothing proves it.
    pub integrity: Option<Storage>,
    /// How its certificates and revocation lists are kept, each way once.
    pub kept: Vec<Storage>,
    /// The private keys. None was decrypted.
    pub keys: Vec<StoredKey>,
    /// How many things it holds that inkan does not read.
    pub others: usize,
    labels: BTreeMap<Fingerprint, Label>,
}

/// A private key, as far as it shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredKey {
    /// How it is kept.
    pub storage: Storage,
    /// What it is called.
    pub label: Label,
}

/// What a thing in a store is called.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Label {
    /// The name for people.
    pub friendly_name: Option<String>,
    /// By which a key and its certificate are known to belong together.
    pub local_key_id: Option<Bytes>,
}

impl Label {
    fn of(item: &Item) -> Self {
        Self {
            friendly_name: item.bag.friendly_name.clone(),
            local_key_id: item.bag.local_key_id.clone(),
        }
    }
}

impl StoreSheet {
    /// What that certificate is called in the store.
    pub fn label(&self, certificate: &Certificate) -> Option<&Label> {
        self.labels.get(&certificate.fingerprint())
    }
}

/// Opens a store.
pub(super) fn open(
    bytes: &[u8],
    passwords: &mut dyn PasswordSource,
) -> Result<Bundle, NoCertificate> {
    let store = pkcs12::open(bytes, passwords)?;
    let mut sheet = StoreSheet {
        integrity: store.integrity,
        kept: Vec::new(),
        keys: Vec::new(),
        others: 0,
        labels: BTreeMap::new(),
    };
    let mut bundle = Bundle::empty(Form::Pkcs12);
    for item in &store.items {
        if item.is_key() {
            let key = StoredKey { storage: item.storage.clone(), label: Label::of(item) };
            sheet.keys.push(key);
        } else if bundle.take(item, &mut sheet) {
            if !sheet.kept.contains(&item.storage) {
                sheet.kept.push(item.storage.clone());
            }
        } else {
            sheet.others += 1;
        }
    }
    if sheet.keys.is_empty() && bundle.is_empty() {
        return Err(NoCertificate::Nothing);
    }
    bundle.store = Some(sheet);
    Ok(bundle)
}

impl Bundle {
    /// Takes a certificate or revocation list in. What cannot be read is noted.
    fn take(&mut self, item: &Item, sheet: &mut StoreSheet) -> bool {
        if let Some(der) = item.certificate() {
            match Certificate::parse(der.clone()) {
                Ok(certificate) => {
                    let label = sheet.labels.entry(certificate.fingerprint());
                    label.or_insert_with(|| Label::of(item));
                    self.certificates.push(certificate);
                }
                Err(error) => self.unreadable.push(error),
            }
            return true;
        }
        let Some(der) = item.crl() else { return false };
        match Crl::parse(der.clone()) {
            Ok(crl) => self.crls.push(crl),
            Err(error) => self.unreadable.push(error),
        }
        true
    }
}
