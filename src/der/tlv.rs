//! One reader for the tag-length-value form that all of ASN.1 is written in.
//!
//! The reader takes DER only (X.690 §10): definite, shortest lengths. What arrives as BER is
//! normalised first ([`super::ber`]). It never recurses, so nesting cannot exhaust the stack.

pub use super::malformed::{Malformed, Problem};

use super::Bytes;
use super::algorithm::SliceRefOf as _;
use super::times::{generalized_time, utc_time};
use crate::oid::Oid;
use crate::time::Instant;

/// The identifier octet of an element. Numbers above 30 occur in no structure inkan reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tag(pub u8);

#[allow(missing_docs, reason = "each constant is the ASN.1 type it is named after")]
impl Tag {
    pub const BOOLEAN: Self = Self(0x01);
    pub const INTEGER: Self = Self(0x02);
    pub const BIT_STRING: Self = Self(0x03);
    pub const OCTET_STRING: Self = Self(0x04);
    pub const NULL: Self = Self(0x05);
    pub const OID: Self = Self(0x06);
    pub const ENUMERATED: Self = Self(0x0a);
    pub const UTF8_STRING: Self = Self(0x0c);
    pub const NUMERIC_STRING: Self = Self(0x12);
    pub const PRINTABLE_STRING: Self = Self(0x13);
    pub const TELETEX_STRING: Self = Self(0x14);
    pub const IA5_STRING: Self = Self(0x16);
    pub const UTC_TIME: Self = Self(0x17);
    pub const GENERALIZED_TIME: Self = Self(0x18);
    pub const VISIBLE_STRING: Self = Self(0x1a);
    pub const UNIVERSAL_STRING: Self = Self(0x1c);
    pub const BMP_STRING: Self = Self(0x1e);
    pub const SEQUENCE: Self = Self(0x30);
    pub const SET: Self = Self(0x31);
}

impl Tag {
    /// `[number]` around another element: EXPLICIT, or an IMPLICIT constructed type.
    pub const fn context(number: u8) -> Self {
        Self(0xa0 | number)
    }

    /// `[number] IMPLICIT` of a primitive type.
    pub const fn context_primitive(number: u8) -> Self {
        Self(0x80 | number)
    }

    /// Whether the element holds other elements.
    pub const fn is_constructed(self) -> bool {
        self.0 & 0x20 != 0
    }
}

/// One element: its tag, its content, and all its bytes as received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tlv<'a> {
    /// Its identifier.
    pub tag: Tag,
    /// Its content octets.
    pub content: &'a [u8],
    /// Identifier, length and content: the exact bytes.
    pub raw: &'a [u8],
    structure: &'static str,
    whole: Option<&'a Bytes>,
}

/// Reads elements one after another. Errors name the structure given at the start.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    structure: &'static str,
    /// The bytes that all of this stands in, where they can be shared.
    whole: Option<&'a Bytes>,
}

impl<'a> Reader<'a> {
    /// Reads the elements of these bytes, which belong to the structure of that name.
    pub const fn new(bytes: &'a [u8], structure: &'static str) -> Self {
        Self { rest: bytes, structure, whole: None }
    }

    /// Reads the elements of these bytes; what is kept of them shares their memory ([`Tlv::share`]).
    pub fn over(whole: &'a Bytes, structure: &'static str) -> Self {
        Self { rest: whole, structure, whole: Some(whole) }
    }

