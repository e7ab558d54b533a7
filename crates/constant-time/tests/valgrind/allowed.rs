//! The reviewed reports: `allowed.toml`.

use crate::report::Frame;
use std::collections::BTreeSet;

/// One row: in these cases, what is reported in this function or below it was found to be in order.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) cases: BTreeSet<String>,
    pub(crate) function: String,
    file: String,
    /// In how many places, if not in any number.
    pub(crate) at_most: Option<usize>,
    reason: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    allow: Vec<Row>,
}

impl Row {
    /// Whether the frame is of this function.
    pub(crate) fn names(&self, frame: &Frame) -> bool {
        frame.function == self.function && frame.path.ends_with(&format!("/{}", self.file))
    }

    /// For tests.
    pub(crate) fn of(case: &str, function: &str, at_most: Option<usize>) -> Self {
        let [function, file, reason] = [function, "y.c", "for a test"].map(str::to_owned);
        Self { cases: [case.to_owned()].into(), function, file, at_most, reason }
    }
}

pub(crate) fn read() -> Vec<Row> {
    let table: Table = toml::from_str(include_str!("../../allowed.toml")).expect("rows");
    for row in &table.allow {
        assert!(row.reason.len() > 20, "allowed.toml: {} needs a reason", row.function);
        assert!(!row.cases.is_empty(), "allowed.toml: {} is for no case", row.function);
    }
    table.allow
}
