//! The smallest few of many rows.

use std::collections::BTreeMap;

/// Changes the sample when it must be drawn anew.
const SEED: u64 = 1;

/// The smallest few by a score; ties fall by a seeded hash, then by name, so that the order is always the same.
pub(super) struct Least<T> {
    limit: usize,
    rows: BTreeMap<(u64, u64, String), T>,
}

impl<T> Least<T> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, rows: BTreeMap::new() }
    }

    pub(super) fn offer(&mut self, score: u64, name: impl FnOnce() -> String, row: impl FnOnce() -> T) {
        let Ok(()) = self.try_offer(score, name, || Ok::<T, std::convert::Infallible>(row()));
    }

    /// Whether a row with this score can be among the smallest so far.
    pub(super) fn may_take(&self, score: u64) -> bool {
        self.rows.len() < self.limit || self.rows.last_key_value().is_some_and(|(key, _)| key.0 >= score)
    }

    /// The same for rows that cost something to make: they are made only where they are among the smallest so far.
    pub(super) fn try_offer<E>(
        &mut self,
        score: u64,
        name: impl FnOnce() -> String,
        row: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<(), E> {
        if !self.may_take(score) {
            return Ok(());
        }
        let name = name();
        let hash = xxhash_rust::xxh3::xxh3_64_with_seed(name.as_bytes(), SEED);
        let key = (score, hash, name);
        if self.rows.len() == self.limit && self.rows.last_key_value().is_some_and(|(last, _)| *last < key) {
            return Ok(());
        }
        self.rows.insert(key, row()?);
        if self.rows.len() > self.limit {
            self.rows.pop_last();
        }
        Ok(())
    }

    pub(super) fn into_rows(self) -> impl Iterator<Item = T> {
        self.rows.into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_few_do_not_depend_on_the_order_they_come_in() {
        let take = |rows: &mut dyn Iterator<Item = u64>| {
            let mut least = Least::new(3);
            for row in rows {
                least.offer(row / 2, || row.to_string(), || row);
            }
            least.into_rows().collect::<Vec<u64>>()
        };
        let found = take(&mut (0..20u64));
        assert_eq!(found, take(&mut (0..20u64).rev()));
        assert_eq!(found.len(), 3);
        assert!(found.contains(&0) && found.contains(&1));
    }
}
