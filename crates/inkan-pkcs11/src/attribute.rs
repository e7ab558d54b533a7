//! Attributes of objects: which there are, of what type each is, and how a library may answer.
//!
//! ```
//! use inkan_pkcs11::{ObjectClass, Template, attribute};
//! let keys = Template::new().with(attribute::CLASS, ObjectClass::PrivateKey);
//! ```

mod value;

use crate::mechanism::MechanismType;
use cryptoki_sys::{self as ck, CK_ATTRIBUTE_TYPE};
use std::fmt;
use std::marker::PhantomData;
use value::Decoded;
pub use value::Value;
use zeroize::Zeroizing;

/// An attribute whose value is a `T`.
pub struct Attribute<T> {
    pub(crate) code: CK_ATTRIBUTE_TYPE,
    name: &'static str,
    value: PhantomData<fn() -> T>,
}

/// How a library answers for one attribute of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// The value.
    Value(T),
    /// The token does not show it: `CKR_ATTRIBUTE_SENSITIVE`.
    Sensitive,
    /// The library says nothing of it: the object has no such attribute, or the library does not
    /// know it.
    NotReported,
    /// Something that cannot be a value of this type, of so many bytes.
    Malformed {
        /// Its length.
        length: u64,
    },
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectClass {
    /// Data.
    Data,
    /// A certificate.
    Certificate,
    /// A public key.
    PublicKey,
    /// A private key.
    PrivateKey,
    /// A secret key.
    SecretKey,
    /// Any other, by its number.
    Other(u64),
}

/// The algorithm of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// RSA.
    Rsa,
    /// ECDSA and ECDH.
    Ec,
    /// Ed25519 and Ed448.
    EcEdwards,
    /// Any other, by its number.
    Other(u64),
}

/// The form of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateType {
    /// X.509 certificate of a public key.
    X509,
    /// X.509 attribute certificate.
    X509Attribute,
    /// Any other, by its number.
    Other(u64),
}

/// Attributes with values: what to look for, or what a new object shall be.
#[derive(Clone, Default)]
pub struct Template {
    pub(crate) entries: Vec<(CK_ATTRIBUTE_TYPE, &'static str, Zeroizing<Vec<u8>>)>,
}

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident: $value:ty = $code:ident;)*) => {
        $($(#[$doc])*
        pub const $name: Attribute<$value> =
            Attribute { code: ck::$code, name: stringify!($code), value: PhantomData };)*
    };
}

attributes! {
    /// What the object is.
    CLASS: ObjectClass = CKA_CLASS;
    /// Whether it stays when the session ends.
    TOKEN: bool = CKA_TOKEN;
    /// Whether it is seen only after a login.
    PRIVATE: bool = CKA_PRIVATE;
    /// Whether it may be changed.
    MODIFIABLE: bool = CKA_MODIFIABLE;
    /// Its label; what is not UTF-8 is replaced.
    LABEL: String = CKA_LABEL;
    /// What a key and its certificate have in common.
    ID: Vec<u8> = CKA_ID;
    /// An identifier that is unique in the token (v3.0).
    UNIQUE_ID: String = CKA_UNIQUE_ID;
    /// The algorithm of a key.
    KEY_TYPE: KeyType = CKA_KEY_TYPE;
    /// Whether a private key signs.
    SIGN: bool = CKA_SIGN;
    /// Whether a public key verifies.
    VERIFY: bool = CKA_VERIFY;
    /// Whether a key decrypts.
    DECRYPT: bool = CKA_DECRYPT;
    /// Whether a key encrypts.
    ENCRYPT: bool = CKA_ENCRYPT;
    /// Whether a key unwraps other keys.
    UNWRAP: bool = CKA_UNWRAP;
    /// Whether a key wraps other keys.
    WRAP: bool = CKA_WRAP;
    /// Whether other keys are derived from it.
    DERIVE: bool = CKA_DERIVE;
    /// Whether the key is never shown in the clear.
    SENSITIVE: bool = CKA_SENSITIVE;
    /// Whether that has always been so.
    ALWAYS_SENSITIVE: bool = CKA_ALWAYS_SENSITIVE;
    /// Whether the key can leave the token.
    EXTRACTABLE: bool = CKA_EXTRACTABLE;
    /// Whether it never could.
    NEVER_EXTRACTABLE: bool = CKA_NEVER_EXTRACTABLE;
    /// Whether only trusted keys may wrap it.
    WRAP_WITH_TRUSTED: bool = CKA_WRAP_WITH_TRUSTED;
    /// Whether the key was made on the token.
    LOCAL: bool = CKA_LOCAL;
    /// Whether every signature needs the PIN again: [`crate::Signing::authenticate`].
    ALWAYS_AUTHENTICATE: bool = CKA_ALWAYS_AUTHENTICATE;
    /// How the key was made, where it was made on the token.
    KEY_GEN_MECHANISM: MechanismType = CKA_KEY_GEN_MECHANISM;
    /// The only mechanisms that the key may be used with.
    ALLOWED_MECHANISMS: Vec<MechanismType> = CKA_ALLOWED_MECHANISMS;
    /// The modulus of an RSA key, big-endian.
    MODULUS: Vec<u8> = CKA_MODULUS;
    /// How many bits it shall have.
    MODULUS_BITS: u32 = CKA_MODULUS_BITS;
    /// The public exponent of an RSA key, big-endian.
    PUBLIC_EXPONENT: Vec<u8> = CKA_PUBLIC_EXPONENT;
    /// The curve: DER of ECParameters.
    EC_PARAMS: Vec<u8> = CKA_EC_PARAMS;
    /// The public point: a DER OCTET STRING around it by the standard, bare in some libraries.
    EC_POINT: Vec<u8> = CKA_EC_POINT;
    /// DER of the SubjectPublicKeyInfo (v2.40).
    PUBLIC_KEY_INFO: Vec<u8> = CKA_PUBLIC_KEY_INFO;
    /// The form of a certificate.
    CERTIFICATE_TYPE: CertificateType = CKA_CERTIFICATE_TYPE;
    /// The contents of a certificate. Of an object that is a key this would be the key itself: do
    /// not ask.
    VALUE: Vec<u8> = CKA_VALUE;
    /// DER of the subject; may be empty.
    SUBJECT: Vec<u8> = CKA_SUBJECT;
    /// DER of the issuer; may be empty.
    ISSUER: Vec<u8> = CKA_ISSUER;
    /// DER of the serial number; may be empty.
    SERIAL_NUMBER: Vec<u8> = CKA_SERIAL_NUMBER;
    /// Whether the token holds the certificate for trusted.
    TRUSTED: bool = CKA_TRUSTED;
}

