#![doc = include_str!("../README.md")]

pub mod attribute;
mod error;
#[expect(unsafe_code, reason = "the one place that calls C")]
mod ffi;
mod info;
mod library_file;
mod mechanism;
mod module;
mod rv;
mod session;
mod signing;

pub use attribute::{Answer, Attribute, CertificateType, KeyType, ObjectClass, Template};
pub use error::Error;
pub use info::{
    MechanismInfo, ModuleInfo, SessionInfo, SlotId, SlotInfo, TokenFlags, TokenInfo, Version,
};
pub use mechanism::{Hash, KeyPairMechanism, MechanismType, Pss, SignMechanism};
pub use module::{Initialize, Module};
pub use rv::{Meaning, Rv};
pub use session::{Access, ObjectHandle, Pin, Session, User};
pub use signing::Signing;
