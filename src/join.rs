//! Brings equal things of different documents together: fingerprints, sketch bands, blocks of SimHashes.
//!
//! A join is a sort over (key, document, position), partitioned by the key so that a part fits the caches and the
//! memory budget: entries beyond the budget wait in scratch files without a name. No key is too common to be joined.

use crate::error::{Error, Result};
use crate::fingerprint::{Context, Fingerprint};
use crate::state::sealed::{Parts, Writer};
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A key of a document, and where in the document it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Entry {
    /// The key and, in its last bits, the context.
    packed: u64,
    /// Document number.
    pub doc: u32,
    /// Key position; 0 for things that belong to the document as a whole.
    pub at: u32,
}

impl Entry {
    /// A key that belongs to the document as a whole. Its last [`Context::BITS`] bits do not count: with the 40 that
    /// are left, some of a billion keys meet by chance, and whoever joins compares what he joined.
    pub fn new(key: u64, doc: u32) -> Self {
        Self { packed: key >> Context::BITS << Context::BITS, doc, at: 0 }
    }

    /// The shingle of a fingerprint.
    pub fn shingle(print: &Fingerprint, doc: u32) -> Self {
        let key = Self::new(print.hash, doc);
        Self { packed: key.packed | print.context.pack(), at: print.at, ..key }
    }

    /// What is compared.
    pub fn key(&self) -> u64 {
        self.packed >> Context::BITS
    }

    /// What stands around it.
    pub fn context(&self) -> Context {
        Context::unpack(self.packed)
    }

    fn rank(&self) -> (u64, u32, u32) {
        (self.key(), self.doc, self.at)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
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
    past: Option<(Past, Vec<Option<u32>>)>,
}

impl Entries {
    /// Holds up to `limit` bytes in memory, the rest in files beside `near`.
    pub fn new(limit: u64, near: &Path) -> Self {
        let parts = (0..PARTS).map(|_| Part::default()).collect();
        Self { parts, held: 0, limit: limit as usize / SIZE, near: near.to_owned(), past: None }
    }

    /// Adds an entry.
    pub fn push(&mut self, entry: Entry) -> Result<()> {
        // The keys are hashes: any six bits will do. The multiplication spreads those that are not.
        let part = (entry.key().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize;
        let entries = &mut self.parts[part].entries;
        if entries.len() == entries.capacity() {
            // In even steps: doubling would take up to twice the limit.
            entries.reserve_exact((self.limit / PARTS / 8).max(64));
        }
        entries.push(entry);
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
                file.write_all(bytemuck::cast_slice(&part.entries)).map_err(Error::io(STAGE, &self.near))?;
            }
            part.spilled += part.entries.len() as u64;
            part.entries.clear();
        }
        self.held = 0;
        Ok(())
    }

    /// Takes over the entries of an earlier run; `map` gives each of its documents the number that it has now.
    pub fn take_over(&mut self, past: Past, map: Vec<Option<u32>>) {
        self.past = Some((past, map));
    }

    /// Sorts all entries into the file `path`, from which the parts are read from now on.
    pub fn settle(mut self, path: &Path, fingerprint: &str) -> Result<Sorted> {
        let mut writer = Writer::create(path, fingerprint)?;
        let (mut bounds, mut gone, mut end) = (vec![0], Vec::new(), 0);
        let mut shared = tempfile::tempfile_in(&self.near).map_err(Error::io(STAGE, &self.near))?;
        let (mut shared_bounds, mut shared_end) = (vec![0], 0);
        let past = self.past.take();
        let largest = self.parts.iter().map(|part| part.entries.len() + part.spilled as usize).max().unwrap_or(0);
        let together = (self.limit / largest.max(1)).clamp(1, TOGETHER);
        for (number, some) in self.parts.chunks_mut(together).enumerate() {
            let sorted: Vec<(Vec<Entry>, Vec<Entry>, Vec<u64>)> = some
                .par_iter_mut()
                .enumerate()
                .map(|(at, part)| {
                    let (all, lost) = part.sorted(number * together + at, past.as_ref(), &self.near)?;
                    let shared = of_two(&all, &lost);
                    Ok((all, shared, lost))
                })
                .collect::<Result<_>>()?;
            for (all, some, lost) in sorted {
                writer.append(bytemuck::cast_slice(&all))?;
                end += all.len() as u64;
                bounds.push(end);
                shared.write_all(bytemuck::cast_slice(&some)).map_err(Error::io(STAGE, &self.near))?;
                shared_end += some.len();
                shared_bounds.push(shared_end);
                gone.push(lost);
            }
        }
        let seal = writer.finish()?;
        Ok(Sorted { shared, near: self.near, shared_bounds, bounds, gone, seal })
    }
}

