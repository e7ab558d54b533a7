//! Sessions: read-only, serial, without callbacks (JAHIS 24-002 §5: flags `CKF_SERIAL_SESSION`,
//! `pApplication` and `Notify` NULL).

use super::token::{Login, Token};
use super::{Card, Handles, Refusal, no_such_slot, no_token};
use crate::surroundings::Surroundings;
use cryptoki_sys as ck;
use cryptoki_sys::{CK_FLAGS, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID};
use std::collections::VecDeque;

/// A session and the operations that are active in it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) slot: CK_SLOT_ID,
    /// What a search has still to tell.
    pub(super) found: Option<VecDeque<CK_OBJECT_HANDLE>>,
    /// The key that is about to sign.
    pub(super) signing: Option<CK_OBJECT_HANDLE>,
}

/// What a caller gave as `pApplication` and `Notify`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Callbacks {
    Absent,
    Given,
}

/// Where a call to a session has arrived.
pub(super) struct Place<'a> {
    pub(super) session: &'a mut Session,
    pub(super) token: &'a mut Token,
    pub(super) handles: &'a mut Handles,
    pub(super) surroundings: &'a mut dyn Surroundings,
}

impl Card {
    /// `C_OpenSession`.
    pub(crate) fn open_session(
        &mut self,
        slot: CK_SLOT_ID,
        flags: CK_FLAGS,
        callbacks: Callbacks,
    ) -> Result<CK_SESSION_HANDLE, Refusal> {
        let refusal = |value, how| Err(Refusal::breach(value, how));
        if flags & ck::CKF_SERIAL_SESSION == 0 {
            let value = ck::CKR_SESSION_PARALLEL_NOT_SUPPORTED;
            return refusal(value, "the flags lack CKF_SERIAL_SESSION");
        }
        if flags & ck::CKF_RW_SESSION != 0 {
            return refusal(ck::CKR_TOKEN_WRITE_PROTECTED, "sessions are read-only");
        }
        if flags != ck::CKF_SERIAL_SESSION {
            return refusal(ck::CKR_ARGUMENTS_BAD, "the only flag is CKF_SERIAL_SESSION");
        }
        if callbacks == Callbacks::Given {
            return refusal(ck::CKR_ARGUMENTS_BAD, "pApplication and Notify are NULL");
        }
        self.reach(slot, "C_OpenSession")?;
        let handle = self.handles.next();
        self.sessions.insert(handle, Session { slot, found: None, signing: None });
        Ok(handle)
    }

    /// `C_CloseSession`. With the last session of a token the login ends (PKCS#11 v2.20 §11.6).
    pub(crate) fn close_session(&mut self, handle: CK_SESSION_HANDLE) -> Result<(), Refusal> {
        let slot = self.place(handle, "C_CloseSession")?.session.slot;
        self.sessions.remove(&handle);
        self.log_out_without_sessions(slot);
        Ok(())
    }

    /// `C_CloseAllSessions`.
    pub(crate) fn close_all_sessions(&mut self, slot: CK_SLOT_ID) -> Result<(), Refusal> {
        self.reach(slot, "C_CloseAllSessions")?;
        self.sessions.retain(|_, session| session.slot != slot);
        self.log_out_without_sessions(slot);
        Ok(())
    }

    /// `C_GetSessionInfo`.
    pub(crate) fn session_info(
        &mut self,
        handle: CK_SESSION_HANDLE,
    ) -> Result<CK_SESSION_INFO, Refusal> {
        let place = self.place(handle, "C_GetSessionInfo")?;
        let state = match place.token.login {
            Login::Out => ck::CKS_RO_PUBLIC_SESSION,
            Login::In | Login::Spent => ck::CKS_RO_USER_FUNCTIONS,
        };
        let flags = ck::CKF_SERIAL_SESSION;
        Ok(CK_SESSION_INFO { slotID: place.session.slot, state, flags, ulDeviceError: 0 })
    }

