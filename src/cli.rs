//! The command line. The comments here are its help texts.

use crate::brakes::Brake;
use crate::error::{Error, Result};
use crate::job::Reuse;
use crate::report::{Lang, Mode, Options};
use crate::settings::{SPECS, Value, Values};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Exit codes; a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done. Finding copies is normal.
    Done = 0,
    /// Failed, nothing published; or `verify` found something wrong.
    Failed = 1,
    /// The command line, a configuration or a rules file asks for something that cannot be done.
    Usage = 2,
    /// Published, and some files are quarantined.
    Quarantine = 3,
    /// A brake stopped the run.
    Brake = 4,
    /// An output, or its state, is missing, incomplete or damaged.
    State = 10,
    /// Another run holds OUT.
    Locked = 11,
}

/// Cleans and deduplicates a folder of Chinese text scraped from the web.
///
/// Scraper debris is cut, torn sentences are mended, copies are found and dropped. Every change is written down with
/// its reason and can be undone. The input is never changed.
#[derive(Debug, Parser)]
#[command(
    name = "dechaff",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 failed and nothing published, 2 usage, 3 published with quarantined files, \
                  4 stopped by a brake, 10 output missing or damaged, 11 locked, 130/143 signal."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Clean INPUT into OUT: the whole job
    ///
    /// OUT is replaced as a whole in one rename; whoever reads it sees the old complete output or the new one.
    Run(RunArgs),
    /// Show what `run` would do, and publish nothing
    Plan(PlanArgs),
    /// Tell why a document is as it is
    Explain(ExplainArgs),
    /// Give back the original bytes of a document
    Restore(RestoreArgs),
    /// Make the pages of an output again
    Report(ReportArgs),
    /// Tell how often the verdicts given on the pages were right
    Verdicts(VerdictsArgs),
    /// Check that an output fits together and that every removal is proven
    Verify(VerifyArgs),
    /// Put the previous output back in the place of OUT
    Rollback(RollbackArgs),
    /// List the rules and run their examples, or list what each rule cut
    Rules(RulesArgs),
    /// Learn templates from INPUT and write them as a file to read, edit and hand back with --templates
    Learn(LearnArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell to write for
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What decides the result of a run.
#[derive(Debug, Args)]
pub struct WorkArgs {
    /// The folder to read; it is never changed. It may be named in the configuration instead
    pub input: Option<PathBuf>,
    /// Take options from this file; flags and variables such as DECHAFF_THREADS go before it
    #[arg(long, value_name = "FILE", env = "DECHAFF_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print all options with their values and where each comes from, and do nothing else
    #[arg(long)]
    pub print_config: bool,
    /// Read files that match this glob, instead of .txt, .md and files without an extension (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Pass over files that match this glob (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Add the rules of this file to the built-in ones (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// Use the templates of this file, made by `dechaff learn`, instead of learning from INPUT
    #[arg(long, value_name = "FILE", conflicts_with = "no_learn")]
    pub templates: Option<PathBuf>,
    /// Learn no templates from INPUT
    #[arg(long)]
    pub no_learn: bool,
    /// Leave what this file says was held wrong; `dechaff verdicts --exceptions` writes it (repeatable)
    #[arg(long, value_name = "FILE")]
    pub exceptions: Vec<PathBuf>,
    /// Of copies, keep the one below this path of INPUT; the first one given goes first (repeatable)
    #[arg(long, value_name = "PATH")]
    pub prefer: Vec<String>,
    /// What to do about a finding, such as contained=drop (repeatable)
    ///
    /// FINDING is copy, version, contained, repeat, short-repeat, shared, numbers-differ or formula; POLICY is drop,
    /// flag or ignore. shared, numbers-differ and formula are never dropped.
    #[arg(long, value_name = "FINDING=POLICY")]
    pub action: Vec<String>,
    /// Threads; 0, the default, means one for each core. The result does not depend on it
    #[arg(long, value_name = "N")]
    pub threads: Option<u64>,
    /// Memory to use, such as 512M or 2G. The result does not depend on it
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// How to show the run.
    #[command(flatten)]
    pub show: ShowArgs,
}

/// How much is said on the way.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Say nothing but errors
    #[arg(long, short)]
    pub quiet: bool,
    /// A bar on a terminal and lines elsewhere (auto), the same even with --quiet (always), or nothing (never)
    ///
    /// The default is auto.
    #[arg(long, value_name = "WHEN", value_enum)]
    pub progress: Option<When>,
    /// Add the seconds of each stage to the summary
    #[arg(long, short)]
    pub verbose: bool,
    /// Write messages as text, or each as one JSON object on a line of its own. The default is text
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
}

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum LogFormat {
    Text,
    Json,
}

