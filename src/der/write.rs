//! Writes DER. Each function returns one whole element, so structures nest as expressions do.

use super::tlv::Tag;
use crate::oid::Oid;
use crate::time::Instant;

/// Any element: tag, shortest length, content.
pub fn element(tag: Tag, content: &[u8]) -> Vec<u8> {
    let mut out = header(tag, content.len());
    out.extend_from_slice(content);
    out
}

/// The identifier and length octets of an element whose content is written elsewhere.
pub fn header(tag: Tag, length: usize) -> Vec<u8> {
    let mut out = vec![tag.0];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let significant: Vec<u8> = bytes.into_iter().skip_while(|b| *b == 0).collect();
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            out.extend_from_slice(&significant);
        }
    }
    out
}

fn constructed<T: AsRef<[u8]>>(tag: Tag, parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut content = Vec::new();
    for part in parts {
        content.extend_from_slice(part.as_ref());
    }
    element(tag, &content)
}

/// SEQUENCE of elements already written. An empty part is an absent OPTIONAL.
pub fn sequence<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    constructed(Tag::SEQUENCE, parts)
}

/// SET whose elements stand as given.
pub fn set<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    constructed(Tag::SET, parts)
}

/// SET OF in the order that DER demands (X.690 §11.6).
pub fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    set(parts)
}

/// `[number] EXPLICIT`.
pub fn explicit(number: u8, inner: &[u8]) -> Vec<u8> {
    element(Tag::context(number), inner)
}

/// `[number] IMPLICIT`: the element again under another tag, constructed or not as it was.
pub fn implicit(number: u8, inner: &[u8]) -> Vec<u8> {
    let mut out = inner.to_vec();
    if let Some(first) = out.first_mut() {
        *first = 0x80 | (*first & 0x20) | number;
    }
    out
}

/// BOOLEAN.
pub fn boolean(value: bool) -> Vec<u8> {
    element(Tag::BOOLEAN, &[if value { 0xff } else { 0x00 }])
}

/// INTEGER from big-endian octets that count as unsigned.
pub fn unsigned(octets: &[u8]) -> Vec<u8> {
    let mut significant: Vec<u8> = octets.iter().copied().skip_while(|b| *b == 0).collect();
    if significant.first().is_none_or(|b| *b >= 0x80) {
        significant.insert(0, 0);
    }
    element(Tag::INTEGER, &significant)
}

/// INTEGER of a small number.
pub fn integer(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// ENUMERATED of a small number.
pub fn enumerated(value: u8) -> Vec<u8> {
    element(Tag::ENUMERATED, &[value])
}

/// OCTET STRING.
pub fn octet_string(octets: &[u8]) -> Vec<u8> {
    element(Tag::OCTET_STRING, octets)
}

/// BIT STRING of whole octets.
pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    element(Tag::BIT_STRING, &[&[0], octets].concat())
}

/// BIT STRING of named bits, trailing zeros dropped (X.690 §11.2.2); bit `n` is the `n`-th from the left.
pub fn named_bits(bits: u32) -> Vec<u8> {
    let mut octets: Vec<u8> = bits.to_le_bytes().iter().map(|b| b.reverse_bits()).collect();
    while octets.last() == Some(&0) {
        octets.pop();
    }
    let unused = octets.last().map_or(0, |b| b.trailing_zeros());
    let unused = u8::try_from(unused).unwrap_or(0);
    element(Tag::BIT_STRING, &[&[unused], octets.as_slice()].concat())
}

/// NULL.
pub fn null() -> Vec<u8> {
    element(Tag::NULL, &[])
}

/// OBJECT IDENTIFIER.
pub fn oid(value: Oid) -> Vec<u8> {
    element(Tag::OID, value.as_bytes())
}

/// UTF8String.
pub fn utf8(text: &str) -> Vec<u8> {
    element(Tag::UTF8_STRING, text.as_bytes())
}

/// PrintableString; the caller vouches for the alphabet.
pub fn printable(text: &str) -> Vec<u8> {
    element(Tag::PRINTABLE_STRING, text.as_bytes())
}

/// IA5String; the caller vouches for the alphabet.
pub fn ia5(text: &str) -> Vec<u8> {
    element(Tag::IA5_STRING, text.as_bytes())
}

/// Time as RFC 5280 §4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime from 2050.
pub fn time(instant: Instant) -> Vec<u8> {
    let c = instant.civil();
    if !(1950..2050).contains(&c.year) {
        return generalized_time(Instant::from_unix(instant.unix()));
    }
    let text = format!(
        "{:02}{:02}{:02}{:02}{:02}{:02}Z",
        c.year % 100,
        c.month,
        c.day,
        c.hour,
        c.minute,
        c.second
    );
    element(Tag::UTC_TIME, text.as_bytes())
}

/// GeneralizedTime, with the fraction where there is one (RFC 3161 §2.4.2: no trailing zeros).
pub fn generalized_time(instant: Instant) -> Vec<u8> {
    let c = instant.civil();
    let mut text = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        c.year, c.month, c.day, c.hour, c.minute, c.second
    );
    if c.nanos != 0 {
        let fraction = format!(".{:09}", c.nanos);
        text.push_str(fraction.trim_end_matches('0'));
    }
    text.push('Z');
    element(Tag::GENERALIZED_TIME, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::Reader;

    #[test]
    fn numbers_are_written_shortest_and_never_negative() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(127), [2, 1, 0x7f]);
        assert_eq!(integer(128), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for length in [0usize, 1, 127, 128, 255, 256, 70_000] {
            let written = octet_string(&vec![7; length]);
            assert_eq!(
                Reader::only(&written, Tag::OCTET_STRING, "x").unwrap().content.len(),
                length
            );
        }
        assert_eq!(named_bits(0b10), [3, 2, 6, 0x40]);
        assert_eq!(named_bits(0), [3, 1, 0]);
        let late: Instant = "2051-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(Reader::new(&time(late), "x").take().unwrap().time().unwrap(), late);
    }
}
