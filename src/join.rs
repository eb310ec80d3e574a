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

/// Sorts entries by (key, document, position) and leaves only keys that may stand in two documents.
///
/// Most keys stand once. A table of two bits for each of about four slots an entry finds them first: filtering and
/// sorting the rest takes a third of the time of sorting all, and what it lets through by collision `shared` drops.
/// The result does not depend on the thread count.
pub fn sort_shared(mut entries: Vec<Entry>) -> Vec<Entry> {
    let size = (entries.len() * 4).next_power_of_two().max(64);
    let shift = 64 - size.trailing_zeros();
    // For each slot the first document seen there, and whether another one came: keys within one document do not
    // count.
    let mut first = vec![u32::MAX; size];
    let mut many = vec![false; size];
    let slot = |key: u64| (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize;
    for entry in &entries {
        let at = slot(entry.key);
        if first[at] == u32::MAX {
            first[at] = entry.doc;
        } else if first[at] != entry.doc {
            many[at] = true;
        }
    }
    entries.retain(|entry| many[slot(entry.key)]);
    entries.par_sort_unstable();
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
        fn filtering_loses_no_shared_key(rows in prop::collection::vec((0u64..200, 0u32..20, 0u32..50), 0..300)) {
            let mut all: Vec<Entry> = rows.into_iter().map(|(key, doc, at)| Entry { key, doc, at }).collect();
            let filtered = sort_shared(all.clone());
            all.sort_unstable();
            let want: Vec<&[Entry]> = shared(&all).collect();
            let got: Vec<&[Entry]> = shared(&filtered).collect();
            prop_assert_eq!(got, want);
        }
    }
}
