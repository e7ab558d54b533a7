//! What is weak about a PKCS #12 store, as findings.

use super::{rule, violated};
use crate::key::pkcs12::{Storage, Weakness};
use crate::rule::finding::Kind;
use crate::rule::{Finding, Level, Locator, Phrase, Rule};
use crate::task::bundle::store::StoreSheet;

/// What a reader of the store should know, each thing once.
pub(super) fn findings(store: &StoreSheet, path: &str) -> Vec<Finding> {
    let about = Locator::new(Kind::File, path);
    let mut found = Vec::new();
    if store.integrity.is_none() {
        let rule = rule("store-whole", ("RFC 7292", "4"), Level::Warn);
        let (expected, seen) = (Phrase::new("expect.store-whole"), Phrase::new("seen.no-mac"));
        found.push(violated(rule, about.clone(), expected, seen));
    }
    let kept = store.integrity.iter().chain(&store.kept);
    let mut told = Vec::new();
    for storage in kept.chain(store.keys.iter().map(|key| &key.storage)) {
        for weakness in &storage.weak {
            let finding = weak(storage, *weakness, &about);
            if !told.contains(&finding.outcome) {
                told.push(finding.outcome.clone());
                found.push(finding);
            }
        }
    }
    found
}

fn weak(storage: &Storage, weakness: Weakness, about: &Locator) -> Finding {
    let plain = rule("store-kept", source(weakness), Level::Warn);
    let id = format!("{}.{}", plain.id, weakness.name());
    // The table of NIST was not read in the document itself.
    let rule = Rule { id, confirmed: weakness != Weakness::OldCipher, ..plain };
    let how = [storage.algorithm.as_deref(), storage.kdf.as_deref()];
    let how: Vec<&str> = how.into_iter().flatten().collect();
    let seen = Phrase::new("seen.store-kept")
        .with("how", if how.is_empty() { "-".to_owned() } else { how.join(", ") })
        .with("weakness", weakness.name());
    violated(rule, about.clone(), Phrase::new("expect.store-kept"), seen)
}

const fn source(weakness: Weakness) -> (&'static str, &'static str) {
    match weakness {
        Weakness::NotEncrypted => ("inkan", "key storage"),
        Weakness::OldCipher => ("NIST SP 800-131A Rev. 2", "2"),
        Weakness::FewIterations => ("OWASP Password Storage Cheat Sheet (2023)", "PBKDF2"),
    }
}
