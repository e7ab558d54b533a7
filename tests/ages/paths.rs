//! Rows about the certificates of the signer and of the CAs above: their validity at the time that is
//! proven, and what RFC 5280 demands of a path.

use crate::attack::RawRsa;
use crate::authority::{
    DIGITAL_SIGNATURE, Holder, KEY_CERT_SIGN, KEY_ENCIPHERMENT, Validity, constraints, extension,
    key, of_ca, of_signer, usage,
};
use crate::cms::{Draft, Stamp};
use crate::scene::{CAST, RECORD, STAMPED, Scene, draft, draft_by, signed};
use crate::table::{Case, Group};
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::{Tag, ess, write};
use inkan::digest::DigestAlgorithm::{Sha1, Sha256};
use inkan::key::software::KeyAlgorithm::P256;
use inkan::oid::{self, Oid};
use inkan::policy::PathSettings;
use inkan::policy::path::{AcceptablePolicies, ExplicitPolicy};
use inkan::rule::SubIndication::{
    self, ChainConstraintsFailure, CryptoConstraintsFailureNoPoe, Expired, NoCertificateChainFound,
    NotYetValid, OutOfBoundsNoPoe, OutOfBoundsNotRevoked, Revoked,
};
use std::sync::{LazyLock, Mutex};

pub(crate) const GROUP: Group = Group { subject: "Certificates and their time", cases: CASES };

