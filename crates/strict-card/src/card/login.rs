//! Login: user only, an ASCII PIN of 4 to 16 characters, no second login without a logout, and a
//! counter that locks the card for ever.

use super::token::Login;
use super::{Card, Refusal};
use crate::config::PIN_LENGTH;
use cryptoki_sys as ck;
use cryptoki_sys::{CK_SESSION_HANDLE, CK_USER_TYPE};

impl Card {
    /// `C_Login`.
    pub(crate) fn login(
        &mut self,
        handle: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: &[u8],
    ) -> Result<(), Refusal> {
        let refusal = |value, how| Err(Refusal::breach(value, how));
        let place = self.place(handle, "C_Login")?;
        if user != ck::CKU_USER {
            return refusal(ck::CKR_USER_TYPE_INVALID, "the only user type is CKU_USER");
        }
        if place.token.login != Login::Out {
            return refusal(ck::CKR_USER_ALREADY_LOGGED_IN, "a second login without a logout");
        }
        if !PIN_LENGTH.contains(&pin.len()) {
            return refusal(ck::CKR_PIN_LEN_RANGE, "a PIN has 4 to 16 characters");
        }
        if !pin.is_ascii() {
            return refusal(ck::CKR_PIN_INVALID, "a PIN is ASCII");
        }
        let left = place.token.tries_left(place.surroundings);
        let Some(fewer) = left.checked_sub(1) else {
            return Err(Refusal::plain(ck::CKR_PIN_LOCKED));
        };
        // Counted before it is compared, as a card does: pulling the plug wins no try.
        let (serial, tries) = (&place.token.config.serial, place.token.config.tries);
        let mut count = |left| {
            let recorded = place.surroundings.record_tries(serial, left);
            recorded.map_err(|_| Refusal::plain(ck::CKR_GENERAL_ERROR))
        };
        count(fewer)?;
        if !place.token.config.pin.is(pin) {
            return Err(Refusal::plain(ck::CKR_PIN_INCORRECT));
        }
        count(tries)?;
        place.token.login(place.handles);
        Ok(())
    }

    /// `C_Logout`. What was about to be signed in any session of the token is forgotten.
    pub(crate) fn logout(&mut self, handle: CK_SESSION_HANDLE) -> Result<(), Refusal> {
        let place = self.place(handle, "C_Logout")?;
        if place.token.login == Login::Out {
            return Err(Refusal::breach(ck::CKR_USER_NOT_LOGGED_IN, "a logout without a login"));
        }
        place.token.logout();
        let slot = place.session.slot;
        for session in self.sessions.values_mut().filter(|session| session.slot == slot) {
            session.signing = None;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::trial::{PIN, Trial};

    #[test]
    fn login_is_for_the_user_with_a_pin_of_the_right_form() {
        let (mut card, session) = Trial::default().session();
        let mut login = |user, pin: &[u8]| card.login(session, user, pin).unwrap_err();
        assert!(login(ck::CKU_SO, PIN).is_breach(ck::CKR_USER_TYPE_INVALID));
        let context = login(ck::CKU_CONTEXT_SPECIFIC, PIN);
        assert!(context.is_breach(ck::CKR_USER_TYPE_INVALID));
        assert!(login(ck::CKU_USER, b"123").is_breach(ck::CKR_PIN_LEN_RANGE));
        assert!(login(ck::CKU_USER, &[b'1'; 17]).is_breach(ck::CKR_PIN_LEN_RANGE));
        assert!(login(ck::CKU_USER, "12３".as_bytes()).is_breach(ck::CKR_PIN_INVALID));
        let flags = card.token_info(1).unwrap().flags;
        assert_eq!(flags & ck::CKF_USER_PIN_COUNT_LOW, 0, "none of these costs a try");
    }

    #[test]
    fn a_second_login_needs_a_logout_and_a_logout_a_login() {
        let (mut card, session) = Trial::default().session();
        let early = card.logout(session).unwrap_err();
        assert!(early.is_breach(ck::CKR_USER_NOT_LOGGED_IN));
        card.login(session, ck::CKU_USER, PIN).unwrap();
        let second = card.login(session, ck::CKU_USER, PIN).unwrap_err();
        assert!(second.is_breach(ck::CKR_USER_ALREADY_LOGGED_IN));
        card.logout(session).unwrap();
        card.login(session, ck::CKU_USER, PIN).unwrap();
    }

    #[test]
    fn wrong_pins_are_counted_until_the_card_is_locked_for_ever() {
        let (mut card, session) = Trial::default().session();
        let flags = |card: &mut Card| card.token_info(1).unwrap().flags;
        let wrong = |card: &mut Card| card.login(session, ck::CKU_USER, b"9999").unwrap_err();
        assert!(wrong(&mut card).is_plain(ck::CKR_PIN_INCORRECT));
        assert_ne!(flags(&mut card) & ck::CKF_USER_PIN_COUNT_LOW, 0);
        assert_eq!(flags(&mut card) & ck::CKF_USER_PIN_FINAL_TRY, 0);
        assert!(wrong(&mut card).is_plain(ck::CKR_PIN_INCORRECT));
        assert_ne!(flags(&mut card) & ck::CKF_USER_PIN_FINAL_TRY, 0);
        card.login(session, ck::CKU_USER, PIN).unwrap();
        assert_eq!(flags(&mut card) & ck::CKF_USER_PIN_COUNT_LOW, 0, "a right PIN restores all");
        card.logout(session).unwrap();
        for _ in 0..3 {
            assert!(wrong(&mut card).is_plain(ck::CKR_PIN_INCORRECT));
        }
        assert_ne!(flags(&mut card) & ck::CKF_USER_PIN_LOCKED, 0);
        let right = card.login(session, ck::CKU_USER, PIN).unwrap_err();
        assert!(right.is_plain(ck::CKR_PIN_LOCKED));
    }
}
