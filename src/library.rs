//! All documents as they are compared: what a cleaned text leaves in memory, and what waits in scratch files.

use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::join::{Entries, Entry, Fate, Past, Sorted};
use crate::key::Key;
use crate::sketch::{self, Sketch};
use crate::store::{Make, Store};
use std::path::Path;
use std::sync::Arc;

/// Lengths within this ratio are about the same; beyond it two texts cannot be copies.
pub const LIKE: f64 = 0.70;
/// Key symbols below which the shingle Jaccard similarity has a say: coverage alone is too kind to texts of a line or two.
pub const SHORT: usize = 100;
/// Key symbols below which blocks of the SimHash propose pairs: those of a text too short for a sketch, and half as much
/// again, since a copy may be longer. Where both have sketches these find what blocks find, while a block of 16 bits is
/// shared by chance among a hundred thousand texts.
pub const BLOCKED: usize = 54;

/// What a cleaned document leaves for the comparison with others.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Key stream of the cleaned text.
    pub key: Key,
    /// Winnowed fingerprints of the key.
    pub prints: Vec<Fingerprint>,
    /// What is kept in memory.
    pub card: Card,
}

/// The part of a profile that stays in memory: about 300 bytes.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// Sketch, for texts long enough.
    pub sketch: Option<Sketch>,
    /// SimHash, for texts with a shingle.
    pub simhash: Option<u64>,
    /// Hash of the key stream.
    pub key_hash: u128,
    /// Key symbols.
    pub symbols: u32,
    /// Numbers.
    pub numbers: u32,
    /// Fingerprints.
    pub prints: u32,
}

impl Profile {
    /// Profiles a key.
    pub fn new(key: Key, prints: Vec<Fingerprint>) -> Self {
        let card = Card {
            sketch: Sketch::of(&key.symbols),
            simhash: sketch::simhash(&key.symbols),
            key_hash: crate::fingerprint::key_hash(&key.symbols),
            symbols: key.symbols.len() as u32,
            numbers: key.numbers.len() as u32,
            prints: prints.len() as u32,
        };
        Self { key, prints, card }
    }
}

/// A document on its way into the library.
#[derive(Debug)]
pub enum Arrival {
    /// One that was refined in this run.
    Made(Profile),
    /// One that an earlier run knew by another number: its keys are in that run's state.
    Known(Card, u32),
}

/// All documents as they are compared, by document number.
pub struct Library<'t> {
    /// Cards; absent for documents that are in quarantine.
    pub cards: Vec<Option<Card>>,
    /// Key streams.
    pub keys: Store<'t>,
    /// Fingerprints.
    pub prints: Sorted,
    /// Sketch bands, and blocks of SimHashes of the shortest texts.
    pub bands: Sorted,
    /// The number of each document in the earlier run that knew it.
    pub before: Vec<Option<u32>>,
    /// The number that each document of the earlier run has now, where it is the same.
    pub now: Vec<Option<u32>>,
    /// The number that each document has now which had its keys written when all were, where it is the same.
    pub base: Vec<Option<u32>>,
}

/// The sorted keys of earlier runs.
#[derive(Debug)]
pub struct Keys {
    /// Fingerprints and bands.
    pub sorted: [Past; 2],
    /// The number in the last run of each document of the run that wrote all keys.
    pub base: Vec<Option<u32>>,
}

/// A library that is being filled.
pub struct Builder<'t> {
    cards: Vec<Option<Card>>,
    keys: Store<'t>,
    prints: Entries,
    bands: Entries,
    before: Vec<Option<u32>>,
    now: Vec<Option<u32>>,
}

/// Names of the sorted fingerprints and bands, below a folder.
pub const SORTED: [&str; 2] = ["prints", "bands"];