/// When to show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum When {
    Auto,
    Always,
    Never,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The work itself.
    #[command(flatten)]
    pub work: WorkArgs,
    /// The folder to write: new, empty, or an earlier output, which is replaced
    ///
    /// It may be named in the configuration instead.
    #[arg(long, short, value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// Keep so many previous outputs beside OUT, for `rollback`. The default is 1
    #[arg(long, value_name = "N")]
    pub keep: Option<u64>,
    /// Let this brake pass, for this run only (repeatable)
    #[arg(long, value_name = "BRAKE", value_enum)]
    pub accept: Vec<Brake>,
    /// Where the plan goes when a brake stops the run. The default is OUT.plan
    #[arg(long, value_name = "FOLDER")]
    pub plan_out: Option<PathBuf>,
    /// Quarantined files that are known: paths or records of documents.jsonl, one a line. They do not cause exit code 3
    #[arg(long, value_name = "FILE")]
    pub accepted: Option<PathBuf>,
    /// Write figures to this file in the text format of Prometheus, also when the run fails
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
    /// Do not wait for the disk: after a power loss OUT may be damaged. For outputs that can be made again
    #[arg(long)]
    pub no_sync: bool,
    /// Wait for another run of the same OUT to end, instead of ending with exit code 11
    #[arg(long)]
    pub wait: bool,
    /// Read all files, also those that by size, times and inode did not change since the last run
    #[arg(long, conflicts_with = "rebuild")]
    pub rehash: bool,
    /// Learn templates anew, instead of using those that the first run of this OUT has learned
    #[arg(long, conflicts_with = "rebuild")]
    pub relearn: bool,
    /// Leave what the last run of this OUT remembers aside and make everything anew
    #[arg(long)]
    pub rebuild: bool,
    /// Pages for all decisions (full), for those worth a look (sample, the default), or no pages (none)
    #[arg(long, value_name = "PAGES", value_enum)]
    pub report: Option<Mode>,
    /// The language the pages open with; both are in them. Default: that of the locale
    #[arg(long, value_name = "LANG", value_enum)]
    pub lang: Option<Lang>,
}

/// How the report is written.
#[derive(Debug, Args)]
pub struct PageArgs {
    /// Pages for all decisions (full), for those worth a look (sample), or no pages (none)
    #[arg(long, value_name = "PAGES", value_enum, default_value_t = Mode::Sample)]
    pub report: Mode,
    /// The language the pages open with; both are in them. Default: that of the locale
    #[arg(long, value_name = "LANG", value_enum)]
    pub lang: Option<Lang>,
}

impl PageArgs {
    /// What is asked for.
    pub fn options(&self) -> Options {
        Options { mode: self.report, lang: self.lang.unwrap_or_else(Lang::of_locale) }
    }
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// An output of `run`
    pub out: PathBuf,
    /// The pages to look at.
    #[command(flatten)]
    pub pages: PageArgs,
}

