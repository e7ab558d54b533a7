//! Hashes a content together with what is around it, for archive timestamps of the older form.

use super::{Opened, Subject};
use crate::ades::cades;
use crate::der::cms::SignedData;
use crate::der::tlv::Tag;
use crate::der::write;
use crate::digest::Hasher;
use crate::source::{self, Source};
use std::io;
use std::ops::Range;

/// Hashes under way that have taken in the content in each encoding that a writer may have hashed: as
/// it stands, and in DER where that is another. Nothing, if no timestamp asks for it, or the content is
/// not there.
pub(super) fn openings(subject: &Subject<'_>, opened: &Opened) -> io::Result<Vec<Hasher>> {
    let needed = cades::whole_digests_needed(&opened.data);
    if needed.is_empty() {
        return Ok(Vec::new());
    }
    let file: &dyn Source = match &opened.inner {
        Some(bytes) => bytes,
        None => subject.file,
    };
    let outside = match (&opened.outline.content, subject.content) {
        (Some(_), _) => None,
        (None, Some((_, content))) if content.is_at_hand() => Some(content),
        (None, _) => return Ok(Vec::new()),
    };
    let stands = &opened.outline.encapsulated;
    let pieces = opened.outline.content.as_deref().unwrap_or_default();
    let (prefix, length) = in_der(&opened.data, opened.outline.content.as_deref());
    let mut all: Vec<Hasher> = needed.iter().map(|algorithm| Hasher::new(*algorithm)).collect();
    source::feed(file, std::slice::from_ref(stands), &mut all)?;
    if stands.end - stands.start != length {
        let mut in_der: Vec<Hasher> = needed.iter().map(|a| Hasher::new(*a)).collect();
        in_der.iter_mut().for_each(|hasher| hasher.update(&prefix));
        source::feed(file, pieces, &mut in_der)?;
        all.extend(in_der);
    }
    if let Some(content) = outside {
        source::feed(content, std::slice::from_ref(&(0..content.len())), &mut all)?;
    }
    Ok(all)
}

/// The octets in front of the content in DER, and the length of the whole element.
fn in_der(data: &SignedData, content: Option<&[Range<u64>]>) -> (Vec<u8>, u64) {
    let kind = write::oid(data.content_type);
    let headers = content.map(|pieces| {
        let length: u64 = pieces.iter().map(|piece| piece.end - piece.start).sum();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let octets = write::header(Tag::OCTET_STRING, length);
        let wrapper = write::header(Tag::context(0), octets.len().saturating_add(length));
        ([wrapper, octets].concat(), length)
    });
    let (headers, length) = headers.unwrap_or_default();
    let inside = kind.len().saturating_add(headers.len()).saturating_add(length);
    let prefix = [write::header(Tag::SEQUENCE, inside), kind, headers].concat();
    let whole = prefix.len().saturating_add(length);
    (prefix, u64::try_from(whole).unwrap_or(u64::MAX))
}
