//! Rows about the signature itself: its form, its attributes, its algorithms, its value.

use crate::authority::{at, of_signer};
use crate::cms::{Cms, Draft, Form};
use crate::scene::{CAST, NOW, RECORD, Scene, draft, draft_by, signed, stamped};
use crate::table::{Case, Group};
use inkan::crypto::SignatureScheme;
use inkan::der::algorithm::{AlgorithmIdentifier, PssParameters};
use inkan::der::{Reader, Tag, ess, write};
use inkan::digest::DigestAlgorithm::{self, Sha256, Sha512};
use inkan::key::Password;
use inkan::key::sealing::Kdf;
use inkan::key::software::{KeyAlgorithm, SoftwareKey};
use inkan::oid;
use inkan::rule::SubIndication::{
    self, FormatFailure, HashFailure, NoSigningCertificateFound, SigConstraintsFailure,
    SigCryptoFailure, SignedDataNotFound, TimestampOrderFailure,
};
use std::sync::{Arc, LazyLock};

pub(crate) const GROUP: Group = Group { subject: "Form and algorithms", cases: CASES };

/// A row whose twin is the sound signature.
const fn case(
    wrong: &'static str,
    clause: &'static str,
    check: &'static str,
    sub: SubIndication,
    bad: fn() -> Scene,
) -> Case {
    let found_by = (check, sub);
    Case { wrong, clause, leads_to: sub, found_by, bad, but: "untouched", twin: sound }
}

