//! PKCS#11 URIs (RFC 7512): the names of tokens and of what is on them.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// What a URI asks for: every part that is there must fit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Uri {
    /// The label of the token.
    pub token: Option<String>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The number of the slot; it may change when readers are plugged in.
    pub slot: Option<u64>,
    /// The label of the object.
    pub object: Option<String>,
    /// The identifier of the object.
    pub id: Option<Vec<u8>>,
    /// The library.
    pub module: Option<PathBuf>,
}

/// Why a text is no URI that can be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadUri {
    /// It does not begin as one.
    #[error("a PKCS#11 URI begins with 'pkcs11:'")]
    Scheme,
    /// A part has no value.
    #[error("the part '{0}' has no value")]
    NoValue(String),
    /// Two parts say the same thing.
    #[error("'{0}' is given twice")]
    Twice(String),
    /// A part that inkan does not know; it may narrow down what is meant.
    #[error("'{0}' is not understood")]
    Unknown(String),
    /// A value that cannot be read.
    #[error("the value of '{0}' cannot be read")]
    Value(String),
    /// The PIN itself; it would be seen by everybody who lists processes.
    #[error("a PIN must not stand in a URI")]
    Pin,
}

impl FromStr for Uri {
    type Err = BadUri;

    fn from_str(text: &str) -> Result<Self, BadUri> {
        let rest = text.strip_prefix("pkcs11:").ok_or(BadUri::Scheme)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let parts = path.split(';').chain(query.split('&')).filter(|part| !part.is_empty());
        let mut uri = Self::default();
        for part in parts {
            let (name, value) =
                part.split_once('=').ok_or_else(|| BadUri::NoValue(part.to_owned()))?;
            uri.take(name, value)?;
        }
        Ok(uri)
    }
}

impl Uri {
    fn take(&mut self, name: &str, value: &str) -> Result<(), BadUri> {
        let octets = || decoded(value).ok_or_else(|| BadUri::Value(name.to_owned()));
        let text = || {
            let text = String::from_utf8(octets()?);
            text.map_err(|_| BadUri::Value(name.to_owned()))
        };
        match name {
            "token" => once(&mut self.token, name, text()?),
            "manufacturer" => once(&mut self.manufacturer, name, text()?),
            "model" => once(&mut self.model, name, text()?),
            "serial" => once(&mut self.serial, name, text()?),
            "object" => once(&mut self.object, name, text()?),
            "id" => once(&mut self.id, name, octets()?),
            "module-path" => once(&mut self.module, name, PathBuf::from(text()?)),
            "slot-id" => {
                let number = value.parse().map_err(|_| BadUri::Value(name.to_owned()))?;
                once(&mut self.slot, name, number)
            }
            // Whoever signs signs with a private key.
            "type" if value == "private" => Ok(()),
            "type" => Err(BadUri::Value(name.to_owned())),
            "pin-value" | "pin-source" => Err(BadUri::Pin),
            _ => Err(BadUri::Unknown(name.to_owned())),
        }
    }

    /// Whether an object of that label and identifier is meant.
    pub fn means(&self, label: Option<&str>, id: Option<&[u8]>) -> bool {
        self.object.as_deref().is_none_or(|wanted| label == Some(wanted))
            && self.id.as_deref().is_none_or(|wanted| id == Some(wanted))
    }
}

fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), BadUri> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(BadUri::Twice(name.to_owned())),
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        let digit = |octet: Option<u8>| char::from(octet?).to_digit(16);
        octets.push(match octet {
            b'%' => u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?,
            other => other,
        });
    }
    Some(octets)
}

impl fmt::Display for Uri {
    /// As it may be typed again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [
            ("token", &self.token),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
            ("serial", &self.serial),
            ("object", &self.object),
        ];
        let texts = texts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let mut parts: Vec<String> =
            texts.map(|(name, value)| format!("{name}={}", encoded(value.as_bytes()))).collect();
        parts.extend(self.slot.map(|slot| format!("slot-id={slot}")));
        parts.extend(self.id.as_ref().map(|id| {
            let octets: Vec<String> = id.iter().map(|octet| format!("%{octet:02X}")).collect();
            format!("id={}", octets.concat())
        }));
        write!(f, "pkcs11:{}", parts.join(";"))?;
        match &self.module {
            Some(path) => {
                write!(f, "?module-path={}", encoded(path.to_string_lossy().as_bytes()))
            }
            None => Ok(()),
        }
    }
}

/// RFC 7512 §2.3: what a path attribute may hold as it is.
fn encoded(octets: &[u8]) -> String {
    let one = |octet: &u8| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
            char::from(*octet).to_string()
        }
        other => format!("%{other:02X}"),
    };
    octets.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_read_and_written_as_it_was() {
        let text = "pkcs11:token=HPKI%20Application;serial=0001;object=%E9%8D%B5;id=%17%1A\
                    ?module-path=/usr/lib/HpkiSigP11.so";
        let uri: Uri = text.parse().unwrap();
        assert_eq!(uri.token.as_deref(), Some("HPKI Application"));
        assert_eq!(uri.object.as_deref(), Some("鍵"));
        assert_eq!(uri.id.as_deref(), Some(&[0x17, 0x1a][..]));
        assert_eq!(uri.to_string(), text);
        assert!(uri.means(Some("鍵"), Some(&[0x17, 0x1a])));
        assert!(!uri.means(Some("鍵"), None));
        assert!(Uri::default().means(None, None));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_a_pin_is_not_repeated() {
        for (text, error) in [
            ("file:key", BadUri::Scheme),
            ("pkcs11:token", BadUri::NoValue("token".into())),
            ("pkcs11:token=a;token=b", BadUri::Twice("token".into())),
            ("pkcs11:tokn=a", BadUri::Unknown("tokn".into())),
            ("pkcs11:id=%1", BadUri::Value("id".into())),
            ("pkcs11:object=%ff", BadUri::Value("object".into())),
            ("pkcs11:type=cert", BadUri::Value("type".into())),
            ("pkcs11:token=a?pin-value=1234", BadUri::Pin),
        ] {
            assert_eq!(text.parse::<Uri>().unwrap_err(), error, "{text}");
        }
        let told = "pkcs11:?pin-value=1234".parse::<Uri>().unwrap_err().to_string();
        assert!(!told.contains("1234"));
    }
}
