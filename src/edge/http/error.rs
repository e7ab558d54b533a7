//! Why nothing came from a server, in plain words.

use crate::evidence::want::without_credentials;
use crate::oid::Oid;
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
            HttpCause::Closed | HttpCause::Truncated => {
                "try again later, and look at what stands between here and the server"
            }
            HttpCause::Redirected(_) => "use the address that the server moved to",
            HttpCause::PasswordWanted => {
                "give --tsa-user and --tsa-password-source, or write both into tsa.toml"
            }
            HttpCause::PasswordRefused => {
                "check the user and the password with the operator; inkan does not try again by itself"
            }
            HttpCause::PasswordInClear => "use the https address of this server",
            HttpCause::CertificateWanted => {
                "give --tsa-key and --tsa-cert, or write both into tsa.toml"
            }
            HttpCause::CertificateRefused => {
                "check with the operator that this certificate is registered, valid and with its CAs"
            }
            HttpCause::Forbidden => {
                "check with the operator that you are allowed to use this server"
            }
            HttpCause::NotFound => "check the address, letter by letter, with the operator's",
            HttpCause::WrongType(_) => {
                "check that the address is that of the service and not of a page about it"
            }
            HttpCause::OtherPolicy { .. } => {
                "ask the operator which policy it offers you, and tell it that it answered wrongly"
            }
            HttpCause::Status(500..=599 | 429 | 408) => {
                "the fault is the server's: try again later"
            }
            HttpCause::Status(_) => "check the address",
            HttpCause::TooLarge(_) => "check that the address is the right one",
            HttpCause::NotTrusted(_) => {
                "if the server is the right one: `inkan trust add --role tls FILE` with its root"
            }
            HttpCause::Alert(_) => {
                "the server must speak TLS 1.3, or TLS 1.2 with ECDHE and AES-GCM or ChaCha20: ask its operator"
            }
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
    /// The connection ended before an answer.
    #[error("the server closed the connection")]
    Closed,
    /// The answer ended before its end.
    #[error("the answer ended before it was whole")]
    Truncated,
    /// The server sent elsewhere.
    #[error("the server sends elsewhere (status {0}), and that is not followed")]
    Redirected(u16),
    /// The server wants a password and got none.
    #[error("the server asks for a user and a password (status 401)")]
    PasswordWanted,
    /// The server does not take the password.
    #[error("the server does not accept the user or the password (status 401)")]
    PasswordRefused,
    /// A password would go over a line that others can read.
    #[error("a password is not sent to an http address, where others could read it")]
    PasswordInClear,
    /// The server asked for a client certificate, got none and ended the connection.
    #[error("the server asked for a client certificate, and there is none to show")]
    CertificateWanted,
    /// The server asked for a client certificate and does not take the one it got.
    #[error("the server does not accept the client certificate")]
    CertificateRefused,
    /// The server knows us and says no.
    #[error("the server does not allow this (status 403)")]
    Forbidden,
    /// Nothing is there.
    #[error("there is nothing at this address (status 404)")]
    NotFound,
    /// What came is something else than was asked for, and says so.
    #[error("the answer is of type {0}, and no answer of this kind")]
    WrongType(String),
    /// A timestamp came under another policy than was asked for.
    #[error("the token is of policy {given}, and {asked} was asked for")]
    OtherPolicy {
        /// What was asked for.
        asked: Oid,
        /// What came.
        given: Oid,
    },
    /// The server said no.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is larger than the limit.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The certificate of the server does not check out.
    #[error("the certificate of the server is not trusted: {0}")]
    NotTrusted(String),
    /// The server ended the handshake.
    #[error("the server refused the secure connection: {0}")]
    Alert(String),
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

    /// What a status means that is no success.
    pub(super) const fn of_status(status: u16) -> Self {
        match status {
            300..=399 => Self::Redirected(status),
            401 => Self::PasswordWanted,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            other => Self::Status(other),
        }
    }

    /// Whether the same request may fare better a little later.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::NameNotFound
            | Self::Refused
            | Self::TimedOut
            | Self::Closed
            | Self::Truncated
            | Self::Status(408 | 429 | 500..=599)
            | Self::Other(_) => true,
            Self::Scheme
            | Self::BadUrl
            | Self::Redirected(_)
            | Self::PasswordWanted
            | Self::PasswordRefused
            | Self::PasswordInClear
            | Self::CertificateWanted
            | Self::CertificateRefused
            | Self::Forbidden
            | Self::NotFound
            | Self::WrongType(_)
            | Self::OtherPolicy { .. }
            | Self::Status(_)
            | Self::TooLarge(_)
            | Self::NotTrusted(_)
            | Self::Alert(_)
            | Self::Tls(_)
            | Self::NoRoots => false,
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
            rustls::Error::AlertReceived(alert) => Self::Alert(format!("{alert:?}")),
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
