//! The command `inkan`.

use std::process::ExitCode;

fn main() -> ExitCode {
    inkan::cli::main()
}
