//! What a token says of itself, against the rows of its profile: recognition, login, quirks, validations.

use super::{Subject, TokenFinding, TokenOutcome, pkcs11};
use crate::key::token::{Inside, ObjectFacts, ObjectKind, PinState, PointForm, Seen};
use crate::policy::token::{Initialize, Quirk, QuirkRow, SessionKind, Validation};
use crate::rule::{Level, Phrase};

/// The word for what is not stated.
const UNTOLD: &str = "-";

pub(super) fn findings(subject: &Subject<'_>) -> Vec<TokenFinding> {
    let mut findings = vec![recognised(subject), initialised(subject), login_required(subject)];
    findings.extend([pin_state(subject), pin_length(subject), session(subject)]);
    findings
}

fn recognised(s: &Subject<'_>) -> TokenFinding {
    let (profile, token) = (s.profile, s.token);
    let row = profile.token.first();
    let source = row.map_or(("", false), |row| (row.source.as_str(), row.confirmed));
    let source = if row.is_some() { source } else { (profile.module.source.as_str(), true) };
    let seen = Phrase::new("seen.token-names")
        .with("manufacturer", &token.manufacturer)
        .with("model", &token.model)
        .with("label", &token.label);
    let outcome = match row {
        None => TokenOutcome::NotApplicable(Phrase::new("seen.token-generic")),
        Some(_) => TokenOutcome::of(token.recognised, seen),
    };
    let expected = Phrase::new("expect.token-recognised").with("profile", &profile.id);
    s.row("token-recognised", "token", source, Level::Warn, expected, outcome)
}

/// A library that was initialised without arguments is called by one thread, which none minds.
fn initialised(s: &Subject<'_>) -> TokenFinding {
    let module = &s.profile.module;
    let (wanted, used) = (module.initialize, s.inside.initialised);
    let holds = used == wanted.name() || used == Initialize::NullArgs.name();
    let outcome = TokenOutcome::of(holds, Phrase::new("seen.token-initialised").with("mode", used));
    let expected = Phrase::new("expect.token-initialised").with("mode", wanted.name());
    let source = (module.source.as_str(), module.confirmed);
    s.row("token-initialised", "module.initialize", source, Level::Warn, expected, outcome)
}

fn login_required(s: &Subject<'_>) -> TokenFinding {
    let seen = match s.token.login_required {
        true => Phrase::new("seen.token-login-required"),
        false => Phrase::new("seen.token-login-not-required"),
    };
    let outcome = TokenOutcome::of(s.token.login_required, seen);
    let expected = Phrase::new("expect.token-login-required");
    s.row("token-login-required", "login", s.login_source(), Level::Warn, expected, outcome)
}

fn pin_state(s: &Subject<'_>) -> TokenFinding {
    let state = s.token.pin;
    let seen = Phrase::new("seen.token-pin-state").with("state", state.name());
    let level = match state {
        PinState::NotSet | PinState::Locked => Level::Fail,
        PinState::Set | PinState::CountLow | PinState::FinalTry | PinState::ToBeChanged => {
            Level::Warn
        }
    };
    TokenFinding {
        check: "token-pin-state",
        row: "pin".to_owned(),
        source: pkcs11("9.2 Slot and token types", None),
        level,
        about: None,
        expected: Phrase::new("expect.token-pin-state"),
        outcome: TokenOutcome::of(state == PinState::Set, seen),
    }
}

fn pin_length(s: &Subject<'_>) -> TokenFinding {
    let row = &s.profile.login.pin;
    let wide = |length: Option<usize>| length.and_then(|length| u64::try_from(length).ok());
    let (wanted, told) = ((wide(row.min), wide(row.max)), (s.token.pin_min, s.token.pin_max));
    let shown = |length: Option<u64>| length.map_or_else(|| UNTOLD.to_owned(), |l| l.to_string());
    let seen =
        Phrase::new("seen.token-pin-length").with("min", shown(told.0)).with("max", shown(told.1));
    let agrees = |wanted: Option<u64>, told: Option<u64>| match (wanted, told) {
        (Some(wanted), Some(told)) => wanted == told,
        (None, _) | (_, None) => true,
    };
    let outcome = match (wanted, told) {
        ((None, None), _) => TokenOutcome::NotApplicable(seen),
        (_, (None, None)) => TokenOutcome::Unanswered(seen),
        _ => TokenOutcome::of(agrees(wanted.0, told.0) && agrees(wanted.1, told.1), seen),
    };
    let expected = Phrase::new("expect.token-pin-length")
        .with("min", shown(wanted.0))
        .with("max", shown(wanted.1));
    s.row("token-pin-length", "login.pin", s.login_source(), Level::Warn, expected, outcome)
}

fn session(s: &Subject<'_>) -> TokenFinding {
    let wanted = match s.profile.login.session {
        SessionKind::ReadOnly => "read-only",
        SessionKind::ReadWrite => "read-write",
    };
    let seen = Phrase::new("seen.token-session").with("kind", s.inside.session);
    let outcome = TokenOutcome::of(s.inside.session == wanted, seen);
    let expected = Phrase::new("expect.token-session").with("kind", wanted);
    s.row("token-session", "login.session", s.login_source(), Level::Fail, expected, outcome)
}

/// What is peculiar to such a token: seen, seen otherwise, or not to be seen from here.
pub(super) fn quirks(s: &Subject<'_>) -> Vec<TokenFinding> {
    s.profile.quirk.iter().map(|row| quirk(s, row)).collect()
}

