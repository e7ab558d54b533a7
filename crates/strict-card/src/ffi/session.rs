//! Sessions and login.

use super::memory;
use crate::card::Callbacks;
use crate::state;
use cryptoki_sys::{
    CK_FLAGS, CK_NOTIFY, CK_RV, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID, CK_ULONG,
    CK_USER_TYPE, CK_UTF8CHAR, CK_VOID_PTR,
};

pub(super) unsafe extern "C" fn C_OpenSession(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    application: CK_VOID_PTR,
    notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    state::call("C_OpenSession", |card| {
        let absent = application.is_null() && notify.is_none();
        let callbacks = if absent { Callbacks::Absent } else { Callbacks::Given };
        if session.is_null() {
            return Err(memory::bad("the pointer for the session is NULL"));
        }
        let handle = card.open_session(slot, flags, callbacks)?;
        // SAFETY: PKCS#11 says what `session` points to.
        unsafe { memory::write(session, handle) }
    })
}

pub(super) extern "C" fn C_CloseSession(session: CK_SESSION_HANDLE) -> CK_RV {
    state::call("C_CloseSession", |card| card.close_session(session))
}

pub(super) extern "C" fn C_CloseAllSessions(slot: CK_SLOT_ID) -> CK_RV {
    state::call("C_CloseAllSessions", |card| card.close_all_sessions(slot))
}

pub(super) unsafe extern "C" fn C_GetSessionInfo(
    session: CK_SESSION_HANDLE,
    info: *mut CK_SESSION_INFO,
) -> CK_RV {
    state::call("C_GetSessionInfo", |card| {
        let answer = card.session_info(session)?;
        // SAFETY: PKCS#11 says what `info` points to.
        unsafe { memory::write(info, answer) }
    })
}

pub(super) unsafe extern "C" fn C_Login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    state::call("C_Login", |card| {
        if pin.is_null() {
            return Err(memory::bad("the card has no keypad, and the PIN is NULL"));
        }
        // SAFETY: PKCS#11 says what `pin` points to.
        let pin = unsafe { memory::slice(pin.cast_const(), length) }?;
        card.login(session, user, pin)
    })
}

pub(super) extern "C" fn C_Logout(session: CK_SESSION_HANDLE) -> CK_RV {
    state::call("C_Logout", |card| card.logout(session))
}
