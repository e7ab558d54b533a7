//! Runs one case, step by step, and says where it departs from what was expected.

use crate::case::{Case, Step};
use crate::expect;
use crate::sandbox::{Observed, Sandbox, Trouble};
use inkan::edge::clock::now;
use inkan::lab::{Declaration, Lab, LabServer};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;
use tempfile::TempDir;

/// A command that takes longer hangs: the slowest honest one opens a key, which takes seconds in a
/// debug build.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// The exit status of a command that could not run.
const COULD_NOT_RUN: i32 = 2;

/// How a case ended that did not fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Held,
    Skipped(String),
}

/// What a case writes as `{name}`, and what stands for it.
type Names = Vec<(&'static str, String)>;

/// Runs all steps of a case.
pub(crate) fn case(case: &Case, program: &Path) -> Result<Outcome, String> {
    let sandbox = match Sandbox::new(case) {
        Ok(sandbox) => sandbox,
        Err(Trouble::Skip(reason)) => return Ok(Outcome::Skipped(reason)),
        Err(Trouble::Fail(problem)) => return Err(problem),
    };
    let mut names = if case.lab { start_lab()? } else { Names::new() };
    names.push(("dir", sandbox.path().display().to_string()));
    for (index, step) in case.steps.iter().enumerate() {
        let shown = || format!("step {}: {}", index + 1, step.args.join(" "));
        run_step(&sandbox, program, step, &names).map_err(|e| format!("{}\n{e}", shown()))?;
    }
    Ok(Outcome::Held)
}

/// The lab that all cases share: its directory is `{lab}`, its address `{url}`.
static LAB: LazyLock<Result<(TempDir, LabServer), String>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let port = LabServer::bind().map_err(|error| error.to_string())?;
    let declaration = Declaration::standard().map_err(|error| error.to_string())?;
    let lab = Lab::make(declaration, &folder.path().join("lab"), port.base_url(), now());
    let server = port.serve(lab.map_err(|error| error.to_string())?, now);
    Ok((folder, server.map_err(|error| error.to_string())?))
});

/// Starts the lab, if no case did so before, and says where it is.
fn start_lab() -> Result<Names, String> {
    let (folder, server) = LAB.as_ref().map_err(Clone::clone)?;
    let directory = folder.path().join("lab").display().to_string();
    Ok(vec![("lab", directory), ("url", server.lab().base_url().to_owned())])
}

