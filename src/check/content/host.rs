//! Checks on what a certificate calls its subject: its names, and those of hosts for TLS.

use super::{Answer, missing, unreadable};
use crate::der::certificate::Certificate;
use crate::der::extension::AltNames;
use crate::der::name::GeneralName;
use crate::digest::hex;
use crate::oid;
use crate::rule::Phrase;
use core::net::{Ipv4Addr, Ipv6Addr};

/// RFC 5280 §4.1.2.6: an empty subject needs a subjectAltName, and that critical.
pub(super) fn named(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.named");
    if !certificate.subject().is_empty() {
        return Answer::met(expected, Phrase::new("seen.name").with("name", certificate.subject()));
    }
    match certificate.extension(oid::SUBJECT_ALT_NAME) {
        Ok(Some(names)) if names.critical => Answer::met(expected, Phrase::new("seen.alt-named")),
        Ok(_) => Answer::violated(expected, Phrase::new("seen.unnamed")),
        Err(error) => unreadable(expected, &error),
    }
}

/// RFC 9525 §2: the common name never counts, so a host is named in subjectAltName or not at all.
pub(super) fn names(certificate: &Certificate) -> Answer {
    let expected = Phrase::new("expect.host-names");
    let names = match certificate.value::<AltNames>(oid::SUBJECT_ALT_NAME) {
        Ok(Some(names)) => names.0,
        Ok(None) => return Answer::violated(expected, missing(oid::SUBJECT_ALT_NAME)),
        Err(error) => return unreadable(expected, &error),
    };
    let hosts: Vec<Result<String, String>> = names.iter().filter_map(host).collect();
    let odd: Vec<&str> =
        hosts.iter().filter_map(|h| h.as_ref().err()).map(String::as_str).collect();
    if !odd.is_empty() {
        let seen = Phrase::new("seen.host-names-odd").with("names", odd.join(", "));
        return Answer::violated(expected, seen);
    }
    let good: Vec<String> = hosts.into_iter().filter_map(Result::ok).collect();
    if good.is_empty() {
        return Answer::violated(expected, Phrase::new("seen.no-host-names"));
    }
    Answer::met(expected, Phrase::new("seen.host-names").with("names", good.join(", ")))
}

/// The host that a name is of, well formed or not; nothing if it is of something else.
fn host(name: &GeneralName) -> Option<Result<String, String>> {
    match name {
        GeneralName::Dns(name) if is_host_name(name) => Some(Ok(name.clone())),
        GeneralName::Dns(name) => Some(Err(format!("'{name}'"))),
        GeneralName::Ip(octets) => Some(address(octets).ok_or_else(|| hex(octets))),
        GeneralName::Other(..)
        | GeneralName::Email(_)
        | GeneralName::Directory(_)
        | GeneralName::Uri(_)
        | GeneralName::RegisteredId(_)
        | GeneralName::Unused(..) => None,
    }
}

/// RFC 5280 §4.2.1.6: four octets or sixteen.
fn address(octets: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(octets).map(|four| Ipv4Addr::from(four).to_string());
    let sixteen = || <[u8; 16]>::try_from(octets).map(|all| Ipv6Addr::from(all).to_string());
    four.or_else(|_| sixteen()).ok()
}

/// The preferred name syntax of RFC 1034 §3.5 as RFC 1123 §2.1 has it; a wildcard may only be the whole
/// first label (RFC 9525 §6.3). A last label of digits alone is an address in the wrong place.
fn is_host_name(name: &str) -> bool {
    let wild = name.strip_prefix("*.");
    let labels: Vec<&str> = wild.unwrap_or(name).split('.').collect();
    let is_number = |label: &&str| label.bytes().all(|octet| octet.is_ascii_digit());
    name.len() <= 253
        && labels.iter().all(|label| is_label(label))
        && !labels.last().is_some_and(is_number)
}

fn is_label(label: &str) -> bool {
    let may_stand = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(may_stand)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_labels_and_a_wildcard_at_most_the_first() {
        for good in
            ["a", "karte.example.jp", "*.example.jp", "xn--eckwd4c7c.jp", "3com.example", "1-2.a3"]
        {
            assert!(is_host_name(good), "{good}");
        }
        let long = "a.".repeat(127) + "a";
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "*",
            "a.*.jp",
            "w*.example.jp",
            "**.jp",
            "-a.jp",
            "a-.jp",
            "a_b.jp",
            "a b.jp",
            "病院.jp",
            "192.0.2.1",
            "example.123",
            &"a".repeat(64),
            &long,
        ] {
            assert!(!is_host_name(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_has_four_octets_or_sixteen() {
        assert_eq!(address(&[192, 0, 2, 1]).as_deref(), Some("192.0.2.1"));
        assert_eq!(address(&[0; 16]).as_deref(), Some("::"));
        assert_eq!(address(&[192, 0, 2, 0, 255, 255, 255, 0]), None, "an address and a mask");
        assert_eq!(address(&[]), None);
    }
}
