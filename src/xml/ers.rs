//! Evidence records in XML (RFC 6283), as they stand in a document.

use super::c14n::{Inherited, Method, canonical};
use super::tree::{Document, Element, NodeId};
use crate::der::Bytes;
use crate::der::ers::MAX_STAMPS;
use crate::der::tlv::{Malformed, Problem};
use base64ct::{Base64, Encoding as _};

/// The namespace of the vocabulary (RFC 6283 §8).
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:ers";

/// Lists of one tree, as of a record in ASN.1.
const MAX_LISTS: usize = 64;

/// An evidence record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XmlRecord {
    document: Document,
    sequence: NodeId,
    /// Its version, as written.
    pub version: String,
    /// Whether the data was encrypted before it was stamped.
    pub has_encryption: bool,
    /// Things that may help, and that nothing protects: how many there are.
    pub supporting: usize,
    /// The chains, in their order.
    pub chains: Vec<XmlChain>,
}

/// A chain: archive timestamps of one hash function and one canonical form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XmlChain {
    /// The identifier of the hash function.
    pub digest: String,
    /// The identifier of the canonical form.
    pub method: String,
    /// Its archive timestamps, in their order.
    pub stamps: Vec<XmlStamp>,
    node: NodeId,
}

/// An archive timestamp.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XmlStamp {
    /// The lists of its hash tree; none if what it covers was stamped itself.
    pub tree: Vec<Vec<Bytes>>,
    /// The form of the token, as written.
    pub token_type: String,
    /// The token.
    pub token: Bytes,
    /// Certificates, revocation lists and responses beside the token.
    pub beside: Vec<Bytes>,
    /// Attributes that were kept with it: how many.
    pub attributes: usize,
    node: NodeId,
}

const fn malformed(problem: Problem) -> Malformed {
    Malformed::new("EvidenceRecord", problem)
}

impl XmlRecord {
    /// Whether the bytes begin as such a document may.
    pub fn looks_like_one(beginning: &[u8]) -> bool {
        let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
        text.trim_ascii_start().first() == Some(&b'<')
    }

    /// Reads a document; nothing if it is some other one.
    pub fn parse(bytes: &[u8]) -> Option<Result<Self, Malformed>> {
        let names_it = bytes.windows(NAMESPACE.len()).any(|w| w == NAMESPACE.as_bytes());
        if !names_it {
            return None;
        }
        let document = match Document::parse(bytes) {
            Ok(document) => document,
            Err(error) => return Some(Err(error)),
        };
        let root = document.element(document.root())?;
        is(root, "EvidenceRecord").then(|| Self::read(document))
    }

    fn read(document: Document) -> Result<Self, Malformed> {
        let root = document.root();
        let element = document.element(root).ok_or(malformed(Problem::Unknown))?;
        let version = attribute(element, "Version")?.to_owned();
        let sequence = only(&document, root, "ArchiveTimeStampSequence")?;
        let has_encryption = all(&document, root, "EncryptionInformation").next().is_some();
        let supporting = all(&document, root, "SupportingInformationList");
        let supporting = supporting.map(|(id, _)| document.children(id).count()).sum();
        let mut chains = Vec::new();
        let mut left = MAX_STAMPS;
        for node in ordered(&document, sequence, "ArchiveTimeStampChain")? {
            let chain = chain(&document, node, left)?;
            left -= chain.stamps.len().min(left);
            chains.push(chain);
        }
        Ok(Self { document, sequence, version, has_encryption, supporting, chains })
    }

    /// The canonical form of a `TimeStamp`: what a timestamp renewal hashes of it (§4.2.1).
    pub fn time_stamp(&self, stamp: &XmlStamp, method: Method) -> Result<Vec<u8>, Inherited> {
        canonical(&self.document, stamp.node, method, &[])
    }

    /// The canonical form of the sequence as it was before the chain of that number: what a hash-tree
    /// renewal hashes of it (§4.2.2), with the method of the new chain (§4.1.2).
    pub fn sequence_before(&self, number: usize, method: Method) -> Result<Vec<u8>, Inherited> {
        let later = self.chains.get(number..).unwrap_or_default();
        let later: Vec<NodeId> = later.iter().map(|chain| chain.node).collect();
        canonical(&self.document, self.sequence, method, &later)
    }
}

