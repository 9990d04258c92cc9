//! The `hreg` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    hreg::cli::main()
}
