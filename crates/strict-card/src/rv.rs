//! The names of return values, for the log and for the configuration.

use cryptoki_sys as ck;
use cryptoki_sys::CK_RV;

macro_rules! names {
    ($($name:ident)*) => {
        const NAMES: &[(CK_RV, &str)] = &[$((ck::$name, stringify!($name))),*];
    };
}

// Those of PKCS#11 v2.20 that the promised functions may return.
names! {
    CKR_OK CKR_CANCEL CKR_HOST_MEMORY CKR_SLOT_ID_INVALID CKR_GENERAL_ERROR CKR_FUNCTION_FAILED
    CKR_ARGUMENTS_BAD CKR_CANT_LOCK CKR_ATTRIBUTE_SENSITIVE CKR_ATTRIBUTE_TYPE_INVALID
    CKR_ATTRIBUTE_VALUE_INVALID CKR_DATA_INVALID CKR_DATA_LEN_RANGE CKR_DEVICE_ERROR
    CKR_DEVICE_MEMORY CKR_DEVICE_REMOVED CKR_FUNCTION_CANCELED CKR_FUNCTION_NOT_SUPPORTED
    CKR_KEY_HANDLE_INVALID CKR_KEY_SIZE_RANGE CKR_KEY_TYPE_INCONSISTENT
    CKR_KEY_FUNCTION_NOT_PERMITTED CKR_MECHANISM_INVALID CKR_MECHANISM_PARAM_INVALID
    CKR_OBJECT_HANDLE_INVALID CKR_OPERATION_ACTIVE CKR_OPERATION_NOT_INITIALIZED CKR_PIN_INCORRECT
    CKR_PIN_INVALID CKR_PIN_LEN_RANGE CKR_PIN_EXPIRED CKR_PIN_LOCKED CKR_SESSION_CLOSED
    CKR_SESSION_COUNT CKR_SESSION_HANDLE_INVALID CKR_SESSION_PARALLEL_NOT_SUPPORTED
    CKR_TOKEN_NOT_PRESENT CKR_TOKEN_NOT_RECOGNIZED CKR_TOKEN_WRITE_PROTECTED
    CKR_USER_ALREADY_LOGGED_IN CKR_USER_NOT_LOGGED_IN CKR_USER_PIN_NOT_INITIALIZED
    CKR_USER_TYPE_INVALID CKR_BUFFER_TOO_SMALL CKR_CRYPTOKI_NOT_INITIALIZED
    CKR_CRYPTOKI_ALREADY_INITIALIZED
}

/// The name of a return value; one without a name as a number.
pub(crate) fn name(value: CK_RV) -> String {
    match NAMES.iter().find(|(known, _)| *known == value) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("{value:#010x}"),
    }
}

/// The return value of that name, or of that number in hexadecimal.
pub(crate) fn by_name(name: &str) -> Option<CK_RV> {
    let known = NAMES.iter().find(|(_, known)| *known == name).map(|(value, _)| *value);
    known.or_else(|| CK_RV::from_str_radix(name.strip_prefix("0x")?, 16).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_value_and_back() {
        assert_eq!(by_name("CKR_DEVICE_REMOVED"), Some(ck::CKR_DEVICE_REMOVED));
        assert_eq!(name(ck::CKR_DEVICE_REMOVED), "CKR_DEVICE_REMOVED");
        assert_eq!(by_name("0x80000001"), Some(0x8000_0001));
        assert_eq!(name(0x8000_0001), "0x80000001");
        assert_eq!(by_name("CKR_NO_SUCH"), None);
    }
}
