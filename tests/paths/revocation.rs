//! Revocation lists of every kind (RFC 5280 §5 and §6.3), and who may speak for whom.

use super::issue::{
    Draft, KEY, ListDraft, ca, directory, entry, extension, issue, key_id, name, new_key, now, rdn,
    reason,
};
use super::{judged, of_check, policy};
use inkan::check::Times;
use inkan::der::certificate::Certificate;
use inkan::der::crl::Crl;
use inkan::der::{Tag, write};
use inkan::evidence::EvidenceSet;
use inkan::judge::Judge;
use inkan::key::SigningKey as _;
use inkan::key::software::SoftwareKey;
use inkan::oid;
use inkan::policy::{AlgorithmTable, PathSettings, Policy, Role};
use inkan::rule::Indication;
use std::sync::LazyLock;

pub(super) const SERIAL: u64 = 7;
pub(super) const LONG_AGO: &str = "2026-02-01T00:00:00Z";

pub(super) static ROOT: LazyLock<Certificate> = LazyLock::new(|| issue("root", "root", vec![ca()]));

/// A certificate of the root with these extensions.
pub(super) fn end(extensions: Vec<Vec<u8>>) -> Certificate {
    Draft { serial: SERIAL, ..Draft::new(&name("root"), &name("end"), extensions) }.issue(&KEY)
}

/// What the check saw of revocation, and whether the certificate passed.
fn status(end: &Certificate, lists: &[Crl], others: &[Certificate]) -> (&'static str, bool) {
    let mut evidence = EvidenceSet::default();
    lists.iter().for_each(|list| evidence.add_crl(list.clone()));
    others.iter().for_each(|other| evidence.add_certificate(other.clone()));
    seen(end, &evidence)
}

fn seen(end: &Certificate, evidence: &EvidenceSet) -> (&'static str, bool) {
    let judged = judged(end, &ROOT, evidence, now());
    let passed = judged.verdict.indication() == Indication::Passed;
    (of_check(&judged, "not-revoked"), passed)
}

/// A list of the root, one month around now.
pub(super) fn list(entries: Vec<Vec<u8>>, extensions: Vec<Vec<u8>>) -> Crl {
    ListDraft::new(&name("root"), entries, extensions).issue(&KEY)
}

fn number(n: u64) -> Vec<u8> {
    extension(oid::CRL_NUMBER, false, &write::integer(n))
}

fn delta_to(n: u64) -> Vec<u8> {
    extension(oid::DELTA_CRL_INDICATOR, true, &write::integer(n))
}

fn revoked(code: u8) -> Vec<u8> {
    entry(SERIAL, LONG_AGO, &[reason(code)])
}

/// issuingDistributionPoint of these parts.
pub(super) fn scope(parts: &[Vec<u8>]) -> Vec<u8> {
    extension(oid::ISSUING_DISTRIBUTION_POINT, true, &write::sequence(parts))
}

fn some_reasons(bits: u32) -> Vec<u8> {
    scope(&[write::implicit(3, &write::named_bits(bits))])
}

const GOOD: (&str, bool) = ("seen.good", true);
const REVOKED: (&str, bool) = ("seen.revoked", false);

#[test]
fn a_delta_list_counts_with_the_list_that_it_builds_on() {
    let end = end(vec![]);
    let base = |entries| list(entries, vec![number(5)]);
    let delta = |to, n, entries| list(entries, vec![number(n), delta_to(to)]);
    let status = |lists: &[Crl]| status(&end, lists, &[]);
    assert_eq!(status(&[base(vec![])]), GOOD);
    assert_eq!(status(&[delta(5, 6, vec![])]).0, "seen.no-status");
    assert_eq!(status(&[base(vec![]), delta(5, 6, vec![revoked(1)])]), REVOKED);
    assert_eq!(status(&[base(vec![revoked(6)]), delta(5, 6, vec![revoked(8)])]), GOOD);
    assert_eq!(status(&[base(vec![revoked(6)]), delta(5, 6, vec![])]), REVOKED);
    // What builds on a later list, or is no newer, says nothing of this one.
    assert_eq!(status(&[base(vec![revoked(6)]), delta(6, 7, vec![revoked(8)])]), REVOKED);
    assert_eq!(status(&[base(vec![revoked(6)]), delta(5, 5, vec![revoked(8)])]), REVOKED);
    assert_eq!(status(&[base(vec![revoked(8)])]).0, "seen.crl-unreadable");
}

