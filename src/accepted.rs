//! Trouble that is known: quarantined files that someone has looked at, so that exit code 3 means new trouble.

use crate::audit::DocumentRecord;
use crate::error::{Error, Result};
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::path::Path;

/// The accepted files: paths as records have them, with what was accepted of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted(HashMap<String, Vec<Bytes>>);

/// What a line accepts of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Bytes {
    /// Whatever it holds.
    Any,
    /// Bytes of this checksum.
    These(String),
    /// That none can be read.
    Unread,
}

#[derive(Deserialize)]
struct Line {
    path: String,
    /// Absent, or null as a record of a file has it that could not be read.
    #[serde(default, deserialize_with = "told")]
    bytes_hash: Option<Option<String>>,
}

fn told<'d, D: Deserializer<'d>>(value: D) -> std::result::Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl Accepted {
    /// Reads a list: each line is a path, or a record as `documents.jsonl` has it. A path accepts the file whatever it
    /// holds, a record these bytes only; one without bytes (`"bytes_hash":null`) that the file cannot be read, and no bytes.
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
            let bytes = match line.bytes_hash {
                None => Bytes::Any,
                Some(None) => Bytes::Unread,
                Some(Some(hash)) => Bytes::These(hash),
            };
            all.0.entry(line.path).or_default().push(bytes);
        }
        Ok(all)
    }

    /// Whether a document is on the list.
    pub fn has(&self, record: &DocumentRecord) -> bool {
        let fits = |bytes: &Bytes| match bytes {
            Bytes::Any => true,
            Bytes::These(hash) => Some(hash.as_str()) == record.bytes_hash.as_deref(),
            Bytes::Unread => record.bytes_hash.is_none() || record.is_stale(),
        };
        self.0.get(&record.path).is_some_and(|accepted| accepted.iter().any(fits))
    }

    /// How many of the folders that could not be listed are on the list.
    pub fn count_folders(&self, unreadable: &[(String, String)]) -> u64 {
        unreadable.iter().filter(|(path, _)| self.0.contains_key(path)).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_without_bytes_accepts_no_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("accepted.jsonl");
        let lines = [
            "any.txt",
            r#"{"path":"bare.txt"}"#,
            r#"{"path":"these.txt","bytes_hash":"abc"}"#,
            r#"{"path":"unread.txt","bytes_hash":null}"#,
        ];
        std::fs::write(&list, lines.join("\n")).unwrap();
        let accepted = Accepted::read(&list).unwrap();
        let record = |path: &str, hash: Option<u128>, review: Option<String>| -> DocumentRecord {
            let hash = hash.map(crate::checksum::hex);
            let record = serde_json::json!({
                "path": path, "encoding": null, "bytes": 0, "chars_in": 0, "chars_out": 0, "decision": "quarantine",
                "reason": "unreadable", "witness": null, "cluster": null, "cluster_size": 1, "simhash": null,
                "key_hash": null, "bytes_hash": hash, "bom": false, "newline": null, "review": review,
            });
            serde_json::from_value(record).unwrap()
        };
        let has = |path: &str, hash: Option<u128>| accepted.has(&record(path, hash, None));
        for path in ["any.txt", "bare.txt"] {
            assert!(has(path, None) && has(path, Some(1)));
        }
        assert!(!has("these.txt", None) && !has("these.txt", Some(1)));
        assert!(has("unread.txt", None) && !has("unread.txt", Some(1)));
        let stale = format!("unreadable: {}", crate::audit::STALE);
        assert!(accepted.has(&record("unread.txt", Some(1), Some(stale))));
    }
}
