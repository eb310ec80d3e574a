//! `plan`: what `run` would do. The job is done in a temporary folder, told, and thrown away.

use super::Console;
use super::run::{self, Show};
use crate::audit::Decision;
use crate::cancel::Cancel;
use crate::cli::{Exit, Format, PlanArgs};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::names::printable;
use crate::paths;
use crate::place::Scratch;
use crate::progress::Progress;
use crate::published::{AUDIT, Published};
use crate::report;
use crate::settings::Settings;
use crate::summary::{counted, render_figures};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::time::Instant;

pub(super) fn plan(args: &PlanArgs, console: &mut Console) -> Result<Exit> {
    let values = args.work.values(args.work.given()?)?;
    if args.work.print_config {
        return console.print(values.print()).map(|()| Exit::Done);
    }
    let settings = Settings::of(&values)?;
    let show = Show::of(&settings);
    let folder = std::env::temp_dir();
    paths::check_paths(&settings.input, &folder.join("dechaff-plan")).map_err(|error| match error {
        Error::Usage(message) if settings.input.is_dir() => Error::Usage(format!(
            "the temporary folder of `plan` must not touch INPUT: set TMPDIR to another folder ({message})"
        )),
        other => other,
    })?;
    let cancel = Cancel::never_late();
    run::stop_on_signals(&cancel, None, Instant::now())?;
    let scratch = Scratch::create(&folder, "dechaff-plan")?;
    let report = report::Options { mode: report::Mode::None, ..report::Options::default() };
    let job = Job {
        config: settings.config,
        durable: false,
        report,
        cancel: cancel.clone(),
        ..Job::new(settings.input, scratch.path().join("out"))
    };
    let progress = run::progress(&show, console.terminal);
    let totals = crate::pipeline::run(&job, &Unpublished(&*progress))?;
    drop(progress);
    let out = Published::open(&job.out)?;
    match args.format {
        Format::Text => list(&out, &cancel, console)?,
        Format::Json => json(&out, &cancel, console)?,
    }
    if !show.quiet {
        run::unmatched(&totals, console);
        let stages = run::stages(&show, &totals);
        let text = format!("dechaff: planned, nothing is published\n{}{stages}", render_figures(&totals));
        let _ = console.stderr.write_all(text.as_bytes());
    }
    Ok(run::exit(&totals))
}

/// Tells the stages of a run whose output is thrown away.
struct Unpublished<'p>(&'p dyn Progress);

impl Progress for Unpublished<'_> {
    fn stage(&self, name: &'static str, files: u64, bytes: u64) {
        self.0.stage(if name == "publish" { "plan" } else { name }, files, bytes);
    }
    fn advance(&self, files: u64, bytes: u64) {
        self.0.advance(files, bytes);
    }
    fn finish(&self) {
        self.0.finish();
    }
    fn note(&self, message: &str) {
        self.0.note(message);
    }
}

/// One line for each document that would not be kept as it is.
fn list(out: &Published, cancel: &Cancel, console: &mut Console) -> Result<()> {
    for document in out.documents()? {
        cancel.check()?;
        let (record, removals) = document?;
        let path = printable(&record.path);
        let witness = record.witness.as_deref().map(printable).unwrap_or_default();
        match record.decision {
            Decision::Drop => console.print(format!("drop        {path}  ({} copy of {witness})\n", record.reason))?,
            Decision::Quarantine => console.print(format!("quarantine  {path}  ({})\n", record.reason))?,
            Decision::Keep => {}
        }
        if record.decision == Decision::Keep && !removals.is_empty() {
            let chars: u64 = removals.iter().map(|removal| removal.end.saturating_sub(removal.start)).sum();
            let changes = counted(removals.len() as u64, "change", "changes");
            let chars = counted(chars, "character", "characters");
            console.print(format!("clean       {path}  ({changes}, {chars})\n"))?;
        }
        if let Some(review) = &record.review {
            console.print(format!("review      {path}  ({})\n", printable(review)))?;
        }
    }
    Ok(())
}

/// `run.json` and all audit records as one object.
fn json(out: &Published, cancel: &Cancel, console: &mut Console) -> Result<()> {
    let wrong = |error: serde_json::Error| Error::io("writing the result", "stdout")(error.into());
    console.print(format!("{{\"totals\":{}", serde_json::to_string(&out.run().totals).map_err(wrong)?))?;
    for (key, name) in ["documents", "removals", "duplicates", "passages"].iter().zip(AUDIT) {
        console.print(format!(",\n\"{key}\":["))?;
        let path = out.root().join(name);
        let file = File::open(&path).map_err(Error::io("planning", &path))?;
        for (at, line) in BufReader::new(file).lines().enumerate() {
            cancel.check()?;
            let line = line.map_err(Error::io("planning", &path))?;
            console.print(if at == 0 { "\n" } else { ",\n" })?;
            console.print(line)?;
        }
        console.print("]")?;
    }
    console.print("}\n")
}