/// Arguments of `verdicts`.
#[derive(Debug, Args)]
pub struct VerdictsArgs {
    /// The output whose pages were looked at
    pub out: PathBuf,
    /// The verdicts as the pages save them
    pub file: PathBuf,
    /// Add what was held wrong to this file, which `run --exceptions` takes
    #[arg(long, value_name = "FILE")]
    pub exceptions: Option<PathBuf>,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The work itself.
    #[command(flatten)]
    pub work: WorkArgs,
    /// Write a table for people, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How to print a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Format {
    Text,
    Json,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// An output of `run`
    pub out: PathBuf,
    /// The document: its path below INPUT
    #[arg(value_name = "DOC")]
    pub document: OsString,
    /// Write text for people, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Add the original text with its changes marked
    #[arg(long)]
    pub text: bool,
    /// Add what differs between DOC and this document
    #[arg(long, value_name = "OTHER")]
    pub against: Option<OsString>,
    /// Use colours: on a terminal (auto), always or never; without them signs mark the same places
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    pub color: When,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
#[command(override_usage = "dechaff restore [OPTIONS] <OUT> <DOC>\n       dechaff restore [OPTIONS] <OUT> --all <DIR>")]
pub struct RestoreArgs {
    /// An output of `run`
    pub out: PathBuf,
    /// The document: its path below INPUT
    #[arg(value_name = "DOC", required_unless_present = "all", conflicts_with = "all")]
    pub document: Option<OsString>,
    /// Write to this new file instead of stdout
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    pub to: Option<PathBuf>,
    /// Restore every document into this folder, new or empty
    #[arg(long, value_name = "DIR")]
    pub all: Option<PathBuf>,
    /// Give back only what this rule or template cut: the cleaned text with those cuts undone, in UTF-8 (repeatable)
    ///
    /// With --all only the documents that such a rule has cut are written, without those that were dropped as copies.
    #[arg(long, value_name = "NAME")]
    pub rule: Vec<String>,
}

/// Arguments of `learn`.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// The folder to read; it is never changed
    pub input: PathBuf,
    /// Write to this new file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Read files that match this glob, instead of .txt, .md and files without an extension (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Pass over files that match this glob (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Threads; 0 means one for each core. The result does not depend on it
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: usize,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// An output of `run`
    pub out: PathBuf,
    /// Compare the output with this input folder too
    #[arg(long, value_name = "INPUT")]
    pub input: Option<PathBuf>,
}

/// Arguments of `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// An output of `run`, or where it was
    pub out: PathBuf,
    /// Put back this one of the kept outputs, by the number that --list shows
    #[arg(long, value_name = "NUMBER")]
    pub to: Option<u64>,
    /// List the kept outputs, the newest first: number, start of the run, folder
    #[arg(long, conflicts_with = "to")]
    pub list: bool,
}

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// List what each rule and template cut in this output, with samples
    #[arg(long, value_name = "OUT", conflicts_with = "rules")]
    pub of: Option<PathBuf>,
    /// Add the rules of this file to the built-in ones (repeatable)
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
}

/// Reads a size such as `512M`, `2G`, `1.5G` or a number of bytes.
pub(crate) fn parse_size(text: &str) -> std::result::Result<u64, String> {
    let wrong = || format!("{text:?} is no size: write a number and K, M or G, such as 512M");
    let upper = text.trim().to_ascii_uppercase();
    let digits = upper.trim_end_matches(['B', 'I']).trim_end_matches(['K', 'M', 'G', 'T']);
    let unit = match upper[digits.len()..].chars().next() {
        None | Some('B') => 1u64,
        Some('K') => 1 << 10,
        Some('M') => 1 << 20,
        Some('G') => 1 << 30,
        Some('T') => 1 << 40,
        Some(_) => return Err(wrong()),
    };
    let number: f64 = digits.trim().parse().map_err(|_| wrong())?;
    let bytes = number * unit as f64;
    if !bytes.is_finite() || bytes < (16 << 20) as f64 || bytes > 1e18 {
        return Err(format!("{text:?}: the least is 16M"));
    }
    Ok(bytes as u64)
}

