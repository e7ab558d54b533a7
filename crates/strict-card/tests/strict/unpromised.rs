//! The 47 functions that are in the list and must not be called.

use crate::alone::{Card, alone};
use crate::application::call;
use cryptoki_sys as ck;
use std::ptr::null_mut;

macro_rules! refused {
    ($p11:ident; $($name:ident($($argument:expr),*))*) => {
        [$((stringify!($name), call!($p11.$name($($argument),*)))),*]
    };
}

#[test]
fn what_is_not_promised_is_there_and_refuses() {
    alone(|card: &Card| {
        let p11 = card.initialized();
        let session = p11.open(1);
        let s = session;
        macro_rules! n {
            () => {
                null_mut()
            };
        }
        let told = refused! { p11;
            C_InitToken(1, n!(), 0, n!()) C_InitPIN(s, n!(), 0) C_SetPIN(s, n!(), 0, n!(), 0)
            C_GetOperationState(s, n!(), n!()) C_SetOperationState(s, n!(), 0, 0, 0)
            C_CreateObject(s, n!(), 0, n!()) C_CopyObject(s, 1, n!(), 0, n!()) C_DestroyObject(s, 1)
            C_GetObjectSize(s, 1, n!()) C_SetAttributeValue(s, 1, n!(), 0)
            C_EncryptInit(s, n!(), 1) C_Encrypt(s, n!(), 0, n!(), n!())
            C_EncryptUpdate(s, n!(), 0, n!(), n!()) C_EncryptFinal(s, n!(), n!())
            C_DecryptInit(s, n!(), 1) C_Decrypt(s, n!(), 0, n!(), n!())
            C_DecryptUpdate(s, n!(), 0, n!(), n!()) C_DecryptFinal(s, n!(), n!())
            C_DigestInit(s, n!()) C_Digest(s, n!(), 0, n!(), n!()) C_DigestUpdate(s, n!(), 0)
            C_DigestKey(s, 1) C_DigestFinal(s, n!(), n!()) C_SignUpdate(s, n!(), 0)
            C_SignFinal(s, n!(), n!()) C_SignRecoverInit(s, n!(), 1)
            C_SignRecover(s, n!(), 0, n!(), n!()) C_VerifyInit(s, n!(), 1)
            C_Verify(s, n!(), 0, n!(), 0) C_VerifyUpdate(s, n!(), 0) C_VerifyFinal(s, n!(), 0)
            C_VerifyRecoverInit(s, n!(), 1) C_VerifyRecover(s, n!(), 0, n!(), n!())
            C_DigestEncryptUpdate(s, n!(), 0, n!(), n!()) C_DecryptDigestUpdate(s, n!(), 0, n!(), n!())
            C_SignEncryptUpdate(s, n!(), 0, n!(), n!()) C_DecryptVerifyUpdate(s, n!(), 0, n!(), n!())
            C_GenerateKey(s, n!(), n!(), 0, n!())
            C_GenerateKeyPair(s, n!(), n!(), 0, n!(), 0, n!(), n!())
            C_WrapKey(s, n!(), 1, 1, n!(), n!()) C_UnwrapKey(s, n!(), 1, n!(), 0, n!(), 0, n!())
            C_DeriveKey(s, n!(), 1, n!(), 0, n!()) C_SeedRandom(s, n!(), 0)
            C_GenerateRandom(s, n!(), 0) C_GetFunctionStatus(s) C_CancelFunction(s)
            C_WaitForSlotEvent(ck::CKF_DONT_BLOCK, n!(), n!())
        };
        assert_eq!(told.len(), 47, "and 21 are promised: 68 in all");
        let violations = card.violations();
        assert_eq!(violations.len(), told.len());
        for ((name, returned), violation) in told.into_iter().zip(violations) {
            assert_eq!(returned, ck::CKR_FUNCTION_NOT_SUPPORTED, "{name}");
            assert!(violation.starts_with(&format!("{name}: ")), "{violation}");
        }
    });
}
