//! Finds the content of a signed-data of any size and gives back the rest of the file.

use crate::der::ber::{self, Header};
use crate::der::tlv::{Malformed, Problem, Tag};
use crate::der::{Bytes, Reader, write};
use crate::oid;
use crate::source::Source;
use std::ops::Range;

/// Certificates, revocation data and signatures around one content; an LTA file of thirty years
/// stays under 1 MiB, a revocation list of a national CA under 32.
const MAX_SHELL: u64 = 64 << 20;

/// The part before the content: a version, a set of algorithm identifiers, a type.
const MAX_PREAMBLE: u64 = 64 << 10;

/// Pieces of a content in BER; 4 KiB each is what OpenSSL writes, so this is 16 GiB.
const MAX_PIECES: usize = 1 << 22;

/// A signed-data taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outline {
    /// The whole `ContentInfo` in definite form, with the content left out.
    pub shell: Bytes,
    /// Where the pieces of the content stand in the source; nothing if it is detached.
    pub content: Option<Vec<Range<u64>>>,
    /// Where the element stands that holds the content and its type.
    pub encapsulated: Range<u64>,
}

/// Why a source has no outline.
#[derive(Debug, thiserror::Error)]
pub enum OutlineError {
    /// This is no signed-data at all.
    #[error("this is not a CMS signed-data file")]
    NotSignedData,
    /// It begins as signed-data and is broken.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The source could not be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
}

/// Takes a signed-data apart.
pub fn outline(source: &dyn Source) -> Result<Outline, OutlineError> {
    let is_definite = source.in_memory().is_some_and(|all| ber::is_normal(all, STRUCTURE));
    let mut scan = Scan { source, at: 0, window: Bytes::new(), window_at: 0, is_definite };
    let ends = scan.open_signed_data()?;
    let version = scan.small_element()?;
    let digest_algorithms = scan.small_element()?;
    let start = scan.at;
    let (content_type, content) = scan.encapsulated_content()?;
    let encapsulated = start..scan.at;
    let rest = scan.until(&ends)?;
    if let (Some(all), None, true) = (source.in_memory(), &content, is_definite) {
        return Ok(Outline { shell: all.clone(), content, encapsulated });
    }
    let without_content = write::sequence([content_type]);
    let data = [&*version, &*digest_algorithms, &*without_content, &*rest].concat();
    let data = write::element(Tag::SEQUENCE, &data);
    let shell = write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)]);
    Ok(Outline { shell: shell.into(), content, encapsulated })
}

/// Where an open element ends; nothing if an end-of-contents mark will say so.
type End = Option<u64>;

const STRUCTURE: &str = "SignedData";

fn malformed(problem: Problem) -> OutlineError {
    Malformed::new(STRUCTURE, problem).into()
}

struct Scan<'a> {
    source: &'a dyn Source,
    at: u64,
    window: Bytes,
    window_at: u64,
    /// Whether all of it is known to be in definite form.
    is_definite: bool,
}

