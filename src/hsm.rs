//! Keys in cards and HSMs, over PKCS#11 as the profile of each describes it (`hsm-profiles/`).
//!
//! What differs from token to token is data: no code here knows the name of a vendor. A URI
//! (RFC 7512) names the key; [`Library`] finds the library, [`Token`] the one token that is meant,
//! [`TokenKey`] the one key, and it signs.

mod error;
mod generate;
mod identity;
mod keeper;
mod key;
mod library;
mod login;
mod object;
mod public;
mod scheme;
mod store;
pub mod survey;
mod token;
pub mod uri;

pub use crate::policy::token as profile;
pub use error::{HsmError, TriesLeft};
pub use generate::{Made, Wanted};
pub use identity::{Chosen, Identity};
pub use keeper::{Flag, Held, Keeper, KeeperError, Purpose};
pub use key::{Opening, TokenKey};
pub use library::{Found, Library};
pub use login::LastTry;
pub use store::{Removed, Stored};
pub use token::{Seen, Token};
