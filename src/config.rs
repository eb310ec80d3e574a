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
    /// Files of exceptions: decisions that a person held wrong.
    pub exceptions: Vec<PathBuf>,
    /// Path prefixes whose documents survive before others, the first one first.
    pub prefer: Vec<String>,
    /// Threads; 0 means one for each core. Never part of the result.
    pub threads: usize,
    /// Memory budget in bytes; absent means half of what is free, at most 512 MiB. Never part of the result.
    pub memory: Option<u64>,
    /// The policy for each finding.
    pub actions: Actions,
}

impl Config {
    /// Options that decide the result and are others than `then`, for people. Where they are the same it is what their files
    /// hold; no option where nothing here can be it.
    pub fn changed(&self, then: &Self) -> Vec<String> {
        let fields = |config: &Self| {
            let lasting = Self { threads: 0, memory: None, ..config.clone() };
            serde_json::to_value(lasting).unwrap_or_default()
        };
        let mut changed = Vec::new();
        let (now, before) = (fields(self), fields(then));
        for (key, value) in now.as_object().into_iter().flatten() {
            let other = &before[key.as_str()];
            match value.as_object() {
                Some(table) => {
                    let differs = table.iter().filter(|(inner, value)| other[inner.as_str()] != **value);
                    changed.extend(differs.map(|(inner, _)| format!("{key}.{inner}")));
                }
                None if value != other => changed.push(key.clone()),
                None => {}
            }
        }
        if changed.is_empty() {
            let files = [
                ("rules", self.rules.len()),
                ("templates", self.templates.iter().len()),
                ("exceptions", self.exceptions.len()),
            ];
            let named = files.into_iter().filter(|(_, count)| *count > 0);
            changed.extend(named.map(|(key, _)| format!("what the files of {key} hold")));
        }
        changed
    }

    /// Names everything here that decides the result: equal fingerprints over equal inputs mean equal outputs of one
    /// version of the program. Files of rules, templates and exceptions count by what they hold, not by where they are;
    /// threads and memory change nothing but speed and do not count.
    pub fn fingerprint(&self) -> Result<String> {
        let templates = self.templates.as_ref().map(|_| PathBuf::new());
        let (rules, exceptions) = (Vec::new(), Vec::new());
        let lasting = Self { rules, exceptions, templates, threads: 0, memory: None, ..self.clone() };
        let text = serde_json::to_string(&lasting).map_err(|e| Error::Usage(format!("configuration: {e}")))?;
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        let mut add = |part: &[u8]| {
            // Lengths keep two parts from running into each other.
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(text.as_bytes());
        add(&(self.rules.len() as u64).to_le_bytes());
        for path in self.rules.iter().chain(&self.templates).chain(&self.exceptions) {
            add(&std::fs::read(path).map_err(Error::io("reading a file of rules, templates or exceptions", path))?);
        }
        Ok(crate::checksum::hex(hash.digest128()).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named() {
        let plain = Config::default();
        assert!(plain.changed(&Config { threads: 7, memory: Some(1 << 30), ..Config::default() }).is_empty());
        let mut other = Config { exclude: vec!["a".into()], no_learn: true, ..Config::default() };
        other.actions.set("short-repeat=drop").unwrap();
        assert_eq!(plain.changed(&other), ["exclude", "no-learn", "actions.short-repeat"]);
        let files = Config { rules: vec!["r".into()], exceptions: vec!["e".into()], ..Config::default() };
        assert_eq!(files.changed(&plain), ["rules", "exceptions"]);
        assert_eq!(files.changed(&files), ["what the files of rules hold", "what the files of exceptions hold"]);
    }

    #[test]
    fn the_fingerprint_tells_what_decides_the_result() {
        let dir = tempfile::tempdir().unwrap();
        let rules = |name: &str, text: &str| {
            std::fs::write(dir.path().join(name), text).unwrap();
            Config { rules: vec![dir.path().join(name)], ..Config::default() }
        };
        let of = |config: &Config| config.fingerprint().unwrap();
        let plain = of(&Config::default());
        assert_eq!(plain, of(&Config { threads: 7, memory: Some(1 << 30), ..Config::default() }));
        let mut flagged = Config::default();
        flagged.actions.set("copy=flag").unwrap();
        let one = rules("one.toml", "# one");
        let others = [
            flagged,
            Config { include: vec!["ab".into()], ..Config::default() },
            Config { include: vec!["a".into(), "b".into()], ..Config::default() },
            Config { exclude: vec!["ab".into()], ..Config::default() },
            Config { prefer: vec!["ab".into()], ..Config::default() },
            Config { no_learn: true, ..Config::default() },
            Config { exceptions: vec![dir.path().join("one.toml")], ..Config::default() },
            Config { templates: Some(dir.path().join("one.toml")), ..Config::default() },
            one,
            rules("two.toml", "# two"),
        ];
        let mut all: Vec<String> = others.iter().map(of).chain([plain]).collect();
        assert_eq!(of(&rules("moved.toml", "# one")), of(&others[8]));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), others.len() + 1);
        let gone = Config { rules: vec![dir.path().join("gone.toml")], ..Config::default() };
        assert!(matches!(gone.fingerprint(), Err(Error::Io { .. })));
    }
}