fn chain(document: &Document, node: NodeId, left: usize) -> Result<XmlChain, Malformed> {
    let algorithm = |name| -> Result<String, Malformed> {
        let id = only(document, node, name)?;
        let element = document.element(id).ok_or(malformed(Problem::Unknown))?;
        // Parameters would change what the method does.
        if !element.children.is_empty() && document.children(id).next().is_some() {
            return Err(malformed(Problem::Unknown));
        }
        Ok(attribute(element, "Algorithm")?.to_owned())
    };
    let (digest, method) = (algorithm("DigestMethod")?, algorithm("CanonicalizationMethod")?);
    let stamps = ordered(document, node, "ArchiveTimeStamp")?;
    if stamps.len() > left {
        return Err(malformed(Problem::TooLarge));
    }
    let stamps = stamps.into_iter().map(|id| stamp(document, id)).collect::<Result<_, _>>()?;
    Ok(XmlChain { digest, method, stamps, node })
}

fn stamp(document: &Document, node: NodeId) -> Result<XmlStamp, Malformed> {
    let tree = match all(document, node, "HashTree").next() {
        Some((id, _)) => lists(document, id)?,
        None => Vec::new(),
    };
    let time_stamp = only(document, node, "TimeStamp")?;
    let token = only(document, time_stamp, "TimeStampToken")?;
    let element = document.element(token).ok_or(malformed(Problem::Unknown))?;
    let token_type = attribute(element, "Type")?.to_owned();
    let information = all(document, time_stamp, "CryptographicInformationList");
    let information = information.flat_map(|(id, _)| all(document, id, "CryptographicInformation"));
    let attributes = all(document, node, "Attributes");
    Ok(XmlStamp {
        tree,
        token_type,
        token: decoded(document, token)?,
        beside: information.filter_map(|(id, _)| decoded(document, id).ok()).collect(),
        attributes: attributes.map(|(id, _)| document.children(id).count()).sum(),
        node: time_stamp,
    })
}

fn lists(document: &Document, tree: NodeId) -> Result<Vec<Vec<Bytes>>, Malformed> {
    let sequences = ordered(document, tree, "Sequence")?;
    if sequences.len() > MAX_LISTS {
        return Err(malformed(Problem::TooLarge));
    }
    let list = |id: NodeId| {
        let values = all(document, id, "DigestValue").map(|(value, _)| decoded(document, value));
        let values = values.collect::<Result<Vec<Bytes>, Malformed>>()?;
        // A list of nothing says nothing, and would be passed over.
        if values.is_empty() { Err(malformed(Problem::Truncated)) } else { Ok(values) }
    };
    sequences.into_iter().map(list).collect()
}

fn decoded(document: &Document, id: NodeId) -> Result<Bytes, Malformed> {
    let text = document.text(id).ok_or(malformed(Problem::Value))?;
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = Base64::decode_vec(&text).map_err(|_| malformed(Problem::Value))?;
    Ok(bytes.into())
}

fn is(element: &Element, local: &str) -> bool {
    element.name.namespace == NAMESPACE && element.name.local == local
}

fn attribute<'a>(element: &'a Element, local: &str) -> Result<&'a str, Malformed> {
    let mut own = element.attributes.iter().filter(|(name, _)| name.namespace.is_empty());
    let found = own.find(|(name, _)| name.local == local);
    found.map(|(_, value)| value.as_str()).ok_or(malformed(Problem::Truncated))
}

fn all<'a>(
    document: &'a Document,
    parent: NodeId,
    local: &'a str,
) -> impl Iterator<Item = (NodeId, &'a Element)> {
    document.children(parent).filter(move |(_, element)| is(element, local))
}

fn only(document: &Document, parent: NodeId, local: &str) -> Result<NodeId, Malformed> {
    let mut found = all(document, parent, local);
    match (found.next(), found.next()) {
        (Some((id, _)), None) => Ok(id),
        (None, _) => Err(malformed(Problem::Truncated)),
        (Some(_), Some(_)) => Err(malformed(Problem::Trailing)),
    }
}

/// The elements of that name in the order of their attribute `Order`, which runs from 1 without a gap
/// (§2.1): the largest names the newest, and two readers must not differ about it.
fn ordered(document: &Document, parent: NodeId, local: &str) -> Result<Vec<NodeId>, Malformed> {
    let mut found: Vec<(usize, NodeId)> = Vec::new();
    for (id, element) in all(document, parent, local) {
        let order = attribute(element, "Order")?.trim();
        found.push((order.parse().map_err(|_| malformed(Problem::Value))?, id));
    }
    found.sort_unstable_by_key(|(order, _)| *order);
    if found.is_empty() {
        return Err(malformed(Problem::Truncated));
    }
    let runs = (1..).zip(&found).all(|(expected, (order, _))| expected == *order);
    if !runs {
        return Err(malformed(Problem::Value));
    }
    Ok(found.into_iter().map(|(_, id)| id).collect())
}
