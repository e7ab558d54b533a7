//! Signing: one message, one signature.

use super::buffer::Buffer;
use super::{Functions, RawSession, checked, enter, heard, said};
use crate::error::Error;
use crate::mechanism;
use cryptoki_sys::{CK_MECHANISM, CK_OBJECT_HANDLE, CK_RV, CKR_BUFFER_TOO_SMALL, CKR_OK};
use std::ptr;

/// The longest signature of any mechanism is 49,856 bytes (FIPS 205 table 2, SLH-DSA-256f).
const MOST_BYTES: usize = 64 * 1024;

/// One call for the length, one that finds it too short after all, one that succeeds.
const TRIES: usize = 3;

impl Functions {
    pub(crate) fn sign_init(
        &self,
        session: RawSession,
        mechanism: mechanism::Lowered,
        key: CK_OBJECT_HANDLE,
    ) -> Result<(), Error> {
        const FUNCTION: &str = "C_SignInit";
        let (function, _turn) = enter!(self.C_SignInit);
        let code = with_mechanism(FUNCTION, mechanism, |mechanism| {
            // SAFETY: the mechanism and its parameters live through the call.
            unsafe { function(session.0, mechanism, key) }
        })?;
        checked(FUNCTION, code)
    }

    /// With `expected` 0 the library is first asked for the length. Where it finds any buffer too
    /// small it says by how much, and the operation goes on (PKCS#11 v2.40 §5.2).
    pub(crate) fn sign(
        &self,
        session: RawSession,
        data: &[u8],
        expected: usize,
    ) -> Result<Vec<u8>, Error> {
        const FUNCTION: &str = "C_Sign";
        let bad = |what| Error::BadAnswer { function: FUNCTION, what };
        let data_length = said(FUNCTION, data.len())?;
        let (function, _turn) = enter!(self.C_Sign);
        let mut signature = Buffer::zeroed(expected.min(MOST_BYTES));
        for _ in 0..TRIES {
            let room = signature.len();
            let mut length = said(FUNCTION, room)?;
            let place = if room == 0 { ptr::null_mut() } else { signature.as_mut_ptr() };
            // SAFETY: `data` is `data_length` bytes that the library does not write to; `place` is
            // NULL, or has room for `length` bytes.
            let code = unsafe {
                function(session.0, data.as_ptr().cast_mut(), data_length, place, &raw mut length)
            };
            if code == CKR_OK && room > 0 {
                let length = heard(FUNCTION, length, room, "more bytes than there was room for")?;
                return match signature.take(length) {
                    empty if empty.is_empty() => Err(bad("success, and no signature")),
                    signature => Ok(signature),
                };
            }
            if code != CKR_BUFFER_TOO_SMALL {
                checked(FUNCTION, code)?;
            }
            let needed = heard(FUNCTION, length, MOST_BYTES, "a signature of more than 64 KiB")?;
            if needed <= room {
                return Err(bad("no length that will do"));
            }
            signature = Buffer::zeroed(needed);
        }
        Err(bad("a signature that grows without end"))
    }
}

/// A mechanism with its parameters, for one call.
pub(super) fn with_mechanism(
    function: &'static str,
    lowered: mechanism::Lowered,
    call: impl FnOnce(*mut CK_MECHANISM) -> CK_RV,
) -> Result<CK_RV, Error> {
    let mut pss = lowered.pss;
    let (parameter, length) = match pss.as_mut() {
        Some(pss) => (ptr::from_mut(pss).cast(), said(function, size_of_val(pss))?),
        None => (ptr::null_mut(), 0),
    };
    let mut mechanism =
        CK_MECHANISM { mechanism: lowered.kind, pParameter: parameter, ulParameterLen: length };
    Ok(call(&raw mut mechanism))
}
