//! Certificates and lists made to cost as much as they can.

use super::issue::{Draft, KEY, ListDraft, ca, extension, issue, key_id, name, new_key, now, rdn};
use super::{judged_once, key, policy, seen};
use inkan::check::Times;
use inkan::der::certificate::Certificate;
use inkan::der::tlv::Problem;
use inkan::der::{Bytes, Tag, write};
use inkan::evidence::EvidenceSet;
use inkan::judge::Judge;
use inkan::key::SigningKey as _;
use inkan::oid::{self, Oid};
use inkan::policy::path::{AcceptablePolicies, ExplicitPolicy};
use inkan::policy::{PathSettings, Role};
use std::time::{Duration, Instant};

/// Debug builds on a busy machine are slow; an explosion takes hours.
const SOON: Duration = Duration::from_secs(10);

/// Runs something that has to end soon.
#[expect(clippy::disallowed_methods, reason = "a test measures real time")]
fn soon<T>(work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = work();
    let took = begun.elapsed();
    assert!(took < SOON, "it took {took:?}");
    result
}

/// Forty policies.
fn policies() -> Vec<Oid> {
    (1..=40).map(|n| Oid::new(&format!("1.2.392.200000.{n}")).unwrap()).collect()
}

/// The shape of CVE-2023-0464: in a tree, 40 policies on 8 levels, all mapped to each other, are 40^8
/// nodes. The CAs below the root, and the certificate at the end.
pub(super) fn mapped_policies() -> (EvidenceSet, Certificate) {
    let policies = policies();
    let listed = policies.iter().map(|policy| write::sequence([write::oid(*policy)]));
    let listed = extension(oid::CERTIFICATE_POLICIES, true, &write::sequence(listed));
    let pairs = policies.iter().flat_map(|from| {
        policies.iter().map(|to| write::sequence([write::oid(*from), write::oid(*to)]))
    });
    let mapped = extension(oid::POLICY_MAPPINGS, true, &write::sequence(pairs));
    let mut evidence = EvidenceSet::default();
    for level in 0..8 {
        let (issuer, subject) = (format!("CA {level}"), format!("CA {}", level + 1));
        let extensions = vec![ca(), listed.clone(), mapped.clone()];
        evidence.add_certificate(issue(&issuer, &subject, extensions));
    }
    (evidence, issue("CA 8", "end", vec![listed]))
}

#[test]
fn policies_that_are_all_mapped_to_each_other_do_not_explode() {
    let root = issue("CA 0", "CA 0", vec![ca()]);
    let (evidence, end) = mapped_policies();
    let seen = |acceptable: Oid| {
        let settings = PathSettings {
            policies: AcceptablePolicies::of([acceptable]),
            explicit: ExplicitPolicy::Required,
            ..PathSettings::default()
        };
        let policy = policy(&root, settings);
        let times = Times::unproven(now());
        let judged =
            soon(|| Judge::new(policy.clone()).certificate(&end, Role::Signer, &evidence, times));
        super::of_check(&judged, "policies")
    };
    assert_eq!(seen(policies()[0]), "seen.policies");
    assert_eq!(seen(oid::HPKI_SIGNING), "seen.policies-none");
}

/// Certificates of each of 100 CAs for each other.
pub(super) fn mesh() -> EvidenceSet {
    let names: Vec<Vec<u8>> = (0..100).map(|n| name(&format!("CA {n}"))).collect();
    let mut evidence = EvidenceSet::default();
    for issuer in &names {
        for subject in names.iter().filter(|subject| *subject != issuer) {
            evidence.add_certificate(Draft::new(issuer, subject, vec![ca()]).issue(&KEY));
        }
    }
    evidence
}

#[test]
fn a_mesh_of_ten_thousand_cross_certificates_is_searched_within_a_budget() {
    let mut evidence = mesh();
    assert_eq!(evidence.certificates().count(), 9900);
    let root = issue("root", "root", vec![ca()]);
    let end = issue("CA 0", "end", vec![]);
    let nowhere = soon(|| judged_once(&end, &root, &evidence, now()));
    assert_eq!(seen(&nowhere), [("ends-at-anchor", "seen.path-budget")]);
    assert!(nowhere.path.is_empty());
    // One way out is found, however many there are round about.
    evidence.add_certificate(issue("root", "CA 7", vec![ca()]));
    let somewhere = soon(|| judged_once(&end, &root, &evidence, now()));
    assert_eq!(somewhere.path.len(), 4);
}

#[test]
fn ten_thousand_keys_under_one_name_do_not_hide_the_one_that_is_named() {
    let named = |id: &[u8]| vec![ca(), key_id(oid::SUBJECT_KEY_IDENTIFIER, id)];
    let mut evidence = EvidenceSet::default();
    let mut decoys = |id: &[u8]| {
        for n in 0..10_000u32 {
            let mut key = KEY.public_key().der().to_vec();
            // No point of the curve, or none whose private half anybody has.
            let end = key.len();
            key[end - 4..].copy_from_slice(&n.to_be_bytes());
            let (issuer, subject) = (name("CA"), name("CA"));
            let mut draft = Draft::new(&issuer, &subject, named(id));
            draft.public_key = &key;
            draft.serial = u64::from(n);
            evidence.add_certificate(unsigned(&draft));
        }
        evidence.clone()
    };
    let root = issue("root", "root", vec![ca()]);
    let end = issue("CA", "end", vec![key_id(oid::AUTHORITY_KEY_IDENTIFIER, b"right")]);
    let mut evidence = decoys(b"wrong");
    evidence.add_certificate(issue("root", "CA", named(b"right")));
    let found = soon(|| judged_once(&end, &root, &evidence, now()));
    assert_eq!(found.path.len(), 3);
    // Where all of them claim to be the one, the search gives up and says so.
    let mut evidence = decoys(b"right");
    evidence.add_certificate(issue("root", "CA", named(b"right")));
    let given_up = soon(|| judged_once(&end, &root, &evidence, now()));
    assert_eq!(seen(&given_up), [("ends-at-anchor", "seen.path-budget")]);
}

