//! The index by hand against the index as made, and each of its versions.

use super::*;

fn attribute(kind: Oid, values: &[&[u8]]) -> Vec<u8> {
    let values: Vec<Vec<u8>> = values.iter().map(|v| write::octet_string(v)).collect();
    write::sequence([write::oid(kind), write::set_of(values)])
}

fn sha256() -> Vec<u8> {
    AlgorithmIdentifier::bare(oid::SHA256).to_der()
}

/// The fields from version to signature.
fn core() -> Vec<u8> {
    let signed = attribute(oid::MESSAGE_DIGEST, &[b"digest"]);
    [
        write::integer(3),
        write::element(Tag::context_primitive(0), b"key"),
        sha256(),
        write::implicit(0, &write::set([signed])),
        AlgorithmIdentifier::bare(oid::ECDSA_SHA256).to_der(),
        write::octet_string(b"signature"),
    ]
    .concat()
}

/// A signed-data with two certificates, one revocation value, and these unsigned attributes.
fn signed_data(unsigned: &[Vec<u8>]) -> SignedData {
    let unsigned = match unsigned {
        [] => Vec::new(),
        some => write::implicit(1, &write::set_of(some.to_vec())),
    };
    let signer = write::sequence([core(), unsigned]);
    let data = write::sequence([
        write::integer(5),
        write::set([sha256()]),
        write::sequence([write::oid(oid::DATA)]),
        write::implicit(
            0,
            &write::set([write::sequence([b"\x04\x01a"]), write::sequence([b"\x04\x01b"])]),
        ),
        write::implicit(1, &write::set([write::sequence([b"\x04\x01c"])])),
        write::set([signer]),
    ]);
    let info = write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)]);
    SignedData::parse(&info).unwrap()
}

fn hash(parts: &[&[u8]]) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(&parts.concat()).value().to_vec()
}

fn index(version: IndexVersion, algorithm: &[u8], attributes: &[Vec<u8>]) -> HashIndex {
    let list = |hashes: &[Vec<u8>]| write::sequence(hashes.iter().map(|h| write::octet_string(h)));
    let value = write::sequence([
        algorithm.to_vec(),
        list(&[hash(&[b"\x30\x03\x04\x01a"]), hash(&[b"\x30\x03\x04\x01b"])]),
        list(&[hash(&[b"\x30\x03\x04\x01c"])]),
        list(attributes),
    ]);
    HashIndex::parse(version, &value).unwrap()
}

fn stamp(values: &[&[u8]]) -> Vec<u8> {
    attribute(oid::SIGNATURE_TIME_STAMP, values)
}

#[test]
fn each_value_of_an_attribute_has_a_hash_with_its_type_and_a_later_one_does_no_harm() {
    let kind = write::oid(oid::SIGNATURE_TIME_STAMP);
    let by_hand = index(
        IndexVersion::V3,
        &sha256(),
        &[hash(&[&kind, b"\x04\x01s"]), hash(&[&kind, b"\x04\x01t"])],
    );
    let data = signed_data(&[stamp(&[b"s", b"t"])]);
    assert_eq!(HashIndex::of(&data, &data.signers[0], DigestAlgorithm::Sha256), by_hand);

    let grown =
        signed_data(&[stamp(&[b"s", b"t", b"u"]), attribute(oid::ARCHIVE_TIME_STAMP_V3, &[b"v"])]);
    let coverage = by_hand.coverage(&grown, &grown.signers[0]).unwrap();
    assert!(coverage.is_whole());
    let values: Vec<&[u8]> = coverage.attributes.iter().map(|(_, value)| value.as_ref()).collect();
    assert_eq!(values, [b"\x04\x01s", b"\x04\x01t"]);
    assert_eq!((coverage.certificates.len(), coverage.revocation.len()), (2, 1));
}

