//! Status by OCSP (RFC 6960): who may answer, and how far an answer goes.

use super::issue::{extension, now};
use super::revocation::{LONG_AGO, ROOT, end, list, lister, points, revoked_entry, scope};
use super::{judged, of_check, policy};
use inkan::check::Times;
use inkan::der::certificate::{Certificate, Fingerprint};
use inkan::der::crl::Crl;
use inkan::der::ocsp::{BasicResponse, CertId, request};
use inkan::der::{Reader, Tag, write};
use inkan::digest::DigestAlgorithm;
use inkan::evidence::{EvidenceSet, Proofs};
use inkan::judge::Judge;
use inkan::key::SigningKey as _;
use inkan::key::software::SoftwareKey;
use inkan::oid;
use inkan::policy::{PathSettings, Role};

/// A response about one certificate, before it is signed.
#[derive(Clone)]
struct Answer {
    id: Vec<u8>,
    /// The statuses, each of the same certificate.
    statuses: Vec<Vec<u8>>,
    made: &'static str,
    next: Option<&'static str>,
    produced: &'static str,
    of_status: Vec<Vec<u8>>,
    of_response: Vec<Vec<u8>>,
}

impl Answer {
    fn good(end: &Certificate) -> Self {
        let asked = request(&CertId::new(DigestAlgorithm::Sha1, end, &ROOT));
        let mut id = asked.as_slice();
        for _ in 0..4 {
            id = Reader::new(id, "request").take().unwrap().content;
        }
        Self {
            id: id.to_vec(),
            statuses: vec![write::implicit(0, &write::null())],
            made: "2026-05-20T00:00:00Z",
            next: Some("2026-06-15T00:00:00Z"),
            produced: "2026-05-20T00:00:00Z",
            of_status: Vec::new(),
            of_response: Vec::new(),
        }
    }

    /// `revoked [1] { revocationTime }`
    fn revoked(end: &Certificate, at: &str) -> Self {
        let at = write::sequence([time(at)]);
        Self { statuses: vec![write::implicit(1, &at)], ..Self::good(end) }
    }

    fn by(&self, signer: &Certificate, key: &SoftwareKey) -> BasicResponse {
        let next = self.next.map_or_else(Vec::new, |next| write::explicit(0, &time(next)));
        let singles = self.statuses.iter().map(|status| {
            write::sequence([
                &self.id,
                status,
                &time(self.made),
                &next,
                &extensions(&self.of_status),
            ])
        });
        let hash = DigestAlgorithm::Sha1.digest(key.public_key().bits());
        let responder = write::explicit(2, &write::octet_string(hash.value()));
        let tbs = write::sequence([
            responder,
            time(self.produced),
            write::sequence(singles),
            extensions(&self.of_response),
        ]);
        let response = write::sequence([
            tbs.clone(),
            key.scheme().identifier().to_der(),
            write::bit_string(&key.sign(&tbs).unwrap()),
            write::explicit(0, &write::sequence([signer.der()])),
        ]);
        BasicResponse::parse(response.into()).unwrap()
    }
}

fn time(text: &str) -> Vec<u8> {
    write::generalized_time(text.parse().unwrap())
}

/// `[1] EXPLICIT Extensions OPTIONAL`
fn extensions(all: &[Vec<u8>]) -> Vec<u8> {
    match all {
        [] => Vec::new(),
        some => write::explicit(1, &write::sequence(some)),
    }
}

/// A delegate of the root, with nocheck.
fn delegate(usage: u32, more: &[Vec<u8>]) -> (Certificate, SoftwareKey) {
    let purpose = write::sequence([write::oid(oid::KP_OCSP_SIGNING)]);
    let purpose = extension(oid::EXT_KEY_USAGE, false, &purpose);
    let nocheck = extension(oid::OCSP_NOCHECK, false, &write::null());
    lister("responder", 8, usage, [vec![purpose, nocheck], more.to_vec()].concat())
}

const DIGITAL_SIGNATURE: u32 = 1;
const CRL_SIGN: u32 = 1 << 6;

/// What is seen of the certificate, with nothing but this response.
fn seen(end: &Certificate, response: BasicResponse) -> &'static str {
    let mut evidence = EvidenceSet::default();
    evidence.add_ocsp(response);
    of_check(&judged(end, &ROOT, &evidence, now()), "not-revoked")
}

/// The same for an answer of a good delegate.
fn seen_of(answer: &Answer, end: &Certificate) -> &'static str {
    let (delegate, key) = delegate(DIGITAL_SIGNATURE, &[]);
    seen(end, answer.by(&delegate, &key))
}

