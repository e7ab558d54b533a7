//! The same for programs: `docs/schema/inkan.token-1.schema.json`.

use crate::check::token::TokenFinding;
use crate::digest::hex;
use crate::key::token::{
    Inside, LibraryFacts, MechanismFacts, ObjectFacts, ObjectKind, Seen, SlotFacts, TokenFacts,
};
use crate::policy::token::TokenProfile;
use crate::report::catalogue::Catalogue;
use crate::task::token::{Checked, TokenReport};
use serde_json::{Map, Value, json};

/// Renders a report.
pub fn json(report: &TokenReport, c: &Catalogue) -> String {
    let mut whole = Map::new();
    let mut add = |name: &str, value: Value| drop(whole.insert(name.to_owned(), value));
    add("schema", json!("inkan.token/1"));
    add("command", json!(report.asked.name()));
    add("at", json!(report.at.to_string()));
    add("libraries", report.libraries.iter().map(library).collect());
    if !report.profiles.is_empty() {
        add("profiles", report.profiles.iter().map(profile).collect());
    }
    if let Some(checked) = &report.checked {
        add("profile", json!(checked.profile.id));
        add("indication", json!(checked.indication().name()));
        add("findings", checked.findings.iter().map(|f| finding(f, checked, c)).collect());
    }
    format!("{:#}\n", Value::Object(whole))
}

fn profile(profile: &TokenProfile) -> Value {
    let (confirmed, unconfirmed) = profile.confidence();
    json!({
        "id": profile.id,
        "name": { "en": profile.name.en, "ja": profile.name.ja },
        "confirmed": confirmed,
        "unconfirmed": unconfirmed,
    })
}

fn library(library: &LibraryFacts) -> Value {
    let said = library.said.as_ref();
    json!({
        "path": library.path,
        "manufacturer": said.map(|said| &said.manufacturer),
        "description": said.map(|said| &said.description),
        "version": said.map(|said| &said.version),
        "cryptoki": said.map(|said| &said.cryptoki),
        "error": library.trouble.as_ref().map(|(error, _)| error),
        "hint": library.trouble.as_ref().map(|(_, hint)| hint),
        "slots": library.slots.iter().map(slot).collect::<Vec<_>>(),
    })
}

fn slot(slot: &SlotFacts) -> Value {
    json!({
        "number": slot.number,
        "description": slot.description,
        "manufacturer": slot.manufacturer,
        "removable": slot.removable,
        "hardware": slot.hardware,
        "token": slot.token.as_ref().map(token),
    })
}

fn token(token: &TokenFacts) -> Value {
    let mut value = json!({
        "label": token.label,
        "serial": token.serial,
        "model": token.model,
        "manufacturer": token.manufacturer,
        "hardware_version": token.hardware_version,
        "firmware_version": token.firmware_version,
        "flags": token.flags,
        "pin": { "state": token.pin.name(), "min": token.pin_min, "max": token.pin_max, "pad": token.pad },
        "login_required": token.login_required,
        "profile": token.profile,
        "recognised": token.recognised,
        "uri": token.uri,
    });
    if let (Some(inside), Some(members)) = (&token.inside, value.as_object_mut()) {
        add_inside(members, inside);
    }
    value
}

fn add_inside(members: &mut Map<String, Value>, inside: &Inside) {
    let rows: [(&str, Value); 5] = [
        ("initialised", json!(inside.initialised)),
        ("session", json!(inside.session)),
        ("logged_in", json!(inside.login == Seen::ByItsUser)),
        ("mechanisms", inside.mechanisms.iter().map(mechanism).collect()),
        ("objects", inside.objects.iter().map(object).collect()),
    ];
    members.extend(rows.map(|(name, value)| (name.to_owned(), value)));
}

fn mechanism(mechanism: &MechanismFacts) -> Value {
    let does = mechanism.does;
    json!({
        "name": mechanism.name,
        "min": does.map(|does| does.min),
        "max": does.map(|does| does.max),
        "sign": does.map(|does| does.sign),
        "verify": does.map(|does| does.verify),
        "digest": does.map(|does| does.digest),
        "generate_key_pair": does.map(|does| does.generate_key_pair),
        "hardware": does.map(|does| does.hardware),
    })
}

fn object(object: &ObjectFacts) -> Value {
    let attributes: Map<String, Value> = object
        .attributes
        .iter()
        .map(|(name, told)| ((*name).to_owned(), json!(told.name())))
        .collect();
    let certificate = match &object.kind {
        ObjectKind::Certificate(certificate) => json!({
            "subject": certificate.subject().to_string(),
            "not_before": certificate.not_before().to_string(),
            "not_after": certificate.not_after().to_string(),
            "sha256": certificate.fingerprint().to_string(),
            "key": certificate.public_key().kind().to_string(),
        }),
        ObjectKind::Unreadable | ObjectKind::PrivateKey | ObjectKind::PublicKey => Value::Null,
    };
    json!({
        "kind": object.kind.name(),
        "label": object.label,
        "id": object.id.as_deref().map(hex),
        "uri": object.uri,
        "private": object.seen == Seen::ByItsUser,
        "algorithm": object.algorithm.as_ref().map(|(name, _)| name),
        "bits": object.algorithm.as_ref().and_then(|(_, bits)| *bits),
        "certificate": certificate,
        "attributes": attributes,
    })
}

fn finding(finding: &TokenFinding, checked: &Checked, c: &Catalogue) -> Value {
    json!({
        "rule": finding.id(&checked.profile.id),
        "check": finding.check,
        "row": finding.row,
        "document": finding.source.document,
        "url": finding.source.url,
        "confirmed": finding.source.confirmed,
        "level": finding.level.name(),
        "about": finding.about,
        "outcome": finding.outcome.name(),
        "expected": c.say_utc(&finding.expected),
        "observed": c.say_utc(finding.outcome.seen()),
        "hint": super::hint(finding, c),
    })
}
