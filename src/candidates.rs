//! Which documents are worth comparing: those that share keys (fingerprints, sketch bands, blocks of the SimHash).

use crate::error::Result;
use crate::join;
use crate::library::{BLOCKED, LIKE, Library};
use crate::sketch;
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Share of fingerprints, or estimated Jaccard similarity, from which a candidate is compared.
const PLAUSIBLE: f64 = 0.10;
/// Candidates of about its own size compared for one document, the most promising ones.
const MAX_LIKE: usize = 16;
/// Candidates of another size: a daily item shares its fixed phrases with the broadcasts of a whole month, and only
/// the comparison tells which one holds it.
const MAX_UNLIKE: usize = 48;
const _: () = assert!(
    BLOCKED as f64 * LIKE >= (sketch::MIN_SHINGLES + sketch::SHINGLE - 1) as f64,
    "a text without a sketch meets all that are like it"
);
/// Survivors remembered for one shared key; a key that more of them hold says nothing about any one. A group of more
/// documents is a crowd.
const MAX_HOLDERS: usize = 64;

/// Lists of numbers, one after the other.
struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// What belongs to each number below `count`, in the order of `pairs`, which are asked for twice.
    fn of_pairs<P: Iterator<Item = (u32, u32)>>(count: usize, pairs: impl Fn() -> P) -> Self {
        let mut next = vec![0u32; count + 1];
        pairs().for_each(|(at, _)| next[at as usize + 1] += 1);
        add_up(&mut next);
        let starts = next.clone();
        let mut items = vec![0; starts[count] as usize];
        for (at, item) in pairs() {
            let slot = &mut next[at as usize];
            items[*slot as usize] = item;
            *slot += 1;
        }
        Self { starts, items }
    }

    fn count(&self) -> usize {
        self.starts.len() - 1
    }

    fn of(&self, at: u32) -> &[u32] {
        &self.items[self.starts[at as usize] as usize..self.starts[at as usize + 1] as usize]
    }
}

/// Makes each number the sum of those up to it.
fn add_up(numbers: &mut [u32]) {
    let mut sum = 0;
    for number in numbers {
        sum += *number;
        *number = sum;
    }
}

/// Which keys documents share: groups with at least two holders, and the groups of each document. Documents go by their
/// rank among the representatives, best survivor first.
pub struct Shared {
    /// What is asked of every holder, close together.
    outlines: Vec<Outline>,
    /// The holders of each group, ascending.
    holders: Lists,
    /// Groups below this number are of fingerprints, the others of bands and SimHash blocks.
    print_groups: u32,
    /// The groups of each document which a better one holds, too, and which are no crowds.
    groups: Lists,
    /// The groups of each document that have more than [`MAX_HOLDERS`].
    crowds: Lists,
}

#[derive(Clone, Copy, Default)]
struct Outline {
    symbols: u32,
    prints: u32,
}

/// What one document shares with others, counted. The room, 4 bytes for each representative, serves one document after
/// another: filling a hash table for each was a tenth of a night.
#[derive(Default)]
pub struct Hits {
    /// By rank: twice the fingerprints shared, and one more for a band.
    counts: Vec<u32>,
    met: Vec<u32>,
}

/// What a document shares with one that is better.
#[derive(Clone, Copy)]
pub struct Near {
    /// The rank of the other.
    pub holder: u32,
    /// As in [`Hits`].
    count: u32,
}

impl Hits {
    fn count(&mut self, holder: u32, is_print: bool) {
        let count = &mut self.counts[holder as usize];
        if *count == 0 {
            self.met.push(holder);
        }
        *count = if is_print { *count + 2 } else { *count | 1 };
    }
}

/// The groups of one part of a join: the first holder and the size of each, and the holders of all.
type Grouped = (Vec<[u32; 2]>, Vec<u32>);

