//! Documents that are written by a test, and held to what it writes.

use std::path::Path;

/// Compares a document below the project's root with what it should be. With `INKAN_BLESS=1` it is
/// written anew instead.
pub(crate) fn hold(document: &str, written: &str, test: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    if std::env::var_os("INKAN_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, written).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = there.lines().zip(written.lines()).position(|(a, b)| a != b);
    let line = differing.unwrap_or_else(|| there.lines().count().min(written.lines().count())) + 1;
    assert!(
        there == written,
        "{document}:{line}: not what it is written from: INKAN_BLESS=1 cargo test --test {test}"
    );
}
