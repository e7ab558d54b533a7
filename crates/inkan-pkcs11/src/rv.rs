//! What a function of PKCS#11 returned: its name, and what it means for whoever called.

use cryptoki_sys::{self as ck, CK_RV};
use std::fmt;

/// A return value other than `CKR_OK`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rv(pub(crate) CK_RV);

/// What a return value calls for. A PIN is never tried again by itself: [`Meaning::PinWrong`] has
/// already cost one of the few tries that a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Meaning {
    /// Card, reader, session or handle is gone. Drop the sessions and the module, and load it again.
    Stale,
    /// The operation needs a login first.
    NotLoggedIn,
    /// A user is logged in already; the login holds for every session of this process.
    AlreadyLoggedIn,
    /// The PIN was wrong. One try is used up.
    PinWrong,
    /// The PIN is locked; only the issuer or the security officer can help.
    PinLocked,
    /// The PIN cannot be a PIN of this token: length, characters, or it has expired.
    PinUnusable,
    /// The token has no user PIN yet.
    PinNotSet,
    /// The token or this key does not do the mechanism, or not with these parameters.
    MechanismRefused,
    /// The data do not fit the mechanism.
    DataRefused,
    /// The library does not have the function.
    NotSupported,
    /// Another operation of this session is under way.
    Busy,
    /// Someone pressed cancel, at a PIN pad mostly.
    Cancelled,
    /// No more sessions or memory; fewer at a time may do.
    Exhausted,
    /// The session or the token cannot be written to.
    ReadOnly,
    /// There is no such slot.
    NoSuchSlot,
    /// The library cannot lock for threads the way it was asked to.
    CannotLock,
    /// None of these.
    Other,
}

impl Rv {
    /// The number.
    pub fn code(self) -> u64 {
        crate::info::wide(self.0)
    }

    /// The `CKR_` name that PKCS#11 gives it; none for codes of vendors.
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(code, _)| *code == self.0).map(|(_, name)| *name)
    }

    /// What it calls for.
    pub fn meaning(self) -> Meaning {
        MEANINGS
            .iter()
            .find(|(_, codes)| codes.contains(&self.0))
            .map_or(Meaning::Other, |(meaning, _)| *meaning)
    }
}

impl fmt::Display for Rv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None if self.0 & ck::CKR_VENDOR_DEFINED != 0 => write!(f, "vendor 0x{:08x}", self.0),
            None => write!(f, "unknown 0x{:08x}", self.0),
        }
    }
}

impl fmt::Debug for Rv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rv({self})")
    }
}

