//! Secures the connections to a lab, and knows its clients.

use super::{KeyCell, Lab, LabError, Member};
use crate::crypto::SignatureScheme;
use crate::der::algorithm::PublicKey;
use crate::edge::http::TlsIdentity;
use crate::key::{KeyError, SigningKey};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::SingleCertAndKey;
use rustls::{RootCertStore, ServerConfig};
use std::sync::Arc;

/// Who is let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clients {
    /// Anybody.
    Any,
    /// Those with a certificate under the root.
    Known,
}

/// The settings of a server that shows `tls-server` of this PKI.
pub(super) fn secured(pki: &Lab, clients: Clients) -> Result<Arc<ServerConfig>, LabError> {
    let server = member(pki, "tls-server")?;
    let tls = |error: &dyn std::fmt::Display| LabError::Key {
        name: "tls-server".to_owned(),
        source: KeyError::Failed(error.to_string()),
    };
    // Opened now, so that the key can be had without the lab.
    let (public_key, scheme) = {
        let key = server.key(pki)?;
        (key.public_key().clone(), key.scheme())
    };
    let cell = server.key.clone().ok_or_else(|| tls(&"it has no key"))?;
    let key = Arc::new(InLab { cell, public_key, scheme });
    let identity = TlsIdentity::new(key, &server.certificate, &[]);
    let identity = identity.map_err(|error| tls(&error))?;
    let engine = Arc::new(default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&engine))
        .with_safe_default_protocol_versions()
        .map_err(|error| tls(&error))?;
    let config = match clients {
        Clients::Any => config.with_no_client_auth(),
        Clients::Known => {
            let mut roots = RootCertStore::empty();
            let root = member(pki, "tls-root")?.certificate.der().to_vec();
            roots.add_parsable_certificates([CertificateDer::from(root)]);
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), engine);
            config.with_client_cert_verifier(verifier.build().map_err(|error| tls(&error))?)
        }
    };
    let shown = Arc::unwrap_or_clone(identity.certified());
    Ok(Arc::new(config.with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)))))
}

fn member<'a>(pki: &'a Lab, name: &str) -> Result<&'a Member, LabError> {
    let missing = || KeyError::Unsupported("there is no such entity".to_owned());
    pki.member(name).ok_or_else(|| LabError::Key { name: name.to_owned(), source: missing() })
}

/// The opened key of a member, which outlives the lab.
#[derive(Debug)]
struct InLab {
    cell: Arc<KeyCell>,
    public_key: PublicKey,
    scheme: SignatureScheme,
}

impl SigningKey for InLab {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let closed = || KeyError::Failed("the key was not opened".to_owned());
        self.cell.opened.get().ok_or_else(closed)?.sign(message)
    }
}
