//! `run`: the job, with progress and one closing summary.

use super::Console;
use crate::cli::{Exit, RunArgs, When};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::lock::{Lock, Wait};
use crate::progress::{Bar, Lines, Progress, Silent};
use crate::publish;
use crate::report::Mode;
use crate::settings::Settings;
use crate::summary::{self, Totals};
use crate::walk;

/// How much is said on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Show {
    pub(super) quiet: bool,
    pub(super) verbose: bool,
    pub(super) progress: When,
}

impl Show {
    pub(super) fn of(settings: &Settings) -> Self {
        Self { quiet: settings.quiet, verbose: settings.verbose, progress: settings.progress }
    }
}

pub(super) fn run(args: &RunArgs, console: &mut Console) -> Result<Exit> {
    let values = args.work.values(args.given()?)?;
    if args.work.print_config {
        return console.print(values.print()).map(|()| Exit::Done);
    }
    let settings = Settings::of(&values)?;
    let Some(out) = settings.out.clone() else {
        return Err(Error::Usage("OUT is not named: give --out OUT, or `out` in the configuration".into()));
    };
    let show = Show::of(&settings);
    let job = Job { input: settings.input, out, config: settings.config, durable: true, report: settings.report };
    // `publish` looks again; whoever names the wrong folder should not wait for that.
    walk::check_paths(&job.input, &job.out)?;
    publish::check_replaceable(&job.out)?;
    let progress = progress(&show, console.terminal);
    let mut wait = |holder: Option<&str>| {
        if let Some(holder) = holder {
            progress.note(&format!("waiting for another run of this OUT ({holder})"));
        }
        Ok(())
    };
    let _lock = Lock::take(&job.out, settings.wait.then_some(&mut wait as Wait))?;
    for prefix in &job.config.prefer {
        if !job.input.join(crate::names::decode(prefix)).exists() {
            progress.note(&format!("--prefer {prefix}: INPUT has no such path, so nothing is preferred by it"));
        }
    }
    let totals = crate::pipeline::run(&job, &*progress)?;
    drop(progress);
    if !show.quiet {
        let text = format!(
            "dechaff: done\n{}{}",
            summary::render(&totals, &job.out, job.report.mode != Mode::None),
            stages(&show, &totals)
        );
        // The output is published by now: a closed stderr does not make that undone.
        let _ = console.stderr.write_all(text.as_bytes());
    }
    Ok(exit(&totals))
}

pub(super) fn exit(totals: &Totals) -> Exit {
    if totals.has_trouble() { Exit::Quarantine } else { Exit::Done }
}

pub(super) fn progress(show: &Show, terminal: bool) -> Box<dyn Progress> {
    if show.progress == When::Never || (show.quiet && show.progress == When::Auto) {
        Box::new(Silent)
    } else if terminal {
        Box::new(Bar::new(indicatif::ProgressDrawTarget::stderr()))
    } else {
        Box::new(Lines::new(Box::new(std::io::stderr())))
    }
}

pub(super) fn stages(show: &Show, totals: &Totals) -> String {
    if !show.verbose {
        return String::new();
    }
    totals.seconds.iter().map(|stage| format!("    {:<12}{:>8.2} s\n", stage.stage, stage.seconds)).collect()
}
