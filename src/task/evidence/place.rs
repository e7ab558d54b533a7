//! Where a record stands: in a file of its own, or inside a signature file, which is renewed with it.

use super::embedded::{self, Found};
use super::verify::{Objects, Opened, open};
use crate::der::cms::without::{replaced, without};
use crate::der::tlv::{Malformed, Problem};
use crate::der::{Bytes, write};
use crate::digest::DigestAlgorithm;
use crate::oid;
use crate::source::Source;
use crate::task::verify::{MAX_PEM, open as open_signature};
use std::io;

/// Where a record stands.
#[derive(Debug)]
pub(super) enum Place {
    /// In a file of its own.
    Alone,
    /// In a signature file.
    Inside(Box<Inside>),
}

/// A signature file and the newest record in it, the one that can be renewed: nothing covers it yet.
#[derive(Debug)]
pub(super) struct Inside {
    file: Vec<u8>,
    /// What the record is over.
    before: Vec<u8>,
    found: Found,
    /// Whether the content stands in a file of its own.
    is_detached: bool,
}

/// The record of a file, or inside it, and where it stands.
pub(super) fn find(file: &dyn Source) -> io::Result<Result<(Opened, Place), Malformed>> {
    if let Some(opened) = open(file)? {
        return Ok(opened.map(|opened| (opened, Place::Alone)));
    }
    let none = || Malformed::new("EvidenceRecord", Problem::Unknown);
    let Ok(signature) = open_signature(file)? else { return Ok(Err(none())) };
    if file.len() > MAX_PEM {
        return Ok(Err(Malformed::new("SignedData", Problem::TooLarge)));
    }
    let Some(found) = embedded::found(&signature.data).pop() else { return Ok(Err(none())) };
    let file = embedded::whole(file, &signature)?;
    let is_detached = signature.outline.content.is_none();
    let is_this = |raw: &[u8]| found.attribute.raw.as_ref() == raw;
    Ok(without(&file, &is_this).map(|before| {
        let opened = found.opened.clone();
        (opened, Place::Inside(Box::new(Inside { file, before, found, is_detached })))
    }))
}

impl Inside {
    /// Whether the content, which stands in a file of its own, is covered too.
    pub(super) fn is_over_content(&self) -> bool {
        self.found.attribute.oid == oid::EVIDENCE_EXTERNAL
    }

    /// Whether nothing can be said of the signatures without a file of its own, covered or not.
    pub(super) const fn wants_content(&self) -> bool {
        self.is_detached
    }

    /// The file without the record, which is what it is of.
    pub(super) fn object(&self, needed: &[DigestAlgorithm]) -> Objects {
        let hashes = needed.iter().map(|algorithm| algorithm.digest(&self.before)).collect();
        vec![("SignedData".to_owned(), Some(hashes))]
    }

    /// The file with that record in place of the one that is there.
    pub(super) fn with(&self, record: &[u8]) -> Result<Bytes, Malformed> {
        let kind = write::oid(self.found.attribute.oid);
        let attribute = write::sequence([kind, write::set([record])]);
        replaced(&self.file, &self.found.attribute.raw, &attribute).map(Bytes::from)
    }
}
