//! The effective configuration of a run.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What to do about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Take the copy out.
    Drop,
    /// Report it.
    Flag,
    /// Do not report it.
    Ignore,
}

/// The policy for each finding; the defaults are the table of `docs/decisions.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Actions {
    /// Exact documents, and near-duplicates with coverage of at least 0.90 both ways.
    pub copy: Policy,
    /// Near-duplicates with coverage of 0.70 to 0.90 both ways.
    pub version: Policy,
    /// A document contained in another.
    pub contained: Policy,
    /// A passage repeated within a document: 150 key symbols or two whole paragraphs, or more.
    pub repeat: Policy,
    /// A shorter repeat within a document.
    pub short_repeat: Policy,
    /// A passage shared across documents.
    pub shared: Policy,
    /// Equal but for numbers (never dropped).
    pub numbers_differ: Policy,
    /// Formulas (never dropped).
    pub formula: Policy,
}

impl Default for Actions {
    fn default() -> Self {
        Self {
            copy: Policy::Drop,
            version: Policy::Flag,
            contained: Policy::Flag,
            repeat: Policy::Drop,
            short_repeat: Policy::Flag,
            shared: Policy::Flag,
            numbers_differ: Policy::Flag,
            formula: Policy::Flag,
        }
    }
}

impl Actions {
    /// Sets one policy from `finding=policy`, as the flag `--action` takes it.
    pub fn set(&mut self, assignment: &str) -> Result<()> {
        let (finding, policy) = assignment.split_once('=').ok_or_else(|| {
            Error::Usage(format!("--action {assignment}: write FINDING=drop, FINDING=flag or FINDING=ignore"))
        })?;
        let policy = match policy {
            "drop" => Policy::Drop,
            "flag" => Policy::Flag,
            "ignore" => Policy::Ignore,
            other => {
                return Err(Error::Usage(format!("--action {finding}={other}: the policy is drop, flag or ignore")));
            }
        };
        let slot = match finding {
            "copy" => &mut self.copy,
            "version" => &mut self.version,
            "contained" => &mut self.contained,
            "repeat" => &mut self.repeat,
            "short-repeat" => &mut self.short_repeat,
            "shared" => &mut self.shared,
            "numbers-differ" => &mut self.numbers_differ,
            "formula" => &mut self.formula,
            other => {
                return Err(Error::Usage(format!(
                    "--action {other}: the findings are copy, version, contained, repeat, short-repeat, shared, \
                     numbers-differ and formula"
                )));
            }
        };
        *slot = policy;
        self.check()
    }

    /// Refuses policies that would delete what is not proven to be a copy.
    pub fn check(&self) -> Result<()> {
        for (finding, policy) in
            [("numbers-differ", self.numbers_differ), ("formula", self.formula), ("shared", self.shared)]
        {
            if policy == Policy::Drop {
                return Err(Error::Usage(format!(
                    "--action {finding}=drop: this finding is never dropped, choose flag or ignore (docs/decisions.md says why)"
                )));
            }
        }
        Ok(())
    }
}

/// Everything a run depends on beside the files themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// Globs of relative paths to read; empty means `.txt`, `.md` and files without an extension.
    pub include: Vec<String>,
    /// Globs of relative paths to pass over.
    pub exclude: Vec<String>,
    /// Further rules files.
    pub rules: Vec<PathBuf>,
    /// Whether to do without learned templates.
    pub no_learn: bool,
    /// A file of templates to use in the place of learning.
    pub templates: Option<PathBuf>,
    /// Path prefixes whose documents survive before others, the first one first.
    pub prefer: Vec<String>,
    /// Threads; 0 means one for each core. Never part of the result.
    pub threads: usize,
    /// Memory budget in bytes; absent means half of what is free. Never part of the result.
    pub memory: Option<u64>,
    /// The policy for each finding.
    pub actions: Actions,
}
