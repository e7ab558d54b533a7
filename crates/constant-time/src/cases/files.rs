//! Keys in files: decrypted under a password, encrypted, and compared.

use crate::keys::{self, P256, RSA_2048, STORE, UNDER_PBKDF2, UNDER_SCRYPT};
use crate::{Outcome, valgrind};
use inkan::key::password::{NoPassword, PasswordSource};
use inkan::key::pkcs12::{self, NotOpened};
use inkan::key::software::SoftwareKey;
use inkan::key::{Kdf, KeyError, Password};
use std::hint::black_box;

/// The password is secret, and with it the derived key and all that comes out of the file.
pub(super) fn open_pbkdf2() -> Outcome {
    keys::publish(&SoftwareKey::open(UNDER_PBKDF2, Some(&keys::password()))?);
    Ok(())
}

/// That the password was wrong is public; why it was is not.
pub(super) fn open_pbkdf2_with_the_wrong_password() -> Outcome {
    let wrong = Password::from("himitus".to_owned());
    valgrind::secret(wrong.expose());
    match SoftwareKey::open(UNDER_PBKDF2, Some(&wrong)) {
        Err(KeyError::WrongPassword) => Ok(()),
        other => Err(format!("a wrong password gave {other:?}").into()),
    }
}

pub(super) fn open_scrypt() -> Outcome {
    keys::publish(&SoftwareKey::open(UNDER_SCRYPT, Some(&keys::password()))?);
    Ok(())
}

/// The MAC of a store under a password, and the certificates in it.
pub(super) fn open_pkcs12() -> Outcome {
    let store = pkcs12::open(STORE, &mut Given(keys::password()))?;
    if store.items.is_empty() { Err("the store is empty".into()) } else { Ok(()) }
}

/// That the MAC is not of this password is public; where it differs is not.
pub(super) fn open_pkcs12_with_the_wrong_password() -> Outcome {
    let wrong = Password::from("himitus".to_owned());
    valgrind::secret(wrong.expose());
    match pkcs12::open(STORE, &mut Given(wrong)) {
        Err(NotOpened::WrongPassword) => Ok(()),
        other => Err(format!("a wrong password gave {other:?}").into()),
    }
}

struct Given(Password);

impl PasswordSource for Given {
    fn password(&mut self) -> Result<&Password, NoPassword> {
        Ok(&self.0)
    }
}

pub(super) fn seal_p256() -> Outcome {
    seal(P256)
}

pub(super) fn seal_rsa_2048() -> Outcome {
    seal(RSA_2048)
}

/// Written in the clear inside, encrypted, and as PEM.
fn seal(der: &[u8]) -> Outcome {
    let key = keys::open(der)?;
    let opened = valgrind::reports();
    let sealed = key.seal(&keys::password(), Kdf::PublicPassword)?;
    valgrind::public(sealed.as_bytes());
    println!("of these while the key was read: {opened}");
    if sealed.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        Ok(())
    } else {
        Err("the sealed key is no PEM file".into())
    }
}

/// The form of RFC 9881 §6 in which the seed and the expanded key stand side by side and are compared.
pub(super) fn ml_dsa_in_both_forms() -> Outcome {
    keys::open_both_forms()?;
    Ok(())
}

pub(super) fn passwords_that_are_the_same() -> Outcome {
    black_box(keys::password().is_same_as(&keys::password()));
    Ok(())
}

pub(super) fn passwords_that_differ() -> Outcome {
    black_box(keys::password().is_same_as(&Password::from("himitus".to_owned())));
    Ok(())
}
