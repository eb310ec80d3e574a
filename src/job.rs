//! What a run is asked to do.

use crate::brakes::Brakes;
use crate::cancel::Cancel;
use crate::config::Config;
use std::path::PathBuf;

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
            report: crate::report::Options::default(),
            keep: 1,
            brakes: None,
            accepted: crate::accepted::Accepted::default(),
            cancel: Cancel::default(),
        }
    }
}
