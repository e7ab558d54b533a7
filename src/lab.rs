//! A whole test PKI in one process, NOT FOR PRODUCTION: its certificates, keys, revocation lists,
//! OCSP responders and time-stamping authorities, made from a declaration and served on loopback.
//!
//! Everything a hospital needs from outside to sign and verify is here in miniature, good and bad,
//! so that signing, long-term validation and every failure between can be tried without a card, an
//! account or a network. The names are fictitious and the password is public.
//!
//! ```no_run
//! use inkan::edge::clock::now;
//! use inkan::lab::{Declaration, Lab, LabServer};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let port = LabServer::bind()?;
//! let lab = Lab::make(Declaration::standard()?, "lab".as_ref(), port.base_url(), now())?;
//! let server = port.serve(lab, now)?;
//! println!("{}", server.lab().tsa_url("tsa-ec"));
//! # Ok(())
//! # }
//! ```
#![expect(
    clippy::disallowed_methods,
    reason = "the lab is a laboratory: it writes its files and opens its own loopback sockets"
)]

mod answer;
mod certificate;
mod crl;
mod declaration;
mod directory;
mod extension;
mod fault;
mod http;
mod making;
mod name;
mod ocsp;
mod server;
mod sha1;
mod tls;
mod token;
mod tsa;
mod value;

#[cfg(test)]
mod trial;

pub use declaration::{BadDeclaration, Declaration, Purpose};
pub use fault::{Fault, UnknownFault};
pub use server::{LabPort, LabServer};
pub use tls::Clients;

use crate::der::certificate::Certificate;
use crate::key::software::SoftwareKey;
use crate::key::{KeyError, Password};
use crate::policy::Role;
use crate::time::Instant;
use declaration::Entity;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// What every listing and file of a lab begins with.
pub const WARNING: &str =
    "NOT FOR PRODUCTION: a test PKI whose keys and password everybody can have";

/// A test PKI, made.
#[derive(Debug)]
pub struct Lab {
    declaration: Declaration,
    base_url: String,
    made_at: Instant,
    members: Vec<Member>,
}

/// One certificate of a lab and its key.
#[derive(Debug)]
pub struct Member {
    entity: Entity,
    certificate: Certificate,
    key: Option<Arc<KeyCell>>,
}

/// A key in memory, or in a file that is opened when the key is first needed.
#[derive(Debug)]
struct KeyCell {
    opened: OnceLock<SoftwareKey>,
    file: PathBuf,
}

/// Why there is no lab.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The declaration is wrong.
    #[error(transparent)]
    Declaration(#[from] BadDeclaration),
    /// A key could not be made, opened or used.
    #[error("the key of '{name}': {source}")]
    Key {
        /// The entity.
        name: String,
        /// What happened.
        source: KeyError,
    },
    /// A certificate that was made or found cannot be read.
    #[error("the certificate of '{name}': {source}")]
    Certificate {
        /// The entity.
        name: String,
        /// What is wrong.
        source: crate::der::Malformed,
    },
    /// A file could not be written or read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// A lab is made into a directory of its own.
    #[error("{} is not empty; name a new directory for the lab", .0.display())]
    NotEmpty(PathBuf),
    /// The directory holds no lab.
    #[error("{} holds no lab: {why}; make one first", path.display())]
    NotALab {
        /// The directory.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// A lab must not be reachable from outside.
    #[error("{0} is not a loopback address; a lab is served on 127.0.0.1 or [::1] only")]
    NotLoopback(SocketAddr),
    /// The port cannot be had.
    #[error("cannot listen on {address}: {source}; if another lab is running there, stop it first")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What happened.
        source: io::Error,
    },
}

impl Lab {
    /// Makes a lab in memory. `base_url` is where it will be served: certificates carry it.
    pub fn build(
        declaration: Declaration,
        base_url: String,
        now: Instant,
    ) -> Result<Self, LabError> {
        let members = making::members(&declaration, &base_url, now)?;
        Ok(Self { declaration, base_url, made_at: now, members })
    }

