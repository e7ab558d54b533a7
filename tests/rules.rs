//! Each requirement of each certificate profile accepts one specimen and rejects another that differs
//! from it in one thing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[cfg(test)]
#[path = "rules/specimen.rs"]
mod specimen;

use inkan::check::content::{Tables, run};
use inkan::der::Tag;
use inkan::der::certificate::Certificate;
use inkan::der::write;
use inkan::judge::profile::choose;
use inkan::oid;
use inkan::policy::content::Valued;
use inkan::policy::recognise::{Kinds, Recognised};
use inkan::policy::requirement::Check as _;
use inkan::policy::{ContentCheck, Profile};
use inkan::rule::Outcome;
use specimen::{Attribute, Specimen, host, ocsp, policy, purposes, roles, rsa};
use std::collections::BTreeSet;

/// The specimen that the requirement accepts, where the sound one does not even raise the question.
fn accepted(profile: &str, check: &ContentCheck) -> Specimen {
    let sound = Specimen::sound(profile);
    match check {
        ContentCheck::ManagerSubject { .. } => manager(sound, "Director"),
        ContentCheck::NotCritical { extension } => sound.having(extension.0, false),
        ContentCheck::Critical { extension } => sound.having(extension.0, true),
        _ => sound,
    }
}

/// The same with one defect.
#[allow(clippy::too_many_lines, reason = "a table: one row for each check")]
fn rejected(profile: &str, check: &ContentCheck) -> Specimen {
    let mut one = accepted(profile, check);
    match check {
        ContentCheck::SerialNumber { .. } => one.serial = vec![0xf1],
        ContentCheck::StrongUntilEnd {} => {
            one.from = "2030-06-01".parse().unwrap();
            one.until = "2031-02-01".parse().unwrap();
        }
        ContentCheck::PolicyIs { .. } => {
            one = one.with(oid::CERTIFICATE_POLICIES, true, policy("1.2.3"));
        }
        ContentCheck::Production { test } => {
            let test = policy(&test[0].0.to_string());
            one = one.with(oid::CERTIFICATE_POLICIES, true, test);
        }
        ContentCheck::KeyUsageIs { .. } | ContentCheck::KeyUsageAllows { .. } => {
            one = one.with(oid::KEY_USAGE, true, write::named_bits(0b100));
        }
        ContentCheck::PurposesAbsent {} => {
            one = one.with(oid::EXT_KEY_USAGE, false, purposes(&[oid::KP_EMAIL_PROTECTION]));
        }
        ContentCheck::PurposesAre { .. } => {
            let two = [oid::KP_TIME_STAMPING, oid::KP_CODE_SIGNING];
            one = one.with(oid::EXT_KEY_USAGE, true, purposes(&two));
        }
        ContentCheck::PurposesInclude { all_of, none_of } => {
            let both = [all_of[0].0, none_of[0].0];
            one = one.with(oid::EXT_KEY_USAGE, false, purposes(&both));
        }
        ContentCheck::RolePresent {} => one = one.without(oid::SUBJECT_DIRECTORY_ATTRIBUTES),
        ContentCheck::RoleKnown {} => {
            one = one.with(oid::SUBJECT_DIRECTORY_ATTRIBUTES, false, roles(&["Wizard"]));
        }
        ContentCheck::RoleSingle {} => {
            let two = roles(&["Medical Doctor", "Dentist"]);
            one = one.with(oid::SUBJECT_DIRECTORY_ATTRIBUTES, false, two);
        }
        ContentCheck::ManagerSubject { .. } => one = manager(Specimen::sound(profile), "Staff"),
        ContentCheck::SubjectHas { attributes } => {
            let last = attributes.last().unwrap().0;
            one.subject.retain(|(oid, _, _)| *oid != last);
        }
        ContentCheck::SubjectTypes { .. } => one.subject[2].1 = Tag::BMP_STRING,
        ContentCheck::IssuerHas { .. } => one.issuer.retain(|(oid, _, _)| *oid != oid::COUNTRY),
        ContentCheck::SubjectIs { attributes } => renamed(&mut one.subject, attributes),
        ContentCheck::IssuerIs { attributes } => renamed(&mut one.issuer, attributes),
        ContentCheck::Named {} => one.subject.clear(),
        ContentCheck::HostNames {} => {
            one = one.with(oid::SUBJECT_ALT_NAME, false, host("192.0.2.1"))
        }
        ContentCheck::IssuerCommonName { .. } => one.issuer[3].2 = "Any CA",
        ContentCheck::KeyIs { .. } => one.key = rsa(1024),
        ContentCheck::SignedWith { .. } => one.algorithm = oid::RSA_SHA1,
        ContentCheck::ValidityAtMost { .. } => one.until = "2060-02-08".parse().unwrap(),
        ContentCheck::CrlPoint {} | ContentCheck::StatusPointer {} => {
            one = one.without(oid::CRL_DISTRIBUTION_POINTS)
        }
        ContentCheck::NotACa {} => {
            let ca = write::sequence([write::boolean(true)]);
            one = one.with(oid::BASIC_CONSTRAINTS, true, ca);
        }
        ContentCheck::Authority { .. } => one = one.flipped(oid::BASIC_CONSTRAINTS),
        ContentCheck::AltName { .. } => {
            let mail = write::element(Tag::context_primitive(1), b"a@host.invalid");
            one = one.with(oid::SUBJECT_ALT_NAME, false, write::sequence([mail]));
        }
        ContentCheck::NotCritical { extension } | ContentCheck::Critical { extension } => {
            one = one.flipped(extension.0);
        }
        ContentCheck::HasExtensions { extensions, .. } => {
            one = one.without(extensions.last().unwrap().0);
        }
        ContentCheck::AuthorityKey {} => one = one.without(oid::AUTHORITY_KEY_IDENTIFIER),
        ContentCheck::Genuine {} => impostor(&mut one),
    }
    one
}

