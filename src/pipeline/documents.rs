//! Every document through intake, chunk by chunk.

use super::{Run, late_key, memory_budget};
use crate::clean::RuleSet;
use crate::document::Action;
use crate::error::Result;
use crate::hardlink::Linker;
use crate::intake::{Doc, Entry, How, Leavings, Prior, Text, intake};
use crate::library::{Builder, Keys, Library};
use crate::output::Output;
use crate::pack;
use crate::publish::Staging;
use crate::state::entries::Stretch;
use crate::state::{self, Memory, Recorder, codec};
use crate::walk::Source;
use rayon::prelude::*;
use std::ops::Range;

/// Documents refined between two writes of the audit: enough to keep all threads busy, few enough to hold their
/// records in memory.
pub(super) const CHUNK: usize = 512;
/// Documents between two writes where most need not be refined: what they leave is small, and each write is a moment in
/// which threads wait for one another.
const KNOWN_CHUNK: usize = 8 * CHUNK;

/// Bytes to be refined that are few. Each thread that refines builds the states of all patterns it meets, which takes as long
/// as some two hundred documents: of a night with a thousand new ones that was a fortieth for each thread. So few are
/// given out by [`TASK`], which mostly is to one thread, where others have known documents to take over meanwhile.
const FEW: u64 = 16 << 20;
/// So many times more documents than are to be refined there must be for that.
const KNOWN_SHARE: u64 = 8;
/// Bytes that one thread refines at once, where there are few.
const TASK: u64 = 2 << 20;

/// What an earlier run knew before anything is compared.
pub(super) struct Before<'l> {
    pub memory: &'l Memory,
    pub unfinished: Memory,
    pub sorted: Option<Keys>,
}

/// A chunk that was refined: what its documents leave, in their order, and the entries at hand.
#[derive(Default)]
struct Batch {
    leavings: Vec<(usize, Box<Leavings>)>,
    stretch: Stretch,
}

/// Where documents are entered one after the other.
struct Books<'b, 'l, 's> {
    memory: &'b Memory,
    removed: Output,
    originals: &'b mut pack::Writer,
    docs: Vec<Doc>,
    library: Builder<'l>,
    state: &'b mut Recorder<'s>,
}

