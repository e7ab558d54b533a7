//! Making a key pair on a token: safe by default, and looked at again afterwards.
//!
//! The private key is for signing only and never leaves the token. A token that knows some of the
//! finer restrictions not at all may do without those, and it is said which; without SENSITIVE and
//! not EXTRACTABLE no key is made, and one that came out otherwise is removed again.

use super::keeper::{Held, Keeper, KeeperError};
use super::object;
use super::token::Token;
use crate::der::write;
use crate::key::software::KeyAlgorithm;
use crate::oid;
use inkan_pkcs11::attribute::{self as a};
use inkan_pkcs11::{Attribute, Error, KeyPairMechanism, ObjectHandle, Template};

/// The key that is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Its algorithm.
    pub algorithm: KeyAlgorithm,
    /// Its label.
    pub label: String,
    /// Its identifier.
    pub id: Vec<u8>,
}

/// The key that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// As it lies there.
    pub key: Held,
    /// Restrictions that the token does not take, by name.
    pub refused: Vec<&'static str>,
    /// Restrictions that the token does not report as they were asked for, with what it says.
    pub differs: Vec<String>,
}

/// A restriction that is wanted and not vital.
#[derive(Clone, Copy, Debug)]
struct Optional {
    attribute: Attribute<bool>,
    of: Half,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Half {
    Public,
    Private,
}

/// All are wanted to be false. The last ones of each half make the others permanent.
const OPTIONAL: [Optional; 7] = [
    Optional { attribute: a::DECRYPT, of: Half::Private },
    Optional { attribute: a::UNWRAP, of: Half::Private },
    Optional { attribute: a::DERIVE, of: Half::Private },
    Optional { attribute: a::MODIFIABLE, of: Half::Private },
    Optional { attribute: a::ENCRYPT, of: Half::Public },
    Optional { attribute: a::WRAP, of: Half::Public },
    Optional { attribute: a::MODIFIABLE, of: Half::Public },
];

/// What a private key must be, or it is removed again.
const VITAL: [(Attribute<bool>, bool); 3] =
    [(a::SENSITIVE, true), (a::EXTRACTABLE, false), (a::SIGN, true)];

impl Wanted {
    /// What is asked of the token, by name, for a record of it.
    pub fn template(&self) -> Vec<(String, String)> {
        let row = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut rows = vec![
            row("algorithm", self.algorithm.name()),
            row("private CKA_TOKEN", "true"),
            row("private CKA_PRIVATE", "true"),
            row("public CKA_TOKEN", "true"),
            row("public CKA_VERIFY", "true"),
        ];
        let vital =
            VITAL.iter().map(|(a, v)| row(&format!("private {}", a.name()), &v.to_string()));
        rows.extend(vital);
        rows.extend(OPTIONAL.iter().map(|optional| row(&optional.name(), "false")));
        rows
    }
}

impl Keeper {
    /// Refuses, before anybody types a PIN, where the token makes no such keys.
    pub fn may_generate(token: &Token, algorithm: KeyAlgorithm) -> Result<(), KeeperError> {
        let refused = || KeeperError::MakesNoKeys {
            token: token.called(),
            algorithm: algorithm.name().to_owned(),
        };
        let mechanism = mechanism(algorithm).ok_or_else(refused)?;
        let known = token.module.mechanisms(token.slot);
        let known = known
            .map_err(|error| super::HsmError::Call { token: token.called(), error })?
            .contains(&mechanism.kind());
        if known { Ok(()) } else { Err(refused()) }
    }

    /// Makes a key pair and looks at it again.
    pub fn generate(&self, wanted: &Wanted) -> Result<Made, KeeperError> {
        self.is_free(wanted)?;
        let mechanism = mechanism(wanted.algorithm).ok_or_else(|| KeeperError::MakesNoKeys {
            token: self.token.called(),
            algorithm: wanted.algorithm.name().to_owned(),
        })?;
        let attempt = |without: &[usize]| {
            let (public, private) = templates(wanted, without);
            self.session.generate_key_pair(mechanism, &public, &private)
        };
        let made = fall_back(attempt, refuses_an_attribute);
        let ((public, private), refused) = made.map_err(|error| self.failed(error))?;
        self.examined(wanted, public, private, refused)
    }

    /// Neither label nor identifier may name two things on one token.
    fn is_free(&self, wanted: &Wanted) -> Result<(), KeeperError> {
        let taken = |template: Template| {
            let found = self.session.find_objects(&template).map_err(|error| self.failed(error))?;
            Ok::<bool, KeeperError>(!found.is_empty())
        };
        let error = |what: String| KeeperError::Taken { token: self.token.called(), what };
        if taken(Template::new().with(a::LABEL, wanted.label.clone()))? {
            return Err(error(format!("label '{}'", wanted.label)));
        }
        if taken(Template::new().with(a::ID, wanted.id.clone()))? {
            let id: String = wanted.id.iter().map(|octet| format!("%{octet:02X}")).collect();
            return Err(error(format!("id={id}")));
        }
        Ok(())
    }

