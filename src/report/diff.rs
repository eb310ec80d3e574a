//! Differences of two documents, character by character, found on what was compared and told on the original text.
//!
//! The cleaned texts are aligned by their matching keys (so script and punctuation hide nothing and moved blocks are
//! seen), the gaps between the aligned runs are compared symbol by symbol, and every character of the decoded input
//! gets a tone. What the cleaner took is told apart: it is not part of the difference.

use crate::align::Aligner;
use crate::audit::RemovalRecord;
use crate::key::{Key, is_compared, key, offset_table};
use crate::runs::Run;
use crate::segment::{closes, ends_sentence};
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// Symbols of two gaps, multiplied, up to which they are compared symbol by symbol.
const MAX_GAP: usize = 4_000_000;
/// Runs among which the backbone is chosen with care.
const MAX_RUNS: usize = 2_000;

/// How a character stands to the other text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// The other text has it too.
    Equal,
    /// The other text has it in another place.
    Moved,
    /// The other text has it in another script or width.
    Variant,
    /// Punctuation or space that differs.
    Quiet,
    /// Only this text has it.
    Only,
    /// The cleaner took it.
    Gone,
}

/// One text: its characters and their tones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Characters of the decoded input.
    pub chars: Vec<char>,
    /// A tone for each.
    pub tones: Vec<Tone>,
}

impl Side {
    /// A range in pieces of one tone.
    pub fn pieces(&self, range: &Range<usize>) -> Vec<(Tone, String)> {
        let same = self.tones[range.clone()].chunk_by(|a, b| a == b);
        let mut at = range.start;
        same.map(|tones| {
            let piece = self.chars[at..at + tones.len()].iter().collect();
            at += tones.len();
            (tones[0], piece)
        })
        .collect()
    }
}

/// How much a row differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Not at all.
    Equal,
    /// In script, punctuation or place.
    Quiet,
    /// In letters, Han or digits.
    Loud,
}

/// Stretches of both texts that stand side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Characters of the left text.
    pub left: Range<usize>,
    /// Characters of the right text.
    pub right: Range<usize>,
    /// How much they differ.
    pub level: Level,
}

/// Two texts compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The survivor.
    pub left: Side,
    /// The copy.
    pub right: Side,
    /// Both in order.
    pub rows: Vec<Row>,
}

struct Text {
    chars: Vec<char>,
    gone: Vec<bool>,
    key: Key,
    /// Character of each key symbol.
    at: Vec<usize>,
}

impl Text {
    fn new(text: &str, removals: &[RemovalRecord]) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut gone = vec![false; chars.len()];
        for removal in removals {
            let end = (removal.end as usize).min(gone.len());
            let start = (removal.start as usize).min(end);
            gone[start..end].fill(true);
        }
        let mut clean = String::with_capacity(text.len());
        let mut bytes = Vec::new();
        for (at, ch) in chars.iter().enumerate() {
            if !gone[at] {
                bytes.push((clean.len(), at));
                clean.push(*ch);
            }
        }
        let key = key(&clean);
        let table = offset_table(&clean, key.symbols.len());
        let mut next = bytes.iter();
        let at = table
            .iter()
            .map(|offset| next.find(|byte| byte.0 == *offset as usize).map_or(chars.len(), |byte| byte.1))
            .collect();
        Self { chars, gone, key, at }
    }

    /// Character of a symbol; the end of the text past the last one.
    fn char_of(&self, symbol: usize) -> usize {
        self.at.get(symbol).copied().unwrap_or(self.chars.len())
    }

    fn tones(&self) -> Vec<Tone> {
        self.chars
            .iter()
            .zip(&self.gone)
            .map(|(ch, gone)| match ch {
                _ if *gone => Tone::Gone,
                ch if ch.is_alphanumeric() || is_compared(*ch) => Tone::Only,
                _ => Tone::Quiet,
            })
            .collect()
    }

    /// Kept characters of a range.
    fn kept(&self, range: Range<usize>) -> Vec<usize> {
        range.filter(|at| !self.gone[*at]).collect()
    }
}

/// Compares the survivor (`left`) with a copy (`right`): decoded texts and what was taken from each.
pub fn diff(left: (&str, &[RemovalRecord]), right: (&str, &[RemovalRecord])) -> Diff {
    let (l, r) = (Text::new(left.0, left.1), Text::new(right.0, right.1));
    let runs = Aligner::default().align(r.key.view(), l.key.view()).runs;
    let (mut backbone, moved) = backbone(runs);
    fill_gaps(&mut backbone, &l, &r);
    let (mut lt, mut rt) = (l.tones(), r.tones());
    for run in &moved {
        tone(run, &l, &r, &mut lt, &mut rt, Tone::Moved);
    }
    for run in &backbone {
        tone(run, &l, &r, &mut lt, &mut rt, Tone::Equal);
    }
    enclose(&mut lt);
    enclose(&mut rt);
    let rows = rows(&backbone, &l, &r, &lt, &rt);
    Diff { left: Side { chars: l.chars, tones: lt }, right: Side { chars: r.chars, tones: rt }, rows }
}