/// The entries whose keys stand in two documents, or in one and in one that is gone. Most stand in one: what looks for
/// company, a few times a run, need not read them again.
fn of_two(sorted: &[Entry], lost: &[u64]) -> Vec<Entry> {
    let mut lost = lost.iter().peekable();
    let mut out = Vec::new();
    for group in sorted.chunk_by(|a, b| a.key() == b.key()) {
        let (first, last) = (group[0], group[group.len() - 1]);
        while lost.next_if(|key| **key < first.key()).is_some() {}
        if first.doc != last.doc || lost.peek() == Some(&&first.key()) {
            out.extend_from_slice(group);
        }
    }
    out
}

/// Parts sorted side by side before they are written, where the limit allows.
const TOGETHER: usize = 8;

impl Part {
    /// All entries, those of an earlier run among them, sorted; and the keys of documents that are gone.
    /// The scratch file lies beside `near`.
    fn sorted(
        &mut self,
        number: usize,
        past: Option<&(Past, Vec<Option<u32>>)>,
        near: &Path,
    ) -> Result<(Vec<Entry>, Vec<u64>)> {
        let mut fresh = std::mem::take(&mut self.entries);
        if let Some(file) = &self.file
            && let Ok(mut file) = file.lock()
        {
            let start = fresh.len();
            fresh.reserve_exact(self.spilled as usize);
            fresh.resize(start + self.spilled as usize, Entry::zeroed());
            file.seek(SeekFrom::Start(0))
                .and_then(|_| file.read_exact(bytemuck::cast_slice_mut(&mut fresh[start..])))
                .map_err(Error::io(STAGE, near))?;
        }
        fresh.par_sort_unstable();
        let Some((past, map)) = past else { return Ok((fresh, Vec::new())) };
        let mut lost = Vec::new();
        let mut old = past.part(number, fresh.len())?;
        // The numbers of documents that stay ascend in both runs, so what was sorted is.
        old.retain_mut(|entry| match map.get(entry.doc as usize).copied().flatten() {
            Some(doc) => {
                entry.doc = doc;
                true
            }
            None => {
                lost.push(entry.key());
                false
            }
        });
        lost.dedup();
        merge(&mut old, &fresh);
        Ok((old, lost))
    }
}

/// Merges what is sorted into what is sorted, from behind: there is no second copy of the many.
fn merge(all: &mut Vec<Entry>, some: &[Entry]) {
    let mut left = all.len();
    let mut end = left + some.len();
    all.resize(end, Entry::zeroed());
    for entry in some.iter().rev() {
        let stay = all[..left].partition_point(|other| other <= entry);
        let moved = left - stay;
        all.copy_within(stay..left, end - moved);
        (left, end) = (stay, end - moved - 1);
        all[end] = *entry;
    }
}

/// The sorted entries of an earlier run.
#[derive(Debug)]
pub struct Past {
    file: Parts,
    bounds: Vec<u64>,
}

impl Past {
    /// The entries in `file`, of which each part ends at the bound that was given with them; none where the two do not
    /// fit.
    pub fn new(file: Parts, bounds: Vec<u64>) -> Option<Self> {
        let fit = bounds.len() == PARTS + 1
            && bounds.is_sorted()
            && bounds.last().and_then(|end| end.checked_mul(SIZE as u64)) == Some(file.length() as u64);
        fit.then_some(Self { file, bounds })
    }

