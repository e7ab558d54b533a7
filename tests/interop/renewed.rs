//! Chains of archive timestamps that inkan and DSS lengthen by turns, each with another hash function: every link
//! stands for both, with nothing but what is inside.

use crate::bench::{Bench, at};
use crate::peer::{Job, Peer};
use crate::{records, tsa};

const MEMBER: &str = "ec-physician";

/// inkan renews a file in its place, as if everything ended soon.
fn renew(bench: &Bench, file: &str, digest: &str) {
    let url = tsa(bench, MEMBER);
    let soon = ["--before", "2100-01-01", "--digest", digest];
    let words = ["renew", file, "--tsa", &url, "--trust", "lab/trust"];
    let ran = bench.inkan(&[words.as_slice(), &soon].concat());
    // Renewed, and due again before that day.
    assert_eq!(ran.status, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.starts_with("renewed by archive timestamp"), "{}", ran.stdout);
}

fn keep(bench: &Bench, file: &str, name: &str) {
    bench.write(name, &bench.read(file));
}

fn extend(bench: &Bench, peer: &Peer, file: &str, out: &str) {
    let job = Job::extend(bench, file, "LTA", out).content("record.txt");
    peer.make(bench, &[job.tsa(&tsa(bench, MEMBER))]);
}

/// Signed by inkan and renewed twice, then by DSS, then by inkan again: each step in a file.
fn chain(bench: &Bench, peer: &Peer) -> [&'static str; 4] {
    records(bench);
    let url = tsa(bench, MEMBER);
    let ran = bench.sign("record.txt", MEMBER, &["--level", "LTA", "--tsa", &url]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    renew(bench, "record.txt.p7s", "sha384");
    keep(bench, "record.txt.p7s", "1-by-inkan.p7s");
    renew(bench, "record.txt.p7s", "sha512");
    keep(bench, "record.txt.p7s", "2-by-inkan.p7s");
    extend(bench, peer, "2-by-inkan.p7s", "record.txt.p7s");
    keep(bench, "record.txt.p7s", "3-by-dss.p7s");
    renew(bench, "record.txt.p7s", "sha512");
    keep(bench, "record.txt.p7s", "4-by-inkan.p7s");
    ["1-by-inkan.p7s", "2-by-inkan.p7s", "3-by-dss.p7s", "4-by-inkan.p7s"]
}

#[test]
fn a_chain_that_inkan_and_dss_renew_by_turns_stands_for_both_at_every_step() {
    let Some(peer) = Peer::dss() else { return };
    let bench = Bench::new();
    let steps = chain(&bench, &peer);
    let judge = |file, content| Job::judge(&bench, file).content(content).with_nothing_else();
    let jobs: Vec<Job> = steps.iter().map(|file| judge(file, "record.txt")).collect();
    for ((renewals, file), theirs) in (1..).zip(steps).zip(peer.verdicts(&bench, &jobs)) {
        assert_eq!(
            (theirs.indication.as_str(), theirs.level.as_str()),
            ("PASSED", "LTA"),
            "{theirs:?}"
        );
        let accepted = theirs.timestamps.iter().filter(|stamp| stamp.indication == "PASSED");
        // One over the signature, the first over all, and the renewals.
        assert_eq!(accepted.count(), 2 + renewals, "{file}: {theirs:?}");
        let over = |content| [file, "--content", content, "--trust", "lab/trust", "--offline"];
        let (status, ours) = bench.verdict(&over("record.txt"));
        assert_eq!(status, 0, "{file}: {ours:#}");
        let (status, ours) = bench.verdict(&over("forged.txt"));
        assert_eq!((status, at(&ours, "/files/0/sub_indication")), (1, "HASH_FAILURE"), "{file}");
    }
    let forged: Vec<Job> = steps.iter().map(|file| judge(file, "forged.txt")).collect();
    for theirs in peer.verdicts(&bench, &forged) {
        assert_eq!(theirs.sub_indication, "HASH_FAILURE");
    }
}
