//! Timestamps in files of their own.

use crate::bench::{Bench, at};
use crate::peer::{Job, Peer};
use crate::records;

#[test]
fn pyhanko_accepts_timestamps_that_inkan_fetched_and_not_over_other_data() {
    let Some(peer) = Peer::pyhanko() else { return };
    let bench = Bench::new();
    records(&bench);
    let mut jobs = Vec::new();
    for (tsa, digest) in [("tsa-rsa", "sha256"), ("tsa-ec", "sha512")] {
        let (url, out) = (bench.lab().tsa_url(tsa), format!("{tsa}.tst"));
        let words = ["timestamp", "create", "record.txt", "--tsa", &url, "--digest", digest];
        let ran =
            bench.inkan(&[words.as_slice(), &["--out", &out, "--trust", "lab/trust"]].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        jobs.extend(
            ["record.txt", "forged.txt"].map(|content| Job::stamp(&bench, &out).content(content)),
        );
        for (content, expected) in [("record.txt", 0), ("forged.txt", 1)] {
            let (status, ours) =
                bench.verdict(&[&out, "--content", content, "--trust", "lab/trust"]);
            assert_eq!(status, expected, "{}", at(&ours, "/files/0/sub_indication"));
        }
    }
    let said: Vec<String> =
        peer.verdicts(&bench, &jobs).into_iter().map(|judged| judged.sub_indication).collect();
    assert_eq!(said, ["", "HASH_FAILURE", "", "HASH_FAILURE"]);
}
