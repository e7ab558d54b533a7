//! What a caller must not do, and what it is told.

use crate::alone::{Card, alone};
use crate::application::{Application, call, digest_info, length};
use cryptoki_sys as ck;
use cryptoki_sys::{CK_MECHANISM, CK_NOTIFICATION, CK_RV, CK_SESSION_HANDLE, CK_VOID_PTR};
use std::io;
use std::process::Command;
use std::ptr::null_mut;

#[test]
fn before_initialization_there_is_nothing_to_call() {
    alone(|card: &Card| {
        let p11 = card.application();
        assert_eq!(p11.open_with(1, 4, null_mut(), None), Err(ck::CKR_CRYPTOKI_NOT_INITIALIZED));
        assert_eq!(p11.finalize(), ck::CKR_CRYPTOKI_NOT_INITIALIZED);
        assert_eq!(card.violations().len(), 2);
    });
}

#[test]
fn initialization_takes_null_and_is_done_once() {
    alone(|card: &Card| {
        let p11 = card.application();
        let mut arguments = ck::CK_C_INITIALIZE_ARGS {
            flags: ck::CKF_OS_LOCKING_OK,
            ..ck::CK_C_INITIALIZE_ARGS::default()
        };
        let given = (&raw mut arguments).cast();
        assert_eq!(p11.initialize_with(given), ck::CKR_ARGUMENTS_BAD);
        assert_eq!(p11.initialize(), ck::CKR_OK);
        assert_eq!(p11.initialize(), ck::CKR_CRYPTOKI_ALREADY_INITIALIZED);
        assert_eq!(call!(p11.C_Finalize(given)), ck::CKR_ARGUMENTS_BAD);
        assert_eq!(p11.finalize(), ck::CKR_OK);
        assert_eq!(p11.initialize(), ck::CKR_OK);
        assert_eq!(card.violations().len(), 3);
    });
}

