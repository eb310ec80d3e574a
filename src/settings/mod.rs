//! Where options come from: defaults < configuration file < environment < flags. One table names them all, so that a
//! file, the environment and `--print-config` cannot disagree about what there is.

mod layers;

pub use layers::{Origin, Values};

use crate::brakes::Limits;
use crate::cli::{LogFormat, When, check_files};
use crate::config::{Actions, Config, Policy};
use crate::error::{Error, Result};
use crate::{paths, report};
use clap::ValueEnum;
use std::path::PathBuf;

/// What kind of value an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count,
    /// Bytes: a number, or text such as `512M`.
    Size,
    /// 0 to 1.
    Share,
    /// A file or folder; in a file, relative to the folder of that file.
    Path,
    /// Several of them.
    Paths,
    /// Several texts.
    Texts,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// A value of one of these kinds.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Value {
    Flag(bool),
    Count(u64),
    Share(f64),
    Path(PathBuf),
    Paths(Vec<PathBuf>),
    Texts(Vec<String>),
    Choice(String),
}

/// An option of `run`.
#[derive(Debug)]
pub struct Spec {
    /// Its name in a file. In the environment it is `DECHAFF_` and this name in capitals with `_`.
    pub key: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is without being set, as it would stand in a file; empty where nothing is set.
    pub default: &'static str,
}

const POLICIES: Kind = Kind::Choice(&["drop", "flag", "ignore"]);

const fn spec(key: &'static str, kind: Kind, default: &'static str) -> Spec {
    Spec { key, kind, default }
}

/// Every option that a file or the environment can set, in the order `--print-config` prints them. What belongs to a
/// table of the file stands last. Options that override a safety (`--accept`) are flags only: set once, they would
/// hold every night.
pub const SPECS: &[Spec] = &[
    spec("input", Kind::Path, ""),
    spec("out", Kind::Path, ""),
    spec("include", Kind::Texts, "[]"),
    spec("exclude", Kind::Texts, "[]"),
    spec("rules", Kind::Paths, "[]"),
    spec("learn", Kind::Flag, "true"),
    spec("templates", Kind::Path, ""),
    spec("exceptions", Kind::Paths, "[]"),
    spec("prefer", Kind::Texts, "[]"),
    spec("threads", Kind::Count, "0"),
    spec("memory", Kind::Size, ""),
    spec("report", Kind::Choice(&["full", "sample", "none"]), "\"sample\""),
    spec("lang", Kind::Choice(&["zh", "en"]), ""),
    spec("keep", Kind::Count, "1"),
    spec("wait", Kind::Flag, "false"),
    spec("accepted", Kind::Path, ""),
    spec("metrics", Kind::Path, ""),
    spec("plan-out", Kind::Path, ""),
    spec("quiet", Kind::Flag, "false"),
    spec("verbose", Kind::Flag, "false"),
    spec("progress", Kind::Choice(&["auto", "always", "never"]), "\"auto\""),
    spec("log-format", Kind::Choice(&["text", "json"]), "\"text\""),
    spec("actions.copy", POLICIES, "\"drop\""),
    spec("actions.version", POLICIES, "\"flag\""),
    spec("actions.contained", POLICIES, "\"flag\""),
    spec("actions.repeat", POLICIES, "\"drop\""),
    spec("actions.short-repeat", POLICIES, "\"flag\""),
    spec("actions.shared", POLICIES, "\"flag\""),
    spec("actions.numbers-differ", POLICIES, "\"flag\""),
    spec("actions.formula", POLICIES, "\"flag\""),
    spec("brakes.vanished", Kind::Share, "0.2"),
    spec("brakes.changed", Kind::Share, "0.95"),
    spec("brakes.dropped", Kind::Share, "0.2"),
    spec("brakes.cluster", Kind::Share, "0.2"),
    spec("brakes.rule", Kind::Share, "0.2"),
];

