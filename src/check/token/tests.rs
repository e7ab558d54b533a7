//! Findings over tokens that are made up.

use super::*;
use crate::key::token::{
    MechanismFacts, MechanismUse, ObjectFacts, ObjectKind, PinState, Seen, Told,
};
use crate::rule::Level;

fn profile(name: &str) -> TokenProfile {
    let all = TokenProfile::embedded().unwrap();
    all.into_iter().find(|profile| profile.id == name).unwrap()
}

fn token() -> TokenFacts {
    TokenFacts {
        label: "HPKI Application".into(),
        serial: "1".into(),
        model: "ISO 7816-15:2016".into(),
        manufacturer: "maker".into(),
        hardware_version: "1.00".into(),
        firmware_version: "1.00".into(),
        flags: Vec::new(),
        pin: PinState::Set,
        pin_min: Some(4),
        pin_max: Some(16),
        login_required: true,
        pad: false,
        profile: "hpki-card".into(),
        recognised: true,
        uri: "pkcs11:serial=1".into(),
        inside: None,
    }
}

fn key(attributes: &[(&'static str, Told)]) -> ObjectFacts {
    ObjectFacts {
        kind: ObjectKind::PrivateKey,
        label: Some("key".into()),
        id: None,
        uri: "pkcs11:object=key".into(),
        seen: Seen::ByItsUser,
        algorithm: None,
        point: None,
        attributes: attributes.to_vec(),
    }
}

fn inside(objects: Vec<ObjectFacts>) -> Inside {
    let does = MechanismUse {
        min: 2048,
        max: 2048,
        sign: true,
        verify: false,
        digest: false,
        generate_key_pair: false,
        hardware: true,
    };
    Inside {
        initialised: "null-args",
        session: "read-only",
        login: Seen::ByItsUser,
        mechanisms: vec![MechanismFacts { name: "CKM_RSA_PKCS".into(), does: Some(does) }],
        objects,
    }
}

const GOOD: [(&str, Told); 2] =
    [("CKA_EXTRACTABLE", Told::False), ("CKA_ALWAYS_AUTHENTICATE", Told::True)];

/// What became of the rows with that end, under a profile.
fn outcomes(name: &str, token: &TokenFacts, inside: &Inside, row: &str) -> Vec<&'static str> {
    let profile = profile(name);
    let now = "2026-11-20T00:00:00Z".parse().unwrap();
    let all = findings(&Subject { profile: &profile, token, inside, now });
    for finding in &all {
        assert!(NAMES.contains(&finding.check), "{}", finding.check);
    }
    all.iter().filter(|f| f.row.ends_with(row)).map(|f| f.outcome.name()).collect()
}

#[test]
fn a_card_as_the_guideline_has_it_meets_every_row_that_can_be_seen() {
    let (token, inside) = (token(), inside(vec![key(&GOOD)]));
    let profile = profile("hpki-card");
    let now = "2026-11-20T00:00:00Z".parse().unwrap();
    let all = findings(&Subject { profile: &profile, token: &token, inside: &inside, now });
    let open = |f: &&TokenFinding| {
        matches!(f.outcome, TokenOutcome::Violated(_) | TokenOutcome::Unanswered(_))
    };
    assert_eq!(all.iter().filter(open).collect::<Vec<_>>(), Vec::<&TokenFinding>::new());
    assert_eq!(outcomes("hpki-card", &token, &inside, "CKA_SENSITIVE"), ["not-applicable"]);
    assert_eq!(outcomes("hpki-card", &token, &inside, "no-hash-mechanism"), ["met"]);
}

#[test]
fn a_key_that_can_leave_or_be_read_fails_and_silence_is_not_consent() {
    let token = token();
    let of = |attribute, told| {
        let inside = inside(vec![key(&[(attribute, told)])]);
        outcomes("generic", &token, &inside, attribute)
    };
    assert_eq!(of("CKA_EXTRACTABLE", Told::True), ["violated"]);
    assert_eq!(of("CKA_EXTRACTABLE", Told::False), ["met"]);
    assert_eq!(of("CKA_EXTRACTABLE", Told::NotReported), ["unanswered"]);
    assert_eq!(of("CKA_SENSITIVE", Told::False), ["violated"]);
    assert_eq!(of("CKA_SENSITIVE", Told::Malformed), ["unanswered"]);
    // Only what the profile says may be left out may be.
    let silent = inside(vec![key(&[])]);
    assert_eq!(outcomes("hpki-card", &token, &silent, "CKA_EXTRACTABLE"), ["unanswered"]);
    assert_eq!(outcomes("hpki-card", &token, &silent, "CKA_SENSITIVE"), ["not-applicable"]);
}

#[test]
fn what_the_library_always_says_is_no_evidence_but_what_it_admits_is() {
    let token = token();
    let constant = TokenProfile::embedded()
        .unwrap()
        .into_iter()
        .find(|profile| profile.has(crate::policy::token::Quirk::AttributesConstant));
    let name = constant.unwrap().id;
    let with = |told| inside(vec![key(&[("CKA_EXTRACTABLE", told)])]);
    assert_eq!(outcomes(&name, &token, &with(Told::False), "CKA_EXTRACTABLE"), ["not-applicable"]);
    assert_eq!(outcomes(&name, &token, &with(Told::True), "CKA_EXTRACTABLE"), ["violated"]);
}

#[test]
fn keys_that_were_not_looked_at_are_not_called_good() {
    let openly = Inside { login: Seen::Openly, ..inside(Vec::new()) };
    assert_eq!(outcomes("hpki-card", &token(), &openly, "CKA_EXTRACTABLE"), ["unanswered"]);
    let empty = inside(Vec::new());
    assert_eq!(outcomes("hpki-card", &token(), &empty, "CKA_EXTRACTABLE"), ["not-applicable"]);
}

#[test]
fn each_row_that_differs_is_told() {
    let good = inside(Vec::new());
    let strange = TokenFacts {
        recognised: false,
        pin: PinState::Locked,
        pin_max: Some(8),
        login_required: false,
        ..token()
    };
    for row in ["token", "pin", "login.pin", "login"] {
        let seen = outcomes("hpki-card", &strange, &good, row);
        assert!(seen.contains(&"violated"), "{row}: {seen:?}");
    }
    let bare = Inside { mechanisms: Vec::new(), initialised: "os-locking", ..good.clone() };
    assert_eq!(outcomes("hpki-card", &token(), &bare, "rsa-pkcs1-sha256"), ["violated"]);
    assert_eq!(outcomes("hpki-card", &token(), &bare, "module.initialize"), ["violated"]);
    let silent = TokenFacts { pin_min: None, pin_max: None, ..token() };
    assert_eq!(outcomes("hpki-card", &silent, &good, "login.pin"), ["unanswered"]);
}

#[test]
fn a_validation_is_declared_or_over_and_never_met() {
    let cloud = profile("aws-cloudhsm");
    let (token, inside) = (token(), inside(Vec::new()));
    let now = "2026-11-20T00:00:00Z".parse().unwrap();
    let all = findings(&Subject { profile: &cloud, token: &token, inside: &inside, now });
    let validations: Vec<(&str, Level)> = all
        .iter()
        .filter(|f| f.check == "token-validation")
        .map(|f| (f.outcome.name(), f.level))
        .collect();
    assert_eq!(validations, [("unanswered", Level::Inform), ("violated", Level::Warn)]);
}
