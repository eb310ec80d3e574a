//! Shingles of the key stream and the fingerprints that winnowing picks from them.
//!
//! Winnowing (Schleimer, Wilkerson, Aiken 2003): of every [`WINDOW`] consecutive shingles of [`K`] symbols the one
//! with the smallest order value is kept, the rightmost of equals. Two places that share [`GUARANTEE`] =
//! `WINDOW + K - 1` symbols share the whole window and so the same pick: no shared run of that length is missed,
//! and the density is 2 / (WINDOW + 1) = 0.077 of the symbols. The order comes from a rolling hash (1-2 ns a symbol);
//! only the picked shingles are hashed with xxh3, which is what fingerprints are compared by.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// Symbols of a shingle. Different speeches share 0.04 % of their 24-grams and 1.5 % of their 8-grams, so shorter
/// ones mostly anchor slogans.
pub const K: usize = 24;
/// Shingles of a window.
pub const WINDOW: usize = 25;
/// Every shared run of at least this many key symbols is found. The longest chance match between different speeches
/// measured 30 symbols.
pub const GUARANTEE: usize = WINDOW + K - 1;

/// Symbols on one side of a shingle of which the shared run of [`GUARANTEE`] symbols around it holds at least as many,
/// on this side or on the other.
pub const HALF: usize = (GUARANTEE - K) / 2;

/// A picked shingle: its hash and the key position of its first symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint {
    /// xxh3 of the shingle's symbols.
    pub hash: u64,
    /// Key position.
    pub at: u32,
    /// What stands around it.
    pub context: Context,
}

/// Short hashes of the [`HALF`] symbols before a shingle and of those after it; 0 where there are fewer. Two places
/// with one shingle, of which neither agrees, share no run of [`GUARANTEE`] symbols around it: nobody need look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context(u32);

impl Context {
    /// Bits of both hashes together.
    pub const BITS: u32 = 24;
    const SIDE: u32 = Self::BITS / 2;

    fn of(symbols: &[u16], at: usize) -> Self {
        let short =
            |side: Option<&[u16]>| side.map_or(0, |side| (hash_symbols(side) >> (64 - Self::SIDE)).max(1) as u32);
        let before = at.checked_sub(HALF).and_then(|start| symbols.get(start..at));
        let after = symbols.get(at + K..at + K + HALF);
        Self(short(before) << Self::SIDE | short(after))
    }

    /// The lowest bits of `word`.
    pub fn unpack(word: u64) -> Self {
        Self((word & ((1 << Self::BITS) - 1)) as u32)
    }

    /// As the lowest bits of a word.
    pub fn pack(self) -> u64 {
        u64::from(self.0)
    }

    /// The two hashes; none where the text ends.
    pub fn sides(self) -> [Option<u32>; 2] {
        [self.0 >> Self::SIDE, self.0 & ((1 << Self::SIDE) - 1)].map(|side| (side > 0).then_some(side))
    }

    /// Whether a shared run may go on at one of the two sides.
    pub fn agrees(self, other: Self) -> bool {
        self.sides().iter().zip(other.sides()).any(|(a, b)| a.is_some() && *a == b)
    }
}

/// Multiplier of the rolling polynomial (odd, from the golden ratio).
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Hash by which shingles, whole keys and documents are identified.
pub fn hash_symbols(symbols: &[u16]) -> u64 {
    xxh3_64(bytemuck::cast_slice(symbols))
}

/// 128-bit hash of a key stream, in the hexadecimal form of the audit.
pub fn key_hash(symbols: &[u16]) -> u128 {
    xxh3_128(bytemuck::cast_slice(symbols))
}

