//! Looks at libraries, slots, tokens and what lies on them; nothing is changed.

use super::error::{HsmError, TriesLeft};
use super::library::Library;
use super::login::{LastTry, check_form, log_in, may_log_in, not_let_in};
use super::object::value;
use super::token::{Seen as SeenSlot, Token};
use super::uri::Uri;
use crate::der::certificate::Certificate;
use crate::key::Password;
use crate::key::token::{
    Inside, LibraryFacts, LibrarySaid, MechanismFacts, MechanismUse, ObjectFacts, ObjectKind,
    PinState, PointForm, Seen, SlotFacts, TokenFacts, Told,
};
use crate::policy::token::SessionKind;
use inkan_pkcs11::attribute as a;
use inkan_pkcs11::{
    Access, Answer, Attribute, Error, KeyType, MechanismType, ObjectClass, ObjectHandle, Session,
    Template, TokenInfo,
};

/// Objects that are looked at; a card has some dozens.
const MAX_OBJECTS: usize = 4096;

/// What is asked of private keys: how they are protected, and how they are used.
const OF_PRIVATE_KEYS: [Attribute<bool>; 7] = [
    a::SIGN,
    a::SENSITIVE,
    a::EXTRACTABLE,
    a::ALWAYS_SENSITIVE,
    a::NEVER_EXTRACTABLE,
    a::LOCAL,
    a::ALWAYS_AUTHENTICATE,
];

/// A library with all its slots.
pub fn library(library: &Library, named: bool) -> LibraryFacts {
    let said = LibrarySaid {
        manufacturer: library.info.manufacturer.clone(),
        description: library.info.description.clone(),
        version: library.info.version.to_string(),
        cryptoki: library.info.cryptoki.to_string(),
    };
    let path = library.path.display().to_string();
    let (slots, trouble) = match library.slots() {
        Ok(slots) => (slots.iter().map(|seen| slot(library, seen, named)).collect(), None),
        Err(error) => (Vec::new(), Some((error.to_string(), error.hint()))),
    };
    LibraryFacts { path, said: Some(said), trouble, slots }
}

fn slot(library: &Library, seen: &SeenSlot, named: bool) -> SlotFacts {
    SlotFacts {
        number: seen.slot.number(),
        description: seen.info.description.clone(),
        manufacturer: seen.info.manufacturer.clone(),
        removable: seen.info.removable,
        hardware: seen.info.hardware,
        token: seen.token(library).map(|token| outside(&token, named)),
    }
}

/// A token from outside. Where the library was `named` by the user, so does the URI of the token.
pub fn outside(token: &Token, named: bool) -> TokenFacts {
    let info = &token.info;
    TokenFacts {
        label: info.label.clone(),
        serial: info.serial.clone(),
        model: info.model.clone(),
        manufacturer: info.manufacturer.clone(),
        hardware_version: info.hardware_version.to_string(),
        firmware_version: info.firmware_version.to_string(),
        flags: info.flags.names().collect(),
        pin: pin_state(info),
        pin_min: info.pin_min,
        pin_max: info.pin_max,
        login_required: info.flags.login_required(),
        pad: info.flags.protected_authentication_path(),
        profile: token.profile.id.clone(),
        recognised: token.recognised,
        uri: uri_of(token, named).to_string(),
        inside: None,
    }
}

fn pin_state(info: &TokenInfo) -> PinState {
    match TriesLeft::told(info.flags) {
        _ if !info.flags.user_pin_initialised() => PinState::NotSet,
        TriesLeft::None => PinState::Locked,
        TriesLeft::One => PinState::FinalTry,
        _ if info.flags.user_pin_to_be_changed() => PinState::ToBeChanged,
        TriesLeft::Few => PinState::CountLow,
        TriesLeft::NotTold => PinState::Set,
    }
}

fn uri_of(token: &Token, named: bool) -> Uri {
    let told = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (label, serial) = (told(&token.info.label), told(&token.info.serial));
    let slot = (label.is_none() && serial.is_none()).then(|| token.slot.number());
    let module = named.then(|| token.path.clone());
    Uri { token: label, serial, slot, module, ..Uri::default() }
}

