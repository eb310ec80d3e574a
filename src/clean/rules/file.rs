//! Reading rules files: rows, macros, and what is refused.

use super::{Company, Cut, Rule, Zone};
use crate::clean::pattern::Pattern;
use crate::clean::structure::{Detector, Disabled};
use crate::document::Class;
use crate::error::{Error, Result};
use rayon::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    macros: BTreeMap<String, String>,
    /// Names of earlier rules or detectors to leave out.
    #[serde(default)]
    disable: Vec<String>,
    #[serde(default)]
    rule: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    class: Class,
    zone: Zone,
    pattern: String,
    unless: Option<String>,
    #[serde(default)]
    cut: Cut,
    #[serde(default)]
    company: Company,
    max: Option<usize>,
    #[serde(default)]
    literals: Vec<String>,
    #[serde(default)]
    hit: Vec<String>,
    #[serde(default)]
    leave: Vec<String>,
}

/// Longest line, in characters, that a rule for lines or blocks looks at where it does not say so.
const MAX: usize = 120;

/// What rules files say together, those read later over those before.
#[derive(Debug, Default)]
pub struct Sources {
    /// The rules in order.
    pub rules: Vec<Rule>,
    /// Detectors to leave out.
    pub disabled: Disabled,
    macros: BTreeMap<String, String>,
}

/// Reads rules that are not of this crate. Those are compiled when first needed, since most runs need few; these at
/// once, to be refused by name.
pub fn read_checked(path: &Path, text: &str, sources: &mut Sources) -> Result<()> {
    let new = read(path, text, sources)?;
    sources.rules[new..].iter().try_for_each(|rule| {
        let mut patterns = [Some(&rule.pattern), rule.unless.as_ref()].into_iter().flatten();
        patterns
            .try_for_each(Pattern::check)
            .map_err(|error| Error::Rules { path: path.to_owned(), message: format!("rule {}: {error}", rule.name) })
    })
}

/// Adds the rules of a file and gives the place of the first of them.
pub fn read(path: &Path, text: &str, sources: &mut Sources) -> Result<usize> {
    let Sources { rules, disabled, macros } = sources;
    let wrong = |message: String| Error::Rules { path: path.to_owned(), message };
    let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    for name in &file.disable {
        let before = rules.len();
        rules.retain(|rule| &rule.name != name);
        if rules.len() == before && !disabled.insert(name) {
            return Err(wrong(format!(
                "`disable` names {name}, and there is no such rule or detector before this file"
            )));
        }
    }
    macros.extend(file.macros);
    let new = rules.len();
    for (at, row) in file.rule.iter().enumerate() {
        let detectors = Detector::ALL.iter().map(|detector| detector.name());
        let mut before = rules.iter().map(|rule| rule.name.as_str()).chain(detectors);
        if before.any(|name| name == row.id) || file.rule[..at].iter().any(|other| other.id == row.id) {
            return Err(wrong(format!("rule {}: the id is taken", row.id)));
        }
        if row.zone == Zone::Any && row.literals.is_empty() {
            return Err(wrong(format!("rule {}: a rule for zone any needs literals", row.id)));
        }
        if row.literals.iter().any(String::is_empty) {
            return Err(wrong(format!("rule {}: an empty literal stands everywhere", row.id)));
        }
    }
    // Side by side: to read the patterns is most of what a run does before it looks at a file.
    let rule = |row: Row| {
        let pattern = |pattern: &str| {
            let pattern = expand(pattern, macros, 0).map_err(|m| wrong(format!("rule {}: {m}", row.id)))?;
            Pattern::new(&pattern).map_err(|error| wrong(format!("rule {}: {error}", row.id)))
        };
        Ok(Rule {
            pattern: pattern(&row.pattern)?,
            unless: row.unless.as_deref().map(pattern).transpose()?,
            name: row.id,
            class: row.class,
            zone: row.zone,
            cut: row.cut,
            company: row.company,
            max: row.max.unwrap_or(if matches!(row.cut, Cut::Line | Cut::Block) { MAX } else { usize::MAX }),
            hit: row.hit,
            leave: row.leave,
            literals: row.literals,
        })
    };
    // Commands that only look at rules need no threads.
    let all: Vec<Result<Rule>> = match rayon::current_thread_index() {
        Some(_) => file.rule.into_par_iter().map(rule).collect(),
        None => file.rule.into_iter().map(rule).collect(),
    };
    for rule in all {
        rules.push(rule?);
    }
    Ok(new)
}

/// Puts macros in: `{{NAME}}` stands for the pattern of that name.
fn expand(pattern: &str, macros: &BTreeMap<String, String>, depth: usize) -> std::result::Result<String, String> {
    if depth > 8 {
        return Err("macros go in a circle".into());
    }
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(start) = rest.find("{{") {
        let end = rest[start..].find("}}").ok_or("`{{` without `}}`")? + start;
        let name = &rest[start + 2..end];
        out.push_str(&rest[..start]);
        out.push_str("(?:");
        let value = macros.get(name).ok_or_else(|| format!("no macro {name}"))?;
        out.push_str(&expand(value, macros, depth + 1)?);
        out.push(')');
        rest = &rest[end + 2..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::RuleSet;
    use super::*;

    #[test]
    fn wrong_files_are_refused_with_the_reason() {
        let add = |text: &str| read(Path::new("user.toml"), text, &mut Sources::default()).map_err(|e| e.to_string());
        let row = "[[rule]]\nid='a'\nclass='nav'\n";
        assert!(add(&format!("{row}zone='any'\npattern='x'")).unwrap_err().contains("needs literals"));
        assert!(add(&format!("{row}zone='head'\npattern='('")).unwrap_err().contains("rule a"));
        assert!(add(&format!("{row}zone='head'\npattern='{{{{NO}}}}'")).unwrap_err().contains("no macro NO"));
        assert!(add("disable=['none']").unwrap_err().contains("no such rule"));
        let large = format!("{row}zone='head'\npattern='(?:甲{{1000}}){{1000}}'");
        assert!(RuleSet::of_text(&large).unwrap_err().to_string().contains("more than"));
        assert!(add(&format!("{row}zone='head'\npattern='x'\nhit=['x']\nleave=['y']")).is_ok());
    }
}
