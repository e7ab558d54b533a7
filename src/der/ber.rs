//! Turns BER into the definite, shortest form that the reader takes.
//!
//! `openssl cms -sign -stream` and many cards write indefinite lengths and strings in pieces
//! (X.690 §8). Normalising changes lengths and joins pieces; it never re-orders anything, because
//! a signature may be over the order received. Input that is already in that form comes back
//! untouched, byte for byte.

use super::tlv::{Malformed, Problem, Tag};
use super::write;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// No honest CMS, certificate or token nests deeper; CVE-2022-0778-style nests die here
/// (docs/threat-model.md row 16 asks for 32 in every decoder).
pub const MAX_DEPTH: usize = 32;

/// The same element in definite form, with everything after it refused.
pub fn normalise<'a>(bytes: &'a [u8], structure: &'static str) -> Result<Cow<'a, [u8]>, Malformed> {
    if is_normal(bytes, structure) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut cursor = Cursor { rest: bytes, structure };
    let mut out = Vec::with_capacity(bytes.len());
    cursor.element(0, &mut out)?;
    if !cursor.rest.is_empty() {
        return Err(cursor.error(Problem::Trailing));
    }
    if out == bytes { Ok(Cow::Borrowed(bytes)) } else { Ok(Cow::Owned(out)) }
}

/// Whether it is one element that normalising leaves as it is: one pass without a copy, for nearly all
/// that comes is DER.
pub(super) fn is_normal(bytes: &[u8], structure: &'static str) -> bool {
    let mut ends = Vec::with_capacity(MAX_DEPTH);
    let mut at = 0usize;
    loop {
        let Some(header) = bytes.get(at..).and_then(|rest| Header::read(rest, structure).ok())
        else {
            return false;
        };
        let length = header.length.and_then(|length| usize::try_from(length).ok());
        let Some(length) = length.filter(|length| shortest(*length) == header.octets) else {
            return false;
        };
        let within = ends.last().copied().unwrap_or(bytes.len());
        let content = at + header.octets;
        let Some(end) = content.checked_add(length).filter(|end| *end <= within) else {
            return false;
        };
        if ends.len() >= MAX_DEPTH || is_string_in_pieces(header.tag) {
            return false;
        }
        if header.tag.is_constructed() {
            ends.push(end);
            at = content;
        } else {
            at = end;
        }
        while ends.pop_if(|end| *end == at).is_some() {}
        if ends.is_empty() {
            return at == bytes.len();
        }
    }
}

/// The same for an element that may hold secrets: no copy of it stays behind unwiped.
pub fn normalise_secret(
    bytes: &[u8],
    structure: &'static str,
) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let mut cursor = Cursor { rest: bytes, structure };
    // Only an element of 64 KiB or more takes more room than before (two octets of length), and each
    // octet lies in MAX_DEPTH elements at most: the buffer never moves.
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len() + bytes.len() / 1024 + 64));
    cursor.element(0, &mut out)?;
    if cursor.rest.is_empty() { Ok(out) } else { Err(cursor.error(Problem::Trailing)) }
}

/// How many bytes the first element takes, its end-of-contents marks included.
pub fn element_length(bytes: &[u8], structure: &'static str) -> Result<usize, Malformed> {
    let mut cursor = Cursor { rest: bytes, structure };
    cursor.skip()?;
    Ok(bytes.len() - cursor.rest.len())
}

/// A BER header as it stands: tag, octets of the header, and the length unless indefinite.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// The identifier.
    pub tag: Tag,
    /// How many octets identifier and length take.
    pub octets: usize,
    /// The length of the content; nothing if it runs to an end-of-contents mark.
    pub length: Option<u64>,
}

impl Header {
    /// Reads a header from the front of these bytes.
    pub fn read(bytes: &[u8], structure: &'static str) -> Result<Self, Malformed> {
        let error = |problem| Malformed::new(structure, problem);
        let mut octets = bytes.iter().copied();
        let tag = octets.next().ok_or_else(|| error(Problem::Truncated))?;
        if tag & 0x1f == 0x1f {
            return Err(error(Problem::Tag));
        }
        let first = octets.next().ok_or_else(|| error(Problem::Truncated))?;
        let count = usize::from(first & 0x7f);
        let (length, more) = match first {
            0x80 if tag & 0x20 == 0 => return Err(error(Problem::Length)),
            0x80 => (None, 0),
            short if short < 0x80 => (Some(u64::from(short)), 0),
            _ if count > 8 => return Err(error(Problem::Length)),
            _ => {
                let mut length = 0u64;
                for _ in 0..count {
                    let octet = octets.next().ok_or_else(|| error(Problem::Truncated))?;
                    length = length << 8 | u64::from(octet);
                }
                (Some(length), count)
            }
        };
        Ok(Self { tag: Tag(tag), octets: 2 + more, length })
    }

    /// Whether this is the mark that ends an indefinite length.
    pub fn is_end_of_contents(&self) -> bool {
        self.tag.0 == 0 && self.length == Some(0)
    }
}

struct Cursor<'a> {
    rest: &'a [u8],
    structure: &'static str,
}

