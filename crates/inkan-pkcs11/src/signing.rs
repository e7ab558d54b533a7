//! A signature under way: begun by [`crate::Session::sign_init`], ended by [`Signing::sign`].

use crate::error::Error;
use crate::session::{Pin, Session};
use cryptoki_sys::CKU_CONTEXT_SPECIFIC;

/// A signature that has been begun. The session does nothing else meanwhile.
#[derive(Debug)]
#[must_use = "a signature that is begun has to be ended by `sign`"]
pub struct Signing<'a> {
    session: &'a mut Session,
}

impl<'a> Signing<'a> {
    pub(crate) fn begun(session: &'a mut Session) -> Self {
        Self { session }
    }

    /// Gives the PIN for this one signature, where the key has [`crate::attribute::ALWAYS_AUTHENTICATE`].
    pub fn authenticate(&mut self, pin: Pin<'_>) -> Result<(), Error> {
        let session = &self.session;
        session.functions().login(session.raw(), CKU_CONTEXT_SPECIFIC, pin.given())
    }

    /// Signs what the mechanism takes: a message, a digest or a DigestInfo. With the `expected`
    /// length of the signature the library is called once; without, it is first asked for the
    /// length. More or less than expected is no error.
    pub fn sign(self, data: &[u8], expected: Option<usize>) -> Result<Vec<u8>, Error> {
        let session = self.session;
        session.functions().sign(session.raw(), data, expected.unwrap_or(0))
    }
}