/// Spreads the rolling value, whose low bits are weak, over the order value.
#[inline(always)]
fn order(rolling: u64) -> u64 {
    let mixed = (rolling ^ (rolling >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 32)
}

/// Calls `pick` with the position of every winnowed shingle, ascending. Texts of [`K`] to [`GUARANTEE`] symbols give
/// the smallest of all their shingles; shorter ones give none.
pub fn winnow(symbols: &[u16], mut pick: impl FnMut(usize)) {
    if symbols.len() < K {
        return;
    }
    let last = symbols.len() - K;
    let mut out_factor = 1u64; // BASE^K, to take the oldest symbol out
    let mut rolling = 0u64;
    for symbol in &symbols[..K] {
        rolling = rolling.wrapping_mul(BASE).wrapping_add(u64::from(*symbol));
        out_factor = out_factor.wrapping_mul(BASE);
    }
    let mut ring = [u64::MAX; WINDOW];
    let mut best = 0usize; // position of the rightmost minimum of the window
    let mut best_value = u64::MAX;
    let mut picked = usize::MAX;
    for at in 0..=last {
        if at > 0 {
            rolling = rolling
                .wrapping_mul(BASE)
                .wrapping_add(u64::from(symbols[at + K - 1]))
                .wrapping_sub(out_factor.wrapping_mul(u64::from(symbols[at - 1])));
        }
        let value = order(rolling);
        ring[at % WINDOW] = value;
        if value <= best_value {
            (best, best_value) = (at, value);
        } else if best + WINDOW <= at {
            // The minimum left the window: look at all of it, from the right so that the rightmost equal wins.
            (best, best_value) = (at, value);
            for back in 1..WINDOW {
                let candidate = ring[(at - back) % WINDOW];
                if candidate < best_value {
                    (best, best_value) = (at - back, candidate);
                }
            }
        }
        if (at + 1 >= WINDOW || at == last) && best != picked {
            picked = best;
            pick(best);
        }
    }
}

/// The fingerprints of a key stream, ascending by position.
pub fn fingerprints(symbols: &[u16]) -> Vec<Fingerprint> {
    let mut out = Vec::with_capacity(symbols.len() * 2 / (WINDOW + 1) + 2);
    winnow(symbols, |at| {
        let hash = hash_symbols(&symbols[at..at + K]);
        out.push(Fingerprint { hash, at: at as u32, context: Context::of(symbols, at) });
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, window by window.
    fn naive(symbols: &[u16]) -> Vec<usize> {
        if symbols.len() < K {
            return Vec::new();
        }
        let value = |at: usize| {
            let rolling = symbols[at..at + K]
                .iter()
                .fold(0u64, |acc, symbol| acc.wrapping_mul(BASE).wrapping_add(u64::from(*symbol)));
            order(rolling)
        };
        let count = symbols.len() - K + 1;
        let mut picks = Vec::new();
        for start in 0..=count.saturating_sub(WINDOW) {
            let end = (start + WINDOW).min(count);
            let best = (start..end).min_by_key(|at| (value(*at), std::cmp::Reverse(*at))).unwrap();
            if picks.last() != Some(&best) {
                picks.push(best);
            }
        }
        picks
    }

    proptest! {
        #[test]
        fn equals_the_definition(symbols in prop::collection::vec(2u16..6, 0..200)) {
            let mut picks = Vec::new();
            winnow(&symbols, |at| picks.push(at));
            prop_assert_eq!(picks, naive(&symbols));
        }

        #[test]
        fn a_shared_run_of_guaranteed_length_shares_a_pick(
            run in prop::collection::vec(2u16..2000, GUARANTEE..120),
            before in prop::collection::vec(2u16..2000, 0..60),
            after in prop::collection::vec(2u16..2000, 0..60),
        ) {
            let text: Vec<u16> = before.iter().chain(&run).chain(&after).copied().collect();
            let inside: Vec<u64> = fingerprints(&text).iter()
                .filter(|f| f.at as usize >= before.len() && f.at as usize + K <= before.len() + run.len())
                .map(|f| f.hash).collect();
            let alone: Vec<u64> = fingerprints(&run).iter().map(|f| f.hash).collect();
            prop_assert!(inside.iter().any(|hash| alone.contains(hash)));
            let other: Vec<u16> = after.iter().chain(&run).chain(&before).copied().collect();
            let agrees = |f: &Fingerprint| fingerprints(&other).iter().any(|g| {
                let of_run = f.at as usize - before.len() == (g.at as usize).wrapping_sub(after.len());
                of_run && f.context.agrees(g.context)
            });
            let of_run = |f: &&Fingerprint| f.at as usize >= before.len() && f.at as usize + K <= before.len() + run.len();
            prop_assert!(fingerprints(&text).iter().filter(of_run).any(agrees));
        }
    }
}
