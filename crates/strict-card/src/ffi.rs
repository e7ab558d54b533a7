//! The C side: the function list of PKCS#11 v2.20, with the 21 promised functions and refusals in
//! all other places.
//!
//! The pointers of a caller are followed here and in no other module. Each function trusts what
//! PKCS#11 says of its arguments: a pointer is NULL or points to as much memory as the lengths beside
//! it say, and nothing else touches that memory during the call. Whatever else a caller may do wrong
//! is checked.
#![expect(unsafe_code, reason = "C calls these functions with pointers")]
#![expect(non_snake_case, reason = "the names of the functions are those of PKCS#11")]

mod general;
mod memory;
mod object;
mod refused;
mod session;

use crate::card::CRYPTOKI;
use crate::state;
use cryptoki_sys::{CK_FUNCTION_LIST, CK_FUNCTION_LIST_PTR, CK_RV};

macro_rules! function_list {
    (promised { $($promised:path as $name:ident)* } refused { $($refused:ident)* }) => {
        /// The functions that JAHIS 24-002 promises.
        pub(crate) const PROMISED: &[&str] = &[$(stringify!($name)),*];

        /// Every place is filled, so that whoever calls what was not promised meets a refusal.
        static FUNCTIONS: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
            version: CRYPTOKI,
            $($name: Some($promised),)*
            $($refused: Some(refused::$refused),)*
        };
    };
}

function_list! {
    promised {
        C_GetFunctionList as C_GetFunctionList
        general::C_Initialize as C_Initialize
        general::C_Finalize as C_Finalize
        general::C_GetInfo as C_GetInfo
        general::C_GetSlotList as C_GetSlotList
        general::C_GetSlotInfo as C_GetSlotInfo
        general::C_GetTokenInfo as C_GetTokenInfo
        general::C_GetMechanismList as C_GetMechanismList
        general::C_GetMechanismInfo as C_GetMechanismInfo
        session::C_OpenSession as C_OpenSession
        session::C_CloseSession as C_CloseSession
        session::C_CloseAllSessions as C_CloseAllSessions
        session::C_GetSessionInfo as C_GetSessionInfo
        session::C_Login as C_Login
        session::C_Logout as C_Logout
        object::C_FindObjectsInit as C_FindObjectsInit
        object::C_FindObjects as C_FindObjects
        object::C_FindObjectsFinal as C_FindObjectsFinal
        object::C_GetAttributeValue as C_GetAttributeValue
        object::C_SignInit as C_SignInit
        object::C_Sign as C_Sign
    }
    refused {
        C_InitToken C_InitPIN C_SetPIN C_GetOperationState C_SetOperationState C_CreateObject
        C_CopyObject C_DestroyObject C_GetObjectSize C_SetAttributeValue C_EncryptInit C_Encrypt
        C_EncryptUpdate C_EncryptFinal C_DecryptInit C_Decrypt C_DecryptUpdate C_DecryptFinal
        C_DigestInit C_Digest C_DigestUpdate C_DigestKey C_DigestFinal C_SignUpdate C_SignFinal
        C_SignRecoverInit C_SignRecover C_VerifyInit C_Verify C_VerifyUpdate C_VerifyFinal
        C_VerifyRecoverInit C_VerifyRecover C_DigestEncryptUpdate C_DecryptDigestUpdate
        C_SignEncryptUpdate C_DecryptVerifyUpdate C_GenerateKey C_GenerateKeyPair C_WrapKey
        C_UnwrapKey C_DeriveKey C_SeedRandom C_GenerateRandom C_GetFunctionStatus C_CancelFunction
        C_WaitForSlotEvent
    }
}

/// The one symbol of the module.
///
/// # Safety
///
/// `list` is NULL or points to a place for a pointer.
// SAFETY: no other function of a process that loads the module has this name, except those of other
// PKCS#11 modules, and these are looked up in their own libraries.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn C_GetFunctionList(list: *mut CK_FUNCTION_LIST_PTR) -> CK_RV {
    let functions = (&raw const FUNCTIONS).cast_mut();
    state::call_without_card("C_GetFunctionList", || {
        // SAFETY: as promised to this function.
        unsafe { memory::write(list, functions) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_21_functions_are_promised() {
        assert_eq!(PROMISED.len(), 21);
        let sorted: std::collections::BTreeSet<_> = PROMISED.iter().collect();
        assert_eq!(sorted.len(), 21);
    }
}
