//! A token in its reader: who is logged in, which objects have which handles.

use super::fault::Faults;
use super::{Handles, VERSION, padded, ulong};
use crate::config::{Content, LoginRule, Object, PIN_LENGTH, TokenConfig};
use crate::surroundings::Surroundings;
use cryptoki_sys as ck;
use cryptoki_sys::{CK_FLAGS, CK_OBJECT_HANDLE, CK_TOKEN_INFO, CK_ULONG};
use std::collections::BTreeMap;

/// A token and the state of its application.
pub(super) struct Token {
    pub(super) config: TokenConfig,
    pub(super) login: Login,
    pub(super) faults: Faults,
    /// Objects by handle: certificates always, keys from login to logout (PKCS#11 v2.20 §11.6,
    /// `C_Logout`: the handles of private objects stay invalid after another login).
    handles: BTreeMap<CK_OBJECT_HANDLE, usize>,
}

/// Whether the PIN is verified.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Login {
    Out,
    In,
    /// It was, and the one signature that it was good for is made.
    Spent,
}

impl Token {
    pub(super) fn new(config: TokenConfig, handles: &mut Handles) -> Self {
        let faults = Faults::new(config.faults.clone());
        let mut token = Self { config, login: Login::Out, faults, handles: BTreeMap::new() };
        token.show(handles, |content| matches!(content, Content::Certificate));
        token
    }

    /// Gives handles to objects of one kind.
    fn show(&mut self, handles: &mut Handles, shown: impl Fn(&Content) -> bool) {
        let objects = self.config.objects.iter().enumerate();
        let shown = objects.filter(|(_, object)| shown(&object.content));
        self.handles.extend(shown.map(|(place, _)| (handles.next(), place)));
    }

    /// The PIN was right.
    pub(super) fn login(&mut self, handles: &mut Handles) {
        self.login = Login::In;
        self.show(handles, |content| matches!(content, Content::Key(_)));
    }

    /// Forgets that a PIN was verified.
    pub(super) fn logout(&mut self) {
        self.login = Login::Out;
        let objects = &self.config.objects;
        let public = |place: &usize| {
            objects.get(*place).is_some_and(|o| matches!(o.content, Content::Certificate))
        };
        self.handles.retain(|_, place| public(place));
    }

    /// A signature was made.
    pub(super) fn signed(&mut self) {
        self.faults.signed();
        if self.config.login == LoginRule::PerSignature {
            self.login = Login::Spent;
        }
    }

    /// The object of a handle.
    pub(super) fn object(&self, handle: CK_OBJECT_HANDLE) -> Option<&Object> {
        self.handles.get(&handle).and_then(|place| self.config.objects.get(*place))
    }

    /// Every object that can be seen now.
    pub(super) fn objects(&self) -> impl Iterator<Item = (CK_OBJECT_HANDLE, &Object)> {
        let object = |place: &usize| self.config.objects.get(*place);
        self.handles.iter().filter_map(move |(handle, place)| Some((*handle, object(place)?)))
    }

    /// The least and the greatest key of the token, in bits.
    pub(super) fn key_sizes(&self) -> (CK_ULONG, CK_ULONG) {
        let sizes = || self.config.keys().map(|key| ulong(key.bits()));
        (sizes().min().unwrap_or(2048), sizes().max().unwrap_or(2048))
    }

    /// The tries that are left for the PIN.
    pub(super) fn tries_left(&self, surroundings: &dyn Surroundings) -> u32 {
        surroundings.tries_left(&self.config.serial).unwrap_or(self.config.tries_left)
    }

    /// What `C_GetTokenInfo` says.
    pub(super) fn info(&self, sessions: usize, surroundings: &dyn Surroundings) -> CK_TOKEN_INFO {
        const UNKNOWN: CK_ULONG = ck::CK_UNAVAILABLE_INFORMATION;
        CK_TOKEN_INFO {
            label: padded(&self.config.label),
            manufacturerID: padded(&self.config.manufacturer),
            model: padded(&self.config.model),
            serialNumber: padded(&self.config.serial),
            flags: self.flags(surroundings),
            ulMaxSessionCount: UNKNOWN,
            ulSessionCount: ulong(sessions),
            ulMaxRwSessionCount: UNKNOWN,
            ulRwSessionCount: 0,
            ulMaxPinLen: ulong(*PIN_LENGTH.end()),
            ulMinPinLen: ulong(*PIN_LENGTH.start()),
            ulTotalPublicMemory: UNKNOWN,
            ulFreePublicMemory: UNKNOWN,
            ulTotalPrivateMemory: UNKNOWN,
            ulFreePrivateMemory: UNKNOWN,
            hardwareVersion: VERSION,
            firmwareVersion: VERSION,
            utcTime: padded(""),
        }
    }

    /// The flags that JAHIS 24-002 names, and how it stands with the PIN (PKCS#11 v2.20 §9.2).
    fn flags(&self, surroundings: &dyn Surroundings) -> CK_FLAGS {
        let left = self.tries_left(surroundings);
        let set = |flag: CK_FLAGS, when: bool| if when { flag } else { 0 };
        ck::CKF_RNG
            | ck::CKF_LOGIN_REQUIRED
            | ck::CKF_USER_PIN_INITIALIZED
            | set(ck::CKF_USER_PIN_COUNT_LOW, left < self.config.tries)
            | set(ck::CKF_USER_PIN_FINAL_TRY, left == 1)
            | set(ck::CKF_USER_PIN_LOCKED, left == 0)
    }
}