#[test]
fn a_base_out_of_date_is_good_with_a_delta_in_date() {
    let end = end(vec![]);
    let issuer = name("root");
    let (made, next) = ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
    let old = ListDraft { made, next, ..ListDraft::new(&issuer, vec![], vec![number(5)]) };
    let old = old.issue(&KEY);
    let delta = list(vec![], vec![number(6), delta_to(4)]);
    assert_eq!(status(&end, std::slice::from_ref(&old), &[]).0, "seen.status-stale");
    assert_eq!(status(&end, &[old, delta], &[]), GOOD);
}

#[test]
fn a_hold_is_taken_back_by_newer_data_and_nothing_else_is() {
    let end = end(vec![]);
    let issuer = name("root");
    let (made, next) = ("2026-03-01T00:00:00Z", "2026-08-01T00:00:00Z");
    for (code, expected) in [(6, GOOD), (1, REVOKED)] {
        let older = ListDraft::new(&issuer, vec![revoked(code)], vec![]);
        let older = ListDraft { made, next, ..older }.issue(&KEY);
        assert_eq!(status(&end, &[list(vec![], vec![]), older], &[]), expected);
    }
    let newer = list(vec![revoked(6)], vec![]);
    let older = ListDraft { made, next, ..ListDraft::new(&issuer, vec![], vec![]) }.issue(&KEY);
    assert_eq!(status(&end, &[older, newer], &[]), REVOKED);
}

#[test]
fn lists_of_some_reasons_count_when_together_they_have_all() {
    let end = end(vec![]);
    let compromise = list(vec![], vec![some_reasons(0b110)]);
    let others = list(vec![], vec![some_reasons(0b1_1111_1000)]);
    assert_eq!(status(&end, &[compromise.clone(), others], &[]), GOOD);
    assert_eq!(status(&end, std::slice::from_ref(&compromise), &[]).0, "seen.crl-reasons");
    let not_quite = list(vec![], vec![some_reasons(0b0_1111_1000)]);
    assert_eq!(status(&end, &[compromise, not_quite], &[]).0, "seen.crl-reasons");
}

#[test]
fn a_list_of_another_scope_says_nothing() {
    let end = end(vec![]);
    let flag = |number| scope(&[write::implicit(number, &write::boolean(true))]);
    assert_eq!(status(&end, &[list(vec![], vec![flag(1)])], &[]), GOOD);
    for number in [2, 5] {
        assert_eq!(status(&end, &[list(vec![], vec![flag(number)])], &[]).0, "seen.crl-scope");
    }
    let unknown = extension(oid::HC_ROLE, true, &write::null());
    assert_eq!(status(&end, &[list(vec![], vec![unknown])], &[]).0, "seen.crl-scope");
}

/// `distributionPoint [0] { nameRelativeToCRLIssuer [1] }`
fn relative(name: &str) -> Vec<u8> {
    write::explicit(0, &write::implicit(1, &rdn(name)))
}

pub(super) fn points(parts: &[Vec<u8>]) -> Vec<u8> {
    let point = write::sequence(parts);
    extension(oid::CRL_DISTRIBUTION_POINTS, false, &write::sequence([point]))
}

#[test]
fn a_point_relative_to_the_issuer_is_the_point_of_that_whole_name() {
    let part = list(vec![], vec![scope(&[relative("part 1")])]);
    let both = write::sequence([rdn("root"), rdn("part 1")]);
    let whole = write::element(Tag::context(0), &directory(&both));
    let whole = write::explicit(0, &whole);
    for point in [relative("part 1"), whole] {
        assert_eq!(status(&end(vec![points(&[point])]), std::slice::from_ref(&part), &[]), GOOD);
    }
    let elsewhere = end(vec![points(&[relative("part 2")])]);
    assert_eq!(status(&elsewhere, &[part], &[]).0, "seen.crl-scope");
}

#[test]
fn an_unknown_critical_extension_of_any_entry_spoils_the_list() {
    let end = end(vec![]);
    let marked = |critical| {
        let unknown = extension(oid::HC_ROLE, critical, &write::null());
        list(vec![entry(99, LONG_AGO, &[unknown])], vec![])
    };
    assert_eq!(status(&end, &[marked(true)], &[]).0, "seen.crl-unreadable");
    assert_eq!(status(&end, &[marked(false)], &[]), GOOD);
}

