//! `run`: the job, with progress, one closing summary, and what an unattended run leaves for those who watch it.

use super::Console;
use crate::accepted::Accepted;
use crate::brakes::Brakes;
use crate::cancel::Cancel;
use crate::cli::{Exit, LogFormat, RunArgs, When};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::lock::{Lock, Wait};
use crate::paths::{self, Protected};
use crate::progress::{Bar, Json, Lines, Progress, Silent};
use crate::report::Mode;
use crate::settings::Settings;
use crate::summary::{self, Totals};
use crate::{metrics, place};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A run that does not see a stop by itself within this time is ended. The promise is five seconds.
const PATIENCE: Duration = Duration::from_millis(3500);

/// How much is said on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Show {
    pub(super) quiet: bool,
    pub(super) verbose: bool,
    pub(super) progress: When,
    pub(super) format: LogFormat,
}

impl Show {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            quiet: settings.quiet,
            verbose: settings.verbose,
            progress: settings.progress,
            format: settings.log_format,
        }
    }
}

pub(super) fn run(args: &RunArgs, console: &mut Console) -> Result<Exit> {
    let start = Instant::now();
    let values = args.work.values(args.given()?)?;
    if args.work.print_config {
        return console.print(values.print()).map(|()| Exit::Done);
    }
    let settings = Settings::of(&values)?;
    console.json = settings.log_format == LogFormat::Json;
    let Some(out) = settings.out.clone() else {
        return Err(Error::Usage("OUT is not named: give --out OUT, or `out` in the configuration".into()));
    };
    if let Some(file) = &settings.metrics {
        // First of all: they are written also when the run is refused.
        paths::check_file("--metrics", file, &[Protected::Input(&settings.input), Protected::Out(&out)])?;
    }
    let cancel = Cancel::default();
    stop_on_signals(&cancel, settings.metrics.clone(), start)?;
    let result = work(args, &settings, out, cancel, console);
    let (code, totals) = match &result {
        Ok(totals) => (exit(totals) as u8, Some(totals)),
        Err(error) => (error.exit_code(), None),
    };
    if let Some(file) = &settings.metrics
        && let Err(error) = metrics::write(file, code, start.elapsed().as_secs_f64(), totals)
    {
        console.warn(&error.to_string());
    }
    result.map(|totals| exit(&totals))
}

fn work(args: &RunArgs, settings: &Settings, out: PathBuf, cancel: Cancel, console: &mut Console) -> Result<Totals> {
    let show = Show::of(settings);
    let plan = settings.plan_out.clone().unwrap_or_else(|| plan_beside(&out));
    let job = Job {
        config: settings.config.clone(),
        report: settings.report,
        keep: settings.keep,
        brakes: Some(Brakes { limits: settings.brakes, accept: args.accept.clone(), plan: plan.clone() }),
        accepted: settings.accepted.as_deref().map(Accepted::read).transpose()?.unwrap_or_default(),
        durable: !args.no_sync,
        reuse: args.reuse(),
        relearn: args.relearn,
        cancel: cancel.clone(),
        ..Job::new(&settings.input, out)
    };
    // `publish` looks again; whoever names the wrong folder should not wait for that.
    paths::check_paths(&job.input, &job.out)?;
    paths::check_folder("--plan-out", &plan, &[Protected::Input(&job.input), Protected::Out(&job.out)])?;
    place::check_replaceable(&job.out)?;
    let progress = progress(&show, console.terminal);
    let mut wait = |holder: Option<&str>| {
        if let Some(holder) = holder {
            progress.note(&format!("waiting for another run of this OUT ({holder})"));
        }
        cancel.check()
    };
    let _lock = Lock::take(&job.out, settings.wait.then_some(&mut wait as Wait))?;
    place::recover(&job.out)?;
    let totals = crate::pipeline::run(&job, &*progress)?;
    drop(progress);
    place::forget_plan(&job.out, &plan);
    if !show.quiet {
        unmatched(&totals, console);
        close(&job, &show, &totals, console);
    }
    Ok(totals)
}

/// What was asked for and matched nothing.
pub(super) fn unmatched(totals: &Totals, console: &mut Console) {
    for note in &totals.unmatched {
        console.log("warning", note, &[("event", "note".into())]);
    }
}

/// The closing summary. The output is published by now: a closed stderr does not make that undone.
fn close(job: &Job, show: &Show, totals: &Totals, console: &mut Console) {
    let line = summary::line(totals, &job.out, exit(totals) as u8);
    if console.json {
        console.log("info", &line, &[("event", "summary".into()), ("totals", serde_json::json!(totals))]);
        return;
    }
    let text = format!(
        "dechaff: done\n{}{}dechaff: {line}\n",
        summary::render(totals, &job.out, job.report.mode != Mode::None),
        stages(show, totals)
    );
    let _ = console.stderr.write_all(text.as_bytes());
}

/// Where the plan of a stopped run goes: beside OUT, where people look.
fn plan_beside(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".plan");
    out.with_file_name(name)
}

/// Turns SIGINT and SIGTERM into a stop that the run sees; ends the process where it does not see it in time, or at a
/// second signal. What is left then is what a killed run leaves, and the next run tidies it up.
pub(super) fn stop_on_signals(cancel: &Cancel, metrics: Option<PathBuf>, start: Instant) -> Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])
        .map_err(Error::io("listening for signals", "the process"))?;
    let cancel = cancel.clone();
    let listen = move || {
        let mut asked = false;
        for signal in signals.forever() {
            if cancel.request(signal) {
                asked = true;
                let (cancel, metrics) = (cancel.clone(), metrics.clone());
                let end = move || {
                    std::thread::sleep(PATIENCE);
                    leave(&cancel, metrics.as_deref(), start);
                };
                let _ = std::thread::Builder::new().name("stop".into()).spawn(end);
            } else if asked {
                leave(&cancel, metrics.as_deref(), start);
            }
        }
    };
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(listen)
        .map(drop)
        .map_err(Error::io("listening for signals", "the process"))
}

fn leave(cancel: &Cancel, file: Option<&Path>, start: Instant) {
    if let Err(error) = cancel.check() {
        let code = error.exit_code();
        if let Some(file) = file {
            let _ = metrics::write(file, code, start.elapsed().as_secs_f64(), None);
        }
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("dechaff: {error}\n").as_bytes());
        std::process::exit(code.into());
    }
}

pub(super) fn exit(totals: &Totals) -> Exit {
    if totals.has_trouble() { Exit::Quarantine } else { Exit::Done }
}

pub(super) fn progress(show: &Show, terminal: bool) -> Box<dyn Progress> {
    if show.progress == When::Never || (show.quiet && show.progress == When::Auto) {
        Box::new(Silent)
    } else if show.format == LogFormat::Json {
        Box::new(Json::new(Box::new(std::io::stderr())))
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