impl<'a> Cursor<'a> {
    fn error(&self, problem: Problem) -> Malformed {
        Malformed::new(self.structure, problem)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| self.error(Problem::Truncated))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Steps over one element without looking into what has a definite length.
    fn skip(&mut self) -> Result<(), Malformed> {
        let mut open = 0usize;
        loop {
            let header = Header::read(self.rest, self.structure)?;
            self.take(header.octets)?;
            if header.length.is_none() {
                open += 1;
                if open > MAX_DEPTH {
                    return Err(self.error(Problem::TooDeep));
                }
            } else if open > 0 && header.is_end_of_contents() {
                open -= 1;
            } else {
                let length = self.definite(header)?;
                self.take(length)?;
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    /// Writes one element, normalised, to the end of `out`. One buffer for all: a vector for each
    /// element would cost thirty times the two bytes that an element may have.
    fn element(&mut self, depth: usize, out: &mut Vec<u8>) -> Result<(), Malformed> {
        if depth >= MAX_DEPTH {
            return Err(self.error(Problem::TooDeep));
        }
        let header = Header::read(self.rest, self.structure)?;
        self.take(header.octets)?;
        if !header.tag.is_constructed() {
            let length = self.definite(header)?;
            out.extend_from_slice(&write::header(header.tag, length));
            out.extend_from_slice(self.take(length)?);
            return Ok(());
        }
        let start = out.len();
        let in_pieces = is_string_in_pieces(header.tag);
        self.children(header, |cursor| {
            let piece = out.len();
            cursor.element(depth + 1, out)?;
            if in_pieces {
                let inner = Header::read(out.get(piece..).unwrap_or_default(), cursor.structure)?;
                if inner.tag != Tag::OCTET_STRING {
                    return Err(cursor.error(Problem::UnexpectedTag(inner.tag.0)));
                }
                out.drain(piece..piece + inner.octets);
            }
            Ok(())
        })?;
        let tag = if in_pieces { Tag(header.tag.0 & !0x20) } else { header.tag };
        let octets = write::header(tag, out.len() - start);
        out.splice(start..start, octets);
        Ok(())
    }

    fn children(
        &mut self,
        header: Header,
        mut each: impl FnMut(&mut Self) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        if header.length.is_some() {
            let length = self.definite(header)?;
            let mut inner = Cursor { rest: self.take(length)?, structure: self.structure };
            while !inner.rest.is_empty() {
                each(&mut inner)?;
            }
            return Ok(());
        }
        loop {
            let next = Header::read(self.rest, self.structure)?;
            if next.is_end_of_contents() {
                self.take(next.octets)?;
                return Ok(());
            }
            each(self)?;
        }
    }

    fn definite(&self, header: Header) -> Result<usize, Malformed> {
        let length = header.length.ok_or_else(|| self.error(Problem::Length))?;
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.rest.len())
            .ok_or_else(|| self.error(Problem::Truncated))
    }
}

/// How many octets the shortest header for that length takes.
const fn shortest(length: usize) -> usize {
    let mut octets = 2;
    let mut rest = if length < 0x80 { 0 } else { length };
    while rest > 0 {
        octets += 1;
        rest >>= 8;
    }
    octets
}

/// OCTET STRING in constructed form. A constructed BIT STRING occurs in no CMS writer and is left to fail.
fn is_string_in_pieces(tag: Tag) -> bool {
    tag.0 == Tag::OCTET_STRING.0 | 0x20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_normal_is_taken_for_it() {
        let string = |length: usize| write::octet_string(&vec![0; length]);
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let der = write::sequence([string(length), write::sequence([string(length)])]);
            assert!(is_normal(&der, "x"), "{length}");
            assert!(!is_normal(&[der.as_slice(), &[0]].concat(), "x"), "{length}");
            assert!(!is_normal(&der[..der.len() - 1], "x"), "{length}");
        }
        for other in [
            // A long length that could be short, an indefinite one, pieces, an inner end beyond the outer.
            &[0x04, 0x81, 0x01, 0x00][..],
            &[0x30, 0x80, 0x05, 0x00, 0x00, 0x00],
            &[0x24, 0x02, 0x04, 0x00],
            &[0x30, 0x02, 0x04, 0x01, 0x00],
        ] {
            assert!(!is_normal(other, "x"), "{other:02x?}");
        }
        let nested =
            |depth| (0..depth).fold(write::integer(1), |inner, _| write::sequence([inner]));
        assert!(is_normal(&nested(MAX_DEPTH - 1), "x"));
        assert!(!is_normal(&nested(MAX_DEPTH), "x"));
        assert!(normalise(&nested(MAX_DEPTH), "x").is_err());
    }

    #[test]
    fn der_comes_back_untouched() {
        let der = write::sequence([write::integer(5), write::octet_string(b"abc")]);
        assert!(matches!(normalise(&der, "x").unwrap(), Cow::Borrowed(_)));
    }

    #[test]
    fn pieces_are_joined_and_lengths_made_definite() {
        // SEQUENCE (indefinite) { [0] (indefinite) { OCTET STRING (constructed, indefinite) { "ab", "c" } } }
        let ber = [
            0x30, 0x80, 0xa0, 0x80, 0x24, 0x80, 4, 2, b'a', b'b', 4, 0x81, 1, b'c', 0, 0, 0, 0, 0,
            0,
        ];
        let expected = write::sequence([write::explicit(0, &write::octet_string(b"abc"))]);
        assert_eq!(normalise(&ber, "x").unwrap().as_ref(), expected);
    }

    #[test]
    fn a_deep_nest_is_refused_and_does_not_recurse_further() {
        let deep = [0x30, 0x80].repeat(100_000);
        assert_eq!(normalise(&deep, "x").unwrap_err().problem(), Problem::TooDeep);
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        assert_eq!(
            normalise(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], "x").unwrap_err().problem(),
            Problem::Truncated
        );
    }
}
