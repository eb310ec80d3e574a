//! All documents as they are compared: what a cleaned text leaves in memory, and what waits in scratch files.

use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::join::{Entries, Entry};
use crate::key::Key;
use crate::sketch::{self, Sketch};
use crate::store::Store;
use std::path::Path;

/// Key symbols below which SimHash proposes pairs and the shingle Jaccard similarity has a say: coverage alone is
/// too kind to texts of a line or two.
pub const SHORT: usize = 100;

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
            prints: prints.len() as u32,
        };
        Self { key, prints, card }
    }
}

/// All documents as they are compared, by document number.
pub struct Library {
    /// Cards; absent for documents that are in quarantine.
    pub cards: Vec<Option<Card>>,
    /// Key streams.
    pub keys: Store,
    /// Fingerprints.
    pub prints: Entries,
    /// Sketch bands, and blocks of SimHashes of short texts.
    pub bands: Entries,
}

impl Library {
    /// A library for documents of about `bytes` bytes, within `memory` bytes where that can be; what does not fit
    /// waits in scratch files beside `near`.
    pub fn new(bytes: u64, memory: u64, near: &Path) -> Result<Self> {
        Ok(Self {
            cards: Vec::new(),
            keys: Store::new(bytes, memory / 3, near)?,
            prints: Entries::new(memory / 6, near),
            bands: Entries::new(memory / 24, near),
        })
    }

    /// Adds the next document.
    pub fn push(&mut self, profile: Option<Profile>) -> Result<()> {
        let doc = self.cards.len() as u32;
        let Some(Profile { key, prints, card }) = profile else {
            self.cards.push(None);
            return self.keys.push(Key::default());
        };
        for print in prints {
            self.prints.push(Entry { key: print.hash, doc, at: print.at })?;
        }
        for key in card.sketch.iter().flat_map(Sketch::bands) {
            self.bands.push(Entry { key, doc, at: 0 })?;
        }
        if (card.symbols as usize) < SHORT {
            for (block, hash) in (1u64..).zip(card.simhash.iter().flat_map(|hash| [hash, hash, hash, hash])) {
                let bits = *hash >> (16 * (block - 1)) & 0xFFFF;
                self.bands.push(Entry { key: (bits | block << 16).wrapping_mul(0xD6E8_FEB8_6659_FD93), doc, at: 0 })?;
            }
        }
        self.cards.push(Some(card));
        self.keys.push(key)
    }

    /// Ends the adding.
    pub fn seal(self) -> Result<Self> {
        Ok(Self { keys: self.keys.seal()?, ..self })
    }

    /// The card of a document that is not in quarantine.
    pub fn card(&self, doc: u32) -> Option<&Card> {
        self.cards.get(doc as usize)?.as_ref()
    }
}
