//! Just enough XML to verify evidence records in it (RFC 6283): a document as a flat tree, and its canonical
//! forms.
//!
//! There is no DTD, no entity but the five of XML itself, and no processing instruction inside: what would
//! need them is refused, because what they mean depends on who reads them (docs/decisions/0012-evidence-records.md).

pub mod c14n;
pub mod ers;
mod text;
pub mod tree;

pub use tree::{Document, Element, NodeId};
