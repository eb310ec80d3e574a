//! Document sketches over short shingles: what proposes pairs whose edits leave no long run, and SimHash.
//!
//! MinHash in one permutation (Li, Owen, Zhang 2012; densified as by Shrivastava 2017): every shingle of [`SHINGLE`]
//! symbols falls into one of [`SLOTS`] slots by its hash, each slot keeps its smallest value, and an empty one borrows
//! that of another, by chance. The share of equal slots estimates the Jaccard similarity with a standard error of about
//! 0.04. [`BANDS`] bands of a few slots propose pairs, of three for long texts: at Jaccard 0.42 (ten edits in a hundred
//! symbols, scattered) with probability 1 - (1 - 0.42^3)^42 = 0.96, at 0.5 with 0.996, at 0.01 (unrelated texts) with
//! 0.00004. Up to [`BRIEF`] symbols they are of two: measured on stretches of 36 to 400 symbols 0.998 or more where a
//! tenth is edited and 0.95 to 0.98 at 15 % (three slots: 0.93 to 0.97 and 0.65 to 0.72), for 330 to 510 of a million
//! unrelated pairs. Borrowed from the next slot (Shrivastava and Li 2014) and taken side by side, three slots of a short
//! text held one shingle, and 2,300 of a million unrelated pairs shared a phrase and so a band.
//! A proposal is never a verdict: `align` decides on the symbols.

use siphasher::sip::SipHasher24;

/// Symbols of a sketch shingle.
pub const SHINGLE: usize = 5;
/// Slots of a sketch.
pub const SLOTS: usize = 128;
/// Slots of a band of long texts.
pub const ROWS: usize = 3;
/// Slots of a band of short texts.
pub const FEW_ROWS: usize = 2;
/// Bands of a sketch; two slots stay unused.
pub const BANDS: usize = SLOTS / ROWS;
/// Key symbols up to which texts meet by bands of [`FEW_ROWS`] slots.
pub const BRIEF: usize = 400;
/// Texts with fewer shingles have no sketch: they are compared exactly and from SimHash candidates.
pub const MIN_SHINGLES: usize = 32;
/// Shingles that feed a SimHash at most, about: up to as many key symbols every shingle does, above that one in 4, 16,
/// 64 … by hash. Sampling by hash keeps the distances of texts of like length.
pub const SIMHASH_FEATURES: usize = 64;

/// The smallest shingle value of each slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch(pub Box<[u16; SLOTS]>);

/// Hash of the shingle that starts at `window[0]`: two loads, one multiplication, one fold. Measured as good as xxh3
/// for this purpose (no collision in a million windows, SimHash of unrelated texts 32.0 +- 4.0) at a fifth of the
/// time.
#[inline(always)]
pub fn shingle_hash(window: &[u16]) -> u64 {
    let low =
        u64::from(window[0]) | u64::from(window[1]) << 16 | u64::from(window[2]) << 32 | u64::from(window[3]) << 48;
    let mixed = (low ^ u64::from(window[4]).wrapping_mul(0xD6E8_FEB8_6659_FD93)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let folded = (mixed ^ (mixed >> 32)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    folded ^ (folded >> 29)
}

impl Sketch {
    /// The sketch of a key stream; `None` below [`MIN_SHINGLES`] shingles.
    pub fn of(symbols: &[u16]) -> Option<Self> {
        if symbols.len() < MIN_SHINGLES + SHINGLE - 1 {
            return None;
        }
        let mut smallest = [u32::MAX; SLOTS];
        for window in symbols.windows(SHINGLE) {
            let hash = shingle_hash(window);
            let slot = &mut smallest[(hash >> 57) as usize];
            *slot = (*slot).min(hash as u32);
        }
        let mut slots = Box::new([0u16; SLOTS]);
        for at in 0..SLOTS {
            // Texts of one shingle find it within some hundred steps.
            let mut probes = (0..(SLOTS * SLOTS) as u64).map(|attempt| smallest[probe(at, attempt)]);
            let value = probes.find(|value| *value != u32::MAX).unwrap_or(0);
            slots[at] = (value ^ (value >> 16)) as u16;
        }
        Some(Self(slots))
    }

    /// Estimated Jaccard similarity of two sketched texts, 0 to 1.
    pub fn estimate(&self, other: &Self) -> f64 {
        const { assert!(SLOTS < 256) };
        // Counted in bytes, of which a vector instruction adds many.
        let equal = self.0.iter().zip(other.0.iter()).fold(0u8, |sum, (a, b)| sum + u8::from(a == b));
        f64::from(equal) / SLOTS as f64
    }

    /// The keys of the bands of so many slots each, at most [`ROWS`]; texts that share one are compared.
    pub fn bands(&self, rows: usize) -> impl Iterator<Item = u64> + '_ {
        (0..BANDS).map(move |band| {
            let slots = (0..rows.min(ROWS)).map(|row| self.0[band + row * BANDS]);
            let packed = slots.fold((band + rows * BANDS) as u64, |acc, slot| acc << 16 | u64::from(slot));
            packed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        })
    }
}

/// Where a slot looks for its value: at itself, then all over. Well mixed: after a plain congruence neighbours would meet.
fn probe(slot: usize, attempt: u64) -> usize {
    if attempt == 0 {
        return slot;
    }
    let mixed = (slot as u64 | attempt << 8).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ mixed >> 32).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 57) as usize
}

