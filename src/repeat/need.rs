//! What cuts need as their witnesses, and what proves them once another cut takes part of that.

use super::sided::Cut;
use super::{MAX_LOSS, Piece, Place};
use crate::passages::Passage;
use crate::runs::Run;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A stretch of the text that some cut needs as its witness.
#[derive(Debug, Clone)]
struct Need {
    owner: Owner,
    /// Symbols of the removed copy.
    symbols: Range<u32>,
    /// How many of them a rule has taken from the witness: the copy had the same debris.
    debris: u32,
    keys: Range<u32>,
    /// Equal symbols: `a` counts from the first of the removed copy, `b` is a key position. None where they are unknown.
    runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Earlier(usize),
    This(usize),
}

impl Need {
    /// What is needed after `cut` took part of it; `None` where that would leave something unproven.
    fn after(&self, cut: &Range<u32>, passage: &Passage) -> Option<Vec<Self>> {
        let taken = self.keys.start.max(cut.start)..self.keys.end.min(cut.end);
        let moved = compose(&self.runs, &taken, &passage.runs);
        let one = |runs: &[Run]| matches!(runs, [run] if run.len as usize == taken.len());
        if taken == self.keys && (one(&moved) || !one(&self.runs)) {
            return Some(vec![Self { keys: passage.image(&taken)?, runs: moved, ..self.clone() }]);
        }
        // A piece is symbol by symbol the same as the stretch it proves.
        let stays = [0..taken.start, taken.end..u32::MAX].map(|side| clip(&self.runs, &side));
        let mut runs: Vec<Run> = stays.into_iter().flatten().chain(moved).collect();
        runs.sort_unstable_by_key(|run| run.a);
        let proven: u32 = runs.iter().map(|run| run.len).sum();
        let all = f64::from((self.symbols.len() as u32).saturating_sub(self.debris));
        (f64::from(proven) >= (1.0 - MAX_LOSS) * all).then(|| runs.into_iter().map(|run| self.piece(run)).collect())
    }

    fn piece(&self, run: Run) -> Self {
        Self {
            owner: self.owner,
            symbols: run.a..run.a + run.len,
            debris: 0,
            keys: run.b..run.b + run.len,
            runs: vec![run],
        }
    }
}

/// What of runs lies in `range` on the side of `b`.
fn clip(runs: &[Run], range: &Range<u32>) -> Vec<Run> {
    let inside = runs.iter().map(|run| {
        let (start, end) = (run.b.max(range.start), (run.b + run.len).min(range.end));
        Run { a: run.a + start.saturating_sub(run.b), b: start, len: end.saturating_sub(start) }
    });
    inside.filter(|run| run.len > 0).collect()
}

/// Runs through `taken`, taken further by the runs of another passage: what equals what equals.
fn compose(runs: &[Run], taken: &Range<u32>, further: &[Run]) -> Vec<Run> {
    let mut out = Vec::new();
    for run in clip(runs, taken) {
        for next in further.iter().filter(|next| next.a < run.b + run.len && run.b < next.a + next.len) {
            let (start, end) = (run.b.max(next.a), (run.b + run.len).min(next.a + next.len));
            out.push(Run { a: run.a + start - run.b, b: next.b + start - next.a, len: end - start });
        }
    }
    out
}

/// What goes, and what has to stay to prove it.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    gone: Ranges,
    needed: Ranges,
    needs: Vec<Need>,
    /// Whose witness is no longer where it was.
    touched: BTreeSet<Owner>,
}

impl Ledger {
    /// One with the witnesses of earlier cuts. `table` holds the byte offset of every key symbol of the text.
    pub(super) fn of(witnesses: &[Piece], table: &[u32]) -> Self {
        let mut out = Self::default();
        for (at, witness) in witnesses.iter().enumerate() {
            // What was cleaned since is not there any more; all the rest of it is.
            let key = |byte: &usize| table.binary_search(&(*byte).try_into().unwrap_or(u32::MAX)).ok();
            let keys: Vec<Option<u32>> = witness.at.iter().map(|byte| Some(key(byte)? as u32)).collect();
            let mut there = keys.iter().flatten();
            let Some((first, last)) =
                there.next().map(|first| (*first, there.next_back().map_or(*first, |last| *last)))
            else {
                continue;
            };
            out.needed.add(&(first..last + 1));
            let runs: Vec<Run> = witness.runs.iter().flat_map(|run| still(run, &keys)).collect();
            let count = |runs: &[Run]| runs.iter().map(|run| run.len).sum::<u32>();
            let (symbols, debris) = (witness.symbols.clone(), count(&witness.runs) - count(&runs));
            out.needs.push(Need { owner: Owner::Earlier(at), symbols, debris, keys: first..last + 1, runs });
        }
        out
    }

