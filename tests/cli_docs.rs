//! `docs/cli.md` is what `--help` prints, command by command. A text that changes in `src/cli` changes
//! there too: `INKAN_BLESS=1 cargo test --test cli_docs` writes the file again.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test has its own files, and fails by panicking"
)]

#[path = "support/bless.rs"]
mod bless;

use std::fmt::Write as _;
use std::process::Command;

/// Terminals differ; the document has one width.
const COLUMNS: &str = "100";

const INTRODUCTION: &str = "# The command line

Written by `tests/cli_docs.rs` from what `--help` prints; do not edit it. Why the commands are as they
are stands in [decisions/0006-command-line.md](decisions/0006-command-line.md).

Reports go to standard output. What went wrong goes to standard error, as one line `error: …` and one
line `hint: …`, which says what to do next.

| exit code | `verify`, `cert check` | the other commands |
|---|---|---|
| 0 | passed | done, and nothing to complain of |
| 1 | failed: at least one file is wrong in a way that no evidence can mend | `key list`, `key show`: a key is weakly stored; `key record verify`: the record is broken |
| 2 | could not run: nothing was judged | could not run; what was not finished was not written |
| 3 | indeterminate: not failed, and not passed either | |

The worst of several files decides: failed before indeterminate before passed.

| variable | meaning |
|---|---|
| `INKAN_TRUST` | the directory of the trust store; otherwise `inkan/trust` in `XDG_CONFIG_HOME`, or in `~/.config` |
| `INKAN_TSA` | the file that names time-stamping authorities; otherwise `inkan/tsa.toml` in the same places ([timestamps.md](timestamps.md)) |
| `LC_ALL`, `LC_MESSAGES`, `LANG` | the first that is set chooses the language of reports: Japanese for `ja…`, else English; `--lang` overrides |
| `NO_COLOR` | no colours, even on a terminal |

The JSON of `--format json` is a contract: [verify](schema/inkan.verify-1.schema.json),
[cert check](schema/inkan.cert-1.schema.json), [cert inspect](schema/inkan.cert-inspect-1.schema.json),
[timestamp inspect](schema/inkan.timestamp-inspect-1.schema.json),
[key list and key show](schema/inkan.keys-1.schema.json), [key attest](schema/inkan.key-attestation-1.schema.json),
[each line of a key record](schema/inkan.key-record-1.schema.json),
and the bundle of `--save-evidence`: [evidence](schema/inkan.evidence-1.schema.json).
Fields may be added to it; none is changed or removed under the same name of schema.

`cert … --format sarif` writes SARIF 2.1.0. A requirement that is violated is a result of kind `fail` with level
`error`, `warning` or `note`, by its weight; a question that stayed open is of kind `open`, which the standard gives
no level (§3.27.10): the default level of its rule says how much it weighs. With `--full`, `cert check` adds what is
met (`pass`) and what does not apply (`notApplicable`).
";

#[test]
fn the_document_of_the_command_line_is_what_help_prints() {
    let written = document();
    bless::hold("docs/cli.md", &written, "cli_docs");
}

#[test]
fn the_commands_of_a_help_text_are_found() {
    let help = "Say it\n\nUsage: x [OPTIONS] <COMMAND>\n\nCommands:\n  add     Add, which\n          \
                takes two lines\n  remove  Take away\n  help    Print this\n\nOptions:\n  -h\n";
    assert_eq!(subcommands(help), ["add", "remove"]);
    assert_eq!(subcommands("Usage: x\n\nOptions:\n  -h, --help  Print help\n"), [""; 0]);
}

fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    describe(&mut Vec::new(), &mut text);
    for command in ["inkan verify", "inkan key generate", "inkan trust remove", "inkan demo"] {
        assert!(text.contains(&format!("\n## {command}\n")), "{command} was not found");
    }
    text
}

/// Appends the help of a command, then of those below it, in their order.
fn describe(command: &mut Vec<String>, text: &mut String) {
    let help = help(command);
    let name = [&["inkan".to_owned()], command.as_slice()].concat().join(" ");
    let _ = write!(text, "\n## {name}\n\n```text\n{help}```\n");
    for below in subcommands(&help) {
        command.push(below);
        describe(command, text);
        command.pop();
    }
}

fn help(command: &[String]) -> String {
    let mut run = Command::new(env!("CARGO_BIN_EXE_inkan"));
    run.args(command).arg("--help").env_clear().env("COLUMNS", COLUMNS).env("LANG", "C.UTF-8");
    let output = run.output().unwrap();
    assert!(output.status.success(), "{command:?} --help: {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    // The long form pads its empty lines.
    text.lines().fold(String::new(), |all, line| all + line.trim_end() + "\n")
}

/// The names under `Commands:`, but for `help` itself.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    listed
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}