/// SimHash of a key stream, fed with shingles; `None` for texts without one.
///
/// It is that of the `simhash` crate, bit for bit, which takes several times as long: it counts each bit of each feature
/// with care for overflow. The crate's own `simhash(text)` splits on white space, of which Chinese has none: a text
/// differing by one full stop comes out as far away as an unrelated one.
pub fn simhash(symbols: &[u16]) -> Option<u64> {
    if symbols.len() < SHINGLE {
        return None;
    }
    let mut mask = 0;
    while symbols.len() as u64 > SIMHASH_FEATURES as u64 * (mask + 1) {
        mask = mask * 4 + 3;
    }
    let sip = SipHasher24::new();
    // Of all features, and of those that have each bit.
    let (mut all, mut ones) = (0u32, [0u32; 64]);
    let mut feed = |mask: u64| {
        for window in symbols.windows(SHINGLE).filter(|window| shingle_hash(window) & mask == 0) {
            let mut feature = [0; SHINGLE * 4 + 1];
            let mut end = 0;
            for symbol in window {
                end += letter(*symbol).encode_utf8(&mut feature[end..]).len();
            }
            feature[end] = 0xFF; // as a string ends where it is hashed
            let hash = sip.hash(&feature[..=end]);
            all += 1;
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += (hash >> bit & 1) as u32;
            }
        }
        all > 0
    };
    // A long text of one repeated shingle may lose all of it to the sample.
    let _ = feed(mask) || feed(0);
    Some((0..64).filter(|bit| ones[*bit] * 2 > all).fold(0, |hash, bit| hash | 1 << bit))
}

/// Bits in which two SimHashes differ, 0 to 64.
pub fn simhash_distance(a: u64, b: u64) -> u32 {
    simhash::hamming_distance(a, b)
}

fn letter(symbol: u16) -> char {
    // Symbols in the surrogate range stand for Han beyond the basic plane.
    char::from_u32(u32::from(symbol)).or_else(|| char::from_u32(0xF_0000 + u32::from(symbol))).unwrap_or('\u{FFFD}')
}

/// A shingle as it is counted: never zero, and without the lowest bit.
fn shingle_id(window: &[u16]) -> u64 {
    shingle_hash(window).max(2) & !1
}

/// The shingles of a text, each once, ascending: for a long one that many short ones are compared with.
#[derive(Debug)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// Those of a key stream.
    pub fn of(symbols: &[u16]) -> Self {
        let mut all: Vec<u64> = symbols.windows(SHINGLE).map(shingle_id).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    /// What [`jaccard`] says of another text and this one.
    pub fn jaccard(&self, a: &[u16]) -> (u64, u64) {
        let own = Self::of(a).0;
        let shared = own.iter().filter(|shingle| self.0.binary_search(shingle).is_ok()).count();
        (shared as u64, (own.len() + self.0.len() - shared) as u64)
    }
}

