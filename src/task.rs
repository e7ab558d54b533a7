//! What a user asks for, in terms of traits only: no file, socket, clock or terminal is named here.

pub mod abreast;
pub mod beside;
mod budget;
pub mod bundle;
pub mod certify;
pub mod evidence;
pub mod inspect;
pub mod renew;
pub mod sign;
pub mod timestamp;
pub mod token;
pub mod verify;
