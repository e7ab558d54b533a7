//! The archive timestamp recomputed by another reader: hashes with the `sha2` crate over what the `der`
//! crate finds. (The `cms` crate cannot read OCSP responses in a bag.)

use crate::table::{RECORD, Table};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode, Reader as _, SliceReader};
use sha2::{Digest as _, Sha256};
use x509_cert::spki::AlgorithmIdentifierOwned;

const ARCHIVE_TIME_STAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1733.2.4");
const HASH_INDEX: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.19122.1.5");

/// The elements inside one.
fn children(any: &Any) -> Vec<Any> {
    let mut reader = SliceReader::new(any.value()).unwrap();
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(Any::decode(&mut reader).unwrap());
    }
    found
}

/// The elements of a SET OF, which must stand in DER order.
fn members(any: &Any) -> Vec<Vec<u8>> {
    let found: Vec<Vec<u8>> = children(any).iter().map(encoded).collect();
    assert!(found.is_sorted(), "a SET OF stands in DER order");
    found
}

fn encoded<T: Encode>(any: &T) -> Vec<u8> {
    any.to_der().unwrap()
}

/// A signed-data with one signer.
struct Found {
    version: Vec<u8>,
    content_type: Vec<u8>,
    content: Option<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    revocation: Vec<Vec<u8>>,
    /// Version, sid, digest algorithm, signed attributes, signature algorithm, signature.
    fields: Vec<Vec<u8>>,
    /// Type and value of each unsigned attribute.
    unsigned: Vec<(ObjectIdentifier, Any)>,
}

impl Found {
    fn read(bytes: &[u8]) -> Self {
        let info = Any::from_der(bytes).unwrap();
        let data = children(&children(&children(&info)[1])[0]);
        let encapsulated = children(&data[2]);
        let bag = |number: u8| {
            let tag = 0xa0 | number;
            let found = data.iter().find(|any| encoded::<Any>(any)[0] == tag);
            found.map_or_else(Vec::new, members)
        };
        let [signer] = children(data.last().unwrap()).try_into().unwrap();
        let fields = children(&signer);
        let signed = fields.iter().find(|any| encoded::<Any>(any)[0] == 0xa0).unwrap();
        members(signed);
        let attributes = fields.iter().find(|any| encoded::<Any>(any)[0] == 0xa1);
        let attributes = attributes.map_or_else(Vec::new, |set| {
            members(set);
            children(set)
        });
        let unsigned = attributes.iter().flat_map(|attribute| {
            let [kind, values] = children(attribute).try_into().unwrap();
            let kind: ObjectIdentifier = kind.decode_as().unwrap();
            children(&values).into_iter().map(move |value| (kind, value))
        });
        Self {
            version: data[0].value().to_vec(),
            content_type: encoded(&encapsulated[0]),
            content: encapsulated.get(1).map(|any| children(any)[0].value().to_vec()),
            certificates: bag(0),
            revocation: bag(1),
            unsigned: unsigned.collect(),
            fields: fields.iter().take(6).map(encoded::<Any>).collect(),
        }
    }

    fn archives(&self) -> Vec<&Any> {
        let archives = self.unsigned.iter().filter(|(kind, _)| *kind == ARCHIVE_TIME_STAMP);
        archives.map(|(_, value)| value).collect()
    }
}

fn hashes(parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> =
        parts.into_iter().map(|part| Sha256::digest(part).to_vec()).collect();
    all.sort();
    all
}

fn sorted(list: &Any) -> Vec<Vec<u8>> {
    let list: Vec<OctetString> = list.decode_as().unwrap();
    let mut all: Vec<Vec<u8>> = list.iter().map(|hash| hash.as_bytes().to_vec()).collect();
    all.sort();
    all
}

/// The index and the imprint in an archive timestamp.
fn index_and_imprint(token: &Any) -> (Any, Vec<u8>) {
    let token = Found::read(&encoded::<Any>(token));
    let kinds: Vec<_> = token.unsigned.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [HASH_INDEX]);
    let statement = Any::from_der(&token.content.unwrap()).unwrap();
    let imprint = &children(&statement)[2];
    (token.unsigned[0].1.clone(), children(imprint)[1].value().to_vec())
}

#[test]
fn an_independent_reader_computes_the_same_index_and_imprint() {
    for (name, tsa) in [("hpki-physician", "tsa-ec"), ("ec-physician", "tsa-rsa")] {
        let mut table = Table::new();
        let sealed = table.b(name);
        let sealed = table.t(sealed);
        let before = table.lt(sealed);
        let after = table.lta(before.clone(), tsa).detached();
        let (before, after) = (Found::read(&before.detached()), Found::read(&after));
        let archives = after.archives();
        let [token] = archives.as_slice() else { panic!() };
        let (index, imprint) = index_and_imprint(token);

        // EN 319 122-1 annex D: the algorithm, and three lists of hashes.
        let parts = children(&index);
        let [algorithm, certificates, crls, attributes] = parts.as_slice() else { panic!() };
        let algorithm: AlgorithmIdentifierOwned = algorithm.decode_as().unwrap();
        assert_eq!(algorithm.oid.to_string(), "2.16.840.1.101.3.4.2.1");
        assert_eq!(sorted(certificates), hashes(before.certificates));
        assert!(!before.revocation.is_empty());
        assert_eq!(sorted(crls), hashes(before.revocation));
        let values = before.unsigned.iter();
        let values = values.map(|(kind, value)| [encoded(kind), encoded(value)].concat());
        assert_eq!(sorted(attributes), hashes(values));

        let mut input = vec![after.content_type, Sha256::digest(RECORD).to_vec()];
        input.extend(after.fields);
        input.push(encoded(&index));
        assert_eq!(Sha256::digest(input.concat()).to_vec(), imprint, "{name}");
    }
}

#[test]
fn an_independent_reader_finds_der_order_at_every_level_and_the_version_of_the_standard() {
    let mut table = Table::new();
    let b = table.b("ec-physician");
    assert_eq!(Found::read(&b.detached()).version, [1]);
    let t = table.t(b);
    assert_eq!(Found::read(&t.detached()).version, [1]);
    // OCSP responses are of another format than CRLs (RFC 5652 §5.1).
    let lt = table.lt(t);
    assert_eq!(Found::read(&lt.detached()).version, [5]);
    let lta = table.lta(lt, "tsa-ec");
    let again = Found::read(&table.again(lta, "tsa-ec").detached());
    assert_eq!(again.version, [5]);
    assert_eq!(again.archives().len(), 2);
}
