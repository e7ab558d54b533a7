//! Stores made by hand, as no program makes them.

use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::{Reader, Tag, write};
use crate::digest::hex;
use crate::key::openssl::run;
use crate::oid::{self, Oid};

const ENCRYPTED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.6");

/// The octets under the MAC, and the MacData.
pub(super) fn parts(store: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut reader = Reader::only(store, Tag::SEQUENCE, "PFX").unwrap().reader();
    reader.take().unwrap();
    let mut info = reader.take().unwrap().reader();
    info.take().unwrap();
    let safe = info.take().unwrap().explicit(Tag::OCTET_STRING).unwrap().content.to_vec();
    (safe, reader.rest().to_vec())
}

pub(super) fn pfx(safe: &[u8], mac: &[u8]) -> Vec<u8> {
    let safe = write::explicit(0, &write::octet_string(safe));
    let info = write::sequence([write::oid(oid::DATA), safe]);
    write::sequence([&write::integer(3)[..], &info, mac])
}

pub(super) fn mac_data(
    hash: Oid,
    parameters: &[u8],
    value: &[u8],
    salt: &[u8],
    iterations: u64,
) -> Vec<u8> {
    let algorithm = write::sequence([&write::oid(hash)[..], parameters]);
    let info = write::sequence([algorithm, write::octet_string(value)]);
    write::sequence([info, write::octet_string(salt), write::integer(iterations)])
}

pub(super) fn with_mac(safe: &[u8], hash: Oid, value: &[u8], iterations: u64) -> Vec<u8> {
    pfx(safe, &mac_data(hash, &write::null(), value, b"salt", iterations))
}

pub(super) fn hmac_of(key: &[u8], over: &[u8]) -> Vec<u8> {
    let option = format!("hexkey:{}", hex(key));
    let arguments = ["mac", "-digest", "SHA256", "-macopt", &option, "-in", "-", "HMAC"];
    unhex(String::from_utf8_lossy(&run(&arguments, over).expect("a MAC")).trim())
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// One content in the clear with one thing that says it is a certificate.
pub(super) fn clear_safe() -> Vec<u8> {
    let bag = |name: &str| Oid::new_unwrap(name);
    let value = write::explicit(0, &write::octet_string(b"not looked into"));
    let kind = write::oid(bag("1.2.840.113549.1.9.22.1"));
    let value = write::explicit(0, &write::sequence([kind, value]));
    let bag = write::sequence([write::oid(bag("1.2.840.113549.1.12.10.1.3")), value]);
    let bags = write::octet_string(&write::sequence([bag]));
    write::sequence([write::sequence([write::oid(oid::DATA), write::explicit(0, &bags)])])
}

pub(super) fn encrypted_safe(algorithms: &[&AlgorithmIdentifier], data: &[u8]) -> Vec<u8> {
    let content = |algorithm: &&AlgorithmIdentifier| {
        let data = write::element(Tag::context_primitive(0), data);
        let info = write::sequence([write::oid(oid::DATA), algorithm.to_der(), data]);
        let data = write::sequence([write::integer(0), info]);
        write::sequence([write::oid(ENCRYPTED_DATA), write::explicit(0, &data)])
    };
    write::sequence(algorithms.iter().map(content))
}
