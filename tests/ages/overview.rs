//! `docs/bad-cases.md`: the table of bad cases as people read it.

use crate::table::{Case, Group};
use inkan::rule::Indication;

const INTRODUCTION: &str = "# The bad cases

Written by `tests/ages.rs` from its own table: `INKAN_BLESS=1 cargo test --test ages` writes this file again.

Each row is a file put together by hand, byte by byte, of which one thing is wrong. It is judged offline at the
time named, with whatever is in hand then. It must come to exactly the indication and sub-indication of ETSI EN 319
102-1, and the check named must be what found it; where that check alone leads to something else, it says so
behind the check. Beside it stands a twin as like it as can be, which must pass. What every check demands is in
[rules.md](rules.md); how the times hang together is in
[decisions/0013-judging-over-time.md](decisions/0013-judging-over-time.md).
";

pub(crate) fn document(groups: &[&Group]) -> String {
    let rows: usize = groups.iter().map(|group| group.cases.len()).sum();
    let tables: String = groups.iter().map(|group| table(group)).collect();
    format!("{INTRODUCTION}\n{rows} rows.\n{tables}")
}

fn table(group: &Group) -> String {
    let head = "| What is wrong | Judged at | Indication | Found by | Clause | The twin that passes |\n\
                |---|---|---|---|---|---|\n";
    let rows: String = group.cases.iter().map(row).collect();
    format!("\n## {}\n\n{head}{rows}", group.subject)
}

fn row(case: &Case) -> String {
    let Case { wrong, clause, leads_to, found_by: (check, alone), but, .. } = case;
    let indication = match leads_to.indication() {
        Indication::Failed => "TOTAL-FAILED",
        Indication::Indeterminate => "INDETERMINATE",
        Indication::Passed => unreachable!("no sub-indication belongs to it"),
    };
    let alone = if alone == leads_to { String::new() } else { format!(" ({})", alone.name()) };
    let at = (case.bad)().at;
    let sub = leads_to.name();
    format!("| {wrong} | {at} | {indication}, {sub} | `{check}`{alone} | {clause} | {but} |\n")
}