fn run_step(sandbox: &Sandbox, program: &Path, step: &Step, names: &Names) -> Result<(), String> {
    let before = sandbox.listing();
    let mut observed = sandbox.run(program, &filled_in(step, names), STEP_TIMEOUT)?;
    for (name, value) in names {
        let written = format!("{{{name}}}");
        observed.stdout = observed.stdout.replace(value, &written);
        observed.stderr = observed.stderr.replace(value, &written);
    }
    let mut problems = output_problems(step, &observed);
    problems.extend(file_problems(step, &before, &sandbox.listing(), sandbox.path()));
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// The step with the names in braces replaced.
fn filled_in(step: &Step, names: &Names) -> Step {
    let fill = |text: &String| {
        names.iter().fold(text.clone(), |t, (name, value)| t.replace(&format!("{{{name}}}"), value))
    };
    Step {
        args: step.args.iter().map(fill).collect(),
        stdin: fill(&step.stdin),
        env: step.env.iter().map(|(key, value)| (key.clone(), fill(value))).collect(),
        ..step.clone()
    }
}

fn output_problems(step: &Step, observed: &Observed) -> Vec<String> {
    let mut problems = Vec::new();
    if observed.status != Some(step.status) {
        let status = observed.status.map_or_else(|| "a signal".to_owned(), |s| s.to_string());
        problems.push(format!(
            "status: expected {}, observed {status}; standard error was:\n{}",
            step.status, observed.stderr
        ));
    }
    let streams =
        [("stdout", &step.stdout, &observed.stdout), ("stderr", &step.stderr, &observed.stderr)];
    for (name, expected, text) in streams {
        let compared = expected.as_ref().map_or(Ok(()), |expected| expect::text(expected, text));
        problems.extend(compared.err().map(|shown| format!("{name}:\n{shown}")));
    }
    problems.extend(json_problems(step, &observed.stdout));
    if observed.status == Some(COULD_NOT_RUN) {
        problems.extend(expect::error_with_hint(&observed.stderr).err());
    }
    problems
}

fn json_problems(step: &Step, stdout: &str) -> Vec<String> {
    if step.json.is_empty() {
        return Vec::new();
    }
    match serde_json::from_str(stdout) {
        Err(error) => vec![format!("stdout is not JSON: {error}\n{stdout}")],
        Ok(document) => step
            .json
            .iter()
            .filter_map(|(pointer, value)| expect::json(&document, pointer, value).err())
            .collect(),
    }
}

fn file_problems(
    step: &Step,
    before: &BTreeSet<String>,
    after: &BTreeSet<String>,
    directory: &Path,
) -> Vec<String> {
    let there = |name: &&String| directory.join(name).symlink_metadata().is_ok();
    let missing = step.leaves.iter().filter(|name| !there(name));
    let unwanted = step.absent.iter().filter(there);
    let mut problems: Vec<String> = missing.map(|n| format!("{n} should be there")).collect();
    problems.extend(unwanted.map(|name| format!("{name} should not be there")));
    if step.status == COULD_NOT_RUN {
        let left = after.difference(before).filter(|name| !step.leaves.contains(name));
        problems.extend(left.map(|name| format!("{name} was left behind by a failed command")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A case whose command is the shell: `script` is its program.
    fn shell(script: &str, more: &str) -> Result<Outcome, String> {
        let text = format!("about = 'x'\n{more}\nargs = ['-c', '''{script}''']\n");
        case(&Case::parse(&text).unwrap(), Path::new("/bin/sh"))
    }

    fn step(script: &str, expectations: &str) -> Result<Outcome, String> {
        shell(script, &format!("[[steps]]\n{expectations}"))
    }

    fn problem(script: &str, expectations: &str) -> String {
        step(script, expectations).unwrap_err()
    }

    #[test]
    fn a_step_that_does_what_is_expected_holds() {
        let expectations = "status = 3\nstdin = 'in'\nstdout = 'in {dir}'\nstderr = 'e[..]'\n\
                            env = { X = 'err' }\nleaves = ['new']\nabsent = ['old']";
        let script = "printf '%s %s' $(cat) $PWD; echo $X >&2; touch new; exit 3";
        assert_eq!(step(script, expectations), Ok(Outcome::Held));
    }

    #[test]
    fn each_departure_is_named() {
        assert!(problem("exit 1", "status = 0").contains("status: expected 0, observed 1"));
        assert!(problem("kill -9 $$", "status = 0").contains("observed a signal"));
        assert!(problem("echo a", "status = 0\nstdout = 'b'").contains("! b        | a"));
        assert!(problem("echo a >&2", "status = 0\nstderr = ''").contains("stderr:"));
        assert!(problem("", "status = 0\nleaves = ['x']").contains("x should be there"));
        assert!(problem("touch x", "status = 0\nabsent = ['x']").contains("x should not be there"));
        assert!(problem("echo x", "status = 0\njson = { '/a' = 1 }").contains("not JSON"));
        assert!(
            problem("echo '{\"a\":2}'", "status = 0\njson = { '/a' = 1 }").contains("observed 2")
        );
        assert!(problem("", "status = 1").starts_with("step 1: -c"));
    }

    #[test]
    fn a_failed_command_explains_itself_and_cleans_up() {
        let says = "echo error: a >&2; echo hint: b >&2;";
        assert_eq!(step(&format!("{says} exit 2"), "status = 2"), Ok(Outcome::Held));
        assert!(problem("echo error: a >&2; exit 2", "status = 2").contains("`hint:`"));
        let left = problem(&format!("{says} touch .tmpX; exit 2"), "status = 2");
        assert!(left.contains(".tmpX was left behind"), "{left}");
        let kept = step(&format!("{says} touch log; exit 2"), "status = 2\nleaves = ['log']");
        assert_eq!(kept, Ok(Outcome::Held));
    }

    #[test]
    fn the_environment_is_clean() {
        let script =
            "env | grep -v ^PWD= | grep -v ^OLDPWD= | grep -v ^_= | grep -v ^SHLVL= | sort";
        let expected = "status = 0\nstdout = '''\nHOME={dir}\nLANG=C.UTF-8\nPATH=[..]\n'''";
        assert_eq!(step(script, expected), Ok(Outcome::Held));
    }

    #[test]
    fn what_is_given_is_there() {
        let given = "[given]\n'a/t' = { text = 'x' }\n'h' = { hex = '58 59' }\n'd' = { dir = true }\n\
                     's' = { size = 70000 }\n[[steps]]\nstatus = 0\nstdout = 'xXY 70000 d'";
        let script = "cat a/t h; echo ' '$(wc -c <s) $(test -d d && echo d)";
        assert_eq!(shell(script, given), Ok(Outcome::Held));
        let missing = "[given]\n'x' = { copy = 'no such file' }\n[[steps]]\nstatus = 0";
        assert!(shell("", missing).unwrap_err().starts_with("given x: "));
    }

    #[test]
    fn closed_files_are_closed_even_to_root() {
        let given = "[given]\n'f' = { text = 'x', mode = '000' }\n'd' = { dir = true, mode = '555' }\n\
                     [[steps]]\nstatus = 0\nstdout = ''\nabsent = ['d/new']";
        let outcome = shell("cat f 2>/dev/null || touch d/new 2>/dev/null || true", given);
        assert!(outcome.is_ok(), "{outcome:?}");
    }

    #[test]
    fn a_tiny_disk_fills_up() {
        let given = "tiny_disk = 'small'\n[[steps]]\nstatus = 0\nstdout = 'full'";
        let script = "head -c 60000 /dev/zero >small/a && ! head -c 60000 /dev/zero >small/b 2>/dev/null && echo full";
        let outcome = shell(script, given);
        assert!(outcome.is_ok(), "{outcome:?}");
    }

    #[test]
    fn a_command_that_hangs_is_killed() {
        let case = Case::parse("about = 'x'\n[[steps]]\nargs = ['9']\nstatus = 0").unwrap();
        let sandbox = Sandbox::new(&case).unwrap_or_else(|e| panic!("{e:?}"));
        let [step] = case.steps.as_slice() else { panic!("one step") };
        let killed = sandbox.run(Path::new("/bin/sleep"), step, Duration::from_millis(50));
        assert_eq!(killed.unwrap_err(), "killed after 50ms");
    }

    #[test]
    fn a_case_that_needs_the_lab_finds_it_by_name() {
        let script = "test -f {lab}/lab.toml && echo {url}";
        let case = shell(script, "lab = true\n[[steps]]\nstatus = 0\nstdout = '{url}'");
        assert_eq!(case, Ok(Outcome::Held));
    }
}