/// A certificate whose signature is nobody's: signing 20,000 of them would only take time.
fn unsigned(draft: &Draft<'_>) -> Certificate {
    let validity = ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"];
    let algorithm = KEY.scheme().identifier().to_der();
    let tbs = write::sequence([
        write::explicit(0, &write::integer(2)).as_slice(),
        &write::integer(draft.serial),
        &algorithm,
        draft.issuer,
        &write::sequence(validity.map(|at| write::time(at.parse().unwrap()))),
        draft.subject,
        draft.public_key,
        &write::explicit(3, &write::sequence(&draft.extensions)),
    ]);
    let der = write::sequence([tbs, algorithm, write::bit_string(&[0; 8])]);
    Certificate::parse(der).unwrap()
}

/// A certificate whose subject has a hundred thousand attributes.
pub(super) fn long_name() -> Vec<u8> {
    let long = write::sequence((0..100_000).map(|_| rdn("x")));
    Draft::new(&name("CA"), &long, vec![]).der(&KEY)
}

#[test]
fn a_name_of_a_hundred_thousand_attributes_is_not_read() {
    let der = long_name();
    let error = soon(|| Certificate::parse(der.clone()).unwrap_err());
    assert_eq!(error.problem(), Problem::TooLarge);
    assert_eq!(error.to_string(), "Name: it is larger than the limit");
    assert!(soon(|| EvidenceSet::default().add(&Bytes::from(der))).is_err());
}

#[test]
fn many_names_under_many_constraints_are_not_compared_without_end() {
    let dns = |host: String| write::implicit(2, &write::ia5(&host));
    let subtrees = (0..4000).map(|n| write::sequence([dns(format!("a{n}.example"))]));
    let subtrees = write::explicit(1, &subtrees.collect::<Vec<_>>().concat());
    let constraints = extension(oid::NAME_CONSTRAINTS, true, &write::sequence([subtrees]));
    let names = write::sequence((0..4000).map(|n| dns(format!("b{n}.example"))));
    let names = extension(oid::SUBJECT_ALT_NAME, false, &names);
    let root = issue("root", "root", vec![ca()]);
    let mut evidence = EvidenceSet::default();
    evidence.add_certificate(issue("root", "CA", vec![ca(), constraints]));
    let end = issue("CA", "end", vec![names]);
    let judged = soon(|| judged_once(&end, &root, &evidence, now()));
    assert_eq!(super::of_check(&judged, "name-constraints"), "seen.names-too-many");
}

/// One entry of 79 octets, again and again with another serial number.
pub(super) fn entries(count: u32) -> Vec<u8> {
    let serial = write::element(Tag::INTEGER, &[0x55; 20]);
    let long_ago = "20200101000000Z".as_bytes();
    let extensions = write::sequence([
        extension(oid::CRL_REASON, false, &write::enumerated(4)),
        extension(oid::INVALIDITY_DATE, false, &write::element(Tag::GENERALIZED_TIME, long_ago)),
    ]);
    let revoked = write::time("2026-02-01".parse().unwrap());
    let entry = write::sequence([serial, revoked, extensions]);
    let mut all = entry.repeat(usize::try_from(count).unwrap());
    for (n, chunk) in (0..count).zip(all.chunks_exact_mut(entry.len())) {
        // Tag and length of the sequence and of the number come first, then an octet that keeps the
        // number positive and in its shortest form.
        chunk[5..9].copy_from_slice(&n.to_be_bytes());
    }
    all
}

#[test]
fn a_list_of_a_million_entries_and_100_megabytes_is_searched_where_it_stands() {
    let root_key = new_key();
    let (issuer, subject) = (name("root"), name("end"));
    let mut draft = Draft::new(&issuer, &issuer, vec![ca()]);
    draft.public_key = root_key.public_key().der();
    let root = draft.issue(&root_key);
    let end = Draft::new(&issuer, &subject, vec![]).issue(&root_key);
    let list = ListDraft::new(&issuer, vec![entries(1_300_000)], vec![]).der(&root_key);
    assert!(list.len() > 100_000_000);
    let judged = soon(|| {
        let mut evidence = EvidenceSet::default();
        evidence.add(&Bytes::from(list)).unwrap();
        judged_once(&end, &root, &evidence, now())
    });
    assert_eq!(super::of_check(&judged, "not-revoked"), "seen.good");
    assert!(
        judged.accepted.is_some(),
        "{:?}",
        judged.verdict.findings().map(key).collect::<Vec<_>>()
    );
}
