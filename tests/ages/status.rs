//! Rows about revocation, before and after the time that is proven, and about those who say so.

use crate::authority::{
    Answer, Holder, List, Reason, extension, key, of_ca, of_responder, of_signer, purposes, usage,
};
use crate::authority::{CRL_SIGN, DIGITAL_SIGNATURE, KEY_CERT_SIGN, constraints, listed_at, point};
use crate::scene::{CAST, STAMPED, Scene, archived, draft_by, signed, stamped};
use crate::table::{Case, Group};
use inkan::der::write;
use inkan::key::software::KeyAlgorithm::P256;
use inkan::oid::{self, Oid};
use inkan::rule::SubIndication::{
    self, RevocationOutOfBoundsNoPoe, RevokedCaNoPoe, RevokedNoPoe, TryLater,
};

pub(crate) const GROUP: Group = Group { subject: "Revocation", cases: CASES };

const CASES: &[Case] = &[
    Case {
        wrong: "the signer was revoked, and nothing proves when the signature was made",
        clause: "EN 319 102-1 §5.2.6.4, §5.3.4",
        leads_to: RevokedNoPoe,
        found_by: ("not-revoked", RevokedNoPoe),
        bad: || {
            by_ca(signed().into(), list().revoking(&CAST.signer, "2026-05-01", Reason::Superseded))
        },
        but: "somebody else was",
        twin: || {
            by_ca(signed().into(), list().revoking(&CAST.tsa, "2026-05-01", Reason::Superseded))
        },
    },
    Case {
        wrong: "the signer was revoked before the signature is proven to have existed",
        clause: "EN 319 102-1 §5.5.4",
        leads_to: RevokedNoPoe,
        found_by: ("not-revoked", RevokedNoPoe),
        bad: || {
            let list = list().revoking(&CAST.signer, "2026-04-01T09:00:09Z", Reason::KeyCompromise);
            by_ca(stamped().into(), list)
        },
        but: "a second after",
        twin: || {
            let list = list().revoking(&CAST.signer, "2026-04-01T09:00:11Z", Reason::KeyCompromise);
            by_ca(stamped().into(), list)
        },
    },
    Case {
        wrong: "the signer was revoked later, but the key is suspected since before",
        clause: "RFC 5280 §5.3.2, EN 319 102-1 §5.5.4",
        leads_to: RevokedNoPoe,
        found_by: ("not-revoked", RevokedNoPoe),
        bad: || suspected("2026-03-15"),
        but: "suspected since the next day",
        twin: || suspected("2026-04-02"),
    },
    Case {
        wrong: "the responder says that the signer was revoked before the proof of existence",
        clause: "RFC 6960 §2.2, EN 319 102-1 §5.5.4",
        leads_to: RevokedNoPoe,
        found_by: ("not-revoked", RevokedNoPoe),
        bad: || by_answer(stamped().into(), &about_signer().revoked("2026-03-01T00:00:00Z")),
        but: "after it",
        twin: || by_answer(stamped().into(), &about_signer().revoked("2026-05-01T00:00:00Z")),
    },
    Case {
        wrong: "the signer is on hold",
        clause: "EN 319 102-1 §5.2.6.4",
        leads_to: TryLater,
        found_by: ("not-revoked", TryLater),
        bad: || by_ca(signed().into(), list().revoking(&CAST.signer, "2026-05-01", Reason::Hold)),
        but: "was on hold, and a newer list has released it",
        twin: || {
            let held = CAST.ca.list("2026-05-02T00:00:00Z", "2026-06-02T00:00:00Z");
            let held = held.revoking(&CAST.signer, "2026-05-01", Reason::Hold);
            Scene::from(signed()).with(held.der())
        },
    },
    Case {
        wrong: "the CA was revoked, and nothing proves when the signature was made",
        clause: "EN 319 102-1 §5.2.6.4",
        leads_to: RevokedCaNoPoe,
        found_by: ("not-revoked", RevokedCaNoPoe),
        bad: || ca_revoked(signed().into(), "2026-05-01"),
        but: "another CA was",
        twin: || {
            let list = root_list().revoking(&CAST.stranger, "2026-05-01", Reason::KeyCompromise);
            replacing(signed().into(), 0, list.der())
        },
    },
    Case {
        wrong: "the CA was revoked before the signature is proven to have existed",
        clause: "EN 319 102-1 §5.6.2.2",
        leads_to: RevokedCaNoPoe,
        found_by: ("not-revoked", RevokedCaNoPoe),
        bad: || ca_revoked(with_then_values(), "2026-03-01"),
        but: "after all that it signed is proven",
        twin: || ca_revoked(with_then_values(), "2026-05-01"),
    },
    Case {
        wrong: "there is no word on the signer",
        clause: "EN 319 102-1 §5.2.5",
        leads_to: TryLater,
        found_by: ("not-revoked", TryLater),
        bad: || {
            let mut scene = Scene::from(signed());
            scene.evidence.remove(1);
            scene
        },
        but: "a list of the next day, whoever has it: it may only not be too old",
        twin: || by_ca(signed().into(), CAST.ca.list("2026-06-02", "2026-07-02")),
    },
    Case {
        wrong: "the list is stale",
        clause: "EN 319 102-1 §5.2.5",
        leads_to: TryLater,
        found_by: ("not-revoked", TryLater),
        bad: || {
            by_ca(signed().into(), CAST.ca.list("2026-04-20T00:00:00Z", "2026-05-31T23:59:59Z"))
        },
        but: "its last second",
        twin: || {
            by_ca(signed().into(), CAST.ca.list("2026-04-20T00:00:00Z", "2026-06-01T00:00:00Z"))
        },
    },
    open("the list is only for some reasons", "RFC 5280 §5.2.5, §6.3.3", || {
        by_ca(signed().into(), list().with(scope(write::implicit(3, &write::named_bits(1 << 1)))))
    }),
    open("the list is for CAs only", "RFC 5280 §5.2.5", || {
        by_ca(signed().into(), list().with(scope(write::implicit(2, &write::boolean(true)))))
    }),
    open("the list is for attribute certificates only", "RFC 5280 §5.2.5", || {
        by_ca(signed().into(), list().with(scope(write::implicit(5, &write::boolean(true)))))
    }),
    Case {
        wrong: "the list is of another distribution point",
        clause: "RFC 5280 §5.2.5, §6.3.3",
        leads_to: TryLater,
        found_by: ("not-revoked", TryLater),
        bad: || pointed("http://ca.example/others.crl"),
        but: "of the point that the certificate names",
        twin: || pointed(POINT),
    },
    open("the list is an indirect one of somebody whom nobody named", "RFC 5280 §6.3.3 b", || {
        let other = CAST.root.certifies("Lister", &key(P256), YEARS, vec![usage(CRL_SIGN)]);
        let indirect = scope(write::implicit(4, &write::boolean(true)));
        let list = other.list(LIST[0], LIST[1]).with(indirect).der();
        replacing(signed().into(), 1, list).with(other.der())
    }),
    open("the list has a critical extension that nobody knows", "RFC 5280 §5.2", || {
        let unknown = Oid::new_unwrap("1.3.6.1.4.1.99999.3");
        by_ca(signed().into(), list().with(extension(unknown, true, &write::null())))
    }),
    Case {
        wrong: "the list is by another CA of the same name, which nobody trusts",
        clause: "RFC 5280 §6.3.3 f",
        leads_to: TryLater,
        found_by: ("not-revoked", TryLater),
        bad: || {
            let impostor = impostor();
            let list = impostor.list(LIST[0], LIST[1]).der();
            replacing(signed().into(), 1, list).with(impostor.der())
        },
        but: "such a list, revoking the signer, beside the list of the CA",
        twin: || {
            let impostor = impostor();
            let list = impostor.list(LIST[0], LIST[1]);
            let list = list.revoking(&CAST.signer, "2026-01-01", Reason::KeyCompromise);
            Scene::from(signed()).with(list.der()).with(impostor.der())
        },
    },
    Case {
        wrong: "the list is by a CA that may sign no lists",
        clause: "RFC 5280 §6.3.3 f",
        leads_to: TryLater,
        found_by: ("not-revoked", TryLater),
        bad: || silent_ca(vec![constraints(None), usage(KEY_CERT_SIGN)]),
        but: "that may",
        twin: || silent_ca(of_ca()),
    },
    open("the answer is by a responder of another CA", "RFC 6960 §4.2.2.2", || {
        let other = CAST.root.certifies("Responder", &key(P256), YEARS, of_responder());
        answered_by(&other)
    }),
    open(
        "the answer is by somebody whom the CA certified for something else",
        "RFC 6960 §4.2.2.2",
        || answered_by(&CAST.ca.certifies("Responder", &key(P256), YEARS, of_signer())),
    ),
    open("the responder had expired when it answered", "RFC 6960 §4.2.2.2", || {
        let validity = ["2025-01-01", "2026-05-19T23:59:59Z"];
        answered_by(&CAST.ca.certifies("Responder", &key(P256), validity, of_responder()))
    }),
    Case {
        wrong: "the responder was revoked",
        clause: "RFC 6960 §4.2.2.2.1",
        leads_to: TryLater,
        found_by: ("not-revoked", TryLater),
        bad: || {
            responder(|list, delegate| list.revoking(delegate, "2026-05-01", Reason::KeyCompromise))
        },
        but: "it was not",
        twin: || responder(|list, _| list),
    },
    Case {
        wrong: "the answer is about another serial number",
        clause: "RFC 6960 §3.2",
        leads_to: TryLater,
        found_by: ("not-revoked", TryLater),
        bad: || {
            only_answer(&CAST.ca.answer(
                &CAST.rsa_signer.certificate,
                &CAST.ca.certificate,
                LIST[0],
                LIST[1],
            ))
        },
        but: "about the signer's",
        twin: || only_answer(&about_signer()),
    },
    open("the answer says that it does not know the certificate", "RFC 6960 §2.2", || {
        only_answer(&about_signer().unknown())
    }),
    open("the answer is stale", "RFC 6960 §4.2.2.1", || {
        let (signer, ca) = (&CAST.signer.certificate, &CAST.ca.certificate);
        only_answer(&CAST.ca.answer(signer, ca, "2026-05-20T00:00:00Z", "2026-05-31T23:59:59Z"))
    }),
    Case {
        wrong: "the only list is first seen after the end of the CA that signed it",
        clause: "EN 319 102-1 §5.2.5, §5.6.2.2",
        leads_to: RevocationOutOfBoundsNoPoe,
        found_by: ("not-revoked", RevocationOutOfBoundsNoPoe),
        bad: || brief_ca("2026-06-01T00:00:00Z"),
        but: "before its end",
        twin: || brief_ca("2026-05-31T23:59:59Z"),
    },
];

