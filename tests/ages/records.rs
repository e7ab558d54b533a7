//! Rows about evidence records (RFC 4998): the hash tree, and renewals of both kinds, wrong or too late.

use crate::authority::{Holder, Reason, Validity, key, of_tsa};
use crate::cms::Stamp;
use crate::record::Record;
use crate::scene::{ARCHIVED, CAST, Cast, RECORD, STAMPED, Scene, lists};
use crate::table::{Case, Group};
use inkan::digest::DigestAlgorithm::{Sha256, Sha512};
use inkan::key::software::KeyAlgorithm::Rsa2048;
use inkan::rule::SubIndication::{
    self, CryptoConstraintsFailureNoPoe, HashFailure, OutOfBoundsNotRevoked, RevokedNoPoe,
    SignedDataNotFound, TimestampOrderFailure,
};

pub(crate) const GROUP: Group = Group { subject: "Evidence records", cases: CASES };

/// A row whose twin is the sound record, renewed once in each way.
const fn case(
    wrong: &'static str,
    clause: &'static str,
    check: &'static str,
    sub: SubIndication,
    bad: fn() -> Scene,
) -> Case {
    let twin: fn() -> Scene = || of(&renewed());
    Case { wrong, clause, leads_to: sub, found_by: (check, sub), bad, but: "untouched", twin }
}

const CASES: &[Case] = &[
    case("the document was altered", "RFC 4998 §4.3", "objects-stamped", HashFailure, || Scene {
        content: Some(b"two tablets a day".to_vec()),
        ..of(&renewed())
    }),
    case(
        "the document is not there",
        "RFC 4998 §4.3",
        "objects-stamped",
        SignedDataNotFound,
        || Scene { content: None, ..of(&renewed()) },
    ),
    case(
        "a branch of the tree is wrong",
        "RFC 4998 §4.3",
        "trees-reach-tokens",
        HashFailure,
        || {
            let mut record = renewed();
            record.chains[1][0].tree[1][0][0] ^= 1;
            of(&record)
        },
    ),
    case(
        "the neighbour in the tree of the first timestamp is wrong",
        "RFC 4998 §4.3",
        "trees-reach-tokens",
        HashFailure,
        || {
            let mut record = renewed();
            record.chains[0][0].tree[0][1][0] ^= 1;
            of(&record)
        },
    ),
    case(
        "the token is of another tree",
        "RFC 4998 §4.3",
        "trees-reach-tokens",
        HashFailure,
        || {
            let mut record = first();
            let other = Stamp::over(&CAST.tsa, STAMPED, b"another tree");
            record.newest().token = other.token();
            of(&record)
        },
    ),
    case(
        "a renewal is of another token than the one before",
        "RFC 4998 §5.3",
        "tokens-renewed",
        HashFailure,
        || {
            let other = Record::of(b"two tablets a day", Sha256, &CAST.tsa, STAMPED);
            let mut record = first().restamped(&CAST.other_tsa, ARCHIVED);
            record.chains[0][1] = other.restamped(&CAST.other_tsa, ARCHIVED).chains[0][1].clone();
            of(&record)
        },
    ),
    case(
        "two archive timestamps of a chain changed places",
        "RFC 4998 §5.1",
        "tokens-renewed",
        HashFailure,
        || {
            let mut record = renewed();
            record.chains[0].swap(0, 1);
            of(&record)
        },
    ),
    case(
        "a hash-tree renewal leaves out a timestamp that was there",
        "RFC 4998 §5.3",
        "trees-renewed",
        HashFailure,
        || {
            let mut record = renewed();
            record.chains[0].pop();
            of(&record)
        },
    ),
    case(
        "a hash-tree renewal is of another document",
        "RFC 4998 §5.3",
        "trees-renewed",
        HashFailure,
        || of(&restamped().rehashed(b"two tablets a day", Sha512, &CAST.other_tsa, RENEWED)),
    ),
    case(
        "a renewal is dated before what it renews",
        "RFC 4998 §5.1",
        "archive-times-ascend",
        TimestampOrderFailure,
        || of(&first().restamped(&CAST.other_tsa, "2026-03-01T09:00:00Z")),
    ),
    Case {
        wrong: "a record renewed after the end of the TSA before",
        clause: "RFC 4998 §5.3, EN 319 102-1 §5.6.2.4",
        leads_to: OutOfBoundsNotRevoked,
        found_by: ("valid-at", OutOfBoundsNotRevoked),
        bad: || late("2026-05-16T00:00:00Z"),
        but: "in its last second",
        twin: || late("2026-05-15T23:59:59Z"),
    },
    Case {
        wrong: "a record renewed after the end of the algorithm before",
        clause: "RFC 4998 §5.3, EN 319 102-1 §5.6.2.4",
        leads_to: CryptoConstraintsFailureNoPoe,
        found_by: ("token-strength", CryptoConstraintsFailureNoPoe),
        bad: || weak("2031-01-01T00:00:00Z"),
        but: "in its last second",
        twin: || weak("2030-12-31T23:59:59Z"),
    },
    Case {
        wrong: "the key of the first TSA was compromised before the renewal",
        clause: "RFC 4998 §5.3, EN 319 102-1 §5.6.2.2",
        leads_to: RevokedNoPoe,
        found_by: ("not-revoked", RevokedNoPoe),
        bad: || compromised("2026-04-05T00:00:00Z"),
        but: "after it",
        twin: || compromised("2026-04-11T00:00:00Z"),
    },
];

