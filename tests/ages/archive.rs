//! Rows about archive timestamps: the index in them, what they are over, and what was done to the file
//! since; and renewals that came too late.

use crate::authority::{Holder, Reason, Validity, key, of_ca, of_signer, of_tsa};
use crate::cms::{Cms, Index, Stamp};
use crate::scene::{
    ARCHIVED, CAST, Cast, RECORD, STAMPED, Scene, archived, draft_by, lists, signed, stamped,
    with_values,
};
use crate::table::{Case, Group};
use inkan::der::write;
use inkan::digest::DigestAlgorithm::{Sha1, Sha256, Sha384};
use inkan::key::software::KeyAlgorithm::{P256, Rsa2048};
use inkan::oid;
use inkan::rule::SubIndication::{
    self, CryptoConstraintsFailureNoPoe, FormatFailure, HashFailure, OutOfBoundsNotRevoked,
    RevokedCaNoPoe, RevokedNoPoe, SigConstraintsFailure, TimestampOrderFailure, TryLater,
};

pub(crate) const GROUP: Group = Group { subject: "Archive timestamps and renewal", cases: CASES };

/// A row whose twin is the sound signature of level LTA.
const fn case(
    wrong: &'static str,
    clause: &'static str,
    found_by: (&'static str, SubIndication),
    bad: fn() -> Scene,
) -> Case {
    let leads_to = match found_by.1 {
        HashFailure | FormatFailure => SigConstraintsFailure,
        other => other,
    };
    Case { wrong, clause, leads_to, found_by, bad, but: "untouched", twin: || archived().into() }
}

const INDEX: &str = "EN 319 122-1 §5.5.2";
const IMPRINT: &str = "EN 319 122-1 §5.5.3";
const BROKEN_INDEX: (&str, SubIndication) = ("archive-index", SigConstraintsFailure);
const OTHER_IMPRINT: (&str, SubIndication) = ("imprint", HashFailure);

const CASES: &[Case] = &[
    case("an entry of the index was changed before it was stamped", INDEX, BROKEN_INDEX, || {
        index(|index| index.certificates[0][0] ^= 1)
    }),
    case("the index has an entry of something that is not there", INDEX, BROKEN_INDEX, || {
        index(|index| index.revocation.push(Sha384.digest(b"a list").value().to_vec()))
    }),
    case("an entry of the index was changed after it was stamped", IMPRINT, OTHER_IMPRINT, || {
        reindexed(|index| index.attributes[0][0] ^= 1)
    }),
    case(
        "an entry was taken out of the index after it was stamped",
        IMPRINT,
        OTHER_IMPRINT,
        || reindexed(|index| drop(index.attributes.pop())),
    ),
    Case {
        wrong: "the signature timestamp has no entry in the index, and its TSA has ended",
        clause: "EN 319 122-1 §5.5.2, EN 319 102-1 §5.6.2.3",
        leads_to: OutOfBoundsNotRevoked,
        found_by: ("valid-at", OutOfBoundsNotRevoked),
        bad: || brief_tsa(|index| index.attributes.clear()),
        but: "it has one",
        twin: || brief_tsa(|_| {}),
    },
    case("the archive timestamp has no index", INDEX, ("archive-index", FormatFailure), || {
        token(|token| token.unsigned.clear())
    }),
    case("the archive timestamp has two indexes", INDEX, ("archive-index", FormatFailure), || {
        token(|token| token.unsigned.push(token.unsigned[0].clone()))
    }),
    case("the index cannot be read", INDEX, ("archive-index", FormatFailure), || {
        token(|token| token.unsigned[0].1 = vec![write::null()])
    }),
    case(
        "the index was made with another hash function than the imprint",
        INDEX,
        ("archive-index-algorithm", SigConstraintsFailure),
        || index(|all| *all = Index::of(&with_values(), Sha256)),
    ),
    Case {
        wrong: "an index of version 1 with entries as version 3 has them",
        clause: "TS 101 733 §6.4.2",
        leads_to: SigConstraintsFailure,
        found_by: BROKEN_INDEX,
        bad: || index(|index| index.kind = oid::ATS_HASH_INDEX),
        but: "with entries of whole attributes",
        twin: || index(|index| *index = Index::of_version_1(&with_values(), Sha384)),
    },
    Case {
        wrong: "the indexes of two archive timestamps were exchanged",
        clause: IMPRINT,
        leads_to: SigConstraintsFailure,
        found_by: OTHER_IMPRINT,
        bad: || {
            let [mut first, mut second] = renewals();
            std::mem::swap(&mut first.unsigned, &mut second.unsigned);
            then(&first).adding(oid::ARCHIVE_TIME_STAMP_V3, second.der()).into()
        },
        but: "only the places of the two were",
        twin: || {
            let [first, second] = renewals();
            let mut cms = then(&first).adding(oid::ARCHIVE_TIME_STAMP_V3, second.der());
            cms.unsigned.swap(1, 2);
            cms.into()
        },
    },
    case("the archive timestamp is of other data", IMPRINT, OTHER_IMPRINT, || {
        let index = Index::of(&with_values(), Sha384);
        let other = Stamp::over(&CAST.other_tsa, ARCHIVED, b"something else").token();
        archive(&other.adding(index.kind, index.der()))
    }),
    case(
        "the archive timestamp is of the same signature over other content",
        IMPRINT,
        OTHER_IMPRINT,
        || {
            let other = Cms { content: Some(b"two tablets a day".to_vec()), ..with_values() };
            let other = other.archived(&CAST.other_tsa, ARCHIVED);
            Cms { content: Some(RECORD.to_vec()), ..other }.into()
        },
    ),
    Case {
        leads_to: HashFailure,
        ..case(
            "the content was altered under level LTA",
            "EN 319 102-1 §5.2.7.4",
            ("content-intact", HashFailure),
            || Cms { content: Some(b"two tablets a day".to_vec()), ..archived() }.into(),
        )
    },
    case("a certificate in the bag was replaced", INDEX, BROKEN_INDEX, || {
        let mut cms = archived();
        *cms.bag.last_mut().unwrap() = CAST.stranger.der();
        cms.into()
    }),
    Case {
        wrong: "a list was taken out of the bag",
        clause: INDEX,
        leads_to: SigConstraintsFailure,
        found_by: BROKEN_INDEX,
        bad: || {
            let mut cms = archived();
            cms.revocation.pop();
            cms.into()
        },
        but: "one was put in",
        twin: || {
            archived().embedding(&[&CAST.stranger], &lists(["2026-05-01", "2026-06-01"])).into()
        },
    },
    case("the signature timestamp was taken away", INDEX, BROKEN_INDEX, || {
        let mut cms = archived();
        cms.unsigned.remove(0);
        cms.into()
    }),
    Case {
        wrong: "the signature timestamp was replaced by a newer one",
        clause: INDEX,
        leads_to: SigConstraintsFailure,
        found_by: BROKEN_INDEX,
        bad: || {
            let newer = Stamp::over(&CAST.tsa, "2026-04-02T09:00:00Z", &signed().value).token();
            let mut cms = archived();
            cms.unsigned[0].1 = vec![newer.der()];
            cms.into()
        },
        but: "a newer one was added",
        twin: || archived().stamped(&CAST.tsa, "2026-05-01T09:00:00Z").into(),
    },
    case(
        "the signature timestamp is later than the archive timestamp over it",
        "EN 319 102-1 §5.6.3",
        ("timestamps-ordered", TimestampOrderFailure),
        || {
            let cms = signed().stamped(&CAST.tsa, "2026-04-10T09:00:10Z");
            cms.archived(&CAST.other_tsa, ARCHIVED).into()
        },
    ),
    case(
        "the imprint of the archive timestamp is of SHA-1",
        "EN 319 102-1 §5.2.8, 認定指針 3条",
        ("token-strength", CryptoConstraintsFailureNoPoe),
        || {
            let cms = with_values();
            let index = Index::of(&cms, Sha1);
            let imprint = cms.imprint(&index, Sha1);
            let token = Stamp::of(&CAST.other_tsa, ARCHIVED, imprint).token();
            archive(&token.adding(index.kind, index.der()))
        },
    ),
    Case {
        wrong: "the key of the first TSA was compromised before the archive timestamp",
        clause: "EN 319 102-1 §5.6.2.2",
        leads_to: RevokedNoPoe,
        found_by: ("not-revoked", RevokedNoPoe),
        bad: || compromised("2026-04-05T00:00:00Z"),
        but: "after it",
        twin: || compromised("2026-04-11T00:00:00Z"),
    },
    Case {
        wrong: "the CA above the first TSA was revoked before the archive timestamp",
        clause: "EN 319 102-1 §5.6.2.2",
        leads_to: RevokedCaNoPoe,
        found_by: ("not-revoked", RevokedCaNoPoe),
        bad: || tsa_ca_revoked("2026-04-05T00:00:00Z"),
        but: "after it",
        twin: || tsa_ca_revoked("2026-04-11T00:00:00Z"),
    },
    Case {
        wrong: "the algorithm of the CA ended before its list is proven to have been there",
        clause: "EN 319 102-1 §5.6.2.2, CRYPTREC LS-0003-2022",
        leads_to: CryptoConstraintsFailureNoPoe,
        found_by: ("not-revoked", CryptoConstraintsFailureNoPoe),
        bad: || weak_ca("2031-01-01T00:00:00Z"),
        but: "in its last second",
        twin: || weak_ca("2030-12-31T23:59:59Z"),
    },
    Case {
        wrong: "the newest TSA was compromised since; a list inside, of its day, says that it is good",
        clause: "EN 319 102-1 §5.4, §5.2.5",
        leads_to: RevokedNoPoe,
        found_by: ("not-revoked", RevokedNoPoe),
        bad: || newest_listed(Some("2026-05-01T00:00:00Z")),
        but: "a newer list says so too",
        twin: || newest_listed(None),
    },
    Case {
        wrong: "renewed after the end of the TSA before",
        clause: "EN 319 102-1 §5.6.2.4",
        leads_to: OutOfBoundsNotRevoked,
        found_by: ("valid-at", OutOfBoundsNotRevoked),
        bad: || renewed_late("2026-05-16T00:00:00Z"),
        but: "in its last second",
        twin: || renewed_late("2026-05-15T23:59:59Z"),
    },
    Case {
        wrong: "renewed after the end of the algorithm before",
        clause: "EN 319 102-1 §5.6.2.4, CRYPTREC LS-0003-2022",
        leads_to: CryptoConstraintsFailureNoPoe,
        found_by: ("token-strength", CryptoConstraintsFailureNoPoe),
        bad: || algorithm_ended("2031-01-01T00:00:00Z"),
        but: "in its last second",
        twin: || algorithm_ended("2030-12-31T23:59:59Z"),
    },
    Case {
        wrong: "the lists for the TSA before were not embedded when it was renewed",
        clause: "EN 319 122-1 §5.5.3, EN 319 102-1 §5.2.5",
        leads_to: TryLater,
        found_by: ("not-revoked", TryLater),
        bad: || unsupported(&[]),
        but: "they were",
        twin: || unsupported(&[last_list()]),
    },
];

/// The sound signature of level LTA, its index changed before it was stamped.
fn index(change: impl FnOnce(&mut Index)) -> Scene {
    with_values().archived_with(&CAST.other_tsa, ARCHIVED, change).into()
}

/// The same, changed after it was stamped.
fn reindexed(change: impl FnOnce(&mut Index)) -> Scene {
    let mut index = Index::of(&with_values(), Sha384);
    change(&mut index);
    token(|token| token.unsigned[0].1 = vec![index.der()])
}

/// The sound signature of level LTA, the archive token being changed where the TSA signed nothing.
fn token(change: impl FnOnce(&mut Cms)) -> Scene {
    let cms = with_values();
    let index = Index::of(&cms, Sha384);
    let token = Stamp::of(&CAST.other_tsa, ARCHIVED, cms.imprint(&index, Sha384)).token();
    let mut token = token.adding(index.kind, index.der());
    change(&mut token);
    archive(&token)
}

fn archive(token: &Cms) -> Scene {
    with_values().adding(oid::ARCHIVE_TIME_STAMP_V3, token.der()).into()
}

/// Stamped by a TSA that ends with the middle of May.
fn brief_tsa(change: impl FnOnce(&mut Index)) -> Scene {
    let Scene { evidence, .. } = Scene::from(signed());
    let cms = signed().stamped(&brief(), STAMPED);
    let Cast { root, ca, tsa_root, .. } = &*CAST;
    let cms = cms.embedding(&[root, ca, tsa_root], &lists(THEN));
    let cms = cms.archived_with(&CAST.other_tsa, ARCHIVED, change);
    Scene { evidence, ..cms.into() }.with(last_list())
}

const THEN: [&str; 2] = ["2026-04-09T00:00:00Z", "2026-05-09T00:00:00Z"];
const YEARS: Validity = ["2025-01-01", "2036-01-01"];
const BRIEF: Validity = ["2025-01-01", "2026-05-15T23:59:59Z"];

fn brief() -> Holder {
    CAST.tsa_root.certifies("Brief TSA", &CAST.tsa.key, BRIEF, of_tsa())
}

/// A list of just before the end of that TSA, in force to this day.
fn last_list() -> Vec<u8> {
    CAST.tsa_root.list("2026-05-15T12:00:00Z", "2026-06-15T12:00:00Z").der()
}

/// What is inside before the first and the second archive timestamp, and their tokens.
fn renewals() -> [Cms; 2] {
    let first = with_values().archive_token(&CAST.other_tsa, ARCHIVED, |_| {});
    let second = then(&first).archive_token(&CAST.other_tsa, "2026-05-10T09:00:00Z", |_| {});
    [first, second]
}

/// With a first archive timestamp and the lists of the month after.
fn then(first: &Cms) -> Cms {
    let cms = with_values().adding(oid::ARCHIVE_TIME_STAMP_V3, first.der());
    cms.embedding(&[], &lists(["2026-05-08", "2026-06-08"]))
}

fn compromised(since: &str) -> Scene {
    let list = CAST.tsa_root.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z");
    let mut scene = Scene::from(archived());
    scene.evidence[2] = list.revoking(&CAST.tsa, since, Reason::KeyCompromise).der();
    scene
}

/// The first TSA stands below a CA of its own, which was revoked at that time.
fn tsa_ca_revoked(since: &str) -> Scene {
    let ca = CAST.tsa_root.certifies("TSA CA", &key(P256), YEARS, of_ca());
    let tsa = ca.certifies("Lower TSA", &CAST.tsa.key, YEARS, of_tsa());
    let Cast { root, ca: signing_ca, tsa_root, .. } = &*CAST;
    let list = ca.list(THEN[0], THEN[1]).der();
    let cms =
        signed().stamped(&tsa, STAMPED).embedding(&[root, signing_ca, tsa_root, &ca], &[list]);
    let cms = cms.embedding(&[], &lists(THEN)).archived(&CAST.other_tsa, ARCHIVED);
    let list = CAST.tsa_root.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z");
    let mut scene = Scene::from(cms);
    scene.evidence[2] = list.revoking(&ca, since, Reason::KeyCompromise).der();
    scene
}

/// A CA with RSA-2048, its certificate and its list of December 2030 first archived at that time; judged in
/// 2032.
fn weak_ca(archived: &str) -> Scene {
    let ca = CAST.root.certifies("RSA CA", &key(Rsa2048), ["2024-01-01", "2034-01-01"], of_ca());
    let signer =
        ca.certifies("Notary", &CAST.signer.key, ["2025-01-01", "2034-01-01"], of_signer());
    let Cast { root, tsa_root, .. } = &*CAST;
    let month = ["2030-12-20T00:00:00Z", "2031-01-20T00:00:00Z"];
    let list = ca.list(month[0], month[1]).der();
    let cms = draft_by(&signer).sign().stamped(&CAST.tsa, "2030-12-25T00:00:00Z");
    let cms = cms.embedding(&[root, &ca, tsa_root], &[vec![list], lists(month)].concat());
    let cms = cms.archived(&CAST.other_tsa, archived);
    let now = lists(["2031-12-20T00:00:00Z", "2032-01-20T00:00:00Z"]);
    Scene { evidence: now, ..cms.into() }.at("2032-01-01")
}

/// The sound signature of level LTA, a newer list revoking its newest TSA or not.
fn newest_listed(revoked: Option<&str>) -> Scene {
    let list = CAST.tsa_root.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z");
    let mut scene = Scene::from(archived());
    scene.evidence[2] = match revoked {
        Some(since) => list.revoking(&CAST.other_tsa, since, Reason::KeyCompromise).der(),
        None => list.der(),
    };
    scene
}

/// Archived by a TSA that ends with the middle of May, and again by another at that time.
fn renewed_late(time: &str) -> Scene {
    let cms = with_values().archived(&brief(), ARCHIVED);
    let cms = cms.embedding(&[], &[last_list()]);
    cms.archived(&CAST.other_tsa, time).into()
}

/// Archived by a TSA that ends with the middle of May, and again before its end, with or without a list of
/// its root inside. The one in hand is of after that end, and may have dropped it.
fn unsupported(inside: &[Vec<u8>]) -> Scene {
    let Cast { root, ca, tsa_root, .. } = &*CAST;
    let cms = stamped().embedding(&[root, ca, tsa_root], &lists(THEN)[..2]);
    let cms = cms.archived(&brief(), ARCHIVED).embedding(&[], inside);
    cms.archived(&CAST.other_tsa, "2026-05-15T23:00:00Z").into()
}

/// Archived by a TSA with RSA-2048, and again by another at that time; judged in 2032.
fn algorithm_ended(time: &str) -> Scene {
    let weak =
        CAST.tsa_root.certifies("RSA TSA", &key(Rsa2048), ["2025-01-01", "2036-01-01"], of_tsa());
    let cms = with_values().archived(&weak, ARCHIVED);
    let cms = cms.embedding(&[], &lists(["2030-12-20T00:00:00Z", "2031-01-20T00:00:00Z"]));
    let cms = cms.archived(&CAST.other_tsa, time);
    let now = lists(["2031-12-20T00:00:00Z", "2032-01-20T00:00:00Z"]);
    Scene { evidence: now, ..cms.into() }.at("2032-01-01")
}
