//! Why one copy stays and the other goes, told from what the run decided by.

use super::detail::Document;
use super::text;
use crate::audit::{PassageRecord, RemovalRecord};
use crate::decide::preference;
use crate::document::{Action, Class};
use crate::error::Result;
use crate::key::key;
use crate::published::Published;
use crate::segment;
use maud::{Markup, Render};
use std::ops::Range;

/// Why `survivor` stays and not `copy`.
pub(super) fn survivor(out: &Published, survivor: &Document, copy: &Document) -> Result<Markup> {
    let prefer = &out.run().config.prefer;
    let rank = |document: &Document| preference(&document.record.path, prefer);
    if rank(survivor) < rank(copy) {
        return Ok(text::W_PREFER.render());
    }
    let keys = |document: &Document| -> Result<(u64, u64)> {
        let key = key(&out.cleaned(&document.record, &document.removals)?);
        let signs = document.removals.iter().filter(|removal| {
            removal.action == Action::Join || matches!(removal.class, Class::StrayCharacter | Class::PinyinGloss)
        });
        Ok(((key.symbols.len() + key.numbers.len()) as u64, u64::from(key.blanks) + signs.count() as u64))
    };
    let ((mine, my_damage), (theirs, their_damage)) = (keys(survivor)?, keys(copy)?);
    Ok(if mine != theirs {
        text::fuller(mine, theirs)
    } else if my_damage < their_damage {
        text::W_DAMAGE.render()
    } else {
        text::W_PATH.render()
    })
}

/// The parts of a compilation, for telling which part a passage stands in.
pub(super) struct Parts {
    chars: Vec<Range<usize>>,
    heads: Vec<String>,
}

impl Parts {
    /// The parts of a decoded text.
    pub(super) fn of(text: &str) -> Self {
        let mut parts = Self { chars: Vec::new(), heads: Vec::new() };
        for section in segment::sections(text, &segment::Lines::new(text)) {
            let before = text[..section.start].chars().count();
            let body = &text[section.clone()];
            parts.chars.push(before..before + body.chars().count());
            // The title stands on the last line before the body.
            let head = text[..section.start].trim_end().rsplit('\n').next().unwrap_or_default().trim();
            parts.heads.push(head.to_owned());
        }
        parts
    }

    fn at(&self, start: u64, end: u64) -> Option<usize> {
        let (start, end) = (start as usize, end as usize);
        self.chars.iter().position(|part| part.start <= start && end <= part.end)
    }

    /// The title over a place.
    pub(super) fn head(&self, start: u64, end: u64) -> Option<&str> {
        self.at(start, end).map(|at| self.heads[at].as_str()).filter(|head| !head.is_empty())
    }

    /// Share of its part that a place fills; 0 outside of parts.
    fn fills(&self, start: u64, end: u64) -> f64 {
        self.at(start, end).map_or(0.0, |at| (end - start) as f64 / self.chars[at].len().max(1) as f64)
    }
}

/// Why the witness of a passage within a document stays.
pub(super) fn passage(passage: &PassageRecord, parts: &Parts, removals: &[RemovalRecord]) -> Markup {
    let fills = |start, end| parts.fills(start, end) >= 0.85;
    let damage = |start: u64, end: u64| {
        let sign = |removal: &&RemovalRecord| {
            let class = matches!(removal.class, Class::StrayCharacter | Class::PinyinGloss | Class::TornLink);
            (class || removal.action == Action::Join) && removal.start >= start && removal.start < end
        };
        removals.iter().filter(sign).count()
    };
    let (a, b) = (damage(passage.a_start, passage.a_end), damage(passage.b_start, passage.b_end));
    if fills(passage.b_start, passage.b_end) && !fills(passage.a_start, passage.a_end) {
        text::P_SECTION.render()
    } else if b < a {
        text::P_DAMAGE.render()
    } else if passage.b_start < passage.a_start {
        text::P_FIRST.render()
    } else {
        text::P_ORDER.render()
    }
}
