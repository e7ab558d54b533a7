//! A session with a token: logging in, finding objects, reading and changing them.

use crate::attribute::{self, Answer, Attribute, Template, Value};
use crate::error::Error;
use crate::ffi::{Functions, Raw, RawSession};
use crate::info::{SessionInfo, SlotId, wide};
use crate::mechanism::{KeyPairMechanism, SignMechanism};
use crate::module::Loaded;
use crate::signing::Signing;
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_USER_TYPE, CKF_RW_SESSION, CKU_SO, CKU_USER};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Whether a session may change the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// It may not; all that HPKI cards offer.
    ReadOnly,
    /// It may.
    ReadWrite,
}

/// Who logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum User {
    /// Whoever uses the keys.
    User,
    /// Whoever initialises the token and sets the user's PIN.
    SecurityOfficer,
}

/// Where the PIN comes from. It is handed to the library as it stands, and kept nowhere.
#[derive(Clone, Copy)]
pub enum Pin<'a> {
    /// From here.
    Given(&'a [u8]),
    /// From the key pad of the token or its reader: [`crate::TokenFlags::protected_authentication_path`].
    TypedOnToken,
}

/// An object by its handle, which holds as long as the session it was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectHandle(pub(crate) CK_OBJECT_HANDLE);

/// A session, closed when it is dropped. It can go to another thread, but not be used by two:
///
/// ```compile_fail
/// fn shared_by_threads<T: Sync>() {}
/// shared_by_threads::<inkan_pkcs11::Session>();
/// ```
///
/// Logging in holds for all sessions of this process with the same token, and so does logging out.
#[derive(Debug)]
pub struct Session {
    loaded: Arc<Loaded>,
    raw: RawSession,
    one_thread_at_a_time: PhantomData<Cell<()>>,
}

impl Session {
    pub(crate) fn open(loaded: Arc<Loaded>, slot: SlotId, access: Access) -> Result<Self, Error> {
        let flags = match access {
            Access::ReadOnly => 0,
            Access::ReadWrite => CKF_RW_SESSION,
        };
        let raw = loaded.functions.open_session(slot.0, flags)?;
        Ok(Self { loaded, raw, one_thread_at_a_time: PhantomData })
    }

    /// Its state.
    pub fn info(&self) -> Result<SessionInfo, Error> {
        self.functions().session_info(self.raw)
    }

    /// Logs in. After [`crate::Meaning::PinWrong`], only a human may say to try again.
    pub fn login(&self, user: User, pin: Pin<'_>) -> Result<(), Error> {
        self.functions().login(self.raw, user.code(), pin.given())
    }

    /// Logs out.
    pub fn logout(&self) -> Result<(), Error> {
        self.functions().logout(self.raw)
    }

    /// Sets the user's PIN; the security officer has to be logged in.
    pub fn init_pin(&self, pin: &[u8]) -> Result<(), Error> {
        self.functions().init_pin(self.raw, pin)
    }

    /// The objects that have all attributes of a template. Private ones are seen after a login.
    pub fn find_objects(&self, template: &Template) -> Result<Vec<ObjectHandle>, Error> {
        Ok(self.functions().find(self.raw, template)?.into_iter().map(ObjectHandle).collect())
    }

    /// One attribute of an object. That it is not shown, or not known, is an answer and no error.
    pub fn attribute<T: Value>(
        &self,
        object: ObjectHandle,
        attribute: Attribute<T>,
    ) -> Result<Answer<T>, Error> {
        Ok(match self.functions().attribute(self.raw, object.0, attribute.code)? {
            Raw::Bytes(bytes) => attribute::decode(bytes),
            Raw::Sensitive => Answer::Sensitive,
            Raw::NotReported => Answer::NotReported,
            Raw::TooLong(length) => Answer::Malformed { length: wide(length) },
        })
    }

    /// Changes attributes of an object.
    pub fn set_attributes(&self, object: ObjectHandle, template: &Template) -> Result<(), Error> {
        self.functions().set_attributes(self.raw, object.0, template)
    }

    /// Makes an object.
    pub fn create_object(&self, template: &Template) -> Result<ObjectHandle, Error> {
        self.functions().create_object(self.raw, template).map(ObjectHandle)
    }

    /// Removes an object.
    pub fn destroy_object(&self, object: ObjectHandle) -> Result<(), Error> {
        self.functions().destroy_object(self.raw, object.0)
    }

    /// Makes a key pair: the public key, and the private key.
    pub fn generate_key_pair(
        &self,
        mechanism: KeyPairMechanism,
        public: &Template,
        private: &Template,
    ) -> Result<(ObjectHandle, ObjectHandle), Error> {
        let (public, private) =
            self.functions().generate_key_pair(self.raw, mechanism.lower(), public, private)?;
        Ok((ObjectHandle(public), ObjectHandle(private)))
    }

    /// Begins a signature. Where it is given up half-way, the session stays [`crate::Meaning::Busy`]:
    /// PKCS#11 before v3.0 cannot take it back. Open another session then.
    pub fn sign_init(
        &mut self,
        mechanism: SignMechanism,
        key: ObjectHandle,
    ) -> Result<Signing<'_>, Error> {
        self.functions().sign_init(self.raw, mechanism.lower(), key.0)?;
        Ok(Signing::begun(self))
    }

    pub(crate) fn raw(&self) -> RawSession {
        self.raw
    }

    pub(crate) fn functions(&self) -> &Functions {
        &self.loaded.functions
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may be gone with its card; then there is nothing to close.
        let _ = self.functions().close_session(self.raw);
    }
}

impl User {
    fn code(self) -> CK_USER_TYPE {
        match self {
            Self::User => CKU_USER,
            Self::SecurityOfficer => CKU_SO,
        }
    }
}

impl<'a> Pin<'a> {
    pub(crate) fn given(self) -> Option<&'a [u8]> {
        match self {
            Self::Given(pin) => Some(pin),
            Self::TypedOnToken => None,
        }
    }
}

impl fmt::Debug for Pin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given(_) => "Given(..)",
            Self::TypedOnToken => "TypedOnToken",
        })
    }
}
