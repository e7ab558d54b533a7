//! What surrounds a signature: claims of the signer, other signatures beside it and over it.

use crate::bench::Bench;
use crate::peer::{Answer, Job, Peer};
use crate::{records, tsa};

const MEMBER: &str = "ec-physician";

/// Everything that a signer can claim, over a content that was stamped before.
fn with_every_claim(bench: &Bench) {
    let url = tsa(bench, MEMBER);
    let claims = [
        "--level",
        "LTA",
        "--tsa",
        &url,
        "--content-timestamp",
        "--commitment",
        "approval",
        "--location",
        "札幌",
        "--claimed-role",
        "主治医",
        "--mime-type",
        "text/plain",
    ];
    let ran = bench.sign("record.txt", MEMBER, &claims);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

/// A pharmacist signs beside the physician, and a nurse countersigns what the physician signed.
fn by_three(bench: &Bench) {
    let url = tsa(bench, MEMBER);
    let stamped = ["--level", "LT", "--tsa", &url, "--out", "three.p7s"];
    let ran = bench.sign("record.txt", MEMBER, &stamped);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let beside = ["--add-to", "three.p7s", "--level", "LT", "--tsa", &url];
    let ran = bench.sign("record.txt", "ec-pharmacist", &beside);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let ran =
        bench.sign("record.txt", "ec-nurse", &["--countersign", "three.p7s", "--signature", "1"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

fn passed(answer: &Answer) -> usize {
    answer.signatures.iter().filter(|judged| judged.indication == "PASSED").count()
}

#[test]
fn dss_accepts_claims_and_signatures_beside_and_over_each_other() {
    let Some(peer) = Peer::dss() else { return };
    let bench = Bench::new();
    records(&bench);
    with_every_claim(&bench);
    by_three(&bench);
    let over = |file, content| Job::judge(&bench, file).content(content);
    let jobs = [
        over("record.txt.p7s", "record.txt"),
        over("three.p7s", "record.txt"),
        over("record.txt.p7s", "forged.txt"),
        over("three.p7s", "forged.txt"),
    ];
    let answers = peer.answers(&bench, &jobs);
    let counts: Vec<(usize, usize)> =
        answers.iter().map(|answer| (passed(answer), answer.signatures.len())).collect();
    // The countersignature is over a signature value, which is still what it was.
    assert_eq!(counts, [(1, 1), (3, 3), (0, 1), (1, 3)], "{answers:#?}");
}

#[test]
fn pyhanko_accepts_what_a_signer_claims() {
    let Some(peer) = Peer::pyhanko() else { return };
    let bench = Bench::new();
    records(&bench);
    with_every_claim(&bench);
    let jobs = [
        Job::judge(&bench, "record.txt.p7s").content("record.txt"),
        Job::judge(&bench, "record.txt.p7s").content("forged.txt"),
    ];
    let answers = peer.answers(&bench, &jobs);
    assert_eq!([passed(&answers[0]), passed(&answers[1])], [1, 0], "{answers:#?}");
}
