//! Name constraints (RFC 5280 §4.2.1.10 and §6.1.3 b, c), for every form that the RFC defines.
//!
//! A name is accepted only if it plainly lies within what is permitted and plainly outside what is
//! excluded. What cannot be told refuses the path.

use crate::der::certificate::Certificate;
use crate::der::extension::AltNames;
use crate::der::extension::constraints::NameConstraints;
use crate::der::name::GeneralName;
use crate::der::tlv::Malformed;
use crate::oid;

/// Comparisons of one name with one subtree in judging one certificate. A CA of a few names and a
/// few subtrees needs some dozens; the product of two long lists is an attack (CVE-2025-58187).
const MAX_COMPARISONS: usize = 1 << 16;

/// Why the names of a certificate are not accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// This name lies in no permitted subtree.
    NotPermitted(String),
    /// This name lies in an excluded subtree.
    Excluded(String),
    /// Whether this name lies in a subtree cannot be told.
    Unclear(String),
    /// An extension cannot be read.
    Malformed(Malformed),
    /// There are too many names and subtrees.
    TooMany,
}

impl From<Malformed> for Refused {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

/// Whether a name lies in a subtree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fit {
    Within,
    Outside,
    Unclear,
}

impl Fit {
    const fn of(within: bool) -> Self {
        if within { Self::Within } else { Self::Outside }
    }
}

/// The constraints of the certificates above one, those of each in a set of their own.
pub fn constraints<'a>(
    above: impl Iterator<Item = &'a Certificate>,
) -> Result<Vec<NameConstraints>, Malformed> {
    above.filter_map(|c| c.value(oid::NAME_CONSTRAINTS).transpose()).collect()
}

/// Whether the names of a certificate lie where each of the constraints allows.
pub fn accept(certificate: &Certificate, constraints: &[NameConstraints]) -> Result<(), Refused> {
    if constraints.is_empty() {
        return Ok(());
    }
    let mut left = MAX_COMPARISONS;
    for name in names(certificate)? {
        for constraint in constraints {
            let subtrees = constraint.permitted.len() + constraint.excluded.len();
            left = left.checked_sub(subtrees).ok_or(Refused::TooMany)?;
            accept_one(&name, constraint)?;
        }
    }
    Ok(())
}

/// The subject if it is not empty, the mail addresses in it, and all of subjectAltName.
fn names(certificate: &Certificate) -> Result<Vec<GeneralName>, Malformed> {
    let subject = certificate.subject();
    let mut names = Vec::new();
    if !subject.is_empty() {
        names.push(GeneralName::Directory(subject.clone()));
    }
    let mails = subject.attributes().iter().filter(|a| a.oid == oid::EMAIL_ADDRESS);
    names.extend(mails.map(|a| GeneralName::Email(a.value.clone())));
    if let Some(AltNames(more)) = certificate.value(oid::SUBJECT_ALT_NAME)? {
        names.extend(more);
    }
    Ok(names)
}

fn accept_one(name: &GeneralName, constraint: &NameConstraints) -> Result<(), Refused> {
    let fits = |subtrees: &[GeneralName]| -> Vec<Fit> {
        subtrees.iter().filter_map(|subtree| fit(name, subtree)).collect()
    };
    let excluded = fits(&constraint.excluded);
    if excluded.contains(&Fit::Within) {
        return Err(Refused::Excluded(text(name)));
    }
    let permitted = fits(&constraint.permitted);
    if excluded.contains(&Fit::Unclear)
        || (permitted.contains(&Fit::Unclear) && !permitted.contains(&Fit::Within))
    {
        return Err(Refused::Unclear(text(name)));
    }
    // A form that no subtree speaks of is not constrained.
    if permitted.is_empty() || permitted.contains(&Fit::Within) {
        return Ok(());
    }
    Err(Refused::NotPermitted(text(name)))
}

fn text(name: &GeneralName) -> String {
    match name {
        GeneralName::Email(text) | GeneralName::Dns(text) | GeneralName::Uri(text) => {
            text.escape_debug().to_string()
        }
        GeneralName::Directory(name) => name.to_string(),
        GeneralName::Ip(octets) => match octets.as_ref() {
            [a, b, c, d] => format!("{a}.{b}.{c}.{d}"),
            other => crate::digest::hex(other),
        },
        GeneralName::Other(oid, _) | GeneralName::RegisteredId(oid) => oid.to_string(),
        GeneralName::Unused(tag, _) => format!("[{tag}]"),
    }
}

