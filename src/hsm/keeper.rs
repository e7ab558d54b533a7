//! Looking after the keys on a token: a session that is logged in, what lies there, and what the token
//! says of each key. Making keys stands in `generate.rs`, certificates and removal in `store.rs`.

mod error;

pub use error::KeeperError;

use super::error::HsmError;
use super::identity::only;
use super::key::TokenKey;
use super::login::{LastTry, check_form, log_in, may_log_in, not_let_in};
use super::object::{self, StoredCertificate, StoredKey, value};
use super::profile::SessionKind;
use super::public;
use super::token::Token;
use super::uri::Uri;
use crate::der::algorithm::PublicKey;
use crate::der::certificate::Certificate;
use crate::key::Password;
use crate::key::pair::same_key;
use inkan_pkcs11::attribute::{self as a};
use inkan_pkcs11::{Access, Attribute, Error, Meaning, ObjectHandle, Session};

/// A token that somebody is logged in to, to look after its keys.
#[derive(Debug)]
pub struct Keeper {
    pub(super) token: Token,
    pub(super) session: Session,
}

/// What is going to be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Nothing is changed.
    Look,
    /// Objects are made or removed.
    Change,
}

/// A private key as it lies on the token.
#[derive(Clone, Debug)]
pub struct Held {
    pub(super) stored: StoredKey,
    /// Its public half, where the token tells it.
    pub public_key: Option<PublicKey>,
    /// What the token says of how it may be used and whether it can leave.
    pub flags: Vec<Flag>,
    /// The mechanism that made it, where the token says so.
    pub made_by: Option<String>,
}

/// One attribute that is true or false.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flag {
    /// Its `CKA_` name.
    pub name: &'static str,
    /// What the token says; nothing where it says nothing.
    pub value: Option<bool>,
}

/// What is asked of every private key.
const FLAGS: [Attribute<bool>; 14] = [
    a::TOKEN,
    a::PRIVATE,
    a::SENSITIVE,
    a::ALWAYS_SENSITIVE,
    a::EXTRACTABLE,
    a::NEVER_EXTRACTABLE,
    a::LOCAL,
    a::MODIFIABLE,
    a::SIGN,
    a::DECRYPT,
    a::UNWRAP,
    a::DERIVE,
    a::ALWAYS_AUTHENTICATE,
    a::WRAP_WITH_TRUSTED,
];

impl Keeper {
    /// Logs in. `pin` is called once, after everything else that can be wrong was looked at; it is not
    /// called where the PIN is typed on the token itself.
    pub fn open<E: From<KeeperError>>(
        token: Token,
        purpose: Purpose,
        last_try: LastTry,
        pin: impl FnOnce(&Token) -> Result<Password, E>,
    ) -> Result<Self, E> {
        let (session, _) = logged_in(&token, purpose, last_try, pin)?;
        Ok(Self { token, session })
    }

    /// Looks beside a key that is logged in: the login of one session holds for all of this process, until
    /// the key logs out.
    pub fn beside(key: &TokenKey) -> Result<Self, KeeperError> {
        let token = key.token().clone();
        let session = open_session(&token, Purpose::Look)?;
        Ok(Self { token, session })
    }

    /// The token.
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// Every private key that signs.
    pub fn keys(&self) -> Result<Vec<Held>, KeeperError> {
        let stored = object::keys(&self.session).map_err(|error| self.failed(error))?;
        stored.into_iter().map(|key| self.held(key).map_err(|error| self.failed(error))).collect()
    }

    /// The one key that the URI means.
    pub fn key(&self, uri: &Uri) -> Result<Held, KeeperError> {
        let stored = object::keys(&self.session).map_err(|error| self.failed(error))?;
        let key = only(&self.token, uri, stored)?;
        self.held(key).map_err(|error| self.failed(error))
    }

    /// The certificates of a key that lie on the token, without those by which the maker of the token
    /// attests it.
    pub fn certificates_of(&self, key: &Held) -> Result<Vec<Certificate>, KeeperError> {
        let stored = self.stored_certificates_of(key)?;
        Ok(stored.into_iter().map(|stored| stored.certificate).collect())
    }

    /// The certificates on the token by whose label its profile knows them for attestations of its
    /// maker, each with its label. Nothing is judged of them.
    pub fn maker_attestations(&self) -> Result<Vec<(String, Certificate)>, KeeperError> {
        let all = object::certificates(&self.session).map_err(|error| self.failed(error))?;
        let attesting = all.into_iter().filter(|stored| self.attests(stored));
        Ok(attesting.map(|stored| (stored.label.unwrap_or_default(), stored.certificate)).collect())
    }

