//! Long-term validation is right: a table of bad cases, each with its indication and the clause that says
//! so beside an untampered twin that passes, and thirty years of one record's life.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "ages/archive.rs"]
mod archive;
#[path = "support/attack.rs"]
mod attack;
#[path = "support/authority.rs"]
mod authority;
#[path = "ages/beside.rs"]
mod beside;
#[path = "support/bless.rs"]
mod bless;
#[path = "support/cms.rs"]
mod cms;
#[path = "ages/content.rs"]
mod content;
#[path = "ages/counter.rs"]
mod counter;
#[path = "ages/form.rs"]
mod form;
#[path = "ages/life.rs"]
mod life;
#[path = "ages/lot.rs"]
mod lot;
#[path = "ages/overview.rs"]
mod overview;
#[path = "ages/paths.rs"]
mod paths;
#[path = "support/record.rs"]
mod record;
#[path = "ages/records.rs"]
mod records;
#[path = "ages/scene.rs"]
mod scene;
#[path = "ages/shelf.rs"]
mod shelf;
#[path = "ages/status.rs"]
mod status;
#[path = "ages/story.rs"]
mod story;
#[path = "ages/table.rs"]
mod table;
#[path = "ages/tokens.rs"]
mod tokens;

#[path = "support/years.rs"]
mod years;

use std::collections::BTreeSet;
use table::Group;

const GROUPS: [&Group; 7] = [
    &form::GROUP,
    &paths::GROUP,
    &status::GROUP,
    &tokens::GROUP,
    &archive::GROUP,
    &counter::GROUP,
    &records::GROUP,
];

#[test]
fn the_document_of_the_bad_cases_is_what_the_table_holds() {
    let cases = || GROUPS.iter().flat_map(|group| group.cases);
    let names: BTreeSet<&str> = cases().map(|case| case.wrong).collect();
    assert_eq!(names.len(), cases().count(), "each row has a name of its own");
    assert!(names.len() >= 60);
    bless::hold("docs/bad-cases.md", &overview::document(&GROUPS), "ages");
}

#[test]
fn what_is_wrong_with_the_form_of_a_signature_is_found() {
    form::GROUP.hold();
}

#[test]
fn what_is_wrong_with_a_timestamp_is_found() {
    tokens::GROUP.hold();
}

#[test]
fn what_stands_on_lists_and_in_answers_is_weighed() {
    status::GROUP.hold();
}

#[test]
fn certificates_are_judged_at_the_time_that_is_proven() {
    paths::GROUP.hold();
}

#[test]
fn what_is_wrong_with_an_archive_timestamp_or_a_renewal_is_found() {
    archive::GROUP.hold();
}

#[test]
fn what_is_wrong_with_a_counter_signature_is_found() {
    counter::GROUP.hold();
}

#[test]
fn what_is_wrong_with_an_evidence_record_is_found() {
    records::GROUP.hold();
}