const CASES: &[Case] = &[
    case(
        "no signed attributes: the value is over the content itself",
        "EN 319 122-1 §4.2.2, RFC 5652 §5.3",
        "signed-attributes",
        FormatFailure,
        || Draft { form: Form::Absent, ..draft() }.sign().into(),
    ),
    case(
        "a victim's attributes as the content of another record, under the victim's value",
        "RFC 5652 §5.3, draft-ietf-lamps-cms-euf-cma-signeddata",
        "signed-attributes",
        FormatFailure,
        || {
            let (victim, content) = (signed(), draft().message());
            let value = Some(victim.value);
            Draft { content, value, form: Form::Absent, ..draft() }.sign().into()
        },
    ),
    case(
        "the attributes do not stand in the order of DER",
        "RFC 5652 §5.3, X.690 §11.6",
        "attributes-sorted",
        FormatFailure,
        || {
            let mut draft = Draft { form: Form::AsGiven, ..draft() };
            draft.attributes.sort_by_key(|(_, values)| std::cmp::Reverse(values[0].len()));
            draft.sign().into()
        },
    ),
    case(
        "message-digest twice, one of them of another content",
        "RFC 5652 §5.3, §11.2",
        "attributes-unique",
        FormatFailure,
        || {
            let other = write::octet_string(Sha256.digest(b"two tablets").value());
            draft().with(oid::MESSAGE_DIGEST, other).sign().into()
        },
    ),
    case(
        "message-digest with two values",
        "RFC 5652 §11.2",
        "attributes-unique",
        FormatFailure,
        || {
            let digest = |content: &[u8]| write::octet_string(Sha256.digest(content).value());
            let both = vec![digest(RECORD), digest(b"two tablets")];
            draft().replacing(oid::MESSAGE_DIGEST, both).sign().into()
        },
    ),
    case(
        "message-digest of half the length",
        "RFC 5652 §11.2",
        "content-intact",
        HashFailure,
        || {
            let half = write::octet_string(&Sha256.digest(RECORD).value()[..16]);
            draft().replacing(oid::MESSAGE_DIGEST, vec![half]).sign().into()
        },
    ),
    case("no message-digest", "RFC 5652 §11.2", "content-intact", HashFailure, || {
        draft().without(oid::MESSAGE_DIGEST).sign().into()
    }),
    case(
        "the content was altered",
        "EN 319 102-1 §5.2.7.4",
        "content-intact",
        HashFailure,
        || Cms { content: Some(b"two tablets a day".to_vec()), ..signed() }.into(),
    ),
    case(
        "the content is not there",
        "EN 319 102-1 §5.2.7.4",
        "content-intact",
        SignedDataNotFound,
        || Cms { content: None, ..signed() }.into(),
    ),
    case(
        "content-type says another type than the content has",
        "RFC 5652 §11.1",
        "content-type",
        SigConstraintsFailure,
        || {
            let other = vec![write::oid(oid::SIGNED_DATA)];
            draft().replacing(oid::CONTENT_TYPE, other).sign().into()
        },
    ),
    case("no content-type", "RFC 5652 §11.1", "content-type", SigConstraintsFailure, || {
        draft().without(oid::CONTENT_TYPE).sign().into()
    }),
    case(
        "no reference to the signer's certificate",
        "EN 319 122-1 §5.2.2",
        "certificate-reference",
        SigConstraintsFailure,
        || draft().without(oid::SIGNING_CERTIFICATE_V2).sign().into(),
    ),
    case(
        "the reference is to another certificate over the same key",
        "EN 319 102-1 §5.2.3.4",
        "certificate-reference",
        SigConstraintsFailure,
        || {
            let Draft { by, .. } = draft();
            let years = ["2025-01-01", "2028-01-01"];
            let twin = CAST.ca.certifies("Physician", &by.key, years, of_signer());
            let reference = ess::write_v2(&twin.certificate, Sha256);
            draft().replacing(oid::SIGNING_CERTIFICATE_V2, vec![reference]).sign().into()
        },
    ),
    case(
        "the signer's certificate is not there, only decoys",
        "EN 319 102-1 §5.2.3",
        "signer-certificate",
        NoSigningCertificateFound,
        || Cms { bag: decoys(), ..signed() }.into(),
    ),
    Case {
        wrong: "it names another certificate over the same key than the one it refers to",
        clause: "EN 319 102-1 §5.2.3.4",
        leads_to: SigConstraintsFailure,
        found_by: ("certificate-reference", SigConstraintsFailure),
        bad: || {
            let years = ["2025-01-01", "2028-01-01"];
            let twin = CAST.ca.certifies("Physician", &CAST.signer.key, years, of_signer());
            let bag = [decoys(), vec![CAST.signer.der(), twin.der()]].concat();
            Cms { bag, ..Draft { named: twin.certificate, ..draft() }.sign() }.into()
        },
        but: "the same bag of decoys, and the right one last in it",
        twin: || Cms { bag: [decoys(), vec![CAST.signer.der()]].concat(), ..signed() }.into(),
    },
    case(
        "two digest algorithms: SHA-512 for the content, SHA-256 in the signature",
        "RFC 5652 §5.4, RFC 5754 §3",
        "algorithms-consistent",
        SigConstraintsFailure,
        || {
            let digest = write::octet_string(Sha512.digest(RECORD).value());
            let draft = draft().replacing(oid::MESSAGE_DIGEST, vec![digest]);
            Draft { digest: oid::SHA512, announced: vec![oid::SHA512], ..draft }.sign().into()
        },
    ),
    case(
        "the digest algorithm is not announced",
        "RFC 5652 §5.1",
        "digest-announced",
        FormatFailure,
        || Draft { announced: vec![oid::SHA512], ..draft() }.sign().into(),
    ),
    Case {
        wrong: "the parameters of PSS name another hash than the digest algorithm",
        clause: "RFC 4056 §3, RFC 5652 §5.4",
        leads_to: SigConstraintsFailure,
        found_by: ("algorithms-consistent", SigConstraintsFailure),
        bad: || pss(parameters(Sha512, 64), parameters(Sha512, 64)),
        but: "parameters for SHA-256",
        twin: || pss(parameters(Sha256, 32), parameters(Sha256, 32)),
    },
    Case {
        wrong: "the parameters of PSS name another length of the salt than was used",
        clause: "RFC 8017 §9.1.2",
        leads_to: SigCryptoFailure,
        found_by: ("signature-value", SigCryptoFailure),
        bad: || pss(parameters(Sha256, 32), parameters(Sha256, 20)),
        but: "the length that was used",
        twin: || pss(parameters(Sha256, 32), parameters(Sha256, 32)),
    },
    case(
        "the value is over other attributes",
        "EN 319 102-1 §5.2.7.4",
        "signature-value",
        SigCryptoFailure,
        || {
            let value = Some(draft().with(oid::MIME_TYPE, write::utf8("a/b")).sign().value);
            Draft { value, ..draft() }.sign().into()
        },
    ),
    case(
        "ECDSA with s = 0",
        "FIPS 186-5 §6.4.2, CVE-2022-21449",
        "signature-value",
        SigCryptoFailure,
        || ecdsa(|[r, _]| [r, vec![0]]),
    ),
    case(
        "ECDSA with r = s = 0",
        "FIPS 186-5 §6.4.2, CVE-2022-21449",
        "signature-value",
        SigCryptoFailure,
        || ecdsa(|_| [vec![0], vec![0]]),
    ),
    case(
        "ECDSA with r replaced by the order of the curve",
        "FIPS 186-5 §6.4.2",
        "signature-value",
        SigCryptoFailure,
        || ecdsa(|[_, s]| [ORDER_OF_P256.to_vec(), s]),
    ),
    case(
        "one of two parallel signatures is of something else",
        "EN 319 102-1 §5.1, RFC 5652 §5.1",
        "signature-value",
        SigCryptoFailure,
        || {
            let value =
                Some(draft_by(&CAST.rsa_signer).with(oid::MIME_TYPE, write::null()).sign().value);
            beside(&Draft { value, ..draft_by(&CAST.rsa_signer) }.sign())
        },
    ),
    Case {
        wrong: "one of two parallel signatures is by nobody's certificate",
        clause: "EN 319 102-1 §5.1",
        leads_to: NoSigningCertificateFound,
        found_by: ("signer-certificate", NoSigningCertificateFound),
        bad: || {
            let cms = draft_by(&CAST.rsa_signer).sign();
            Cms { others: vec![cms.signer_info()], ..signed() }.into()
        },
        but: "with that certificate in the bag",
        twin: || beside(&draft_by(&CAST.rsa_signer).sign()),
    },
    Case {
        wrong: "signing-time is an hour after the timestamp",
        clause: "EN 319 102-1 §5.5.4",
        leads_to: TimestampOrderFailure,
        found_by: ("signing-time-plausible", TimestampOrderFailure),
        bad: || {
            let late = vec![write::time(at("2026-04-01T10:00:10Z"))];
            let cms = draft().replacing(oid::SIGNING_TIME, late).sign();
            cms.stamped(&CAST.tsa, crate::scene::STAMPED).into()
        },
        but: "signing-time before the timestamp",
        twin: || stamped().into(),
    },
];

