//! Whether private keys are protected, and whether keys to sign and keys to log in are apart.

use super::{Cited, Subject, TokenFinding, TokenOutcome, pkcs11};
use crate::der::certificate::Certificate;
use crate::der::extension::KeyUsage;
use crate::key::token::{ObjectFacts, ObjectKind, Seen, Told};
use crate::policy::token::{PerSignature, Quirk};
use crate::rule::{Level, Phrase};

/// An attribute of a private key, and what it should be.
struct Demand {
    check: &'static str,
    attribute: &'static str,
    wanted: Told,
    level: Level,
}

/// The page on what is said of private keys.
const PRIVATE_KEYS: &str = "group__SEC__10__9__PRIVATE__KEY__OBJECTS.html";

/// A key that can leave the token, or be read, is not one of the token's any more.
const DEMANDS: [Demand; 5] = [
    demand("token-key-extractable", "CKA_EXTRACTABLE", Told::False, Level::Fail),
    demand("token-key-sensitive", "CKA_SENSITIVE", Told::True, Level::Fail),
    demand("token-key-history", "CKA_NEVER_EXTRACTABLE", Told::True, Level::Warn),
    demand("token-key-history", "CKA_ALWAYS_SENSITIVE", Told::True, Level::Warn),
    demand("token-key-history", "CKA_LOCAL", Told::True, Level::Warn),
];

/// JAHIS 24-002: the PIN is verified for every signature of a signing card.
const AUTHENTICATES: Demand =
    demand("token-key-authenticates", "CKA_ALWAYS_AUTHENTICATE", Told::True, Level::Warn);

const fn demand(
    check: &'static str,
    attribute: &'static str,
    wanted: Told,
    level: Level,
) -> Demand {
    Demand { check, attribute, wanted, level }
}

pub(super) fn findings(subject: &Subject<'_>) -> Vec<TokenFinding> {
    let mut demands: Vec<&Demand> = DEMANDS.iter().collect();
    if subject.profile.login.per_signature == PerSignature::LogoutAndLogin {
        demands.push(&AUTHENTICATES);
    }
    let is_private = |object: &&ObjectFacts| matches!(object.kind, ObjectKind::PrivateKey);
    let keys: Vec<&ObjectFacts> = subject.inside.objects.iter().filter(is_private).collect();
    let mut findings: Vec<TokenFinding> = match keys.as_slice() {
        [] => demands.iter().map(|demand| without_keys(subject, demand)).collect(),
        keys => keys
            .iter()
            .flat_map(|key| demands.iter().map(|demand| of_key(subject, demand, key)))
            .collect(),
    };
    findings.push(separate(subject));
    findings
}

fn finding(demand: &Demand, about: Option<String>, outcome: TokenOutcome) -> TokenFinding {
    TokenFinding {
        check: demand.check,
        row: format!("key.{}", demand.attribute),
        source: pkcs11("10.9 Private key objects", Some(PRIVATE_KEYS)),
        level: demand.level,
        about,
        expected: Phrase::new("expect.token-attribute")
            .with("attribute", demand.attribute)
            .with("value", demand.wanted.name()),
        outcome,
    }
}

fn without_keys(s: &Subject<'_>, demand: &Demand) -> TokenFinding {
    let outcome = match s.inside.login {
        Seen::Openly => TokenOutcome::Unanswered(Phrase::new("seen.token-not-logged-in")),
        Seen::ByItsUser => TokenOutcome::NotApplicable(Phrase::new("seen.token-no-keys")),
    };
    finding(demand, None, outcome)
}

fn of_key(s: &Subject<'_>, demand: &Demand, key: &ObjectFacts) -> TokenFinding {
    let told = key.told(demand.attribute);
    let value = Phrase::new("seen.token-attribute").with("value", told.name());
    // What a library of this kind may leave out is no finding; that a key cannot leave must be told.
    let may_be_left_out = s.profile.has(Quirk::AttributesNotReported)
        && !["CKA_EXTRACTABLE", "CKA_ALWAYS_AUTHENTICATE"].contains(&demand.attribute);
    let outcome = match told {
        Told::NotReported if may_be_left_out => {
            TokenOutcome::NotApplicable(Phrase::new("seen.token-attribute-usual"))
        }
        Told::NotReported | Told::Malformed => TokenOutcome::Unanswered(value),
        told if told != demand.wanted => TokenOutcome::Violated(value),
        _ if s.profile.has(Quirk::AttributesConstant) => {
            let seen = Phrase::new("seen.token-attribute-constant").with("value", told.name());
            TokenOutcome::NotApplicable(seen)
        }
        _ => TokenOutcome::Met(value),
    };
    finding(demand, Some(called(key)), outcome)
}

fn called(key: &ObjectFacts) -> String {
    key.label.clone().unwrap_or_else(|| key.uri.clone())
}

/// A key that answers whatever challenge it is given could be made to sign a document (JAHIS 24-002
/// §4.3.8): no certificate, and no two of one key, may be for both.
fn separate(s: &Subject<'_>) -> TokenFinding {
    let persons: Vec<&Certificate> = s.inside.objects.iter().filter_map(person).collect();
    let usage = |certificate: &Certificate| certificate.key_usage().ok().flatten();
    let serves = |certificate: &Certificate, wanted: KeyUsage| {
        let same = |other: &&&Certificate| other.public_key() == certificate.public_key();
        persons.iter().filter(same).any(|c| usage(c).is_some_and(|usage| usage.allows(wanted)))
    };
    let both = persons.iter().find(|certificate| {
        serves(certificate, KeyUsage::NON_REPUDIATION)
            && serves(certificate, KeyUsage::DIGITAL_SIGNATURE)
    });
    let outcome = match (both, persons.len()) {
        (Some(certificate), _) => TokenOutcome::Violated(
            Phrase::new("seen.token-key-shared").with("subject", certificate.subject()),
        ),
        (None, 0) => TokenOutcome::NotApplicable(Phrase::new("seen.token-no-certificates")),
        (None, count) => {
            TokenOutcome::Met(Phrase::new("seen.token-keys-separate").with("count", count))
        }
    };
    TokenFinding {
        check: "token-keys-separate",
        row: "keys".to_owned(),
        source: Cited {
            document: "JAHIS 24-002 HPKI対応ICカードガイドライン Ver.3.1, 4.3.8".to_owned(),
            url: Some("https://www.jahis.jp/".to_owned()),
            confirmed: true,
        },
        level: Level::Warn,
        about: None,
        expected: Phrase::new("expect.token-keys-separate"),
        outcome,
    }
}

/// The certificate of whoever uses the token, not of a CA.
fn person(object: &ObjectFacts) -> Option<&Certificate> {
    match &object.kind {
        ObjectKind::Certificate(certificate) => {
            let basic = certificate.basic_constraints().ok().flatten();
            (!basic.is_some_and(|basic| basic.ca)).then_some(certificate)
        }
        ObjectKind::Unreadable | ObjectKind::PrivateKey | ObjectKind::PublicKey => None,
    }
}
