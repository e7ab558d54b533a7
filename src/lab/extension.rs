//! The extensions a certificate can be declared with, and their DER.

use super::name::{DistinguishedName, directory_name, full_name, uri};
use super::value::{NamedOid, Octets};
use crate::der::{Tag, write};
use crate::oid::{self, Oid};
use serde::Deserialize;
use std::net::Ipv4Addr;

/// What a certificate says beyond name and key. An absent field is an absent extension.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Extensions {
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    extended_key_usage: Option<ExtendedKeyUsage>,
    policies: Option<Policies>,
    hc_role: Option<HcRole>,
    subject_alt_name: Option<AltName>,
    authority_key: Option<AuthorityKey>,
    distribution_point: Option<DistributionPoint>,
    authority_access: Option<AuthorityAccess>,
    ocsp_no_check: Option<NoCheck>,
    other: Option<Other>,
}

/// An extension by name, for taking it away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each variant is the extension it is named after")]
pub(super) enum ExtensionKind {
    BasicConstraints,
    KeyUsage,
    ExtendedKeyUsage,
    Policies,
    HcRole,
    SubjectAltName,
    AuthorityKey,
    DistributionPoint,
    AuthorityAccess,
    OcspNoCheck,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BasicConstraints {
    ca: bool,
    path_length: Option<u8>,
    #[serde(default)]
    critical: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyUsage {
    bits: Vec<KeyUsageBit>,
    #[serde(default)]
    critical: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
enum KeyUsageBit {
    #[serde(rename = "digitalSignature")]
    DigitalSignature,
    #[serde(rename = "nonRepudiation")]
    NonRepudiation,
    #[serde(rename = "keyEncipherment")]
    KeyEncipherment,
    #[serde(rename = "keyCertSign")]
    KeyCertSign,
    #[serde(rename = "cRLSign")]
    CrlSign,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtendedKeyUsage {
    purposes: Vec<NamedOid>,
    #[serde(default)]
    critical: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policies {
    oids: Vec<NamedOid>,
    cps: Option<String>,
    #[serde(default)]
    critical: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HcRole {
    roles: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AltName {
    directory: Option<DistinguishedName>,
    ip: Option<Ipv4Addr>,
}

impl AltName {
    fn to_der(&self) -> Vec<u8> {
        let directory = self.directory.as_ref().map(|name| directory_name(&name.to_der()));
        let ip = self.ip.map(|ip| write::element(Tag::context_primitive(7), &ip.octets()));
        extension(oid::SUBJECT_ALT_NAME, false, &write::sequence(directory.into_iter().chain(ip)))
    }
}

/// How the issuer's key is pointed at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AuthorityKey {
    /// By key identifier.
    Identifier,
    /// By key identifier and by the issuer and serial number of the issuer's own certificate.
    IdentifierAndSerial,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DistributionPoint {
    crl: String,
    directory: Option<DistinguishedName>,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AuthorityAccess {
    ocsp: Option<String>,
    #[serde(default)]
    ca_issuers: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoCheck {}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    oid: NamedOid,
    value: Octets,
    #[serde(default)]
    critical: bool,
}

/// What the extensions of one certificate depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// Where the lab is served.
    pub base_url: &'a str,
    /// The issuer by its name in the lab.
    pub issuer_entity: &'a str,
    /// The subject's key identifier.
    pub subject_key_id: &'a [u8],
    /// The issuer's key identifier; none for a self-signed certificate.
    pub issuer_key_id: Option<&'a [u8]>,
    /// Name of the issuer's issuer, and serial number of the issuer's certificate.
    pub issuer_certificate: Option<(&'a [u8], &'a [u8])>,
}

impl Extensions {
    /// These, and where they are silent, those of `base`.
    #[must_use]
    pub(super) fn over(self, base: Self) -> Self {
        Self {
            basic_constraints: self.basic_constraints.or(base.basic_constraints),
            key_usage: self.key_usage.or(base.key_usage),
            extended_key_usage: self.extended_key_usage.or(base.extended_key_usage),
            policies: self.policies.or(base.policies),
            hc_role: self.hc_role.or(base.hc_role),
            subject_alt_name: self.subject_alt_name.or(base.subject_alt_name),
            authority_key: self.authority_key.or(base.authority_key),
            distribution_point: self.distribution_point.or(base.distribution_point),
            authority_access: self.authority_access.or(base.authority_access),
            ocsp_no_check: self.ocsp_no_check.or(base.ocsp_no_check),
            other: self.other.or(base.other),
        }
    }

    /// Takes one away.
    pub(super) fn remove(&mut self, kind: ExtensionKind) {
        match kind {
            ExtensionKind::BasicConstraints => self.basic_constraints = None,
            ExtensionKind::KeyUsage => self.key_usage = None,
            ExtensionKind::ExtendedKeyUsage => self.extended_key_usage = None,
            ExtensionKind::Policies => self.policies = None,
            ExtensionKind::HcRole => self.hc_role = None,
            ExtensionKind::SubjectAltName => self.subject_alt_name = None,
            ExtensionKind::AuthorityKey => self.authority_key = None,
            ExtensionKind::DistributionPoint => self.distribution_point = None,
            ExtensionKind::AuthorityAccess => self.authority_access = None,
            ExtensionKind::OcspNoCheck => self.ocsp_no_check = None,
        }
    }

    /// The list that the distribution point names.
    pub(super) fn crl(&self) -> Option<&str> {
        self.distribution_point.as_ref().map(|point| point.crl.as_str())
    }

    /// The responder that the authority information access names.
    pub(super) fn ocsp(&self) -> Option<&str> {
        self.authority_access.as_ref().and_then(|access| access.ocsp.as_deref())
    }

    /// Each extension as its SEQUENCE.
    pub(super) fn to_der(&self, around: &Surroundings<'_>) -> Vec<Vec<u8>> {
        let optional = [
            self.authority_key(around),
            Some(extension(
                oid::SUBJECT_KEY_IDENTIFIER,
                false,
                &write::octet_string(around.subject_key_id),
            )),
            self.basic_constraints.as_ref().map(BasicConstraints::to_der),
            self.key_usage.as_ref().map(KeyUsage::to_der),
            self.extended_key_usage.as_ref().map(ExtendedKeyUsage::to_der),
            self.policies.as_ref().map(Policies::to_der),
            self.subject_alt_name.as_ref().map(AltName::to_der),
            self.hc_role.as_ref().map(|role| {
                let attributes = subject_directory_attributes(&role.roles);
                extension(oid::SUBJECT_DIRECTORY_ATTRIBUTES, false, &attributes)
            }),
            self.distribution_point.as_ref().map(|point| point.to_der(around.base_url)),
            self.authority_access.as_ref().map(|access| access.to_der(around)),
            self.ocsp_no_check.map(|_| extension(oid::OCSP_NOCHECK, false, &write::null())),
            self.other.as_ref().map(|o| extension(o.oid.0, o.critical, &o.value.0)),
        ];
        optional.into_iter().flatten().collect()
    }

    /// RFC 5280 §4.2.1.1; a self-signed certificate may leave it out and does.
    fn authority_key(&self, around: &Surroundings<'_>) -> Option<Vec<u8>> {
        let id = write::implicit(0, &write::octet_string(around.issuer_key_id?));
        let rest = match (self.authority_key?, around.issuer_certificate) {
            (AuthorityKey::IdentifierAndSerial, Some((name, serial))) => [
                write::element(Tag::context(1), &directory_name(name)),
                write::element(Tag::context_primitive(2), serial),
            ]
            .concat(),
            (AuthorityKey::IdentifierAndSerial | AuthorityKey::Identifier, _) => Vec::new(),
        };
        Some(extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &write::sequence([id, rest])))
    }
}

/// `Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
pub(super) fn extension(oid: Oid, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { write::boolean(true) } else { Vec::new() };
    write::sequence([write::oid(oid), critical, write::octet_string(value)])
}

/// The hcRole of ISO 17090 as MHLW shapes it: CodedData is a SET, not a SEQUENCE, and carries the
/// qualification as free text.
fn subject_directory_attributes(roles: &[String]) -> Vec<u8> {
    let actors = roles.iter().map(|role| {
        let coded_data = write::set([
            write::explicit(0, &write::oid(oid::HPKI_QUALIFICATIONS)),
            write::explicit(2, &write::utf8(role)),
        ]);
        write::sequence([write::explicit(0, &coded_data)])
    });
    let actor_data = write::set_of(actors.collect());
    write::sequence([write::sequence([write::oid(oid::HC_ROLE), write::set([actor_data])])])
}

impl BasicConstraints {
    fn to_der(&self) -> Vec<u8> {
        let ca = if self.ca { write::boolean(true) } else { Vec::new() };
        let length = self.path_length.map_or_else(Vec::new, |n| write::integer(u64::from(n)));
        extension(oid::BASIC_CONSTRAINTS, self.critical, &write::sequence([ca, length]))
    }
}

impl KeyUsage {
    fn to_der(&self) -> Vec<u8> {
        let bits = self.bits.iter().fold(0, |bits, bit| bits | 1 << bit.position());
        extension(oid::KEY_USAGE, self.critical, &write::named_bits(bits))
    }
}

impl KeyUsageBit {
    /// RFC 5280 §4.2.1.3.
    const fn position(self) -> u32 {
        match self {
            Self::DigitalSignature => 0,
            Self::NonRepudiation => 1,
            Self::KeyEncipherment => 2,
            Self::KeyCertSign => 5,
            Self::CrlSign => 6,
        }
    }
}

impl ExtendedKeyUsage {
    fn to_der(&self) -> Vec<u8> {
        let purposes = write::sequence(self.purposes.iter().map(|purpose| write::oid(purpose.0)));
        extension(oid::EXT_KEY_USAGE, self.critical, &purposes)
    }
}

impl Policies {
    fn to_der(&self) -> Vec<u8> {
        let qualifiers = self.cps.as_ref().map_or_else(Vec::new, |cps| {
            write::sequence([write::sequence([write::oid(oid::CPS_QUALIFIER), write::ia5(cps)])])
        });
        let policies = self.oids.iter().map(|policy| {
            write::sequence([write::oid(policy.0).as_slice(), qualifiers.as_slice()])
        });
        extension(oid::CERTIFICATE_POLICIES, self.critical, &write::sequence(policies))
    }
}

impl DistributionPoint {
    fn to_der(&self, base_url: &str) -> Vec<u8> {
        let directory = self.directory.iter().map(|name| directory_name(&name.to_der()));
        let url = uri(&format!("{base_url}/crl/{}.crl", self.crl));
        let names: Vec<_> = directory.chain([url]).collect();
        let points = write::sequence([write::sequence([full_name(&names)])]);
        extension(oid::CRL_DISTRIBUTION_POINTS, false, &points)
    }
}

impl AuthorityAccess {
    fn to_der(&self, around: &Surroundings<'_>) -> Vec<u8> {
        let (base, issuer) = (around.base_url, around.issuer_entity);
        let ocsp = self.ocsp.iter().map(|name| (oid::AD_OCSP, format!("{base}/ocsp/{name}")));
        let issuers = (oid::AD_CA_ISSUERS, format!("{base}/aia/{issuer}.der"));
        let all = ocsp.chain(self.ca_issuers.then_some(issuers));
        let descriptions =
            all.map(|(method, url)| write::sequence([write::oid(method), uri(&url)]));
        extension(oid::AUTHORITY_INFO_ACCESS, false, &write::sequence(descriptions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hex;

    #[test]
    fn an_hc_role_is_written_as_real_hpki_certificates_have_it() {
        // Extension value of a MEDIS certificate of a physician.
        let real = "303430320606288185420001312831263024a0223120a00c060a2a830886910f01060101a2100c0e4d65646963616c20446f63746f72";
        assert_eq!(hex(&subject_directory_attributes(&["Medical Doctor".to_owned()])), real);
    }

    #[test]
    fn what_is_declared_wins_and_what_is_removed_is_gone() {
        let base: Extensions = toml::from_str(
            "key-usage = { bits = ['nonRepudiation'], critical = true }\nocsp-no-check = {}",
        )
        .unwrap();
        let own: Extensions =
            toml::from_str("key-usage = { bits = ['keyEncipherment'], critical = true }").unwrap();
        let mut merged = own.clone().over(base);
        merged.remove(ExtensionKind::OcspNoCheck);
        assert_eq!(merged, own);
    }
}
