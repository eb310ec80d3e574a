//! Entries on their way to a join, in no order: in memory up to a limit, the rest in a scratch file without a name.
//!
//! All parts wait in one stretch of memory and are told apart when it is full or asked for. A vector for each part, grown step
//! by step, left the allocator with holes that held a tenth of the memory of a run.

use super::{Entry, PARTS, SIZE, STAGE};
use crate::error::{Error, Result};
use bytemuck::Zeroable;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Where the parts begin in a stretch of entries, and where the last one ends.
type Bounds = [usize; PARTS + 1];

/// The entries that were added and are not yet sorted.
pub(super) struct Waiting {
    held: Vec<Entry>,
    limit: usize,
    near: PathBuf,
    file: Option<File>,
    /// Bounds of what was written, from the first byte of the file on.
    runs: Vec<Bounds>,
    added: u64,
}

impl Waiting {
    /// Holds up to `limit` bytes in memory, the rest in a file beside `near`.
    pub fn new(limit: u64, near: &Path) -> Self {
        let limit = (limit as usize / SIZE).max(PARTS);
        Self { held: Vec::new(), limit, near: near.to_owned(), file: None, runs: Vec::new(), added: 0 }
    }

    /// Adds an entry.
    pub fn push(&mut self, entry: Entry) -> Result<()> {
        if self.held.len() == self.held.capacity() {
            // Doubled, but never beyond the limit.
            let more = self.held.len().clamp(PARTS, self.limit);
            self.held.reserve_exact(more.min(self.limit - self.held.len()).max(1));
        }
        self.held.push(entry);
        self.added += 1;
        if self.held.len() >= self.limit { self.spill() } else { Ok(()) }
    }

    /// How many were added.
    pub fn added(&self) -> u64 {
        self.added
    }

    fn spill(&mut self) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile_in(&self.near).map_err(Error::io(STAGE, &self.near))?),
        };
        self.runs.push(partition(&mut self.held));
        file.write_all(bytemuck::cast_slice(&self.held)).map_err(Error::io(STAGE, &self.near))?;
        self.held.clear();
        Ok(())
    }

    /// Ends the adding. Where some wait in the file the rest goes there, too: its room is needed for what is sorted.
    pub fn seal(&mut self) -> Result<()> {
        if self.file.is_some() {
            self.spill()?;
            self.held = Vec::new();
        } else {
            self.runs = vec![partition(&mut self.held)];
        }
        Ok(())
    }

    /// Entries of the largest part, once sealed.
    pub fn largest(&self) -> usize {
        (0..PARTS).map(|part| self.spans(part).map(|span| span.len()).sum()).max().unwrap_or(0)
    }

    /// The entries of a part in the memory of `spare`, once sealed.
    pub fn part(&self, part: usize, mut spare: Vec<Entry>) -> Result<Vec<Entry>> {
        spare.clear();
        let Some(file) = &self.file else {
            self.spans(part).for_each(|span| spare.extend_from_slice(&self.held[span]));
            return Ok(spare);
        };
        spare.reserve_exact(self.spans(part).map(|span| span.len()).sum());
        for span in self.spans(part) {
            let start = spare.len();
            spare.resize(start + span.len(), Entry::zeroed());
            file.read_exact_at(bytemuck::cast_slice_mut(&mut spare[start..]), (span.start * SIZE) as u64)
                .map_err(Error::io(STAGE, &self.near))?;
        }
        Ok(spare)
    }

    /// Where the entries of a part stand, by their numbers.
    fn spans(&self, part: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut start = 0;
        self.runs.iter().map(move |bounds| {
            let span = start + bounds[part]..start + bounds[part + 1];
            start += bounds[PARTS];
            span
        })
    }
}

/// Brings the entries of each part together, in place: each goes where its part has room, and the one that stood there next.
fn partition(entries: &mut [Entry]) -> Bounds {
    let mut bounds = [0; PARTS + 1];
    entries.iter().for_each(|entry| bounds[entry.part() + 1] += 1);
    (0..PARTS).for_each(|part| bounds[part + 1] += bounds[part]);
    let mut next = bounds;
    for part in 0..PARTS {
        while next[part] < bounds[part + 1] {
            let mut entry = entries[next[part]];
            while entry.part() != part {
                let place = &mut next[entry.part()];
                std::mem::swap(&mut entries[*place], &mut entry);
                *place += 1;
            }
            entries[next[part]] = entry;
            next[part] += 1;
        }
    }
    bounds
}