/// A token with what lies on it. With `login`, private objects too; `pin` is called once, and not where
/// the PIN is typed on the token itself.
pub fn inside<E: From<HsmError>>(
    token: &Token,
    named: bool,
    login: Option<LastTry>,
    pin: impl FnOnce(&Token) -> Result<Password, E>,
) -> Result<TokenFacts, E> {
    if let Some(last_try) = login {
        may_log_in(token, last_try)?;
    }
    let failed = |error| HsmError::Call { token: token.called(), error };
    let (access, session_kind) = match token.profile.login.session {
        SessionKind::ReadOnly => (Access::ReadOnly, "read-only"),
        SessionKind::ReadWrite => (Access::ReadWrite, "read-write"),
    };
    let session = token.module.open_session(token.slot, access).map_err(failed)?;
    let looking = Looking { session: &session, uri: uri_of(token, named) };
    let mut objects = looking.objects(Seen::Openly, &[]).map_err(failed)?;
    if login.is_some() {
        let pin = match token.info.flags.protected_authentication_path() {
            true => None,
            false => Some(pin(token)?),
        };
        if let Some(pin) = &pin {
            check_form(token, pin)?;
        }
        log_in(&session, pin.as_ref()).map_err(|error| not_let_in(token, error))?;
        objects.extend(looking.objects(Seen::ByItsUser, &objects).map_err(failed)?);
        session.logout().map_err(failed)?;
    }
    let inside = Inside {
        initialised: token.initialised.name(),
        session: session_kind,
        login: if login.is_some() { Seen::ByItsUser } else { Seen::Openly },
        mechanisms: mechanisms(token).map_err(failed)?,
        objects,
    };
    Ok(TokenFacts { inside: Some(inside), ..outside(token, named) })
}

fn mechanisms(token: &Token) -> Result<Vec<MechanismFacts>, Error> {
    let kinds = token.module.mechanisms(token.slot)?;
    Ok(kinds.into_iter().map(|kind| mechanism(token, kind)).collect())
}

fn mechanism(token: &Token, kind: MechanismType) -> MechanismFacts {
    let does = token.module.mechanism_info(token.slot, kind).ok().map(|info| MechanismUse {
        min: info.min,
        max: info.max,
        sign: info.sign,
        verify: info.verify,
        digest: info.digest,
        generate_key_pair: info.generate_key_pair,
        hardware: info.hardware,
    });
    MechanismFacts { name: kind.to_string(), does }
}

/// A session that objects are looked at with.
struct Looking<'a> {
    session: &'a Session,
    uri: Uri,
}

