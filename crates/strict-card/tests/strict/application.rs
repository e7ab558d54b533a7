//! An application: the functions of the module, called the way C calls them.

use cryptoki_sys as ck;
use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_BBOOL, CK_FLAGS, CK_FUNCTION_LIST, CK_INFO, CK_MECHANISM,
    CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_NOTIFY, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE,
    CK_SESSION_INFO, CK_SLOT_ID, CK_SLOT_INFO, CK_TOKEN_INFO, CK_ULONG, CK_USER_TYPE, CK_VOID_PTR,
};
use std::mem::MaybeUninit;
use std::path::Path;
use std::ptr::null_mut;

/// What a search compares: an attribute and a number.
pub(crate) type Condition<'a> = (CK_ATTRIBUTE_TYPE, &'a CK_ULONG);

/// The loaded module. It stays loaded, as PKCS#11 modules do.
pub(crate) struct Application {
    pub(crate) list: &'static CK_FUNCTION_LIST,
}

macro_rules! call {
    ($self:ident . $name:ident ($($argument:expr),* $(,)?)) => {
        // SAFETY: the arguments point to what PKCS#11 says they do, for as long as the call takes.
        unsafe { $self.list.$name.unwrap()($($argument),*) }
    };
}
pub(crate) use call;

impl Application {
    pub(crate) fn load(module: &Path) -> Self {
        type GetFunctionList = unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV;
        // SAFETY: loading the module runs no code but its own.
        let library = unsafe { libloading::Library::new(module) }.unwrap();
        let library = Box::leak(Box::new(library));
        // SAFETY: the symbol has this type in every PKCS#11 module.
        let function = unsafe { library.get::<GetFunctionList>(b"C_GetFunctionList\0") }.unwrap();
        let mut list = null_mut();
        // SAFETY: `list` is a place for a pointer.
        assert_eq!(unsafe { function(&raw mut list) }, ck::CKR_OK);
        // SAFETY: the module is never unloaded, and its list never changes.
        Self { list: unsafe { list.as_ref() }.unwrap() }
    }

    pub(crate) fn initialize(&self) -> CK_RV {
        self.initialize_with(null_mut())
    }

    pub(crate) fn initialize_with(&self, arguments: CK_VOID_PTR) -> CK_RV {
        call!(self.C_Initialize(arguments))
    }

    pub(crate) fn finalize(&self) -> CK_RV {
        call!(self.C_Finalize(null_mut()))
    }

    pub(crate) fn info(&self) -> CK_INFO {
        answer(|info| call!(self.C_GetInfo(info))).unwrap()
    }

    pub(crate) fn slots(&self, with_token: CK_BBOOL) -> Vec<CK_SLOT_ID> {
        let mut count = 0;
        assert_eq!(call!(self.C_GetSlotList(with_token, null_mut(), &raw mut count)), ck::CKR_OK);
        let mut slots = vec![0; usize::try_from(count).unwrap()];
        let list = slots.as_mut_ptr();
        assert_eq!(call!(self.C_GetSlotList(with_token, list, &raw mut count)), ck::CKR_OK);
        slots
    }

    pub(crate) fn slot_info(&self, slot: CK_SLOT_ID) -> Result<CK_SLOT_INFO, CK_RV> {
        answer(|info| call!(self.C_GetSlotInfo(slot, info)))
    }

    pub(crate) fn token_info(&self, slot: CK_SLOT_ID) -> Result<CK_TOKEN_INFO, CK_RV> {
        answer(|info| call!(self.C_GetTokenInfo(slot, info)))
    }

    pub(crate) fn mechanism_info(
        &self,
        slot: CK_SLOT_ID,
        mechanism: CK_MECHANISM_TYPE,
    ) -> Result<CK_MECHANISM_INFO, CK_RV> {
        answer(|info| call!(self.C_GetMechanismInfo(slot, mechanism, info)))
    }

    pub(crate) fn open(&self, slot: CK_SLOT_ID) -> CK_SESSION_HANDLE {
        self.open_with(slot, ck::CKF_SERIAL_SESSION, null_mut(), None).unwrap()
    }

    pub(crate) fn open_with(
        &self,
        slot: CK_SLOT_ID,
        flags: CK_FLAGS,
        application: CK_VOID_PTR,
        notify: CK_NOTIFY,
    ) -> Result<CK_SESSION_HANDLE, CK_RV> {
        answer(|session| call!(self.C_OpenSession(slot, flags, application, notify, session)))
    }

    pub(crate) fn close(&self, session: CK_SESSION_HANDLE) -> CK_RV {
        call!(self.C_CloseSession(session))
    }

    pub(crate) fn session_info(
        &self,
        session: CK_SESSION_HANDLE,
    ) -> Result<CK_SESSION_INFO, CK_RV> {
        answer(|info| call!(self.C_GetSessionInfo(session, info)))
    }

    pub(crate) fn login(&self, session: CK_SESSION_HANDLE, pin: &[u8]) -> CK_RV {
        self.login_as(session, ck::CKU_USER, pin)
    }

