//! What lies on a token: certificates and private keys.

use crate::der::algorithm::{KeyKind, PublicKey};
use crate::der::certificate::Certificate;
use inkan_pkcs11::attribute::{self as a, Value};
use inkan_pkcs11::{
    Answer, Attribute, CertificateType, Error, KeyType, ObjectClass, ObjectHandle, Session,
    Template,
};

/// Objects of one kind that are looked at; a card has some dozens.
const MAX_OBJECTS: usize = 4096;

/// A certificate on a token.
#[derive(Clone, Debug)]
pub(super) struct StoredCertificate {
    pub(super) handle: ObjectHandle,
    pub(super) certificate: Certificate,
    pub(super) label: Option<String>,
    pub(super) id: Option<Vec<u8>>,
}

/// A private key on a token. Its handle holds as long as the login does.
#[derive(Clone, Debug)]
pub(super) struct StoredKey {
    pub(super) handle: ObjectHandle,
    pub(super) label: Option<String>,
    pub(super) id: Option<Vec<u8>>,
    /// Each signature needs the PIN again.
    pub(super) always_authenticates: bool,
    kind: Option<KeyType>,
    modulus: Option<Vec<u8>>,
    public_exponent: Option<Vec<u8>>,
    /// The point of a public key of the same identifier, as the token writes it.
    point: Option<Vec<u8>>,
}

/// The X.509 certificates that can be read. Their names are taken from their bytes: attributes that
/// repeat them may be empty (JAHIS 24-002 annex B).
pub(super) fn certificates(session: &Session) -> Result<Vec<StoredCertificate>, Error> {
    let template = Template::new().with(a::CLASS, ObjectClass::Certificate);
    let mut found = Vec::new();
    for handle in session.find_objects(&template)?.into_iter().take(MAX_OBJECTS) {
        let kind = value(session, handle, a::CERTIFICATE_TYPE)?;
        if kind.is_some_and(|kind| kind != CertificateType::X509) {
            continue;
        }
        let der = value(session, handle, a::VALUE)?.unwrap_or_default();
        if let Ok(certificate) = Certificate::parse(der) {
            let (label, id) = (value(session, handle, a::LABEL)?, value(session, handle, a::ID)?);
            found.push(StoredCertificate { handle, certificate, label, id });
        }
    }
    Ok(found)
}

/// The private keys that sign.
pub(super) fn keys(session: &Session) -> Result<Vec<StoredKey>, Error> {
    let template = Template::new().with(a::CLASS, ObjectClass::PrivateKey);
    let handles = session.find_objects(&template)?;
    let all = handles.into_iter().take(MAX_OBJECTS).map(|handle| StoredKey::read(session, handle));
    Ok(all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

impl StoredKey {
    fn read(session: &Session, handle: ObjectHandle) -> Result<Option<Self>, Error> {
        if value(session, handle, a::SIGN)? == Some(false) {
            return Ok(None);
        }
        let id = value(session, handle, a::ID)?.filter(|id| !id.is_empty());
        let modulus = value(session, handle, a::MODULUS)?;
        let point = match (&modulus, &id) {
            (None, Some(id)) => point_of(session, id)?,
            _ => None,
        };
        Ok(Some(Self {
            handle,
            label: value(session, handle, a::LABEL)?,
            id,
            always_authenticates: value(session, handle, a::ALWAYS_AUTHENTICATE)? == Some(true),
            kind: value(session, handle, a::KEY_TYPE)?,
            modulus,
            public_exponent: value(session, handle, a::PUBLIC_EXPONENT)?,
            point,
        }))
    }

    /// Finds it again after a new login, in one question: what it was known by tells it from all others
    /// (JAHIS 24-002 recommends modulus and exponent).
    pub(super) fn found_again(&self, session: &Session) -> Result<Option<ObjectHandle>, Error> {
        let mut template = Template::new().with(a::CLASS, ObjectClass::PrivateKey);
        if let (Some(modulus), Some(exponent)) = (&self.modulus, &self.public_exponent) {
            template = template.with(a::MODULUS, modulus.clone());
            template = template.with(a::PUBLIC_EXPONENT, exponent.clone());
        }
        if let Some(id) = &self.id {
            template = template.with(a::ID, id.clone());
        }
        if let Some(label) = &self.label {
            template = template.with(a::LABEL, label.clone());
        }
        Ok(session.find_objects(&template)?.into_iter().next())
    }

    /// Whether it is known to be the private half of that public key; nothing if the token does not
    /// say what would tell.
    pub(super) fn is_of(&self, public: &PublicKey) -> Option<bool> {
        if self.kind.is_some_and(|kind| !is_kind_of(kind, public)) {
            return Some(false);
        }
        if let Some((modulus, exponent)) = public.rsa_numbers() {
            let same = bare(self.modulus.as_deref()?) == bare(modulus);
            let exponent_fits =
                self.public_exponent.as_deref().is_none_or(|e| bare(e) == bare(exponent));
            return Some(same && exponent_fits);
        }
        // Some tokens wrap the point in an OCTET STRING, some do not; no point ends another.
        self.point.as_deref().map(|point| point.ends_with(public.bits()))
    }

    /// How people name it.
    pub(super) fn called(&self) -> String {
        let id: Vec<String> =
            self.id.iter().flatten().map(|octet| format!("%{octet:02X}")).collect();
        match (&self.label, id.is_empty()) {
            (Some(label), true) => format!("'{label}'"),
            (Some(label), false) => format!("'{label}' (id={})", id.concat()),
            (None, false) => format!("id={}", id.concat()),
            (None, true) => "a key without label and id".to_owned(),
        }
    }
}

fn is_kind_of(kind: KeyType, public: &PublicKey) -> bool {
    match public.kind() {
        KeyKind::Rsa { .. } => matches!(kind, KeyType::Rsa),
        KeyKind::Ec(_) => matches!(kind, KeyType::Ec),
        KeyKind::Ed25519 => matches!(kind, KeyType::EcEdwards),
        KeyKind::MlDsa(_) | KeyKind::Other(_) => matches!(kind, KeyType::Other(_)),
    }
}

fn point_of(session: &Session, id: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let template = Template::new().with(a::CLASS, ObjectClass::PublicKey).with(a::ID, id.to_vec());
    for handle in session.find_objects(&template)?.into_iter().take(MAX_OBJECTS) {
        if let Some(point) = value(session, handle, a::EC_POINT)? {
            return Ok(Some(point));
        }
    }
    Ok(None)
}

/// What the token says; nothing where it does not say or says nonsense.
pub(super) fn value<T: Value>(
    session: &Session,
    handle: ObjectHandle,
    attribute: Attribute<T>,
) -> Result<Option<T>, Error> {
    Ok(match session.attribute(handle, attribute)? {
        Answer::Value(value) => Some(value),
        Answer::Sensitive | Answer::NotReported | Answer::Malformed { .. } => None,
    })
}

/// A number without leading zeros: some write a sign octet, some do not.
fn bare(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}