    /// The one element that these bytes are, with that tag and nothing after it.
    pub fn only(bytes: &'a [u8], tag: Tag, structure: &'static str) -> Result<Tlv<'a>, Malformed> {
        Self::new(bytes, structure).alone(tag)
    }

    /// The one element that is left, with that tag.
    pub fn alone(mut self, tag: Tag) -> Result<Tlv<'a>, Malformed> {
        let tlv = self.expect(tag)?;
        self.finish()?;
        Ok(tlv)
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes not read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The tag of the next element, if there is one.
    pub fn peek(&self) -> Option<Tag> {
        self.rest.first().copied().map(Tag)
    }

    /// The next element, whatever it is.
    pub fn take(&mut self) -> Result<Tlv<'a>, Malformed> {
        let (tag, header, length) = self.header()?;
        let end = header.checked_add(length).ok_or_else(|| self.error(Problem::Length))?;
        let (raw, rest) =
            self.rest.split_at_checked(end).ok_or_else(|| self.error(Problem::Truncated))?;
        let (_, content) =
            raw.split_at_checked(header).ok_or_else(|| self.error(Problem::Truncated))?;
        self.rest = rest;
        Ok(Tlv { tag, content, raw, structure: self.structure, whole: self.whole })
    }

    /// The next element, which must have this tag.
    pub fn expect(&mut self, tag: Tag) -> Result<Tlv<'a>, Malformed> {
        match self.peek() {
            Some(found) if found == tag => self.take(),
            Some(found) => Err(self.error(Problem::UnexpectedTag(found.0))),
            None => Err(self.error(Problem::Truncated)),
        }
    }

    /// The next element if it has this tag.
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Tlv<'a>>, Malformed> {
        if self.peek() == Some(tag) { self.take().map(Some) } else { Ok(None) }
    }

    /// Demands that nothing is left.
    pub fn finish(&self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(self.error(Problem::Trailing)) }
    }

    /// A complaint about the structure being read.
    pub const fn error(&self, problem: Problem) -> Malformed {
        Malformed::new(self.structure, problem)
    }

    /// Tag, length of the header, length of the content.
    fn header(&self) -> Result<(Tag, usize, usize), Malformed> {
        let mut bytes = self.rest.iter().copied();
        let tag = bytes.next().ok_or_else(|| self.error(Problem::Truncated))?;
        if tag & 0x1f == 0x1f {
            return Err(self.error(Problem::Tag));
        }
        let first = bytes.next().ok_or_else(|| self.error(Problem::Truncated))?;
        if first < 0x80 {
            return Ok((Tag(tag), 2, usize::from(first)));
        }
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return Err(self.error(Problem::Length));
        }
        let mut length = 0usize;
        for _ in 0..count {
            let byte = bytes.next().ok_or_else(|| self.error(Problem::Truncated))?;
            length = length << 8 | usize::from(byte);
        }
        // X.690 §10.1: the shortest form, so no leading zero and no long form below 128.
        let shortest = length >= 0x80 && length >> (8 * (count - 1)) != 0;
        if shortest { Ok((Tag(tag), 2 + count, length)) } else { Err(self.error(Problem::Length)) }
    }
}

