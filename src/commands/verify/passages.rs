//! The passages that were taken out of one document. There may be thousands: everything is looked up where it stands.

use super::TOLERANCE;
use super::texts::rescore;
use crate::align::Aligner;
use crate::audit::{PassageRecord, RemovalRecord};
use crate::document::Class;
use crate::key::key;

/// What the cuts of a document are proven by.
pub(super) struct Proofs<'d> {
    text: Chars<'d>,
    /// The cuts of repeats as they were recorded.
    records: Vec<(u64, u64)>,
    /// The cuts of repeats, all other removals, and both.
    cuts: Spans,
    debris: Spans,
    removals: Spans,
    /// The passages that were taken out, by their beginnings.
    passages: Vec<(u64, u64)>,
    /// How far each of them and those before it reach.
    reach: Vec<u64>,
}

impl<'d> Proofs<'d> {
    pub(super) fn new(decoded: &'d str, removals: &[RemovalRecord], passages: &[PassageRecord]) -> Self {
        let of = |is: &dyn Fn(Class) -> bool| {
            Spans::new(removals.iter().filter(|r| is(r.class)).map(|r| (r.start, r.end)).collect())
        };
        let cuts = removals.iter().filter(|removal| removal.class == Class::Repeat);
        let mut records: Vec<(u64, u64)> = cuts.map(|cut| (cut.start, cut.end)).collect();
        records.sort_unstable();
        let mut passages: Vec<(u64, u64)> = passages.iter().map(|p| (p.a_start, p.a_end)).collect();
        passages.sort_unstable();
        let furthest = |far: &mut u64, passage: &(u64, u64)| {
            *far = passage.1.max(*far);
            Some(*far)
        };
        Self {
            text: Chars::new(decoded),
            records,
            cuts: of(&|class| class == Class::Repeat),
            debris: of(&|class| class != Class::Repeat),
            removals: of(&|_| true),
            reach: passages.iter().scan(0, furthest).collect(),
            passages,
        }
    }

    /// What is wrong with a passage that was taken out.
    pub(super) fn passage(&self, aligner: &mut Aligner, passage: &PassageRecord) -> Vec<String> {
        let mut wrong = Vec::new();
        let at = format!("the passage of lines {}-{}", passage.a_line_start, passage.a_line_end);
        if self.cuts.covered(passage.a_start, passage.a_end) == 0 {
            wrong.push(format!("{at} is recorded as taken out but is not"));
        }
        // The copy as it stood when it was cut: without debris, and without repeats inside it that went before and
        // have records of their own.
        let (start, end) = (passage.a_start, passage.a_end);
        let mut gone: Vec<(u64, u64)> = self.debris.within(start, end).collect();
        gone.extend(self.inside(start, end).flat_map(|(start, end)| self.recorded(start, end)));
        let copy = self.text.without(gone, start, end);
        // All of it stands in the witness, or did before that was cleaned on: what a rule takes there later, the copy had as
        // well, and the rule's record tells of it. And all that is left of the witness stands in the copy.
        let (start, end) = (passage.b_start, passage.b_end);
        let witness = self.text.without(self.cuts.within(start, end).collect(), start, end);
        let left = self.text.without(self.removals.within(start, end).collect(), start, end);
        let proven = rescore(aligner, &copy, &witness).coverage_a;
        let alike = if key(&left).symbols.is_empty() { 1.0 } else { rescore(aligner, &left, &copy).coverage_a };
        let least = passage.identity - TOLERANCE;
        let taken = self.cuts.covered(start, end);
        if proven < least && taken * 10 > end.saturating_sub(start) {
            wrong.push(format!("{at} was taken out, and so was its witness"));
        } else if proven.min(alike) < least {
            wrong.push(format!("{at} and its witness are only {:.1} % alike", proven.min(alike) * 100.0));
        }
        wrong
    }

    /// The passages inside one, but not the one itself.
    fn inside(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let from = self.passages.partition_point(|passage| passage.0 < start);
        let near = self.passages[from..].iter().copied().take_while(move |passage| passage.0 < end);
        near.filter(move |passage| passage.1 <= end && *passage != (start, end))
    }

