//! Brings equal things of different documents together: fingerprints, sketch bands, blocks of SimHashes.

use rayon::prelude::*;

/// A key of a document, and where in the document it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// What is compared.
    pub key: u64,
    /// Document number.
    pub doc: u32,
    /// Key position; 0 for things that belong to the document as a whole.
    pub at: u32,
}

/// Sorts entries by (key, document, position), in parallel; the result does not depend on the thread count.
pub fn sort(entries: &mut [Entry]) {
    entries.par_sort_unstable();
}

/// Runs of entries with one key that stand in at least two documents.
pub fn shared(sorted: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    sorted.chunk_by(|a, b| a.key == b.key).filter(|same| same.first().map(|e| e.doc) != same.last().map(|e| e.doc))
}
