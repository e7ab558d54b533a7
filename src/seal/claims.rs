//! What a signer may claim beside the content (EN 319 122-1 §5.2). Nothing proves it; it is signed.

use super::prepare::attribute;
use crate::der::write;
use crate::oid::{self, Oid};

/// Characters of a name of a place (X.520 ub-locality-name), of a role (ub-title), and of a type of content;
/// nobody writes longer ones.
const MAX_TEXT: usize = 128;

/// Claims to be signed. Without any there are none of their attributes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Claims {
    /// What the signature means to say.
    pub commitment: Option<Commitment>,
    /// Where it is signed: a place by its name.
    pub location: Option<String>,
    /// In which position or function it is signed.
    pub role: Option<String>,
    /// How the content wants to be shown.
    pub presentation: Option<Presentation>,
}

/// What a signature means to say (RFC 5126 §5.11.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Commitment {
    /// The signer made, approved and sent the content.
    Origin,
    /// The signer received it.
    Receipt,
    /// A service delivered it to the recipient's local store.
    Delivery,
    /// The signer sent it, and need not have made it.
    Sender,
    /// The signer approved it.
    Approval,
    /// The signer made it, and need not have approved or sent it.
    Creation,
}

/// How the content wants to be shown. A signature says it in one way or in the other (EN 319 122-1 §6.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Presentation {
    /// By its MIME type, in the attribute for that.
    MimeType(String),
    /// By a description inside content-hints.
    Hints(String),
}

/// A claim that cannot be written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unclaimable {
    /// There is nothing in it, or too much.
    #[error("{0} must have 1 to 128 characters")]
    Length(&'static str),
    /// It is no MIME type.
    #[error("{0} is no MIME type, such as application/pdf")]
    MimeType(String),
}

impl Commitment {
    /// Every commitment.
    pub const ALL: [Self; 6] =
        [Self::Origin, Self::Receipt, Self::Delivery, Self::Sender, Self::Approval, Self::Creation];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Receipt => "receipt",
            Self::Delivery => "delivery",
            Self::Sender => "sender",
            Self::Approval => "approval",
            Self::Creation => "creation",
        }
    }

    const fn oid(self) -> Oid {
        match self {
            Self::Origin => oid::PROOF_OF_ORIGIN,
            Self::Receipt => oid::PROOF_OF_RECEIPT,
            Self::Delivery => oid::PROOF_OF_DELIVERY,
            Self::Sender => oid::PROOF_OF_SENDER,
            Self::Approval => oid::PROOF_OF_APPROVAL,
            Self::Creation => oid::PROOF_OF_CREATION,
        }
    }
}

impl Claims {
    /// The attributes.
    pub(super) fn attributes(&self) -> Result<Vec<Vec<u8>>, Unclaimable> {
        let mut all = Vec::new();
        if let Some(commitment) = self.commitment {
            let indication = write::sequence([write::oid(commitment.oid())]);
            all.push(attribute(oid::COMMITMENT_TYPE, &indication));
        }
        if let Some(location) = &self.location {
            let locality = write::explicit(1, &write::utf8(fitting(location, "the location")?));
            all.push(attribute(oid::SIGNER_LOCATION, &write::sequence([locality])));
        }
        if let Some(role) = &self.role {
            let title = attribute(oid::TITLE, &write::utf8(fitting(role, "the role")?));
            let claimed = write::explicit(0, &write::sequence([title]));
            all.push(attribute(oid::SIGNER_ATTRIBUTES_V2, &write::sequence([claimed])));
        }
        all.extend(self.presentation.as_ref().map(Presentation::attribute).transpose()?);
        Ok(all)
    }
}

