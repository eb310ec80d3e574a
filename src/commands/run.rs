//! `run`: the job, with progress and one closing summary.

use super::Console;
use crate::cli::{Exit, RunArgs, ShowArgs, When};
use crate::error::Result;
use crate::job::Job;
use crate::lock::{Lock, Wait};
use crate::progress::{Bar, Lines, Progress, Silent};
use crate::publish;
use crate::report::Mode;
use crate::summary::{self, Totals};
use crate::walk;

pub(super) fn run(args: &RunArgs, console: &mut Console) -> Result<Exit> {
    let job = Job {
        input: args.work.input.clone(),
        out: args.out.clone(),
        config: args.work.config()?,
        durable: true,
        report: args.pages.options(),
    };
    // `publish` looks again; whoever names the wrong folder should not wait for that.
    walk::check_paths(&job.input, &job.out)?;
    publish::check_replaceable(&job.out)?;
    let progress = progress(&args.work.show, console.terminal);
    let mut wait = |holder: Option<&str>| {
        if let Some(holder) = holder {
            progress.note(&format!("waiting for another run of this OUT ({holder})"));
        }
        Ok(())
    };
    let _lock = Lock::take(&job.out, args.wait.then_some(&mut wait as Wait))?;
    for prefix in &job.config.prefer {
        if !job.input.join(crate::names::decode(prefix)).exists() {
            progress.note(&format!("--prefer {prefix}: INPUT has no such path, so nothing is preferred by it"));
        }
    }
    let totals = crate::pipeline::run(&job, &*progress)?;
    drop(progress);
    if !args.work.show.quiet {
        let text = format!(
            "dechaff: done\n{}{}",
            summary::render(&totals, &job.out, job.report.mode != Mode::None),
            stages(&args.work.show, &totals)
        );
        // The output is published by now: a closed stderr does not make that undone.
        let _ = console.stderr.write_all(text.as_bytes());
    }
    Ok(exit(&totals))
}

pub(super) fn exit(totals: &Totals) -> Exit {
    if totals.has_trouble() { Exit::Quarantine } else { Exit::Done }
}

pub(super) fn progress(show: &ShowArgs, terminal: bool) -> Box<dyn Progress> {
    if show.progress == When::Never || (show.quiet && show.progress == When::Auto) {
        Box::new(Silent)
    } else if terminal {
        Box::new(Bar::new(indicatif::ProgressDrawTarget::stderr()))
    } else {
        Box::new(Lines::new(Box::new(std::io::stderr())))
    }
}

pub(super) fn stages(show: &ShowArgs, totals: &Totals) -> String {
    if !show.verbose {
        return String::new();
    }
    totals.seconds.iter().map(|stage| format!("    {:<12}{:>8.2} s\n", stage.stage, stage.seconds)).collect()
}
