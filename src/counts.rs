//! What was taken out of one document, counted.

use crate::document::{Action, Class};
use std::borrow::Cow;

/// The figures of one document.
#[derive(Debug, Default)]
pub struct Counts<'m> {
    /// By rule or template; a detector that cuts and joins under one name has a row for each.
    pub rules: Vec<RuleCount<'m>>,
    /// Characters of its longest cut, repeats left aside.
    pub longest: u64,
}

/// What one rule did in a document.
#[derive(Debug)]
pub struct RuleCount<'m> {
    /// Its name.
    pub rule: Cow<'m, str>,
    /// Cut or join.
    pub action: Action,
    /// The class of debris.
    pub class: Class,
    /// Changed spans: as many lines of `removals.jsonl`.
    pub hits: u64,
    /// Their characters.
    pub chars: u64,
}

impl Counts<'_> {
    /// Counts one changed span of `chars` characters.
    pub fn add(&mut self, rule: &str, action: Action, class: Class, chars: u64) {
        if action == Action::Cut && class != Class::Repeat {
            self.longest = self.longest.max(chars);
        }
        let same = |row: &&mut RuleCount| (row.action, row.class) == (action, class) && row.rule == rule;
        match self.rules.iter_mut().rev().find(same) {
            Some(row) => (row.hits, row.chars) = (row.hits + 1, row.chars + chars),
            None => self.rules.push(RuleCount { rule: rule.to_owned().into(), action, class, hits: 1, chars }),
        }
    }

    /// Changed spans.
    pub fn hits(&self) -> u64 {
        self.rules.iter().map(|row| row.hits).sum()
    }

    /// Characters cut.
    pub fn cut(&self) -> u64 {
        self.rules.iter().filter(|row| row.action == Action::Cut).map(|row| row.chars).sum()
    }
}
