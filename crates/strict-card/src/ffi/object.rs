//! Objects, and signatures with them.

use super::memory;
use crate::card::{Parameter, Refusal, Signed, Wanted, ulong};
use crate::state;
use cryptoki_sys as ck;
use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_BYTE, CK_MECHANISM, CK_OBJECT_HANDLE, CK_RV,
    CK_SESSION_HANDLE, CK_ULONG,
};

pub(super) unsafe extern "C" fn C_FindObjectsInit(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    state::call("C_FindObjectsInit", |card| {
        // SAFETY: PKCS#11 says what `template` points to.
        let template = unsafe { memory::slice(template.cast_const(), count) }?;
        let attributes = template.iter().map(|attribute| {
            // SAFETY: PKCS#11 says what the values of a template point to.
            let value = unsafe {
                memory::slice(attribute.pValue.cast_const().cast::<u8>(), attribute.ulValueLen)
            }?;
            Ok((attribute.type_, value))
        });
        let attributes: Vec<(CK_ATTRIBUTE_TYPE, &[u8])> = attributes.collect::<Result<_, _>>()?;
        card.find_init(session, &attributes)
    })
}

pub(super) unsafe extern "C" fn C_FindObjects(
    session: CK_SESSION_HANDLE,
    objects: *mut CK_OBJECT_HANDLE,
    most: CK_ULONG,
    count: *mut CK_ULONG,
) -> CK_RV {
    state::call("C_FindObjects", |card| {
        // SAFETY: PKCS#11 says what `objects` points to.
        let places = unsafe { memory::slice_mut(objects, most) }?;
        if places.is_empty() || count.is_null() {
            return Err(memory::bad("there is no room for an object"));
        }
        let found = card.find(session, places.len())?;
        places.iter_mut().zip(&found).for_each(|(place, handle)| *place = *handle);
        // SAFETY: PKCS#11 says what `count` points to.
        unsafe { memory::write(count, ulong(found.len())) }
    })
}

pub(super) extern "C" fn C_FindObjectsFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    state::call("C_FindObjectsFinal", |card| card.find_final(session))
}

pub(super) unsafe extern "C" fn C_GetAttributeValue(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    state::call("C_GetAttributeValue", |card| {
        // SAFETY: PKCS#11 says what `template` points to.
        let template = unsafe { memory::slice_mut(template, count) }?;
        if template.is_empty() {
            return Err(memory::bad("no attribute is asked for"));
        }
        let wanted = template.iter().map(|attribute| {
            let (to, length) = (attribute.pValue.cast::<u8>(), attribute.ulValueLen);
            // SAFETY: a reference to a number points to a number.
            let room = unsafe { memory::room(to.cast_const(), &raw const length) }?;
            Ok(Wanted { kind: attribute.type_, room })
        });
        let wanted: Vec<Wanted> = wanted.collect::<Result<_, Refusal>>()?;
        let (answers, returned) = card.attributes(session, object, &wanted)?;
        for (attribute, answer) in template.iter_mut().zip(answers) {
            let room = attribute.ulValueLen;
            attribute.ulValueLen = answer.length;
            if let Some(value) = answer.value {
                // SAFETY: PKCS#11 says what the values of a template point to.
                let place = unsafe { memory::slice_mut(attribute.pValue.cast::<u8>(), room) }?;
                place.iter_mut().zip(value).for_each(|(place, byte)| *place = byte);
            }
        }
        if returned == ck::CKR_OK { Ok(()) } else { Err(Refusal::plain(returned)) }
    })
}

pub(super) unsafe extern "C" fn C_SignInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    state::call("C_SignInit", |card| {
        // SAFETY: PKCS#11 says what `mechanism` points to.
        let Some(mechanism) = (unsafe { mechanism.as_ref() }) else {
            return Err(memory::bad("the mechanism is NULL"));
        };
        let absent = mechanism.pParameter.is_null() && mechanism.ulParameterLen == 0;
        let parameter = if absent { Parameter::Absent } else { Parameter::Given };
        card.sign_init(session, mechanism.mechanism, parameter, key)
    })
}

pub(super) unsafe extern "C" fn C_Sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    signature_length: *mut CK_ULONG,
) -> CK_RV {
    state::call("C_Sign", |card| {
        // SAFETY: PKCS#11 says what `data` points to.
        let data = unsafe { memory::slice(data.cast_const(), data_length) }?;
        // SAFETY: PKCS#11 says what the two point to.
        let room = unsafe { memory::room(signature.cast_const(), signature_length) }?;
        let (length, outcome) = match card.sign(session, data, room)? {
            Signed::Length(length) => (length, Ok(())),
            Signed::TooSmall(length) => (length, Err(Refusal::plain(ck::CKR_BUFFER_TOO_SMALL))),
            Signed::Signature(value) => {
                // SAFETY: PKCS#11 says what `signature` points to, and the card saw the room.
                let place = unsafe { memory::slice_mut(signature, ulong(value.len())) }?;
                place.copy_from_slice(&value);
                (value.len(), Ok(()))
            }
        };
        // SAFETY: PKCS#11 says what `signature_length` points to.
        unsafe { memory::write(signature_length, ulong(length)) }?;
        outcome
    })
}