impl<T> Attribute<T> {
    /// Its `CKA_` name.
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl<T> Clone for Attribute<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Attribute<T> {}

impl<T> fmt::Debug for Attribute<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<T> Answer<T> {
    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }
}

impl Template {
    /// One without any attribute: every object fits it.
    pub fn new() -> Self {
        Self::default()
    }

    /// This one, and that attribute with that value.
    #[must_use]
    pub fn with<T: Value>(mut self, attribute: Attribute<T>, value: impl Into<T>) -> Self {
        let bytes = Zeroizing::new(value.into().encode());
        self.entries.push((attribute.code, attribute.name, bytes));
        self
    }
}

/// Values are left out: they may be a key.
impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.iter().map(|(_, name, _)| name)).finish()
    }
}

pub(crate) fn decode<T: Value>(bytes: Vec<u8>) -> Answer<T> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    match T::decode(bytes) {
        Decoded::Value(value) => Answer::Value(value),
        Decoded::Unavailable => Answer::NotReported,
        Decoded::Malformed => Answer::Malformed { length },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki_sys::CK_ULONG;

    fn read<T: Value>(bytes: &[u8]) -> Answer<T> {
        decode(bytes.to_vec())
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for class in [ObjectClass::PrivateKey, ObjectClass::Other(77)] {
            assert_eq!(decode(class.encode()), Answer::Value(class));
        }
        assert_eq!(decode(true.encode()), Answer::Value(true));
        assert_eq!(decode(2048_u32.encode()), Answer::Value(2048_u32));
        let both = vec![MechanismType(1), MechanismType(0x1041)];
        assert_eq!(decode(both.encode()), Answer::Value(both));
        assert_eq!(read(b"\x17"), Answer::Value(vec![0x17_u8]));
    }

    #[test]
    fn a_value_of_the_wrong_length_is_malformed_not_guessed() {
        assert_eq!(read::<bool>(&[1, 0, 0, 0]), Answer::Malformed { length: 4 });
        assert_eq!(read::<bool>(&[]), Answer::Malformed { length: 0 });
        assert_eq!(read::<KeyType>(&[0, 0, 0]), Answer::Malformed { length: 3 });
        assert_eq!(read::<Vec<MechanismType>>(&[0; 9]), Answer::Malformed { length: 9 });
    }

    #[test]
    fn a_number_that_is_unavailable_is_not_reported() {
        assert_eq!(read::<MechanismType>(&[0xff; size_of::<CK_ULONG>()]), Answer::NotReported);
    }

    #[test]
    fn a_template_prints_no_values() {
        let template = Template::new().with(VALUE, b"secret".to_vec()).with(LABEL, "k");
        assert_eq!(format!("{template:?}"), r#"{"CKA_VALUE", "CKA_LABEL"}"#);
    }
}
