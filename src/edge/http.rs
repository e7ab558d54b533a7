//! Fetches over HTTP: certificates, revocation lists, OCSP answers, timestamps.
//!
//! What is fetched is evidence that carries its own signature, so plain HTTP is as good as HTTPS,
//! and usual (RFC 5280 §4.2.1.13). The dangers are another server's appetite for time and memory,
//! both bounded here. Redirects are not followed and no proxy is taken from the environment: the
//! user named this address. A password is for that address alone, and never sent in the clear.

mod error;
mod identity;
mod login;
mod tls;
mod transport;

pub use error::{HttpCause, HttpError};
pub use identity::{NotForTls, TlsIdentity};
pub use login::{BadLogin, Login};

use crate::der::certificate::Certificate;
use rustls::pki_types::CertificateDer;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;
use tls::Asked;
use transport::TlsConnector;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector as _, TcpConnector};
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

/// Whom an HTTP client believes beside the system's roots, and who it is.
#[derive(Debug, Default)]
pub struct Access {
    /// Certificates that the user trusts for servers.
    pub anchors: Vec<Certificate>,
    /// What is shown to servers that ask.
    pub identity: Option<TlsIdentity>,
    /// The name and password that are sent.
    pub login: Option<Login>,
}

/// An HTTP client. Trusted TLS roots are read from the system when the first https address is used.
pub struct HttpClient {
    limits: HttpLimits,
    access: Access,
    asked: Asked,
    plain: Agent,
    tls: OnceLock<Result<Agent, HttpCause>>,
}

impl HttpClient {
    /// A client within these limits, that is nobody.
    pub fn new(limits: HttpLimits) -> Self {
        Self::with(limits, Access::default())
    }

    /// A client within these limits.
    pub fn with(limits: HttpLimits, access: Access) -> Self {
        let connector = ().chain(TcpConnector::default());
        let plain = Agent::with_parts(config(limits), connector, DefaultResolver::default());
        Self { limits, access, asked: Asked::default(), plain, tls: OnceLock::new() }
    }

    /// Fetches what is at this address.
    pub fn get(&self, url: &str) -> Result<Vec<u8>, HttpError> {
        let fetch = || {
            let answer = self.agent(url)?.get(url).call().map_err(HttpCause::of)?;
            body_of(answer, self.limits.get_bytes)
        };
        self.told(url, fetch()).map(|(body, _)| body)
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
            let request = match &self.access.login {
                Some(login) => request.header("authorization", login.header(url)?),
                None => request,
            };
            body_of(request.send(body).map_err(HttpCause::of)?, self.limits.post_bytes)
        };
        let (body, given) = self.told(url, exchange())?;
        let as_expected = given.as_deref().is_some_and(|given| given.eq_ignore_ascii_case(accept));
        Ok(Answer { body, media_type: given, as_expected })
    }

    /// What failed, with what this client knows of it.
    fn told<T>(&self, url: &str, result: Result<T, HttpCause>) -> Result<T, HttpError> {
        let asked = self.asked.take();
        result.map_err(|cause| {
            let cause = match cause {
                HttpCause::Closed | HttpCause::Alert(_) if asked => match self.access.identity {
                    None => HttpCause::CertificateWanted,
                    Some(_) => HttpCause::CertificateRefused,
                },
                HttpCause::PasswordWanted if self.access.login.is_some() => {
                    HttpCause::PasswordRefused
                }
                other => other,
            };
            HttpError::new(url, cause)
        })
    }

    fn agent(&self, url: &str) -> Result<&Agent, HttpCause> {
        match url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
            Some("http") => Ok(&self.plain),
            Some("https") => {
                self.tls.get_or_init(|| self.tls_agent(roots())).as_ref().map_err(Clone::clone)
            }
            Some(_) | None => Err(HttpCause::Scheme),
        }
    }

    fn tls_agent(&self, mut roots: Vec<CertificateDer<'static>>) -> Result<Agent, HttpCause> {
        let of_user = self.access.anchors.iter();
        roots.extend(of_user.map(|anchor| CertificateDer::from(anchor.der().to_vec())));
        let settings = tls::config(roots, self.access.identity.as_ref(), &self.asked)?;
        let connector = ().chain(TcpConnector::default()).chain(TlsConnector::new(settings));
        Ok(Agent::with_parts(config(self.limits), connector, DefaultResolver::default()))
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new(HttpLimits::default())
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("limits", &self.limits)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

fn config(limits: HttpLimits) -> ureq::config::Config {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_connect(Some(limits.connect))
        .timeout_global(Some(limits.total))
        .user_agent(concat!("inkan/", env!("CARGO_PKG_VERSION")))
        .build()
}

fn roots() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// The content of a good answer, and the type the server gave it.
fn body_of(
    mut answer: http::Response<Body>,
    limit: u64,
) -> Result<(Vec<u8>, Option<String>), HttpCause> {
    let status = answer.status();
    if !status.is_success() {
        return Err(HttpCause::of_status(status.as_u16()));
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
        Err(error) => Err(match HttpCause::of(error) {
            HttpCause::Closed => HttpCause::Truncated,
            other => other,
        }),
    }
}

#[cfg(test)]
mod tests;
