//! Says what was found, in the reader's language and form.
//!
//! Texts are data (`report/text/{en,ja}.toml`). What is written out for machines is here, but for
//! bundles of evidence (`evidence::bundle`), which inkan itself reads again. Nothing here judges anything.

pub mod catalogue;
pub mod certificate;
mod claims;
pub mod html;
pub mod human;
pub mod inspect;
pub mod json;
pub mod lines;
pub mod policy;
pub mod record;
pub mod renewal;
mod role;
mod sarif;
pub mod timestamp;
pub mod token;
pub mod verify;

mod timeline;
mod view;

pub use catalogue::{Catalogue, Language};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The HTML template failed.
    #[error("the HTML report could not be written: {0}")]
    Html(#[from] minijinja::Error),
    /// The JSON could not be written.
    #[error("the JSON report could not be written: {0}")]
    Json(#[from] serde_json::Error),
    /// The report could not be handed on.
    #[error("the report could not be written: {0}")]
    Io(#[from] std::io::Error),
}
