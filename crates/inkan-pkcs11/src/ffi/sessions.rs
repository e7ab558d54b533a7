//! Sessions and logins.

use super::{Functions, checked, enter, said};
use crate::error::Error;
use crate::info::SessionInfo;
use cryptoki_sys::{
    CK_FLAGS, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID, CK_USER_TYPE, CKF_SERIAL_SESSION,
};
use std::ptr;

/// A session by its handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawSession(pub(super) CK_SESSION_HANDLE);

impl Functions {
    /// Neither callback nor application data: HPKI cards demand NULL for both (JAHIS 24-002 §5).
    pub(crate) fn open_session(
        &self,
        slot: CK_SLOT_ID,
        flags: CK_FLAGS,
    ) -> Result<RawSession, Error> {
        let mut handle = 0;
        let (function, _turn) = enter!(self.C_OpenSession);
        // SAFETY: `handle` is a place for one handle; without a callback nothing of ours is called.
        checked("C_OpenSession", unsafe {
            function(slot, CKF_SERIAL_SESSION | flags, ptr::null_mut(), None, &raw mut handle)
        })?;
        Ok(RawSession(handle))
    }

    pub(crate) fn close_session(&self, session: RawSession) -> Result<(), Error> {
        let (function, _turn) = enter!(self.C_CloseSession);
        // SAFETY: takes a number only.
        checked("C_CloseSession", unsafe { function(session.0) })
    }

    pub(crate) fn session_info(&self, session: RawSession) -> Result<SessionInfo, Error> {
        let mut info = CK_SESSION_INFO::default();
        let (function, _turn) = enter!(self.C_GetSessionInfo);
        // SAFETY: `info` is a place for one CK_SESSION_INFO.
        checked("C_GetSessionInfo", unsafe { function(session.0, &raw mut info) })?;
        Ok(info.into())
    }

    /// Without a PIN, the token asks for it itself.
    pub(crate) fn login(
        &self,
        session: RawSession,
        user: CK_USER_TYPE,
        pin: Option<&[u8]>,
    ) -> Result<(), Error> {
        const FUNCTION: &str = "C_Login";
        let length = said(FUNCTION, pin.map_or(0, <[u8]>::len))?;
        let pin = pin.map_or(ptr::null_mut(), |pin| pin.as_ptr().cast_mut());
        let (function, _turn) = enter!(self.C_Login);
        // SAFETY: `pin` is NULL with length 0, or `length` bytes; the library does not write to it.
        checked(FUNCTION, unsafe { function(session.0, user, pin, length) })
    }

    pub(crate) fn logout(&self, session: RawSession) -> Result<(), Error> {
        let (function, _turn) = enter!(self.C_Logout);
        // SAFETY: takes a number only.
        checked("C_Logout", unsafe { function(session.0) })
    }

    pub(crate) fn init_pin(&self, session: RawSession, pin: &[u8]) -> Result<(), Error> {
        const FUNCTION: &str = "C_InitPIN";
        let length = said(FUNCTION, pin.len())?;
        let (function, _turn) = enter!(self.C_InitPIN);
        // SAFETY: the PIN is `length` bytes; the library does not write to it.
        checked(FUNCTION, unsafe { function(session.0, pin.as_ptr().cast_mut(), length) })
    }
}
