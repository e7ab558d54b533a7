//! A signed-data as it was before some unsigned attributes were put into it: an evidence record inside is
//! over the file without it (RFC 4998 appendix A). And with another in its place.

use crate::der::tlv::{Malformed, Reader, Tag, Tlv};
use crate::der::write;

/// The unsigned attributes of one signature, as they stand.
type Attributes<'a> = Vec<&'a [u8]>;

/// The file without the unsigned attributes that are to be dropped, told by their exact bytes. Lengths
/// around them are written anew; "apart from that, the existing coding must not be modified". Only DER is
/// read: of another coding nobody knows how its lengths were written before.
pub fn without(der: &[u8], drop: &dyn Fn(&[u8]) -> bool) -> Result<Vec<u8>, Malformed> {
    rewritten(der, &|attributes| attributes.retain(|attribute| !drop(attribute)))
}

/// The file with another unsigned attribute in place of that one, sorted in where the others are sorted.
/// All else is as [`without`] leaves it, so that a record inside is over the same bytes as before.
pub fn replaced<'a>(der: &'a [u8], old: &[u8], new: &'a [u8]) -> Result<Vec<u8>, Malformed> {
    rewritten(der, &|attributes: &mut Attributes<'a>| {
        let Some(place) = attributes.iter().position(|attribute| *attribute == old) else { return };
        attributes.remove(place);
        let sorted = || attributes.partition_point(|other| *other < new);
        let place = if attributes.is_sorted() { sorted() } else { place };
        attributes.insert(place, new);
    })
}

fn rewritten<'a>(der: &'a [u8], edit: &dyn Fn(&mut Attributes<'a>)) -> Result<Vec<u8>, Malformed> {
    let mut info = Reader::only(der, Tag::SEQUENCE, "ContentInfo")?.reader();
    let kind = info.expect(Tag::OID)?;
    let data = info.expect(Tag::context(0))?.explicit(Tag::SEQUENCE)?;
    info.finish()?;
    let mut parts: Vec<Vec<u8>> = Vec::new();
    let mut reader = data.named("SignedData");
    while !reader.is_empty() {
        let part = reader.take()?;
        // The signer infos are the last of the elements, and the only SET after the content.
        parts.push(if reader.is_empty() { signers(&part, edit)? } else { part.raw.to_vec() });
    }
    let data = write::sequence(parts);
    Ok(write::sequence([kind.raw, &write::explicit(0, &data)]))
}

fn signers<'a>(set: &Tlv<'a>, edit: &dyn Fn(&mut Attributes<'a>)) -> Result<Vec<u8>, Malformed> {
    let mut reader = set.named("SignerInfos");
    let mut signers = Vec::new();
    while !reader.is_empty() {
        signers.push(signer(&reader.expect(Tag::SEQUENCE)?, edit)?);
    }
    Ok(write::set(signers))
}

fn signer<'a>(tlv: &Tlv<'a>, edit: &dyn Fn(&mut Attributes<'a>)) -> Result<Vec<u8>, Malformed> {
    let mut reader = tlv.named("SignerInfo");
    let mut parts: Vec<Vec<u8>> = Vec::new();
    while !reader.is_empty() {
        let part = reader.take()?;
        if part.tag != Tag::context(1) {
            parts.push(part.raw.to_vec());
            continue;
        }
        let mut attributes = part.named("Attributes");
        let mut kept: Attributes<'a> = Vec::new();
        while !attributes.is_empty() {
            kept.push(attributes.take()?.raw);
        }
        edit(&mut kept);
        // An empty set of attributes is none at all (RFC 5652 §5.3).
        if !kept.is_empty() {
            parts.push(write::element(part.tag, &kept.concat()));
        }
    }
    Ok(write::sequence(parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oid;

    fn file(attributes: &[&[u8]]) -> Vec<u8> {
        let unsigned = write::element(Tag::context(1), &attributes.concat());
        let signer = write::sequence([write::integer(1), unsigned]);
        let content = write::sequence([write::oid(oid::DATA)]);
        let data = write::sequence([write::integer(1), content, write::set([signer])]);
        write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)])
    }

    fn attribute(value: u64) -> Vec<u8> {
        write::sequence([write::oid(oid::CONTENT_HINTS), write::set([write::integer(value)])])
    }

    #[test]
    fn another_attribute_takes_the_place_that_der_gives_it_and_nothing_else_moves() {
        let [one, three, five, nine] = [1, 3, 5, 9].map(attribute);
        let sorted = file(&[&one, &three, &five]);
        assert_eq!(replaced(&sorted, &one, &nine).unwrap(), file(&[&three, &five, &nine]));
        let unsorted = file(&[&five, &one, &three]);
        assert_eq!(replaced(&unsorted, &one, &nine).unwrap(), file(&[&five, &nine, &three]));
        let with = replaced(&sorted, &three, &nine).unwrap();
        let [before, after] = [(&sorted, &three), (&with, &nine)]
            .map(|(file, own)| without(file, &|attribute| attribute == own).unwrap());
        assert_eq!(before, after, "a record inside is over the same bytes as before");
        assert_eq!(replaced(&sorted, &nine, &five).unwrap(), sorted, "what is not there stays so");
    }
}
