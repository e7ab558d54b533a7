//! The 47 functions of PKCS#11 v2.20 that JAHIS 24-002 does not promise. None looks at its
//! arguments: to call it is the violation.

use crate::state;
use cryptoki_sys::{
    CK_ATTRIBUTE, CK_BYTE, CK_FLAGS, CK_MECHANISM, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE,
    CK_SLOT_ID, CK_ULONG, CK_UTF8CHAR, CK_VOID_PTR,
};

type Session = CK_SESSION_HANDLE;
type Object = CK_OBJECT_HANDLE;
type Number = CK_ULONG;
type ToObject = *mut CK_OBJECT_HANDLE;
type ToNumber = *mut CK_ULONG;
type ToBytes = *mut CK_BYTE;
type ToText = *mut CK_UTF8CHAR;
type ToMechanism = *mut CK_MECHANISM;
type ToAttributes = *mut CK_ATTRIBUTE;

macro_rules! refused {
    ($($name:ident ($($argument:ty),*))*) => {
        $(pub(super) extern "C" fn $name($(_: $argument),*) -> CK_RV {
            state::refuse(stringify!($name))
        })*
    };
}

refused! {
    C_InitToken(CK_SLOT_ID, ToText, Number, ToText)
    C_InitPIN(Session, ToText, Number)
    C_SetPIN(Session, ToText, Number, ToText, Number)
    C_GetOperationState(Session, ToBytes, ToNumber)
    C_SetOperationState(Session, ToBytes, Number, Object, Object)
    C_CreateObject(Session, ToAttributes, Number, ToObject)
    C_CopyObject(Session, Object, ToAttributes, Number, ToObject)
    C_DestroyObject(Session, Object)
    C_GetObjectSize(Session, Object, ToNumber)
    C_SetAttributeValue(Session, Object, ToAttributes, Number)
    C_EncryptInit(Session, ToMechanism, Object)
    C_Encrypt(Session, ToBytes, Number, ToBytes, ToNumber)
    C_EncryptUpdate(Session, ToBytes, Number, ToBytes, ToNumber)
    C_EncryptFinal(Session, ToBytes, ToNumber)
    C_DecryptInit(Session, ToMechanism, Object)
    C_Decrypt(Session, ToBytes, Number, ToBytes, ToNumber)
    C_DecryptUpdate(Session, ToBytes, Number, ToBytes, ToNumber)
    C_DecryptFinal(Session, ToBytes, ToNumber)
    C_DigestInit(Session, ToMechanism)
    C_Digest(Session, ToBytes, Number, ToBytes, ToNumber)
    C_DigestUpdate(Session, ToBytes, Number)
    C_DigestKey(Session, Object)
    C_DigestFinal(Session, ToBytes, ToNumber)
    C_SignUpdate(Session, ToBytes, Number)
    C_SignFinal(Session, ToBytes, ToNumber)
    C_SignRecoverInit(Session, ToMechanism, Object)
    C_SignRecover(Session, ToBytes, Number, ToBytes, ToNumber)
    C_VerifyInit(Session, ToMechanism, Object)
    C_Verify(Session, ToBytes, Number, ToBytes, Number)
    C_VerifyUpdate(Session, ToBytes, Number)
    C_VerifyFinal(Session, ToBytes, Number)
    C_VerifyRecoverInit(Session, ToMechanism, Object)
    C_VerifyRecover(Session, ToBytes, Number, ToBytes, ToNumber)
    C_DigestEncryptUpdate(Session, ToBytes, Number, ToBytes, ToNumber)
    C_DecryptDigestUpdate(Session, ToBytes, Number, ToBytes, ToNumber)
    C_SignEncryptUpdate(Session, ToBytes, Number, ToBytes, ToNumber)
    C_DecryptVerifyUpdate(Session, ToBytes, Number, ToBytes, ToNumber)
    C_GenerateKey(Session, ToMechanism, ToAttributes, Number, ToObject)
    C_GenerateKeyPair(
        Session, ToMechanism, ToAttributes, Number, ToAttributes, Number, ToObject, ToObject
    )
    C_WrapKey(Session, ToMechanism, Object, Object, ToBytes, ToNumber)
    C_UnwrapKey(Session, ToMechanism, Object, ToBytes, Number, ToAttributes, Number, ToObject)
    C_DeriveKey(Session, ToMechanism, Object, ToAttributes, Number, ToObject)
    C_SeedRandom(Session, ToBytes, Number)
    C_GenerateRandom(Session, ToBytes, Number)
    C_GetFunctionStatus(Session)
    C_CancelFunction(Session)
    C_WaitForSlotEvent(CK_FLAGS, *mut CK_SLOT_ID, CK_VOID_PTR)
}