impl Shared {
    /// Groups the keys of the representatives.
    pub fn new(library: &Library, representatives: &[u32]) -> Result<Self> {
        let ranks = ranks(library, representatives);
        let mut holders = Lists { starts: vec![0], items: Vec::new() };
        let mut print_groups = 0;
        for (entries, is_prints) in [(&library.prints, true), (&library.bands, false)] {
            let parts: Vec<Grouped> = (0..join::PARTS)
                .into_par_iter()
                .map(|part| {
                    let (mut groups, mut holders) = (Vec::new(), Vec::new());
                    entries.groups(part, |group| {
                        let before = holders.len();
                        for entry in group {
                            // The entries of a document stand side by side.
                            if let Some(rank) = ranks[entry.doc as usize]
                                && holders[before..].last() != Some(&rank)
                            {
                                holders.push(rank);
                            }
                        }
                        let own = &mut holders[before..];
                        if own.len() < 2 {
                            holders.truncate(before);
                            return;
                        }
                        own.sort_unstable();
                        groups.push([own[0], own.len() as u32]);
                    })?;
                    Ok((groups, holders))
                })
                .collect::<Result<_>>()?;
            number(&mut holders, &parts, representatives.len());
            if is_prints {
                print_groups = holders.count() as u32;
            }
        }
        let outline = |doc: &u32| {
            library
                .card(*doc)
                .map_or_else(Outline::default, |card| Outline { symbols: card.symbols, prints: card.prints })
        };
        let all = || (0..holders.count() as u32).map(|group| (group, holders.of(group)));
        let crowded = |own: &[u32]| own.len() > MAX_HOLDERS;
        let later = || {
            let small = all().filter(|(_, own)| !crowded(own));
            small.flat_map(|(group, own)| own[1..].iter().map(move |rank| (*rank, group)))
        };
        let each = || {
            let large = all().filter(|(_, own)| crowded(own));
            large.flat_map(|(group, own)| own.iter().map(move |rank| (*rank, group)))
        };
        Ok(Self {
            outlines: representatives.iter().map(outline).collect(),
            groups: Lists::of_pairs(representatives.len(), later),
            crowds: Lists::of_pairs(representatives.len(), each),
            holders,
            print_groups,
        })
    }

    /// Counts what a document shares with the survivors below `start`, and gives what it shares with the better documents
    /// from there on, of which it is not known yet whether they survive.
    pub fn meet(&self, hits: &mut Hits, rank: u32, start: u32, survivors: &Survivors) -> Vec<Near> {
        hits.counts.resize(self.outlines.len(), 0);
        for group in self.groups.of(rank) {
            let is_print = *group < self.print_groups;
            for holder in self.holders.of(*group).iter().take_while(|holder| **holder < rank) {
                if *holder >= start || survivors.stays[*holder as usize] {
                    hits.count(*holder, is_print);
                }
            }
        }
        for group in self.crowds.of(rank) {
            let is_print = *group < self.print_groups;
            survivors.of_crowd(*group).iter().for_each(|holder| hits.count(*holder, is_print));
            self.between(*group, start, rank).for_each(|holder| hits.count(holder, is_print));
        }
        let Hits { counts, met } = hits;
        let mut near = Vec::new();
        met.retain(|holder| {
            let is_near = *holder >= start;
            if is_near {
                near.push(Near { holder: *holder, count: std::mem::take(&mut counts[*holder as usize]) });
            }
            !is_near
        });
        near
    }

    /// Counts what a document shares with those near it that turned out to survive.
    pub fn meet_near(&self, hits: &mut Hits, near: &[Near], survivors: &Survivors) {
        hits.counts.resize(self.outlines.len(), 0);
        for Near { holder, count } in near.iter().filter(|near| survivors.stays[near.holder as usize]) {
            hits.counts[*holder as usize] = *count;
            hits.met.push(*holder);
        }
    }

    fn between(&self, group: u32, start: u32, end: u32) -> impl Iterator<Item = u32> {
        let all = self.holders.of(group);
        let from = all.partition_point(|holder| *holder < start);
        all[from..].iter().copied().take_while(move |holder| *holder < end)
    }

