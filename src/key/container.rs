//! Files that hold a private key: what they are, as far as it shows without a password.

pub(super) mod content;

use super::sealing::Protection;
use crate::der::algorithm::KeyKind;
use std::fmt;

/// The form of a private-key file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyFileKind {
    /// PKCS #8 PrivateKeyInfo (RFC 5958), in the clear.
    Pkcs8,
    /// PKCS #8 EncryptedPrivateKeyInfo.
    Pkcs8Encrypted,
    /// ECPrivateKey of SEC 1 (RFC 5915), in the clear.
    Sec1,
    /// RSAPrivateKey of PKCS #1 (RFC 8017), in the clear.
    Pkcs1,
    /// The PEM encryption of RFC 1421 as OpenSSL used it before PKCS #8: one round of MD5.
    OldPem,
    /// OpenSSH's own form.
    OpenSsh,
}

impl fmt::Display for KeyFileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs8 => "pkcs8-plain",
            Self::Pkcs8Encrypted => "pkcs8-encrypted",
            Self::Sec1 => "sec1",
            Self::Pkcs1 => "pkcs1",
            Self::OldPem => "pem-encrypted",
            Self::OpenSsh => "openssh",
        })
    }
}

/// What a private-key file tells without its password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyFile {
    /// Its form.
    pub kind: KeyFileKind,
    /// The algorithm of the key, unless it is encrypted too.
    pub algorithm: Option<KeyKind>,
    /// Whether a password is needed.
    pub encrypted: bool,
    /// How the password becomes a key.
    pub kdf: Option<String>,
    /// How often it is iterated.
    pub iterations: Option<u64>,
    /// How the key is encrypted.
    pub cipher: Option<String>,
}

/// What a private-key file tells without its password, or nothing if it is no such file.
pub fn inspect(bytes: &[u8]) -> Option<KeyFile> {
    let found = content::find(bytes).ok()?;
    let mut file = KeyFile {
        kind: found.kind,
        algorithm: None,
        encrypted: false,
        kdf: None,
        iterations: None,
        cipher: None,
    };
    match found.kind {
        KeyFileKind::Pkcs8 | KeyFileKind::Sec1 | KeyFileKind::Pkcs1 => {
            file.algorithm = found.private_key().ok().and_then(|key| key.kind());
        }
        KeyFileKind::Pkcs8Encrypted => {
            let (identifier, _) = found.encrypted().ok()?;
            file.encrypted = true;
            match Protection::parse(&identifier) {
                Ok(protection) => {
                    file.kdf = Some(protection.kdf());
                    file.iterations = protection.iterations();
                    file.cipher = Some(protection.cipher().to_owned());
                }
                Err(_) => file.cipher = Some(identifier.oid.to_string()),
            }
        }
        KeyFileKind::OldPem => {
            file.encrypted = true;
            file.kdf = Some("MD5".to_owned());
            file.iterations = Some(1);
            file.cipher = old_pem_cipher(found.octets());
        }
        KeyFileKind::OpenSsh => {
            file.cipher = openssh_cipher(found.octets());
            file.encrypted = file.cipher.is_some();
        }
    }
    Some(file)
}

/// `DEK-Info: AES-128-CBC,<iv>` names the cipher (RFC 1421 §4.6.1.3).
fn old_pem_cipher(section: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(section).ok()?;
    let named = text.lines().find_map(|line| line.strip_prefix("DEK-Info: "))?;
    named.split(',').next().map(str::to_owned)
}

/// `"openssh-key-v1" 0x00, string ciphername, …`; the cipher "none" is no encryption.
fn openssh_cipher(content: &[u8]) -> Option<String> {
    let (length, rest) = content.strip_prefix(b"openssh-key-v1\0")?.split_first_chunk::<4>()?;
    let name = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    std::str::from_utf8(name).ok().filter(|name| *name != "none").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::openssl::{Keys, run};
    use crate::oid;

    fn seen(bytes: &[u8]) -> KeyFile {
        inspect(bytes).expect("a key file")
    }

    #[test]
    fn a_plain_key_tells_its_algorithm_in_each_form() {
        let keys = Keys::new();
        let rsa = keys.private(&keys.rsa(2048));
        let ec = keys.private(&keys.ec("P-384"));
        let rsa_kind = Some(KeyKind::Rsa { bits: 2048, pss_only: false });
        let cases = [
            (rsa.clone(), KeyFileKind::Pkcs8, rsa_kind),
            (
                run(&["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], &rsa).unwrap(),
                KeyFileKind::Pkcs8,
                rsa_kind,
            ),
            (run(&["rsa", "-traditional"], &rsa).unwrap(), KeyFileKind::Pkcs1, rsa_kind),
            (ec.clone(), KeyFileKind::Pkcs8, Some(KeyKind::Ec(oid::P384))),
            (run(&["ec"], &ec).unwrap(), KeyFileKind::Sec1, Some(KeyKind::Ec(oid::P384))),
            (keys.private(&keys.ed25519()), KeyFileKind::Pkcs8, Some(KeyKind::Ed25519)),
        ];
        for (bytes, kind, algorithm) in cases {
            let file = seen(&bytes);
            assert_eq!((file.kind, file.algorithm, file.encrypted), (kind, algorithm, false));
        }
    }

    #[test]
    fn an_encrypted_key_tells_how_it_is_encrypted_and_nothing_more() {
        let keys = Keys::new();
        let plain = keys.private(&keys.ec("P-256"));
        let base = ["pkcs8", "-topk8", "-passout", "pass:x"];
        let encrypted = |more: &[&str]| seen(&run(&[&base, more].concat(), &plain).unwrap());
        let strong =
            encrypted(&["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512", "-iter", "4321"]);
        assert_eq!(strong.kind, KeyFileKind::Pkcs8Encrypted);
        assert_eq!((strong.algorithm, strong.encrypted), (None, true));
        assert_eq!(strong.kdf.as_deref(), Some("PBKDF2-HMAC-SHA-512"));
        assert_eq!(
            (strong.iterations, strong.cipher.as_deref()),
            (Some(4321), Some("AES-192-CBC"))
        );
        let memory_hard = encrypted(&["-scrypt"]);
        assert_eq!(memory_hard.kdf.as_deref(), Some("scrypt (N=16384, r=8, p=1)"));
        let old = encrypted(&["-v1", "PBE-SHA1-3DES"]);
        assert_eq!((old.kdf, old.cipher.as_deref()), (None, Some("1.2.840.113549.1.12.1.3")));
        let ancient = ["ec", "-aes128", "-passout", "pass:x"];
        let ancient = seen(&run(&ancient, &plain).unwrap());
        assert_eq!((ancient.kind, ancient.encrypted), (KeyFileKind::OldPem, true));
        assert_eq!(ancient.cipher.as_deref(), Some("AES-128-CBC"));
    }

    #[test]
    fn the_key_is_found_behind_certificates_and_notes_in_any_character_set() {
        let keys = Keys::new();
        let mut bytes = b"friendlyName: \x8e\x84\n".to_vec();
        bytes.extend(run(&["ecparam", "-name", "prime256v1"], b"").unwrap());
        bytes.extend(keys.private(&keys.ec("P-256")));
        assert_eq!(seen(&bytes).algorithm, Some(KeyKind::Ec(oid::P256)));
    }

    #[test]
    fn what_is_no_private_key_is_not_taken_for_one() {
        for bytes in [&b""[..], b"0", b"hello", b"-----BEGIN PRIVATE KEY-----", &[0x30, 0x80]] {
            assert_eq!(inspect(bytes), None);
        }
    }
}
