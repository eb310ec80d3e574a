//! What the figures need of a removal, read off the beginning of its line.

use crate::document::{Action, Class};
use crate::fields::Fields;
use serde::Deserialize;
use std::borrow::Cow;

/// What the figures need of a removal.
#[derive(Deserialize)]
pub(super) struct RemovalBrief<'l> {
    #[serde(borrow)]
    pub path: Cow<'l, str>,
    pub start: u64,
    pub end: u64,
    pub action: Action,
    pub class: Class,
    #[serde(borrow)]
    pub rule: Cow<'l, str>,
}

impl<'l> RemovalBrief<'l> {
    /// Reads it off a line, whoever wrote that.
    pub fn read(line: &'l [u8]) -> serde_json::Result<Self> {
        Self::of(line).map_or_else(|| serde_json::from_slice(line), Ok)
    }

    /// Reads it off a line; `None` where the line is not as runs write it.
    pub fn of(line: &'l [u8]) -> Option<Self> {
        let (mut path, mut start, mut end, mut action, mut class, mut rule) = (None, None, None, None, None, None);
        for (key, value) in Fields::of(line) {
            match key {
                b"path" => path = value.text(),
                b"start" => start = value.number(),
                b"end" => end = value.number(),
                b"action" => action = value.named(),
                b"class" => class = value.named(),
                b"rule" => rule = value.text(),
                _ => {}
            }
            // Behind it stands the text, the longest part.
            if rule.is_some() {
                break;
            }
        }
        let (path, rule) = (path?.into(), rule?.into());
        Some(Self { path, start: start?, end: end?, action: action?, class: class?, rule })
    }
}
