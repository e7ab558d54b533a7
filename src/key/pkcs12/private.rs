//! Takes the private key out of a store: to show who we are to a server that gave us the store for that.

use super::cipher::Scheme;
use super::{NotOpened, Secret, Store, Work, of_content, unlock, with_password};
use crate::der::Bytes;
use crate::der::ber;
use crate::der::certificate::Certificate;
use crate::der::pkcs12::{self, KeyBag, Mac};
use crate::key::software::SoftwareKey;
use crate::key::{PasswordSource, SigningKey as _, pair};

/// What a store makes of its owner.
#[derive(Debug)]
pub struct Identity {
    /// The key.
    pub key: SoftwareKey,
    /// Its certificate.
    pub certificate: Certificate,
    /// The other certificates of the store: those of its CAs.
    pub chain: Vec<Certificate>,
}

/// The one key of a store that is whole, with its certificate.
pub fn identity(bytes: &[u8], passwords: &mut dyn PasswordSource) -> Result<Identity, NotOpened> {
    with_password(bytes, passwords, within)
}

fn within(safe: &[u8], mac: Option<&Mac>, secret: &Secret<'_>) -> Result<Identity, NotOpened> {
    let store = unlock(safe, mac, secret)?;
    let [key] = <[SoftwareKey; 1]>::try_from(keys(safe, secret)?).map_err(|keys| {
        NotOpened::Unsupported(format!("there are {} private keys in it, not one", keys.len()))
    })?;
    let mut certificates = certificates(&store);
    let of_key = |c: &Certificate| pair::same_key(c.public_key(), key.public_key());
    match certificates.iter().position(of_key) {
        Some(mine) => {
            let certificate = certificates.remove(mine);
            Ok(Identity { key, certificate, chain: certificates })
        }
        None => Err(NotOpened::Unsupported("it has no certificate of its key".to_owned())),
    }
}

fn certificates(store: &Store) -> Vec<Certificate> {
    let ders = store.items.iter().filter_map(|item| item.certificate());
    ders.filter_map(|der: &Bytes| Certificate::parse(der.clone()).ok()).collect()
}

fn keys(safe: &[u8], secret: &Secret<'_>) -> Result<Vec<SoftwareKey>, NotOpened> {
    let mut work = Work::whole();
    let mut found = Vec::new();
    for content in pkcs12::contents(safe)? {
        let (plain, _) = of_content(&content, secret, &mut work)?;
        let plain = ber::normalise_secret(&plain, "SafeContents")?;
        for bag in pkcs12::keys(&plain)? {
            found.push(match bag {
                KeyBag::Clear(key) => SoftwareKey::open(key, None)?,
                KeyBag::Shrouded(algorithm, data) => {
                    let key = Scheme::parse(&algorithm)?.open(secret, data, &mut work)?;
                    SoftwareKey::open(&key, None)?
                }
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::verify;
    use crate::key::openssl::{Keys, run};
    use crate::key::{NoPassword, Password};

    struct Typed(Password);

    impl PasswordSource for Typed {
        fn password(&mut self) -> Result<&Password, NoPassword> {
            Ok(&self.0)
        }
    }

    fn opened(store: &[u8], password: &str) -> Result<Identity, NotOpened> {
        identity(store, &mut Typed(Password::from(password.to_owned())))
    }

    /// A store of OpenSSL's with a key, its certificate and another, made with these options.
    fn store(options: &[&str]) -> Vec<u8> {
        let keys = Keys::new();
        let path = |name: &str| keys.path(name).to_str().unwrap().to_owned();
        let (key, other) = (path(&keys.ec("P-256")), path(&keys.ec("P-384")));
        let (mine, ca) = (path("mine.pem"), path("ca.pem"));
        for (key, subject, out) in [(&key, "/CN=hospital", &mine), (&other, "/CN=CA", &ca)] {
            let request = ["req", "-x509", "-new", "-key", key, "-subj", subject, "-out", out];
            run(&request, b"").unwrap();
        }
        let export = ["pkcs12", "-export", "-inkey", &key, "-in", &mine, "-certfile", &ca];
        run(&[&export[..], options].concat(), b"").unwrap()
    }

    #[test]
    fn the_key_of_a_store_signs_for_its_certificate_however_it_is_kept() {
        for kept in [
            &["-passout", "pass:himitsu"][..],
            &["-passout", "pass:himitsu", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"],
            &["-passout", "pass:himitsu", "-keypbe", "NONE", "-certpbe", "NONE"],
            &["-passout", "pass:"],
        ] {
            let store = store(kept);
            let Identity { key, certificate, chain } = opened(&store, "himitsu").unwrap();
            assert!(certificate.subject().to_string().contains("hospital"), "{kept:?}");
            assert_eq!(chain.len(), 1);
            let signature = key.sign(b"handshake").unwrap();
            let public = certificate.public_key();
            assert_eq!(verify::verify(key.scheme(), public, b"handshake", &signature), Ok(()));
        }
    }

    #[test]
    fn a_wrong_password_or_a_store_without_a_key_gives_none() {
        let sound = store(&["-passout", "pass:himitsu"]);
        assert_eq!(opened(&sound, "himitsU").unwrap_err(), NotOpened::WrongPassword);
        let keyless = store(&["-passout", "pass:himitsu", "-nokeys"]);
        let error = opened(&keyless, "himitsu").unwrap_err();
        assert!(error.to_string().contains("0 private keys"), "{error}");
    }
}