    /// Takes in the cut of a passage, the `number`th that was found, if what is cut already stays proven.
    pub(super) fn take(&mut self, cut: &Cut, passage: &Passage, number: usize) -> bool {
        if self.gone.meets(&cut.keys) || self.gone.meets(&cut.witness) {
            return false;
        }
        if self.needed.meets(&cut.keys) {
            let overlaps = |need: &Need| need.keys.start < cut.keys.end && cut.keys.start < need.keys.end;
            let hit = self.needs.iter().enumerate().filter(|(_, need)| overlaps(need));
            let replaced: Option<Vec<(usize, Vec<Need>)>> =
                hit.map(|(at, need)| need.after(&cut.keys, passage).map(|parts| (at, parts))).collect();
            let Some(replaced) = replaced else { return false };
            for (at, parts) in replaced {
                self.touched.insert(self.needs[at].owner);
                self.needs[at].keys = 0..0;
                parts.iter().for_each(|need| self.needed.add(&need.keys));
                self.needs.extend(parts);
            }
        }
        self.gone.add(&cut.keys);
        self.needed.add(&cut.witness);
        let turn = |run: &Run| Run { a: run.b, b: run.a, len: run.len };
        let within: Vec<Run> = passage.runs.iter().map(turn).collect();
        let mut runs: Vec<Run> = clip(&within, &cut.keys).iter().map(turn).collect();
        runs.iter_mut().for_each(|run| run.a -= cut.keys.start);
        let (symbols, keys) = (0..cut.keys.len() as u32, cut.witness.clone());
        self.needs.push(Need { owner: Owner::This(number), symbols, debris: 0, keys, runs });
        true
    }

    /// What proves the cuts: those of this round, and earlier ones whose witness is no longer where it was.
    pub(super) fn pieces(mut self, table: &[u32]) -> Vec<(Owner, Vec<Piece>)> {
        let moved = |owner: &Owner| matches!(owner, Owner::This(_)) || self.touched.contains(owner);
        self.needs.retain(|need| !need.keys.is_empty() && moved(&need.owner));
        self.needs.sort_by_key(|need| (need.owner, need.symbols.start));
        let piece = |need: &Need| {
            let at: Vec<usize> =
                table[need.keys.start as usize..need.keys.end as usize].iter().map(|byte| *byte as usize).collect();
            let b = Place { first: at[0], last: at[at.len() - 1] };
            let runs = need.runs.iter().map(|run| Run { b: run.b.saturating_sub(need.keys.start), ..*run }).collect();
            Piece { symbols: need.symbols.clone(), b, at, runs }
        };
        let same = self.needs.chunk_by(|a, b| a.owner == b.owner);
        same.map(|needs| (needs[0].owner, needs.iter().map(piece).collect())).collect()
    }
}

/// What is left of a run on a witness whose symbols have these places now.
fn still(run: &Run, keys: &[Option<u32>]) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    for (a, key) in (run.a..run.a + run.len).zip(keys.get(run.b as usize..).unwrap_or(&[])) {
        let Some(b) = *key else { continue };
        match out.last_mut() {
            Some(last) if (last.a + last.len, last.b + last.len) == (a, b) => last.len += 1,
            _ => out.push(Run { a, b, len: 1 }),
        }
    }
    out
}

/// A set of key positions as disjoint ranges: start to end.
#[derive(Debug, Default)]
struct Ranges(BTreeMap<u32, u32>);

impl Ranges {
    fn meets(&self, range: &Range<u32>) -> bool {
        self.0.range(..range.end).next_back().is_some_and(|(_, end)| *end > range.start)
    }

    fn add(&mut self, range: &Range<u32>) {
        let (mut start, mut end) = (range.start, range.end);
        while let Some((from, to)) = self.0.range(..=end).next_back().map(|(from, to)| (*from, *to)) {
            if to < start {
                break;
            }
            (start, end) = (start.min(from), end.max(to));
            self.0.remove(&from);
        }
        self.0.insert(start, end);
    }
}
