//! `docs/rules.md` is what the profiles demand, rule by rule. A profile that changes changes there too:
//! `INKAN_BLESS=1 cargo test --test rules_docs` writes the file again.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/bless.rs"]
mod bless;

use inkan::policy::listing::all;
use inkan::report::{Catalogue, Language, policy};

const INTRODUCTION: &str = "# The rules

Written by `tests/rules_docs.rs` from `src/policy/profiles/`; do not edit it. `inkan policy explain RULE-ID`
says the same of one rule, in English or Japanese, and `inkan policy show NAME` prints a profile.

A required rule that is violated lets the indication fall; a warning is told and leaves it. A source with
\\* was not read itself: the demand was taken from certificates that were seen or from what others say of the
document, and every report marks it so.
";

#[test]
fn the_document_of_the_rules_is_what_the_profiles_demand() {
    let english = Catalogue::load(Language::En);
    let written = format!("{INTRODUCTION}{}", policy::document(&all().unwrap(), english));
    bless::hold("docs/rules.md", &written, "rules_docs");
}
