//! Brings equal things of different documents together: fingerprints, sketch bands, blocks of SimHashes.
//!
//! A join is a sort over (key, document, position), partitioned by the key so that a part fits the caches and the
//! memory budget: entries beyond the budget wait in scratch files without a name. No key is too common to be joined.

mod levels;
mod waiting;

pub use levels::{Fate, Frame, Level, Past};

use crate::error::{Error, Result};
use crate::fingerprint::{Context, Fingerprint};
use bytemuck::{Pod, Zeroable};
use levels::{LevelWriter, Settled};
use rayon::prelude::*;
use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use waiting::Waiting;

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

    /// The partition of the key. Keys are hashes: any six bits will do. The multiplication spreads those that are not.
    fn part(&self) -> usize {
        (self.key().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - PARTS.ilog2())) as usize
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

/// Entries on their way to a join.
pub struct Entries {
    waiting: Waiting,
    /// Entries that may be held in memory.
    limit: usize,
    near: PathBuf,
    past: Option<Past>,
}

impl Entries {
    /// Holds up to `limit` bytes in memory, the rest in a file beside `near`.
    pub fn new(limit: u64, near: &Path) -> Self {
        Self { waiting: Waiting::new(limit, near), limit: limit as usize / SIZE, near: near.to_owned(), past: None }
    }

    /// Adds an entry.
    pub fn push(&mut self, entry: Entry) -> Result<()> {
        self.waiting.push(entry)
    }

    /// Takes over the entries of earlier runs.
    pub fn take_over(&mut self, past: Past) {
        self.past = Some(past);
    }

    /// Whether so much came since the entries were written whole that they should be again; so, too, where there are none.
    pub fn outgrown(&self) -> bool {
        self.past.as_ref().is_none_or(|past| {
            let since = past.since.len() + self.waiting.added();
            since.saturating_mul(GROWTH) > past.base.len()
        })
    }

    /// Sorts all entries into files of `folder`: `whole` into one; otherwise the one of the earlier runs is taken over as it
    /// stands, and what came since is written beside it.
    pub fn settle(mut self, folder: &Path, name: &str, fingerprint: &str, whole: bool) -> Result<Sorted> {
        let path = folder.join(name);
        let mut base = if whole { Some(LevelWriter::create(&path, fingerprint)?) } else { None };
        let mut since = LevelWriter::create(&folder.join(since_name(name)), fingerprint)?;
        let (mut shared, mut gone) = (Groups::new(&self.near), Vec::new());
        let past = self.past.take();
        let goes = past.as_ref().is_some_and(|past| past.base.fates.contains(&Fate::Goes));
        self.waiting.seal()?;
        let together = (self.limit / 2 / self.waiting.largest().max(1)).clamp(1, TOGETHER);
        // Parts that were written lend their memory to the next: given back and asked for anew, it lies idle for a while and
        // every page of it is cleared.
        let spare: Mutex<Vec<Vec<Entry>>> = Mutex::default();
        let spare = || spare.lock().unwrap_or_else(PoisonError::into_inner);
        let sort = |number: usize| -> Result<Settled> {
            let mut fresh = self.waiting.part(number, spare().pop().unwrap_or_default())?;
            fresh.par_sort_unstable();
            let Some(past) = &past else {
                let shared = of_two(&fresh, &[]);
                return Ok((fresh, shared, Vec::new()));
            };
            if whole { past.with(number, fresh) } else { past.beside(number, fresh, goes) }
        };
        let mut write = |sorted: Vec<Settled>| -> Result<()> {
            for (entries, some, lost) in sorted {
                match &mut base {
                    Some(base) => (base.part(&entries)?, since.part(&[])?),
                    None => ((), since.part(&entries)?),
                };
                spare().push(entries);
                shared.push(some, self.limit)?;
                gone.push(lost);
            }
            Ok(())
        };
        let mut sorted = Vec::new();
        for first in (0..PARTS).step_by(together) {
            let (next, written) = rayon::join(
                || (first..PARTS.min(first + together)).into_par_iter().map(sort).collect::<Result<_>>(),
                || write(std::mem::take(&mut sorted)),
            );
            written?;
            sorted = next?;
        }
        write(sorted)?;
        let base = match (base, past) {
            (Some(base), _) => base.finish()?,
            (None, Some(past)) => past.base.stay(&path)?,
            (None, None) => Frame::default(),
        };
        Ok(Sorted { shared, frames: [base, since.finish()?], gone })
    }
}

/// How many times more stands in the whole file than may have come since. An eighth more is little to read, and a corpus
/// that grows by a hundredth a night is written whole every twelfth.
pub const GROWTH: u64 = 8;

/// The name of what came since a file was written whole.
pub fn since_name(name: &str) -> String {
    format!("{name}-since")
}