const CASES: &[Case] = &[
    Case {
        wrong: "the signer has expired, and nothing proves when the signature was made",
        clause: "EN 319 102-1 §5.2.6.4, §5.3.4",
        leads_to: OutOfBoundsNotRevoked,
        found_by: ("valid-at", OutOfBoundsNotRevoked),
        bad: || ended(draft_by(&brief()).sign().into()),
        but: "with a timestamp from before",
        twin: || ended(draft_by(&brief()).sign().stamped(&CAST.tsa, STAMPED).into()),
    },
    Case {
        wrong: "the signer has expired, and nobody knows whether it was revoked",
        clause: "EN 319 102-1 §5.2.6.4, §5.3.4",
        leads_to: OutOfBoundsNoPoe,
        found_by: ("valid-at", OutOfBoundsNoPoe),
        bad: || draft_by(&brief()).sign().into(),
        but: "with a timestamp and a list from before its end",
        twin: || ended(draft_by(&brief()).sign().stamped(&CAST.tsa, STAMPED).into()),
    },
    Case {
        wrong: "the timestamp is of after the signer's end",
        clause: "EN 319 102-1 §5.5.4",
        leads_to: OutOfBoundsNotRevoked,
        found_by: ("valid-at", OutOfBoundsNotRevoked),
        bad: || ended(draft_by(&brief()).sign().stamped(&CAST.tsa, "2026-05-16T00:00:00Z").into()),
        but: "of the last second",
        twin: || ended(draft_by(&brief()).sign().stamped(&CAST.tsa, END_OF_BRIEF).into()),
    },
    Case {
        wrong: "the signature is proven to be earlier than the signer's certificate",
        clause: "EN 319 102-1 §5.5.4",
        leads_to: NotYetValid,
        found_by: ("valid-at", NotYetValid),
        bad: || stamped_by_signer_of(["2026-04-01T09:00:11Z", "2028-01-01"]),
        but: "as old as the certificate",
        twin: || stamped_by_signer_of([STAMPED, "2028-01-01"]),
    },
    Case {
        wrong: "the signer's certificate begins tomorrow",
        clause: "EN 319 102-1 §5.2.6.4, §5.3.4",
        leads_to: OutOfBoundsNoPoe,
        found_by: ("valid-at", OutOfBoundsNoPoe),
        bad: || signer_of(["2026-06-02", "2028-01-01"]),
        but: "today",
        twin: || signer_of(["2026-06-01", "2028-01-01"]),
    },
    Case {
        wrong: "a content timestamp proves the signature to be later than the signer's end",
        clause: "EN 319 102-1 §5.3.4, §5.6.2.1",
        leads_to: Expired,
        found_by: ("valid-at", Expired),
        bad: || content_stamped("2026-05-16T00:00:00Z", "2026-05-17T00:00:00Z"),
        but: "the content and the signature were stamped before",
        twin: || content_stamped("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"),
    },
    Case {
        wrong: "a content timestamp proves the signature to be later than the signer's revocation",
        clause: "EN 319 102-1 §5.3.4",
        leads_to: Revoked,
        found_by: ("not-revoked", Revoked),
        bad: || revoked_since("2026-03-30T00:00:00Z"),
        but: "revoked after the signature is proven",
        twin: || revoked_since("2026-05-01T00:00:00Z"),
    },
    Case {
        wrong: "the CA had ended before the signature is proven to have existed",
        clause: "RFC 5280 §6.1.3, EN 319 102-1 §5.6.2.1",
        leads_to: OutOfBoundsNoPoe,
        found_by: ("valid-at", OutOfBoundsNoPoe),
        bad: || below(of_ca(), ["2024-01-01", "2026-04-01T09:00:09Z"], of_signer()),
        but: "its last second",
        twin: || below(of_ca(), ["2024-01-01", "2030-01-01"], of_signer()),
    },
    Case {
        wrong: "nobody trusts the root",
        clause: "EN 319 102-1 §5.2.6",
        leads_to: NoCertificateChainFound,
        found_by: ("ends-at-anchor", NoCertificateChainFound),
        bad: || Scene { trust: vec![], ..signed().into() },
        but: "it is trusted",
        twin: || signed().into(),
    },
    Case {
        wrong: "the certificate of the CA is missing, and a root of its name has another key",
        clause: "RFC 5280 §6.1.3 a 1",
        leads_to: NoCertificateChainFound,
        found_by: ("ends-at-anchor", NoCertificateChainFound),
        bad: || {
            let mut scene = Scene::from(signed());
            scene.evidence.pop();
            scene.with(Holder::root("CA", key(P256), ["2024-01-01", "2034-01-01"]).der())
        },
        but: "with the certificate of the CA beside it",
        twin: || {
            let other = Holder::root("CA", key(P256), ["2024-01-01", "2034-01-01"]);
            Scene::from(signed()).with(other.der())
        },
    },
    chain("the signer may only encipher", "RFC 5280 §4.2.1.3", "key-usage", || {
        below(of_ca(), YEARS, vec![usage(KEY_ENCIPHERMENT)])
    }),
    chain(
        "the signer has a critical extension that nobody knows",
        "RFC 5280 §6.1.4 o",
        UNKNOWN,
        || below(of_ca(), YEARS, [of_signer(), vec![unknown()]].concat()),
    ),
    chain(
        "the CA has a critical extension that nobody knows",
        "RFC 5280 §6.1.4 o",
        UNKNOWN,
        || below([of_ca(), vec![unknown()]].concat(), YEARS, of_signer()),
    ),
    chain("the CA does not say that it is one", "RFC 5280 §6.1.4 k", "is-ca", || {
        below(vec![usage(KEY_CERT_SIGN | (1 << 6))], YEARS, of_signer())
    }),
    chain("the CA may not sign certificates", "RFC 5280 §6.1.4 n", "key-usage", || {
        below(vec![constraints(None), usage(DIGITAL_SIGNATURE | (1 << 6))], YEARS, of_signer())
    }),
    Case {
        wrong: "more CAs below one than it allows",
        clause: "RFC 5280 §6.1.4 m",
        leads_to: ChainConstraintsFailure,
        found_by: ("path-length", ChainConstraintsFailure),
        bad: || two_cas(0),
        but: "as many as it allows",
        twin: || two_cas(1),
    },
    Case {
        wrong: "the CA is permitted other names only",
        clause: "RFC 5280 §6.1.4 b, §4.2.1.10",
        leads_to: ChainConstraintsFailure,
        found_by: ("name-constraints", ChainConstraintsFailure),
        bad: || constrained("Somebody else"),
        but: "the signer's among them",
        twin: || constrained("Physician"),
    },
    Case {
        wrong: "no policy of the path is acceptable",
        clause: "RFC 5280 §6.1.5 g",
        leads_to: ChainConstraintsFailure,
        found_by: ("policies", ChainConstraintsFailure),
        bad: || for_policy(oid::HPKI_SIGNING_TEST),
        but: "one is",
        twin: || for_policy(oid::HPKI_SIGNING),
    },
    Case {
        wrong: "the exponent of the signer's RSA key is 3",
        clause: "FIPS 186-5 §5.1, EN 319 102-1 §5.2.8",
        leads_to: CryptoConstraintsFailureNoPoe,
        found_by: ("algorithm-strength", CryptoConstraintsFailureNoPoe),
        bad: || raw_rsa(3, oid::RSA_SHA256),
        but: "65537",
        twin: || raw_rsa(65537, oid::RSA_SHA256),
    },
    Case {
        wrong: "signed with SHA-1",
        clause: "EN 319 102-1 §5.2.8, 認定指針 3条",
        leads_to: CryptoConstraintsFailureNoPoe,
        found_by: ("signature-strength", CryptoConstraintsFailureNoPoe),
        bad: || raw_rsa(65537, oid::RSA_SHA1),
        but: "with SHA-256",
        twin: || raw_rsa(65537, oid::RSA_SHA256),
    },
    Case {
        wrong: "the algorithm of the signer ended before the signature is proven to have existed",
        clause: "EN 319 102-1 §5.5.4, §5.6.2.4, CRYPTREC LS-0003-2022",
        leads_to: CryptoConstraintsFailureNoPoe,
        found_by: ("signature-strength", CryptoConstraintsFailureNoPoe),
        bad: || rsa_signer("2031-01-01T00:00:00Z"),
        but: "in its last second, and judged after its end",
        twin: || rsa_signer("2030-12-31T23:59:59Z"),
    },
];

