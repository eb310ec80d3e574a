//! What the figures need of records, read off the beginnings of their lines.

use crate::audit::Decision;
use crate::document::{Action, Class};
use crate::fields::{Fields, Value};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// What the figures need of a document: most records are not shown.
#[derive(Deserialize)]
pub(super) struct DocumentBrief<'l> {
    #[serde(borrow)]
    pub path: Cow<'l, str>,
    pub chars_in: u64,
    pub decision: Decision,
    #[serde(borrow)]
    pub cluster: Option<Cow<'l, str>>,
    pub cluster_size: u32,
    #[serde(default)]
    pub review: Option<IgnoredAny>,
}

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

impl<'l> DocumentBrief<'l> {
    /// Reads it off a line; `None` where the line is not as runs write it.
    pub fn of(line: &'l [u8]) -> Option<Self> {
        let (mut path, mut chars_in, mut decision, mut cluster_size, mut review) = (None, None, None, None, None);
        let mut cluster = None;
        let mut fields = Fields::of(line);
        for (key, value) in fields.by_ref() {
            match key {
                b"path" => path = value.text(),
                b"chars_in" => chars_in = value.number(),
                b"decision" => decision = value.named(),
                b"cluster" if value != Value::Word(b"null") => cluster = Some(value.text()?.into()),
                b"cluster_size" => cluster_size = value.number(),
                b"review" => review = Some(IgnoredAny),
                _ => {}
            }
        }
        let path = path.filter(|_| fields.at_end())?.into();
        Some(Self { path, chars_in: chars_in?, decision: decision?, cluster, cluster_size: cluster_size?, review })
    }
}

impl<'l> RemovalBrief<'l> {
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