/// The last of these attributes with another value.
fn renamed(name: &mut [Attribute], attributes: &[Valued]) {
    let last = attributes.last().unwrap().attribute.0;
    name.iter_mut().find(|(oid, _, _)| *oid == last).unwrap().2 = "Somebody Else";
}

/// Whoever manages a hospital, with that organisational unit.
fn manager(specimen: Specimen, unit: &'static str) -> Specimen {
    let role = roles(&["Director of Hospital"]);
    let mut one = specimen.with(oid::SUBJECT_DIRECTORY_ATTRIBUTES, false, role);
    one.subject.push((oid::ORGANIZATIONAL_UNIT, Tag::UTF8_STRING, unit));
    one
}

/// The name of the root of HPKI on another key.
fn impostor(one: &mut Specimen) {
    let utf8 = Tag::UTF8_STRING;
    one.subject = vec![
        (oid::COUNTRY, Tag::PRINTABLE_STRING, "JP"),
        (oid::ORGANIZATION, utf8, "Ministry of Health, Labour and Welfare"),
        (oid::ORGANIZATIONAL_UNIT, utf8, "Director-General for Policy Planning and Evaluation"),
        (oid::ORGANIZATIONAL_UNIT, utf8, "MHLW HPKI Root CA V2"),
    ];
    one.issuer = one.subject.clone();
}

fn profiles() -> Vec<Profile<ContentCheck>> {
    let kinds = Kinds::embedded().unwrap();
    assert!(kinds.profiles().len() >= 8, "the profiles were not found");
    kinds.profiles().to_vec()
}

#[test]
fn each_requirement_accepts_one_specimen_and_rejects_another() {
    let tables = Tables::embedded().unwrap();
    let mut judged = 0;
    for profile in profiles() {
        for requirement in &profile.requirements {
            // A root is where the chain of pointers ends: the question is not asked of it.
            let on_root = Specimen::sound(&profile.name).certificate().is_self_issued();
            if on_root && requirement.check == (ContentCheck::AuthorityKey {}) {
                continue;
            }
            let id = &requirement.rule.id;
            let answer = |one: Specimen| run(&requirement.check, &one.certificate(), &tables);
            let good = answer(accepted(&profile.name, &requirement.check)).outcome;
            let is_genuine = requirement.check == (ContentCheck::Genuine {});
            let accepts = matches!(good, Outcome::Met(_))
                || is_genuine && matches!(good, Outcome::NotApplicable(_));
            assert!(accepts, "{}: {id} does not accept: {good:?}", profile.name);
            let bad = answer(rejected(&profile.name, &requirement.check)).outcome;
            let rejects = matches!(bad, Outcome::Violated(_));
            assert!(rejects, "{}: {id} does not reject: {bad:?}", profile.name);
            judged += 1;
        }
    }
    assert!(judged > 80, "{judged}");
}

