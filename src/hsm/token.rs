//! Slots, the tokens in them, and which of them is meant.

use super::library::Library;
use super::uri::Uri;
use crate::policy::token::{Initialize, Recogniser, TokenProfile};
use inkan_pkcs11::{Error, Module, ModuleInfo, SlotId, SlotInfo, TokenInfo};
use std::path::PathBuf;

/// A slot, as it was seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The slot.
    pub slot: SlotId,
    /// What it says of itself.
    pub info: SlotInfo,
    /// The token in it.
    pub token: Option<TokenInfo>,
}

/// A token and the profile that it is spoken to by.
#[derive(Clone, Debug)]
pub struct Token {
    pub(super) module: Module,
    /// Where it is.
    pub slot: SlotId,
    /// What it says of itself.
    pub info: TokenInfo,
    /// Its profile.
    pub profile: TokenProfile,
    /// Whether that knows it by what it says of itself.
    pub recognised: bool,
    /// Where its library is.
    pub path: PathBuf,
    /// How its library was initialised.
    pub initialised: Initialize,
}

impl Seen {
    pub(super) fn look(library: &Library, slot: SlotId) -> Result<Self, Error> {
        let info = library.module.slot_info(slot)?;
        // A card may be pulled out between two questions.
        let token = if info.token_present { library.module.token_info(slot).ok() } else { None };
        Ok(Self { slot, info, token })
    }

    /// The token in the slot, if it has one and a profile.
    pub fn token(&self, library: &Library) -> Option<Token> {
        let info = self.token.clone()?;
        let profile = library.profile_of(&info)?.clone();
        Some(Token {
            module: library.module.clone(),
            slot: self.slot,
            recognised: profile.recognises(&library.info, &info),
            info,
            profile,
            path: library.path.clone(),
            initialised: library.initialised,
        })
    }
}

impl Token {
    /// Its label, or what else it is known by.
    pub fn called(&self) -> String {
        let label = self.info.label.trim();
        let serial = self.info.serial.trim();
        match (label.is_empty(), serial.is_empty()) {
            (false, false) => format!("'{label}' (serial {serial})"),
            (false, true) => format!("'{label}'"),
            (true, false) => format!("the token without a label (serial {serial})"),
            (true, true) => format!("the token in slot {}", self.slot.number()),
        }
    }

    /// HPKI cards do not say that they are initialised, but that their PIN is.
    pub(super) fn is_set_up(&self) -> bool {
        self.info.flags.initialised() || self.info.flags.user_pin_initialised()
    }

    pub(super) fn fits(&self, uri: &Uri) -> bool {
        let same = |wanted: &Option<String>, is: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted.trim() == is.trim())
        };
        same(&uri.token, &self.info.label)
            && same(&uri.serial, &self.info.serial)
            && same(&uri.manufacturer, &self.info.manufacturer)
            && same(&uri.model, &self.info.model)
            && uri.slot.is_none_or(|slot| slot == self.slot.number())
    }
}

impl TokenProfile {
    pub(super) fn recognises(&self, library: &ModuleInfo, token: &TokenInfo) -> bool {
        self.token.iter().any(|recogniser| recogniser.fits(library, token))
    }
}

impl Recogniser {
    fn fits(&self, library: &ModuleInfo, token: &TokenInfo) -> bool {
        [
            (&self.library_manufacturer, &library.manufacturer),
            (&self.library_description, &library.description),
            (&self.manufacturer, &token.manufacturer),
            (&self.model, &token.model),
            (&self.label, &token.label),
            (&self.serial, &token.serial),
        ]
        .into_iter()
        .all(|(wanted, is)| wanted.as_ref().is_none_or(|any| any.iter().any(|one| like(one, is))))
    }
}

/// `*` at the end stands for any rest.
fn like(pattern: &str, text: &str) -> bool {
    let text = text.trim();
    match pattern.strip_suffix('*') {
        Some(begin) => text.starts_with(begin),
        None => text == pattern,
    }
}