impl Presentation {
    fn attribute(&self) -> Result<Vec<u8>, Unclaimable> {
        match self {
            Self::MimeType(kind) if is_mime_type(kind) => {
                Ok(attribute(oid::MIME_TYPE, &write::utf8(fitting(kind, "the MIME type")?)))
            }
            Self::MimeType(other) => Err(Unclaimable::MimeType(other.clone())),
            // ContentHints ::= SEQUENCE { contentDescription UTF8String OPTIONAL, contentType } (RFC 2634 §2.9)
            Self::Hints(text) => {
                let description = write::utf8(fitting(text, "the description")?);
                let hints = write::sequence([description, write::oid(oid::DATA)]);
                Ok(attribute(oid::CONTENT_HINTS, &hints))
            }
        }
    }
}

fn fitting<'a>(text: &'a str, what: &'static str) -> Result<&'a str, Unclaimable> {
    let fits = (1..=MAX_TEXT).contains(&text.chars().count());
    if fits { Ok(text) } else { Err(Unclaimable::Length(what)) }
}

/// `type/subtype`, with parameters or without (RFC 2045 §5.1): printable ASCII throughout.
fn is_mime_type(text: &str) -> bool {
    let printable = text.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    let essence = text.split(';').next().unwrap_or_default().trim();
    let token = |part: &str| {
        let special = |b: u8| b"()<>@,;:\\\"/[]?= ".contains(&b);
        !part.is_empty() && !part.bytes().any(special)
    };
    printable && essence.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::cades::content::mime_type;
    use crate::der::cades::signer::{SignerAttributes, SignerLocation};
    use crate::der::tlv::{Reader, Tag};

    /// The value of the only attribute, which must be of that kind.
    fn value(claims: &Claims, kind: Oid) -> Vec<u8> {
        let all = claims.attributes().unwrap();
        assert_eq!(all.len(), 1);
        let mut reader = Reader::only(&all[0], Tag::SEQUENCE, "x").unwrap().reader();
        assert_eq!(reader.expect(Tag::OID).unwrap().oid().unwrap(), kind);
        reader.expect(Tag::SET).unwrap().content.to_vec()
    }

    #[test]
    fn what_is_claimed_is_read_again() {
        let claims = Claims { location: Some("東京都".to_owned()), ..Claims::default() };
        let read = SignerLocation::parse(&value(&claims, oid::SIGNER_LOCATION)).unwrap();
        assert_eq!(read.locality.as_deref(), Some("東京都"));

        let claims = Claims { role: Some("当直医".to_owned()), ..Claims::default() };
        let value_of_role = value(&claims, oid::SIGNER_ATTRIBUTES_V2);
        let read = SignerAttributes::parse_v2(&value_of_role).unwrap();
        assert_eq!(read.attributes[0].kind, oid::TITLE);
        assert_eq!(read.attributes[0].texts, ["当直医"]);

        let pdf = Presentation::MimeType("application/pdf".to_owned());
        let claims = Claims { presentation: Some(pdf), ..Claims::default() };
        assert_eq!(mime_type(&value(&claims, oid::MIME_TYPE)).unwrap(), "application/pdf");

        let claims = Claims { commitment: Some(Commitment::Approval), ..Claims::default() };
        let expected = write::sequence([write::oid(oid::PROOF_OF_APPROVAL)]);
        assert_eq!(value(&claims, oid::COMMITMENT_TYPE), expected);
        assert_eq!(Claims::default().attributes().unwrap(), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn claims_of_no_length_or_too_much_are_refused_and_so_is_what_is_no_mime_type() {
        let role = |text: &str| Claims { role: Some(text.to_owned()), ..Claims::default() };
        assert!(role(&"医".repeat(128)).attributes().is_ok());
        for text in ["", &"医".repeat(129)] {
            assert_eq!(role(text).attributes(), Err(Unclaimable::Length("the role")));
        }
        let fits = |text: &str| Presentation::MimeType(text.to_owned()).attribute().is_ok();
        assert!(fits("text/plain; charset=\"utf-8\""));
        for text in ["pdf", "application/", "/pdf", "application/pdf\n", "a b/c", "文/書"] {
            assert!(!fits(text), "{text}");
        }
    }
}