    /// The new key as the token describes it. What is not safe, or cannot be known to be, is removed.
    fn examined(
        &self,
        wanted: &Wanted,
        public: ObjectHandle,
        private: ObjectHandle,
        refused: Vec<Optional>,
    ) -> Result<Made, KeeperError> {
        for optional in &refused {
            let object = if optional.of == Half::Public { public } else { private };
            let template = Template::new().with(optional.attribute, false);
            // Some tokens take later what they do not take at once; the attributes are read back below.
            let _ = self.session.set_attributes(object, &template);
        }
        let read = || -> Result<(Option<Held>, Vec<String>), Error> {
            let keys = object::keys(&self.session)?;
            let new = keys.into_iter().find(|key| key.handle == private);
            let held = new.map(|key| self.held(key)).transpose()?;
            let mut differs = Vec::new();
            for optional in OPTIONAL {
                let object = if optional.of == Half::Public { public } else { private };
                if object::value(&self.session, object, optional.attribute)? == Some(true) {
                    differs.push(format!("{} is true", optional.name()));
                }
            }
            Ok((held, differs))
        };
        let why = match read() {
            Ok((Some(key), differs)) => match unsafe_in(&key, wanted) {
                None => {
                    let refused = refused.iter().map(|optional| optional.attribute.name());
                    return Ok(Made { key, refused: refused.collect(), differs });
                }
                Some(why) => why,
            },
            Ok((None, _)) => "it cannot be found again".to_owned(),
            Err(error) => format!("it cannot be read back: {error}"),
        };
        let gone = [private, public].map(|object| self.session.destroy_object(object).is_ok());
        let removed = match gone {
            [true, true] => "it was removed again",
            [true, false] => "the private key was removed again, its public key was not",
            [false, _] => "IT COULD NOT BE REMOVED AND IS STILL ON THE TOKEN",
        };
        Err(KeeperError::Unsafe { token: self.token.called(), why, removed })
    }
}

/// Why a new key must not be kept.
fn unsafe_in(key: &Held, wanted: &Wanted) -> Option<String> {
    if key.label() != Some(&wanted.label) || key.id() != Some(&wanted.id) {
        return Some("it has another label or identifier than was asked for".to_owned());
    }
    if key.public_key.is_none() {
        return Some("its public half cannot be read".to_owned());
    }
    broken(|name| key.says(name))
}

/// The first vital attribute that the token reports otherwise. One of which it says nothing was in the
/// template that it took, which counts.
fn broken(says: impl Fn(&str) -> Option<bool>) -> Option<String> {
    let otherwise = |(attribute, must): &(Attribute<bool>, bool)| {
        says(attribute.name()).is_some_and(|is| is != *must)
    };
    let found = VITAL.into_iter().find(otherwise);
    found.map(|(attribute, must)| format!("{} is {}", attribute.name(), !must))
}

impl Optional {
    fn name(self) -> String {
        let half = if self.of == Half::Public { "public" } else { "private" };
        format!("{half} {}", self.attribute.name())
    }
}

/// Tries with every optional restriction; where an attribute is refused, without each one, without
/// each two, and at last without any. A refusal makes no key, so that nothing has to be cleaned up.
fn fall_back<T, E>(
    mut attempt: impl FnMut(&[usize]) -> Result<T, E>,
    refuses: impl Fn(&E) -> bool,
) -> Result<(T, Vec<Optional>), E> {
    let count = OPTIONAL.len();
    let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |two| vec![one, two]));
    let omissions = (0..count).map(|one| vec![one]).chain(pairs).chain([(0..count).collect()]);
    let mut last = match attempt(&[]) {
        Ok(made) => return Ok((made, Vec::new())),
        Err(error) => error,
    };
    for without in omissions {
        if !refuses(&last) {
            break;
        }
        match attempt(&without) {
            Ok(made) => {
                let refused = without.iter().filter_map(|at| OPTIONAL.get(*at).copied());
                return Ok((made, refused.collect()));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn refuses_an_attribute(error: &Error) -> bool {
    let name = error.code().and_then(|code| code.name()).unwrap_or_default();
    name.starts_with("CKR_ATTRIBUTE_") || name == "CKR_TEMPLATE_INCONSISTENT"
}

fn templates(wanted: &Wanted, without: &[usize]) -> (Template, Template) {
    let named = || {
        Template::new()
            .with(a::TOKEN, true)
            .with(a::LABEL, wanted.label.clone())
            .with(a::ID, wanted.id.clone())
    };
    let mut private = named().with(a::PRIVATE, true);
    for (attribute, value) in VITAL {
        private = private.with(attribute, value);
    }
    let mut public = kind(wanted.algorithm, named().with(a::PRIVATE, false).with(a::VERIFY, true));
    for (_, optional) in OPTIONAL.iter().enumerate().filter(|(at, _)| !without.contains(at)) {
        match optional.of {
            Half::Private => private = private.with(optional.attribute, false),
            Half::Public => public = public.with(optional.attribute, false),
        }
    }
    (public, private)
}

/// The size or the curve stands in the public template.
fn kind(algorithm: KeyAlgorithm, public: Template) -> Template {
    let rsa = |bits: u32, public: Template| {
        public.with(a::MODULUS_BITS, bits).with(a::PUBLIC_EXPONENT, vec![1, 0, 1])
    };
    match algorithm {
        KeyAlgorithm::Rsa2048 => rsa(2048, public),
        KeyAlgorithm::Rsa3072 => rsa(3072, public),
        KeyAlgorithm::Rsa4096 => rsa(4096, public),
        KeyAlgorithm::P256 => public.with(a::EC_PARAMS, write::oid(oid::P256)),
        KeyAlgorithm::P384 => public.with(a::EC_PARAMS, write::oid(oid::P384)),
        // PKCS#11 v3.0 §2.3.10: the name of the curve, which older libraries take too.
        KeyAlgorithm::Ed25519 => public.with(a::EC_PARAMS, write::printable("edwards25519")),
        KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => public,
    }
}

const fn mechanism(algorithm: KeyAlgorithm) -> Option<KeyPairMechanism> {
    match algorithm {
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => {
            Some(KeyPairMechanism::Rsa)
        }
        KeyAlgorithm::P256 | KeyAlgorithm::P384 => Some(KeyPairMechanism::Ec),
        KeyAlgorithm::Ed25519 => Some(KeyPairMechanism::EcEdwards),
        KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token that refuses some of the optional attributes, and counts how often it is asked.
    fn token(refused: &[usize]) -> (Result<Vec<String>, &'static str>, usize) {
        let mut asked = 0;
        let attempt = |without: &[usize]| {
            asked += 1;
            if refused.iter().all(|at| without.contains(at)) { Ok(()) } else { Err("attribute") }
        };
        let made = fall_back(attempt, |error| *error == "attribute");
        let names = |optional: Vec<Optional>| optional.into_iter().map(Optional::name).collect();
        (made.map(|((), without)| names(without)), asked)
    }

    #[test]
    fn only_the_attributes_that_are_refused_are_left_out_and_they_are_named() {
        assert_eq!(token(&[]), (Ok(Vec::new()), 1));
        assert_eq!(token(&[3]).0.unwrap(), ["private CKA_MODIFIABLE"]);
        assert_eq!(token(&[3, 6]).0.unwrap(), ["private CKA_MODIFIABLE", "public CKA_MODIFIABLE"]);
        assert_eq!(token(&[0, 1, 2]).0.unwrap().len(), OPTIONAL.len());
    }

    #[test]
    fn another_error_ends_it_at_once_and_the_vital_attributes_are_never_left_out() {
        let mut asked = 0;
        let attempt = |_: &[usize]| -> Result<(), &str> {
            asked += 1;
            Err("device")
        };
        assert_eq!(fall_back(attempt, |error| *error == "attribute").unwrap_err(), "device");
        assert_eq!(asked, 1);
        let always = |_: &[usize]| -> Result<(), &str> { Err("attribute") };
        assert_eq!(fall_back(always, |_| true).unwrap_err(), "attribute");
        let wanted = Wanted { algorithm: KeyAlgorithm::P256, label: "x".to_owned(), id: vec![1] };
        let all: Vec<usize> = (0..OPTIONAL.len()).collect();
        let (_, private) = templates(&wanted, &all);
        for (attribute, _) in VITAL {
            assert!(format!("{private:?}").contains(attribute.name()));
        }
    }

    #[test]
    fn a_key_that_can_leave_or_be_shown_is_not_kept() {
        let token = |name: &'static str, value: bool| {
            broken(move |asked| if asked == name { Some(value) } else { None })
        };
        assert_eq!(token("CKA_EXTRACTABLE", true).as_deref(), Some("CKA_EXTRACTABLE is true"));
        assert_eq!(token("CKA_SENSITIVE", false).as_deref(), Some("CKA_SENSITIVE is false"));
        assert_eq!(token("CKA_SIGN", false).as_deref(), Some("CKA_SIGN is false"));
        assert_eq!(token("CKA_EXTRACTABLE", false), None);
        assert_eq!(broken(|_| None), None);
    }
}
