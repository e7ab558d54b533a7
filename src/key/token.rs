//! Facts about tokens and what lies on them: what libraries, slots, tokens and objects say of themselves,
//! kept apart from whoever asks and from what is made of it.

use crate::der::certificate::Certificate;

/// A library and its slots.
#[derive(Clone, Debug)]
pub struct LibraryFacts {
    /// Where it is.
    pub path: String,
    /// What it says; nothing if it could not be used.
    pub said: Option<LibrarySaid>,
    /// Why it could not be used, and what to do.
    pub trouble: Option<(String, String)>,
    /// Its slots.
    pub slots: Vec<SlotFacts>,
}

/// What a library says of itself.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of CK_INFO")]
pub struct LibrarySaid {
    pub manufacturer: String,
    pub description: String,
    pub version: String,
    pub cryptoki: String,
}

/// A slot, with a token or without.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of CK_SLOT_INFO")]
pub struct SlotFacts {
    pub number: u64,
    pub description: String,
    pub manufacturer: String,
    pub removable: bool,
    pub hardware: bool,
    pub token: Option<TokenFacts>,
}

/// A token from outside.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of CK_TOKEN_INFO")]
pub struct TokenFacts {
    pub label: String,
    pub serial: String,
    pub model: String,
    pub manufacturer: String,
    pub hardware_version: String,
    pub firmware_version: String,
    /// The names of the flags that are set.
    pub flags: Vec<&'static str>,
    pub pin: PinState,
    pub pin_min: Option<u64>,
    pub pin_max: Option<u64>,
    /// Whether private objects need a login.
    pub login_required: bool,
    /// Whether the PIN is typed on the token or its reader.
    pub pad: bool,
    /// The profile that it is spoken to by.
    pub profile: String,
    /// Whether that profile knows it by what it says of itself.
    pub recognised: bool,
    /// How `--key` and `token info` name it (RFC 7512).
    pub uri: String,
    /// What lies on it, if that was looked at.
    pub inside: Option<Inside>,
}

/// How it stands with the user's PIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the words say it")]
pub enum PinState {
    Set,
    NotSet,
    CountLow,
    FinalTry,
    Locked,
    ToBeChanged,
}

impl PinState {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::NotSet => "not-set",
            Self::CountLow => "count-low",
            Self::FinalTry => "final-try",
            Self::Locked => "locked",
            Self::ToBeChanged => "to-be-changed",
        }
    }
}

/// A token from inside.
#[derive(Clone, Debug)]
pub struct Inside {
    /// How its library was initialised, in the words of token profiles.
    pub initialised: &'static str,
    /// The session that was opened, likewise.
    pub session: &'static str,
    /// Whether somebody logged in.
    pub login: Seen,
    /// Its mechanisms.
    pub mechanisms: Vec<MechanismFacts>,
    /// What lies on it.
    pub objects: Vec<ObjectFacts>,
}

/// By whom a token was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// By anybody.
    Openly,
    /// By its user, who logged in.
    ByItsUser,
}

/// A mechanism.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of CK_MECHANISM_INFO")]
pub struct MechanismFacts {
    /// Its `CKM_` name, or its number.
    pub name: String,
    /// What the token does with it; nothing if it does not say.
    pub does: Option<MechanismUse>,
}

/// What a token does with a mechanism.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of CK_MECHANISM_INFO")]
pub struct MechanismUse {
    pub min: u64,
    pub max: u64,
    pub sign: bool,
    pub verify: bool,
    pub digest: bool,
    pub generate_key_pair: bool,
    pub hardware: bool,
}

/// An object.
#[derive(Clone, Debug)]
pub struct ObjectFacts {
    /// What it is.
    pub kind: ObjectKind,
    /// Its label.
    pub label: Option<String>,
    /// Its identifier.
    pub id: Option<Vec<u8>>,
    /// How `--key` names it.
    pub uri: String,
    /// Whether it is seen without a login.
    pub seen: Seen,
    /// The algorithm of a key, and its bits where the token tells.
    pub algorithm: Option<(String, Option<usize>)>,
    /// The point of a public EC key: in an OCTET STRING, or bare.
    pub point: Option<PointForm>,
    /// What the token says of its use and protection.
    pub attributes: Vec<(&'static str, Told)>,
}

/// Kinds of objects.
#[derive(Clone, Debug)]
pub enum ObjectKind {
    /// A certificate that can be read.
    Certificate(Box<Certificate>),
    /// A certificate that cannot.
    Unreadable,
    /// A private key.
    PrivateKey,
    /// A public key.
    PublicKey,
}

impl ObjectKind {
    /// The word in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "certificate",
            Self::Unreadable => "unreadable-certificate",
            Self::PrivateKey => "private-key",
            Self::PublicKey => "public-key",
        }
    }
}

/// How a point is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the words say it")]
pub enum PointForm {
    Wrapped,
    Raw,
}

/// What a token says of an attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// That it is true.
    True,
    /// That it is false.
    False,
    /// Nothing.
    NotReported,
    /// Something that cannot be.
    Malformed,
}

impl Told {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::NotReported => "not-reported",
            Self::Malformed => "malformed",
        }
    }
}

impl ObjectFacts {
    /// What the token says of an attribute.
    pub fn told(&self, attribute: &str) -> Told {
        let row = self.attributes.iter().find(|(name, _)| *name == attribute);
        row.map_or(Told::NotReported, |(_, told)| *told)
    }
}
