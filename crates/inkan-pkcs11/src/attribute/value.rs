//! How the values of attributes are written in memory: numbers as the machine has them, everything
//! else as bytes.

use super::{CertificateType, KeyType, ObjectClass};
use crate::info::wide;
use crate::mechanism::MechanismType;
use cryptoki_sys::{self as ck, CK_BBOOL, CK_ULONG};

/// A type of attribute values.
pub trait Value: Sized {
    #[doc(hidden)]
    fn encode(&self) -> Vec<u8>;
    #[doc(hidden)]
    fn decode(bytes: Vec<u8>) -> Decoded<Self>;
}

#[doc(hidden)]
#[derive(Debug)]
pub enum Decoded<T> {
    Value(T),
    Unavailable,
    Malformed,
}

impl Value for bool {
    fn encode(&self) -> Vec<u8> {
        vec![CK_BBOOL::from(*self)]
    }

    fn decode(bytes: Vec<u8>) -> Decoded<Self> {
        match bytes.as_slice() {
            [byte] => Decoded::Value(*byte != ck::CK_FALSE),
            _ => Decoded::Malformed,
        }
    }
}

impl Value for Vec<u8> {
    fn encode(&self) -> Vec<u8> {
        self.clone()
    }

    fn decode(bytes: Vec<u8>) -> Decoded<Self> {
        Decoded::Value(bytes)
    }
}

impl Value for String {
    fn encode(&self) -> Vec<u8> {
        self.clone().into_bytes()
    }

    fn decode(bytes: Vec<u8>) -> Decoded<Self> {
        Decoded::Value(Self::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Value for u32 {
    fn encode(&self) -> Vec<u8> {
        CK_ULONG::from(*self).to_ne_bytes().to_vec()
    }

    fn decode(bytes: Vec<u8>) -> Decoded<Self> {
        match number(&bytes) {
            Decoded::Value(number) => {
                Self::try_from(number).map_or(Decoded::Malformed, Decoded::Value)
            }
            Decoded::Unavailable => Decoded::Unavailable,
            Decoded::Malformed => Decoded::Malformed,
        }
    }
}

impl Value for MechanismType {
    fn encode(&self) -> Vec<u8> {
        self.0.to_ne_bytes().to_vec()
    }

    fn decode(bytes: Vec<u8>) -> Decoded<Self> {
        number(&bytes).map(Self)
    }
}

impl Value for Vec<MechanismType> {
    fn encode(&self) -> Vec<u8> {
        self.iter().flat_map(|kind| kind.0.to_ne_bytes()).collect()
    }

    fn decode(bytes: Vec<u8>) -> Decoded<Self> {
        let (words, rest) = bytes.as_chunks::<{ size_of::<CK_ULONG>() }>();
        if rest.is_empty() {
            let kinds = words.iter().map(|word| MechanismType(CK_ULONG::from_ne_bytes(*word)));
            Decoded::Value(kinds.collect())
        } else {
            Decoded::Malformed
        }
    }
}

macro_rules! numbered {
    ($type:ident { $($variant:ident = $code:ident),* }) => {
        impl Value for $type {
            fn encode(&self) -> Vec<u8> {
                let number = match self {
                    $(Self::$variant => ck::$code,)*
                    // What does not fit was never read from a token here; nothing has this number.
                    Self::Other(code) => {
                        CK_ULONG::try_from(*code).unwrap_or(ck::CK_UNAVAILABLE_INFORMATION)
                    }
                };
                number.to_ne_bytes().to_vec()
            }

            fn decode(bytes: Vec<u8>) -> Decoded<Self> {
                number(&bytes).map(|number| match number {
                    $(ck::$code => Self::$variant,)*
                    code => Self::Other(wide(code)),
                })
            }
        }
    };
}

numbered!(ObjectClass {
    Data = CKO_DATA,
    Certificate = CKO_CERTIFICATE,
    PublicKey = CKO_PUBLIC_KEY,
    PrivateKey = CKO_PRIVATE_KEY,
    SecretKey = CKO_SECRET_KEY
});

numbered!(KeyType { Rsa = CKK_RSA, Ec = CKK_EC, EcEdwards = CKK_EC_EDWARDS });

numbered!(CertificateType { X509 = CKC_X_509, X509Attribute = CKC_X_509_ATTR_CERT });

fn number(bytes: &[u8]) -> Decoded<CK_ULONG> {
    match <[u8; size_of::<CK_ULONG>()]>::try_from(bytes).map(CK_ULONG::from_ne_bytes) {
        Ok(ck::CK_UNAVAILABLE_INFORMATION) => Decoded::Unavailable,
        Ok(number) => Decoded::Value(number),
        Err(_) => Decoded::Malformed,
    }
}

impl<T> Decoded<T> {
    fn map<U>(self, f: impl FnOnce(T) -> U) -> Decoded<U> {
        match self {
            Self::Value(value) => Decoded::Value(f(value)),
            Self::Unavailable => Decoded::Unavailable,
            Self::Malformed => Decoded::Malformed,
        }
    }
}
