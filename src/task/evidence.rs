//! Evidence records: verified over one object or a group, created for many files with one timestamp
//! beside them or inside signatures, renewed.

mod create;
mod embed;
mod embedded;
mod place;
mod renew;
mod sheet;
mod stamp;
mod verify;

pub use create::{CreateError, Created, create};
pub use embed::{Cabinet, embed};
pub(super) use embedded::{Inside, carried, has_records};
pub use renew::{RenewError, Renewal, Renewed, Shelf, Way, complete, renew};
pub use sheet::{Sheet, StampSheet};
pub use stamp::StampOrder;
pub use verify::{Opened, open, verify_group};
pub(super) use verify::{hashed, is_cryptographically_valid, is_intact};
pub(super) use verify::{judged, judged_within, reported, told, verify_if_record};
