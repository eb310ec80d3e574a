//! Brings equal things of different documents together: fingerprints, sketch bands, blocks of SimHashes.
//!
//! A join is a sort over (key, document, position), partitioned by the key so that a part fits the caches and the
//! memory budget: entries beyond the budget wait in scratch files without a name. No key is too common to be joined.

use crate::error::{Error, Result};
use bytemuck::{Pod, Zeroable};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A key of a document, and where in the document it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub struct Entry {
    /// What is compared.
    pub key: u64,
    /// Document number.
    pub doc: u32,
    /// Key position; 0 for things that belong to the document as a whole.
    pub at: u32,
}

/// Partitions of a join. 64 leave 600 KB a part of 100 MB of text, and 30 MB of 5 GB.
pub const PARTS: usize = 64;

const STAGE: &str = "joining";

#[derive(Default)]
struct Part {
    entries: Vec<Entry>,
    file: Option<Mutex<File>>,
    spilled: u64,
}

/// Entries on their way to a join.
pub struct Entries {
    parts: Vec<Part>,
    held: usize,
    limit: usize,
    near: PathBuf,
}

impl Entries {
    /// Holds up to `limit` bytes in memory, the rest in files beside `near`.
    pub fn new(limit: u64, near: &Path) -> Self {
        let parts = (0..PARTS).map(|_| Part::default()).collect();
        Self { parts, held: 0, limit: limit as usize / size_of::<Entry>(), near: near.to_owned() }
    }

    /// Adds an entry.
    pub fn push(&mut self, entry: Entry) -> Result<()> {
        // The keys are hashes: any six bits will do. The multiplication spreads those that are not.
        let part = (entry.key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize;
        self.parts[part].entries.push(entry);
        self.held += 1;
        if self.held >= self.limit.max(PARTS) {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        for part in &mut self.parts {
            let file = match &mut part.file {
                Some(file) => file,
                None => part
                    .file
                    .insert(Mutex::new(tempfile::tempfile_in(&self.near).map_err(Error::io(STAGE, &self.near))?)),
            };
            if let Ok(file) = file.get_mut() {
                file.write_all(bytemuck::cast_slice(&part.entries)).map_err(Error::io(STAGE, "scratch file"))?;
            }
            part.spilled += part.entries.len() as u64;
            part.entries.clear();
        }
        self.held = 0;
        Ok(())
    }

    /// The entries of one part whose keys stand in two documents, sorted by (key, document, position). `rename` gives
    /// each document its number in the join, or leaves it out.
    pub fn part(&self, part: usize, rename: impl Fn(u32) -> Option<u32>) -> Result<Vec<Entry>> {
        let Some(part) = self.parts.get(part) else { return Ok(Vec::new()) };
        let renamed = |entry: &Entry| rename(entry.doc).map(|doc| Entry { doc, ..*entry });
        let mut entries: Vec<Entry> = part.entries.iter().filter_map(renamed).collect();
        if let Some(file) = &part.file
            && let Ok(mut file) = file.lock()
        {
            file.seek(SeekFrom::Start(0)).map_err(Error::io(STAGE, "scratch file"))?;
            let mut buffer = vec![Entry::zeroed(); (1 << 16).min(part.spilled as usize)];
            let mut left = part.spilled as usize;
            while left > 0 {
                let chunk = left.min(buffer.len());
                let bytes = bytemuck::cast_slice_mut(&mut buffer[..chunk]);
                file.read_exact(bytes).map_err(Error::io(STAGE, "scratch file"))?;
                entries.extend(buffer[..chunk].iter().filter_map(renamed));
                left -= chunk;
            }
        }
        Ok(sort_shared(entries))
    }
}

/// Sorts entries and leaves only keys that may stand in two documents.
///
/// Most keys stand once. A table of four slots an entry, each with the first document seen there and whether another
/// came, finds them first: filtering and sorting the rest takes a third of the time of sorting all. What it lets
/// through by collision, [`shared`] drops.
fn sort_shared(mut entries: Vec<Entry>) -> Vec<Entry> {
    const MANY: u32 = u32::MAX - 1;
    let size = (entries.len() * 4).next_power_of_two().max(64);
    let mut slots = vec![u32::MAX; size];
    // Other bits than those that chose the part.
    let slot = |key: u64| (key.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 20) as usize & (size - 1);
    for entry in &entries {
        let seen = &mut slots[slot(entry.key)];
        if *seen == u32::MAX {
            *seen = entry.doc;
        } else if *seen != entry.doc {
            *seen = MANY;
        }
    }
    entries.retain(|entry| slots[slot(entry.key)] == MANY);
    entries.sort_unstable();
    entries
}

/// Runs of entries with one key that stand in at least two documents.
pub fn shared(sorted: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    sorted.chunk_by(|a, b| a.key == b.key).filter(|same| same.first().map(|e| e.doc) != same.last().map(|e| e.doc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn partitions_filter_and_spill_lose_no_shared_key(
            rows in prop::collection::vec((0u64..200, 0u32..20, 0u32..50), 0..300),
            limit in 0u64..8000,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut all: Vec<Entry> = rows.into_iter().map(|(key, doc, at)| Entry { key, doc, at }).collect();
            let mut entries = Entries::new(limit, folder.path());
            for entry in &all {
                entries.push(*entry).unwrap();
            }
            all.retain(|entry| entry.doc != 3);
            all.sort_unstable();
            let mut want: Vec<Vec<Entry>> = shared(&all).map(<[Entry]>::to_vec).collect();
            let mut got: Vec<Vec<Entry>> = Vec::new();
            for part in 0..PARTS {
                let sorted = entries.part(part, |doc| (doc != 3).then_some(doc)).unwrap();
                got.extend(shared(&sorted).map(<[Entry]>::to_vec));
            }
            want.sort();
            got.sort();
            prop_assert_eq!(got, want);
        }
    }
}
