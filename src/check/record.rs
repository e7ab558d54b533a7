//! Checks on one evidence record (RFC 4998 §4.3 and §5.3).

use super::Answer;
use crate::ades::evidence::{ArchiveTimestamp, Coverage, Covers, Encryption, Leaf, Record};
use crate::digest::DigestAlgorithm;
use crate::evidence::{Want, Wanted};
use crate::policy::AlgorithmTable;
use crate::policy::algorithms::Strength;
use crate::policy::requirement::RecordCheck as Check;
use crate::rule::finding::Kind;
use crate::rule::{Finding, Indication, Outcome, Phrase, SubIndication, Verdict};
use crate::time::Instant;

/// What the checks may look at beside the record.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The time of validation.
    pub at: Instant,
    /// The verdicts on the tokens, oldest first, each at the time of the next.
    pub timestamps: &'a [Verdict],
    /// Until when algorithms may be relied on.
    pub algorithms: &'a AlgorithmTable,
}

/// Makes one check.
pub fn run(check: &Check, record: &Record, around: &Around<'_>) -> Answer {
    match check {
        Check::RecordForm {} => record_form(record),
        Check::RecordPlain {} => record_plain(record),
        Check::ObjectsStamped {} => objects_stamped(record),
        Check::ObjectGroup {} => object_group(record),
        Check::TreesReachTokens {} => trees_reach_tokens(record, around),
        Check::ChainAlgorithm {} => chain_algorithm(record),
        Check::TokensRenewed {} => tokens_renewed(record),
        Check::TreesRenewed {} => trees_renewed(record),
        Check::ArchiveTimesAscend {} => archive_times_ascend(record),
        Check::ArchiveTimestampsTrusted {} => archive_timestamps_trusted(record, around),
        Check::HashesOutlastChains {} => hashes_outlast_chains(record, around),
        Check::RecordUnjudged {} => record_unjudged(record),
    }
}

fn record_form(record: &Record) -> Answer {
    let expected = Phrase::new("expect.record-form");
    if record.faults.is_empty() {
        let count = record.stamps.len();
        return Answer::met(expected, Phrase::new("seen.record-form").with("count", count));
    }
    let faults = record.faults.join(", ");
    Answer::violated(expected, Phrase::new("seen.record-faults").with("faults", faults))
}

/// The stamped data is what came out of the encryption. How to get the same again no specification says
/// (RFC 4998 §6), so nothing at hand can be compared.
fn record_plain(record: &Record) -> Answer {
    let expected = Phrase::new("expect.record-plain");
    match record.encryption {
        Encryption::None => Answer::met(expected, Phrase::new("seen.record-plain")),
        Encryption::Recorded => Answer::unanswered(
            expected,
            Want::without_source(Wanted::Content, "encryptionInfo"),
            Phrase::new("seen.record-encrypted"),
        ),
    }
}

fn objects_stamped(record: &Record) -> Answer {
    let count = record.objects.len();
    let expected = Phrase::new("expect.objects-stamped").with("count", count);
    let Some(first) = record.stamps.first().filter(|_| count > 0) else {
        return no_content(expected, "-");
    };
    let names: Vec<&str> = record.objects.iter().map(|object| object.name.as_str()).collect();
    let shown = Phrase::new("seen.objects-stamped").with("names", names.join(", "));
    covered(expected, shown, 1, first, record.coverage(first))
}

/// What the coverage of one archive timestamp comes to.
fn covered(
    expected: Phrase,
    shown: Phrase,
    number: usize,
    stamp: &ArchiveTimestamp,
    coverage: Coverage,
) -> Answer {
    match coverage {
        Coverage::Shown => Answer::met(expected, shown),
        Coverage::Open(leaf) => match &stamp.algorithm {
            Ok(_) => no_content(expected, &leaf.name),
            Err(name) => unsupported(expected, name),
        },
        Coverage::Broken(leaf) => Answer::violated(expected, not_in_list(number, &leaf)),
    }
}

