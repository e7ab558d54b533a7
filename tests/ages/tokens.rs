//! Rows about time-stamp tokens and the authorities that made them. The signature is sound.

use crate::authority::{
    DIGITAL_SIGNATURE, Holder, Reason, at, key, of_signer, of_tsa, purposes, usage,
};
use crate::cms::{Cms, Draft, Form, Stamp};
use crate::scene::{
    CAST, CONTENT, NOW, RECORD, STAMPED, Scene, draft, draft_by, lists, signed, stamped,
};
use crate::table::{Case, Group};
use inkan::der::{ess, write};
use inkan::digest::DigestAlgorithm::{Sha1, Sha256};
use inkan::key::software::KeyAlgorithm::{P256, Rsa2048};
use inkan::oid::{self, Oid};
use inkan::policy::Role;
use inkan::rule::SubIndication::{
    self, ChainConstraintsFailure, CryptoConstraintsFailureNoPoe, FormatFailure, HashFailure,
    NoCertificateChainFound, NoSigningCertificateFound, OutOfBoundsNotRevoked, RevokedNoPoe,
    SigConstraintsFailure, SigCryptoFailure, TimestampOrderFailure, TryLater,
};

pub(crate) const GROUP: Group = Group { subject: "Timestamps", cases: CASES };

/// A row whose twin is the sound signature with its timestamp. A timestamp that is wrong for good makes a
/// signature no worse than one that breaks its policy: without it there would be one of level B.
const fn case(
    wrong: &'static str,
    clause: &'static str,
    found_by: (&'static str, SubIndication),
    bad: fn() -> Scene,
) -> Case {
    let leads_to = match found_by.1 {
        HashFailure | SigCryptoFailure | FormatFailure => SigConstraintsFailure,
        other => other,
    };
    Case { wrong, clause, leads_to, found_by, bad, but: "untouched", twin: || stamped().into() }
}

const CASES: &[Case] = &[
    case(
        "the timestamp is of another signature",
        "RFC 3161 §2.4.2, EN 319 102-1 §5.5.4",
        ("imprint", HashFailure),
        || {
            let other = draft().with(oid::MIME_TYPE, write::utf8("text/plain")).sign();
            with(&Stamp::over(&CAST.tsa, STAMPED, &other.value).token())
        },
    ),
    case(
        "the timestamp is of the content, not of the signature",
        "EN 319 122-1 §5.3",
        ("imprint", HashFailure),
        || with(&Stamp::over(&CAST.tsa, STAMPED, RECORD).token()),
    ),
    case(
        "the statement in the token was altered",
        "RFC 5652 §11.2",
        ("statement-intact", HashFailure),
        || {
            let mut token = stamp().token();
            let earlier = Stamp { time: time("2026-03-01T09:00:10Z"), ..stamp() }.token();
            token.content = earlier.content;
            with(&token)
        },
    ),
    case(
        "the value of the token is over something else",
        "RFC 5652 §5.6",
        ("token-signature", SigCryptoFailure),
        || {
            let value = Some(Stamp { time: time(NOW), ..stamp() }.token().value);
            with(&Draft { value, ..stamp().draft() }.sign())
        },
    ),
    case("the token cannot be read", "RFC 3161 §2.4.2", ("well-formed", FormatFailure), || {
        signed().adding(oid::SIGNATURE_TIME_STAMP, write::null()).into()
    }),
    case("the token has two signers", "RFC 3161 §2.4.2", ("token-form", FormatFailure), || {
        let token = stamp().token();
        with(&Cms { others: vec![token.signer_info()], ..token })
    }),
    case(
        "the token has no signed attributes",
        "RFC 3161 §2.4.2",
        ("token-form", FormatFailure),
        || with(&Draft { form: Form::Absent, ..stamp().draft() }.sign()),
    ),
    case(
        "the statement is of version 2",
        "RFC 3161 §2.4.2",
        ("token-form", FormatFailure),
        || with(&Stamp { version: 2, ..stamp() }.token()),
    ),
    case(
        "the statement has a critical extension that nobody knows",
        "RFC 3161 §2.4.2",
        ("token-form", FormatFailure),
        || {
            let unknown = write::oid(Oid::new_unwrap("1.3.6.1.4.1.99999.2"));
            let unknown = [unknown, write::boolean(true), write::octet_string(&write::null())];
            let extensions = write::implicit(1, &write::sequence([write::sequence(unknown)]));
            with(&Stamp { extensions, ..stamp() }.token())
        },
    ),
    case(
        "the token does not refer to the certificate of its TSA",
        "RFC 5816 §2.2.1",
        ("tsa-certificate-reference", SigConstraintsFailure),
        || with(&stamp().draft().without(oid::SIGNING_CERTIFICATE_V2).sign()),
    ),
    case(
        "the token refers to the certificate of another TSA",
        "RFC 5816 §2.2.1",
        ("tsa-certificate-reference", SigConstraintsFailure),
        || {
            let other = vec![ess::write_v2(&CAST.other_tsa.certificate, Sha256)];
            with(&stamp().draft().replacing(oid::SIGNING_CERTIFICATE_V2, other).sign())
        },
    ),
    case(
        "the certificate of the TSA is not there",
        "EN 319 102-1 §5.2.3",
        ("tsa-certificate", NoSigningCertificateFound),
        || with(&Cms { bag: vec![CAST.other_tsa.der()], ..stamp().token() }),
    ),
    case(
        "the imprint is of SHA-1",
        "EN 319 102-1 §5.2.8, 認定指針 3条",
        ("token-strength", CryptoConstraintsFailureNoPoe),
        || {
            let imprint = Sha1.digest(&signed().value).value().to_vec();
            with(&Stamp { imprint: (oid::SHA1, imprint), ..stamp() }.token())
        },
    ),
    case(
        "the certificate of the TSA has no purpose",
        "RFC 3161 §2.3",
        ("ext-key-usage", ChainConstraintsFailure),
        || by(vec![usage(DIGITAL_SIGNATURE)]),
    ),
    case(
        "the purpose of the TSA is not critical",
        "RFC 3161 §2.3",
        ("ext-key-usage", ChainConstraintsFailure),
        || by(vec![usage(DIGITAL_SIGNATURE), purposes(false, &[oid::KP_TIME_STAMPING])]),
    ),
    case(
        "the TSA has a second purpose",
        "RFC 3161 §2.3",
        ("ext-key-usage", ChainConstraintsFailure),
        || {
            let two = [oid::KP_TIME_STAMPING, oid::KP_CODE_SIGNING];
            by(vec![usage(DIGITAL_SIGNATURE), purposes(true, &two)])
        },
    ),
    case(
        "the TSA is below a root that nobody trusts",
        "EN 319 102-1 §5.2.6",
        ("ends-at-anchor", NoCertificateChainFound),
        || {
            let eleven_years = ["2025-01-01", "2036-01-01"];
            stamped_by(&CAST.stranger.certifies("TSA", &key(P256), eleven_years, of_tsa()))
        },
    ),
    Case {
        wrong: "the root of the TSA is trusted for signers only",
        clause: "EN 319 102-1 §5.1.4.2, threat 9",
        leads_to: NoCertificateChainFound,
        found_by: ("ends-at-anchor", NoCertificateChainFound),
        bad: || Scene { trust: roles(Role::Signer), ..stamped().into() },
        but: "trusted for timestamps",
        twin: || Scene { trust: roles(Role::Tsa), ..stamped().into() },
    },
    Case {
        wrong: "the TSA had expired when it made the token",
        clause: "RFC 3161 §2.3, EN 319 102-1 §5.4",
        leads_to: SigConstraintsFailure,
        found_by: ("time-within-certificate", SigConstraintsFailure),
        bad: || stamped_by(&tsa_of(["2025-01-01", "2026-04-01T09:00:09Z"])),
        but: "half a second after its last second began",
        twin: last_half_second,
    },
    Case {
        wrong: "the certificate of the TSA began after it made the token",
        clause: "RFC 3161 §2.3, EN 319 102-1 §5.4",
        leads_to: SigConstraintsFailure,
        found_by: ("time-within-certificate", SigConstraintsFailure),
        bad: || stamped_by(&tsa_of(["2026-04-01T09:00:11Z", "2036-01-01"])),
        but: "began in that second",
        twin: || stamped_by(&tsa_of([STAMPED, "2036-01-01"])),
    },
    Case {
        wrong: "the TSA has expired since, and nothing proves the token to be older",
        clause: "EN 319 102-1 §5.4, §5.6.2.4",
        leads_to: OutOfBoundsNotRevoked,
        found_by: ("valid-at", OutOfBoundsNotRevoked),
        bad: || {
            let scene = stamped_by(&tsa_of(["2025-01-01", "2026-05-31T23:59:59Z"]));
            scene.with(CAST.tsa_root.list("2026-05-31T23:00:00Z", "2026-06-30").der())
        },
        but: "judged in its last second",
        twin: || {
            let scene = stamped_by(&tsa_of(["2025-01-01", "2026-05-31T23:59:59Z"]));
            scene.at("2026-05-31T23:59:59Z")
        },
    },
    Case {
        wrong: "the key of the TSA was compromised before it made the token",
        clause: "EN 319 102-1 §5.4, RFC 3161 §4",
        leads_to: RevokedNoPoe,
        found_by: ("not-revoked", RevokedNoPoe),
        bad: || revoked("2026-03-01", Reason::KeyCompromise),
        but: "another TSA was",
        twin: || revoking(&CAST.other_tsa, "2026-03-01", Reason::KeyCompromise),
    },
    case(
        "the key of the TSA was compromised later, and nothing proves the token to be older",
        "EN 319 102-1 §5.4, RFC 3161 §4",
        ("not-revoked", RevokedNoPoe),
        || revoked("2026-05-01", Reason::KeyCompromise),
    ),
    case(
        "the TSA was superseded later: EN 319 102-1 asks of no reason",
        "EN 319 102-1 §5.4, §5.2.6.4",
        ("not-revoked", RevokedNoPoe),
        || revoked("2026-05-01", Reason::Superseded),
    ),
    case(
        "nobody says whether the TSA is revoked",
        "EN 319 102-1 §5.4, §5.2.5",
        ("not-revoked", TryLater),
        || {
            let mut scene = Scene::from(stamped());
            scene.evidence.remove(2);
            scene
        },
    ),
    case(
        "the token is of tomorrow",
        "EN 319 102-1 §5.4",
        ("time-not-in-future", SigConstraintsFailure),
        || with(&Stamp { time: time("2026-06-02T00:00:00Z"), ..stamp() }.token()),
    ),
    Case {
        wrong: "RSA of 2048 bits: the key of the TSA is too weak after 2030",
        clause: "EN 319 102-1 §5.2.8, CRYPTREC LS-0003-2022",
        leads_to: CryptoConstraintsFailureNoPoe,
        found_by: ("token-strength", CryptoConstraintsFailureNoPoe),
        bad: || rsa_tsa("2031-01-01T00:00:00Z"),
        but: "judged in the last second of 2030",
        twin: || rsa_tsa("2030-12-31T23:59:59Z"),
    },
    Case {
        wrong: "the content timestamp is of other content",
        clause: "EN 319 122-1 §5.2.8, RFC 3161 §2.4.2",
        leads_to: SigConstraintsFailure,
        found_by: ("imprint", HashFailure),
        bad: || content_stamped(CONTENT, b"two tablets a day"),
        but: "of this content",
        twin: || content_stamped(CONTENT, RECORD),
    },
    Case {
        wrong: "the signature timestamp is older than the content timestamp that was signed",
        clause: "EN 319 102-1 §5.5.4",
        leads_to: TimestampOrderFailure,
        found_by: ("timestamps-ordered", TimestampOrderFailure),
        bad: || content_stamped("2026-04-02T09:00:00Z", RECORD),
        but: "of the same second",
        twin: || content_stamped(STAMPED, RECORD),
    },
];

fn time(text: &str) -> Vec<u8> {
    write::generalized_time(at(text))
}

/// The statement about the sound signature.
fn stamp() -> Stamp {
    Stamp::over(&CAST.tsa, STAMPED, &signed().value)
}

fn with(token: &Cms) -> Scene {
    signed().adding(oid::SIGNATURE_TIME_STAMP, token.der()).into()
}

fn stamped_by(tsa: &Holder) -> Scene {
    signed().stamped(tsa, STAMPED).into()
}

/// Stamped by a TSA with these extensions.
fn by(extensions: Vec<Vec<u8>>) -> Scene {
    let eleven_years = ["2025-01-01", "2036-01-01"];
    stamped_by(&CAST.tsa_root.certifies("Odd TSA", &CAST.tsa.key, eleven_years, extensions))
}

fn tsa_of(validity: [&'static str; 2]) -> Holder {
    CAST.tsa_root.certifies("Brief TSA", &CAST.tsa.key, validity, of_tsa())
}

/// Stamped and judged within the last second of a TSA, by lists of that day.
fn last_half_second() -> Scene {
    let tsa = tsa_of(["2025-01-01", STAMPED]);
    let imprint = Stamp::over(&tsa, STAMPED, &signed().value);
    let stamp = Stamp { time: time("2026-04-01T09:00:10.5Z"), ..imprint };
    let evidence = lists(["2026-04-01T08:00:00Z", "2026-05-01T08:00:00Z"]);
    let scene = Scene { evidence, ..with(&stamp.token()) };
    scene.with(CAST.ca.der()).at("2026-04-01T09:00:10.9Z")
}

fn roles(of_tsa_root: Role) -> Vec<(Holder, Role)> {
    vec![(CAST.root.clone(), Role::Signer), (CAST.tsa_root.clone(), of_tsa_root)]
}

fn revoked(since: &str, reason: Reason) -> Scene {
    revoking(&CAST.tsa, since, reason)
}

/// The sound signature and timestamp, that TSA being on the list.
fn revoking(tsa: &Holder, since: &str, reason: Reason) -> Scene {
    let list = CAST.tsa_root.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z");
    let mut scene = Scene::from(stamped());
    scene.evidence[2] = list.revoking(tsa, since, reason).der();
    scene
}

/// A signature that is good until 2034, stamped by a TSA with RSA-2048, judged around the end of 2030.
fn rsa_tsa(judged: &'static str) -> Scene {
    let tsa =
        CAST.tsa_root.certifies("RSA TSA", &key(Rsa2048), ["2025-01-01", "2036-01-01"], of_tsa());
    let signer = CAST.ca.certifies("Notary", &key(P256), ["2025-01-01", "2034-01-01"], of_signer());
    let cms = draft_by(&signer).sign().stamped(&tsa, STAMPED);
    let lists = [&CAST.root, &CAST.ca, &CAST.tsa_root]
        .map(|issuer| issuer.list("2030-12-31T12:00:00Z", "2031-01-31T00:00:00Z").der());
    Scene { evidence: lists.to_vec(), ..cms.into() }.with(CAST.ca.der()).at(judged)
}

/// A signature over a content that was stamped before, itself stamped after.
fn content_stamped(time: &str, content: &[u8]) -> Scene {
    let token = Stamp::over(&CAST.tsa, time, content).token().der();
    let cms = draft().with(oid::CONTENT_TIME_STAMP, token).sign();
    cms.stamped(&CAST.tsa, STAMPED).into()
}
