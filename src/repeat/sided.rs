//! Which side of a repeat goes, and whether it may.

use super::marked::Marked;
use super::side::{Side, parallel};
use super::{FORMULA, Layout, MAX_LOSS, MIN_PARAGRAPH, MIN_PARAGRAPHS, MIN_REPEAT, MIN_STATUTE, Repeat};
use crate::audit::Label;
use crate::config::{Actions, Policy};
use crate::differ::differs;
use crate::key::{Key, View};
use crate::passages::Passage;
use crate::runs::Run;
use std::ops::Range;

/// A cut in key positions: what goes, and where it still stands.
pub(super) struct Cut {
    pub(super) keys: Range<u32>,
    pub(super) witness: Range<u32>,
}

/// A passage of a text with itself, the side that should go first.
#[derive(Debug)]
pub(super) struct Sided {
    pub(super) passage: Passage,
    a: Side,
    b: Side,
    /// Each side stands under a heading of its own, or one of them is what marked-up text sets apart.
    headed: bool,
    /// The first of the two should go, for nothing but the damage that was mended in it.
    damaged: bool,
}

impl Sided {
    /// Measures both sides and puts the one that should go first.
    pub(super) fn new(passage: Passage, table: &[u32], layout: &Layout<'_>, marked: &Marked) -> Self {
        let a = Side::new(&passage.a_span, table, layout);
        let b = Side::new(&passage.b_span, table, layout);
        // Greater stays: it fills its own section; it hangs in a sentence, so that its cut would not be clean; it is
        // less damaged; it comes first.
        let form = |side: &Side| (side.fills_section, !side.whole);
        let worth = |side: &Side| (form(side), std::cmp::Reverse(side.damage), std::cmp::Reverse(side.place.first));
        let overlap = passage.b_span.end > passage.a_span.start;
        let heading = |side: &Side| &layout.text[side.heading.clone()];
        // A part that stands twice in a compilation has two titles and is a copy all the same.
        let headed = !(a.fills_section || b.fills_section) && parallel(heading(&a), heading(&b))
            || marked.apart(layout, [&a, &b]);
        let damaged = form(&a) == form(&b);
        let sided = Self { passage, a, b, headed, damaged: false };
        if overlap || worth(&sided.b) >= worth(&sided.a) { sided } else { Self { damaged, ..sided.turned() } }
    }

    fn turned(self) -> Self {
        Self { passage: self.passage.turned(), a: self.b, b: self.a, ..self }
    }

    /// What to do about it. Where the damaged side has text of its own and cannot go, the other one may: a second run no
    /// longer sees what was mended, and would take that.
    pub(super) fn settle(self, key: &Key, actions: &Actions, statute: bool) -> (Self, Option<Repeat>) {
        let repeat = self.decide(key, actions, statute);
        if !self.damaged || repeat.as_ref().is_none_or(|repeat| repeat.cut.is_some()) {
            return (self, repeat);
        }
        let other = Self { damaged: false, ..self.turned() };
        match other.decide(key, actions, statute) {
            Some(again) if again.cut.is_some() => (other, Some(again)),
            _ => (Self { damaged: true, ..other.turned() }, repeat),
        }
    }

    /// The cut of a repeat in key positions; `None` where it has none or its witness cannot be told.
    pub(super) fn cut(&self, repeat: &Repeat) -> Option<Cut> {
        repeat.cut?;
        let witness = self.passage.image(&self.a.keys)?;
        Some(Cut { keys: self.a.keys.clone(), witness })
    }

    /// Whether a denial or a word keeps the two places apart: a second copy is the work of a machine and not of an editor.
    fn apart(&self, key: &Key) -> bool {
        let Passage { a_span, b_span, runs, .. } = &self.passage;
        let part =
            |span: &Range<u32>| View { symbols: &key.symbols[span.start as usize..span.end as usize], numbers: &[] };
        let within = |run: &Run| Run { a: run.a - a_span.start, b: run.b - b_span.start, len: run.len };
        differs(part(a_span), part(b_span), &runs.iter().map(within).collect::<Vec<Run>>(), usize::MAX).is_some()
    }

    /// Whether most of what goes is Han.
    fn written(&self, key: &Key) -> bool {
        let symbols = &key.symbols[self.a.keys.start as usize..self.a.keys.end as usize];
        symbols.iter().filter(|symbol| (0x3400..=0x9FFF).contains(*symbol)).count() * 2 >= symbols.len()
    }

    fn decide(&self, key: &Key, actions: &Actions, statute: bool) -> Option<Repeat> {
        let passage = &self.passage;
        let overlap = passage.a_span.start < passage.b_span.end && passage.b_span.start < passage.a_span.end;
        let label = if passage.number_conflicts > 0 {
            Label::NumbersDiffer
        } else if passage.symbols < FORMULA {
            Label::Formula
        } else if passage.a_span.len() as u32 == passage.symbols && passage.b_span.len() as u32 == passage.symbols {
            Label::Exact
        } else {
            Label::Near
        };
        let long = match statute {
            true => self.a.taken >= MIN_STATUTE,
            false => self.a.taken >= MIN_REPEAT || self.a.paragraphs >= MIN_PARAGRAPHS,
        };
        let policy = match label {
            Label::NumbersDiffer => actions.numbers_differ,
            Label::Formula => actions.formula,
            Label::Exact | Label::Near if long => actions.repeat,
            Label::Exact | Label::Near => actions.short_repeat,
        };
        let lost = f64::from(passage.a_span.len() as u32 - passage.symbols.min(passage.a_span.len() as u32));
        let faithful = lost <= MAX_LOSS * passage.a_span.len() as f64;
        // Who quotes what stands elsewhere in the text means to; and addresses of links and images differ in their numbers.
        let quotes = self.a.quoted || self.b.quoted;
        let own = self.headed || self.a.verse || quotes || !self.written(key);
        // Of a passage that begins and ends within sentences the whole ones go, and there may be none.
        let sentence = self.a.taken >= MIN_PARAGRAPH;
        let cut = (policy == Policy::Drop && faithful && sentence && !overlap && !own).then_some(self.a.cut).flatten();
        let cut = cut.filter(|_| label == Label::Exact || !self.apart(key));
        (policy != Policy::Ignore).then(|| Repeat {
            a: self.a.place,
            b: self.b.place,
            symbols: passage.symbols,
            identity: passage.identity(),
            label,
            cut,
            held: false,
            taken: Vec::new(),
            pieces: Vec::new(),
        })
    }
}
