//! The private keys in a SafeContents, left where they stand: nothing of them is copied.

use super::{KEY_BAG, MAX_BAGS, SHROUDED_KEY_BAG};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::tlv::{Malformed, Problem, Reader, Tag};

/// A private key in a bag (RFC 7292 §4.2.1, §4.2.2).
pub enum KeyBag<'a> {
    /// A PrivateKeyInfo.
    Clear(&'a [u8]),
    /// An EncryptedPrivateKeyInfo: how, and the ciphertext.
    Shrouded(AlgorithmIdentifier, &'a [u8]),
}

impl std::fmt::Debug for KeyBag<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyBag(..)")
    }
}

/// Its keys, in order. Those in bags inside bags, which no program writes, are not looked for.
pub fn keys(safe_contents: &[u8]) -> Result<Vec<KeyBag<'_>>, Malformed> {
    let mut reader = Reader::only(safe_contents, Tag::SEQUENCE, "SafeContents")?.reader();
    let mut found = Vec::new();
    let mut seen = 0;
    while !reader.is_empty() {
        seen += 1;
        if seen > MAX_BAGS {
            return Err(reader.error(Problem::TooLarge));
        }
        let mut bag = reader.expect(Tag::SEQUENCE)?.named("SafeBag");
        let kind = bag.expect(Tag::OID)?.oid()?;
        let value = bag.expect(Tag::context(0))?;
        if kind == KEY_BAG {
            found.push(KeyBag::Clear(value.explicit(Tag::SEQUENCE)?.raw));
        } else if kind == SHROUDED_KEY_BAG {
            let mut key = value.explicit(Tag::SEQUENCE)?.reader();
            let algorithm = AlgorithmIdentifier::parse(&key.expect(Tag::SEQUENCE)?)?;
            found.push(KeyBag::Shrouded(algorithm, key.expect(Tag::OCTET_STRING)?.content));
        }
    }
    Ok(found)
}
