//! The file as typed, and how it gets its meaning.

use super::{
    BadDeclaration, CrlService, Entity, OcspService, OldSignature, Purpose, Revocation, TsaService,
    find, usable,
};
use crate::lab::extension::{ExtensionKind, Extensions};
use crate::lab::name::DistinguishedName;
use crate::lab::value::{KeyChoice, Octets, Offset};
use crate::policy::Role;
use serde::Deserialize;

/// The file as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Written {
    pub password: String,
    pub entity: Vec<WrittenEntity>,
    #[serde(default)]
    pub crl: Vec<CrlService>,
    #[serde(default)]
    pub tsa: Vec<TsaService>,
    #[serde(default)]
    pub ocsp: Vec<OcspService>,
}

/// An entity as typed. `like` lends what the certificate says; what makes an entity itself (its
/// note, key, serial number, revocation, trust) is never lent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WrittenEntity {
    name: String,
    like: Option<String>,
    note: String,
    defect: Option<String>,
    purpose: Option<Purpose>,
    subject: Option<DistinguishedName>,
    issuer: Option<String>,
    issuer_name: Option<DistinguishedName>,
    key: KeyChoice,
    serial: Option<Octets>,
    signature: Option<OldSignature>,
    from: Option<Offset>,
    until: Option<Offset>,
    #[serde(default)]
    anchor: Vec<Role>,
    revoked: Option<Revocation>,
    #[serde(default)]
    extensions: Extensions,
    #[serde(default)]
    without: Vec<ExtensionKind>,
}

impl WrittenEntity {
    /// What it means after those before it.
    pub(super) fn resolve(self, before: &[Entity]) -> Result<Entity, BadDeclaration> {
        usable(&self.name)?;
        if before.iter().any(|other| other.name == self.name) {
            return Err(BadDeclaration::Twice(self.name));
        }
        let model = match &self.like {
            Some(like) => Some(find(before, &self.name, "the model", like)?),
            None => None,
        };
        if let KeyChoice::SameAs(twin) = &self.key {
            find(before, &self.name, "the key of", twin)?;
        }
        // A self-signed entity says so with its own name; a model's issuer is lent otherwise.
        let issuer = self.issuer.or_else(|| model.and_then(|m| m.issuer.clone()));
        let issuer = issuer.filter(|issuer| *issuer != self.name);
        if let Some(issuer) = &issuer {
            find(before, &self.name, "the issuer", issuer)?;
        }
        let missing = |field| BadDeclaration::Missing { at: self.name.clone(), field };
        let mut extensions =
            self.extensions.over(model.map(|m| m.extensions.clone()).unwrap_or_default());
        for kind in self.without {
            extensions.remove(kind);
        }
        Ok(Entity {
            purpose: self.purpose.or(model.map(|m| m.purpose)).ok_or_else(|| missing("purpose"))?,
            subject: self
                .subject
                .or_else(|| model.map(|m| m.subject.clone()))
                .ok_or_else(|| missing("subject"))?,
            from: self.from.or(model.map(|m| m.from)).ok_or_else(|| missing("from"))?,
            until: self.until.or(model.map(|m| m.until)).ok_or_else(|| missing("until"))?,
            name: self.name,
            note: self.note,
            defect: self.defect,
            issuer,
            issuer_name: self.issuer_name,
            key: self.key,
            serial: self.serial,
            signature: self.signature,
            anchor: self.anchor,
            revoked: self.revoked,
            extensions,
        })
    }
}
