//! What the others make inkan judges as they do.

use crate::bench::{Bench, at};
use crate::divergence::expected;
use crate::peer::{Job, Peer};
use crate::{Form, MEMBERS, records, tsa};

/// A signature of a peer's.
struct Made {
    member: &'static str,
    level: &'static str,
    form: Form,
    file: String,
}

fn made(bench: &Bench, peer: &Peer, levels: &[&'static str]) -> Vec<Made> {
    records(bench);
    let (mut all, mut jobs) = (Vec::new(), Vec::new());
    for member in MEMBERS {
        for level in levels.iter().copied() {
            for form in [Form::Detached, Form::Attached] {
                let file = format!("{member}-{level}-{form:?}.p7");
                let job = Job::make(bench, member, level, &file).tsa(&tsa(bench, member));
                jobs.push(if form == Form::Attached { job.attached() } else { job });
                all.push(Made { member, level, form, file });
            }
        }
    }
    peer.make(bench, &jobs);
    all
}

/// Maker and inkan agree on each file: level, verdict, and what becomes of it over another content.
fn agrees(bench: &Bench, peer: &Peer, all: &[Made]) {
    let job = |made: &Made| {
        let job = Job::judge(bench, &made.file);
        if made.form == Form::Detached { job.content("record.txt") } else { job }
    };
    let jobs: Vec<Job> = all.iter().map(job).collect();
    for (made, theirs) in all.iter().zip(peer.verdicts(bench, &jobs)) {
        let (says, reason) = expected(peer.name, made.member);
        assert_eq!(
            theirs.sub_indication, says,
            "{} on {}: {reason}: {theirs:?}",
            peer.name, made.file
        );
        let over = |content| [made.file.as_str(), "--trust", "lab/trust", "--content", content];
        let words = if made.form == Form::Detached {
            over("record.txt").to_vec()
        } else {
            over("")[..3].to_vec()
        };
        let (status, ours) = bench.verdict(&words);
        assert_eq!(status, 0, "{}: {ours:#}", made.file);
        assert_eq!(at(&ours, "/files/0/signatures/0/level"), theirs.level, "{}", made.file);
        assert_eq!(theirs.level, made.level, "{}", made.file);
        if made.form == Form::Detached {
            let (status, ours) = bench.verdict(&over("forged.txt"));
            assert_eq!(
                (status, at(&ours, "/files/0/sub_indication")),
                (1, "HASH_FAILURE"),
                "{}",
                made.file
            );
        }
    }
}

#[test]
fn inkan_agrees_with_pyhanko_on_what_pyhanko_makes() {
    if let Some(peer) = Peer::pyhanko() {
        let bench = Bench::new();
        let all = made(&bench, &peer, &["B", "T"]);
        agrees(&bench, &peer, &all);
    }
}

#[test]
fn inkan_agrees_with_dss_on_what_dss_makes() {
    if let Some(peer) = Peer::dss() {
        let bench = Bench::new();
        let all = made(&bench, &peer, &["B", "T"]);
        agrees(&bench, &peer, &all);
    }
}
