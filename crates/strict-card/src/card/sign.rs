//! Signing: `CKM_RSA_PKCS` over a `DigestInfo`, the PIN verified for every signature.

use super::token::Login;
use super::{Card, Refusal};
use crate::config::{Content, Hash, Signatures};
use cryptoki_sys as ck;
use cryptoki_sys::{CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE};

/// The mechanism parameter that a caller gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parameter {
    Absent,
    Given,
}

/// The room that a caller offers for a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Room {
    /// None: only the length is wanted.
    Asked,
    Bytes(usize),
}

/// What a call of `C_Sign` ends in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Signed {
    /// The length that was asked for; the operation goes on.
    Length(usize),
    /// The length that is needed; the operation goes on.
    TooSmall(usize),
    Signature(Vec<u8>),
}

impl Card {
    /// `C_SignInit`.
    pub(crate) fn sign_init(
        &mut self,
        handle: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        parameter: Parameter,
        key: CK_OBJECT_HANDLE,
    ) -> Result<(), Refusal> {
        let refusal = |value, how| Err(Refusal::breach(value, how));
        let place = self.place(handle, "C_SignInit")?;
        if place.session.signing.is_some() {
            return refusal(ck::CKR_OPERATION_ACTIVE, "a second C_SignInit without C_Sign");
        }
        if mechanism != ck::CKM_RSA_PKCS {
            return refusal(ck::CKR_MECHANISM_INVALID, "the only mechanism is CKM_RSA_PKCS");
        }
        if parameter == Parameter::Given {
            let value = ck::CKR_MECHANISM_PARAM_INVALID;
            return refusal(value, "CKM_RSA_PKCS has no parameter");
        }
        verified(place.token.login)?;
        let object = place.token.object(key).map(|object| &object.content);
        let Some(Content::Key(_)) = object else {
            let how = "there is no such private key, or it ended with the login";
            return refusal(ck::CKR_KEY_HANDLE_INVALID, how);
        };
        place.session.signing = Some(key);
        Ok(())
    }

    /// `C_Sign`. It ends the operation, unless it only says how much room it needs
    /// (PKCS#11 v2.20 §11.11).
    pub(crate) fn sign(
        &mut self,
        handle: CK_SESSION_HANDLE,
        data: &[u8],
        room: Room,
    ) -> Result<Signed, Refusal> {
        let signing = self.sessions.get_mut(&handle).and_then(|session| session.signing.take());
        let place = self.place(handle, "C_Sign")?;
        let object = signing.and_then(|key| place.token.object(key)).map(|object| &object.content);
        let Some(Content::Key(key)) = object else {
            let value = ck::CKR_OPERATION_NOT_INITIALIZED;
            return Err(Refusal::breach(value, "C_Sign without C_SignInit"));
        };
        let length = key.modulus.len();
        let short = match room {
            Room::Asked => Some(Signed::Length(length)),
            Room::Bytes(bytes) if bytes < length => Some(Signed::TooSmall(length)),
            Room::Bytes(_) => None,
        };
        if let Some(short) = short {
            place.session.signing = signing;
            return Ok(short);
        }
        let (hash, digest) = digest_info(data).ok_or_else(|| {
            let how = "the data is no DigestInfo of SHA-256, SHA-384 or SHA-512";
            Refusal::breach(ck::CKR_DATA_INVALID, how)
        })?;
        verified(place.token.login)?;
        place.surroundings.wait(place.token.config.faults.delay);
        let signature = key.sign(hash, digest);
        let mut signature = signature.map_err(|_| Refusal::plain(ck::CKR_FUNCTION_FAILED))?;
        if place.token.config.faults.signature == Signatures::Corrupt {
            signature.iter_mut().skip(length / 2).take(1).for_each(|byte| *byte ^= 1);
        }
        place.token.signed();
        Ok(Signed::Signature(signature))
    }
}

/// Whether a signature may be made now.
fn verified(login: Login) -> Result<(), Refusal> {
    let how = match login {
        Login::In => return Ok(()),
        Login::Out => "a signature without a login",
        Login::Spent => "a second signature with one login",
    };
    Err(Refusal::breach(ck::CKR_USER_NOT_LOGGED_IN, how))
}

