//! Reading one attribute of one object.
//!
//! One at a time: in a call for many, libraries differ in what they still answer after the first
//! attribute that they refuse, and which one they refused cannot be told from the one code.

use super::buffer::Buffer;
use super::{Functions, RawSession, checked, enter, heard, said};
use crate::error::Error;
use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_OBJECT_HANDLE, CK_RV, CK_ULONG, CK_UNAVAILABLE_INFORMATION,
    CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL, CKR_OK,
};
use std::ptr;

const FUNCTION: &str = "C_GetAttributeValue";

/// A certificate has a few kilobytes, the largest public keys of PKCS#11 v3.2 too.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// Another process may change the object between the two calls.
const TRIES: usize = 3;

/// An answer before its bytes are understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Raw {
    Bytes(Vec<u8>),
    Sensitive,
    NotReported,
    TooLong(CK_ULONG),
}

impl Functions {
    pub(crate) fn attribute(
        &self,
        session: RawSession,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Result<Raw, Error> {
        for _ in 0..TRIES {
            let (code, length) = self.ask(session, object, kind, None)?;
            if let Some(none) = without_value(code, length) {
                return Ok(none);
            }
            checked(FUNCTION, code)?;
            let Ok(room) = heard(FUNCTION, length, MOST_BYTES, "") else {
                return Ok(Raw::TooLong(length));
            };
            if room == 0 {
                return Ok(Raw::Bytes(Vec::new()));
            }
            let mut value = Buffer::zeroed(room);
            let (code, length) = self.ask(session, object, kind, Some(&mut value))?;
            if code == CKR_BUFFER_TOO_SMALL {
                continue;
            }
            if let Some(none) = without_value(code, length) {
                return Ok(none);
            }
            checked(FUNCTION, code)?;
            let length = heard(FUNCTION, length, room, "a longer value than there was room for")?;
            return Ok(Raw::Bytes(value.take(length)));
        }
        Err(Error::BadAnswer { function: FUNCTION, what: "a value that grows without end" })
    }

    /// Without a place for the value, the library tells its length.
    fn ask(
        &self,
        session: RawSession,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
        value: Option<&mut Buffer>,
    ) -> Result<(CK_RV, CK_ULONG), Error> {
        let room = said(FUNCTION, value.as_ref().map_or(0, |value| value.len()))?;
        let place = value.map_or(ptr::null_mut(), Buffer::as_mut_ptr);
        let mut asked = CK_ATTRIBUTE { type_: kind, pValue: place, ulValueLen: room };
        let (function, _turn) = enter!(self.C_GetAttributeValue);
        // SAFETY: one attribute, whose value is NULL or has room for the length that stands in it.
        let code = unsafe { function(session.0, object, &raw mut asked, 1) };
        Ok((code, asked.ulValueLen))
    }
}

fn without_value(code: CK_RV, length: CK_ULONG) -> Option<Raw> {
    match code {
        CKR_ATTRIBUTE_SENSITIVE => Some(Raw::Sensitive),
        CKR_ATTRIBUTE_TYPE_INVALID => Some(Raw::NotReported),
        CKR_OK if length == CK_UNAVAILABLE_INFORMATION => Some(Raw::NotReported),
        _ => None,
    }
}