#[test]
fn an_invalidity_date_counts_from_when_the_key_was_suspected() {
    let end = end(vec![]);
    let time = write::generalized_time(LONG_AGO.parse().unwrap());
    let suspected = extension(oid::INVALIDITY_DATE, false, &time);
    let later = "2026-06-10T00:00:00Z";
    let plain = list(vec![entry(SERIAL, later, &[])], vec![]);
    let dated = list(vec![entry(SERIAL, later, &[suspected])], vec![]);
    assert_eq!(status(&end, &[plain], &[]).0, "seen.revoked-later");
    assert_eq!(status(&end, &[dated], &[]), REVOKED);
}

const CRL_SIGN: u32 = 1 << 6;

/// Somebody who signs lists or answers, certified by the root: certificate and key.
pub(super) fn lister(
    subject: &str,
    serial: u64,
    usage: u32,
    more: Vec<Vec<u8>>,
) -> (Certificate, SoftwareKey) {
    let key = new_key();
    let usage = extension(oid::KEY_USAGE, true, &write::named_bits(usage));
    let (issuer, subject) = (name("root"), name(subject));
    let extensions = [vec![usage], more].concat();
    let draft = Draft {
        serial,
        public_key: key.public_key().der(),
        ..Draft::new(&issuer, &subject, extensions)
    };
    (draft.issue(&KEY), key)
}

/// indirectCRL, whose entries are of the issuer named last.
fn indirect() -> Vec<u8> {
    scope(&[write::implicit(4, &write::boolean(true))])
}

fn of_issuer(issuer: &str) -> Vec<u8> {
    let names = write::sequence([directory(&name(issuer))]);
    extension(oid::CERTIFICATE_ISSUER, true, &names)
}

#[test]
fn a_key_for_lists_alone_needs_a_path_of_its_own() {
    // Each certificate says by whom its list is, so that the two lists of one name do not mix.
    let part = |name: &str| points(&[relative(name)]);
    let of_part = |name: &str| scope(&[relative(name)]);
    let end = end(vec![part("of ends")]);
    let (signer, key) = lister("root", 8, CRL_SIGN, vec![part("of signers")]);
    let issuer = name("root");
    let entries = |revoked: bool| if revoked { vec![revoked_entry(SERIAL)] } else { vec![] };
    let of_ends =
        |revoked| ListDraft::new(&issuer, entries(revoked), vec![of_part("of ends")]).issue(&key);
    let of_signers = |serials: &[u64]| {
        list(serials.iter().map(|s| revoked_entry(*s)).collect(), vec![of_part("of signers")])
    };
    let signers = std::slice::from_ref(&signer);
    assert_eq!(status(&end, &[of_ends(false), of_signers(&[])], signers), GOOD);
    assert_eq!(status(&end, &[of_ends(true), of_signers(&[])], signers), REVOKED);
    let unsure = ("seen.crl-signer-path", false);
    assert_eq!(status(&end, &[of_ends(false), of_signers(&[8])], signers), unsure);
    assert_eq!(status(&end, &[of_ends(false)], signers), unsure);
    assert_eq!(status(&end, &[of_ends(false), of_signers(&[])], &[]).0, "seen.crl-signer");
}

pub(super) fn revoked_entry(serial: u64) -> Vec<u8> {
    entry(serial, LONG_AGO, &[])
}

#[test]
fn nobody_vouches_for_themselves_unless_the_authority_says_so() {
    let end = end(vec![]);
    let own = |(signer, key): (Certificate, SoftwareKey)| {
        let list = ListDraft::new(&name("root"), vec![], vec![indirect()]).issue(&key);
        status(&end, &[list], &[signer])
    };
    assert_eq!(own(lister("root", 8, CRL_SIGN, vec![])).0, "seen.crl-signer-path");
    let by_whom = write::element(Tag::context(2), &directory(&name("root")));
    assert_eq!(own(lister("root", 8, CRL_SIGN, vec![points(&[by_whom])])), GOOD);
}

#[test]
fn entries_of_an_indirect_list_are_of_the_issuer_named_last() {
    let by_lister = write::element(Tag::context(2), &directory(&name("lister")));
    let end = end(vec![points(&[by_lister])]);
    let (signer, key) = lister("lister", 8, CRL_SIGN, vec![]);
    let of_root = list(vec![], vec![]);
    let issuer = name("lister");
    let status = |entries, extensions| {
        let list = ListDraft::new(&issuer, entries, extensions).issue(&key);
        status(&end, &[list, of_root.clone()], std::slice::from_ref(&signer))
    };
    let named = |serial, issuer| entry(serial, LONG_AGO, &[of_issuer(issuer)]);
    let plain = || revoked_entry(SERIAL);
    // Of the list's own issuer, of another, and of the one named before.
    assert_eq!(status(vec![plain()], vec![indirect()]), GOOD);
    assert_eq!(status(vec![named(1, "other"), plain()], vec![indirect()]), GOOD);
    assert_eq!(status(vec![named(1, "root"), plain()], vec![indirect()]), REVOKED);
    // The point says that the list is indirect; one that is not is another list. The root's own
    // list is not the one that the certificate is on either, but is of its issuer and whole.
    assert_eq!(status(vec![plain()], vec![]), GOOD);
}