    /// A session and its token, if both are there and well.
    pub(super) fn place(
        &mut self,
        handle: CK_SESSION_HANDLE,
        function: &str,
    ) -> Result<Place<'_>, Refusal> {
        if self.lost.contains(&handle) {
            return Err(Refusal::plain(ck::CKR_SESSION_HANDLE_INVALID));
        }
        let slot = self.sessions.get(&handle).ok_or_else(no_such_session)?.slot;
        self.reach(slot, function)?;
        let session = self.sessions.get_mut(&handle).ok_or_else(no_such_session)?;
        let slot = self.slots.get_mut(&slot).ok_or_else(no_such_slot)?;
        Ok(Place {
            session,
            token: slot.token.as_mut().ok_or_else(no_token)?,
            handles: &mut self.handles,
            surroundings: &mut *self.surroundings,
        })
    }

    /// Ends the sessions of a token that has left.
    pub(super) fn lose_sessions(&mut self, slot: CK_SLOT_ID) {
        let (lost, kept) = std::mem::take(&mut self.sessions)
            .into_iter()
            .partition(|(_, session)| session.slot == slot);
        self.sessions = kept;
        let lost: std::collections::BTreeMap<_, _> = lost;
        self.lost.extend(lost.into_keys());
    }

    fn log_out_without_sessions(&mut self, slot: CK_SLOT_ID) {
        let open = self.sessions.values().any(|session| session.slot == slot);
        let token = self.slots.get_mut(&slot).and_then(|slot| slot.token.as_mut());
        if let Some(token) = token.filter(|_| !open) {
            token.logout();
        }
    }
}

fn no_such_session() -> Refusal {
    Refusal::breach(ck::CKR_SESSION_HANDLE_INVALID, "there is no such session")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::trial::{PIN, Trial};

    const SERIAL: CK_FLAGS = ck::CKF_SERIAL_SESSION;

    #[test]
    fn a_session_is_serial_read_only_and_without_callbacks() {
        let mut card = Trial::default().card();
        let mut open = |flags, callbacks| card.open_session(1, flags, callbacks);
        let parallel = open(0, Callbacks::Absent).unwrap_err();
        assert!(parallel.is_breach(ck::CKR_SESSION_PARALLEL_NOT_SUPPORTED));
        let writing = open(SERIAL | ck::CKF_RW_SESSION, Callbacks::Absent).unwrap_err();
        assert!(writing.is_breach(ck::CKR_TOKEN_WRITE_PROTECTED));
        let other = open(SERIAL | 0x100, Callbacks::Absent).unwrap_err();
        assert!(other.is_breach(ck::CKR_ARGUMENTS_BAD));
        let called = open(SERIAL, Callbacks::Given).unwrap_err();
        assert!(called.is_breach(ck::CKR_ARGUMENTS_BAD));
        let handle = open(SERIAL, Callbacks::Absent).unwrap();
        let info = card.session_info(handle).unwrap();
        assert_eq!((info.slotID, info.flags), (1, SERIAL));
        assert_eq!(info.state, ck::CKS_RO_PUBLIC_SESSION);
    }

    #[test]
    fn a_closed_session_is_no_session() {
        let (mut card, session) = Trial::default().session();
        card.close_session(session).unwrap();
        let again = card.close_session(session).unwrap_err();
        assert!(again.is_breach(ck::CKR_SESSION_HANDLE_INVALID));
    }

    #[test]
    fn the_login_ends_with_the_last_session() {
        let (mut card, first) = Trial::default().session();
        let second = card.open_session(1, SERIAL, Callbacks::Absent).unwrap();
        card.login(first, ck::CKU_USER, PIN).unwrap();
        card.close_session(first).unwrap();
        assert_eq!(card.session_info(second).unwrap().state, ck::CKS_RO_USER_FUNCTIONS);
        card.close_all_sessions(1).unwrap();
        let third = card.open_session(1, SERIAL, Callbacks::Absent).unwrap();
        assert_eq!(card.session_info(third).unwrap().state, ck::CKS_RO_PUBLIC_SESSION);
    }
}
