//! Searching objects and reading their attributes.

use super::{Card, Refusal, Room, ulong};
use cryptoki_sys as ck;
use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE, CK_ULONG};

/// An attribute that is asked for, and the room for its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) kind: CK_ATTRIBUTE_TYPE,
    pub(crate) room: Room,
}

/// What is written into one entry of the caller's template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    pub(crate) length: CK_ULONG,
    pub(crate) value: Option<Vec<u8>>,
}

impl Card {
    /// `C_FindObjectsInit`. Keys are found after login only.
    pub(crate) fn find_init(
        &mut self,
        handle: CK_SESSION_HANDLE,
        template: &[(CK_ATTRIBUTE_TYPE, &[u8])],
    ) -> Result<(), Refusal> {
        let place = self.place(handle, "C_FindObjectsInit")?;
        if place.session.found.is_some() {
            return Err(Refusal::breach(
                ck::CKR_OPERATION_ACTIVE,
                "a second search without C_FindObjectsFinal",
            ));
        }
        let objects = place.token.objects().filter(|(_, object)| {
            template.iter().all(|(kind, value)| object.value(*kind) == Some(*value))
        });
        place.session.found = Some(objects.map(|(handle, _)| handle).collect());
        Ok(())
    }

    /// `C_FindObjects`.
    pub(crate) fn find(
        &mut self,
        handle: CK_SESSION_HANDLE,
        most: usize,
    ) -> Result<Vec<CK_OBJECT_HANDLE>, Refusal> {
        let place = self.place(handle, "C_FindObjects")?;
        let found = place.session.found.as_mut().ok_or_else(no_search)?;
        Ok(found.drain(..most.min(found.len())).collect())
    }

    /// `C_FindObjectsFinal`.
    pub(crate) fn find_final(&mut self, handle: CK_SESSION_HANDLE) -> Result<(), Refusal> {
        let place = self.place(handle, "C_FindObjectsFinal")?;
        place.session.found.take().map(|_| ()).ok_or_else(no_search)
    }

    /// `C_GetAttributeValue`: an answer for each attribute, and what the whole call returns
    /// (PKCS#11 v2.20 §11.7). What the guideline does not list is not answered, and asking is allowed.
    pub(crate) fn attributes(
        &mut self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        wanted: &[Wanted],
    ) -> Result<(Vec<Answer>, CK_RV), Refusal> {
        let place = self.place(handle, "C_GetAttributeValue")?;
        let object = place.token.object(object).ok_or_else(|| {
            Refusal::breach(
                ck::CKR_OBJECT_HANDLE_INVALID,
                "there is no such object, or it ended with the login",
            )
        })?;
        let mut returned = ck::CKR_OK;
        let answers = wanted.iter().map(|wanted| {
            let (answer, value) = match object.value(wanted.kind) {
                Some(value) => wanted.room.answer(value),
                None if object.keeps_secret(wanted.kind) => {
                    unavailable(ck::CKR_ATTRIBUTE_SENSITIVE)
                }
                None => unavailable(ck::CKR_ATTRIBUTE_TYPE_INVALID),
            };
            if value != ck::CKR_OK {
                returned = value;
            }
            answer
        });
        Ok((answers.collect(), returned))
    }
}

impl Room {
    fn answer(self, value: &[u8]) -> (Answer, CK_RV) {
        let length = ulong(value.len());
        match self {
            Self::Asked => (Answer { length, value: None }, ck::CKR_OK),
            Self::Bytes(room) if room >= value.len() => {
                (Answer { length, value: Some(value.to_owned()) }, ck::CKR_OK)
            }
            Self::Bytes(_) => unavailable(ck::CKR_BUFFER_TOO_SMALL),
        }
    }
}

fn unavailable(value: CK_RV) -> (Answer, CK_RV) {
    (Answer { length: ck::CK_UNAVAILABLE_INFORMATION, value: None }, value)
}

