//! Writes a signed-data again with more in it (RFC 5652 §5). What was there keeps its bytes and its
//! order: signatures and archive timestamps are over it.

use super::{Attributes, SignedData, SignerInfo};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::prints::Prints;
use crate::der::tlv::{Malformed, Reader, Tag};
use crate::der::{Bytes, write};
use crate::oid::{self, Oid};

impl SignedData {
    /// One of that content type with nothing in it.
    pub fn empty(content_type: Oid) -> Self {
        Self {
            version: 1,
            digest_algorithms: Vec::new(),
            content_type,
            content: None,
            certificates: Vec::new(),
            revocation: Vec::new(),
            signers: Vec::new(),
            prints: Prints::default(),
        }
    }

    /// Takes an element into the certificate bag, unless it is there.
    pub fn take_certificate(&mut self, element: Bytes) {
        place(&mut self.certificates, element);
    }

    /// Takes an element into the revocation bag, unless it is there.
    pub fn take_revocation(&mut self, element: Bytes) {
        place(&mut self.revocation, element);
    }

    /// Announces a digest algorithm, unless it is announced.
    pub fn announce(&mut self, algorithm: AlgorithmIdentifier) {
        if self.digest_algorithms.iter().all(|known| known.oid != algorithm.oid) {
            self.digest_algorithms.push(algorithm);
        }
    }

    /// What stands before and after the encapsulated content.
    pub fn around_content(&self) -> [Vec<u8>; 2] {
        let version = write::integer(self.version.max(self.version_needed()));
        let digests = self.digest_algorithms.iter().map(AlgorithmIdentifier::to_der);
        let before = [version, write::set(digests)].concat();
        let bag = |number, elements: &[Bytes]| match elements {
            [] => Vec::new(),
            some => write::implicit(number, &write::set(some)),
        };
        let signers = write::set(self.signers.iter().map(SignerInfo::to_der));
        let after = [bag(0, &self.certificates), bag(1, &self.revocation), signers].concat();
        [before, after]
    }

    /// The version that the contents demand (§5.1).
    fn version_needed(&self) -> u64 {
        let holds = |bag: &[Bytes], number| {
            bag.iter().any(|element| element.first() == Some(&Tag::context(number).0))
        };
        let by_key_id = self.signers.iter().any(|signer| signer.version == 3);
        if holds(&self.certificates, 3) || holds(&self.revocation, 1) {
            5
        } else if holds(&self.certificates, 2) {
            4
        } else if holds(&self.certificates, 1) || by_key_id || self.content_type != oid::DATA {
            3
        } else {
            1
        }
    }
}

impl SignerInfo {
    /// Reads a SignerInfo that stands alone.
    pub fn from_der(der: &[u8]) -> Result<Self, Malformed> {
        Self::parse(&Reader::only(der, Tag::SEQUENCE, "SignerInfo")?)
    }

    /// Takes an unsigned attribute in, beside those of its kind that may be there.
    pub fn take_attribute(&mut self, attribute: Vec<u8>) -> Result<(), Malformed> {
        let known = self.unsigned_attributes.iter().flat_map(Attributes::list);
        let mut all: Vec<Bytes> = known.map(|attribute| attribute.raw.clone()).collect();
        place(&mut all, attribute.into());
        let whole = write::implicit(1, &write::set(all));
        let tlv = Reader::only(&whole, Tag::context(1), "Attributes")?;
        self.unsigned_attributes = Some(Attributes::parse(&tlv)?);
        Ok(())
    }

    /// The whole, its first fields as received.
    pub fn to_der(&self) -> Vec<u8> {
        let unsigned = self.unsigned_attributes.as_ref();
        let unsigned = unsigned.map(|a| write::element(Tag::context(1), &a.content));
        write::sequence([self.fields.as_ref(), unsigned.as_deref().unwrap_or_default()])
    }
}

/// Puts an element where DER has it in a SET OF (X.690 §11.6). Where the others are in another order
/// it goes to their end: an archive timestamp of an older kind is over them in the order received.
fn place(elements: &mut Vec<Bytes>, element: Bytes) {
    if elements.contains(&element) {
        return;
    }
    let at = if elements.is_sorted() {
        elements.partition_point(|other| *other < element)
    } else {
        elements.len()
    };
    elements.insert(at, element);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(unsigned: &[&[u8]]) -> SignerInfo {
        let attributes = write::set(unsigned.iter().map(|a| attribute(a)));
        let der = write::sequence([
            write::integer(3),
            write::element(Tag::context_primitive(0), b"key"),
            AlgorithmIdentifier::bare(oid::SHA256).to_der(),
            AlgorithmIdentifier::bare(oid::ECDSA_SHA256).to_der(),
            write::octet_string(b"signature"),
            if unsigned.is_empty() { Vec::new() } else { write::implicit(1, &attributes) },
        ]);
        SignerInfo::from_der(&der).unwrap()
    }

    fn attribute(value: &[u8]) -> Vec<u8> {
        let values = write::set([write::octet_string(value)]);
        write::sequence([write::oid(oid::SIGNATURE_TIME_STAMP), values])
    }

    fn values(signer: &SignerInfo) -> Vec<&[u8]> {
        let list = signer.unsigned_attributes.iter().flat_map(Attributes::list);
        list.map(|attribute| attribute.values[0].get(2..).unwrap()).collect()
    }

    #[test]
    fn what_comes_is_sorted_in_where_the_others_are_sorted_and_moves_none_of_them() {
        let mut sorted = signer(&[b"a", b"c"]);
        sorted.take_attribute(attribute(b"b")).unwrap();
        assert_eq!(values(&sorted), [b"a", b"b", b"c"]);
        let mut unsorted = signer(&[b"c", b"a"]);
        unsorted.take_attribute(attribute(b"b")).unwrap();
        assert_eq!(values(&unsorted), [b"c", b"a", b"b"]);
    }

    #[test]
    fn a_signer_is_written_as_it_was_read() {
        for unsigned in [&[][..], &[b"b".as_slice(), b"a"]] {
            let der = signer(unsigned).to_der();
            assert_eq!(SignerInfo::from_der(&der).unwrap().to_der(), der);
        }
        let fields = signer(&[]).fields;
        let mut grown = signer(&[]);
        grown.take_attribute(attribute(b"a")).unwrap();
        assert_eq!(grown.fields, fields);
        assert!(signer(&[]).take_attribute(b"no attribute".to_vec()).is_err());
    }

    #[test]
    fn the_version_is_the_one_that_the_contents_demand_and_never_lower_than_it_was() {
        let mut data = SignedData::empty(oid::DATA);
        let version = |data: &SignedData| data.around_content()[0].get(..3).unwrap().to_vec();
        assert_eq!(version(&data), [2, 1, 1]);
        data.signers.push(signer(&[]));
        assert_eq!(version(&data), [2, 1, 3]);
        data.take_certificate(Bytes::from(write::explicit(2, &[])));
        assert_eq!(version(&data), [2, 1, 4]);
        data.take_revocation(Bytes::from(write::explicit(1, &[])));
        assert_eq!(version(&data), [2, 1, 5]);
        (data.certificates, data.revocation, data.version) = (Vec::new(), Vec::new(), 5);
        assert_eq!(version(&data), [2, 1, 5]);
    }
}