const UNKNOWN: &str = "critical-extensions-known";
const YEARS: Validity = ["2024-01-01", "2030-01-01"];
const END_OF_BRIEF: &str = "2026-05-15T23:59:59Z";

/// A row whose twin is the same path without a fault.
const fn chain(
    wrong: &'static str,
    clause: &'static str,
    check: &'static str,
    bad: fn() -> Scene,
) -> Case {
    let found_by: (&str, SubIndication) = (check, ChainConstraintsFailure);
    let twin: fn() -> Scene = || below(of_ca(), YEARS, of_signer());
    Case {
        wrong,
        clause,
        leads_to: ChainConstraintsFailure,
        found_by,
        bad,
        but: "without it",
        twin,
    }
}

/// A signer whose certificate ends in the middle of May.
fn brief() -> Holder {
    let validity = ["2025-01-01", END_OF_BRIEF];
    CAST.ca.certifies("Locum", &CAST.signer.key, validity, of_signer())
}

/// With a list from before the end of that one, in force to this day.
fn ended(scene: Scene) -> Scene {
    scene.with(CAST.ca.list("2026-05-15T12:00:00Z", "2026-06-15T12:00:00Z").der())
}

fn signer_of(validity: Validity) -> Scene {
    draft_by(&CAST.ca.certifies("Novice", &CAST.signer.key, validity, of_signer())).sign().into()
}

fn stamped_by_signer_of(validity: Validity) -> Scene {
    let signer = CAST.ca.certifies("Novice", &CAST.signer.key, validity, of_signer());
    draft_by(&signer).sign().stamped(&CAST.tsa, STAMPED).into()
}

/// Signed by the one whose certificate ends in May, over content stamped at one time, and stamped at
/// another.
fn content_stamped(content: &str, signature: &str) -> Scene {
    let token = Stamp::over(&CAST.tsa, content, RECORD).token().der();
    let cms = draft_by(&brief()).with(oid::CONTENT_TIME_STAMP, token).sign();
    ended(cms.stamped(&CAST.tsa, signature).into())
}

fn revoked_since(since: &str) -> Scene {
    use crate::authority::Reason::KeyCompromise;
    let token = Stamp::over(&CAST.tsa, crate::scene::CONTENT, RECORD).token().der();
    let cms = draft().with(oid::CONTENT_TIME_STAMP, token).sign();
    let list = CAST.ca.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z");
    let mut scene = Scene::from(cms.stamped(&CAST.tsa, STAMPED));
    scene.evidence[1] = list.revoking(&CAST.signer, since, KeyCompromise).der();
    scene
}

/// Signed and stamped by somebody with these extensions, below a CA with those.
fn below(of_ca: Vec<Vec<u8>>, validity: Validity, of_signer: Vec<Vec<u8>>) -> Scene {
    let ca = CAST.root.certifies("Middle CA", &CAST.ca.key, validity, of_ca);
    below_ca(&ca, of_signer)
}

fn below_ca(ca: &Holder, of_signer: Vec<Vec<u8>>) -> Scene {
    let signer =
        ca.certifies("Physician", &CAST.signer.key, ["2025-01-01", "2028-01-01"], of_signer);
    let list = ca.list("2026-04-01T00:00:00Z", "2026-06-20T00:00:00Z").der();
    let cms = draft_by(&signer).sign().stamped(&CAST.tsa, STAMPED);
    Scene::from(cms).with(ca.der()).with(list)
}