fn no_search() -> Refusal {
    Refusal::breach(ck::CKR_OPERATION_NOT_INITIALIZED, "no search was begun")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::trial::{PIN, Trial, find};

    fn value(
        card: &mut Card,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> (Answer, CK_RV) {
        let wanted = [Wanted { kind, room: Room::Bytes(1024) }];
        let (mut answers, returned) = card.attributes(session, object, &wanted).unwrap();
        (answers.remove(0), returned)
    }

    #[test]
    fn certificates_are_found_without_login_and_keys_with_it() {
        let (mut card, session) = Trial::default().session();
        assert_eq!(find(&mut card, session, &[]).len(), 1);
        let keys = (ck::CKA_CLASS, &ck::CKO_PRIVATE_KEY.to_ne_bytes()[..]);
        assert_eq!(find(&mut card, session, &[keys]), []);
        card.login(session, ck::CKU_USER, PIN).unwrap();
        assert_eq!(find(&mut card, session, &[keys]).len(), 1);
        assert_eq!(find(&mut card, session, &[]).len(), 2);
        let sensitive = (ck::CKA_SENSITIVE, &[1][..]);
        assert_eq!(
            find(&mut card, session, &[sensitive]),
            [],
            "what is not answered matches nothing"
        );
    }

    #[test]
    fn a_search_is_begun_once_and_ended_once() {
        let (mut card, session) = Trial::default().session();
        assert!(card.find(session, 1).unwrap_err().is_breach(ck::CKR_OPERATION_NOT_INITIALIZED));
        card.find_init(session, &[]).unwrap();
        let again = card.find_init(session, &[]).unwrap_err();
        assert!(again.is_breach(ck::CKR_OPERATION_ACTIVE));
        card.find_final(session).unwrap();
        let late = card.find_final(session).unwrap_err();
        assert!(late.is_breach(ck::CKR_OPERATION_NOT_INITIALIZED));
    }

    #[test]
    fn a_key_answers_what_is_listed_and_nothing_else() {
        let (mut card, session) = Trial::default().session();
        card.login(session, ck::CKU_USER, PIN).unwrap();
        let keys = (ck::CKA_CLASS, &ck::CKO_PRIVATE_KEY.to_ne_bytes()[..]);
        let key = find(&mut card, session, &[keys])[0];
        let mut ask = |kind| value(&mut card, session, key, kind);
        assert_eq!(ask(ck::CKA_EXTRACTABLE).0.value, Some(vec![0]));
        assert_eq!(ask(ck::CKA_ALWAYS_AUTHENTICATE).0.value, Some(vec![1]));
        assert_eq!(ask(ck::CKA_PUBLIC_EXPONENT).0.value, Some(vec![1, 0, 1]));
        assert_eq!(ask(ck::CKA_MODULUS).0.length, 256);
        for kind in
            [ck::CKA_SENSITIVE, ck::CKA_NEVER_EXTRACTABLE, ck::CKA_ALWAYS_SENSITIVE, ck::CKA_LOCAL]
        {
            let (answer, returned) = ask(kind);
            assert_eq!(returned, ck::CKR_ATTRIBUTE_TYPE_INVALID);
            assert_eq!(answer.length, ck::CK_UNAVAILABLE_INFORMATION);
        }
        let (answer, returned) = ask(ck::CKA_PRIVATE_EXPONENT);
        assert_eq!((answer.value, returned), (None, ck::CKR_ATTRIBUTE_SENSITIVE));
    }

    #[test]
    fn one_attribute_that_is_not_answered_keeps_none_of_the_others_back() {
        let (mut card, session) = Trial::default().session();
        let certificate = find(&mut card, session, &[])[0];
        let wanted = [
            Wanted { kind: ck::CKA_LOCAL, room: Room::Asked },
            Wanted { kind: ck::CKA_ID, room: Room::Bytes(0) },
            Wanted { kind: ck::CKA_ID, room: Room::Bytes(8) },
            Wanted { kind: ck::CKA_ID, room: Room::Asked },
        ];
        let (answers, returned) = card.attributes(session, certificate, &wanted).unwrap();
        assert_ne!(returned, ck::CKR_OK);
        assert_eq!(answers[1].length, ck::CK_UNAVAILABLE_INFORMATION);
        assert_eq!(answers[2].value, Some(vec![0x17]));
        assert_eq!((answers[3].length, &answers[3].value), (1, &None));
    }

    #[test]
    fn a_key_handle_ends_with_the_login() {
        let (mut card, session) = Trial::default().session();
        card.login(session, ck::CKU_USER, PIN).unwrap();
        let keys = (ck::CKA_CLASS, &ck::CKO_PRIVATE_KEY.to_ne_bytes()[..]);
        let key = find(&mut card, session, &[keys])[0];
        card.logout(session).unwrap();
        card.login(session, ck::CKU_USER, PIN).unwrap();
        let stale = card.attributes(session, key, &[]).unwrap_err();
        assert!(stale.is_breach(ck::CKR_OBJECT_HANDLE_INVALID));
        assert_ne!(find(&mut card, session, &[keys])[0], key);
    }
}