    /// Of the survivors counted the promising ones, most promising first. The counts are empty again then.
    pub fn candidates(&self, hits: &mut Hits, rank: u32, library: &Library, representatives: &[u32]) -> Vec<u32> {
        let Hits { counts, met } = hits;
        let outline = |rank: u32| self.outlines[rank as usize];
        let card = |rank: u32| library.card(representatives[rank as usize]);
        let own = outline(rank);
        let like = |other: u32| {
            let other = outline(other).symbols;
            f64::from(own.symbols.min(other)) >= LIKE * f64::from(own.symbols.max(other))
        };
        let mut scored: Vec<(u64, u32)> = met
            .drain(..)
            .filter_map(|other| {
                let count = std::mem::take(&mut counts[other as usize]);
                let (prints, banded) = (count / 2, count % 2 == 1);
                let mut score = f64::from(prints) / f64::from(own.prints.min(outline(other).prints).max(1));
                if banded {
                    let (own, card) = (card(rank)?, card(other)?);
                    if let (Some(x), Some(y)) = (&own.sketch, &card.sketch) {
                        score = score.max(x.estimate(y));
                    }
                    if let (Some(a), Some(b)) = (own.simhash, card.simhash)
                        && (own.sketch.is_none() || card.sketch.is_none())
                    {
                        score = score.max(1.0 - f64::from(sketch::simhash_distance(a, b)) / 32.0);
                    }
                }
                (score >= PLAUSIBLE).then_some(((score * 1e6) as u64, other))
            })
            .collect();
        scored.sort_unstable_by_key(|(score, other)| (std::cmp::Reverse(*score), *other));
        let (mut near, mut far) = (0, 0);
        scored.retain(|(_, other)| {
            let (count, most) = if like(*other) { (&mut near, MAX_LIKE) } else { (&mut far, MAX_UNLIKE) };
            *count += 1;
            *count <= most
        });
        scored.into_iter().map(|(_, other)| other).collect()
    }
}

/// Adds the groups of all parts to the lists of holders. They are numbered by their first holders: what two documents
/// share lies side by side then, where the caches have it.
fn number(holders: &mut Lists, parts: &[Grouped], documents: usize) {
    let known = holders.count();
    let groups = || parts.iter().flat_map(|(groups, _)| groups);
    let mut next = vec![0u32; documents + 1];
    next[0] = known as u32;
    groups().for_each(|[first, _]| next[*first as usize + 1] += 1);
    add_up(&mut next);
    let Lists { starts, items } = holders;
    starts.resize(known + 1 + groups().count(), 0);
    let place = |[first, size]: &[u32; 2]| {
        let slot = &mut next[*first as usize];
        *slot += 1;
        starts[*slot as usize] = *size;
        *slot
    };
    let numbers: Vec<u32> = groups().map(place).collect();
    add_up(&mut starts[known..]);
    items.resize(starts.last().map_or(0, |end| *end as usize), 0);
    let mut numbers = numbers.into_iter();
    for (groups, mut rest) in parts.iter().map(|(groups, all)| (groups, all.as_slice())) {
        for ([_, size], number) in groups.iter().zip(numbers.by_ref()) {
            let (own, after) = rest.split_at(*size as usize);
            let end = starts[number as usize] as usize;
            items[end - own.len()..end].copy_from_slice(own);
            rest = after;
        }
    }
}

/// The place of each document in `representatives`.
pub fn ranks(library: &Library, representatives: &[u32]) -> Vec<Option<u32>> {
    let mut ranks = vec![None; library.cards.len()];
    for (rank, doc) in representatives.iter().enumerate() {
        ranks[*doc as usize] = Some(rank as u32);
    }
    ranks
}

/// The survivors found so far.
pub struct Survivors {
    stays: Vec<bool>,
    /// Of each crowded group the first of them, up to [`MAX_HOLDERS`].
    crowds: HashMap<u32, Vec<u32>, BuildHasherDefault<Spread>>,
}

impl Survivors {
    /// None yet.
    pub fn new(shared: &Shared) -> Self {
        Self { stays: vec![false; shared.outlines.len()], crowds: HashMap::default() }
    }

    /// Says of one whether it survives.
    pub fn set(&mut self, rank: u32, survives: bool) {
        self.stays[rank as usize] = survives;
    }

    /// What was added of these ranks stands now below the start of what comes.
    pub fn settle(&mut self, shared: &Shared, ranks: &[u32]) {
        for rank in ranks.iter().filter(|rank| self.stays[**rank as usize]) {
            for group in shared.crowds.of(*rank) {
                let crowd = self.crowds.entry(*group).or_default();
                if crowd.len() < MAX_HOLDERS {
                    crowd.push(*rank);
                }
            }
        }
    }

    fn of_crowd(&self, group: u32) -> &[u32] {
        self.crowds.get(&group).map_or(&[], Vec::as_slice)
    }
}

/// Hashes small numbers that nobody chooses: those of documents and groups.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32((*byte).into());
        }
    }

    fn write_u32(&mut self, number: u32) {
        let spread = (self.0 ^ u64::from(number)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = spread ^ spread >> 32;
    }
}