/// The effective options of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The folder to read.
    pub input: PathBuf,
    /// The folder to write; `plan` has none.
    pub out: Option<PathBuf>,
    /// What decides the result.
    pub config: Config,
    /// The pages to write.
    pub report: report::Options,
    /// How many previous outputs are kept.
    pub keep: u64,
    /// Whether to wait for another run.
    pub wait: bool,
    /// Quarantined files that are known and need not be told every night.
    pub accepted: Option<PathBuf>,
    /// Where figures for a monitoring system go.
    pub metrics: Option<PathBuf>,
    /// Where the plan goes that a brake leaves.
    pub plan_out: Option<PathBuf>,
    /// What a run may change without being asked.
    pub brakes: Limits,
    /// Say nothing but errors.
    pub quiet: bool,
    /// Tell the seconds of each stage.
    pub verbose: bool,
    /// When to show progress.
    pub progress: When,
    /// How messages are written.
    pub log_format: LogFormat,
}

impl Settings {
    /// Takes the values apart.
    pub fn of(values: &Values) -> Result<Self> {
        let input = values.path("input").ok_or_else(|| {
            Error::Usage("INPUT is not named: give it on the command line, or as `input` in the configuration".into())
        })?;
        let threads = values.count("threads") as usize;
        if threads > 4096 {
            return Err(Error::Usage(format!("--threads {threads}: at most 4096; 0 means one for each core")));
        }
        let rules = values.paths("rules");
        let (templates, exceptions) = (values.path("templates"), values.paths("exceptions"));
        check_files("--rules", &rules)?;
        check_files("--templates", &templates)?;
        check_files("--exceptions", &exceptions)?;
        Ok(Self {
            out: values.path("out"),
            config: Config {
                include: values.texts("include"),
                exclude: values.texts("exclude"),
                rules,
                no_learn: !values.flag("learn"),
                templates,
                exceptions,
                prefer: values.texts("prefer").iter().map(|path| paths::below(&input, path)).collect(),
                threads,
                memory: values.is_set("memory").then(|| values.count("memory")),
                actions: actions(values)?,
            },
            report: report::Options {
                mode: choice(values, "report").unwrap_or_default(),
                lang: choice(values, "lang").unwrap_or_else(report::Lang::of_locale),
            },
            keep: values.count("keep"),
            wait: values.flag("wait"),
            accepted: values.path("accepted"),
            metrics: values.path("metrics"),
            plan_out: values.path("plan-out"),
            brakes: Limits {
                vanished: values.share("brakes.vanished"),
                changed: values.share("brakes.changed"),
                dropped: values.share("brakes.dropped"),
                cluster: values.share("brakes.cluster"),
                rule: values.share("brakes.rule"),
            },
            quiet: values.flag("quiet"),
            verbose: values.flag("verbose"),
            progress: choice(values, "progress").unwrap_or(When::Auto),
            log_format: choice(values, "log-format").unwrap_or(LogFormat::Text),
            input,
        })
    }
}

fn choice<T: ValueEnum>(values: &Values, key: &str) -> Option<T> {
    values.choice(key).and_then(|word| T::from_str(word, false).ok())
}

fn actions(values: &Values) -> Result<Actions> {
    let policy = |key: &str| match values.choice(key) {
        Some("drop") => Policy::Drop,
        Some("ignore") => Policy::Ignore,
        _ => Policy::Flag,
    };
    let actions = Actions {
        copy: policy("actions.copy"),
        version: policy("actions.version"),
        contained: policy("actions.contained"),
        repeat: policy("actions.repeat"),
        short_repeat: policy("actions.short-repeat"),
        shared: policy("actions.shared"),
        numbers_differ: policy("actions.numbers-differ"),
        formula: policy("actions.formula"),
    };
    actions.check().map(|()| actions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_table_are_those_of_the_program() {
        let values = Values::gather(vec![("input", Value::Path("in".into()))], None, []).unwrap();
        let settings = Settings::of(&values).unwrap();
        assert_eq!(settings.config, Config::default());
        assert_eq!(settings.brakes, Limits::default());
        assert_eq!(settings.report.mode, report::Mode::default());
        assert_eq!((settings.keep, settings.wait, settings.progress), (1, false, When::Auto));
    }
}