#[test]
fn an_ocsp_delegate_without_nocheck_is_looked_up_in_the_lists() {
    // The root's list of responders; nothing but OCSP speaks of the end.
    let url = write::implicit(6, &write::ia5("http://ca.example/responders.crl"));
    let point = write::explicit(0, &write::element(Tag::context(0), &url));
    let of_responders = || list(vec![], vec![scope(std::slice::from_ref(&point))]);
    let purpose = write::sequence([write::oid(oid::KP_OCSP_SIGNING)]);
    let purpose = extension(oid::EXT_KEY_USAGE, false, &purpose);
    let end = end(vec![]);
    let status = |more: Vec<Vec<u8>>, lists: &[Crl]| {
        let (delegate, key) =
            lister("responder", 8, DIGITAL_SIGNATURE, [vec![purpose.clone()], more].concat());
        let mut evidence = EvidenceSet::default();
        lists.iter().for_each(|list| evidence.add_crl(list.clone()));
        evidence.add_ocsp(Answer::good(&end).by(&delegate, &key));
        let judged = judged(&end, &ROOT, &evidence, now());
        let mut wants = judged.verdict.wants().into_iter();
        let url = wants.find_map(|want| Some(want.fetch.as_ref()?.url().to_owned()));
        (of_check(&judged, "not-revoked"), url)
    };
    let nocheck = extension(oid::OCSP_NOCHECK, false, &write::null());
    assert_eq!(status(vec![nocheck], &[]), ("seen.good", None));
    let pointed = vec![points(std::slice::from_ref(&point))];
    let wanted = Some("http://ca.example/responders.crl".to_owned());
    assert_eq!(status(pointed.clone(), &[]), ("seen.ocsp-delegate", wanted));
    assert_eq!(status(pointed.clone(), &[of_responders()]), ("seen.good", None));
    let revoked = list(vec![revoked_entry(8)], vec![scope(std::slice::from_ref(&point))]);
    assert_eq!(status(pointed, &[revoked]).0, "seen.ocsp-delegate");
}

#[test]
fn a_delegate_is_for_signing_and_says_nothing_critical_that_is_unknown() {
    let end = end(vec![]);
    let by = |usage, more: &[Vec<u8>]| {
        let (delegate, key) = delegate(usage, more);
        seen(&end, Answer::good(&end).by(&delegate, &key))
    };
    let unknown = |critical| extension(oid::HC_ROLE, critical, &write::null());
    assert_eq!(by(DIGITAL_SIGNATURE, &[]), "seen.good");
    assert_eq!(by(1 << 1, &[]), "seen.good");
    assert_eq!(by(CRL_SIGN, &[]), "seen.ocsp-signer");
    assert_eq!(by(DIGITAL_SIGNATURE, &[unknown(false)]), "seen.good");
    assert_eq!(by(DIGITAL_SIGNATURE, &[unknown(true)]), "seen.ocsp-signer");
}

#[test]
fn of_a_responder_with_nocheck_nobody_asks_and_of_a_signer_with_it_everybody() {
    let nothing = EvidenceSet::default();
    let seen = |responder: &Certificate| {
        of_check(&judged(responder, &ROOT, &nothing, now()), "not-revoked")
    };
    assert_eq!(seen(&delegate(DIGITAL_SIGNATURE, &[]).0), "seen.ocsp-nocheck");
    let nocheck = || extension(oid::OCSP_NOCHECK, false, &write::null());
    assert_eq!(seen(&end(vec![nocheck()])), "seen.no-status");
    let purposes = [oid::KP_OCSP_SIGNING, oid::KP_EMAIL_PROTECTION].map(write::oid);
    let both = extension(oid::EXT_KEY_USAGE, false, &write::sequence(purposes));
    assert_eq!(seen(&end(vec![nocheck(), both])), "seen.no-status");
}

#[test]
fn a_critical_extension_that_nobody_knows_spoils_the_answer() {
    let end = end(vec![]);
    let unknown = |critical| vec![extension(oid::HC_ROLE, critical, &write::null())];
    let good = || Answer::good(&end);
    for (critical, expected) in [(false, "seen.good"), (true, "seen.ocsp-critical")] {
        let of_status = Answer { of_status: unknown(critical), ..good() };
        assert_eq!(seen_of(&of_status, &end), expected);
        let of_response = Answer { of_response: unknown(critical), ..good() };
        assert_eq!(seen_of(&of_response, &end), expected);
    }
    let nonce = vec![extension(oid::OCSP_NONCE, true, &write::octet_string(&[7; 32]))];
    assert_eq!(seen_of(&Answer { of_response: nonce, ..good() }, &end), "seen.good");
}

#[test]
fn of_two_statuses_of_one_certificate_the_worse_counts() {
    let end = end(vec![]);
    let (good, revoked) = (Answer::good(&end), Answer::revoked(&end, LONG_AGO));
    assert_eq!(seen_of(&good, &end), "seen.good");
    assert_eq!(seen_of(&revoked, &end), "seen.revoked");
    for (first, second) in [(&good, &revoked), (&revoked, &good)] {
        let statuses = [first.statuses.clone(), second.statuses.clone()].concat();
        assert_eq!(seen_of(&Answer { statuses, ..good.clone() }, &end), "seen.revoked");
    }
}