/// Says early and clearly that a file cannot be read that an option names.
pub(crate) fn check_files<'f>(flag: &str, files: impl IntoIterator<Item = &'f PathBuf>) -> Result<()> {
    for path in files {
        if let Err(error) = std::fs::File::open(path)
            .and_then(|file| file.metadata())
            .and_then(|metadata| if metadata.is_file() { Ok(()) } else { Err(std::io::Error::other("is not a file")) })
        {
            return Err(Error::Usage(format!("{flag} {}: {error}: check the path", crate::names::shown(path))));
        }
    }
    Ok(())
}

/// Options that were given, by their names in `settings::SPECS`.
pub type Given = Vec<(&'static str, Value)>;

impl WorkArgs {
    /// The options that were given as flags.
    pub fn given(&self) -> Result<Given> {
        let mut given = Given::new();
        let texts = |texts: &[String]| (!texts.is_empty()).then(|| Value::Texts(texts.to_vec()));
        let mut put = |key: &'static str, value: Option<Value>| given.extend(value.map(|value| (key, value)));
        put("input", self.input.clone().map(Value::Path));
        put("include", texts(&self.include));
        put("exclude", texts(&self.exclude));
        put("rules", (!self.rules.is_empty()).then(|| Value::Paths(self.rules.clone())));
        put("learn", self.no_learn.then_some(Value::Flag(false)));
        put("templates", self.templates.clone().map(Value::Path));
        put("exceptions", (!self.exceptions.is_empty()).then(|| Value::Paths(self.exceptions.clone())));
        put("prefer", texts(&self.prefer));
        put("threads", self.threads.map(Value::Count));
        put("memory", self.memory.map(Value::Count));
        put("quiet", self.show.quiet.then_some(Value::Flag(true)));
        put("verbose", self.show.verbose.then_some(Value::Flag(true)));
        put("progress", word(self.show.progress));
        put("log-format", word(self.show.log_format));
        for assignment in &self.action {
            // Checked as a whole first: it names what is wrong in the words of the flag.
            crate::config::Actions::default().set(assignment)?;
            let (finding, policy) = assignment.split_once('=').unwrap_or((assignment, ""));
            let key = SPECS.iter().find(|spec| spec.key.strip_prefix("actions.") == Some(finding));
            put(key.map_or("", |spec| spec.key), Some(Value::Choice(policy.into())));
        }
        Ok(given)
    }

    /// The effective values of all layers.
    pub fn values(&self, given: Given) -> Result<Values> {
        Values::gather(given, self.config.as_deref(), std::env::vars_os())
    }
}

impl RunArgs {
    /// What to believe of an earlier run.
    pub fn reuse(&self) -> Reuse {
        match (self.rebuild, self.rehash) {
            (true, _) => Reuse::Nothing,
            (false, true) => Reuse::Bytes,
            (false, false) => Reuse::Hints,
        }
    }

    /// The options that were given as flags.
    pub fn given(&self) -> Result<Given> {
        let mut given = self.work.given()?;
        let mut put = |key: &'static str, value: Option<Value>| given.extend(value.map(|value| (key, value)));
        put("out", self.out.clone().map(Value::Path));
        put("keep", self.keep.map(Value::Count));
        put("plan-out", self.plan_out.clone().map(Value::Path));
        put("accepted", self.accepted.clone().map(Value::Path));
        put("metrics", self.metrics.clone().map(Value::Path));
        put("wait", self.wait.then_some(Value::Flag(true)));
        put("report", word(self.report));
        put("lang", word(self.lang));
        Ok(given)
    }
}

/// The word that stands for a choice.
fn word(choice: Option<impl ValueEnum>) -> Option<Value> {
    choice.and_then(|choice| choice.to_possible_value()).map(|value| Value::Choice(value.get_name().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("512M"), Ok(512 << 20));
        assert_eq!(parse_size("1.5g"), Ok(3 << 29));
        assert_eq!(parse_size("2GiB"), Ok(2 << 30));
        assert_eq!(parse_size("33554432"), Ok(32 << 20));
        for wrong in ["", "M", "x", "1X", "-1G", "1M", "inf", "nan", "1e400G"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
