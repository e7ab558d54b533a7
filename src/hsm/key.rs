//! A private key on a token, which signs as its profile says.
//!
//! A wrong PIN costs one of a few tries, so it is never tried again: after it, and after the token has
//! gone, the key refuses without asking the token. Every signature is verified with the public key of
//! the certificate before anybody else sees it.

use super::error::HsmError;
use super::identity::{Identity, choose, only};
use super::keeper::{KeeperError, Purpose, logged_in};
use super::login::{LastTry, check_form, log_in, may_log_in, not_let_in, pin_of};
use super::object::{self, StoredKey};
use super::public;
use super::scheme::Method;
use super::token::Token;
use super::uri::Uri;
use crate::crypto::SignatureScheme;
use crate::crypto::verify::verify;
use crate::der::algorithm::{KeyKind, PublicKey};
use crate::der::certificate::Certificate;
use crate::key::{KeyError, Password, SigningKey};
use crate::policy::token::{PerSignature, Quirk, SessionKind};
use inkan_pkcs11::{Access, Error, ObjectHandle, Session};
use std::cell::RefCell;

/// A key on a token, logged in to when it signs.
#[derive(Debug)]
pub struct TokenKey {
    token: Token,
    public_key: PublicKey,
    method: Method,
    pin: Option<Password>,
    key: StoredKey,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    session: Session,
    /// The key as it was found in this login; nothing after a logout, which ends handles.
    handle: Option<ObjectHandle>,
    /// Why the key does not sign any more.
    ended: Option<KeyError>,
}

/// How a key is to be opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Which key is meant.
    pub uri: &'a Uri,
    /// Certificates that the user gave.
    pub given: &'a [Certificate],
    /// How it is to sign, where the user said so (`rsa-pss-sha256`, …).
    pub scheme: Option<&'a str>,
    /// What may be done with the last try.
    pub last_try: LastTry,
}

impl TokenKey {
    /// Logs in and finds the key. `pin` is called once, after everything else that can be wrong was
    /// looked at; it is not called where the PIN is typed on the token itself.
    pub fn open<E: From<HsmError>>(
        token: Token,
        opening: &Opening<'_>,
        pin: impl FnOnce(&Token) -> Result<Password, E>,
    ) -> Result<(Self, Identity), E> {
        may_log_in(&token, opening.last_try)?;
        let access = match token.profile.login.session {
            SessionKind::ReadOnly => Access::ReadOnly,
            SessionKind::ReadWrite => Access::ReadWrite,
        };
        let failed = |error| HsmError::Call { token: token.called(), error };
        let session = token.module.open_session(token.slot, access).map_err(failed)?;
        let stored_openly = match token.profile.has(Quirk::CertificatePrivate) {
            true => Vec::new(),
            false => object::certificates(&session).map_err(failed)?,
        };
        let pin = match token.info.flags.protected_authentication_path() {
            true => None,
            false => Some(pin(&token)?),
        };
        if let Some(pin) = &pin {
            check_form(&token, pin)?;
        }
        log_in(&session, pin.as_ref()).map_err(|error| not_let_in(&token, error))?;
        let stored = match token.profile.has(Quirk::CertificatePrivate) {
            true => object::certificates(&session).map_err(failed)?,
            false => stored_openly,
        };
        let stored = stored.into_iter().filter(|s| !token.profile.attests(s.label.as_deref()));
        let stored = stored.collect();
        let keys = object::keys(&session).map_err(failed)?;
        let chosen = choose(&token, opening.uri, keys, stored, opening.given)?;
        let public_key = chosen.identity.certificate.public_key().clone();
        let method = Method::of(&token, &public_key, opening.scheme)?;
        let key = chosen.key;
        let state = RefCell::new(State { session, handle: Some(key.handle), ended: None });
        Ok((Self { token, public_key, method, pin, key, state }, chosen.identity))
    }