    /// The cuts that take some of a range. A piece of a parted copy is less than what was cut with it.
    fn recorded(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let from = self.records.partition_point(|cut| cut.1 <= start);
        self.records[from..].iter().copied().take_while(move |cut| cut.0 < end)
    }

    /// The cuts of repeats that no passage proves. What was cut at once may stand in pieces, around earlier cuts and where
    /// its witness was parted: of removals that touch no more may be unproven than a copy may have for itself.
    pub(super) fn unproven(&self, removals: &[RemovalRecord]) -> Vec<String> {
        let proven = |cut: &RemovalRecord| {
            let before = self.passages.partition_point(|passage| passage.0 < cut.end);
            before > 0 && self.reach[before - 1] > cut.start
        };
        let mut wrong = Vec::new();
        for touching in removals.chunk_by(|a, b| a.end == b.start) {
            let cuts = touching.iter().filter(|removal| removal.class == Class::Repeat);
            let (mut all, mut alone) = (0, Vec::new());
            for cut in cuts {
                let symbols = key(&cut.text).symbols.len();
                all += symbols;
                alone.extend((symbols > 0 && !proven(cut)).then_some((cut, symbols)));
            }
            let bare: usize = alone.iter().map(|(_, symbols)| symbols).sum();
            if bare as f64 > all as f64 * TOLERANCE {
                let told = |cut: &RemovalRecord| {
                    format!("the repeat cut at character {} has no passage that proves it", cut.start)
                };
                wrong.extend(alone.into_iter().map(|(cut, _)| told(cut)));
            }
        }
        wrong
    }
}

/// Ranges of characters, ascending and apart.
struct Spans {
    list: Vec<(u64, u64)>,
    /// Characters of those before each, and of all.
    sums: Vec<u64>,
}

impl Spans {
    fn new(mut list: Vec<(u64, u64)>) -> Self {
        list.retain(|span| span.0 < span.1);
        list.sort_unstable();
        list.dedup_by(|next, last| {
            let meets = next.0 <= last.1;
            last.1 = if meets { last.1.max(next.1) } else { last.1 };
            meets
        });
        let mut sum = 0;
        let add = |span: &(u64, u64)| {
            sum += span.1 - span.0;
            sum
        };
        let sums = std::iter::once(0).chain(list.iter().map(add)).collect();
        Self { list, sums }
    }

    /// What of them lies in a range.
    fn within(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let from = self.list.partition_point(|span| span.1 <= start);
        let near = self.list[from..].iter().take_while(move |span| span.0 < end);
        near.map(move |span| (span.0.max(start), span.1.min(end)))
    }

    /// How many characters of a range they hold.
    fn covered(&self, start: u64, end: u64) -> u64 {
        let before = |at: u64| {
            let whole = self.list.partition_point(|span| span.1 <= at);
            self.sums[whole] + self.list.get(whole).map_or(0, |span| at.saturating_sub(span.0))
        };
        before(end.max(start)) - before(start)
    }
}

/// A text of which places are known by their characters.
struct Chars<'t> {
    text: &'t str,
    /// The byte of every [`STEP`]th character.
    marks: Vec<usize>,
}

const STEP: u64 = 64;

