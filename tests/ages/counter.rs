//! Rows about counter-signatures: signatures over the value of another (RFC 5652 §11.4).

use crate::authority::Reason;
use crate::cms::{Cms, Draft};
use crate::scene::{CAST, RECORD, Scene, draft, signed};
use crate::table::{Case, Group};
use inkan::der::write;
use inkan::digest::DigestAlgorithm::Sha256;
use inkan::oid;
use inkan::rule::SubIndication::{
    self, FormatFailure, HashFailure, NoSigningCertificateFound, RevokedNoPoe,
    SigConstraintsFailure, SigCryptoFailure,
};

pub(crate) const GROUP: Group = Group { subject: "Counter-signatures", cases: CASES };

/// A row whose twin is a sound signature with a sound counter-signature.
const fn case(
    wrong: &'static str,
    clause: &'static str,
    check: &'static str,
    sub: SubIndication,
    bad: fn() -> Scene,
) -> Case {
    let (found_by, twin): (_, fn() -> Scene) = ((check, sub), || with(&counter().sign()));
    Case { wrong, clause, leads_to: sub, found_by, bad, but: "untouched", twin }
}

const CASES: &[Case] = &[
    case(
        "the counter-signature is of another signature",
        "RFC 5652 §11.4",
        "content-intact",
        HashFailure,
        || {
            let other = draft().with(oid::MIME_TYPE, write::utf8("text/plain")).sign();
            with(&over(&other.value).sign())
        },
    ),
    case(
        "the counter-signature is of the content, not of the signature",
        "RFC 5652 §11.4",
        "content-intact",
        HashFailure,
        || with(&over(RECORD).sign()),
    ),
    case(
        "the value of the counter-signature is over other attributes",
        "RFC 5652 §11.4",
        "signature-value",
        SigCryptoFailure,
        || {
            let value = Some(counter().with(oid::MIME_TYPE, write::utf8("a/b")).sign().value);
            with(&Draft { value, ..counter() }.sign())
        },
    ),
    case(
        "the counter-signature names a content type, which a signature value does not have",
        "RFC 5652 §11.4",
        "content-type",
        SigConstraintsFailure,
        || with(&counter().with(oid::CONTENT_TYPE, write::oid(oid::DATA)).sign()),
    ),
    case(
        "the counter-signature does not refer to its certificate",
        "EN 319 122-1 §5.2.2, §5.2.7",
        "certificate-reference",
        SigConstraintsFailure,
        || with(&counter().without(oid::SIGNING_CERTIFICATE_V2).sign()),
    ),
    case(
        "the certificate of the counter-signer is not there",
        "EN 319 102-1 §5.2.3",
        "signer-certificate",
        NoSigningCertificateFound,
        || signed().adding(oid::COUNTER_SIGNATURE, counter().sign().signer_info()).into(),
    ),
    case(
        "the counter-signature cannot be read",
        "RFC 5652 §11.4",
        "counter-signatures",
        FormatFailure,
        || signed().adding(oid::COUNTER_SIGNATURE, write::null()).into(),
    ),
    case(
        "the counter-signer was revoked",
        "EN 319 102-1 §5.2.6.4",
        "not-revoked",
        RevokedNoPoe,
        || {
            let list = CAST.ca.list("2026-05-20T00:00:00Z", "2026-06-20T00:00:00Z");
            let mut scene = with(&counter().sign());
            let list = list.revoking(&CAST.rsa_signer, "2026-05-01", Reason::KeyCompromise);
            scene.evidence[1] = list.der();
            scene
        },
    ),
];

/// The counter-signature of the sound signature, before it is made.
fn counter() -> Draft {
    over(&signed().value)
}

fn over(value: &[u8]) -> Draft {
    let digest = vec![write::octet_string(Sha256.digest(value).value())];
    let draft = Draft::of(&CAST.rsa_signer, oid::DATA, value).without(oid::CONTENT_TYPE);
    draft.replacing(oid::MESSAGE_DIGEST, digest)
}

fn with(counter: &Cms) -> Scene {
    let cms = signed().adding(oid::COUNTER_SIGNATURE, counter.signer_info());
    cms.embedding(&[&CAST.rsa_signer], &[]).into()
}
