//! Sorted entries in files, and what joins those of earlier runs with what came since.

use super::{Entry, PARTS, SIZE, of_several, of_two};
use crate::error::Result;
use crate::hardlink;
use crate::state::sealed::{BLOCK, Parts, Writer};
use bytemuck::Zeroable;
use std::path::Path;
use std::sync::Arc;

/// Gives entries the numbers that their documents have now. The numbers of documents that stay ascend in all runs, so
/// what was sorted is.
fn rename(entries: &mut Vec<Entry>, fates: &[Fate], lost: &mut Vec<u64>) {
    entries.retain_mut(|entry| match fates.get(entry.doc as usize) {
        Some(Fate::Stays(doc)) => {
            entry.doc = *doc;
            true
        }
        Some(Fate::Goes) => {
            lost.push(entry.key());
            false
        }
        Some(Fate::Gone) | None => false,
    });
}

/// Merges what is sorted into what is sorted, from behind: there is no second copy of the many.
pub(super) fn merge(all: &mut Vec<Entry>, some: &[Entry]) {
    let mut left = all.len();
    let mut end = left + some.len();
    all.resize(end, Entry::zeroed());
    for entry in some.iter().rev() {
        // The place is mostly near: in steps that double it is found with fewer looks than by halves.
        let mut step = 1;
        while step < left && all[left - step] > *entry {
            step *= 2;
        }
        let from = left.saturating_sub(step);
        let stay = from + all[from..left].partition_point(|other| other <= entry);
        let moved = left - stay;
        all.copy_within(stay..left, end - moved);
        (left, end) = (stay, end - moved - 1);
        all[end] = *entry;
    }
}

/// What has become of a document of an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is the same, and has this number now.
    Stays(u32),
    /// The last run had it, and now it is gone or another.
    Goes,
    /// It went before the last run.
    Gone,
}

/// The sorted entries of earlier runs.
#[derive(Debug)]
pub struct Past {
    /// Those of the run that last wrote all of them.
    pub base: Level,
    /// Those that came since.
    pub since: Level,
}

/// Of a part what is written, what documents may share, and the keys of documents that are gone.
pub(super) type Settled = (Vec<Entry>, Vec<Entry>, Vec<u64>);

impl Past {
    /// What came since the whole was written, sorted.
    fn come_since(&self, part: usize, fresh: &[Entry], lost: &mut Vec<u64>) -> Result<Vec<Entry>> {
        let mut new = self.since.part(part, fresh.len())?;
        rename(&mut new, &self.since.fates, lost);
        merge(&mut new, fresh);
        Ok(new)
    }

    /// All entries become one again.
    pub(super) fn with(&self, part: usize, fresh: Vec<Entry>) -> Result<Settled> {
        let mut lost = Vec::new();
        let new = self.come_since(part, &fresh, &mut lost)?;
        let mut all = self.base.part(part, new.len())?;
        rename(&mut all, &self.base.fates, &mut lost);
        merge(&mut all, &new);
        lost.sort_unstable();
        lost.dedup();
        let shared = of_two(&all, &lost);
        Ok((all, shared, lost))
    }

    /// Only what came since is written. Of the whole most keys stand alone: they are looked at where they were read, and
    /// neither numbered anew nor moved, which would take a tenth of a night. `goes` says whether a document of it goes.
    pub(super) fn beside(&self, part: usize, fresh: Vec<Entry>, goes: bool) -> Result<Settled> {
        let mut lost = Vec::new();
        let new = self.come_since(part, &fresh, &mut lost)?;
        lost.sort_unstable();
        lost.dedup();
        let mut company = Company { new: &new, lost: &lost, shared: Vec::new() };
        let fates = &self.base.fates;
        let (mut lost_here, mut group) = (Vec::new(), Vec::new());
        self.base.pieces(part, |entries| {
            let mut at = 0;
            let mut watched = company.next_key();
            while let Some(first) = entries.get(at) {
                let key = first.key();
                // Most keys stand alone and are nobody else's: over them this loop runs.
                if key < watched && !goes && entries.get(at + 1).is_some_and(|next| next.key() != key) {
                    at += 1;
                    continue;
                }
                let count = 1 + entries[at + 1..].iter().take_while(|entry| entry.key() == key).count();
                let own = &entries[at..at + count];
                at += count;
                let unknown = key < watched;
                if unknown && !(goes && own.iter().any(|entry| fates.get(entry.doc as usize) == Some(&Fate::Goes))) {
                    if count > 1 {
                        company.pass(own, fates);
                    }
                    continue;
                }
                let had = lost_here.len();
                group.clear();
                group.extend_from_slice(own);
                rename(&mut group, fates, &mut lost_here);
                company.meet(key, &group, lost_here.len() > had);
                watched = company.next_key();
            }
        })?;
        company.rest(u64::MAX);
        let shared = company.shared;
        lost.append(&mut lost_here);
        lost.sort_unstable();
        lost.dedup();
        Ok((new, shared, lost))
    }
}

/// Brings what came since together with groups of the whole, which come in the order of their keys.
struct Company<'n> {
    new: &'n [Entry],
    /// Keys of documents that are gone.
    lost: &'n [u64],
    shared: Vec<Entry>,
}

