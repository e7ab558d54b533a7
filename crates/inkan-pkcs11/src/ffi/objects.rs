//! Finding objects, making and removing them.

use super::buffer::Lowered;
use super::sign::with_mechanism;
use super::{Functions, RawSession, checked, enter, heard, said};
use crate::attribute::Template;
use crate::error::Error;
use crate::mechanism;
use cryptoki_sys::CK_OBJECT_HANDLE;

/// Handles that are asked for at a time.
const AT_A_TIME: usize = 64;

/// A large HSM partition holds some ten thousand keys; beyond this a library is not believed.
const MOST_OBJECTS: usize = 1_000_000;

impl Functions {
    /// The search is ended whatever happens: an open one would block the session.
    pub(crate) fn find(
        &self,
        session: RawSession,
        template: &Template,
    ) -> Result<Vec<CK_OBJECT_HANDLE>, Error> {
        const FUNCTION: &str = "C_FindObjectsInit";
        let mut template = Lowered::new(FUNCTION, template)?;
        let length = template.len(FUNCTION)?;
        {
            let (function, _turn) = enter!(self.C_FindObjectsInit);
            // SAFETY: the template has `length` attributes, whose values it owns.
            checked(FUNCTION, unsafe { function(session.0, template.as_mut_ptr(), length) })?;
        }
        let found = self.found(session);
        let ended = self.end_search(session);
        let found = found?;
        ended.map(|()| found)
    }

    fn found(&self, session: RawSession) -> Result<Vec<CK_OBJECT_HANDLE>, Error> {
        const FUNCTION: &str = "C_FindObjects";
        let mut found = Vec::new();
        while found.len() < MOST_OBJECTS {
            let mut some = [0; AT_A_TIME];
            let mut count = 0;
            let room = said(FUNCTION, AT_A_TIME)?;
            let (function, _turn) = enter!(self.C_FindObjects);
            // SAFETY: `some` has room for `room` handles, `count` for one number.
            checked(FUNCTION, unsafe {
                function(session.0, some.as_mut_ptr(), room, &raw mut count)
            })?;
            match heard(FUNCTION, count, AT_A_TIME, "more handles than there was room for")? {
                0 => return Ok(found),
                count => found.extend(some.iter().take(count)),
            }
        }
        Err(Error::BadAnswer { function: FUNCTION, what: "objects without end" })
    }

    fn end_search(&self, session: RawSession) -> Result<(), Error> {
        let (function, _turn) = enter!(self.C_FindObjectsFinal);
        // SAFETY: takes a number only.
        checked("C_FindObjectsFinal", unsafe { function(session.0) })
    }

    pub(crate) fn set_attributes(
        &self,
        session: RawSession,
        object: CK_OBJECT_HANDLE,
        template: &Template,
    ) -> Result<(), Error> {
        const FUNCTION: &str = "C_SetAttributeValue";
        let mut template = Lowered::new(FUNCTION, template)?;
        let length = template.len(FUNCTION)?;
        let (function, _turn) = enter!(self.C_SetAttributeValue);
        // SAFETY: the template has `length` attributes, whose values it owns.
        checked(FUNCTION, unsafe { function(session.0, object, template.as_mut_ptr(), length) })
    }

    pub(crate) fn create_object(
        &self,
        session: RawSession,
        template: &Template,
    ) -> Result<CK_OBJECT_HANDLE, Error> {
        const FUNCTION: &str = "C_CreateObject";
        let mut template = Lowered::new(FUNCTION, template)?;
        let length = template.len(FUNCTION)?;
        let mut object = 0;
        let (function, _turn) = enter!(self.C_CreateObject);
        // SAFETY: the template has `length` attributes, whose values it owns; `object` is a place
        // for one handle.
        checked(FUNCTION, unsafe {
            function(session.0, template.as_mut_ptr(), length, &raw mut object)
        })?;
        Ok(object)
    }

    pub(crate) fn destroy_object(
        &self,
        session: RawSession,
        object: CK_OBJECT_HANDLE,
    ) -> Result<(), Error> {
        let (function, _turn) = enter!(self.C_DestroyObject);
        // SAFETY: takes numbers only.
        checked("C_DestroyObject", unsafe { function(session.0, object) })
    }

    /// The public key, and the private key.
    pub(crate) fn generate_key_pair(
        &self,
        session: RawSession,
        mechanism: mechanism::Lowered,
        public: &Template,
        private: &Template,
    ) -> Result<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE), Error> {
        const FUNCTION: &str = "C_GenerateKeyPair";
        let (mut public, mut private) =
            (Lowered::new(FUNCTION, public)?, Lowered::new(FUNCTION, private)?);
        let (public_length, private_length) = (public.len(FUNCTION)?, private.len(FUNCTION)?);
        let (mut public_key, mut private_key) = (0, 0);
        let (function, _turn) = enter!(self.C_GenerateKeyPair);
        let code = with_mechanism(FUNCTION, mechanism, |mechanism| {
            // SAFETY: the mechanism lives through the call; the templates have as many attributes
            // as is said, whose values they own; the keys are places for one handle each.
            unsafe {
                function(
                    session.0,
                    mechanism,
                    public.as_mut_ptr(),
                    public_length,
                    private.as_mut_ptr(),
                    private_length,
                    &raw mut public_key,
                    &raw mut private_key,
                )
            }
        })?;
        checked(FUNCTION, code)?;
        Ok((public_key, private_key))
    }
}
