//! The module, its slots and tokens.

use super::memory;
use crate::card::Slots;
use crate::state::{self, Argument};
use cryptoki_sys as ck;
use cryptoki_sys::{
    CK_BBOOL, CK_INFO, CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_RV, CK_SLOT_ID, CK_SLOT_INFO,
    CK_TOKEN_INFO, CK_ULONG, CK_VOID_PTR,
};

pub(super) extern "C" fn C_Initialize(arguments: CK_VOID_PTR) -> CK_RV {
    state::initialize(argument(arguments))
}

pub(super) extern "C" fn C_Finalize(reserved: CK_VOID_PTR) -> CK_RV {
    state::finalize(argument(reserved))
}

pub(super) unsafe extern "C" fn C_GetInfo(info: *mut CK_INFO) -> CK_RV {
    state::call("C_GetInfo", |card| {
        // SAFETY: PKCS#11 says what `info` points to.
        unsafe { memory::write(info, card.info()) }
    })
}

pub(super) unsafe extern "C" fn C_GetSlotList(
    with_token: CK_BBOOL,
    list: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    state::call("C_GetSlotList", |card| {
        let which = if with_token == ck::CK_FALSE { Slots::All } else { Slots::WithToken };
        // SAFETY: PKCS#11 says what `list` and `count` point to.
        unsafe { memory::write_all(&card.slots(which), list, count) }
    })
}

pub(super) unsafe extern "C" fn C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
    state::call("C_GetSlotInfo", |card| {
        let answer = card.slot_info(slot)?;
        // SAFETY: PKCS#11 says what `info` points to.
        unsafe { memory::write(info, answer) }
    })
}

pub(super) unsafe extern "C" fn C_GetTokenInfo(
    slot: CK_SLOT_ID,
    info: *mut CK_TOKEN_INFO,
) -> CK_RV {
    state::call("C_GetTokenInfo", |card| {
        let answer = card.token_info(slot)?;
        // SAFETY: PKCS#11 says what `info` points to.
        unsafe { memory::write(info, answer) }
    })
}

pub(super) unsafe extern "C" fn C_GetMechanismList(
    slot: CK_SLOT_ID,
    list: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    state::call("C_GetMechanismList", |card| {
        let mechanisms = card.mechanisms(slot)?;
        // SAFETY: PKCS#11 says what `list` and `count` point to.
        unsafe { memory::write_all(&mechanisms, list, count) }
    })
}

pub(super) unsafe extern "C" fn C_GetMechanismInfo(
    slot: CK_SLOT_ID,
    mechanism: CK_MECHANISM_TYPE,
    info: *mut CK_MECHANISM_INFO,
) -> CK_RV {
    state::call("C_GetMechanismInfo", |card| {
        let answer = card.mechanism_info(slot, mechanism)?;
        // SAFETY: PKCS#11 says what `info` points to.
        unsafe { memory::write(info, answer) }
    })
}

fn argument(pointer: CK_VOID_PTR) -> Argument {
    if pointer.is_null() { Argument::Null } else { Argument::Given }
}