fn not_in_list(number: usize, leaf: &Leaf) -> Phrase {
    let hash = leaf.hash.as_ref().map_or_else(String::new, ToString::to_string);
    let seen = Phrase::new("seen.not-in-list").with("number", number);
    seen.with("name", &leaf.name).with("hash", hash)
}

fn no_content(expected: Phrase, name: &str) -> Answer {
    let want = Want::without_source(Wanted::Content, name);
    Answer::unanswered(expected, want, Phrase::new("seen.no-content"))
}

fn unsupported(expected: Phrase, algorithm: &str) -> Answer {
    Answer::unanswered(
        expected,
        Want::without_source(Wanted::Algorithm, algorithm),
        Phrase::new("seen.unsupported").with("algorithm", algorithm),
    )
    .leading_to(SubIndication::CryptoConstraintsFailureNoPoe)
}

/// One object alone may have neighbours in its list, for small trees are written so; several given
/// together are held to be the group that was stamped.
fn object_group(record: &Record) -> Answer {
    let count = record.objects.len();
    let expected = Phrase::new("expect.object-group").with("count", count);
    let Some(first) = record.stamps.first().filter(|_| count > 1) else {
        return Answer::not_applicable(expected, Phrase::new("seen.single-object"));
    };
    match record.strangers(first) {
        0 => Answer::met(expected, Phrase::new("seen.object-group")),
        others => Answer::violated(expected, Phrase::new("seen.strangers").with("count", others)),
    }
}

/// Hands on what the tokens' verdicts say of their imprints, the first that is not met.
fn trees_reach_tokens(record: &Record, around: &Around<'_>) -> Answer {
    let expected = Phrase::new("expect.trees-reach-tokens");
    let tokens = record.stamps.iter().zip(around.timestamps);
    for (number, (stamp, verdict)) in (1..).zip(tokens) {
        if let Err(name) = &stamp.algorithm {
            return unsupported(expected, name);
        }
        let Some(imprint) = verdict.findings().find(|f| f.rule.check == "imprint") else {
            // An unreadable token has no imprint; that is a fault of the form.
            let seen = Phrase::new("seen.token-unreadable").with("number", number);
            return Answer::violated(expected, seen).leading_to(SubIndication::FormatFailure);
        };
        let answer = match &imprint.outcome {
            Outcome::Met(_) | Outcome::NotApplicable(_) | Outcome::NotInForce => continue,
            Outcome::Violated(_) => {
                let seen = Phrase::new("seen.root-differs").with("number", number);
                return Answer::violated(expected, seen);
            }
            Outcome::Unanswered { want, why } => {
                Answer::unanswered(expected, want.clone(), why.clone())
            }
        };
        return match imprint.sub_indication() {
            Some(sub) => answer.leading_to(sub),
            None => answer,
        };
    }
    let count = around.timestamps.len();
    Answer::met(expected, Phrase::new("seen.trees-reach-tokens").with("count", count))
}

/// RFC 4998 §5.1: one chain, one hash function; §4.3 step 4: the same in the tree and in its token.
fn chain_algorithm(record: &Record) -> Answer {
    let expected = Phrase::new("expect.chain-algorithm");
    let mut seen: Vec<DigestAlgorithm> = Vec::new();
    for (number, stamp) in (1..).zip(&record.stamps) {
        let algorithm = match &stamp.algorithm {
            Ok(algorithm) => *algorithm,
            Err(name) => return unsupported(expected, name),
        };
        let token = stamp.token.as_ref().ok();
        let stamped = token.and_then(|token| token.statement.imprint_algorithm.digest());
        let other = |found| {
            let seen = Phrase::new("seen.chain-algorithm-differs").with("number", number);
            seen.with("algorithm", algorithm).with("other", found)
        };
        if let Some(stamped) = stamped.filter(|stamped| *stamped != algorithm) {
            return Answer::violated(expected, other(stamped));
        }
        match seen.get(stamp.chain) {
            Some(chain) if *chain != algorithm => {
                return Answer::violated(expected, other(*chain));
            }
            Some(_) => {}
            None => seen.push(algorithm),
        }
    }
    let names: Vec<&str> = seen.into_iter().map(DigestAlgorithm::name).collect();
    Answer::met(expected, Phrase::new("seen.chain-algorithm").with("algorithms", names.join(", ")))
}