fn violated(profile: &Profile<ContentCheck>, certificate: &Certificate) -> BTreeSet<&'static str> {
    let tables = Tables::embedded().unwrap();
    let answers = profile.requirements.iter().map(|r| (r, run(&r.check, certificate, &tables)));
    let against = answers.filter(|(_, answer)| matches!(answer.outcome, Outcome::Violated(_)));
    against.map(|(requirement, _)| requirement.check.name()).collect()
}

#[test]
fn a_sound_specimen_violates_nothing_and_a_defect_only_its_own_requirement() {
    for profile in profiles() {
        let sound = Specimen::sound(&profile.name).certificate();
        assert_eq!(violated(&profile, &sound), BTreeSet::new(), "{}", profile.name);
        for requirement in &profile.requirements {
            let check = requirement.check.name();
            let bad = rejected(&profile.name, &requirement.check).certificate();
            let mut found = violated(&profile, &bad);
            found.remove(check);
            if ["validity-at-most", "key-is"].contains(&check) {
                // A validity of decades outlives any key, and a short key holds to no end at all.
                found.remove("strong-until-end");
            }
            assert_eq!(found, BTreeSet::new(), "{}: {}", profile.name, requirement.rule.id);
        }
    }
}

#[test]
fn a_sound_specimen_of_each_kind_is_recognised_as_that_kind_alone() {
    let kinds = Kinds::embedded().unwrap();
    for profile in kinds.profiles().iter().filter(|profile| profile.recognise.is_some()) {
        match kinds.recognise(&Specimen::sound(&profile.name).certificate()) {
            Recognised::As(found, marks) => {
                assert_eq!(found.name, profile.name);
                assert!(!marks.is_empty());
            }
            other => panic!("{}: {other:?}", profile.name),
        }
    }
}

#[test]
fn a_defect_does_not_hide_the_kind_unless_it_is_in_the_mark_itself() {
    let kinds = Kinds::embedded().unwrap();
    let profile = kinds.named("hpki-sign").unwrap();
    for requirement in &profile.requirements {
        let bad = rejected("hpki-sign", &requirement.check).certificate();
        let recognised = kinds.recognise(&bad);
        let is_mark =
            matches!(requirement.check, ContentCheck::PolicyIs { .. } | ContentCheck::NotACa {});
        let found = matches!(recognised, Recognised::As(found, _) if found.name == "hpki-sign");
        assert!(found || is_mark, "{}: {recognised:?}", requirement.rule.id);
    }
}

#[test]
fn a_certificate_with_the_marks_of_two_kinds_is_of_neither() {
    let kinds = Kinds::embedded().unwrap();
    let both =
        Specimen::hpki_sign().with(oid::EXT_KEY_USAGE, true, purposes(&[oid::KP_TIME_STAMPING]));
    match kinds.recognise(&both.certificate()) {
        Recognised::Contending(all) => {
            let names: BTreeSet<&str> = all.iter().map(|p| p.name.as_str()).collect();
            assert_eq!(names, BTreeSet::from(["hpki-sign", "tsa-accredited"]));
        }
        other => panic!("{other:?}"),
    }
}

/// What a certificate is recognised as: one kind, or all that contend.
fn kinds_of(specimen: &Specimen) -> Vec<String> {
    match Kinds::embedded().unwrap().recognise(&specimen.certificate()) {
        Recognised::As(found, _) => vec![found.name.clone()],
        Recognised::Contending(all) => all.iter().map(|profile| profile.name.clone()).collect(),
        Recognised::Unknown => Vec::new(),
    }
}

/// The profile that is applied to a certificate if that one is asked for.
fn applied(specimen: &Specimen, asked: &str) -> Option<String> {
    let kinds = Kinds::embedded().unwrap();
    let base = kinds.named("certificate").unwrap();
    let chosen = choose(&specimen.certificate(), kinds.named(asked), &kinds, base);
    chosen.profile.map(|profile| profile.name.clone())
}