#[test]
fn a_list_that_is_not_indirect_has_no_entries_of_others() {
    let end = end(vec![]);
    let odd = list(vec![entry(1, LONG_AGO, &[of_issuer("other")])], vec![]);
    assert_eq!(status(&end, &[odd], &[]).0, "seen.crl-unreadable");
}

#[test]
fn a_list_signed_by_an_algorithm_that_ended_is_nobodys() {
    let end = end(vec![]);
    let mut evidence = EvidenceSet::default();
    evidence.add_crl(list(vec![], vec![]));
    let ended =
        "[[algorithm]]\nalgorithm = 'EC'\nuntil = '2026-01-01'\nsource = ''\nconfirmed = true";
    let policy = policy(&ROOT, PathSettings::default());
    let policy = Policy { algorithms: AlgorithmTable::parse("ended", ended).unwrap(), ..policy };
    let judged = Judge::new(policy.clone()).certificate(
        &end,
        Role::Signer,
        &evidence,
        Times::unproven(now()),
    );
    assert_eq!(of_check(&judged, "not-revoked"), "strength.ended");
}

#[test]
fn a_list_made_after_the_certificates_end_counts_if_it_keeps_what_expired() {
    // The certificate of 2026 is known to have been used in that year, and is asked about in 2027.
    let end = end(vec![]);
    let issuer = name("root");
    let (made, next) = ("2027-05-15T00:00:00Z", "2027-06-15T00:00:00Z");
    let status = |extensions: &[Vec<u8>]| {
        let list = ListDraft::new(&issuer, vec![], extensions.to_vec());
        let mut evidence = EvidenceSet::default();
        evidence.add_crl(ListDraft { made, next, ..list }.issue(&KEY));
        let times = Times::proven("2027-06-01T00:00:00Z".parse().unwrap(), now());
        let judge = Judge::new(policy(&ROOT, PathSettings::default()));
        of_check(&judge.certificate(&end, Role::Signer, &evidence, times), "not-revoked")
    };
    let kept = |since: &str| {
        let since = write::generalized_time(since.parse().unwrap());
        extension(oid::EXPIRED_CERTS_ON_CRL, false, &since)
    };
    assert_eq!(status(&[]), "seen.status-too-late");
    assert_eq!(status(&[kept("2020-01-01T00:00:00Z")]), "seen.good");
    assert_eq!(status(&[kept("2027-01-01T00:00:00Z")]), "seen.good");
    assert_eq!(status(&[kept("2027-01-01T00:00:01Z")]), "seen.status-too-late");
}

#[test]
fn an_older_key_of_the_issuer_speaks_for_certificates_of_the_newer() {
    // Rolled over: the CA under the root has two certificates of one name, and signs its lists with
    // the newer key alone.
    let (older, newer) = (new_key(), new_key());
    let (root, ca_name, end_name) = (name("root"), name("CA"), name("end"));
    let certificate = |serial, key: &SoftwareKey, id: &[u8]| {
        let extensions = vec![ca(), key_id(oid::SUBJECT_KEY_IDENTIFIER, id)];
        let draft = Draft::new(&root, &ca_name, extensions);
        Draft { serial, public_key: key.public_key().der(), ..draft }.issue(&KEY)
    };
    let end = Draft { serial: SERIAL, ..Draft::new(&ca_name, &end_name, vec![]) }.issue(&older);
    let of_ca = |entries| ListDraft::new(&ca_name, entries, vec![]).issue(&newer);
    let authorities = [certificate(2, &older, b"older"), certificate(3, &newer, b"newer")];
    let of_root = list(vec![], vec![]);
    assert_eq!(status(&end, &[of_ca(vec![]), of_root.clone()], &authorities), GOOD);
    let listed = of_ca(vec![revoked_entry(SERIAL)]);
    assert_eq!(status(&end, &[listed, of_root], &authorities), REVOKED);
    let without_newer = list(vec![revoked_entry(3)], vec![]);
    let unsure = status(&end, &[of_ca(vec![]), without_newer], &authorities);
    assert_eq!(unsure, ("seen.crl-signer-path", false));
}