/// What stands in no row is [`Meaning::Other`].
const MEANINGS: &[(Meaning, &[CK_RV])] = &[
    (
        Meaning::Stale,
        &[
            ck::CKR_DEVICE_REMOVED,
            ck::CKR_DEVICE_ERROR,
            ck::CKR_TOKEN_NOT_PRESENT,
            ck::CKR_TOKEN_NOT_RECOGNIZED,
            ck::CKR_SESSION_HANDLE_INVALID,
            ck::CKR_SESSION_CLOSED,
            ck::CKR_OBJECT_HANDLE_INVALID,
            ck::CKR_KEY_HANDLE_INVALID,
            ck::CKR_CRYPTOKI_NOT_INITIALIZED,
        ],
    ),
    (Meaning::NotLoggedIn, &[ck::CKR_USER_NOT_LOGGED_IN]),
    (
        Meaning::AlreadyLoggedIn,
        &[ck::CKR_USER_ALREADY_LOGGED_IN, ck::CKR_USER_ANOTHER_ALREADY_LOGGED_IN],
    ),
    (Meaning::PinWrong, &[ck::CKR_PIN_INCORRECT]),
    (Meaning::PinLocked, &[ck::CKR_PIN_LOCKED]),
    (
        Meaning::PinUnusable,
        &[ck::CKR_PIN_INVALID, ck::CKR_PIN_LEN_RANGE, ck::CKR_PIN_EXPIRED, ck::CKR_PIN_TOO_WEAK],
    ),
    (Meaning::PinNotSet, &[ck::CKR_USER_PIN_NOT_INITIALIZED]),
    (
        Meaning::MechanismRefused,
        &[
            ck::CKR_MECHANISM_INVALID,
            ck::CKR_MECHANISM_PARAM_INVALID,
            ck::CKR_KEY_TYPE_INCONSISTENT,
            ck::CKR_KEY_FUNCTION_NOT_PERMITTED,
            ck::CKR_KEY_SIZE_RANGE,
            ck::CKR_CURVE_NOT_SUPPORTED,
            ck::CKR_DOMAIN_PARAMS_INVALID,
        ],
    ),
    (Meaning::DataRefused, &[ck::CKR_DATA_INVALID, ck::CKR_DATA_LEN_RANGE]),
    (Meaning::NotSupported, &[ck::CKR_FUNCTION_NOT_SUPPORTED]),
    (Meaning::Busy, &[ck::CKR_OPERATION_ACTIVE]),
    (Meaning::Cancelled, &[ck::CKR_FUNCTION_CANCELED, ck::CKR_CANCEL]),
    (
        Meaning::Exhausted,
        &[
            ck::CKR_SESSION_COUNT,
            ck::CKR_HOST_MEMORY,
            ck::CKR_DEVICE_MEMORY,
            ck::CKR_TOKEN_RESOURCE_EXCEEDED,
        ],
    ),
    (
        Meaning::ReadOnly,
        &[
            ck::CKR_SESSION_READ_ONLY,
            ck::CKR_TOKEN_WRITE_PROTECTED,
            ck::CKR_ATTRIBUTE_READ_ONLY,
            ck::CKR_ACTION_PROHIBITED,
        ],
    ),
    (Meaning::NoSuchSlot, &[ck::CKR_SLOT_ID_INVALID]),
    (Meaning::CannotLock, &[ck::CKR_CANT_LOCK, ck::CKR_NEED_TO_CREATE_THREADS]),
];

macro_rules! named {
    ($($name:ident)*) => { &[$((ck::$name, stringify!($name))),*] };
}

