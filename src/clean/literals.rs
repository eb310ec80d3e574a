//! Finds many literals in one pass over a text.
//!
//! What a character can be in a literal, its first, its second or all of it, rules out nearly every place by two
//! look-ups; a table of the first two characters finds the literals of what is left, and they are compared. On Chinese
//! text an automaton that looks at every byte took several times as long.

use crate::utf8;

const NONE: u16 = u16::MAX;
/// A character is the first of a literal of several.
const FIRST: u8 = 1;
/// It is the second of one.
const SECOND: u8 = 2;
/// It is a literal.
const SINGLE: u8 = 4;

/// Literals, ASCII letters in either case.
#[derive(Debug)]
pub struct Literals {
    words: Vec<Box<[u8]>>,
    /// The next word on the same slot of the table.
    next: Vec<u16>,
    /// What characters can be, by the low bits of their codes.
    kinds: Box<[u8]>,
    /// First words by their first two characters, of which the second is 0 in words of one.
    heads: Box<[u16]>,
}

/// A character, ASCII letters in lower case.
fn lower(code: u32) -> u32 {
    u8::try_from(code).map_or(code, |byte| byte.to_ascii_lowercase().into())
}

impl Literals {
    /// A table of at most 65,535 literals; none of them is empty.
    pub fn new<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let words: Vec<Box<[u8]>> = words.map(|word| word.as_bytes().into()).collect();
        // One slot in eight is taken at most, and one kind in sixteen.
        let heads = vec![NONE; (words.len() * 8).next_power_of_two().max(32)].into();
        let kinds = vec![0; (words.len() * 16).next_power_of_two().clamp(256, 1 << 16)].into();
        let mut all = Self { words: Vec::new(), next: Vec::new(), kinds, heads };
        for (at, word) in (0u16..).zip(words) {
            let (first, length) = utf8::decode(&word, 0);
            let first = lower(first);
            let second = if length < word.len() { lower(utf8::decode(&word, length).0) } else { 0 };
            if length < word.len() {
                all.mark(first, FIRST);
                all.mark(second, SECOND);
            } else {
                all.mark(first, SINGLE);
            }
            let place = all.place(first, second);
            all.next.push(std::mem::replace(&mut all.heads[place], at));
            all.words.push(word);
        }
        all
    }

    fn mark(&mut self, code: u32, kind: u8) {
        let upper = u8::try_from(code).map_or(code, |byte| byte.to_ascii_uppercase().into());
        for code in [code, upper] {
            let mask = self.kinds.len() - 1;
            self.kinds[code as usize & mask] |= kind;
        }
    }

    #[inline(always)]
    fn kind(&self, code: u32) -> u8 {
        self.kinds[code as usize & (self.kinds.len() - 1)]
    }

    fn place(&self, first: u32, second: u32) -> usize {
        let mixed = (first | second << 16).wrapping_mul(0x9E37_79B1) ^ second;
        (mixed.wrapping_mul(0x85EB_CA6B) >> 8) as usize & (self.heads.len() - 1)
    }

    /// Calls `hit` with each literal of a text in UTF-8 and the bytes where it starts and ends, in the order of starts.
    #[inline(always)]
    pub fn scan(&self, bytes: &[u8], mut hit: impl FnMut(usize, usize, usize)) {
        self.scan_until(bytes, |word, start, end| {
            hit(word, start, end);
            false
        });
    }

    /// The same until `hit` says that this is enough.
    #[inline(always)]
    pub fn scan_until(&self, bytes: &[u8], mut hit: impl FnMut(usize, usize, usize) -> bool) {
        if bytes.is_empty() {
            return;
        }
        let (mut code, mut length) = utf8::decode(bytes, 0);
        let mut kind = self.kind(code);
        let mut at = 0;
        loop {
            let after = at + length;
            if after >= bytes.len() {
                if kind & SINGLE != 0 {
                    self.compare(self.head(code, 0), bytes, at, &mut hit);
                }
                return;
            }
            let (second, next) = utf8::decode(bytes, after);
            let follows = self.kind(second);
            let found = kind & (SINGLE | follows >> 1);
            if found != 0 {
                let single = if found & SINGLE != 0 { self.head(code, 0) } else { NONE };
                let pair = if found & FIRST != 0 { self.head(code, second) } else { NONE };
                // Both may share a slot, which is looked at once.
                if (single != NONE && self.compare(single, bytes, at, &mut hit))
                    || (pair != NONE && pair != single && self.compare(pair, bytes, at, &mut hit))
                {
                    return;
                }
            }
            (at, length, code, kind) = (after, next, second, follows);
        }
    }

    /// The first word on the slot of two characters.
    #[inline(always)]
    fn head(&self, first: u32, second: u32) -> u16 {
        self.heads[self.place(lower(first), lower(second))]
    }

    /// Compares the words of one slot; whether `hit` has enough.
    fn compare(
        &self,
        mut word: u16,
        bytes: &[u8],
        at: usize,
        hit: &mut impl FnMut(usize, usize, usize) -> bool,
    ) -> bool {
        while word != NONE {
            let literal = &self.words[usize::from(word)];
            let end = at + literal.len();
            let there = bytes.get(at..end).is_some_and(|there| there.eq_ignore_ascii_case(literal));
            if there && hit(usize::from(word), at, end) {
                return true;
            }
            word = self.next[usize::from(word)];
        }
        false
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
