//! Why nothing came from a server, in plain words.

use crate::evidence::want::without_credentials;
use std::fmt;
use std::io;

/// Why nothing came from an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpError {
    url: String,
    cause: HttpCause,
}

impl HttpError {
    /// A failure at this address. A password in it is left out.
    pub fn new(url: &str, cause: HttpCause) -> Self {
        Self { url: without_credentials(url), cause }
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What went wrong.
    pub const fn cause(&self) -> &HttpCause {
        &self.cause
    }

    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self.cause {
            HttpCause::Scheme | HttpCause::BadUrl => "write http://HOST/PATH or https://HOST/PATH",
            HttpCause::NameNotFound => "check the host name and that this machine has a network",
            HttpCause::Refused => "check the port, and that the server and the firewall allow it",
            HttpCause::TimedOut => "try again later, or allow more time",
            HttpCause::Closed => "try again later; the server may want a client certificate",
            HttpCause::Status(300..=399) => "use the address that the server moved to",
            HttpCause::Status(401 | 403) => "check that you are allowed to use this server",
            HttpCause::Status(500..=599) => "the fault is the server's: try again later",
            HttpCause::Status(_) => "check the address",
            HttpCause::TooLarge(_) => "check that the address is the right one",
            HttpCause::NotTrusted(_) => "add the issuer of the server to the roots of the system",
            HttpCause::Tls(_) => "check that the address is one for https",
            HttpCause::NoRoots => "install ca-certificates, or set SSL_CERT_FILE",
            HttpCause::Other(_) => "try again later",
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.url, self.cause)
    }
}

impl std::error::Error for HttpError {}

/// What went wrong on the way to a server and back.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpCause {
    /// Neither http nor https.
    #[error("only http and https addresses are fetched")]
    Scheme,
    /// No address at all.
    #[error("this is no valid address")]
    BadUrl,
    /// The host has no address.
    #[error("the host name was not found")]
    NameNotFound,
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// It took too long.
    #[error("the server took too long")]
    TimedOut,
    /// The connection ended early.
    #[error("the server closed the connection")]
    Closed,
    /// The server said no.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is larger than the limit.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The certificate of the server does not check out.
    #[error("the certificate of the server is not trusted: {0}")]
    NotTrusted(String),
    /// TLS failed otherwise.
    #[error("no secure connection could be made: {0}")]
    Tls(String),
    /// The system trusts nobody.
    #[error("this system has no trusted roots for https")]
    NoRoots,
    /// Anything else, in the words of the library.
    #[error("{0}")]
    Other(String),
}

impl HttpCause {
    /// What an error of the library means.
    pub(super) fn of(error: ureq::Error) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "ureq::Error is non-exhaustive")]
        match error {
            ureq::Error::Io(error) => Self::of_io(&error),
            ureq::Error::Timeout(_) => Self::TimedOut,
            ureq::Error::HostNotFound => Self::NameNotFound,
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Self::BadUrl,
            ureq::Error::Rustls(error) => Self::of_tls(&error),
            ureq::Error::Tls(message) => Self::Tls(message.to_owned()),
            ureq::Error::BodyExceedsLimit(limit) => Self::TooLarge(limit),
            other => Self::Other(other.to_string()),
        }
    }

    fn of_io(error: &io::Error) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
            return Self::of_tls(tls);
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of io::Error have no end")]
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::TimedOut,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Other(error.to_string()),
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "rustls::Error is non-exhaustive")]
        match error {
            rustls::Error::InvalidCertificate(reason) => Self::NotTrusted(reason.to_string()),
            other => Self::Tls(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        for (url, shown) in [
            ("http://u:p@tsa.example/a@b", "http://tsa.example/a@b"),
            ("http://tsa.example:80", "http://tsa.example:80"),
            ("https://u@h?x", "https://h?x"),
            ("nonsense", "nonsense"),
        ] {
            let error = HttpError::new(url, HttpCause::Refused);
            assert_eq!(error.to_string(), format!("{shown}: the connection was refused"));
        }
    }

    #[test]
    fn a_name_without_an_address_is_said_to_be_unknown() {
        assert_eq!(HttpCause::of(ureq::Error::HostNotFound), HttpCause::NameNotFound);
    }
}
