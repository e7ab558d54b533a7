//! Runs one of inkan's paths with a secret, with the secret marked for valgrind.
//!
//! `constant-time list` names the cases, `constant-time case NAME` runs one of them, and
//! `constant-time dudect` measures times. `tests/valgrind.rs` runs every case under valgrind and compares
//! what is reported with `allowed.toml`.

mod cases;
mod dudect;
mod keys;
mod randomness;
mod valgrind;

use std::error::Error;
use std::process::ExitCode;

/// How a case ends that could not be carried out.
type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["list"] => {
            cases::ALL.iter().for_each(|case| println!("{}", case.name));
            Ok(())
        }
        ["case", name] => case(name),
        ["dudect", rest @ ..] => dudect::run(rest),
        _ => Err("write: constant-time list | case NAME | dudect [SECONDS]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn case(name: &str) -> Outcome {
    let case = cases::ALL.iter().find(|case| case.name == name);
    (case.ok_or_else(|| format!("there is no case {name}"))?.run)()?;
    if valgrind::is_running() {
        println!("{name}: {} reports", valgrind::reports());
    } else {
        println!("{name}: ran without valgrind, which shows nothing");
    }
    Ok(())
}