impl<'a> Tlv<'a> {
    /// Reads the elements inside.
    pub const fn reader(&self) -> Reader<'a> {
        self.named(self.structure)
    }

    /// Reads the elements inside, under another name for errors.
    pub const fn named(&self, structure: &'static str) -> Reader<'a> {
        Reader { rest: self.content, structure, whole: self.whole }
    }

    /// The single element inside an EXPLICIT tag.
    pub fn explicit(&self, tag: Tag) -> Result<Tlv<'a>, Malformed> {
        self.reader().alone(tag)
    }

    /// A part of this element, to be kept: without a copy, where the bytes around it can be shared.
    pub fn share(&self, part: &[u8]) -> Bytes {
        self.whole.map_or_else(|| Bytes::copy_from_slice(part), |all| all.slice_ref_of(part, all))
    }

    /// A complaint about this element.
    pub const fn error(&self, problem: Problem) -> Malformed {
        Malformed::new(self.structure, problem)
    }

    /// OBJECT IDENTIFIER.
    pub fn oid(&self) -> Result<Oid, Malformed> {
        Oid::from_bytes(self.content).map_err(|_| self.error(Problem::Value))
    }

    /// BOOLEAN, in the DER form 00 or FF.
    pub fn boolean(&self) -> Result<bool, Malformed> {
        match self.content {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(self.error(Problem::Value)),
        }
    }

    /// INTEGER as its content octets: at least one, and no more than it takes (X.690 §8.3.2), so
    /// that equal numbers have equal octets. It may be negative.
    pub fn integer(&self) -> Result<&'a [u8], Malformed> {
        match self.content {
            [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => {
                Err(self.error(Problem::Value))
            }
            octets => Ok(octets),
        }
    }

    /// INTEGER or ENUMERATED that is not negative and fits.
    pub fn u64(&self) -> Result<u64, Malformed> {
        let value = match self.integer()? {
            [first, ..] if *first >= 0x80 => return Err(self.error(Problem::Value)),
            [0x00, rest @ ..] => rest,
            all => all,
        };
        if value.len() > 8 {
            return Err(self.error(Problem::Value));
        }
        Ok(value.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// BIT STRING of whole octets.
    pub fn bit_octets(&self) -> Result<&'a [u8], Malformed> {
        match self.content {
            [0, octets @ ..] => Ok(octets),
            _ => Err(self.error(Problem::Value)),
        }
    }

    /// BIT STRING of named bits: bit `n` is the `n`-th from the left. At most 32 are kept.
    pub fn named_bits(&self) -> Result<u32, Malformed> {
        let (unused, octets) =
            self.content.split_first().ok_or_else(|| self.error(Problem::Value))?;
        if *unused > 7 || (octets.is_empty() && *unused != 0) {
            return Err(self.error(Problem::Value));
        }
        let mut bits = 0u32;
        for (index, octet) in octets.iter().enumerate().take(4) {
            bits |= u32::from(octet.reverse_bits()) << (8 * index);
        }
        Ok(bits)
    }

    /// Any of the string types of DirectoryString, and IA5, as Unicode.
    pub fn text(&self) -> Result<String, Malformed> {
        let bad = || self.error(Problem::Value);
        match self.tag {
            Tag::BMP_STRING => {
                let (pairs, rest) = self.content.as_chunks::<2>();
                let units: Vec<u16> = pairs.iter().map(|p| u16::from_be_bytes(*p)).collect();
                if rest.is_empty() {
                    String::from_utf16(&units).map_err(|_| bad())
                } else {
                    Err(bad())
                }
            }
            Tag::UNIVERSAL_STRING => {
                let (quads, rest) = self.content.as_chunks::<4>();
                let text: Option<String> =
                    quads.iter().map(|q| char::from_u32(u32::from_be_bytes(*q))).collect();
                text.filter(|_| rest.is_empty()).ok_or_else(bad)
            }
            // T.61 in certificates is Latin-1 in practice (RFC 5280 §4.1.2.4 leaves it to the issuer).
            Tag::TELETEX_STRING => Ok(self.content.iter().map(|b| char::from(*b)).collect()),
            Tag::UTF8_STRING
            | Tag::PRINTABLE_STRING
            | Tag::IA5_STRING
            | Tag::NUMERIC_STRING
            | Tag::VISIBLE_STRING => String::from_utf8(self.content.to_vec()).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }

    /// UTCTime (YYMMDDHHMMSSZ, 1950–2049) or GeneralizedTime (YYYYMMDDHHMMSS[.f]Z).
    pub fn time(&self) -> Result<Instant, Malformed> {
        let text = std::str::from_utf8(self.content).map_err(|_| self.error(Problem::Value))?;
        let parsed = match self.tag {
            Tag::UTC_TIME => utc_time(text),
            Tag::GENERALIZED_TIME => generalized_time(text),
            _ => None,
        };
        parsed.ok_or_else(|| self.error(Problem::Value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_are_not_der_are_refused() {
        for bytes in [&[0x30, 0x80, 0, 0][..], &[4, 0x81, 1, 0], &[4, 0x82, 0, 0x80]] {
            assert_eq!(Reader::new(bytes, "x").take().unwrap_err().problem(), Problem::Length);
        }
        let cut = Reader::new(&[0x04, 0x05, 1], "x").take();
        assert_eq!(cut.unwrap_err().problem(), Problem::Truncated);
    }

    #[test]
    fn an_integer_takes_no_more_octets_than_it_needs() {
        let read = |octets: &[u8]| {
            let bytes = [&[2, u8::try_from(octets.len()).unwrap()], octets].concat();
            Reader::new(&bytes, "x").take().unwrap().integer().map(<[u8]>::to_vec).ok()
        };
        for fit in [&[0][..], &[0x7f], &[0, 0x80], &[0xff], &[0x80, 1], &[0xff, 0x7f]] {
            assert_eq!(read(fit).as_deref(), Some(fit));
        }
        for padded in [&[][..], &[0, 0], &[0, 0x7f], &[0xff, 0x80], &[0xff, 0xff, 1]] {
            assert_eq!(read(padded), None, "{padded:?}");
        }
    }

    #[test]
    fn named_bits_count_from_the_left() {
        // keyUsage nonRepudiation of every HPKI signing certificate: 06 40.
        let tlv = Reader::only(&[0x03, 0x02, 0x06, 0x40], Tag::BIT_STRING, "x").unwrap();
        assert_eq!(tlv.named_bits().unwrap(), 0b10);
    }

    #[test]
    fn times_of_both_types_and_with_fractions() {
        let time = |tag: Tag, text: &str| {
            let bytes = [&[tag.0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
            Reader::new(&bytes, "x").take().unwrap().time().map(|t| t.to_string()).ok()
        };
        assert_eq!(time(Tag::UTC_TIME, "500101000000Z").unwrap(), "1950-01-01T00:00:00Z");
        assert_eq!(time(Tag::UTC_TIME, "491231235959Z").unwrap(), "2049-12-31T23:59:59Z");
        assert_eq!(
            time(Tag::GENERALIZED_TIME, "20180322112233.064Z").unwrap(),
            "2018-03-22T11:22:33.064Z"
        );
        assert_eq!(time(Tag::UTC_TIME, "4912312359Z"), None);
        assert_eq!(time(Tag::GENERALIZED_TIME, "20180322112233+0900"), None);
    }
}
