//! Long-term validation is right: a table of bad cases, each with its indication and the clause that says
//! so beside an untampered twin that passes, and thirty years of one record's life.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/attack.rs"]
mod attack;
#[path = "support/authority.rs"]
mod authority;
#[path = "support/cms.rs"]
mod cms;
#[path = "ages/form.rs"]
mod form;
#[path = "ages/paths.rs"]
mod paths;
#[path = "ages/scene.rs"]
mod scene;
#[path = "ages/status.rs"]
mod status;
#[path = "ages/table.rs"]
mod table;
#[path = "ages/tokens.rs"]
mod tokens;

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