const RENEWED: &str = "2026-04-20T09:00:00Z";
const LISTS: [&str; 2] = ["2026-04-09T00:00:00Z", "2026-05-09T00:00:00Z"];

/// A record of the document with one timestamp, what that is judged by inside.
fn first() -> Record {
    let record = Record::of(RECORD, Sha256, &CAST.tsa, STAMPED);
    record.supported(&[&CAST.tsa_root], &lists(LISTS))
}

/// With a renewed timestamp.
fn restamped() -> Record {
    let record = first().restamped(&CAST.other_tsa, ARCHIVED);
    record.supported(&[&CAST.tsa_root], &lists(LISTS))
}

/// With a renewed tree as well.
fn renewed() -> Record {
    restamped().rehashed(RECORD, Sha512, &CAST.other_tsa, RENEWED)
}

fn of(record: &Record) -> Scene {
    Scene { content: Some(RECORD.to_vec()), ..Scene::of(record.der()) }
}

/// Stamped by a TSA that ends with the middle of May, renewed at that time.
fn late(time: &str) -> Scene {
    let validity: Validity = ["2025-01-01", "2026-05-15T23:59:59Z"];
    let tsa = CAST.tsa_root.certifies("Brief TSA", &CAST.tsa.key, validity, of_tsa());
    let list = CAST.tsa_root.list("2026-05-15T12:00:00Z", "2026-06-15T12:00:00Z").der();
    let record = Record::of(RECORD, Sha256, &tsa, STAMPED);
    of(&record.supported(&[&CAST.tsa_root], &[list]).restamped(&CAST.other_tsa, time))
}

/// Stamped by a TSA with RSA-2048, renewed at that time, judged in 2032.
fn weak(time: &str) -> Scene {
    let validity = ["2025-01-01", "2036-01-01"];
    let tsa: Holder = CAST.tsa_root.certifies("RSA TSA", &key(Rsa2048), validity, of_tsa());
    let then = lists(["2030-12-20T00:00:00Z", "2031-01-20T00:00:00Z"]);
    let record = Record::of(RECORD, Sha256, &tsa, STAMPED).supported(&[&CAST.tsa_root], &then);
    let scene = of(&record.restamped(&CAST.other_tsa, time));
    let now = lists(["2031-12-20T00:00:00Z", "2032-01-20T00:00:00Z"]);
    Scene { evidence: now, ..scene }.at("2032-01-01")
}

fn compromised(since: &str) -> Scene {
    let Cast { tsa_root, tsa, .. } = &*CAST;
    let list = tsa_root.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z");
    let mut scene = of(&restamped());
    scene.evidence[2] = list.revoking(tsa, since, Reason::KeyCompromise).der();
    scene
}
