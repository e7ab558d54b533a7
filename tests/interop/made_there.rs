//! What the others make inkan judges as they do.

use crate::bench::{Bench, at};
use crate::divergence::expected;
use crate::peer::{Job, Peer};
use crate::{Form, MEMBERS, records, tsa, violated};

/// A signature of a peer's.
struct Made {
    member: &'static str,
    level: &'static str,
    form: Form,
    file: String,
}

fn made(
    bench: &Bench,
    peer: &Peer,
    members: &[&'static str],
    levels: &[&'static str],
) -> Vec<Made> {
    records(bench);
    let (mut all, mut jobs) = (Vec::new(), Vec::new());
    for member in members.iter().copied() {
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

/// Another archive timestamp on each detached signature of level LTA, and another on that.
fn renewed(bench: &Bench, peer: &Peer, all: &mut Vec<Made>) {
    let mut jobs = Vec::new();
    for number in 0..all.len() {
        let made = &all[number];
        if made.level == "LTA" && made.form == Form::Detached {
            let (member, url) = (made.member, tsa(bench, made.member));
            let mut before = made.file.clone();
            for renewal in ["once", "twice"] {
                let file = format!("{member}-renewed-{renewal}.p7");
                let job = Job::extend(bench, &before, "LTA", &file).content("record.txt");
                jobs.push(job.tsa(&url));
                before.clone_from(&file);
                all.push(Made { member, level: "LTA", form: Form::Detached, file });
            }
        }
    }
    peer.make(bench, &jobs);
}

/// Maker and inkan agree on each file: level, verdict, and what becomes of it over another content. From level LT on
/// both have what is inside and nothing else.
fn agrees(bench: &Bench, peer: &Peer, all: &[Made]) {
    let jobs: Vec<Job> = all.iter().map(|made| made.judged(bench)).collect();
    for (made, theirs) in all.iter().zip(peer.verdicts(bench, &jobs)) {
        let (says, reason) = expected(peer.name, made.member);
        assert_eq!(theirs.sub_indication, says, "{}: {reason}: {theirs:?}", made.file);
        assert_eq!(theirs.level, made.level, "{}", made.file);
        let (status, ours) = made.verdict(bench, "record.txt");
        assert_eq!((status, violated(&ours)), (0, 0), "{}: {ours:#}", made.file);
        assert_eq!(at(&ours, "/files/0/signatures/0/level"), made.level, "{}", made.file);
        if made.form == Form::Detached {
            let (status, ours) = made.verdict(bench, "forged.txt");
            let sub = at(&ours, "/files/0/sub_indication");
            assert_eq!((status, sub), (1, "HASH_FAILURE"), "{}", made.file);
        }
    }
}

impl Made {
    fn holds_its_evidence(&self) -> bool {
        self.level.starts_with('L')
    }

    fn judged(&self, bench: &Bench) -> Job {
        let mut job = Job::judge(bench, &self.file);
        if self.form == Form::Detached {
            job = job.content("record.txt");
        }
        if self.holds_its_evidence() { job.with_nothing_else() } else { job }
    }

    fn verdict(&self, bench: &Bench, content: &str) -> (i32, serde_json::Value) {
        let mut words = vec![self.file.as_str(), "--trust", "lab/trust"];
        if self.form == Form::Detached {
            words.extend(["--content", content]);
        }
        if self.holds_its_evidence() {
            words.push("--offline");
        }
        bench.verdict(&words)
    }
}

#[test]
fn inkan_agrees_with_pyhanko_on_what_pyhanko_makes() {
    let Some(peer) = Peer::pyhanko() else { return };
    let bench = Bench::new();
    let all = made(&bench, &peer, &MEMBERS, &["B", "T"]);
    agrees(&bench, &peer, &all);
}

#[test]
fn inkan_agrees_with_dss_on_what_dss_makes() {
    let Some(peer) = Peer::dss() else { return };
    let bench = Bench::new();
    let all = made(&bench, &peer, &MEMBERS, &["B", "T"]);
    agrees(&bench, &peer, &all);
}

#[test]
fn inkan_agrees_with_dss_on_what_dss_makes_to_last_and_renews_twice() {
    let Some(peer) = Peer::dss() else { return };
    let bench = Bench::new();
    let mut all = made(&bench, &peer, &["ec-physician"], &["LT", "LTA"]);
    renewed(&bench, &peer, &mut all);
    agrees(&bench, &peer, &all);

    // The divergence that is known: it has no list for the CA of HPKI, and goes no further without.
    let job = Job::make(&bench, "hpki-physician", "LT", "never.p7");
    let [answer] = &peer.answers(&bench, &[job.tsa(&tsa(&bench, "hpki-physician"))])[..] else {
        panic!()
    };
    let refused =
        answer.error.as_ref().is_some_and(|error| error.contains("Revocation data is missing"));
    assert!(refused, "{answer:?}");
}
