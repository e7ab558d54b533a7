//! The contract as a state machine, free of pointers: slots, tokens and sessions, and what may be
//! done with them. Whether the caller has the right thread and process is `state`'s business.
//!
//! JAHIS 24-002 promises a subset of PKCS#11 v2.20; where it is silent, v2.20 speaks.

mod fault;
mod login;
mod refusal;
mod search;
mod session;
mod sign;
mod token;
#[cfg(test)]
mod trial;

pub(crate) use refusal::Refusal;
pub(crate) use search::Wanted;
pub(crate) use session::Callbacks;
pub(crate) use sign::{Parameter, Room, Signed};

use crate::config::{Library, SlotConfig};
use crate::surroundings::Surroundings;
use cryptoki_sys as ck;
use cryptoki_sys::{
    CK_INFO, CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_SESSION_HANDLE, CK_SLOT_ID, CK_SLOT_INFO,
    CK_TOKEN_INFO, CK_ULONG, CK_VERSION,
};
use session::Session;
use std::collections::{BTreeMap, BTreeSet};
use token::Token;

/// PKCS#11 v2.20.
pub(crate) const CRYPTOKI: CK_VERSION = CK_VERSION { major: 2, minor: 20 };
const VERSION: CK_VERSION = CK_VERSION { major: 1, minor: 0 };

/// Everything between `C_Initialize` and `C_Finalize`.
pub(crate) struct Card {
    library: Library,
    slots: BTreeMap<CK_SLOT_ID, Slot>,
    sessions: BTreeMap<CK_SESSION_HANDLE, Session>,
    /// Sessions that ended because their token left, which is not their owner's fault.
    lost: BTreeSet<CK_SESSION_HANDLE>,
    handles: Handles,
    surroundings: Box<dyn Surroundings>,
}

/// A reader.
struct Slot {
    description: String,
    token: Option<Token>,
}

/// Handles that are never given twice, so that a stale one is always recognised.
#[derive(Default)]
struct Handles(CK_ULONG);

impl Handles {
    fn next(&mut self) -> CK_ULONG {
        self.0 = self.0.saturating_add(1);
        self.0
    }
}

impl Card {
    /// The cards of a configuration, freshly put into their readers.
    pub(crate) fn new(
        library: Library,
        slots: Vec<SlotConfig>,
        surroundings: Box<dyn Surroundings>,
    ) -> Self {
        let mut handles = Handles::default();
        let mut insert = |slot: SlotConfig| Slot {
            description: slot.description,
            token: slot.token.map(|token| Token::new(token, &mut handles)),
        };
        let slots = (1..).zip(slots).map(|(id, slot)| (id, insert(slot))).collect();
        Self {
            library,
            slots,
            sessions: BTreeMap::new(),
            lost: BTreeSet::new(),
            handles,
            surroundings,
        }
    }

    /// `C_GetInfo`.
    pub(crate) fn info(&self) -> CK_INFO {
        CK_INFO {
            cryptokiVersion: CRYPTOKI,
            manufacturerID: padded(&self.library.manufacturer),
            flags: 0,
            libraryDescription: padded(&self.library.description),
            libraryVersion: VERSION,
        }
    }

    /// `C_GetSlotList`: every slot, or those with a token.
    pub(crate) fn slots(&self, which: Slots) -> Vec<CK_SLOT_ID> {
        let listed = |slot: &Slot| match which {
            Slots::All => true,
            Slots::WithToken => slot.has_token(&*self.surroundings),
        };
        self.slots.iter().filter(|(_, slot)| listed(slot)).map(|(id, _)| *id).collect()
    }

    /// `C_GetSlotInfo`.
    pub(crate) fn slot_info(&self, id: CK_SLOT_ID) -> Result<CK_SLOT_INFO, Refusal> {
        let slot = self.slots.get(&id).ok_or_else(no_such_slot)?;
        let present = if slot.has_token(&*self.surroundings) { ck::CKF_TOKEN_PRESENT } else { 0 };
        Ok(CK_SLOT_INFO {
            slotDescription: padded(&slot.description),
            manufacturerID: padded(&self.library.manufacturer),
            flags: ck::CKF_REMOVABLE_DEVICE | ck::CKF_HW_SLOT | present,
            hardwareVersion: VERSION,
            firmwareVersion: VERSION,
        })
    }

    /// `C_GetTokenInfo`.
    pub(crate) fn token_info(&mut self, id: CK_SLOT_ID) -> Result<CK_TOKEN_INFO, Refusal> {
        let open = self.sessions.values().filter(|session| session.slot == id).count();
        self.reach(id, "C_GetTokenInfo")?;
        let token = self.slots.get(&id).and_then(|slot| slot.token.as_ref());
        let token = token.ok_or_else(no_token)?;
        Ok(token.info(open, &*self.surroundings))
    }

    /// `C_GetMechanismList`: only `CKM_RSA_PKCS`, so the caller hashes.
    pub(crate) fn mechanisms(&mut self, id: CK_SLOT_ID) -> Result<[CK_MECHANISM_TYPE; 1], Refusal> {
        self.reach(id, "C_GetMechanismList")?;
        Ok([ck::CKM_RSA_PKCS])
    }