/// The hash and the digest in a `DigestInfo` as RFC 8017 §9.2 note 1 writes it, and in no other form.
fn digest_info(data: &[u8]) -> Option<(Hash, &[u8])> {
    const OF: [(Hash, u8, u8); 3] =
        [(Hash::Sha256, 1, 32), (Hash::Sha384, 2, 48), (Hash::Sha512, 3, 64)];
    OF.into_iter().find_map(|(hash, arc, length)| {
        // SEQUENCE { SEQUENCE { 2.16.840.1.101.3.4.2.arc, NULL }, OCTET STRING }
        let prefix = [
            0x30,
            17 + length,
            0x30,
            13,
            0x06,
            9,
            0x60,
            0x86,
            0x48,
            0x01,
            0x65,
            0x03,
            0x04,
            0x02,
            arc,
            0x05,
            0,
            0x04,
            length,
        ];
        let digest = data.strip_prefix(&prefix)?;
        (digest.len() == usize::from(length)).then_some((hash, digest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::trial::{PIN, Trial, digest_info_of, key, verifies};
    use crate::config::{FaultPlan, LoginRule, Vanish};

    const RSA: CK_MECHANISM_TYPE = ck::CKM_RSA_PKCS;

    fn ready(trial: &Trial) -> (Card, CK_SESSION_HANDLE) {
        let (mut card, session) = trial.session();
        card.login(session, ck::CKU_USER, PIN).unwrap();
        let key = key(&mut card, session);
        card.sign_init(session, RSA, Parameter::Absent, key).unwrap();
        (card, session)
    }

    fn init(card: &mut Card, session: CK_SESSION_HANDLE) -> Result<(), Refusal> {
        let key = key(card, session);
        card.sign_init(session, RSA, Parameter::Absent, key)
    }

    #[test]
    fn a_digest_info_is_signed_so_that_others_can_verify_it() {
        let (mut card, session) = ready(&Trial::default());
        let data = digest_info_of(b"record");
        assert_eq!(card.sign(session, &data, Room::Asked), Ok(Signed::Length(256)));
        assert_eq!(card.sign(session, &data, Room::Bytes(255)), Ok(Signed::TooSmall(256)));
        let signed = card.sign(session, &data, Room::Bytes(256)).unwrap();
        let Signed::Signature(signature) = signed else { panic!("{signed:?}") };
        assert!(verifies(b"record", &signature));
        let again = card.sign(session, &data, Room::Bytes(256)).unwrap_err();
        assert!(again.is_breach(ck::CKR_OPERATION_NOT_INITIALIZED));
    }

    #[test]
    fn one_login_is_good_for_one_signature() {
        let (mut card, session) = ready(&Trial::default());
        card.sign(session, &digest_info_of(b"1"), Room::Bytes(256)).unwrap();
        assert!(init(&mut card, session).unwrap_err().is_breach(ck::CKR_USER_NOT_LOGGED_IN));
        let login = card.login(session, ck::CKU_USER, PIN).unwrap_err();
        assert!(login.is_breach(ck::CKR_USER_ALREADY_LOGGED_IN), "it must log out first");
        card.logout(session).unwrap();
        card.login(session, ck::CKU_USER, PIN).unwrap();
        init(&mut card, session).unwrap();
        card.sign(session, &digest_info_of(b"2"), Room::Bytes(256)).unwrap();
    }

    #[test]
    fn two_sessions_share_the_one_signature() {
        let (mut card, first) = ready(&Trial::default());
        let second = card.open_session(1, ck::CKF_SERIAL_SESSION, super::super::Callbacks::Absent);
        let second = second.unwrap();
        init(&mut card, second).unwrap();
        card.sign(first, &digest_info_of(b"1"), Room::Bytes(256)).unwrap();
        let refusal = card.sign(second, &digest_info_of(b"2"), Room::Bytes(256)).unwrap_err();
        assert!(refusal.is_breach(ck::CKR_USER_NOT_LOGGED_IN));
    }

    #[test]
    fn an_authentication_card_signs_on_after_one_login() {
        let (mut card, session) = ready(&Trial { login: LoginRule::Once, ..Trial::default() });
        card.sign(session, &digest_info_of(b"1"), Room::Bytes(256)).unwrap();
        init(&mut card, session).unwrap();
        card.sign(session, &digest_info_of(b"2"), Room::Bytes(256)).unwrap();
    }

    #[test]
    fn only_rsa_pkcs_without_a_parameter_and_with_a_private_key_begins() {
        let (mut card, session) = Trial::default().session();
        let certificate = crate::card::trial::find(&mut card, session, &[])[0];
        let early = card.sign_init(session, RSA, Parameter::Absent, 99).unwrap_err();
        assert!(early.is_breach(ck::CKR_USER_NOT_LOGGED_IN));
        card.login(session, ck::CKU_USER, PIN).unwrap();
        let key = key(&mut card, session);
        let mut init = |mechanism, parameter, key| {
            card.sign_init(session, mechanism, parameter, key).unwrap_err()
        };
        for mechanism in [ck::CKM_SHA256_RSA_PKCS, ck::CKM_RSA_PKCS_PSS, ck::CKM_ECDSA] {
            let refusal = init(mechanism, Parameter::Absent, key);
            assert!(refusal.is_breach(ck::CKR_MECHANISM_INVALID));
        }
        let parameter = init(RSA, Parameter::Given, key);
        assert!(parameter.is_breach(ck::CKR_MECHANISM_PARAM_INVALID));
        assert!(init(RSA, Parameter::Absent, certificate).is_breach(ck::CKR_KEY_HANDLE_INVALID));
        card.sign_init(session, RSA, Parameter::Absent, key).unwrap();
        let twice = card.sign_init(session, RSA, Parameter::Absent, key).unwrap_err();
        assert!(twice.is_breach(ck::CKR_OPERATION_ACTIVE));
    }

    #[test]
    fn data_that_is_no_digest_info_is_refused_and_costs_no_login() {
        let right = digest_info_of(b"record");
        let mut without_null = right.clone();
        without_null.drain(15..17);
        let mut sha1 = right.clone();
        sha1[14] = 9;
        let longer = [&right[..], &[0]].concat();
        for data in [&right[19..], &without_null, &sha1, &longer, b"", &right[..50]] {
            let (mut card, session) = ready(&Trial::default());
            let refusal = card.sign(session, data, Room::Bytes(256)).unwrap_err();
            assert!(refusal.is_breach(ck::CKR_DATA_INVALID));
            init(&mut card, session).unwrap();
            card.sign(session, &right, Room::Bytes(256)).unwrap();
        }
    }

    #[test]
    fn a_corrupt_card_returns_a_signature_that_does_not_verify() {
        let faults = FaultPlan { signature: Signatures::Corrupt, ..FaultPlan::default() };
        let (mut card, session) = ready(&Trial { faults, ..Trial::default() });
        let signed = card.sign(session, &digest_info_of(b"record"), Room::Bytes(256)).unwrap();
        let Signed::Signature(signature) = signed else { panic!("{signed:?}") };
        assert_eq!(signature.len(), 256);
        assert!(!verifies(b"record", &signature));
    }

    #[test]
    fn a_card_that_left_takes_its_sessions_and_its_login_along() {
        let vanish = Some(Vanish { after: 1, during: None, until: None });
        let faults = FaultPlan { vanish, ..FaultPlan::default() };
        let (mut card, session) = ready(&Trial { faults, ..Trial::default() });
        card.sign(session, &digest_info_of(b"1"), Room::Bytes(256)).unwrap();
        assert!(card.logout(session).unwrap_err().is_plain(ck::CKR_DEVICE_REMOVED));
        let after = card.logout(session).unwrap_err();
        assert!(after.is_plain(ck::CKR_SESSION_HANDLE_INVALID));
        let open = card.open_session(1, ck::CKF_SERIAL_SESSION, super::super::Callbacks::Absent);
        assert!(open.unwrap_err().is_plain(ck::CKR_TOKEN_NOT_PRESENT));
        assert_eq!(card.slots(super::super::Slots::WithToken), []);
    }
}
