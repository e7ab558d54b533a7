//! Runs the cases in `tests/cmd/*.toml`: the built command as a user meets it. `tests/cmd/README.md`
//! says how a case is written. `INKAN_CASE=name` runs only the cases whose file name contains it.
#![expect(clippy::disallowed_methods, reason = "a test runs the command on real files")]

#[path = "cmd/case.rs"]
mod case;
#[path = "cmd/expect.rs"]
mod expect;
#[path = "cmd/run.rs"]
mod run;
#[path = "cmd/sandbox.rs"]
mod sandbox;

use case::Case;
use run::Outcome;
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[test]
fn every_command_case_holds() {
    let program = Path::new(env!("CARGO_BIN_EXE_inkan"));
    let (mut ran, mut skipped, mut failures) = (0, 0, Vec::new());
    for path in case_files() {
        let name = path.file_stem().unwrap_or_default().display().to_string();
        let outcome = Case::read(&path).and_then(|case| run::case(&case, program));
        match outcome {
            Ok(Outcome::Held) => ran += 1,
            Ok(Outcome::Skipped(reason)) => {
                skipped += 1;
                say(&format!("{name}: skipped: {reason}"));
            }
            Err(problem) => {
                ran += 1;
                failures.push(format!("--- {name} ({})\n{problem}", path.display()));
            }
        }
    }
    say(&format!("command cases: {ran} ran, {} failed, {skipped} skipped", failures.len()));
    assert!(
        failures.is_empty(),
        "{} of {ran} cases failed\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Past the capture of the test harness: a skipped case is seen even when all is well.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn case_files() -> Vec<PathBuf> {
    let wanted = std::env::var("INKAN_CASE").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd");
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap_or_else(|e| panic!("{}: {e}", folder.display())).path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .filter(|path| path.file_stem().is_some_and(|s| s.display().to_string().contains(&wanted)))
        .collect();
    files.sort();
    files
}