#[test]
fn a_purpose_in_tls_makes_no_other_kind_of_a_card() {
    let for_login = purposes(&[oid::KP_CLIENT_AUTH]);
    for kind in ["hpki-auth-person", "jpki-auth", "gpki-sign", "lgpki-sign", "commercial-registry"]
    {
        let card = Specimen::sound(kind).with(oid::EXT_KEY_USAGE, false, for_login.clone());
        assert_eq!(kinds_of(&card), [kind]);
        assert_eq!(applied(&card, "tls-client").as_deref(), Some("tls-client"), "{kind}");
        assert_eq!(applied(&card, "tls-server"), None, "{kind} is not for servers");
    }
}

#[test]
fn a_certificate_for_both_sides_of_tls_is_judged_as_what_was_asked() {
    let both = purposes(&[oid::KP_SERVER_AUTH, oid::KP_CLIENT_AUTH]);
    let both = Specimen::sound("tls-server").with(oid::EXT_KEY_USAGE, false, both);
    assert_eq!(kinds_of(&both), ["tls-client", "tls-server"]);
    for kind in ["tls-client", "tls-server"] {
        assert_eq!(applied(&both, kind).as_deref(), Some(kind));
        let profile = Kinds::embedded().unwrap().named(kind).unwrap().clone();
        assert_eq!(violated(&profile, &both.certificate()), BTreeSet::new(), "{kind}");
    }
}

#[test]
fn a_web_server_of_a_municipality_is_a_server_and_its_cas_are_told_from_the_bridge() {
    let web = Specimen::sound("tls-server").issued_by(&Specimen::sound("lgpki-ca"));
    assert_eq!(kinds_of(&web), ["tls-server"]);
    let (ours, theirs) = (Specimen::sound("gpki-ca"), Specimen::sound("lgpki-ca"));
    assert_eq!(kinds_of(&theirs.clone().issued_by(&ours)), ["gpki-bridge"]);
    assert_eq!(kinds_of(&ours.issued_by(&theirs)), ["gpki-bridge"]);
    let registrar = Specimen::sound("commercial-registry-ca");
    assert_eq!(kinds_of(&registrar), ["commercial-registry-ca"]);
}

#[test]
fn a_host_in_the_common_name_is_no_name_and_each_name_counts() {
    let profile = Kinds::embedded().unwrap().named("tls-server").unwrap().clone();
    let violated = |one: &Specimen| violated(&profile, &one.certificate());
    let mut server = Specimen::sound("tls-server");
    server.subject[2].2 = "karte.example.jp";
    let nameless = server.clone().without(oid::SUBJECT_ALT_NAME);
    assert_eq!(violated(&nameless), BTreeSet::from(["host-names"]));
    let name = |tag, value: &[u8]| write::element(Tag::context_primitive(tag), value);
    let named = |names: &[Vec<u8>]| {
        violated(&server.clone().with(oid::SUBJECT_ALT_NAME, false, write::sequence(names)))
    };
    let good = name(2, b"*.karte.example.jp");
    assert_eq!(named(&[name(7, &[192, 0, 2, 1])]), BTreeSet::new());
    assert_eq!(named(&[good.clone(), name(7, &[0; 16])]), BTreeSet::new());
    for bad in [name(2, b"a.*.jp"), name(7, &[192, 0, 2])] {
        assert_eq!(named(&[good.clone(), bad]), BTreeSet::from(["host-names"]));
    }
    assert_eq!(named(&[name(1, b"it@example.jp")]), BTreeSet::from(["host-names"]));
}

#[test]
fn an_empty_subject_and_a_service_for_status_are_enough() {
    let profile = Kinds::embedded().unwrap().named("tls-server").unwrap().clone();
    let mut server = Specimen::sound("tls-server").flipped(oid::SUBJECT_ALT_NAME);
    server.subject.clear();
    let server = server.without(oid::CRL_DISTRIBUTION_POINTS).with(
        oid::AUTHORITY_INFO_ACCESS,
        false,
        ocsp(),
    );
    assert_eq!(violated(&profile, &server.certificate()), BTreeSet::new());
    let unlimited = server.without(oid::KEY_USAGE);
    assert_eq!(violated(&profile, &unlimited.certificate()), BTreeSet::new());
}
