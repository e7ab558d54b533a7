//! NIST PKITS: path validation case by case, each with its settings, from the table in
//! `testdata/vectors`. `testdata/vectors/fetch` brings the certificates and lists.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the vectors are files")]

#[path = "support/skip.rs"]
mod skip;

use inkan::check::Times;
use inkan::check::policies::{self, Valid};
use inkan::der::Bytes;
use inkan::der::certificate::Certificate;
use inkan::evidence::EvidenceSet;
use inkan::judge::certificate::JudgedCertificate;
use inkan::judge::{Judge, Supported};
use inkan::oid::Oid;
use inkan::policy::path::{AcceptablePolicies, AnyPolicy, ExplicitPolicy, PolicyMapping};
use inkan::policy::{PathSettings, Policy, Role, Trust};
use inkan::rule::Indication;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The files are valid from 2010 to 2030; the edition is of the day before.
const AT: &str = "2011-04-15T00:00:00Z";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    exception: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    suite: String,
    case: String,
    reason: String,
}

/// One line of the table.
struct Case<'a> {
    id: &'a str,
    name: &'a str,
    path: Vec<&'a str>,
    others: Vec<&'a str>,
    lists: Vec<&'a str>,
    settings: PathSettings,
    valid: bool,
    valid_for: &'a str,
}

impl<'a> Case<'a> {
    fn parse(line: &'a str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, name, path, others, lists, policies, explicit, mapping, any, expected, valid_for] =
            fields[..]
        else {
            panic!("a line with {} fields: {line}", fields.len())
        };
        let names = |field: &'a str| field.split(',').filter(|name| !name.is_empty()).collect();
        let settings = PathSettings {
            policies: AcceptablePolicies::of(policies.split(',').map(Oid::new_unwrap)),
            explicit: [ExplicitPolicy::NotRequired, ExplicitPolicy::Required][number(explicit)],
            mapping: [PolicyMapping::Allowed, PolicyMapping::Inhibited][number(mapping)],
            any_policy: [AnyPolicy::Allowed, AnyPolicy::Inhibited][number(any)],
        };
        Self {
            id,
            name,
            path: names(path),
            others: names(others),
            lists: names(lists),
            settings,
            valid: expected == "valid",
            valid_for,
        }
    }

    /// Nothing if the certificate cannot even be read. Other files that cannot be read are no
    /// evidence; two of the cases give a signature a byte that no BIT STRING begins with.
    fn judge(&self, folder: &Path, policy: &Policy) -> Option<JudgedCertificate> {
        let mut evidence = EvidenceSet::default();
        for file in self.path.iter().chain(&self.others) {
            let _ = evidence.add(&read(folder, "certs", file, "crt"));
        }
        for file in &self.lists {
            let _ = evidence.add(&read(folder, "crls", file, "crl"));
        }
        let end = read(folder, "certs", self.path.last().unwrap(), "crt");
        let policy = Policy { path: self.settings.clone(), ..policy.clone() };
        let times = Times::unproven(AT.parse().unwrap());
        let end = Certificate::parse(end).ok()?;
        let judge = Judge::new(policy.clone());
        let judged = judge.certificate(&end, Role::Signer, &evidence, times);
        let supported = [Supported { certificate: &end, role: Role::Signer, times }];
        if let Ok(support) = judge.support(&supported, &evidence) {
            let mut alone = EvidenceSet::default();
            let elements = support.certificates().iter().chain(support.crls());
            elements.for_each(|element| alone.add(element).unwrap());
            let again = judge.certificate(&end, Role::Signer, &alone, times);
            assert!(again.accepted.is_some(), "{} does not stand on its support", self.id);
        }
        Some(judged)
    }
}

fn number(field: &str) -> usize {
    field.parse().unwrap()
}

fn read(folder: &Path, kind: &str, name: &str, ending: &str) -> Bytes {
    let file = folder.join(kind).join(format!("{name}.{ending}"));
    fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).into()
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vectors")
}