fn sound() -> Scene {
    assert_eq!(Scene::from(signed()).at, NOW);
    signed().into()
}

/// Certificates of others, of whom one has the signer's name and one the signer's key.
fn decoys() -> Vec<Vec<u8>> {
    let years = ["2025-01-01", "2028-01-01"];
    let stranger = &CAST.stranger;
    let named = CAST.ca.certifies("Physician", &stranger.key, years, of_signer());
    let keyed = stranger.certifies("Physician", &CAST.signer.key, years, of_signer());
    [named.der(), keyed.der(), CAST.tsa.der(), CAST.rsa_signer.der(), stranger.der()].to_vec()
}

/// Signed with PSS over a SHA-256 of the content: what was used, and what the signature says of it.
fn pss(used: PssParameters, said: PssParameters) -> Scene {
    static PEM: LazyLock<String> = LazyLock::new(|| {
        let key = SoftwareKey::generate(KeyAlgorithm::Rsa2048).unwrap();
        key.seal(&Password::from("x".to_owned()), Kdf::Pbkdf2).unwrap().to_string()
    });
    let password = Password::from("x".to_owned());
    let key = SoftwareKey::open(PEM.as_bytes(), Some(&password)).unwrap();
    let key = Arc::new(key.with_scheme(SignatureScheme::RsaPss(used)).unwrap());
    let by = CAST.ca.certifies("Nurse", &key, ["2025-01-01", "2028-01-01"], of_signer());
    let algorithm =
        AlgorithmIdentifier { oid: oid::RSA_PSS, parameters: Some(said.to_der().into()) };
    let digest = vec![write::octet_string(Sha256.digest(RECORD).value())];
    let draft = draft_by(&by).replacing(oid::MESSAGE_DIGEST, digest);
    let (digest, announced) = (oid::SHA256, vec![oid::SHA256]);
    Draft { algorithm: algorithm.to_der(), digest, announced, ..draft }.sign().into()
}

const fn parameters(digest: DigestAlgorithm, salt_length: u64) -> PssParameters {
    PssParameters { digest, mask_digest: digest, salt_length }
}

const ORDER_OF_P256: &[u8] = &[
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The sound signature with other numbers for r and s.
fn ecdsa(change: impl FnOnce([Vec<u8>; 2]) -> [Vec<u8>; 2]) -> Scene {
    let sound = signed().value;
    let mut numbers = Reader::only(&sound, Tag::SEQUENCE, "signature").unwrap().reader();
    let [r, s] = [(); 2].map(|()| numbers.take().unwrap().content.to_vec());
    let value = Some(write::sequence(change([r, s]).map(|number| write::unsigned(&number))));
    Draft { value, ..draft() }.sign().into()
}

/// The sound signature with another beside it.
fn beside(other: &Cms) -> Scene {
    let cms = Cms { others: vec![other.signer_info()], ..signed() };
    cms.embedding(&[&CAST.rsa_signer], &[]).into()
}
