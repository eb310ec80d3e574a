//! What a run is asked to do.

use crate::config::Config;
use std::path::PathBuf;

/// One run of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}
