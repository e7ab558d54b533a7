//! The archive timestamp recomputed by another reader: hashes over what the `cms` crate finds, with the
//! `sha2` crate.

use crate::table::{RECORD, Table};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode};
use sha2::{Digest as _, Sha256};
use x509_cert::spki::AlgorithmIdentifierOwned;

const ARCHIVE_TIME_STAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1733.2.4");
const HASH_INDEX: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.19122.1.5");

fn signed_data(bytes: &[u8]) -> SignedData {
    let info = ContentInfo::from_der(bytes).unwrap();
    assert_eq!(info.to_der().unwrap(), bytes, "every SET stands in DER order");
    info.content.decode_as().unwrap()
}

fn only_signer(data: &SignedData) -> &SignerInfo {
    assert_eq!(data.signer_infos.0.len(), 1);
    data.signer_infos.0.get(0).unwrap()
}

fn hashes(parts: impl Iterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = parts.map(|part| Sha256::digest(part).to_vec()).collect();
    all.sort();
    all
}

fn sorted(list: &Any) -> Vec<Vec<u8>> {
    let list: Vec<OctetString> = list.decode_as().unwrap();
    let mut all: Vec<Vec<u8>> = list.iter().map(|hash| hash.as_bytes().to_vec()).collect();
    all.sort();
    all
}

/// The unsigned attributes as pairs of type and value.
fn unsigned(signer: &SignerInfo) -> Vec<(ObjectIdentifier, Any)> {
    let attributes = signer.unsigned_attrs.iter().flat_map(|set| set.iter());
    attributes.flat_map(|a| a.values.iter().map(|value| (a.oid, value.clone()))).collect()
}

/// The index and the imprint in the one archive timestamp among these.
fn archive(values: &[(ObjectIdentifier, Any)]) -> (Vec<u8>, Vec<u8>) {
    let mut tokens = values.iter().filter(|(kind, _)| *kind == ARCHIVE_TIME_STAMP);
    let token = tokens.next().unwrap().1.to_der().unwrap();
    assert!(tokens.next().is_none());
    let data = signed_data(&token);
    let inner = unsigned(only_signer(&data));
    assert_eq!(inner.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [HASH_INDEX]);
    let statement = data.encap_content_info.econtent.unwrap();
    let statement = inkan::der::tsp::TstInfo::parse(statement.value()).unwrap();
    (inner[0].1.to_der().unwrap(), statement.imprint.to_vec())
}

#[test]
fn an_independent_reader_computes_the_same_index_and_imprint() {
    for (name, tsa) in [("hpki-physician", "tsa-ec"), ("ec-physician", "tsa-rsa")] {
        let mut table = Table::new();
        let sealed = table.b(name);
        let sealed = table.t(sealed);
        let before = table.lt(sealed);
        let after = table.lta(before.clone(), tsa).detached();
        let (before, after) = (signed_data(&before.detached()), signed_data(&after));
        let signer = only_signer(&after);
        let (index_der, imprint) = archive(&unsigned(signer));

        // EN 319 122-1 annex D: the algorithm, and three lists of hashes.
        let index = Vec::<Any>::from_der(&index_der).unwrap();
        let [algorithm, of_certificates, of_crls, of_attributes] = index.as_slice() else {
            panic!("{index:?}")
        };
        let algorithm: AlgorithmIdentifierOwned = algorithm.decode_as().unwrap();
        assert_eq!(algorithm.oid.to_string(), "2.16.840.1.101.3.4.2.1");
        let certificates = before.certificates.as_ref().unwrap().0.iter();
        let certificates = hashes(certificates.map(|c| c.to_der().unwrap()));
        assert_eq!(sorted(of_certificates), certificates);
        let crls = before.crls.as_ref().unwrap().0.iter().map(|c| c.to_der().unwrap());
        assert_eq!(sorted(of_crls), hashes(crls));
        let attributes = unsigned(only_signer(&before)).into_iter();
        let attributes = attributes
            .map(|(kind, value)| [kind.to_der().unwrap(), value.to_der().unwrap()].concat());
        assert_eq!(sorted(of_attributes), hashes(attributes));

        let mut signed_attributes = signer.signed_attrs.to_der().unwrap();
        signed_attributes[0] = 0xa0;
        let input = [
            after.encap_content_info.econtent_type.to_der().unwrap(),
            Sha256::digest(RECORD).to_vec(),
            signer.version.to_der().unwrap(),
            signer.sid.to_der().unwrap(),
            signer.digest_alg.to_der().unwrap(),
            signed_attributes,
            signer.signature_algorithm.to_der().unwrap(),
            signer.signature.to_der().unwrap(),
            index_der,
        ];
        assert_eq!(Sha256::digest(input.concat()).to_vec(), imprint, "{name}");
    }
}

#[test]
fn an_independent_reader_finds_der_at_every_level_and_the_version_of_the_standard() {
    use cms::content_info::CmsVersion;
    let mut table = Table::new();
    let b = table.b("ec-physician");
    assert_eq!(signed_data(&b.detached()).version, CmsVersion::V1);
    let t = table.t(b);
    assert_eq!(signed_data(&t.detached()).version, CmsVersion::V1);
    // OCSP responses are of another format than CRLs (RFC 5652 §5.1).
    let lt = table.lt(t);
    assert_eq!(signed_data(&lt.detached()).version, CmsVersion::V5);
    let lta = table.lta(lt, "tsa-ec");
    let again = table.again(lta, "tsa-ec");
    let data = signed_data(&again.detached());
    assert_eq!(data.version, CmsVersion::V5);
    let archives = unsigned(only_signer(&data));
    let archives = archives.iter().filter(|(kind, _)| *kind == ARCHIVE_TIME_STAMP);
    assert_eq!(archives.count(), 2);
}
