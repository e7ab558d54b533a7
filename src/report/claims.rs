//! What a signer claims beside the time, for programs and for people. That it is claimed only is said
//! with every part of it.

use super::catalogue::{Catalogue, escaped};
use super::role::Role;
use crate::ades;
use crate::der::cades::policy::SignaturePolicy;
use crate::der::cades::signer::{Backing, SignerLocation};
use crate::digest::hex;
use crate::oid::{self, Oid};
use serde::Serialize;

/// The claims of a signature; what is null or empty is not claimed.
#[derive(Debug, Serialize)]
pub(super) struct Claims {
    content_description: Option<String>,
    content_type: Option<String>,
    mime_type: Option<String>,
    content_identifier: Option<String>,
    content_reference: Option<String>,
    commitments: Vec<Commitment>,
    location: Option<Location>,
    roles: Vec<ClaimedRole>,
    attributes: Vec<ClaimedAttribute>,
    policy: Option<Policy>,
}

#[derive(Debug, Serialize)]
struct Commitment {
    oid: String,
    name: String,
}

#[derive(Debug, Serialize)]
struct Location {
    country: Option<String>,
    locality: Option<String>,
    address: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ClaimedRole {
    role: Role,
    backing: &'static str,
}

#[derive(Debug, Serialize)]
struct ClaimedAttribute {
    oid: String,
    texts: Vec<String>,
    backing: &'static str,
}

/// The policy named; without an identifier it is implied.
#[derive(Debug, Serialize)]
struct Policy {
    oid: Option<String>,
    uri: Option<String>,
}

impl Claims {
    /// The claims, named in the language of the catalogue.
    pub(super) fn of(claims: &ades::Claims, c: &Catalogue) -> Self {
        let hints = claims.content_hints.as_ref();
        let description = hints.and_then(|hints| hints.description.clone());
        let roles = claims.signer.roles.iter();
        let attributes = claims.signer.attributes.iter();
        Self {
            content_description: description.map(|text| escaped(&text)),
            content_type: hints.map(|hints| hints.content_type.to_string()),
            mime_type: claims.mime_type.as_ref().map(|text| escaped(text)),
            content_identifier: claims.content_identifier.as_ref().map(|id| hex(id)),
            content_reference: claims.content_reference.as_ref().map(|r| hex(&r.identifier)),
            commitments: claims.commitments.iter().map(|kind| commitment(kind, c)).collect(),
            location: claims.location.as_ref().map(location),
            roles: roles
                .map(|(role, by)| ClaimedRole { role: Role::of(role), backing: backing(*by) })
                .collect(),
            attributes: attributes
                .map(|attribute| ClaimedAttribute {
                    oid: attribute.kind.to_string(),
                    texts: attribute.texts.iter().map(|text| escaped(text)).collect(),
                    backing: backing(attribute.backing),
                })
                .collect(),
            policy: claims.policy.as_ref().map(policy),
        }
    }

    /// The same for people: what it is, and what is claimed.
    pub(super) fn lines(&self, claims: &ades::Claims, c: &Catalogue) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let mut say = |label: &str, text: String| lines.push((label.to_owned(), text));
        let content = [&self.content_description, &self.mime_type].into_iter().flatten();
        let content: Vec<&str> = content.map(String::as_str).collect();
        if !content.is_empty() {
            say(c.label("claim-content"), content.join(", "));
        }
        if let Some(id) = &self.content_identifier {
            say(c.label("claim-identifier"), id.clone());
        }
        if let Some(id) = &self.content_reference {
            say(c.label("claim-reference"), id.clone());
        }
        for commitment in &self.commitments {
            say(c.label("claim-commitment"), commitment.name.clone());
        }
        if let Some(place) = &self.location {
            say(c.label("claim-location"), place.text());
        }
        for (role, by) in &claims.signer.roles {
            let by = c.word("backing", backing(*by));
            say(c.label("claim-role"), format!("{} ({by})", Role::of(role).shown(c)));
        }
        for attribute in &claims.signer.attributes {
            let by = c.word("backing", backing(attribute.backing));
            let texts = escaped(&attribute.texts.join(", "));
            let text = [named(&attribute.kind), texts].join(" ");
            say(c.label("claim-role"), format!("{} ({by})", text.trim_end()));
        }
        if let Some(policy) = &self.policy {
            let implied = c.label("claim-policy-implied");
            say(c.label("claim-policy"), policy.oid.as_deref().unwrap_or(implied).to_owned());
        }
        lines
    }
}

fn named(kind: &Oid) -> String {
    oid::name(kind).map_or_else(|| kind.to_string(), str::to_owned)
}

fn commitment(kind: &Oid, c: &Catalogue) -> Commitment {
    let oid = kind.to_string();
    Commitment { name: c.word("commitment", &oid).to_owned(), oid }
}

fn location(location: &SignerLocation) -> Location {
    Location {
        country: location.country.as_ref().map(|text| escaped(text)),
        locality: location.locality.as_ref().map(|text| escaped(text)),
        address: location.address.iter().map(|text| escaped(text)).collect(),
    }
}

impl Location {
    fn text(&self) -> String {
        let parts = self.address.iter().chain(&self.locality).chain(&self.country);
        parts.cloned().collect::<Vec<_>>().join(", ")
    }
}

const fn backing(backing: Backing) -> &'static str {
    match backing {
        Backing::Claimed => "claimed",
        Backing::AttributeCertificate => "attribute-certificate",
    }
}

fn policy(policy: &SignaturePolicy) -> Policy {
    match policy {
        SignaturePolicy::Implied => Policy { oid: None, uri: None },
        SignaturePolicy::Explicit { id, uri, .. } => {
            Policy { oid: Some(id.to_string()), uri: uri.as_ref().map(|uri| escaped(uri)) }
        }
    }
}
