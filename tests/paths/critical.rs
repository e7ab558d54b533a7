//! Critical extensions: each that RFC 5280 §4.2 defines is processed or refused, and none is unknown
//! that is processed.

use super::issue::{Draft, KEY, ca, directory, extension, issue, name, now};
use super::{judged, of_check};
use inkan::der::certificate::Certificate;
use inkan::der::{Tag, write};
use inkan::evidence::EvidenceSet;
use inkan::oid::{self, Oid};

/// What the two checks on extensions saw on a certificate with this critical one.
fn seen(oid: Oid, value: &[u8]) -> (&'static str, &'static str) {
    let root = issue("root", "root", vec![ca()]);
    let end: Certificate =
        Draft::new(&name("root"), &name("end"), vec![extension(oid, true, value)]).issue(&KEY);
    let judged = judged(&end, &root, &EvidenceSet::default(), now());
    (of_check(&judged, "critical-extensions-known"), of_check(&judged, "extensions-readable"))
}

fn place() -> Vec<u8> {
    let uri = write::element(Tag::context_primitive(6), b"http://crl.invalid/delta.crl");
    let full = write::explicit(0, &write::element(Tag::context(0), &uri));
    write::sequence([write::sequence([full])])
}

fn access() -> Vec<u8> {
    let uri = write::element(Tag::context_primitive(6), b"http://ca.invalid/ca.crt");
    write::sequence([write::sequence([write::oid(oid::AD_CA_ISSUERS), uri])])
}

/// Each extension of RFC 5280 §4.2 with a value that end entities may have.
fn defined() -> Vec<(Oid, Vec<u8>)> {
    let policy = || write::sequence([write::oid(oid::ANY_POLICY)]);
    let other = Oid::new("1.3.6.1.4.1.32473.1.2").unwrap();
    let mapping = write::sequence([write::oid(other), write::oid(other)]);
    let tree = write::sequence([write::element(Tag::context_primitive(2), b"a.invalid")]);
    vec![
        (
            oid::AUTHORITY_KEY_IDENTIFIER,
            write::sequence([write::implicit(0, &write::octet_string(&[7; 20]))]),
        ),
        (oid::SUBJECT_KEY_IDENTIFIER, write::octet_string(&[7; 20])),
        (oid::KEY_USAGE, write::named_bits(0b11)),
        (oid::CERTIFICATE_POLICIES, write::sequence([policy()])),
        (oid::POLICY_MAPPINGS, write::sequence([mapping])),
        (oid::SUBJECT_ALT_NAME, write::sequence([directory(&name("end"))])),
        (oid::ISSUER_ALT_NAME, write::sequence([directory(&name("root"))])),
        (oid::BASIC_CONSTRAINTS, write::sequence::<Vec<u8>>([])),
        (oid::NAME_CONSTRAINTS, write::sequence([write::implicit(1, &write::sequence([tree]))])),
        (oid::POLICY_CONSTRAINTS, write::sequence([write::implicit(0, &write::integer(9))])),
        (oid::EXT_KEY_USAGE, write::sequence([write::oid(oid::KP_EMAIL_PROTECTION)])),
        (oid::CRL_DISTRIBUTION_POINTS, place()),
        (oid::INHIBIT_ANY_POLICY, write::integer(9)),
        (oid::FRESHEST_CRL, place()),
        (oid::AUTHORITY_INFO_ACCESS, access()),
    ]
}

#[test]
fn a_critical_extension_that_is_processed_is_not_called_unknown() {
    for (oid, value) in defined() {
        let (known, readable) = seen(oid, &value);
        assert_eq!((known, readable), ("seen.critical-known", "seen.extensions"), "{oid}");
    }
}

#[test]
fn a_critical_extension_that_is_not_processed_is_refused() {
    let attribute = write::sequence([write::oid(oid::HC_ROLE), write::set([write::null()])]);
    for (oid, value) in [
        (oid::SUBJECT_DIRECTORY_ATTRIBUTES, write::sequence([attribute])),
        (oid::SUBJECT_INFO_ACCESS, access()),
        (oid::OCSP_NOCHECK, write::null()),
    ] {
        assert_eq!(seen(oid, &value).0, "seen.critical-unknown", "{oid}");
    }
}

#[test]
fn a_pointer_to_delta_lists_that_cannot_be_read_is_refused() {
    let (known, readable) = seen(oid::FRESHEST_CRL, &write::null());
    assert_eq!((known, readable), ("seen.critical-known", "seen.malformed"));
}
