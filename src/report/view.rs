//! What people are shown, already in their language: the common ground of terminal and HTML.

mod finding;

pub(super) use finding::{FindingView, Told, VerdictView, finding, once};

use super::catalogue::{Catalogue, escaped};
use super::claims::Claims;
use super::role::Role;
use super::timeline::Timeline;
use crate::ades::Format;
use crate::der::certificate::Certificate;
use crate::oid;
use crate::rule::{Finding, Indication, Outcome, SubIndication, Verdict};
use crate::task::verify::{FileReport, SignatureReport, Stands, VerifyReport};
use serde::Serialize;

/// The checks that together say that the signer is who the certificate says.
const IDENTITY: [&str; 7] = [
    "signature-value",
    "certificate-reference",
    "signer-trusted",
    "token-signature",
    "tsa-certificate-reference",
    "tsa-trusted",
    "archive-timestamps-trusted",
];

/// The questions that everybody asks: is it unchanged, whose is it, can that be trusted, when?
const QUESTIONS: [&str; 12] = [
    "content-intact",
    "signature-value",
    "signer-trusted",
    "timestamps-trusted",
    "imprint",
    "token-signature",
    "tsa-trusted",
    "time-within-certificate",
    "objects-stamped",
    "trees-reach-tokens",
    "archive-timestamps-trusted",
    "hashes-outlast-chains",
];

/// How much is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// What was decided, and every finding that is not met.
    Summary,
    /// Every finding, with what it rests on.
    Full,
}

/// The verdict in words.
#[derive(Debug, Serialize)]
pub(super) struct Word {
    /// `passed`, `failed` or `indeterminate`: for classes and colours, never shown.
    pub(super) key: &'static str,
    pub(super) word: String,
    /// The sub-indication's name.
    pub(super) code: Option<&'static str>,
    /// The sub-indication as a sentence.
    pub(super) reason: Option<String>,
}

/// A file.
#[derive(Debug, Serialize)]
pub(super) struct FileView {
    pub(super) path: String,
    pub(super) word: Word,
    pub(super) judgements: Vec<Judgement>,
}

/// A signature with its verdict, or the verdict on a file without one.
#[derive(Debug, Serialize)]
pub(super) struct Judgement {
    pub(super) word: Word,
    pub(super) meaning: String,
    pub(super) signature: Option<SignatureView>,
    pub(super) questions: Vec<QuestionView>,
    pub(super) attention: Vec<FindingView>,
    pub(super) unasked: Vec<FindingView>,
    pub(super) count: String,
    pub(super) tree: Option<VerdictView>,
}

/// One of the questions that everybody asks, and its answer.
#[derive(Debug, Serialize)]
pub(super) struct QuestionView {
    pub(super) key: &'static str,
    pub(super) outcome: String,
    pub(super) title: String,
}

/// What a signature claims and what is proven of it.
#[derive(Debug, Serialize)]
pub(super) struct SignatureView {
    pub(super) id: String,
    pub(super) format: String,
    pub(super) level: String,
    pub(super) signer_label: String,
    pub(super) signer: Option<SignerView>,
    pub(super) roles_label: String,
    pub(super) roles: Vec<String>,
    pub(super) proven: String,
    pub(super) claimed: String,
    pub(super) covers: Vec<String>,
    /// The id of the signature that a counter-signature is over.
    pub(super) countersigns: Option<String>,
    /// What else is claimed: what it is, and what is said.
    pub(super) claims: Vec<(String, String)>,
    pub(super) timestamps: Vec<StampView>,
    pub(super) timeline: Option<Timeline>,
}

/// The signer's certificate.
#[derive(Debug, Serialize)]
pub(super) struct SignerView {
    /// The common name; the whole subject where there is none.
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) sha256: String,
    pub(super) validity: String,
}

/// A timestamp.
#[derive(Debug, Serialize)]
pub(super) struct StampView {
    pub(super) kind: String,
    pub(super) time: String,
    pub(super) word: Word,
}

/// All files of a report.
pub(super) fn files(report: &VerifyReport, detail: Detail, c: &Catalogue) -> Vec<FileView> {
    report.files.iter().map(|f| file(f, report, detail, c)).collect()
}

pub(super) fn file(
    file: &FileReport,
    report: &VerifyReport,
    detail: Detail,
    c: &Catalogue,
) -> FileView {
    let trouble = file.trouble.iter().map(|verdict| judgement(verdict, None, detail, c));
    let signatures = file.signatures.iter().map(|s| {
        let view = signature(s, report, c);
        judgement(&s.judged.verdict, Some((s, view)), detail, c)
    });
    FileView {
        path: escaped(&file.path),
        word: word(file.indication(), file.sub_indication(), c),
        judgements: trouble.chain(signatures).collect(),
    }
}

/// An indication in words.
pub(super) fn word(indication: Indication, sub: Option<SubIndication>, c: &Catalogue) -> Word {
    let key = indication.name();
    Word {
        key,
        word: c.word("indication", key).to_owned(),
        code: sub.map(SubIndication::name),
        reason: sub.map(|sub| c.word("sub", sub.name()).to_owned()),
    }
}