#[test]
fn an_invalidity_date_counts_in_an_answer_as_on_a_list() {
    let end = end(vec![]);
    let later = Answer::revoked(&end, "2026-06-10T00:00:00Z");
    assert_eq!(seen_of(&later, &end), "seen.revoked-later");
    let suspected = extension(oid::INVALIDITY_DATE, false, &time(LONG_AGO));
    assert_eq!(
        seen_of(&Answer { of_status: vec![suspected], ..later.clone() }, &end),
        "seen.revoked"
    );
    let garbled = extension(oid::INVALIDITY_DATE, false, &write::null());
    assert_eq!(seen_of(&Answer { of_status: vec![garbled], ..later }, &end), "seen.ocsp-critical");
}

#[test]
fn an_answer_without_an_end_holds_for_the_second_in_which_it_was_made() {
    let end = end(vec![]);
    let endless = |made| Answer { made, produced: made, next: None, ..Answer::good(&end) };
    assert_eq!(seen_of(&endless("2026-06-01T00:00:00Z"), &end), "seen.good");
    assert_eq!(seen_of(&endless("2026-05-31T23:59:59Z"), &end), "seen.status-stale");
    let (delegate, key) = delegate(DIGITAL_SIGNATURE, &[]);
    let mut evidence = EvidenceSet::default();
    evidence.add_ocsp(endless("2026-06-01T00:00:00Z").by(&delegate, &key));
    let within = "2026-06-01T00:00:00.9Z".parse().unwrap();
    assert_eq!(of_check(&judged(&end, &ROOT, &evidence, within), "not-revoked"), "seen.good");
}

/// What is seen in the middle of 2027 of a certificate of 2026 that is known to have been used then.
fn seen_afterwards(answer: &Answer, end: &Certificate) -> &'static str {
    let mut evidence = EvidenceSet::default();
    evidence.add_ocsp(answer.by(&ROOT, &super::issue::KEY));
    let times = Times::proven("2027-06-01T00:00:00Z".parse().unwrap(), now());
    let judge = Judge::new(policy(&ROOT, PathSettings::default()));
    of_check(&judge.certificate(end, Role::Signer, &evidence, times), "not-revoked")
}

#[test]
fn an_answer_from_after_the_end_counts_within_its_archive_cutoff() {
    let end = end(vec![]);
    let cutoff = |since: &str| vec![extension(oid::OCSP_ARCHIVE_CUTOFF, false, &time(since))];
    let (made, produced) = ("2027-05-20T00:00:00Z", "2027-05-20T00:00:00Z");
    let late = Answer { made, produced, next: None, ..Answer::good(&end) };
    assert_eq!(seen_afterwards(&late, &end), "seen.status-too-late");
    for (since, expected) in [
        ("2020-01-01T00:00:00Z", "seen.good"),
        ("2027-01-01T00:00:00Z", "seen.good"),
        ("2027-01-01T00:00:01Z", "seen.status-too-late"),
    ] {
        let kept = Answer { of_status: cutoff(since), ..late.clone() };
        assert_eq!(seen_afterwards(&kept, &end), expected, "{since}");
    }
}

#[test]
fn an_answer_holds_no_longer_than_the_certificate_of_who_gave_it() {
    // Asked about in 2027, of a certificate that was used in the middle of 2026.
    let end = end(vec![]);
    let (made, produced) = ("2026-05-20T00:00:00Z", "2026-05-20T00:00:00Z");
    let until =
        |next: &'static str| Answer { made, produced, next: Some(next), ..Answer::good(&end) };
    assert_eq!(seen_of(&until("2099-01-01T00:00:00Z"), &end), "seen.good");
    // In force when the certificate was used, and the anchor is trusted to this day.
    assert_eq!(seen_afterwards(&until("2099-01-01T00:00:00Z"), &end), "seen.good");
    assert_eq!(seen_afterwards(&until("2026-05-31T23:59:59Z"), &end), "seen.status-stale");
    // A delegate is not: its certificate ended with 2026, and nothing proves that it answered before.
    let (delegate, key) = delegate(DIGITAL_SIGNATURE, &[]);
    let answer = until("2099-01-01T00:00:00Z").by(&delegate, &key);
    let print = Fingerprint::of(&answer.der);
    let mut evidence = EvidenceSet::default();
    evidence.add_ocsp(answer);
    let (at, later) = ("2027-06-01T00:00:00Z".parse().unwrap(), "2027-02-01T00:00:00Z");
    let seen = |proven_at: Option<&str>| {
        let mut proofs = Proofs::default();
        proven_at.into_iter().for_each(|at| proofs.add(print, at.parse().unwrap()));
        let times = Times { proofs: &proofs, ..Times::proven(at, now()) };
        let judge = Judge::new(policy(&ROOT, PathSettings::default()));
        of_check(&judge.certificate(&end, Role::Signer, &evidence, times), "not-revoked")
    };
    assert_eq!(seen(None), "seen.status-signer-ended");
    assert_eq!(seen(Some(later)), "seen.status-signer-ended");
    assert_eq!(seen(Some("2026-06-01T00:00:00Z")), "seen.good");
}
