//! The command-line program: parse, run, exit code.

use dechaff::commands::{Console, main as run};
use std::io::{IsTerminal, LineWriter};
use std::process::ExitCode;

fn main() -> ExitCode {
    let stderr = std::io::stderr();
    let mut console = Console {
        stdout: &mut std::io::BufWriter::new(std::io::stdout()),
        terminal: stderr.is_terminal(),
        stderr: &mut LineWriter::new(stderr),
    };
    ExitCode::from(run(std::env::args_os(), &mut console))
}
