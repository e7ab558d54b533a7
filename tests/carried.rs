//! What a signature brings for its own later proof is found wherever it stands, and nothing else is.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/issue.rs"]
mod issue;

use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::cms::SignedData;
use inkan::der::cms::values::{self, Carried};
use inkan::der::{Bytes, Tag, write};
use inkan::evidence::EvidenceSet;
use inkan::key::SigningKey;
use inkan::oid::{self, Oid};
use issue::{Draft, KEY, name, now};

fn attribute(kind: Oid, value: &[u8]) -> Vec<u8> {
    write::sequence([write::oid(kind), write::set([value])])
}

fn signer(unsigned: &[Vec<u8>]) -> Vec<u8> {
    write::sequence([
        write::integer(3),
        write::element(Tag::context_primitive(0), b"key"),
        AlgorithmIdentifier::bare(oid::SHA256).to_der(),
        AlgorithmIdentifier::bare(oid::ECDSA_SHA256).to_der(),
        write::octet_string(b"signature"),
        write::implicit(1, &write::set(unsigned)),
    ])
}

fn signed_data(certificates: &[Vec<u8>], revocation: &[Vec<u8>], unsigned: &[Vec<u8>]) -> Vec<u8> {
    let data = write::sequence([
        write::integer(3),
        write::set([AlgorithmIdentifier::bare(oid::SHA256).to_der()]),
        write::sequence([write::oid(oid::DATA)]),
        write::implicit(0, &write::set(certificates)),
        write::implicit(1, &write::set(revocation)),
        write::set([signer(unsigned)]),
    ]);
    write::sequence([write::oid(oid::SIGNED_DATA), write::explicit(0, &data)])
}

fn certificate(subject: &str) -> Vec<u8> {
    Draft::new(&name("CA"), &name(subject), Vec::new()).der(&KEY)
}

fn crl(number: u64) -> Vec<u8> {
    let extension = write::octet_string(&write::integer(number));
    let extension = write::sequence([write::oid(oid::CRL_NUMBER), extension]);
    let tbs = write::sequence([
        write::integer(1).as_slice(),
        &KEY.scheme().identifier().to_der(),
        &name("CA"),
        &write::time(now()),
        &write::time(now().plus_seconds(3600)),
        &write::explicit(0, &write::sequence([extension])),
    ]);
    let signature = write::bit_string(&KEY.sign(&tbs).unwrap());
    write::sequence([tbs.as_slice(), &KEY.scheme().identifier().to_der(), &signature])
}

/// A basic OCSP response about nothing.
fn ocsp(second: i64) -> Vec<u8> {
    let tbs = write::sequence([
        write::explicit(2, &write::octet_string(&[7; 20])),
        write::generalized_time(now().plus_seconds(second)),
        write::sequence::<&[u8]>([]),
    ]);
    let signature = write::bit_string(&KEY.sign(&tbs).unwrap());
    write::sequence([tbs.as_slice(), &KEY.scheme().identifier().to_der(), &signature])
}

fn revocation_values(crls: &[Vec<u8>], ocsp: &[Vec<u8>]) -> Vec<u8> {
    write::sequence([
        write::explicit(0, &write::sequence(crls)),
        write::explicit(1, &write::sequence(ocsp)),
    ])
}

fn evidence(der: &[u8]) -> EvidenceSet {
    let mut evidence = EvidenceSet::default();
    evidence.add_bags(&SignedData::parse(der).unwrap());
    evidence
}

fn subjects(evidence: &EvidenceSet) -> Vec<String> {
    let mut names: Vec<String> = evidence.certificates().map(|c| c.subject().to_string()).collect();
    names.sort();
    names
}

#[test]
fn bags_attributes_and_tokens_are_searched_and_nothing_is_taken_twice() {
    let inner = signed_data(
        &[certificate("TSA")],
        &[crl(3)],
        &[attribute(oid::REVOCATION_VALUES, &revocation_values(&[], &[ocsp(3)]))],
    );
    let values = write::sequence([certificate("signer"), certificate("in an attribute")]);
    let der = signed_data(
        &[certificate("signer"), write::implicit(2, &write::sequence([write::null()]))],
        &[crl(1), values::write_ocsp(&ocsp(1))],
        &[
            attribute(oid::CERTIFICATE_VALUES, &values),
            attribute(oid::REVOCATION_VALUES, &revocation_values(&[crl(1), crl(2)], &[ocsp(2)])),
            attribute(oid::ARCHIVE_TIME_STAMP_V3, &inner),
        ],
    );
    let evidence = evidence(&der);
    assert_eq!(subjects(&evidence), ["CN=TSA", "CN=in an attribute", "CN=signer"]);
    assert_eq!(evidence.crls().count(), 3);
    assert_eq!(evidence.ocsp().count(), 3);
    assert_eq!(
        evidence.ocsp().next().unwrap().1.der,
        Bytes::from(ocsp(1)),
        "without what is around it"
    );
}

#[test]
fn what_stands_in_other_attributes_or_cannot_be_read_is_left_where_it_is() {
    let values = write::sequence([certificate("hidden")]);
    let der = signed_data(
        &[write::sequence([write::null()])],
        &[write::implicit(1, &write::sequence([write::oid(oid::DATA), values.clone()]))],
        &[
            attribute(oid::CONTENT_HINTS, &values),
            attribute(oid::CERTIFICATE_VALUES, &write::null()),
            attribute(oid::SIGNATURE_TIME_STAMP, &values),
        ],
    );
    let evidence = evidence(&der);
    assert!(subjects(&evidence).is_empty());
    assert_eq!(evidence.crls().count() + evidence.ocsp().count(), 0);
}

#[test]
fn a_nest_of_tokens_is_searched_to_a_depth_and_in_all_to_a_number() {
    let values = write::sequence([certificate("innermost")]);
    let mut nest = attribute(oid::CERTIFICATE_VALUES, &values);
    for depth in 0..5 {
        let der = signed_data(&[], &[], std::slice::from_ref(&nest));
        let found = Carried::by(&SignedData::parse(&der).unwrap());
        assert_eq!(found.certificates.len(), usize::from(depth <= 3), "{depth}");
        nest = attribute(oid::COUNTER_SIGNATURE, &signer(&[nest]));
    }
    let one = signed_data(&[certificate("one of many")], &[], &[]);
    let many = attribute(oid::SIGNATURE_TIME_STAMP, &one.repeat(1000));
    let found = Carried::by(&SignedData::parse(&signed_data(&[], &[], &[many])).unwrap());
    assert_eq!((found.tokens.len(), found.certificates.len()), (1000, 512));
}
