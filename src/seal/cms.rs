//! Writes a signature as CMS signed-data, its content outside or inside.

use super::prepare::digest_identifier;
use super::{Parts, Sealed};
use crate::der::tlv::Tag;
use crate::der::write;
use crate::oid;

/// An attached signature around a content of known length: what stands before it and after it.
/// The content itself never enters memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// Everything before the content.
    pub prefix: Vec<u8>,
    /// Everything after it.
    pub suffix: Vec<u8>,
}

impl<L> Sealed<L> {
    /// The signature with its content in a file of its own.
    pub fn detached(&self) -> Vec<u8> {
        let inner = self.parts.signed_data(&write::sequence([write::oid(oid::DATA)]));
        content_info(&inner)
    }

    /// The signature with a content of that length inside, in DER.
    pub fn attached(&self, content_length: usize) -> Envelope {
        let [before, after] = self.parts.before_and_after();
        let octets = write::header(Tag::OCTET_STRING, content_length);
        let wrapper = write::header(Tag::context(0), octets.len() + content_length);
        let kind = write::oid(oid::DATA);
        let inside = kind.len() + wrapper.len() + octets.len() + content_length;
        let encapsulated = write::header(Tag::SEQUENCE, inside);
        let data_length = before.len() + encapsulated.len() + inside + after.len();
        let data = write::header(Tag::SEQUENCE, data_length);
        let explicit = write::header(Tag::context(0), data.len() + data_length);
        let signed_data = write::oid(oid::SIGNED_DATA);
        let whole = signed_data.len() + explicit.len() + data.len() + data_length;
        let prefix = [
            write::header(Tag::SEQUENCE, whole),
            signed_data,
            explicit,
            data,
            before,
            encapsulated,
            kind,
            wrapper,
            octets,
        ]
        .concat();
        Envelope { prefix, suffix: after }
    }
}

fn content_info(signed_data: &[u8]) -> Vec<u8> {
    write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, signed_data)])
}

impl Parts {
    fn signed_data(&self, encapsulated: &[u8]) -> Vec<u8> {
        let [before, after] = self.before_and_after();
        write::sequence([before.as_slice(), encapsulated, &after])
    }

    /// What stands before and after the encapsulated content (RFC 5652 §5.1). The version is 1:
    /// plain certificates, signer by issuer and serial number, content of type data.
    fn before_and_after(&self) -> [Vec<u8>; 2] {
        let before = [write::integer(1), write::set([digest_identifier(&self.digest)])].concat();
        let mut bag: Vec<Vec<u8>> = Vec::new();
        for certificate in std::iter::once(&self.certificate).chain(&self.chain) {
            let der = certificate.der().to_vec();
            if !bag.contains(&der) {
                bag.push(der);
            }
        }
        let certificates = write::implicit(0, &write::set_of(bag));
        let after = [certificates, write::set([self.signer_info()])].concat();
        [before, after]
    }

    fn signer_info(&self) -> Vec<u8> {
        let issuer_and_serial = write::sequence([
            self.certificate.issuer().der().to_vec(),
            write::element(Tag::INTEGER, self.certificate.serial()),
        ]);
        let unsigned = if self.unsigned_attributes.is_empty() {
            Vec::new()
        } else {
            write::implicit(1, &write::set_of(self.unsigned_attributes.clone()))
        };
        write::sequence([
            write::integer(1),
            issuer_and_serial,
            digest_identifier(&self.digest),
            write::implicit(0, &self.signed_attributes),
            self.signature_algorithm.clone(),
            write::octet_string(&self.signature),
            unsigned,
        ])
    }
}