fn exceptions() -> BTreeMap<String, String> {
    let text = fs::read_to_string(vectors().join("exceptions.toml")).unwrap();
    let all: Exceptions = toml::from_str(&text).unwrap();
    let mine = all.exception.into_iter().filter(|exception| exception.suite == "pkits");
    mine.map(|exception| (exception.case, exception.reason)).collect()
}

#[test]
fn every_case_of_pkits_gives_the_published_result() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/vectors/pkits");
    if !folder.is_dir() {
        let place = folder.display();
        skip::say(&format!(
            "pkits: skipped: {place} is not there (testdata/vectors/fetch brings it)"
        ));
        return;
    }
    let policy = policy(&folder);
    let table = fs::read_to_string(vectors().join("pkits.tsv")).unwrap();
    let lines = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    let exceptions = exceptions();
    let (mut count, mut wrong) = (0, Vec::new());
    for case in lines.map(Case::parse) {
        count += 1;
        let judged = case.judge(&folder, &policy);
        let passed = judged.as_ref().is_some_and(|j| j.verdict.indication() == Indication::Passed);
        let complaint = match exceptions.get(case.id) {
            None if passed && case.valid && policies_of(&judged, &case) == case.valid_for => {
                continue;
            }
            None if !passed && !case.valid && is_for_the_reason(&judged, &case) => continue,
            Some(_) if !passed && case.valid => continue,
            None => format!("{} {:#?}", policies_of(&judged, &case), judged.map(against)),
            Some(reason) => format!("this is no exception any more: {reason}"),
        };
        wrong.push(format!("{} {}: {complaint}", case.id, case.name));
    }
    assert_eq!(count, 249, "the table is whole");
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn policy(folder: &Path) -> Policy {
    let anchor = Certificate::parse(read(folder, "certs", "TrustAnchorRootCertificate", "crt"));
    let mut trust = Trust::default();
    trust.add(anchor.unwrap(), &[Role::Signer]);
    Policy::standard(trust).unwrap()
}

/// The policies for which the path that was found is valid.
fn policies_of(judged: &Option<JudgedCertificate>, case: &Case<'_>) -> String {
    let path = judged.as_ref().map(|j| j.path.as_slice()).unwrap_or_default();
    match policies::valid(path.iter().rev().skip(1), &case.settings) {
        Ok(Valid::Any) => "2.5.29.32.0".to_owned(),
        Ok(Valid::For(policies)) => {
            policies.iter().map(Oid::to_string).collect::<Vec<_>>().join(",")
        }
        Ok(Valid::NotRequired | Valid::None) => String::new(),
        Err(error) => error.to_string(),
    }
}

/// Whether the certificate was refused for what its section is about, and not by accident.
fn is_for_the_reason(judged: &Option<JudgedCertificate>, case: &Case<'_>) -> bool {
    let section: u8 = case.id.split('.').nth(1).unwrap().parse().unwrap();
    let reasons: &[&str] = match section {
        1 | 3 => &["ends-at-anchor"],
        2 => &["valid-at"],
        4 | 14 | 15 => &["not-revoked"],
        5 => &["not-revoked", "is-ca"],
        6 => &["is-ca", "path-length"],
        7 => &["key-usage", "not-revoked"],
        8..=12 => &["policies"],
        13 => &["name-constraints"],
        _ => &["critical-extensions-known"],
    };
    // What cannot even be read has no verdict: 4.1.6, whose signature is no BIT STRING.
    judged.as_ref().is_none_or(|judged| {
        let mut findings = judged.verdict.findings();
        let first = findings.find(|finding| finding.sub_indication().is_some());
        first.is_some_and(|finding| reasons.contains(&finding.rule.check))
    })
}

/// What stands against a certificate.
fn against(judged: JudgedCertificate) -> Vec<String> {
    let findings = judged.verdict.all_findings().into_iter();
    let against = findings.filter(|finding| finding.sub_indication().is_some());
    against.map(|f| format!("{} {} {:?}", f.about.name, f.rule.id, f.outcome)).collect()
}