impl Scan<'_> {
    /// Opens ContentInfo, its `[0]` and SignedData, and remembers their ends, innermost first.
    fn open_signed_data(&mut self) -> Result<[End; 3], OutlineError> {
        if !self.begins_as_signed_data()? {
            return Err(OutlineError::NotSignedData);
        }
        let begins = self.open(Tag::SEQUENCE)?;
        self.small_element()?;
        let wrapper = self.open(Tag::context(0))?;
        let data = self.open(Tag::SEQUENCE)?;
        Ok([data, wrapper, begins])
    }

    /// Whether the file begins as a signed-data does, whatever becomes of it later: a file that was
    /// cut short is broken, and not a file without a signature.
    fn begins_as_signed_data(&mut self) -> Result<bool, OutlineError> {
        let kind = write::oid(oid::SIGNED_DATA);
        let length = self.source.len().min(16 + u64::try_from(kind.len()).unwrap_or(0));
        let start = self.bytes(0, length)?;
        let header = Header::read(&start, STRUCTURE).ok().filter(|h| h.tag == Tag::SEQUENCE);
        let inside = header.and_then(|h| start.get(h.octets..));
        Ok(inside.is_some_and(|inside| inside.starts_with(&kind)))
    }

    /// The content type, normalised, and where the content stands.
    #[allow(clippy::type_complexity, reason = "the pair is taken apart at once")]
    fn encapsulated_content(&mut self) -> Result<(Vec<u8>, Option<Vec<Range<u64>>>), OutlineError> {
        let end = self.open(Tag::SEQUENCE)?;
        let content_type = self.small_element()?;
        let content = if self.ended(end)? {
            None
        } else {
            let wrapper = self.open(Tag::context(0))?;
            let pieces = self.pieces()?;
            self.close(wrapper)?;
            Some(pieces)
        };
        self.close(end)?;
        Ok((content_type, content))
    }

    /// An OCTET STRING, whole or in pieces that may themselves be in pieces.
    fn pieces(&mut self) -> Result<Vec<Range<u64>>, OutlineError> {
        let mut pieces = Vec::new();
        let mut open: Vec<End> = Vec::new();
        loop {
            while let Some(end) = open.last().copied() {
                if !self.ended(end)? {
                    break;
                }
                self.close(end)?;
                open.pop();
                if open.is_empty() {
                    return Ok(pieces);
                }
            }
            let header = self.header()?;
            if header.tag.0 & !0x20 != Tag::OCTET_STRING.0 {
                return Err(malformed(Problem::UnexpectedTag(header.tag.0)));
            }
            let end = self.enter(header)?;
            if header.tag.is_constructed() {
                open.push(end);
                if open.len() > ber::MAX_DEPTH {
                    return Err(malformed(Problem::TooDeep));
                }
                continue;
            }
            let end = end.ok_or_else(|| malformed(Problem::Length))?;
            pieces.push(self.at..end);
            if pieces.len() > MAX_PIECES {
                return Err(malformed(Problem::TooLarge));
            }
            self.at = end;
            if open.is_empty() {
                return Ok(pieces);
            }
        }
    }

    /// Everything up to the end of SignedData, normalised; then demands the end of the file.
    fn until(&mut self, ends: &[End; 3]) -> Result<Bytes, OutlineError> {
        let limit = ends.iter().flatten().min().copied().unwrap_or_else(|| self.source.len());
        let length = limit.saturating_sub(self.at);
        if length > MAX_SHELL {
            return Err(malformed(Problem::TooLarge));
        }
        let bytes = self.bytes(self.at, length)?;
        if self.is_definite {
            self.at = limit;
            return self.closed(ends, bytes);
        }
        let mut rest = &*bytes;
        let mut out = Vec::with_capacity(bytes.len());
        while !rest.is_empty() && !Header::read(rest, STRUCTURE)?.is_end_of_contents() {
            let length = ber::element_length(rest, STRUCTURE)?;
            let (element, after) =
                rest.split_at_checked(length).ok_or_else(|| malformed(Problem::Truncated))?;
            out.extend_from_slice(&ber::normalise(element, STRUCTURE)?);
            rest = after;
        }
        self.at = limit - u64::try_from(rest.len()).unwrap_or(0);
        self.closed(ends, out.into())
    }

    /// The rest, if everything ends where it should.
    fn closed(&mut self, ends: &[End; 3], rest: Bytes) -> Result<Bytes, OutlineError> {
        for end in ends {
            self.close(*end)?;
        }
        if self.at == self.source.len() { Ok(rest) } else { Err(malformed(Problem::Trailing)) }
    }

    fn open(&mut self, tag: Tag) -> Result<End, OutlineError> {
        let header = self.header()?;
        if header.tag == tag {
            self.enter(header)
        } else {
            Err(malformed(Problem::UnexpectedTag(header.tag.0)))
        }
    }

    fn enter(&mut self, header: Header) -> Result<End, OutlineError> {
        self.at += u64::try_from(header.octets).unwrap_or(0);
        let Some(length) = header.length else { return Ok(None) };
        let end = self.at.checked_add(length).filter(|end| *end <= self.source.len());
        end.map(Some).ok_or_else(|| malformed(Problem::Truncated))
    }

    fn ended(&mut self, end: End) -> Result<bool, OutlineError> {
        match end {
            Some(end) => Ok(self.at >= end),
            None => Ok(self.header()?.is_end_of_contents()),
        }
    }

    fn close(&mut self, end: End) -> Result<(), OutlineError> {
        match end {
            Some(end) if self.at == end => Ok(()),
            Some(_) => Err(malformed(Problem::Trailing)),
            None if self.header()?.is_end_of_contents() => {
                self.at += 2;
                Ok(())
            }
            None => Err(malformed(Problem::Trailing)),
        }
    }

    /// The next element whole and normalised, if it is small.
    fn small_element(&mut self) -> Result<Vec<u8>, OutlineError> {
        let length = MAX_PREAMBLE.min(self.source.len().saturating_sub(self.at));
        let bytes = self.bytes(self.at, length)?;
        let length = ber::element_length(&bytes, STRUCTURE)?;
        let element = bytes.get(..length).ok_or_else(|| malformed(Problem::Truncated))?;
        self.at += u64::try_from(length).unwrap_or(0);
        let normal = ber::normalise(element, STRUCTURE)?.into_owned();
        Reader::new(&normal, STRUCTURE).take()?;
        Ok(normal)
    }

    /// The header at the present place, read through a window so that four-kilobyte pieces do not
    /// cost a system call each.
    fn header(&mut self) -> Result<Header, OutlineError> {
        const WINDOW: u64 = 64 << 10;
        const LONGEST: u64 = 10;
        let window_end = self.window_at + u64::try_from(self.window.len()).unwrap_or(0);
        let inside = self.at >= self.window_at && self.at + LONGEST <= window_end;
        if !inside {
            let length = WINDOW.min(self.source.len().saturating_sub(self.at));
            self.window = self.bytes(self.at, length)?;
            self.window_at = self.at;
        }
        let offset = usize::try_from(self.at - self.window_at).unwrap_or(usize::MAX);
        Ok(Header::read(self.window.get(offset..).unwrap_or_default(), STRUCTURE)?)
    }

    fn bytes(&self, offset: u64, length: u64) -> Result<Bytes, OutlineError> {
        let length = usize::try_from(length).map_err(|_| malformed(Problem::TooLarge))?;
        let start = usize::try_from(offset).map_err(|_| malformed(Problem::TooLarge))?;
        let range = start..start.saturating_add(length);
        if let Some(all) = self.source.in_memory().filter(|all| range.end <= all.len()) {
            return Ok(all.slice(range));
        }
        let mut buffer = vec![0; length];
        crate::source::read_exact_at(self.source, offset, &mut buffer)?;
        Ok(buffer.into())
    }
}