impl<'t> Builder<'t> {
    /// A library for documents of about `bytes` bytes, within `memory` bytes where that can be; what does not fit
    /// waits in scratch files beside `near`. The earlier run had `known` documents.
    pub fn new(bytes: u64, memory: u64, near: &Path, known: usize) -> Result<Self> {
        Ok(Self {
            cards: Vec::new(),
            keys: Store::new(bytes, memory / 3, near)?,
            prints: Entries::new(memory / 6, near),
            bands: Entries::new(memory / 24, near),
            before: Vec::new(),
            now: vec![None; known],
        })
    }

    /// Adds the next document.
    pub fn push(&mut self, arrival: Option<Arrival>) -> Result<()> {
        let doc = self.cards.len() as u32;
        let (key, prints, card) = match arrival {
            None => {
                self.cards.push(None);
                self.before.push(None);
                return self.keys.push(Key::default());
            }
            Some(Arrival::Known(card, before)) => {
                self.cards.push(Some(card));
                self.before.push(Some(before));
                if let Some(now) = self.now.get_mut(before as usize) {
                    *now = Some(doc);
                }
                return self.keys.push_late();
            }
            Some(Arrival::Made(Profile { key, prints, card })) => (key, prints, card),
        };
        for print in prints {
            self.prints.push(Entry::shingle(&print, doc))?;
        }
        if let Some(sketch) = &card.sketch {
            for key in bands(sketch, card.symbols as usize) {
                self.bands.push(Entry::new(key, doc))?;
            }
        }
        if (card.symbols as usize) < BLOCKED {
            for (block, hash) in (1u64..).zip(card.simhash.iter().flat_map(|hash| [hash, hash, hash, hash])) {
                let bits = *hash >> (16 * (block - 1)) & 0xFFFF;
                self.bands.push(Entry::new((bits | block << 16).wrapping_mul(0xD6E8_FEB8_6659_FD93), doc))?;
            }
        }
        self.cards.push(Some(card));
        self.before.push(None);
        self.keys.push(key)
    }

    /// Ends the adding. The sorted keys are written into `folder`, those of earlier runs among them.
    pub fn seal(mut self, folder: &Path, fingerprint: &str, past: Option<Keys>, make: Make<'t>) -> Result<Library<'t>> {
        let mut base = Vec::new();
        if let Some(past) = past {
            let fate = |last: u32| self.now.get(last as usize).copied().flatten().map_or(Fate::Goes, Fate::Stays);
            let since: Arc<[Fate]> = (0..self.now.len() as u32).map(fate).collect();
            let fates: Arc<[Fate]> = past.base.iter().map(|last| last.map_or(Fate::Gone, fate)).collect();
            base.extend(fates.iter().map(|fate| if let Fate::Stays(now) = fate { Some(*now) } else { None }));
            for (mut sorted, entries) in past.sorted.into_iter().zip([&mut self.prints, &mut self.bands]) {
                (sorted.base.fates, sorted.since.fates) = (fates.clone(), since.clone());
                entries.take_over(sorted);
            }
        }
        let whole = self.prints.outgrown();
        if whole {
            base = (0..self.cards.len() as u32).map(Some).collect();
        }
        let mut keys = self.keys.seal()?;
        keys.make_with(make);
        Ok(Library {
            cards: self.cards,
            keys,
            prints: self.prints.settle(folder, SORTED[0], fingerprint, whole)?,
            bands: self.bands.settle(folder, SORTED[1], fingerprint, whole)?,
            before: self.before,
            now: self.now,
            base,
        })
    }
}

/// The bands of a text of so many symbols. Those that are like a short text and longer have its bands, too.
fn bands(sketch: &Sketch, symbols: usize) -> impl Iterator<Item = u64> {
    let few = (symbols <= sketch::BRIEF).then(|| sketch.bands(sketch::FEW_ROWS));
    let most = (symbols as f64 > sketch::BRIEF as f64 * LIKE).then(|| sketch.bands(sketch::ROWS));
    few.into_iter().flatten().chain(most.into_iter().flatten())
}

impl Library<'_> {
    /// The card of a document that is not in quarantine.
    pub fn card(&self, doc: u32) -> Option<&Card> {
        self.cards.get(doc as usize)?.as_ref()
    }
}
