//! The library, its slots, and the tokens in them.

use super::{Functions, checked, enter, heard, said};
use crate::error::Error;
use crate::info::{MechanismInfo, ModuleInfo, SlotInfo, TokenInfo};
use cryptoki_sys::{
    CK_BBOOL, CK_INFO, CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_RV, CK_SLOT_ID, CK_SLOT_INFO,
    CK_TOKEN_INFO, CK_ULONG, CKR_BUFFER_TOO_SMALL,
};
use std::ptr;

/// More than any list of slots or mechanisms seen; PKCS#11 v3.2 itself names 480 mechanisms.
const MOST_LISTED: usize = 4096;

/// A list can grow between the call for its length and the call for itself: a card is put in.
const TRIES: usize = 3;

impl Functions {
    pub(crate) fn info(&self) -> Result<ModuleInfo, Error> {
        let mut info = CK_INFO::default();
        let (function, _turn) = enter!(self.C_GetInfo);
        // SAFETY: `info` is a place for one CK_INFO.
        checked("C_GetInfo", unsafe { function(&raw mut info) })?;
        Ok(info.into())
    }

    pub(crate) fn slots(&self, with_token: bool) -> Result<Vec<CK_SLOT_ID>, Error> {
        let (function, _turn) = enter!(self.C_GetSlotList);
        listed("C_GetSlotList", |list, count| {
            // SAFETY: `list` is NULL, or a place for `count` slots.
            unsafe { function(CK_BBOOL::from(with_token), list, count) }
        })
    }

    pub(crate) fn slot_info(&self, slot: CK_SLOT_ID) -> Result<SlotInfo, Error> {
        let mut info = CK_SLOT_INFO::default();
        let (function, _turn) = enter!(self.C_GetSlotInfo);
        // SAFETY: `info` is a place for one CK_SLOT_INFO.
        checked("C_GetSlotInfo", unsafe { function(slot, &raw mut info) })?;
        Ok(info.into())
    }

    pub(crate) fn token_info(&self, slot: CK_SLOT_ID) -> Result<TokenInfo, Error> {
        let mut info = CK_TOKEN_INFO::default();
        let (function, _turn) = enter!(self.C_GetTokenInfo);
        // SAFETY: `info` is a place for one CK_TOKEN_INFO.
        checked("C_GetTokenInfo", unsafe { function(slot, &raw mut info) })?;
        Ok(info.into())
    }

    pub(crate) fn mechanisms(&self, slot: CK_SLOT_ID) -> Result<Vec<CK_MECHANISM_TYPE>, Error> {
        let (function, _turn) = enter!(self.C_GetMechanismList);
        listed("C_GetMechanismList", |list, count| {
            // SAFETY: `list` is NULL, or a place for `count` mechanisms.
            unsafe { function(slot, list, count) }
        })
    }

    pub(crate) fn mechanism_info(
        &self,
        slot: CK_SLOT_ID,
        kind: CK_MECHANISM_TYPE,
    ) -> Result<MechanismInfo, Error> {
        let mut info = CK_MECHANISM_INFO::default();
        let (function, _turn) = enter!(self.C_GetMechanismInfo);
        // SAFETY: `info` is a place for one CK_MECHANISM_INFO.
        checked("C_GetMechanismInfo", unsafe { function(slot, kind, &raw mut info) })?;
        Ok(info.into())
    }

    pub(crate) fn init_token(
        &self,
        slot: CK_SLOT_ID,
        so_pin: &[u8],
        label: [u8; 32],
    ) -> Result<(), Error> {
        const FUNCTION: &str = "C_InitToken";
        let length = said(FUNCTION, so_pin.len())?;
        let (function, _turn) = enter!(self.C_InitToken);
        let mut label = label;
        // SAFETY: the PIN is `length` bytes, the label 32; the library writes to neither.
        checked(FUNCTION, unsafe {
            function(slot, so_pin.as_ptr().cast_mut(), length, label.as_mut_ptr())
        })
    }
}

/// A list of numbers: its length first, then itself.
fn listed(
    function: &'static str,
    call: impl Fn(*mut CK_ULONG, *mut CK_ULONG) -> CK_RV,
) -> Result<Vec<CK_ULONG>, Error> {
    for _ in 0..TRIES {
        let mut count = 0;
        checked(function, call(ptr::null_mut(), &raw mut count))?;
        let room = heard(function, count, MOST_LISTED, "a list of thousands")?;
        if room == 0 {
            return Ok(Vec::new());
        }
        let mut list = vec![0; room];
        match call(list.as_mut_ptr(), &raw mut count) {
            CKR_BUFFER_TOO_SMALL => continue,
            code => checked(function, code)?,
        }
        list.truncate(heard(function, count, room, "more entries than there was room for")?);
        return Ok(list);
    }
    Err(Error::BadAnswer { function, what: "a list that grows without end" })
}
