//! Whose key it is: the private key that the URI means, and its certificate.
//!
//! A label that fits nothing is an error, never the first key instead; and a certificate belongs to a
//! key because it carries its public half, not because it lies beside it.

use super::error::HsmError;
use super::object::{StoredCertificate, StoredKey};
use super::token::Token;
use super::uri::Uri;
use crate::der::certificate::Certificate;

/// A key, its certificate, and other certificates that were in hand.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate of the key.
    pub certificate: Certificate,
    /// Certificates that may be those of its CAs.
    pub others: Vec<Certificate>,
}

/// The key that was chosen, with what it was chosen by.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub(super) key: StoredKey,
    /// Who signs.
    pub identity: Identity,
}

/// Chooses among the keys of a token. Certificates that the user gave come before those of the token.
pub(super) fn choose(
    token: &Token,
    uri: &Uri,
    keys: Vec<StoredKey>,
    stored: Vec<StoredCertificate>,
    given: &[Certificate],
) -> Result<Chosen, HsmError> {
    let called = |keys: &[&StoredKey]| keys.iter().map(|key| key.called()).collect();
    let (fitting, others): (Vec<&StoredKey>, Vec<&StoredKey>) =
        keys.iter().partition(|key| uri.means(key.label.as_deref(), key.id.as_deref()));
    let (token, wanted) = (token.called(), uri.to_string());
    if fitting.is_empty() {
        return Err(HsmError::NoKey { token, wanted, seen: called(&others) });
    }
    let pairs: Vec<(&StoredKey, Certificate)> = fitting
        .iter()
        .filter_map(|key| Some((*key, of_key(key, fitting.len(), &stored, given)?)))
        .collect();
    let (key, certificate) = match pairs.as_slice() {
        [one] => one.clone(),
        [] => {
            let key = fitting.first().map_or_else(String::new, |key| key.called());
            let certificate = given.iter().find(|given| !is_ca(given));
            return Err(match certificate.map(|given| given.subject().to_string()) {
                Some(certificate) => HsmError::OtherCertificate { token, key, certificate },
                None => HsmError::NoCertificate { token, key, seen: subjects(&stored) },
            });
        }
        several => {
            let keys: Vec<&StoredKey> = several.iter().map(|(key, _)| *key).collect();
            return Err(HsmError::SeveralKeys { token, wanted, seen: called(&keys) });
        }
    };
    let all = given.iter().chain(stored.iter().map(|stored| &stored.certificate));
    let mut rest: Vec<Certificate> = Vec::new();
    for other in all.filter(|other| **other != certificate) {
        if !rest.contains(other) {
            rest.push(other.clone());
        }
    }
    Ok(Chosen { key: key.clone(), identity: Identity { certificate, others: rest } })
}

/// The one key that the URI means, whatever certificates there are.
pub(super) fn only(
    token: &Token,
    uri: &Uri,
    mut keys: Vec<StoredKey>,
) -> Result<StoredKey, HsmError> {
    let called = |keys: &[StoredKey]| keys.iter().map(StoredKey::called).collect();
    let all: Vec<String> = called(&keys);
    keys.retain(|key| uri.means(key.label.as_deref(), key.id.as_deref()));
    let (token, wanted) = (token.called(), uri.to_string());
    match keys.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(HsmError::NoKey { token, wanted, seen: all }),
        several => Err(HsmError::SeveralKeys { token, wanted, seen: called(several) }),
    }
}

fn is_ca(certificate: &Certificate) -> bool {
    certificate.basic_constraints().is_ok_and(|basic| basic.is_some_and(|basic| basic.ca))
}

/// Whose certificates these are, but for those of CAs.
fn subjects(stored: &[StoredCertificate]) -> Vec<String> {
    let persons = stored.iter().map(|s| &s.certificate).filter(|certificate| !is_ca(certificate));
    persons.map(|certificate| certificate.subject().to_string()).collect()
}

/// The certificate of a key. Where the token does not tell the public half, the identifier that key
/// and certificate share counts, and at last that the user gave only one that is no CA's; the first
/// signature shows whether that was right, and is thrown away if not.
fn of_key(
    key: &StoredKey,
    fitting: usize,
    stored: &[StoredCertificate],
    given: &[Certificate],
) -> Option<Certificate> {
    let on_token = stored.iter().map(|stored| &stored.certificate);
    let all = || given.iter().chain(on_token.clone());
    let known = |c: &&Certificate| key.is_of(c.public_key()) == Some(true);
    if let Some(certificate) = all().find(known) {
        return Some(certificate.clone());
    }
    let untold = |c: &Certificate| key.is_of(c.public_key()).is_none();
    let same_id =
        |s: &&StoredCertificate| key.id.is_some() && s.id == key.id && untold(&s.certificate);
    if let Some(stored) = stored.iter().find(same_id) {
        return Some(stored.certificate.clone());
    }
    let mut persons = given.iter().filter(|certificate| !is_ca(certificate) && untold(certificate));
    match (fitting, persons.next(), persons.next()) {
        (1, Some(only), None) => Some(only.clone()),
        _ => None,
    }
}