    pub(super) fn stored_certificates_of(
        &self,
        key: &Held,
    ) -> Result<Vec<StoredCertificate>, KeeperError> {
        let all = object::certificates(&self.session).map_err(|error| self.failed(error))?;
        let fits = |s: &StoredCertificate| !self.attests(s) && key.owns(s);
        Ok(all.into_iter().filter(fits).collect())
    }

    fn attests(&self, stored: &StoredCertificate) -> bool {
        self.token.profile.attests(stored.label.as_deref())
    }

    pub(super) fn held(&self, stored: StoredKey) -> Result<Held, Error> {
        let (session, handle) = (&self.session, stored.handle);
        let flag = |attribute: Attribute<bool>| {
            Ok(Flag { name: attribute.name(), value: value(session, handle, attribute)? })
        };
        let flags = FLAGS.into_iter().map(flag).collect::<Result<_, Error>>()?;
        let made_by = value(session, handle, a::KEY_GEN_MECHANISM)?.map(|kind| kind.to_string());
        let public_key = public::half_of(session, handle, stored.id.as_deref())?;
        Ok(Held { stored, public_key, flags, made_by })
    }

    pub(super) fn failed(&self, error: Error) -> KeeperError {
        HsmError::Call { token: self.token.called(), error }.into()
    }
}

/// A session that is logged in, and the PIN, unless that is typed on the token itself.
pub(super) fn logged_in<E: From<KeeperError>>(
    token: &Token,
    purpose: Purpose,
    last_try: LastTry,
    pin: impl FnOnce(&Token) -> Result<Password, E>,
) -> Result<(Session, Option<Password>), E> {
    let of_hsm = |error: HsmError| E::from(KeeperError::from(error));
    may_log_in(token, last_try).map_err(of_hsm)?;
    let session = open_session(token, purpose)?;
    let pin = match token.info.flags.protected_authentication_path() {
        true => None,
        false => Some(pin(token)?),
    };
    if let Some(pin) = &pin {
        check_form(token, pin).map_err(of_hsm)?;
    }
    log_in(&session, pin.as_ref()).map_err(|error| of_hsm(not_let_in(token, error)))?;
    Ok((session, pin))
}

/// A session for that purpose. A card that takes no changes says so here, before anybody types a PIN.
fn open_session(token: &Token, purpose: Purpose) -> Result<Session, KeeperError> {
    let unchangeable = || KeeperError::Unchangeable { token: token.called() };
    let access = match (purpose, token.profile.login.session) {
        (Purpose::Change, _) if token.info.flags.write_protected() => return Err(unchangeable()),
        (Purpose::Change, _) | (Purpose::Look, SessionKind::ReadWrite) => Access::ReadWrite,
        (Purpose::Look, SessionKind::ReadOnly) => Access::ReadOnly,
    };
    token.module.open_session(token.slot, access).map_err(|error| match error.meaning() {
        Meaning::ReadOnly | Meaning::NotSupported if purpose == Purpose::Change => unchangeable(),
        _ => HsmError::Call { token: token.called(), error }.into(),
    })
}

impl Held {
    /// Its label.
    pub fn label(&self) -> Option<&str> {
        self.stored.label.as_deref()
    }

    /// Its identifier.
    pub fn id(&self) -> Option<&[u8]> {
        self.stored.id.as_deref()
    }

    /// How people name it.
    pub fn called(&self) -> String {
        self.stored.called()
    }

    /// What the token says of one attribute.
    pub fn says(&self, name: &str) -> Option<bool> {
        self.flags.iter().find(|flag| flag.name == name).and_then(|flag| flag.value)
    }

    /// Whether that is the public half of this key; nothing if the token does not say enough.
    pub fn is_of(&self, public: &PublicKey) -> Option<bool> {
        match &self.public_key {
            Some(own) => Some(same_key(own, public)),
            None => self.stored.is_of(public),
        }
    }

    pub(super) const fn handle(&self) -> ObjectHandle {
        self.stored.handle
    }

    /// A certificate is of the key whose public half it carries; where the token does not tell that,
    /// of the one with the same identifier.
    fn owns(&self, stored: &StoredCertificate) -> bool {
        let same_id =
            self.id().is_some_and(|id| !id.is_empty() && stored.id.as_deref() == Some(id));
        self.is_of(stored.certificate.public_key()).unwrap_or(same_id)
    }
}
