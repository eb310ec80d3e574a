//! Finds many literals in one pass over a text.
//!
//! A look-up by the hash of two neighbouring characters rules out nearly every place; what is left is compared. On
//! Chinese text an automaton that looks at every byte took several times as long.

use crate::utf8;

const NONE: u16 = u16::MAX;

/// Literals, ASCII letters in either case.
#[derive(Debug)]
pub struct Literals {
    words: Vec<Box<[u8]>>,
    /// The next word on the same slot of its table.
    next: Vec<u16>,
    /// First words by their first two characters.
    pairs: Slots,
    /// First words of one character.
    singles: Slots,
}

/// A hash table of words; one slot in eight is taken.
#[derive(Debug)]
struct Slots {
    heads: Box<[u16]>,
    shift: u32,
}

impl Slots {
    fn new(words: usize) -> Self {
        let size = (words * 8).next_power_of_two().max(32);
        Self { heads: vec![NONE; size].into(), shift: 32 - size.trailing_zeros() }
    }

    #[inline(always)]
    fn at(&self, mixed: u32) -> u16 {
        // The shift keeps the place within the table; the mask tells the compiler.
        self.heads[(mixed.wrapping_mul(0x85EB_CA6B) >> self.shift) as usize & (self.heads.len() - 1)]
    }

    fn put(&mut self, mixed: u32, word: u16) -> u16 {
        let place = (mixed.wrapping_mul(0x85EB_CA6B) >> self.shift) as usize;
        std::mem::replace(&mut self.heads[place], word)
    }
}

/// The character at `at`, ASCII letters in lower case, and its length in bytes.
#[inline(always)]
fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let (code, length) = utf8::decode(bytes, at);
    (if length == 1 { u32::from((code as u8).to_ascii_lowercase()) } else { code }, length)
}

#[inline(always)]
fn mix(first: u32, second: u32) -> u32 {
    (first | second << 16).wrapping_mul(0x9E37_79B1) ^ second
}

impl Literals {
    /// A table of at most 65,535 literals; none of them is empty.
    pub fn new<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let words: Vec<Box<[u8]>> = words.map(|word| word.as_bytes().into()).collect();
        let single = |word: &[u8]| decode(word, 0).1 >= word.len();
        let alone = words.iter().filter(|word| single(word)).count();
        let (mut singles, mut pairs) = (Slots::new(alone), Slots::new(words.len() - alone));
        let next = words
            .iter()
            .zip(0u16..)
            .map(|(word, at)| {
                let (first, length) = decode(word, 0);
                match single(word) {
                    true => singles.put(mix(first, 0), at),
                    false => pairs.put(mix(first, decode(word, length).0), at),
                }
            })
            .collect();
        Self { words, next, pairs, singles }
    }

    /// Calls `hit` with each literal of a text in UTF-8 and the bytes where it starts and ends, in the order of starts.
    #[inline(always)]
    pub fn scan(&self, bytes: &[u8], mut hit: impl FnMut(usize, usize, usize)) {
        if bytes.is_empty() {
            return;
        }
        let (mut first, mut length) = decode(bytes, 0);
        let mut at = 0;
        loop {
            self.compare(bytes, at, self.singles.at(mix(first, 0)), &mut hit);
            let after = at + length;
            if after >= bytes.len() {
                return;
            }
            let (second, second_length) = decode(bytes, after);
            self.compare(bytes, at, self.pairs.at(mix(first, second)), &mut hit);
            (at, first, length) = (after, second, second_length);
        }
    }

    #[inline(always)]
    fn compare(&self, bytes: &[u8], at: usize, mut word: u16, hit: &mut impl FnMut(usize, usize, usize)) {
        while word != NONE {
            let literal = &self.words[usize::from(word)];
            let end = at + literal.len();
            if bytes.get(at..end).is_some_and(|there| there.eq_ignore_ascii_case(literal)) {
                hit(usize::from(word), at, end);
            }
            word = self.next[usize::from(word)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(words: &[&str], text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        Literals::new(words.iter().copied()).scan(text.as_bytes(), |word, _, end| found.push((word, end)));
        found.sort_unstable();
        found
    }

    #[test]
    fn words_of_every_length_in_either_case() {
        let words = ["页", "上一页", "ICP备", "©", "<", "👉", "上一", "p"];
        let expected = [(0, 9), (1, 9), (2, 15), (3, 17), (4, 18), (5, 22), (6, 6), (7, 12)];
        assert_eq!(found(&words, "上一页icp备©<👉"), expected);
        assert_eq!(found(&words, ""), []);
        assert_eq!(found(&words, "上一"), [(6, 6)]);
        assert_eq!(found(&[], "上一"), []);
    }

    proptest! {
        #[test]
        fn the_same_as_looking_at_every_place(
            words in prop::collection::btree_set("[ab甲乙é😀]{1,4}", 1..12), text in "[abAB甲乙é😀]{0,60}",
        ) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let mut expected: Vec<(usize, usize)> = Vec::new();
            for (at, _) in text.char_indices() {
                for (number, word) in words.iter().enumerate() {
                    if text[at..].to_ascii_lowercase().starts_with(word) {
                        expected.push((number, at + word.len()));
                    }
                }
            }
            expected.sort_unstable();
            prop_assert_eq!(found(&words, &text), expected);
        }
    }
}
