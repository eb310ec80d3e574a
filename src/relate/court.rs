//! Who is compared with whom: block by block, so that documents of a block are judged side by side.

use super::{MAX_WHOLES, Pair};
use crate::align::Aligner;
use crate::audit::Relation;
use crate::candidates::{Hits, Near, Shared, Survivors};
use crate::compared::Compared;
use crate::library::Library;
use rayon::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a thread works with, one document after another.
#[derive(Default)]
struct Desk {
    aligner: Aligner,
    hits: Hits,
}

/// Judges documents, which go by their ranks, against the survivors found so far.
pub(super) struct Court<'c, D> {
    library: &'c Library<'c>,
    compared: &'c Compared,
    shared: &'c Shared,
    representatives: &'c [u32],
    drops: &'c D,
    /// One for each thread.
    desks: Vec<Mutex<Desk>>,
}

impl<'c, D: Fn(&Pair) -> bool + Sync> Court<'c, D> {
    pub(super) fn new(
        library: &'c Library<'c>,
        compared: &'c Compared,
        shared: &'c Shared,
        representatives: &'c [u32],
        drops: &'c D,
    ) -> Self {
        let desks = (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect();
        Self { library, compared, shared, representatives, drops, desks }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        let own = rayon::current_thread_index().unwrap_or(0) % self.desks.len();
        self.desks[own].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn doc(&self, rank: u32) -> u32 {
        self.representatives[rank as usize]
    }

    /// Whether the last of its pairs takes a document out.
    pub(super) fn goes(&self, rank: u32, pairs: &[Pair]) -> bool {
        pairs.last().is_some_and(|pair| pair.a == self.doc(rank) && (self.drops)(pair))
    }

    /// Judges a document against the survivors that were counted.
    fn judge(&self, Desk { aligner, hits }: &mut Desk, rank: u32) -> Vec<Pair> {
        let candidates = self.shared.candidates(hits, rank, self.library, self.representatives);
        let others = candidates.into_iter().map(|rank| self.doc(rank));
        judge(aligner, self.library, self.compared, self.doc(rank), others, self.drops)
    }

    /// Judges the documents of a block, and gives the pairs of each.
    pub(super) fn judge_block(&self, block: &[u32], survivors: &mut Survivors) -> Vec<Vec<Pair>> {
        let start = block.first().copied().unwrap_or(0);
        // Against the survivors of earlier blocks.
        let (mut found, near): (Vec<Vec<Pair>>, Vec<Vec<Near>>) = block
            .par_iter()
            .map(|rank| {
                let desk = &mut *self.desk();
                let near = self.shared.meet(&mut desk.hits, *rank, start, survivors);
                (self.judge(desk, *rank), near)
            })
            .unzip();
        let mut open = Vec::new();
        let mut is_open = vec![false; block.len()];
        for (rank, (pairs, near)) in block.iter().zip(found.iter().zip(&near)) {
            let gone = self.goes(*rank, pairs);
            if near.is_empty() || gone {
                survivors.set(*rank, !gone);
            } else {
                is_open[(rank - start) as usize] = true;
                open.push(*rank);
            }
        }
        // Against the survivors of this block: copies are of one length mostly and so stand side by side. Whoever is near
        // nobody that is open can be judged; these are many, of many groups.
        while !open.is_empty() {
            let near = |rank: u32| &near[(rank - start) as usize];
            let waits = |rank: &u32| near(*rank).iter().rev().any(|near| is_open[(near.holder - start) as usize]);
            let (waiting, ready): (Vec<u32>, Vec<u32>) = open.into_iter().partition(waits);
            let judge_near = |rank: &u32| {
                let desk = &mut *self.desk();
                self.shared.meet_near(&mut desk.hits, near(*rank), survivors);
                self.judge(desk, *rank)
            };
            let judged: Vec<Vec<Pair>> = match ready.as_slice() {
                [one] => vec![judge_near(one)],
                many => many.par_iter().map(judge_near).collect(),
            };
            for (rank, more) in ready.into_iter().zip(judged) {
                let at = (rank - start) as usize;
                let pairs = &mut found[at];
                if self.goes(rank, &more) {
                    *pairs = more;
                } else {
                    pairs.extend(more);
                }
                is_open[at] = false;
                survivors.set(rank, !self.goes(rank, pairs));
            }
            open = waiting;
        }
        found
    }
}

/// Compares a document with its candidates: the pair that takes it out, alone, or all pairs worth reporting.
fn judge(
    aligner: &mut Aligner,
    library: &Library,
    compared: &Compared,
    own: u32,
    candidates: impl Iterator<Item = u32>,
    drops: &impl Fn(&Pair) -> bool,
) -> Vec<Pair> {
    let mut out = Vec::new();
    for other in candidates {
        let Some(pair) = compared.compare(aligner, library, own, other) else { continue };
        if pair.a == own && drops(&pair) {
            return vec![pair];
        }
        out.push(pair);
    }
    // Of the wholes that hold this part the ones with its own numbers prove it; the others hold another day's.
    let whole = |pair: &Pair| pair.a == own && pair.relation == Relation::Contained;
    let true_numbers = out.iter().any(|pair| whole(pair) && pair.number_conflicts == 0);
    out.retain(|pair| !whole(pair) || pair.number_conflicts == 0 || !true_numbers);
    let mut wholes = 0;
    out.retain(|pair| {
        wholes += usize::from(whole(pair));
        !whole(pair) || wholes <= MAX_WHOLES
    });
    out
}
