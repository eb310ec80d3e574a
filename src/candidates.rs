//! Which documents are worth comparing: those that share keys (fingerprints, sketch bands, blocks of the SimHash).

use crate::error::Result;
use crate::join;
use crate::library::{BLOCKED, LIKE, Library};
use crate::sketch;
use rayon::prelude::*;
use std::hash::Hasher;

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
/// Survivors remembered for one shared key; a key that more of them hold says nothing about any one.
const MAX_HOLDERS: usize = 64;

/// Which keys documents share: groups with at least two holders, and the groups of each document.
pub struct Shared {
    /// What is asked of every holder, close together: by representative.
    outlines: Vec<Outline>,
    /// How many documents hold each group's key.
    sizes: Vec<u32>,
    starts: Vec<u32>,
    of_doc: Vec<u32>,
    /// Groups below this number are of fingerprints, the others of bands and SimHash blocks.
    print_groups: u32,
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
    /// By representative: twice the fingerprints shared, and one more for a band.
    counts: Vec<u32>,
    met: Vec<u32>,
}

fn count(holders: &[u32], is_print: bool, counts: &mut [u32], met: &mut Vec<u32>) {
    for holder in holders {
        let count = &mut counts[*holder as usize];
        if *count == 0 {
            met.push(*holder);
        }
        *count = if is_print { *count + 2 } else { *count | 1 };
    }
}

impl Shared {
    /// Groups the keys of the representatives.
    pub fn new(library: &Library, representatives: &[u32]) -> Result<Self> {
        let ranks = ranks(library, representatives);
        let mut sizes = Vec::new();
        let mut pairs: Vec<(u32, u32)> = Vec::new(); // document, group
        let mut print_groups = 0;
        for (entries, is_prints) in [(&library.prints, true), (&library.bands, false)] {
            // The parts side by side: the first holder and the size of each group, and the holders of all groups one
            // after the other.
            let parts: Vec<(Vec<[u32; 2]>, Vec<u32>)> = (0..join::PARTS)
                .into_par_iter()
                .map(|part| {
                    let sorted = entries.part(part, &ranks, join::of_several)?;
                    let (mut groups, mut holders) = (Vec::new(), Vec::new());
                    for same in join::shared(&sorted) {
                        let before = holders.len();
                        holders.extend(same.chunk_by(|a, b| a.doc == b.doc).map(|own| own[0].doc));
                        let own = &holders[before..];
                        groups.push([own.iter().copied().min().unwrap_or_default(), own.len() as u32]);
                    }
                    Ok((groups, holders))
                })
                .collect::<Result<_>>()?;
            // Numbered by their first holders: what two documents share lies side by side then, where the caches have it.
            let known = sizes.len();
            let mut next = vec![0u32; representatives.len() + 1];
            next[0] = known as u32;
            parts.iter().flat_map(|(groups, _)| groups).for_each(|[first, _]| next[*first as usize + 1] += 1);
            add_up(&mut next);
            sizes.resize(known + parts.iter().map(|(groups, _)| groups.len()).sum::<usize>(), 0);
            for (groups, holders) in parts {
                let mut holders = holders.into_iter();
                for [first, size] in groups {
                    let slot = &mut next[first as usize];
                    pairs.extend(holders.by_ref().take(size as usize).map(|doc| (doc, *slot)));
                    sizes[*slot as usize] = size;
                    *slot += 1;
                }
            }
            if is_prints {
                print_groups = sizes.len() as u32;
            }
        }
        let mut starts = vec![0u32; representatives.len() + 1];
        for (doc, _) in &pairs {
            starts[*doc as usize + 1] += 1;
        }
        add_up(&mut starts);
        let mut next = starts.clone();
        let mut of_doc = vec![0u32; pairs.len()];
        for (doc, group) in pairs {
            let slot = &mut next[doc as usize];
            of_doc[*slot as usize] = group;
            *slot += 1;
        }
        let outline = |doc: &u32| {
            library
                .card(*doc)
                .map_or_else(Outline::default, |card| Outline { symbols: card.symbols, prints: card.prints })
        };
        let outlines = representatives.iter().map(outline).collect();
        Ok(Self { outlines, sizes, starts, of_doc, print_groups })
    }

    /// The groups a representative is in.
    pub fn groups_of(&self, rank: u32) -> &[u32] {
        &self.of_doc[self.starts[rank as usize] as usize..self.starts[rank as usize + 1] as usize]
    }

    /// Holders of what a document shares, the most promising first.
    pub fn candidates<'h>(
        &self,
        hits: &mut Hits,
        rank: u32,
        holders: impl Fn(u32) -> [&'h [u32]; 2],
        library: &Library,
        representatives: &[u32],
    ) -> Vec<u32> {
        let Hits { counts, met } = hits;
        counts.resize(self.outlines.len(), 0);
        for group in self.groups_of(rank) {
            for holders in holders(*group) {
                count(holders, *group < self.print_groups, counts, met);
            }
        }
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

/// Makes each number the sum of those up to it.
fn add_up(numbers: &mut [u32]) {
    let mut sum = 0;
    for number in numbers {
        sum += *number;
        *number = sum;
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

/// The survivors that hold each shared key, up to [`MAX_HOLDERS`].
pub struct Holders {
    rooms: Vec<Room>,
    ranks: Vec<u32>,
    /// The first survivor of this block, and the groups that it has added to: a bit each, which the caches hold.
    block: u32,
    fresh: Vec<u64>,
}

/// Where the holders of a group stand; the room ends where the next one starts.
#[derive(Clone, Copy)]
struct Room {
    start: u32,
    filled: u32,
}

impl Holders {
    /// Room for the holders of all groups, none of them known yet.
    pub fn new(shared: &Shared) -> Self {
        let mut end = 0;
        let room = |size: &u32| {
            let start = end;
            end += (*size).min(MAX_HOLDERS as u32);
            Room { start, filled: 0 }
        };
        let rooms = shared.sizes.iter().chain([&0]).map(room).collect();
        let (ranks, fresh) = (vec![0; end as usize], vec![0; shared.sizes.len().div_ceil(64)]);
        Self { rooms, ranks, block: 0, fresh }
    }

    /// The survivors known to hold a group's key.
    pub fn of(&self, group: u32) -> &[u32] {
        let Room { start, filled } = self.rooms[group as usize];
        &self.ranks[start as usize..(start + filled) as usize]
    }

    /// Of the survivors known to hold a group's key, those of this block. They were added in their order.
    pub fn of_block(&self, group: u32) -> &[u32] {
        if self.fresh[group as usize / 64] >> (group % 64) & 1 == 0 {
            return &[];
        }
        let all = self.of(group);
        let new = all.iter().rev().take_while(|rank| **rank >= self.block).count();
        &all[all.len() - new..]
    }

    /// From now on the survivors from `rank` on are those of the block.
    pub fn begin_block(&mut self, rank: u32) {
        self.block = rank;
        self.fresh.fill(0);
    }

    /// Adds a survivor that holds a group's key; false where there is no room.
    pub fn add(&mut self, group: u32, rank: u32) -> bool {
        self.fresh[group as usize / 64] |= 1 << (group % 64);
        let end = self.rooms[group as usize + 1].start;
        let Room { start, filled } = &mut self.rooms[group as usize];
        let place = *start + *filled;
        if place == end {
            return false;
        }
        self.ranks[place as usize] = rank;
        *filled += 1;
        true
    }
}

/// Hashes small numbers that nobody chooses: those of documents and groups.
#[derive(Default)]
pub struct Spread(u64);

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