/// Punctuation between words that only one text has is part of what only it has.
fn enclose(tones: &mut [Tone]) {
    let mut last = None;
    for at in 0..tones.len() {
        match tones[at] {
            Tone::Quiet => {}
            Tone::Only => {
                if let Some(last) = last {
                    tones[last..at].fill(Tone::Only);
                }
                last = Some(at);
            }
            _ => last = None,
        }
    }
}

/// The heaviest runs that ascend in both texts, and the others.
fn backbone(runs: Vec<Run>) -> (Vec<Run>, Vec<Run>) {
    if runs.is_empty() {
        return (runs, Vec::new());
    }
    let mut chosen = vec![false; runs.len()];
    if runs.len() <= MAX_RUNS {
        let mut best: Vec<(u64, usize)> = Vec::with_capacity(runs.len());
        for (at, run) in runs.iter().enumerate() {
            let before = (0..at).filter(|i| runs[*i].b + runs[*i].len <= run.b).max_by_key(|i| best[*i].0);
            best.push((before.map_or(0, |i| best[i].0) + u64::from(run.len), before.unwrap_or(usize::MAX)));
        }
        let mut at = (0..runs.len()).max_by_key(|at| best[*at].0).unwrap_or(0);
        while at != usize::MAX {
            chosen[at] = true;
            at = best[at].1;
        }
    } else {
        let mut end = 0;
        for (at, run) in runs.iter().enumerate() {
            if run.b >= end {
                chosen[at] = true;
                end = run.b + run.len;
            }
        }
    }
    let pick = |wanted: bool| runs.iter().zip(&chosen).filter(|(_, c)| **c == wanted).map(|(run, _)| *run).collect();
    (pick(true), pick(false))
}

/// Adds what the gaps between the runs have in common, symbol by symbol.
fn fill_gaps(backbone: &mut Vec<Run>, l: &Text, r: &Text) {
    let end = Run { a: r.key.symbols.len() as u32, b: l.key.symbols.len() as u32, len: 0 };
    let (mut a, mut b) = (0u32, 0u32);
    let mut more = Vec::new();
    for run in backbone.iter().chain([&end]) {
        let (x, y) = (&r.key.symbols[a as usize..run.a as usize], &l.key.symbols[b as usize..run.b as usize]);
        if !x.is_empty() && !y.is_empty() && x.len() * y.len() <= MAX_GAP {
            let small = x.len().min(y.len()) <= 6;
            for op in capture_diff_slices(Algorithm::Myers, x, y) {
                // A single equal symbol between two changes is chance more often than not.
                if let DiffOp::Equal { old_index, new_index, len } = op
                    && (len >= 2 || small)
                {
                    more.push(Run { a: a + old_index as u32, b: b + new_index as u32, len: len as u32 });
                }
            }
        }
        (a, b) = (run.a + run.len, run.b + run.len);
    }
    backbone.extend(more);
    backbone.sort_unstable();
}

fn tone(run: &Run, l: &Text, r: &Text, lt: &mut [Tone], rt: &mut [Tone], equal: Tone) {
    let (a, b) = (run.a as usize, run.b as usize);
    for k in 0..run.len as usize {
        let (x, y) = (l.char_of(b + k), r.char_of(a + k));
        let found = if l.chars[x] == r.chars[y] { equal } else { Tone::Variant };
        (lt[x], rt[y]) = (found, found);
        if k == 0 {
            let from = |text: &Text, symbol: usize| match symbol {
                0 => 0,
                symbol => text.char_of(symbol - 1) + 1,
            };
            let (u, v) = (l.kept(from(l, b)..x), r.kept(from(r, a)..y));
            for (i, j) in u.into_iter().rev().zip(v.into_iter().rev()).take_while(|(i, j)| l.chars[*i] == r.chars[*j]) {
                (lt[i], rt[j]) = (equal, equal);
            }
        }
        between(l, r, [x + 1..l.char_of(b + k + 1), y + 1..r.char_of(a + k + 1)], lt, rt, equal);
    }
}

