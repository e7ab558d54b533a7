//! Certificates beside their keys on a token, and removing keys with all that belongs to them.

use super::keeper::{Held, Keeper, KeeperError};
use super::public;
use crate::der::certificate::Certificate;
use crate::der::{Tag, write};
use inkan_pkcs11::attribute::{self as a};
use inkan_pkcs11::{CertificateType, Error, ObjectClass, ObjectHandle, Template};

/// Public-key objects that are looked at.
const MAX_OBJECTS: usize = 4096;

/// What became of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stored {
    /// It is beside its key now; so many others are gone.
    New {
        /// How many it took the place of.
        replaced: usize,
    },
    /// It was there before.
    AlreadyThere,
}

/// What was removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Removed {
    /// Public-key objects.
    pub public_keys: usize,
    /// Certificates.
    pub certificates: usize,
    /// Objects of either kind that the token did not let go.
    pub left: usize,
}

impl Keeper {
    /// Whether the certificate is of the key: both public halves are compared.
    pub fn belongs(&self, key: &Held, certificate: &Certificate) -> Result<(), KeeperError> {
        match key.is_of(certificate.public_key()) {
            Some(true) => Ok(()),
            Some(false) => Err(KeeperError::OtherCertificate {
                token: self.token.called(),
                key: key.called(),
                certificate: certificate.subject().to_string(),
            }),
            None => Err(KeeperError::PublicHalfUnknown {
                token: self.token.called(),
                key: key.called(),
            }),
        }
    }

    /// Puts a certificate beside its key, under the label and identifier of the key.
    pub fn import(
        &self,
        key: &Held,
        certificate: &Certificate,
        replace: bool,
    ) -> Result<Stored, KeeperError> {
        self.belongs(key, certificate)?;
        let mut others = self.stored_certificates_of(key)?;
        let count = others.len();
        others.retain(|other| other.certificate != *certificate);
        let is_there = others.len() < count;
        if let Some(other) = others.first()
            && !replace
        {
            return Err(KeeperError::HasCertificate {
                token: self.token.called(),
                key: key.called(),
                certificate: other.certificate.subject().to_string(),
            });
        }
        if is_there && others.is_empty() {
            return Ok(Stored::AlreadyThere);
        }
        let failed = |error| self.failed(error);
        if !is_there {
            // The new one first: the key is never without a certificate.
            self.session.create_object(&template(key, certificate)).map_err(failed)?;
        }
        for other in &others {
            self.session.destroy_object(other.handle).map_err(failed)?;
        }
        Ok(Stored::New { replaced: others.len() })
    }

    /// Removes a key for ever: the private key first, so that an interruption leaves nothing that signs.
    pub fn remove(&self, key: &Held, keep_certificates: bool) -> Result<Removed, KeeperError> {
        let failed = |error| self.failed(error);
        let certificates =
            if keep_certificates { Vec::new() } else { self.stored_certificates_of(key)? };
        let public_keys = self.public_objects_of(key).map_err(failed)?;
        let certificates = certificates.into_iter().map(|stored| stored.handle).collect::<Vec<_>>();
        self.session.destroy_object(key.handle()).map_err(failed)?;
        // From here on the key is gone, whatever becomes of the rest.
        let gone = |objects: &[ObjectHandle]| {
            objects.iter().filter(|object| self.session.destroy_object(**object).is_ok()).count()
        };
        let (all, public_keys, certificates) =
            (public_keys.len() + certificates.len(), gone(&public_keys), gone(&certificates));
        let left = all.saturating_sub(public_keys).saturating_sub(certificates);
        Ok(Removed { public_keys, certificates, left })
    }

    /// The public-key objects with the public half of a key; where nobody can tell, none.
    fn public_objects_of(&self, key: &Held) -> Result<Vec<ObjectHandle>, Error> {
        let template = Template::new().with(a::CLASS, ObjectClass::PublicKey);
        let mut found = Vec::new();
        for object in self.session.find_objects(&template)?.into_iter().take(MAX_OBJECTS) {
            let told = public::told_by(&self.session, object)?;
            if told.is_some_and(|public| key.is_of(&public) == Some(true)) {
                found.push(object);
            }
        }
        Ok(found)
    }
}

/// PKCS#11 v2.40 §4.6.3; the names repeat what stands in the certificate, for those who search by them.
fn template(key: &Held, certificate: &Certificate) -> Template {
    let serial = write::element(Tag::INTEGER, certificate.serial());
    let mut template = Template::new()
        .with(a::CLASS, ObjectClass::Certificate)
        .with(a::CERTIFICATE_TYPE, CertificateType::X509)
        .with(a::TOKEN, true)
        .with(a::PRIVATE, false)
        .with(a::SUBJECT, certificate.subject().der().to_vec())
        .with(a::ISSUER, certificate.issuer().der().to_vec())
        .with(a::SERIAL_NUMBER, serial)
        .with(a::VALUE, certificate.der().to_vec());
    if let Some(label) = key.label() {
        template = template.with(a::LABEL, label);
    }
    if let Some(id) = key.id() {
        template = template.with(a::ID, id.to_vec());
    }
    template
}
