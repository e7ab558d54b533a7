//! Fetches over HTTP: certificates, revocation lists, OCSP answers, timestamps.
//!
//! What is fetched is evidence that carries its own signature, so plain HTTP is as good as HTTPS,
//! and usual (RFC 5280 §4.2.1.13). The dangers are another server's appetite for time and memory,
//! both bounded here. Redirects are not followed and no proxy is taken from the environment: the
//! user named this address.

mod error;

pub use error::{HttpCause, HttpError};

use rustls::pki_types::CertificateDer;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, http};

/// How long and how much.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HttpLimits {
    /// Until a connection stands.
    pub connect: Duration,
    /// From the first step to the last byte.
    pub total: Duration,
    /// Bytes of an answer to GET: the largest revocation lists in use are some tens of MiB.
    pub get_bytes: u64,
    /// Bytes of an answer to POST: an OCSP answer or a timestamp with its certificates.
    pub post_bytes: u64,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(30),
            get_bytes: 64 << 20,
            post_bytes: 1 << 20,
        }
    }
}

/// What a server answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The content.
    pub body: Vec<u8>,
    /// The type that the server gave it, without parameters.
    pub media_type: Option<String>,
    /// Whether that is the type asked for. Servers err in this and the content decides, so it is
    /// for the caller to mention when the content is no good either.
    pub as_expected: bool,
}

/// An HTTP client. Trusted TLS roots are read from the system when the first https address is used.
pub struct HttpClient {
    limits: HttpLimits,
    plain: Agent,
    tls: OnceLock<Result<Agent, HttpCause>>,
}

impl HttpClient {
    /// A client within these limits.
    pub fn new(limits: HttpLimits) -> Self {
        let plain = configured(limits, TlsConfig::default());
        Self { limits, plain, tls: OnceLock::new() }
    }

    /// Fetches what is at this address.
    pub fn get(&self, url: &str) -> Result<Vec<u8>, HttpError> {
        let fetch = || {
            let answer = self.agent(url)?.get(url).call().map_err(HttpCause::of)?;
            body_of(answer, self.limits.get_bytes)
        };
        fetch().map(|(body, _)| body).map_err(|cause| HttpError::new(url, cause))
    }

    /// Sends a request and returns the answer to it.
    pub fn post(
        &self,
        url: &str,
        media_type: &str,
        body: &[u8],
        accept: &str,
    ) -> Result<Answer, HttpError> {
        let exchange = || {
            let request = self.agent(url)?.post(url);
            let request = request.header("content-type", media_type).header("accept", accept);
            body_of(request.send(body).map_err(HttpCause::of)?, self.limits.post_bytes)
        };
        let (body, given) = exchange().map_err(|cause| HttpError::new(url, cause))?;
        let as_expected = given.as_deref().is_some_and(|given| given.eq_ignore_ascii_case(accept));
        Ok(Answer { body, media_type: given, as_expected })
    }

    fn agent(&self, url: &str) -> Result<&Agent, HttpCause> {
        match url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
            Some("http") => Ok(&self.plain),
            Some("https") => {
                let tls = self.tls.get_or_init(|| tls_agent(self.limits, system_roots()));
                tls.as_ref().map_err(Clone::clone)
            }
            Some(_) | None => Err(HttpCause::Scheme),
        }
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new(HttpLimits::default())
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn configured(limits: HttpLimits, tls: TlsConfig) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_connect(Some(limits.connect))
        .timeout_global(Some(limits.total))
        .user_agent(concat!("inkan/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls)
        .build()
        .new_agent()
}

fn tls_agent(limits: HttpLimits, roots: Vec<CertificateDer<'_>>) -> Result<Agent, HttpCause> {
    if roots.is_empty() {
        return Err(HttpCause::NoRoots);
    }
    let roots: Vec<_> =
        roots.iter().map(|root| Certificate::from_der(root.as_ref()).to_owned()).collect();
    let engine = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(engine)
        .root_certs(RootCerts::new_with_certs(&roots))
        .build();
    Ok(configured(limits, tls))
}

/// Roots that cannot be read are left out; with none at all no https address can be used.
fn system_roots() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// The content of a good answer, and the type the server gave it.
fn body_of(
    mut answer: http::Response<Body>,
    limit: u64,
) -> Result<(Vec<u8>, Option<String>), HttpCause> {
    let status = answer.status();
    if !status.is_success() {
        return Err(HttpCause::Status(status.as_u16()));
    }
    if answer.body().content_length().is_some_and(|length| length > limit) {
        return Err(HttpCause::TooLarge(limit));
    }
    let media_type = answer.body().mime_type().map(str::to_owned);
    // The library refuses what reaches its limit, also when that is the end.
    let reader = answer.body_mut().with_config().limit(limit.saturating_add(1));
    match reader.read_to_vec() {
        Ok(body) => Ok((body, media_type)),
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(HttpCause::TooLarge(limit)),
        Err(error) => Err(HttpCause::of(error)),
    }
}

#[cfg(test)]
mod tests;
