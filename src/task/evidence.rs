//! Evidence records: verified over one object or a group, created for many files with one timestamp
//! beside them or inside signatures, renewed.

mod create;
mod embed;
mod embedded;
mod renew;
mod sheet;
mod stamp;
mod verify;

pub use create::{CreateError, Created, create};
pub use embed::{Cabinet, embed};
pub(super) use embedded::{has_records, inside};
pub use renew::{RenewError, Renewal, Shelf, renew};
pub use sheet::{Sheet, StampSheet};
pub use stamp::StampOrder;
pub use verify::{Opened, open, verify_group};
pub(super) use verify::{is_cryptographically_valid, is_intact, verify_if_record};
