//! A test PKI as data: who exists, what each certificate says, and which services answer.
//!
//! A declaration is read in two steps: [`written`] is the file as typed; [`Declaration`] is what it
//! means, with every `like` filled in and every name known to exist.

mod written;

use super::extension::Extensions;
use super::name::DistinguishedName;
use super::value::{HashName, KeyChoice, NamedOid, Octets, Offset};
use crate::policy::Role;
use serde::{Deserialize, Serialize};
use written::Written;

/// A whole test PKI, every reference in it resolved.
#[derive(Clone, Debug)]
pub struct Declaration {
    text: String,
    /// The password of every key file.
    pub(super) password: String,
    pub(super) entities: Vec<Entity>,
    pub(super) crls: Vec<CrlService>,
    pub(super) tsas: Vec<TsaService>,
    pub(super) responders: Vec<OcspService>,
}

/// What is wrong with a declaration.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadDeclaration {
    /// The file does not have the shape of a declaration.
    #[error("the declaration cannot be read: {0}")]
    Shape(String),
    /// A name stands for nothing that was declared before.
    #[error("'{at}' refers to {what} '{name}', which is not declared before it")]
    Unknown {
        /// The entity or service with the reference.
        at: String,
        /// What it refers to.
        what: &'static str,
        /// By which name.
        name: String,
    },
    /// Two things have one name.
    #[error("'{0}' is declared twice")]
    Twice(String),
    /// A name becomes part of file names and URLs.
    #[error("'{0}' is no usable name: use a to z, 0 to 9 and '-'")]
    Name(String),
    /// Something that every entity needs and neither it nor its model says.
    #[error("'{at}' does not say its {field}")]
    Missing {
        /// The entity.
        at: String,
        /// What it should say.
        field: &'static str,
    },
}

/// What an entity is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Issues certificates.
    Ca,
    /// A person who signs.
    Signer,
    /// An organisation that seals.
    Organisation,
    /// Makes timestamps.
    Tsa,
    /// Answers for a CA whether certificates are revoked.
    Ocsp,
}

/// One certificate and its key.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub name: String,
    pub purpose: Purpose,
    pub note: String,
    pub defect: Option<String>,
    pub subject: DistinguishedName,
    pub issuer: Option<String>,
    pub issuer_name: Option<DistinguishedName>,
    pub key: KeyChoice,
    pub serial: Option<Octets>,
    pub signature: Option<OldSignature>,
    pub from: Offset,
    pub until: Offset,
    pub anchor: Vec<Role>,
    pub revoked: Option<Revocation>,
    pub extensions: Extensions,
}

/// That a certificate is revoked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revocation {
    pub at: Offset,
    pub reason: Reason,
}

/// RFC 5280 §5.3.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Reason {
    Unspecified,
    KeyCompromise,
    #[serde(rename = "cACompromise")]
    CaCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    CertificateHold,
    PrivilegeWithdrawn,
}

impl Reason {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
        }
    }
}

/// A way of signing that the issuer's key has no longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OldSignature {
    /// ECDSA with SHA-1, by an issuer on P-256.
    EcdsaSha1,
}

/// A revocation list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CrlService {
    pub name: String,
    pub issuer: String,
    /// Its number when the lab is made; it grows with the clock.
    pub number: u64,
    /// How long ago it was issued when it is fetched.
    pub age: Offset,
    /// From thisUpdate to nextUpdate.
    pub lifetime: Offset,
    #[serde(default)]
    pub scope: Scope,
    /// The distribution point that the list says it is for.
    pub point: Option<DistinguishedName>,
}

/// Which certificates a list is about.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scope {
    #[default]
    All,
    /// Only CA certificates, which a critical issuingDistributionPoint says.
    Ca,
}

/// A time-stamping service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TsaService {
    pub entity: String,
    pub policy: NamedOid,
    pub digests: Vec<HashName>,
    pub accuracy: Option<Accuracy>,
    #[serde(default)]
    pub ordering: bool,
    /// How far its clock is off.
    pub clock: Option<Offset>,
}

/// RFC 3161 §2.4.2; millis and micros are 1 to 999.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accuracy {
    pub seconds: Option<u32>,
    pub millis: Option<u16>,
    pub micros: Option<u16>,
}

/// A responder that answers for the issuer of its own certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OcspService {
    pub entity: String,
    /// From thisUpdate to nextUpdate.
    pub lifetime: Offset,
}

impl Declaration {
    /// The test PKI that comes with inkan.
    pub fn standard() -> Result<Self, BadDeclaration> {
        Self::parse(include_str!("../../testdata/pki.toml"))
    }

    /// Who secures the connections to it: a root, a server, a client and a stranger.
    pub fn tls() -> Result<Self, BadDeclaration> {
        Self::parse(include_str!("../../testdata/tls.toml"))
    }

