//! What a run is asked to do.

use crate::brakes::Brakes;
use crate::cancel::Cancel;
use crate::config::Config;
use std::path::PathBuf;

/// What a run believes of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reuse {
    /// What it found, for files whose size, times and inode are the same, or else their bytes.
    #[default]
    Hints,
    /// The same, but all files are read.
    Bytes,
    /// Nothing.
    Nothing,
}

/// One run of the pipeline.
#[derive(Debug, Clone)]
pub struct Job {
    /// The folder to read.
    pub input: PathBuf,
    /// The folder to publish.
    pub out: PathBuf,
    /// Everything else that decides the result.
    pub config: Config,
    /// Whether to wait for the disk before publishing; `plan` does not.
    pub durable: bool,
    /// What to believe of an earlier run.
    pub reuse: Reuse,
    /// Whether to learn templates anew, though an earlier run has.
    pub relearn: bool,
    /// The pages to write.
    pub report: crate::report::Options,
    /// How many previous outputs are kept.
    pub keep: u64,
    /// What stops it before it publishes too large a change; none where nothing does.
    pub brakes: Option<Brakes>,
    /// What of its trouble is known already.
    pub accepted: crate::accepted::Accepted,
    /// Stops it from outside.
    pub cancel: Cancel,
}

impl Job {
    /// A run with the default configuration that waits for the disk, keeps one previous output and has no brakes.
    pub fn new(input: impl Into<PathBuf>, out: impl Into<PathBuf>) -> Self {
        Self {
            input: input.into(),
            out: out.into(),
            config: Config::default(),
            durable: true,
            reuse: Reuse::default(),
            relearn: false,
            report: crate::report::Options::default(),
            keep: 1,
            brakes: None,
            accepted: crate::accepted::Accepted::default(),
            cancel: Cancel::default(),
        }
    }
}