const YEARS: [&str; 2] = ["2025-01-01", "2028-01-01"];
const LIST: [&str; 2] = ["2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z"];
const POINT: &str = "http://ca.example/physicians.crl";

/// A row in which the question whether the signer is revoked stays open.
const fn open(wrong: &'static str, clause: &'static str, bad: fn() -> Scene) -> Case {
    let found_by: (&str, SubIndication) = ("not-revoked", TryLater);
    let twin: fn() -> Scene = || signed().into();
    Case { wrong, clause, leads_to: TryLater, found_by, bad, but: "with the list of the CA", twin }
}

fn list() -> List<'static> {
    CAST.ca.list(LIST[0], LIST[1])
}

fn root_list() -> List<'static> {
    CAST.root.list(LIST[0], LIST[1])
}

/// The evidence of a scene begins with the lists of the root, of the CA and of the root of the TSAs.
fn replacing(mut scene: Scene, place: usize, by: Vec<u8>) -> Scene {
    scene.evidence[place] = by;
    scene
}

fn by_ca(scene: Scene, list: List<'_>) -> Scene {
    replacing(scene, 1, list.der())
}

fn about_signer() -> Answer<'static> {
    CAST.ca.answer(&CAST.signer.certificate, &CAST.ca.certificate, LIST[0], LIST[1])
}

