//! What is looked up in long texts that many short ones are compared with: made once for all of them.
//!
//! A compilation is compared with each of its parts. With tables made anew for each the time was that of the parts times
//! that of the compilation: 32 s of the processor for four thousand parts of a hundred characters.

use crate::align::Index;
use crate::sketch::Shingles;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How many times as long as the other a text is whose tables are kept. Up to there making them takes no more than so many
/// times what the shorter one takes, and in tables that stay where they are.
const LONGER: usize = 8;
/// Bytes of all tables that are kept, about; those of the last text are in any case, and those of the one before it.
const ROOM: usize = 32 << 20;
/// Bytes of the tables for each key symbol, at most: a head or two, the next place, a shingle.
const EACH: usize = 20;

/// The tables of one text.
#[derive(Debug, Default)]
pub struct Whole {
    /// Where its grams stand.
    pub index: OnceLock<Index>,
    /// Its shingles.
    pub shingles: OnceLock<Shingles>,
}

/// The tables of those that were asked for of late, by document, for all threads.
#[derive(Debug, Default)]
pub struct Wholes(Mutex<Kept>);

/// Asked for of late, and before.
#[derive(Debug, Default)]
struct Kept {
    now: HashMap<u32, Arc<Whole>>,
    before: HashMap<u32, Arc<Whole>>,
    bytes: usize,
}

impl Wholes {
    /// The tables of a document of so many symbols that another one of `own` is compared with; none where that one is
    /// nearly as long.
    pub fn get(&self, doc: u32, own: usize, symbols: usize) -> Option<Arc<Whole>> {
        if own.saturating_mul(LONGER) > symbols {
            return None;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whole) = kept.now.get(&doc) {
            return Some(whole.clone());
        }
        let whole = kept.before.remove(&doc).unwrap_or_default();
        let size = symbols * EACH;
        if kept.bytes + size > ROOM / 2 {
            kept.before = std::mem::take(&mut kept.now);
            kept.bytes = 0;
        }
        kept.bytes += size;
        kept.now.insert(doc, whole.clone());
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_kept_of_long_texts_and_of_few_at_a_time() {
        let wholes = Wholes::default();
        let same =
            |a: &Option<Arc<Whole>>, b: &Option<Arc<Whole>>| Arc::ptr_eq(a.as_ref().unwrap(), b.as_ref().unwrap());
        assert!(wholes.get(1, 101, 800).is_none());
        let first = wholes.get(1, 100, 800);
        assert!(same(&first, &wholes.get(1, 10, 800)) && !same(&first, &wholes.get(2, 10, 800)));
        // Each as large as half of the room: the last two stay.
        let half = ROOM / 2 / EACH;
        let [three, four] = [3, 4].map(|doc| wholes.get(doc, 1, half));
        assert!(same(&three, &wholes.get(3, 1, half)) && same(&four, &wholes.get(4, 1, half)));
        assert!(!same(&first, &wholes.get(1, 1, 800)));
        let kept = wholes.0.lock().unwrap();
        assert!(kept.now.len() + kept.before.len() <= 3);
    }
}
