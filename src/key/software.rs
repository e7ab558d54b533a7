//! Keys held in this process, read from encrypted files.
//!
//! RSA, Ed25519 and ML-DSA run on aws-lc-rs, P-256 and P-384 on RustCrypto with the deterministic nonces
//! of RFC 6979. Every signature is verified before it leaves: a computation disturbed from outside
//! can otherwise give the key away.

mod secret;

use super::container::KeyFileKind;
use super::container::content::{self, PrivateKey};
use super::sealing::{self, Kdf, Protection};
use super::{KeyError, Password, SigningKey, pair};
use crate::crypto::{SignatureScheme, verify};
use crate::der::algorithm::PublicKey;
use crate::digest::DigestAlgorithm;
use pkcs8::{LineEnding, SecretDocument};
use secret::Secret;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// A key that inkan can make.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "each variant is the algorithm it is named after")]
pub enum KeyAlgorithm {
    P256,
    P384,
    Rsa2048,
    Rsa3072,
    Rsa4096,
    Ed25519,
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

impl KeyAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 9] = [
        Self::P256,
        Self::P384,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::Ed25519,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::Rsa4096 => "rsa4096",
            Self::Ed25519 => "ed25519",
            Self::MlDsa44 => "ml-dsa-44",
            Self::MlDsa65 => "ml-dsa-65",
            Self::MlDsa87 => "ml-dsa-87",
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no algorithm of ours.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "'{0}' is no key algorithm: write p256, p384, rsa2048, rsa3072, rsa4096, ed25519, ml-dsa-44, \
     ml-dsa-65 or ml-dsa-87"
)]
pub struct UnknownKeyAlgorithm(String);

impl FromStr for KeyAlgorithm {
    type Err = UnknownKeyAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownKeyAlgorithm> {
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == text);
        found.ok_or_else(|| UnknownKeyAlgorithm(text.to_owned()))
    }
}

/// A private key in memory. Each secret type wipes itself when dropped.
pub struct SoftwareKey {
    secret: Secret,
    public: PublicKey,
    scheme: SignatureScheme,
}

impl SoftwareKey {
    /// Makes a new key.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        Self::new(Secret::generate(algorithm)?)
    }

    /// Reads a key from a PEM or DER file: PKCS #8 encrypted or not, SEC 1, PKCS #1.
    pub fn open(bytes: &[u8], password: Option<&Password>) -> Result<Self, KeyError> {
        let found = content::find(bytes)?;
        match found.kind {
            KeyFileKind::Pkcs8Encrypted => {
                let (identifier, data) = found.encrypted().map_err(not_a_key)?;
                let protection = Protection::parse(&identifier)?;
                let plain = protection.open(password.ok_or(KeyError::PasswordNeeded)?, data)?;
                let key = PrivateKey::parse(&plain).map_err(|_| KeyError::WrongPassword)?;
                Self::new(Secret::read(&key)?)
            }
            KeyFileKind::Pkcs8 | KeyFileKind::Sec1 | KeyFileKind::Pkcs1 => {
                Self::new(Secret::read(&found.private_key().map_err(not_a_key)?)?)
            }
            KeyFileKind::OldPem | KeyFileKind::OpenSsh => Err(KeyError::Unsupported(format!(
                "a file of the form {}; rewrite it with `openssl pkcs8 -topk8 -v2 aes-256-cbc`",
                found.kind
            ))),
        }
    }

    /// The key as encrypted PKCS #8 in PEM: AES-256-CBC under the password.
    pub fn seal(&self, password: &Password, kdf: Kdf) -> Result<Zeroizing<String>, KeyError> {
        if password.expose().is_empty() {
            return Err(KeyError::EmptyPassword);
        }
        let sealed = sealing::seal(&self.secret.to_pkcs8()?, password, kdf)?;
        let document = SecretDocument::try_from(sealed).map_err(failed)?;
        document.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).map_err(failed)
    }

    /// The same key signing in another way, such as RSA with PSS.
    pub fn with_scheme(self, scheme: SignatureScheme) -> Result<Self, KeyError> {
        if self.secret.can_sign(scheme) {
            return Ok(Self { scheme, ..self });
        }
        Err(KeyError::Unsupported(format!("{scheme} with a key of {}", self.public.kind())))
    }

    /// Whether this public key, of a certificate perhaps, belongs to this private key.
    pub fn matches(&self, public: &PublicKey) -> bool {
        pair::same_key(&self.public, public)
    }

    fn new(secret: Secret) -> Result<Self, KeyError> {
        let public = PublicKey::from_der(&secret.spki()?).map_err(failed)?;
        let scheme = secret.usual_scheme();
        Ok(Self { secret, public, scheme })
    }
}

impl SigningKey for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.secret.sign(self.scheme, message)?;
        // Boneh, DeMillo, Lipton (1997): one faulty RSA-CRT signature reveals the key, and so does
        // a fault in a deterministic nonce.
        verify::verify(self.scheme, &self.public, message, &signature).map_err(|_| {
            KeyError::Failed("the signature made was wrong, and is withheld".into())
        })?;
        Ok(signature)
    }
}

impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spki = DigestAlgorithm::Sha256.digest(self.public.der());
        write!(f, "SoftwareKey({}, SPKI SHA-256 {spki})", self.public.kind())
    }
}

fn not_a_key(problem: impl fmt::Display) -> KeyError {
    KeyError::NotAKey(problem.to_string())
}

fn failed(error: impl fmt::Display) -> KeyError {
    KeyError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::algorithm::PssParameters;
    use crate::digest::hex;
    use crate::key::openssl::{Keys, run};
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};

    const MESSAGE: &[u8] = b"signed attributes";

    fn password(text: &str) -> Password {
        Password::from(text.to_owned())
    }

    fn pss(digest: DigestAlgorithm, salt_length: u64) -> SignatureScheme {
        SignatureScheme::RsaPss(PssParameters { digest, mask_digest: digest, salt_length })
    }

    /// The key signs, and what it signs verifies under the public key that OpenSSL sees.
    fn signs(key: &SoftwareKey, public: &PublicKey) {
        assert!(key.matches(public));
        let signature = key.sign(MESSAGE).unwrap();
        assert_eq!(verify::verify(key.scheme(), public, MESSAGE, &signature), Ok(()));
    }

    #[test]
    fn a_key_of_each_algorithm_is_made_sealed_and_opened_by_openssl_and_by_us() {
        for algorithm in KeyAlgorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
            let key = SoftwareKey::generate(algorithm).unwrap();
            if matches!(key.scheme(), SignatureScheme::MlDsa(_)) {
                // OpenSSL has it from 3.5 on only.
                let sealed = key.seal(&password("x"), Kdf::Pbkdf2).unwrap();
                let opened = SoftwareKey::open(sealed.as_bytes(), Some(&password("x"))).unwrap();
                signs(&opened, key.public_key());
                continue;
            }
            let kdf = if algorithm == KeyAlgorithm::P384 { Kdf::Scrypt } else { Kdf::Pbkdf2 };
            let sealed = key.seal(&password("\u{5370}\u{9451}"), kdf).unwrap();
            let arguments =
                ["pkey", "-passin", "pass:\u{5370}\u{9451}", "-pubout", "-outform", "DER"];
            let public = run(&arguments, sealed.as_bytes()).unwrap();
            let public = PublicKey::from_der(&public).unwrap();
            assert_eq!(&public, key.public_key(), "{algorithm}");
            let opened = SoftwareKey::open(sealed.as_bytes(), Some(&password("\u{5370}\u{9451}")));
            signs(&opened.unwrap(), &public);
        }
        assert!("rsa1024".parse::<KeyAlgorithm>().is_err());
    }

    #[test]
    fn what_openssl_encrypts_is_opened_with_the_right_password_only() {
        let keys = Keys::new();
        let name = keys.ec("P-256");
        let (plain, public) = (keys.private(&name), keys.public(&name));
        let pbkdf2 = ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "100000"];
        let sha1 = ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"];
        for options in [&pbkdf2[..], &["-scrypt"], &["-v2", "aes-192-cbc"], &sha1] {
            let base = ["pkcs8", "-topk8", "-passout", "pass:himitsu"];
            let sealed = run(&[&base, options].concat(), &plain).unwrap();
            signs(&SoftwareKey::open(&sealed, Some(&password("himitsu"))).unwrap(), &public);
            let wrong = SoftwareKey::open(&sealed, Some(&password("Himitsu"))).unwrap_err();
            assert_eq!(wrong, KeyError::WrongPassword, "{options:?}");
            let none = SoftwareKey::open(&sealed, None).unwrap_err();
            assert_eq!(none, KeyError::PasswordNeeded, "{options:?}");
        }
        let old = ["pkcs8", "-topk8", "-passout", "pass:himitsu", "-v1", "PBE-SHA1-3DES"];
        let old = SoftwareKey::open(&run(&old, &plain).unwrap(), Some(&password("himitsu")));
        assert!(matches!(old, Err(KeyError::Unsupported(text)) if text.contains("openssl pkcs8")));
    }

    /// One wrong password in 256 leaves a padding that looks right; it must not look like damage.
    #[test]
    fn no_wrong_password_is_reported_as_anything_else() {
        let keys = Keys::new();
        let plain = keys.private(&keys.ed25519());
        let seal = ["pkcs8", "-topk8", "-passout", "pass:x", "-v2", "aes-256-cbc", "-iter", "1"];
        let sealed = run(&seal, &plain).unwrap();
        for attempt in 0..2_000 {
            let wrong = password(&attempt.to_string());
            let error = SoftwareKey::open(&sealed, Some(&wrong)).unwrap_err();
            assert_eq!(error, KeyError::WrongPassword);
        }
    }

    #[test]
    fn plain_keys_are_opened_in_each_form() {
        let keys = Keys::new();
        for name in [keys.rsa(2048), keys.ec("P-256"), keys.ec("P-384"), keys.ed25519()] {
            let (pem, public) = (keys.private(&name), keys.public(&name));
            let der = ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"];
            let mut forms = vec![pem.clone(), run(&der, &pem).unwrap()];
            if name != "ed25519" {
                forms.push(run(&["pkey", "-traditional"], &pem).unwrap());
                forms.push(run(&["pkey", "-traditional", "-outform", "DER"], &pem).unwrap());
            }
            for form in forms {
                signs(&SoftwareKey::open(&form, None).unwrap(), &public);
            }
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_named() {
        let keys = Keys::new();
        let rsa = keys.private(&keys.rsa(2048));
        let certificate = ["req", "-x509", "-subj", "/CN=x", "-key", "/dev/stdin"];
        let pem = run(&certificate, &rsa).unwrap();
        let der = run(&["x509", "-outform", "DER"], &pem).unwrap();
        let public = run(&["pkey", "-pubout", "-outform", "DER"], &rsa).unwrap();
        let cases = [
            (b"hello".to_vec(), "neither PEM nor DER"),
            (Vec::new(), "neither PEM nor DER"),
            (pem, "certificate"),
            (der, "certificate"),
            (public, "public key"),
            (vec![0x30, 0x80, 0x02, 0x01, 0x03, 0x30, 0x80], "PKCS #12"),
        ];
        for (bytes, named) in cases {
            let error = SoftwareKey::open(&bytes, None).unwrap_err();
            assert!(matches!(&error, KeyError::NotAKey(text) if text.contains(named)), "{error}");
        }
        for name in [keys.rsa(1024), keys.ec("P-521"), keys.ec("secp256k1")] {
            let error = SoftwareKey::open(&keys.private(&name), None).unwrap_err();
            assert!(matches!(error, KeyError::Unsupported(_)), "{name} {error}");
        }
    }

    #[test]
    fn a_key_whose_halves_were_exchanged_is_refused() {
        let keys = Keys::new();
        let der = |name: &str| run(&["pkey", "-outform", "DER"], &keys.private(name)).unwrap();
        for name in [keys.ec("P-256"), keys.ec("P-384"), keys.rsa(2048)] {
            let good = der(&name);
            let mut bad = good.clone();
            let at = bad.len() - 10;
            bad[at] ^= 1;
            assert!(SoftwareKey::open(&good, None).is_ok());
            let error = SoftwareKey::open(&bad, None).unwrap_err();
            assert!(matches!(error, KeyError::NotAKey(_)), "{name} {error}");
        }
    }

    #[test]
    fn rsa_signs_with_pss_on_request_and_no_key_signs_in_a_way_not_its_own() {
        let keys = Keys::new();
        let (rsa, ec) = (keys.private(&keys.rsa(2048)), keys.private(&keys.ec("P-256")));
        let open = |pem: &[u8]| SoftwareKey::open(pem, None).unwrap();
        let public = keys.public("rsa2048");
        assert_eq!(open(&rsa).scheme(), SignatureScheme::RsaPkcs1(Sha256));
        for scheme in [
            SignatureScheme::RsaPkcs1(Sha384),
            SignatureScheme::RsaPkcs1(Sha512),
            pss(Sha256, 32),
            pss(Sha384, 48),
            pss(Sha512, 64),
        ] {
            signs(&open(&rsa).with_scheme(scheme).unwrap(), &public);
        }
        for scheme in [SignatureScheme::RsaPkcs1(Sha1), pss(Sha256, 20), SignatureScheme::Ed25519] {
            assert!(open(&rsa).with_scheme(scheme).is_err(), "{scheme}");
        }
        assert!(open(&ec).with_scheme(SignatureScheme::Ecdsa(Sha384)).is_err());
        assert!(!open(&ec).matches(&public));
    }

    #[test]
    fn p256_signs_as_rfc_6979_a_2_5_says() {
        let scalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
        let sec1 = format!("30310201010420{scalar}a00a06082a8648ce3d030107");
        let sec1: Vec<u8> = (0..sec1.len() / 2)
            .map(|at| u8::from_str_radix(&sec1[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let signature = SoftwareKey::open(&sec1, None).unwrap().sign(b"sample").unwrap();
        assert_eq!(
            hex(&signature),
            "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        );
    }

    #[test]
    fn nothing_secret_is_printed_and_nothing_is_sealed_under_no_password() {
        let key = SoftwareKey::generate(KeyAlgorithm::P256).unwrap();
        let spki = Sha256.digest(key.public_key().der());
        assert_eq!(format!("{key:?}"), format!("SoftwareKey(P-256, SPKI SHA-256 {spki})"));
        assert_eq!(key.seal(&password(""), Kdf::default()), Err(KeyError::EmptyPassword));
    }
}
