//! What was worked out once and stays true, whoever asks and when: who signed what, and where a
//! revocation list has its entries.
//!
//! A batch asks the same questions about the same authorities for every file in it. Nothing here
//! depends on trust, policy or time, and no answer is looked up by anything but the digest of what
//! it is about, so that remembering cannot change a verdict.

use super::status::entry::{self, Entry, Index, Unusable};
use crate::crypto::verify::NotVerified;
use crate::der::Bytes;
use crate::der::certificate::{Certificate, Fingerprint};
use crate::der::crl::Crl;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Signatures remembered: 40 MiB at the most. A batch of millions forgets its beginning.
const MAX_SIGNATURES: usize = 1 << 17;

/// Places in lists remembered: 16 octets each.
const MAX_PLACES: usize = 1 << 23;

/// What was signed, and with which key. A CA has one key and may have many certificates.
#[derive(PartialEq, Eq, Debug)]
struct Signed(Fingerprint, Bytes);

impl Hash for Signed {
    /// A thing has one signature, and hardly ever two keys that could have made it.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// What looking for a certificate on a list came to.
pub type Looked = Result<Option<Entry>, Unusable>;

/// Remembers for as long as it lives. It may be shared between threads.
#[derive(Debug, Default)]
pub struct Memory {
    signatures: Mutex<HashMap<Signed, Result<(), NotVerified>>>,
    lists: Mutex<Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    by_print: HashMap<Fingerprint, Seen>,
    places: usize,
}

/// How well a list is known.
#[derive(Clone, Debug)]
enum Seen {
    /// Somebody looked for one certificate; whoever judges a single one needs no index.
    Once(Fingerprint, Looked),
    /// Somebody looked for another one as well.
    Indexed(Result<Option<Arc<Index>>, Unusable>),
}

impl Memory {
    /// Whether the key made the signature on the thing of that digest. `verify` is called where this
    /// is not known; its `None` means that it may not be found out now, which is not remembered.
    pub(super) fn signature(
        &self,
        print: Fingerprint,
        key: &Bytes,
        verify: impl FnOnce() -> Option<Result<(), NotVerified>>,
    ) -> Option<Result<(), NotVerified>> {
        let pair = Signed(print, key.clone());
        if let Some(known) = locked(&self.signatures).get(&pair) {
            return Some(known.clone());
        }
        let result = verify()?;
        let mut signatures = locked(&self.signatures);
        if signatures.len() >= MAX_SIGNATURES {
            signatures.clear();
        }
        // A copy: the key must not hold the whole file that its certificate came in.
        signatures.insert(Signed(print, Bytes::copy_from_slice(key)), result.clone());
        Some(result)
    }

    /// What the list of that digest has on the certificate.
    pub(super) fn entry(&self, print: Fingerprint, crl: &Crl, certificate: &Certificate) -> Looked {
        let seen = locked(&self.lists).by_print.get(&print).cloned();
        let index = match seen {
            None => {
                let looked = entry::find(crl, certificate);
                let seen = Seen::Once(certificate.fingerprint(), looked.clone());
                locked(&self.lists).by_print.insert(print, seen);
                return looked;
            }
            Some(Seen::Once(same, looked)) if same == certificate.fingerprint() => return looked,
            Some(Seen::Once(..)) => self.indexed(print, crl),
            Some(Seen::Indexed(index)) => index,
        };
        match index? {
            Some(index) => index.find(crl, certificate),
            None => entry::find(crl, certificate),
        }
    }

    fn indexed(&self, print: Fingerprint, crl: &Crl) -> Result<Option<Arc<Index>>, Unusable> {
        let index = Index::of(crl).map(|index| index.map(Arc::new));
        let places = index.as_ref().map_or(0, |index| index.as_ref().map_or(0, |i| i.entries()));
        let mut lists = locked(&self.lists);
        if lists.places.saturating_add(places) > MAX_PLACES {
            *lists = Lists::default();
        }
        lists.places = lists.places.saturating_add(places);
        lists.by_print.insert(print, Seen::Indexed(index.clone()));
        index
    }
}

/// What a thread that panicked had written down is whole: every write here is one insertion.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
