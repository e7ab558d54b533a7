//! What a signer says of the content: its type, its name, and what it answers to.

use crate::der::Bytes;
use crate::der::tlv::{Malformed, Reader, Tag};
use crate::oid::Oid;

/// `ContentHints ::= SEQUENCE { contentDescription UTF8String OPTIONAL, contentType ContentType }` (RFC 2634 §2.9).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContentHints {
    /// The content in words.
    pub description: Option<String>,
    /// The type of the innermost content.
    pub content_type: Oid,
}

impl ContentHints {
    /// Reads the value of the attribute.
    pub fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "ContentHints")?.reader();
        let description = reader.optional(Tag::UTF8_STRING)?.map(|tlv| tlv.text()).transpose()?;
        let content_type = reader.expect(Tag::OID)?.oid()?;
        reader.finish()?;
        Ok(Self { description, content_type })
    }
}

/// The signed message that this one answers to.
///
/// ```asn1
/// ContentReference ::= SEQUENCE { contentType ContentType, signedContentIdentifier ContentIdentifier,
///     originatorSignatureValue OCTET STRING }
/// ```
/// RFC 2634 §2.11.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContentReference {
    /// The type of its content.
    pub content_type: Oid,
    /// Its content-identifier.
    pub identifier: Bytes,
    /// The value of its signature.
    pub signature: Bytes,
}

impl ContentReference {
    /// Reads the value of the attribute.
    pub fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "ContentReference")?.reader();
        let content_type = reader.expect(Tag::OID)?.oid()?;
        let identifier = Bytes::copy_from_slice(reader.expect(Tag::OCTET_STRING)?.content);
        let signature = Bytes::copy_from_slice(reader.expect(Tag::OCTET_STRING)?.content);
        reader.finish()?;
        Ok(Self { content_type, identifier, signature })
    }
}

/// `ContentIdentifier ::= OCTET STRING` (RFC 2634 §2.7).
pub fn identifier(value: &[u8]) -> Result<Bytes, Malformed> {
    let tlv = Reader::only(value, Tag::OCTET_STRING, "ContentIdentifier")?;
    Ok(Bytes::copy_from_slice(tlv.content))
}

/// `MimeType ::= UTF8String` (EN 319 122-1 §5.2.5).
pub fn mime_type(value: &[u8]) -> Result<String, Malformed> {
    Reader::only(value, Tag::UTF8_STRING, "MimeType")?.text()
}