impl<'t> Chars<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, marks: text.char_indices().step_by(STEP as usize).map(|(at, _)| at).collect() }
    }

    /// The byte of a character; past the end, the length of the text.
    fn byte(&self, at: u64) -> usize {
        let Some(mark) = self.marks.get((at / STEP) as usize) else { return self.text.len() };
        let near = self.text[*mark..].char_indices().nth((at % STEP) as usize);
        near.map_or(self.text.len(), |(byte, _)| mark + byte)
    }

    /// A stretch of it without ranges.
    fn without(&self, mut gone: Vec<(u64, u64)>, start: u64, end: u64) -> String {
        gone.sort_unstable();
        let mut out = String::new();
        let mut reached = start;
        for (from, to) in gone.into_iter().chain([(end, end)]) {
            let from = from.min(end);
            if reached < from {
                out += &self.text[self.byte(reached)..self.byte(from)];
            }
            reached = reached.max(to);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Label, Scope, Verdict};
    use crate::document::Action;
    use std::time::{Duration, Instant};

    #[test]
    fn spans_are_counted_and_taken_out() {
        let spans = Spans::new(vec![(7, 9), (2, 4), (3, 5), (9, 9), (12, 13)]);
        assert_eq!(spans.list, [(2, 5), (7, 9), (12, 13)]);
        for (start, end) in (0..15).flat_map(|start| (start..15).map(move |end| (start, end))) {
            let within: u64 = spans.within(start, end).map(|span| span.1 - span.0).sum();
            assert_eq!(spans.covered(start, end), within, "{start}..{end}");
        }
        let text: String = (0..200).map(|at| if at % 3 == 0 { '甲' } else { 'a' }).collect();
        let chars = Chars::new(&text);
        let all: Vec<char> = text.chars().collect();
        for (start, end) in [(0, 200), (1, 130), (64, 128), (63, 65), (5, 5), (190, 300)] {
            let gone = vec![(start, start + 1), (start + 2, start + 2), (start, start + 2)];
            let left: String = all.iter().take(end as usize).skip(start as usize + 2).collect();
            assert_eq!(chars.without(gone, start, end), left, "{start}..{end}");
        }
    }

    /// Checks a text of so many paragraphs, each of which stood twice.
    fn checked(paragraphs: u64) -> Duration {
        let paragraph = |at: u64| -> String {
            let symbol = |i: u64| char::from_u32(0x4E00 + ((at * 31 + i * i * 7 + at / 97 * i) % 4000) as u32).unwrap();
            (0..60).map(symbol).chain(['\n']).collect()
        };
        let once: String = (0..paragraphs).map(paragraph).collect();
        let chars = once.chars().count() as u64;
        let decoded = once.clone() + &once;
        let removal = |at: u64| RemovalRecord {
            path: "a".into(),
            start: chars + at * 61,
            end: chars + at * 61 + 61,
            line_start: 0,
            line_end: 0,
            action: Action::Cut,
            class: Class::Repeat,
            rule: "repeated-passage".into(),
            text: paragraph(at),
        };
        let passage = |at: u64| PassageRecord {
            a: "a".into(),
            a_line_start: 0,
            a_line_end: 0,
            a_start: chars + at * 61,
            a_end: chars + at * 61 + 60,
            b: "a".into(),
            b_line_start: 0,
            b_line_end: 0,
            b_start: at * 61,
            b_end: at * 61 + 60,
            symbols: 60,
            identity: 1.0,
            scope: Scope::Within,
            label: Label::Exact,
            action: Verdict::Drop,
            held: false,
        };
        let removals: Vec<RemovalRecord> = (0..paragraphs).map(removal).collect();
        let passages: Vec<PassageRecord> = (0..paragraphs).map(passage).collect();
        let start = Instant::now();
        let proofs = Proofs::new(&decoded, &removals, &passages);
        let mut aligner = Aligner::default();
        let wrong = passages.iter().map(|passage| proofs.passage(&mut aligner, passage).len()).sum::<usize>();
        assert_eq!((wrong, proofs.unproven(&removals).len()), (0, 0));
        // A witness that is no more, and cuts without a passage.
        let less = Proofs::new(&decoded, &removals, &passages[paragraphs as usize / 4..]);
        assert_eq!(less.unproven(&removals).len() as u64, paragraphs / 4);
        let other = PassageRecord { b_start: chars, b_end: chars + 60, ..passages[0].clone() };
        assert_eq!(proofs.passage(&mut aligner, &other).len(), 1);
        start.elapsed()
    }

    #[test]
    fn thousands_of_passages_take_no_longer_each() {
        let few = (0..3).map(|_| checked(2_000)).min().unwrap();
        let many = (0..3).map(|_| checked(32_000)).min().unwrap();
        assert!(many < few * 100, "16 times as many took {few:?} and {many:?}");
    }
}