/// Whether the name lies in the subtree; nothing if they are of different forms.
fn fit(name: &GeneralName, subtree: &GeneralName) -> Option<Fit> {
    use GeneralName::{Directory, Dns, Email, Ip, Other, RegisteredId, Unused, Uri};
    match (name, subtree) {
        (Directory(name), Directory(base)) => Some(Fit::of(name.is_within(base))),
        (Dns(name), Dns(base)) => Some(dns(name, base)),
        (Email(name), Email(base)) => Some(email(name, base)),
        (Uri(name), Uri(base)) => Some(uri(name, base)),
        (Ip(name), Ip(base)) => Some(ip(name, base)),
        // Mail addresses outside ASCII fall under the same constraints (RFC 9598 §6).
        (Other(oid::SMTP_UTF8_MAILBOX, _), Email(_)) => Some(Fit::Unclear),
        // Forms for which RFC 5280 defines no subtrees: constrained and present, they refuse.
        (Other(..), Other(..)) | (RegisteredId(_), RegisteredId(_)) => Some(Fit::Unclear),
        (Unused(name, _), Unused(base, _)) => (name == base).then_some(Fit::Unclear),
        _ => None,
    }
}

/// A host name or the part of one below a wildcard: labels of letters, digits, hyphens and, as is
/// found, underscores.
fn is_host(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.split('.').all(label)
}

/// Whether a host is the domain or lies below it.
fn is_in_domain(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    host == domain || is_below(&host, &domain)
}

fn is_below(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    host.strip_suffix(&domain).is_some_and(|front| front.len() > 1 && front.ends_with('.'))
}

/// "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side
/// of the name satisfies the name constraint."
fn dns(name: &str, base: &str) -> Fit {
    if base.is_empty() {
        return Fit::Within;
    }
    let (host, wildcard) = match name.strip_prefix("*.") {
        Some(host) => (host, true),
        None => (name, false),
    };
    // The RFC gives a leading dot no meaning here, so a subtree with one is no host either.
    if !is_host(host) || !is_host(base) {
        return Fit::Unclear;
    }
    if is_in_domain(host, base) {
        return Fit::Within;
    }
    // `*.example.jp` names some hosts in the subtree `a.example.jp`, and others.
    if wildcard && is_below(base, host) { Fit::Unclear } else { Fit::Outside }
}

/// A mailbox, all mailboxes of a host, or (with a leading dot) of all hosts in a domain.
fn email(name: &str, base: &str) -> Fit {
    let Some((local, host)) = name.rsplit_once('@') else { return Fit::Unclear };
    if local.is_empty() || !is_host(host) {
        return Fit::Unclear;
    }
    if let Some((base_local, base_host)) = base.rsplit_once('@') {
        return match (host.eq_ignore_ascii_case(base_host), local == base_local) {
            (true, true) => Fit::Within,
            // The host alone knows whether these are the same mailbox (RFC 5321 §2.4).
            (true, false) if local.eq_ignore_ascii_case(base_local) => Fit::Unclear,
            (true | false, _) => Fit::Outside,
        };
    }
    host_fits(host, base)
}

fn host_fits(host: &str, base: &str) -> Fit {
    match base.strip_prefix('.') {
        Some(domain) if is_host(domain) => Fit::of(is_below(host, domain)),
        None if is_host(base) => Fit::of(host.eq_ignore_ascii_case(base)),
        Some(_) | None => Fit::Unclear,
    }
}

/// The host in the authority of the URI. One without a host name must be refused.
fn uri(name: &str, base: &str) -> Fit {
    let Some((_, rest)) = name.split_once("://") else { return Fit::Unclear };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let is_address = host.split('.').all(|l| l.bytes().all(|b| b.is_ascii_digit()));
    if !is_host(host) || is_address {
        return Fit::Unclear;
    }
    host_fits(host, base)
}

/// An address and a mask of the same length (RFC 4632), of either version.
fn ip(name: &[u8], base: &[u8]) -> Fit {
    let Some((address, mask)) = base.split_at_checked(base.len() / 2) else { return Fit::Unclear };
    if ![4, 16].contains(&name.len()) || ![8, 32].contains(&base.len()) || !is_prefix(mask) {
        return Fit::Unclear;
    }
    if name.len() != address.len() {
        return Fit::Outside;
    }
    let mut octets = name.iter().zip(address).zip(mask);
    Fit::of(octets.all(|((name, address), mask)| name & mask == address & mask))
}

/// Ones and then zeros.
fn is_prefix(mask: &[u8]) -> bool {
    let ones: u32 = mask.iter().map(|octet| octet.count_ones()).sum();
    let leading = mask.iter().position(|octet| *octet != 0xff).map_or(ones, |index| {
        let whole = u32::try_from(index * 8).unwrap_or(u32::MAX);
        whole.saturating_add(mask.get(index).map_or(0, |octet| octet.leading_ones()))
    });
    leading == ones
}

#[cfg(test)]
mod tests {
    use super::Fit::{Outside, Unclear, Within};
    use super::*;