/// What stands between two symbols: punctuation, spaces, digits, blanks.
fn between(l: &Text, r: &Text, ranges: [Range<usize>; 2], lt: &mut [Tone], rt: &mut [Tone], equal: Tone) {
    let [left, right] = ranges;
    if left.is_empty() && right.is_empty() {
        return;
    }
    let (u, v) = (l.kept(left), r.kept(right));
    let same = |(i, j): &(&usize, &usize)| l.chars[**i] == r.chars[**j];
    let front = u.iter().zip(&v).take_while(same).count();
    let back = u[front..].iter().rev().zip(v[front..].iter().rev()).take_while(same).count();
    for (i, j) in u.iter().zip(&v).take(front).chain(u.iter().rev().zip(v.iter().rev()).take(back)) {
        (lt[*i], rt[*j]) = (equal, equal);
    }
}

fn rows(backbone: &[Run], l: &Text, r: &Text, lt: &[Tone], rt: &[Tone]) -> Vec<Row> {
    let mut rows = Vec::new();
    let (mut left, mut right) = (0, 0);
    let mut push = |to_left: usize, to_right: usize| {
        if to_left < left || to_right < right || (to_left == left && to_right == right) {
            return;
        }
        let level = lt[left..to_left].iter().chain(&rt[right..to_right]).map(|tone| match tone {
            Tone::Equal | Tone::Gone => Level::Equal,
            Tone::Only => Level::Loud,
            _ => Level::Quiet,
        });
        let level = level.max().unwrap_or(Level::Equal);
        rows.push(Row { left: left..to_left, right: right..to_right, level });
        (left, right) = (to_left, to_right);
    };
    for run in backbone {
        for k in 0..run.len as usize {
            let (x, y) = (run.b as usize + k, run.a as usize + k);
            let (x, y) = (l.at[x] + 1..l.char_of(x + 1), r.at[y] + 1..r.char_of(y + 1));
            if let (Some(x), Some(y)) = (sentence_end(l, x), sentence_end(r, y)) {
                push(x, y);
            }
        }
    }
    push(l.chars.len(), r.chars.len());
    rows
}

/// One past the end of the sentence that ends in this range.
fn sentence_end(text: &Text, range: Range<usize>) -> Option<usize> {
    let start =
        range.clone().find(|at| !text.gone[*at] && (ends_sentence(text.chars[*at]) || text.chars[*at] == '\n'))?;
    let goes_on = |at: &usize| text.gone[*at] || closes(text.chars[*at]) || text.chars[*at].is_whitespace();
    Some(start + 1 + (start + 1..range.end).take_while(goes_on).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tones(side: &Side, tone: Tone) -> String {
        side.chars.iter().zip(&side.tones).filter(|(_, t)| **t == tone).map(|(ch, _)| *ch).collect()
    }

    const ONE: &str =
        "各位代表,今天的会议主要讨论农田水利建设和秋粮收购两项工作。请大家充分发表意见。会后各村连夜部署。";

    #[test]
    fn only_what_differs_is_loud() {
        let two = "各位代表，今天的會議主要讨论农田水利建设和秋粮收购三项工作。请大家畅所欲言充分发表意见。会后各村连夜部署。";
        let diff = diff((ONE, &[]), (two, &[]));
        assert_eq!((tones(&diff.left, Tone::Only), tones(&diff.right, Tone::Only)), ("两".into(), "三畅所欲言".into()));
        assert_eq!((tones(&diff.right, Tone::Variant), tones(&diff.right, Tone::Quiet)), ("會議".into(), "，".into()));
        assert_eq!(diff.rows.iter().filter(|row| row.level == Level::Loud).count(), 2);
        assert_eq!(diff.rows.last().unwrap().level, Level::Equal);
    }

    #[test]
    fn rows_hold_both_texts_whole() {
        let two =
            "会后各村连夜部署。完全另外的一句话放在这里。各位代表,今天的会议主要讨论农田水利建设和秋粮收购两项工作。";
        let diff = diff((ONE, &[]), (two, &[]));
        let whole = |side: &Side, ranges: Vec<Range<usize>>| -> String {
            ranges.into_iter().flat_map(|range| side.chars[range].to_vec()).collect()
        };
        assert_eq!(whole(&diff.left, diff.rows.iter().map(|row| row.left.clone()).collect()), ONE);
        assert_eq!(whole(&diff.right, diff.rows.iter().map(|row| row.right.clone()).collect()), two);
        assert!(tones(&diff.right, Tone::Only).contains("完全另外的一句话"));
    }

    #[test]
    fn a_number_that_differs_is_loud() {
        let diff = diff((ONE, &[]), (&ONE.replace("两项", "两项2023"), &[]));
        assert_eq!(tones(&diff.right, Tone::Only), "2023");
        let diff = super::diff((&ONE.replace("秋粮", "√×√"), &[]), (&ONE.replace("秋粮", "×√×"), &[]));
        assert_eq!(tones(&diff.right, Tone::Only), "×√×");
        assert_eq!(super::diff(("", &[]), ("", &[])).rows, []);
    }
}
