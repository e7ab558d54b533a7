//! Certificates made field by field, right or wrong. What they say is judged, never who signed it, so
//! their signature is a dummy.

use inkan::der::certificate::Certificate;
use inkan::der::{Tag, write};
use inkan::oid::{self, Oid};
use inkan::time::Instant;

/// An attribute of a name: its type, its string type, its value.
pub(crate) type Attribute = (Oid, Tag, &'static str);

/// A certificate before it is written.
#[derive(Clone)]
pub(crate) struct Specimen {
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<Attribute>,
    pub(crate) subject: Vec<Attribute>,
    pub(crate) from: Instant,
    pub(crate) until: Instant,
    pub(crate) key: Vec<u8>,
    pub(crate) algorithm: Oid,
    extensions: Vec<(Oid, bool, Vec<u8>)>,
}

const UTF8: Tag = Tag::UTF8_STRING;
const PRINTABLE: Tag = Tag::PRINTABLE_STRING;
const JAPAN: Attribute = (oid::COUNTRY, PRINTABLE, "JP");

const REGISTRAR: &[Attribute] = &[
    JAPAN,
    (oid::ORGANIZATION, UTF8, "Japanese Government"),
    (oid::ORGANIZATIONAL_UNIT, UTF8, "Ministry of Justice"),
    (oid::COMMON_NAME, UTF8, "Registrar of Tokyo Legal Affairs Bureau"),
];
const OFFICIAL_STATUS: &[Attribute] = &[
    JAPAN,
    (oid::ORGANIZATION, UTF8, "Japanese Government"),
    (oid::ORGANIZATIONAL_UNIT, UTF8, "OfficialStatusCA"),
];
const MUNICIPAL: &[Attribute] = &[JAPAN, (oid::ORGANIZATION, UTF8, "LGPKI")];

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// An RSA key of so many bits; nobody knows its factors, or whether it has two.
pub(crate) fn rsa(bits: usize) -> Vec<u8> {
    let modulus = write::unsigned(&vec![0xc5; bits / 8]);
    let bits = write::bit_string(&write::sequence([modulus, write::integer(65537)]));
    let algorithm = write::sequence([write::oid(oid::RSA), write::null()]);
    write::sequence([algorithm, bits])
}

/// hcRole as MHLW shapes it.
pub(crate) fn roles(roles: &[&str]) -> Vec<u8> {
    let actors = roles.iter().map(|role| {
        let coded = write::set([
            write::explicit(0, &write::oid(oid::HPKI_QUALIFICATIONS)),
            write::explicit(2, &write::utf8(role)),
        ]);
        write::sequence([write::explicit(0, &coded)])
    });
    let data = write::set_of(actors.collect());
    write::sequence([write::sequence([write::oid(oid::HC_ROLE), write::set([data])])])
}

pub(crate) fn policy(dotted: &str) -> Vec<u8> {
    write::sequence([write::sequence([write::oid(Oid::new(dotted).unwrap())])])
}

pub(crate) fn purposes(purposes: &[Oid]) -> Vec<u8> {
    write::sequence(purposes.iter().map(|purpose| write::oid(*purpose)))
}

/// subjectAltName with one host.
pub(crate) fn host(name: &str) -> Vec<u8> {
    write::sequence([write::element(Tag::context_primitive(2), name.as_bytes())])
}

/// authorityInfoAccess with an OCSP service.
pub(crate) fn ocsp() -> Vec<u8> {
    let uri = write::element(Tag::context_primitive(6), b"http://ocsp.invalid/");
    write::sequence([write::sequence([write::oid(oid::AD_OCSP), uri])])
}

fn directory_name(name: &[Attribute]) -> Vec<u8> {
    write::sequence([write::element(Tag::context(4), &written(name))])
}

fn written(name: &[Attribute]) -> Vec<u8> {
    write::sequence(name.iter().map(|(oid, tag, value)| {
        let value = match *tag {
            Tag::BMP_STRING => value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => value.as_bytes().to_vec(),
        };
        write::set([write::sequence([write::oid(*oid), write::element(*tag, &value)])])
    }))
}

fn uri_point() -> Vec<u8> {
    let uri = write::element(Tag::context_primitive(6), b"http://crl.invalid/a.crl");
    let full = write::explicit(0, &write::element(Tag::context(0), &uri));
    write::sequence([write::sequence([full])])
}

impl Specimen {
    /// A physician's signing certificate, as real ones are.
    pub(crate) fn hpki_sign() -> Self {
        let ca = "HPKI-01-TestSignCA-forNonRepudiation";
        let subject = vec![
            JAPAN,
            (oid::ORGANIZATION, UTF8, "Test Hospital"),
            (oid::COMMON_NAME, UTF8, "YAMADA HANAKO"),
            (oid::SERIAL_NUMBER, PRINTABLE, "T1"),
        ];
        let directory = directory_name(&[JAPAN, (oid::COMMON_NAME, UTF8, "山田　花子")]);
        let key_id = write::implicit(0, &write::octet_string(&[1; 20]));
        Self {
            serial: vec![0x17],
            issuer: vec![
                JAPAN,
                (oid::ORGANIZATION, UTF8, "TEST"),
                (oid::ORGANIZATIONAL_UNIT, UTF8, "TEST HPKI CA"),
                (oid::COMMON_NAME, UTF8, ca),
            ],
            subject,
            from: at("2025-02-06T15:00:00Z"),
            until: at("2030-02-07T14:59:59Z"),
            key: rsa(2048),
            algorithm: oid::RSA_SHA256,
            extensions: Vec::new(),
        }
        .with(oid::AUTHORITY_KEY_IDENTIFIER, false, write::sequence([key_id]))
        .with(oid::KEY_USAGE, true, write::named_bits(0b10))
        .with(oid::CERTIFICATE_POLICIES, true, policy("1.2.392.100495.1.5.1.1.3.1"))
        .with(oid::CRL_DISTRIBUTION_POINTS, false, uri_point())
        .with(oid::SUBJECT_ALT_NAME, false, directory)
        .with(oid::SUBJECT_DIRECTORY_ATTRIBUTES, false, roles(&["Medical Doctor"]))
    }

    /// The certificate of a CA below the root of HPKI.
    fn hpki_ca() -> Self {
        let mut ca = Self::hpki_sign()
            .with(oid::BASIC_CONSTRAINTS, true, write::sequence([write::boolean(true)]))
            .with(oid::KEY_USAGE, true, write::named_bits(0b110_0000))
            .without(oid::SUBJECT_DIRECTORY_ATTRIBUTES)
            .without(oid::SUBJECT_ALT_NAME);
        ca.subject = ca.issuer.clone();
        ca.issuer.truncate(3);
        ca.until = at("2030-12-01");
        ca
    }

    fn root(unit: &'static str) -> Self {
        let mut root = Self::hpki_ca().without(oid::CERTIFICATE_POLICIES);
        root.issuer =
            vec![JAPAN, (oid::ORGANIZATION, UTF8, "TEST"), (oid::ORGANIZATIONAL_UNIT, UTF8, unit)];
        root.subject = root.issuer.clone();
        root
    }

    /// A root of that name.
    fn root_named(name: &[Attribute]) -> Self {
        let mut root = Self::root("TEST");
        root.issuer = name.to_vec();
        root.subject = root.issuer.clone();
        root
    }

    /// Half a connection.
    fn for_tls(purpose: Oid) -> Self {
        let mut one = Self::hpki_sign()
            .with(oid::KEY_USAGE, true, write::named_bits(1))
            .with(oid::EXT_KEY_USAGE, false, purposes(&[purpose]))
            .without(oid::CERTIFICATE_POLICIES)
            .without(oid::SUBJECT_DIRECTORY_ATTRIBUTES);
        one.until = at("2026-03-01");
        one
    }

    /// An office with a key, under whatever policy.
    fn office(issuer: &[Attribute]) -> Self {
        let mut one = Self::hpki_sign()
            .with(oid::KEY_USAGE, true, write::named_bits(0b11))
            .with(oid::CERTIFICATE_POLICIES, true, policy("1.3.6.1.4.1.32473.1.1"))
            .without(oid::SUBJECT_DIRECTORY_ATTRIBUTES);
        one.issuer = issuer.to_vec();
        one
    }

    /// The representative of a company; nobody looks into the extensions.
    fn registered() -> Self {
        let mut one = Self::office(REGISTRAR)
            .without(oid::CERTIFICATE_POLICIES)
            .having(oid::REGISTRY_POLICIES, false)
            .having(oid::REGISTRAR, false)
            .having(oid::REGISTERED_CORPORATION, false);
        one.until = at("2027-05-01");
        one
    }

    /// The same in the name of another issuer.
    pub(crate) fn issued_by(mut self, issuer: &Self) -> Self {
        self.issuer = issuer.subject.clone();
        self
    }

    /// A certificate to which the profile of that name has nothing to object.
    pub(crate) fn sound(profile: &str) -> Self {
        let policies = oid::CERTIFICATE_POLICIES;
        match profile {
            "hpki-auth-person" | "hpki-auth-organization" => {
                let arc = if profile == "hpki-auth-person" { 2 } else { 3 };
                let mut one = Self::hpki_sign()
                    .with(oid::KEY_USAGE, true, write::named_bits(1))
                    .with(policies, true, policy(&format!("1.2.392.100495.1.5.1.{arc}.3.1")));
                one.issuer[3].2 = "HPKI-01-TestAuthCA-forAuthentication";
                one
            }
            "hpki-ca" => Self::hpki_ca(),
            "hpki-root" => Self::root("TEST HPKI Root CA"),
            "jpki-ca" => Self::root("JPKI for tests"),
            "jpki-sign" => {
                let name = write::explicit(0, &write::utf8("試験　太郎"));
                let name = write::sequence([write::oid(oid::JPKI_NAME), name]);
                let alt = write::sequence([write::implicit(0, &name)]);
                Self::hpki_sign()
                    .with(oid::KEY_USAGE, true, write::named_bits(0b11))
                    .with(policies, true, policy("1.2.392.200149.8.5.1.1.20"))
                    .with(oid::SUBJECT_ALT_NAME, false, alt)
            }
            "jpki-auth" => Self::hpki_sign().with(oid::KEY_USAGE, true, write::named_bits(1)).with(
                policies,
                true,
                policy("1.2.392.200149.8.5.1.3.30"),
            ),
            "tls-server" => Self::for_tls(oid::KP_SERVER_AUTH).with(
                oid::SUBJECT_ALT_NAME,
                false,
                host("karte.example.jp"),
            ),
            "tls-client" => Self::for_tls(oid::KP_CLIENT_AUTH),
            "commercial-registry" => Self::registered(),
            "commercial-registry-ca" => Self::root_named(REGISTRAR),
            "gpki-sign" => {
                let mut one = Self::office(OFFICIAL_STATUS);
                one.subject[1].2 = "Japanese Government";
                one
            }
            "gpki-ca" => Self::root_named(OFFICIAL_STATUS),
            "gpki-bridge" => {
                let mut ca = Self::hpki_ca().with(policies, true, policy("1.3.6.1.4.1.32473.1.1"));
                ca.issuer = OFFICIAL_STATUS.to_vec();
                ca
            }
            "lgpki-sign" => Self::office(MUNICIPAL),
            "lgpki-ca" => Self::root_named(MUNICIPAL),
            "tsa-accredited" => Self::hpki_sign()
                .with(oid::KEY_USAGE, true, write::named_bits(1))
                .with(oid::EXT_KEY_USAGE, true, purposes(&[oid::KP_TIME_STAMPING]))
                .without(policies),
            _ => Self::hpki_sign(),
        }
    }

    /// With this extension, in place of another of the kind.
    pub(crate) fn with(mut self, oid: Oid, critical: bool, value: Vec<u8>) -> Self {
        self.extensions.retain(|(known, _, _)| *known != oid);
        self.extensions.push((oid, critical, value));
        self
    }

    /// With an extension of this kind, whatever it says, unless it has one.
    pub(crate) fn having(self, oid: Oid, critical: bool) -> Self {
        if self.extensions.iter().any(|(known, _, _)| *known == oid) {
            return self;
        }
        self.with(oid, critical, write::null())
    }

    /// Without the extension.
    pub(crate) fn without(mut self, oid: Oid) -> Self {
        self.extensions.retain(|(known, _, _)| *known != oid);
        self
    }

    /// With the extension marked the other way.
    pub(crate) fn flipped(mut self, oid: Oid) -> Self {
        for (_, critical, _) in self.extensions.iter_mut().filter(|(known, _, _)| *known == oid) {
            *critical = !*critical;
        }
        self
    }

    /// Writes and reads it.
    pub(crate) fn certificate(&self) -> Certificate {
        let algorithm = write::sequence([write::oid(self.algorithm), write::null()]);
        let extensions = self.extensions.iter().map(|(oid, critical, value)| {
            let critical = if *critical { write::boolean(true) } else { Vec::new() };
            write::sequence([write::oid(*oid), critical, write::octet_string(value)])
        });
        let extensions: Vec<Vec<u8>> = extensions.collect();
        let tbs = write::sequence([
            write::explicit(0, &write::integer(2)),
            write::element(Tag::INTEGER, &self.serial),
            algorithm.clone(),
            written(&self.issuer),
            write::sequence([write::time(self.from), write::time(self.until)]),
            written(&self.subject),
            self.key.clone(),
            write::explicit(3, &write::sequence(extensions)),
        ]);
        let der = write::sequence([tbs, algorithm, write::bit_string(&[0; 8])]);
        Certificate::parse(der).unwrap()
    }
}