/// Every code of v2.40, v3.0 and v3.2.
const NAMES: &[(CK_RV, &str)] = named! {
    CKR_OK CKR_CANCEL CKR_HOST_MEMORY CKR_SLOT_ID_INVALID CKR_GENERAL_ERROR CKR_FUNCTION_FAILED
    CKR_ARGUMENTS_BAD CKR_NO_EVENT CKR_NEED_TO_CREATE_THREADS CKR_CANT_LOCK CKR_ATTRIBUTE_READ_ONLY
    CKR_ATTRIBUTE_SENSITIVE CKR_ATTRIBUTE_TYPE_INVALID CKR_ATTRIBUTE_VALUE_INVALID
    CKR_ACTION_PROHIBITED CKR_DATA_INVALID CKR_DATA_LEN_RANGE CKR_DEVICE_ERROR CKR_DEVICE_MEMORY
    CKR_DEVICE_REMOVED CKR_ENCRYPTED_DATA_INVALID CKR_ENCRYPTED_DATA_LEN_RANGE
    CKR_AEAD_DECRYPT_FAILED CKR_FUNCTION_CANCELED CKR_FUNCTION_NOT_PARALLEL
    CKR_FUNCTION_NOT_SUPPORTED CKR_KEY_HANDLE_INVALID CKR_KEY_SIZE_RANGE CKR_KEY_TYPE_INCONSISTENT
    CKR_KEY_NOT_NEEDED CKR_KEY_CHANGED CKR_KEY_NEEDED CKR_KEY_INDIGESTIBLE
    CKR_KEY_FUNCTION_NOT_PERMITTED CKR_KEY_NOT_WRAPPABLE CKR_KEY_UNEXTRACTABLE
    CKR_MECHANISM_INVALID CKR_MECHANISM_PARAM_INVALID CKR_OBJECT_HANDLE_INVALID
    CKR_OPERATION_ACTIVE CKR_OPERATION_NOT_INITIALIZED CKR_PIN_INCORRECT CKR_PIN_INVALID
    CKR_PIN_LEN_RANGE CKR_PIN_EXPIRED CKR_PIN_LOCKED CKR_SESSION_CLOSED CKR_SESSION_COUNT
    CKR_SESSION_HANDLE_INVALID CKR_SESSION_PARALLEL_NOT_SUPPORTED CKR_SESSION_READ_ONLY
    CKR_SESSION_EXISTS CKR_SESSION_READ_ONLY_EXISTS CKR_SESSION_READ_WRITE_SO_EXISTS
    CKR_SIGNATURE_INVALID CKR_SIGNATURE_LEN_RANGE CKR_TEMPLATE_INCOMPLETE CKR_TEMPLATE_INCONSISTENT
    CKR_TOKEN_NOT_PRESENT CKR_TOKEN_NOT_RECOGNIZED CKR_TOKEN_WRITE_PROTECTED
    CKR_UNWRAPPING_KEY_HANDLE_INVALID CKR_UNWRAPPING_KEY_SIZE_RANGE
    CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT CKR_USER_ALREADY_LOGGED_IN CKR_USER_NOT_LOGGED_IN
    CKR_USER_PIN_NOT_INITIALIZED CKR_USER_TYPE_INVALID CKR_USER_ANOTHER_ALREADY_LOGGED_IN
    CKR_USER_TOO_MANY_TYPES CKR_WRAPPED_KEY_INVALID CKR_WRAPPED_KEY_LEN_RANGE
    CKR_WRAPPING_KEY_HANDLE_INVALID CKR_WRAPPING_KEY_SIZE_RANGE CKR_WRAPPING_KEY_TYPE_INCONSISTENT
    CKR_RANDOM_SEED_NOT_SUPPORTED CKR_RANDOM_NO_RNG CKR_DOMAIN_PARAMS_INVALID
    CKR_CURVE_NOT_SUPPORTED CKR_BUFFER_TOO_SMALL CKR_SAVED_STATE_INVALID CKR_INFORMATION_SENSITIVE
    CKR_STATE_UNSAVEABLE CKR_CRYPTOKI_NOT_INITIALIZED CKR_CRYPTOKI_ALREADY_INITIALIZED
    CKR_MUTEX_BAD CKR_MUTEX_NOT_LOCKED CKR_NEW_PIN_MODE CKR_NEXT_OTP CKR_EXCEEDED_MAX_ITERATIONS
    CKR_FIPS_SELF_TEST_FAILED CKR_LIBRARY_LOAD_FAILED CKR_PIN_TOO_WEAK CKR_PUBLIC_KEY_INVALID
    CKR_FUNCTION_REJECTED CKR_TOKEN_RESOURCE_EXCEEDED CKR_OPERATION_CANCEL_FAILED CKR_KEY_EXHAUSTED
    CKR_PENDING CKR_SESSION_ASYNC_NOT_SUPPORTED CKR_SEED_RANDOM_REQUIRED
    CKR_OPERATION_NOT_VALIDATED CKR_TOKEN_NOT_INITIALIZED CKR_PARAMETER_SET_NOT_SUPPORTED
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_code_is_shown_by_its_name_a_vendor_s_and_an_unknown_one_by_number() {
        assert_eq!(Rv(0xa0).to_string(), "CKR_PIN_INCORRECT");
        assert_eq!(Rv(0x8000_0102).to_string(), "vendor 0x80000102");
        assert_eq!(Rv(0x7777).to_string(), "unknown 0x00007777");
        assert_eq!(format!("{:?}", Rv(0x30)), "Rv(CKR_DEVICE_ERROR)");
    }

    #[test]
    fn every_code_has_one_name_and_at_most_one_meaning() {
        let names: BTreeSet<_> = NAMES.iter().map(|(code, _)| code).collect();
        assert_eq!(names.len(), NAMES.len());
        let codes: Vec<_> = MEANINGS.iter().flat_map(|(_, codes)| *codes).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(codes.iter().all(|code| names.contains(code)));
    }

    #[test]
    fn a_wrong_pin_a_locked_one_and_a_removed_card_are_told_apart() {
        assert_eq!(Rv(ck::CKR_PIN_INCORRECT).meaning(), Meaning::PinWrong);
        assert_eq!(Rv(ck::CKR_PIN_LOCKED).meaning(), Meaning::PinLocked);
        assert_eq!(Rv(ck::CKR_DEVICE_REMOVED).meaning(), Meaning::Stale);
        assert_eq!(Rv(ck::CKR_GENERAL_ERROR).meaning(), Meaning::Other);
    }
}