/// Something wrong that an application may do, and what it is told.
type Wrong = (&'static str, CK_RV, fn(&Application, CK_SESSION_HANDLE) -> CK_RV);

unsafe extern "C" fn notify(_: CK_SESSION_HANDLE, _: CK_NOTIFICATION, _: CK_VOID_PTR) -> CK_RV {
    ck::CKR_OK
}

/// Each begins with a session that is not logged in.
const WITHOUT_LOGIN: &[Wrong] = &[
    ("C_GetInfo", ck::CKR_ARGUMENTS_BAD, |p11, _| call!(p11.C_GetInfo(null_mut()))),
    ("C_GetSlotList", ck::CKR_ARGUMENTS_BAD, |p11, _| {
        call!(p11.C_GetSlotList(1, null_mut(), null_mut()))
    }),
    ("C_GetSlotInfo", ck::CKR_SLOT_ID_INVALID, |p11, _| p11.slot_info(0).unwrap_err()),
    ("C_GetTokenInfo", ck::CKR_SLOT_ID_INVALID, |p11, _| p11.token_info(9).unwrap_err()),
    ("C_GetMechanismInfo", ck::CKR_MECHANISM_INVALID, |p11, _| {
        p11.mechanism_info(1, ck::CKM_SHA256_RSA_PKCS).unwrap_err()
    }),
    ("C_OpenSession", ck::CKR_SESSION_PARALLEL_NOT_SUPPORTED, |p11, _| {
        p11.open_with(1, 0, null_mut(), None).unwrap_err()
    }),
    ("C_OpenSession", ck::CKR_TOKEN_WRITE_PROTECTED, |p11, _| {
        let flags = ck::CKF_SERIAL_SESSION | ck::CKF_RW_SESSION;
        p11.open_with(1, flags, null_mut(), None).unwrap_err()
    }),
    ("C_OpenSession", ck::CKR_ARGUMENTS_BAD, |p11, _| {
        let application = std::ptr::from_ref(p11).cast_mut().cast();
        p11.open_with(1, ck::CKF_SERIAL_SESSION, application, None).unwrap_err()
    }),
    ("C_OpenSession", ck::CKR_ARGUMENTS_BAD, |p11, _| {
        p11.open_with(1, ck::CKF_SERIAL_SESSION, null_mut(), Some(notify)).unwrap_err()
    }),
    ("C_CloseSession", ck::CKR_SESSION_HANDLE_INVALID, |p11, session| p11.close(session + 77)),
    ("C_GetSessionInfo", ck::CKR_SESSION_HANDLE_INVALID, |p11, session| {
        p11.session_info(session + 77).unwrap_err()
    }),
    ("C_Login", ck::CKR_USER_TYPE_INVALID, |p11, session| {
        p11.login_as(session, ck::CKU_SO, b"1234")
    }),
    ("C_Login", ck::CKR_USER_TYPE_INVALID, |p11, session| {
        p11.login_as(session, ck::CKU_CONTEXT_SPECIFIC, b"1234")
    }),
    ("C_Login", ck::CKR_PIN_LEN_RANGE, |p11, session| p11.login(session, b"123")),
    ("C_Login", ck::CKR_PIN_LEN_RANGE, |p11, session| p11.login(session, &[b'1'; 17])),
    ("C_Login", ck::CKR_PIN_INVALID, |p11, session| p11.login(session, "１２".as_bytes())),
    ("C_Login", ck::CKR_ARGUMENTS_BAD, |p11, session| {
        call!(p11.C_Login(session, ck::CKU_USER, null_mut(), 4))
    }),
    ("C_Logout", ck::CKR_USER_NOT_LOGGED_IN, |p11, session| p11.logout(session)),
    ("C_FindObjectsInit", ck::CKR_ARGUMENTS_BAD, |p11, session| {
        call!(p11.C_FindObjectsInit(session, null_mut(), 1))
    }),
    ("C_FindObjectsFinal", ck::CKR_OPERATION_NOT_INITIALIZED, |p11, session| {
        call!(p11.C_FindObjectsFinal(session))
    }),
    ("C_GetAttributeValue", ck::CKR_OBJECT_HANDLE_INVALID, |p11, session| {
        p11.attribute_of_nothing(session)
    }),
    ("C_SignInit", ck::CKR_USER_NOT_LOGGED_IN, |p11, session| {
        let certificate = p11.find(session, &[])[0];
        p11.sign_init(session, ck::CKM_RSA_PKCS, certificate)
    }),
    ("C_Sign", ck::CKR_OPERATION_NOT_INITIALIZED, |p11, session| {
        p11.sign(session, &digest_info(b"record")).unwrap_err()
    }),
];

/// Each begins with a login that has made no signature.
const WITH_LOGIN: &[Wrong] = &[
    ("C_Login", ck::CKR_USER_ALREADY_LOGGED_IN, |p11, session| p11.login(session, b"1234")),
    ("C_SignInit", ck::CKR_MECHANISM_INVALID, |p11, session| {
        p11.sign_init(session, ck::CKM_SHA256_RSA_PKCS, p11.first_key(session))
    }),
    ("C_SignInit", ck::CKR_MECHANISM_INVALID, |p11, session| {
        p11.sign_init(session, ck::CKM_RSA_PKCS_PSS, p11.first_key(session))
    }),
    ("C_SignInit", ck::CKR_MECHANISM_PARAM_INVALID, |p11, session| {
        let mut number = 0u8;
        let mut mechanism = CK_MECHANISM {
            mechanism: ck::CKM_RSA_PKCS,
            pParameter: (&raw mut number).cast(),
            ulParameterLen: 1,
        };
        call!(p11.C_SignInit(session, &raw mut mechanism, p11.first_key(session)))
    }),
    ("C_SignInit", ck::CKR_ARGUMENTS_BAD, |p11, session| {
        call!(p11.C_SignInit(session, null_mut(), p11.first_key(session)))
    }),
    ("C_SignInit", ck::CKR_KEY_HANDLE_INVALID, |p11, session| {
        let certificate = p11.find(session, &[(ck::CKA_CLASS, &ck::CKO_CERTIFICATE)])[0];
        p11.sign_init(session, ck::CKM_RSA_PKCS, certificate)
    }),
    ("C_SignInit", ck::CKR_KEY_HANDLE_INVALID, |p11, session| {
        let stale = p11.first_key(session);
        assert_eq!(p11.logout(session), ck::CKR_OK);
        assert_eq!(p11.login(session, b"1234"), ck::CKR_OK);
        p11.sign_init(session, ck::CKM_RSA_PKCS, stale)
    }),
    ("C_SignInit", ck::CKR_OPERATION_ACTIVE, |p11, session| {
        let key = p11.first_key(session);
        assert_eq!(p11.sign_init(session, ck::CKM_RSA_PKCS, key), ck::CKR_OK);
        p11.sign_init(session, ck::CKM_RSA_PKCS, key)
    }),
    ("C_Sign", ck::CKR_DATA_INVALID, |p11, session| {
        let key = p11.first_key(session);
        assert_eq!(p11.sign_init(session, ck::CKM_RSA_PKCS, key), ck::CKR_OK);
        p11.sign(session, &digest_info(b"record")[19..]).unwrap_err()
    }),
    ("C_Sign", ck::CKR_ARGUMENTS_BAD, |p11, session| {
        let key = p11.first_key(session);
        assert_eq!(p11.sign_init(session, ck::CKM_RSA_PKCS, key), ck::CKR_OK);
        call!(p11.C_Sign(session, null_mut(), 51, null_mut(), null_mut()))
    }),
    ("C_SignInit", ck::CKR_USER_NOT_LOGGED_IN, |p11, session| {
        p11.sign_with_first_key(session, b"record");
        p11.sign_init(session, ck::CKM_RSA_PKCS, p11.first_key(session))
    }),
];

impl Application {
    fn attribute_of_nothing(&self, session: CK_SESSION_HANDLE) -> CK_RV {
        let mut entry = ck::CK_ATTRIBUTE { type_: ck::CKA_ID, pValue: null_mut(), ulValueLen: 0 };
        call!(self.C_GetAttributeValue(session, 999, &raw mut entry, 1))
    }
}

#[test]
fn whatever_is_wrong_is_refused_and_is_a_violation() {
    alone(|card: &Card| {
        let p11 = card.initialized();
        let cases = WITHOUT_LOGIN.iter().map(|case| (false, case));
        for (login, (function, expected, wrong)) in
            cases.chain(WITH_LOGIN.iter().map(|case| (true, case)))
        {
            let session = p11.open(1);
            if login {
                assert_eq!(p11.login(session, b"1234"), ck::CKR_OK);
            }
            let before = card.violations().len();
            assert_eq!(wrong(&p11, session), *expected, "{function}");
            let violations = card.violations();
            assert_eq!(violations.len(), before + 1, "{function}: {violations:?}");
            assert!(violations[before].starts_with(&format!("{function}: ")), "{violations:?}");
            assert_eq!(p11.close(session), ck::CKR_OK);
        }
        assert!(WITHOUT_LOGIN.len() + WITH_LOGIN.len() > 30);
        let flags = p11.token_info(1).unwrap().flags;
        assert_eq!(flags & ck::CKF_USER_PIN_COUNT_LOW, 0, "no refusal cost a try of the PIN");
    });
}

#[test]
fn too_little_room_is_told_with_the_room_that_is_needed() {
    alone(|card: &Card| {
        let p11 = card.initialized();
        let (mut slots, mut count) = ([0; 1], 0);
        let listed = call!(p11.C_GetSlotList(1, slots.as_mut_ptr(), &raw mut count));
        assert_eq!((listed, count), (ck::CKR_BUFFER_TOO_SMALL, 1));
        let session = p11.open(1);
        assert_eq!(p11.login(session, b"1234"), ck::CKR_OK);
        let key = p11.first_key(session);
        assert_eq!(p11.sign_init(session, ck::CKM_RSA_PKCS, key), ck::CKR_OK);
        let (data, mut small, mut room) = (digest_info(b"record"), [0u8; 255], 255);
        let (from, to) = (data.as_ptr().cast_mut(), small.as_mut_ptr());
        let signed = call!(p11.C_Sign(session, from, length(&data), to, &raw mut room));
        assert_eq!((signed, room), (ck::CKR_BUFFER_TOO_SMALL, 256));
        assert_eq!(small, [0; 255]);
        assert!(card.verifies("key.pem", "record", &p11.sign(session, &data).unwrap()));
        assert_eq!(card.violations(), [""; 0]);
    });
}

#[test]
fn a_second_thread_is_refused() {
    alone(|card: &Card| {
        let p11 = card.initialized();
        let slots = std::thread::scope(|scope| {
            let other = scope.spawn(|| p11.token_info(1).err());
            other.join().unwrap()
        });
        assert_eq!(slots, Some(ck::CKR_FUNCTION_FAILED));
        assert_eq!(card.violations(), ["C_GetTokenInfo: a call from a second thread"]);
        assert!(p11.token_info(1).is_ok(), "the first thread goes on");
    });
}

#[cfg(unix)]
#[test]
fn a_forked_process_is_refused_until_it_initializes_for_itself() {
    use std::os::unix::process::CommandExt as _;
    alone(|card: &Card| {
        let p11 = card.initialized();
        let list = p11.list;
        let child = move || {
            let p11 = Application { list };
            let told = [p11.token_info(1).err(), Some(p11.initialize()), p11.token_info(1).err()];
            let expected = [Some(ck::CKR_FUNCTION_FAILED), Some(ck::CKR_OK), None];
            if told == expected { Ok(()) } else { Err(io::Error::other("told otherwise")) }
        };
        let mut forked = Command::new("true");
        // SAFETY: the parent holds no lock that the child would wait for: it has no other thread at
        // work.
        unsafe { forked.pre_exec(child) };
        assert!(forked.status().unwrap().success());
        let violations = card.violations();
        assert_eq!(violations.len(), 1);
        assert!(violations[0].contains("a forked process"), "{violations:?}");
        assert!(p11.token_info(1).is_ok(), "the first process goes on");
    });
}