    /// As [`Self::open`], but the key needs no certificate: the token itself tells its public half.
    /// A request for its certificate is what such a key signs.
    pub fn open_without_certificate<E: From<KeeperError>>(
        token: Token,
        opening: &Opening<'_>,
        pin: impl FnOnce(&Token) -> Result<Password, E>,
    ) -> Result<Self, E> {
        let of_hsm = |error: HsmError| E::from(KeeperError::from(error));
        let failed = |error| of_hsm(HsmError::Call { token: token.called(), error });
        let (session, pin) = logged_in(&token, Purpose::Look, opening.last_try, pin)?;
        let keys = object::keys(&session).map_err(failed)?;
        let key = only(&token, opening.uri, keys).map_err(of_hsm)?;
        let told = public::half_of(&session, key.handle, key.id.as_deref()).map_err(failed)?;
        let public_key = told.ok_or_else(|| KeeperError::PublicHalfUnknown {
            token: token.called(),
            key: key.called(),
        })?;
        let method = Method::of(&token, &public_key, opening.scheme).map_err(of_hsm)?;
        let state = RefCell::new(State { session, handle: Some(key.handle), ended: None });
        Ok(Self { token, public_key, method, pin, key, state })
    }

    /// The token that it is on.
    pub const fn token(&self) -> &Token {
        &self.token
    }

    fn attempt(&self, state: &mut State, message: &[u8]) -> Result<Vec<u8>, HsmError> {
        let failed = |error| HsmError::Call { token: self.token.called(), error };
        let handle = match state.handle.take() {
            Some(handle) => handle,
            None => {
                let refused = |error| not_let_in(&self.token, error);
                log_in(&state.session, self.pin.as_ref()).map_err(refused)?;
                // A login that leads to no key is taken back: the next one would find itself logged in.
                self.found_again(&state.session).inspect_err(|_| drop(state.session.logout()))?
            }
        };
        let made = self.made(&mut state.session, handle, message).map_err(failed);
        match self.token.profile.login.per_signature {
            PerSignature::AsKeySays => state.handle = Some(handle),
            // Whatever became of the signature, nobody stays logged in.
            PerSignature::LogoutAndLogin => {
                let out = state.session.logout().map_err(failed);
                return self.checked(message, made.and_then(|made| out.map(|()| made))?);
            }
        }
        self.checked(message, made?)
    }

    /// The key after a new login, which gives it a new handle.
    fn found_again(&self, session: &Session) -> Result<ObjectHandle, HsmError> {
        let failed = |error| HsmError::Call { token: self.token.called(), error };
        let gone = || HsmError::NoKey {
            token: self.token.called(),
            wanted: self.key.called(),
            seen: Vec::new(),
        };
        self.key.found_again(session).map_err(failed)?.ok_or_else(gone)
    }

    fn made(
        &self,
        session: &mut Session,
        handle: ObjectHandle,
        message: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let asks_again = self.token.profile.login.per_signature == PerSignature::AsKeySays
            && self.key.always_authenticates;
        let mut signing = session.sign_init(self.method.mechanism(), handle)?;
        if asks_again {
            signing.authenticate(pin_of(self.pin.as_ref()))?;
        }
        signing.sign(&self.method.input(message), self.expected_octets())
    }

    /// How long a signature will be: asking the token would be one call more for each.
    fn expected_octets(&self) -> Option<usize> {
        match self.public_key.kind() {
            KeyKind::Rsa { bits, .. } => Some(bits.div_ceil(8)),
            _ => None,
        }
    }

    /// The signature as CMS has it, if it is one.
    fn checked(&self, message: &[u8], made: Vec<u8>) -> Result<Vec<u8>, HsmError> {
        let wrong = || HsmError::WrongSignature { token: self.token.called() };
        let signature = self.method.output(made).ok_or_else(wrong)?;
        verify(self.method.scheme, &self.public_key, message, &signature).map_err(|_| wrong())?;
        Ok(signature)
    }
}

impl SigningKey for TokenKey {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn scheme(&self) -> SignatureScheme {
        self.method.scheme
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut state = self.state.borrow_mut();
        if let Some(ended) = &state.ended {
            return Err(ended.clone());
        }
        self.attempt(&mut state, message).map_err(|error| {
            let ends = error.ends_batch();
            let error = KeyError::from(error);
            state.ended = ends.then(|| error.clone());
            error
        })
    }
}