#[test]
fn the_older_versions_hash_the_whole_attribute_and_a_later_value_breaks_them() {
    let whole = stamp(&[b"s"]);
    for (version, algorithm) in
        [(IndexVersion::V1, Vec::new()), (IndexVersion::V1, sha256()), (IndexVersion::V2, sha256())]
    {
        let by_hand = index(version, &algorithm, &[hash(&[&whole])]);
        let data = signed_data(std::slice::from_ref(&whole));
        let coverage = by_hand.coverage(&data, &data.signers[0]).unwrap();
        assert!(coverage.is_whole());
        assert_eq!(coverage.attributes.len(), 1);
        let grown = signed_data(&[stamp(&[b"s", b"t"])]);
        let coverage = by_hand.coverage(&grown, &grown.signers[0]).unwrap();
        assert_eq!(coverage.without_original, [0, 0, 1]);
        assert_eq!(coverage.attributes, []);
    }
}

#[test]
fn a_hash_of_nothing_that_is_there_is_counted_in_its_list() {
    let data = signed_data(&[]);
    let mut index = HashIndex::of(&data, &data.signers[0], DigestAlgorithm::Sha512);
    assert!(index.coverage(&data, &data.signers[0]).unwrap().is_whole());
    index.revocation.push(Bytes::from_static(b"another"));
    let coverage = index.coverage(&data, &data.signers[0]).unwrap();
    assert_eq!(coverage.without_original, [0, 1, 0]);
    index.algorithm = AlgorithmIdentifier::bare(oid::MD5);
    assert_eq!(index.coverage(&data, &data.signers[0]), None);
}

#[test]
fn the_imprint_is_over_what_the_standard_lists_in_that_order() {
    let data = signed_data(&[stamp(&[b"s"])]);
    let content = DigestAlgorithm::Sha256.digest(b"content");
    let index = HashIndex::of(&data, &data.signers[0], DigestAlgorithm::Sha256);
    let expected = hash(&[&write::oid(oid::DATA), content.value(), &core(), index.der()]);
    let imprint = index.imprint(oid::DATA, &content, &data.signers[0]);
    assert_eq!(imprint.value(), expected);
    let other = DigestAlgorithm::Sha256.digest(b"other content");
    assert_ne!(index.imprint(oid::DATA, &other, &data.signers[0]), imprint);
}

#[test]
fn a_token_has_one_index_and_what_was_written_is_read_again() {
    let data = signed_data(&[]);
    let made = HashIndex::of(&data, &data.signers[0], DigestAlgorithm::Sha384);
    let attribute = made.to_attribute();
    let read = |unsigned: &[Vec<u8>]| HashIndex::of_token(&signed_data(unsigned).signers[0]);
    assert_eq!(read(std::slice::from_ref(&attribute)), Ok(made));
    assert_eq!(read(&[]), Err(NoIndex::Missing));
    assert_eq!(read(&[attribute.clone(), attribute]), Err(NoIndex::Several));
    let broken =
        write::sequence([write::oid(oid::ATS_HASH_INDEX_V3), write::set([write::integer(1)])]);
    assert!(matches!(read(&[broken]), Err(NoIndex::Malformed(_))));
}

#[test]
fn only_the_first_version_may_leave_the_algorithm_out() {
    let empty = write::sequence([
        write::sequence::<&[u8]>([]),
        write::sequence::<&[u8]>([]),
        write::sequence::<&[u8]>([]),
    ]);
    let first = HashIndex::parse(IndexVersion::V1, &empty).unwrap();
    assert_eq!(first.algorithm.digest(), Some(DigestAlgorithm::Sha256));
    for version in [IndexVersion::V2, IndexVersion::V3] {
        assert!(HashIndex::parse(version, &empty).is_err(), "{version:?}");
    }
    let endless = write::sequence(std::iter::repeat_n(write::octet_string(b""), MAX_ENTRIES + 1));
    let endless = write::sequence([sha256(), endless]);
    let refused = HashIndex::parse(IndexVersion::V3, &endless).unwrap_err();
    assert_eq!(refused.problem(), Problem::TooLarge);
}