/// A CA that allows so many below it, one below that, and a signer.
fn two_cas(allowed: u64) -> Scene {
    let above = vec![constraints(Some(allowed)), usage(KEY_CERT_SIGN | (1 << 6))];
    let above = CAST.root.certifies("Upper CA", &key(P256), YEARS, above);
    let list = above.list("2026-04-01T00:00:00Z", "2026-06-20T00:00:00Z").der();
    let ca = above.certifies("Lower CA", &key(P256), YEARS, of_ca());
    below_ca(&ca, of_signer()).with(above.der()).with(list)
}

/// A CA that may certify names below this one only (a directory name, `[4]`).
fn constrained(name: &str) -> Scene {
    let subtree = write::element(Tag::context(4), &crate::authority::name(name));
    let permitted = write::implicit(0, &write::sequence([write::sequence([subtree])]));
    let permitted = extension(oid::NAME_CONSTRAINTS, true, &write::sequence([permitted]));
    below([of_ca(), vec![permitted]].concat(), YEARS, of_signer())
}

/// Judged by somebody who accepts one policy only; the path is for HPKI signing.
fn for_policy(accepted: Oid) -> Scene {
    let policy = write::sequence([write::sequence([write::oid(oid::HPKI_SIGNING)])]);
    let policy = vec![extension(oid::CERTIFICATE_POLICIES, false, &policy)];
    let with_policy = |extensions: Vec<Vec<u8>>| [extensions, policy.clone()].concat();
    let ca = CAST.root.certifies("Policy CA", &CAST.ca.key, YEARS, with_policy(of_ca()));
    let years = ["2025-01-01", "2028-01-01"];
    let signer = ca.certifies("Physician", &CAST.signer.key, years, with_policy(of_signer()));
    let list = ca.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z").der();
    // Without a timestamp: the policies of a TSA are others.
    let scene = Scene::from(draft_by(&signer).sign()).with(ca.der()).with(list);
    let (policies, explicit) = (AcceptablePolicies::of([accepted]), ExplicitPolicy::Required);
    Scene { settings: PathSettings { policies, explicit, ..Default::default() }, ..scene }
}

fn unknown() -> Vec<u8> {
    extension(Oid::new_unwrap("1.3.6.1.4.1.99999.4"), true, &write::null())
}

/// Signed by an RSA key of that exponent, padded by hand.
fn raw_rsa(exponent: u32, algorithm: Oid) -> Scene {
    // One at a time: each key works on files of its own.
    static RAW: LazyLock<Mutex<[RawRsa; 2]>> =
        LazyLock::new(|| Mutex::new([3, 65537].map(RawRsa::new)));
    let raw = RAW.lock().unwrap();
    let raw = if exponent == 3 { &raw[0] } else { &raw[1] };
    let hash = if algorithm == oid::RSA_SHA1 { Sha1 } else { Sha256 };
    let years = ["2025-01-01", "2028-01-01"];
    let certificate = CAST.ca.certifies_key("Raw", raw.public.der(), years, of_signer());
    let by = Holder { key: CAST.signer.key.clone(), certificate };
    let digest = vec![write::octet_string(hash.digest(RECORD).value())];
    let reference = vec![ess::write_v2(&by.certificate, Sha256)];
    let draft = draft_by(&by).replacing(oid::MESSAGE_DIGEST, digest);
    let draft = draft.replacing(oid::SIGNING_CERTIFICATE_V2, reference);
    let info = write::sequence([
        AlgorithmIdentifier::with_null(hash.oid()).to_der(),
        write::octet_string(hash.digest(&draft.message()).value()),
    ]);
    let value = Some(raw.apply(&raw.padded(&info)));
    let algorithm = AlgorithmIdentifier::with_null(algorithm).to_der();
    let (digest, announced) = (hash.oid(), vec![hash.oid()]);
    Draft { algorithm, value, digest, announced, ..draft }.sign().into()
}

/// Signed with RSA-2048 by somebody whose certificate is good until 2034, stamped then, judged in 2032.
fn rsa_signer(time: &str) -> Scene {
    let signer = CAST.ca.certifies(
        "Notary",
        &CAST.rsa_signer.key,
        ["2025-01-01", "2034-01-01"],
        of_signer(),
    );
    let cms = draft_by(&signer).sign().stamped(&CAST.tsa, time);
    let lists = [&CAST.root, &CAST.ca, &CAST.tsa_root]
        .map(|issuer| issuer.list("2031-12-20T00:00:00Z", "2032-01-20T00:00:00Z").der());
    let scene = Scene { evidence: lists.to_vec(), ..cms.into() };
    scene.with(CAST.ca.der()).at("2032-01-01")
}
