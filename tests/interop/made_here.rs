//! What inkan makes is valid for the others, and not over another content.

use crate::bench::Bench;
use crate::divergence::expected;
use crate::peer::{Job, Peer};
use crate::{Form, MEMBERS, records, tsa};

const LEVELS: [&str; 4] = ["B", "T", "LT", "LTA"];

/// A signature of inkan's.
struct Made {
    member: &'static str,
    level: &'static str,
    form: Form,
    file: String,
}

impl Made {
    /// From level LT on DSS has what is inside and nothing else, as it will be in thirty years.
    fn judged(&self, bench: &Bench, peer: &Peer) -> Job {
        let mut job = Job::judge(bench, &self.file);
        if self.form == Form::Detached {
            job = job.content("record.txt");
        }
        let holds_its_evidence = self.level.starts_with('L') && peer.sees(self.level) == self.level;
        if holds_its_evidence { job.with_nothing_else() } else { job }
    }
}

/// Every member at every level in both forms.
fn made(bench: &Bench) -> Vec<Made> {
    records(bench);
    let mut all = Vec::new();
    for member in MEMBERS {
        for level in LEVELS {
            for form in [Form::Detached, Form::Attached] {
                let file = sign(bench, member, level, form);
                all.push(Made { member, level, form, file });
            }
        }
    }
    all
}

fn sign(bench: &Bench, member: &str, level: &str, form: Form) -> String {
    let (url, out) = (tsa(bench, member), format!("{member}-{level}"));
    let mut more = vec!["--out", &out, "--level", level];
    if level != "B" {
        more.extend(["--tsa", &url]);
    }
    if form == Form::Attached {
        more.push("--attached");
    }
    std::fs::create_dir_all(bench.path(&out)).unwrap();
    let ran = bench.sign("record.txt", member, &more);
    assert_eq!(ran.status, 0, "{member} {level} {form:?}: {}", ran.stderr);
    let ending = if form == Form::Attached { "p7m" } else { "p7s" };
    format!("{out}/record.txt.{ending}")
}

fn accepts(peer: &Peer) {
    let bench = Bench::new();
    let all = made(&bench);
    let jobs: Vec<Job> = all.iter().map(|made| made.judged(&bench, peer)).collect();
    for (made, judged) in all.iter().zip(peer.verdicts(&bench, &jobs)) {
        let (says, reason) = expected(peer.name, made.member);
        let who = format!("{} on {}: {reason}: {judged:?}", peer.name, made.file);
        assert_eq!(judged.sub_indication, says, "{who}");
        assert_eq!(judged.indication == "PASSED", says.is_empty(), "{who}");
        // What it cannot use it does not count towards a level either.
        if says.is_empty() {
            assert_eq!(judged.level, peer.sees(made.level), "{who}");
        }
    }

    let detached: Vec<&Made> = all.iter().filter(|made| made.form == Form::Detached).collect();
    let forged = |made: &&Made| Job::judge(&bench, &made.file).content("forged.txt");
    let jobs: Vec<Job> = detached.iter().map(forged).collect();
    for (made, judged) in detached.iter().zip(peer.verdicts(&bench, &jobs)) {
        assert_eq!(
            judged.sub_indication, "HASH_FAILURE",
            "{} on {}: {judged:?}",
            peer.name, made.file
        );
    }
}

#[test]
fn pyhanko_accepts_what_inkan_makes_and_not_over_another_content() {
    if let Some(peer) = Peer::pyhanko() {
        accepts(&peer);
    }
}

#[test]
fn dss_accepts_what_inkan_makes_and_not_over_another_content() {
    if let Some(peer) = Peer::dss() {
        accepts(&peer);
    }
}
