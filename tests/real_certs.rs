//! Certificates that real authorities published, where they are at hand: each is read, recognised and
//! judged, and what is weak about it is said with the clause.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test reads files, and fails by panicking"
)]

#[path = "support/skip.rs"]
mod skip;

use inkan::der::Bytes;
use inkan::der::certificate::Certificate;
use inkan::evidence::EvidenceSet;
use inkan::evidence::want::Offline;
use inkan::policy::trust::Recognition;
use inkan::policy::{PathSettings, Role, Trust};
use inkan::rule::{Indication, Outcome, SubIndication};
use inkan::task::certify::{Bench, CertificateReport, Revocation};
use inkan::task::inspect::Knowledge;
use std::path::Path;

const NOW: &str = "2026-11-20";

/// The certificates by file name; nothing, and a word about it, where the folder is absent.
fn real() -> Option<Vec<(String, Certificate)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/real-certs");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        skip::say("real_certs: skipped: ../shared/data/real-certs is not here");
        return None;
    };
    let mut all: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, Certificate::parse(Bytes::from(std::fs::read(&path).unwrap())).unwrap())
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(all.len(), 7);
    Some(all)
}

fn judge(all: &[(String, Certificate)], name: &str, at: &str) -> CertificateReport {
    let mut trust = Trust::default();
    let roots = all.iter().filter(|(_, c)| c.is_self_issued());
    roots.for_each(|(_, root)| trust.add(root.clone(), &[Role::Signer]));
    let bench = Bench::new(trust, PathSettings::default(), Revocation::NotAsked).unwrap();
    let certificate = &all.iter().find(|(known, _)| known == name).unwrap().1;
    let at = at.parse().unwrap();
    bench.judge(name, certificate, None, at, &mut EvidenceSet::default(), &mut Offline)
}

#[test]
fn each_is_recognised_and_the_roots_are_the_published_ones() {
    let Some(all) = real() else { return };
    let knowledge = Knowledge::embedded().unwrap();
    for (name, certificate) in &all {
        let judged = judge(&all, name, NOW);
        let profile = judged.profile.as_ref().unwrap().name.clone();
        let expected = match name.as_str() {
            "mhlw_hpki_root_ca_v2" => "hpki-root",
            jpki if jpki.starts_with("jpki") => "jpki-ca",
            _ => "hpki-ca",
        };
        assert_eq!(profile, expected, "{name}");
        let sheet = knowledge.sheet(certificate.clone(), NOW.parse().unwrap());
        let is_known = matches!(sheet.known, Recognition::Known(_));
        assert_eq!(is_known, certificate.is_self_issued(), "{name}");
        assert!(sheet.extensions.iter().all(|extension| extension.facts.is_ok()), "{name}");
    }
}

#[test]
fn the_cas_below_the_root_pass_with_a_warning_until_their_keys_end() {
    let Some(all) = real() else { return };
    for name in ["jma_sign_ca_jv2", "medis_auth_ca", "medis_sign_ca"] {
        let judged = judge(&all, name, NOW);
        assert_eq!(judged.indication(), Indication::Passed, "{name}: {:#?}", judged.verdict);
        assert_eq!(judged.chain.len(), 2);
        let findings = judged.verdict.all_findings();
        let warned: Vec<&str> = findings
            .iter()
            .filter(|f| matches!(f.outcome, Outcome::Violated(_)))
            .map(|f| f.rule.id.as_str())
            .collect();
        assert_eq!(warned, ["certificate.3.strong-until-end"], "{name}");
        let later = judge(&all, name, "2031-01-01");
        assert_eq!(later.sub_indication(), Some(SubIndication::CryptoConstraintsFailure));
        assert_eq!(later.indication(), Indication::Failed);
    }
}

#[test]
fn nothing_but_its_key_is_said_against_a_root() {
    let Some(all) = real() else { return };
    for (name, _) in all.iter().filter(|(_, c)| c.is_self_issued()) {
        let judged = judge(&all, name, "2024-01-01");
        let against = judged.verdict.all_findings();
        let against = against.iter().filter(|f| matches!(f.outcome, Outcome::Violated(_)));
        let against: Vec<&str> = against.map(|f| f.rule.check).collect();
        assert!(against.iter().all(|check| *check == "strong-until-end"), "{name}: {against:?}");
    }
}
