//! Libraries that are incomplete, that lie, or that ask for patience: lists of functions made here.

use super::*;
use crate::attribute::Template;
use crate::mechanism::SignMechanism;
use crate::module::Initialize;
use crate::rv::Meaning;
use cryptoki_sys::*;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const SESSION: RawSession = RawSession(1);

fn functions(list: CK_FUNCTION_LIST) -> Functions {
    Functions { list, locking: Locking::Here(Mutex::new(())), process: process::id() }
}

fn what(result: Result<impl fmt::Debug, Error>) -> &'static str {
    match result {
        Err(Error::BadAnswer { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_function_that_the_library_lacks_is_named_and_not_called() {
    let empty = functions(CK_FUNCTION_LIST::default());
    let error = empty.sign(SESSION, b"digest", 0).unwrap_err();
    assert_eq!(error.to_string(), "the PKCS#11 library has no C_Sign");
    assert_eq!(error.meaning(), Meaning::NotSupported);
    assert!(matches!(empty.info(), Err(Error::Lacks { function: "C_GetInfo" })));
    assert!(matches!(empty.finalise(), Err(Error::Lacks { function: "C_Finalize" })));
}

#[test]
fn a_forked_child_calls_nothing() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    unsafe extern "C" fn close(_: CK_SESSION_HANDLE) -> CK_RV {
        CALLS.fetch_add(1, SeqCst);
        CKR_OK
    }
    let list = CK_FUNCTION_LIST { C_CloseSession: Some(close), ..CK_FUNCTION_LIST::default() };
    let parent = functions(list);
    parent.close_session(SESSION).unwrap();
    let child = Functions { process: parent.process.wrapping_add(1), ..parent };
    assert!(matches!(child.close_session(SESSION), Err(Error::Forked)));
    assert_eq!(CALLS.load(SeqCst), 1);
}

/// What `C_Initialize` was given: NULL, or the flags.
unsafe extern "C" fn initialise(args: *mut c_void) -> CK_RV {
    if args.is_null() {
        return CKR_OK;
    }
    // SAFETY: what is not NULL is a CK_C_INITIALIZE_ARGS.
    let args = unsafe { args.cast::<CK_C_INITIALIZE_ARGS>().read() };
    if { args.CreateMutex }.is_none() && args.pReserved.is_null() {
        0x8000_0000 | args.flags
    } else {
        1
    }
}

#[test]
fn the_library_is_initialised_as_was_asked() {
    let with = |how| {
        let list = CK_FUNCTION_LIST { C_Initialize: Some(initialise), ..Default::default() };
        Opened { list, identity: 0 }.initialise(how)
    };
    let (functions, by) = with(Initialize::NullArgs).unwrap();
    assert!(matches!(functions.locking, Locking::Here(_)));
    assert_eq!(by, InitialisedBy::Us);
    let code = |how| with(how).unwrap_err().code().unwrap().code();
    assert_eq!(code(Initialize::OsLocking), 0x8000_0000 | CKF_OS_LOCKING_OK);
    assert_eq!(code(Initialize::SingleThread), 0x8000_0000);
}

#[test]
fn a_library_that_someone_else_initialised_is_used_and_left_to_them() {
    unsafe extern "C" fn already(_: *mut c_void) -> CK_RV {
        CKR_CRYPTOKI_ALREADY_INITIALIZED
    }
    let list = CK_FUNCTION_LIST { C_Initialize: Some(already), ..Default::default() };
    let opened = Opened { list, identity: 0 };
    let (functions, by) = opened.initialise(Initialize::OsLocking).unwrap();
    assert_eq!(by, InitialisedBy::SomeoneElse);
    assert!(matches!(functions.locking, Locking::Here(_)), "nobody knows whether it locks");
}

#[test]
fn a_library_is_initialised_and_finalised_once_however_many_use_it() {
    use crate::module::Loaded;
    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    static ENDED: AtomicUsize = AtomicUsize::new(0);
    static OURS: AtomicUsize = AtomicUsize::new(1);
    unsafe extern "C" fn begin(_: *mut c_void) -> CK_RV {
        BEGUN.fetch_add(1, SeqCst);
        if OURS.load(SeqCst) == 1 { CKR_OK } else { CKR_CRYPTOKI_ALREADY_INITIALIZED }
    }
    unsafe extern "C" fn end(_: *mut c_void) -> CK_RV {
        ENDED.fetch_add(1, SeqCst);
        CKR_OK
    }
    let list =
        CK_FUNCTION_LIST { C_Initialize: Some(begin), C_Finalize: Some(end), ..Default::default() };
    let load = || Loaded::share(Opened { list, identity: 1 }, Initialize::NullArgs).unwrap();
    let counted = || (BEGUN.load(SeqCst), ENDED.load(SeqCst));
    let (first, second) = (load(), load());
    drop(first);
    assert_eq!(counted(), (1, 0));
    drop(second);
    assert_eq!(counted(), (1, 1));
    drop(load());
    assert_eq!(counted(), (2, 2));
    OURS.store(0, SeqCst);
    drop(load());
    assert_eq!(counted(), (3, 2), "whoever initialised it finalises it");
}

#[test]
fn more_slots_than_there_was_room_for_are_not_read() {
    unsafe extern "C" fn slots(_: CK_BBOOL, list: *mut CK_SLOT_ID, count: *mut CK_ULONG) -> CK_RV {
        // SAFETY: `count` is a place for one number.
        unsafe { *count = if list.is_null() { 2 } else { 3 } };
        CKR_OK
    }
    unsafe extern "C" fn many(_: CK_BBOOL, _: *mut CK_SLOT_ID, count: *mut CK_ULONG) -> CK_RV {
        // SAFETY: `count` is a place for one number.
        unsafe { *count = CK_ULONG::MAX };
        CKR_OK
    }
    let list = CK_FUNCTION_LIST { C_GetSlotList: Some(slots), ..CK_FUNCTION_LIST::default() };
    assert_eq!(what(functions(list).slots(true)), "more entries than there was room for");
    let list = CK_FUNCTION_LIST { C_GetSlotList: Some(many), ..CK_FUNCTION_LIST::default() };
    assert_eq!(what(functions(list).slots(true)), "a list of thousands");
}

/// The object handle says how the library answers.
unsafe extern "C" fn attribute(
    _: CK_SESSION_HANDLE,
    behaviour: CK_OBJECT_HANDLE,
    asked: *mut CK_ATTRIBUTE,
    _: CK_ULONG,
) -> CK_RV {
    // SAFETY: `asked` is one attribute.
    let asked = unsafe { &mut *asked };
    let for_length = asked.pValue.is_null();
    let (code, length) = match (behaviour, for_length) {
        (1, true) => (CKR_OK, 4),
        (1, false) => (CKR_OK, 4000),
        (2, _) => (CKR_OK, CK_UNAVAILABLE_INFORMATION),
        (3, _) => (CKR_ATTRIBUTE_SENSITIVE, CK_UNAVAILABLE_INFORMATION),
        (4, _) => (CKR_ATTRIBUTE_TYPE_INVALID, 0),
        (5, _) => (CKR_OK, CK_ULONG::MAX - 1),
        (6, true) => (CKR_OK, 4),
        (6, false) => (CKR_BUFFER_TOO_SMALL, CK_UNAVAILABLE_INFORMATION),
        (7, true) => (CKR_OK, 9),
        (7, false) => {
            // SAFETY: there is room for nine bytes.
            unsafe { asked.pValue.cast::<[u8; 3]>().write(*b"abc") };
            (CKR_OK, 3)
        }
        (8, _) => (CKR_OK, 0),
        _ => (CKR_DEVICE_REMOVED, 0),
    };
    asked.ulValueLen = length;
    code
}

#[test]
fn an_attribute_is_had_or_its_absence_is_explained() {
    let list = CK_FUNCTION_LIST { C_GetAttributeValue: Some(attribute), ..Default::default() };
    let library = functions(list);
    let ask = |behaviour| library.attribute(SESSION, behaviour, CKA_LABEL);
    assert_eq!(what(ask(1)), "a longer value than there was room for");
    assert_eq!(ask(2).unwrap(), Raw::NotReported);
    assert_eq!(ask(3).unwrap(), Raw::Sensitive);
    assert_eq!(ask(4).unwrap(), Raw::NotReported);
    assert_eq!(ask(5).unwrap(), Raw::TooLong(CK_ULONG::MAX - 1));
    assert_eq!(what(ask(6)), "a value that grows without end");
    assert_eq!(ask(7).unwrap(), Raw::Bytes(b"abc".to_vec()));
    assert_eq!(ask(8).unwrap(), Raw::Bytes(Vec::new()));
    assert_eq!(ask(9).unwrap_err().meaning(), Meaning::Stale);
}

#[test]
fn a_search_is_ended_even_where_it_fails() {
    static ENDED: AtomicUsize = AtomicUsize::new(0);
    unsafe extern "C" fn begin(_: CK_SESSION_HANDLE, _: *mut CK_ATTRIBUTE, _: CK_ULONG) -> CK_RV {
        CKR_OK
    }
    unsafe extern "C" fn removed(
        _: CK_SESSION_HANDLE,
        _: *mut CK_OBJECT_HANDLE,
        _: CK_ULONG,
        _: *mut CK_ULONG,
    ) -> CK_RV {
        CKR_DEVICE_REMOVED
    }
    unsafe extern "C" fn end(_: CK_SESSION_HANDLE) -> CK_RV {
        ENDED.fetch_add(1, SeqCst);
        CKR_OK
    }
    let library = functions(CK_FUNCTION_LIST {
        C_FindObjectsInit: Some(begin),
        C_FindObjects: Some(removed),
        C_FindObjectsFinal: Some(end),
        ..CK_FUNCTION_LIST::default()
    });
    let error = library.find(SESSION, &Template::new()).unwrap_err();
    assert_eq!(error.to_string(), "C_FindObjects: CKR_DEVICE_REMOVED");
    assert_eq!(ENDED.load(SeqCst), 1);
}

/// Signs in 70 bytes; the session says how.
unsafe extern "C" fn sign(
    behaviour: CK_SESSION_HANDLE,
    _: *mut CK_BYTE,
    _: CK_ULONG,
    place: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: `length` is one number, and says for how many bytes there is room.
    let length = unsafe { &mut *length };
    let room = if place.is_null() { 0 } else { *length };
    match (behaviour, room) {
        // Answers the call for the length, as JAHIS 24-002 has it.
        (1, 0) => *length = 70,
        // Does not know that call; and none has room for less.
        (2, 0) | (1..=3, 1..70) => {
            *length = 70;
            return CKR_BUFFER_TOO_SMALL;
        }
        // Guesses too low first.
        (3, 0) => *length = 64,
        (1..=3, _) => {
            *length = 70;
            // SAFETY: there is room for 70 bytes.
            unsafe { place.write_bytes(7, 70) };
        }
        (4, 0) => *length = 70,
        (4, _) => *length = 71,
        (5, _) => *length = 0,
        (6, 0) => *length = CK_ULONG::MAX - 1,
        (7, _) => return CKR_BUFFER_TOO_SMALL,
        _ => return CKR_USER_NOT_LOGGED_IN,
    }
    CKR_OK
}

#[test]
fn a_signature_is_had_from_every_way_of_telling_its_length() {
    let list = CK_FUNCTION_LIST { C_Sign: Some(sign), ..CK_FUNCTION_LIST::default() };
    let library = functions(list);
    for behaviour in 1..=3 {
        for expected in [0, 1, 70, 512, usize::MAX] {
            let signature = library.sign(RawSession(behaviour), b"", expected);
            assert_eq!(signature.unwrap(), [7; 70], "behaviour {behaviour}, {expected} expected");
        }
    }
}

#[test]
fn a_length_that_cannot_be_makes_no_signature() {
    let list = CK_FUNCTION_LIST { C_Sign: Some(sign), ..CK_FUNCTION_LIST::default() };
    let library = functions(list);
    let sign = |behaviour, expected| library.sign(RawSession(behaviour), b"", expected);
    assert_eq!(what(sign(4, 0)), "more bytes than there was room for");
    assert_eq!(what(sign(5, 0)), "no length that will do");
    assert_eq!(what(sign(5, 70)), "success, and no signature");
    assert_eq!(what(sign(6, 0)), "a signature of more than 64 KiB");
    assert_eq!(what(sign(7, 70)), "no length that will do");
    assert_eq!(sign(8, 70).unwrap_err().meaning(), Meaning::NotLoggedIn);
}

#[test]
fn parameters_of_a_mechanism_reach_the_library() {
    use crate::mechanism::{Hash, Pss};
    unsafe extern "C" fn init(
        _: CK_SESSION_HANDLE,
        mechanism: *mut CK_MECHANISM,
        key: CK_OBJECT_HANDLE,
    ) -> CK_RV {
        // SAFETY: one mechanism.
        let mechanism = unsafe { mechanism.read() };
        if key == 1 {
            return CK_RV::from(!mechanism.pParameter.is_null() || mechanism.ulParameterLen != 0);
        }
        // SAFETY: PSS has these parameters.
        let pss = unsafe { mechanism.pParameter.cast::<CK_RSA_PKCS_PSS_PARAMS>().read() };
        let seen = ({ pss.hashAlg }, { pss.mgf }, { pss.sLen });
        CK_RV::from(seen != (CKM_SHA256, CKG_MGF1_SHA256, 32))
    }
    let list = CK_FUNCTION_LIST { C_SignInit: Some(init), ..CK_FUNCTION_LIST::default() };
    let library = functions(list);
    library.sign_init(SESSION, SignMechanism::RsaPkcs.lower(), 1).unwrap();
    let pss = Pss { hash: Hash::Sha256, mgf: Hash::Sha256, salt: 32 };
    library.sign_init(SESSION, SignMechanism::RsaPss(pss).lower(), 2).unwrap();
}
