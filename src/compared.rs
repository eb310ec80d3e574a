//! Comparisons of two documents, each made once: what an earlier run found of two documents that are the same is true
//! still, that they are not related among it.

use crate::align::Aligner;
use crate::audit::Relation;
use crate::differ::Differs;
use crate::error::Result;
use crate::library::Library;
use crate::relate::{Pair, compare};
use crate::state::codec::{Get, Put};
use crate::state::sealed::Writer;
use crate::wholes::Wholes;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

type Found = Vec<((u32, u32), Option<Pair>)>;

/// What is known of pairs of documents.
#[derive(Debug, Default)]
pub struct Compared {
    known: HashMap<(u32, u32), Option<Pair>>,
    /// Found in this run; one list for each thread, about.
    found: [Mutex<Found>; 16],
    wholes: Wholes,
}

impl Compared {
    /// Compares two documents, or looks up what came of it.
    pub fn compare(&self, aligner: &mut Aligner, library: &Library, a: u32, b: u32) -> Option<Pair> {
        if let Some(pair) = self.known.get(&(a, b)) {
            return *pair;
        }
        let pair = compare(aligner, &self.wholes, library, a, b);
        let list = rayon::current_thread_index().unwrap_or(0) % self.found.len();
        self.found[list].lock().unwrap_or_else(PoisonError::into_inner).push(((a, b), pair));
        pair
    }

    /// Reads what [`Compared::write`] wrote; `map` gives each document of that run the number it has now. `None` where
    /// the bytes mean nothing.
    pub fn read(payload: &[u8], map: &[Option<u32>]) -> Option<Self> {
        let mut get = Get(payload);
        let count = get.u32()? as usize;
        let mut known = HashMap::with_capacity(count.min(payload.len() / 9));
        let place = |doc: u32| map.get(doc as usize).copied().flatten();
        for _ in 0..count {
            let (a, b, kind) = (get.u32()?, get.u32()?, get.take(1)?[0]);
            let mut pair = None;
            if kind > 0 {
                let turned = kind & 16 != 0;
                pair = Some(Pair {
                    a: if turned { b } else { a },
                    b: if turned { a } else { b },
                    relation: match kind & 7 {
                        1 => Relation::Exact,
                        2 => Relation::Near,
                        3 => Relation::Contained,
                        4 => Relation::NumbersDiffer,
                        _ => return None,
                    },
                    jaccard: (get.u64()?, get.u64()?),
                    coverage_a: (get.u64()?, get.u64()?),
                    coverage_b: (get.u64()?, get.u64()?),
                    number_conflicts: get.u32()?,
                    copy: kind & 8 != 0,
                    differs: match kind >> 5 {
                        0 => None,
                        1 => Some(Differs::Negation),
                        2 => Some(Differs::Word),
                        3 => Some(Differs::Passage),
                        _ => return None,
                    },
                });
            }
            if let (Some(x), Some(y)) = (place(a), place(b)) {
                let moved = |doc: u32| if doc == a { x } else { y };
                known.insert((x, y), pair.map(|pair| Pair { a: moved(pair.a), b: moved(pair.b), ..pair }));
            }
        }
        get.0.is_empty().then_some(Self { known, ..Self::default() })
    }

    /// Writes all that is known for the next run, and gives the seal.
    pub fn write(self, path: &Path, fingerprint: &str) -> Result<u64> {
        let mut rows: Found = self.known.into_iter().collect();
        for list in self.found {
            rows.append(&mut list.into_inner().unwrap_or_else(PoisonError::into_inner));
        }
        let mut writer = Writer::create(path, fingerprint)?;
        rows.sort_unstable_by_key(|row| row.0);
        rows.dedup_by_key(|row| row.0);
        let mut put = Put::default();
        put.u32(rows.len() as u32);
        for ((a, b), pair) in rows {
            put.u32(a);
            put.u32(b);
            let Some(pair) = pair else {
                put.0.push(0);
                continue;
            };
            let relation = match pair.relation {
                Relation::Exact => 1,
                Relation::Near => 2,
                Relation::Contained => 3,
                Relation::NumbersDiffer => 4,
            };
            let differs = match pair.differs {
                None => 0,
                Some(Differs::Negation) => 1,
                Some(Differs::Word) => 2,
                Some(Differs::Passage) => 3,
            };
            put.0.push(relation | u8::from(pair.copy) << 3 | u8::from(pair.a != a) << 4 | differs << 5);
            for (part, whole) in [pair.jaccard, pair.coverage_a, pair.coverage_b] {
                put.u64(part);
                put.u64(whole);
            }
            put.u32(pair.number_conflicts);
        }
        writer.append(&put.0)?;
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::library::{Arrival, Builder, Profile};
    use std::time::Instant;

    #[test]
    fn a_compilation_is_prepared_once_for_all_its_parts() {
        const PART: usize = 105;
        let mut state = 7u32;
        let symbols: Vec<u16> = (0..PART * 4_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 18) as u16 + 100
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let mut builder = Builder::new(0, 1 << 26, folder.path(), 0).unwrap();
        for part in [&symbols[..]].into_iter().chain(symbols.chunks(PART).take(1_600)) {
            let key = Key { symbols: part.to_vec(), ..Key::default() };
            builder.push(Some(Arrival::Made(Profile::new(key, Vec::new())))).unwrap();
        }
        let library = builder.seal(folder.path(), "", None, Box::new(|_| Ok(Key::default()))).unwrap();
        let spent = |parts: u32| {
            let (compared, mut aligner, start) = (Compared::default(), Aligner::default(), Instant::now());
            for part in 1..=parts {
                let pair = compared.compare(&mut aligner, &library, part, 0).unwrap();
                assert_eq!((pair.a, pair.b, pair.relation), (part, 0, Relation::Contained));
                assert_eq!((pair.coverage_a, pair.jaccard.0), ((PART as u64, PART as u64), PART as u64 - 4));
            }
            start.elapsed()
        };
        let few = (0..3).map(|_| spent(50)).min().unwrap();
        let many = (0..3).map(|_| spent(1_600)).min().unwrap();
        assert!(many < few * 12, "32 times as many parts took {few:?} and {many:?}");
    }
}