fn by_answer(scene: Scene, answer: &Answer<'_>) -> Scene {
    replacing(scene, 1, answer.der())
}

fn impostor() -> Holder {
    CAST.stranger.certifies("CA", &key(P256), YEARS, of_ca())
}

/// The sound signature, with this answer and no list of the CA.
fn only_answer(answer: &Answer<'_>) -> Scene {
    by_answer(signed().into(), answer)
}

fn answered_by(responder: &Holder) -> Scene {
    let (signer, ca) = (&CAST.signer.certificate, &CAST.ca.certificate);
    only_answer(&responder.answer(signer, ca, LIST[0], LIST[1]))
}

/// An answer of a delegate that is itself to be looked up, in a list for it alone.
fn responder(change: impl FnOnce(List<'static>, &Holder) -> List<'static>) -> Scene {
    const URL: &str = "http://ca.example/responders.crl";
    let extensions =
        vec![usage(DIGITAL_SIGNATURE), purposes(false, &[oid::KP_OCSP_SIGNING]), listed_at(URL)];
    let delegate = CAST.ca.certifies("Responder", &key(P256), YEARS, extensions);
    let of_responders = list().with(scope(point(URL)));
    answered_by(&delegate).with(change(of_responders, &delegate).der())
}

fn suspected(since: &str) -> Scene {
    let (signer, reason) = (&CAST.signer, Reason::KeyCompromise);
    by_ca(stamped().into(), list().revoking_with(signer, "2026-05-10", reason, Some(since)))
}

/// Level LTA: what the CA signed is proven to be of April.
fn with_then_values() -> Scene {
    archived().into()
}

fn ca_revoked(scene: Scene, since: &str) -> Scene {
    replacing(scene, 0, root_list().revoking(&CAST.ca, since, Reason::KeyCompromise).der())
}

fn scope(what: Vec<u8>) -> Vec<u8> {
    extension(oid::ISSUING_DISTRIBUTION_POINT, true, &write::sequence([what]))
}

/// A signer whose list is at one point, and a list of this one.
fn pointed(of: &str) -> Scene {
    let extensions = [of_signer(), vec![listed_at(POINT)]].concat();
    let signer = CAST.ca.certifies("Physician", &CAST.signer.key, YEARS, extensions);
    by_ca(draft_by(&signer).sign().into(), list().with(scope(point(of))))
}

/// A CA with these extensions, its list, and a signer below it.
fn silent_ca(extensions: Vec<Vec<u8>>) -> Scene {
    let ca = CAST.root.certifies("Silent CA", &key(P256), YEARS, extensions);
    let signer = ca.certifies("Physician", &key(P256), YEARS, of_signer());
    let list = ca.list(LIST[0], LIST[1]).der();
    Scene::from(draft_by(&signer).sign()).with(ca.der()).with(list)
}

/// A signer below a CA that ends with May, stamped in April, with a list of May signed by the key of the CA.
fn brief_ca(judged: &'static str) -> Scene {
    let validity = ["2025-01-01", "2026-05-31T23:59:59Z"];
    let ca = CAST.root.certifies("Brief CA", &key(P256), validity, of_ca());
    let signer = ca.certifies("Physician", &key(P256), YEARS, of_signer());
    let list = ca.list(LIST[0], LIST[1]).der();
    let cms = draft_by(&signer).sign().stamped(&CAST.tsa, STAMPED);
    Scene::from(cms).with(ca.der()).with(list).at(judged)
}
