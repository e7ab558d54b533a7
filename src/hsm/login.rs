//! Logging in: what is looked at before a PIN is tried, for a wrong one costs one of a few tries.

use super::error::{HsmError, TriesLeft};
use super::token::Token;
use crate::key::Password;
use crate::policy::token::Characters;
use inkan_pkcs11::{Error, Meaning, Pin, Session, User};

/// What may be done with the last try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LastTry {
    /// It stays.
    Kept,
    /// The user said that it may be used.
    Allowed,
}

/// The flags say what a wrong PIN would do next.
pub(super) fn may_log_in(token: &Token, last_try: LastTry) -> Result<(), HsmError> {
    if token.info.flags.user_pin_locked() {
        return Err(HsmError::Locked { token: token.called() });
    }
    if token.info.flags.user_pin_final_try() && last_try == LastTry::Kept {
        return Err(HsmError::LastTry { token: token.called() });
    }
    Ok(())
}

/// What cannot be the PIN is not tried: it would cost a try all the same.
pub(super) fn check_form(token: &Token, pin: &Password) -> Result<(), HsmError> {
    let row = &token.profile.login.pin;
    let octets = pin.expose().len();
    let told = |given: Option<u64>| given.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    // What the token says of itself counts before what its kind is said to be like.
    let min = told(token.info.pin_min).or(row.min).unwrap_or(1);
    let max = told(token.info.pin_max).or(row.max).unwrap_or(usize::MAX);
    let ascii = row.characters == Characters::Ascii;
    if (min..=max).contains(&octets) && (!ascii || pin.expose().is_ascii()) {
        return Ok(());
    }
    let characters = if ascii { "ASCII characters" } else { "characters" };
    let must = match max {
        usize::MAX => format!("at least {min} {characters}"),
        max => format!("{min} to {max} {characters}"),
    };
    Err(HsmError::NotAPin { token: token.called(), must })
}

pub(super) fn pin_of(pin: Option<&Password>) -> Pin<'_> {
    match pin {
        Some(pin) => Pin::Given(pin.expose()),
        None => Pin::TypedOnToken,
    }
}

/// Another program, or another session of this one, may have logged in before.
pub(super) fn log_in(session: &Session, pin: Option<&Password>) -> Result<(), Error> {
    match session.login(User::User, pin_of(pin)) {
        Err(error) if error.meaning() == Meaning::AlreadyLoggedIn => Ok(()),
        result => result,
    }
}

/// Why nobody was let in. After a wrong PIN the token is asked how many tries are left.
pub(super) fn not_let_in(token: &Token, error: Error) -> HsmError {
    let called = token.called();
    if error.meaning() != Meaning::PinWrong {
        return HsmError::Call { token: called, error };
    }
    let now = token.module.token_info(token.slot);
    let left = now.map_or(TriesLeft::NotTold, |info| TriesLeft::told(info.flags));
    HsmError::WrongPin { token: called, error, left }
}