fn judgement(
    verdict: &Verdict,
    signature: Option<(&SignatureReport, SignatureView)>,
    detail: Detail,
    c: &Catalogue,
) -> Judgement {
    let indication = verdict.indication();
    let report = signature.as_ref().map(|(report, _)| *report);
    let meaning = report.map_or_else(|| indication.name(), meaning);
    let Told { attention, unasked, count, tree } = Told::of(verdict, detail, c);
    Judgement {
        word: word(indication, verdict.sub_indication(), c),
        meaning: c.word("meaning", meaning).to_owned(),
        signature: signature.map(|(_, view)| view),
        questions: questions(verdict, c),
        attention,
        unasked,
        count,
        tree,
    }
}

/// What the verdict on a signature means for whoever relies on the file.
fn meaning(report: &SignatureReport) -> &'static str {
    let indication = report.judged.verdict.indication();
    match (indication, report.signature.format, report.stands) {
        (Indication::Passed, Format::Timestamp, _) => "stamped",
        (Indication::Passed, Format::EvidenceRecord, Stands::BesideInPart) => "in-part",
        (Indication::Passed, Format::EvidenceRecord, _) => "recorded",
        (
            Indication::Failed | Indication::Indeterminate,
            _,
            Stands::Beside | Stands::BesideInPart,
        ) => "beside",
        (Indication::Passed, Format::Cades, _)
        | (Indication::Failed | Indication::Indeterminate, _, Stands::Within) => indication.name(),
    }
}

fn questions(verdict: &Verdict, c: &Catalogue) -> Vec<QuestionView> {
    let asked = verdict.findings().filter(|f| QUESTIONS.contains(&f.rule.check));
    let view = |f: &Finding| QuestionView {
        key: f.outcome.name(),
        outcome: c.word("outcome", f.outcome.name()).to_owned(),
        title: c.title(f.rule.check),
    };
    asked.map(view).collect()
}

fn signature(report: &SignatureReport, whole: &VerifyReport, c: &Catalogue) -> SignatureView {
    let claims = &report.signature;
    let judged = &report.judged;
    let proven = judged.best_signature_time;
    let (signer_label, roles_label) = labels(claims.format, is_identified(&judged.verdict));
    SignatureView {
        id: claims.id.clone(),
        format: c.word("format", claims.format.name()).to_owned(),
        level: c.word("baseline", report.level()).to_owned(),
        signer_label: c.label(signer_label).to_owned(),
        signer: judged.signer.as_ref().map(|certificate| signer_view(certificate, c)),
        roles_label: c.label(roles_label).to_owned(),
        roles: report.roles.iter().map(|actor| Role::of(actor).shown(c)).collect(),
        proven: if proven < whole.at {
            c.label_with("proven-at", &[("time", &c.time(proven))])
        } else {
            c.label("unproven").to_owned()
        },
        claimed: match claims.claimed_time {
            Some(time) => c.label_with("claimed-at", &[("time", &c.time(time))]),
            None => c.label("no-claim").to_owned(),
        },
        covers: claims.covers.iter().map(|name| escaped(name)).collect(),
        countersigns: claims.countersigns.clone(),
        claims: Claims::of(&claims.claims, c).lines(&claims.claims, c),
        timestamps: stamps(report, c),
        timeline: Timeline::of(report, whole.at, c),
    }
}

fn signer_view(certificate: &Certificate, c: &Catalogue) -> SignerView {
    let subject = certificate.subject().to_string();
    let name = certificate.subject().value(oid::COMMON_NAME);
    let (from, to) = (c.time(certificate.not_before()), c.time(certificate.not_after()));
    SignerView {
        name: name.map_or_else(|| subject.clone(), escaped),
        subject,
        issuer: certificate.issuer().to_string(),
        sha256: certificate.fingerprint().to_string(),
        validity: c.label_with("validity-range", &[("from", &from), ("to", &to)]),
    }
}

const fn labels(format: Format, identified: bool) -> (&'static str, &'static str) {
    match (format, identified) {
        (Format::Cades, true) => ("signer", "roles"),
        (Format::Cades, false) => ("claimed-signer", "claimed-roles"),
        (Format::Timestamp | Format::EvidenceRecord, true) => ("stamper", "roles"),
        (Format::Timestamp | Format::EvidenceRecord, false) => ("claimed-stamper", "claimed-roles"),
    }
}

/// Whether the name in the certificate may be believed, whatever else is wrong.
fn is_identified(verdict: &Verdict) -> bool {
    let asked = verdict.findings().filter(|f| IDENTITY.contains(&f.rule.check));
    let outcomes: Vec<bool> = asked.map(|f| matches!(f.outcome, Outcome::Met(_))).collect();
    !outcomes.is_empty() && outcomes.into_iter().all(|met| met)
}

fn stamps(report: &SignatureReport, c: &Catalogue) -> Vec<StampView> {
    let view = |kind: &str, time: Option<_>, indication| StampView {
        kind: c.word("stamp", kind).to_owned(),
        time: time.map_or_else(|| c.label("time-unreadable").to_owned(), |time| c.time(time)),
        word: word(indication, None, c),
    };
    let all = report.judged.timestamps.iter();
    all.map(|(kind, time, indication)| view(kind.name(), *time, *indication)).collect()
}