fn quirk(s: &Subject<'_>, row: &QuirkRow) -> TokenFinding {
    let name = format!("quirk.{}", row.name.name());
    let source = (row.source.as_str(), row.confirmed);
    if row.name == Quirk::SoftwareKeys {
        let outcome = TokenOutcome::Violated(Phrase::new("seen.token-software-keys"));
        let expected = Phrase::new("expect.token-hardware-keys");
        return s.row("token-software-keys", name, source, Level::Warn, expected, outcome);
    }
    let outcome = match observed(row.name, s.inside) {
        Some(true) => TokenOutcome::Met(Phrase::new("seen.token-quirk")),
        Some(false) => TokenOutcome::Violated(Phrase::new("seen.token-quirk-otherwise")),
        None => TokenOutcome::NotApplicable(Phrase::new("seen.token-quirk-unseen")),
    };
    let expected = Phrase::new("expect.token-quirk").with("quirk", row.name.name());
    s.row("token-quirk", name, source, Level::Inform, expected, outcome)
}

/// Whether it is so; nothing where nothing that was looked at tells.
fn observed(quirk: Quirk, inside: &Inside) -> Option<bool> {
    let kind = |wanted: &'static str| {
        inside.objects.iter().filter(move |object| object.kind.name() == wanted)
    };
    let everything = inside.login == Seen::ByItsUser;
    let hashing = |prefix: &str| {
        let sha = |name: &str| name.contains("SHA");
        inside.mechanisms.iter().any(|m| m.name.starts_with(prefix) && sha(&m.name))
    };
    let rsa =
        || inside.mechanisms.iter().any(|m| m.name.contains("_RSA_PKCS") && m.name.contains("SHA"));
    let point = |form: PointForm| {
        let mut points = inside.objects.iter().filter_map(|object| object.point).peekable();
        points.peek().is_some().then(|| points.all(|seen| seen == form))
    };
    match quirk {
        Quirk::NoHashMechanism => Some(!rsa() && !hashing("CKM_ECDSA")),
        Quirk::NoHashMechanismForEcdsa => Some(!hashing("CKM_ECDSA")),
        Quirk::EcPointDerWrapped => point(PointForm::Wrapped),
        Quirk::EcPointRaw => point(PointForm::Raw),
        Quirk::CertificateObjectsAbsent => everything.then(|| kind("certificate").next().is_none()),
        Quirk::PublicKeyObjectAbsent => everything.then(|| kind("public-key").next().is_none()),
        Quirk::CertificatePrivate => {
            let mut certificates = kind("certificate").peekable();
            let private = |object: &ObjectFacts| object.seen == Seen::ByItsUser;
            (everything && certificates.peek().is_some()).then(|| certificates.all(private))
        }
        Quirk::CertificatesOfAuthorities => {
            let is_ca = |object: &ObjectFacts| match &object.kind {
                ObjectKind::Certificate(certificate) => certificate
                    .basic_constraints()
                    .is_ok_and(|basic| basic.is_some_and(|basic| basic.ca)),
                ObjectKind::Unreadable | ObjectKind::PrivateKey | ObjectKind::PublicKey => false,
            };
            inside.objects.iter().any(is_ca).then_some(true)
        }
        Quirk::AttributesConstant
        | Quirk::AttributesNotReported
        | Quirk::CertificateNamesAbsent
        | Quirk::ConfigurationFileNeeded
        | Quirk::KeyByModulus
        | Quirk::LoginStatePerApplication
        | Quirk::LogoutRemovesToken
        | Quirk::OneThread
        | Quirk::ReadWriteSessionsOnly
        | Quirk::SessionTimesOut
        | Quirk::SeveralPins
        | Quirk::SinglePartOnly
        | Quirk::SixteenSessions
        | Quirk::SlotWithoutLogin
        | Quirk::SoftwareKeys
        | Quirk::VirtualSlots => None,
    }
}

/// Validations that the maker declares.
pub(super) fn validations(s: &Subject<'_>) -> Vec<TokenFinding> {
    s.profile.validation.iter().map(|row| validation(s, row)).collect()
}

fn validation(s: &Subject<'_>, row: &Validation) -> TokenFinding {
    let expected = Phrase::new("expect.token-validation")
        .with("standard", &row.standard)
        .with("level", row.level)
        .with("module", &row.module);
    let until = row.valid_until.map(|date| date.to_string());
    // Both begin with year, month and day in digits, so that the earlier one sorts first.
    let is_over = until.as_ref().is_some_and(|until| *until < s.now.to_string());
    let firmware = &s.token.firmware_version;
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| UNTOLD.to_owned());
    let (outcome, level) = if is_over {
        let seen = Phrase::new("seen.token-validation-over").with("until", shown(&until));
        (TokenOutcome::Violated(seen), Level::Warn)
    } else {
        let validated = match row.firmware.as_slice() {
            [] => UNTOLD.to_owned(),
            some => some.join(", "),
        };
        let seen = Phrase::new("seen.token-validation")
            .with("number", shown(&row.number))
            .with("until", shown(&until))
            .with("validated", validated)
            .with("firmware", firmware);
        (TokenOutcome::Unanswered(seen), Level::Inform)
    };
    let name =
        format!("validation.{}-{}", row.standard.to_lowercase().replace(' ', "-"), row.level);
    let source = (row.source.as_str(), row.confirmed);
    s.row("token-validation", name, source, level, expected, outcome)
}
