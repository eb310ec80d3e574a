//! The commands behind the command line. They write results to `stdout` and everything else to `stderr`.

mod explain;
mod learn;
mod manual;
mod pins;
mod plan;
mod report;
mod restore;
mod rollback;
mod rules;
mod run;
mod shown;
mod verdicts;
pub mod verify;

use crate::audit::{DocumentRecord, RemovalRecord};
use crate::cli::{Cli, Command, Exit};
use crate::error::{Error, Result};
use crate::names::printable;
use crate::paths::Protected;
use crate::published::Published;
use clap::{CommandFactory, Parser};
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Component, Path, PathBuf};

/// Where a command writes.
pub struct Console<'w> {
    /// Results.
    pub stdout: &'w mut dyn Write,
    /// Messages.
    pub stderr: &'w mut dyn Write,
    /// Whether `stderr` is a terminal that can show a bar.
    pub terminal: bool,
    /// Whether `stdout` is a terminal that shows colours.
    pub color: bool,
    /// Whether messages are JSON; a command sets it once it knows.
    pub json: bool,
}

impl Console<'_> {
    /// Writes a result.
    pub fn print(&mut self, text: impl AsRef<[u8]>) -> Result<()> {
        self.stdout.write_all(text.as_ref()).map_err(Error::io("writing the result", "stdout"))
    }

    /// Writes a message, as text or as JSON with more fields.
    pub fn log(&mut self, level: &str, message: &str, fields: &[(&str, serde_json::Value)]) {
        let line = if self.json {
            crate::progress::json_line(level, message, fields)
        } else {
            format!("dechaff: {}\n", printable(message))
        };
        let _ = self.stderr.write_all(line.as_bytes());
    }

    /// Writes a message about something that makes nothing undone.
    pub fn warn(&mut self, message: &str) {
        self.log("warning", message, &[]);
    }
}

/// Parses the arguments, runs the command and gives the exit code.
pub fn main(args: impl IntoIterator<Item = OsString>, console: &mut Console) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let text = error.render().to_string();
            if error.use_stderr() {
                // Arguments may be file names with anything in them.
                let lines: Vec<String> = text.split('\n').map(printable).collect();
                let _ = console.stderr.write_all(lines.join("\n").as_bytes());
                return Exit::Usage as u8;
            }
            let _ = console.stdout.write_all(text.as_bytes());
            return Exit::Done as u8;
        }
    };
    let result = dispatch(cli.command, console).and_then(|exit| {
        console.stdout.flush().map_err(Error::io("writing the result", "stdout"))?;
        Ok(exit as u8)
    });
    match result {
        Ok(code) => code,
        // Whoever reads the result has seen enough.
        Err(Error::Io { path, source, .. })
            if path.as_os_str() == "stdout" && source.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            Exit::Done as u8
        }
        Err(error) => {
            let text = error.to_string();
            if console.json {
                console.log("error", &text, &[("event", "error".into()), ("exit", error.exit_code().into())]);
                return error.exit_code();
            }
            let shown = match error {
                // The reader of a rules, templates or configuration file points at the place over several lines.
                Error::Rules { .. } | Error::Templates { .. } | Error::Config(_) => {
                    text.trim_end().split('\n').map(printable).collect::<Vec<_>>().join("\n")
                }
                _ => printable(&text),
            };
            let _ = writeln!(console.stderr, "dechaff: {shown}");
            error.exit_code()
        }
    }
}

fn dispatch(command: Command, console: &mut Console) -> Result<Exit> {
    match command {
        Command::Run(args) => run::run(&args, console),
        Command::Plan(args) => plan::plan(&args, console),
        Command::Explain(args) => explain::explain(&args, console),
        Command::Restore(args) => restore::restore(&args, console),
        Command::Report(args) => report::report(&args),
        Command::Verdicts(args) => verdicts::verdicts(&args, console),
        Command::Verify(args) => verify::verify(&args, console),
        Command::Rollback(args) => rollback::rollback(&args, console),
        Command::Learn(args) => learn::learn(&args, console),
        Command::Rules(args) => rules::rules(&args, console),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "dechaff", &mut script);
            console.print(script).map(|()| Exit::Done)
        }
        Command::Man => {
            let page = manual::page().map_err(Error::io("writing the manual page", "stdout"))?;
            console.print(page).map(|()| Exit::Done)
        }
    }
}

/// The folders that a command about an output must not write into: the output, and its INPUT if it still stands where it
/// was. What was restored in the place of an INPUT that is gone is no change of it.
fn protected<'p>(out: &'p Published, input: &'p Path) -> Vec<Protected<'p>> {
    let input = input.is_dir().then_some(Protected::Input(input));
    [Protected::Out(out.root())].into_iter().chain(input).collect()
}

/// The document as it was typed: the name of a record, or a path below the input as a shell completes it.
fn document(out: &Published, typed: &OsStr) -> Result<(DocumentRecord, Vec<RemovalRecord>)> {
    let path: PathBuf = Path::new(typed).components().filter(|part| !matches!(part, Component::CurDir)).collect();
    let encoded = crate::names::encode(&path);
    match path.to_str() {
        Some(name) if name != encoded => out.document(name).or_else(|_| out.document(&encoded)),
        _ => out.document(&encoded),
    }
}
