//! Trouble that is known: quarantined files that someone has looked at, so that exit code 3 means new trouble.

use crate::audit::DocumentRecord;
use crate::error::{Error, Result};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// The accepted files: paths as records have them, with the checksum of the bytes that were accepted, if it matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted(HashMap<String, Vec<Option<String>>>);

#[derive(Deserialize)]
struct Line {
    path: String,
    #[serde(default)]
    bytes_hash: Option<String>,
}

impl Accepted {
    /// Reads a list: each line is a path, or a record as `documents.jsonl` has it. A record accepts these bytes only, a
    /// path any.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            Error::Config(format!("--accepted {}: {error}: check the path", crate::names::shown(file)))
        })?;
        let mut all = Self::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let line = if line.starts_with('{') {
                serde_json::from_str(line).map_err(|error| {
                    let file = crate::names::shown(file);
                    Error::Config(format!("--accepted {file}, line {}: {error}: write a path or a record", at + 1))
                })?
            } else {
                Line { path: line.to_owned(), bytes_hash: None }
            };
            all.0.entry(line.path).or_default().push(line.bytes_hash);
        }
        Ok(all)
    }

    /// Whether a document is on the list.
    pub fn has(&self, record: &DocumentRecord) -> bool {
        let fits = |hash: &Option<String>| {
            hash.as_ref().is_none_or(|hash| Some(hash.as_str()) == record.bytes_hash.as_deref())
        };
        self.0.get(&record.path).is_some_and(|hashes| hashes.iter().any(fits))
    }

    /// How many of the folders that could not be listed are on the list.
    pub fn count_folders(&self, unreadable: &[(String, String)]) -> u64 {
        unreadable.iter().filter(|(path, _)| self.0.contains_key(path)).count() as u64
    }
}
