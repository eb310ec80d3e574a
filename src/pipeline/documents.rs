//! Every document through intake, chunk by chunk.

use super::{Run, late_key, memory_budget};
use crate::clean::RuleSet;
use crate::document::Action;
use crate::error::Result;
use crate::intake::{Doc, How, Leavings, Prior, Text, intake};
use crate::library::{Builder, Keys, Library};
use crate::link::Linker;
use crate::pack;
use crate::publish::{Output, Staging};
use crate::state::{self, Memory, Recorder};
use crate::walk::Source;
use rayon::prelude::*;
use std::ops::Range;

/// Documents refined between two writes of the audit: enough to keep all threads busy, few enough to hold their
/// records in memory.
pub(super) const CHUNK: usize = 512;
/// Documents between two writes where most need not be refined: what they leave is small, and each write is a moment in
/// which threads wait for one another.
const KNOWN_CHUNK: usize = 8 * CHUNK;

/// What an earlier run knew before anything is compared.
pub(super) struct Before<'l> {
    pub memory: &'l Memory,
    pub unfinished: Memory,
    pub sorted: Option<Keys>,
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
        let mut docs = Vec::with_capacity(sources.len());
        let near = staging.root().parent().unwrap_or(staging.root());
        let budget = memory_budget(&self.job.config);
        let mut library = Builder::new(self.totals.bytes_in, budget, near, memory.documents())?;
        let mut removed = staging.file("audit/removals.jsonl")?;
        let mut waiting: Vec<Leavings> = Vec::new();
        let (job, progress) = (self.job, self.progress);
        let shelf = std::mem::take(&mut self.shelf);
        let known = memory.at_paths(sources);
        let resumed = unfinished.at_paths(sources);
        let vouched = |at: usize| {
            known[at].and_then(|row| memory.row(row)).is_some_and(|row| memory.vouches(row, &sources[at].stamp))
        };
        for chunk in chunks(sources.len(), vouched) {
            let start = chunk.start;
            let chunk = &sources[chunk];
            let (next, written) = rayon::join(
                || {
                    chunk
                        .par_iter()
                        .enumerate()
                        .map_init(Linker::default, |linker, (at, source)| {
                            let at = start + at;
                            let row = [known[at], resumed[at]];
                            let past = Prior { memory: [memory, &unfinished], row, read: shelf.take(at) };
                            let left = intake(job, rules, source, staging, past, progress, linker)?;
                            progress.advance(1, source.bytes);
                            Ok(left)
                        })
                        .collect::<Result<Vec<_>>>()
                },
                || {
                    let waiting = std::mem::take(&mut waiting);
                    self.put_away(waiting, &mut removed, originals, &mut docs, &mut library, state)
                },
            );
            written?;
            waiting = next?;
        }
        self.put_away(waiting, &mut removed, originals, &mut docs, &mut library, state)?;
        removed.finish()?;
        let texts: Vec<Text> = docs.iter().map(|doc: &Doc| doc.text).collect();
        let make = move |doc: u32| late_key(memory, staging, &sources[doc as usize], &texts[doc as usize]);
        let folder = staging.root().join(state::FOLDER);
        Ok((docs, library.seal(&folder, &self.fingerprint, sorted, Box::new(make))?))
    }

    fn put_away(
        &mut self,
        leavings: Vec<Leavings<'_>>,
        removed: &mut Output,
        originals: &mut pack::Writer,
        docs: &mut Vec<Doc>,
        library: &mut Builder,
        state: &mut Recorder<'_>,
    ) -> Result<()> {
        for mut left in leavings {
            if let Some(blob) = &left.blob {
                let published = matches!(left.known, How::Unread | How::Read);
                state.add(docs.len() as u32, &mut left.doc, blob, published)?;
            }
            match left.known {
                How::Resumed => self.totals.reuse.resumed += 1,
                How::Refined => self.totals.reuse.refined += 1,
                How::Unread => self.totals.reuse.unread += 1,
                How::Read => self.totals.reuse.known += 1,
            }
            self.figures.removals(&left.counts, &left.removals, removed.length())?;
            removed.bytes(&left.removals)?;
            if let Some(frame) = left.raw {
                left.doc.record.pack = Some(originals.append(&frame, true)?);
            }
            for row in &left.counts.rules {
                match row.action {
                    Action::Cut => *self.totals.cut_by_class.entry(row.class).or_default() += row.chars,
                    Action::Join => self.totals.joins += row.hits,
                }
            }
            docs.push(left.doc);
            library.push(left.arrival)?;
        }
        state.hand_over()
    }
}

/// Parts the documents: in each are [`CHUNK`] that are not known, or [`KNOWN_CHUNK`] of all, or what is left.
fn chunks(count: usize, known: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let (mut chunks, mut start, mut fresh) = (Vec::new(), 0, 0);
    for end in 1..=count {
        fresh += usize::from(!known(end - 1));
        if fresh == CHUNK || end - start == KNOWN_CHUNK || end == count {
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
        assert!(chunks(0, |_| true).is_empty());
        assert_eq!(chunks(2 * CHUNK + 1, |_| false), [0..CHUNK, CHUNK..2 * CHUNK, 2 * CHUNK..2 * CHUNK + 1]);
        assert_eq!(
            chunks(KNOWN_CHUNK + CHUNK, |at| at < KNOWN_CHUNK),
            [0..KNOWN_CHUNK, KNOWN_CHUNK..KNOWN_CHUNK + CHUNK]
        );
        assert_eq!(chunks(3 * CHUNK, |at| at % 2 == 0), [0..2 * CHUNK, 2 * CHUNK..3 * CHUNK]);
    }
}