/// The entries whose keys stand in two documents, or in one and in one that is gone. Most stand in one: what looks for
/// company, a few times a run, need not read them again.
fn of_two(sorted: &[Entry], lost: &[u64]) -> Vec<Entry> {
    let mut lost = lost.iter().peekable();
    let mut out = Vec::new();
    for group in sorted.chunk_by(|a, b| a.key() == b.key()) {
        let key = group[0].key();
        while lost.next_if(|lost| **lost < key).is_some() {}
        if of_several(group) || lost.peek() == Some(&&key) {
            out.extend_from_slice(group);
        }
    }
    out
}

/// Parts sorted side by side, while as many are written that were, where the limit allows.
const TOGETHER: usize = 4;

/// Bytes of an entry.
const SIZE: usize = size_of::<Entry>();

/// All entries, sorted, in files; those that documents may share once more, in memory as far as they fit.
#[derive(Debug)]
pub struct Sorted {
    /// Those that documents may share.
    shared: Groups,
    /// The whole, and what came since.
    pub frames: [Frame; 2],
    gone: Vec<Vec<u64>>,
}

impl Sorted {
    /// Keys of a part that documents had which are gone or changed since the earlier run, ascending.
    pub fn gone(&self, part: usize) -> &[u64] {
        self.gone.get(part).map_or(&[], Vec::as_slice)
    }

    /// Hands on the entries of one part whose keys stand in two documents, or in one and in one that is gone: those of
    /// one key after those of another, in the order of the keys, and those of a document side by side.
    pub fn groups(&self, part: usize, take: impl FnMut(&[Entry])) -> Result<()> {
        self.shared.part(part)?.chunk_by(|a, b| a.key() == b.key()).for_each(take);
        Ok(())
    }

    /// The same entries, of the groups that are `wanted`, which is asked with the numbers of the corpus. `numbers` has each
    /// document's number in the join; those without are left out. Whoever needs the order of documents sorts the groups he
    /// looks at.
    pub fn part(&self, part: usize, numbers: &[Option<u32>], wanted: impl Fn(&[Entry]) -> bool) -> Result<Vec<Entry>> {
        let mut kept = Vec::new();
        self.groups(part, |group| {
            if wanted(group) {
                kept.extend(
                    group.iter().filter_map(|entry| Some(Entry { doc: numbers[entry.doc as usize]?, ..*entry })),
                );
            }
        })?;
        Ok(kept)
    }
}

/// The entries that documents may share, part by part: in memory up to the limit of the join, from there on in a scratch
/// file without a name. They are looked through three times.
#[derive(Debug)]
struct Groups {
    parts: Vec<Held>,
    held: usize,
    file: Option<File>,
    end: usize,
    near: PathBuf,
}

#[derive(Debug)]
enum Held {
    Memory(Vec<Entry>),
    /// In entries of the scratch file.
    File(Range<usize>),
}

impl Groups {
    fn new(near: &Path) -> Self {
        Self { parts: Vec::new(), held: 0, file: None, end: 0, near: near.to_owned() }
    }

    /// Adds the next part; at most `limit` entries stay in memory.
    fn push(&mut self, mut part: Vec<Entry>, limit: usize) -> Result<()> {
        if self.held + part.len() <= limit {
            self.held += part.len();
            part.shrink_to_fit();
            self.parts.push(Held::Memory(part));
            return Ok(());
        }
        let fail = Error::io(STAGE, &self.near);
        let mut write = || {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(tempfile::tempfile_in(&self.near)?),
            };
            file.write_all(bytemuck::cast_slice(&part))
        };
        write().map_err(fail)?;
        let start = self.end;
        self.end += part.len();
        self.parts.push(Held::File(start..self.end));
        Ok(())
    }

    fn part(&self, number: usize) -> Result<Cow<'_, [Entry]>> {
        match (self.parts.get(number), &self.file) {
            (Some(Held::Memory(entries)), _) => Ok(Cow::Borrowed(entries)),
            (Some(Held::File(span)), Some(file)) => {
                let mut entries: Vec<Entry> = bytemuck::zeroed_vec(span.len());
                file.read_exact_at(bytemuck::cast_slice_mut(&mut entries), (span.start * SIZE) as u64)
                    .map_err(Error::io(STAGE, &self.near))?;
                Ok(Cow::Owned(entries))
            }
            _ => Ok(Cow::Borrowed(&[])),
        }
    }
}

/// Whether entries of which those of a document stand side by side are of several documents.
pub fn of_several(same: &[Entry]) -> bool {
    same.first().map(|entry| entry.doc) != same.last().map(|entry| entry.doc)
}