    pub(crate) fn login_as(
        &self,
        session: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: &[u8],
    ) -> CK_RV {
        call!(self.C_Login(session, user, pin.as_ptr().cast_mut(), length(pin)))
    }

    pub(crate) fn logout(&self, session: CK_SESSION_HANDLE) -> CK_RV {
        call!(self.C_Logout(session))
    }

    pub(crate) fn find(
        &self,
        session: CK_SESSION_HANDLE,
        conditions: &[Condition<'_>],
    ) -> Vec<CK_OBJECT_HANDLE> {
        let mut template: Vec<CK_ATTRIBUTE> =
            conditions.iter().map(|(kind, number)| condition(*kind, number)).collect();
        let (entries, count) = (template.as_mut_ptr(), length(&template));
        assert_eq!(call!(self.C_FindObjectsInit(session, entries, count)), ck::CKR_OK);
        let (mut objects, mut found) = ([0; 16], 0);
        let places = objects.as_mut_ptr();
        assert_eq!(call!(self.C_FindObjects(session, places, 16, &raw mut found)), ck::CKR_OK);
        assert_eq!(call!(self.C_FindObjectsFinal(session)), ck::CKR_OK);
        objects[..usize::try_from(found).unwrap()].to_vec()
    }

    pub(crate) fn attribute(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Result<Vec<u8>, CK_RV> {
        let mut entry = CK_ATTRIBUTE { type_: kind, pValue: null_mut(), ulValueLen: 0 };
        let returned = call!(self.C_GetAttributeValue(session, object, &raw mut entry, 1));
        if returned != ck::CKR_OK {
            assert_eq!(entry.ulValueLen, ck::CK_UNAVAILABLE_INFORMATION);
            return Err(returned);
        }
        let mut value = vec![0u8; usize::try_from(entry.ulValueLen).unwrap()];
        entry.pValue = value.as_mut_ptr().cast();
        let returned = call!(self.C_GetAttributeValue(session, object, &raw mut entry, 1));
        assert_eq!(returned, ck::CKR_OK);
        Ok(value)
    }

    pub(crate) fn value(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Vec<u8> {
        self.attribute(session, object, kind).unwrap()
    }

    pub(crate) fn sign_init(
        &self,
        session: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
    ) -> CK_RV {
        let mut mechanism = CK_MECHANISM { mechanism, pParameter: null_mut(), ulParameterLen: 0 };
        call!(self.C_SignInit(session, &raw mut mechanism, key))
    }

    /// Asks for the length, then signs.
    pub(crate) fn sign(&self, session: CK_SESSION_HANDLE, data: &[u8]) -> Result<Vec<u8>, CK_RV> {
        let (data, data_length, mut room) = (data.as_ptr().cast_mut(), length(data), 0);
        let asked = call!(self.C_Sign(session, data, data_length, null_mut(), &raw mut room));
        if asked != ck::CKR_OK {
            return Err(asked);
        }
        let mut signature = vec![0u8; usize::try_from(room).unwrap()];
        let place = signature.as_mut_ptr();
        let returned = call!(self.C_Sign(session, data, data_length, place, &raw mut room));
        if returned == ck::CKR_OK { Ok(signature) } else { Err(returned) }
    }

    pub(crate) fn first_key(&self, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
        self.find(session, &[(ck::CKA_CLASS, &ck::CKO_PRIVATE_KEY)])[0]
    }

    pub(crate) fn sign_with_first_key(&self, session: CK_SESSION_HANDLE, record: &[u8]) -> Vec<u8> {
        let key = self.first_key(session);
        assert_eq!(self.sign_init(session, ck::CKM_RSA_PKCS, key), ck::CKR_OK);
        self.sign(session, &digest_info(record)).unwrap()
    }
}

/// The `DigestInfo` of the SHA-256 of a record (RFC 8017 §9.2, note 1).
pub(crate) fn digest_info(record: &[u8]) -> Vec<u8> {
    use aws_lc_rs::digest::{SHA256, digest};
    let prefix = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    [prefix, digest(&SHA256, record).as_ref()].concat()
}

pub(crate) fn length<T>(values: &[T]) -> CK_ULONG {
    CK_ULONG::try_from(values.len()).unwrap()
}

fn condition(kind: CK_ATTRIBUTE_TYPE, number: &CK_ULONG) -> CK_ATTRIBUTE {
    let value = std::ptr::from_ref(number).cast_mut().cast();
    CK_ATTRIBUTE { type_: kind, pValue: value, ulValueLen: length(&number.to_ne_bytes()) }
}

/// What a function writes through a pointer when it returns `CKR_OK`.
fn answer<T>(function: impl FnOnce(*mut T) -> CK_RV) -> Result<T, CK_RV> {
    let mut place = MaybeUninit::uninit();
    match function(place.as_mut_ptr()) {
        // SAFETY: the function wrote a `T`.
        ck::CKR_OK => Ok(unsafe { place.assume_init() }),
        refused => Err(refused),
    }
}