    #[test]
    fn hosts_lie_in_the_domains_that_their_labels_end_with() {
        for (name, base, expected) in [
            ("host.example.jp", "example.jp", Within),
            ("EXAMPLE.jp", "example.JP", Within),
            ("myexample.jp", "example.jp", Outside),
            ("example.jp", "host.example.jp", Outside),
            ("anything.jp", "", Within),
            ("host.example.jp", ".example.jp", Unclear),
            ("*.example.jp", "example.jp", Within),
            ("*.example.jp", "host.example.jp", Unclear),
            ("*.example.jp", "example.com", Outside),
            ("host.example.jp.", "example.jp", Unclear),
            ("h\u{f6}st.example.jp", "example.jp", Unclear),
            ("", "example.jp", Unclear),
        ] {
            assert_eq!(dns(name, base), expected, "{name} in {base}");
        }
    }

    #[test]
    fn mail_is_constrained_by_mailbox_host_or_domain() {
        for (name, base, expected) in [
            ("a@example.jp", "a@example.jp", Within),
            ("a@EXAMPLE.jp", "a@example.jp", Within),
            ("A@example.jp", "a@example.jp", Unclear),
            ("b@example.jp", "a@example.jp", Outside),
            ("a@example.jp", "example.jp", Within),
            ("a@host.example.jp", "example.jp", Outside),
            ("a@host.example.jp", ".example.jp", Within),
            ("a@example.jp", ".example.jp", Outside),
            ("\"x@example.com\"@example.jp", "example.jp", Within),
            ("no mailbox", "example.jp", Unclear),
            ("a@", "example.jp", Unclear),
        ] {
            assert_eq!(email(name, base), expected, "{name} in {base}");
        }
    }

    #[test]
    fn an_address_on_the_web_is_constrained_by_its_host() {
        for (name, base, expected) in [
            ("https://example.jp/a", "example.jp", Within),
            ("ldap://u@example.jp:389/cn=a?b", "example.jp", Within),
            ("https://example.com/@example.jp", "example.jp", Outside),
            ("https://host.example.jp#x", ".example.jp", Within),
            ("https://example.jp", ".example.jp", Outside),
            ("urn:oid:1.2.3", "example.jp", Unclear),
            ("https://192.0.2.1/", "example.jp", Unclear),
            ("https://[2001:db8::1]/", "example.jp", Unclear),
            ("https:///path", "example.jp", Unclear),
        ] {
            assert_eq!(uri(name, base), expected, "{name} in {base}");
        }
    }

    #[test]
    fn addresses_are_constrained_by_prefix() {
        let net = [192, 0, 2, 0, 255, 255, 255, 0];
        assert_eq!(ip(&[192, 0, 2, 9], &net), Within);
        assert_eq!(ip(&[192, 0, 3, 9], &net), Outside);
        assert_eq!(ip(&[0; 16], &net), Outside);
        assert_eq!(ip(&[192, 0, 2], &net), Unclear);
        assert_eq!(ip(&[192, 0, 2, 9], &[192, 0, 2, 0, 255, 0, 255, 0]), Unclear);
        assert_eq!(ip(&[192, 0, 2, 9], &[0; 8]), Within);
        assert_eq!(ip(&[192, 0, 2, 9], &[192, 0, 2]), Unclear);
    }

    #[test]
    fn what_cannot_be_told_refuses_and_other_forms_are_free() {
        let dns = |host: &str| GeneralName::Dns(host.to_owned());
        let email = |mail: &str| GeneralName::Email(mail.to_owned());
        let accepts = |name: &GeneralName, permitted: &[GeneralName], excluded: &[GeneralName]| {
            let (permitted, excluded) = (permitted.to_vec(), excluded.to_vec());
            accept_one(name, &NameConstraints { permitted, excluded })
        };
        let host = dns("host.example.jp");
        assert_eq!(accepts(&host, &[email("example.com")], &[]), Ok(()));
        assert_eq!(accepts(&host, &[dns("example.com"), dns("example.jp")], &[]), Ok(()));
        let text = || "host.example.jp".to_owned();
        assert_eq!(accepts(&host, &[dns("a.jp")], &[]), Err(Refused::NotPermitted(text())));
        let both = accepts(&host, &[dns("example.jp")], &[dns("host.example.jp")]);
        assert_eq!(both, Err(Refused::Excluded(text())));
        let other = GeneralName::Other(oid::SMTP_UTF8_MAILBOX, crate::der::Bytes::new());
        assert!(matches!(accepts(&other, &[email("a.jp")], &[]), Err(Refused::Unclear(_))));
        let one = GeneralName::RegisteredId(oid::DATA);
        let same = std::slice::from_ref(&one);
        assert!(matches!(accepts(&one, same, &[]), Err(Refused::Unclear(_))));
        assert_eq!(accepts(&one, &[dns("a.jp")], &[]), Ok(()));
    }
}