impl Looking<'_> {
    /// The objects that are seen now and are not among those `before`.
    fn objects(&self, seen: Seen, before: &[ObjectFacts]) -> Result<Vec<ObjectFacts>, Error> {
        let mut objects = Vec::new();
        for class in [ObjectClass::Certificate, ObjectClass::PrivateKey, ObjectClass::PublicKey] {
            let found = self.session.find_objects(&Template::new().with(a::CLASS, class))?;
            for handle in found.into_iter().take(MAX_OBJECTS) {
                objects.push(self.object(class, handle, seen)?);
            }
        }
        objects.retain(|object| !before.iter().any(|known| is_same(known, object)));
        Ok(objects)
    }

    fn object(
        &self,
        class: ObjectClass,
        handle: ObjectHandle,
        seen: Seen,
    ) -> Result<ObjectFacts, Error> {
        let label = value(self.session, handle, a::LABEL)?;
        let id = value(self.session, handle, a::ID)?.filter(|id| !id.is_empty());
        let uri = Uri { object: label.clone(), id: id.clone(), ..self.uri.clone() };
        let kind = match class {
            ObjectClass::PrivateKey => ObjectKind::PrivateKey,
            ObjectClass::PublicKey => ObjectKind::PublicKey,
            ObjectClass::Certificate
            | ObjectClass::Data
            | ObjectClass::SecretKey
            | ObjectClass::Other(_) => self.certificate(handle)?,
        };
        let (mut algorithm, mut point, mut attributes) = (None, None, Vec::new());
        if matches!(kind, ObjectKind::PrivateKey | ObjectKind::PublicKey) {
            algorithm = self.algorithm(handle)?;
        }
        if matches!(kind, ObjectKind::PublicKey) {
            point = value(self.session, handle, a::EC_POINT)?.and_then(|point| form_of(&point));
        }
        if matches!(kind, ObjectKind::PrivateKey) {
            for attribute in OF_PRIVATE_KEYS {
                attributes.push((attribute.name(), self.told(handle, attribute)?));
            }
        }
        let uri = uri.to_string();
        Ok(ObjectFacts { kind, label, id, uri, seen, algorithm, point, attributes })
    }

    fn certificate(&self, handle: ObjectHandle) -> Result<ObjectKind, Error> {
        let der = value(self.session, handle, a::VALUE)?.unwrap_or_default();
        Ok(match Certificate::parse(der) {
            Ok(certificate) => ObjectKind::Certificate(Box::new(certificate)),
            Err(_) => ObjectKind::Unreadable,
        })
    }

    fn algorithm(&self, handle: ObjectHandle) -> Result<Option<(String, Option<usize>)>, Error> {
        let Some(kind) = value(self.session, handle, a::KEY_TYPE)? else { return Ok(None) };
        let bits = |modulus: Vec<u8>| {
            let significant = modulus.iter().skip_while(|octet| **octet == 0).count();
            significant * 8
        };
        Ok(Some(match kind {
            KeyType::Rsa => ("RSA".to_owned(), value(self.session, handle, a::MODULUS)?.map(bits)),
            KeyType::Ec => ("EC".to_owned(), None),
            KeyType::EcEdwards => ("EdDSA".to_owned(), None),
            KeyType::Other(number) => (format!("0x{number:x}"), None),
        }))
    }

    fn told(&self, handle: ObjectHandle, attribute: Attribute<bool>) -> Result<Told, Error> {
        Ok(match self.session.attribute(handle, attribute)? {
            Answer::Value(true) => Told::True,
            Answer::Value(false) => Told::False,
            Answer::NotReported | Answer::Sensitive => Told::NotReported,
            Answer::Malformed { .. } => Told::Malformed,
        })
    }
}

/// Handles say nothing across a login; what an object is called and holds does.
fn is_same(one: &ObjectFacts, other: &ObjectFacts) -> bool {
    let same_kind = match (&one.kind, &other.kind) {
        (ObjectKind::Certificate(one), ObjectKind::Certificate(other)) => one == other,
        (one, other) => one.name() == other.name(),
    };
    same_kind && one.label == other.label && one.id == other.id && one.algorithm == other.algorithm
}

/// An uncompressed point begins with 4 (SEC 1 §2.3.3); so does an OCTET STRING, whose length follows.
fn form_of(point: &[u8]) -> Option<PointForm> {
    match point {
        [4, 0x81, length, 4, ..] if usize::from(*length) + 3 == point.len() => {
            Some(PointForm::Wrapped)
        }
        [4, length, 4, ..] if usize::from(*length) + 2 == point.len() => Some(PointForm::Wrapped),
        [4, ..] if point.len() % 2 == 1 => Some(PointForm::Raw),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_told_from_one_in_an_octet_string() {
        let raw = [&[4][..], &[9; 64]].concat();
        assert_eq!(form_of(&raw), Some(PointForm::Raw));
        assert_eq!(form_of(&[&[4, 65][..], &raw].concat()), Some(PointForm::Wrapped));
        let long = [&[4][..], &[9; 132]].concat();
        assert_eq!(form_of(&[&[4, 0x81, 133][..], &long].concat()), Some(PointForm::Wrapped));
        assert_eq!(form_of(&[2, 1]), None);
        assert_eq!(form_of(&[]), None);
    }
}