impl Run<'_> {
    /// Refines all documents; the audit of one chunk is written while the next is refined.
    pub(super) fn refine_all<'l>(
        &mut self,
        sources: &'l [Source],
        rules: &RuleSet,
        before: Before<'l>,
        staging: &'l Staging,
        originals: &mut pack::Writer,
        state: &mut Recorder<'_>,
    ) -> Result<(Vec<Doc>, Library<'l>)> {
        let Before { memory, unfinished, sorted } = before;
        let near = staging.root().parent().unwrap_or(staging.root());
        let budget = memory_budget(&self.job.config);
        let mut books = Books {
            memory,
            removed: staging.file("audit/removals.jsonl")?,
            originals,
            docs: Vec::with_capacity(sources.len()),
            library: Builder::new(self.totals.bytes_in, budget, near, memory.documents())?,
            state,
        };
        let mut waiting = Batch::default();
        let (job, progress) = (self.job, self.progress);
        let shelf = std::mem::take(&mut self.shelf);
        let known = memory.at_paths(sources);
        let resumed = unfinished.at_paths(sources);
        let vouched = |(source, row): (&Source, &Option<u32>)| {
            row.and_then(|row| memory.row(row)).is_some_and(|row| memory.vouches(row, &source.stamp))
        };
        let vouched: Vec<bool> = sources.iter().zip(&known).map(vouched).collect();
        let mut entries = memory.reader();
        let mut read = |chunk: Option<&Range<usize>>, spare: Stretch| {
            let rows = chunk.map(|chunk| &known[chunk.clone()]).unwrap_or_default();
            entries.advance(rows.iter().filter_map(|row| Some(&memory.row((*row)?)?.entry)), spare)
        };
        let least = task(sources, &vouched);
        let chunks = chunks(&vouched);
        let mut stretch = read(chunks.first(), Stretch::default())?;
        for (number, chunk) in chunks.iter().enumerate() {
            let take = |linker: &mut Linker, at: usize| {
                let row = [known[at], resumed[at]];
                let past = Prior { memory: [memory, &unfinished], row, stretch: &stretch, read: shelf.take(at) };
                let left = intake(job, rules, &sources[at], staging, past, progress, linker)?;
                progress.advance(1, sources[at].bytes);
                Ok((at, Box::new(left)))
            };
            let take_all = |some: Vec<usize>, least: usize| -> Result<Vec<_>> {
                some.into_par_iter().with_min_len(least).map_init(Linker::default, take).collect()
            };
            let (known, fresh): (Vec<usize>, Vec<usize>) = chunk.clone().partition(|at| vouched[*at]);
            let (next, written) = rayon::join(
                || {
                    let (fresh, known) = rayon::join(|| take_all(fresh, least), || take_all(known, 1));
                    let mut all = fresh?;
                    all.append(&mut known?);
                    all.sort_by_key(|(at, _)| *at);
                    Ok(all)
                },
                || {
                    let spare = self.put_away(std::mem::take(&mut waiting), &mut books)?;
                    read(chunks.get(number + 1), spare)
                },
            );
            waiting = Batch { leavings: next?, stretch: std::mem::replace(&mut stretch, written?) };
        }
        self.put_away(waiting, &mut books)?;
        entries.finish()?;
        let Books { removed, docs, library, .. } = books;
        removed.finish()?;
        let texts: Vec<Text> = docs.iter().map(|doc: &Doc| doc.text).collect();
        let make = move |doc: u32| late_key(memory, staging, &sources[doc as usize], &texts[doc as usize]);
        let folder = staging.root().join(state::FOLDER);
        Ok((docs, library.seal(&folder, &self.fingerprint, sorted, Box::new(make))?))
    }

    /// Enters a chunk into the books, and gives back the room of its entries.
    fn put_away(&mut self, batch: Batch, books: &mut Books<'_, '_, '_>) -> Result<Stretch> {
        let Books { memory, removed, originals, docs, library, state } = books;
        let Batch { leavings, stretch } = batch;
        for (_, mut left) in leavings {
            let number = docs.len() as u32;
            let published = matches!(left.known, How::Unread | How::Read);
            let entry = left.entry.take();
            let bytes = entry.as_ref().map(|entry| match entry {
                Entry::New(bytes) | Entry::Copied(bytes) => bytes.as_slice(),
                Entry::Old(place) => memory.entry_at(place, &stretch).unwrap_or_default(),
            });
            let stays = match &entry {
                Some(Entry::Old(place)) => state.keep(&mut left.doc, place),
                _ => false,
            };
            if let Some(bytes) = bytes.filter(|_| !stays) {
                state.add(number, &mut left.doc, bytes, published)?;
            }
            let counts = match (&entry, bytes) {
                (Some(Entry::Copied(_) | Entry::Old(_)), Some(bytes)) => {
                    codec::counts(bytes).ok_or_else(|| memory.unreadable())?
                }
                _ => left.counts,
            };
            match left.known {
                How::Resumed => self.totals.reuse.resumed += 1,
                How::Refined => self.totals.reuse.refined += 1,
                How::Unread => self.totals.reuse.unread += 1,
                How::Read => self.totals.reuse.known += 1,
            }
            self.figures.removals(&counts, &left.removals, removed.length())?;
            removed.bytes(&left.removals)?;
            if let Some(frame) = left.raw {
                left.doc.record.pack = Some(originals.append(&frame, true)?);
            }
            for row in &counts.rules {
                match row.action {
                    Action::Cut => *self.totals.cut_by_class.entry(row.class).or_default() += row.chars,
                    Action::Join => self.totals.joins += row.hits,
                }
            }
            docs.push(left.doc);
            library.push(left.arrival)?;
        }
        state.hand_over()?;
        Ok(stretch)
    }
}

/// Documents that one thread refines at once, at least.
fn task(sources: &[Source], known: &[bool]) -> usize {
    let fresh = || sources.iter().zip(known).filter(|(_, known)| !**known).map(|(source, _)| source.bytes);
    let (count, bytes) = (fresh().count() as u64, fresh().sum::<u64>());
    let few = bytes <= FEW && count * KNOWN_SHARE <= sources.len() as u64;
    if few { (TASK * count / bytes.max(1)).max(1) as usize } else { 1 }
}

/// Parts the documents: in each are [`CHUNK`] that are not known, or [`KNOWN_CHUNK`] of all, or what is left.
fn chunks(known: &[bool]) -> Vec<Range<usize>> {
    let (mut chunks, mut start, mut fresh) = (Vec::new(), 0, 0);
    for end in 1..=known.len() {
        fresh += usize::from(!known[end - 1]);
        if fresh == CHUNK || end - start == KNOWN_CHUNK || end == known.len() {
            chunks.push(start..end);
            (start, fresh) = (end, 0);
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_few_documents_that_are_new_and_many_that_are_known() {
        let chunks = |count, known: fn(usize) -> bool| super::chunks(&(0..count).map(known).collect::<Vec<bool>>());
        assert!(chunks(0, |_| true).is_empty());
        assert_eq!(chunks(2 * CHUNK + 1, |_| false), [0..CHUNK, CHUNK..2 * CHUNK, 2 * CHUNK..2 * CHUNK + 1]);
        assert_eq!(
            chunks(KNOWN_CHUNK + CHUNK, |at| at < KNOWN_CHUNK),
            [0..KNOWN_CHUNK, KNOWN_CHUNK..KNOWN_CHUNK + CHUNK]
        );
        assert_eq!(chunks(3 * CHUNK, |at| at % 2 == 0), [0..2 * CHUNK, 2 * CHUNK..3 * CHUNK]);
    }
}