    /// The entries of a part, with room for some more.
    fn part(&self, part: usize, more: usize) -> Result<Vec<Entry>> {
        let Some((from, to)) = self.bounds.get(part).zip(self.bounds.get(part + 1)) else { return Ok(Vec::new()) };
        let length = to.saturating_sub(*from) as usize;
        let mut entries = Vec::with_capacity(length + more);
        entries.resize(length, Entry::zeroed());
        self.file.read_into(*from as usize * SIZE, bytemuck::cast_slice_mut(&mut entries))?;
        Ok(entries)
    }
}

const SIZE: usize = size_of::<Entry>();

/// All entries, sorted, in a file.
#[derive(Debug)]
pub struct Sorted {
    /// Those that documents may share, in a scratch file without a name, and where its parts end.
    shared: File,
    /// Where that one lies, for messages.
    near: PathBuf,
    shared_bounds: Vec<usize>,
    bounds: Vec<u64>,
    gone: Vec<Vec<u64>>,
    seal: u64,
}

impl Sorted {
    /// The seal of the file, and where its parts end.
    pub fn frame(&self) -> (u64, &[u64]) {
        (self.seal, &self.bounds)
    }

    /// Keys of a part that documents had which are gone or changed since the earlier run, ascending.
    pub fn gone(&self, part: usize) -> &[u64] {
        self.gone.get(part).map_or(&[], Vec::as_slice)
    }

    /// The entries of one part whose keys stand in two documents, or in one and in one that is gone, sorted by (key,
    /// document, position). `rename` gives each document its number in the join, or leaves it out.
    pub fn part(&self, part: usize, rename: impl Fn(u32) -> Option<u32>) -> Result<Vec<Entry>> {
        let Some((from, to)) = self.shared_bounds.get(part).zip(self.shared_bounds.get(part + 1)) else {
            return Ok(Vec::new());
        };
        let mut entries = vec![Entry::zeroed(); to - from];
        self.shared
            .read_exact_at(bytemuck::cast_slice_mut(&mut entries), (from * SIZE) as u64)
            .map_err(Error::io(STAGE, &self.near))?;
        entries.retain_mut(|entry| rename(entry.doc).map(|doc| entry.doc = doc).is_some());
        for group in entries.chunk_by_mut(|a, b| a.key() == b.key()) {
            group.sort_unstable();
        }
        Ok(entries)
    }
}

/// Runs of entries with one key that stand in at least two documents.
pub fn shared(sorted: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    sorted.chunk_by(|a, b| a.key() == b.key()).filter(|same| same.first().map(|e| e.doc) != same.last().map(|e| e.doc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn merged_is_sorted(all in prop::collection::vec(0u64..40, 0..60), some in prop::collection::vec(0u64..40, 0..60)) {
            let entries = |keys: &[u64], doc| {
                let mut entries: Vec<Entry> = keys.iter().map(|key| Entry::new(key << Context::BITS, doc)).collect();
                entries.sort_unstable();
                entries
            };
            let (mut got, some) = (entries(&all, 1), entries(&some, 2));
            let mut want = [got.clone(), some.clone()].concat();
            want.sort_unstable();
            merge(&mut got, &some);
            prop_assert_eq!(got, want);
        }

        #[test]
        fn partitions_filter_and_spill_lose_no_shared_key(
            rows in prop::collection::vec((0u64..200, 0u32..20, 0u32..50), 0..300),
            limit in 0u64..8000,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut all: Vec<Entry> = rows
                .into_iter()
                .map(|(hash, doc, at)| {
                    let context = Context::unpack(hash * 7 + u64::from(doc));
                    Entry::shingle(&Fingerprint { hash: hash << Context::BITS, at, context }, doc)
                })
                .collect();
            let mut entries = Entries::new(limit, folder.path());
            for entry in &all {
                entries.push(*entry).unwrap();
            }
            all.retain(|entry| entry.doc != 3);
            all.sort_unstable();
            let mut want: Vec<Vec<Entry>> = shared(&all).map(<[Entry]>::to_vec).collect();
            let mut got: Vec<Vec<Entry>> = Vec::new();
            let entries = entries.settle(&folder.path().join("sorted"), "").unwrap();
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