    /// Reads a declaration in TOML.
    pub fn parse(text: &str) -> Result<Self, BadDeclaration> {
        let written: Written =
            toml::from_str(text).map_err(|e| BadDeclaration::Shape(e.to_string()))?;
        let mut entities = Vec::new();
        for entity in written.entity {
            let resolved = entity.resolve(&entities)?;
            entities.push(resolved);
        }
        let declaration = Self {
            text: text.to_owned(),
            password: written.password,
            entities,
            crls: written.crl,
            tsas: written.tsa,
            responders: written.ocsp,
        };
        declaration.check_references()?;
        Ok(declaration)
    }

    /// The declaration as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn check_references(&self) -> Result<(), BadDeclaration> {
        for (index, crl) in self.crls.iter().enumerate() {
            usable(&crl.name)?;
            if self.crls.iter().take(index).any(|other| other.name == crl.name) {
                return Err(BadDeclaration::Twice(crl.name.clone()));
            }
            find(&self.entities, &crl.name, "the issuer", &crl.issuer)?;
        }
        for name in
            self.tsas.iter().map(|t| &t.entity).chain(self.responders.iter().map(|o| &o.entity))
        {
            find(&self.entities, name, "the entity", name)?;
        }
        for entity in &self.entities {
            let unknown = |what, name: &str| BadDeclaration::Unknown {
                at: entity.name.clone(),
                what,
                name: name.to_owned(),
            };
            if let Some(crl) =
                entity.extensions.crl().filter(|n| self.crls.iter().all(|c| c.name != **n))
            {
                return Err(unknown("the crl", crl));
            }
            if let Some(ocsp) =
                entity.extensions.ocsp().filter(|n| self.responders.iter().all(|o| o.entity != **n))
            {
                return Err(unknown("the responder", ocsp));
            }
        }
        Ok(())
    }
}

fn usable(name: &str) -> Result<(), BadDeclaration> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !name.is_empty() && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(BadDeclaration::Name(name.to_owned()))
    }
}

fn find<'a>(
    entities: &'a [Entity],
    at: &str,
    what: &'static str,
    name: &str,
) -> Result<&'a Entity, BadDeclaration> {
    entities.iter().find(|entity| entity.name == name).ok_or_else(|| BadDeclaration::Unknown {
        at: at.to_owned(),
        what,
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::software::KeyAlgorithm;

    const ROOT: &str = r#"
        password = "p"
        [[entity]]
        name = "root"
        note = "a root"
        purpose = "ca"
        subject = ["CN=Root"]
        key = "p256"
        from = "-1d"
        until = "+1d"
    "#;

    fn refused(more: &str) -> BadDeclaration {
        Declaration::parse(&format!("{ROOT}{more}")).unwrap_err()
    }

    #[test]
    fn the_declaration_that_comes_with_inkan_is_sound() {
        let standard = Declaration::standard().unwrap();
        assert!(standard.entities.iter().filter(|e| e.defect.is_some()).count() >= 20);
        let rsa = KeyChoice::New(KeyAlgorithm::Rsa2048);
        let rsa = standard.entities.iter().filter(|e| e.key == rsa).count();
        assert!(rsa <= 5, "each RSA key costs making time");
    }

    #[test]
    fn an_entity_like_another_says_only_what_differs() {
        let text = format!(
            "{ROOT}
            [[entity]]
            name = 'twin'
            like = 'root'
            note = 'expired'
            defect = 'expired'
            key = 'same-as:root'
            until = '-1h'"
        );
        let declaration = Declaration::parse(&text).unwrap();
        let (root, twin) = (&declaration.entities[0], &declaration.entities[1]);
        assert_eq!(twin.subject, root.subject);
        assert_ne!(twin.until, root.until);
    }

    #[test]
    fn what_is_not_declared_before_cannot_be_referred_to() {
        let entity = "[[entity]]\nname = 'a'\nnote = ''\nlike = 'root'\n";
        for more in [
            format!("{entity}key = 'same-as:b'"),
            format!("{entity}key = 'p256'\nissuer = 'b'"),
            format!("{entity}key = 'p256'\nextensions.distribution-point = {{ crl = 'b' }}"),
            format!("{entity}key = 'p256'\nextensions.authority-access = {{ ocsp = 'b' }}"),
            "[[crl]]\nname='a'\nissuer='b'\nnumber=1\nage='1h'\nlifetime='2h'".to_owned(),
            "[[ocsp]]\nentity='b'\nlifetime='2h'".to_owned(),
        ] {
            assert!(
                matches!(refused(&more), BadDeclaration::Unknown { name, .. } if name == "b"),
                "{more}"
            );
        }
    }

    #[test]
    fn names_are_unique_and_safe_in_paths() {
        let entity =
            |name| format!("[[entity]]\nname = '{name}'\nnote = ''\nlike = 'root'\nkey = 'p256'");
        assert_eq!(refused(&entity("root")), BadDeclaration::Twice("root".to_owned()));
        assert_eq!(refused(&entity("../x")), BadDeclaration::Name("../x".to_owned()));
    }

    #[test]
    fn a_field_that_nobody_knows_is_refused() {
        assert!(matches!(refused("colour = 'red'"), BadDeclaration::Shape(_)));
    }
}
