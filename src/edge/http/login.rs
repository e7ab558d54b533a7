//! A name and a password for a server (RFC 7617).

use super::HttpCause;
use crate::key::Password;
use base64ct::{Base64, Encoding as _};
use std::fmt;
use ureq::http::HeaderValue;
use zeroize::Zeroizing;

/// A name and a password.
pub struct Login {
    user: String,
    password: Password,
}

/// A name that cannot be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the name of a user has no colon and no control characters in it (RFC 7617 §2)")]
pub struct BadLogin;

impl Login {
    /// The name ends at the first colon, so it must have none.
    pub fn new(user: &str, password: Password) -> Result<Self, BadLogin> {
        if user.is_empty() || user.contains(|c: char| c == ':' || c.is_control()) {
            return Err(BadLogin);
        }
        Ok(Self { user: user.to_owned(), password })
    }

    /// The value of the header for that address: nothing for one where others can listen. What is on
    /// this very machine needs no TLS.
    pub(super) fn header(&self, url: &str) -> Result<HeaderValue, HttpCause> {
        if !is_private(url) {
            return Err(HttpCause::PasswordInClear);
        }
        let parts = [self.user.as_bytes(), b":", self.password.expose()];
        let pair = Zeroizing::new(parts.concat());
        let value =
            Zeroizing::new(format!("Basic {}", *Zeroizing::new(Base64::encode_string(&pair))));
        let mut header = HeaderValue::from_str(&value).map_err(|_| HttpCause::BadUrl)?;
        header.set_sensitive(true);
        Ok(header)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

fn is_private(url: &str) -> bool {
    let Ok(uri) = url.parse::<ureq::http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let is_loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    uri.scheme_str() == Some("https") || is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user: &str) -> Result<Login, BadLogin> {
        Login::new(user, Password::from("open sesame".to_owned()))
    }

    #[test]
    fn a_password_goes_to_secured_addresses_and_to_this_machine_only() {
        let login = login("Aladdin").unwrap();
        for url in ["https://tsa.example/a", "http://127.0.0.1:8080/tsa", "http://[::1]/"] {
            // The example of RFC 7617 §2.
            let header = login.header(url).unwrap();
            assert_eq!(header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
            assert!(!format!("{header:?}").contains("QWxh"));
        }
        for url in
            ["http://tsa.example/", "http://127.0.0.1.evil.example/", "http://localhost/", "x"]
        {
            assert_eq!(login.header(url), Err(HttpCause::PasswordInClear), "{url}");
        }
    }

    #[test]
    fn a_name_with_a_colon_is_refused_and_nothing_is_shown() {
        for bad in ["", "a:b", "a\nb"] {
            assert_eq!(login(bad).unwrap_err(), BadLogin);
        }
        assert_eq!(format!("{:?}", login("tanaka").unwrap()), "Login(..)");
    }
}