    /// `C_GetMechanismInfo`.
    pub(crate) fn mechanism_info(
        &mut self,
        id: CK_SLOT_ID,
        mechanism: CK_MECHANISM_TYPE,
    ) -> Result<CK_MECHANISM_INFO, Refusal> {
        self.reach(id, "C_GetMechanismInfo")?;
        if mechanism != ck::CKM_RSA_PKCS {
            return Err(Refusal::breach(
                ck::CKR_MECHANISM_INVALID,
                "the only mechanism is CKM_RSA_PKCS",
            ));
        }
        let token = self.slots.get(&id).and_then(|slot| slot.token.as_ref());
        let (least, most) = token.ok_or_else(no_token)?.key_sizes();
        Ok(CK_MECHANISM_INFO { ulMinKeySize: least, ulMaxKeySize: most, flags: ck::CKF_SIGN })
    }

    /// Talks to the token in a slot, if it is there and well. Every call to a token begins here,
    /// because here it vanishes or fails when its configuration says so.
    fn reach(&mut self, id: CK_SLOT_ID, function: &str) -> Result<(), Refusal> {
        let slot = self.slots.get_mut(&id).ok_or_else(no_such_slot)?;
        let token = slot.token.as_mut().ok_or_else(no_token)?;
        match token.faults.due(function, &*self.surroundings) {
            fault::Due::Nothing => Ok(()),
            fault::Due::Absent => Err(no_token()),
            fault::Due::Error(code) => Err(Refusal::plain(code)),
            fault::Due::Vanish => {
                token.logout();
                self.lose_sessions(id);
                Err(Refusal::plain(ck::CKR_DEVICE_REMOVED))
            }
        }
    }
}

/// Which slots are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slots {
    All,
    WithToken,
}

impl Slot {
    fn has_token(&self, surroundings: &dyn Surroundings) -> bool {
        self.token.as_ref().is_some_and(|token| token.faults.present(surroundings))
    }
}

fn no_such_slot() -> Refusal {
    Refusal::breach(ck::CKR_SLOT_ID_INVALID, "there is no slot of that number")
}

/// Not a breach: a card may be pulled out at any time.
fn no_token() -> Refusal {
    Refusal::plain(ck::CKR_TOKEN_NOT_PRESENT)
}

/// Text in a field of fixed length, padded with blanks (PKCS#11 v2.20 §9).
fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [b' '; N];
    field.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
    field
}

/// A length as C has it.
pub(crate) fn ulong(length: usize) -> CK_ULONG {
    CK_ULONG::try_from(length).unwrap_or(ck::CK_UNAVAILABLE_INFORMATION)
}

#[cfg(test)]
mod tests {
    use super::trial::{SERIAL, Trial};
    use super::*;

    #[test]
    fn the_module_and_its_token_say_what_the_guideline_says() {
        let mut card = Trial::default().card();
        let info = card.info();
        assert_eq!((info.cryptokiVersion.major, info.cryptokiVersion.minor), (2, 20));
        assert_eq!(&info.libraryDescription[..9], b"HPKI 3.0 ");
        let token = card.token_info(1).unwrap();
        assert_eq!(&token.label, b"HPKI Application                ");
        assert_eq!(&token.model, b"ISO 7816-15:2016");
        assert_eq!(&token.serialNumber[..5], format!("{SERIAL} ").as_bytes());
        assert_eq!((token.ulMinPinLen, token.ulMaxPinLen), (4, 16));
        let promised = ck::CKF_RNG | ck::CKF_LOGIN_REQUIRED | ck::CKF_USER_PIN_INITIALIZED;
        assert_eq!(token.flags, promised);
        assert_eq!(card.mechanisms(1).unwrap(), [ck::CKM_RSA_PKCS]);
        let mechanism = card.mechanism_info(1, ck::CKM_RSA_PKCS).unwrap();
        assert_eq!((mechanism.ulMinKeySize, mechanism.ulMaxKeySize), (2048, 2048));
        assert_eq!(mechanism.flags, ck::CKF_SIGN);
        let other = card.mechanism_info(1, ck::CKM_SHA256_RSA_PKCS).unwrap_err();
        assert!(other.is_breach(ck::CKR_MECHANISM_INVALID));
    }

    #[test]
    fn an_empty_label_is_blanks() {
        let mut card = Trial { label: "", ..Trial::default() }.card();
        assert_eq!(card.token_info(1).unwrap().label, [b' '; 32]);
    }

    #[test]
    fn a_slot_without_a_token_is_listed_only_when_all_are_asked_for() {
        let mut card = Trial { empty_slots: 1, ..Trial::default() }.card();
        assert_eq!(card.slots(Slots::All), [1, 2]);
        assert_eq!(card.slots(Slots::WithToken), [1]);
        assert_eq!(card.slot_info(2).unwrap().flags & ck::CKF_TOKEN_PRESENT, 0);
        assert_ne!(card.slot_info(1).unwrap().flags & ck::CKF_TOKEN_PRESENT, 0);
        assert!(card.token_info(2).unwrap_err().is_plain(ck::CKR_TOKEN_NOT_PRESENT));
        assert!(card.token_info(3).unwrap_err().is_breach(ck::CKR_SLOT_ID_INVALID));
    }
}
