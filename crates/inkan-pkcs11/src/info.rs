//! What a library, its slots and their tokens say of themselves. All of it is their word: texts may
//! hold anything, and flags prove nothing.

use cryptoki_sys::{
    self as ck, CK_FLAGS, CK_INFO, CK_MECHANISM_INFO, CK_SESSION_INFO, CK_SLOT_ID, CK_SLOT_INFO,
    CK_TOKEN_INFO, CK_ULONG, CK_VERSION,
};
use std::fmt;

/// A slot by its number, which may change when a token is initialised or a reader plugged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub(crate) CK_SLOT_ID);

/// A version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Before the point.
    pub major: u8,
    /// After the point; two digits, so that 2.20 says 20.
    pub minor: u8,
}

/// `CK_INFO`: the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleInfo {
    /// The version of PKCS#11 that it follows.
    pub cryptoki: Version,
    /// Who made it.
    pub manufacturer: String,
    /// What it is.
    pub description: String,
    /// Its own version.
    pub version: Version,
}

/// `CK_SLOT_INFO`: a reader, or a place for a token in an HSM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotInfo {
    /// What it is.
    pub description: String,
    /// Who made it.
    pub manufacturer: String,
    /// Whether a token is in it.
    pub token_present: bool,
    /// Whether tokens come and go.
    pub removable: bool,
    /// Whether it is a piece of hardware.
    pub hardware: bool,
    /// Version of the hardware.
    pub hardware_version: Version,
    /// Version of the firmware.
    pub firmware_version: Version,
}

/// `CK_TOKEN_INFO`: a card, or a partition of an HSM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its label; empty where it is blank.
    pub label: String,
    /// Who made it.
    pub manufacturer: String,
    /// The model.
    pub model: String,
    /// The serial number.
    pub serial: String,
    /// What it can do, and the state of its PINs.
    pub flags: TokenFlags,
    /// The shortest PIN, in bytes.
    pub pin_min: Option<u64>,
    /// The longest PIN, in bytes.
    pub pin_max: Option<u64>,
    /// Version of the hardware.
    pub hardware_version: Version,
    /// Version of the firmware.
    pub firmware_version: Version,
}

/// The flags of a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenFlags(CK_FLAGS);

/// `CK_MECHANISM_INFO`: what a token does with a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MechanismInfo {
    /// The smallest key; the unit depends on the mechanism.
    pub min: u64,
    /// The largest key.
    pub max: u64,
    /// Whether the token itself does it, not the library.
    pub hardware: bool,
    /// Whether it signs.
    pub sign: bool,
    /// Whether it verifies.
    pub verify: bool,
    /// Whether it makes key pairs.
    pub generate_key_pair: bool,
    /// Whether it hashes.
    pub digest: bool,
}

/// `CK_SESSION_INFO`: the state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// Its slot.
    pub slot: SlotId,
    /// Who is logged in.
    pub user: Option<crate::session::User>,
    /// Whether it may change the token.
    pub read_write: bool,
    /// A number of the vendor about the last fault; 0 mostly.
    pub device_error: u64,
}

impl SlotId {
    /// The slot of that number; none where PKCS#11 cannot say the number on this system.
    pub fn from_number(number: u64) -> Option<Self> {
        CK_SLOT_ID::try_from(number).ok().map(Self)
    }

    /// The number.
    pub fn number(self) -> u64 {
        wide(self.0)
    }
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.major, self.minor)
    }
}