#[cfg(test)]
mod tests {
    use super::levels::merge;
    use super::*;
    use crate::state::sealed::Parts;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Runs of entries with one key that stand in at least two documents.
    fn shared(sorted: &[Entry]) -> impl Iterator<Item = &[Entry]> {
        sorted.chunk_by(|a, b| a.key() == b.key()).filter(|same| of_several(same))
    }

    /// Each document keeps its number, but one is left out.
    fn all_but(gone: Option<u32>) -> Vec<Option<u32>> {
        (0..1000).map(|doc| Some(doc).filter(|_| Some(doc) != gone)).collect()
    }

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
            let entries = entries.settle(folder.path(), "sorted", "", true).unwrap();
            for part in 0..PARTS {
                let mut sorted = entries.part(part, &all_but(Some(3)), |_| true).unwrap();
                sorted.sort_unstable();
                got.extend(shared(&sorted).map(<[Entry]>::to_vec));
            }
            want.sort();
            got.sort();
            prop_assert_eq!(got, want);
        }

        #[test]
        fn nights_upon_a_base_join_as_one_run_would(
            nights in prop::collection::vec((prop::collection::vec((0u32..12, 0u64..30), 0..12), any::<bool>()), 1..6),
        ) {
            // Documents by name, each with its keys and the night that brought it; a document that comes again is another.
            let mut live: BTreeMap<u32, (Vec<u64>, usize)> = BTreeMap::new();
            let mut last: Vec<(u32, usize)> = Vec::new();
            let mut base: Vec<Option<(u32, usize)>> = Vec::new();
            let mut files: Option<(tempfile::TempDir, [Frame; 2])> = None;
            for (night, (changes, whole)) in nights.into_iter().enumerate() {
                let mut lost: Vec<u64> = Vec::new();
                for (name, key) in changes {
                    let keys = match key % 3 {
                        0 => live.remove(&name),
                        _ => live.insert(name, (vec![key, key / 2, key + 1], night)),
                    };
                    if let Some((keys, brought)) = keys && brought < night {
                        lost.extend(keys);
                    }
                }
                let folder = tempfile::tempdir().unwrap();
                let mut entries = Entries::new(1 << 20, folder.path());
                let now: Vec<(u32, usize)> = live.iter().map(|(name, (_, brought))| (*name, *brought)).collect();
                let number = |doc: &(u32, usize)| now.iter().position(|other| other == doc).map(|at| at as u32);
                for (doc, (keys, _)) in live.values().enumerate().filter(|(_, (_, brought))| *brought == night) {
                    for key in keys {
                        entries.push(Entry::new(key << Context::BITS, doc as u32)).unwrap();
                    }
                }
                let whole = whole || files.is_none();
                if let Some((old, [whole, since])) = &files {
                    let level = |name: &str, frame: &Frame| {
                        Level::new(Parts::open(&old.path().join(name)).unwrap(), frame.bounds.clone()).unwrap()
                    };
                    let mut past = Past { base: level("keys", whole), since: level(&since_name("keys"), since) };
                    let fate = |doc: &(u32, usize)| number(doc).map_or(Fate::Goes, Fate::Stays);
                    past.since.fates = last.iter().map(fate).collect();
                    past.base.fates = base.iter().map(|doc| doc.as_ref().map_or(Fate::Gone, fate)).collect();
                    entries.take_over(past);
                }
                if whole {
                    base = now.iter().copied().map(Some).collect();
                } else {
                    base.iter_mut().for_each(|doc| *doc = doc.filter(|doc| number(doc).is_some()));
                }
                let sorted = entries.settle(folder.path(), "keys", "", whole).unwrap();
                let mut want: Vec<(u64, u32)> = (0u32..)
                    .zip(live.values())
                    .flat_map(|(doc, (keys, _))| keys.iter().map(move |key| (*key, doc)))
                    .collect();
                want.sort_unstable();
                let of = |key: u64| want.iter().filter(move |entry| entry.0 == key).map(|entry| entry.1);
                let shared = |key: &u64| lost.contains(key) || of(*key).min() != of(*key).max();
                let mut got = Vec::new();
                for part in 0..PARTS {
                    got.extend(sorted.part(part, &all_but(None), |_| true).unwrap().iter().map(|entry| (entry.key(), entry.doc)));
                    let (gone, keys) = (sorted.gone(part), sorted.part(part, &all_but(None), |_| true).unwrap());
                    prop_assert!(gone.is_sorted() && gone.iter().all(|key| lost.contains(key)));
                    prop_assert!(keys.iter().all(|entry| gone.contains(&entry.key()) == lost.contains(&entry.key())));
                }
                got.sort_unstable();
                let want: Vec<(u64, u32)> = want.iter().copied().filter(|(key, _)| shared(key)).collect();
                prop_assert_eq!(got, want);
                files = Some((folder, sorted.frames));
                last = now;
            }
        }
    }
}