    /// Makes a lab and writes it into a new or empty directory.
    ///
    /// For each entity there are `NAME.crt` (PEM), `NAME.der`, `NAME.key` (encrypted PKCS #8, PEM)
    /// and `NAME.chain.pem` (its issuers below the root); then `password.txt`, `crl/NAME.crl`,
    /// `trust/` with the roots and `trust.toml`, `pki.toml` (the declaration), and `lab.toml`, which
    /// lists everything and is written last.
    pub fn make(
        declaration: Declaration,
        directory: &Path,
        base_url: String,
        now: Instant,
    ) -> Result<Self, LabError> {
        directory::prepare(directory)?;
        let lab = Self::build(declaration, base_url, now)?;
        directory::write(&lab, directory)?;
        Ok(lab)
    }

    /// Opens a lab that was made before. Its certificates carry [`Lab::base_url`], so it should be
    /// served there: [`LabServer::bind_for`].
    pub fn open(directory: &Path) -> Result<Self, LabError> {
        directory::open(directory)
    }

    /// Where it is served.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The moment that every validity and revocation is relative to.
    pub const fn made_at(&self) -> Instant {
        self.made_at
    }

    /// Everybody, in the order of the declaration.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Somebody by name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.entity.name == name)
    }

    /// The issuers of somebody, nearest first, down from but without the root.
    pub fn chain(&self, member: &Member) -> Vec<&Member> {
        let issuer_of = |member: &Member| self.member(member.entity.issuer.as_deref()?);
        // References go upwards in the file only, so this ends.
        std::iter::successors(issuer_of(member), |issuer| issuer_of(issuer))
            .filter(|issuer| issuer.entity.issuer.is_some())
            .collect()
    }

    /// The trust anchors with their roles.
    pub fn anchors(&self) -> impl Iterator<Item = (&Member, &[Role])> {
        let trusted = self.members.iter().filter(|member| !member.entity.anchor.is_empty());
        trusted.map(|member| (member, member.entity.anchor.as_slice()))
    }

    /// Where a time-stamping authority answers.
    pub fn tsa_url(&self, name: &str) -> String {
        format!("{}/tsa/{name}", self.base_url)
    }

    /// Where an OCSP responder answers.
    pub fn ocsp_url(&self, name: &str) -> String {
        format!("{}/ocsp/{name}", self.base_url)
    }

    /// Where a revocation list is.
    pub fn crl_url(&self, name: &str) -> String {
        format!("{}/crl/{name}.crl", self.base_url)
    }

    /// One of these URLs with these faults asked for.
    pub fn faulty(&self, faults: &[Fault], url: &str) -> String {
        let path = url.strip_prefix(&self.base_url).unwrap_or(url);
        let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
        format!("{}/fault/{}{path}", self.base_url, faults.join(","))
    }
}

impl Member {
    /// Its name in the lab, in file names and in URLs.
    pub fn name(&self) -> &str {
        &self.entity.name
    }

    /// What it is for.
    pub const fn purpose(&self) -> Purpose {
        self.entity.purpose
    }

    /// What it is, in words.
    pub fn note(&self) -> &str {
        &self.entity.note
    }

    /// The one thing that is wrong with it, where it is a bad specimen.
    pub fn defect(&self) -> Option<&str> {
        self.entity.defect.as_deref()
    }

    /// Its certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether there is a private key; a specimen may have been made for a public key alone.
    pub const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Its private key, opened if need be with the password of the lab.
    pub fn key(&self, lab: &Lab) -> Result<&SoftwareKey, LabError> {
        let nobody = || KeyError::Unsupported("nobody has the private half".to_owned());
        let failed = |source| LabError::Key { name: self.entity.name.clone(), source };
        let cell = self.key.as_ref().ok_or_else(|| failed(nobody()))?;
        if let Some(key) = cell.opened.get() {
            return Ok(key);
        }
        let file = |source| LabError::File { path: cell.file.clone(), source };
        let sealed = std::fs::read(&cell.file).map_err(file)?;
        let password = Password::from(lab.declaration.password.clone());
        let key = SoftwareKey::open(&sealed, Some(&password)).map_err(failed)?;
        Ok(cell.opened.get_or_init(|| key))
    }
}
