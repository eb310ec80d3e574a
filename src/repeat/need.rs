//! What cuts need as their witnesses, and what proves them once another cut takes part of that.

use super::MAX_LOSS;
use crate::passages::Passage;
use crate::runs::Run;
use std::collections::BTreeMap;
use std::ops::Range;

/// A stretch of the text that some cut needs as its witness.
#[derive(Debug, Clone)]
pub(super) struct Need {
    pub(super) owner: Owner,
    /// Symbols of the removed copy.
    pub(super) symbols: Range<u32>,
    pub(super) keys: Range<u32>,
    /// Equal symbols: `a` counts from the first of the removed copy, `b` is a key position. None where they are unknown.
    pub(super) runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Earlier(usize),
    This(usize),
}

impl Need {
    /// What is needed after `cut` took part of it; `None` where that would leave something unproven.
    pub(super) fn after(&self, cut: &Range<u32>, passage: &Passage) -> Option<Vec<Self>> {
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
        let all = self.symbols.len() as f64;
        (f64::from(proven) >= (1.0 - MAX_LOSS) * all).then(|| runs.into_iter().map(|run| self.piece(run)).collect())
    }

    fn piece(&self, run: Run) -> Self {
        Self { owner: self.owner, symbols: run.a..run.a + run.len, keys: run.b..run.b + run.len, runs: vec![run] }
    }
}

/// What of runs lies in `range` on the side of `b`.
pub(super) fn clip(runs: &[Run], range: &Range<u32>) -> Vec<Run> {
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

/// A set of key positions as disjoint ranges: start to end.
#[derive(Debug, Default)]
pub(super) struct Ranges(BTreeMap<u32, u32>);

impl Ranges {
    pub(super) fn meets(&self, range: &Range<u32>) -> bool {
        self.0.range(..range.end).next_back().is_some_and(|(_, end)| *end > range.start)
    }

    pub(super) fn add(&mut self, range: &Range<u32>) {
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