macro_rules! flags {
    ($($(#[$doc:meta])* $method:ident = $flag:ident;)*) => {
        impl TokenFlags {
            $($(#[$doc])* pub fn $method(self) -> bool { has(self.0, ck::$flag) })*

            /// The `CKF_` names of those that are set and known.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                [$((ck::$flag, stringify!($flag))),*]
                    .into_iter()
                    .filter(move |(flag, _)| has(self.0, *flag))
                    .map(|(_, name)| name)
            }
        }
    };
}

flags! {
    /// It makes random numbers.
    random = CKF_RNG;
    /// It cannot be written to.
    write_protected = CKF_WRITE_PROTECTED;
    /// Some of its objects or functions need a login.
    login_required = CKF_LOGIN_REQUIRED;
    /// The user's PIN has been set.
    user_pin_initialised = CKF_USER_PIN_INITIALIZED;
    /// The PIN is typed on the token or its reader.
    protected_authentication_path = CKF_PROTECTED_AUTHENTICATION_PATH;
    /// It has been initialised.
    initialised = CKF_TOKEN_INITIALIZED;
    /// A wrong user PIN was given since the last right one.
    user_pin_count_low = CKF_USER_PIN_COUNT_LOW;
    /// One more wrong user PIN locks it.
    user_pin_final_try = CKF_USER_PIN_FINAL_TRY;
    /// The user's PIN is locked.
    user_pin_locked = CKF_USER_PIN_LOCKED;
    /// The user's PIN is the first one, or has expired.
    user_pin_to_be_changed = CKF_USER_PIN_TO_BE_CHANGED;
    /// As for the user, for the security officer.
    so_pin_count_low = CKF_SO_PIN_COUNT_LOW;
    /// As for the user, for the security officer.
    so_pin_final_try = CKF_SO_PIN_FINAL_TRY;
    /// As for the user, for the security officer.
    so_pin_locked = CKF_SO_PIN_LOCKED;
    /// As for the user, for the security officer.
    so_pin_to_be_changed = CKF_SO_PIN_TO_BE_CHANGED;
    /// A self-test failed, and it does nothing any more.
    error_state = CKF_ERROR_STATE;
}

impl TokenFlags {
    /// All bits, known or not.
    pub fn bits(self) -> u64 {
        wide(self.0)
    }
}

impl fmt::Debug for TokenFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

// The structures are packed on Windows: their fields are copied, never borrowed.

impl From<CK_VERSION> for Version {
    fn from(raw: CK_VERSION) -> Self {
        Self { major: raw.major, minor: raw.minor }
    }
}

impl From<CK_INFO> for ModuleInfo {
    fn from(raw: CK_INFO) -> Self {
        Self {
            cryptoki: { raw.cryptokiVersion }.into(),
            manufacturer: text(&{ raw.manufacturerID }),
            description: text(&{ raw.libraryDescription }),
            version: { raw.libraryVersion }.into(),
        }
    }
}

impl From<CK_SLOT_INFO> for SlotInfo {
    fn from(raw: CK_SLOT_INFO) -> Self {
        Self {
            description: text(&{ raw.slotDescription }),
            manufacturer: text(&{ raw.manufacturerID }),
            token_present: has(raw.flags, ck::CKF_TOKEN_PRESENT),
            removable: has(raw.flags, ck::CKF_REMOVABLE_DEVICE),
            hardware: has(raw.flags, ck::CKF_HW_SLOT),
            hardware_version: { raw.hardwareVersion }.into(),
            firmware_version: { raw.firmwareVersion }.into(),
        }
    }
}

impl From<CK_TOKEN_INFO> for TokenInfo {
    fn from(raw: CK_TOKEN_INFO) -> Self {
        Self {
            label: text(&{ raw.label }),
            manufacturer: text(&{ raw.manufacturerID }),
            model: text(&{ raw.model }),
            serial: text(&{ raw.serialNumber }),
            flags: TokenFlags(raw.flags),
            pin_min: told(raw.ulMinPinLen),
            pin_max: told(raw.ulMaxPinLen),
            hardware_version: { raw.hardwareVersion }.into(),
            firmware_version: { raw.firmwareVersion }.into(),
        }
    }
}

impl From<CK_MECHANISM_INFO> for MechanismInfo {
    fn from(raw: CK_MECHANISM_INFO) -> Self {
        Self {
            min: wide(raw.ulMinKeySize),
            max: wide(raw.ulMaxKeySize),
            hardware: has(raw.flags, ck::CKF_HW),
            sign: has(raw.flags, ck::CKF_SIGN),
            verify: has(raw.flags, ck::CKF_VERIFY),
            generate_key_pair: has(raw.flags, ck::CKF_GENERATE_KEY_PAIR),
            digest: has(raw.flags, ck::CKF_DIGEST),
        }
    }
}

impl From<CK_SESSION_INFO> for SessionInfo {
    fn from(raw: CK_SESSION_INFO) -> Self {
        use crate::session::User;
        let user = match raw.state {
            ck::CKS_RO_USER_FUNCTIONS | ck::CKS_RW_USER_FUNCTIONS => Some(User::User),
            ck::CKS_RW_SO_FUNCTIONS => Some(User::SecurityOfficer),
            _ => None,
        };
        Self {
            slot: SlotId(raw.slotID),
            user,
            read_write: has(raw.flags, ck::CKF_RW_SESSION),
            device_error: wide(raw.ulDeviceError),
        }
    }
}

/// `CK_ULONG` has 32 bits on Windows and 64 elsewhere.
#[allow(clippy::useless_conversion, reason = "only here are both 64 bits wide")]
pub(crate) fn wide(value: CK_ULONG) -> u64 {
    u64::from(value)
}

fn has(flags: CK_FLAGS, flag: CK_FLAGS) -> bool {
    flags & flag != 0
}

fn told(value: CK_ULONG) -> Option<u64> {
    (value != ck::CK_UNAVAILABLE_INFORMATION).then(|| wide(value))
}

/// Fields are padded with blanks (PKCS#11 v2.40 §3.1), or ended by NUL where the library errs.
fn text(field: &[u8]) -> String {
    let field = field.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(field.trim_ascii_end()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_blank_ended_and_foreign_texts_are_read() {
        assert_eq!(text(b"HPKI Application                "), "HPKI Application");
        assert_eq!(text(&[b' '; 32]), "");
        assert_eq!(text(b"card\0\xff\xff left over"), "card");
        assert_eq!(text(b"\x88\xf3\x8a\xd3  "), "\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(text("医師 ".as_bytes()), "医師");
    }

    #[test]
    fn flags_have_names_and_unknown_bits_do_no_harm() {
        let flags = TokenFlags(ck::CKF_LOGIN_REQUIRED | ck::CKF_USER_PIN_FINAL_TRY | 1 << 31);
        assert!(flags.login_required() && flags.user_pin_final_try());
        assert!(!flags.user_pin_locked());
        assert_eq!(format!("{flags:?}"), r#"{"CKF_LOGIN_REQUIRED", "CKF_USER_PIN_FINAL_TRY"}"#);
        assert_eq!(flags.bits() >> 31, 1);
    }

    #[test]
    fn a_figure_that_the_library_does_not_tell_is_none() {
        let raw = CK_TOKEN_INFO {
            ulMinPinLen: 4,
            ulMaxPinLen: ck::CK_UNAVAILABLE_INFORMATION,
            ..CK_TOKEN_INFO::default()
        };
        let info = TokenInfo::from(raw);
        assert_eq!((info.pin_min, info.pin_max), (Some(4), None));
    }
}
