//! Tokens of real TSAs, where they are at hand.

use crate::bench::{Bench, at, names};
use crate::{inspected, skip};
use std::path::Path;

#[test]
fn tokens_of_twenty_countries_and_years_are_read_out_without_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/timestamps");
    if !folder.is_dir() {
        return skip::say("timestamps: skipped: no tokens of real TSAs lie beside the repository");
    }
    let bench = Bench::new();
    let mut read = 0;
    for name in names(&folder).iter().filter(|name| name.ends_with(".tst")) {
        let path = folder.join(name).display().to_string();
        let said = inspected(&bench, &path);
        assert_eq!(at(&said, "/form"), "token", "{name}");
        assert!(at(&said, "/token/time").ends_with('Z'), "{name}");
        assert_eq!(said["token"]["signers"].as_array().unwrap().len(), 1, "{name}");
        for lang in ["en", "ja"] {
            let text = bench.inkan(&["timestamp", "inspect", &path, "--lang", lang]);
            assert_eq!((text.status, text.stderr.as_str()), (0, ""), "{name}");
        }
        read += 1;
    }
    assert!(read >= 20, "{read}");
}