/// Number of shared shingles, and of shingles of either text: the true Jaccard similarity is their ratio.
pub fn jaccard(a: &[u16], b: &[u16]) -> (u64, u64) {
    // An open table of hashes, half full at most, without their lowest bit: that says that `b` has the shingle. Sorting
    // and merging both lists took three times as long.
    let mut table = vec![0u64; ((a.len() + b.len()) * 2).next_power_of_two()];
    let mask = table.len() - 1;
    let (mut shared, mut all) = (0, 0);
    let mut meet = |window: &[u16], of_b: bool| {
        let hash = shingle_id(window);
        let mut at = (hash >> 1) as usize & mask;
        while table[at] != 0 && table[at] & !1 != hash {
            at = (at + 1) & mask;
        }
        all += u64::from(table[at] == 0);
        shared += u64::from(of_b && table[at] == hash);
        table[at] = hash | u64::from(of_b);
    };
    a.windows(SHINGLE).for_each(|window| meet(window, false));
    b.windows(SHINGLE).for_each(|window| meet(window, true));
    (shared, all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::key;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const TEXT: &str = "各位同事，今天我们在这里讨论明年的工作安排。第一件事是把水渠修好，第二件事是把学校的屋顶换掉，\
        第三件事是请大家推选两名代表参加县里的会议。希望大家踊跃发言，有什么说什么，不必拘束。";
    const OTHER: &str = "昨夜下了一场大雪，清晨推开门，山和树都白了。孩子们在院子里堆雪人，老人坐在炉边烤火，\
        谁也没有提起出门的事，直到中午太阳出来，屋檐开始滴水。";

    #[test]
    fn simhash_is_near_for_one_edit_and_far_for_an_unrelated_text() {
        let a = simhash(&key(TEXT).symbols).unwrap();
        let edited = simhash(&key(&TEXT.replace("两名", "三名")).symbols).unwrap();
        let other = simhash(&key(OTHER).symbols).unwrap();
        assert!(simhash_distance(a, edited) <= 16, "{}", simhash_distance(a, edited));
        assert!(simhash_distance(a, other) >= 20, "{}", simhash_distance(a, other));
    }

    proptest! {
        #[test]
        fn jaccard_is_that_of_the_sets_of_shingles(
            a in prop::collection::vec(0u16..3, 0..60), b in prop::collection::vec(0u16..3, 0..60),
        ) {
            let set = |symbols: &[u16]| symbols.windows(SHINGLE).map(<[u16]>::to_vec).collect::<BTreeSet<_>>();
            let (x, y) = (set(&a), set(&b));
            let both = (x.intersection(&y).count() as u64, x.union(&y).count() as u64);
            prop_assert_eq!(jaccard(&a, &b), both);
            prop_assert_eq!(Shingles::of(&b).jaccard(&a), both);
        }

        #[test]
        fn simhash_is_that_of_the_crate(symbols in prop::collection::vec(any::<u16>(), SHINGLE..SIMHASH_FEATURES)) {
            let features: Vec<String> =
                symbols.windows(SHINGLE).map(|window| window.iter().map(|symbol| letter(*symbol)).collect()).collect();
            let expected = simhash::simhash_stream(features.iter().map(String::as_str));
            prop_assert_eq!(simhash(&symbols), Some(expected));
        }
    }

    #[test]
    fn texts_without_a_shingle_have_no_simhash_and_no_sketch() {
        assert_eq!(simhash(&key("谢谢。").symbols), None);
        assert_eq!(Sketch::of(&key("谢谢大家！").symbols), None);
        assert!(simhash(&[7; 5000]).is_some());
    }

    #[test]
    fn sketch_estimates_the_jaccard_similarity() {
        let a: Vec<u16> = (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 19) as u16 + 2).collect();
        let b: Vec<u16> = a.iter().enumerate().map(|(i, s)| if i % 40 == 0 { 1 } else { *s }).collect();
        let (shared, all) = jaccard(&a, &b);
        let truth = shared as f64 / all as f64;
        let estimate = Sketch::of(&a).unwrap().estimate(&Sketch::of(&b).unwrap());
        assert!((truth - estimate).abs() < 0.12, "{truth} {estimate}");
    }

    #[test]
    fn short_texts_meet_their_copies_and_few_others() {
        let mut seed = 7u64;
        let mut random = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        // Texts of phrases that others have, too: a phrase in common is no reason to be compared.
        let phrases: Vec<Vec<u16>> = (0..600).map(|_| (0..7).map(|_| random(3000) as u16).collect()).collect();
        let mut text = |phrases_of_it: usize| -> Vec<u16> {
            (0..phrases_of_it).flat_map(|_| phrases[random(phrases.len())].clone()).collect()
        };
        let texts: Vec<Vec<u16>> = (0..400).map(|at| text(6 + at % 12)).collect();
        let sketches: Vec<Sketch> = texts.iter().map(|text| Sketch::of(text).unwrap()).collect();
        let meet = |a: &Sketch, b: &Sketch| a.bands(FEW_ROWS).zip(b.bands(FEW_ROWS)).any(|(a, b)| a == b);
        let found = texts.iter().zip(&sketches).filter(|(text, sketch)| {
            let edited: Vec<u16> =
                text.iter().enumerate().map(|(at, s)| if at % 10 == 4 { 9999 } else { *s }).collect();
            meet(sketch, &Sketch::of(&edited).unwrap())
        });
        assert!(found.count() >= 396);
        let met: usize = (0..400).map(|a| (0..a).filter(|b| meet(&sketches[a], &sketches[*b])).count()).sum();
        // Of 79,800 pairs every sixth has a phrase in common.
        assert!(met < 400, "{met}");
    }
}
