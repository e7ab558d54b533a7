//! Writes a signature as CMS signed-data, its content outside or inside.

use super::{Proven, Sealed};
use crate::der::cms::SignedData;
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
        detached(&self.whole.joined())
    }

    /// The signature with a content of that length inside, in DER.
    pub fn attached(&self, content_length: usize) -> Envelope {
        attached(&self.whole.joined(), content_length)
    }
}

impl Proven {
    /// The signatures with their content in a file of its own.
    pub fn detached(&self) -> Vec<u8> {
        detached(self.signed_data())
    }

    /// The signatures with a content of that length inside, in DER.
    pub fn attached(&self, content_length: usize) -> Envelope {
        attached(self.signed_data(), content_length)
    }
}

fn detached(data: &SignedData) -> Vec<u8> {
    let [before, after] = data.around_content();
    let encapsulated = write::sequence([write::oid(data.content_type)]);
    let inner = write::sequence([before, encapsulated, after]);
    write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &inner)])
}

fn attached(data: &SignedData, content_length: usize) -> Envelope {
    let [before, after] = data.around_content();
    let octets = write::header(Tag::OCTET_STRING, content_length);
    let wrapper = write::header(Tag::context(0), octets.len() + content_length);
    let kind = write::oid(data.content_type);
    let inside = kind.len() + wrapper.len() + octets.len() + content_length;
    let encapsulated = write::header(Tag::SEQUENCE, inside);
    let data_length = before.len() + encapsulated.len() + inside + after.len();
    let data = write::header(Tag::SEQUENCE, data_length);
    let explicit = write::header(Tag::context(0), data.len() + data_length);
    let signed_data = write::oid(oid::SIGNED_DATA);
    let whole = signed_data.len() + explicit.len() + data.len() + data_length;
    let parts = [
        write::header(Tag::SEQUENCE, whole),
        signed_data,
        explicit,
        data,
        before,
        encapsulated,
        kind,
        wrapper,
        octets,
    ];
    Envelope { prefix: parts.concat(), suffix: after }
}
