//! Runs every case under valgrind and compares what it reports with `allowed.toml`.
//!
//! A report that no row allows fails with its stack; so does a row that nothing was reported for, and a
//! leak that was not caught. It takes the build that `./check` makes: optimised as what is shipped, in one piece,
//! and aws-lc with the marks of its own; any other build only says that it was skipped.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test stops where it cannot go on"
)]

#[path = "valgrind/allowed.rs"]
mod allowed;
#[path = "valgrind/report.rs"]
mod report;

use allowed::Row;
use report::Report;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

const PROGRAM: &str = env!("CARGO_BIN_EXE_constant-time");
/// Both are needed: aws-lc derives the second from the first, but after it has looked at it.
const MARKS: [&str; 2] =
    ["-DBORINGSSL_CONSTANT_TIME_VALIDATION", "-DMLD_CONFIG_CT_TESTING_ENABLED="];
const LEAK: &str = "leak-";

#[test]
fn nothing_branches_on_a_secret_but_what_was_reviewed() {
    if let Some(reason) = reason_to_skip() {
        eprintln!("constant time: skipped: {reason}");
        return;
    }
    let rows = allowed::read();
    let cases = cases();
    let unknown = rows.iter().flat_map(|row| &row.cases).filter(|case| !cases.contains(*case));
    let unknown = unknown.map(|case| format!("allowed.toml: there is no case {case}"));
    let mut problems: Vec<String> = unknown.collect();
    let queue = Mutex::new(cases.iter());
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from).min(4) {
            scope.spawn(|| {
                while let Some(case) = next(&queue) {
                    let judged = judge(case, &run(case), &rows);
                    found.lock().expect("no thread panicked").extend(judged);
                }
            });
        }
    });
    problems.extend(found.into_inner().expect("no thread panicked"));
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

fn next<'a>(queue: &Mutex<impl Iterator<Item = &'a String>>) -> Option<&'a String> {
    queue.lock().expect("no thread panicked").next()
}

fn reason_to_skip() -> Option<&'static str> {
    let flags = option_env!("AWS_LC_SYS_CFLAGS").unwrap_or_default();
    if cfg!(debug_assertions) || !MARKS.iter().all(|mark| flags.contains(mark)) {
        return Some("this build is not the one to examine; ./check makes it");
    }
    let valgrind = Command::new("valgrind").arg("--version").output();
    if !valgrind.is_ok_and(|output| output.status.success()) {
        return Some("valgrind is not installed");
    }
    None
}

fn cases() -> BTreeSet<String> {
    let output = Command::new(PROGRAM).arg("list").output().expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("names are text");
    let cases: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    assert!(cases.iter().filter(|case| case.starts_with(LEAK)).count() >= 2, "no controls");
    cases
}

/// What valgrind reports of a case.
fn run(case: &str) -> Vec<Report> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("report.xml");
    let output = Command::new("valgrind")
        .args(["--quiet", "--error-limit=no", "--num-callers=60", "--xml=yes"])
        .arg(format!("--xml-file={}", file.display()))
        .args([PROGRAM, "case", case])
        .output()
        .expect("valgrind starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{case} did not end well: {said}");
    report::read(&std::fs::read_to_string(Path::new(&file)).expect("valgrind wrote a report"))
        .unwrap_or_else(|problem| panic!("{case}: {problem}"))
}

/// What is wrong with what was reported of a case.
fn judge(case: &str, reports: &[Report], rows: &[Row]) -> Vec<String> {
    if case.starts_with(LEAK) {
        let caught = !reports.is_empty();
        let missed =
            format!("{case}: this leak was not caught, so silence elsewhere shows nothing");
        return if caught { Vec::new() } else { vec![missed] };
    }
    let rows: Vec<&Row> = rows.iter().filter(|row| row.cases.contains(case)).collect();
    let allows = |row: &Row, report: &Report| report.frames.iter().any(|f| row.names(f));
    let new = reports.iter().filter(|report| !rows.iter().any(|row| allows(row, report)));
    let mut problems: Vec<String> =
        new.map(|report| format!("{case}: not in allowed.toml:\n{report}")).collect();
    for row in rows {
        let seen: Vec<_> = reports.iter().filter(|report| allows(row, report)).collect();
        if seen.is_empty() {
            problems.push(format!("{case}: allowed.toml: nothing in {} any more", row.function));
        } else if row.at_most.is_some_and(|most| seen.len() > most) {
            problems
                .push(format!("{case}: allowed.toml: more than was reviewed in {}:", row.function));
            problems.extend(seen.iter().map(ToString::to_string));
        }
    }
    problems
}

#[test]
fn a_new_report_a_stale_row_and_a_leak_that_is_missed_are_problems() {
    let report = |names: &[&str]| Report::of(names);
    let row = |function: &str, most| Row::of("sign", function, most);
    let known = [report(&["memcpy", "check_range", "sign"])];
    assert_eq!(judge("sign", &known, &[row("check_range", Some(1))]), [""; 0]);
    assert_eq!(judge("sign", &known, &[row("check", None)]).len(), 2, "new, and stale");
    assert_eq!(judge("sign", &known, &[row("check_range", None), row("other", None)]).len(), 1);
    assert_eq!(judge("open", &known, &[row("check_range", None)]).len(), 1, "another case");
    let two = [known.as_slice(), &known].concat();
    assert_eq!(judge("sign", &two, &[row("check_range", None)]), [""; 0]);
    assert_eq!(judge("sign", &two, &[row("check_range", Some(1))]).len(), 3, "more than reviewed");
    assert_eq!(judge("leak-x", &[], &[]).len(), 1);
    assert_eq!(judge("leak-x", &known, &[]), [""; 0]);
}