fn tokens_renewed(record: &Record) -> Answer {
    let expected = Phrase::new("expect.tokens-renewed");
    let is_renewal = |stamp: &ArchiveTimestamp| matches!(stamp.covers, Covers::Token(_));
    let shown = |count| Phrase::new("seen.tokens-renewed").with("count", count);
    renewed(record, expected, is_renewal, shown)
}

fn trees_renewed(record: &Record) -> Answer {
    let expected = Phrase::new("expect.trees-renewed");
    let is_renewal = |stamp: &ArchiveTimestamp| matches!(stamp.covers, Covers::Chains(..));
    let shown = |count| Phrase::new("seen.trees-renewed").with("count", count);
    renewed(record, expected, is_renewal, shown)
}

/// The first renewal of that kind that does not cover what it must; what is broken comes before what is
/// open.
fn renewed(
    record: &Record,
    expected: Phrase,
    is_renewal: impl Fn(&ArchiveTimestamp) -> bool,
    shown: fn(usize) -> Phrase,
) -> Answer {
    let mut count = 0;
    let mut open = None;
    for (number, stamp) in (1..).zip(&record.stamps).filter(|(_, stamp)| is_renewal(stamp)) {
        count += 1;
        match record.coverage(stamp) {
            Coverage::Shown => {}
            Coverage::Open(leaf) => {
                open = open.or(Some((number, stamp, Coverage::Open(leaf))));
            }
            broken @ Coverage::Broken(_) => {
                return covered(expected, shown(count), number, stamp, broken);
            }
        }
    }
    if count == 0 {
        return Answer::not_applicable(expected, Phrase::new("seen.no-renewal"));
    }
    let shown = shown(count);
    match open {
        Some((number, stamp, coverage)) => covered(expected, shown, number, stamp, coverage),
        None => Answer::met(expected, shown),
    }
}

fn archive_times_ascend(record: &Record) -> Answer {
    let expected = Phrase::new("expect.archive-times-ascend");
    let readable = record.stamps.iter().filter_map(|stamp| stamp.token.as_ref().ok());
    let times: Vec<Instant> = readable.map(|token| token.statement.time).collect();
    let mut pairs = times.iter().zip(times.iter().skip(1));
    match (times.first(), times.last(), pairs.find(|(earlier, later)| later < earlier)) {
        (_, _, Some((earlier, later))) => {
            let seen = Phrase::new("seen.archive-times-fall").with("earlier", earlier);
            Answer::violated(expected, seen.with("later", later))
        }
        (Some(first), Some(last), None) => {
            let seen = Phrase::new("seen.archive-times").with("first", first).with("last", last);
            Answer::met(expected, seen)
        }
        // A record without readable tokens is a fault of the form.
        (_, _, None) => Answer::not_applicable(expected, Phrase::new("seen.no-timestamps")),
    }
}

