//! How the contents of a store are encrypted: PBES2, or the old ways of RFC 7292 appendix C, which are
//! read and never written.

use super::kdf::{self, Purpose};
use super::{MAX_SALT, NotOpened, Secret, Storage, Weakness, Work};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::{Malformed, Reader, Tag};
use crate::digest::DigestAlgorithm;
use crate::key::sealing::{PBES2, Protection};
use crate::oid::Oid;
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit as _, KeyInit as _};
use des::TdesEde3;
use rc2::Rc2;
use zeroize::Zeroizing;

/// How a content is encrypted.
pub(super) enum Scheme {
    /// RFC 8018 §6.2.
    Pbes2(Protection),
    /// RFC 7292 appendix C.
    Old(Old),
}

/// ```asn1
/// pkcs-12PbeParams ::= SEQUENCE { salt OCTET STRING, iterations INTEGER }
/// ```
pub(super) struct Old {
    cipher: OldCipher,
    salt: Vec<u8>,
    iterations: u64,
}

#[derive(Clone, Copy)]
enum OldCipher {
    TripleDes,
    TripleDesTwoKeys,
    Rc2 { bits: usize },
}

const OLD: [(Oid, OldCipher); 4] = [
    (Oid::new_unwrap("1.2.840.113549.1.12.1.3"), OldCipher::TripleDes),
    (Oid::new_unwrap("1.2.840.113549.1.12.1.4"), OldCipher::TripleDesTwoKeys),
    (Oid::new_unwrap("1.2.840.113549.1.12.1.5"), OldCipher::Rc2 { bits: 128 }),
    (Oid::new_unwrap("1.2.840.113549.1.12.1.6"), OldCipher::Rc2 { bits: 40 }),
];

/// Of Triple DES and RC2, in octets.
const BLOCK: usize = 8;

impl Scheme {
    /// Reads the identifier.
    pub(super) fn parse(identifier: &AlgorithmIdentifier) -> Result<Self, NotOpened> {
        let parameters = identifier.parameters.as_deref().unwrap_or_default();
        if parameters.len() > MAX_SALT {
            let error = format!("its salt is longer than {MAX_SALT} octets");
            return Err(NotOpened::Unsupported(error));
        }
        let old = OLD.iter().find(|(oid, _)| *oid == identifier.oid);
        match old {
            Some((_, cipher)) => Ok(Self::Old(Old::parse(*cipher, parameters)?)),
            None if identifier.oid == PBES2 => Ok(Self::Pbes2(Protection::parse(identifier)?)),
            None => Err(NotOpened::Unsupported(format!("it is encrypted by {}", identifier.oid))),
        }
    }

    /// The plain text. One wrong password in 256 leaves a padding that looks right.
    pub(super) fn open(
        &self,
        secret: &Secret<'_>,
        data: &[u8],
        work: &mut Work,
    ) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        match self {
            Self::Pbes2(protection) => {
                work.spend(protection.work())?;
                Ok(protection.open(secret.plain, data)?)
            }
            Self::Old(old) => {
                work.spend(old.work())?;
                old.open(secret, data)
            }
        }
    }

    /// What it tells of itself.
    pub(super) fn storage(&self) -> Storage {
        match self {
            Self::Pbes2(protection) => Storage::made(
                protection.cipher().to_owned(),
                protection.kdf(),
                protection.iterations(),
            ),
            Self::Old(old) => {
                let kdf = "PKCS #12 KDF (SHA-1)".to_owned();
                let mut storage = Storage::made(old.cipher.name(), kdf, Some(old.iterations));
                storage.weak.insert(0, Weakness::OldCipher);
                storage
            }
        }
    }
}

impl Old {
    fn parse(cipher: OldCipher, parameters: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(parameters, Tag::SEQUENCE, "pkcs-12PbeParams")?.reader();
        let salt = reader.expect(Tag::OCTET_STRING)?.content.to_vec();
        let iterations = reader.expect(Tag::INTEGER)?.u64()?;
        reader.finish()?;
        Ok(Self { cipher, salt, iterations })
    }

    fn work(&self) -> u64 {
        let of = |octets| kdf::work(DigestAlgorithm::Sha1, self.iterations, octets);
        of(self.cipher.key_octets()).saturating_add(of(BLOCK))
    }

    fn open(&self, secret: &Secret<'_>, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        if self.iterations == 0 {
            return Err(NotOpened::Unsupported("encryption with no iterations".to_owned()));
        }
        let input = (secret.wide.as_slice(), self.salt.as_slice());
        let derive = |purpose, octets| {
            kdf::derive(DigestAlgorithm::Sha1, purpose, input, self.iterations, octets)
        };
        let mut key = derive(Purpose::Key, self.cipher.key_octets());
        let iv = derive(Purpose::Iv, BLOCK);
        let iv: &[u8; BLOCK] = iv.as_slice().try_into().map_err(|_| internal())?;
        match self.cipher {
            OldCipher::Rc2 { bits } => decrypted(
                Decryptor::inner_iv_init(Rc2::new_with_eff_key_len(&key, bits), iv.into()),
                data,
            ),
            OldCipher::TripleDes | OldCipher::TripleDesTwoKeys => {
                // Two keys: the first is the third as well.
                let first: Zeroizing<Vec<u8>> =
                    Zeroizing::new(key.iter().take(8).copied().collect());
                if key.len() < 24 {
                    key.extend_from_slice(&first);
                }
                let cipher = TdesEde3::new_from_slice(&key).map_err(|_| internal())?;
                decrypted(Decryptor::inner_iv_init(cipher, iv.into()), data)
            }
        }
    }
}

impl OldCipher {
    fn name(self) -> String {
        match self {
            Self::TripleDes => "3DES-CBC".to_owned(),
            Self::TripleDesTwoKeys => "3DES-CBC (two keys)".to_owned(),
            Self::Rc2 { bits } => format!("RC2-CBC ({bits} bits)"),
        }
    }

    const fn key_octets(self) -> usize {
        match self {
            Self::TripleDes => 24,
            Self::TripleDesTwoKeys => 16,
            Self::Rc2 { bits } => bits / 8,
        }
    }
}

fn decrypted(cipher: impl BlockModeDecrypt, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
    let mut buffer = Zeroizing::new(data.to_vec());
    let plain = cipher.decrypt_padded::<Pkcs7>(&mut buffer);
    let length = plain.map_err(|_| NotOpened::WrongPassword)?.len();
    buffer.truncate(length);
    Ok(buffer)
}

fn internal() -> NotOpened {
    NotOpened::Failed("a key of a wrong length".to_owned())
}