impl Company<'_> {
    /// The next key that something is known of.
    fn next_key(&self) -> u64 {
        let new = self.new.first().map_or(u64::MAX, Entry::key);
        self.lost.first().map_or(new, |lost| new.min(*lost))
    }

    /// Adds the groups before a key of which the whole has nothing.
    fn rest(&mut self, before: u64) {
        while let Some(key) = self.new.first().map(Entry::key).filter(|key| *key < before) {
            self.meet(key, &[], false);
        }
    }

    /// Adds the group of a key of which nothing came and nothing went: most do, and need neither merging nor sorting.
    fn pass(&mut self, old: &[Entry], fates: &[Fate]) {
        let start = self.shared.len();
        self.shared.reserve(old.len());
        for entry in old {
            if let Some(Fate::Stays(doc)) = fates.get(entry.doc as usize) {
                self.shared.push(Entry { doc: *doc, ..*entry });
            }
        }
        if !of_several(&self.shared[start..]) {
            self.shared.truncate(start);
        }
    }

    /// Adds the group of a key: what the whole has of it, and what came since.
    fn meet(&mut self, key: u64, old: &[Entry], lost: bool) {
        if self.new.first().is_some_and(|new| new.key() < key) {
            self.rest(key);
        }
        let (new, after) = self.new.split_at(self.new.iter().take_while(|entry| entry.key() == key).count());
        self.new = after;
        self.lost = &self.lost[self.lost.partition_point(|lost| *lost < key)..];
        let lost = lost || self.lost.first() == Some(&key);
        let start = self.shared.len();
        self.shared.extend_from_slice(old);
        self.shared.extend_from_slice(new);
        let group = &mut self.shared[start..];
        group.sort_unstable();
        if !of_several(group) && !lost {
            self.shared.truncate(start);
        }
    }
}

/// The sorted entries of a file.
#[derive(Debug)]
pub struct Level {
    file: Parts,
    bounds: Vec<u64>,
    /// By the document numbers that the file has.
    pub fates: Arc<[Fate]>,
}

impl Level {
    /// The entries in `file`, of which each part ends at the bound that was given with them; none where the two do not
    /// fit.
    pub fn new(file: Parts, bounds: Vec<u64>) -> Option<Self> {
        let fit = bounds.len() == PARTS + 1
            && bounds.is_sorted()
            && bounds.last().and_then(|end| end.checked_mul(SIZE as u64)) == Some(file.length() as u64);
        fit.then_some(Self { file, bounds, fates: Arc::default() })
    }

    pub(super) fn len(&self) -> u64 {
        self.bounds.last().copied().unwrap_or_default()
    }

    /// The entries of a part, with room for some more.
    fn part(&self, part: usize, more: usize) -> Result<Vec<Entry>> {
        let Some((from, to)) = self.bounds.get(part).zip(self.bounds.get(part + 1)) else { return Ok(Vec::new()) };
        let length = to.saturating_sub(*from) as usize;
        let mut entries: Vec<Entry> = bytemuck::zeroed_vec(length + more);
        entries.truncate(length);
        self.file.read_into(*from as usize * SIZE, bytemuck::cast_slice_mut(&mut entries))?;
        Ok(entries)
    }

    /// Hands on the entries of a part piece by piece, whole groups of equal keys.
    fn pieces(&self, part: usize, mut take: impl FnMut(&[Entry])) -> Result<()> {
        let Some((from, to)) = self.bounds.get(part).zip(self.bounds.get(part + 1)) else { return Ok(()) };
        let (mut at, to) = (*from as usize, *to as usize);
        let mut room: Vec<Entry> = Vec::new();
        while at < to {
            let end = ((at / PIECE + 1) * PIECE).min(to);
            let held = room.len();
            room.resize(held + (end - at), Entry::zeroed());
            self.file.read_into(at * SIZE, bytemuck::cast_slice_mut(&mut room[held..]))?;
            at = end;
            // The last group may go on.
            let last = room.last().map(Entry::key).filter(|_| at < to);
            let open = room.iter().rev().take_while(|entry| Some(entry.key()) == last).count();
            let whole = room.len() - open;
            take(&room[..whole]);
            room.drain(..whole);
        }
        Ok(())
    }

    /// Gives the file a second name.
    pub(super) fn stay(self, path: &Path) -> Result<Frame> {
        hardlink::or_copy(self.file.path(), path)?;
        Ok(Frame { seal: self.file.seal, bounds: self.bounds })
    }
}

/// Entries that are read together: some blocks of the file, each of which is checked once so; few enough for a cache.
const PIECE: usize = if cfg!(test) { 3 } else { 4 * BLOCK / SIZE };

/// By what a file of sorted entries is known again.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// The seal of the file.
    pub seal: u64,
    /// Where its parts begin, and where the last one ends.
    pub bounds: Vec<u64>,
}

pub(super) struct LevelWriter {
    writer: Writer,
    bounds: Vec<u64>,
    end: u64,
}

impl LevelWriter {
    pub(super) fn create(path: &Path, fingerprint: &str) -> Result<Self> {
        Ok(Self { writer: Writer::create(path, fingerprint)?, bounds: vec![0], end: 0 })
    }

    pub(super) fn part(&mut self, entries: &[Entry]) -> Result<()> {
        self.writer.append(bytemuck::cast_slice(entries))?;
        self.end += entries.len() as u64;
        self.bounds.push(self.end);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Frame> {
        Ok(Frame { seal: self.writer.finish()?, bounds: self.bounds })
    }
}