/// Hands on the first of the verdicts that is not passed, the newest first: what is wrong with it is why
/// the older ones have nothing to stand on.
fn archive_timestamps_trusted(record: &Record, around: &Around<'_>) -> Answer {
    let expected = Phrase::new("expect.archive-timestamps-trusted").with("at", around.at);
    let numbered = (1..).zip(around.timestamps).collect::<Vec<(usize, &Verdict)>>();
    let bad = numbered.iter().rev().find(|(_, v)| v.indication() != Indication::Passed);
    let Some((number, bad)) = bad else {
        let first = record.stamps.first().and_then(|stamp| stamp.token.as_ref().ok());
        let since = first.map_or(around.at, |token| token.statement.time);
        let seen = Phrase::new("seen.archive-timestamps-trusted").with("since", since);
        return Answer::met(expected, seen);
    };
    let sub = bad.sub_indication().unwrap_or(SubIndication::NoPoe);
    let seen = Phrase::new("seen.bad-archive-timestamp").with("number", number);
    let seen = seen.with("reason", sub.name());
    let want = bad.wants().first().map(|want| (*want).clone()).filter(|_| bad.is_only_unanswered());
    let answer = match want {
        Some(want) => Answer::unanswered(expected, want, seen),
        None => Answer::violated(expected, seen),
    };
    answer.leading_to(sub)
}

/// RFC 4998 §5.3 step 2: the hash function of a chain "MUST be secure at the time of the first Archive
/// Timestamp of the following ArchiveTimeStampChain"; that of the last one at the time of validation.
fn hashes_outlast_chains(record: &Record, around: &Around<'_>) -> Answer {
    let expected = Phrase::new("expect.hashes-outlast-chains").with("at", around.at);
    let mut shortest: Option<(DigestAlgorithm, Instant)> = None;
    for stamp in &record.stamps {
        let algorithm = match &stamp.algorithm {
            Ok(algorithm) => *algorithm,
            Err(name) => return unsupported(expected, name),
        };
        let next = record.stamps.iter().find(|later| later.chain > stamp.chain);
        let next = next.map(|first| first.token.as_ref().ok().map(|t| t.statement.time));
        // A following chain whose time cannot be read ends nothing.
        let until = next.flatten().unwrap_or(around.at).min(around.at);
        let end = match around.algorithms.digest(algorithm, until) {
            Strength::Until(end) => end,
            ended @ (Strength::Ended(_) | Strength::Never | Strength::Unknown) => {
                return Answer::violated(expected, too_weak(algorithm, until, &ended));
            }
        };
        if shortest.is_none_or(|(_, known)| end < known) {
            shortest = Some((algorithm, end));
        }
    }
    match shortest {
        Some((algorithm, end)) => {
            let seen = Phrase::new("strength.until").with("algorithms", algorithm);
            Answer::met(expected, seen.with("end", end))
        }
        None => Answer::not_applicable(expected, Phrase::new("seen.no-timestamps")),
    }
}

fn too_weak(algorithm: DigestAlgorithm, until: Instant, strength: &Strength) -> Phrase {
    let ended = match strength {
        Strength::Until(end) | Strength::Ended(end) => end.to_string(),
        Strength::Never | Strength::Unknown => "-".to_owned(),
    };
    let seen = Phrase::new("seen.hash-outlived").with("algorithm", algorithm);
    seen.with("needed", until).with("end", ended)
}

fn record_unjudged(record: &Record) -> Answer {
    let expected = Phrase::new("expect.record-unjudged");
    if record.unjudged.is_empty() {
        return Answer::met(expected, Phrase::new("seen.nothing-unjudged"));
    }
    let names = record.unjudged.join(", ");
    Answer::violated(expected, Phrase::new("seen.unjudged").with("attributes", names))
}

/// Whether nothing stands against a verdict on a record but that data objects are not at hand: what a
/// timestamp renewal, which reads no document, asks for. The tokens are asked themselves, for each hands
/// on one reason only.
pub fn lacks_only_content(verdict: &Verdict) -> bool {
    let content = |finding: &&Finding| match &finding.outcome {
        Outcome::Unanswered { want, .. } => want.what == Wanted::Content,
        Outcome::Met(_)
        | Outcome::Violated(_)
        | Outcome::NotApplicable(_)
        | Outcome::NotInForce => false,
    };
    let mut against = verdict.findings().filter(|f| f.sub_indication().is_some());
    against.all(|finding| content(&finding))
        && verdict.because_of(Kind::Timestamp).all(lacks_only_content)
}
