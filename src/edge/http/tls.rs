//! How connections are secured: what is offered, who is believed, and who we say that we are.

use super::HttpCause;
use super::identity::TlsIdentity;
use crate::policy::TlsOffer;
use crate::policy::tls::Offered;
use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SignatureScheme, SupportedCipherSuite};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the server of the last handshake asked who we are. Servers that demand an answer and get
/// none often hang up without a word, and then this is all there is to tell the user.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked(Arc<AtomicBool>);

impl Asked {
    /// Whether it was asked since this was called last.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

/// The settings of every connection of a client. Nothing in inkan turns the examination of the
/// server off.
pub(super) fn config(
    roots: Vec<CertificateDer<'_>>,
    identity: Option<&TlsIdentity>,
    asked: &Asked,
) -> Result<Arc<ClientConfig>, HttpCause> {
    let mut store = RootCertStore::empty();
    // Roots that cannot be read are left out; with none at all no https address can be used.
    store.add_parsable_certificates(roots);
    if store.is_empty() {
        return Err(HttpCause::NoRoots);
    }
    let failed = |error: rustls::Error| HttpCause::Tls(error.to_string());
    let resolver = Resolver { key: identity.map(TlsIdentity::certified), asked: asked.clone() };
    let config = ClientConfig::builder_with_provider(Arc::new(provider()?))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(failed)?
        .with_root_certificates(store)
        .with_client_cert_resolver(Arc::new(resolver));
    Ok(Arc::new(config))
}

/// The engine with what the offer lists, in its order.
fn provider() -> Result<CryptoProvider, HttpCause> {
    let offer = TlsOffer::embedded().map_err(|error| HttpCause::Tls(error.to_string()))?;
    let suite = |offered: &Offered| {
        let mut all = aws_lc_rs::ALL_CIPHER_SUITES.iter();
        all.find(|suite| u16::from(suite.suite()) == offered.code).copied()
    };
    let group = |offered: &Offered| {
        let mut all = aws_lc_rs::ALL_KX_GROUPS.iter();
        all.find(|group| u16::from(group.name()) == offered.code).copied()
    };
    let cipher_suites: Vec<SupportedCipherSuite> = offer.suites.iter().filter_map(suite).collect();
    let kx_groups: Vec<&'static dyn SupportedKxGroup> =
        offer.groups.iter().filter_map(group).collect();
    Ok(CryptoProvider { cipher_suites, kx_groups, ..aws_lc_rs::default_provider() })
}

/// Answers a server that asks who we are, and remembers that it did.
#[derive(Debug)]
struct Resolver {
    key: Option<Arc<CertifiedKey>>,
    asked: Asked,
}

impl ResolvesClientCert for Resolver {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.0.store(true, Ordering::SeqCst);
        self.key.clone()
    }

    /// Always, so that a server that asks is noticed.
    fn has_certs(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_the_list_offers_is_offered_in_its_order_and_nothing_else() {
        let (offer, provider) = (TlsOffer::embedded().unwrap(), provider().unwrap());
        let listed = |offered: &[Offered]| offered.iter().map(|o| o.code).collect::<Vec<_>>();
        let suites: Vec<u16> =
            provider.cipher_suites.iter().map(|suite| u16::from(suite.suite())).collect();
        let groups: Vec<u16> =
            provider.kx_groups.iter().map(|group| u16::from(group.name())).collect();
        assert_eq!((suites, groups), (listed(&offer.suites), listed(&offer.groups)));
    }
}
